//! Percentiles of latency over time: a panel for each deployment.

use crate::report::figures;
use crate::results::{DeploymentResult, Results, Tables, TimelineRow};

use super::timeline::{each, time_axis, time_title, warmup, warmup_note};
use super::tradeoff::latency_bound;
use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, first_of, label};

/// Steps of a band; more would not be seen.
const STEPS: usize = 240;
const TABLE: usize = 28;

const BAND: usize = 0;
const MEDIAN: usize = 7;
const TAIL: usize = 1;

/// Percentiles of what arrived between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    start_s: f64,
    end_s: f64,
    /// p50, p95, p99 in seconds.
    at: [f64; 3],
}

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let limit = results.deployments.len().min(SERIES);
    let all: Vec<(usize, &DeploymentResult, Vec<Spread>)> = results.deployments[..limit]
        .iter()
        .enumerate()
        .map(|(place, deployment)| (place, deployment, joined(spreads(tables, &deployment.name))))
        .filter(|(_, _, spreads)| !spreads.is_empty())
        .collect();
    if all.is_empty() {
        let why = "No interval has completed invocations, or these results are of an earlier version.";
        return Chart::empty("latency_over_time", "No latency over time to show", why);
    }
    let bound = latency_bound(&results.deployments);
    let values = || all.iter().flat_map(|(_, _, spreads)| spreads).flat_map(|spread| spread.at).chain(bound);
    let low = values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let high = values().fold(0.0, f64::max);
    let last = all.len() - 1;
    let panels = all.iter().enumerate().map(|(index, (place, deployment, spreads))| Panel {
        heading: heading(deployment),
        height: 110.0,
        x: axis(results, index == last),
        y: Axis::log_time("", low / 1.2, high * 1.3),
        marks: warmup(results).into_iter().chain(bands(spreads)).chain(bound.map(ceiling)).collect(),
        by: By::Panel(*place),
    });
    Chart {
        id: "latency_over_time",
        title: title(&all, bound),
        subtitle: format!(
            "Latency of what arrived in {}, on one logarithmic scale{}.{}{}",
            all[0].2.first().map_or_else(String::new, |one| each(one.end_s - one.start_s)),
            if bound.is_some() { "; the dashed line is the objective for p99" } else { "" },
            warmup_note(results),
            first_of(SERIES, results.deployments.len())
        ),
        legend: vec![
            Legend { key: Key::Line, series: MEDIAN, text: "p50".to_owned() },
            Legend { key: Key::Area, series: BAND, text: "p95 · from p50 up to it".to_owned() },
            Legend { key: Key::Line, series: TAIL, text: "p99".to_owned() },
        ],
        panels: panels.collect(),
        columns: 1,
        data: data(&all),
    }
}

fn heading(deployment: &DeploymentResult) -> String {
    let p99 = deployment.latency_s.p99.map_or_else(|| figures::ABSENT.to_owned(), figures::latency);
    format!("{} · p99 {p99} in all", label(&deployment.name))
}

fn axis(results: &Results, labelled: bool) -> Axis {
    let mut axis = time_axis(results, &[]);
    if labelled {
        axis.title = time_title(&results.scenario);
    } else {
        axis.ticks.iter_mut().for_each(|(_, label)| label.clear());
    }
    axis
}

fn spreads(tables: &Tables, deployment: &str) -> Vec<Spread> {
    let spread = |row: &TimelineRow| {
        let at = [row.latency_p50_s?, row.latency_p95_s?, row.latency_p99_s?];
        let sound = at.iter().all(|value| value.is_finite() && *value >= 0.0) && row.length_s > 0.0;
        sound.then_some(Spread { start_s: row.start_s, end_s: row.start_s + row.length_s, at })
    };
    let mut all: Vec<Spread> =
        tables.timeline.iter().filter(|row| row.deployment == deployment).filter_map(spread).collect();
    all.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    all
}

/// Neighbours together where there are too many to see. Percentiles of several intervals cannot be averaged: the highest of
/// each is kept, which loses no peak.
fn joined(spreads: Vec<Spread>) -> Vec<Spread> {
    let every = spreads.len().div_ceil(STEPS).max(1);
    let join = |part: &[Spread]| Spread {
        start_s: part[0].start_s,
        end_s: part[part.len() - 1].end_s,
        at: [0, 1, 2].map(|place| part.iter().map(|one| one.at[place]).fold(0.0, f64::max)),
    };
    spreads.chunks(every).map(join).collect()
}

fn bands(spreads: &[Spread]) -> Vec<Mark> {
    let middle = |one: &Spread| f64::midpoint(one.start_s, one.end_s);
    let line = |place: usize, series: usize| Mark::Line {
        points: spreads.iter().map(|one| [middle(one), one.at[place]]).collect(),
        series,
        label: None,
    };
    let range = Mark::Range {
        points: spreads.iter().map(|one| [middle(one), one.at[0], one.at[1]]).collect(),
        series: BAND,
        opacity: super::marks::PALE,
    };
    vec![range, line(0, MEDIAN), line(2, TAIL)]
}

fn ceiling(at: f64) -> Mark {
    Mark::Ceiling { at, text: String::new() }
}

/// Who keeps the objective all the time; without one, whose tail moves most.
fn title(all: &[(usize, &DeploymentResult, Vec<Spread>)], bound: Option<f64>) -> String {
    let ends = |spreads: &[Spread]| {
        let p99s = || spreads.iter().map(|one| one.at[2]);
        (p99s().fold(f64::INFINITY, f64::min), p99s().fold(0.0, f64::max))
    };
    if let Some(bound) = bound {
        let over =
            |spreads: &[Spread]| spreads.iter().filter(|one| one.at[2] > bound).count() as f64 / spreads.len() as f64;
        let most = all.iter().max_by(|a, b| over(&a.2).total_cmp(&over(&b.2)));
        let kept = all.iter().filter(|(_, _, spreads)| over(spreads) == 0.0).count();
        if let Some((_, worst, spreads)) = most.filter(|(_, _, spreads)| over(spreads) > 0.0) {
            let rest = match (kept, all.len()) {
                (_, 1) => String::new(),
                (0, _) => "; every deployment exceeds that at times".to_owned(),
                (kept, all) => format!("; {kept} of {all} never exceed that"),
            };
            return format!(
                "p99 on {} is above {} in {} of the intervals{rest}",
                label(&worst.name),
                figures::latency(bound),
                figures::share((over(spreads) * 1e3).round() / 1e3)
            );
        }
        return format!("p99 never exceeds {} in any interval", figures::latency(bound));
    }
    let swing = |spreads: &[Spread]| {
        let (low, high) = ends(spreads);
        high / low.max(1e-9)
    };
    match all.iter().max_by(|a, b| swing(&a.2).total_cmp(&swing(&b.2))) {
        Some((_, most, spreads)) => {
            let (low, high) = ends(spreads);
            let (low, high) = (figures::latency(low), figures::latency(high));
            if low == high {
                return format!("p99 stays at {high} on {}", label(&most.name));
            }
            format!("p99 moves most on {}: from {low} to {high}", label(&most.name))
        }
        None => "Latency over time".to_owned(),
    }
}

fn data(all: &[(usize, &DeploymentResult, Vec<Spread>)]) -> Data {
    let longest = all.iter().map(|(_, _, spreads)| spreads).max_by_key(|spreads| spreads.len());
    let longest = longest.map_or(&[][..], |spreads| spreads.as_slice());
    let every = longest.len().div_ceil(TABLE).max(1);
    let mut headings = vec!["from".to_owned()];
    for (_, deployment, _) in all {
        headings.extend(["p50", "p95", "p99"].map(|name| format!("{}: {name}", label(&deployment.name))));
    }
    let row = |one: &Spread| {
        let mut cells = vec![figures::latency(one.start_s)];
        for (_, _, spreads) in all {
            let there = spreads.iter().find(|other| other.start_s == one.start_s);
            let cell = |place: usize| there.map_or(figures::ABSENT.to_owned(), |one| figures::latency(one.at[place]));
            cells.extend([0, 1, 2].map(cell));
        }
        cells
    };
    Data {
        headings,
        rows: longest.iter().step_by(every).map(row).collect(),
        note: "All intervals stand in the table `timeline`.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_keeps_the_peaks() {
        let spread = |place: usize| Spread {
            start_s: place as f64,
            end_s: place as f64 + 1.0,
            at: [1.0, 2.0, if place == 700 { 90.0 } else { 3.0 }],
        };
        let joined = joined((0..1000).map(spread).collect());
        assert!(joined.len() <= STEPS);
        assert_eq!(joined.iter().map(|one| one.at[2]).fold(0.0, f64::max), 90.0);
        assert_eq!((joined[0].start_s, joined[joined.len() - 1].end_s), (0.0, 1000.0));
    }
}
