//! Recomputes worked bills from our own price lists, and through the engine wherever it meters what is billed.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::bills::{Bill, BillLine, BillPart, Bills, LineKind};
use super::expression::evaluate;
use super::invoice::invoice;
use super::rational::Towards;
use super::selection::Selection;
use super::{BillingError, PriceBook, Rational, Row, Usage, Window, exact};
use crate::units::{Money, MonthId};

/// What became of one bill.
#[derive(Clone, Debug, PartialEq)]
pub struct BillCheck {
    pub id: String,
    /// `AWS Lambda`.
    pub service: String,
    pub title: String,
    pub as_of: String,
    pub source: String,
    /// Some line rests on a price of ours; otherwise only quantities were recomputed.
    pub priced: bool,
    /// The worst of its lines and its total.
    pub verdict: Verdict,
    /// Empty for a bill that was skipped; a total is the last line.
    pub lines: Vec<LineCheck>,
    pub note: String,
}

/// One printed figure against ours.
#[derive(Clone, Debug, PartialEq)]
pub struct LineCheck {
    pub item: String,
    pub expected: Decimal,
    /// With the decimals of `expected`, half up.
    pub computed: Decimal,
    pub verdict: Verdict,
    /// Priced by the engine from metered usage, tiers and allowance included.
    pub metered: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Exact,
    /// The printed figure does not follow from the printed inputs, the file says so, and this is how.
    Explained(String),
    Mismatch(String),
    /// No price list of ours covers it.
    Skipped(String),
}

impl Verdict {
    const fn severity(&self) -> u8 {
        match self {
            Self::Exact => 0,
            Self::Explained(_) => 1,
            Self::Skipped(_) => 2,
            Self::Mismatch(_) => 3,
        }
    }
}

/// Recomputes every bill; an error is a formula that cannot be evaluated.
pub fn verify(book: &PriceBook, bills: &Bills) -> Result<Vec<BillCheck>, BillingError> {
    bills.examples.iter().map(|bill| check_bill(book, bill)).collect()
}

fn check_bill(book: &PriceBook, bill: &Bill) -> Result<BillCheck, BillingError> {
    let missing = facts(bill).find(|fact| book.fact(fact).is_none());
    let (lines, verdict) = match missing {
        Some(fact) => (Vec::new(), Verdict::Skipped(format!("no price list has `{fact}`"))),
        None => {
            let lines = check_lines(book, bill)?;
            let worst = lines.iter().map(|line| &line.verdict).max_by_key(|verdict| verdict.severity());
            let verdict = worst.cloned().unwrap_or(Verdict::Exact);
            (lines, verdict)
        }
    };
    Ok(BillCheck {
        id: bill.id.clone(),
        service: format!("{} {}", bill.provider, bill.service),
        title: bill.title.clone(),
        as_of: bill.as_of.clone(),
        source: bill.source.clone(),
        priced: facts(bill).next().is_some(),
        verdict,
        lines,
        note: bill.note.clone(),
    })
}

fn facts(bill: &Bill) -> impl Iterator<Item = &String> {
    let parts = bill.lines.iter().flat_map(|line| &line.parts);
    parts.filter(|part| part.page_price.is_none()).filter_map(|part| part.fact.as_ref())
}

fn check_lines(book: &PriceBook, bill: &Bill) -> Result<Vec<LineCheck>, BillingError> {
    let metered = if bill.is_historic() { BTreeMap::new() } else { metered_amounts(book, bill)? };
    let mut checks = Vec::new();
    let mut sums = Sums::default();
    for (index, line) in bill.lines.iter().enumerate() {
        let value = line_value(book, bill, line)?;
        let by_engine = (0..line.parts.len()).map(|part| metered.get(&(index, part)).copied()).sum::<Option<Decimal>>();
        let check = check_line(bill, line, value, by_engine).ok_or_else(|| malformed(bill, "too many digits"))?;
        if line.kind == LineKind::Money {
            sums.add(value, &check).ok_or_else(|| malformed(bill, "too many digits"))?;
        }
        checks.push(check);
    }
    if let Some(expected) = bill.expected_total {
        checks.push(sums.check_total(bill, expected).ok_or_else(|| malformed(bill, "too many digits"))?);
    }
    Ok(checks)
}

/// Our value of a line, unrounded.
fn line_value(book: &PriceBook, bill: &Bill, line: &BillLine) -> Result<Rational, BillingError> {
    line.parts.iter().try_fold(Rational::ZERO, |sum, part| {
        let quantity = quantity(bill, part, &bill.inputs)?;
        let price = part.page_price.or_else(|| Some(book.fact(part.fact.as_ref()?)?.2.0)).unwrap_or(Decimal::ONE);
        let amount = Rational::try_from(price).ok().and_then(|price| price.times(quantity));
        amount.and_then(|amount| sum.plus(amount)).ok_or_else(|| malformed(bill, &part.qty_formula))
    })
}

fn quantity(bill: &Bill, part: &BillPart, inputs: &BTreeMap<String, String>) -> Result<Rational, BillingError> {
    let value = evaluate(&part.qty_formula, inputs).map_err(|problem| malformed(bill, &problem))?;
    value.over(Rational::from(part.per)).ok_or_else(|| malformed(bill, &part.qty_formula))
}

fn malformed(bill: &Bill, problem: &str) -> BillingError {
    BillingError::File { file: format!("bill `{}`", bill.id), problem: problem.to_owned() }
}

/// `None` where a number has too many digits.
fn check_line(bill: &Bill, line: &BillLine, value: Rational, by_engine: Option<Decimal>) -> Option<LineCheck> {
    let direct = value.to_decimal(exact::PLACES, Towards::Nearest)?;
    let computed = value.to_decimal(line.expected.scale(), Towards::Nearest)?;
    // Each part of the engine's amount was rounded by itself.
    let tolerance = Decimal::new(i64::try_from(line.parts.len()).ok()?, exact::PLACES);
    let verdict = match by_engine {
        Some(amount) if (amount - direct).abs() > tolerance => {
            Verdict::Mismatch(format!("the engine bills {amount}, the formula gives {}", direct.normalize()))
        }
        _ => judge(bill, line, value, computed, direct)?,
    };
    let metered = by_engine.is_some();
    Some(LineCheck { item: line.item.clone(), expected: line.expected, computed, verdict, metered })
}

/// A difference counts as explained only where the file marks the bill, and one of the known slips gives the figure.
fn judge(bill: &Bill, line: &BillLine, value: Rational, computed: Decimal, direct: Decimal) -> Option<Verdict> {
    let page_price = line.parts.iter().find_map(|part| part.page_price);
    if computed == line.expected {
        return Some(match page_price.filter(|_| bill.is_known_to_differ()) {
            Some(price) => Verdict::Explained(format!("with the page's own price {price}")),
            None => Verdict::Exact,
        });
    }
    let places = line.expected.scale();
    let exact = direct.normalize();
    let slip = if !bill.is_known_to_differ() {
        None
    } else if value.to_decimal(places, Towards::Infinity)? == line.expected {
        Some(format!("exactly {exact}; the page rounds up"))
    } else if value.to_decimal(places, Towards::Zero)? == line.expected {
        Some(format!("exactly {exact}; the page cuts off"))
    } else {
        None
    };
    Some(slip.map_or_else(|| Verdict::Mismatch(format!("exactly {exact}")), Verdict::Explained))
}

/// The money lines of a bill, added up in the ways that pages do.
#[derive(Default)]
struct Sums {
    exact: Option<Rational>,
    rounded: Decimal,
    printed: Decimal,
    explained: bool,
}

impl Sums {
    fn add(&mut self, value: Rational, check: &LineCheck) -> Option<()> {
        self.exact = Some(self.exact.unwrap_or(Rational::ZERO).plus(value)?);
        self.rounded = self.rounded.checked_add(check.computed)?;
        self.printed = self.printed.checked_add(check.expected)?;
        self.explained |= matches!(check.verdict, Verdict::Explained(_));
        Some(())
    }

    /// Pages add rounded lines, unless the bill says `unrounded sum`.
    fn check_total(&self, bill: &Bill, expected: Decimal) -> Option<LineCheck> {
        let sum = self.exact.unwrap_or(Rational::ZERO).to_decimal(expected.scale(), Towards::Nearest)?;
        let rounded = self.rounded.round_dp_with_strategy(expected.scale(), RoundingStrategy::MidpointAwayFromZero);
        let computed = if bill.rounding.contains("unrounded sum") { sum } else { rounded };
        let verdict = if computed == expected {
            Verdict::Exact
        } else if self.explained && self.printed == expected {
            Verdict::Explained("the sum of the lines as printed".to_owned())
        } else {
            Verdict::Mismatch(format!("the unrounded sum is {sum}"))
        };
        Some(LineCheck { item: "total".to_owned(), expected, computed, verdict, metered: false })
    }
}

/// Line and part of a bill.
type Place = (usize, usize);

/// What the engine bills for each part whose price has a meter: all parts of one row are metered together as gross
/// usage, so that its tiers and its allowance do the work that the formulas of the bill do by hand.
fn metered_amounts(book: &PriceBook, bill: &Bill) -> Result<BTreeMap<Place, Decimal>, BillingError> {
    let mut rows: BTreeMap<(&str, usize), Vec<(Place, &BillPart)>> = BTreeMap::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, part) in parts(bill) {
        let Some((fact, row)) = metered_row(book, part) else { continue };
        // A fact that comes twice stands for two bills of the same thing, not for one of both.
        let again = seen.entry(fact).or_default();
        rows.entry((&row.id, *again)).or_default().push((place, part));
        *again += 1;
    }
    let mut amounts = BTreeMap::new();
    for parts in rows.values() {
        amounts.extend(metered_row_amounts(book, bill, parts)?);
    }
    Ok(amounts)
}

fn parts(bill: &Bill) -> impl Iterator<Item = (Place, &BillPart)> {
    let of_line = |(index, line): (usize, &'_ BillLine)| (index, line.parts.len());
    let places = bill.lines.iter().enumerate().map(of_line).flat_map(|(line, n)| (0..n).map(move |part| (line, part)));
    places.map(|(line, part)| ((line, part), &bill.lines[line].parts[part]))
}

fn metered_row<'a>(book: &'a PriceBook, part: &'a BillPart) -> Option<(&'a str, &'a Row)> {
    let fact = part.fact.as_deref().filter(|_| part.page_price.is_none())?;
    let (_, row, _) = book.fact(fact)?;
    row.meter.map(|_| (fact, row))
}

/// Inputs of a bill whose names begin so are the allowance that its formulas subtract.
const FREE: &str = "free_";

fn metered_row_amounts(
    book: &PriceBook,
    bill: &Bill,
    parts: &[(Place, &BillPart)],
) -> Result<Vec<(Place, Decimal)>, BillingError> {
    let row_of = |part: &BillPart| part.fact.as_deref().and_then(|fact| book.fact(fact));
    let Some((list, row, _)) = parts.first().and_then(|(_, part)| row_of(part)) else { return Ok(Vec::new()) };
    let Some(meter) = row.meter else { return Ok(Vec::new()) };
    let free_tier = parts.iter().any(|(_, part)| part.qty_formula.contains(FREE));
    let mut gross_inputs = bill.inputs.clone();
    gross_inputs.iter_mut().filter(|(name, _)| name.starts_with(FREE)).for_each(|(_, value)| *value = "0".to_owned());
    let gross = parts.iter().try_fold(Rational::ZERO, |sum, (_, part)| {
        sum.plus(quantity(bill, part, &gross_inputs)?).ok_or_else(|| malformed(bill, &part.qty_formula))
    })?;

    let mut selection = Selection { meters: vec![meter], count: 1, free_tier, ..Selection::default() };
    selection = row.when.keys().fold(selection, |selection, name| selection.with(name, row.attribute(name)));
    // A row for several regions is listed as global, and says which under `when`.
    selection = selection.with("region", row.attribute("region").or(Some(&row.region)));
    // Worked bills are about the recurring part.
    selection.price_override.insert("upfront".to_owned(), Money::ZERO);
    let tariff = list.tariff(&selection)?;
    let per_unit = i128::try_from(tariff.prices[0].base_per_unit).ok().and_then(|base| Rational::new(base, 1));
    let base = per_unit.and_then(|per_unit| gross.times(per_unit)).and_then(Rational::to_whole);
    let mut usage = Usage::default();
    usage.add(MONTH, meter, base.ok_or_else(|| malformed(bill, "a quantity is negative or too large"))?);
    let invoice = invoice(&usage, &tariff, &Window::standard_month(MONTH))?;

    let amount = |fact: &str| {
        let index = row.tiers.iter().position(|tier| tier.fact == fact);
        let tier = index.filter(|_| row.tiers.len() > 1).map(|index| (index + 1).to_string());
        invoice.lines.iter().filter(|line| line.tier == tier).map(|line| line.amount.0).sum::<Decimal>()
    };
    Ok(parts.iter().map(|(place, part)| (*place, amount(part.fact.as_deref().unwrap_or_default()))).collect())
}

/// Worked bills are of one month, whichever.
const MONTH: MonthId = MonthId(0);
