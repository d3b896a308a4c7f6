//! Bounds that a change must keep, for pipelines.

use serde_json::{Value, json};

use super::{SCENARIO, edit, fails, fits, folder, run, sim, stdout};

/// The code, what is said of it, and the answer as JSON.
fn gate(at: &std::path::Path, arguments: &[&str]) -> (i32, String, Value) {
    let output = sim(at, &[&["compare"], arguments, &["--format", "json"]].concat());
    let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), answer["gate"].clone())
}

#[test]
fn a_gate_fails_beyond_its_bound_and_names_it() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &["--set", "deployments.lambda.memory=1536MB"]);
    let check = |bounds: &str, more: &[&str]| {
        let output = sim(at, &[&["compare", "base", "head", "--fail-on", bounds], more].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        fits(&String::from_utf8(output.stdout).unwrap());
        (output.status.code().unwrap(), text)
    };
    assert_eq!(check("cost>+10%,p99>+10%", &[]), (0, String::new()));
    let (code, text) = check("cost>+5%,p99>+10%", &[]);
    assert_eq!(code, 1);
    assert!(text.contains("1 bound exceeded: lambda cost $40.20 → $42.54 (cost>+5%)"), "{text}");
    // 5.81 % ± 0.11 % of the base, pair by pair: surely beyond 5.5 %, not surely beyond 5.75 %.
    assert_eq!(check("cost>+5.5%", &["--sure"]).0, 1);
    assert_eq!(check("cost>+5.75%", &[]).0, 1);
    assert_eq!(check("cost>+5.75%", &["--sure"]).0, 0);
    assert_eq!(check("servers:cost>+0%", &[]).0, 0);
    assert_eq!(check("lambda:p99<-80ms", &[]).0, 1);
    assert_eq!(check("servers:cost>$100", &[]).0, 1);
}

/// A base with functions and servers, and a head in which the functions have another name.
fn renamed() -> tempfile::TempDir {
    let folder = folder();
    run(folder.path(), "base", &[]);
    let other = SCENARIO.replace("deployments.lambda", "deployments.functions");
    std::fs::write(folder.path().join("renamed.toml"), other).unwrap();
    folder
}

#[test]
fn a_deployment_that_is_gone_fails_every_bound_that_could_concern_it() {
    let folder = renamed();
    let at = folder.path();
    let (code, text, answer) = gate(at, &["base", "renamed.toml", "--fail-on", "cost>+5%,p99>+5%"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("lambda is gone: `renamed.toml` does not have what `base` has"), "{text}");
    assert!(text.contains("--match BASE=HEAD"), "{text}");
    assert_eq!(answer["passed"], false);
    assert_eq!(answer["exceeded"].as_array().unwrap().len(), 1, "once, not once a bound: {answer}");
    assert_eq!(
        (&answer["exceeded"][0]["why"], &answer["exceeded"][0]["deployment"]),
        (&json!("removed"), &json!("lambda"))
    );
    assert_eq!(gate(at, &["base", "renamed.toml", "--fail-on", "lambda:cost>+5%"]).0, 1);
    assert_eq!(gate(at, &["base", "renamed.toml", "--fail-on", "servers:cost>+5%"]).0, 0);
    assert_eq!(gate(at, &["base", "renamed.toml", "--fail-on", "cost>+5%", "--match", "lambda=functions"]).0, 0);
}

#[test]
fn levels_hold_for_what_is_new_and_changes_do_not() {
    let folder = renamed();
    let at = folder.path();
    let new = |bounds: &str| gate(at, &["base", "renamed.toml", "--fail-on", bounds]);
    let (code, _, answer) = new("functions:cost>+5%");
    assert_eq!((code, &answer["not_applied"][0]["deployment"]), (0, &json!("functions")));
    assert_eq!(new("functions:cost>$100").0, 0);
    let (code, text, answer) = new("functions:cost>$10");
    assert_eq!((code, &answer["exceeded"][0]["base"]), (1, &Value::Null));
    assert!(text.contains("functions cost $40.20 (functions:cost>$10)"), "{text}");
    let text = stdout(at, &["compare", "base", "renamed.toml", "--fail-on", "functions:cost>+5%"]);
    assert!(text.contains("functions is new and has no base"), "{text}");
}

#[test]
fn without_an_interval_nothing_is_excused_as_chance() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &["--set", "deployments.lambda.memory=1536MB"]);
    let surely = || gate(at, &["base", "head", "--sure", "--fail-on", "lambda:cost>+5.75%"]);
    assert_eq!(surely().0, 0);
    edit(at, "base", |results| {
        let lambda = results["deployments"][0].as_object_mut().unwrap();
        lambda.remove("samples");
        lambda["cost"]["ci95"] = Value::Null;
    });
    let (code, text, answer) = surely();
    assert_eq!((code, &answer["exceeded"][0]["why"]), (1, &json!("no_interval")));
    assert!(text.contains("no interval, so chance is no excuse"), "{text}");
    assert_eq!(gate(at, &["base", "head", "--sure", "--fail-on", "lambda:cost>+6%"]).0, 0, "kept all the same");
}

#[test]
fn what_is_wrong_with_bounds_is_shown_where_it_stands() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    let check =
        |bounds: &str, parts: &[&str]| fails(at, &["compare", "base", "small.toml", "--fail-on", bounds], 2, parts);
    check("p99>+5%,cots>+5%", &["there is no figure `cots`", "--fail-on:1:9", "^^^^", "`cost`"]);
    check("cost+5%", &["there is no `>` or `<`", "--fail-on:1:1"]);
    check("cost>+5ms", &["`+5ms` is not a bound of cost", "--fail-on:1:6", "`+$20`"]);
    check("lamda:cost>+5%", &["a bound names `lamda`", "`lambda`"]);
}

/// Three sides and two have the same form.
#[test]
fn every_head_is_held_to_the_bounds() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "one", &["--set", "deployments.lambda.memory=1536MB"]);
    run(at, "two", &["--set", "deployments.lambda.memory=1100MB"]);
    let (code, text, answer) = gate(at, &["base", "two", "one", "--fail-on", "cost>+5%"]);
    assert_eq!((code, answer["exceeded"].as_array().unwrap().len()), (1, 1), "{text}");
    assert_eq!((&answer["exceeded"][0]["side"], &answer["bounds"]), (&json!("one"), &json!(["cost>+5%"])));
    let output = sim(at, &["compare", "base", "two", "one"]);
    fits(&String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_level_of_a_latency_fails_where_nothing_completes() {
    let folder = folder();
    let at = folder.path();
    run(at, "same", &[]);
    run(at, "head", &[]);
    let unmeasured = |results: &mut Value| {
        for deployment in results["deployments"].as_array_mut().unwrap() {
            deployment["latency_s"]["p99"] = Value::Null;
            deployment.as_object_mut().unwrap().remove("samples");
        }
        // As of functions of which no instance was there.
        results["deployments"][0]["capacity"]["utilization"] = Value::Null;
    };
    edit(at, "same", unmeasured);
    edit(at, "head", unmeasured);
    let (code, text, answer) = gate(at, &["same", "head", "--fail-on", "p99>250ms"]);
    assert_eq!((code, &answer["exceeded"][0]["why"]), (1, &json!("not_measured")));
    assert!(text.contains("p99 not measured (p99>250ms)"), "{text}");
    assert_eq!(gate(at, &["same", "head", "--fail-on", "p99>+5%"]).0, 1, "a change that nobody measured");
    let (code, text, answer) = gate(at, &["same", "head", "--fail-on", "utilization>90%"]);
    let spared = json!({ "bound": "utilization>90%", "side": "head", "deployment": "lambda", "why": "not_measured" });
    assert_eq!((code, &answer["not_applied"]), (0, &json!([spared])), "{text}");
    let text = stdout(at, &["compare", "same", "head", "--fail-on", "utilization>90%"]).replace('\n', " ");
    assert!(text.contains("utilization>90% says nothing of lambda: the figure is not measured there"), "{text}");
    // A deployment that is new.
    edit(at, "head", |results| results["deployments"][0]["name"] = "new".into());
    assert_eq!(gate(at, &["same", "head", "--fail-on", "new:p99>250ms"]).0, 1);
    assert_eq!(gate(at, &["same", "head", "--fail-on", "new:utilization>90%"]).0, 0, "there is none");
}

#[test]
fn a_bound_in_another_currency_than_the_bill_is_refused() {
    let folder = folder();
    let at = folder.path();
    run(at, "base", &[]);
    run(at, "head", &[]);
    let euros = |results: &mut Value| results["deployments"][0]["cost"]["currency"] = "EUR".into();
    edit(at, "base", euros);
    edit(at, "head", euros);
    let refused = |bounds: &str, parts: &[&str]| {
        fails(at, &["compare", "base", "head", "--fail-on", bounds], 2, parts);
    };
    refused("cost>+$20", &["the bound `cost>+$20` is in USD, and `lambda` is billed in EUR", "`NAME:`"]);
    refused("servers:cost>+20 EUR", &["is in EUR, and `servers` is billed in USD"]);
    for bounds in ["lambda:cost>+€20", "servers:cost>+$20", "cost>+20", "cost>+5%"] {
        assert_eq!(gate(at, &["base", "head", "--fail-on", bounds]).0, 0, "{bounds}");
    }
}
