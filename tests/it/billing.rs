//! Prices and bills against figures that others published.

mod laws;
mod machines;
mod printed;
mod published;
mod tariffs;
mod worked;

use std::collections::BTreeMap;

use breakeven::billing::bills::Bills;
use breakeven::billing::{
    Invoice, Meter, MeterPrice, PriceBook, Selection, Tariff, Tier, Usage, Verdict, Window, combine, invoice, monthly,
    verify,
};
use breakeven::cli::prices::{self, Failure, Format, Outcome};
use breakeven::units::{Calendar, Currency, Money, MonthId, Span};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

const JANUARY: MonthId = MonthId(2026 * 12);

fn data(file: &str) -> Value {
    let path = format!("{}/tests/data/bills/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn oracle(id: &str) -> Value {
    let oracles = data("costs.json");
    let found = oracles["oracles"].as_array().unwrap().iter().find(|oracle| oracle["id"] == id);
    found.unwrap_or_else(|| panic!("there is no oracle {id}")).clone()
}

/// A number or a decimal text.
fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().or_else(|_| Decimal::from_scientific(&text)).unwrap()
}

fn money(text: &str) -> Money {
    Money(text.parse().unwrap())
}

fn usage(quantities: &[(Meter, u128)]) -> Usage {
    let mut usage = Usage::default();
    for &(meter, quantity) in quantities {
        usage.add(JANUARY, meter, quantity);
    }
    usage
}

fn month() -> Window {
    Window::standard_month(JANUARY)
}

fn tariff(list: &str, selection: &Selection) -> Tariff {
    PriceBook::builtin().list(list).unwrap().tariff(selection).unwrap()
}

/// What the lines of one item come to.
fn of_item(invoice: &Invoice, part: &str) -> Money {
    invoice.lines.iter().filter(|line| line.item.contains(part)).map(|line| line.amount).sum()
}

#[test]
fn upfront_money_is_spread_evenly_over_the_term_and_shown_as_cash() {
    let attributes = |selection: Selection| selection.with("region", Some("us-east-2"));
    let selection = attributes(Selection::of_servers("m5.large", 3)).with("purchase", Some("reserved-3y-all-upfront"));
    let calendar = Calendar::new(breakeven::units::date("2026-01-31").unwrap());
    let window = Window::new(calendar, Span::from_secs(86_400 * 219));
    let usage = usage(&[(Meter::InstanceTime, 3 * 219 * 86_400_000)]);
    let bill = invoice(&usage, &tariff("aws-ec2", &selection), &window).unwrap();
    // 949 dollars each; 219 days are a fifth of 1,095.
    assert_eq!(bill.upfront, money("2847"));
    assert_eq!(bill.total().0.round_dp(9), money("569.4").0);
    let months: Vec<_> = bill.lines.iter().filter(|line| line.item.contains("upfront share")).collect();
    assert_eq!(months.len(), 9, "from January to September");
    assert_eq!(months[0].month, Some(JANUARY));
    assert_eq!(bill.merged().len(), 2, "hours and upfront share");
}
