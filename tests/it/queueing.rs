//! Fleets of servers against queueing theory: every system of `tests/data/oracles/queueing.json` that a fixed fleet can be.
//!
//! Clients who give up or try again are in `clients.rs`. Left out because a fleet has no such mechanism: retries with a
//! probability (`extErlB`), priorities (`prio`), invocations that call others (`tandem`, `jackson`, `forkjoin`), clients who
//! wait for their answer before they ask again (`closed`); and rates that change with time (`nhpp`, `mtminf`), which are the
//! workload's.

use breakeven::platform::fleet::Discipline;
use breakeven::policy::Balancer;
use breakeven::stats::closed_form::poisson_at_most;

use crate::support::{Oracle, Sums, queueing, servers};
use crate::systems::{Arrivals, Case, Work};
use crate::verdict::{Measure, check, judge, verdicts};

fn oracles(prefix: &str) -> Vec<Oracle> {
    let found: Vec<Oracle> = queueing().filter(|oracle| oracle.id.starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no oracle is called {prefix}");
    found
}

fn as_is(name: &str) -> Option<&str> {
    Some(name)
}

/// Under processor sharing nobody waits, but the number in the system is that of the queue.
fn number_and_response_mean(name: &str) -> Option<&str> {
    ["L", "W"].contains(&name).then_some(name)
}

/// Of a queue with several workers or one, exponential service.
fn markov(oracle: &Oracle) -> (u32, Arrivals, Work) {
    let rate = oracle.parameter("arrival_rate");
    (oracle.count("servers"), Arrivals::Poisson { rate }, Work::Exponential(oracle.parameter("service_rate").recip()))
}

fn long_enough(case: Case, utilisation: f64, servers: u32) -> Case {
    if utilisation > 0.98 {
        case.length(300_000, 1_000_000)
    } else if servers >= 1_000 {
        // 200 services before it counts: long lognormal ones build up slowly.
        case.length(200_000, 100_000)
    } else if servers > 10 {
        // In units of a service, a run of many servers is short.
        case.length(10_000, 60_000)
    } else {
        case
    }
}

#[test]
fn workers_with_a_common_queue() {
    for oracle in oracles("mm1-").iter().chain(&oracles("mmc-")) {
        let (workers, arrivals, work) = markov(oracle);
        let case = long_enough(Case::fcfs(workers, arrivals, work), oracle.expected("utilisation"), workers);
        check(&verdicts("", oracle, &case, as_is));
    }
}

#[test]
fn shared_cores_hold_as_many_requests_as_a_common_queue() {
    for oracle in oracles("mmc-").iter().chain(&oracles("mm1-l0.8-")) {
        let (cores, arrivals, work) = markov(oracle);
        let case = long_enough(Case::shared(cores, arrivals, work), 0.0, cores);
        check(&verdicts(" shared", oracle, &case, number_and_response_mean));
        // With exponential work it does not matter how many of them are worked on at once, if no core is idle.
        let limit = Some(cores + 3);
        let limited =
            Case { fleet: servers(1, Discipline::ProcessorSharing { milli_cores: cores * 1_000, limit }), ..case };
        check(&verdicts(" shared, limited", oracle, &limited, number_and_response_mean));
    }
}

#[test]
fn a_random_balancer_splits_poisson_arrivals_into_independent_queues() {
    for oracle in &oracles("mm1-l0.8-") {
        let arrivals = Arrivals::Poisson { rate: 4.0 * oracle.parameter("arrival_rate") };
        let case = Case::new(4, Discipline::Fcfs { workers: 1 }, arrivals, Work::Exponential(1.0));
        check(&verdicts(" of 4", oracle, &case.balancer(Balancer::Random).length(20_000, 80_000), |name| {
            ["W", "Wq", "P_wait", "utilisation", "W_p99", "Wq_p95"].contains(&name).then_some(name)
        }));
    }
}

#[test]
fn bounded_queues() {
    for oracle in &oracles("mmck-") {
        let (workers, arrivals, work) = markov(oracle);
        let room = oracle.count("capacity") - workers;
        let case = long_enough(Case::fcfs(workers, arrivals, work).room(room), 0.0, workers);
        check(&verdicts("", oracle, &case, as_is));
        let limit = Some(workers);
        let shared =
            Case { fleet: servers(1, Discipline::ProcessorSharing { milli_cores: workers * 1_000, limit }), ..case };
        check(&verdicts(" shared", oracle, &shared.room(room), as_is));
    }
}

#[test]
fn loss_systems_do_not_feel_the_shape_of_service() {
    for oracle in &oracles("erlB-") {
        let (load, workers) = (oracle.parameter("offered_load"), oracle.count("servers"));
        for (label, work) in
            [("", Work::Exponential(1.0)), (" constant", Work::Constant(1.0)), (" lognormal", Work::Lognormal)]
        {
            let arrivals = Arrivals::Poisson { rate: load };
            let case = long_enough(Case::fcfs(workers, arrivals, work).room(0), 0.0, workers);
            check(&verdicts(label, oracle, &case, as_is));
        }
    }
}

#[test]
fn a_balancer_that_finds_every_idle_server_loses_no_more_than_one_queue() {
    for oracle in &oracles("erlB-a8-c10") {
        let count = oracle.count("servers");
        let arrivals = Arrivals::Poisson { rate: oracle.parameter("offered_load") };
        for balancer in [Balancer::LeastOutstanding, Balancer::Jsq] {
            let case = Case::new(count, Discipline::Fcfs { workers: 1 }, arrivals, Work::Exponential(1.0));
            check(&verdicts(&format!(" {balancer:?}"), oracle, &case.room(0).balancer(balancer), as_is));
        }
    }
}

#[test]
fn one_server_with_any_service() {
    for oracle in &oracles("mg1-") {
        let arrivals = Arrivals::Poisson { rate: oracle.parameter("arrival_rate") };
        let work = Work::of(oracle.text("service"));
        let fcfs = Case::fcfs(1, arrivals, work).length(20_000, 100_000);
        check(&verdicts("", oracle, &fcfs, |name| match name {
            "Wq_fcfs" => Some("Wq"),
            "Wq_sd_fcfs" => Some("Wq_sd"),
            "W_fcfs" => Some("W"),
            "L_fcfs" => Some("L"),
            "utilisation" | "P_wait" => Some(name),
            _ => None,
        }));
        let shared = Case::shared(1, arrivals, work).length(20_000, 60_000);
        check(&verdicts(" shared", oracle, &shared, |name| match name {
            "W_ps" => Some("W"),
            "L_ps" => Some("L"),
            _ => None,
        }));
    }
}

#[test]
fn constant_service_and_constant_arrivals() {
    for oracle in oracles("md1-").iter().chain(&oracles("mdc-")) {
        let workers = if oracle.id.starts_with("mdc-") { oracle.count("servers") } else { 1 };
        let arrivals = Arrivals::Poisson { rate: oracle.parameter("arrival_rate") };
        check(&verdicts("", oracle, &Case::fcfs(workers, arrivals, Work::Constant(1.0)), as_is));
    }
    for oracle in &oracles("dm1-") {
        let arrivals = Arrivals::Every { interval: oracle.parameter("interarrival") };
        check(&verdicts("", oracle, &Case::fcfs(1, arrivals, Work::Exponential(1.0)), as_is));
    }
}

#[test]
fn batches() {
    for oracle in &oracles("batch-") {
        let rate = oracle.parameter("batch_rate");
        let arrivals = match oracle.text("batch").split_once(' ') {
            Some(("fixed", size)) => Arrivals::Batches { rate, size: size.parse().unwrap() },
            _ => Arrivals::GeometricBatches { rate, mean: 5.0 },
        };
        check(&verdicts("", oracle, &Case::fcfs(1, arrivals, Work::Exponential(1.0)), as_is));
    }
}

/// Moments and percentiles of the concurrency that arrivals find, which is that of time (PASTA).
fn concurrency(oracle: &Oracle) -> Vec<Measure> {
    let load = oracle.parameter("offered_load");
    let average = |of: fn(f64, f64) -> f64| {
        move |sums: &Sums| {
            let total: u64 = sums.found.iter().sum();
            let weighed = sums.found.iter().enumerate().map(|(n, times)| of(n as f64, load) * *times as f64);
            weighed.sum::<f64>() / total as f64
        }
    };
    let measure = |quantity: String, expected, of| Measure { quantity, expected, of, is_share: false };
    let mut measures = vec![
        measure("mean".into(), oracle.expected("mean"), Box::new(average(|n, _| n))),
        measure("variance".into(), oracle.expected("variance"), Box::new(average(|n, load| (n - load).powi(2)))),
    ];
    for name in ["p50", "p90", "p99", "p999"] {
        let percentile = oracle.expected(&format!("concurrency_{name}")) as u64;
        let at_most = move |sums: &Sums| {
            let below: u64 = sums.found.iter().take(percentile as usize + 1).sum();
            below as f64 / sums.found.iter().sum::<u64>() as f64
        };
        measures.push(measure(
            format!("{name}: N <= {percentile}"),
            poisson_at_most(load, percentile),
            Box::new(at_most),
        ));
    }
    measures
}

#[test]
fn concurrency_without_a_limit_is_poisson_whatever_the_service() {
    for oracle in &oracles("mginf-") {
        let load = oracle.parameter("offered_load");
        let requests = (20_000.0_f64).max(20.0 * load) as u32;
        for (label, work) in [("", Work::Exponential(1.0)), (" uniform", Work::Uniform)] {
            let case = Case::fcfs(100_000, Arrivals::Poisson { rate: load }, work).length(requests, 3 * requests);
            check(&judge(&format!("{}{label}", oracle.id), &case, &concurrency(oracle)));
        }
    }
}

#[test]
fn the_harness_rejects_a_wrong_service_rate() {
    for oracle in &oracles("mm1-l0.8-") {
        let arrivals = Arrivals::Poisson { rate: 0.8 };
        for case in [
            Case::fcfs(1, arrivals, Work::Exponential(1.02)).length(10_000, 100_000),
            Case::shared(1, arrivals, Work::Exponential(1.02)).length(10_000, 100_000),
        ] {
            let verdicts = verdicts("", oracle, &case, number_and_response_mean);
            assert!(verdicts.iter().all(|verdict| !verdict.agrees()), "2 % more work must be noticed");
        }
    }
}

#[test]
fn the_harness_rejects_a_queue_with_one_place_too_many() {
    for oracle in &oracles("mmck-l0.8-c1-K5") {
        let (workers, arrivals, work) = markov(oracle);
        let case = Case::fcfs(workers, arrivals, work).room(5);
        let verdicts = verdicts("", oracle, &case, |name| (name == "P_block").then_some(name));
        assert!(verdicts.iter().all(|verdict| !verdict.agrees()));
    }
}
