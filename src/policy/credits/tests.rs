//! Published examples of the EC2 user guide, 2023-05-31 (the ids of `tests/data/bills/commitments.json`), and laws.

use proptest::prelude::*;

use super::CreditMode::{Standard, Unlimited};
use super::*;

const HOURS: fn(u64) -> Span = |hours| Span::from_secs(hours * 3_600);

fn spec(instance: &str, mode: CreditMode) -> CreditSpec {
    BurstableType::named(instance).expect("a burstable type").spec(mode)
}

/// Uses a share of all vCPUs for some hours.
fn busy(ledger: &mut CreditLedger, hours: u64, milli_vcpu: u32) {
    assert_eq!(ledger.advance(HOURS(hours), milli_vcpu), Credits::ZERO);
}

#[track_caller]
fn check(credits: Credits, expected: f64) {
    assert!((credits.to_f64() - expected).abs() < 1e-9, "{} credits, expected {expected}", credits.to_f64());
}

#[test]
fn every_published_rate_is_a_whole_number_of_thousandths_and_agrees_with_its_cap_and_baseline() {
    for row in BurstableType::all() {
        let spec = row.spec(Standard);
        check(Credits::used_by(spec.baseline_milli_vcpu, Span::HOUR), row.credits_per_hour);
        check(spec.most(), row.max_accrued);
        let baseline = f64::from(row.vcpu) * row.baseline_per_vcpu * 1_000.0;
        assert!((f64::from(spec.baseline_milli_vcpu) - baseline).abs() < 1e-9, "{}", row.instance);
    }
    assert_eq!(BurstableType::all().len(), 28);
    assert_eq!(BurstableType::named("m5.large"), None);
}

#[test]
fn a_nano_at_two_percent_keeps_what_it_does_not_use() {
    let mut ledger = CreditLedger::new(spec("t3.nano", Standard));
    busy(&mut ledger, 1, 40);
    check(ledger.balance(), 3.6);
    check(ledger.spec.most(), 144.0);
}

/// aws-t3-unlimited-timeline, P1 to P4.
#[test]
fn an_unlimited_nano_follows_the_published_timeline() {
    let mut ledger = CreditLedger::new(spec("t3.nano", Unlimited));
    busy(&mut ledger, 24, 0);
    check(ledger.balance(), 144.0);
    busy(&mut ledger, 12, 0);
    check(ledger.balance(), 144.0);
    busy(&mut ledger, 24, 140);
    check(ledger.balance(), 86.4);
    busy(&mut ledger, 12, 50);
    check(ledger.balance(), 122.4);
}

/// An instance that has run before and has `earned` credits.
fn resumed(spec: CreditSpec, earned: Credits) -> CreditLedger {
    CreditLedger { earned: earned.0 as i128, launch: 0, ..CreditLedger::new(spec) }
}

/// What was charged, and what is still owed.
fn billed_at_the_end(ledger: &CreditLedger) -> Credits {
    Credits(ledger.charged_surplus().0 + ledger.surplus().0)
}

/// P5, which the guide begins with 122 credits: 570 needed, 448 of them surplus, 304 beyond the overdraft.
#[test]
fn an_overdraft_beyond_a_day_of_earnings_is_charged() {
    let mut ledger = resumed(spec("t3.nano", Unlimited), Credits::whole(122));
    busy(&mut ledger, 5, 2_000);
    check(ledger.charged_surplus(), 304.0);
    check(ledger.surplus(), 144.0);
    assert_eq!(ledger.charged_surplus().parts() + ledger.surplus().parts(), Credits::whole(448).parts());
    busy(&mut ledger, 24, 0);
    check(ledger.surplus(), 0.0);
    check(billed_at_the_end(&ledger), 304.0);
}

/// aws-t3-standard-p5: 122 credits last less than two hours at 60 % of both vCPUs.
#[test]
fn a_standard_nano_spends_its_balance_and_falls_to_its_baseline() {
    let mut ledger = resumed(spec("t3.nano", Standard), Credits::whole(122));
    let full = ledger.exhausted_in(1_200).expect("it drains");
    assert_eq!(full.ns(), 122 * 60_000_000_000 * 1_000 / 1_100);
    assert_eq!(ledger.granted(1_200), 1_200);
    let lacking = ledger.advance(HOURS(2), 1_200);
    check(ledger.balance(), 0.0);
    check(lacking, 10.0);
    assert_eq!(ledger.granted(1_200), 100);
    assert_eq!(ledger.granted(70), 70);
}

/// aws-t2-standard-24h: 30 launch credits and 3 an hour.
#[test]
fn launch_credits_do_not_count_against_the_cap() {
    let mut ledger = CreditLedger::new(spec("t2.nano", Standard));
    check(ledger.balance(), 30.0);
    busy(&mut ledger, 14, 0);
    check(ledger.balance(), 72.0);
    busy(&mut ledger, 10, 0);
    check(ledger.balance(), 102.0);
    busy(&mut ledger, 10, 0);
    check(ledger.balance(), 102.0);
    busy(&mut ledger, 1, 100);
    check(ledger.balance(), 96.0);
    assert_eq!(CreditLedger::new(spec("t2.nano", Unlimited)).balance(), Credits::ZERO);
}

/// aws-t2-surplus-bill: 25 credits are 0.42 vCPU-hours.
#[test]
fn what_is_owed_at_the_end_is_charged() {
    let mut ledger = CreditLedger::new(spec("t2.nano", Unlimited));
    // 950 thousandths more than it earns, for 25 credits.
    let time = Span::from_ns(u64::try_from(Credits::whole(25).parts() / 950).unwrap() + 1);
    ledger.advance(time, 1_000);
    assert_eq!(ledger.charged_surplus(), Credits::ZERO);
    let vcpu_hours = billed_at_the_end(&ledger).parts() as f64 / 3.6e15;
    assert!((vcpu_hours - 25.0 / 60.0).abs() < 1e-6, "{vcpu_hours}");
}

/// aws-t3-breakeven: a t3.large that runs at 42.5 % pays for 15 vCPU-minutes an hour.
#[test]
fn a_large_at_the_published_break_even_is_charged_fifteen_minutes_an_hour() {
    let mut ledger = CreditLedger::new(spec("t3.large", Unlimited));
    busy(&mut ledger, 100, 850);
    let before = ledger.charged_surplus();
    busy(&mut ledger, 1, 850);
    assert_eq!(ledger.charged_surplus().parts() - before.parts(), Credits::whole(15).parts());
}

fn modes() -> impl Strategy<Value = (CreditMode, &'static str)> {
    (prop_oneof![Just(Standard), Just(Unlimited)], prop_oneof![Just("t2.medium"), Just("t3.nano"), Just("t2.2xlarge")])
}

fn history() -> impl Strategy<Value = Vec<(u64, u32)>> {
    prop::collection::vec((0..40_000_000_000_000_u64, 0..8_001_u32), 1..12)
}

proptest! {
    #[test]
    fn time_may_be_cut_anywhere((mode, instance) in modes(), history in history(), cut in 0.0..1.0) {
        let (mut whole, mut parts) = (CreditLedger::new(spec(instance, mode)), CreditLedger::new(spec(instance, mode)));
        for (ns, busy) in history {
            let first = (ns as f64 * cut) as u64;
            let lacking = whole.advance(Span::from_ns(ns), busy).parts();
            let lacking_parts = parts.advance(Span::from_ns(first), busy).parts()
                + parts.advance(Span::from_ns(ns - first), busy).parts();
            prop_assert_eq!(lacking, lacking_parts);
            prop_assert_eq!(&whole, &parts);
        }
    }

    #[test]
    fn what_is_used_was_earned_given_owed_or_charged((mode, instance) in modes(), history in history()) {
        let spec = spec(instance, mode);
        let mut ledger = CreditLedger::new(spec);
        let (mut used, mut earned) = (0, spec.launch.parts());
        for (ns, busy) in history {
            let span = Span::from_ns(ns);
            let lacking = ledger.advance(span, busy);
            used += Credits::used_by(busy, span).parts() - lacking.parts();
            earned += Credits::used_by(spec.baseline_milli_vcpu, span).parts();
            prop_assert!(ledger.balance().parts() <= spec.most().parts() + spec.launch.parts());
            prop_assert!(ledger.surplus() <= spec.most());
            let sources = earned + ledger.surplus().parts() + ledger.charged_surplus().parts();
            // Less than all that was earned where the cap was reached.
            prop_assert!(used + ledger.balance().parts() <= sources);
        }
    }

    #[test]
    fn exhaustion_is_foretold_to_the_nanosecond((mode, instance) in modes(), history in history(), busy in 0..8_001_u32) {
        let mut ledger = CreditLedger::new(spec(instance, mode));
        for (ns, busy) in history {
            ledger.advance(Span::from_ns(ns), ledger.granted(busy));
            match ledger.exhausted_in(busy) {
                None => prop_assert_eq!(ledger.clone().advance(Span::from_secs(100_000_000), busy), Credits::ZERO),
                Some(span) => {
                    prop_assert_eq!(ledger.clone().advance(span, busy), Credits::ZERO);
                    prop_assert!(ledger.clone().advance(span + Span::from_ns(1), busy) > Credits::ZERO);
                }
            }
        }
        ledger.exhausted_in(busy);
    }
}
