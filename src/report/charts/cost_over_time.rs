//! When the money is spent: cost by the hour, what of it is committed, and the sum.

use crate::report::figures;
use crate::results::{DeploymentResult, Results, Tables};

use super::cost::shared_symbol;
use super::timeline::{INTERVALS, Step, along, steps, time_axis, time_title};
use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, Say, first_of, label};

/// Points of a sum.
const POINTS: usize = 240;
const TABLE: usize = 28;
const HOUR: f64 = 3600.0;
/// How much of its colour the committed part has.
const COMMITTED: f64 = 0.6;

type Line<'a> = (usize, &'a DeploymentResult, Vec<Step>);

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let limit = results.deployments.len().min(SERIES);
    let lines: Vec<Line> = results.deployments[..limit]
        .iter()
        .enumerate()
        .map(|(series, deployment)| (series, deployment, steps(tables, &deployment.name, INTERVALS)))
        .filter(|(_, _, steps)| steps.iter().any(|step| step.cost > 0.0))
        .collect();
    let Some((_, _, first)) = lines.first() else {
        return Chart::empty("cost_over_time", "No money is spent over time", "Every bill of this run is zero.");
    };
    let symbol = shared_symbol(&results.deployments[..limit]);
    let committed: Vec<&Line> =
        lines.iter().filter(|(_, deployment, _)| committed(results, deployment) > 0.0).collect();
    let mut panels = vec![by_hour(results, &lines, symbol)];
    panels.extend(committed.iter().map(|line| of_commitments(results, line, symbol)));
    panels.push(summed(results, &lines, symbol));
    if let Some(last) = panels.last_mut() {
        last.x = time_axis(results, first);
        last.x.title = time_title(&results.scenario);
    }
    Chart {
        id: "cost_over_time",
        title: title(&lines),
        subtitle: format!(
            "The bill of this run shared out over time by what was metered; what runs by the clock is spread evenly.{}{}",
            if committed.is_empty() { "" } else { " Dark: what is committed." },
            first_of(SERIES, results.deployments.len())
        ),
        legend: lines.iter().map(|(series, deployment, _)| entry(*series, deployment)).collect(),
        panels,
        columns: 1,
        data: data(&lines),
    }
}

fn entry(series: usize, deployment: &DeploymentResult) -> Legend {
    let total = figures::money(deployment.cost.currency, deployment.cost.total);
    Legend { key: Key::Line, series, text: format!("{} · {total} in all", label(&deployment.name)) }
}

/// What an hour of the window pays for commitments.
fn committed(results: &Results, deployment: &DeploymentResult) -> f64 {
    let all: f64 = deployment.commitments.iter().map(|commitment| commitment.cost.to_f64()).sum();
    all / results.scenario.duration_s.max(1.0) * HOUR
}

fn rate(step: &Step) -> f64 {
    step.cost / (step.end_s - step.start_s).max(1e-9) * HOUR
}

/// Without the labels of the axis, which the last panel has.
fn quiet_axis(results: &Results, steps: &[Step]) -> Axis {
    let mut axis = time_axis(results, steps);
    axis.ticks.iter_mut().for_each(|(_, label)| label.clear());
    axis
}

fn by_hour(results: &Results, lines: &[Line], symbol: &'static str) -> Panel {
    let highest = lines.iter().flat_map(|(_, _, steps)| steps).map(rate).fold(0.0, f64::max);
    Panel {
        heading: "Cost of an hour".to_owned(),
        height: 150.0,
        x: quiet_axis(results, &lines[0].2),
        y: Axis::from_zero("", highest, Say::Money(symbol)),
        marks: lines.iter().flat_map(|(series, _, steps)| along(steps, rate, *series)).collect(),
        by: By::Series,
    }
}

/// What is committed, and what comes on top of it.
fn of_commitments(results: &Results, (series, deployment, steps): &Line, symbol: &'static str) -> Panel {
    let level = committed(results, deployment);
    let highest = steps.iter().map(rate).fold(level, f64::max);
    let stack = |floor: &dyn Fn(&Step) -> f64, top: &dyn Fn(&Step) -> f64, opacity: f64| Mark::Range {
        points: steps.iter().map(|step| [step.middle(), floor(step), top(step)]).collect(),
        series: *series,
        opacity,
    };
    let hourly = figures::money_f64(deployment.cost.currency, level);
    Panel {
        heading: format!("{} · {hourly} of an hour are committed", label(&deployment.name)),
        height: 90.0,
        x: quiet_axis(results, steps),
        y: Axis::from_zero("", highest, Say::Money(symbol)),
        marks: vec![
            stack(&|step| level.min(rate(step)), &rate, super::marks::PALE),
            stack(&|_| 0.0, &|step| level.min(rate(step)), COMMITTED),
        ],
        by: By::Panel(*series),
    }
}

fn summed(results: &Results, lines: &[Line], symbol: &'static str) -> Panel {
    let sums = |steps: &[Step]| -> Vec<[f64; 2]> {
        let mut sum = 0.0;
        let first = steps.first().map(|step| [step.start_s, 0.0]);
        let every = steps.len().div_ceil(POINTS).max(1);
        let rest = steps.chunks(every).map(|part| {
            sum += part.iter().map(|step| step.cost).sum::<f64>();
            [part[part.len() - 1].end_s, sum]
        });
        first.into_iter().chain(rest).collect()
    };
    let all: Vec<(usize, Vec<[f64; 2]>)> = lines.iter().map(|(series, _, steps)| (*series, sums(steps))).collect();
    let highest = all.iter().flat_map(|(_, points)| points).map(|point| point[1]).fold(0.0, f64::max);
    Panel {
        heading: "Spent since the start".to_owned(),
        height: 150.0,
        x: time_axis(results, &lines[0].2),
        y: Axis::from_zero("", highest, Say::Money(symbol)),
        marks: all.into_iter().map(|(series, points)| Mark::Line { points, series, label: None }).collect(),
        by: By::Series,
    }
}

/// Who pays for traffic, and who for time.
fn title(lines: &[Line]) -> String {
    let spread = |(_, deployment, steps): &Line| {
        let rates = || steps.iter().map(rate);
        let (low, high) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
        (label(&deployment.name), deployment.cost.currency, low, high)
    };
    let all: Vec<_> = lines.iter().map(spread).collect();
    let swing = |one: &&(String, crate::units::Currency, f64, f64)| one.3 / one.2.max(1e-12);
    let most = all.iter().max_by(|a, b| swing(a).total_cmp(&swing(b)));
    let least = all.iter().min_by(|a, b| swing(a).total_cmp(&swing(b)));
    let (Some(most), Some(least)) = (most, least) else { return "Cost over time".to_owned() };
    let money = |currency, amount| figures::money_f64(currency, amount);
    if swing(&most) < 1.02 {
        return format!("An hour costs always the same, {} on {}", money(most.1, most.3), most.0);
    }
    let range = format!("An hour on {} costs {} to {}", most.0, money(most.1, most.2), money(most.1, most.3));
    if most.0 == least.0 {
        return range;
    }
    if swing(&least) < 1.02 {
        return format!("{range}, on {} always {}", least.0, money(least.1, least.3));
    }
    format!("{range}, on {} {} to {}", least.0, money(least.1, least.2), money(least.1, least.3))
}

fn data(lines: &[Line]) -> Data {
    let longest = lines.iter().map(|(_, _, steps)| steps).max_by_key(|steps| steps.len());
    let longest = longest.map_or(&[][..], |steps| steps.as_slice());
    let every = longest.len().div_ceil(TABLE).max(1);
    let mut headings = vec!["from".to_owned()];
    headings.extend(lines.iter().map(|(_, deployment, _)| format!("{}: sum", label(&deployment.name))));
    // Sums of whole rows, so that the column adds up to the bill.
    let row = |place: usize| {
        let cell = |(_, deployment, steps): &Line| {
            let part = &steps[place.min(steps.len())..(place + every).min(steps.len())];
            figures::money_f64(deployment.cost.currency, part.iter().map(|step| step.cost).sum())
        };
        [figures::latency(longest[place].start_s)].into_iter().chain(lines.iter().map(cell)).collect()
    };
    Data {
        headings,
        rows: (0..longest.len()).step_by(every).map(row).collect(),
        note:
            "Sums from then until the next row; the chart shows the cost of an hour. All intervals stand in the table \
               `timeline`."
                .to_owned(),
    }
}
