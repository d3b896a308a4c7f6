//! The workloads as scenarios of the product.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    W1,
    W2,
    W2Limited,
    W3,
    Mmc,
    Asg,
}

/// Rows of the trace of W3, whatever the number of invocations elsewhere.
const ROWS: u64 = 2_000_000;

impl Workload {
    pub const ALL: [Self; 6] = [Self::W1, Self::W2, Self::W2Limited, Self::W3, Self::Mmc, Self::Asg];

    pub const fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W2Limited => "W2-limited",
            Self::W3 => "W3",
            Self::Mmc => "MMC",
            Self::Asg => "ASG",
        }
    }

    /// The least ratio of speeds, product to floor, that is accepted.
    pub const fn least_ratio(self) -> f64 {
        match self {
            Self::W1 | Self::W2 => 0.45,
            Self::W2Limited => 0.22,
            Self::W3 => 0.4,
            Self::Mmc => 0.5,
            Self::Asg => 0.33,
        }
    }

    pub const fn invocations(self, asked: u64) -> u64 {
        match self {
            Self::W3 => ROWS,
            Self::W1 | Self::W2 | Self::W2Limited | Self::Mmc | Self::Asg => asked,
        }
    }

    /// Writes the scenario, and the trace where there is one.
    pub fn prepare(self, invocations: u64, folder: &Path) -> PathBuf {
        let text = match self {
            Self::W1 => one_function(invocations),
            Self::W2 => many_functions(invocations, ""),
            Self::W2Limited => many_functions(invocations, "concurrency = { account = 1000 }\n"),
            Self::W3 => trace(folder),
            Self::Mmc => fixed_fleet(invocations),
            Self::Asg => scaled_fleet(invocations),
        };
        let path = folder.join(format!("{}.toml", self.name()));
        fs::write(&path, text).expect("a scenario file");
        path
    }
}

fn head(name: &str, seconds: f64) -> String {
    format!("[scenario]\nname = \"{name}\"\nduration = \"{seconds}s\"\nwarmup = \"0s\"\nseed = 1\nreplications = 1\n")
}

/// A Lambda deployment with nothing but keep-alive and a constant cold start.
fn lambda(cold_ms: u32, more: &str) -> String {
    format!(
        "[deployments.lambda]\nplatform = \"aws-lambda\"\nmemory = \"128MB\"\nidle_choice = \"mru\"\n\
         keep_alive = {{ policy = \"fixed\", idle = \"600s\" }}\n\
         cold_start = {{ dist = \"constant\", value = \"{cold_ms}ms\" }}\n{more}"
    )
}

const UNLIMITED: &str =
    "concurrency = { account = \"unlimited\" }\nscaling_rate = \"unlimited\"\nrequest_rate = \"unlimited\"\n";

fn one_function(invocations: u64) -> String {
    head("w1", invocations as f64 / 0.9)
        + "[functions.f]\nduration = { dist = \"exponential\", mean = \"1991ms\" }\ntimeout = \"15min\"\n\
           [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"0.9/s\" }\n"
        + &lambda(253, UNLIMITED)
}

fn many_functions(invocations: u64, limits: &str) -> String {
    let harmonic: f64 = (1..=1_000).map(|rank| 1.0 / f64::from(rank)).sum();
    let mut text = head("w2", invocations as f64 / 1_000.0);
    for rank in 1..=1_000u32 {
        let rate = 1_000.0 / harmonic / f64::from(rank);
        write!(
            text,
            "[functions.f{rank}]\nduration = {{ dist = \"lognormal\", median = \"100ms\", sigma = 1.0 }}\ntimeout = \"15min\"\n\
             [workload.w{rank}]\nfunction = \"f{rank}\"\narrivals = {{ process = \"poisson\", rate = \"{rate}/s\" }}\n"
        )
        .expect("text grows");
    }
    text + &lambda(500, if limits.is_empty() { UNLIMITED } else { limits })
}

fn trace(folder: &Path) -> String {
    let path = folder.join("trace.csv");
    if !path.exists() {
        let sample =
            breakeven::workload::generate::Azure2021Sample { rows: ROWS, apps: 120, functions: 420, days: 14, seed: 1 };
        let file = std::io::BufWriter::new(fs::File::create(&path).expect("a trace file"));
        breakeven::workload::generate::write_azure2021_sample(file, &sample).expect("room for the trace");
    }
    head("w3", 14.0 * 86_400.0)
        + "[workload.w]\ntrace = \"trace.csv\"\nformat = \"azure2021\"\n"
        + &lambda(1_000, &format!("pool = \"app\"\n{UNLIMITED}"))
}

fn fixed_fleet(invocations: u64) -> String {
    head("mmc", invocations as f64 / 72.0)
        + "[functions.f]\nduration = { dist = \"exponential\", mean = \"100ms\" }\n\
           [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"72/s\" }\n\
           [deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"c5.2xlarge\"\ncount = 1\ndiscipline = \"fcfs\"\nworkers = 8\n"
}

fn scaled_fleet(invocations: u64) -> String {
    let seconds = invocations as f64 / 72.0;
    let steps = (0..).map(|step| (step * 2, if step % 2 == 0 { 36 } else { 108 }));
    let steps: Vec<String> = steps
        .take_while(|(hours, _)| f64::from(*hours) * 3_600.0 < seconds)
        .map(|(hours, rate)| format!("{{ from = \"{hours}h\", rate = \"{rate}/s\" }}"))
        .collect();
    head("asg", seconds)
        + "[functions.f]\nduration = { dist = \"exponential\", mean = \"100ms\" }\n[workload.w]\nfunction = \"f\"\n"
        + &format!("arrivals = {{ process = \"piecewise\", steps = [{}] }}\n", steps.join(", "))
        + "[deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"c5.large\"\ndiscipline = \"fcfs\"\n\
           size = { least = 1, most = 30 }\nscaling = { policy = \"target-tracking\", target = \"60%\" }\n"
}
