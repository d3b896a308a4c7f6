//! What is only a site of a router (`compare = false`) is never the answer of a study, however cheap it is.

use serde_json::Value;

use super::small::{SCENARIO, fails, folder_with, json, stdout};

/// A mix of servers and of functions on the cheaper processor, which alone are the cheapest of all.
fn scenario(compare: bool) -> String {
    format!(
        "{SCENARIO}\n[deployments.site]\nplatform = \"aws-lambda\"\nmemory = \"1024MB\"\narchitecture = \"arm64\"\n\
         compare = {compare}\n\n[deployments.mix]\n\
         route = {{ policy = \"utilization\", base = \"servers\", burst = \"site\", above = \"80%\" }}\n\n\
         [uncertainty]\n\"prices.aws-ec2\" = \"x0.9..x1.1\"\n"
    )
}

/// The answer of `study`, whose winner `of` names: the site where it counts; another where it does not, and then no word of
/// the answer, nor of what is printed, is about the site.
#[track_caller]
fn check(study: &[&str], of: impl Fn(&Value) -> &str) {
    let arguments = [study, &["--no-report", "--out", "o"]].concat();
    let counted = folder_with(&scenario(true));
    assert_eq!(of(&json(counted.path(), &arguments)), "site", "the site would be the cheapest");
    let left_out = folder_with(&scenario(false));
    let answer = json(left_out.path(), &arguments);
    assert_eq!(of(&answer), "lambda", "{study:?}");
    assert!(!answer.to_string().contains("\"site\""), "{study:?}: {answer}");
    let text = stdout(left_out.path(), &arguments);
    assert!(!text.split_whitespace().any(|word| word == "site"), "{text}");
}

fn name(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Where a figure is the least or the most.
fn name_of(answer: &Value, sign: f64, figure: impl Fn(&Value) -> f64) -> &str {
    let all = answer["deployments"].as_array().unwrap().iter();
    name(&all.min_by(|a, b| (sign * figure(a)).total_cmp(&(sign * figure(b)))).unwrap()["name"])
}

#[test]
fn a_run_leaves_it_out() {
    let arguments = ["run", "small.toml", "--no-report", "--out", "o"];
    let cheapest = |compare| {
        let answer = json(folder_with(&scenario(compare)).path(), &arguments);
        name_of(&answer, 1.0, |one| one["cost"]["per_month"].as_f64().unwrap()).to_owned()
    };
    assert_eq!((cheapest(true).as_str(), cheapest(false).as_str()), ("site", "lambda"));
}

#[test]
fn a_sweep_leaves_it_out() {
    check(&["sweep", "small.toml", "--vary", "demand=x0.9,x1"], |answer| name(&answer["best"]["deployment"]));
}

#[test]
fn a_map_leaves_it_out() {
    let axes = ["--vary", "demand=x0.9,x1", "--vary", "prices.aws-ec2=x1,x2", "--flip", "prices.aws-ec2"];
    check(&[&["map", "small.toml"], &axes[..]].concat(), |answer| name(&answer["here"]));
    check(&[&["map", "small.toml", "--as-is"], &axes[..]].concat(), |answer| name(&answer["cells"][0]["cheapest"]));
}

#[test]
fn a_search_leaves_it_out() {
    let axis = ["--vary", "deployments.servers.count=1,2"];
    check(&[&["optimize", "small.toml"], &axis[..]].concat(), |answer| name(&answer["best"]["deployment"]));
}

#[test]
fn draws_leave_it_out() {
    check(&["uncertainty", "small.toml", "--draws", "10"], |answer| {
        name_of(answer, -1.0, |one| one["cheapest"].as_f64().unwrap())
    });
}

/// Two are left, and they are those that a break-even compares without being told.
#[test]
fn a_break_even_leaves_it_out_and_does_not_know_it_by_name() {
    let two = scenario(false).replace("[deployments.lambda]\n", "[deployments.lambda]\ncompare = false\n");
    let folder = folder_with(&two);
    let axis = ["--vary", "prices.aws-ec2=x0.1..x4", "--as-is", "--no-report", "--out", "o"];
    let answer = json(folder.path(), &[&["breakeven", "small.toml"], &axis[..]].concat());
    assert_eq!((name(&answer["a"]["deployment"]), name(&answer["b"]["deployment"])), ("servers", "mix"));
    assert!(!answer.to_string().contains("\"site\""), "{answer}");
    let named = [&["breakeven", "small.toml", "site", "mix"], &axis[..4]].concat();
    fails(folder.path(), &named, 2, &["`site` is only a site of others", "`compare = false`"]);
}
