//! What README.md shows is what the program says.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::sources::root;

/// The blocks of code of README.md.
fn blocks() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).expect("README.md");
    text.split("```").skip(1).step_by(2).map(str::to_owned).collect()
}

fn sim(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    let output = command.current_dir(root()).args(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

/// Lines that hold figures of the answer, not of the machine.
fn figures(text: &str) -> Vec<&str> {
    let machine = |line: &str| line.contains("invocations simulated in") || line.contains("breakeven 0.");
    let lines = text.lines().take_while(|line| !line.starts_with("report ")).filter(|line| !machine(line));
    lines.map(str::trim_end).filter(|line| !line.is_empty() && *line != "text").collect()
}

/// The summary that README.md prints, and the report in the repository. After a change that moves figures:
/// `cargo run --release -- run scenarios/iot.toml`, which writes the report, then copy the summary.
#[test]
fn the_summary_and_the_report_are_those_of_the_main_example() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a path");
    let said = sim(&["run", "scenarios/iot.toml", "--out", out]);
    let shown = blocks().into_iter().find(|block| block.contains("lambda-1024")).expect("a summary");
    assert_eq!(figures(&shown), figures(&said));
    if cfg!(all(feature = "report", target_os = "linux", target_arch = "x86_64")) {
        check_kept(folder.path());
    }
}

/// `reports/iot` holds the page and all pictures that are in `written`, with the same bytes.
#[track_caller]
fn check_kept(written: &Path) {
    let pictures =
        fs::read_dir(written.join("charts")).expect("charts").map(|entry| entry.expect("an entry").file_name());
    let pictures = pictures.map(|name| Path::new("charts").join(name));
    let pictures = pictures.filter(|path| path.extension().is_some_and(|end| end == "png"));
    for path in pictures.chain([PathBuf::from("report.html")]) {
        let kept = fs::read(root().join("reports/iot").join(&path)).unwrap_or_default();
        let made = fs::read(written.join(&path)).expect("a file of the report");
        assert!(made == kept, "reports/iot/{} is not what the program writes", path.display());
    }
}

#[test]
fn the_verdict_on_worked_bills_is_the_program_s() {
    let said = sim(&["prices", "verify"]);
    let verdict = said.lines().find(|line| line.contains("bills recomputed")).expect("a verdict");
    let text = fs::read_to_string(root().join("README.md")).expect("README.md").replace('\n', " ");
    assert!(text.contains(verdict), "README.md does not say `{verdict}`");
}

/// Both commands, and the job that calls the second.
#[test]
fn the_second_command_is_what_the_checks_run() {
    let commands: Vec<String> = blocks().into_iter().filter(|block| block.starts_with("sh\n")).collect();
    let lines: Vec<&str> = commands[0].lines().skip(1).collect();
    assert_eq!(lines, ["cargo run --release -- run scenarios/iot.toml", "cargo test --release"]);
    let job = fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    let calls: Vec<&str> = job.lines().filter(|line| line.starts_with("cargo")).collect();
    assert_eq!(calls, [lines[1]]);
}

/// `results.json` has the same bytes on any number of threads, for synthetic sources and for a trace.
#[test]
fn results_are_the_same_on_any_number_of_threads() {
    for (scenario, shorter) in [("scenarios/iot.toml", "2h"), ("scenarios/azure-functions.toml", "6h")] {
        let results = ["1", "2", "8"].map(|threads| {
            let folder = tempfile::tempdir().expect("a folder");
            let duration = format!("scenario.duration={shorter}");
            let out = folder.path().to_str().expect("a path");
            sim(&["run", scenario, "--no-report", "--threads", threads, "--set", &duration, "--out", out]);
            fs::read(folder.path().join("results.json")).expect("results")
        });
        assert!(results[0] == results[1] && results[0] == results[2], "{scenario} depends on the number of threads");
    }
}
