//! Intervals that the program prints cover the truth 93 to 97 times of 100: a queue and two function platforms of which
//! the truth is known (`ci-coverage` of the project's reference values; Law and Kelton, chapter 9).

use std::path::Path;

use breakeven::results::{Results, assemble};
use breakeven::scenario::{Overrides, Plan, load_text};
use breakeven::study::{self, Control};

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
    let of_seeds = |from: u64| -> Vec<[f64; 2]> {
        let seeds = (from..SEEDS).step_by(2);
        seeds.map(|seed| figure(&answer(&plan, seed)).expect("an interval")).collect()
    };
    let intervals = std::thread::scope(|threads| {
        let even = threads.spawn(|| of_seeds(0));
        let odd = of_seeds(1);
        [even.join().expect("it does not panic"), odd].concat()
    });
    let covers = |[low, high]: &&[f64; 2]| *low <= truth && truth <= *high;
    let share = intervals.iter().filter(covers).count() as f64 / SEEDS as f64;
    let mean = intervals.iter().map(|[low, high]| f64::midpoint(*low, *high)).sum::<f64>() / SEEDS as f64;
    println!("{what}: {share:.3} of {SEEDS} intervals cover {truth:.6}; mean of all {mean:.6}");
    assert!((0.93..=0.97).contains(&share), "{what}: {share}");
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
