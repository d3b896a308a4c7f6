//! `sim prices` for a reader: at most 80 columns.

use std::io::{self, Write};

use rust_decimal::Decimal;

use super::prices::{Summary, verdict};
use crate::billing::{BillCheck, Line, PriceBook, PriceList, Quote, Row, Source, Verdict};
use crate::units::grouped;

const WIDTH: usize = 80;

pub(super) fn list(book: &PriceBook, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<16}{:<10}{:<10}{:>6}  {:<12}newest", "list", "provider", "currency", "prices", "oldest")?;
    for list in book.lists() {
        let (oldest, newest) = list.dates().unwrap_or_default();
        let currency = list.currency.code();
        let rows = list.rows.len();
        writeln!(out, "{:<16}{:<10}{currency:<10}{rows:>6}  {oldest:<12}{newest}", list.name, list.provider)?;
    }
    Ok(())
}

pub(super) fn show(list: &PriceList, rows: &[&Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}, {}", list.name, list.title, list.currency.code())?;
    let mut sources: Vec<&Source> = Vec::new();
    let mut heading = String::new();
    for row in rows {
        let place = format!("{}, {}", row.service, row.region);
        if place != heading {
            writeln!(out, "\n{place}")?;
            heading = place;
        }
        show_row(list, row, &mut sources, out)?;
    }
    if rows.is_empty() {
        writeln!(out, "no such row")?;
    }
    for (index, source) in sources.iter().enumerate() {
        let note = source.note.as_ref().map_or(String::new(), |note| format!("; {note}"));
        let text = format!("{}, {}: {}{note}", source.as_of, source.confidence.name(), source.title);
        let blank = if index == 0 { "\n" } else { "" };
        write!(out, "{blank}[{}] ", index + 1)?;
        wrapped(&text, 4, out)?;
    }
    show_rules(list, out)
}

/// The id, what it is, and a line for each tier.
fn show_row<'a>(list: &PriceList, row: &'a Row, sources: &mut Vec<&'a Source>, out: &mut dyn Write) -> io::Result<()> {
    let mut label = row.id.clone();
    let mut from = Decimal::ZERO;
    for tier in &row.tiers {
        let mark = mark(&tier.source, sources);
        if row.tiers.len() > 1 {
            if !label.is_empty() {
                writeln!(out, "  {label}")?;
            }
            label = tier.up_to.map_or(format!("  over {}", thousands(from)), |to| format!("  up to {}", thousands(to)));
            from = tier.up_to.unwrap_or(from);
        } else if label.len() > 33 {
            writeln!(out, "  {label}")?;
            label.clear();
        }
        let price = tier.price.0.to_string();
        writeln!(out, "  {label:<33} {price:>13}  {:<13}{:<11}[{mark}]", row.unit, tier.source.as_of)?;
        label.clear();
    }
    write!(out, "      ")?;
    wrapped(&description(list, row), 6, out)
}

/// What an id does not say: item, machine, allowance, upfront part, note.
fn description(list: &PriceList, row: &Row) -> String {
    let mut text = row.item.clone();
    if let Some(machine) = row.attribute("instance").and_then(|instance| list.machine(instance).ok()) {
        text += &format!("; {} vCPU, {}", machine.vcpu, machine.memory);
    }
    if let Some(allowance) = &row.allowance {
        text += &format!("; {} free a month", thousands(allowance.quantity));
    }
    match row.term.map(|term| term.upfront) {
        Some(None) => text += "; the upfront part is not known",
        Some(Some(upfront)) if !upfront.0.is_zero() => text += &format!("; {} upfront", thousands(upfront.0)),
        Some(Some(_)) | None => {}
    }
    if let Some(note) = &row.note {
        text += &format!("; {note}");
    }
    text
}

fn show_rules(list: &PriceList, out: &mut dyn Write) -> io::Result<()> {
    for (index, rule) in list.rules.iter().enumerate() {
        let blank = if index == 0 { "\nhow quantities are metered\n" } else { "" };
        write!(out, "{blank}  ")?;
        wrapped(&format!("{} = {}: {} ({})", rule.name, rule.value, rule.meaning, rule.source.as_of), 6, out)?;
    }
    Ok(())
}

/// The number of a source in the order of first use.
fn mark<'a>(source: &'a Source, sources: &mut Vec<&'a Source>) -> usize {
    let known = sources.iter().position(|known| *known == source);
    known.unwrap_or_else(|| {
        sources.push(source);
        sources.len() - 1
    }) + 1
}

pub(super) fn verify(checks: &[BillCheck], summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<40} {:>13} {:>13}  verdict\n", "published bill", "expected", "computed")?;
    for check in checks.iter().filter(|check| !matches!(check.verdict, Verdict::Skipped(_))) {
        wrapped(&format!("{} · {} · {}", check.id, check.service, check.title), 4, out)?;
        for line in &check.lines {
            let (word, why) = verdict(&line.verdict);
            let item = if line.metered { format!("{} *", line.item) } else { line.item.clone() };
            writeln!(out, "  {item:<38} {:>13} {:>13}  {word}", line.expected.to_string(), line.computed.to_string())?;
            if let Some(why) = why {
                write!(out, "      ")?;
                wrapped(why, 6, out)?;
            }
        }
        if !check.note.is_empty() {
            write!(out, "  note: ")?;
            wrapped(&check.note, 8, out)?;
        }
    }
    verify_summary(summary, out)
}

fn verify_summary(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let Summary { recomputed, exact, explained, mismatched, metered, unpriced, .. } = summary;
    writeln!(out, "\n{recomputed} bills recomputed: {exact} exact, {explained} explained, {mismatched} mismatched")?;
    writeln!(out, "* {metered} figures are billed by the engine: usage, tiers and allowances")?;
    if *unpriced > 0 {
        writeln!(out, "{unpriced} of the bills print quantities or prices of their own, none of ours")?;
    }
    if !summary.skipped.is_empty() {
        let services: Vec<_> = summary.skipped.iter().map(|(service, bills)| format!("{service} ({bills})")).collect();
        wrapped(&format!("skipped, no price list yet: {}", services.join(", ")), 2, out)?;
    }
    Ok(())
}

pub(super) fn quote(list: &PriceList, quote: &Quote, free_tier: bool, out: &mut dyn Write) -> io::Result<()> {
    let allowances = if free_tier { "free allowances applied" } else { "without free allowances" };
    writeln!(out, "{}, one calendar month, {allowances}\n", list.title)?;
    for line in &quote.lines {
        quote_line(line, list.currency.symbol(), out)?;
    }
    let total = quote.total.0.normalize().to_string();
    writeln!(out, "{:<60}{:>20}", "total", format!("{}{total}", list.currency.symbol()))?;
    for note in &quote.notes {
        wrapped(&format!("note: {note}"), 6, out)?;
    }
    Ok(())
}

fn quote_line(line: &Line, symbol: &str, out: &mut dyn Write) -> io::Result<()> {
    let tier = match line.tier.as_deref() {
        None => String::new(),
        Some("free") => ", free".to_owned(),
        Some(tier) => format!(", tier {tier}"),
    };
    let amount = format!("{symbol}{}", line.amount.0.normalize());
    writeln!(out, "{:<60}{amount:>20}", format!("{}: {}{tier}", line.service, line.item))?;
    writeln!(out, "    {} {} at {symbol}{}", thousands(line.quantity), line.unit, line.price.0.normalize())
}

/// `1234567.5` as `1,234,567.5`.
fn thousands(number: Decimal) -> String {
    let text = number.normalize().to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let whole = grouped(whole);
    fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}"))
}

/// Writes `text` in lines of at most 80 columns; the first continues at `indent`, the others begin there.
fn wrapped(text: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut column = indent;
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            write!(out, "\n{:indent$}{word}", "")?;
            column = indent + length;
        } else {
            let space = if index > 0 { " " } else { "" };
            write!(out, "{space}{word}")?;
            column += space.len() + length;
        }
    }
    writeln!(out)
}
