//! `sim prices`: what the simulator believes that things cost, since when, and how far that agrees with bills that
//! providers publish.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::prices_text as text;
use crate::billing::bills::Bills;
use crate::billing::{
    BillCheck, BillingError, Confidence, Line, PriceBook, PriceList, Quote, Row, Rule, Source, Verdict,
};
use crate::units::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// `verify` found a bill that our prices do not give: exit code 1.
    Mismatch,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What the user asked for is wrong: exit code 2. [`BillingError::help`] says what to do.
    #[error("{0}")]
    Input(Box<BillingError>),
    /// The output cannot be written: exit code 3.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl From<BillingError> for Failure {
    fn from(error: BillingError) -> Self {
        Self::Input(Box::new(error))
    }
}

/// The price lists, their size and their age.
pub fn list(book: &PriceBook, format: Format, out: &mut dyn Write) -> Result<Outcome, Failure> {
    match format {
        Format::Text => text::list(book, out)?,
        Format::Json => write_json(&json!({ "lists": book.lists().map(summary).collect::<Vec<_>>() }), out)?,
    }
    Ok(Outcome::Done)
}

/// The rows of one list whose id or item contains `filter`, with their sources.
pub fn show(
    book: &PriceBook,
    name: &str,
    filter: Option<&str>,
    format: Format,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let list = book.list(name)?;
    let wanted = |row: &&Row| filter.is_none_or(|filter| row.id.contains(filter) || row.item.contains(filter));
    let rows: Vec<&Row> = list.rows.iter().filter(wanted).collect();
    match format {
        Format::Text => text::show(list, &rows, out)?,
        Format::Json => write_json(&whole(list, &rows), out)?,
    }
    Ok(Outcome::Done)
}

/// Recomputes worked bills: those of the program, or those of a file of the same form.
pub fn verify(book: &PriceBook, file: Option<&Path>, format: Format, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let bills = file.map_or_else(|| Ok(Bills::builtin()), read)?;
    let checks = crate::billing::verify(book, &bills)?;
    let summary = Summary::new(&checks, &bills);
    match format {
        Format::Text => text::verify(&checks, &summary, out)?,
        Format::Json => write_json(&verification(&checks, &summary), out)?,
    }
    Ok(if summary.mismatched > 0 { Outcome::Mismatch } else { Outcome::Done })
}

/// What a month of typed quantities costs; each of `usage` is `ITEM=QUANTITY`.
pub fn quote(
    book: &PriceBook,
    name: &str,
    usage: &[String],
    free_tier: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let list = book.list(name)?;
    let quote = crate::billing::quote(list, usage, free_tier)?;
    match format {
        Format::Text => text::quote(list, &quote, free_tier, out)?,
        Format::Json => write_json(&quoted(list, &quote, free_tier), out)?,
    }
    Ok(Outcome::Done)
}

fn read(path: &Path) -> Result<Bills, BillingError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| BillingError::File { file: file.clone(), problem: error.to_string() })?;
    Bills::parse(&file, &text)
}

/// How many bills came out how.
pub(super) struct Summary {
    pub recomputed: usize,
    pub exact: usize,
    pub explained: usize,
    pub mismatched: usize,
    /// Bills of which only quantities were recomputed, because no price of ours is in them.
    pub unpriced: usize,
    /// Printed figures that the engine billed from metered usage.
    pub metered: usize,
    /// Bills by service that no price list covers.
    pub skipped: BTreeMap<String, u64>,
}

impl Summary {
    fn new(checks: &[BillCheck], bills: &Bills) -> Self {
        let count = |wanted: fn(&Verdict) -> bool| checks.iter().filter(|check| wanted(&check.verdict)).count();
        let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
        for check in checks.iter().filter(|check| matches!(check.verdict, Verdict::Skipped(_))) {
            *skipped.entry(check.service.clone()).or_default() += 1;
        }
        for service in &bills.not_covered {
            let bills = skipped.entry(service.service.clone()).or_default();
            *bills = bills.saturating_add(service.bills);
        }
        Self {
            recomputed: count(|verdict| !matches!(verdict, Verdict::Skipped(_))),
            exact: count(|verdict| matches!(verdict, Verdict::Exact)),
            explained: count(|verdict| matches!(verdict, Verdict::Explained(_))),
            mismatched: count(|verdict| matches!(verdict, Verdict::Mismatch(_))),
            unpriced: checks.iter().filter(|check| !check.priced).count(),
            metered: checks.iter().flat_map(|check| &check.lines).filter(|line| line.metered).count(),
            skipped,
        }
    }
}

fn write_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn summary(list: &PriceList) -> Value {
    let dates = list.dates();
    json!({
        "name": list.name,
        "title": list.title,
        "provider": list.provider,
        "currency": list.currency,
        "rows": list.rows.len(),
        "oldest": dates.map(|(oldest, _)| oldest),
        "newest": dates.map(|(_, newest)| newest),
    })
}

fn whole(list: &PriceList, rows: &[&Row]) -> Value {
    let mut value = summary(list);
    value["prices"] = rows.iter().map(|row| row_json(list, row)).collect();
    value["rules"] = list.rules.iter().map(rule_json).collect();
    value
}

fn row_json(list: &PriceList, row: &Row) -> Value {
    let tier = |tier: &crate::billing::RowTier| {
        json!({
            "fact": tier.fact,
            "up_to": tier.up_to.map(Money),
            "price": tier.price,
            "source": source_json(&tier.source),
        })
    };
    let machine = row.attribute("instance").and_then(|instance| list.machine(instance).ok());
    json!({
        "id": row.id,
        "service": row.service,
        "item": row.item,
        "unit": row.unit,
        "meter": row.meter.map(|meter| meter.name()),
        "region": row.region,
        "when": row.when,
        "tiers": row.tiers.iter().map(tier).collect::<Vec<_>>(),
        "allowance": row.allowance.as_ref().map(|allowance| Money(allowance.quantity)),
        "term_s": row.term.map(|term| term.length.seconds()),
        "upfront": row.term.and_then(|term| term.upfront),
        "vcpu": machine.map(|machine| machine.vcpu),
        "memory_bytes": machine.map(|machine| machine.memory.bytes()),
        "note": row.note,
    })
}

fn rule_json(rule: &Rule) -> Value {
    json!({ "name": rule.name, "value": rule.value, "meaning": rule.meaning, "source": source_json(&rule.source) })
}

fn source_json(source: &Source) -> Value {
    let confidence: Confidence = source.confidence;
    json!({ "title": source.title, "as_of": source.as_of, "confidence": confidence, "note": source.note })
}

fn verification(checks: &[BillCheck], summary: &Summary) -> Value {
    json!({
        "recomputed": summary.recomputed,
        "exact": summary.exact,
        "explained": summary.explained,
        "mismatched": summary.mismatched,
        "quantities_only": summary.unpriced,
        "metered_figures": summary.metered,
        "skipped": summary.skipped,
        "bills": checks.iter().map(check_json).collect::<Vec<_>>(),
    })
}

fn check_json(check: &BillCheck) -> Value {
    let line = |line: &crate::billing::LineCheck| {
        let (verdict, why) = verdict(&line.verdict);
        json!({
            "item": line.item,
            "expected": Money(line.expected),
            "computed": Money(line.computed),
            "verdict": verdict,
            "why": why,
            "metered": line.metered,
        })
    };
    let (verdict, why) = verdict(&check.verdict);
    json!({
        "id": check.id,
        "service": check.service,
        "title": check.title,
        "as_of": check.as_of,
        "source": check.source,
        "priced": check.priced,
        "verdict": verdict,
        "why": why,
        "note": check.note,
        "lines": check.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// One word, and the reason if there is one.
pub(super) fn verdict(verdict: &Verdict) -> (&'static str, Option<&str>) {
    match verdict {
        Verdict::Exact => ("exact", None),
        Verdict::Explained(why) => ("explained", Some(why)),
        Verdict::Mismatch(why) => ("mismatch", Some(why)),
        Verdict::Skipped(why) => ("skipped", Some(why)),
    }
}

fn quoted(list: &PriceList, quote: &Quote, free_tier: bool) -> Value {
    let item = |line: &Line| {
        json!({
            "provider": line.provider,
            "service": line.service,
            "item": line.item,
            "quantity": Money(line.quantity),
            "unit": line.unit,
            "price": line.price,
            "amount": line.amount,
            "tier": line.tier,
        })
    };
    json!({
        "list": list.name,
        "currency": list.currency,
        "free_tier": free_tier,
        "items": quote.lines.iter().map(item).collect::<Vec<_>>(),
        "total": quote.total,
        "notes": quote.notes,
    })
}
