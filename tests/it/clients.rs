//! Clients who give up waiting and clients who try again, against queueing theory (`tests/data/oracles/capacity.json`).

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSpec};
use breakeven::policy::{Jitter, Retry};
use breakeven::record::Fate;
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::{Journal, Oracle, Sums, capacity, engine, servers};
use crate::systems::{Arrivals, Case, Work};
use crate::verdict::{Measure, check, judge, verdicts};

fn oracles(prefix: &str) -> Vec<Oracle> {
    let found: Vec<Oracle> = capacity().filter(|oracle| oracle.id.starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no oracle is called {prefix}");
    found
}

fn impatient(oracle: &Oracle, shared: bool) -> Case {
    let rate = |name| oracle.parameter(name);
    let (workers, work) = (oracle.count("servers"), Work::Exponential(rate("service_rate").recip()));
    let mut case = Case::fcfs(workers, Arrivals::Poisson { rate: rate("arrival_rate") }, work).length(20_000, 60_000);
    if shared {
        case.fleet.discipline = Discipline::ProcessorSharing { milli_cores: workers * 1_000, limit: Some(workers) };
    }
    case.fleet.patience = Some(Distribution::exponential(rate("patience_rate").recip()).unwrap());
    case
}

/// Those who gave up and those who were served, together.
fn abandonment(oracle: &Oracle) -> Vec<Measure> {
    let waited = |sums: &Sums| sums.waits.iter().chain(&sums.abandoned_after).copied().collect::<Vec<f64>>();
    let offered = |sums: &Sums| sums.offered as f64;
    vec![
        Measure {
            quantity: "P_abandon".into(),
            expected: oracle.expected("P_abandon"),
            of: Box::new(move |sums| sums.abandoned_after.len() as f64 / offered(sums)),
            is_share: true,
        },
        Measure {
            quantity: "P_wait".into(),
            expected: oracle.expected("P_wait"),
            of: Box::new(move |sums| waited(sums).iter().filter(|wait| **wait > 0.0).count() as f64 / offered(sums)),
            is_share: true,
        },
        Measure {
            quantity: "Wq_all".into(),
            expected: oracle.expected("Wq_all"),
            of: Box::new(move |sums| waited(sums).iter().sum::<f64>() / offered(sums)),
            is_share: false,
        },
    ]
}

#[test]
fn clients_who_give_up_are_those_of_erlang_a() {
    for oracle in &oracles("mmcM-") {
        for (label, shared) in [("", false), (" shared", true)] {
            let case = impatient(oracle, shared);
            check(&verdicts(label, oracle, &case, |name| ["Lq", "utilisation"].contains(&name).then_some(name)));
            check(&judge(&format!("{}{label}", oracle.id), &case, &abandonment(oracle)));
        }
    }
}

#[test]
fn the_harness_notices_clients_with_a_tenth_more_patience() {
    let oracle = &oracles("mmcM-l9.0-c10")[0];
    let mut case = impatient(oracle, false);
    case.fleet.patience = Some(Distribution::exponential(1.1 / oracle.parameter("patience_rate")).unwrap());
    assert!(judge("patient", &case, &abandonment(oracle)).iter().any(|verdict| !verdict.agrees()));
}

#[test]
fn clients_who_try_again_circle_as_in_the_retrial_queue() {
    for oracle in &oracles("retrial-") {
        let rate = oracle.parameter("arrival_rate");
        let work = Work::Exponential(oracle.parameter("mu").recip());
        let backoff = Span::from_seconds_f64(oracle.parameter("retry_rate").recip());
        let mut case = Case::fcfs(1, Arrivals::Poisson { rate }, work).room(0).length(20_000, 60_000);
        case.fleet.retry = Retry { attempts: u32::MAX, backoff, max_backoff: backoff, jitter: Jitter::Exponential };
        check(&verdicts("", oracle, &case, |name| match name {
            "P_busy" => Some("utilisation"),
            "orbit_mean" => Some("Lq"),
            "mean_delay" => Some("Wq"),
            _ => None,
        }));
    }
}

fn ms(ms: u64) -> SimTime {
    SimTime::ZERO + Span::from_ms(ms)
}

/// One worker, requests of 100 ms that wait for 150 ms; by arrival: how each ended, and when it left the queue, ms.
#[track_caller]
fn check_ends(change: impl Fn(&mut FleetSpec), arrivals: &[u64], expected: &[(Fate, u64)]) {
    for discipline in
        [Discipline::Fcfs { workers: 1 }, Discipline::ProcessorSharing { milli_cores: 1_000, limit: Some(1) }]
    {
        let mut fleet = servers(1, discipline);
        fleet.patience = Some(Distribution::Constant(Span::from_ms(150)));
        change(&mut fleet);
        let mut engine = engine(&fleet, &["f"], Seed { seed: 1, replication: 0 }, ms(10_000));
        let requests: Vec<Invocation> =
            arrivals.iter().map(|at| Invocation::new(ms(*at), FunctionId(0), Span::from_ms(100))).collect();
        let mut journal = Journal::default();
        engine.feed(&requests, &mut journal);
        engine.close(ms(10_000), &mut journal);
        let ends: Vec<(Fate, u64)> = journal
            .by_arrival()
            .iter()
            .map(|outcome| (outcome.fate, (outcome.arrived + outcome.queue).ns() / 1_000_000))
            .collect();
        assert_eq!(ends, expected, "{discipline:?}");
    }
}

#[test]
fn who_has_waited_long_enough_leaves_and_makes_room_in_the_queue() {
    use Fate::{Abandoned, Completed, Dropped};
    // The third would have to wait until 200 and leaves at 160; so at 170 there is room for one more in the queue.
    let one_waits = |fleet: &mut FleetSpec| fleet.accept_queue = Some(1);
    check_ends(|_| (), &[0, 5, 10], &[(Completed, 0), (Completed, 100), (Abandoned, 160)]);
    check_ends(one_waits, &[0, 5, 50, 110], &[(Completed, 0), (Completed, 100), (Dropped, 50), (Completed, 200)]);
    let both_wait = |fleet: &mut FleetSpec| fleet.accept_queue = Some(2);
    let ends = [(Completed, 0), (Completed, 100), (Abandoned, 160), (Completed, 200), (Dropped, 158), (Completed, 300)];
    check_ends(both_wait, &[0, 5, 10, 155, 158, 161], &ends);
    let shared = |fleet: &mut FleetSpec| (fleet.shared_queue, fleet.accept_queue) = (true, Some(2));
    check_ends(shared, &[0, 5, 10, 155, 158, 161], &ends);
}

#[test]
fn who_is_taken_at_the_last_instant_is_served() {
    check_ends(|_| (), &[0, 1, 50], &[(Fate::Completed, 0), (Fate::Completed, 100), (Fate::Completed, 200)]);
    check_ends(|_| (), &[0, 1, 49], &[(Fate::Completed, 0), (Fate::Completed, 100), (Fate::Abandoned, 199)]);
}

/// Where the order of arrival decides alone, starts are computed without events; patience is something else that decides.
#[test]
fn a_fleet_with_impatient_clients_needs_events() {
    let mut fleet = servers(1, Discipline::Fcfs { workers: 4 });
    assert_eq!(fleet.fixed_workers(), Some(4));
    fleet.patience = Some(Distribution::Constant(Span::SECOND));
    assert_eq!(fleet.fixed_workers(), None);
}
