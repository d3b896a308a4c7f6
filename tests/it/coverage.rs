//! Intervals that the program prints cover the truth 93 to 97 times of 100: a queue and two function platforms of which
//! the truth is known (`ci-coverage` of the project's reference values; Law and Kelton, chapter 9).

use std::path::Path;

use breakeven::results::{IntervalMethod, Results, assemble};
use breakeven::rng::{Entity, Purpose, Seed};
use breakeven::scenario::{Overrides, Plan, load_text};
use breakeven::study::{self, Control};
use rand::RngExt;

/// Seeds; more than a thousand as the reference asks.
const SEEDS: u64 = 1_000;

fn plan(text: &str) -> Plan {
    let mut plan = load_text("t.toml", text.to_owned(), Path::new("."), &Overrides::default()).unwrap();
    plan.probes = false;
    plan
}

fn answer(plan: &Plan, seed: u64) -> Results {
    let plan = Plan { seed, ..plan.clone() };
    assemble(&plan, &study::run(&plan, 1, &Control::default()).unwrap()).unwrap().0
}

/// How often the interval that `figure` names covers `truth`; the mean of all, for a reader.
#[track_caller]
fn check(what: &str, text: &str, truth: f64, figure: impl Fn(&Results) -> Option<[f64; 2]> + Sync) {
    let plan = plan(text);
    count(what, truth, 0.93, |seed| figure(&answer(&plan, seed)).expect("an interval"));
}

#[track_caller]
fn count(what: &str, truth: f64, least: f64, interval: impl Fn(u64) -> [f64; 2] + Sync) {
    let of_seeds = |from: u64| -> Vec<[f64; 2]> { (from..SEEDS).step_by(2).map(&interval).collect() };
    let intervals = std::thread::scope(|threads| {
        let even = threads.spawn(|| of_seeds(0));
        let odd = of_seeds(1);
        [even.join().expect("it does not panic"), odd].concat()
    });
    let covers = |[low, high]: &&[f64; 2]| *low <= truth && truth <= *high;
    let share = intervals.iter().filter(covers).count() as f64 / SEEDS as f64;
    let mean = intervals.iter().map(|[low, high]| f64::midpoint(*low, *high)).sum::<f64>() / SEEDS as f64;
    println!("{what}: {share:.3} of {SEEDS} intervals cover {truth:.6}; mean of all {mean:.6}");
    assert!((least..=0.97).contains(&share), "{what}: {share}");
}

/// M/M/1 at load 0.8: the mean response is 5 service times. Ten replications, each after a warm-up.
#[test]
fn intervals_of_a_queue_cover_its_mean_response() {
    let text = "[scenario]\nname = \"t\"\nduration = \"14000s\"\nwarmup = \"2000s\"\nreplications = 10\n\
                [functions.f]\nmemory = \"128MB\"\nduration = { dist = \"exponential\", mean = \"1s\" }\n\
                [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"0.8/s\" }\n\
                [deployments.s]\nplatform = \"aws-ec2\"\ninstance = \"c6i.large\"\ncount = 1\n\
                discipline = \"fcfs\"\nworkers = 1\nnetwork = \"0s\"\n";
    check("M/M/1, mean response", text, 5.0, |results| results.deployments[0].latency_s.ci95.mean);
}

/// The same queue in one long run, cut into twenty blocks: the mean, and the percentile of an exponential law, ln(100) / 0.2,
/// whose long waits come in so few clusters a block that its interval falls a little short (0.926 here).
#[test]
fn batch_means_of_one_run_cover_a_queue_s_mean_and_percentile() {
    let text = "[scenario]\nname = \"t\"\nduration = \"142000s\"\nwarmup = \"2000s\"\n\
                [functions.f]\nmemory = \"128MB\"\nduration = { dist = \"exponential\", mean = \"1s\" }\n\
                [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"0.8/s\" }\n\
                [deployments.s]\nplatform = \"aws-ec2\"\ninstance = \"c6i.large\"\ncount = 1\n\
                discipline = \"fcfs\"\nworkers = 1\nnetwork = \"0s\"\n";
    let plan = Plan { blocks: true, ..plan(text) };
    let of = |seed| {
        let results = answer(&plan, seed);
        assert_eq!(results.scenario.intervals.method, IntervalMethod::BatchMeans);
        results.deployments[0].latency_s.ci95
    };
    count("M/M/1 in one run, mean response", 5.0, 0.93, |seed| of(seed).mean.expect("an interval"));
    count("M/M/1 in one run, 99th percentile", 100.0_f64.ln() / 0.2, 0.92, |seed| of(seed).p99.expect("an interval"));
}

/// Traces of a rarely used function, each drawn anew; the interval of each is from its own hours alone.
#[test]
fn the_block_bootstrap_of_a_trace_covers_the_share_of_cold_starts() {
    let folder = tempfile::tempdir().unwrap();
    let of = |seed: u64| {
        let mut stream = Seed { seed, replication: 0 }.stream(Entity::named("trace"), Purpose::Arrivals);
        let mut rows = String::from("timestamp,function,duration_s\n");
        let mut at = 0.0;
        while at < 200_000.0 {
            at -= 100.0 * (1.0 - stream.random::<f64>()).ln();
            rows.push_str(&format!("{at:.6},f,0\n"));
        }
        let name = format!("{seed}.csv");
        std::fs::write(folder.path().join(&name), rows).unwrap();
        let text = format!(
            "[scenario]\nname = \"t\"\nduration = \"200000s\"\nwarmup = \"2000s\"\n\
             [functions.f]\nmemory = \"128MB\"\n\
             [workload.w]\ntrace = \"{name}\"\nformat = \"invocations\"\n\
             [deployments.l]\nplatform = \"aws-lambda\"\nnetwork = \"0s\"\ncold_start = \"0s\"\n\
             keep_alive = {{ policy = \"fixed\", idle = \"300s\" }}\n"
        );
        let plan = load_text("t.toml", text, folder.path(), &Overrides::default()).unwrap();
        let results = answer(&Plan { blocks: true, probes: false, ..plan }, seed);
        assert_eq!(results.scenario.intervals.method, IntervalMethod::BlockBootstrap);
        results.deployments[0].cold_start.ci95.expect("an interval")
    };
    count("trace in hours, cold share", (-3.0_f64).exp(), 0.93, of);
}

/// `cold-expT-l5.0-T5`: exponential keep-alive, the same for every choice of an idle instance.
#[test]
fn intervals_of_cold_starts_cover_the_markov_chain_s() {
    let text = "[scenario]\nname = \"t\"\nduration = \"1500s\"\nwarmup = \"100s\"\nreplications = 10\n\
                [functions.f]\nmemory = \"128MB\"\nduration = { dist = \"exponential\", mean = \"1s\" }\n\
                [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"5/s\" }\n\
                [deployments.l]\nplatform = \"aws-lambda\"\nnetwork = \"0s\"\n\
                keep_alive = { policy = \"exponential\", mean = \"5s\" }\ncold_start = \"0s\"\n\
                cold_duration = { dist = \"exponential\", mean = \"3s\" }\n";
    check("exponential keep-alive, cold share", text, 0.118_901_688, |results| results.deployments[0].cold_start.ci95);
    check("exponential keep-alive, mean response", text, 1.237_803_376, |results| {
        results.deployments[0].latency_s.ci95.mean
    });
}

/// `cold-single-l0.01-T300`: a fixed keep-alive, one instance: e^(-3) start cold.
#[test]
fn intervals_of_a_rarely_used_function_cover_the_exponential() {
    let text = "[scenario]\nname = \"t\"\nduration = \"200000s\"\nwarmup = \"2000s\"\nreplications = 10\n\
                [functions.f]\nmemory = \"128MB\"\nduration = \"0s\"\n\
                [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"0.01/s\" }\n\
                [deployments.l]\nplatform = \"aws-lambda\"\nnetwork = \"0s\"\ncold_start = \"0s\"\n\
                keep_alive = { policy = \"fixed\", idle = \"300s\" }\n";
    check("fixed keep-alive, cold share", text, (-3.0_f64).exp(), |results| results.deployments[0].cold_start.ci95);
}
