//! The layers of ARCHITECTURE.md hold: a file uses lower layers, or its own module, and heavy crates stay where they belong.

use crate::sources::{Source, files, root};

/// Modules that see less than what is below them: `(module, all that it may use)`.
const NARROW: [(&str, &[&str]); 2] = [("report", &["results", "units"]), ("billing", &["units"])];

/// Names that only some places may use: `(names, places)`.
const KEPT: [(&[&str], &[&str]); 6] = [
    (&["plotters", "ab_glyph", "dejavu", "minijinja"], &["src/report/"]),
    (&["parquet::", "arrow_array", "arrow_schema"], &["src/results/store", "src/workload/"]),
    (&["clap::", "clap_complete", "indicatif", "ctrlc", "println!", "eprintln!"], &["src/cli/", "src/main.rs"]),
    (&["rayon", "std::thread", "std::sync::Mutex"], &["src/study/", "src/cli/progress.rs", "src/cli/run.rs"]),
    (&["Instant::now", "SystemTime", "std::time::"], &["src/cli/"]),
    (&["std::env::", "env::var", "env::args"], &["src/cli/", "src/main.rs"]),
];

/// The layers, lowest first, as ARCHITECTURE.md draws them: one line that begins with `[units`.
fn layers(architecture: &str) -> Vec<Vec<String>> {
    let line = architecture.lines().find(|line| line.starts_with("[units")).expect("a line of layers");
    let layer = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    line.split('[').skip(1).map(|part| layer(part.trim_end().trim_end_matches(']'))).collect()
}

fn module(path: &str) -> &str {
    path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default()
}

/// Modules that `code` names from the root of the crate.
fn used(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// What `source` does against the order of `layers`.
fn violations(source: &Source, layers: &[Vec<String>]) -> Vec<String> {
    let code = source.shipped_code();
    let height = |module: &str| layers.iter().position(|layer| layer.iter().any(|name| name == module));
    let own = module(&source.path);
    let Some(own_height) = height(own) else {
        return vec![format!("{}: `{own}` is in no layer", source.path)];
    };
    let mut found = Vec::new();
    for other in used(&code).filter(|other| *other != own) {
        let narrow = NARROW.iter().any(|(name, may)| *name == own && !may.contains(&other));
        match height(other) {
            Some(_) if narrow => found.push(format!("{}: `{own}` must not know `{other}`", source.path)),
            Some(height) if height < own_height => {}
            Some(_) => found.push(format!("{}: `{own}` uses `{other}`, which is not below it", source.path)),
            None => found.push(format!("{}: `crate::{other}` is in no layer", source.path)),
        }
    }
    found
}

/// Which kept names `source` uses outside their places.
fn misplaced(source: &Source) -> Vec<String> {
    let code = source.shipped_code();
    let outside = |places: &[&str]| !places.iter().any(|place| source.path.starts_with(place));
    let names = KEPT.iter().filter(|(_, places)| outside(places)).flat_map(|(names, _)| names.iter());
    let found = names.filter(|name| code.contains(**name));
    found.map(|name| format!("{}: `{name}` does not belong here", source.path)).collect()
}

fn project_layers() -> Vec<Vec<String>> {
    layers(&std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md"))
}

fn modules() -> impl Iterator<Item = Source> {
    files("src", "rs").into_iter().filter(|source| !["src/lib.rs", "src/main.rs"].contains(&source.path.as_str()))
}

#[test]
fn every_module_uses_lower_layers_only() {
    let layers = project_layers();
    let found: Vec<String> = modules().flat_map(|source| violations(&source, &layers)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn heavy_crates_threads_and_clocks_stay_where_they_belong() {
    let found: Vec<String> = files("src", "rs").iter().flat_map(misplaced).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[track_caller]
fn check_found(path: &str, code: &str, expected: usize) {
    let source = Source::new(path, code);
    let found = [violations(&source, &project_layers()), misplaced(&source)].concat();
    assert_eq!(found.len(), expected, "{found:?}");
}

#[test]
fn a_violation_is_found() {
    check_found("src/units/time.rs", "use crate::billing::Meter;", 1);
    check_found("src/billing/book.rs", "fn f() { let x = crate::engine::Rank::ARRIVAL; }", 1);
    check_found("src/policy/retry.rs", "use crate::workload::Invocation;", 1);
    check_found("src/novelty.rs", "", 1);
    check_found("src/engine/mod.rs", "use std::time::Instant;\nuse rayon::prelude::*;", 2);
    check_found("src/report/mod.rs", "use crate::study::Control;\nuse parquet::arrow::ArrowWriter;", 2);
}

#[test]
fn what_is_allowed_is_not_found() {
    check_found("src/engine/mod.rs", "use crate::units::SimTime;\nuse crate::engine::Rank;", 0);
    check_found("src/units/time.rs", "// crate::cli\n#[cfg(test)]\nmod tests { use crate::stats::T; }", 0);
    check_found("src/study/mod.rs", "use rayon::prelude::*;\nuse crate::results::Runs;", 0);
}
