//! What a sweep shows: cost, tail latency and cold starts along an axis, with a panel for each combination of the others.

use std::collections::BTreeMap;

use crate::report::figures::{self, currency, short};
use crate::results::Metric;
use crate::results::sweep::{Ends, Excerpt, PANELS, SweepPlan, SweepRow, TABLE};

use super::{Axis, Chart, Data, Key, Legend, Mark, Panel, SERIES, label, varied};

/// All charts of a sweep.
pub fn all(plan: &SweepPlan, excerpt: &Excerpt) -> Vec<Chart> {
    let along = numeric_axis(plan, &excerpt.rows).filter(|_| plan.design == "grid");
    let Some(along) = along else { return vec![tradeoff(plan, excerpt)] };
    let view = View::new(plan, excerpt, along);
    let mut charts = vec![view.chart(&COST), view.chart(&LATENCY), view.chart(&COLD)];
    if plan.points > 2 && plan.axes.len() > 1 {
        charts.push(tradeoff(plan, excerpt));
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
    /// Labels of the other axes, and the rows that have them; the first are whole.
    panels: Vec<(String, Vec<&'a SweepRow>)>,
    excerpt: &'a Excerpt,
    rows: &'a [SweepRow],
}

impl<'a> View<'a> {
    fn new(plan: &'a SweepPlan, excerpt: &'a Excerpt, along: usize) -> Self {
        let rows = &excerpt.rows;
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
        Self { plan, along, deployments, panels, excerpt, rows }
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
        let ends = self.excerpt.spreads.iter().map(|of| of.ends(figure.metric)).fold(Ends::NONE, Ends::with);
        let (least, high) = (ends.positive, ends.most);
        if high <= 0.0 {
            return Chart::empty(figure.id, figure.what, "Nothing to show.");
        }
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
        let more = self.combinations().saturating_sub(shown.len());
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

    /// Of the values of the other axes.
    fn combinations(&self) -> usize {
        self.plan.levels(self.along).map_or(0, |levels| self.plan.points / levels.max(1))
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
        let ranges = self.excerpt.spreads.iter().filter_map(|of| {
            let Ends { least, most, .. } = of.ends(figure.metric);
            (most > least).then_some((of.deployment.as_str(), least, most))
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
        data(headings, self.rows.iter(), self.excerpt.total, row)
    }
}

/// The first rows; how many stand elsewhere.
fn data<'r, R: 'r>(
    headings: Vec<String>,
    rows: impl Iterator<Item = &'r R>,
    total: usize,
    cells: impl Fn(&'r R) -> Vec<String>,
) -> Data {
    let rows: Vec<Vec<String>> = rows.take(TABLE).map(cells).collect();
    let more = total - rows.len();
    let note = if more > 0 { format!("{more} more rows stand in the table of the sweep.") } else { String::new() };
    Data { headings, rows, note }
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

/// Cost against tail latency of what was measured: of many some, and all that nothing beats.
fn tradeoff(plan: &SweepPlan, excerpt: &Excerpt) -> Chart {
    let is_beaten = |row: &&SweepRow| !excerpt.front.contains(row);
    let shown = excerpt.rows.iter().filter(is_beaten).chain(&excerpt.front);
    let mut measured: Vec<(&SweepRow, [f64; 2])> = shown.filter_map(|row| Some((row, row.tradeoff()?))).collect();
    measured.sort_by_key(|(row, _)| row.point);
    if measured.is_empty() {
        return Chart::empty("sweep_tradeoff", "There is no trade-off to draw", "Nothing completed.");
    }
    let names: Vec<&str> = excerpt.spreads.iter().map(|of| of.deployment.as_str()).take(SERIES).collect();
    let ends = |metric| excerpt.spreads.iter().map(|of| of.ends(metric)).fold(Ends::NONE, Ends::with);
    let (cost, p99) = (ends(Metric::CostPerMonth), ends(Metric::LatencyP99));
    let dots = measured.iter().filter_map(|(row, at)| {
        let series = names.iter().position(|name| *name == row.deployment)?;
        let tip = format!("{}, p99 {}", tip(&COST, row), figures::latency(at[1]));
        Some(Mark::Dot { at: *at, series, label: None, tip })
    });
    let unit = measured[0].0.currency.as_str();
    let legend = |(series, name): (usize, &&str)| Legend { key: Key::Dot, series, text: label(name) };
    Chart {
        id: "sweep_tradeoff",
        title: format!("{} of {} configurations are worth choosing between", excerpt.unbeaten, excerpt.measured),
        subtitle: subtitle(measured.len(), excerpt.measured),
        legend: names.iter().enumerate().map(legend).collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 280.0,
            x: Axis::up_to(&format!("cost per month of 730 hours, {unit}"), cost.most * 1.05, figures::compact),
            y: Axis::log_time("p99 latency (log scale)", p99.positive / 1.2, p99.most * 1.2),
            marks: dots.collect(),
        }],
        columns: 1,
        data: tradeoff_data(plan, &measured, excerpt.measured),
    }
}

fn subtitle(shown: usize, measured: usize) -> String {
    let which = if shown < measured {
        format!("{shown} of the configurations, with all that are worth choosing between")
    } else {
        "every configuration".to_owned()
    };
    format!("Cost of a month against p99 latency of {which}; low and left is better.")
}

fn tradeoff_data(plan: &SweepPlan, measured: &[(&SweepRow, [f64; 2])], total: usize) -> Data {
    let mut headings = vec!["deployment".to_owned()];
    headings.extend(plan.axes.iter().map(|axis| short(&axis.path)));
    headings.extend(["a month", "p99"].map(str::to_owned));
    data(headings, measured.iter(), total, |(row, at)| {
        let mut cells = vec![row.deployment.clone()];
        cells.extend(row.levels.iter().map(|(label, _)| label.clone()));
        cells.extend([figures::money_f64(currency(&row.currency), at[0]), figures::latency(at[1])]);
        cells
    })
}
