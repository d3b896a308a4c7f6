//! Bills under what is not known: against distributions that are known.

use serde_json::Value;

use super::small::{SCENARIO, fails, fits, folder, folder_with, json, stdout};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn with(section: &str) -> tempfile::TempDir {
    folder_with(&format!("{SCENARIO}\n[uncertainty]\n{section}"))
}

/// The bill of functions is proportional to its prices: its quantiles are those of the factor.
#[test]
fn quantiles_of_a_proportional_bill_are_those_of_its_factor() {
    let folder = with("\"prices.aws-lambda\" = \"x1..x3\"\n");
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "400", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let base = number(&run["deployments"][0]["cost"]["per_month"]);
    let lambda = &answer["deployments"][0];
    for (place, share) in [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975].into_iter().enumerate() {
        let factor = number(&lambda["quantiles"][place]) / base;
        // A Latin hypercube of 400 has one draw in each 400th.
        assert!((factor - (1.0 + 2.0 * share)).abs() < 0.006, "{share}: {factor}");
    }
    assert!((number(&lambda["mean"]) / base - 2.0).abs() < 1e-3);
    assert_eq!(
        answer["deployments"][1]["quantiles"][1], answer["deployments"][1]["quantiles"][5],
        "servers are as dear as before"
    );
}

/// Functions cost more than servers where the factor exceeds the ratio of the bills: uniform on [1, 3.9], so the probability is
/// known.
#[test]
fn the_probability_of_being_cheaper_is_that_of_the_factor() {
    let folder = with("\"prices.aws-lambda\" = \"x1..x3.9\"\n");
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "1000", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let expected = (3.9 - cost(1) / cost(0)) / 2.9;
    let pair = &answer["pairs"][0];
    assert_eq!((&pair["a"], &pair["b"]), (&"lambda".into(), &"servers".into()));
    assert!((number(&pair["b_is_cheaper"]) - expected).abs() < 0.002, "{pair} is not {expected}");
    let cheapest = |place: usize| number(&answer["deployments"][place]["cheapest"]);
    assert!((cheapest(1) - expected).abs() < 0.002 && (cheapest(0) + cheapest(1) - 1.0).abs() < 1e-12);
}

/// A triangle from 1 to 2 with its mode at 1: its median is 2 - sqrt(1/2), its tenths 2 - sqrt(0.9) and 2 - sqrt(0.1).
#[test]
fn a_tornado_has_the_tenths_of_each_input_and_the_widest_first() {
    let folder = with(
        "\"prices.aws-lambda\" = { low = \"x1\", likely = \"x1\", high = \"x2\" }\n\"prices.aws-ec2\" = \"x0.9..x1.1\"\n",
    );
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "50", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let tornado = answer["tornado"].as_array().unwrap();
    assert_eq!(tornado.len(), 4, "two inputs for each of two deployments");
    let check = |place: usize, path: &str, base: f64, factors: [f64; 2]| {
        assert_eq!(tornado[place]["path"], path);
        for (end, factor) in factors.into_iter().enumerate() {
            let swung = number(&tornado[place]["cost_per_month"][end]);
            assert!((swung / base - factor).abs() < 1e-4, "{path}: {swung} is not {factor} times {base}");
        }
    };
    check(0, "prices.aws-lambda", cost(0), [2.0 - 0.9_f64.sqrt(), 2.0 - 0.1_f64.sqrt()]);
    check(1, "prices.aws-ec2", cost(0), [2.0 - 0.5_f64.sqrt(); 2]);
    check(2, "prices.aws-ec2", cost(1), [0.92, 1.08]);
    check(3, "prices.aws-lambda", cost(1), [1.0, 1.0]);
}

/// Functions take the whole factor and servers none of it: the difference is the one bill times the factor less the other.
#[test]
fn an_input_decides_between_the_two_best_where_their_difference_changes_sign() {
    let folder = with("\"prices.aws-lambda\" = \"x1..x3.9\"\n\"prices.aws-ec2\" = \"x0.999..x1.001\"\n");
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "100", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let contest = &answer["contest"];
    let sign = if contest["a"] == "lambda" { 1.0 } else { -1.0 };
    for (end, factor) in [1.29, 3.61].into_iter().enumerate() {
        let expected = sign * (cost(0) * factor - cost(1));
        let found = number(&contest["tornado"][0]["difference"][end]);
        assert!((found - expected).abs() < 1e-4 * cost(1), "{found} is not {expected}");
    }
    assert_eq!(contest["tornado"][0]["path"], "prices.aws-lambda");
    let text = stdout(at, &["uncertainty", "small.toml", "--draws", "100", "--no-report", "--out", "u"]);
    assert!(text.contains("by itself decides between"), "{text}");
}

#[test]
fn the_summary_fits_and_is_the_same_on_any_number_of_threads() {
    let folder = with(
        "demand = \"x0.6..x2.5\"\n\"functions.api.duration\" = \"x0.8..x1.4\"\n\"deployments.servers.count\" = \"1..3\"\n",
    );
    let at = folder.path();
    let text = stdout(at, &["uncertainty", "small.toml", "--draws", "40", "--threads", "1", "--out", "u"]);
    fits(&text);
    assert!(text.contains("with a probability of") && text.contains("What matters most is demand"), "{text}");
    let answer = |threads: &str| {
        let arguments = [
            "uncertainty",
            "small.toml",
            "--draws",
            "40",
            "--threads",
            threads,
            "--format",
            "json",
            "--no-report",
            "--out",
            "v",
        ];
        stdout(at, &arguments)
    };
    assert_eq!(answer("1"), answer("4"));
    for file in ["report.html", "charts/tornado.png", "charts/uncertain_costs.png", "draws.parquet", "results.json"] {
        assert!(at.join("u").join(file).is_file(), "{file}");
    }
}

#[test]
fn what_is_wrong_with_a_section_is_said_with_its_place() {
    let check = |section: &str, parts: &[&str]| {
        let folder = with(section);
        fails(folder.path(), &["uncertainty", "small.toml", "--out", "u"], 2, parts);
        assert!(!folder.path().join("u").exists(), "{section}");
    };
    check("dmand = \"x0.5..x2\"\n", &["dmand"]);
    check("demand = \"x2..x0.5\"\n", &["is empty", "small.toml:"]);
    check("demand = \"x1,x2\"\n", &["expected a range"]);
    check("demand = 3\n", &["expected a range or a table"]);
    check("demand = { low = \"x1\", high = \"x2\" }\n", &["`likely` is missing"]);
    check("demand = { low = \"x1\", likly = \"x1\", high = \"x2\" }\n", &["unknown key `likly`", "`likely`"]);
    check("demand = { low = \"x1\", likely = \"x3\", high = \"x2\" }\n", &["`likely` lies outside"]);
    check("\"deployments.lambda.memory\" = \"64MB..1GB\"\n", &["64"]);
    check("\"prices.aws-lamda\" = \"x1..x2\"\n", &["there is no price list `aws-lamda`"]);
    let folder = folder();
    fails(folder.path(), &["uncertainty", "small.toml"], 2, &["says nothing under [uncertainty]", "demand ="]);
}
