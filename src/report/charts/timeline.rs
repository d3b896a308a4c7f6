//! Load, capacity, demand and waiting over time: one panel for each deployment.

use crate::report::figures;
use crate::results::{DeploymentResult, Results, ScenarioInfo, Tables, TimelineRow};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, Say, first_of, label};

/// Points of a line; more would not be seen.
const STEPS: usize = 240;
/// Intervals that are looked at: all that a run keeps.
pub const INTERVALS: usize = 2_048;
/// How much of its colour the range between extremes has.
const EXTREMES: f64 = 0.22;
/// Waiting is drawn where it rises above this part of the scale; a line along the axis says nothing.
const SEEN: f64 = 0.01;
/// Rows of the table under the chart.
const TABLE: usize = 28;

// Told apart by colour, by area against line, and by a dashed line against a solid one.
const PLACES: usize = 0;
const DEMAND: usize = 4;
const WAITING: usize = 1;
const LOAD: usize = 0;

/// Time averages of the rows that start in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    pub start_s: f64,
    pub end_s: f64,
    pub rate_per_s: f64,
    pub concurrency: f64,
    pub instances: f64,
    pub places: f64,
    pub demand: f64,
    pub waiting: f64,
    pub cold_starts: f64,
    /// Invocations that started, as far as the shares of cold starts tell.
    pub started: f64,
    /// Of the bill.
    pub cost: f64,
}

impl Step {
    pub fn middle(&self) -> f64 {
        (self.start_s + self.end_s) / 2.0
    }
}

/// The timeline of a deployment in at most `limit` equal steps; steps without rows are left out.
pub fn steps(tables: &Tables, deployment: &str, limit: usize) -> Vec<Step> {
    let rows: Vec<&TimelineRow> = tables.timeline.iter().filter(|row| usable(row, deployment)).collect();
    let begin = rows.iter().map(|row| row.start_s).fold(f64::INFINITY, f64::min);
    let end = rows.iter().map(|row| row.start_s + row.length_s).fold(0.0, f64::max);
    let shortest = rows.iter().map(|row| row.length_s).fold(f64::INFINITY, f64::min);
    // Whole rows to a step, so that steps do not differ in how many rows they average.
    let step = shortest * ((end - begin) / shortest / limit as f64).ceil().max(1.0);
    let mut steps: Vec<(u64, Vec<&TimelineRow>)> = Vec::new();
    let mut sorted = rows;
    sorted.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    for row in sorted {
        let index = ((row.start_s - begin) / step + 1e-6) as u64;
        match steps.last_mut() {
            Some((last, rows)) if *last == index => rows.push(row),
            _ => steps.push((index, vec![row])),
        }
    }
    steps.iter().map(|(_, rows)| average(rows)).collect()
}

fn usable(row: &TimelineRow, deployment: &str) -> bool {
    let levels = [row.concurrency, row.instances, row.places, row.demand, row.waiting];
    let figures = [row.start_s, row.length_s, row.rate_per_s].into_iter().chain(levels).all(f64::is_finite);
    row.deployment == deployment && row.length_s > 0.0 && figures
}

fn average(rows: &[&TimelineRow]) -> Step {
    let time: f64 = rows.iter().map(|row| row.length_s).sum();
    let mean = |figure: fn(&TimelineRow) -> f64| rows.iter().map(|row| figure(row) * row.length_s).sum::<f64>() / time;
    let started = |row: &&TimelineRow| match row.cold_fraction {
        Some(fraction) if fraction > 0.0 => row.cold_starts / fraction,
        Some(_) => row.rate_per_s * row.length_s,
        None => 0.0,
    };
    Step {
        start_s: rows[0].start_s,
        end_s: rows.iter().map(|row| row.start_s + row.length_s).fold(0.0, f64::max),
        rate_per_s: mean(|row| row.rate_per_s),
        concurrency: mean(|row| row.concurrency),
        instances: mean(|row| row.instances),
        places: mean(|row| row.places),
        demand: mean(|row| row.demand),
        waiting: mean(|row| row.waiting),
        cold_starts: rows.iter().map(|row| row.cold_starts).sum(),
        started: rows.iter().map(started).sum(),
        cost: rows.iter().map(|row| row.cost).sum(),
    }
}

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let shown = &results.deployments[..results.deployments.len().min(SERIES)];
    let lines: Vec<(&DeploymentResult, Vec<Step>)> =
        shown.iter().map(|deployment| (deployment, steps(tables, &deployment.name, INTERVALS))).collect();
    let Some(load) = lines.iter().map(|(_, steps)| steps).find(|steps| !steps.is_empty()) else {
        return Chart::empty("timeline", "No timeline to show", "The run has no intervals.");
    };
    let lengths = load.first().map_or(0.0, |step| step.end_s - step.start_s) * load.len().div_ceil(STEPS).max(1) as f64;
    let mut panels = vec![load_panel(results, load)];
    panels
        .extend(lines.iter().enumerate().map(|(place, (deployment, steps))| panel(results, place, deployment, steps)));
    if let Some((last, others)) = panels.split_last_mut() {
        last.x.title = time_title(&results.scenario);
        others.iter_mut().flat_map(|panel| &mut panel.x.ticks).for_each(|(_, label)| label.clear());
    }
    Chart {
        id: "timeline",
        title: title(shown),
        subtitle: format!(
            "Averages over {}{}; every panel has its own scale.{}{}",
            figures::length(lengths).replace('\u{a0}', " "),
            if load.len() > STEPS { ", pale around them the least and the most" } else { "" },
            warmup_note(results),
            first_of(SERIES, results.deployments.len())
        ),
        legend: vec![
            Legend { key: Key::Area, series: PLACES, text: "places there, taken or free".to_owned() },
            Legend { key: Key::Line, series: DEMAND, text: "places used or missing".to_owned() },
            Legend { key: Key::Line, series: WAITING, text: "invocations waiting for capacity".to_owned() },
        ],
        panels,
        columns: 1,
        data: data(shown, tables),
    }
}

pub fn time_title(scenario: &ScenarioInfo) -> String {
    format!("time (UTC) from {} on", scenario.start)
}

/// A figure along the intervals of a run: a line of means, over a pale range from the least to the most of what each point
/// stands for, so that no peak is lost.
pub fn along(steps: &[Step], figure: fn(&Step) -> f64, series: usize) -> Vec<Mark> {
    let every = steps.len().div_ceil(STEPS).max(1);
    let chunks = || steps.chunks(every).map(|part| (part, part[0].start_s, part[part.len() - 1].end_s));
    let middle = |start: f64, end: f64| f64::midpoint(start, end);
    let mean = |(part, start, end): (&[Step], f64, f64)| {
        let time: f64 = part.iter().map(|step| step.end_s - step.start_s).sum();
        let sum: f64 = part.iter().map(|step| figure(step) * (step.end_s - step.start_s)).sum();
        [middle(start, end), sum / time.max(1e-12)]
    };
    let spread = |(part, start, end): (&[Step], f64, f64)| {
        let values = || part.iter().map(figure);
        [middle(start, end), values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max)]
    };
    let line = Mark::Line { points: chunks().map(mean).collect(), series, label: None };
    let range = (every > 1).then(|| Mark::Range { points: chunks().map(spread).collect(), series, opacity: EXTREMES });
    range.into_iter().chain([line]).collect()
}

/// From the start of the run to its end.
pub fn time_axis(results: &Results, steps: &[Step]) -> Axis {
    let end = steps.iter().map(|step| step.end_s).fold(results.scenario.duration_s, f64::max);
    match midnight(&results.scenario.start) {
        Some(start) => Axis::calendar("", start, 0.0, end),
        None => Axis::time("", 0.0, end),
    }
}

/// The first second of a day, since the epoch.
pub fn midnight(day: &str) -> Option<i64> {
    let date: jiff::civil::Date = day.parse().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_second())
}

/// `each hour`, `each 15 minutes`.
pub fn each(seconds: f64) -> String {
    let length = figures::length(seconds).replace('\u{a0}', " ");
    format!("each {}", length.strip_prefix("1 ").unwrap_or(&length))
}

/// What the shade means, where there is one.
pub fn warmup_note(results: &Results) -> &'static str {
    if results.scenario.warmup_s > 0.0 { " Shaded: the warm-up, which is not counted." } else { "" }
}

/// The part of the run that is not counted.
pub fn warmup(results: &Results) -> Option<Mark> {
    let to = results.scenario.warmup_s;
    (to > 0.0).then(|| Mark::Band { from: 0.0, to, text: "warm-up".to_owned() })
}

fn load_panel(results: &Results, steps: &[Step]) -> Panel {
    let highest = steps.iter().map(|step| step.rate_per_s).fold(0.0, f64::max);
    Panel {
        heading: "Arrivals per second".to_owned(),
        height: 70.0,
        x: time_axis(results, steps),
        y: Axis::from_zero("", highest, Say::Compact),
        marks: warmup(results).into_iter().chain(along(steps, |step| step.rate_per_s, LOAD)).collect(),
        by: By::Nobody,
    }
}

fn panel(results: &Results, place: usize, deployment: &DeploymentResult, steps: &[Step]) -> Panel {
    let highest = steps.iter().map(|step| step.places.max(step.demand).max(step.waiting)).fold(0.0, f64::max);
    let waits = steps.iter().any(|step| step.waiting > SEEN * highest);
    let peak = figures::plural(deployment.capacity.instances_peak.round(), "instance");
    let busy = figures::plural(deployment.capacity.busy_peak.round(), "invocation");
    Panel {
        heading: format!("{} · at most {peak}, {busy} at once", label(&deployment.name)),
        height: 70.0,
        x: time_axis(results, steps),
        y: Axis::from_zero("", highest, Say::Compact),
        marks: warmup(results)
            .into_iter()
            .chain(filled(along(steps, |step| step.places, PLACES)))
            .chain(along(steps, |step| step.demand, DEMAND))
            .chain(if waits { along(steps, |step| step.waiting, WAITING) } else { Vec::new() })
            .collect(),
        by: By::Panel(place),
    }
}

/// Lines as areas.
fn filled(marks: Vec<Mark>) -> impl Iterator<Item = Mark> {
    marks.into_iter().map(|mark| match mark {
        Mark::Line { points, series, .. } => Mark::Area { points, series },
        other => other,
    })
}

fn title(shown: &[DeploymentResult]) -> String {
    let used = |deployment: &&DeploymentResult| deployment.capacity.utilization.is_some();
    let order = |a: &&DeploymentResult, b: &&DeploymentResult| {
        a.capacity.utilization.unwrap_or(0.0).total_cmp(&b.capacity.utilization.unwrap_or(0.0))
    };
    let part = |deployment: &DeploymentResult| {
        let part = deployment.capacity.utilization.unwrap_or(0.0);
        (figures::share((part * 1000.0).round() / 1000.0), label(&deployment.name))
    };
    let least = shown.iter().filter(used).min_by(order);
    let most = shown.iter().filter(used).max_by(order);
    let (Some(least), Some(most)) = (least, most) else { return "No instance was ever there".to_owned() };
    let ((low, idle), (high, busy)) = (part(least), part(most));
    if std::ptr::eq(least, most) {
        return format!("Instances are busy {low} of the time on {idle}");
    }
    format!("Instances are busy {low} of the time on {idle}, {high} on {busy}")
}

fn data(shown: &[DeploymentResult], tables: &Tables) -> Data {
    let mut headings = vec!["from".to_owned(), "arrivals/s".to_owned()];
    let lines: Vec<Vec<Step>> = shown.iter().map(|deployment| steps(tables, &deployment.name, TABLE)).collect();
    for deployment in shown {
        let figures = ["instances", "places", "used or missing", "waiting"];
        headings.extend(figures.map(|figure| format!("{}: {figure}", label(&deployment.name))));
    }
    let longest = lines.iter().max_by_key(|steps| steps.len()).cloned().unwrap_or_default();
    let row = |(place, step): (usize, &Step)| {
        let mut row = vec![figures::latency(step.start_s), figures::number(step.rate_per_s)];
        for steps in &lines {
            let figure = |figure: fn(&Step) -> f64| {
                steps.get(place).map_or_else(|| figures::ABSENT.to_owned(), |step| figures::number(figure(step)))
            };
            row.push(figure(|step| step.instances));
            row.extend([figure(|step| step.places), figure(|step| step.demand), figure(|step| step.waiting)]);
        }
        row
    };
    Data {
        headings,
        rows: longest.iter().enumerate().map(row).collect(),
        note: "Averages over longer intervals; all intervals stand in the table `timeline`.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(start_s: f64, instances: f64, cold_starts: f64, cold_fraction: Option<f64>) -> TimelineRow {
        TimelineRow {
            deployment: "a".to_owned(),
            start_s,
            length_s: 60.0,
            rate_per_s: 1.0,
            concurrency: 0.0,
            instances,
            places: instances,
            demand: 0.0,
            waiting: 0.0,
            cold_starts,
            cold_fraction,
            latency_p50_s: None,
            latency_p95_s: None,
            latency_p99_s: None,
            cost: 0.0,
        }
    }

    #[test]
    fn steps_average_over_time_and_weigh_cold_starts_by_invocations() {
        let rows = vec![row(0.0, 2.0, 10.0, Some(0.5)), row(60.0, 4.0, 0.0, Some(0.0)), row(120.0, 9.0, 0.0, None)];
        let tables = Tables { timeline: rows, ..Tables::default() };
        let steps = steps(&tables, "a", 2);
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].instances, steps[0].cold_starts, steps[0].started), (3.0, 10.0, 80.0));
        assert_eq!((steps[1].start_s, steps[1].instances, steps[1].started), (120.0, 9.0, 0.0));
    }
}
