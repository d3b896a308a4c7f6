//! What a sweep costs, as ratios within one run: two threads against one, a point against a run of the same work, many
//! points against few.
//!
//! `cargo bench --bench sweep` runs 1,000 points of 100,000 invocations each through three deployments.

#[path = "floor/process.rs"]
mod process;

use std::path::Path;
use std::time::Instant;

use process::measure;

/// 100,000 invocations in 2 h.
const SCENARIO: &str = r#"
[scenario]
name = "sweep"
duration = "2h"
seed = 3
probes = false

[functions.api]
memory = "256MB"
duration = { dist = "lognormal", median = "40ms", p99 = "200ms" }
cpu = "60%"

[workload.web]
function = "api"
arrivals = { process = "poisson", rate = "13.9/s" }

[deployments.large]
platform = "aws-lambda"
memory = "1024MB"

[deployments.small]
platform = "aws-lambda"
memory = "512MB"

[deployments.servers]
platform = "aws-ec2"
instance = "c6i.large"
count = 2
discipline = "fcfs"
workers = 2
queue = "shared"
"#;

/// Seconds of CPU and of the clock, and the peak of memory.
struct Took {
    cpu_s: f64,
    wall_s: f64,
    peak_mb: f64,
}

fn sim(folder: &Path, arguments: &[&str]) -> Took {
    let place = |name: &str| folder.join(name).display().to_string();
    let fixed = ["--no-report".to_owned(), "--quiet".to_owned(), "--out".to_owned(), place("out")];
    let mut all: Vec<String> = vec![arguments[0].to_owned(), place("sweep.toml")];
    all.extend(arguments[1..].iter().map(|argument| (*argument).to_owned()).chain(fixed));
    let started = Instant::now();
    let cost = measure(Path::new(env!("CARGO_BIN_EXE_sim")), &all);
    Took { cpu_s: cost.user_s, wall_s: started.elapsed().as_secs_f64(), peak_mb: cost.peak_mb }
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    std::fs::write(folder.path().join("sweep.toml"), SCENARIO).expect("the folder is writable");
    // Every point has a workload of its own: nothing is shared between points.
    let sweep = |points: u32, threads: &str| {
        let vary = format!("workload.web.arrivals.rate=x0.99..x1.01:lin:{points}");
        sim(folder.path(), &["sweep", "--vary", &vary, "--threads", threads])
    };
    let runs: Vec<f64> = (0..20).map(|_| sim(folder.path(), &["run", "--threads", "1"]).cpu_s).collect();
    let run = runs.iter().sum::<f64>() / runs.len() as f64;
    let (one, two, few) = (sweep(1_000, "1"), sweep(1_000, "2"), sweep(100, "2"));
    println!("1,000 points, 3e8 invocations: {:.1} s on two threads, {:.1} s on one", two.wall_s, one.wall_s);
    println!("CPU of two threads against one: {:.3}", two.cpu_s / one.cpu_s);
    println!(
        "CPU of a point against a run of its own, start of the program included: {:.2}",
        one.cpu_s / 1_000.0 / run
    );
    println!("peak memory: {:.0} MB for 1,000 points, {:.0} MB for 100", two.peak_mb, few.peak_mb);
    // Bills alone, which are quick: as many points as there is time for.
    let bills = |points: u32| {
        let lambda = format!("prices.aws-lambda=x0.5..x2:lin:{}", points / 100);
        sim(folder.path(), &["sweep", "--vary", &lambda, "--vary", "prices.aws-ec2=x0.5..x2:lin:100", "--threads", "2"])
    };
    let (many, few) = (bills(20_000), bills(1_000));
    println!("a grid of prices: {:.0} MB for 20,000 points, {:.0} MB for 1,000", many.peak_mb, few.peak_mb);
}
