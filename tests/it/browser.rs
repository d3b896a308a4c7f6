//! Every kind of report, opened in a real browser by `tests/browser/check.py`: what is drawn, what can be clicked, what a
//! screen reader finds, on wide and narrow screens, light and dark.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use breakeven::report;

use crate::pictures::faults;
use crate::python::{chromium, environment, said};
use crate::report::edges;
use crate::small::{SCENARIO, stdout};
use crate::sources::root;

const DAY_S: u64 = 86_400;
const MEGABYTE: u64 = 1_000_000;

/// A fresh folder that stays after the test, so that a person can look at what is in it.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Runs `check.py` on `arguments`, where a browser can be had.
#[track_caller]
fn check(script: &str, arguments: &[PathBuf]) {
    let (Some(browser), Some(python)) = (chromium(), environment("tests/browser/requirements.txt")) else { return };
    let mut command = Command::new(python);
    command.arg(root().join("tests/browser").join(script)).args(arguments).env("BREAKEVEN_CHROMIUM", browser);
    let output = command.output().expect("Python starts");
    println!("{}", said(&output));
    assert!(output.status.success(), "{script}: {}\n{}", output.status, said(&output));
}

/// One answer of each study, from the scenario that all tests of studies share.
fn studies(at: &Path) -> Vec<PathBuf> {
    let unknown = "[uncertainty]\ndemand = \"x0.7..x1.5\"\n\"prices.aws-lambda\" = \"x0.9..x1.1\"\n";
    fs::write(at.join("small.toml"), format!("{SCENARIO}\n{unknown}")).expect("a scenario");
    let memory = "deployments.lambda.memory=512MB,1024MB";
    let offer = r#"{ kind = "compute-savings-plan", term = "1y", discount = "17%" }"#;
    let asked: [&[&str]; 9] = [
        &["run"],
        &["run", "--set", "deployments.lambda.memory=512MB"],
        &["sweep", "--vary", "workload.web.arrivals.rate=2/s,5/s,10/s,20/s", "--vary", memory],
        &["breakeven", "lambda", "servers", "--vary", "demand=x0.1..x10"],
        &["map", "--vary", "demand=x0.5,x1,x2,x4", "--vary", memory],
        &["optimize", "--vary", memory, "--vary", "deployments.servers.count=1..3"],
        &["uncertainty", "--draws", "20"],
        &["commit", "--offer", offer],
        &["cold-starts", "--against", "keep-alive", "--values", "2s,10s,40s"],
    ];
    let mut reports = Vec::new();
    for (index, arguments) in asked.into_iter().enumerate() {
        let out = if index == 1 { "other" } else { arguments[0] };
        stdout(at, &[&arguments[..1], &["small.toml"], &arguments[1..], &["--out", out]].concat());
        reports.push(at.join(out));
    }
    stdout(at, &["compare", "run", "other", "--out", "compare"]);
    reports.push(at.join("compare"));
    reports
}

/// Of the made-up reports, those that are clicked through; the others differ in what is drawn.
const CLICKED: [&str; 3] = ["usual", "hostile-names", "one-point"];

/// What the report must survive, as `report.rs` makes it.
fn made_up(at: &Path) -> Vec<PathBuf> {
    let write = |(name, results, tables): (&str, _, _)| {
        report::write(&at.join(name), &results, &tables, "0.1.0").expect("a report");
        at.join(name)
    };
    edges().into_iter().map(write).collect()
}

/// A run of `scenarios/iot.toml` for `duration`.
fn iot(at: &Path, duration: &str) -> PathBuf {
    let scenario = root().join("scenarios/iot.toml");
    let set = format!("scenario.duration={duration}");
    stdout(at, &["run", scenario.to_str().expect("a path"), "--set", &set, "--out", "iot"]);
    at.join("iot")
}

/// 1,000 functions for 14 days, of which the first is asked most and the last twice a day; 200,000 rows in order of time.
fn trace() -> String {
    let mut rows: Vec<(u64, u64, u64)> = Vec::new();
    for function in 0..1_000_u64 {
        let count = 28 + 25_000 / (function + 1);
        let gap_ms = 14 * DAY_S * 1_000 / count;
        // Multiplying by an odd constant spreads the rows within their gaps, the same way on every machine.
        let spread = |row: u64| (function * 1_000_003 + row).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        rows.extend((0..count).map(|row| (row * gap_ms + spread(row) % gap_ms, function, 10 + spread(row) % 400)));
    }
    rows.sort_unstable();
    let mut text = "timestamp,function,duration_s\n".to_owned();
    for (at_ms, function, length_ms) in rows {
        writeln!(text, "{}.{:03},f{function:04},0.{length_ms:03}", at_ms / 1_000, at_ms % 1_000).expect("memory");
    }
    text
}

const MANY: &str = r#"
[scenario]
name = "many"
start = "2026-01-05"
duration = "14d"
seed = 3

[workload.trace]
trace = "many.csv"
format = "invocations"

[slo]
latency = { p99 = "1s" }
cold_starts = "5%"

[deployments.lambda]
platform = "aws-lambda"
memory = "512MB"

[deployments.ten-minutes]
platform = "aws-lambda"
memory = "512MB"
keep_alive = { policy = "fixed", idle = "10min" }

[deployments.servers]
platform = "aws-ec2"
instance = "c6i.large"
count = 2
"#;

fn many(at: &Path) -> PathBuf {
    let trace = trace();
    let rows = trace.lines().count() - 1;
    assert!((190_000..300_000).contains(&rows), "{rows} rows");
    fs::write(at.join("many.csv"), trace).expect("a trace");
    fs::write(at.join("many.toml"), MANY).expect("a scenario");
    stdout(at, &["run", "many.toml", "--out", "many"]);
    at.join("many")
}

#[track_caller]
fn check_size(report: &Path, megabytes: u64) {
    let size = fs::metadata(report.join("report.html")).expect("a report").len();
    println!("{}: {size} bytes", report.display());
    assert!(size < megabytes * MEGABYTE, "{}: {size} bytes, of {megabytes} MB at most", report.display());
}

/// All reports in one go, so that the browser starts once; then their pictures.
#[test]
fn every_report_works_in_a_browser() {
    let at = folder("reports");
    let run = [iot(&at, "3h"), many(&at)];
    check_size(&run[1], 8);
    let edge = made_up(&at);
    let reports = [&run[..], &studies(&at), &edge].concat();
    let found: Vec<String> = reports.iter().flat_map(|report| faults(report)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let clicked = |report: &&PathBuf| CLICKED.iter().any(|name| report.ends_with(name)) || !edge.contains(*report);
    let (clicked, looked): (Vec<&PathBuf>, Vec<&PathBuf>) = reports.iter().partition(clicked);
    let pages =
        |reports: Vec<&PathBuf>| reports.into_iter().map(|report| report.join("report.html")).collect::<Vec<_>>();
    check("check.py", &[pages(clicked), vec!["--look".into()], pages(looked)].concat());
}

/// Pages with one fault each, and the check that finds it.
#[test]
fn the_checks_in_the_browser_find_faults() {
    let at = folder("faulty");
    fs::write(at.join("small.toml"), SCENARIO).expect("a scenario");
    stdout(&at, &["run", "small.toml", "--out", "run"]);
    check("test_check.py", &[at.join("run/report.html")]);
}

#[test]
fn the_report_of_the_main_example_stays_small() {
    check_size(&iot(&folder("size"), "2d"), 3);
}
