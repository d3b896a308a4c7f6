//! A comparison on a terminal of 80 columns.

use std::path::PathBuf;

use super::{Group, NAMED, advice, assumptions, facts, groups, headline};
use crate::report::figures;
use crate::report::terminal::{self, Color, Columns, Told};
use crate::results::compared::{Compared, Comparison};
use crate::results::gate::Gate;

/// Columns of the first and of the last column of a table, where they are cut.
const TITLE: usize = 22;
const LAST: usize = 32;

/// The summary for a terminal: side by side, and where the files are.
pub fn text(answer: &Comparison, written: &[(&str, PathBuf)], color: Color) -> String {
    let last = answer.comparisons.len().saturating_sub(1);
    let one = |(place, compared): (usize, &Compared)| {
        let paths = if place == last { written } else { &[] };
        of_side(compared, answer.gate.as_ref(), paths, color)
    };
    answer.comparisons.iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
}

fn of_side(compared: &Compared, gate: Option<&Gate>, paths: &[(&str, PathBuf)], color: Color) -> String {
    let fact = |(name, value): &(&str, String)| format!("{name}\u{a0}{value}");
    let mut heading = vec![format!("{} against {}", compared.head.label, compared.base.label)];
    heading.extend(facts(compared).iter().map(fact));
    let told = Told {
        heading,
        tables: groups(compared).iter().flat_map(tables).collect(),
        headline: headline(compared, gate),
        advice: [advice(compared, gate), rests_on(compared)].concat(),
        paths,
        ..Told::default()
    };
    terminal::study(&told, color)
}

/// The figures, and what changed in the bill.
fn tables(group: &Group) -> Vec<Columns> {
    let title = figures::shortened(&group.name, TITLE);
    let columns: Vec<&str> = std::iter::once(title.as_str()).chain(group.headings.iter().copied()).collect();
    let mut rows = group.rows.clone();
    for cell in rows.iter_mut().filter_map(|row| row.last_mut()) {
        *cell = figures::shortened(cell, LAST);
    }
    let mut tables = vec![Columns::new(&columns, rows)];
    if !group.bill.is_empty() {
        let heading = format!("bill of {title}, a month");
        let rows = group.bill.iter().map(|line| line.to_vec()).collect();
        tables.push(Columns::new(&[&heading, "base", "head", "change"], rows));
    }
    tables
}

/// Prices and assumptions that differ, a paragraph each.
fn rests_on(compared: &Compared) -> Vec<String> {
    let all = assumptions(compared);
    if all.is_empty() {
        return Vec::new();
    }
    let first = match all.len() {
        1 => "One price or assumption differs:".to_owned(),
        count => format!("{count} prices or assumptions differ:"),
    };
    let mut said = vec![first];
    said.extend(all.iter().take(NAMED).map(|[what, base, head]| format!("- {what}: {base} → {head}")));
    if all.len() > NAMED {
        said.push(format!("- and {} more, in the report and in the JSON", all.len() - NAMED));
    }
    said
}
