//! What holds for every usage and every tariff.

use super::*;

const LAST_TIER: u64 = 4_000;

/// Tiers at 1,000 and 4,000 units of seven base units, falling prices.
fn tiered(allowance: u64) -> Tariff {
    let tier = |up_to: Option<u64>, price| Tier { up_to: up_to.map(Decimal::from), price: money(price) };
    let price = MeterPrice {
        meter: Meter::Compute,
        service: "S".into(),
        item: "compute".into(),
        unit: "unit".into(),
        base_per_unit: 7,
        tiers: vec![tier(Some(1_000), "0.0000166667"), tier(Some(LAST_TIER), "0.000015"), tier(None, "0.0000133334")],
        allowance: Decimal::from(allowance),
        reserved: None,
        source: String::new(),
        as_of: String::new(),
    };
    Tariff {
        provider: "P".into(),
        currency: Currency::Usd,
        prices: vec![price],
        free_tier: allowance > 0,
        commitments: None,
        spot: None,
    }
}

fn flat() -> Tariff {
    let mut tariff = tiered(0);
    tariff.prices[0].tiers.drain(1..);
    tariff.prices[0].tiers[0].up_to = None;
    tariff
}

fn total(tariff: &Tariff, quantities: &[u64]) -> Decimal {
    let slices: Vec<_> = quantities.iter().map(|&quantity| (Meter::Compute, u128::from(quantity))).collect();
    invoice(&usage(&slices), tariff, &month()).unwrap().total().0
}

/// A half of the last decimal, for each line.
fn rounding(lines: usize) -> Decimal {
    Decimal::new(5 * i64::try_from(lines).unwrap(), 13)
}

proptest! {
    #[test]
    fn a_month_in_slices_costs_as_much_as_in_one(slices in prop::collection::vec(0_u64..1_000_000_000, 1..20)) {
        let whole = total(&flat(), &[slices.iter().sum()]);
        prop_assert_eq!(total(&flat(), &slices), whole, "merged before pricing: exactly");
        let apart: Decimal = slices.iter().map(|&slice| total(&flat(), &[slice])).sum();
        prop_assert!((apart - whole).abs() <= rounding(slices.len() + 1), "priced apart: but for the last decimal");
    }

    #[test]
    fn without_tiers_a_bill_is_linear(quantity in 0_u64..1_000_000_000, factor in 1_u64..1_000) {
        let scaled = total(&flat(), &[quantity]) * Decimal::from(factor);
        let difference = (total(&flat(), &[quantity * factor]) - scaled).abs();
        prop_assert!(difference <= rounding(usize::try_from(factor).unwrap() + 1));
    }

    #[test]
    fn tiers_are_continuous_and_rising(quantity in 0_u64..60_000) {
        let step = total(&tiered(0), &[quantity + 1]) - total(&tiered(0), &[quantity]);
        let dearest = money("0.0000166667").0 / Decimal::from(7);
        let cheapest = money("0.0000133334").0 / Decimal::from(7);
        prop_assert!(step <= dearest + rounding(4) && step >= cheapest - rounding(4));
    }

    #[test]
    fn an_allowance_saves_no_more_than_its_worth_and_is_never_paid_out(quantity in 0_u64..60_000, free in 1_u64..2_000) {
        let with = invoice(&usage(&[(Meter::Compute, quantity.into())]), &tiered(free), &month()).unwrap();
        let saved = total(&tiered(0), &[quantity]) - with.total().0;
        prop_assert!(with.lines.iter().all(|line| line.amount >= Money::ZERO && line.quantity > Decimal::ZERO));
        prop_assert!(saved >= -rounding(8) && saved <= Decimal::from(free) * money("0.0000166667").0 + rounding(8));
        let units: Decimal = with.lines.iter().map(|line| line.quantity).sum();
        prop_assert!((units - Decimal::from(quantity) / Decimal::from(7)).abs() <= rounding(8), "nothing gets lost");
    }

    #[test]
    fn invoices_merge_in_any_order(quantities in prop::collection::vec((0_i32..3, 0_u64..60_000), 1..10)) {
        let bill = |&(month, quantity): &(i32, u64)| {
            let mut usage = Usage::default();
            usage.add(MonthId(month), Meter::Compute, quantity.into());
            invoice(&usage, &tiered(100), &Window::standard_month(JANUARY)).unwrap().lines
        };
        let forwards = combine(quantities.iter().flat_map(bill));
        let backwards = combine(quantities.iter().rev().flat_map(bill));
        prop_assert_eq!(forwards, backwards);
    }

    #[test]
    fn a_month_of_usage_is_what_the_window_is_scaled_by(quantity in 0_u64..u64::MAX, hours in 1_u64..100_000) {
        let usage = usage(&[(Meter::Requests, quantity.into())]);
        let month = monthly(&usage, Span::from_secs(hours * 3_600)).unwrap().total(Meter::Requests);
        let exact = u128::from(quantity) * 730;
        prop_assert!(month * u128::from(hours) <= exact + u128::from(hours) / 2);
        prop_assert!((month + 1) * u128::from(hours) > exact + u128::from(hours) / 2);
    }
}

#[test]
fn allowances_and_tiers_begin_again_every_month() {
    let mut usage = Usage::default();
    usage.add(JANUARY, Meter::Requests, 1_500_000);
    usage.add(MonthId(JANUARY.0 + 1), Meter::Requests, 1_500_000);
    let mut selection = Selection::of_functions(false, false);
    selection.free_tier = true;
    let bill = invoice(&usage, &tariff("aws-lambda", &selection), &month()).unwrap();
    assert_eq!(bill.total(), money("0.2"));
    let merged: Vec<_> = bill.merged().into_iter().map(|line| (line.tier, line.quantity, line.amount)).collect();
    let expected = [(Some("free".to_owned()), "2000000", "0"), (None, "1000000", "0.2")];
    assert_eq!(merged, expected.map(|(tier, quantity, amount)| (tier, quantity.parse().unwrap(), money(amount))));
}

#[test]
fn usage_without_a_price_is_an_error() {
    let error = invoice(&usage(&[(Meter::Requests, 1)]), &flat(), &month()).unwrap_err();
    assert_eq!(error.to_string(), "requests was used, but the tariff of P has no price of it");
    let absurd = usage(&[(Meter::Compute, u128::MAX)]);
    assert!(invoice(&absurd, &flat(), &month()).unwrap_err().to_string().contains("too large to be priced"));
}
