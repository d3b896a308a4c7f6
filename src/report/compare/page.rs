//! `report.html` of a comparison.

use crate::report::ReportError;
use crate::report::Target;
use crate::results::compared::Comparison;
use crate::results::store::Staged;

/// Writes `report.html` and its charts; `command` compares the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, answer: &Comparison, command: &str) -> Result<Staged, ReportError> {
    use super::{advice, headline};
    use crate::report::{charts, study};

    let mut said = Vec::new();
    for compared in &answer.comparisons {
        if answer.comparisons.len() > 1 {
            let headline = headline(compared, answer.gate.as_ref());
            said.push(format!("{} against {}: {headline}.", compared.head.label, compared.base.label));
        }
        said.extend(advice(compared, answer.gate.as_ref()));
    }
    let labels: Vec<&str> = answer.comparisons.iter().map(|compared| compared.head.label.as_str()).collect();
    let base = answer.comparisons.first().map_or("", |compared| compared.base.label.as_str());
    let page = study::Study {
        kind: "comparison",
        name: format!("{} against {base}", labels.join(", ")),
        headline: answer.comparisons.first().map(|one| headline(one, answer.gate.as_ref())).unwrap_or_default(),
        advice: said,
        charts: charts::compare::all(answer),
        tables: tables(answer),
        facts: facts(answer),
        reproduce: command.to_owned(),
        ..study::Study::default()
    };
    study::stage(to, &page)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &Comparison, _: &str) -> Result<Staged, ReportError> {
    Err(ReportError::NotAvailable)
}

/// Figures by deployment, bills, and what the sides rest on.
#[cfg(feature = "report")]
fn tables(answer: &Comparison) -> Vec<(String, crate::report::charts::Data)> {
    use super::{assumptions, groups};
    use crate::report::charts::Data;

    let data = |headings: &[&str], rows: Vec<Vec<String>>| Data {
        headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
        rows,
        note: String::new(),
    };
    let mut tables = Vec::new();
    for compared in &answer.comparisons {
        let side = if answer.comparisons.len() > 1 { format!("{}: ", compared.head.label) } else { String::new() };
        for group in groups(compared) {
            let headings: Vec<&str> = std::iter::once("figure").chain(group.headings.iter().copied()).collect();
            tables.push((format!("{side}{}", group.name), data(&headings, group.rows)));
            if !group.bill.is_empty() {
                let rows = group.bill.iter().map(|line| line.to_vec()).collect();
                let caption = format!("{side}what changed in the bill of {}, a month", group.name);
                tables.push((caption, data(&["line", "base", "head", "change"], rows)));
            }
        }
        let rests: Vec<Vec<String>> = assumptions(compared).iter().map(|line| line.to_vec()).collect();
        if !rests.is_empty() {
            let caption = format!("{side}prices and assumptions that differ");
            tables.push((caption, data(&["what", "base", "head"], rests)));
        }
    }
    tables
}

#[cfg(feature = "report")]
fn facts(answer: &Comparison) -> Vec<[String; 2]> {
    let mut facts = Vec::new();
    for compared in &answer.comparisons {
        let side = if answer.comparisons.len() > 1 { format!("{}, ", compared.head.label) } else { String::new() };
        for (name, value) in super::facts(compared) {
            facts.push([format!("{side}{name}"), value]);
        }
    }
    if let Some(gate) = &answer.gate {
        let verdict = if gate.passed { "kept" } else { "not kept" };
        facts.push(["bounds".to_owned(), format!("{}: {verdict}", gate.bounds.join(", "))]);
    }
    facts
}
