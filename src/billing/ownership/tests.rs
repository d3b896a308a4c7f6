//! Sums by hand from the published figures, and laws.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::units::{Calendar, Money, MonthId, SimTime, Span};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn days(days: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(days * 86_400)
}

fn purchase(day: u64, servers: u32) -> Purchase {
    Purchase { delivered: days(day), servers }
}

/// Servers that are on and busy for a part of the hours of one month of 31 days.
fn owned(purchases: Vec<Purchase>, end: SimTime, servers: u128, busy_cores: u128) -> Owned {
    let hours = u128::from(end.ns() / Span::HOUR.ns());
    let month = MonthId(2026 * 12);
    let by_month = |count: u128| BTreeMap::from([(month, count * hours * 3_600_000)]);
    Owned {
        calendar: Calendar::new(date(2026, 1, 1)),
        end,
        purchases,
        cores_per_server: 128,
        server_ms: by_month(servers),
        busy_core_ms: by_month(busy_cores),
    }
}

fn terms(changes: &[(&str, &str)]) -> OwnershipTerms {
    let mut terms = OwnershipTerms::builtin();
    changes.iter().for_each(|(key, value)| terms.set(key, decimal(value)).expect("a usable value"));
    terms
}

#[track_caller]
fn check(bill: &OwnedBill, item: &str, expected: f64) {
    let found: Money = bill.lines.iter().filter(|own| own.line.item == item).map(|own| own.line.amount).sum();
    assert!((found.to_f64() - expected).abs() < 1e-6, "{item}: {}, expected {expected}", found.0);
}

fn of_category(bill: &OwnedBill, category: CostCategory) -> Money {
    bill.lines.iter().filter(|own| own.category == category).map(|own| own.line.amount).sum()
}

/// 100 servers in January: 744 of the 8,760 hours of a year, 30 of 128 cores busy on average.
#[test]
fn a_month_of_a_hundred_servers_is_what_the_published_figures_come_to() {
    let changes = [("licence-core", "350"), ("spares", "0.031")];
    let bill = owned(vec![purchase(0, 100)], days(31), 100, 3_000).bill(&terms(&changes)).expect("a bill");
    let year = 744.0 / 8_760.0;
    check(&bill, "depreciation of servers", 100.0 * 20_000.0 / 5.0 * year);
    check(&bill, "depreciation of spares", 4.0 * 20_000.0 / 5.0 * year);
    check(&bill, "depreciation of network gear", 104.0 * 3_000.0 / 5.0 * year);
    // Book value falls from all to 1 - year / 5 of 104 * 23,000.
    check(&bill, "cost of money", 104.0 * 23_000.0 * 0.05 * year * (1.0 - year / 10.0));
    check(&bill, "energy, idle", 100.0 * 0.152 * 744.0 * 1.54 * 0.0904);
    check(&bill, "energy, at work", 3_000.0 / 128.0 * 0.584 * 744.0 * 1.54 * 0.0904);
    check(&bill, "space", 100.0 * 0.736 * 184.06 * 744.0 / 730.0);
    check(&bill, "maintenance", 100.0 * 2_000.0 * year);
    check(&bill, "licences by core", 100.0 * 128.0 * 350.0 * year);
    check(&bill, "administrators", 96_800.0 * 1.3 * year);
    assert_eq!(bill.lines.len(), 10, "no line for what costs nothing");
    let categories = [CostCategory::Cash, CostCategory::Depreciation, CostCategory::Staff];
    assert_eq!(categories.map(|category| of_category(&bill, category)).into_iter().sum::<Money>(), bill.total());
}

/// Values as a draw makes them, six digits each, and the largest of all: nothing that `set` takes is too long to be priced.
/// A life of 2.53412 years is 79,916,008,320 ms, January 2,678,400,000 ms; seven servers lose as much of their price.
#[test]
fn six_digits_of_everything_are_priced_to_the_last_decimal() {
    let changes = [
        ("server-price", "10478.6"),
        ("network-share", "0.153417"),
        ("cost-of-money", "0.0512345"),
        ("useful-life", "2.53412"),
        ("spares", "0"),
        ("energy-price", "0.0866604"),
        ("pue", "1.23457"),
        ("idle-power", "0.123457"),
        ("servers-per-admin", "12.3457"),
        ("licence-core", "0.000123457"),
    ];
    let bill = owned(vec![purchase(0, 7)], days(31), 7, 300).bill(&terms(&changes)).expect("a bill");
    let (month, life, year) = (2_678_400_000.0, 79_916_008_320.0, 31_536_000_000.0);
    check(&bill, "depreciation of servers", 7.0 * 10_478.6 * month / life);
    check(&bill, "energy, idle", 7.0 * 0.000_123_457 * 744.0 * 1.234_57 * 0.086_660_4);
    // The mean book value is the price less half of what January takes of it. To 12 decimals: worked as a fraction.
    let money = bill.lines.iter().find(|own| own.line.item == "cost of money").expect("a line").line.amount;
    assert_eq!(money.0, decimal("361.975838716671"));
    let rough = 7.0 * 10_478.6 * 1.153_417 * 0.051_234_5 * (month / year) * (1.0 - month / life / 2.0);
    assert!((money.to_f64() - rough).abs() < 1e-9, "{rough}");
}

#[test]
fn the_dearest_bill_is_that_of_servers_which_never_rest() {
    let ownership =
        Ownership { terms: terms(&[]), purchases: vec![purchase(0, 3), purchase(9, 2)], cores_per_server: 128 };
    let calendar = Calendar::new(date(2026, 1, 1));
    let dearest = ownership.dearest(calendar, days(31)).expect("a bill");
    let busy = owned(ownership.purchases.clone(), days(31), 5, 5 * 128).bill(&ownership.terms).expect("a bill");
    assert_eq!(dearest, busy);
    let huge = [("server-price", "1000000000"), ("network-share", "1000000000")];
    let huge = Ownership { terms: terms(&huge), ..ownership };
    assert!(matches!(huge.dearest(calendar, days(31)), Err(BillingError::TooLarge { .. })));
}

#[test]
fn a_small_fleet_pays_the_least_staff_that_was_asked_for() {
    let bill = |least| owned(vec![purchase(0, 10)], days(31), 10, 0).bill(&terms(&[("minimum-admins", least)]));
    check(&bill("0").expect("a bill"), "administrators", 0.1 * 96_800.0 * 1.3 * 744.0 / 8_760.0);
    check(&bill("0.5").expect("a bill"), "administrators", 0.5 * 96_800.0 * 1.3 * 744.0 / 8_760.0);
}

#[test]
fn servers_are_paid_when_ordered_and_replaced_at_the_end_of_their_life() {
    let changes = [("useful-life", "2"), ("spares", "0"), ("network-share", "0"), ("lead-time", "70")];
    // Lives of 730 days: replacements on days 730 and, for the second purchase, 1130; both paid 70 days before.
    let owned = owned(vec![purchase(0, 10), purchase(400, 5)], days(3 * 365), 0, 0);
    let bill = owned.bill(&terms(&changes)).expect("a bill");
    let purchases: Vec<_> = bill.cash.iter().map(|year| (year.year, year.purchases.0.normalize())).collect();
    // Day 330 is in 2026, day 660 in 2027, day 1060 in 2028.
    let thousands = |amount: i64| Decimal::from(amount * 1_000);
    assert_eq!(purchases, [(2026, thousands(300)), (2027, thousands(200)), (2028, thousands(100))]);
    let staff: Money = bill.cash.iter().map(|year| year.staff).sum();
    assert_eq!(staff, of_category(&bill, CostCategory::Staff));
    let operating: Money = bill.cash.iter().map(|year| year.operating).sum();
    assert_eq!(operating, of_category(&bill, CostCategory::Cash));
}

/// 5 % of 12 servers is one spare, however they were bought: the first purchase brings it.
#[test]
fn spares_are_kept_for_the_whole_fleet() {
    let changes = [("spares", "0.05"), ("network-share", "0"), ("lead-time", "0")];
    let one_by_one: Vec<Purchase> = (0..12).map(|month| purchase(30 * month, 1)).collect();
    let bill = owned(one_by_one, days(365), 0, 0).bill(&terms(&changes)).expect("a bill");
    assert_eq!(bill.purchases().0, Decimal::from(13 * 20_000));
    let (first, then) = (purchase(0, 19), purchase(30, 3));
    let bill = owned(vec![then, first], days(365), 0, 0).bill(&terms(&changes)).expect("a bill");
    assert_eq!(bill.purchases().0, Decimal::from((19 + 1 + 3 + 1) * 20_000), "one of 19, two of 22");
}

#[test]
fn every_default_has_a_field_a_date_and_a_source_within_its_range() {
    let all = Parameter::all();
    assert_eq!(all.len(), 19);
    for parameter in &all {
        let mut terms = OwnershipTerms::builtin();
        terms.set(&parameter.key, parameter.value).expect("a default is usable");
        assert_eq!(terms, OwnershipTerms::builtin());
        assert!(parameter.as_of.starts_with("20") && !parameter.source.is_empty(), "{}", parameter.key);
        assert!(["high", "medium", "low"].contains(&parameter.confidence.as_str()), "{}", parameter.key);
        assert!(parameter.low.is_none_or(|low| low <= parameter.value), "{}", parameter.key);
        assert!(parameter.high.is_none_or(|high| high >= parameter.value), "{}", parameter.key);
    }
}

#[test]
fn a_wrong_parameter_is_named_with_what_it_could_be() {
    let mut terms = OwnershipTerms::builtin();
    let mut error = |key: &str, value: &str| terms.set(key, decimal(value)).expect_err("refused");
    assert_eq!(error("usefull-life", "3").help().as_deref(), Some("did you mean `useful-life`?"));
    for (key, value) in [("useful-life", "0"), ("servers-per-admin", "0"), ("pue", "-1"), ("space", "99999999999")] {
        assert!(error(key, value).to_string().starts_with(&format!("`{value}` is not a quantity of {key}")));
    }
    assert_eq!(terms, OwnershipTerms::builtin());
}

fn fleets() -> impl Strategy<Value = Vec<Purchase>> {
    prop::collection::vec((0..1_500_u64, 1..500_u32).prop_map(|(day, servers)| purchase(day, servers)), 0..5)
}

proptest! {
    /// Whatever was paid is depreciated, or still in the books.
    #[test]
    fn depreciation_and_book_value_are_what_was_paid(fleets in fleets(), end in 1..4_000_u64, life in 1..8_u32) {
        let bill = owned(fleets, days(end), 0, 0).bill(&terms(&[("useful-life", &life.to_string())])).unwrap();
        let depreciated = bill.lines.iter().filter(|own| own.line.item.starts_with("depreciation"));
        let depreciated: Money = depreciated.map(|own| own.line.amount).sum();
        let difference = (depreciated + bill.book_value - bill.purchases()).to_f64();
        prop_assert!(difference.abs() < 1e-6, "{difference}");
    }

    /// Nobody pays for less than idling, nor for more than all cores at work.
    #[test]
    fn energy_lies_between_idle_and_full(servers in 1..1_000_u128, busy in 0.0..1.0) {
        let cores = (servers as f64 * 128.0 * busy) as u128;
        let energy = |cores| -> f64 {
            let bill = owned(Vec::new(), days(31), servers, cores).bill(&OwnershipTerms::builtin()).unwrap();
            of_category(&bill, CostCategory::Cash).to_f64()
        };
        prop_assert!(energy(0) <= energy(cores) && energy(cores) <= energy(servers * 128));
        let ratio = energy(servers * 128) / energy(0);
        prop_assert!((ratio - 736.0 / 152.0).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn fleets_add_up(a in fleets(), b in fleets()) {
        let terms = terms(&[("spares", "0")]);
        let both = [a.clone(), b.clone()].concat();
        let total = |fleets| owned(fleets, days(1_000), 0, 0).bill(&terms).unwrap().total().to_f64();
        let (sum, whole) = (total(a) + total(b), total(both));
        prop_assert!((sum - whole).abs() < 1e-6, "{sum} and {whole}");
    }
}
