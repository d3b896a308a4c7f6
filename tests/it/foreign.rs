//! Folders whose files do not belong together, or are of an earlier version.

use std::fs;
use std::path::Path;

use super::small::{folder, sim, stdout};

fn run(at: &Path, name: &str, more: &[&str]) {
    stdout(at, &[&["run", "small.toml", "--quiet", "--no-report", "--out", name], more].concat());
}

#[track_caller]
fn refused(at: &Path, name: &str, why: &str) {
    let output = sim(at, &["report", name]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(why), "{text}");
    assert!(!at.join(name).join("report.html").exists() && !at.join(name).join("charts").exists());
}

#[test]
fn tables_of_another_run_are_refused() {
    let folder = folder();
    let at = folder.path();
    run(at, "one", &[]);
    run(at, "other", &["--set", "deployments.lambda.memory=2048MB"]);
    fs::copy(at.join("other/invoice.parquet"), at.join("one/invoice.parquet")).unwrap();
    refused(at, "one", "table `invoice` bills `lambda`");
    let text =
        fs::read_to_string(at.join("small.toml")).unwrap().replace("deployments.servers", "deployments.machines");
    fs::write(at.join("small.toml"), text).unwrap();
    run(at, "renamed", &[]);
    fs::copy(at.join("renamed/timeline.parquet"), at.join("other/timeline.parquet")).unwrap();
    refused(at, "other", "table `timeline` has a deployment `machines`");
}

#[test]
fn missing_and_cut_tables_are_named() {
    let folder = folder();
    let at = folder.path();
    run(at, "one", &[]);
    let table = at.join("one/latency.parquet");
    let bytes = fs::read(&table).unwrap();
    fs::write(&table, &bytes[..bytes.len() / 2]).unwrap();
    refused(at, "one", "latency.parquet");
    fs::remove_file(&table).unwrap();
    let output = sim(at, &["report", "one"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("latency.parquet"));
    assert!(!output.status.success());
}

/// What this version added is absent in folders of earlier ones, which still open.
#[test]
fn results_without_the_newest_fields_still_open() {
    let folder = folder();
    let at = folder.path();
    run(at, "old", &[]);
    let path = at.join("old/results.json");
    let mut results: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for field in ["text", "set"] {
        results["scenario"].as_object_mut().unwrap().remove(field);
    }
    for deployment in results["deployments"].as_array_mut().unwrap() {
        deployment["cost"].as_object_mut().unwrap().remove("by_cause");
    }
    fs::write(&path, serde_json::to_vec_pretty(&results).unwrap()).unwrap();
    let output = sim(at, &["report", "old"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(at.join("old/report.html")).unwrap();
    assert!(page.contains("these results do not say what for") && !page.contains("The scenario file"));
}

/// A theme settles page, drawings and pictures alike.
#[test]
fn a_theme_is_that_of_all_files_of_a_report() {
    let folder = folder();
    let at = folder.path();
    for theme in ["light", "dark"] {
        stdout(at, &["run", "small.toml", "--quiet", "--theme", theme, "--out", theme]);
        let page = fs::read_to_string(at.join(theme).join("report.html")).unwrap();
        assert!(page.contains(&format!("data-theme=\"{theme}\"")));
        let drawing = fs::read_to_string(at.join(theme).join("charts/cost.svg")).unwrap();
        assert!(!drawing.contains("prefers-color-scheme"));
        assert_eq!(drawing.contains("fill=\"#0d1117\""), theme == "dark");
    }
    let picture = |theme: &str| fs::read(at.join(theme).join("charts/cost.png")).unwrap();
    assert!(picture("light") != picture("dark"));
    let output = sim(at, &["run", "small.toml", "--theme", "blue"]);
    assert_eq!(output.status.code(), Some(2));
}
