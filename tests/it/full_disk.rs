//! A disk that takes no more: what fails is named, and nothing half-written is left. The limit of a file's size stands for the
//! disk's: it fails the same calls.

use std::path::Path;
use std::process::{Command, Output};

use super::small::{files, folder, sim};

/// The program where no file can be larger than so many blocks of 512 bytes.
fn limited(folder: &Path, blocks: u32, arguments: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.current_dir(folder).args(["-c", &script, env!("CARGO_BIN_EXE_sim")]).args(arguments).output().unwrap()
}

/// The page of the run is larger than its charts, and these are larger than the tables.
const RUN: [(u32, &str, &[&str]); 2] = [(160, "report.html", &[]), (40, ".parquet", &["--no-report"])];

#[track_caller]
fn fails(output: &Output, file: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("error: cannot write `") && text.contains(file), "{text}");
    assert!(text.contains(": file too large\n") && !text.contains("os error"), "{text}");
}

#[test]
fn a_run_that_does_not_fit_leaves_no_folder() {
    let folder = folder();
    let before = files(folder.path());
    for (blocks, file, more) in RUN {
        let arguments = [&["run", "small.toml", "--out", "new/deep/o"], more].concat();
        fails(&limited(folder.path(), blocks, &arguments), file);
        assert!(!folder.path().join("new").exists(), "{file}");
    }
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    fails(&limited(folder.path(), 160, &["run", "small.toml", "--out", "mine/o"]), "report.html");
    assert!(folder.path().join("mine").exists() && !folder.path().join("mine/o").exists());
    assert!(files(folder.path()) == before);
}

#[test]
fn an_earlier_run_keeps_all_that_it_had() {
    let folder = folder();
    assert!(sim(folder.path(), &["run", "small.toml", "--out", "o"]).status.success());
    let before = files(folder.path());
    for (blocks, file, more) in RUN {
        let arguments = [&["run", "small.toml", "--seed", "12", "--out", "o"], more].concat();
        fails(&limited(folder.path(), blocks, &arguments), file);
        assert!(files(folder.path()) == before, "{file}");
    }
    fails(&limited(folder.path(), 240, &["report", "o"]), "report.html");
    assert!(files(folder.path()) == before);
}

#[test]
fn a_study_that_does_not_fit_leaves_no_folder() {
    let folder = folder();
    let (vary, quick) = ("demand=x0.5..x4", ["--set", "scenario.replications=2"]);
    let arguments = ["breakeven", "small.toml", "lambda", "servers", "--vary", vary, "--out", "o"];
    fails(&limited(folder.path(), 4, &[&arguments[..], &quick].concat()), "report.html");
    assert!(!folder.path().join("o").exists());
}

/// A file stands where the charts should: the page, which comes first, does not appear either.
#[test]
fn charts_that_cannot_be_written_leave_no_page() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("o")).unwrap();
    std::fs::write(folder.path().join("o/charts"), "a file").unwrap();
    let output = sim(folder.path(), &["run", "small.toml", "--out", "o"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(&folder.path().join("o")).len(), 1);
}
