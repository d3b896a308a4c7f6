//! Which functions start cold: how often each is called against its share of cold starts.

use std::collections::BTreeSet;

use crate::report::figures;
use crate::results::{DeploymentResult, FunctionRow, Results, Tables};

use super::{Axis, By, Chart, Data, Mark, Panel, Say, first_of, label};

/// Panels, three side by side.
const PANELS: usize = 6;
/// Where functions that never start cold stand, below the least share, which is logarithmic.
const NONE_BELOW: f64 = 3.0;
const TABLE: usize = 40;
/// Marks in the same cell are drawn once; cells in a decade, each about as wide as half a mark.
const CELLS: f64 = 10.0;
/// More than this is often.
const OFTEN: f64 = 0.1;

type Dots<'a> = (usize, &'a DeploymentResult, Vec<&'a FunctionRow>);

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let all: Vec<Dots> = results
        .deployments
        .iter()
        .enumerate()
        .map(|(series, deployment)| (series, deployment, rows(tables, &deployment.name)))
        .filter(|(_, _, rows)| rows.iter().any(|row| row.cold_fraction > Some(0.0)))
        .collect();
    if all.is_empty() {
        let why = "No function started cold on any deployment.";
        return Chart::empty("functions", "There are no cold starts to explain", why);
    }
    let shown = &all[..all.len().min(PANELS)];
    let shares = shown.iter().flat_map(|(_, _, rows)| rows).filter_map(|row| row.cold_fraction);
    let least = shares.filter(|share| *share > 0.0).fold(1.0, f64::min);
    // A decade of its own for "never", so that it is not taken for a small share.
    let floor = 10_f64.powf(least.log10().floor());
    let columns = columns(shown.len());
    Chart {
        id: "functions",
        title: title(&all),
        subtitle: format!(
            "Each mark is a function. Both scales are logarithmic; functions that never start cold stand at \
             “never”.{}",
            first_of(PANELS, all.len())
        ),
        legend: Vec::new(),
        panels: shown.iter().enumerate().map(|(place, dots)| panel(shown, place, dots, floor)).collect(),
        columns,
        data: data(&all),
    }
}

/// Functions that started at all, on one deployment.
fn rows<'a>(tables: &'a Tables, deployment: &str) -> Vec<&'a FunctionRow> {
    let usable = |row: &&FunctionRow| {
        row.deployment == deployment
            && row.cold_fraction.is_some()
            && row.rate_per_s > 0.0
            && row.rate_per_s.is_finite()
    };
    tables.functions.iter().filter(usable).collect()
}

fn panel(shown: &[Dots], place: usize, (series, deployment, rows): &Dots, floor: f64) -> Panel {
    let powers = || shown.iter().flat_map(|(_, _, rows)| rows).map(|row| row.rate_per_s.log10());
    let low = 10_f64.powf(powers().fold(f64::INFINITY, f64::min).floor());
    let high = 10_f64.powf(powers().fold(f64::NEG_INFINITY, f64::max).ceil());
    let last_row = place + columns(shown.len()) >= shown.len();
    let mut y = Axis::log("", floor / NONE_BELOW, 1.0, Say::Fine);
    for (at, label) in &mut y.ticks {
        *label = format!("{}\u{a0}%", figures::number(*at * 100.0));
    }
    y.ticks.retain(|(at, _)| decade(*at) && *at >= floor * 0.999);
    y.ticks.push((floor / NONE_BELOW, "never".to_owned()));
    let title = if last_row { "calls per second (log scale)" } else { "" };
    let mut x = Axis::log(title, low, high, Say::Compact);
    x.ticks.retain(|(at, _)| decade(*at));
    Panel { heading: label(&deployment.name), height: 190.0, x, y, marks: dots(*series, rows, floor), by: By::Series }
}

fn columns(panels: usize) -> usize {
    if panels == 4 { 2 } else { panels.min(3) }
}

fn decade(at: f64) -> bool {
    (at.log10() - at.log10().round()).abs() < 1e-9
}

/// Functions in the same place are drawn once.
fn dots(series: usize, rows: &[&FunctionRow], floor: f64) -> Vec<Mark> {
    let mut taken = BTreeSet::new();
    let mut marks = Vec::new();
    for row in rows {
        let share = row.cold_fraction.unwrap_or(0.0);
        let at = [row.rate_per_s, if share > 0.0 { share } else { floor / NONE_BELOW }];
        let place = at.map(|value| (value.log10() * CELLS).round() as i64);
        if !taken.insert(place) {
            continue;
        }
        let name = figures::shortened(&row.function, 40);
        let tip = format!("{name}: {} cold at {}/s", figures::share(share), figures::number(row.rate_per_s));
        marks.push(Mark::Dot { at, series, label: None, tip });
    }
    marks
}

fn title(all: &[Dots]) -> String {
    let often = |dots: &&Dots| dots.2.iter().filter(|row| row.cold_fraction > Some(OFTEN)).count();
    let Some(dots) = all.iter().rev().max_by_key(often) else { return String::new() };
    let (_, deployment, rows) = dots;
    let name = label(&deployment.name);
    let cold: Vec<_> = rows.iter().filter(|row| row.cold_fraction > Some(OFTEN)).collect();
    if cold.is_empty() {
        return "No function starts cold more than one time in ten".to_owned();
    }
    let offered = |rows: &mut dyn Iterator<Item = f64>| rows.sum::<f64>();
    let part = offered(&mut cold.iter().map(|row| row.offered)) / offered(&mut rows.iter().map(|row| row.offered));
    let verb = if cold.len() == 1 { "starts" } else { "start" };
    let whose = if cold.len() == 1 { "it makes" } else { "they make" };
    format!(
        "{} of {} {verb} cold more than one time in ten on {name}; {whose} {} of its invocations",
        figures::count(cold.len() as f64),
        figures::plural(rows.len() as f64, "function"),
        figures::share(part)
    )
}

/// The functions that start cold most often on any deployment, a column for each deployment.
fn data(all: &[Dots]) -> Data {
    let mut functions: Vec<(&str, f64, f64)> = Vec::new();
    let mut known = BTreeSet::new();
    for row in all.iter().flat_map(|(_, _, rows)| rows) {
        if known.insert(row.function.as_str()) {
            functions.push((&row.function, row.rate_per_s, row.cold_fraction.unwrap_or(0.0)));
        }
    }
    functions.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(b.0)));
    let left_out = functions.len().saturating_sub(TABLE);
    functions.truncate(TABLE);
    let row = |(name, rate, _): &(&str, f64, f64)| {
        let cell = |(_, _, rows): &Dots| {
            let found = rows.iter().find(|row| row.function == *name).and_then(|row| row.cold_fraction);
            found.map_or_else(|| figures::ABSENT.to_owned(), figures::share)
        };
        [(*name).to_owned(), figures::number(*rate)].into_iter().chain(all.iter().map(cell)).collect()
    };
    let names = all.iter().map(|(_, deployment, _)| label(&deployment.name));
    Data {
        headings: ["function".to_owned(), "calls/s".to_owned()].into_iter().chain(names).collect(),
        rows: functions.iter().map(row).collect(),
        note: match left_out {
            0 => String::new(),
            more => format!("{more} more in the table `functions`."),
        },
    }
}
