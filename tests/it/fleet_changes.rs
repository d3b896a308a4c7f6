//! Fleets whose members come and go: scripts worked out by hand, and what must hold whatever happens.

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSize, FleetSpec, Hazards, Launch, LostWork, Metering, WarmPool};
use breakeven::policy::hazard::{Failures, Maintenance, Recorded, Spot, Together};
use breakeven::policy::scaling::{Metric, Policy, ScalerSpec, Scheduled, ScheduledAction, TargetTracking};
use breakeven::policy::{Balancer, CreditMode, CreditSpec, Credits};
use breakeven::record::Fate;
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::{Journal, engine, finish, servers};

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

/// `(arrival, work)` in seconds.
fn requests(all: &[(u64, u64)]) -> Vec<Invocation> {
    all.iter().map(|&(at, work)| Invocation::new(s(at), FunctionId(0), Span::from_secs(work))).collect()
}

fn every(interval: Span, work: Span, from: SimTime, to: SimTime) -> impl Iterator<Item = Invocation> {
    let count = to.since(from).ns() / interval.ns();
    let at = move |index: u64| SimTime::from_ns(from.ns() + index * interval.ns());
    (0..count).map(move |index| Invocation::new(at(index), FunctionId(0), work))
}

fn starts_in(seconds: u64) -> Launch {
    Launch { unbilled: vec![Distribution::Constant(Span::from_secs(seconds))], ..Launch::NOTHING }
}

/// Sets the number of members at given instants, in seconds.
fn timetable(desired: &[(u64, u32)]) -> ScalerSpec {
    let action =
        |&(at, desired): &(u64, u32)| ScheduledAction { at: s(at), least: None, most: None, desired: Some(desired) };
    let actions: Vec<ScheduledAction> = desired.iter().map(action).collect();
    ScalerSpec::Group(vec![Policy::Scheduled(Scheduled { actions: actions.into() })])
}

/// `(from, to)` in seconds of everything that had places, in order.
fn lives(journal: &Journal) -> Vec<(u64, u64)> {
    let with_places = journal.instances.iter().filter(|(.., places)| *places > 0);
    let seconds = |at: SimTime| at.ns() / 1_000_000_000;
    let mut lives: Vec<_> = with_places.map(|(from, to, _)| (seconds(*from), seconds(*to))).collect();
    lives.sort_unstable();
    lives
}

/// Target 50 %: three one-minute points above, then twice as many; fifteen below 35 %, then fewer.
#[test]
fn target_tracking_doubles_after_three_minutes_and_halves_after_fifteen() {
    let tracking = Policy::TargetTracking(TargetTracking::ec2(Metric::Utilization, 0.5));
    let fleet = FleetSpec {
        size: FleetSize { least: 1, most: 8, initial: 1 },
        scaler: Some(ScalerSpec::Group(vec![tracking])),
        // Without a warm-up, the minute of the launch, half of it with one member at 100 %, would add a third.
        launch: Launch { warm_up: Span::MINUTE, ..starts_in(30) },
        ..servers(1, WORKER)
    };
    let minute = |minute: u64| s(minute * 60);
    let half = Span::from_ms(500);
    let usual = every(Span::SECOND, half, minute(0), minute(20));
    let double = every(Span::from_ms(500), half, minute(20), minute(40));
    let little = every(Span::from_ms(2_000), half, minute(40), minute(70));
    let journal = run(&fleet, &usual.chain(double).chain(little).collect::<Vec<_>>(), minute(70));
    // The high alarm is complete at minute 23, the start takes half a minute; the low one at minute 55.
    assert_eq!(lives(&journal), [(0, 70 * 60), (23 * 60 + 30, 55 * 60)]);
}

/// A fleet that is full measures 100 % however late in a minute a member came: after three minutes it doubles each minute.
#[test]
fn a_member_that_comes_just_before_a_look_hides_no_load() {
    for start in [2, 30, 52] {
        let tracking = Policy::TargetTracking(TargetTracking::ec2(Metric::Utilization, 0.5));
        let fleet = FleetSpec {
            size: FleetSize { least: 1, most: 8, initial: 1 },
            scaler: Some(ScalerSpec::Group(vec![tracking])),
            launch: starts_in(start),
            shared_queue: true,
            ..servers(1, WORKER)
        };
        let load: Vec<Invocation> = every(Span::SECOND, Span::from_secs(60), s(0), s(600)).collect();
        let begun: Vec<u64> = lives(&run(&fleet, &load, s(600))).into_iter().map(|(from, _)| from).collect();
        let expected =
            [0, 180, 240, 240, 300, 300, 300, 300].map(|decided| if decided > 0 { decided + start } else { 0 });
        assert_eq!(begun, expected, "{start} s");
    }
}

#[test]
fn a_member_that_is_to_go_finishes_its_work_and_takes_no_more() {
    let fleet = FleetSpec {
        size: FleetSize { least: 1, most: 2, initial: 2 },
        scaler: Some(timetable(&[(60, 1)])),
        ..servers(2, WORKER)
    };
    // The second member works from 50 to 80 and has one more request waiting, to 90.
    let journal = run(&fleet, &requests(&[(49, 1), (50, 30), (51, 1), (52, 10), (70, 1), (71, 1)]), s(100));
    assert_eq!(lives(&journal), [(0, 90), (0, 100)]);
    assert_eq!(journal.count(Fate::Completed), 6);
}

#[test]
fn work_that_outlasts_the_drain_is_lost() {
    let fleet = FleetSpec {
        size: FleetSize { least: 1, most: 2, initial: 2 },
        scaler: Some(timetable(&[(60, 1)])),
        drain: Span::from_secs(10),
        ..servers(2, WORKER)
    };
    let journal = run(&fleet, &requests(&[(49, 1), (50, 30)]), s(100));
    assert_eq!(lives(&journal), [(0, 70), (0, 100)]);
    assert_eq!(journal.count(Fate::Failed), 1);
    let failed = journal.outcomes.iter().find(|outcome| outcome.fate == Fate::Failed).unwrap();
    assert_eq!(failed.execution, Span::from_secs(20));
}

#[test]
fn lost_work_begins_again_from_its_last_checkpoint() {
    let with = |checkpoint| FleetSpec {
        hazards: Hazards {
            outages: vec![(s(25), s(40))],
            lost_work: LostWork::Requeued { checkpoint },
            ..Hazards::default()
        },
        shared_queue: true,
        ..servers(1, WORKER)
    };
    let end = |checkpoint| finish(&run(&with(checkpoint), &requests(&[(0, 60)]), s(200)).outcomes[0]);
    assert_eq!(end(None), s(100), "60 s again from 40 on");
    assert_eq!(end(Some(Span::from_secs(10))), s(80), "20 s were kept");
}

#[test]
fn a_site_that_is_down_refuses_and_its_members_start_again() {
    let fleet = FleetSpec {
        hazards: Hazards { outages: vec![(s(10), s(20))], ..Hazards::default() },
        launch: starts_in(5),
        ..servers(2, WORKER)
    };
    let journal = run(&fleet, &requests(&[(8, 4), (12, 1), (22, 1), (26, 1)]), s(30));
    let fates: Vec<Fate> = journal.by_arrival().iter().map(|outcome| outcome.fate).collect();
    assert_eq!(fates, [Fate::Failed, Fate::Dropped, Fate::Dropped, Fate::Completed]);
    assert_eq!(lives(&journal), [(0, 10), (0, 10), (25, 30), (25, 30)]);
}

/// Two members with a turn at maintenance each; `lives` is when either has places.
#[track_caller]
fn check_maintained(hazards: Hazards, work: &[(u64, u64)], expected: &[(u64, u64)]) {
    let maintenance = Maintenance { drain: Span::from_secs(20), ..maintenance(2, 200, 10) };
    let fleet = FleetSpec { hazards: Hazards { maintenance: Some(maintenance), ..hazards }, ..servers(2, WORKER) };
    assert_eq!(lives(&run(&fleet, &requests(work), s(140))), expected);
}

/// The first member is out from 50 to 80.
#[test]
fn who_is_away_when_the_site_goes_does_not_come_back_before_it() {
    let outage = |from, to| Hazards { outages: vec![(s(from), s(to))], ..Hazards::default() };
    check_maintained(outage(60, 120), &[], &[(0, 50), (0, 60), (120, 140), (120, 140)]);
    check_maintained(outage(60, 70), &[], &[(0, 50), (0, 60), (70, 140), (80, 140)]);
    // It still drains, with work until 65, when the site goes.
    check_maintained(outage(60, 120), &[(45, 20)], &[(0, 60), (0, 60), (120, 140), (120, 140)]);
}

/// Of two members the provider has none from 60 to 120. What it takes back does not return from maintenance.
#[test]
fn who_is_away_when_the_provider_has_nothing_left_is_taken_too() {
    let recorded = Recorded::new(&[(s(0), 2), (s(60), 0), (s(120), 2)], s(140)).expect("a record");
    let supply = Hazards { supply: Some(recorded), ..Hazards::default() };
    check_maintained(supply.clone(), &[], &[(0, 50), (0, 60), (120, 140), (120, 140)]);
    check_maintained(supply, &[(45, 20)], &[(0, 60), (0, 60), (120, 140), (120, 140)]);
}

#[test]
fn members_that_stand_by_start_faster_and_are_replaced() {
    let pool = WarmPool { size: 1, start: Distribution::Constant(Span::from_secs(2)), running: false };
    let fleet = FleetSpec {
        size: FleetSize { least: 0, most: 3, initial: 0 },
        scaler: Some(timetable(&[(60, 2), (120, 3)])),
        launch: Launch { warm_pool: Some(pool), ..starts_in(20) },
        ..servers(0, WORKER)
    };
    // At 60 one stands by and the other starts from nothing; the one that was made ready by 80 serves from 122.
    assert_eq!(lives(&run(&fleet, &[], s(200))), [(62, 200), (80, 200), (122, 200)]);
}

#[test]
fn what_starts_is_billed_from_the_moment_it_runs() {
    let launch = Launch {
        unbilled: vec![Distribution::Constant(Span::from_secs(20))],
        billed: vec![Distribution::Constant(Span::from_secs(15))],
        ..Launch::NOTHING
    };
    let fleet = FleetSpec {
        size: FleetSize { least: 0, most: 1, initial: 0 },
        scaler: Some(timetable(&[(60, 1), (180, 0)])),
        launch,
        metering: Metering::Instances { minimum: Span::MINUTE, increment: Span::SECOND },
        ..servers(0, WORKER)
    };
    let journal = run(&fleet, &[], s(400));
    assert_eq!(lives(&journal), [(95, 180)]);
    let held: Vec<_> = journal.meters.iter().map(|(_, held, _)| (held.from, held.until, held.billed_until)).collect();
    assert_eq!(held, [(s(80), s(180), s(180))]);
}

/// Without a drain: each host is out for `work` once in `period`, in the middle of its share.
fn maintenance(hosts: u32, period: u64, work: u64) -> Maintenance {
    let (period, work, drain) = (Span::from_secs(period), Span::from_secs(work), Span::ZERO);
    let plan = Maintenance { hosts, begins: SimTime::ZERO, period, work, drain, most_at_once: 1 };
    Maintenance { begins: SimTime::ZERO + plan.half_a_wave(), ..plan }
}

#[test]
fn maintenance_takes_one_member_after_the_other_and_brings_it_back() {
    let maintenance = maintenance(2, 100, 10);
    let fleet =
        FleetSpec { hazards: Hazards { maintenance: Some(maintenance), ..Hazards::default() }, ..servers(2, WORKER) };
    let journal = run(&fleet, &[], s(100));
    let up: u64 = lives(&journal).iter().map(|(from, to)| to - from).sum();
    assert_eq!(up, 2 * 90);
    let away: Vec<_> = lives(&journal).windows(2).map(|pair| pair[1].0).collect();
    assert!(!away.is_empty());
}

/// A member is up MTBF / (MTBF + MTTR) of the time.
#[test]
fn failures_and_repair_leave_the_availability_of_renewal_theory() {
    let hours = |hours: u64| Span::from_secs(hours * 3_600);
    let failures =
        Failures { mean_up: hours(100), repair: Some(Distribution::Exponential { mean: hours(25).seconds() }) };
    let fleet =
        FleetSpec { hazards: Hazards { failures: Some(failures), ..Hazards::default() }, ..servers(50, WORKER) };
    let end = SimTime::ZERO + hours(20_000);
    let journal = run(&fleet, &[], end);
    let up: f64 = lives(&journal).iter().map(|(from, to)| (to - from) as f64).sum();
    let availability = up / (50.0 * 20_000.0 * 3_600.0);
    // 8,000 cycles: the standard error is about 0.0025.
    assert!((availability - 0.8).abs() < 0.01, "{availability}");
}

fn any_discipline() -> impl Strategy<Value = Discipline> {
    prop_oneof![
        (1..4u32).prop_map(|workers| Discipline::Fcfs { workers }),
        (1..30u32, prop::option::of(1..6u32))
            .prop_map(|(tenths, limit)| Discipline::ProcessorSharing { milli_cores: tenths * 100, limit }),
    ]
}

fn any_balancer() -> impl Strategy<Value = Balancer> {
    prop::sample::select(vec![
        Balancer::RoundRobin,
        Balancer::LeastOutstanding,
        Balancer::PowerOfTwo,
        Balancer::Random,
        Balancer::Jsq,
    ])
}

prop_compose! {
    fn any_hazards()(
        mean in prop::option::of(20..400u64),
        repair in prop::option::of(1..50u64),
        every in prop::option::of(30..300u64),
        supply in prop::collection::vec((1..600u64, 0..6u32), 0..4),
        outage in prop::option::of((1..500u64, 1..60u64)),
        notice in 0..30u64,
        requeued in any::<bool>(),
        checkpoint in prop::option::of(1..5u64),
        spot in prop::option::of((1..60u32, any::<bool>(), 0..60u64)),
        credits in prop::option::of((1..2_000u32, 0..3u32, any::<bool>())),
    ) -> Hazards {
        let spot = spot.map(|(hazard, pool, outage)| Spot {
            hazard: hazard.into(),
            together: if pool { Together::Pool } else { Together::One },
            notice: Span::from_secs(notice),
            outage: Distribution::Constant(Span::from_secs(outage)),
        });
        let credits = credits.map(|(baseline_milli_vcpu, launch, standard)| CreditSpec {
            baseline_milli_vcpu,
            launch: Credits::whole(launch),
            mode: if standard { CreditMode::Standard } else { CreditMode::Unlimited },
        });
        let repair = repair.map(|repair| Distribution::Constant(Span::from_secs(repair)));
        let mut supply: Vec<_> = supply.into_iter().map(|(at, count)| (s(at), count)).collect();
        supply.sort_unstable();
        supply.retain(|(at, _)| *at < s(700));
        supply.dedup_by_key(|(at, _)| *at);
        Hazards {
            failures: mean.map(|mean| Failures { mean_up: Span::from_secs(mean), repair }),
            supply: Recorded::new(&supply, s(700)).ok(),
            spot,
            credits,
            notice: Span::from_secs(notice),
            maintenance: every.map(|every| maintenance(3, every, 9)),
            outages: outage.map(|(at, length)| (s(at), s(at + length))).into_iter().collect(),
            lost_work: if requeued {
                LostWork::Requeued { checkpoint: checkpoint.map(Span::from_secs) }
            } else {
                LostWork::Fails
            },
        }
    }
}

prop_compose! {
    fn any_changing_fleet()(
        least in 0..3u32,
        more in 0..6u32,
        desired in prop::collection::vec((1..700u64, 0..8u32), 0..6),
        tracks in any::<bool>(),
        discipline in any_discipline(),
        balancer in any_balancer(),
        shared_queue in any::<bool>(),
        accept_queue in prop::option::of(0..10u32),
        drain in 0..100u64,
        launch in 0..50u64,
        standing_by in 0..3u32,
        wait in 0..3u32,
        timeout in prop::option::of(1..40u64),
        hazards in any_hazards(),
    ) -> FleetSpec {
        let mut desired = desired;
        desired.sort_unstable();
        let scaler = if tracks {
            ScalerSpec::Group(vec![Policy::TargetTracking(TargetTracking::ec2(Metric::Concurrency, 1.5))])
        } else {
            timetable(&desired)
        };
        let start = Distribution::Constant(Span::from_secs(1));
        let mut fleet = FleetSpec {
            size: FleetSize { least, most: least + more, initial: least },
            scaler: Some(scaler),
            balancer,
            shared_queue,
            accept_queue,
            drain: Span::from_secs(drain),
            launch: Launch {
                warm_pool: (standing_by > 0).then_some(WarmPool { size: standing_by, start, running: true }),
                ..starts_in(launch)
            },
            hazards,
            ..servers(1, discipline)
        };
        fleet.others.wait = f64::from(wait);
        fleet.others.timeout = timeout.map(Span::from_secs);
        fleet
    }
}

fn any_requests() -> impl Strategy<Value = Vec<Invocation>> {
    prop::collection::vec((0..600_000u64, 1..20_000u64), 0..120).prop_map(|mut all| {
        all.sort_unstable();
        all.iter()
            .map(|&(at, work)| Invocation::new(SimTime::from_ns(at * 1_000_000), FunctionId(0), Span::from_ms(work)))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..ProptestConfig::with_cases(500)
    })]

    #[test]
    fn every_request_ends_once_whatever_goes(fleet in any_changing_fleet(), requests in any_requests()) {
        let journal = run(&fleet, &requests, s(600));
        prop_assert_eq!(journal.outcomes.len(), requests.len());
        let mut arrived: Vec<SimTime> = journal.outcomes.iter().map(|outcome| outcome.arrived).collect();
        arrived.sort_unstable();
        prop_assert_eq!(arrived, requests.iter().map(|request| request.at).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_exists_before_it_begins_or_beyond_the_bounds(fleet in any_changing_fleet(), requests in any_requests()) {
        let journal = run(&fleet, &requests, s(600));
        for (from, to, _) in &journal.instances {
            prop_assert!(from <= to);
        }
        for (_, held, _) in &journal.meters {
            prop_assert!(held.from < held.until && held.until <= s(600) && held.until <= held.billed_until);
        }
        let mut changes: Vec<(SimTime, i64)> =
            journal.instances.iter().filter(|(.., places)| *places > 0).flat_map(|(from, to, _)| [(*from, 1), (*to, -1)]).collect();
        changes.sort_unstable();
        let mut level = 0;
        for (at, change) in changes {
            level += change;
            if at < s(600) && fleet.drain == Span::ZERO {
                prop_assert!(level <= i64::from(fleet.size.most), "{} at {}", level, at.ns());
            }
        }
    }

    #[test]
    fn nothing_has_places_while_its_site_is_down(fleet in any_changing_fleet(), requests in any_requests()) {
        let journal = run(&fleet, &requests, s(600));
        for (from, to, places) in &journal.instances {
            let apart = |(down, up): &(SimTime, SimTime)| to <= down || from >= up;
            prop_assert!(*places == 0 || from == to || fleet.hazards.outages.iter().all(apart), "{from:?} to {to:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_life(fleet in any_changing_fleet(), requests in any_requests()) {
        prop_assert_eq!(run(&fleet, &requests, s(600)), run(&fleet, &requests, s(600)));
    }
}
