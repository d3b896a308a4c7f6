//! Break-even: against closed forms and exhaustive scans.

use serde_json::Value;

use super::small::{SCENARIO, fails, fits, folder, folder_with, json, stdout};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The bill of functions is proportional to their prices, so the factor at which it equals that of servers is their ratio.
#[test]
fn a_crossing_of_prices_is_the_ratio_of_the_bills() {
    let folder = folder();
    let at = folder.path();
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r", "--set", "deployments.servers.count=1"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let expected = cost(1) / cost(0);
    let vary = ["--vary", "prices.aws-lambda=x0.5..x8"];
    let answer =
        json(at, &[&["breakeven", "small.toml", "lambda", "servers", "--no-report", "--out", "b"], &vary[..]].concat());
    let crossings = answer["breakeven"].as_array().unwrap();
    assert_eq!(crossings.len(), 1);
    let crossing = &crossings[0];
    assert!((number(&crossing["value"]) / expected - 1.0).abs() < 1e-4, "{crossing} is not {expected}");
    assert!(number(&crossing["interval"][0]) < expected && expected < number(&crossing["interval"][1]));
    assert_eq!((&crossing["cheaper_before"], &crossing["cheaper_after"]), (&"lambda".into(), &"servers".into()));
    assert_eq!((&crossing["step"], &crossing["members"]), (&false.into(), &serde_json::json!([1, 1])));
}

/// Fewer members than it says miss the objectives; as many as it says meet them.
#[test]
fn a_fleet_has_the_fewest_members_that_meet_the_objectives() {
    let scenario =
        SCENARIO.replace("rate = \"10/s\"", "rate = \"120/s\"").replace("duration = \"20min\"", "duration = \"6min\"");
    let folder = folder_with(&scenario);
    let at = folder.path();
    let answer = json(
        at,
        &[
            "breakeven",
            "small.toml",
            "lambda",
            "servers",
            "--vary",
            "demand=x0.5..x3",
            "--points",
            "3",
            "--no-report",
            "--out",
            "b",
        ],
    );
    let points = answer["points"].as_array().unwrap();
    let mut several = 0;
    for point in points {
        let members = point["b"]["members"].as_u64().unwrap();
        let rate = format!("workload.web.arrivals.rate={}/s", number(&point["value"]) * 120.0);
        let meets = |count: u64| {
            let count = format!("deployments.servers.count={count}");
            let run = json(at, &["run", "small.toml", "--set", &rate, "--set", &count, "--no-report", "--out", "r"]);
            run["deployments"][1]["slo"]["met"].as_bool().unwrap()
        };
        assert!(meets(members), "{point}");
        if members > 1 {
            several += 1;
            assert!(!meets(members - 1), "{point}");
        }
    }
    assert!(several > 0, "{points:?}");
}

/// Where functions cost as much as one server, by prices alone, is the ratio of the two bills.
#[test]
fn the_naive_break_even_is_the_ratio_of_prices() {
    let folder = folder();
    let at = folder.path();
    let answer = json(
        at,
        &["breakeven", "small.toml", "lambda", "servers", "--vary", "demand=x0.25..x6", "--no-report", "--out", "b"],
    );
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let naive = cost(1) / 2.0 / cost(0);
    assert!((number(&answer["naive"]["value"]) / naive - 1.0).abs() < 0.03, "{} is not {naive}", answer["naive"]);
    let used = number(&run["deployments"][1]["capacity"]["utilization"]) * 2.0 * naive;
    assert!((number(&answer["naive"]["utilization"]) / used - 1.0).abs() < 0.05, "{} is not {used}", answer["naive"]);
    let text =
        stdout(at, &["breakeven", "small.toml", "lambda", "servers", "--vary", "demand=x0.25..x6", "--out", "b"]);
    fits(&text);
    assert!(text.contains("By prices alone"), "{text}");
    for file in ["report.html", "charts/breakeven.png", "charts/breakeven.svg", "points.parquet", "results.json"] {
        assert!(at.join("b").join(file).is_file(), "{file}");
    }
}

#[test]
fn without_a_crossing_it_says_which_side_is_always_cheaper() {
    let folder = folder();
    let at = folder.path();
    let text = stdout(at, &["breakeven", "small.toml", "--vary", "demand=x0.25..x1", "--no-report", "--out", "b"]);
    assert!(text.contains("lambda is always the cheaper one: demand from x0.25 to x1"), "{text}");
    assert!(text.contains("In proportion they come nearest at x1"), "{text}");
    let text = stdout(
        at,
        &[
            "breakeven",
            "small.toml",
            "--vary",
            "demand=x0.25..x1",
            "--set",
            "slo.latency.p99=1ms",
            "--no-report",
            "--out",
            "b",
        ],
    );
    assert!(text.contains("Nowhere do lambda and servers both meet the objectives"), "{text}");
}

/// Functions that serve events one by one, and the same with batches, of which one of size 1 is no batch.
fn with_batches() -> tempfile::TempDir {
    let functions = "platform = \"aws-lambda\"\nmemory = \"1024MB\"\n";
    let (head, _) = SCENARIO.split_once("[deployments.lambda]").unwrap();
    let head = head.replace("p99 = \"400ms\"", "p99 = \"9s\"").replace("duration = \"20min\"", "duration = \"4min\"");
    folder_with(&format!(
        "{head}[deployments.plain]\n{functions}[deployments.batched]\n{functions}\
         batch = {{ size = 1, window = \"1s\", once = \"10ms\" }}\n"
    ))
}

#[test]
fn equal_costs_are_a_tie_in_the_sentence_the_rows_and_the_json() {
    let folder = with_batches();
    let vary = ["--vary", "deployments.batched.batch.size=1..5", "--no-report", "--out", "b"];
    for replications in ["1", "3"] {
        let more = ["--replications", replications];
        let asked = [&["breakeven", "small.toml", "plain", "batched"], &vary[..], &more].concat();
        let text = stdout(folder.path(), &asked).replace('\n', " ");
        let sentence = "plain and batched cost the same below 2, batched is cheaper from there on";
        assert!(text.contains(sentence) && text.contains("tie"), "{text}");
        let answer = json(folder.path(), &asked);
        let crossings = answer["breakeven"].as_array().unwrap();
        assert_eq!(crossings.len(), 1, "{crossings:?}");
        let crossing = &crossings[0];
        assert_eq!((number(&crossing["value"]), &crossing["between"]), (2.0, &serde_json::json!([1.0, 2.0])));
        assert_eq!((&crossing["cheaper_before"], &crossing["cheaper_after"]), (&Value::Null, &"batched".into()));
        assert_eq!((&crossing["interval"], number(&answer["points"][0]["difference"])), (&Value::Null, 0.0));
    }
    let same = ["--vary", "deployments.batched.batch.window=1s..2s", "--no-report", "--out", "b"];
    let text = stdout(folder.path(), &[&["breakeven", "small.toml", "plain", "batched"], &same[..]].concat());
    let text = text.replace('\n', " ");
    assert!(text.contains("plain and batched cost the same always") && !text.contains("come nearest"), "{text}");
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    let folder = folder();
    let answer = |threads: &str| {
        let vary = [
            "--vary",
            "prices.aws-lambda=x0.5..x8",
            "--threads",
            threads,
            "--format",
            "json",
            "--no-report",
            "--out",
            "b",
        ];
        stdout(folder.path(), &[&["breakeven", "small.toml"], &vary[..]].concat())
    };
    assert_eq!(answer("1"), answer("3"));
}

/// Fleets as they stand, so that nothing but their number is varied; the page names the command that does it.
#[test]
fn each_whole_number_is_one_point() {
    let folder = folder();
    let vary = ["--vary", "deployments.servers.count=1..3", "--as-is", "--out", "b"];
    let answer = json(folder.path(), &[&["breakeven", "small.toml"], &vary[..]].concat());
    let values: Vec<f64> = answer["points"].as_array().unwrap().iter().map(|point| number(&point["value"])).collect();
    assert_eq!(values, [1.0, 2.0, 3.0]);
    if breakeven::report::AVAILABLE {
        let page = std::fs::read_to_string(folder.path().join("b/report.html")).unwrap();
        assert!(page.contains("--as-is lambda servers --seed 11 --replications 3"), "{page}");
    }
}

#[test]
fn what_cannot_be_asked_is_said() {
    let folder = folder();
    let at = folder.path();
    let check = |more: &[&str], parts: &[&str]| {
        fails(at, &[&["breakeven", "small.toml", "--out", "b"], more].concat(), 2, parts);
        assert!(!at.join("b").exists());
    };
    check(&["--vary", "demand=x1,x2"], &["needs the ends of a range"]);
    check(&["--vary", "demand=x1..x2", "lamda", "servers"], &["there is no deployment `lamda`", "`lambda`"]);
    check(&["--vary", "demand=x1..x2", "lambda"], &["compares two deployments"]);
    check(&["--vary", "demand=x1..x2", "lambda", "lambda"], &["compared with itself"]);
    check(&["--vary", "demand=x2..x1"], &["the range from `x2` to `x1` is empty"]);
    check(&["--vary", "deployments.lambda.memory=64MB..1GB"], &["64"]);
    check(
        &["--vary", "deployments.servers.count=1..4"],
        &["`deployments.servers.count` is found at every value", "`--as-is`"],
    );
    check(&[], &["--vary"]);
}
