//! How servers start and what their scalers wait for: published rows through whole fleets.

use std::path::Path;

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSize, FleetSpec, Launch, Metering, WarmPool};
use breakeven::policy::SlowStart;
use breakeven::policy::scaling::{
    Alarm, Change, Metric, Policy, ScalerSpec, Scheduled, ScheduledAction, Signal, Simple, Step, StepAdjustment,
};
use breakeven::record::Fate;
use breakeven::rng::Seed;
use breakeven::scenario::{Model, Overrides, Plan, Problems, load_text};
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::{Journal, engine, servers};

const WORKER: Discipline = Discipline::Fcfs { workers: 1 };

fn s(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

fn run(fleet: &FleetSpec, invocations: &[Invocation], end: SimTime) -> Journal {
    let mut journal = Journal::default();
    let mut engine = engine(fleet, &["f"], Seed { seed: 1, replication: 0 }, end);
    engine.feed(invocations, &mut journal);
    engine.close(end, &mut journal);
    journal
}

/// Requests of 100 ms that keep `members` busy from `from` to `to`, s.
fn busy(members: f64, from: u64, to: u64) -> impl Iterator<Item = Invocation> {
    let count = (members * 10.0 * (to - from) as f64) as u64;
    let at = move |index: u64| s(from) + Span::from_seconds_f64(index as f64 / (members * 10.0));
    (0..count).map(move |index| Invocation::new(at(index), FunctionId(0), Span::from_ms(100)))
}

/// Everything that had places, s.
fn lives(journal: &Journal) -> Vec<(f64, f64)> {
    let with_places = journal.instances.iter().filter(|(.., places)| *places > 0);
    let mut lives: Vec<_> = with_places.map(|(from, to, _)| (from.seconds(), to.seconds())).collect();
    lives.sort_by(|one, other| one.partial_cmp(other).expect("no instant is not a number"));
    lives
}

fn members_at(journal: &Journal, second: f64) -> usize {
    lives(journal).iter().filter(|(from, to)| *from <= second && second < *to).count()
}

fn read(platform: &str, instance: &str, rest: &str) -> Result<Plan, Problems> {
    let text = format!(
        "[scenario]\nname = \"t\"\nduration = \"1h\"\nstart = \"2026-01-05\"\n\
         [functions.f]\nmemory = \"128MB\"\nduration = \"100ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"constant\", rate = \"1/h\" }}\n\
         [deployments.d]\nplatform = \"{platform}\"\ninstance = \"{instance}\"\n{rest}"
    );
    load_text("t.toml", text, Path::new(""), &Overrides::default())
}

#[track_caller]
fn fleet(platform: &str, instance: &str, rest: &str) -> FleetSpec {
    let plan = read(platform, instance, rest).unwrap_or_else(|problems| panic!("{problems}"));
    match &plan.deployments[0].model {
        Model::Fleet(spec) => spec.as_ref().clone(),
        Model::Faas(_) | Model::Hybrid(_) => panic!("servers are a fleet"),
    }
}

fn constant(seconds: u64) -> Distribution {
    Distribution::Constant(Span::from_secs(seconds))
}

/// Sets the number of members at given instants, in seconds.
fn timetable(desired: &[(u64, u32)]) -> Policy {
    let set =
        |&(at, desired): &(u64, u32)| ScheduledAction { at: s(at), least: None, most: None, desired: Some(desired) };
    Policy::Scheduled(Scheduled { actions: desired.iter().map(set).collect::<Vec<_>>().into() })
}

/// EC2 in January 2026 (brevdev/ec2-coldboot-research): 21.2 s from stopped, 20.7 s from hibernated, 1.9 s from running.
#[test]
fn a_server_that_stands_by_starts_as_fast_as_was_measured() {
    for (state, seconds) in [("stopped", 21.2), ("hibernated", 20.7), ("running", 1.9)] {
        let rest = format!(
            "size = {{ least = 1, most = 2 }}\nwarm_pool = {{ size = 1, state = \"{state}\" }}\n\
             launch = {{ health_check = \"0s\" }}\n\
             scaling = {{ policy = \"scheduled\", actions = [{{ at = \"60s\", desired = 2 }}] }}\n"
        );
        let journal = run(&fleet("aws-ec2", "m5.large", &rest), &[], s(300));
        assert_eq!(lives(&journal), [(0.0, 300.0), (60.0 + seconds, 300.0)], "{state}");
    }
    let told = read(
        "gcp-compute",
        "n1-standard-1",
        "size = { least = 1, most = 2 }\nwarm_pool = { size = 1, state = \"hibernated\" }\n\
         scaling = { policy = \"scheduled\", actions = [{ at = \"60s\", desired = 2 }] }\n",
    );
    assert!(told.expect_err("nobody measured it").to_string().contains("hibernated"));
}

fn pooled(running: bool) -> FleetSpec {
    let pool = WarmPool { size: 1, start: constant(2), running };
    FleetSpec {
        size: FleetSize { least: 0, most: 3, initial: 0 },
        scaler: Some(ScalerSpec::Group(vec![timetable(&[(60, 1), (180, 2)])])),
        launch: Launch {
            unbilled: vec![constant(10)],
            billed: vec![constant(100)],
            registration: vec![constant(20)],
            warm_pool: Some(pool),
            warm_up: Span::ZERO,
        },
        metering: Metering::Instances { minimum: Span::ZERO, increment: Span::SECOND },
        ..servers(0, WORKER)
    }
}

/// From the pool in 2 s, and then the balancer's 20 s, as every start (platforms: registration and first check, 5 to 35 s).
#[test]
fn the_balancer_checks_a_server_of_the_warm_pool_too() {
    let lives = lives(&run(&pooled(false), &[], s(400)));
    assert_eq!(lives, [(82.0, 400.0), (202.0, 400.0)]);
}

/// What takes the place of the first runs from 70 to 170, and what takes the place of the second from 190 to 290.
#[test]
fn a_server_is_paid_while_it_is_set_up_for_the_warm_pool() {
    let paid = |running, end| {
        let journal = run(&pooled(running), &[], s(end));
        let seconds = |at: SimTime| at.ns() / 1_000_000_000;
        let held = journal.meters.iter().map(|(_, held, _)| (seconds(held.from), seconds(held.until)));
        let mut held: Vec<(u64, u64)> = held.collect();
        held.sort_unstable();
        held
    };
    assert_eq!(paid(false, 400), [(60, 400), (70, 170), (180, 400), (190, 290)]);
    assert_eq!(paid(false, 250), [(60, 250), (70, 170), (180, 250), (190, 250)], "as far as it came");
    assert_eq!(paid(true, 400), [(0, 400), (70, 400), (190, 400)], "one that runs is paid without a break");
}

/// Unset, the default cooldown stands for the warm-up (EC2 Auto Scaling user guide, June 2023).
#[test]
fn a_new_server_warms_up_for_the_cooldown_unless_stated() {
    let scaled = "size = { least = 1, most = 2 }\nscaling = { policy = \"target-tracking\", target = \"50%\" }\n";
    let warm_up = |platform, instance, more: &str| fleet(platform, instance, &format!("{scaled}{more}")).launch.warm_up;
    for (platform, instance) in
        [("aws-ec2", "m5.large"), ("azure-vm", "Standard_D4s_v5"), ("gcp-compute", "n1-standard-1")]
    {
        assert_eq!(warm_up(platform, instance, ""), Span::from_secs(300));
        assert_eq!(warm_up(platform, instance, "launch = { warm_up = \"0s\" }\n"), Span::ZERO);
    }
}

fn signal(scaling: &str) -> Signal {
    let spec = fleet("aws-ec2", "m5.large", &format!("size = {{ least = 1, most = 2 }}\nscaling = {{ {scaling} }}\n"));
    match spec.scaler {
        Some(ScalerSpec::Group(policies)) => match &policies[0] {
            Policy::TargetTracking(tracking) => tracking.signal,
            Policy::Step(step) => step.alarm.signal,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Basic monitoring reports every five minutes, detailed monitoring every minute (EC2 Auto Scaling user guide, June 2023); a point
/// is there 60 to 120 s later.
#[test]
fn metrics_come_as_often_as_monitoring_says_and_late() {
    let tracking = "policy = \"target-tracking\", target = \"50%\"";
    let late = Span::from_secs(90);
    for (more, point, delay) in [
        ("", Span::MINUTE, late),
        (", monitoring = \"detailed\"", Span::MINUTE, late),
        (", monitoring = \"basic\"", Span::from_secs(300), late),
        (", period = \"2min\", delay = \"0s\"", Span::from_secs(120), Span::ZERO),
    ] {
        assert_eq!(
            signal(&format!("{tracking}{more}")),
            Signal { metric: Metric::Utilization, point, delay },
            "{more}"
        );
    }
    let size = "size = { least = 1, most = 2 }\n";
    let refused = |platform, instance, more: &str| {
        read(platform, instance, &format!("{size}scaling = {{ {tracking}, {more} }}\n")).expect_err(more).to_string()
    };
    assert!(refused("aws-ec2", "m5.large", "monitoring = \"basic\", period = \"1min\"").contains("exclude each other"));
    assert!(refused("aws-ec2", "m5.large", "monitoring = \"basic\", metric = \"requests\"").contains("`cpu`"));
    assert!(refused("azure-vm", "Standard_D4s_v5", "monitoring = \"basic\"").contains("one kind"));
}

/// +10 % from 60 %, +30 % from 70 %; -10 % from 40 %, -30 % from 30 %: 10, 11, 14, 13, 10 (EC2 Auto Scaling user guide, June 2023).
#[test]
fn a_fleet_steps_as_the_guide_counts() {
    let policy = |side: fn(Signal, f64) -> Alarm, threshold, steps: [(Option<f64>, Option<f64>, i32); 2]| {
        let steps = steps.map(|(lower, upper, amount)| StepAdjustment { lower, upper, amount });
        let alarm = side(Signal::detailed(Metric::Utilization), threshold);
        Policy::Step(Step { alarm, change: Change::Percent { least: 0 }, steps: steps.into() })
    };
    let policies = vec![
        policy(Alarm::above, 0.6, [(Some(0.0), Some(0.1), 10), (Some(0.1), None, 30)]),
        policy(Alarm::below, 0.4, [(Some(-0.1), Some(0.0), -10), (None, Some(-0.1), -30)]),
    ];
    let fleet = FleetSpec {
        size: FleetSize { least: 1, most: 100, initial: 10 },
        scaler: Some(ScalerSpec::Group(policies)),
        shared_queue: true,
        ..servers(10, WORKER)
    };
    // 50 % between the changes; 62 % of 10, 72 % of 11, 38 % of 14, 28 % of 13.
    let minutes = [5.0, 6.2, 5.5, 7.92, 7.0, 5.32, 6.5, 3.64, 5.0];
    let load = minutes.iter().enumerate().flat_map(|(minute, load)| {
        let minute = minute as u64;
        busy(*load, 60 * minute, 60 * (minute + 1))
    });
    let journal = run(&fleet, &load.collect::<Vec<_>>(), s(540));
    let sizes: Vec<usize> = (0..9).map(|minute| members_at(&journal, 60.0 * f64::from(minute) + 30.0)).collect();
    assert_eq!(sizes, [10, 10, 11, 11, 14, 14, 13, 13, 10]);
}

/// "Health replacement and scheduled actions ignore the cooldown" (EC2 Auto Scaling user guide, June 2023), and begin none.
#[test]
fn a_scheduled_launch_does_not_lengthen_the_cooldown() {
    let simple = |policies: &[Policy]| {
        let alarm = Alarm::above(Signal::detailed(Metric::Utilization), 0.6);
        let simple = Policy::Simple(Simple { alarm, change: Change::Count, amount: 1, cooldown: Simple::COOLDOWN });
        let fleet = FleetSpec {
            size: FleetSize { least: 1, most: 8, initial: 1 },
            scaler: Some(ScalerSpec::Group([&[simple], policies].concat())),
            launch: Launch { unbilled: vec![constant(2)], ..Launch::NOTHING },
            shared_queue: true,
            ..servers(1, WORKER)
        };
        let load: Vec<Invocation> = busy(20.0, 0, 900).collect();
        lives(&run(&fleet, &load, s(900))).into_iter().map(|(from, _)| from).collect::<Vec<f64>>()
    };
    // At 60 the first; ready at 62, so that from 362 on the next may come.
    assert_eq!(simple(&[]), [0.0, 62.0, 422.0, 782.0]);
    assert_eq!(simple(&[timetable(&[(240, 3)])]), [0.0, 62.0, 242.0, 422.0, 782.0]);
}

/// One server that is warm and four whose share has grown to at most 1.2 %: of 100 requests they get 5 at most on average.
#[test]
fn new_servers_pass_on_to_old_ones_and_not_to_each_other() {
    let fleet = FleetSpec {
        size: FleetSize { least: 1, most: 5, initial: 1 },
        scaler: Some(ScalerSpec::Group(vec![timetable(&[(960, 5), (1_020, 1)])])),
        slow_start: SlowStart { length: Span::from_secs(900) },
        drain: Span::ZERO,
        ..servers(1, Discipline::Fcfs { workers: 1_000 })
    };
    let at = |index: u64| s(961) + Span::from_ms(100 * index);
    let load: Vec<Invocation> =
        (0..100).map(|index| Invocation::new(at(index), FunctionId(0), Span::from_secs(200))).collect();
    let on_new_ones = run(&fleet, &load, s(1_300)).count(Fate::Failed);
    assert!(on_new_ones <= 10, "{on_new_ones}");
}
