//! Faults that were found in use, each by the smallest scenario that shows it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const HEAD: &str = "[scenario]\nname = \"s\"\nwarmup = \"0s\"\nseed = 1\nreplications = 1\n";

fn sim(folder: &Path, scenario: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    let path = folder.join("s.toml");
    fs::write(&path, scenario).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    let out = folder.join("out");
    command.current_dir(folder).arg("run").arg(path).arg("--out").arg(out);
    command.args(["--no-report", "--format", "json"]).args(more).timeout(std::time::Duration::from_secs(60)).assert()
}

fn results(scenario: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = sim(folder.path(), scenario, &[]).success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

fn number(value: &Value) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

const POISSON: &str = "[functions.f]\nmemory = \"128MB\"\nduration = \"50ms\"\n\
    [workload.w]\nfunction = \"f\"\narrivals = { process = \"poisson\", rate = \"1/s\" }\n";

#[test]
fn the_order_of_functions_in_memory_reaches_no_output() {
    let text = format!(
        "{HEAD}duration = \"1h\"\n[functions.a]\nmemory = \"128MB\"\nduration = \"9ms\"\ncpu = \"50%\"\n\
         [functions.b]\nmemory = \"128MB\"\nduration = \"9ms\"\n\
         [workload.a]\nfunction = \"a\"\narrivals = {{ process = \"constant\", rate = \"1/s\" }}\n\
         [workload.b]\nfunction = \"b\"\narrivals = {{ process = \"constant\", rate = \"1/s\" }}\n\
         [deployments.l]\nplatform = \"aws-lambda\"\n"
    );
    let first = results(&text);
    for _ in 0..6 {
        assert_eq!(results(&text), first);
    }
}

#[test]
fn a_peak_between_the_instants_of_the_grid_is_seen() {
    let text = format!(
        "{HEAD}duration = \"1d\"\n[functions.a]\nmemory = \"128MB\"\nduration = \"50ms\"\n\
         [functions.b]\nmemory = \"128MB\"\nduration = \"50ms\"\n\
         [workload.a]\nfunction = \"a\"\narrivals = {{ process = \"batch\", size = 500, period = \"2h\" }}\n\
         [workload.b]\nfunction = \"b\"\narrivals = {{ process = \"constant\", rate = \"1/min\" }}\n\
         [deployments.l]\nplatform = \"aws-lambda\"\n"
    );
    assert!(number(&results(&text)["deployments"][0]["capacity"]["busy_peak"]) >= 500.0);
}

#[test]
fn a_month_of_one_server_costs_a_month_whatever_the_window() {
    for duration in ["10s", "90s", "1d"] {
        let text = format!(
            "{HEAD}duration = \"{duration}\"\n{POISSON}\
             [deployments.s]\nplatform = \"aws-ec2\"\ninstance = \"t3.medium\"\ncount = 1\n"
        );
        // 730 hours at $0.0416 (on demand, us-east-1).
        assert_eq!(number(&results(&text)["deployments"][0]["cost"]["per_month"]), 30.368, "{duration}");
    }
}

#[test]
fn a_rate_that_comes_in_steps_is_enforced_on_all_functions_together() {
    let text = format!(
        "{HEAD}duration = \"10min\"\n[functions.a]\nmemory = \"128MB\"\nduration = \"9ms\"\n\
         [functions.b]\nmemory = \"128MB\"\nduration = \"9ms\"\n\
         [workload.a]\nfunction = \"a\"\narrivals = {{ process = \"constant\", rate = \"1/s\" }}\n\
         [workload.b]\nfunction = \"b\"\narrivals = {{ process = \"constant\", rate = \"1/s\" }}\n\
         [deployments.l]\nplatform = \"aws-lambda\"\n\
         request_rate = {{ burst = 60, per_second = 1, interval = \"60s\" }}\n"
    );
    // 60 tokens a minute for 120 requests a minute: half of 1,200.
    let counts = &results(&text)["deployments"][0]["invocations"];
    assert_eq!((number(&counts["offered"]), number(&counts["throttled"])), (1_200.0, 600.0));
}

#[test]
fn steps_of_no_length_and_the_slowest_of_rates_do_not_stop_the_program() {
    for bucket in ["interval = \"0s\", per_second = 1", "per_second = 0.0000001"] {
        let text = format!(
            "{HEAD}duration = \"10min\"\n{POISSON}[deployments.l]\nplatform = \"aws-lambda\"\n\
             request_rate = {{ burst = 5, {bucket} }}\n"
        );
        assert!(number(&results(&text)["deployments"][0]["invocations"]["throttled"]) > 0.0);
    }
}

fn with_trace(duration: &str, warmup: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), "timestamp,function,duration_s\n1,g,1\n9,g,1\n").unwrap();
    let text = format!(
        "[scenario]\nname = \"s\"\nwarmup = \"{warmup}\"\nseed = 1\nreplications = 1\n{duration}\n{POISSON}\
         [workload.t]\ntrace = \"t.csv\"\nformat = \"invocations\"\n\
         [deployments.l]\nplatform = \"aws-lambda\"\nmemory = \"128MB\"\n"
    );
    (folder, text)
}

#[test]
fn an_endless_source_beside_a_trace_ends_with_the_trace() {
    let (folder, text) = with_trace("", "0s");
    let output = sim(folder.path(), &text, &[]).success().get_output().stdout.clone();
    let results: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(number(&results["scenario"]["duration_s"]), 10.0);
}

#[test]
fn a_warm_up_longer_than_the_trace_is_refused() {
    let (folder, text) = with_trace("", "1h");
    let assert = sim(folder.path(), &text, &[]).code(2);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("warm-up of 1h"), "{said}");
}

#[test]
fn a_century_of_thousands_of_servers_fits() {
    let text = format!(
        "{HEAD}duration = \"36500d\"\n{}\
         [deployments.s]\nplatform = \"aws-ec2\"\ninstance = \"t3.medium\"\ncount = 2000\n",
        POISSON.replace("1/s", "1/d")
    );
    assert_eq!(number(&results(&text)["deployments"][0]["capacity"]["instances_mean"]), 2_000.0);
}

#[test]
fn a_month_of_servers_costs_the_listed_hour_times_730_on_every_cloud() {
    let cases = [
        ("azure-vm", "Standard_D2s_v5", "", 140.16),
        ("azure-vm", "Standard_D2s_v5", "region = \"westeurope\"\n", 167.9),
        ("gcp-compute", "e2-standard-2", "", 97.8366732),
        ("gcp-compute", "e2-standard-2", "purchase = \"spot\"\n", 58.70952),
    ];
    for (platform, instance, more, expected) in cases {
        let text = format!(
            "{HEAD}duration = \"1h\"\n{POISSON}\
             [deployments.s]\nplatform = \"{platform}\"\ninstance = \"{instance}\"\ncount = 2\n{more}"
        );
        // Two servers, 730 hours: $0.096 in eastus, $0.115 in westeurope, $0.06701142 and $0.040212 (spot) in us-central1.
        assert_eq!(number(&results(&text)["deployments"][0]["cost"]["per_month"]), expected, "{platform} {more}");
    }
}
