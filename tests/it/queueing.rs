//! Fleets of servers against queueing theory: every system of `tests/data/oracles/queueing.json` that a fixed fleet can be.
//!
//! A simulated figure agrees with the theory when it is within four standard errors of independent replications. Left out
//! because a fleet has no such mechanism: abandonment while waiting (`mmcM`), retrials after exponential times and retries
//! with a probability (`retrial`, `extErlB`: our clients back off), priorities (`prio`), networks of queues (`tandem`,
//! `jackson`, `closed`, `forkjoin`), and rates that change with time (`nhpp`, `mtminf`), which are the workload's.

use std::sync::Arc;

use breakeven::engine::Engine;
use breakeven::ids::FunctionId;
use breakeven::platform::servers::{Discipline, Servers, ServersSpec};
use breakeven::policy::Balancer;
use breakeven::rng::{Entity, Purpose, Seed, Stream};
use breakeven::stats::closed_form::poisson_at_most;
use breakeven::stats::mean_and_error;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};
use rayon::prelude::*;

use crate::support::{Oracle, Sums, function, queueing, servers};

/// Enough that 4 standard errors, themselves estimated, mean what they mean for the normal distribution.
const REPLICATIONS: u32 = 32;

/// When requests come.
#[derive(Clone, Copy)]
enum Arrivals {
    Poisson { rate: f64 },
    Every { interval: f64 },
    Batches { rate: f64, size: u32 },
    GeometricBatches { rate: f64, mean: f64 },
}

/// What they ask for; the means are those of the oracles.
#[derive(Clone, Copy)]
enum Work {
    Constant(f64),
    Exponential(f64),
    Erlang4,
    Uniform,
    Lognormal,
    Hyperexponential,
    BoundedPareto,
}

impl Work {
    fn sample(self, stream: &mut Stream) -> f64 {
        let unit = |stream: &mut Stream| -> f64 { Exp1.sample(stream) };
        match self {
            Self::Constant(value) => value,
            Self::Exponential(mean) => mean * unit(stream),
            Self::Erlang4 => (0..4).map(|_| unit(stream)).sum::<f64>() / 4.0,
            Self::Uniform => 2.0 * stream.random::<f64>(),
            Self::Lognormal => {
                let normal: f64 = StandardNormal.sample(stream);
                let variance = 5f64.ln();
                (variance.sqrt() * normal - variance / 2.0).exp()
            }
            Self::Hyperexponential => {
                let fast = stream.random::<f64>() < 0.887_298_334_621;
                unit(stream) * if fast { 0.563_508_326_896 } else { 4.436_491_673_1 }
            }
            Self::BoundedPareto => {
                let (alpha, low, high) = (1.5, 0.1f64, 100f64);
                let below = stream.random::<f64>() * (1.0 - (low / high).powf(alpha));
                low / (1.0 - below).powf(1.0 / alpha)
            }
        }
    }

    fn of(service: &str) -> Self {
        match service.split(['(', ' ']).next() {
            Some("deterministic") => Self::Constant(1.0),
            Some("Erlang") => Self::Erlang4,
            Some("uniform") => Self::Uniform,
            Some("lognormal") => Self::Lognormal,
            Some("hyperexponential") => Self::Hyperexponential,
            Some("bounded") => Self::BoundedPareto,
            _ => panic!("no such service: {service}"),
        }
    }
}

/// One system to simulate.
#[derive(Clone)]
struct Case {
    fleet: ServersSpec,
    arrivals: Arrivals,
    work: Work,
    /// Requests before those that count, and requests that count, in a replication.
    requests: (u32, u32),
}

impl Case {
    fn new(count: u32, discipline: Discipline, arrivals: Arrivals, work: Work) -> Self {
        Self { fleet: servers(count, discipline), arrivals, work, requests: (5_000, 30_000) }
    }

    fn fcfs(workers: u32, arrivals: Arrivals, work: Work) -> Self {
        Self::new(1, Discipline::Fcfs { workers }, arrivals, work)
    }

    fn shared(cores: u32, arrivals: Arrivals, work: Work) -> Self {
        Self::new(1, Discipline::ProcessorSharing { cores, limit: None }, arrivals, work)
    }

    fn room(mut self, requests: u32) -> Self {
        self.fleet.accept_queue = Some(requests);
        self
    }

    fn balancer(mut self, balancer: Balancer) -> Self {
        self.fleet.balancer = balancer;
        self
    }

    const fn length(mut self, warmup: u32, counted: u32) -> Self {
        self.requests = (warmup, counted);
        self
    }

    /// Runs one replication; `limits` are waits and responses, s, whose excess is counted.
    fn run(&self, replication: u32, limits: &[(Limit, f64)]) -> Sums {
        let seed = Seed { seed: 20_261_123, replication };
        let entity = Entity::named("clients");
        let mut gaps = seed.stream(entity, Purpose::Arrivals);
        let mut work = seed.stream(entity, Purpose::Work);
        let (warmup, counted) = self.requests;
        let all = warmup + counted;
        let rate = self.arrivals.rate();
        let until = |requests: u32| SimTime::ZERO + Span::from_seconds_f64(f64::from(requests) / rate);
        let mut sums = Sums { from: until(warmup), to: until(all), ..Sums::default() };
        for (limit, seconds) in limits {
            let ns = (Span::from_seconds_f64(*seconds).ns(), 0);
            match limit {
                Limit::Wait => sums.waits_over.push(ns),
                Limit::Response => sums.responses_over.push(ns),
            }
        }
        let mut engine = Engine::new(Servers::new(Arc::new(self.fleet.clone()), &[function("f")], seed));
        let mut at = 0.0;
        let mut batch = Vec::with_capacity(1_024);
        while at * 1e9 < sums.to.ns() as f64 {
            batch.clear();
            while batch.len() < 1_000 {
                let (gap, size) = self.arrivals.next(&mut gaps);
                at += gap;
                for _ in 0..size {
                    let duration = Span::from_seconds_f64(self.work.sample(&mut work));
                    let instant = SimTime::ZERO + Span::from_seconds_f64(at);
                    batch.push(Invocation::new(instant, FunctionId(0), duration));
                }
            }
            engine.feed(&batch, &mut sums);
        }
        let to = sums.to;
        engine.close(to, &mut sums);
        sums
    }
}

#[derive(Clone, Copy)]
enum Limit {
    Wait,
    Response,
}

impl Arrivals {
    /// Requests a second.
    fn rate(self) -> f64 {
        match self {
            Self::Poisson { rate } => rate,
            Self::Every { interval } => interval.recip(),
            Self::Batches { rate, size } => rate * f64::from(size),
            Self::GeometricBatches { rate, mean } => rate * mean,
        }
    }

    /// Time to the next arrival, and how many come then.
    fn next(self, stream: &mut Stream) -> (f64, u32) {
        let mut exponential = |rate: f64| {
            let unit: f64 = Exp1.sample(stream);
            unit / rate
        };
        match self {
            Self::Poisson { rate } => (exponential(rate), 1),
            Self::Every { interval } => (interval, 1),
            Self::Batches { rate, size } => (exponential(rate), size),
            Self::GeometricBatches { rate, mean } => {
                let gap = exponential(rate);
                let mut size = 1;
                while stream.random::<f64>() > 1.0 / mean {
                    size += 1;
                }
                (gap, size)
            }
        }
    }
}

/// One quantity, expected and simulated.
struct Verdict {
    id: String,
    quantity: String,
    expected: f64,
    simulated: f64,
    error: f64,
}

impl Verdict {
    /// Within four standard errors; the last digits of the oracle, and of the nanosecond, are granted.
    fn agrees(&self) -> bool {
        (self.simulated - self.expected).abs() <= 4.0 * self.error + 1e-8 * self.expected.abs()
    }
}

/// A quantity of one replication, and whether it is a share of the requests.
type Measure = (String, f64, Box<dyn Fn(&Sums) -> f64 + Sync>, bool);

/// The quantities of an oracle that a run of `case` shows. `rename` maps a name of the oracle to the quantity that it is
/// here, or to nothing if it is of another system.
fn measures(oracle: &Oracle, rename: fn(&str) -> Option<&str>) -> (Vec<(Limit, f64)>, Vec<Measure>) {
    let mut limits = Vec::new();
    let mut measures: Vec<Measure> = Vec::new();
    let [mut waits, mut responses] = [0, 0];
    for (name, value) in oracle.quantities() {
        let Some(quantity) = rename(name) else {
            continue;
        };
        let (expected, measure, is_share): (f64, Box<dyn Fn(&Sums) -> f64 + Sync>, bool) =
            if let Some((kind, percentile)) = quantity.split_once("_p") {
                // A percentile of zero is the atom of those who do not wait, which P_wait tells.
                if value == 0.0 || !["W", "Wq"].contains(&kind) {
                    continue;
                }
                let share = 1.0 - format!("0.{percentile}").parse::<f64>().unwrap();
                let (limit, index) =
                    if kind == "W" { (Limit::Response, &mut responses) } else { (Limit::Wait, &mut waits) };
                limits.push((limit, value));
                let at = *index;
                *index += 1;
                (share, exceeds(limit, at), true)
            } else if let Some(limit) = quantity.strip_prefix("P_Wq_le_") {
                limits.push((Limit::Wait, limit.parse().unwrap()));
                let at = waits;
                waits += 1;
                (1.0 - value, exceeds(Limit::Wait, at), true)
            } else {
                let Some((measure, is_share)) = plain_measure(quantity) else {
                    continue;
                };
                (value, Box::new(measure), is_share)
            };
        measures.push((name.to_string(), expected, measure, is_share));
    }
    (limits, measures)
}

fn exceeds(limit: Limit, at: usize) -> Box<dyn Fn(&Sums) -> f64 + Sync> {
    Box::new(move |sums| {
        let over = match limit {
            Limit::Wait => sums.waits_over[at].1,
            Limit::Response => sums.responses_over[at].1,
        };
        over as f64 / sums.served as f64
    })
}

/// What a quantity of the oracles is in a run, and whether it is a share of the requests.
fn plain_measure(quantity: &str) -> Option<(fn(&Sums) -> f64, bool)> {
    fn window(sums: &Sums) -> f64 {
        sums.to.since(sums.from).ns() as f64
    }
    let measure: (fn(&Sums) -> f64, bool) = match quantity {
        "utilisation" => (|sums| sums.busy_ns as f64 / sums.slot_ns as f64, false),
        "carried" => (|sums| sums.busy_ns as f64 / window(sums), false),
        "throughput" => (|sums| sums.served as f64 / window(sums) * 1e9, false),
        "L" => (|sums| sums.in_system_ns as f64 / window(sums), false),
        "Lq" => (|sums| sums.in_queue_ns as f64 / window(sums), false),
        "P0" => (|sums| sums.idle_ns as f64 / window(sums), false),
        "W" => (|sums| sums.response / sums.served as f64, false),
        "Wq" => (|sums| sums.wait / sums.served as f64, false),
        "W_var" => {
            (|sums| sums.response_squared / sums.served as f64 - (sums.response / sums.served as f64).powi(2), false)
        }
        "Wq_var" => (|sums| sums.wait_squared / sums.served as f64 - (sums.wait / sums.served as f64).powi(2), false),
        "P_wait" => (|sums| sums.waited as f64 / sums.served as f64, true),
        "P_block" => (|sums| sums.dropped as f64 / sums.offered as f64, true),
        _ => return None,
    };
    Some(measure)
}

fn verdicts(label: &str, oracle: &Oracle, case: &Case, rename: fn(&str) -> Option<&str>) -> Vec<Verdict> {
    let (limits, measures) = measures(oracle, rename);
    assert!(!measures.is_empty(), "nothing of {} is measured", oracle.id);
    judge(&format!("{}{label}", oracle.id), case, &limits, &measures)
}

/// Runs the replications and sets each measure against its expectation.
fn judge(id: &str, case: &Case, limits: &[(Limit, f64)], measures: &[Measure]) -> Vec<Verdict> {
    let runs: Vec<Sums> = (0..REPLICATIONS).into_par_iter().map(|replication| case.run(replication, limits)).collect();
    let requests: u64 = runs.iter().map(|run| run.offered).sum();
    let verdict = |(quantity, expected, measure, is_share): &Measure| {
        let values: Vec<f64> = runs.iter().map(measure).collect();
        let (simulated, mut error) = mean_and_error(&values).unwrap();
        if *is_share {
            // What is too rare to be seen has no spread: then the binomial error of the expectation holds.
            error = error.max((expected * (1.0 - expected) / requests as f64).sqrt());
        }
        Verdict { id: id.to_string(), quantity: quantity.clone(), expected: *expected, simulated, error }
    };
    measures.iter().map(verdict).collect()
}

/// Prints all verdicts (`--nocapture`), and fails with those that disagree.
#[track_caller]
fn check(verdicts: &[Verdict]) {
    let line = |verdict: &Verdict| {
        let Verdict { id, quantity, expected, simulated, error } = verdict;
        let word = if verdict.agrees() { "agrees" } else { "DIFFERS" };
        format!("{id:32} {quantity:16} {expected:14.8} {simulated:14.8} {:12.8} {word}", 4.0 * error)
    };
    println!("{:32} {:16} {:>14} {:>14} {:>12} verdict", "id", "quantity", "expected", "simulated", "4 se");
    verdicts.iter().for_each(|verdict| println!("{}", line(verdict)));
    let wrong: Vec<String> = verdicts.iter().filter(|verdict| !verdict.agrees()).map(line).collect();
    assert!(wrong.is_empty(), "id, quantity, expected, simulated, 4 se:\n{}", wrong.join("\n"));
}

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
        let limited = Case { fleet: servers(1, Discipline::ProcessorSharing { cores, limit }), ..case };
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
        let shared = Case { fleet: servers(1, Discipline::ProcessorSharing { cores: workers, limit }), ..case };
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

/// The concurrency that arrivals find is that of time (PASTA): Poisson, whatever the service.
#[test]
fn concurrency_without_a_limit_is_poisson() {
    for oracle in &oracles("mginf-") {
        let load = oracle.parameter("offered_load");
        let moment = |power: i32| {
            move |sums: &Sums| {
                let total: u64 = sums.found.iter().sum();
                let weighed = sums.found.iter().enumerate().map(|(n, times)| (n as f64).powi(power) * *times as f64);
                weighed.sum::<f64>() / total as f64
            }
        };
        let mut measures: Vec<Measure> = vec![
            ("mean".into(), oracle.expected("mean"), Box::new(moment(1)), false),
            (
                "variance".into(),
                oracle.expected("variance"),
                Box::new(move |sums| moment(2)(sums) - 2.0 * load * moment(1)(sums) + load * load),
                false,
            ),
        ];
        for name in ["p50", "p90", "p99", "p999"] {
            let percentile = oracle.expected(&format!("concurrency_{name}")) as u64;
            let expected = poisson_at_most(load, percentile);
            let measure = move |sums: &Sums| {
                let below: u64 = sums.found.iter().take(percentile as usize + 1).sum();
                below as f64 / sums.found.iter().sum::<u64>() as f64
            };
            measures.push((format!("N <= {percentile} ({name})"), expected, Box::new(measure), false));
        }
        let arrivals = Arrivals::Poisson { rate: load };
        let requests = (20_000.0_f64).max(20.0 * load) as u32;
        for (label, work) in [("", Work::Exponential(1.0)), (" uniform", Work::Uniform)] {
            let case = Case::fcfs(100_000, arrivals, work).length(requests, 3 * requests);
            check(&judge(&format!("{}{label}", oracle.id), &case, &[], &measures));
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
