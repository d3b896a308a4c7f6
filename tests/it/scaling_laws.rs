//! What holds for every scaler, whatever it sees.

use breakeven::policy::scaling::{
    Alarm, Bounds, Cause, Change, Hpa, HpaMetric, Keda, Kpa, Metric, Policy, Predictive, Sample, Scaler, ScalerSpec,
    Scheduled, ScheduledAction, Signal, Simple, Step, StepAdjustment, TargetTracking,
};
use breakeven::units::{SimTime, Span};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn any_metric() -> impl Strategy<Value = Metric> {
    prop::sample::select(vec![Metric::Utilization, Metric::Requests, Metric::Concurrency, Metric::Backlog])
}

/// A metric and a target that suits it.
fn any_target() -> impl Strategy<Value = (Metric, f64)> {
    (any_metric(), 0.2..0.9).prop_map(|(metric, share)| match metric {
        Metric::Utilization => (metric, share),
        Metric::Requests => (metric, share * 1_000.0),
        Metric::Concurrency | Metric::Backlog => (metric, share * 10.0),
    })
}

/// Policies that track a target, or look ahead.
fn any_tracking() -> impl Strategy<Value = Policy> {
    (any_target(), any::<bool>(), any::<bool>()).prop_map(|((metric, target), ec2, forecast)| match (forecast, ec2) {
        (true, _) => Policy::Predictive(Predictive::new(metric, target)),
        (false, true) => Policy::TargetTracking(TargetTracking::ec2(metric, target)),
        (false, false) => Policy::TargetTracking(TargetTracking::application(metric, target)),
    })
}

fn any_alarm() -> impl Strategy<Value = Alarm> {
    (any_target(), any::<bool>(), 1..4u32).prop_map(|((metric, threshold), above, points)| {
        let signal = Signal::detailed(metric);
        let alarm = if above { Alarm::above(signal, threshold) } else { Alarm::below(signal, threshold) };
        Alarm { points, ..alarm }
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![Just(Change::Exact), Just(Change::Count), (0..4u32).prop_map(|least| Change::Percent { least })]
}

/// Policies that change by stated amounts.
fn any_stepping() -> impl Strategy<Value = Policy> {
    prop_oneof![
        (any_alarm(), any_change(), -200..200i32).prop_map(|(alarm, change, amount)| {
            let steps = vec![StepAdjustment { lower: None, upper: None, amount }];
            Policy::Step(Step { alarm, change, steps })
        }),
        (any_alarm(), any_change(), -200..200i32).prop_map(|(alarm, change, amount)| {
            Policy::Simple(Simple { alarm, change, amount, cooldown: Simple::COOLDOWN })
        }),
        (0..3_600u64, prop::option::of(0..20u32), prop::option::of(0..20u32)).prop_map(|(second, least, most)| {
            let at = SimTime::ZERO + Span::from_secs(second);
            let actions = [ScheduledAction { at, least, most, desired: least }];
            Policy::Scheduled(Scheduled { actions: actions.into() })
        }),
    ]
}

fn hpa((metric, target): (Metric, f64)) -> Hpa {
    Hpa::new(vec![HpaMetric { metric, target }])
}

/// Scalers that look for a size that suits the load.
fn any_seeking() -> impl Strategy<Value = ScalerSpec> {
    prop_oneof![
        prop::collection::vec(any_tracking(), 1..3).prop_map(ScalerSpec::Group),
        any_target().prop_map(|target| ScalerSpec::Hpa(hpa(target))),
        any_target().prop_map(|target| ScalerSpec::Keda(Keda::new(hpa(target)))),
        (1..20u32).prop_map(|limit| ScalerSpec::Kpa(Kpa::new(Some(f64::from(limit))))),
    ]
}

fn any_scaler() -> impl Strategy<Value = ScalerSpec> {
    let policies = prop::collection::vec(prop_oneof![any_tracking(), any_stepping()], 1..5);
    prop_oneof![any_seeking(), policies.prop_map(ScalerSpec::Group)]
}

fn any_bounds() -> impl Strategy<Value = Bounds> {
    (0..10u32, 0..60u32).prop_map(|(least, more)| Bounds { least, most: least + more })
}

/// What a fleet of `ready` members measures under a load of `busy` cores, one a member and each request.
fn sample(at: SimTime, period: Span, ready: u32, busy: f64) -> Sample {
    let room = f64::from(ready);
    Sample {
        at,
        ready,
        utilization: (ready > 0).then(|| (busy / room).min(1.0)),
        concurrency: busy,
        arrivals: (busy * 10.0 * period.seconds()) as u64,
        waiting: busy as u32,
        ..Sample::default()
    }
}

/// Capacities after each tick, members being ready at once.
fn run(spec: &ScalerSpec, bounds: Bounds, loads: impl IntoIterator<Item = f64>) -> Vec<u32> {
    let mut scaler = Scaler::new(spec, bounds);
    let mut capacity = spec.initial(bounds);
    let mut now = SimTime::ZERO;
    let mut tick = |busy| {
        now = now + scaler.period();
        let decision = scaler.tick(&sample(now, scaler.period(), capacity, busy), capacity);
        let changed = decision.desired != capacity;
        assert_eq!(changed, decision.cause != Cause::Nothing, "{decision:?} from {capacity}");
        assert_eq!(decision.desired, scaler.bounds().clamp(decision.desired), "{decision:?}");
        capacity = decision.desired;
        capacity
    };
    loads.into_iter().map(&mut tick).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn bounds_hold_and_every_change_has_a_cause(
        spec in any_scaler(),
        bounds in any_bounds(),
        loads in prop::collection::vec(0.0..80.0, 1..200),
    ) {
        run(&spec, bounds, loads);
    }

    #[test]
    fn a_constant_load_comes_to_rest(spec in any_seeking(), bounds in any_bounds(), busy in 0.0..50.0) {
        let sizes = run(&spec, bounds, std::iter::repeat_n(busy, 1_000));
        let rest = &sizes[800..];
        prop_assert!(rest.iter().all(|size| *size == rest[0]), "{rest:?}");
    }

    #[test]
    fn the_same_samples_give_the_same_decisions(
        spec in any_scaler(),
        bounds in any_bounds(),
        loads in prop::collection::vec(0.0..80.0, 1..100),
    ) {
        prop_assert_eq!(run(&spec, bounds, loads.clone()), run(&spec, bounds, loads));
    }

    /// What holds still looks the same at any later time: a scaler that never saw a load does not grow.
    #[test]
    fn nothing_to_do_never_adds(spec in any_seeking(), bounds in any_bounds()) {
        let sizes = run(&spec, bounds, std::iter::repeat_n(0.0, 300));
        prop_assert!(sizes.is_sorted_by(|before, after| before >= after), "{sizes:?}");
    }
}
