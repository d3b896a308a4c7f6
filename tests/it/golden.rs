//! Ten invocations that docs/by-hand.md works with a pencil: the program finds what the pencil found.
//!
//! The figures are read from the document, so that it and the program cannot drift apart.

use std::collections::BTreeMap;
use std::fs;

use assert_cmd::Command;
use breakeven::billing::Meter;
use breakeven::engine::{Engine, EventQueue};
use breakeven::platform::faas::Faas;
use breakeven::record::{Bill, Billed, Fate, Held, Outcome, Record};
use breakeven::rng::Seed;
use breakeven::scenario::{Model, Overrides, load};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use breakeven::{ids::FunctionId, workload::FunctionInfo};
use serde_json::Value;

use crate::sources::root;

const SCENARIO: &str = "tests/golden/by-hand/scenario.toml";

/// The cells of the table under `## heading`, the head left out.
fn table(heading: &str) -> Vec<Vec<String>> {
    let document = fs::read_to_string(root().join("docs/by-hand.md")).expect("the document");
    let after = document.split(&format!("## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    let section = after.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

/// The trace as it is committed: time-stamp and duration of each row, in the digits of the file.
fn trace() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("tests/golden/by-hand/trace.csv")).expect("the trace");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].to_owned(), cells[2].to_owned())
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn the_document_works_the_trace_that_is_committed() {
    let rows = table("Row by row");
    let worked: Vec<(String, String)> = rows.iter().map(|row| (row[1].clone(), row[2].clone())).collect();
    assert_eq!(worked, trace());
    assert_eq!(worked.len(), 10);
}

#[derive(Default)]
struct Outcomes(Vec<Outcome>);

impl Record for Outcomes {
    fn outcome(&mut self, outcome: &Outcome) {
        self.0.push(*outcome);
    }
    fn retried(&mut self, _: FunctionId, _: SimTime) {}
    fn instance(&mut self, _: SimTime, _: SimTime, _: u32, _: u64) {}
    fn levels(&mut self, _: SimTime, _: u32, _: u32) {}
    fn meter(&mut self, _: Meter, _: Held, _: u64) {}
    fn envelope(&mut self, _: usize, _: u32) {}
    fn request(&mut self, _: SimTime) {}
}

fn span(digits: &str) -> Span {
    digits.parse::<f64>().map(Span::from_seconds_f64).expect("seconds")
}

/// Every outcome of the trace on the deployment of the scenario.
fn outcomes() -> Vec<Outcome> {
    let plan = load(&root().join(SCENARIO), &Overrides::default()).unwrap_or_else(|_| panic!("the scenario is right"));
    let Model::Faas(spec) = &plan.deployments[0].model else { panic!("functions") };
    let mut model = Faas::together(spec.clone(), Seed { seed: 1, replication: 0 }, SimTime::END);
    model.admit(
        FunctionId(0),
        &FunctionInfo { name: "resize".into(), app: "resize".into(), memory: None },
        &mut EventQueue::new(),
    );
    let invocation =
        |(at, duration): (String, String)| Invocation::new(SimTime::ZERO + span(&at), FunctionId(0), span(&duration));
    let invocations: Vec<Invocation> = trace().into_iter().map(invocation).collect();
    let mut found = Outcomes::default();
    let mut engine = Engine::new(model);
    engine.feed(&invocations, &mut found);
    engine.close(SimTime::ZERO + Span::from_secs(200), &mut found);
    found.0
}

#[test]
fn every_row_has_the_label_latency_and_billed_time_of_the_pencil() {
    let (rows, outcomes) = (table("Row by row"), outcomes());
    assert_eq!(rows.len(), outcomes.len());
    for (row, outcome) in rows.iter().zip(outcomes) {
        assert_eq!(outcome.fate, Fate::Completed);
        assert_eq!(if outcome.cold { "cold" } else { "warm" }, row[4], "row {}", row[0]);
        assert_eq!(outcome.queue + outcome.cold_start + outcome.execution, span(&row[6]), "row {}", row[0]);
        let Bill::OnDemand(Billed { ms: billed_ms, .. }) = outcome.bill else {
            panic!("row {} is not billed on demand", row[0])
        };
        assert_eq!(billed_ms.to_string(), row[8].replace(',', ""), "row {}", row[0]);
    }
}

/// Numbers of a JSON value by their dotted paths; lines of a bill by their names.
fn flatten(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(format!("{path}.{key}").trim_start_matches('.'), value, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                let name = item["item"].as_str().unwrap_or_default();
                flatten(&format!("{path}.{name}"), item, found);
            }
        }
        Value::Number(number) => {
            found.insert(path.to_owned(), number.to_string());
        }
        _ => {}
    }
}

fn program() -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(root()).args(["run", SCENARIO, "--no-report", "--quiet", "--format", "json", "--out"]);
    let output = command.arg(folder.path()).assert().success().get_output().stdout.clone();
    let results: Value = serde_json::from_slice(&output).expect("results");
    let mut found = BTreeMap::new();
    flatten("", &results["deployments"][0], &mut found);
    found
}

/// Percentiles to the width of the histogram's buckets, twelve decimals of money, everything else to the last digit.
#[track_caller]
fn check(path: &str, pencil: &str, program: &str) {
    let (expected, actual): (f64, f64) = (pencil.parse().expect(path), program.parse().expect(path));
    let within = match path {
        "latency_s.p50" | "latency_s.p90" | "latency_s.p99" => 0.005 * expected,
        "cost.per_million_invocations" => 5e-13 * 1e5,
        _ if path.starts_with("cost") => 5e-13,
        _ => 1e-12 * expected,
    };
    assert!((actual - expected).abs() <= within, "{path}: the pencil has {pencil}, the program {program}");
}

#[test]
fn the_program_finds_what_the_pencil_found() {
    let program = program();
    let rows = [table("Counts, latency, capacity"), table("The bill")].concat();
    assert!(rows.len() >= 25, "{} figures", rows.len());
    for row in rows {
        let path = row[0].trim_matches('`');
        let actual = program.get(path).unwrap_or_else(|| panic!("results have no {path}"));
        check(path, &row[2].replace(',', ""), actual);
    }
}
