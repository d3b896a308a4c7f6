//! Results side by side.

mod gate;
mod swept;

use std::path::Path;

use serde_json::Value;

use super::small::{SCENARIO, fails, files, fits, folder, json, sim, stdout};

fn run(at: &Path, out: &str, more: &[&str]) {
    stdout(at, &[&["run", "small.toml", "--no-report", "--quiet", "--out", out], more].concat());
}

/// The first comparison of an answer.
fn first(answer: &Value) -> &Value {
    &answer["comparisons"][0]
}

fn figure<'a>(answer: &'a Value, deployment: &str, metric: &str) -> &'a Value {
    let deployments = first(answer)["deployments"].as_array().unwrap();
    let found = deployments.iter().find(|one| one["head"] == deployment).unwrap();
    found["figures"].as_array().unwrap().iter().find(|one| one["metric"] == metric).unwrap()
}

/// Changes `results.json` of a folder.
fn edit(at: &Path, folder: &str, change: impl Fn(&mut Value)) {
    let path = at.join(folder).join("results.json");
    let mut results: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut results);
    std::fs::write(&path, results.to_string()).unwrap();
}

#[test]
fn paired_differences_are_far_sharper_than_unpaired_ones() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "other", &["--seed", "12"]);
    run(at, "larger", &["--set", "deployments.lambda.memory=1536MB"]);
    let larger = json(at, &["compare", "base", "larger"]);
    let other = json(at, &["compare", "base", "other"]);
    let (paired, unpaired) = (figure(&larger, "lambda", "cost"), figure(&other, "lambda", "cost"));
    assert_eq!((&paired["interval"], &unpaired["interval"]), (&"paired".into(), &"unpaired".into()));
    let width = |figure: &Value| figure["ci95"][1].as_f64().unwrap() - figure["ci95"][0].as_f64().unwrap();
    assert!(width(paired) * 5.0 < width(unpaired), "{paired} {unpaired}");
    assert!(unpaired["ci95"][0].as_f64().unwrap() < 0.0 && unpaired["ci95"][1].as_f64().unwrap() > 0.0);
    assert!(paired["difference"].as_f64().unwrap() > 0.0);
    // Servers see the same requests on both sides: nothing differs at all.
    assert_eq!(figure(&larger, "servers", "p99")["difference"].as_f64(), Some(0.0));
    assert_eq!(first(&larger)["deployments"][0]["bill"].as_array().unwrap().len(), 1, "duration alone");
    assert_eq!(first(&other)["differs"][0], "seed 11 → 12");
}

/// A price list five percent dearer makes the bill of functions five percent dearer, exactly and in every replication, and
/// says which prices did it.
#[test]
fn prices_that_are_five_percent_dearer_make_a_bill_that_is_five_percent_dearer() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "dear", &["--set", "prices.aws-lambda=105%"]);
    let compared = json(at, &["compare", "base", "dear", "--fail-on", "cost>+5.000001%"]);
    let (cost, p99) = (figure(&compared, "lambda", "cost"), figure(&compared, "lambda", "p99"));
    assert!((cost["relative"].as_f64().unwrap() - 0.05).abs() < 1e-12, "{cost}");
    let [low, high] = [0, 1].map(|end| cost["base_ci95"][end].as_f64().unwrap() * 0.05);
    for (end, expected) in [(0, low), (1, high)] {
        assert!((cost["ci95"][end].as_f64().unwrap() - expected).abs() < 1e-9 * high, "{cost}");
    }
    assert_eq!(p99["difference"].as_f64(), Some(0.0));
    assert_eq!(figure(&compared, "servers", "cost")["difference"].as_f64(), Some(0.0));
    let prices = first(&compared)["assumptions"].as_array().unwrap();
    assert_eq!(prices.len(), 2, "{prices:?}");
    assert_eq!(prices[0]["subject"], "price of requests");
    assert!(prices[0]["head"].as_str().unwrap().starts_with("0.00000021 USD"), "{prices:?}");
    assert_eq!(first(&compared)["deployments"][0]["bill"].as_array().unwrap().len(), 2, "requests and duration");
    let text = stdout(at, &["compare", "base", "dear"]);
    assert!(text.contains("price of requests: 0.0000002 USD"), "{text}");
    fits(&text);
    assert_eq!(sim(at, &["compare", "base", "dear", "--fail-on", "cost>+5%"]).status.code(), Some(0));
    assert_eq!(sim(at, &["compare", "base", "dear", "--fail-on", "cost>+4.99%"]).status.code(), Some(1));
}

#[test]
fn one_factor_at_a_time_is_set_for_prices_and_demand() {
    let folder = folder();
    let at = folder.path();
    let check = |set: &str, parts: &[&str]| fails(at, &["check", "small.toml", "--set", set], 2, parts);
    check("prices.aws-lamda=105%", &["there is no price list `aws-lamda`", "--set:1:8", "`aws-lambda`"]);
    check("prices.aws-lambda=x1,x2", &["expected one factor", "--set:1:19"]);
    let rate = |set: &str| json(at, &["check", "small.toml", "--set", set])["sources"][0]["invocations"].clone();
    assert_eq!(rate("demand=x2"), 24_000.0);
}

#[test]
fn a_scenario_can_stand_for_its_results() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    let compared = json(at, &["compare", "base", "small.toml"]);
    assert_eq!(first(&compared)["differs"], serde_json::json!([]));
    for deployment in first(&compared)["deployments"].as_array().unwrap() {
        for figure in deployment["figures"].as_array().unwrap() {
            assert!(figure["difference"].as_f64().is_none_or(|difference| difference == 0.0), "{figure}");
        }
    }
}

#[test]
fn deployments_are_matched_by_name_or_as_one_says() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("renamed.toml"), SCENARIO.replace("deployments.lambda", "deployments.\"a|b<script>\""))
        .unwrap();
    let compared = json(at, &["compare", "small.toml", "renamed.toml"]);
    fn lone(answer: &Value) -> (&str, &str) {
        let name = |side: &str| first(answer)[side][0]["deployment"].as_str().unwrap();
        (name("removed"), name("added"))
    }
    assert_eq!(lone(&compared), ("lambda", "a|b<script>"));
    let compared = json(at, &["compare", "small.toml", "renamed.toml", "--match", "lambda=a|b<script>"]);
    assert_eq!(figure(&compared, "a|b<script>", "cost")["difference"].as_f64(), Some(0.0));
    let arguments = ["compare", "small.toml", "renamed.toml", "--match", "lambda=a|b<script>", "--format", "markdown"];
    let text = stdout(at, &arguments);
    assert!(text.contains("a\\|b&lt;script&gt;") && !text.contains("<script>"), "{text}");
    let columns = |line: &&str| line.replace("\\|", "").matches('|').count();
    assert!(text.lines().filter(|line| line.starts_with("| ")).take(14).all(|line| columns(&line) == 8), "{text}");
}

/// What the two sides state of themselves is added as squares; a figure without an interval on both sides has none.
#[test]
fn results_without_samples_are_compared_by_their_own_intervals() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    edit(at, "base", |results| {
        for deployment in results["deployments"].as_array_mut().unwrap() {
            assert_eq!(deployment["samples"]["cost_per_month"].as_array().unwrap().len(), 3);
            deployment.as_object_mut().unwrap().remove("samples");
        }
        results.as_object_mut().unwrap().remove("precision");
    });
    let compared = json(at, &["compare", "base", "small.toml", "--set", "deployments.lambda.memory=2GB"]);
    let (cost, p95) = (figure(&compared, "lambda", "cost"), figure(&compared, "lambda", "p95"));
    assert_eq!((&cost["interval"], &p95["interval"]), (&"combined".into(), &"none".into()));
    assert_eq!(p95["ci95"], Value::Null);
    let half = |ends: &Value| (ends[1].as_f64().unwrap() - ends[0].as_f64().unwrap()) / 2.0;
    let expected = half(&cost["base_ci95"]).hypot(half(&cost["head_ci95"]));
    assert!((half(&cost["ci95"]) / expected - 1.0).abs() < 1e-9, "{cost}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &["--seed", "12"]);
    let check = |arguments: &[&str], parts: &[&str]| fails(at, &[&["compare"], arguments].concat(), 2, parts);
    check(&["base", "nowhere"], &["there is no `nowhere`", "sim run"]);
    std::fs::create_dir(at.join("empty")).unwrap();
    check(&["base", "empty"], &["holds no results"]);
    check(&["base"], &["RESULTS"]);
    check(&["base", "head", "base/../base"], &["`base` and `base/../base` are the same"]);
    check(&["base", "head", "--match", "lambda"], &["names no two deployments"]);
    check(&["base", "head", "--match", "lambda=servers"], &["gives `servers` to both `lambda` and `servers`"]);
    check(&["base", "head", "--match", "lambda=x"], &["have no deployments `lambda` and `x` to match"]);
    for option in [["--seed", "3"], ["--replications", "3"], ["--set", "scenario.seed=3"]] {
        let parts = [&format!("`{}` changes nothing", option[0]), "all sides are folders"];
        check(&[&["base", "head"], &option[..]].concat(), &parts);
    }
    std::fs::write(at.join("other.toml"), SCENARIO.replace("deployments.", "deployments.x-")).unwrap();
    check(&["base", "other.toml"], &["have no deployment in common", "x-lambda"]);
    std::fs::write(at.join("empty/results.json"), "{\"schema\": \"breakeven.results/9\"}").unwrap();
    check(&["base", "empty"], &["breakeven.results/9"]);
    check(&["base", "head", "--csv"], &["--out"]);
}

#[test]
fn money_of_different_currencies_is_not_compared() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &["--seed", "12"]);
    edit(at, "head", |results| results["deployments"][0]["cost"]["currency"] = "EUR".into());
    let said = ["`lambda` is billed in USD in `base` and in EUR in `head`", "no rate between currencies"];
    fails(at, &["compare", "base", "head", "--fail-on", "servers:p99>+5%"], 2, &said);
}

#[test]
fn a_comparison_is_written_where_one_says_and_nowhere_else() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &["--set", "deployments.lambda.memory=1536MB"]);
    let before = files(at);
    let printed = stdout(at, &["compare", "base", "head", "--format", "json"]);
    assert_eq!(files(at), before);
    stdout(at, &["compare", "base", "head", "--out", "out", "--csv", "--fail-on", "cost>+50%", "--quiet"]);
    let kept = files(&at.join("out"));
    let has = |name: &str| kept.iter().any(|(path, _)| path.ends_with(name));
    assert!(has("comparison.csv"));
    let answer: Value = serde_json::from_slice(&std::fs::read(at.join("out/results.json")).unwrap()).unwrap();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&answer["comparisons"], &printed["gate"]), (&printed["comparisons"], &Value::Null));
    assert_eq!(answer["schema"], "breakeven.compare/1");
    let rows = std::fs::read_to_string(at.join("out/comparison.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 2 * 9, "nine figures of two deployments");
    if breakeven::report::AVAILABLE {
        assert!(has("report.html") && has("compare_change.png") && has("compare_levels.svg"));
        let page = std::fs::read_to_string(at.join("out/report.html")).unwrap();
        assert!(page.contains("sim compare base head --fail-on &#x27;cost&gt;+50%&#x27;"), "how to compare again");
    }
    fails(at, &["report", "out"], 2, &["`out` holds a comparison", "sim run"]);
    fails(at, &["compare", "base", "out"], 2, &["`out` holds a comparison"]);
}
