//! The program as its users meet it: arguments, output, exit codes.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `sim` in `folder`.
fn sim_in(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(folder).env_remove("NO_COLOR").args(arguments).assert()
}

fn sim(arguments: &[&str]) -> Assert {
    sim_in(&root(), arguments)
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Fails with `code`, says all of `parts` on stderr, and nothing on stdout.
#[track_caller]
fn check_fails(folder: &Path, arguments: &[&str], code: i32, parts: &[&str]) {
    let assert = sim_in(folder, arguments).code(code);
    assert_eq!(stdout(&assert), "");
    let text = stderr(&assert);
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

#[track_caller]
fn check_width(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn wrong_usage_is_the_user_s_mistake() {
    check_fails(&root(), &["chek"], 2, &["unrecognized subcommand", "check"]);
    check_fails(&root(), &["check"], 2, &["SCENARIO"]);
    check_fails(&root(), &["run", "scenarios/iot.toml", "--threads", "0"], 2, &["--threads"]);
    check_fails(&root(), &["run", "scenarios/iot.toml", "--replications", "0"], 2, &["--replications"]);
    check_fails(&root(), &["run", "scenarios/iot.toml", "--seed", "-1"], 2, &["--seed", "a whole number from 0"]);
}

#[test]
fn help_and_version_are_results() {
    check_width(&stdout(&sim(&["--help"]).success()));
    for command in ["run", "check", "init", "report", "trace", "prices", "platforms"] {
        check_width(&stdout(&sim(&[command, "--help"]).success()));
    }
    assert!(stdout(&sim(&["--version"]).success()).starts_with("sim "));
}

#[test]
fn check_prints_what_would_be_simulated_within_80_columns() {
    let text = stdout(&sim(&["check", "scenarios/iot.toml"]).success());
    check_width(&text);
    for part in ["telemetry", "lambda-1024", "3 components", "t3.medium", "latency p99", "<= 250ms"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn check_counts_what_the_rates_say() {
    let assert = sim(&["check", "scenarios/iot.toml", "--format", "json", "--set", "scenario.duration=2h"]).success();
    let value: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(value["sources"][1]["name"], "logs");
    assert_eq!(value["sources"][1]["invocations"].as_f64(), Some(2_400.0));
    assert_eq!(value["duration_s"].as_f64(), Some(7_200.0));
}

#[test]
fn a_wrong_scenario_is_placed_on_stderr() {
    let arguments = ["check", "tests/golden/scenario-problems/scenario.toml"];
    check_fails(&root(), &arguments, 2, &["scenario.toml:3:1", "unknown key `duraton`", "problems"]);
    check_fails(&root(), &["run", "no/such.toml"], 2, &["no/such.toml", "no such file"]);
    check_fails(&root(), &["check", "scenarios"], 2, &["is a directory"]);
    check_fails(&root(), &["check", "scenarios/iot.toml", "--set", "foo=1"], 2, &["--set:1:1", "unknown name `foo`"]);
}

/// They are no keys of the file, and are suggested as if they were.
#[test]
fn a_slip_in_demand_or_prices_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let varied = |vary: &str, parts: &[&str]| {
        let scenario = root().join("scenarios/iot.toml");
        let arguments = ["sweep", scenario.to_str().unwrap(), "--vary", vary, "--out", "o"];
        check_fails(folder.path(), &arguments, 2, parts);
    };
    varied("demnd=x1..x5:lin:3", &["unknown name `demnd`", "similar name exists: `demand`"]);
    varied("price.aws-lambda=x1,x2", &["unknown name `price`", "similar name exists: `prices`"]);
    varied("nothing=x1,x2", &["expected one of", "`demand`, `prices`"]);
    check_fails(&root(), &["check", "scenarios/iot.toml", "--set", "demnd=x2"], 2, &["--set:1:1", "`demand`"]);
    varied("demand.sensors=x1,x2", &["nothing below it", "workload.NAME.arrivals"]);
    varied("prices=x1,x2", &["`prices` does not say of which list", "prices.aws-lambda"]);
    let text = std::fs::read_to_string(root().join("scenarios/iot.toml")).unwrap();
    for section in ["sweep", "uncertainty"] {
        let scenario = folder.path().join("slip.toml");
        std::fs::write(&scenario, format!("{text}\n[{section}]\ndmeand = \"x1..x2:lin:2\"\n")).unwrap();
        check_fails(folder.path(), &[section, "slip.toml", "--out", "o"], 2, &["slip.toml:", "dmeand", "`demand`"]);
    }
}

#[test]
fn what_an_argument_adds_is_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("s.toml"),
        "[scenario]\nname = \"s\"\nduration = \"1h\"\n[functions.f]\nmemory = \"1GB\"\nduration = \"1s\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = { process = \"constant\", rate = \"1/s\" }\n\
         [deployments.x]\nplatform = \"aws-lambda\"\n\
         concurrency = { scheduled = [{ at = \"5min\", provisioned = 5 }] }\n",
    )
    .unwrap();
    let check = |set: &str, parts: &[&str]| {
        check_fails(folder.path(), &["check", "s.toml", "--set", set], 2, parts);
    };
    let scheduled = "deployments.x.concurrency.scheduled";
    let whole = "PATH.0={ provisioned = 5, cron = \"0 7 * * *\" }";
    check(&format!("{scheduled}.0.cron=0 7 * * *"), &["--set:1:", "exclude each other", whole]);
    check(&format!("{scheduled}.0.provisioned=3000000"), &["--set:1:", "sum to 3000000"]);
    check("deployments.x.concurrency.reserved=901", &["--set:1:", "sum to 901"]);
    let instead = format!("{scheduled}.0={{ provisioned = 5, cron = \"0 7 * * *\" }}");
    sim_in(folder.path(), &["check", "s.toml", "--set", &instead]).success();
}

#[test]
fn colours_come_when_they_are_wanted() {
    let arguments = ["check", "tests/golden/scenario-problems/scenario.toml", "--color"];
    let color = |when| stderr(&sim(&[&arguments[..], &[when]].concat()).code(2));
    assert!(color("always").contains('\u{1b}'));
    assert!(!color("never").contains('\u{1b}'));
    assert!(!color("auto").contains('\u{1b}'), "stderr is no terminal here");
}

#[test]
fn init_writes_a_scenario_that_check_accepts_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&sim_in(folder.path(), &["init", "shop"]).success());
    assert!(text.contains("sim check shop.toml"), "{text}");
    let checked = stdout(&sim_in(folder.path(), &["check", "shop.toml"]).success());
    assert!(checked.starts_with("shop: 1d"), "{checked}");
    check_fails(folder.path(), &["init", "shop"], 2, &["`shop.toml` exists already"]);
    check_fails(folder.path(), &["init", "no/such/folder/x"], 2, &["there is no folder `no/such/folder`"]);
    sim_in(folder.path(), &["init"]).success();
    assert!(folder.path().join("scenario.toml").exists());
}

#[test]
fn an_output_folder_that_cannot_be_written_is_found_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let scenario = root().join("scenarios/iot.toml");
    let scenario = scenario.to_str().unwrap();
    for out in ["file", "file/deeper"] {
        check_fails(folder.path(), &["run", scenario, "--out", out], 3, &["cannot be written", "is a file"]);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left behind");
}

#[test]
fn the_schema_is_printed_as_committed() {
    let text = stdout(&sim(&["schema"]).success());
    let committed = std::fs::read_to_string(root().join("scenario.schema.json")).unwrap();
    assert!(text == committed, "`sim schema` and scenario.schema.json differ");
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&sim(&["completions", shell]).success()).contains("platforms"), "{shell}");
    }
}

#[test]
fn platforms_are_shown_with_dates_and_sources_within_80_columns() {
    check_width(&stdout(&sim(&["platforms", "list"]).success()));
    for name in ["aws-lambda", "aws-ec2", "azure-vm", "gcp-compute"] {
        check_width(&stdout(&sim(&["platforms", "show", name]).success()));
    }
    let text = stdout(&sim(&["platforms", "show", "aws-lambda"]).success());
    assert!(text.contains("memory-per-vcpu = 1769MB"), "{text}");
    let text = stdout(&sim(&["platforms", "show", "aws-ec2", "--format", "json"]).success());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["instances"].as_array().unwrap().len(), 320);
    check_fails(&root(), &["platforms", "show", "aws-lamda"], 2, &["did you mean `aws-lambda`?"]);
}

/// `sim ... | head` must not end in an error.
#[test]
fn a_closed_pipe_is_not_an_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["platforms", "show", "aws-ec2"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn trace_inspect_reads_the_sample() {
    let sample = "scenarios/traces/azure-sample.csv.gz";
    let text = stdout(&sim(&["trace", "inspect", sample, "--format", "json"]).success());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["invocations"], 8_000);
    check_width(&stdout(&sim(&["trace", "inspect", sample]).success()));
    check_fails(&root(), &["trace", "inspect", "no.csv"], 2, &["no.csv"]);
    let wrong = ["trace", "inspect", sample, "--trace-format", "azure2020"];
    check_fails(&root(), &wrong, 2, &["`azure2020` is not a trace format", "did you mean"]);
}

#[test]
fn prices_are_listed_shown_quoted_and_proved() {
    sim(&["prices", "list"]).success();
    sim(&["prices", "show", "aws-lambda"]).success();
    sim(&["prices", "verify"]).success();
    let quote = ["prices", "quote", "aws-lambda", "--usage", "requests=3M"];
    assert!(stdout(&sim(&quote).success()).contains("$0.6"), "three million requests at $0.20 a million");
    check_fails(&root(), &["prices", "show", "aws-lamda"], 2, &["aws-lamda", "did you mean `aws-lambda`?"]);
}
