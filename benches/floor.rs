//! Speed and memory as ratios to a floor: the least work that anyone could do for the same workload.
//!
//! `cargo bench --bench floor` times the product's whole run (`sim run`, user CPU time, start to results, tables written)
//! and the floor of each workload in turn, in the same call, and prints the ratios. Both run as processes of their own.
//!
//! - W1: one function, Poisson 0.9/s, Exp(1.991 s), a cold start adds 0.253 s, keep-alive 600 s.
//! - W2: 1,000 functions, Zipf(1) rates that sum to 1,000/s, lognormal durations (median 100 ms, sigma 1), cold +0.5 s.
//! - W2 limited: the same under an account limit of 1,000 concurrent executions.
//! - W3: a CSV of 2 million rows in the Azure 2021 schema, instances pooled per application, cold +1 s, reading included.
//! - MMC: 8 workers, first come first served, 90 % busy, against a bare heap of finish times.
//! - ASG: servers of 2 workers that follow a load of 36/s and 108/s, two hours each, Exp(100 ms), towards 60 % busy, against
//!   a bare heap of finish times whose number of workers is set every minute.
//!
//! `-- W1 W3` measures some of them, `-- --invocations 1000000` less of each, `-- --runs 5` more often.

#[path = "floor/least.rs"]
mod least;
#[path = "floor/process.rs"]
mod process;
#[path = "floor/workloads.rs"]
mod workloads;

use process::{Cost, measure};
use workloads::Workload;

struct Options {
    invocations: u64,
    runs: usize,
    only: Vec<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, name, invocations, path] = arguments.as_slice()
        && flag == "--least"
    {
        least::run(name, invocations.parse().expect("a number of invocations"), std::path::Path::new(path));
        return;
    }
    let options = options(&arguments);
    let folder = tempfile::tempdir().expect("a folder for scenarios and traces");
    println!(
        "{:<12} {:>12} {:>9} {:>9} {:>7} {:>8} {:>8}",
        "workload", "invocations", "floor/s", "sim/s", "ratio", "least", "peak MB"
    );
    let mut missed = false;
    for workload in Workload::ALL {
        if !options.only.is_empty() && !options.only.iter().any(|only| only.eq_ignore_ascii_case(workload.name())) {
            continue;
        }
        missed |= !compare(workload, &options, folder.path());
    }
    if missed {
        println!("a ratio or a peak is beyond its bound");
        std::process::exit(1);
    }
}

fn options(arguments: &[String]) -> Options {
    let mut options = Options { invocations: 10_000_000, runs: 3, only: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || rest.next().and_then(|text| text.parse().ok()).expect("a number behind the option");
        match argument.as_str() {
            "--invocations" => options.invocations = number(),
            "--runs" => options.runs = number() as usize,
            name => options.only.push(name.to_owned()),
        }
    }
    options
}

/// Prints one row; `false` if the ratio or the memory is beyond its bound.
fn compare(workload: Workload, options: &Options, folder: &std::path::Path) -> bool {
    let invocations = workload.invocations(options.invocations);
    let scenario = workload.prepare(invocations, folder);
    let this = std::env::current_exe().expect("the path of this program");
    let sim = env!("CARGO_BIN_EXE_sim");
    let floor_arguments =
        ["--least".into(), workload.name().to_owned(), invocations.to_string(), folder.display().to_string()];
    let out = folder.join("out").display().to_string();
    let sim_arguments =
        ["run", &scenario.display().to_string(), "--no-report", "--quiet", "--threads", "1", "--out", &out]
            .map(str::to_owned);
    let mut costs: Vec<(Cost, Cost)> = Vec::new();
    for _ in 0..options.runs {
        let floor = measure(&this, &floor_arguments);
        costs.push((floor, measure(sim.as_ref(), &sim_arguments)));
    }
    let median = |of: fn(&(Cost, Cost)) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let ratio = median(|(floor, sim)| floor.user_s / sim.user_s);
    let peak = median(|(_, sim)| sim.peak_mb);
    println!(
        "{:<12} {:>12} {:>8.1}M {:>8.1}M {:>7.2} {:>8.2} {:>8.0}",
        workload.name(),
        invocations,
        invocations as f64 / median(|(floor, _)| floor.user_s) / 1e6,
        invocations as f64 / median(|(_, sim)| sim.user_s) / 1e6,
        ratio,
        workload.least_ratio(),
        peak
    );
    ratio >= workload.least_ratio() && peak <= 100.0
}
