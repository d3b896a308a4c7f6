//! Results side by side, and the gate for pipelines.

use std::path::Path;

use serde_json::Value;

use super::small::{SCENARIO, fails, fits, folder, json, sim, stdout};

fn run(at: &Path, out: &str, more: &[&str]) {
    stdout(at, &[&["run", "small.toml", "--no-report", "--quiet", "--out", out], more].concat());
}

fn figure<'a>(compared: &'a Value, deployment: &str, metric: &str) -> &'a Value {
    let deployments = compared["deployments"].as_array().unwrap();
    let found = deployments.iter().find(|one| one["head"] == deployment).unwrap();
    found["figures"].as_array().unwrap().iter().find(|one| one["metric"] == metric).unwrap()
}

/// A price list five percent dearer makes the bill of functions five percent dearer, exactly and in every replication.
#[test]
fn a_known_difference_is_found_paired_and_more_sharply_than_unpaired() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    std::fs::write(
        at.join("dear.toml"),
        SCENARIO.replace("memory = \"1024MB\"", "memory = \"1024MB\"\nprice_override = { \"requests\" = \"$10\" }"),
    )
    .unwrap();
    run(at, "other", &["--seed", "12"]);
    run(at, "larger", &["--set", "deployments.lambda.memory=1536MB"]);
    let paired = json(at, &["compare", "base", "larger"]);
    let unpaired = json(at, &["compare", "base", "other"]);
    let (paired, unpaired) = (figure(&paired, "lambda", "cost"), figure(&unpaired, "lambda", "cost"));
    assert_eq!((&paired["interval"], &unpaired["interval"]), (&"paired".into(), &"unpaired".into()));
    let width = |figure: &Value| figure["ci95"][1].as_f64().unwrap() - figure["ci95"][0].as_f64().unwrap();
    assert!(width(paired) * 5.0 < width(unpaired), "{paired} {unpaired}");
    assert!(unpaired["ci95"][0].as_f64().unwrap() < 0.0 && unpaired["ci95"][1].as_f64().unwrap() > 0.0);
    assert!(paired["difference"].as_f64().unwrap() > 0.0);
    // Servers see the same requests on both sides: nothing differs at all.
    let same = json(at, &["compare", "base", "larger"]);
    assert_eq!(figure(&same, "servers", "p99")["difference"].as_f64(), Some(0.0));
    assert_eq!(same["deployments"][0]["bill"].as_array().unwrap().len(), 1, "duration alone");
}

#[test]
fn a_scenario_can_stand_for_its_results() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    let compared = json(at, &["compare", "base", "small.toml"]);
    assert_eq!(compared["differs"], serde_json::json!([]));
    for deployment in compared["deployments"].as_array().unwrap() {
        for figure in deployment["figures"].as_array().unwrap() {
            assert!(figure["difference"].as_f64().is_none_or(|difference| difference == 0.0), "{figure}");
        }
    }
}

#[test]
fn a_gate_fails_beyond_its_bound_and_names_it() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &["--set", "deployments.lambda.memory=1536MB"]);
    let gate = |bounds: &str, more: &[&str]| {
        let output = sim(at, &[&["compare", "base", "head", "--fail-on", bounds], more].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        fits(&String::from_utf8(output.stdout).unwrap());
        (output.status.code().unwrap(), text)
    };
    assert_eq!(gate("cost>+10%,p99>+10%", &[]), (0, String::new()));
    let (code, text) = gate("cost>+5%,p99>+10%", &[]);
    assert_eq!(code, 1);
    assert!(text.contains("1 bound exceeded: lambda cost $40.20 → $42.54 (cost>+5%)"), "{text}");
    // 5.8 % ± 0.35 %: surely beyond 5 %, not surely beyond 5.7 %.
    assert_eq!(gate("cost>+5%", &["--sure"]).0, 1);
    assert_eq!(gate("cost>+5.7%", &[]).0, 1);
    assert_eq!(gate("cost>+5.7%", &["--sure"]).0, 0);
    assert_eq!(gate("servers:cost>+0%", &[]).0, 0);
    assert_eq!(gate("lambda:p99<-80ms", &[]).0, 1);
    assert_eq!(gate("servers:cost>$100", &[]).0, 1);
}

#[test]
fn deployments_are_matched_by_name_or_as_one_says() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("renamed.toml"), SCENARIO.replace("deployments.lambda", "deployments.\"a|b<script>\""))
        .unwrap();
    let compared = json(at, &["compare", "small.toml", "renamed.toml"]);
    assert_eq!((&compared["removed"][0], &compared["added"][0]), (&"lambda".into(), &"a|b<script>".into()));
    let compared = json(at, &["compare", "small.toml", "renamed.toml", "--match", "lambda=a|b<script>"]);
    assert_eq!(figure(&compared, "a|b<script>", "cost")["difference"].as_f64(), Some(0.0));
    let arguments = ["compare", "small.toml", "renamed.toml", "--match", "lambda=a|b<script>", "--format", "markdown"];
    let text = stdout(at, &arguments);
    assert!(text.contains("a\\|b&lt;script&gt;") && !text.contains("<script>"), "{text}");
    let columns = |line: &&str| line.replace("\\|", "").matches('|').count();
    assert!(text.lines().filter(|line| line.starts_with("| ")).take(14).all(|line| columns(&line) == 8), "{text}");
}

#[test]
fn older_results_without_samples_are_compared_without_intervals() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    let path = at.join("base/results.json");
    let mut results: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for deployment in results["deployments"].as_array_mut().unwrap() {
        assert_eq!(deployment["samples"]["cost_per_month"].as_array().unwrap().len(), 3);
        deployment.as_object_mut().unwrap().remove("samples");
    }
    results.as_object_mut().unwrap().remove("precision");
    std::fs::write(&path, results.to_string()).unwrap();
    let compared = json(at, &["compare", "base", "small.toml", "--set", "deployments.lambda.memory=2GB"]);
    let cost = figure(&compared, "lambda", "cost");
    assert_eq!((&cost["interval"], &cost["ci95"]), (&"none".into(), &Value::Null));
    assert!(cost["difference"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    let check = |arguments: &[&str], parts: &[&str]| fails(at, &[&["compare"], arguments].concat(), 2, parts);
    check(&["base", "nowhere"], &["there is no `nowhere`", "sim run"]);
    std::fs::create_dir(at.join("empty")).unwrap();
    check(&["base", "empty"], &["holds no results"]);
    check(&["base"], &["RESULTS"]);
    check(&["base", "base", "--fail-on", "cots>+5%"], &["there is no figure `cots`", "`cost`"]);
    check(&["base", "base", "--fail-on", "cost+5%"], &["there is no `>` or `<`"]);
    check(&["base", "base", "--fail-on", "lamda:cost>+5%"], &["a bound names `lamda`", "lambda"]);
    check(&["base", "base", "--match", "lambda"], &["names no two deployments"]);
    std::fs::write(at.join("other.toml"), SCENARIO.replace("deployments.", "deployments.x-")).unwrap();
    check(&["base", "other.toml"], &["have no deployment in common", "x-lambda"]);
    std::fs::write(at.join("empty/results.json"), "{\"schema\": \"breakeven.results/9\"}").unwrap();
    check(&["base", "empty"], &["breakeven.results/9"]);
}
