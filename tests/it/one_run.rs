//! What one run tells of itself: intervals from its own parts, and a warm-up that is found.

use std::path::Path;

use serde_json::Value;

use super::small::{SCENARIO, fails, fits, folder, folder_with, json, stdout};

fn answer(at: &Path, more: &[&str]) -> Value {
    json(at, &[&["run", "small.toml", "--no-report", "--out", "out"], more].concat())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn half_width(ci95: &Value) -> f64 {
    (number(&ci95[1]) - number(&ci95[0])) / 2.0
}

/// The spread over many replications is what the interval of one run estimates: it must be near it.
#[test]
fn the_interval_of_one_run_is_as_wide_as_runs_differ() {
    let folder = folder_with(&SCENARIO.replace("duration = \"20min\"", "duration = \"2h\""));
    let many = answer(folder.path(), &["--replications", "40"]);
    let one = answer(folder.path(), &["--replications", "1"]);
    assert_eq!(one["scenario"]["intervals"]["method"], "batch-means");
    assert_eq!(many["scenario"]["intervals"]["method"], "replications");
    let spread = |deployment: usize, metric: &str| {
        let samples = many["deployments"][deployment]["samples"][metric].as_array().unwrap().clone();
        let values: Vec<f64> = samples.iter().map(number).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        1.96 * (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 39.0).sqrt()
    };
    for (place, metric, ci95) in [
        (0, "cost_per_month", "/cost/ci95"),
        (0, "latency_mean_s", "/latency_s/ci95/mean"),
        (1, "latency_mean_s", "/latency_s/ci95/mean"),
        (1, "latency_p99_s", "/latency_s/ci95/p99"),
    ] {
        let told = half_width(one["deployments"][place].pointer(ci95).unwrap());
        let ratio = told / spread(place, metric);
        assert!((0.5..2.0).contains(&ratio), "{metric} of {place}: {told}, which is {ratio} of the spread");
    }
    // Servers cost the same whatever comes.
    assert_eq!(half_width(&one["deployments"][1]["cost"]["ci95"]), 0.0);
}

/// Servers come and go with the load: their cost is no more certain than the load is.
#[test]
fn the_cost_of_a_fleet_that_is_scaled_is_not_known_exactly() {
    let scaled = "instance = \"c6i.large\"\nsize = { least = 1, most = 8 }\nscaling = { policy = \"target-tracking\", target = \"50%\" }\n";
    let bursts = "arrivals = { process = \"mmpp\", states = [{ rate = \"2/s\", stay = \"20min\" }, { rate = \"60/s\", stay = \"10min\" }] }";
    let text = SCENARIO
        .replace("duration = \"20min\"", "duration = \"12h\"")
        .replace("instance = \"c6i.large\"\ncount = 2\n", scaled)
        .replace("arrivals = { process = \"poisson\", rate = \"10/s\" }", bursts);
    let folder = folder_with(&text);
    let many = answer(folder.path(), &["--replications", "20"]);
    let one = answer(folder.path(), &["--replications", "1"]);
    let costs: Vec<f64> =
        many["deployments"][1]["samples"]["cost_per_month"].as_array().unwrap().iter().map(number).collect();
    let mean = costs.iter().sum::<f64>() / 20.0;
    let spread = 1.96 * (costs.iter().map(|cost| (cost - mean).powi(2)).sum::<f64>() / 19.0).sqrt();
    let told = half_width(&one["deployments"][1]["cost"]["ci95"]);
    assert!(spread > 0.02 * mean, "nothing to be uncertain of: {spread} of {mean}");
    assert!((0.4..2.5).contains(&(told / spread)), "{told} against {spread}");
}

/// Both deployments see the same busy minutes, so that their difference is known better than either.
#[test]
fn differences_within_one_run_are_paired() {
    let text = format!("{SCENARIO}\n[deployments.other]\nplatform = \"aws-lambda\"\nmemory = \"512MB\"\n");
    let folder = folder_with(&text);
    let one = answer(folder.path(), &["--replications", "1"]);
    let comparisons = one["comparisons"].as_array().unwrap();
    let difference = comparisons
        .iter()
        .find(|one| {
            (&one["a"], &one["b"], &one["metric"]) == (&"lambda".into(), &"other".into(), &"cost.per_month".into())
        })
        .unwrap();
    let apart = half_width(&one["deployments"][0]["cost"]["ci95"]);
    let paired = half_width(&difference["ci95"]);
    assert!(paired > 0.0 && paired < apart, "{paired} of {apart}");
}

/// Instances start in the first parts alone, so that the spread of the parts exceeds their mean.
#[test]
fn the_interval_of_a_share_ends_at_zero_and_the_page_says_where_it_comes_from() {
    let folder = folder();
    let more = ["--replications", "1", "--set", "scenario.warmup=0s", "--out", "out"];
    let run = json(folder.path(), &[&["run", "small.toml"], &more[..]].concat());
    let cold = &run["deployments"][0]["cold_start"];
    let [low, high] = [0, 1].map(|end| number(&cold["ci95"][end]));
    assert!(low == 0.0 && high > number(&cold["fraction"]) && number(&cold["fraction"]) > 0.0, "{cold}");
    if breakeven::report::AVAILABLE {
        let page = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
        assert!(page.contains("confidence interval. Intervals are batch means of one replication"));
        assert!(page.contains("0\u{a0}% to ") && !page.contains("over replications."), "both ends of the share");
    }
}

/// The version of `run.json` is all that a folder says of who wrote it.
#[test]
fn a_damaged_file_is_told_from_one_of_another_version() {
    let folder = folder();
    let at = folder.path();
    answer(at, &["--replications", "1", "--set", "scenario.duration=2min"]);
    let (results, run) = (at.join("out/results.json"), at.join("out/run.json"));
    let text = std::fs::read_to_string(&results).unwrap();
    std::fs::write(&results, &text[..text.len() / 2]).unwrap();
    fails(at, &["report", "out"], 2, &["results.json` is damaged or cut off: "]);
    std::fs::write(&results, text.replace("\"cold_start\"", "\"cold_starts\"")).unwrap();
    fails(at, &["report", "out"], 2, &["results.json` is not what this version writes: missing field"]);
    let mut info: Value = serde_json::from_str(&std::fs::read_to_string(&run).unwrap()).unwrap();
    info["version"] = "0.0.1".into();
    std::fs::write(&run, info.to_string()).unwrap();
    fails(at, &["report", "out"], 2, &["results.json` was written by version 0.0.1, this is "]);
}

#[test]
fn the_intervals_of_one_run_are_the_same_on_any_number_of_threads() {
    let folder = folder();
    let of = |threads: &str| {
        let more =
            ["run", "small.toml", "--no-report", "--replications", "1", "--threads", threads, "--format", "json"];
        stdout(folder.path(), &[&more[..], &["--out", threads]].concat())
    };
    assert_eq!(of("1"), of("2"));
}

/// Of a trace more replications tell nothing of the load, and change nothing of the interval of a cost.
#[test]
fn a_trace_has_intervals_from_its_own_parts() {
    let mut rows = String::from("timestamp,function,duration_s\n");
    // Every other hour is twice as busy.
    for second in 0..36 * 3_600 {
        let busy = second / 3_600 % 2 == 0;
        if second % if busy { 20 } else { 40 } == 0 {
            rows.push_str(&format!("{second},api,0.2\n"));
        }
    }
    let source = "[workload.web]\ntrace = \"trace.csv\"\nformat = \"invocations\"\n";
    let before = "[workload.web]\nfunction = \"api\"\narrivals = { process = \"poisson\", rate = \"10/s\" }\n";
    let text =
        SCENARIO.replace(before, source).replace("duration = \"20min\"\n", "").replace("warmup = \"1min\"\n", "");
    let folder = folder_with(&text);
    std::fs::write(folder.path().join("trace.csv"), rows).unwrap();
    let one = answer(folder.path(), &["--replications", "1"]);
    assert_eq!(one["scenario"]["intervals"]["method"], "block-bootstrap");
    assert_eq!(number(&one["scenario"]["intervals"]["block_s"]), 3_600.0);
    let (told, cost) = (&one["deployments"][0]["cost"], number(&one["deployments"][0]["cost"]["per_month"]));
    // Hours of 90 and 180 requests that cost the same each: a standard deviation of a third of the mean over 35 or 36 hours.
    let hours = number(&one["scenario"]["intervals"]["blocks"]);
    let expected = 2.03 * cost / 3.0 / hours.sqrt();
    let ratio = half_width(&told["ci95"]) / expected;
    assert!((0.85..1.15).contains(&ratio), "{ratio}: {told} {expected}");
    let several = answer(folder.path(), &["--replications", "3"]);
    assert_eq!(several["scenario"]["intervals"]["method"], "block-bootstrap");
    assert!(half_width(&several["deployments"][0]["cost"]["ci95"]) > 0.8 * half_width(&told["ci95"]));
    let swept =
        json(folder.path(), &["optimize", "small.toml", "--vary", "deployments.servers.count=1,2", "--no-report"]);
    assert!(swept["choices"].as_array().unwrap().iter().all(|one| one["cost_ci95"].is_null()), "replays are no draws");
    assert!(swept["separated"].is_null() && swept["runner_up"]["tie"].is_null(), "{}", swept["runner_up"]);
    let section = "[uncertainty]\n\"prices.aws-lambda\" = \"x1..x3\"\n";
    std::fs::write(folder.path().join("doubt.toml"), format!("{text}\n{section}")).unwrap();
    let doubt = json(folder.path(), &["uncertainty", "doubt.toml", "--draws", "10", "--no-report", "--out", "doubt"]);
    assert!(doubt["deployments"][0]["undecided"].is_null(), "{}", doubt["deployments"][0]);
    let refused = ["run", "small.toml", "--half-width", "2%"];
    fails(folder.path(), &refused, 2, &["`--half-width` adds replications", "a trace is the same in all of them"]);
}

/// A queue that begins with servers that are far too few: the run is that of the warm-up which it has found.
#[test]
fn a_warm_up_that_is_found_is_a_warm_up_that_is_said() {
    let auto = SCENARIO.replace("warmup = \"1min\"", "warmup = \"auto\"");
    let folder = folder_with(&auto);
    let found = answer(folder.path(), &[]);
    let warmup = number(&found["scenario"]["warmup_s"]);
    assert!(found["scenario"]["warmup_found"]["settled"].as_bool().unwrap());
    // A rarely cold function on few instances settles within some minutes of its first starts, and not at once.
    assert!((1.0..600.0).contains(&warmup), "{warmup}");
    let said = answer(folder.path(), &["--set", &format!("scenario.warmup={warmup}s")]);
    assert_eq!(found["deployments"], said["deployments"]);
    let text = stdout(folder.path(), &["run", "small.toml", "--no-report", "--out", "text"]);
    assert!(text.contains("found by MSER-5"), "{text}");
    fits(&text);
    // A study finds the same one, before its first point.
    let vary = ["--vary", "deployments.servers.count=2,3", "--no-report"];
    let sweep = |more: &[&str]| -> Value { json(folder.path(), &[&["sweep", "small.toml"], &vary[..], more].concat()) };
    let (mut auto, mut said) =
        (sweep(&["--out", "a"]), sweep(&["--out", "b", "--set", &format!("scenario.warmup={warmup}s")]));
    let head = |of: &Value| (number(&of["scenario"]["warmup_s"]), of["scenario"]["warmup_found"]["series"].clone());
    assert_eq!(head(&auto), (warmup, found["scenario"]["warmup_found"]["series"].clone()));
    assert_eq!(head(&said), (warmup, Value::Null));
    for answer in [&mut auto, &mut said] {
        answer.as_object_mut().unwrap().remove("scenario");
    }
    assert_eq!(auto, said);
}

/// In the head of the results, on the page and on the terminal, as a run says it.
#[test]
fn every_study_says_the_warm_up_that_it_has_found() {
    let scenario = SCENARIO.replace("warmup = \"1min\"", "warmup = \"auto\"");
    let folder = folder_with(&format!("{scenario}\n[uncertainty]\n\"prices.aws-lambda\" = \"x1..x3\"\n"));
    let found = answer(folder.path(), &[])["scenario"].clone();
    let studies: [&[&str]; 7] = [
        &["sweep", "--vary", "demand=x1,x2"],
        &["breakeven", "--vary", "prices.aws-lambda=x1..x4"],
        &["map", "--vary", "demand=x1,x2", "--vary", "prices.aws-lambda=x1,x2", "--flip", "demand"],
        &["optimize", "--vary", "deployments.servers.count=1,2"],
        &["cold-starts", "--against", "keep-alive", "--values", "1min,5min"],
        &["commit", "--offer", "{ kind = 'compute-savings-plan', term = '1y', discount = '17%' }"],
        &["uncertainty", "--draws", "2"],
    ];
    for study in studies {
        let arguments = [&study[..1], &["small.toml", "--out", study[0]], &study[1..]].concat();
        let text = stdout(folder.path(), &arguments);
        assert!(text.contains("found by MSER-5"), "{text}");
        fits(&text);
        let read = |file: &str| std::fs::read_to_string(folder.path().join(study[0]).join(file)).unwrap();
        let results: Value = serde_json::from_str(&read("results.json")).unwrap();
        for key in ["warmup_s", "warmup_found"] {
            assert_eq!(results["scenario"][key], found[key], "{study:?}");
        }
        if breakeven::report::AVAILABLE {
            assert!(read("report.html").contains("found by MSER-5"), "{study:?}");
        }
    }
}

#[test]
fn a_load_that_rises_late_has_not_settled() {
    let rising = SCENARIO.replace("warmup = \"1min\"", "warmup = \"auto\"").replace(
        "arrivals = { process = \"poisson\", rate = \"10/s\" }",
        "arrivals = { process = \"piecewise\", steps = [{ from = \"0s\", rate = \"5/s\" }, { from = \"15min\", rate = \"50/s\" }] }",
    );
    let folder = folder_with(&rising);
    let answer = answer(folder.path(), &[]);
    assert_eq!(answer["scenario"]["warmup_found"]["settled"], false);
    assert_eq!(number(&answer["scenario"]["warmup_s"]), 0.0);
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("no warm-up was found"), "{warnings}");
}
