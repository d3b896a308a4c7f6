//! What a sweep shows: cost, tail latency and cold starts along an axis, with a panel for each combination of the others.

use std::collections::BTreeMap;

use crate::report::figures::{self, currency, short};
use crate::results::Metric;
use crate::results::sweep::{SweepPlan, SweepRow};

use super::{Axis, Chart, Data, Key, Legend, Mark, Panel, SERIES, label, varied};

/// Panels, two side by side.
const PANELS: usize = 6;
/// Dots of a scatter; more would not be seen.
const DOTS: usize = 600;
/// Rows of the table behind a chart.
const TABLE: usize = 200;

/// All charts of a sweep.
pub fn all(plan: &SweepPlan, rows: &[SweepRow]) -> Vec<Chart> {
    let Some(along) = numeric_axis(plan, rows) else { return vec![tradeoff(plan, rows)] };
    let view = View::new(plan, rows, along);
    if plan.design != "grid" {
        return vec![tradeoff(plan, rows)];
    }
    let mut charts = vec![view.chart(&COST), view.chart(&LATENCY), view.chart(&COLD)];
    if plan.points > 2 && plan.axes.len() > 1 {
        charts.push(tradeoff(plan, rows));
    }
    charts.retain(|chart| !chart.is_empty());
    charts
}

/// The first axis along which one can go: numbers, and more than one of them.
fn numeric_axis(plan: &SweepPlan, rows: &[SweepRow]) -> Option<usize> {
    (0..plan.axes.len()).find(|&axis| {
        let number = |row: &SweepRow| row.levels[axis].1;
        rows.iter().all(|row| number(row).is_some()) && rows.iter().any(|row| number(row) != number(&rows[0]))
    })
}

/// What is drawn along the axis.
struct Figure {
    id: &'static str,
    metric: Metric,
    what: &'static str,
    axis: &'static str,
    format: fn(f64) -> String,
    /// Whether equal ratios are equally far apart, where values allow.
    log: bool,
}

const COST: Figure = Figure {
    id: "sweep_cost",
    metric: Metric::CostPerMonth,
    what: "cost of a month",
    axis: "cost per month of 730 hours",
    format: figures::compact,
    log: true,
};
const LATENCY: Figure = Figure {
    id: "sweep_latency",
    metric: Metric::LatencyP99,
    what: "p99 latency",
    axis: "p99 latency",
    format: figures::latency,
    log: true,
};
const COLD: Figure = Figure {
    id: "sweep_cold_starts",
    metric: Metric::ColdFraction,
    what: "share of cold starts",
    axis: "share of cold starts",
    format: figures::share,
    log: false,
};

/// The rows of a sweep along one of its axes.
struct View<'a> {
    plan: &'a SweepPlan,
    along: usize,
    deployments: Vec<&'a str>,
    /// Labels of the other axes, and the rows that have them.
    panels: Vec<(String, Vec<&'a SweepRow>)>,
    rows: &'a [SweepRow],
}

impl<'a> View<'a> {
    fn new(plan: &'a SweepPlan, rows: &'a [SweepRow], along: usize) -> Self {
        let mut deployments: Vec<&str> = Vec::new();
        let mut panels: Vec<(String, Vec<&SweepRow>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows {
            if !deployments.contains(&row.deployment.as_str()) {
                deployments.push(&row.deployment);
            }
            let others = plan.axes.iter().zip(&row.levels).enumerate().filter(|(axis, _)| *axis != along);
            let heading: Vec<String> =
                others.map(|(_, (axis, (label, _)))| format!("{} {label}", short(&axis.path))).collect();
            let heading = heading.join(", ");
            match places.get(&heading) {
                Some(place) => panels[*place].1.push(row),
                None => {
                    places.insert(heading.clone(), panels.len());
                    panels.push((heading, vec![row]));
                }
            }
        }
        Self { plan, along, deployments, panels, rows }
    }

    fn number(&self, row: &SweepRow) -> Option<f64> {
        row.levels[self.along].1
    }

    /// `(value of the axis, figure)`, rising.
    fn line(&self, rows: &[&SweepRow], deployment: &str, metric: Metric) -> Vec<[f64; 2]> {
        let ours = rows.iter().filter(|row| row.deployment == deployment);
        let mut points: Vec<[f64; 2]> = ours.filter_map(|row| Some([self.number(row)?, row.mean(metric)?])).collect();
        points.retain(|point| point.iter().all(|value| value.is_finite()));
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        points
    }

    fn chart(&self, figure: &Figure) -> Chart {
        let shown = &self.panels[..self.panels.len().min(PANELS)];
        let values = || self.rows.iter().filter_map(|row| row.mean(figure.metric)).filter(|value| value.is_finite());
        let high = values().fold(0.0, f64::max);
        if high <= 0.0 {
            return Chart::empty(figure.id, figure.what, "Nothing to show.");
        }
        let least = values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        let log = figure.log && high / least > 8.0;
        let columns = if shown.len() > 1 { 2 } else { 1 };
        let panels = shown.iter().enumerate().map(|(place, (heading, rows))| {
            let last_row = place + columns >= shown.len();
            Panel {
                heading: heading.clone(),
                height: if shown.len() > 1 { 190.0 } else { 280.0 },
                x: self.x(if last_row { self.title_of_axis() } else { String::new() }),
                y: self.y(figure, log, [least, high]),
                marks: self.marks(figure, rows, shown.len() == 1),
            }
        });
        let more = self.panels.len() - shown.len();
        let rest = if more > 0 { format!(" {more} more combinations stand in the table.") } else { String::new() };
        Chart {
            id: figure.id,
            title: self.finding(figure),
            subtitle: format!("{} along {}.{rest}", capital(figure.what), self.plan.axes[self.along].path),
            legend: self.legend(),
            panels: panels.collect(),
            columns,
            data: self.data(figure),
        }
    }

    fn title_of_axis(&self) -> String {
        varied(&self.plan.axes[self.along], self.is_log())
    }

    fn ends(&self) -> [f64; 2] {
        let numbers = || self.rows.iter().filter_map(|row| self.number(row));
        [numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max)]
    }

    fn is_log(&self) -> bool {
        let [low, high] = self.ends();
        low > 0.0 && high / low >= 8.0
    }

    fn x(&self, title: String) -> Axis {
        Axis::along(&title, self.ends(), self.is_log(), self.rows.iter().filter_map(|row| self.number(row)))
    }

    fn y(&self, figure: &Figure, log: bool, [least, high]: [f64; 2]) -> Axis {
        match (log, figure.metric) {
            (true, Metric::LatencyP99) => Axis::log_time("p99 latency (log scale)", least / 1.2, high * 1.2),
            (true, _) => {
                Axis::log(&format!("{} (log scale)", self.unit(figure)), least / 1.2, high * 1.2, figure.format)
            }
            (false, _) => Axis::from_zero(&self.unit(figure), high, figure.format),
        }
    }

    fn unit(&self, figure: &Figure) -> String {
        match (figure.metric, self.rows.first()) {
            (Metric::CostPerMonth, Some(row)) => format!("{}, {}", figure.axis, row.currency),
            _ => figure.axis.to_owned(),
        }
    }

    fn marks(&self, figure: &Figure, rows: &[&SweepRow], labelled: bool) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (series, deployment) in self.deployments.iter().take(SERIES).enumerate() {
            let points = self.line(rows, deployment, figure.metric);
            marks.push(Mark::Line { points, series, label: labelled.then(|| label(deployment)) });
            let ours = rows.iter().filter(|row| row.deployment == *deployment);
            marks.extend(ours.filter_map(|row| {
                let at = [self.number(row)?, row.mean(figure.metric).filter(|value| value.is_finite())?];
                Some(Mark::Dot { at, series, label: None, tip: tip(figure, row) })
            }));
        }
        marks
    }

    fn legend(&self) -> Vec<Legend> {
        let entry = |(series, name): (usize, &&str)| Legend { key: Key::Line, series, text: label(name) };
        self.deployments.iter().take(SERIES).enumerate().map(entry).collect()
    }

    /// Between what values each deployment lies.
    fn finding(&self, figure: &Figure) -> String {
        let ranges = self.deployments.iter().filter_map(|deployment| {
            let ours = self.rows.iter().filter(|row| row.deployment == *deployment);
            let values: Vec<f64> = ours.filter_map(|row| row.mean(figure.metric)).filter(|v| v.is_finite()).collect();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (low.is_finite() && high > low).then_some((*deployment, low, high))
        });
        match ranges.max_by(|a, b| (a.2 / a.1.max(1e-9)).total_cmp(&(b.2 / b.1.max(1e-9)))) {
            Some((name, low, high)) => {
                let name = label(name);
                let said = |value: f64| match (figure.metric, self.rows.first()) {
                    (Metric::CostPerMonth, Some(row)) => figures::money_f64(currency(&row.currency), value),
                    _ => (figure.format)(value),
                };
                let (low, high) = (said(low), said(high));
                format!("{} varies most on {name}: from {low} to {high}", capital(figure.what))
            }
            None => format!("{} does not depend on {}", capital(figure.what), short(&self.plan.axes[self.along].path)),
        }
    }

    fn data(&self, figure: &Figure) -> Data {
        let mut headings: Vec<String> = self.plan.axes.iter().map(|axis| short(&axis.path)).collect();
        headings.extend(["deployment", figure.what, "95\u{a0}% interval", "objectives"].map(str::to_owned));
        let row = |row: &SweepRow| {
            let mut cells: Vec<String> = row.levels.iter().map(|(label, _)| label.clone()).collect();
            let value = row.mean(figure.metric).map_or(figures::ABSENT.to_owned(), figure.format);
            let ends = row.ends(figure.metric).map(|ends| ends.map(figure.format).join(" to "));
            let meets = if row.meets { "met" } else { "missed" };
            cells.extend([row.deployment.clone(), value, ends.unwrap_or_default(), meets.to_owned()]);
            cells
        };
        Data { headings, rows: self.rows.iter().take(TABLE).map(row).collect(), note: left_out(self.rows.len(), TABLE) }
    }
}

fn left_out(rows: usize, shown: usize) -> String {
    if rows > shown { format!("{} more rows stand in the table of the sweep.", rows - shown) } else { String::new() }
}

fn tip(figure: &Figure, row: &SweepRow) -> String {
    let levels: Vec<&str> = row.levels.iter().map(|(label, _)| label.as_str()).collect();
    let value = row.mean(figure.metric).map_or(figures::ABSENT.to_owned(), figure.format);
    let missed = if row.meets { "" } else { ", misses the objectives" };
    format!("{} at {}: {value}{missed}", label(&row.deployment), levels.join(", "))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Cost against tail latency of everything that was measured.
fn tradeoff(plan: &SweepPlan, rows: &[SweepRow]) -> Chart {
    let point = |row: &SweepRow| {
        let (cost, p99) = (row.mean(Metric::CostPerMonth)?, row.mean(Metric::LatencyP99)?);
        (cost.is_finite() && p99.is_finite() && p99 > 0.0).then_some([cost, p99])
    };
    let measured: Vec<(&SweepRow, [f64; 2])> = rows.iter().filter_map(|row| Some((row, point(row)?))).collect();
    if measured.is_empty() {
        return Chart::empty("sweep_tradeoff", "There is no trade-off to draw", "Nothing completed.");
    }
    let mut names: Vec<&str> = Vec::new();
    for (row, _) in &measured {
        if !names.contains(&row.deployment.as_str()) {
            names.push(&row.deployment);
        }
    }
    let highest = measured.iter().map(|(_, at)| at[0]).fold(0.0, f64::max);
    let (low, high) = measured.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), (_, at)| (l.min(at[1]), h.max(at[1])));
    let every = measured.len().div_ceil(DOTS).max(1);
    let dots = measured.iter().step_by(every).filter_map(|(row, at)| {
        let series = names.iter().position(|name| *name == row.deployment).filter(|series| *series < SERIES)?;
        let tip = format!("{}, p99 {}", tip(&COST, row), figures::latency(at[1]));
        Some(Mark::Dot { at: *at, series, label: None, tip })
    });
    let unit = measured[0].0.currency.as_str();
    let beaten =
        |at: &[f64; 2]| measured.iter().any(|(_, o)| o[0] <= at[0] && o[1] <= at[1] && (o[0] < at[0] || o[1] < at[1]));
    let front = measured.iter().filter(|(_, at)| !beaten(at)).count();
    Chart {
        id: "sweep_tradeoff",
        title: format!("{front} of {} configurations are worth choosing between", measured.len()),
        subtitle: "Cost of a month against p99 latency of every configuration; low and left is better.".to_owned(),
        legend: names
            .iter()
            .take(SERIES)
            .enumerate()
            .map(|(series, name)| Legend { key: Key::Dot, series, text: label(name) })
            .collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 280.0,
            x: Axis::up_to(&format!("cost per month of 730 hours, {unit}"), highest * 1.05, figures::compact),
            y: Axis::log_time("p99 latency (log scale)", low / 1.2, high * 1.2),
            marks: dots.collect(),
        }],
        columns: 1,
        data: tradeoff_data(plan, &measured),
    }
}

fn tradeoff_data(plan: &SweepPlan, measured: &[(&SweepRow, [f64; 2])]) -> Data {
    let mut headings = vec!["deployment".to_owned()];
    headings.extend(plan.axes.iter().map(|axis| short(&axis.path)));
    headings.extend(["a month", "p99"].map(str::to_owned));
    let row = |(row, at): &(&SweepRow, [f64; 2])| {
        let mut cells = vec![row.deployment.clone()];
        cells.extend(row.levels.iter().map(|(label, _)| label.clone()));
        cells.extend([figures::money_f64(currency(&row.currency), at[0]), figures::latency(at[1])]);
        cells
    };
    Data { headings, rows: measured.iter().take(TABLE).map(row).collect(), note: left_out(measured.len(), TABLE) }
}
