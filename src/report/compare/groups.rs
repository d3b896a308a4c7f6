//! The tables of a comparison: every figure of a run, the worst change of every figure of a sweep.

use super::{LINES, amount, figure, figures, half_width, more_is_worse, name, point, signed, verdict};
use crate::report::figures::{ABSENT, currency};
use crate::results::compared::{BillChange, Compared, ComparedDeployment, Difference, Kind};
use crate::units::Money;

/// Figures that are shown: the others stand in the files.
const SHOWN: [&str; 7] = ["cost", "p50", "p95", "p99", "cold", "errors", "utilization"];

/// What is told of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    /// After the figure's own.
    pub headings: Vec<&'static str>,
    /// The first cell names the figure.
    pub rows: Vec<Vec<String>>,
    /// Lines of the bill of a month that changed: line, base, head, change.
    pub bill: Vec<[String; 4]>,
}

/// A group for each deployment.
pub fn groups(compared: &Compared) -> Vec<Group> {
    match compared.head.kind {
        Kind::Run => compared.deployments.iter().map(of_run).collect(),
        Kind::Sweep => of_sweep(compared),
    }
}

fn of_run(one: &ComparedDeployment) -> Group {
    let shown = SHOWN.iter().filter_map(|metric| figure(one, metric));
    let mut rows: Vec<Vec<String>> =
        shown.map(|figure| [&[figure.metric.clone()][..], &cells(figure, &one.currency)].concat()).collect();
    if let [Some(before), Some(after)] = one.met {
        let word = |met: bool| if met { "met" } else { "missed" }.to_owned();
        let verdict = match (before, after) {
            (true, false) => "worse",
            (false, true) => "better",
            _ => "same",
        };
        let cells = [word(before), word(after), String::new(), String::new(), verdict.to_owned()];
        rows.push([&["objectives".to_owned()][..], &cells].concat());
    }
    let headings = vec!["base", "head", "change", "share", "verdict"];
    Group { name: name(one), headings, rows, bill: bill(one) }
}

/// Base, head, change, share, verdict.
fn cells(figure: &Difference, code: &str) -> [String; 5] {
    let said = |value: Option<f64>| value.map_or(ABSENT.to_owned(), |value| amount(&figure.metric, value, code));
    let verdict = verdict(figure).to_owned();
    if figure.difference == Some(0.0) {
        return [said(figure.base), said(figure.head), "=".to_owned(), ABSENT.to_owned(), verdict];
    }
    let change = figure.difference.map_or(ABSENT.to_owned(), |difference| {
        let sign = if difference < 0.0 { "−" } else { "+" };
        format!("{sign}{}{}", amount(&figure.metric, difference.abs(), code), half_width(figure, code))
    });
    let share = figure.relative.map_or(ABSENT.to_owned(), signed);
    [said(figure.base), said(figure.head), change, share, verdict]
}

fn bill(one: &ComparedDeployment) -> Vec<[String; 4]> {
    let money = |amount| figures::money(currency(&one.currency), amount);
    let row = |change: &BillChange| {
        let by = change.head.0 - change.base.0;
        let sign = if by.is_sign_negative() { "−" } else { "+" };
        let by = format!("{sign}{}", money(Money(by.abs())));
        [change.item.clone(), money(change.base), money(change.head), by]
    };
    let mut lines: Vec<[String; 4]> = one.bill.iter().take(LINES).map(row).collect();
    if one.bill.len() > LINES {
        let more = format!("{} more", one.bill.len() - LINES);
        lines.push([more, String::new(), String::new(), String::new()]);
    }
    lines
}

/// For each deployment and figure the point at which it became worst.
fn of_sweep(compared: &Compared) -> Vec<Group> {
    let mut names: Vec<String> = Vec::new();
    for one in &compared.deployments {
        if !names.contains(&name(one)) {
            names.push(name(one));
        }
    }
    let group = |called: String| {
        let ours: Vec<&ComparedDeployment> = compared.deployments.iter().filter(|one| name(one) == called).collect();
        let rows = SHOWN.iter().filter_map(|metric| worst(&ours, metric)).collect();
        Group { name: called, headings: vec!["base", "head", "share", "worse", "at"], rows, bill: Vec::new() }
    };
    names.into_iter().map(group).collect()
}

fn worst(points: &[&ComparedDeployment], metric: &str) -> Option<Vec<String>> {
    let size = |one: &ComparedDeployment| {
        let figure = figure(one, metric);
        let by = figure.and_then(|figure| figure.relative.or(figure.difference)).unwrap_or(f64::NEG_INFINITY);
        if more_is_worse(metric) { by } else { by.abs() }
    };
    // The first of equals.
    let worst = points.iter().rev().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let found = figure(worst, metric)?;
    let is_worse = |one: &&&ComparedDeployment| {
        figure(one, metric).is_some_and(|figure| figure.is_noise() != Some(true) && figure.difference > Some(0.0))
    };
    let count = points.iter().filter(is_worse).count();
    let [base, head, _, share, _] = cells(found, &worst.currency);
    let same = points.iter().all(|one| figure(one, metric).is_some_and(|figure| figure.difference == Some(0.0)));
    let at = if same { "same everywhere".to_owned() } else { point(&worst.settings) };
    Some(vec![metric.to_owned(), base, head, share, format!("{count} of {}", points.len()), at])
}
