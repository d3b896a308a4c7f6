//! Fleets of servers against schedules computed by other simulators, and against laws that hold for every run.

use breakeven::billing::Meter;
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSpec, Metering, ServedFunction};
use breakeven::policy::{Balancer, Jitter, Retry};
use breakeven::record::{Fate, Held, Outcome};
use breakeven::rng::Seed;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sha2::{Digest, Sha256};

use crate::support::{Journal, Oracle, engine, finish, servers, servers_xsim};

fn run(fleet: &FleetSpec, invocations: &[Invocation], end: SimTime) -> Journal {
    let mut journal = Journal::default();
    let mut engine = engine(fleet, &["f", "g"], Seed { seed: 1, replication: 0 }, end);
    engine.feed(invocations, &mut journal);
    engine.close(end, &mut journal);
    journal
}

/// The requests of the other simulators, one unit of theirs a second: x <- 6364136223846793005 x + 1442695040888963407,
/// u = x >> 33; gap 1 + u mod G, then duration 1 + u mod D.
fn generated(oracle: &Oracle) -> Vec<Invocation> {
    let mut state = u64::from(oracle.count("seed"));
    let mut draw = |modulus: &str| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) % u64::from(oracle.count(modulus))
    };
    let mut at = 0;
    let mut invocation = || {
        at += draw("G");
        Invocation::new(SimTime::ZERO + Span::from_secs(at), FunctionId(0), Span::from_secs(draw("D")))
    };
    (0..oracle.count("n")).map(|_| invocation()).collect()
}

const END: SimTime = SimTime::from_ns(1_000_000_000_000_000);

/// Ciw, SimPy and the Kiefer-Wolfowitz recursion give the same waits, to the last.
#[test]
fn every_wait_is_that_of_other_simulators() {
    for oracle in servers_xsim().filter(|oracle| oracle.id.starts_with("xsim-ggc-")) {
        let fleet = servers(1, Discipline::Fcfs { workers: oracle.count("servers") });
        let outcomes = run(&fleet, &generated(&oracle), END).by_arrival();
        let waits: Vec<u64> = outcomes.iter().map(|outcome| outcome.queue.ns() / 1_000_000_000).collect();
        assert!(outcomes.iter().all(|outcome| outcome.queue.ns().is_multiple_of(1_000_000_000)));
        let text: Vec<String> = waits.iter().map(u64::to_string).collect();
        let digest = Sha256::digest(text.join(","));
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(oracle.expected_value("waits_sha256"), hex.as_str(), "{}", oracle.id);
        assert_eq!(waits.iter().sum::<u64>() as f64, oracle.expected("total_wait"));
        assert_eq!(waits.iter().max().copied().unwrap_or(0) as f64, oracle.expected("max_wait"));
        assert_eq!(waits.iter().filter(|wait| **wait > 0).count() as f64, oracle.expected("waited"));
        let makespan = outcomes.iter().map(finish).max().unwrap();
        assert_eq!(makespan.seconds(), oracle.expected("makespan"));
    }
}

/// Exact rationals and DSLab give the same instants of departure.
#[test]
fn every_finish_under_processor_sharing_is_that_of_other_simulators() {
    for oracle in servers_xsim().filter(|oracle| oracle.id.starts_with("xsim-ps-")) {
        let fleet =
            servers(1, Discipline::ProcessorSharing { milli_cores: oracle.count("cores") * 1_000, limit: None });
        let outcomes = run(&fleet, &generated(&oracle), END).by_arrival();
        let finishes: Vec<f64> = outcomes.iter().map(|outcome| finish(outcome).seconds()).collect();
        let responses: Vec<f64> =
            outcomes.iter().map(|outcome| (outcome.queue + outcome.execution).seconds()).collect();
        let near = |quantity: &str, actual: f64| {
            let expected = oracle.expected(quantity);
            assert!((actual - expected).abs() <= 1e-6, "{} {quantity}: {actual} against {expected}", oracle.id);
        };
        near("sum_finish", finishes.iter().sum());
        near("makespan", finishes.iter().copied().fold(0.0, f64::max));
        near("mean_response", responses.iter().sum::<f64>() / responses.len() as f64);
        near("max_response", responses.iter().copied().fold(0.0, f64::max));
        let first = oracle.expected_value("first_10_finish").as_array().unwrap();
        for (actual, expected) in finishes.iter().zip(first) {
            assert!((actual - expected.as_f64().unwrap()).abs() <= 1e-6, "{}: {actual} against {expected}", oracle.id);
        }
    }
}

fn ms(ms: u64) -> SimTime {
    SimTime::ZERO + Span::from_ms(ms)
}

/// Invocations of one function, `(arrival, duration)` in ms.
fn requests(all: &[(u64, u64)]) -> Vec<Invocation> {
    all.iter().map(|&(at, duration)| Invocation::new(ms(at), FunctionId(0), Span::from_ms(duration))).collect()
}

#[track_caller]
fn check(fleet: &FleetSpec, invocations: &[(u64, u64)], expected: &[(Fate, u64, u64)]) {
    let journal = run(fleet, &requests(invocations), END);
    let in_ms = |span: Span| span.ns() / 1_000_000;
    let actual: Vec<_> = journal
        .by_arrival()
        .iter()
        .map(|outcome| (outcome.fate, in_ms(outcome.queue), in_ms(outcome.execution)))
        .collect();
    assert_eq!(actual, expected);
}

const ONE_WORKER: Discipline = Discipline::Fcfs { workers: 1 };
const ONE_CORE: Discipline = Discipline::ProcessorSharing { milli_cores: 1_000, limit: None };

fn with_timeout(fleet: FleetSpec, timeout_ms: u64) -> FleetSpec {
    let timeout = Some(Span::from_ms(timeout_ms));
    FleetSpec { others: ServedFunction { timeout, cpu: 1.0, wait: 0.0 }, ..fleet }
}

#[test]
fn a_time_out_runs_from_the_start_of_execution_and_frees_the_worker() {
    let fleet = with_timeout(servers(1, ONE_WORKER), 50);
    check(
        &fleet,
        &[(0, 80), (10, 50), (20, 10)],
        &[(Fate::TimedOut, 0, 50), (Fate::Completed, 40, 50), (Fate::Completed, 80, 10)],
    );
}

#[test]
fn a_time_out_under_processor_sharing_is_time_in_service() {
    let fleet = with_timeout(servers(1, ONE_CORE), 50);
    // Both at half speed: the first has had 30 of its 40 at its time-out, the second has 15 left of 25 at 60, one of them alone.
    check(&fleet, &[(0, 40), (20, 25)], &[(Fate::TimedOut, 0, 50), (Fate::Completed, 0, 40)]);
}

#[test]
fn requests_beyond_the_limit_wait_for_a_share_of_the_cores() {
    let fleet = servers(1, Discipline::ProcessorSharing { milli_cores: 1_000, limit: Some(2) });
    check(
        &fleet,
        &[(0, 10), (0, 10), (0, 10)],
        &[(Fate::Completed, 0, 20), (Fate::Completed, 0, 20), (Fate::Completed, 20, 10)],
    );
}

#[test]
fn a_full_queue_drops_and_a_patient_client_comes_back() {
    let full = FleetSpec { accept_queue: Some(1), ..servers(1, ONE_WORKER) };
    let expected = [(Fate::Completed, 0, 30), (Fate::Completed, 29, 30), (Fate::Dropped, 0, 0)];
    check(&full, &[(0, 30), (1, 30), (2, 30)], &expected);
    let retry = Retry { attempts: 3, backoff: Span::from_ms(15), max_backoff: Span::MAX, jitter: Jitter::None };
    // Attempts at 2, 17 and 47, where the second is served until 60.
    let patient = FleetSpec { retry, ..full };
    let expected = [(Fate::Completed, 0, 30), (Fate::Completed, 29, 30), (Fate::Completed, 58, 30)];
    check(&patient, &[(0, 30), (1, 30), (2, 30)], &expected);
    assert_eq!(run(&patient, &requests(&[(0, 30), (1, 30), (2, 30)]), END).retried, 2);
}

#[test]
fn a_worker_that_ends_at_an_arrival_takes_it() {
    check(
        &FleetSpec { accept_queue: Some(0), ..servers(1, ONE_WORKER) },
        &[(0, 10), (10, 10)],
        &[(Fate::Completed, 0, 10), (Fate::Completed, 0, 10)],
    );
}

#[test]
fn slower_servers_take_longer() {
    let others = ServedFunction { timeout: None, cpu: 1.5, wait: 0.0 };
    check(&FleetSpec { others, ..servers(1, ONE_WORKER) }, &[(0, 10)], &[(Fate::Completed, 0, 15)]);
}

#[test]
fn a_function_that_a_trace_discovers_has_its_own_settings() {
    let own = ServedFunction { timeout: None, cpu: 2.0, wait: 0.0 };
    let fleet = FleetSpec { named: [("late".to_string(), own)].into(), ..servers(1, ONE_WORKER) };
    let mut engine = engine(&fleet, &["f", "late"], Seed { seed: 1, replication: 0 }, END);
    let mut journal = Journal::default();
    engine.feed(&[Invocation::new(ms(0), FunctionId(1), Span::from_ms(10))], &mut journal);
    engine.close(END, &mut journal);
    assert_eq!(journal.outcomes[0].execution, Span::from_ms(20));
}

/// One server, held and billed until then.
fn paid(until: u64, billed_until: u64) -> (Meter, Held, u64) {
    (Meter::InstanceTime, Held { from: SimTime::ZERO, until: ms(until), billed_until: ms(billed_until) }, 1)
}

#[test]
fn servers_are_paid_for_the_window_rounded_up() {
    let metering = |minimum| Metering::Instances { minimum, increment: Span::SECOND };
    let fleet = FleetSpec { metering: metering(Span::MINUTE), ..servers(2, ONE_WORKER) };
    let journal = run(&fleet, &requests(&[(100, 50), (120, 10), (140, 400)]), ms(500));
    assert_eq!(journal.meters, [paid(500, 60_000); 2]);
    assert_eq!(journal.instances, [(ms(0), ms(500), 1_000); 2]);
    assert_eq!(journal.busy_peak, 2);
    let journal = run(&FleetSpec { metering: metering(Span::ZERO), ..fleet }, &[], ms(1_500));
    assert_eq!(journal.meters, [paid(1_500, 2_000); 2]);
}

fn any_discipline() -> impl Strategy<Value = Discipline> {
    prop_oneof![
        (1..4u32).prop_map(|workers| Discipline::Fcfs { workers }),
        (1..4u32, prop::option::of(1..6u32))
            .prop_map(|(cores, limit)| Discipline::ProcessorSharing { milli_cores: cores * 1_000, limit }),
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
    fn any_fleet()(
        count in 1..5u32,
        discipline in any_discipline(),
        balancer in any_balancer(),
        accept_queue in prop::option::of(0..4u32),
        timeout in prop::option::of(1..60u64),
        attempts in 1..4u32,
    ) -> FleetSpec {
        let retry = Retry { attempts, backoff: Span::from_ms(7), max_backoff: Span::MAX, jitter: Jitter::Equal };
        let others = ServedFunction { timeout: timeout.map(Span::from_ms), cpu: 1.0, wait: 0.0 };
        FleetSpec { balancer, accept_queue, retry, others, ..servers(count, discipline) }
    }
}

/// Bursts and pauses, with ties, and work that may be nothing; two functions.
fn any_requests() -> impl Strategy<Value = Vec<Invocation>> {
    prop::collection::vec((0..20u64, 0..40u64, 0..2u32), 1..120).prop_map(|all| {
        let mut at = 0;
        all.into_iter()
            .map(|(gap, duration, function)| {
                at += gap;
                Invocation::new(ms(at), FunctionId(function), Span::from_ms(duration))
            })
            .collect()
    })
}

fn total(spans: impl Iterator<Item = Span>) -> u64 {
    spans.map(Span::ns).sum()
}

/// Time integral of the cores in use, at most `cores` at once, from the intervals in which jobs were in service.
fn core_time(busy: &[(SimTime, SimTime)], cores: i64) -> u64 {
    let mut changes: Vec<(SimTime, i64)> = busy.iter().flat_map(|&(from, to)| [(from, 1), (to, -1)]).collect();
    changes.sort_unstable();
    let (mut level, mut last, mut sum) = (0i64, SimTime::ZERO, 0);
    for (at, change) in changes {
        sum += at.since(last).ns() * level.min(cores).unsigned_abs();
        level += change;
        last = at;
    }
    sum
}

/// Multiplies every length and instant.
fn scaled(fleet: &FleetSpec, invocations: &[Invocation], factor: u64) -> (FleetSpec, Vec<Invocation>) {
    let span = |span: Span| Span::from_ns(span.ns() * factor);
    let mut fleet = fleet.clone();
    fleet.others.timeout = fleet.others.timeout.map(span);
    fleet.retry = Retry { backoff: span(fleet.retry.backoff), jitter: Jitter::None, ..fleet.retry };
    let one =
        |one: &Invocation| Invocation::new(SimTime::from_ns(one.at.ns() * factor), one.function, span(one.duration));
    (fleet, invocations.iter().map(one).collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn every_request_ends_once(fleet in any_fleet(), requests in any_requests()) {
        let journal = run(&fleet, &requests, END);
        prop_assert_eq!(journal.outcomes.len(), requests.len());
        let ends = [Fate::Completed, Fate::TimedOut, Fate::Dropped].map(|fate| journal.count(fate));
        prop_assert_eq!(ends.iter().sum::<usize>(), requests.len());
        if fleet.accept_queue.is_none() {
            prop_assert_eq!(journal.count(Fate::Dropped), 0);
        }
        if fleet.others.timeout.is_none() {
            prop_assert_eq!(journal.count(Fate::TimedOut), 0);
        }
    }

    #[test]
    fn busy_time_is_the_sum_of_executions(fleet in any_fleet(), requests in any_requests()) {
        let journal = run(&fleet, &requests, END);
        let busy = total(journal.busy.iter().map(|&(from, to)| to.since(from)));
        prop_assert_eq!(busy, total(journal.outcomes.iter().map(|outcome| outcome.execution)));
    }

    #[test]
    fn an_execution_is_its_work_or_longer_only_where_cores_are_shared(
        fleet in any_fleet(), requests in any_requests(),
    ) {
        let journal = run(&fleet, &requests, END);
        let work: u64 = requests.iter().map(|request| request.duration.ns()).sum();
        let executed = total(journal.outcomes.iter().map(|outcome| outcome.execution));
        match fleet.discipline {
            Discipline::Fcfs { .. } => prop_assert!(executed <= work),
            Discipline::ProcessorSharing { .. } if journal.count(Fate::Completed) == requests.len() => {
                prop_assert!(executed >= work);
            }
            Discipline::ProcessorSharing { .. } => {}
        }
    }

    /// What the cores did is what was asked for: up to a nanosecond a request, by which departures are rounded.
    #[test]
    fn shared_cores_do_all_the_work_and_no_more(
        cores in 1..4u32, limit in prop::option::of(1..6u32), requests in any_requests(),
    ) {
        // Fewer jobs than cores at a time would leave cores to themselves, which the law allows for.
        let journal = run(&servers(1, Discipline::ProcessorSharing { milli_cores: cores * 1_000, limit }), &requests, END);
        let work: u64 = requests.iter().map(|request| request.duration.ns()).sum();
        let done = core_time(&journal.busy, cores.into());
        prop_assert!(done.abs_diff(work) <= requests.len() as u64 * u64::from(cores), "{} of {}", done, work);
    }

    #[test]
    fn scaling_all_times_scales_all_results(
        fleet in any_fleet(), requests in any_requests(), factor in 2..1_000u64,
    ) {
        let (fleet, requests) = scaled(&fleet, &requests, 1);
        let once = run(&fleet, &requests, END);
        let (fleet, requests) = scaled(&fleet, &requests, factor);
        let longer = run(&fleet, &requests, SimTime::from_ns(END.ns() * factor));
        // Departures from shared cores are rounded up to the nanosecond, so the short run may be a little late.
        let within = match fleet.discipline {
            Discipline::Fcfs { .. } => 0,
            Discipline::ProcessorSharing { .. } => 4 * factor,
        };
        for (short, long) in once.by_arrival().iter().zip(longer.by_arrival()) {
            prop_assert_eq!(short.fate, long.fate);
            prop_assert!((finish(short).ns() * factor).abs_diff(finish(&long).ns()) <= within);
        }
    }

    /// So it does not matter which of several idle servers is called the first: clients see what one queue would show them.
    #[test]
    fn least_outstanding_and_jsq_find_an_idle_server_whenever_there_is_one(
        count in 1..6u32, requests in any_requests(),
    ) {
        for balancer in [Balancer::LeastOutstanding, Balancer::Jsq] {
            let fleet = FleetSpec { balancer, accept_queue: Some(0), ..servers(count, ONE_WORKER) };
            let apart = run(&fleet, &requests, END);
            let together = FleetSpec { accept_queue: Some(0), ..servers(1, Discipline::Fcfs { workers: count }) };
            let together = run(&together, &requests, END);
            prop_assert_eq!(&apart.outcomes, &together.outcomes);
        }
    }

    #[test]
    fn taking_turns_makes_independent_servers(
        count in 1..5u32, discipline in any_discipline(), requests in any_requests(),
    ) {
        let together = run(&servers(count, discipline), &requests, END);
        let mut apart = Vec::new();
        for first in 0..count as usize {
            let own: Vec<Invocation> = requests.iter().skip(first).step_by(count as usize).copied().collect();
            apart.extend(run(&servers(1, discipline), &own, END).outcomes);
        }
        let key = |outcome: &Outcome| (outcome.arrived, outcome.function, outcome.queue, outcome.execution);
        let mut together = together.outcomes;
        together.sort_by_key(key);
        apart.sort_by_key(key);
        prop_assert_eq!(together, apart);
    }
}
