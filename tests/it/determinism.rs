//! The same scenario, seed and version give the same bytes, however many threads there are and whatever else is asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The sample scenarios, shortened.
const SCENARIOS: [(&str, &[&str]); 5] = [
    ("iot", &["--set", "scenario.duration=6h"]),
    ("web-api", &["--set", "scenario.duration=6h", "--set", "workload.news.arrivals.at=3h"]),
    ("azure-functions", &[]),
    ("kubernetes-web", &["--set", "scenario.duration=4h", "--set", "workload.advertisement.arrivals.at=2h"]),
    ("spot-batch", &[]),
];

/// `results.json` of a run of the scenario at `path`.
fn run_file(path: &Path, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(root()).arg("run").arg(path).args(["--no-report", "--quiet", "--out"]).arg(folder.path());
    command.args(arguments).assert().success();
    std::fs::read_to_string(folder.path().join("results.json")).unwrap()
}

fn run(name: &str, arguments: &[&str]) -> String {
    run_file(&root().join(format!("scenarios/{name}.toml")), arguments)
}

fn deployments(results: &str) -> BTreeMap<String, Value> {
    let results: Value = serde_json::from_str(results).unwrap();
    let named = |one: &Value| (one["name"].as_str().unwrap().to_owned(), one.clone());
    results["deployments"].as_array().unwrap().iter().map(named).collect()
}

#[test]
fn results_do_not_depend_on_threads_nor_on_the_run() {
    for (name, arguments) in SCENARIOS {
        let first = run(name, &[arguments, &["--threads", "1"]].concat());
        for threads in ["1", "2", "8"] {
            let again = run(name, &[arguments, &["--threads", threads]].concat());
            assert!(first == again, "{name}: {threads} threads");
        }
    }
}

#[test]
fn another_seed_gives_other_figures_of_the_same_size() {
    for (name, arguments) in &SCENARIOS[..2] {
        let [one, other] = ["1", "2"].map(|seed| run(name, &[arguments, &["--seed", seed][..]].concat()));
        assert_ne!(one, other, "{name}");
        let offered = |results: &str| deployments(results).values().next().unwrap()["invocations"]["offered"].clone();
        let [one, other] = [one, other].map(|results| offered(&results).as_f64().unwrap());
        assert!((one - other).abs() <= 0.25 * one, "{name}: {one} and {other} invocations");
    }
}

#[test]
fn a_trace_is_replayed_whatever_the_seed() {
    let [one, other] = ["1", "2"].map(|seed| deployments(&run("azure-functions", &["--seed", seed])));
    for (name, deployment) in &one {
        assert_eq!(deployment["invocations"]["offered"], other[name]["invocations"]["offered"], "{name}");
    }
}

/// Each deployment alone answers as it does among the others.
#[test]
fn a_deployment_that_is_added_changes_no_other() {
    for (name, arguments) in SCENARIOS {
        let all = deployments(&run(name, arguments));
        let text = std::fs::read_to_string(root().join(format!("scenarios/{name}.toml"))).unwrap();
        let head = text.split_inclusive('\n').take_while(|line| !line.starts_with("[deployments.")).collect::<String>();
        let kept: Vec<&String> = all.keys().take(2).collect();
        let tail: String =
            sections(&text).into_iter().filter(|section| kept.iter().any(|name| belongs(section, name))).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("few.toml");
        let traces = format!("trace = \"{}/", root().join("scenarios").display());
        std::fs::write(&path, (head + &tail).replace("trace = \"", &traces)).unwrap();
        let few = deployments(&run_file(&path, arguments));
        assert_eq!(few.len(), 2, "{name}");
        for (deployment, figures) in few {
            assert_eq!(alone(figures), alone(all[&deployment].clone()), "{name}: {deployment}");
        }
    }
}

/// The figures of a deployment without the one that compares it with others.
fn alone(mut deployment: Value) -> Value {
    let claims = deployment["claims"].as_object_mut().expect("claims");
    assert!(claims.remove("lower_price").is_some());
    deployment
}

/// The parts of a scenario that begin with a header of a deployment.
fn sections(text: &str) -> Vec<String> {
    let mut sections: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.starts_with("[deployments.") {
            sections.push(String::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push_str(line);
        }
    }
    sections
}

fn belongs(section: &str, deployment: &str) -> bool {
    [']', '.'].iter().any(|end| section.starts_with(&format!("[deployments.{deployment}{end}")))
}

/// What is drawn is named by seed, function and purpose: others do not move it.
#[test]
fn a_function_that_is_added_leaves_the_tables_of_the_others() {
    let scenario = |with: bool| {
        let mut text = "[scenario]\nname = \"t\"\nduration = \"6h\"\nstart = \"2026-01-05\"\nseed = 3\n\
                        [functions.old]\nmemory = \"256MB\"\nduration = { dist = \"exponential\", mean = \"1s\" }\n\
                        [workload.w]\nfunction = \"old\"\narrivals = { process = \"poisson\", rate = \"20/min\" }\n"
            .to_owned();
        if with {
            text += "[functions.new]\nmemory = \"1GB\"\nduration = { dist = \"exponential\", mean = \"3s\" }\n\
                     [workload.v]\nfunction = \"new\"\narrivals = { process = \"poisson\", rate = \"30/min\" }\n";
        }
        text + "[deployments.lambda]\nplatform = \"aws-lambda\"\n"
    };
    let row = |with: bool| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.toml");
        std::fs::write(&path, scenario(with)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
        command.arg("run").arg(&path).args(["--no-report", "--quiet", "--csv", "--out"]).arg(folder.path());
        command.assert().success();
        let table = std::fs::read_to_string(folder.path().join("functions.csv")).unwrap();
        let row = table.lines().find(|line| line.split(',').any(|cell| cell == "old")).map(str::to_owned);
        let row = row.expect("a row of the function");
        let (figures, cost) = row.rsplit_once(',').expect("its last column is its cost");
        (figures.to_owned(), cost.parse::<f64>().unwrap())
    };
    let ((figures, cost), (among_others, share)) = (row(false), row(true));
    assert_eq!(figures, among_others);
    // Its share of a bill, whose lines are rounded at the twelfth decimal.
    assert!((cost - share).abs() <= 1e-9 * cost, "{cost} alone, {share} among others");
}
