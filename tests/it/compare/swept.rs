//! Sweeps side by side, point by point.

use serde_json::{Value, json};

use super::{SCENARIO, fails, first, fits, folder, run, sim, stdout};

/// Points of a base and of a head whose functions take a tenth longer; the head has a demand more.
fn sweeps() -> tempfile::TempDir {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("slow.toml"), SCENARIO.replace("\"40ms\"", "\"44ms\"").replace("20min", "5min")).unwrap();
    std::fs::write(at.join("quick.toml"), SCENARIO.replace("20min", "5min")).unwrap();
    let memory = "deployments.lambda.memory=512MB,1GB";
    let quiet = ["--no-report", "--quiet"];
    stdout(
        at,
        &[&["sweep", "quick.toml", "--vary", "demand=x0.5,x1", "--vary", memory, "--out", "base"], &quiet[..]].concat(),
    );
    let other = ["sweep", "slow.toml", "--vary", memory, "--vary", "demand=x0.5,x1,x2", "--out", "head"];
    stdout(at, &[&other, &quiet[..]].concat());
    folder
}

#[test]
fn points_are_matched_by_their_settings_and_every_one_is_held_to_the_bounds() {
    let folder = sweeps();
    let at = folder.path();
    let output = sim(at, &["compare", "base", "head", "--fail-on", "lambda:cost>+4%", "--format", "json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let compared = first(&answer);
    let points = compared["deployments"].as_array().unwrap();
    assert_eq!((points.len(), compared["added"].as_array().unwrap().len()), (2 * 4, 2 * 2));
    // What the table of each sweep says of the point.
    for one in points {
        let cost = &one["figures"][0];
        let less = cost["head"].as_f64().unwrap() - cost["base"].as_f64().unwrap();
        assert_eq!((cost["metric"].as_str(), cost["difference"].as_f64()), (Some("cost"), Some(less)));
        assert!(one["head"] != "lambda" || less > 0.0, "longer costs more at {}", one["settings"]);
    }
    assert_eq!(answer["gate"]["exceeded"].as_array().unwrap().len(), 4, "{}", answer["gate"]);
    assert_eq!(points[0]["settings"], json!(["demand=x0.5", "deployments.lambda.memory=512MB"]));
    assert_eq!(points[0]["figures"][0]["interval"], "combined");
    let differs = compared["differs"].to_string();
    assert!(differs.contains("functions.api.duration.median") && differs.contains("points 4 → 6"), "{differs}");
    // The other way round points are gone.
    let output = sim(at, &["compare", "head", "base", "--fail-on", "cost>+4%", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let whys = answer["gate"]["exceeded"].as_array().unwrap();
    assert!(whys.len() == 4 && whys.iter().all(|one| one["why"] == "removed"), "{whys:?}");
}

#[test]
fn the_worst_point_of_every_figure_is_shown() {
    let folder = sweeps();
    let at = folder.path();
    let text = stdout(at, &["compare", "base", "head", "--out", "out", "--csv"]);
    fits(&text);
    assert!(text.contains("demand=x1 lambda.memory=1GB") || text.contains("lambda.memory=512MB"), "{text}");
    assert!(text.contains(" of 4"), "{text}");
    let rows = std::fs::read_to_string(at.join("out/comparison.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 8 * 9);
}

#[test]
fn sweeps_are_compared_with_sweeps_that_vary_the_same() {
    let folder = sweeps();
    let at = folder.path();
    run(at, "run", &[]);
    let other = ["sweep", "quick.toml", "--vary", "demand=x3", "--out", "other", "--no-report", "--quiet"];
    stdout(at, &other);
    fails(at, &["compare", "base", "run"], 2, &["`base` is a sweep and `run` is a run"]);
    fails(at, &["compare", "base", "other"], 2, &["varies demand, deployments.lambda.memory", "varies demand"]);
    fails(at, &["report", "base"], 2, &["`base` holds a sweep", "sim merge base"]);
    let part = ["sweep", "quick.toml", "--vary", "demand=x1,x2,x3", "--out", "part", "--shard", "1/2", "--quiet"];
    stdout(at, &part);
    fails(at, &["compare", "base", "part"], 2, &["the sweep in `part` is not complete", "--resume"]);
}

#[test]
fn a_check_says_what_studies_would_vary() {
    let varied = "[sweep]\ndemand = \"x0.5..x2:log:3\"\n\"deployments.lambda.memory\" = [\"512MB\", \"1GB\"]\n\
        [uncertainty]\n\"prices.aws-lambda\" = { low = \"x0.9\", likely = \"x1\", high = \"x1.2\" }\n";
    let folder = super::super::small::folder_with(&format!("{SCENARIO}\n{varied}"));
    let at = folder.path();
    let text = stdout(at, &["check", "small.toml"]);
    fits(&text);
    assert!(text.contains("sweep: 6 points") && text.contains("512MB, 1GB"), "{text}");
    assert!(text.contains("x0.9..x1.2, likely x1"), "{text}");
    let answer = super::super::small::json(at, &["check", "small.toml"]);
    assert_eq!(
        (&answer["sweep"]["points"], &answer["sweep"]["axes"][1]["values"]),
        (&json!(6), &json!(["512MB", "1GB"]))
    );
    let wrong = format!("{SCENARIO}\n[sweep]\ndemand = \"many\"\n");
    std::fs::write(at.join("wrong.toml"), wrong).unwrap();
    fails(at, &["check", "wrong.toml"], 2, &["wrong.toml:"]);
}
