//! The share of cold starts over time.

use crate::report::figures;
use crate::results::{DeploymentResult, Results, Tables};

use super::timeline::{Step, each, steps, time_axis, time_title, warmup, warmup_note};
use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, Say, first_of, label};

/// Steps of a line: few enough that each has invocations to take a share of.
const STEPS: usize = 84;
const TABLE: usize = 28;

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let limit = results.deployments.len().min(SERIES);
    let lines: Vec<(usize, &DeploymentResult, Vec<Step>)> = results.deployments[..limit]
        .iter()
        .enumerate()
        .map(|(series, deployment)| (series, deployment, steps(tables, &deployment.name, STEPS)))
        .filter(|(_, _, steps)| steps.iter().any(|step| share(step) > Some(0.0)))
        .collect();
    if lines.is_empty() {
        let why = "No invocation started cold in any interval.";
        return Chart::empty("cold_starts", "There are no cold starts", why);
    }
    let highest = lines.iter().flat_map(|(_, _, steps)| steps).filter_map(share).fold(0.0, f64::max);
    let longest = lines.iter().map(|(_, _, steps)| steps).max_by_key(|steps| steps.len());
    let mut x = time_axis(results, longest.map_or(&[], |steps| steps.as_slice()));
    x.title = time_title(&results.scenario);
    let left_out = limit - lines.len();
    let rest = if left_out > 0 { " Deployments without cold starts are left out." } else { "" };
    Chart {
        id: "cold_starts",
        title: title(&lines, results.scenario.warmup_s),
        subtitle: format!(
            "Invocations that started cold, of those that started, in {}.{rest}{}{}",
            longest.and_then(|steps| steps.first()).map_or_else(String::new, |step| each(step.end_s - step.start_s)),
            warmup_note(results),
            first_of(SERIES, results.deployments.len())
        ),
        legend: lines.iter().map(|(series, deployment, _)| entry(deployment, *series)).collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 220.0,
            x,
            y: Axis::from_zero("share of cold starts", highest, Say::Share),
            marks: warmup(results).into_iter().chain(lines.iter().flat_map(strokes)).collect(),
            by: By::Series,
        }],
        columns: 1,
        data: data(&lines),
    }
}

fn share(step: &Step) -> Option<f64> {
    (step.started > 0.0).then(|| (step.cold_starts / step.started).min(1.0))
}

fn entry(deployment: &DeploymentResult, series: usize) -> Legend {
    let mean = deployment.cold_start.fraction.map_or_else(|| figures::ABSENT.to_owned(), figures::share);
    Legend { key: Key::Line, series, text: format!("{} · {mean} in all", label(&deployment.name)) }
}

/// A stroke for each run of intervals in which something started.
fn strokes((series, _, steps): &(usize, &DeploymentResult, Vec<Step>)) -> Vec<Mark> {
    steps
        .split(|step| share(step).is_none())
        .filter(|run| !run.is_empty())
        .map(|run| Mark::Line {
            points: run.iter().filter_map(|step| Some([step.middle(), share(step)?])).collect(),
            series: *series,
            label: None,
        })
        .collect()
}

fn title(lines: &[(usize, &DeploymentResult, Vec<Step>)], warmup_s: f64) -> String {
    let order = |line: &&(usize, &DeploymentResult, Vec<Step>)| line.1.cold_start.fraction.unwrap_or(0.0);
    let Some((_, most, steps)) = lines.iter().max_by(|a, b| order(a).total_cmp(&order(b))) else {
        return "Cold starts".to_owned();
    };
    let name = label(&most.name);
    let mean = most.cold_start.fraction.map_or_else(|| figures::ABSENT.to_owned(), figures::share);
    let settled = steps.iter().filter(|step| step.start_s >= warmup_s).filter_map(share).fold(0.0, f64::max);
    if settled > 0.0 {
        return format!("{name} starts {mean} of invocations cold, up to {} at times", figures::share(settled));
    }
    format!("{name} starts {mean} of invocations cold")
}

fn data(lines: &[(usize, &DeploymentResult, Vec<Step>)]) -> Data {
    let part = |step: &Step| share(step).map_or_else(|| figures::ABSENT.to_owned(), figures::share);
    let longest = lines.iter().map(|(_, _, steps)| steps).max_by_key(|steps| steps.len());
    let longest = longest.map_or(&[][..], |steps| steps.as_slice());
    let every = longest.len().div_ceil(TABLE).max(1);
    let rows = longest.iter().enumerate().step_by(every).map(|(place, step)| {
        let cells = lines.iter().map(|(_, _, steps)| steps.get(place).map_or_else(String::new, part));
        [figures::latency(step.start_s)].into_iter().chain(cells).collect()
    });
    let names = lines.iter().map(|(_, deployment, _)| label(&deployment.name));
    Data {
        headings: ["from".to_owned()].into_iter().chain(names).collect(),
        rows: rows.collect(),
        note: if every > 1 { format!("One of {every} intervals.") } else { String::new() },
    }
}
