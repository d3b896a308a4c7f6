//! Closed forms for scale-per-request platforms that are not in `cold_starts`: many functions, daily rhythm, concurrency.
//!
//! Of the reference values two cannot be stated for functions in this version: `setup-delayedoff-*` is one instance with
//! a queue before it, and `extErlB-*` takes retries for a Poisson stream, which they are not.

use std::path::Path;
use std::sync::Arc;

use breakeven::engine::{Engine, EventQueue};
use breakeven::ids::FunctionId;
use breakeven::platform::faas::{Faas, FaasSpec};
use breakeven::policy::{IdleChoice, KeepAlive, TokenBucketSpec};
use breakeven::record::{Fate, Record, Tally, Window};
use breakeven::rng::{Entity, Seed};
use breakeven::scenario::{Model, Overrides, Plan, load_text};
use breakeven::stats::Distribution;
use breakeven::study::{self, Control};
use breakeven::units::{Calendar, Rate, SimTime, Span};
use breakeven::workload::{Arrivals, Invocation, Source, Synthetic, SyntheticSource};
use rayon::prelude::*;
use serde_json::Value;

use crate::one_function::{NOTHING, faas, function, info, oracles, run_faas};
use crate::support::{Oracle, Sums, closed_forms, queueing};

fn seed(replication: u32) -> Seed {
    Seed { seed: 20_261_123, replication }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Within four standard errors.
#[track_caller]
fn check(what: &str, expected: f64, simulated: &[f64]) {
    let (mean, error) = mean_and_error(simulated);
    assert!((mean - expected).abs() <= 4.0 * error + 1e-9, "{what}: expected {expected}, simulated {mean} ± {error}");
}

fn endless() -> FaasSpec {
    faas(function(KeepAlive::Infinite, IdleChoice::Mru, NOTHING))
}

fn source(arrivals: Arrivals, work: Distribution) -> Synthetic {
    Synthetic { name: "w".to_owned(), entity: Entity::named("w"), function: FunctionId(0), arrivals, work }
}

/// One function, no limit.
fn serve(source: &Synthetic, replication: u32, end: SimTime, record: &mut impl Record) {
    let mut model = Faas::together(Arc::new(endless()), seed(replication), end);
    model.admit(FunctionId(0), &info("f"), &mut EventQueue::new());
    let mut engine = Engine::new(model);
    let mut source = SyntheticSource::new(source, seed(replication), end);
    let mut batch = Vec::new();
    loop {
        batch.clear();
        source.fill(&mut batch, 1_024);
        if batch.is_empty() {
            break;
        }
        engine.feed(&batch, record);
    }
    engine.close(end, record);
}

/// One deployment with a keep-alive of `idle_s` and `count` functions whose rates follow Zipf's law; no service time.
fn zipf(count: u32, exponent: f64, total_rate: f64, idle_s: f64) -> Plan {
    let text = "[scenario]\nname = \"t\"\nduration = \"10h\"\nwarmup = \"1h\"\nseed = 1\nreplications = 20\n\
                [functions.f]\nmemory = \"128MB\"\nduration = \"1ms\"\n\
                [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"1/s\" }\n\
                [deployments.l]\nplatform = \"aws-lambda\"\n";
    let mut plan = load_text("t.toml", text.to_owned(), Path::new("."), &Overrides::default()).unwrap();
    let keep_alive = KeepAlive::fixed(Span::from_seconds_f64(idle_s));
    plan.deployments[0].model = Model::Faas(Arc::new(faas(function(keep_alive, IdleChoice::Mru, NOTHING))));
    let shares: Vec<f64> = (1..=count).map(|rank| f64::from(rank).powf(-exponent)).collect();
    let whole: f64 = shares.iter().sum();
    let workload = Arc::make_mut(&mut plan.workload);
    workload.functions = (0..count).map(|index| info(&format!("f{index}"))).collect();
    let sources = shares.iter().enumerate().map(|(index, share)| {
        let rate = Rate::per_second(total_rate * share / whole).unwrap();
        let entity = Entity::named(&format!("w{index}"));
        let function = FunctionId::new(index);
        Source::Synthetic(Synthetic { entity, function, ..source(Arrivals::Poisson { rate }, NOTHING) })
    });
    workload.sources = sources.collect();
    plan
}

#[test]
fn keep_alive_over_many_functions_is_a_cache_with_a_time_to_live() {
    let mut compared = 0;
    for oracle in scale_per_request("ttl-") {
        let number = |name: &str| oracle["parameters"][name].as_f64().expect(name);
        let expected = |name: &str| oracle["expected"][name].as_f64().expect(name);
        let id = oracle["id"].as_str().unwrap();
        let plan = zipf(number("functions") as u32, number("zipf"), number("total_rate"), number("keepalive"));
        let runs = study::run(&plan, 0, &Control::default()).unwrap();
        let window = runs.window.end.since(runs.window.warmup).ns() as f64;
        let cold = |tally: &Tally| {
            let sum = |field: fn(&breakeven::record::FunctionTally) -> u64| -> u64 {
                tally.functions.iter().map(field).sum()
            };
            sum(|one| one.cold_starts) as f64 / sum(|one| one.started()) as f64
        };
        let of_all = |figure: &dyn Fn(&Tally) -> f64| -> Vec<f64> { runs.tallies[0].iter().map(figure).collect() };
        check(id, expected("p_cold"), &of_all(&cold));
        let warm = |tally: &Tally| tally.sum(|site| site.instance_ns) as f64 / window;
        check(id, expected("mean_warm_instances"), &of_all(&warm));
        compared += 1;
    }
    assert_eq!(compared, 2);
}

/// `base + amplitude sin(2 pi t / period)` in steps of a minute, each at its mean.
fn sine(parameters: &Value) -> Arrivals {
    let number = |key: &str| parameters[key].as_f64().expect(key);
    let (base, amplitude, turn) = (number("base"), number("amplitude"), std::f64::consts::TAU / number("period"));
    let integral = |t: f64| base * t - amplitude / turn * (turn * t).cos();
    let step = |index: u64| {
        let from = 60.0 * index as f64;
        let rate = Rate::per_second((integral(from + 60.0) - integral(from)) / 60.0).unwrap();
        (SimTime::ZERO + Span::from_secs(60 * index), rate)
    };
    Arrivals::Piecewise { steps: (0..2 * 1_440).map(step).collect() }
}

fn named(file: &str, prefix: &str) -> Vec<Value> {
    let oracles = oracles(file).into_iter();
    oracles.filter(|oracle| oracle["id"].as_str().is_some_and(|id| id.starts_with(prefix))).collect()
}

fn diurnal(prefix: &str) -> Vec<Value> {
    named("diurnal.json", prefix)
}

fn scale_per_request(prefix: &str) -> Vec<Value> {
    named("scale_per_request.json", prefix)
}

#[test]
fn a_daily_rhythm_has_the_counts_of_its_curve() {
    let oracle = diurnal("nhpp-sin").remove(0);
    let arrivals = source(sine(&oracle["parameters"]), NOTHING);
    let end = SimTime::ZERO + Span::DAY;
    let counts = |replication| -> [f64; 3] {
        let mut all = Vec::new();
        SyntheticSource::new(&arrivals, seed(replication), end).fill(&mut all, usize::MAX);
        let quarter = Span::from_secs(6 * 3_600);
        let first = all.partition_point(|one| one.at < SimTime::ZERO + quarter);
        let last = all.len() - all.partition_point(|one| end.since(one.at) > quarter);
        [all.len(), first, last].map(|count| count as f64)
    };
    let replications: Vec<[f64; 3]> = (0..4).into_par_iter().map(counts).collect();
    for (index, name) in ["count_24h_mean", "count_first_6h", "count_last_6h"].into_iter().enumerate() {
        let expected = oracle["expected"][name].as_f64().unwrap();
        let mean = replications.iter().map(|counts| counts[index]).sum::<f64>() / 4.0;
        // Counts are Poisson: their variance is their mean.
        assert!((mean - expected).abs() <= 4.0 * (expected / 4.0).sqrt(), "{name}: {expected}, not {mean}");
    }
}

/// The mean, the amplitude and the lag behind the arrivals of a level that follows them, over one day of intervals.
fn rhythm(tally: &Tally, skipped: Span) -> [f64; 3] {
    let width = tally.timeline.width();
    let first = (skipped.ns() / width.ns()) as usize;
    let level = |busy_ns: u128| busy_ns as f64 / width.ns() as f64;
    let day: Vec<f64> = tally.timeline.buckets[first..].iter().map(|bucket| level(bucket.busy_ns)).collect();
    let count = day.len() as f64;
    let turn = std::f64::consts::TAU / 86_400.0;
    let middle = |index: usize| turn * (skipped.seconds() + (index as f64 + 0.5) * width.seconds());
    let part = |wave: fn(f64) -> f64| -> f64 {
        day.iter().enumerate().map(|(index, level)| level * wave(middle(index))).sum::<f64>() * 2.0 / count
    };
    let (sine, cosine) = (part(f64::sin), part(f64::cos));
    // Means over intervals are flatter than the curve.
    let half = turn * width.seconds() / 2.0;
    [day.iter().sum::<f64>() / count, sine.hypot(cosine) * half / half.sin(), (-cosine).atan2(sine) / turn]
}

/// Eick, Massey and Whitt (1993): concurrency follows a daily rhythm flatter and later.
#[test]
fn concurrency_follows_a_daily_rhythm_later_and_flatter() {
    let skipped = Span::from_secs(12 * 3_600);
    let end = SimTime::ZERO + skipped + Span::DAY;
    let mut oracles = diurnal("mtminf-");
    oracles.extend(diurnal("mtdinf-"));
    assert_eq!(oracles.len(), 4);
    for oracle in oracles {
        let (id, parameters) = (oracle["id"].as_str().unwrap(), &oracle["parameters"]);
        let work = match (parameters["mean_service"].as_f64(), parameters["service"].as_f64()) {
            (Some(mean), _) => Distribution::Exponential { mean },
            (None, Some(constant)) => Distribution::Constant(Span::from_seconds_f64(constant)),
            (None, None) => panic!("{id} has no service"),
        };
        let source = source(sine(parameters), work);
        let run = |replication| {
            let mut tally =
                Tally::new(Window::new(skipped, end.since(SimTime::ZERO), Calendar::default()), false, false);
            tally.register(FunctionId(0), Default::default());
            serve(&source, replication, end, &mut tally);
            tally.finish();
            rhythm(&tally, skipped)
        };
        let rhythms: Vec<[f64; 3]> = (0..6).into_par_iter().map(run).collect();
        let of_all = |figure: fn(&[f64; 3]) -> f64| -> Vec<f64> { rhythms.iter().map(figure).collect() };
        for (name, values) in [
            ("m_mean", of_all(|[mean, ..]| *mean)),
            ("m_peak", of_all(|[mean, amplitude, _]| mean + amplitude)),
            ("m_trough", of_all(|[mean, amplitude, _]| mean - amplitude)),
            ("peak_lag_s", of_all(|[.., lag]| *lag)),
        ] {
            if let Some(expected) = oracle["expected"][name].as_f64() {
                check(&format!("{id} {name}"), expected, &values);
            }
        }
    }
}

/// How many service times a replication observes.
fn counted_s(load: f64) -> f64 {
    (60_000.0 / load).max(60.0)
}

/// How often an arrival found so many in service, of one replication.
fn found(load: f64, work: &Distribution, replication: u32) -> Vec<u64> {
    let warmup = SimTime::ZERO + Span::from_secs(40);
    let end = warmup + Span::from_seconds_f64(counted_s(load));
    let mut sums = Sums { from: warmup, to: end, ..Sums::default() };
    let rate = Rate::per_second(load).unwrap();
    serve(&source(Arrivals::Poisson { rate }, work.clone()), replication, end, &mut sums);
    sums.found
}

/// What arrivals find is what time sees; for any distribution of service with the same mean.
fn check_concurrency(oracle: &Oracle, work: &Distribution) {
    let load = oracle.parameter("offered_load");
    let found: Vec<Vec<u64>> = (0..12).into_par_iter().map(|replication| found(load, work, replication)).collect();
    // Levels a service time apart are nearly independent.
    let services = 12.0 * counted_s(load);
    let at_most = |level: i64| -> Vec<f64> {
        let share = |found: &Vec<u64>| {
            let below: u64 = found.iter().take((level + 1).max(0) as usize).sum();
            below as f64 / found.iter().sum::<u64>() as f64
        };
        found.iter().map(share).collect()
    };
    check(&format!("{} P0", oracle.id), oracle.expected("P0"), &at_most(0));
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)]
    {
        let level = oracle.expected(&format!("concurrency_{name}")) as i64;
        let [(upto, upto_error), (below, below_error)] =
            [level, level - 1].map(|level| mean_and_error(&at_most(level)));
        // What is too rare to be seen has no error that can be measured.
        let slack = |error: f64| 4.0 * error.max((share * (1.0 - share) / services).sqrt());
        assert!(upto + slack(upto_error) >= share, "{} {name}: at most {level} has {upto}", oracle.id);
        assert!(below - slack(below_error) < share, "{} {name}: below {level} has {below}", oracle.id);
    }
}

#[test]
fn concurrency_without_limits_is_poisson_whatever_the_service() {
    let mut compared = 0;
    for oracle in queueing().chain(closed_forms()).filter(|oracle| oracle.id.starts_with("mginf-")) {
        let lognormal = Distribution::Lognormal { mu: -5f64.ln() / 2.0, sigma: 5f64.ln().sqrt() };
        for work in [Distribution::Exponential { mean: 1.0 }, Distribution::Constant(Span::SECOND), lognormal] {
            check_concurrency(&oracle, &work);
        }
        compared += 1;
    }
    assert_eq!(compared, 5);
}

#[test]
fn a_token_bucket_admits_its_burst_and_then_its_refill() {
    let oracle = scale_per_request("token-det").remove(0);
    let number = |name: &str| oracle["parameters"][name].as_f64().expect(name);
    let mut spec = endless();
    let (capacity, refill) = (number("burst") as u32, number("refill_per_s"));
    spec.limits.requests = Some(TokenBucketSpec { capacity, refill, interval: None });
    let interval = Span::from_seconds_f64(number("arrival_interval"));
    let at = |index: u64| SimTime::from_ns(index * interval.ns());
    let trace: Vec<Invocation> =
        (0..number("n") as u64).map(|index| Invocation::new(at(index), FunctionId(0), Span::ZERO)).collect();
    let outcomes = run_faas(spec, &trace).outcomes;
    let count = |fate: Fate| outcomes.iter().filter(|outcome| outcome.fate == fate).count() as u64;
    assert_eq!(Some(count(Fate::Completed)), oracle["expected"]["admitted"].as_u64());
    assert_eq!(Some(count(Fate::Throttled)), oracle["expected"]["rejected"].as_u64());
}
