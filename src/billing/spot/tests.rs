//! Runs on small series, by hand, and laws.

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

fn money(text: &str) -> Money {
    Money(text.parse().expect("a decimal"))
}

/// 0.10 from the start, 0.30 after half an hour, 0.20 after one and a half hours, known for ten hours.
fn series() -> PriceSeries {
    let rows = vec![(at(0), money("0.10")), (at(1_800), money("0.30")), (at(5_400), money("0.20"))];
    PriceSeries::new("test", rows).expect("in order").held_until(at(36_000))
}

const CONTINUOUS: SpotRule = SpotRule { repricing: Repricing::Continuous, ..SpotRule::AWS };

fn run(from: u64, to: u64) -> SpotRun {
    SpotRun { from: at(from), to: at(to), ended: SpotEnd::Released }
}

#[track_caller]
fn check(run: SpotRun, rule: &SpotRule, amount: &str) {
    let mut sum = SpotUse::default();
    sum.add(run, &series(), rule, Calendar::default()).expect("within the series");
    let lines = sum.lines("AWS", "spot").expect("small amounts");
    assert_eq!(lines.iter().map(|line| line.amount).sum::<Money>(), money(amount));
}

#[test]
fn the_price_at_the_start_of_an_instance_hour_holds_for_it() {
    check(run(0, 7_200), &SpotRule::AWS, "0.40");
    check(run(1_799, 1_799 + 3_600), &SpotRule::AWS, "0.10");
    check(run(1_800, 1_800 + 5_400), &SpotRule::AWS, "0.40");
}

#[test]
fn a_continuous_price_is_paid_as_long_as_it_holds() {
    check(run(0, 7_200), &CONTINUOUS, "0.45");
    check(run(0, 36_000), &CONTINUOUS, "2.05");
}

#[test]
fn time_is_billed_by_the_second_and_for_a_minute_at_least() {
    check(run(0, 36), &SpotRule::AWS, "0.001666666667");
    check(run(0, 90), &SpotRule::AWS, "0.0025");
    check(SpotRun { to: at(90) + Span::from_ns(1), ..run(0, 90) }, &SpotRule::AWS, "0.002527777778");
}

#[test]
fn what_the_provider_interrupts_in_its_first_hour_is_free_and_shown() {
    let interrupted = |to| SpotRun { ended: SpotEnd::Interrupted, ..run(0, to) };
    check(interrupted(3_599), &SpotRule::AWS, "0");
    check(interrupted(3_600), &SpotRule::AWS, "0.10");
    let mut sum = SpotUse::default();
    sum.add(interrupted(1_800), &series(), &SpotRule::AWS, Calendar::default()).expect("within the series");
    let lines = sum.lines("AWS", "spot").expect("small amounts");
    assert_eq!((lines[0].tier.as_deref(), lines[0].quantity), (Some("free"), Decimal::new(5, 1)));
}

#[test]
fn a_run_beyond_the_series_is_an_error_that_says_where_it_ends() {
    let mut sum = SpotUse::default();
    let error = |sum: &mut SpotUse, run| {
        let series = series();
        let late = PriceSeries { changes: series.changes[1..].to_vec(), ..series };
        sum.add(run, &late, &SpotRule::AWS, Calendar::default()).expect_err("not covered").to_string()
    };
    let ended = "the price series `test` ends at 36000 s, an instance ran until 36001 s";
    assert_eq!(error(&mut sum, run(5_400, 36_001)), ended);
    let early = "the price series `test` begins at 1800 s, an instance ran from 0 s on";
    assert_eq!(error(&mut sum, run(0, 3_600)), early);
    assert_eq!(sum, SpotUse::default());
}

#[test]
fn a_series_is_in_order_has_prices_and_keeps_only_changes() {
    let series = |rows: &[(u64, &str)]| {
        PriceSeries::new("s", rows.iter().map(|(second, price)| (at(*second), money(price))).collect())
    };
    let steps = series(&[(5, "1"), (6, "1"), (7, "2"), (7, "3"), (9, "3")]).expect("in order");
    assert_eq!(steps.changes(), [(at(5), money("1")), (at(7), money("3"))]);
    assert_eq!(
        [4, 5, 6, 7, 9, 10].map(|s| steps.at(at(s)).map(|p| p.to_f64())),
        [None, Some(1.0), Some(1.0), Some(3.0), Some(3.0), None]
    );
    assert!(matches!(series(&[]), Err(SpotError::Empty { .. })));
    assert!(matches!(series(&[(5, "1"), (4, "1")]), Err(SpotError::Disordered { .. })));
    assert!(matches!(series(&[(5, "-1")]), Err(SpotError::Price { .. })));
}

proptest! {
    /// Second by second, with the price of each second looked up.
    #[test]
    fn a_bill_is_the_sum_of_its_seconds(from in 0..20_000_u64, length in 60..15_000_u64, by_hour in any::<bool>()) {
        let (series, rule) = (series(), if by_hour { SpotRule::AWS } else { CONTINUOUS });
        let mut sum = SpotUse::default();
        sum.add(run(from, from + length), &series, &rule, Calendar::default()).unwrap();
        let price = |second: u64| {
            let asked = if by_hour { from + second / 3_600 * 3_600 } else { from + second };
            series.at(at(asked)).unwrap().0
        };
        let seconds: Decimal = (0..length).map(price).sum();
        let amount = sum.lines("P", "i").unwrap()[0].amount;
        prop_assert_eq!(amount.0.round_dp(10), (seconds / Decimal::from(3_600)).round_dp(10));
    }

    #[test]
    fn runs_merge_in_any_order(runs in prop::collection::vec((0..18_000_u64, 1..18_000_u64, any::<bool>()), 0..10)) {
        let one = |(from, length, interrupted): &(u64, u64, bool)| {
            let ended = if *interrupted { SpotEnd::Interrupted } else { SpotEnd::Released };
            let mut sum = SpotUse::default();
            let run = SpotRun { ended, ..run(*from, from + length) };
            sum.add(run, &series(), &CONTINUOUS, Calendar::default()).unwrap();
            sum
        };
        let (mut forth, mut back) = (SpotUse::default(), SpotUse::default());
        runs.iter().for_each(|run| forth.merge(&one(run)));
        runs.iter().rev().for_each(|run| back.merge(&one(run)));
        prop_assert_eq!(forth, back);
    }
}
