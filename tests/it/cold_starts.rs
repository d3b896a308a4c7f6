//! Cold starts, instances and throttles of scale-per-request platforms against closed forms and reference simulations.
//!
//! Reference: `tests/data/oracles/scale_per_request.json`. Rule: |x - ref| <= 4 sqrt(se_x^2 + se_ref^2), seeds fixed.

use std::sync::Arc;

use breakeven::engine::{Engine, EventQueue};
use breakeven::ids::FunctionId;
use breakeven::platform::faas::{Faas, FaasSpec};
use breakeven::policy::{IdleChoice, KeepAlive, TokenBucketSpec};
use breakeven::record::{Tally, Window};
use breakeven::rng::{Entity, Seed};
use breakeven::stats::Distribution;
use breakeven::units::{Calendar, Rate, SimTime, Span};
use breakeven::workload::{Arrivals, Synthetic, SyntheticSource};
use rayon::prelude::*;
use serde_json::Value;

use crate::one_function::{NOTHING, faas, function, info, oracles, run_faas};

/// One function under Poisson arrivals.
struct Case {
    spec: FaasSpec,
    rate: f64,
    work: Distribution,
    warmup: Span,
    duration: Span,
    replications: u32,
}

impl Case {
    /// `requests` a replication, after the warm-up.
    fn of(spec: FaasSpec, rate: f64, work: Distribution, warmup_s: f64, requests: f64) -> Self {
        let duration = Span::from_seconds_f64(warmup_s + requests / rate);
        Self { spec, rate, work, warmup: Span::from_seconds_f64(warmup_s), duration, replications: 20 }
    }

    fn run(&self, replication: u32) -> Tally {
        let seed = Seed { seed: 20_261_123, replication };
        let mut tally = Tally::new(Window::new(self.warmup, self.duration, Calendar::default()), false, false);
        let mut model = Faas::together(Arc::new(self.spec.clone()), seed, SimTime::ZERO + self.duration);
        tally.register(FunctionId(0), model.admit(FunctionId(0), &info("f"), &mut EventQueue::new()));
        let end = SimTime::ZERO + self.duration;
        let source = Synthetic {
            name: "w".to_owned(),
            entity: Entity::named("w"),
            function: FunctionId(0),
            arrivals: Arrivals::Poisson { rate: Rate::per_second(self.rate).unwrap() },
            work: self.work.clone(),
        };
        let mut source = SyntheticSource::new(&source, seed, end);
        let mut engine = Engine::new(model);
        let mut batch = Vec::new();
        loop {
            batch.clear();
            source.fill(&mut batch, 1_024);
            if batch.is_empty() {
                break;
            }
            engine.feed(&batch, &mut tally);
        }
        engine.close(end, &mut tally);
        tally.finish();
        tally
    }

    fn run_all(&self) -> Vec<Tally> {
        (0..self.replications).into_par_iter().map(|replication| self.run(replication)).collect()
    }
}

/// What the references state, of one replication.
fn figure(name: &str, tally: &Tally) -> Option<f64> {
    let function = &tally.functions[0];
    let span = tally.window().end.since(tally.window().warmup).ns() as f64;
    Some(match name {
        "p_cold" => function.cold_starts as f64 / function.started() as f64,
        "instances" | "mean_instances" => tally.sum(|site| site.instance_ns) as f64 / span,
        "running" => tally.sum(|site| site.busy_ns) as f64 / span,
        "idle" => tally.idle_mib_ns() as f64 / 128.0 / span,
        "mean_response" => function.latency_sum as f64 / function.completed as f64 / 1e9,
        "P_throttle" | "P_block" => function.throttled as f64 / function.offered() as f64,
        "P_admit" => function.started() as f64 / function.offered() as f64,
        _ => return None,
    })
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Compares every figure that the reference states; returns how many, and the failures.
fn compare(oracle: &Value, tallies: &[Tally]) -> (usize, Vec<String>) {
    let id = oracle["id"].as_str().unwrap();
    let mut failures = Vec::new();
    let mut compared = 0;
    for (name, expected) in oracle["expected"].as_object().unwrap() {
        let values: Vec<f64> = tallies.iter().filter_map(|tally| figure(name, tally)).collect();
        let Some(expected) = expected.as_f64().filter(|_| !values.is_empty()) else {
            continue;
        };
        let (mean, error) = mean_and_error(&values);
        let stated = oracle["stderr"][name].as_f64().unwrap_or(0.0);
        let bound = 4.0 * error.hypot(stated);
        compared += 1;
        // Closed forms have no error of their own; nanoseconds have.
        if (mean - expected).abs() > bound + 1e-9 {
            failures.push(format!("{id} {name}: expected {expected}, simulated {mean} ± {error}"));
        }
    }
    (compared, failures)
}

/// Runs `case` for every oracle whose id starts with `prefix`.
fn check(prefix: &str, least: usize, case: impl Fn(&Value) -> Option<Case> + Sync) {
    let oracles: Vec<Value> = oracles("scale_per_request.json")
        .into_iter()
        .filter(|oracle| oracle["id"].as_str().is_some_and(|id| id.starts_with(prefix)))
        .collect();
    let results: Vec<(usize, Vec<String>)> = oracles
        .iter()
        .filter_map(|oracle| case(&oracle["parameters"]).map(|case| compare(oracle, &case.run_all())))
        .collect();
    let compared: usize = results.iter().map(|(compared, _)| compared).sum();
    let failures: Vec<&String> = results.iter().flat_map(|(_, failures)| failures).collect();
    assert!(failures.is_empty(), "{} of {compared} figures differ: {failures:#?}", failures.len());
    assert!(compared >= least, "only {compared} figures were compared");
}

fn number(parameters: &Value, key: &str) -> f64 {
    parameters[key].as_f64().unwrap_or_else(|| panic!("{key} in {parameters}"))
}

fn seconds(parameters: &Value, key: &str) -> Span {
    Span::from_seconds_f64(number(parameters, key))
}

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean }
}

fn choice(name: &str) -> IdleChoice {
    match name {
        "newest" => IdleChoice::Newest,
        "mru" => IdleChoice::Mru,
        "lru" => IdleChoice::Lru,
        "oldest" => IdleChoice::Oldest,
        "random" => IdleChoice::Random,
        other => panic!("{other}"),
    }
}

/// A function whose cold invocations have their own duration, as the references model it.
fn with_cold_duration(keep_alive: KeepAlive, choice: IdleChoice, cold: Distribution) -> FaasSpec {
    let mut spec = function(keep_alive, choice, NOTHING);
    spec.cold_duration = Some(cold);
    faas(spec)
}

/// "empty, first 12000 s discarded"
fn warmup_seconds(start: &str) -> f64 {
    start.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0.0)
}

#[test]
fn every_reference_simulation_is_reproduced() {
    check("spr-", 200, |parameters| {
        let service = |mean: f64| match parameters["service"].as_str().unwrap() {
            "exponential" => exponential(mean),
            "deterministic" => Distribution::Constant(Span::from_seconds_f64(mean)),
            // Squared coefficient of variation 4: sigma^2 = ln 5.
            "lognormal scv 4" => Distribution::Lognormal { mu: mean.ln() - 5f64.ln() / 2.0, sigma: 5f64.ln().sqrt() },
            other => panic!("{other}"),
        };
        let keep_alive = KeepAlive::fixed(seconds(parameters, "keepalive_s"));
        let choice = choice(parameters["idle_pick"].as_str().unwrap());
        let spec = with_cold_duration(keep_alive, choice, service(number(parameters, "cold_mean")));
        let warmup = warmup_seconds(parameters["start"].as_str().unwrap());
        let rate = number(parameters, "arrival_rate");
        // Where instances hardly ever go, their number grows for long: as many requests as the reference had.
        let slow = matches!(choice, IdleChoice::Lru | IdleChoice::Random);
        let requests = if slow { number(parameters, "requests_per_replication").min(1e6) } else { 100_000.0 };
        let mut case = Case::of(spec, rate, service(number(parameters, "warm_mean")), warmup, requests);
        if let Some(horizon) = parameters["horizon_s"].as_f64() {
            case.duration = Span::from_seconds_f64(horizon);
            // Few requests a run: many runs.
            case.replications = if horizon < 1e4 { 4_000 } else { 10 };
        }
        Some(case)
    });
}

#[test]
fn exponential_keep_alive_gives_one_answer_for_every_choice_of_instance() {
    for choice in [IdleChoice::Newest, IdleChoice::Mru, IdleChoice::Lru, IdleChoice::Oldest, IdleChoice::Random] {
        check("cold-expT-", 16, |parameters| {
            let keep_alive = KeepAlive::Exponential { mean: seconds(parameters, "keepalive_exp_mean") };
            let spec = with_cold_duration(keep_alive, choice, exponential(number(parameters, "cold_mean")));
            let warmup = 20.0 * number(parameters, "keepalive_exp_mean");
            let work = exponential(number(parameters, "warm_mean"));
            Some(Case::of(spec, number(parameters, "arrival_rate"), work, warmup, 50_000.0))
        });
    }
}

#[test]
fn a_single_instance_starts_cold_after_every_gap_longer_than_its_keep_alive() {
    check("cold-single-", 10, |parameters| {
        let keep_alive = KeepAlive::fixed(seconds(parameters, "keepalive_s"));
        let spec = faas(function(keep_alive, IdleChoice::Mru, NOTHING));
        Some(Case::of(spec, number(parameters, "arrival_rate"), NOTHING, 50_000.0, 100_000.0))
    });
}

#[test]
fn keep_alive_that_does_not_slide_renews_by_the_clock() {
    check("cold-fixedlife-", 4, |parameters| {
        let keep_alive =
            KeepAlive::Fixed { idle: seconds(parameters, "lifetime_s"), sliding: false, from_start: false };
        let spec = faas(function(keep_alive, IdleChoice::Mru, NOTHING));
        Some(Case::of(spec, number(parameters, "arrival_rate"), NOTHING, 50_000.0, 50_000.0))
    });
}

#[test]
fn token_buckets_throttle_as_the_closed_forms_say() {
    for (prefix, interval) in [("token-cont-", None), ("token-tick-", Some(Span::SECOND))] {
        check(prefix, 6, |parameters| {
            let mut spec = faas(function(KeepAlive::Infinite, IdleChoice::Mru, NOTHING));
            let capacity = number(parameters, "burst") as u32;
            spec.limits.requests =
                Some(TokenBucketSpec { capacity, refill: number(parameters, "refill_per_s"), interval });
            Some(Case::of(spec, number(parameters, "arrival_rate"), NOTHING, 1_000.0, 100_000.0))
        });
    }
}

#[test]
fn an_account_that_is_full_loses_what_erlang_says() {
    // Erlang B: 8 erlangs on 10, and 10 on 10, for any service distribution (oracles erlB-a8-c10, erlB-a10-c10).
    for (load, blocked) in [(8.0, 0.121_661_064_253), (10.0, 0.214_582_343_107)] {
        for work in [exponential(1.0), Distribution::Constant(Span::SECOND)] {
            let mut spec = faas(function(KeepAlive::Infinite, IdleChoice::Mru, NOTHING));
            spec.limits.account_concurrency = Some(10);
            let tallies = Case::of(spec, load, work, 100.0, 100_000.0).run_all();
            let shares: Vec<f64> = tallies.iter().filter_map(|tally| figure("P_block", tally)).collect();
            let (mean, error) = mean_and_error(&shares);
            assert!((mean - blocked).abs() <= 4.0 * error, "{load}: {mean} ± {error}, not {blocked}");
        }
    }
}

#[test]
fn the_scaling_rate_admits_steps_of_new_instances() {
    let oracle =
        oracles("scale_per_request.json").into_iter().find(|oracle| oracle["id"] == "lambda-scaling-step").unwrap();
    let mut spec = faas(function(KeepAlive::Infinite, IdleChoice::Mru, NOTHING));
    let interval = Some(Span::from_secs(10));
    spec.limits.scaling = Some(TokenBucketSpec { capacity: 1_000, refill: 100.0, interval });
    spec.limits.account_concurrency = Some(10_000);
    let trace: Vec<_> = (0..160_000u64)
        .map(|i| {
            let at = SimTime::from_ns(i * 250_000);
            breakeven::workload::Invocation::new(at, FunctionId(0), Span::SECOND)
        })
        .collect();
    let outcomes = run_faas(spec, &trace).outcomes;
    let throttled: Vec<usize> = (0..40)
        .map(|second| {
            let from = second * 4_000;
            outcomes[from..from + 4_000].iter().filter(|outcome| !outcome.fate.started()).count()
        })
        .collect();
    let expected: Vec<usize> = oracle["expected"]["throttled_per_second_first_40s"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| count.as_u64().unwrap() as usize)
        .collect();
    assert_eq!(throttled[..expected.len()], expected);
}

#[test]
fn a_wrong_keep_alive_is_found_out() {
    let oracle = oracles("scale_per_request.json").into_iter().find(|oracle| oracle["id"] == "spr-mid-newest").unwrap();
    let spec = with_cold_duration(KeepAlive::fixed(Span::from_ms(5_200)), IdleChoice::Newest, exponential(3.0));
    let (_, failures) = compare(&oracle, &Case::of(spec, 5.0, exponential(1.0), 200.0, 100_000.0).run_all());
    assert!(!failures.is_empty(), "5.2 s for 5 s must not pass");
}
