//! Decision maps: against runs of single cells, a line that is known, and flips that are tried.

use serde_json::Value;

use super::small::{SCENARIO, fails, fits, folder, folder_with, json, stdout};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn a_cell_names_the_cheapest_of_a_run_with_its_settings() {
    let folder = folder();
    let at = folder.path();
    let vary = ["--vary", "demand=x0.5,x2,x4", "--vary", "prices.aws-lambda=x0.5,x1,x3"];
    let map = json(
        at,
        &[&["map", "small.toml", "--as-is", "--flip", "demand", "--no-report", "--out", "m"], &vary[..]].concat(),
    );
    let cells = map["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 9);
    for cell in cells {
        let rate = format!("workload.web.arrivals.rate={}/s", 10.0 * number(&cell["values"][0]));
        let run = json(at, &["run", "small.toml", "--set", &rate, "--no-report", "--out", "r"]);
        let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
        let lambda = cost(0) * number(&cell["values"][1]);
        let expected = if lambda < cost(1) { "lambda" } else { "servers" };
        assert_eq!(cell["cheapest"], expected, "{cell}: {lambda} {}", cost(1));
        assert!((number(&cell["cost_per_month"][0]) / lambda - 1.0).abs() < 1e-9);
    }
}

/// The bill of functions is proportional to demand and to prices, that of servers constant: the line of indifference is a
/// hyperbola, demand times price = c.
#[test]
fn the_line_of_indifference_of_two_proportional_axes_is_a_hyperbola() {
    let folder = folder_with(&SCENARIO.replace("duration = \"20min\"", "duration = \"1h\""));
    let at = folder.path();
    let vary = ["--vary", "prices.aws-lambda=x0.5..x8:lin:31", "--vary", "demand=x0.75,x1,x1.5,x2"];
    let map = json(
        at,
        &[&["map", "small.toml", "--as-is", "--flip", "demand", "--no-report", "--out", "m"], &vary[..]].concat(),
    );
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let line = map["indifference"].as_array().unwrap();
    assert_eq!(line.len(), 4);
    for place in line {
        let product = number(&place["at"][0]) * number(&place["at"][1]);
        // Demand draws other arrivals: half a percent of noise.
        assert!((product / (cost(1) / cost(0)) - 1.0).abs() < 0.02, "{place}: {product}");
        assert_eq!(place["between"], serde_json::json!(["lambda", "servers"]));
    }
}

/// The servers once more, under another name: a tie needs no replications to be seen.
#[test]
fn two_that_cost_the_same_are_a_tie_with_one_replication_too() {
    let (rest, servers) = SCENARIO.split_once("[deployments.servers]").unwrap();
    let (head, _) = rest.split_once("[deployments.lambda]").unwrap();
    let folder = folder_with(&format!("{head}[deployments.servers]{servers}[deployments.twin]{servers}"));
    let vary = ["--vary", "demand=x0.5,x1", "--vary", "prices.aws-ec2=x1,x2", "--as-is", "--no-report", "--out", "m"];
    for replications in ["1", "3"] {
        let asked = [&["map", "small.toml", "--flip", "demand", "--replications", replications], &vary[..]].concat();
        let text = stdout(folder.path(), &asked).replace('\n', " ");
        assert!(
            text.contains("servers is the cheapest")
                && text.contains("tied with another in all of it")
                && text.contains("A="),
            "{text}"
        );
        let cells = json(folder.path(), &asked)["cells"].clone();
        assert!(cells.as_array().unwrap().iter().all(|cell| cell["tie"] == true), "{cells}");
    }
}

#[test]
fn a_flip_changes_the_answer_and_a_little_less_does_not() {
    let folder = folder();
    let at = folder.path();
    let vary = ["--vary", "demand=x1,x2", "--vary", "prices.aws-lambda=x1,x2"];
    let map = json(at, &[&["map", "small.toml", "--as-is", "--no-report", "--out", "m"], &vary[..]].concat());
    assert_eq!(map["here"], "lambda");
    let flips = map["flips"].as_array().unwrap();
    let paths: Vec<&str> = flips.iter().map(|flip| flip["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["demand", "prices.aws-lambda", "prices.aws-ec2"], "{flips:?}");
    for flip in flips {
        let factor = number(&flip["factor"]);
        let toward = |share: f64| format!("{}=x{}", flip["path"].as_str().unwrap(), factor.powf(share));
        let cheapest = |vary: &str| {
            let swept = json(at, &["sweep", "small.toml", "--vary", vary, "--no-report", "--out", "s"]);
            swept["best"]["deployment"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            (cheapest(&toward(1.0)).as_str(), cheapest(&toward(0.95)).as_str()),
            ("servers", "lambda"),
            "{flip}"
        );
    }
}

#[test]
fn the_map_fits_a_terminal_and_is_drawn() {
    let folder = folder();
    let at = folder.path();
    let text = stdout(
        at,
        &[
            "map",
            "small.toml",
            "--vary",
            "demand=x0.25..x8",
            "--vary",
            "functions.api.duration=x0.5..x2:log:3",
            "--out",
            "m",
        ],
    );
    fits(&text);
    assert!(text.contains("A lambda, B servers") && text.contains("changes the answer"), "{text}");
    for file in ["report.html", "charts/decision_map.png", "cells.parquet", "results.json"] {
        assert!(at.join("m").join(file).is_file(), "{file}");
    }
    let names = stdout(
        at,
        &[
            "map",
            "small.toml",
            "--vary",
            "demand=x1,x2",
            "--vary",
            "deployments.servers.instance=c6i.large,m5.large",
            "--out",
            "n",
        ],
    );
    assert!(names.contains("m5.large"), "{names}");
    let written = std::fs::read_to_string(at.join("n/results.json")).unwrap();
    let map: breakeven::results::map::DecisionMap = serde_json::from_str(&written).unwrap();
    assert!(map.cells.iter().all(|cell| cell.values[0].is_some() && cell.values[1].is_none()), "{:?}", map.cells);
}

#[test]
fn what_is_no_map_is_said() {
    let folder = folder();
    let at = folder.path();
    let check = |more: &[&str], parts: &[&str]| {
        fails(at, &[&["map", "small.toml", "--out", "m"], more].concat(), 2, parts);
        assert!(!at.join("m").exists());
    };
    check(&["--vary", "demand=x1,x2"], &["a map has two axes, not 1"]);
    check(&["--vary", "demand=x1,x2", "--vary", "demand=x1,x2"], &["twice"]);
    let sizes = ["--vary", "demand=x1,x2", "--vary", "deployments.*.count=1,2"];
    check(&sizes, &["`deployments.*.count` is found at every value", "`--as-is`"]);
    stdout(
        at,
        &[&["map", "small.toml", "--as-is", "--flip", "demand", "--no-report", "--out", "s"], &sizes[..]].concat(),
    );
    check(&["--vary", "demand=x1,x2", "--vary", "prices.aws-lambda=x1,x2", "--flip", "demnd"], &["demnd"]);
    check(&["--vary", "demand=x1,x2", "--vary", "prices.aws-lambda=x1,x2", "--deployments", "lamda"], &["`lambda`"]);
    let idle = ["--vary", "demand=x1,x2", "--vary", "deployments.lambda.memory=1GB,2GB", "--deployments", "servers"];
    check(&idle, &["`deployments.lambda.memory` changes none of the deployments that are compared", "`servers`"]);
}
