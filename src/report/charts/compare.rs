//! Base against head: by how much figures changed, with intervals, and what they were.

use crate::report::compare::{amount, headline};
use crate::report::figures;
use crate::results::compared::{Compared, ComparedDeployment, Comparison, Difference, Kind};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, ROWS, Say, label};

/// The grey of a line at zero.
const GREY: usize = 6;
/// What is drawn of each deployment.
const DRAWN: [(&str, &str); 2] = [("cost", "Cost of a month"), ("p99", "p99 latency")];

pub fn all(answer: &Comparison) -> Vec<Chart> {
    let rows = rows(answer);
    vec![changes(answer, &rows), levels(answer, &rows)]
}

/// A deployment at a point of a side.
struct Row<'a> {
    name: String,
    one: &'a ComparedDeployment,
}

impl Row<'_> {
    fn figure(&self, metric: &str) -> Option<&Difference> {
        self.one.figures.iter().find(|figure| figure.metric == metric)
    }

    /// By how much it changed, whatever the direction.
    fn size(&self) -> f64 {
        let size =
            |(metric, _): &(&str, &str)| self.figure(metric).and_then(|figure| figure.relative).map_or(0.0, f64::abs);
        DRAWN.iter().map(size).fold(0.0, f64::max)
    }
}

/// All rows if there is room, else those that changed most.
fn rows(answer: &Comparison) -> Vec<Row<'_>> {
    let several = answer.comparisons.len() > 1;
    let mut rows = Vec::new();
    for compared in &answer.comparisons {
        rows.extend(compared.deployments.iter().map(|one| Row { name: called(compared, one, several), one }));
    }
    if rows.len() > ROWS {
        rows.sort_by(|a, b| b.size().total_cmp(&a.size()));
        rows.truncate(ROWS);
    }
    rows
}

fn called(compared: &Compared, one: &ComparedDeployment, several: bool) -> String {
    let values =
        one.settings.iter().map(|setting| setting.split_once('=').map_or(setting.as_str(), |(_, value)| value));
    let point = if compared.head.kind == Kind::Sweep {
        format!(" {}", values.collect::<Vec<_>>().join(" "))
    } else {
        String::new()
    };
    let side = if several { format!(" in {}", compared.head.label) } else { String::new() };
    label(&format!("{}{point}{side}", one.head))
}

/// Changes as a share of the base, with their intervals.
fn changes(answer: &Comparison, rows: &[Row<'_>]) -> Chart {
    let title = answer.comparisons.first().map_or_else(String::new, |compared| headline(compared, None));
    let drawn: Vec<Panel> =
        DRAWN.into_iter().filter_map(|(metric, heading)| change_panel(metric, heading, rows)).collect();
    if drawn.is_empty() {
        return Chart::empty("compare_change", "There is no change to draw", "Nothing was measured on both sides.");
    }
    let left = all_rows(answer).saturating_sub(rows.len());
    let left = if left > 0 {
        format!(" The {} with the largest changes of {}.", rows.len(), rows.len() + left)
    } else {
        String::new()
    };
    Chart {
        id: "compare_change",
        title,
        subtitle: format!(
            "Head less base as a share of the base; to the right is more. Whiskers are 95\u{a0}% intervals.{left}"
        ),
        legend: Vec::new(),
        columns: drawn.len(),
        panels: drawn,
        data: data(rows),
    }
}

fn all_rows(answer: &Comparison) -> usize {
    answer.comparisons.iter().map(|compared| compared.deployments.len()).sum()
}

fn change_panel(metric: &str, heading: &str, rows: &[Row<'_>]) -> Option<Panel> {
    let percent = |figure: &Difference| {
        let ends = figure.relative_ci95.map(|ends| ends.map(|end| 100.0 * end));
        Some((100.0 * figure.relative?, ends))
    };
    let found: Vec<Option<(f64, Option<[f64; 2]>)>> =
        rows.iter().map(|row| row.figure(metric).and_then(percent)).collect();
    let reach = |(value, ends): &(f64, Option<[f64; 2]>)| {
        [*value, ends.map_or(*value, |ends| ends[0]), ends.map_or(*value, |ends| ends[1])]
    };
    let reached = || found.iter().flatten().flat_map(reach);
    reached().next()?;
    let (low, high) = (reached().fold(0.0, f64::min), reached().fold(0.0, f64::max));
    let room = (high - low).max(1.0) * 0.35;
    let mut marks =
        vec![Mark::Line { points: vec![[0.0, -0.5], [0.0, rows.len() as f64 - 0.5]], series: GREY, label: None }];
    for (row, (value, ends)) in found.iter().enumerate().filter_map(|(row, one)| Some((row, (*one)?))) {
        let text = figures::change(value / 100.0);
        marks.push(Mark::Bar { row, from: value.min(0.0), to: value.max(0.0), series: 0, label: String::new() });
        if let Some([low, high]) = ends {
            marks.push(Mark::Whisker { row, low, high });
        }
        let after = ends.map_or(value, |ends| ends[1]).max(value).max(0.0);
        marks.push(Mark::Note { row, at: after, text });
    }
    let names = rows.iter().map(|row| row.name.clone()).collect();
    Some(Panel {
        heading: heading.to_owned(),
        height: 30.0 * rows.len() as f64 + 10.0,
        x: Axis::between("change, % of the base", low - room * 0.15, high + room, Say::Number),
        y: Axis::rows(names),
        marks,
        by: By::Nobody,
    })
}

/// What both sides came to.
fn levels(answer: &Comparison, rows: &[Row<'_>]) -> Chart {
    let panels: Vec<Panel> =
        DRAWN.into_iter().filter_map(|(metric, heading)| level_panel(metric, heading, rows)).collect();
    if panels.is_empty() {
        return Chart::empty("compare_levels", "There is nothing to draw", "Nothing was measured.");
    }
    let [base, head] = match answer.comparisons.as_slice() {
        [one] => [one.base.label.as_str(), one.head.label.as_str()],
        _ => ["base", "head"],
    };
    let key = |series, text: &str| Legend { key: Key::Bar, series, text: label(text) };
    Chart {
        id: "compare_levels",
        title: "Base against head".to_owned(),
        subtitle: "Each deployment twice: above in the base, below in the head. Whiskers are 95\u{a0}% intervals."
            .to_owned(),
        legend: vec![key(0, base), key(1, head)],
        columns: panels.len(),
        panels,
        data: data(rows),
    }
}

fn level_panel(metric: &str, heading: &str, rows: &[Row<'_>]) -> Option<Panel> {
    let mut marks = Vec::new();
    let mut highest = 0.0_f64;
    for (place, row) in rows.iter().enumerate() {
        let Some(figure) = row.figure(metric) else { continue };
        for (side, value, ends) in [(0, figure.base, figure.base_ci95), (1, figure.head, figure.head_ci95)] {
            let Some(value) = value else { continue };
            let at = 2 * place + side;
            let after = ends.map_or(value, |ends| ends[1]).max(value);
            highest = highest.max(after);
            marks.push(Mark::Bar { row: at, from: 0.0, to: value, series: side, label: String::new() });
            if let Some([low, high]) = ends {
                marks.push(Mark::Whisker { row: at, low: low.max(0.0), high });
            }
            marks.push(Mark::Note { row: at, at: after, text: amount(metric, value, &row.one.currency) });
        }
    }
    if marks.is_empty() {
        return None;
    }
    let names = rows.iter().flat_map(|row| [row.name.clone(), String::new()]).collect();
    let title =
        if metric == "cost" { "730 hours, in the currency of the bill" } else { "p99 of completed invocations" };
    let say = if metric == "cost" { Say::Compact } else { Say::Latency };
    Some(Panel {
        heading: heading.to_owned(),
        height: 44.0 * rows.len() as f64 + 10.0,
        x: Axis::up_to(title, highest * 1.35, say),
        y: Axis::rows(names),
        marks,
        by: By::Nobody,
    })
}

fn data(rows: &[Row<'_>]) -> Data {
    let headings = ["deployment", "cost, base", "cost, head", "p99, base", "p99, head"];
    let cell = |row: &Row<'_>, metric: &str, head: bool| {
        let value = row.figure(metric).and_then(|figure| if head { figure.head } else { figure.base });
        value.map_or(figures::ABSENT.to_owned(), |value| amount(metric, value, &row.one.currency))
    };
    let cells = |row: &Row<'_>| {
        let mut cells = vec![row.name.clone()];
        for (metric, _) in DRAWN {
            cells.extend([cell(row, metric, false), cell(row, metric, true)]);
        }
        cells
    };
    Data { headings: headings.map(str::to_owned).to_vec(), rows: rows.iter().map(cells).collect(), note: String::new() }
}
