//! What a sweep shows: cost, tail latency and cold starts along an axis, with a panel for each combination of the others.

use crate::report::figures::{self, currency, short};
use crate::results::Metric;
use crate::results::sweep::{Ends, Excerpt, PANELS, SweepAxis, SweepPlan, SweepRow, TABLE, is_dot, panel};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, Say, label, varied};

/// Dots of a front, and of a line; more would not be told apart.
const FRONT: usize = 600;
const DOTS_OF_LINE: usize = 40;

/// All charts of a sweep.
pub fn all(plan: &SweepPlan, excerpt: &Excerpt) -> Vec<Chart> {
    let along = numeric_axis(plan, &excerpt.rows).filter(|_| plan.design == "grid");
    let Some(along) = along else { return vec![tradeoff(plan, excerpt)] };
    // Prices change bills and nothing else.
    let [bills, others] = [true, false].map(|prices| View::new(plan, excerpt, along, prices));
    let mut charts = vec![bills.chart(&COST), others.chart(&LATENCY), others.chart(&COLD)];
    let is_all_given = plan.axes.iter().all(SweepAxis::is_given);
    if plan.points > 2 && plan.axes.len() > 1 && !is_all_given {
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
    say: Say,
    /// Whether equal ratios are equally far apart, where values allow.
    log: bool,
}

const COST: Figure = Figure {
    id: "sweep_cost",
    metric: Metric::CostPerMonth,
    what: "cost of a month",
    axis: "cost per month of 730 hours",
    say: Say::Compact,
    log: true,
};
const LATENCY: Figure = Figure {
    id: "sweep_latency",
    metric: Metric::LatencyP99,
    what: "p99 latency",
    axis: "p99 latency",
    say: Say::Latency,
    log: true,
};
const COLD: Figure = Figure {
    id: "sweep_cold_starts",
    metric: Metric::ColdFraction,
    what: "share of cold starts",
    axis: "share of cold starts",
    say: Say::Share,
    log: false,
};

/// The rows of a sweep along one of its axes.
struct View<'a> {
    plan: &'a SweepPlan,
    along: usize,
    /// The axes that make the panels.
    others: Vec<usize>,
    deployments: Vec<&'a str>,
    /// For some combinations of the values of `others` the rows.
    panels: Vec<Vec<&'a SweepRow>>,
    excerpt: &'a Excerpt,
}

impl<'a> View<'a> {
    /// Without `prices` one row stands for all that differ only in these.
    fn new(plan: &'a SweepPlan, excerpt: &'a Excerpt, along: usize, prices: bool) -> Self {
        let has_panels = |axis: &usize| *axis != along && (prices || !plan.axes[*axis].is_of_prices());
        let others = (0..plan.axes.len()).filter(has_panels).collect();
        let mut deployments: Vec<&str> = Vec::new();
        let mut panels: Vec<Vec<&SweepRow>> = vec![Vec::new(); PANELS];
        for row in &excerpt.rows {
            let Some(place) = panel(plan, along, prices, row.point) else { continue };
            if !deployments.contains(&row.deployment.as_str()) {
                deployments.push(&row.deployment);
            }
            panels[place].push(row);
        }
        panels.retain(|rows| !rows.is_empty());
        Self { plan, along, others, deployments, panels, excerpt }
    }

    fn rows(&self) -> impl Iterator<Item = &'a SweepRow> {
        self.panels.iter().flatten().copied()
    }

    /// What stands over the panels: the values of their axes, with the axes where there is room.
    fn headings(&self) -> Vec<String> {
        /// Letters over one of two panels.
        const ROOM: usize = 40;
        let shown = self.panels.iter().filter_map(|rows| rows.first());
        let values: Vec<Vec<&str>> = shown.map(|row| labels(row, &self.others)).collect();
        let named = |values: &Vec<&str>| {
            let axes = self.others.iter().map(|axis| short(&self.plan.axes[*axis].path));
            axes.zip(values).map(|(axis, value)| format!("{axis} {value}")).collect::<Vec<_>>().join(", ")
        };
        let headings: Vec<String> = values.iter().map(named).collect();
        if headings.iter().all(|heading| figures::width(heading) <= ROOM) {
            return headings;
        }
        values.iter().map(|values| values.join(", ")).collect()
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
        let shown = &self.panels;
        let headings = self.headings();
        let ends = self.excerpt.spreads.iter().map(|of| of.ends(figure.metric)).fold(Ends::NONE, Ends::with);
        let (least, high) = (ends.positive, ends.most);
        if high <= 0.0 {
            return Chart::empty(figure.id, figure.what, "Nothing to show.");
        }
        let log = figure.log && high / least > 8.0;
        let columns = if shown.len() > 1 { 2 } else { 1 };
        let panels = shown.iter().zip(headings).enumerate().map(|(place, (rows, heading))| {
            let last_row = place + columns >= shown.len();
            Panel {
                heading,
                height: if shown.len() > 1 { 190.0 } else { 280.0 },
                x: self.x(if last_row { self.title_of_axis() } else { String::new() }),
                y: self.y(figure, log, [least, high]),
                marks: self.marks(figure, rows, shown.len() == 1),
                by: By::Series,
            }
        });
        Chart {
            id: figure.id,
            title: self.finding(figure),
            subtitle: self.subtitle(figure, shown.len()),
            legend: self.legend(),
            panels: panels.collect(),
            columns,
            data: self.data(figure),
        }
    }

    fn subtitle(&self, figure: &Figure, shown: usize) -> String {
        let path = |axis: usize| self.plan.axes[axis].path.as_str();
        let by: Vec<&str> = self.others.iter().map(|axis| path(*axis)).collect();
        let panels = if by.is_empty() { String::new() } else { format!(", a panel by {}", by.join(" and ")) };
        let all: usize = self.others.iter().filter_map(|axis| self.plan.levels(*axis)).product();
        let rest = match all.saturating_sub(shown) {
            0 => String::new(),
            more => format!(" {more} more combinations stand in the table."),
        };
        format!("{} along {}{panels}.{rest}", capital(figure.what), path(self.along))
    }

    fn title_of_axis(&self) -> String {
        varied(&self.plan.axes[self.along], self.is_log())
    }

    fn ends(&self) -> [f64; 2] {
        let numbers = || self.rows().filter_map(|row| self.number(row));
        [numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max)]
    }

    fn is_log(&self) -> bool {
        let [low, high] = self.ends();
        low > 0.0 && high / low >= 8.0
    }

    fn x(&self, title: String) -> Axis {
        Axis::along(&title, self.ends(), self.is_log(), self.rows().filter_map(|row| self.number(row)))
    }

    fn y(&self, figure: &Figure, log: bool, [least, high]: [f64; 2]) -> Axis {
        match (log, figure.metric) {
            (true, Metric::LatencyP99) => Axis::log_time("p99 latency (log scale)", least / 1.2, high * 1.2),
            (true, _) => Axis::log(&format!("{} (log scale)", self.unit(figure)), least / 1.2, high * 1.2, figure.say),
            (false, _) => Axis::from_zero(&self.unit(figure), high, figure.say),
        }
    }

    fn unit(&self, figure: &Figure) -> String {
        match (figure.metric, self.excerpt.rows.first()) {
            (Metric::CostPerMonth, Some(row)) => format!("{}, {}", figure.axis, row.currency),
            _ => figure.axis.to_owned(),
        }
    }

    fn marks(&self, figure: &Figure, rows: &[&SweepRow], labelled: bool) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (series, deployment) in self.deployments.iter().take(SERIES).enumerate() {
            let points = self.line(rows, deployment, figure.metric);
            marks.push(Mark::Line { points, series, label: labelled.then(|| label(deployment)) });
            let ours: Vec<&SweepRow> = rows.iter().filter(|row| row.deployment == *deployment).copied().collect();
            marks.extend(some(&ours, DOTS_OF_LINE).filter_map(|row| {
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
                let said = |value: f64| match (figure.metric, self.excerpt.rows.first()) {
                    (Metric::CostPerMonth, Some(row)) => figures::money_f64(currency(&row.currency), value),
                    _ => figure.say.tick(value),
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
            let value = row.mean(figure.metric).map_or(figures::ABSENT.to_owned(), |value| figure.say.tick(value));
            let ends = row.ends(figure.metric).map(|ends| ends.map(|end| figure.say.tick(end)).join(" to "));
            let meets = if row.meets { "met" } else { "missed" };
            cells.extend([row.deployment.clone(), value, ends.unwrap_or_default(), meets.to_owned()]);
            cells
        };
        data(headings, self.excerpt.rows.iter(), self.excerpt.total, row)
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

fn labels<'r>(row: &'r SweepRow, axes: &[usize]) -> Vec<&'r str> {
    axes.iter().map(|axis| row.levels[*axis].0.as_str()).collect()
}

fn tip(figure: &Figure, row: &SweepRow) -> String {
    let levels: Vec<&str> = row.levels.iter().map(|(label, _)| label.as_str()).collect();
    let value = row.mean(figure.metric).map_or(figures::ABSENT.to_owned(), |value| figure.say.tick(value));
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
    let rest = excerpt.rows.iter().filter(|row| is_dot(plan, row.point)).filter(is_beaten);
    let front: Vec<&SweepRow> = excerpt.front.iter().collect();
    let shown = rest.chain(some(&front, FRONT));
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
        title: if has_choice(plan) && excerpt.front.len() == 1 {
            format!("One of {} configurations is both the cheapest and the fastest", excerpt.measured)
        } else if has_choice(plan) {
            format!("{} of {} configurations are worth choosing between", excerpt.front.len(), excerpt.measured)
        } else {
            format!("Cost and tail latency of {} configurations", excerpt.measured)
        },
        subtitle: subtitle(measured.len(), excerpt.measured),
        legend: names.iter().enumerate().map(legend).collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 280.0,
            x: Axis::up_to(&format!("cost per month of 730 hours, {unit}"), cost.most * 1.05, Say::Compact),
            y: Axis::log_time("p99 latency (log scale)", p99.positive / 1.2, p99.most * 1.2),
            marks: dots.collect(),
            by: By::Series,
        }],
        columns: 1,
        data: tradeoff_data(plan, &measured, excerpt.measured),
    }
}

/// Whether points differ only in what one can choose: a low price is no choice.
fn has_choice(plan: &SweepPlan) -> bool {
    !plan.axes.iter().any(SweepAxis::is_given)
}

/// At most so many, evenly.
fn some<'r>(rows: &[&'r SweepRow], most: usize) -> impl Iterator<Item = &'r SweepRow> {
    rows.iter().step_by(rows.len().div_ceil(most).max(1)).copied()
}

fn subtitle(shown: usize, measured: usize) -> String {
    let which = if shown < measured {
        format!("{shown} of {measured} configurations")
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
