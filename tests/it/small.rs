//! A small scenario for studies, and the program run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// 12,000 invocations; functions and servers both meet the objectives.
pub const SCENARIO: &str = r#"
[scenario]
name = "small"
duration = "20min"
warmup = "1min"
seed = 11
replications = 3

[functions.api]
memory = "256MB"
duration = { dist = "lognormal", median = "40ms", p99 = "200ms" }
cpu = "80%"
init = "300ms"

[workload.web]
function = "api"
arrivals = { process = "poisson", rate = "10/s" }

[slo]
latency = { p99 = "400ms" }
errors = "0.1%"

[deployments.lambda]
platform = "aws-lambda"
memory = "1024MB"

[deployments.servers]
platform = "aws-ec2"
instance = "c6i.large"
count = 2
"#;

/// A folder with the scenario in it, as `small.toml`.
pub fn folder() -> TempDir {
    folder_with(SCENARIO)
}

/// A folder with this text as `small.toml`.
pub fn folder_with(scenario: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), scenario).unwrap();
    folder
}

/// The program, started in `folder`.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(folder).args(arguments);
    command
}

pub fn sim(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// What it prints; it must succeed.
#[track_caller]
pub fn stdout(folder: &Path, arguments: &[&str]) -> String {
    let output = sim(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What it prints as JSON; it must succeed.
#[track_caller]
pub fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&stdout(folder, &[arguments, &["--format", "json"]].concat())).unwrap()
}

/// Fails with `code` and an error that says all of `parts`, and prints no result.
#[track_caller]
pub fn fails(folder: &Path, arguments: &[&str], code: i32, parts: &[&str]) {
    let output = sim(folder, arguments);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

/// Every line fits a terminal; paths must stay whole.
#[track_caller]
pub fn fits(text: &str) {
    let wide = text.lines().find(|line| line.chars().count() > 80 && !line.contains("small-"));
    assert_eq!(wide, None);
}

/// All files below `folder`, with their bytes, in order.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push((path.clone(), std::fs::read(&path).unwrap())) }
        }
    }
    found.sort();
    found
}
