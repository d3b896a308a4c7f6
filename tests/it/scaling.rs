//! Autoscaling decisions that others published: test cases of Kubernetes and Knative, worked examples of AWS.
//!
//! Reference: `tests/data/oracles/autoscale.json`, and the sources named beside each test.

use breakeven::policy::scaling::{
    Alarm, Bounds, BurstCapacity, Cause, Change, Hpa, HpaMetric, Keda, Kpa, KpaDecider, LevelTarget, Levels, Metric,
    Observed, Policy, Predictive, Sample, Scaler, ScalerSpec, Scheduled, ScheduledAction, Signal, Simple, Step,
    StepAdjustment, TargetTracking, replicas, replicas_for_total,
};
use breakeven::units::{Calendar, SimTime, Span};
use breakeven::workload::CronSchedule;
use serde_json::Value;

use crate::support::{Oracle, autoscale};

const TOLERANCE: f64 = 0.1;
const WIDE: Bounds = Bounds { least: 1, most: 10_000 };

/// Time of a script, which may begin before zero.
fn instant(seconds: &Value) -> SimTime {
    SimTime::ZERO + Span::from_seconds_f64(1_000.0 + seconds.as_f64().expect("seconds"))
}

fn numbers(values: &Value) -> Vec<u64> {
    values.as_array().expect("a list").iter().map(|value| value.as_u64().expect("a count")).collect()
}

fn kpa(spec: &Value) -> Kpa {
    let number = |key: &str| spec[key].as_f64().unwrap_or_else(|| panic!("{key}"));
    let burst = match number("target_burst_capacity") {
        -1.0 => BurstCapacity::Always,
        0.0 => BurstCapacity::OnlyAtZero,
        requests => BurstCapacity::Requests(requests),
    };
    Kpa {
        capacity: number("target") / 0.75,
        utilization: 0.75,
        panic_threshold: number("panic_threshold"),
        scale_up_rate: number("max_scale_up"),
        scale_down_rate: number("max_scale_down"),
        scale_down_delay: Span::from_seconds_f64(number("scale_down_delay_s")),
        activation_scale: number("activation_scale") as u32,
        burst,
        reachable: spec["reachable"].as_bool().expect("reachable"),
        ..Kpa::new(None)
    }
}

/// The desired pods and the excess burst capacity after each step of a script.
fn play(oracle: &Oracle) -> Vec<(u64, i64)> {
    let steps = oracle.parameter_value("steps").as_array().expect("steps");
    let spec = kpa(oracle.parameter_value("spec"));
    let begun = steps[0]["panic_since"].as_f64().map(|_| instant(&steps[0]["panic_since"]));
    let most = steps[0]["max_panic_pods"].as_u64().unwrap_or(0) as u32;
    let mut decider = KpaDecider::new(spec.clone(), begun.unwrap_or(SimTime::ZERO), most);
    let mut ready = 0;
    let play = |step: &Value| {
        ready = step["ready"].as_u64().map_or(ready, |ready| ready as u32);
        let level = |key: &str| step[key].as_f64().expect("a level");
        let observed = Observed { ready, stable: level("stable"), panic: level("panic") };
        let figures = decider.decide(instant(&step["now"]), observed);
        if let BurstCapacity::Requests(burst) = spec.burst {
            let excess = spec.capacity * f64::from(ready) - burst - observed.panic;
            assert!((figures.excess_burst as f64 - excess.floor()).abs() <= 1.0, "{}", oracle.id);
        }
        (u64::from(figures.desired), figures.excess_burst)
    };
    steps.iter().map(play).collect()
}

#[test]
fn scripts_of_knative_end_in_the_same_pods() {
    let scripts: Vec<Oracle> = autoscale().filter(|oracle| oracle.id.starts_with("kpa-")).collect();
    assert_eq!(scripts.len(), 24);
    for oracle in scripts {
        let played = play(&oracle);
        let pods: Vec<u64> = played.iter().map(|step| step.0).collect();
        assert_eq!(pods, numbers(oracle.expected_value("desired_pods")), "{}", oracle.id);
        if let Some(excess) = oracle.expected_value("excess_burst").as_array() {
            assert_eq!(Some(played[0].1), excess[0].as_i64(), "{}", oracle.id);
        }
    }
}

/// An autoscaler that starts beside more than one pod is in panic (Knative, `TestStartInPanicMode`).
#[test]
fn a_decider_of_knative_that_finds_two_pods_starts_in_panic() {
    let starts = [0, 1, 2].map(|ready| KpaDecider::new(Kpa::new(None), SimTime::ZERO, ready).is_panicking());
    assert_eq!(starts, [false, false, true]);
}

/// Milli-units of the source as levels; what has none is missing, what is not ready does not count.
fn levels(oracle: &Oracle) -> Levels {
    let ready = oracle.parameter_value("ready").as_array().cloned().unwrap_or_default();
    let mut levels = Levels::default();
    for (pod, level) in oracle.parameter_value("levels").as_array().expect("levels").iter().enumerate() {
        match level.as_f64() {
            _ if ready.get(pod) == Some(&Value::Bool(false)) => levels.not_ready += 1,
            Some(level) => {
                levels.sum += level / 1_000.0;
                levels.known += 1;
            }
            None => levels.missing += 1,
        }
    }
    levels
}

#[test]
fn test_cases_of_kubernetes_end_in_the_same_replicas() {
    let cases = autoscale().filter(|oracle| oracle.id.starts_with("hpa-") && oracle.id != "hpa-doc");
    let mut count = 0;
    for oracle in cases {
        let (current, target) = (oracle.count("current"), oracle.parameter("target"));
        let levels = levels(&oracle);
        let wanted = match oracle.text("metric") {
            "average value" => replicas(current, &levels, LevelTarget::PerMember(target / 1_000.0), TOLERANCE),
            "external total, average value" => {
                Some(replicas_for_total(current, levels.sum, target / 1_000.0, TOLERANCE))
            }
            _ => replicas(current, &levels, LevelTarget::Utilization(target / 100.0), TOLERANCE),
        };
        assert_eq!(wanted.map(f64::from), Some(oracle.expected("replicas")), "{}", oracle.id);
        count += 1;
    }
    assert_eq!(count, 19);
}

#[test]
fn the_formula_of_kubernetes_gives_its_examples() {
    let oracle = autoscale().find(|oracle| oracle.id == "hpa-doc").expect("hpa-doc");
    for example in oracle.expected_value("examples").as_array().expect("examples") {
        let number = |key: &str| example[key].as_f64().expect("a number");
        let current = number("current") as u32;
        let levels = Levels { sum: number("value") * number("current"), known: current, ..Levels::default() };
        let wanted = replicas(current, &levels, LevelTarget::PerMember(number("target")), TOLERANCE);
        assert_eq!(wanted.map(f64::from), Some(number("want")), "{example}");
    }
}

/// A fleet whose members are ready at once, under one scaler.
struct Fleet {
    scaler: Scaler,
    now: SimTime,
    capacity: u32,
    unready: u32,
    young: u32,
    cause: Cause,
}

impl Fleet {
    fn new(spec: &ScalerSpec, bounds: Bounds, capacity: u32) -> Self {
        let scaler = Scaler::new(spec, bounds);
        Self { scaler, now: SimTime::ZERO, capacity, unready: 0, young: 0, cause: Cause::Nothing }
    }

    fn group<const N: usize>(policies: [Policy; N], capacity: u32) -> Self {
        Self::new(&ScalerSpec::Group(policies.into()), WIDE, capacity)
    }

    /// The next tick, with the rest of the sample from `sample`.
    fn tick(&mut self, sample: Sample) -> u32 {
        self.now = self.now + self.scaler.period();
        let ready = self.capacity.saturating_sub(self.unready);
        let (unready, young) = (self.unready, self.young);
        let sample = Sample { at: self.now, ready, young, unready, launching: unready, ..sample };
        let decision = self.scaler.tick(&sample, self.capacity);
        (self.capacity, self.cause) = (decision.desired, decision.cause);
        self.capacity
    }

    fn ticks<const N: usize>(&mut self, sample: Sample) -> [u32; N] {
        [(); N].map(|()| self.tick(sample))
    }
}

fn busy(share: f64) -> Sample {
    Sample { utilization: Some(share), ..Sample::default() }
}

fn requests(concurrency: f64) -> Sample {
    Sample { concurrency, ..Sample::default() }
}

fn tracking(target: f64) -> Policy {
    Policy::TargetTracking(TargetTracking::ec2(Metric::Utilization, target))
}

/// The alarms that target tracking creates: 3 of 3 minutes above the target, 15 of 15 below 0.7 of it (eight public write-ups,
/// 2019 to 2026). At 50 % the load doubles to 100 %: twice the members after three points.
#[test]
fn target_tracking_doubles_after_three_minutes_and_waits_fifteen_to_shrink() {
    let mut fleet = Fleet::group([tracking(0.5)], 4);
    assert_eq!(fleet.ticks(busy(0.5)), [4; 20]);
    assert_eq!(fleet.ticks(busy(1.0)), [4, 4, 8]);
    assert_eq!(fleet.ticks(busy(0.35)), [8; 30], "35 % is not below 0.7 of 50 %");
    assert_eq!(fleet.ticks(busy(0.349)), [8; 14]);
    assert_eq!(fleet.tick(busy(0.349)), 6, "8 x 0.349 / 0.5 = 5.6, rounded up");
}

#[track_caller]
fn check_low_alarm(policy: TargetTracking, shrinks_below: f64) {
    let after = |level: f64| {
        let mut fleet = Fleet::group([Policy::TargetTracking(policy.clone())], 10);
        fleet.ticks::<15>(busy(level))[14]
    };
    assert_eq!(after(shrinks_below), 10);
    assert!(after(shrinks_below - 0.001) < 10);
}

/// 50 to 35, 40 to 28, 30 to 21 for EC2; 30 to 27, 70 to 63 for Application Auto Scaling (the same write-ups).
#[test]
fn low_alarms_lie_where_they_were_seen() {
    for (target, low) in [(0.5, 0.35), (0.4, 0.28), (0.3, 0.21)] {
        check_low_alarm(TargetTracking::ec2(Metric::Utilization, target), low);
    }
    for (target, low) in [(0.3, 0.27), (0.7, 0.63)] {
        check_low_alarm(TargetTracking::application(Metric::Utilization, target), low);
    }
}

#[test]
fn what_warms_up_counts_as_capacity_and_blocks_removal() {
    let mut fleet = Fleet::group([tracking(0.5)], 4);
    assert_eq!(fleet.ticks(busy(1.0)), [4, 4, 8]);
    fleet.unready = 4;
    assert_eq!(fleet.ticks(busy(1.0)), [8; 10], "4 warm members at 100 % need 8, and 4 are on their way");
    assert_eq!(fleet.ticks(busy(0.1)), [8; 20], "nothing goes while some warm up");
    fleet.unready = 0;
    assert_eq!(fleet.tick(busy(0.1)), 2);
}

#[test]
fn basic_monitoring_sees_one_point_in_five_minutes() {
    let signal = Signal::basic(Metric::Utilization);
    let policy = TargetTracking { signal, ..TargetTracking::ec2(Metric::Utilization, 0.5) };
    let mut fleet = Fleet::group([Policy::TargetTracking(policy)], 4);
    assert_eq!(fleet.ticks(busy(1.0)), [4, 4, 4, 4, 8]);
}

#[test]
fn a_delayed_metric_delays_the_alarm() {
    let signal = Signal { delay: Span::from_secs(120), ..Signal::detailed(Metric::Utilization) };
    let policy = TargetTracking { signal, ..TargetTracking::ec2(Metric::Utilization, 0.5) };
    let mut fleet = Fleet::group([Policy::TargetTracking(policy)], 4);
    assert_eq!(fleet.ticks(busy(1.0)), [4, 4, 4, 4, 8]);
}

/// The cooldown rules of Application Auto Scaling: what was added counts, only a greater need adds, nothing is removed.
#[test]
fn in_a_cooldown_only_a_greater_need_adds() {
    let policy = TargetTracking::application(Metric::Utilization, 0.5);
    let mut fleet = Fleet::group([Policy::TargetTracking(policy)], 4);
    assert_eq!(fleet.ticks(busy(0.75)), [4, 4, 6]);
    assert_eq!(fleet.ticks(busy(0.75)), [6; 2]);
    assert_eq!(fleet.tick(busy(0.9)), 8, "4 x 0.9 / 0.5 = 7.2");
    assert_eq!(fleet.ticks(busy(0.9)), [8, 8, 8, 8, 15], "8 x 0.9 / 0.5 once the cooldown is over");
}

#[test]
fn removal_can_be_switched_off() {
    let policy = TargetTracking { scale_in: false, ..TargetTracking::ec2(Metric::Utilization, 0.5) };
    let mut fleet = Fleet::group([Policy::TargetTracking(policy.clone())], 4);
    assert_eq!(fleet.ticks(busy(0.01)), [4; 30]);
    let mut fleet = Fleet::group([Policy::TargetTracking(policy), tracking(0.5)], 4);
    assert_eq!(fleet.ticks::<15>(busy(0.01))[14], 1, "who cannot remove does not keep others from it");
}

#[test]
fn each_metric_is_tracked_by_member() {
    let check = |metric, target, sample: Sample| {
        let policy = Policy::TargetTracking(TargetTracking::ec2(metric, target));
        assert_eq!(Fleet::group([policy], 4).ticks(sample), [4, 4, 8], "{metric:?}");
    };
    check(Metric::Requests, 500.0, Sample { arrivals: 4_000, ..Sample::default() });
    check(Metric::Concurrency, 5.0, requests(40.0));
    check(Metric::Backlog, 10.0, Sample { waiting: 80, ..Sample::default() });
}

fn step(side: fn(Signal, f64) -> Alarm, threshold: f64, steps: [(Option<f64>, Option<f64>, i32); 2]) -> Policy {
    let steps = steps.map(|(lower, upper, amount)| StepAdjustment { lower, upper, amount });
    let alarm = side(Signal::detailed(Metric::Utilization), threshold);
    Policy::Step(Step { alarm, change: Change::Percent { least: 0 }, steps: steps.into() })
}

/// +10 % from 60 %, +30 % from 70 %; -10 % from 40 %, -30 % from 30 % (EC2 Auto Scaling user guide, June 2023).
fn stepped() -> [Policy; 2] {
    [
        step(Alarm::above, 0.6, [(Some(0.0), Some(0.1), 10), (Some(0.1), None, 30)]),
        step(Alarm::below, 0.4, [(Some(-0.1), Some(0.0), -10), (None, Some(-0.1), -30)]),
    ]
}

#[test]
fn steps_go_as_the_guide_counts_them() {
    let mut fleet = Fleet::group(stepped(), 10);
    let levels = [0.5, 0.6, 0.5, 0.7, 0.5, 0.4, 0.5, 0.3];
    assert_eq!(levels.map(|level| fleet.tick(busy(level))), [10, 11, 11, 14, 14, 13, 13, 10]);
}

/// The same guide on warm-up: 60 % adds one, 62 % nothing more while it warms up, 70 % then 3 of 10 less the one: 13.
#[test]
fn a_step_adds_only_what_is_not_on_its_way() {
    let mut fleet = Fleet::group(stepped(), 10);
    assert_eq!(fleet.tick(busy(0.6)), 11);
    fleet.unready = 1;
    assert_eq!([0.62, 0.7].map(|level| fleet.tick(busy(level))), [11, 13]);
    fleet.unready = 3;
    assert_eq!(fleet.tick(busy(0.2)), 13, "nothing goes while some warm up");
}

/// "Scale in only if all say so" (EC2 Auto Scaling user guide, June 2023): at 40 % a tracker of 50 % holds, and a step below 45 %
/// removes nothing against it; at 30 % both agree, and the larger size wins.
#[test]
fn nothing_goes_against_a_tracker_that_holds() {
    let below = || step(Alarm::below, 0.45, [(None, Some(0.0), -10), (Some(1.0), None, 0)]);
    let mut alone = Fleet::group([below()], 10);
    assert_eq!(alone.tick(busy(0.4)), 9);
    let mut both = Fleet::group([tracking(0.5), below()], 10);
    assert_eq!(both.ticks(busy(0.4)), [10; 20]);
    assert_eq!(both.ticks(busy(0.3)), [10; 14]);
    assert_eq!(both.tick(busy(0.3)), 9, "the tracker would be content with 6");
}

#[test]
fn simple_scaling_pauses_from_the_end_of_its_last_activity() {
    let alarm = Alarm::above(Signal::detailed(Metric::Utilization), 0.6);
    let simple = Simple { alarm, change: Change::Count, amount: 2, cooldown: Simple::COOLDOWN };
    let mut fleet = Fleet::group([Policy::Simple(simple)], 4);
    assert_eq!(fleet.tick(busy(0.9)), 6);
    fleet.unready = 2;
    assert_eq!(fleet.ticks(busy(0.9)), [6; 3]);
    fleet.unready = 0;
    let settled = Some(fleet.now + Span::from_secs(30));
    let sample = Sample { settled, ..busy(0.9) };
    assert_eq!(fleet.ticks(sample), [6, 6, 6, 6, 6, 8], "300 s after the launch was complete");
}

#[test]
fn a_schedule_ignores_cooldowns_and_sets_bounds() {
    let schedule: CronSchedule = "0 8 * * *".parse().expect("a schedule");
    let actions: Vec<ScheduledAction> = schedule
        .instants(Calendar::default(), SimTime::ZERO + Span::from_secs(2 * 86_400))
        .map(|at| ScheduledAction { at, least: Some(5), most: Some(8), desired: Some(6) })
        .collect();
    assert_eq!(actions.len(), 2);
    let scheduled = Policy::Scheduled(Scheduled { actions: actions.into() });
    let mut fleet = Fleet::group([scheduled, tracking(0.5)], 2);
    assert_eq!(fleet.ticks(busy(0.5)), [2; 8 * 60 - 1]);
    assert_eq!((fleet.tick(busy(0.5)), fleet.cause), (6, Cause::Schedule));
    assert_eq!(fleet.now, SimTime::ZERO + Span::from_secs(8 * 3_600));
    assert_eq!(fleet.ticks::<3>(busy(1.0))[2], 8, "12 are wanted");
    assert_eq!(fleet.ticks::<15>(busy(0.01))[14], 5, "the bounds stay");
}

/// Two days of one busy hour, at 9: on the third day members are there before the load.
#[test]
fn a_forecast_launches_ahead_and_never_below_what_the_load_needs() {
    let pre_launch = Span::from_secs(600);
    let predictive = Predictive { pre_launch, ..Predictive::new(Metric::Concurrency, 10.0) };
    let tracking = Policy::TargetTracking(TargetTracking::ec2(Metric::Concurrency, 10.0));
    let mut fleet = Fleet::group([Policy::Predictive(predictive), tracking], 1);
    let mut minute_of_first = Vec::new();
    for minute in 0..3 * 1_440 {
        let is_busy = (9 * 60..10 * 60).contains(&(minute % 1_440));
        let before = fleet.capacity;
        fleet.tick(requests(if is_busy { 80.0 } else { 5.0 }));
        if fleet.capacity > before {
            minute_of_first.push((minute % 1_440 + 1, fleet.capacity, fleet.cause));
        }
    }
    let reacts = (9 * 60 + 3, 8, Cause::Load);
    let ahead = (9 * 60 - 10, 8, Cause::Forecast);
    assert_eq!(minute_of_first, [reacts, ahead, ahead]);
}

fn hpa(target: f64) -> ScalerSpec {
    ScalerSpec::Hpa(Hpa::new(vec![HpaMetric { metric: Metric::Utilization, target }]))
}

/// 200m, 109m and 50m against a target of 100m (Kubernetes documentation, 2026).
#[test]
fn the_horizontal_pod_autoscaler_doubles_at_once_and_halves_after_five_minutes() {
    assert_eq!(Fleet::new(&hpa(0.1), WIDE, 2).tick(busy(0.2)), 4);
    assert_eq!(Fleet::new(&hpa(0.1), WIDE, 10).ticks(busy(0.109)), [10; 40]);
    let mut fleet = Fleet::new(&hpa(0.1), WIDE, 2);
    assert_eq!(fleet.ticks(busy(0.05)), [2; 20], "300 s from the first look");
    assert_eq!(fleet.tick(busy(0.05)), 1);
}

/// Default behaviour: the larger of 4 pods and 100 % every 15 s.
#[test]
fn pods_are_added_no_faster_than_the_behaviour_says() {
    let spec = ScalerSpec::Hpa(Hpa::new(vec![HpaMetric { metric: Metric::Backlog, target: 1.0 }]));
    let mut fleet = Fleet::new(&spec, Bounds { least: 1, most: 90 }, 1);
    assert_eq!(fleet.ticks(Sample { waiting: 100, ..Sample::default() }), [5, 10, 20, 40, 80, 90]);
}

#[test]
fn the_metric_that_asks_for_the_most_counts() {
    let metric = |metric, target| HpaMetric { metric, target };
    let metrics = vec![metric(Metric::Utilization, 0.5), metric(Metric::Concurrency, 10.0)];
    let mut fleet = Fleet::new(&ScalerSpec::Hpa(Hpa::new(metrics)), WIDE, 4);
    assert_eq!(fleet.tick(Sample { concurrency: 60.0, ..busy(0.6) }), 6);
}

#[test]
fn pods_that_just_became_ready_are_set_aside() {
    let mut fleet = Fleet::new(&hpa(0.5), WIDE, 4);
    assert_eq!(fleet.tick(busy(0.9)), 8, "7.2");
    fleet.young = 4;
    assert_eq!(fleet.ticks(busy(0.9)), [8; 2], "four at 90 % and four at nothing need 7.2");
    fleet.young = 0;
    assert_eq!(fleet.tick(busy(0.9)), 15, "once all eight count");
}

#[test]
fn old_metrics_are_seen_late() {
    let hpa = Hpa {
        metric_delay: Span::from_secs(60),
        ..Hpa::new(vec![HpaMetric { metric: Metric::Utilization, target: 0.5 }])
    };
    let mut fleet = Fleet::new(&ScalerSpec::Hpa(hpa), WIDE, 4);
    assert_eq!(fleet.ticks(busy(0.5)), [4; 8]);
    assert_eq!(fleet.ticks(busy(1.0)), [4, 4, 4, 4, 8]);
}

/// Polling every 30 s, none after 300 s without work (KEDA 2.21).
#[test]
fn keda_goes_from_none_to_one_at_a_poll_and_back_after_the_cooldown() {
    let hpa = Hpa::new(vec![HpaMetric { metric: Metric::Backlog, target: 10.0 }]);
    let mut fleet = Fleet::new(&ScalerSpec::Keda(Keda::new(hpa)), Bounds { least: 0, most: 100 }, 0);
    let work = |waiting| Sample { waiting, ..Sample::default() };
    assert_eq!(fleet.ticks(work(0)), [0, 0, 0]);
    assert_eq!(fleet.ticks(work(30)), [0, 1, 3], "the second tick is a poll");
    assert_eq!(fleet.ticks(work(0)), [3; 18], "the last work was polled 30 s before the first of these");
    assert_eq!((fleet.tick(work(0)), fleet.cause), (0, Cause::Idle));
}

fn knative(concurrency: f64) -> Kpa {
    Kpa::new(Some(concurrency))
}

const FROM_ZERO: Bounds = Bounds { least: 0, most: 1_000 };

/// Concurrency 10 at 70 %: 35 in flight need 5 pods. At 1, a jump from one pod to 50 in flight is a panic: 72 pods, and none
/// less for at least 60 s.
#[test]
fn knative_keeps_its_target_and_panics() {
    let mut fleet = Fleet::new(&ScalerSpec::Kpa(knative(10.0)), FROM_ZERO, 5);
    assert_eq!(fleet.ticks(requests(35.0)), [5; 60]);
    let mut fleet = Fleet::new(&ScalerSpec::Kpa(knative(1.0)), FROM_ZERO, 1);
    assert_eq!(fleet.ticks(requests(0.7)), [1; 60]);
    assert_eq!(fleet.ticks::<3>(requests(50.0))[2], 72, "once the panic window is full");
    assert_eq!(fleet.ticks(requests(0.7)), [72; 28], "60 s after the first of the three");
    assert_eq!(fleet.ticks(requests(0.7)), [36, 18, 9, 4, 2, 1]);
}

#[test]
fn knative_goes_to_none_after_a_quiet_stable_window_and_the_grace() {
    let quiet_ticks = |burst| {
        let spec = ScalerSpec::Kpa(Kpa { burst, ..knative(10.0) });
        let mut fleet = Fleet::new(&spec, FROM_ZERO, 1);
        fleet.ticks::<30>(requests(3.0));
        (1..100).find(|_| fleet.tick(requests(0.0)) == 0)
    };
    assert_eq!(quiet_ticks(BurstCapacity::Always), Some(30), "60 s");
    assert_eq!(quiet_ticks(BurstCapacity::OnlyAtZero), Some(45), "and 30 s for the activator");
}

#[test]
fn a_request_that_finds_no_pod_wakes_knative() {
    let mut scaler = Scaler::new(&ScalerSpec::Kpa(knative(10.0)), FROM_ZERO);
    assert!(scaler.wakes_on_arrival());
    let decision = scaler.tick(&Sample { waiting: 1, ..Sample::default() }, 0);
    assert_eq!((decision.desired, decision.cause), (1, Cause::Load));
    assert!(decision.activator_in_path(0));
}
