//! Sweeps: what they vary, what stays done, and that it does not matter who did it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::small::{SCENARIO, command, fails, files, fits, folder, folder_with, json, sim, stdout};

const RATES: &str = "workload.*.arrivals.rate=x0.5..x4:log:4";
const MEMORIES: &str = "deployments.lambda.memory=256MB,1024MB,2GB";

fn table(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("points.parquet")).unwrap()
}

/// Rows of the table as CSV, by column.
fn rows(folder: &Path) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join("points.csv")).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn a_point_says_what_a_run_with_its_settings_says() {
    let folder = folder();
    let at = folder.path();
    stdout(at, &["sweep", "small.toml", "--vary", RATES, "--vary", MEMORIES, "--csv", "--no-report", "--out", "s"]);
    let rows = rows(&at.join("s"));
    assert_eq!(rows.len(), 24);
    for (row, rate) in [(2, "5/s"), (22, "40/s")] {
        let set = format!("workload.web.arrivals.rate={rate}");
        let memory = format!("deployments.lambda.memory={}", rows[row]["deployments.lambda.memory"]);
        let run = json(at, &["run", "small.toml", "--set", &set, "--set", &memory, "--no-report", "--out", "r"]);
        for (place, name) in ["lambda", "servers"].iter().enumerate() {
            let (swept, ran) = (&rows[row + place], &run["deployments"][place]);
            assert_eq!(swept["deployment"], *name);
            let near = |column: &str, value: &Value| {
                let (swept, ran): (f64, f64) = (swept[column].parse().unwrap(), value.as_f64().unwrap());
                assert!((swept - ran).abs() <= 1e-9 * ran.abs(), "{column} of {name} at {rate}: {swept}, {ran}");
            };
            near("cost_per_month", &ran["cost"]["per_month"]);
            near("latency_p99_s", &ran["latency_s"]["p99"]);
            near("cost_per_month_low", &ran["cost"]["ci95"][0]);
        }
    }
}

#[test]
fn the_table_is_the_same_on_one_thread_and_on_four_and_by_shards_in_any_folder() {
    let folder = folder();
    let at = folder.path();
    let sweep = ["sweep", "small.toml", "--vary", RATES, "--vary", MEMORIES, "--no-report"];
    let with = |more: &[&'static str]| stdout(at, &[&sweep[..], more].concat());
    with(&["--out", "one", "--threads", "1"]);
    with(&["--out", "four", "--threads", "4"]);
    assert_eq!(table(&at.join("one")), table(&at.join("four")));
    with(&["--shard", "1/3", "--out", "a"]);
    with(&["--shard", "3/3", "--out", "a"]);
    fails(at, &["merge", "a"], 1, &["4 of 12 points are missing: 1, 4, 7, 10"]);
    with(&["--shard", "2/3", "--out", "b"]);
    stdout(at, &["merge", "b", "a", "--out", "joined", "--no-report"]);
    assert_eq!(table(&at.join("one")), table(&at.join("joined")));
    let answer = |name: &str| fs::read(at.join(name).join("results.json")).unwrap();
    assert_eq!(answer("one"), answer("joined"));
    fails(at, &["merge", "a", "nowhere"], 2, &["`nowhere` holds no sweep"]);
}

#[test]
fn what_is_torn_or_missing_is_run_again_and_nothing_else() {
    let folder = folder();
    let at = folder.path();
    let sweep = ["sweep", "small.toml", "--vary", RATES, "--vary", MEMORIES, "--no-report", "--out", "s"];
    stdout(at, &sweep);
    let whole = table(&at.join("s"));
    let parts = files(&at.join("s/parts"));
    assert_eq!(parts.len(), 24, "a part and its record for each of 12 blocks");
    // A part cut short, a record cut short, a record that never came, a part that is gone.
    let cut = |path: &Path| fs::write(path, &fs::read(path).unwrap()[..40]).unwrap();
    cut(&at.join("s/parts/00001.parquet"));
    cut(&at.join("s/parts/00004.json"));
    fs::remove_file(at.join("s/parts/00006.json")).unwrap();
    fs::remove_file(at.join("s/parts/00009.parquet")).unwrap();
    fails(at, &["merge", "s"], 1, &["4 of 12 points are missing: 1, 4, 6, 9", "is damaged or gone", "--resume"]);
    let untouched = at.join("s/parts/00000.json");
    let before = fs::metadata(&untouched).unwrap().modified().unwrap();
    stdout(at, &[&sweep[..], &["--resume"]].concat());
    assert_eq!(table(&at.join("s")), whole);
    assert_eq!(fs::metadata(&untouched).unwrap().modified().unwrap(), before, "it was done");
}

/// Below a half the nearest whole number is none, of which there are no ratios.
#[test]
fn ratios_of_whole_numbers_may_begin_below_one() {
    let folder = folder();
    let vary = "deployments.lambda.concurrency.per_instance=0.3..10:log";
    let arguments =
        ["sweep", "small.toml", "--vary", vary, "--design", "lhs", "--points", "4", "--no-report", "--out", "s"];
    let told = String::from_utf8(crate::small::sim(folder.path(), &arguments).stderr).unwrap();
    assert!(!told.contains("NaN"), "{told}");
}

#[test]
fn what_was_joined_is_a_sweep_as_any_other() {
    let folder = folder();
    let at = folder.path();
    let sweep = ["sweep", "small.toml", "--vary", RATES, "--no-report"];
    stdout(at, &[&sweep[..], &["--out", "whole"]].concat());
    for shard in ["1/2", "2/2"] {
        stdout(at, &[&sweep[..], &["--shard", shard, "--out", &shard[..1]]].concat());
    }
    stdout(at, &["merge", "1", "2", "--no-report", "--out", "joined"]);
    stdout(at, &["merge", "1", "2", "--no-report"]);
    for joined in ["joined", "1"] {
        let same = stdout(at, &["compare", "whole", joined, "--fail-on", "cost>+0%"]);
        assert!(!same.contains("holds no sweep"), "{same}");
        stdout(at, &[&sweep[..], &["--out", joined, "--resume"]].concat());
    }
}

#[test]
fn a_new_sweep_removes_the_parts_of_the_old_one_and_nothing_of_anybody_else() {
    let folder = folder();
    let at = folder.path();
    fs::create_dir_all(at.join("s/parts")).unwrap();
    fs::write(at.join("s/parts/mine.txt"), "mine").unwrap();
    let sweep = |rates: &str| {
        let vary = format!("workload.web.arrivals.rate={rates}");
        stdout(at, &["sweep", "small.toml", "--vary", &vary, "--no-report", "--out", "s"])
    };
    sweep("5/s,10/s,15/s");
    sweep("5/s");
    assert_eq!(fs::read_to_string(at.join("s/parts/mine.txt")).unwrap(), "mine");
    let numbered = files(&at.join("s/parts")).iter().filter(|(path, _)| !path.ends_with("mine.txt")).count();
    assert_eq!(numbered, 2, "one part and its record");
}

#[test]
fn an_interrupted_sweep_goes_on_where_it_was_and_ends_with_the_same_bytes() {
    let folder = folder();
    let at = folder.path();
    let vary = "workload.web.arrivals.rate=x1..x6:lin:64";
    let sweep =
        ["sweep", "small.toml", "--vary", vary, "--set", "scenario.duration=1h", "--no-report", "--threads", "1"];
    // Records that are there; a temporary file can be gone before it is looked at.
    let done = || {
        let entries = fs::read_dir(at.join("s/parts")).into_iter().flatten().flatten();
        let is_record = |name: String| name.ends_with(".json") && !name.starts_with('.');
        entries.filter(|entry| is_record(entry.file_name().to_string_lossy().into_owned())).count()
    };
    let mut child = command(at, &[&sweep[..], &["--out", "s"]].concat())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while done() < 3 && started.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    // SAFETY: the process is ours and has not been waited for.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let status = child.wait().unwrap();
    let done = done();
    assert_eq!(status.code(), Some(130), "{done} blocks");
    assert!(done < 64 && !at.join("s/points.parquet").exists());
    stdout(at, &[&sweep[..], &["--resume", "--out", "s"]].concat());
    stdout(at, &[&sweep[..], &["--out", "whole"]].concat());
    assert_eq!(table(&at.join("s")), table(&at.join("whole")));
}

#[test]
fn a_changed_scenario_is_not_resumed_and_says_what_changed() {
    let folder = folder();
    let at = folder.path();
    let sweep = ["sweep", "small.toml", "--vary", RATES, "--no-report", "--out", "s"];
    stdout(at, &sweep);
    let resume = |more: &[&'static str], parts: &[&str]| {
        fails(at, &[&sweep[..], &["--resume"], more].concat(), 2, parts);
    };
    resume(&["--seed", "12"], &["holds another sweep", "the seed was 11, is 12"]);
    resume(&["--set", "functions.api.cpu=50%"], &["`functions.api.cpu` was", "80%", "50%"]);
    resume(&["--vary", MEMORIES], &["the number of points was 4, is 12"]);
    fails(at, &["sweep", "small.toml", "--vary", RATES, "--resume", "--out", "t"], 2, &["`t` holds no sweep"]);
    assert!(!at.join("t").exists());
}

/// The axis that differs, and of many values the ends.
#[test]
fn an_axis_that_changed_is_named_and_not_listed_in_full() {
    let folder = folder();
    let at = folder.path();
    let rates = ["--vary", "workload.web.arrivals.rate=x1,x2"];
    let sweep = |prices: &'static str| {
        [&["sweep", "small.toml", "--no-report", "--out", "s", "--vary", prices], &rates[..]].concat()
    };
    stdout(at, &sweep("prices.*=x1..x2:lin:40"));
    let check = |prices: &'static str, part: &str| {
        fails(at, &[&sweep(prices)[..], &["--resume"]].concat(), 2, &["holds another sweep", part]);
    };
    let was = "what is varied was prices.*=x1,x1.02564,...,x2 (40 values), is";
    check("prices.*=x1..x3:lin:40", &format!("{was} prices.*=x1,x1.05128,...,x3 (40 values)"));
    check("prices.*=x1,x2", &format!("{was} prices.*=x1,x2; the number"));
    check("prices.*=x1..x2:log:40", "x1.01793,...,x2 (40 values)");
}

/// What is told of a large sweep does not grow with it: first points in tables, the rest in the file.
#[test]
fn many_points_stand_in_the_file_and_some_of_them_in_the_report() {
    let folder = folder();
    let at = folder.path();
    let points = |folder: &str| rows(&at.join(folder)).len();
    let sweep = |count: &str, out: &str| {
        let vary = format!("prices.aws-lambda=x0.5..x2:lin:{count}");
        let arguments = ["sweep", "small.toml", "--vary", &vary, "--csv", "--out", out];
        stdout(at, &[&arguments[..], &["--set", "scenario.duration=2min"]].concat())
    };
    let text = sweep("3600", "large");
    fits(&text);
    assert!(text.contains("and 3570 more in the table"), "{text}");
    assert_eq!(points("large"), 2 * 3_600);
    sweep("1800", "small");
    let page = |folder: &str| fs::read_to_string(at.join(folder).join("report.html")).unwrap();
    assert!(page("large").contains("3400 more rows stand in the table"));
    let (large, small) = (page("large").len(), page("small").len());
    assert!(large < small + small / 10, "{large} bytes for 3,600 points, {small} for 1,800");
}

/// Functions do not care how many servers there are: their cheapest point says nothing of it.
#[test]
fn the_cheapest_is_named_with_what_touches_it() {
    let folder = folder();
    let at = folder.path();
    let vary = ["--vary", "deployments.servers.count=1,2,3", "--vary", MEMORIES];
    let sweep = [&["sweep", "small.toml", "--no-report", "--out", "s"], &vary[..]].concat();
    let answer = json(at, &sweep);
    let lambda = &answer["deployments"][0];
    assert_eq!(lambda["best"]["settings"], serde_json::json!(["deployments.lambda.memory=1024MB"]));
    let servers = answer["deployments"][1]["best"]["settings"].to_string();
    assert!(servers.contains("servers.count") && !servers.contains("memory"), "{servers}");
    // The figures are the same, and yet only one of the two is met.
    let objective = ["sweep", "small.toml", "--vary", "slo.latency.p99=400ms,1ms", "--no-report", "--out", "o"];
    assert_eq!(json(at, &objective)["best"]["settings"], serde_json::json!(["slo.latency.p99=400ms"]));
}

/// Two deployments that are alike and a dearer one: a tie at every point, counted once.
#[test]
fn equal_costs_are_a_tie_at_a_point_and_not_one_of_each_deployment() {
    let twin = "[deployments.twin]\nplatform = \"aws-lambda\"\nmemory = \"1024MB\"\n";
    let third = twin.replace("twin", "third");
    let folder = folder_with(&format!("{SCENARIO}\n{twin}\n{third}"));
    let at = folder.path();
    for replications in ["1", "3"] {
        let sweep = ["sweep", "small.toml", "--vary", "demand=x0.5,x1", "--replications", replications, "--no-report"];
        let sweep = [&sweep[..], &["--out", "s"]].concat();
        let text = stdout(at, &sweep);
        let said = text.replace('\n', " ");
        let headline =
            "lambda is the cheapest that meets the objectives at every point, tied with another at all of them";
        assert!(said.contains(headline), "{text}");
        assert!(text.contains("At 2 points the cheapest is a tie") && text.contains("lambda ="), "{text}");
        assert_eq!(json(at, &sweep)["ties"], 2);
    }
}

/// Bills alone simulate nothing that would notice: each block looks whether it is to stop. The blocks are of 32 points, most of
/// which are put off while the first one simulates, and the table has more than one group of rows.
#[test]
fn a_sweep_of_prices_is_interrupted_and_resumed_and_its_bytes_are_those_of_one_thread_and_of_shards() {
    let folder = folder();
    let at = folder.path();
    let vary = "prices.aws-lambda=x0.5..x2:lin:9000";
    let sweep = ["sweep", "small.toml", "--vary", vary, "--set", "scenario.duration=2min", "--no-report"];
    let with = |more: &[&'static str]| [&sweep[..], more].concat();
    let child = command(at, &with(&["--out", "s"])).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    let begun = || fs::read_dir(at.join("s/parts")).is_ok_and(|parts| parts.count() > 4);
    while !begun() && started.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    // SAFETY: the process is ours and has not been waited for.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let told = child.wait_with_output().unwrap();
    let told = (told.status.code(), String::from_utf8(told.stderr).unwrap());
    assert!(told.0 == Some(130) && told.1.contains(" of 9000 points are done; `--resume` runs the rest"), "{told:?}");
    assert!(!at.join("s/points.parquet").exists());
    stdout(at, &with(&["--out", "s", "--resume"]));
    stdout(at, &with(&["--out", "one", "--threads", "1"]));
    for shard in ["1/2", "2/2"] {
        stdout(at, &with(&["--out", "shards", "--shard", shard]));
    }
    stdout(at, &["merge", "shards", "--no-report"]);
    let whole = table(&at.join("one"));
    assert!(table(&at.join("s")) == whole && table(&at.join("shards")) == whole, "the same bytes");
}

/// Without objectives nobody meets any.
#[test]
fn without_objectives_none_is_met() {
    let slo = "[slo]\nlatency = { p99 = \"400ms\" }\nerrors = \"0.1%\"\n";
    assert!(SCENARIO.contains(slo));
    let folder = folder_with(&SCENARIO.replace(slo, ""));
    let at = folder.path();
    let sweep = ["sweep", "small.toml", "--vary", "deployments.lambda.memory=256MB,1GB", "--no-report", "--out", "s"];
    let said = |more: &[&'static str]| stdout(at, &[&sweep[..], more].concat());
    let text = said(&[]);
    assert!(!text.contains("objectives") && text.contains("is the cheapest: $"), "{text}");
    let text = said(&["--set", "slo.latency.p99=10s"]);
    assert!(text.contains("is the cheapest that meets the objectives"), "{text}");
}

#[test]
fn prices_bill_again_and_scale_the_bill_exactly() {
    let folder = folder();
    let at = folder.path();
    let vary = "prices.aws-lambda=80%..120%:lin:5";
    stdout(at, &["sweep", "small.toml", "--vary", vary, "--csv", "--no-report", "--out", "s"]);
    let rows = rows(&at.join("s"));
    let cost = |row: usize| rows[row]["cost_per_month"].parse::<f64>().unwrap();
    let base = cost(4);
    for (point, factor) in [0.8, 0.9, 1.0, 1.1, 1.2].into_iter().enumerate() {
        assert!((cost(2 * point) / base - factor).abs() < 1e-9, "{factor}: {}", cost(2 * point));
        assert_eq!(cost(2 * point + 1), cost(1), "servers are priced by another list");
        assert_eq!(rows[2 * point]["latency_p99_s"], rows[0]["latency_p99_s"]);
    }
}

#[test]
fn names_are_varied_like_numbers_and_the_scenario_has_defaults() {
    let scenario = format!(
        "{}\n[sweep]\n\"deployments.servers.instance\" = [\"c6i.large\", \"m5.large\"]\n\"demand\" = \"x1,x2\"\n",
        super::small::SCENARIO
    );
    let folder = folder_with(&scenario);
    let text = stdout(folder.path(), &["sweep", "small.toml", "--out", "s"]);
    fits(&text);
    assert!(text.contains("4 points") && text.contains("m5.large"), "{text}");
    for file in ["report.html", "charts/sweep_tradeoff.png", "results.json", "points.parquet", "sweep.json"] {
        assert!(folder.path().join("s").join(file).is_file(), "{file}");
    }
}

#[test]
fn what_cannot_be_varied_is_said_with_its_place() {
    let folder = folder();
    let at = folder.path();
    let check = |vary: &str, parts: &[&str]| {
        fails(at, &["sweep", "small.toml", "--vary", vary, "--out", "s"], 2, parts);
        assert!(!at.join("s").exists(), "{vary} left a folder");
    };
    check("deployments.lambda.memry=1GB", &["memry", "a key with a similar name exists: `memory`"]);
    check("deployments.lamda.memory=1GB", &["lamda", "a name with a similar name exists: `lambda`"]);
    check("deployments.lambda.memory=1s..4s:lin:3", &["`s` is not a unit of size"]);
    check("deployments.lambda.memory=1GB..2GB", &["says only the ends of its range", "--design lhs"]);
    check("deployments.servers.count=4..1", &["the range from `4` to `1` is empty"]);
    check("deployments.servers.count=0,1", &["0 is too small; at least 1"]);
    check("prices.aws-lamda=x1,x2", &["there is no price list `aws-lamda`", "`aws-lambda`"]);
    check("prices.aws-lambda=1..2:lin:2", &["is not a factor"]);
    check("demand=", &["there is no value"]);
    check("demand=x1,x2,x1.0", &["`x1` of `demand` stands in the list twice"]);
    check(
        "deployments.lambda.memory=1GB,512MB,1024MB",
        &["`1024MB` of `deployments.lambda.memory` stands in the list twice"],
    );
    check("demand", &["expected PATH=SPEC"]);
    check("deployments.servers.instance=c6i.large,c6i.lage", &["c6i.lage", "c6i.large"]);
    fails(at, &["sweep", "small.toml", "--out", "s"], 2, &["nothing is varied", "--vary demand"]);
    fails(at, &["sweep", "small.toml", "--vary", "demand=x1,x2", "--vary", "demand=x3", "--out", "s"], 2, &["twice"]);
    fails(at, &["sweep", "small.toml", "--vary", RATES, "--shard", "4/3", "--out", "s"], 2, &["expected I/N"]);
    fails(at, &["sweep", "small.toml", "--vary", RATES, "--points", "5", "--out", "s"], 2, &["--design"]);
    let many = ["--vary", "demand=x1..x2:lin:3001", "--vary", "deployments.servers.count=1..400:1"];
    let how = ["the grid has 1200400 points; at most 1000000", "several sweeps", "--design lhs --points"];
    fails(at, &[&["sweep", "small.toml", "--out", "s"], &many[..]].concat(), 2, &how);
}

#[test]
fn designs_fill_the_space_evenly() {
    let folder = folder();
    let at = folder.path();
    for design in ["lhs", "sobol"] {
        let out = ["--design", design, "--points", "16", "--csv", "--no-report", "--out", design];
        let vary = ["--vary", "demand=x1..x2", "--vary", "deployments.lambda.memory=512MB..2GB:lin"];
        stdout(at, &[&["sweep", "small.toml"], &vary[..], &out].concat());
        let rows = rows(&at.join(design));
        for (column, low, high) in [("demand (×)", 1.0, 2.0), ("deployments.lambda.memory (MB)", 512.0, 2_048.0)] {
            let shares: Vec<f64> =
                rows.iter().step_by(2).map(|row| (row[column].parse::<f64>().unwrap() - low) / (high - low)).collect();
            // One point in each sixteenth of a Latin hypercube, two in each eighth of a scrambled (t, m, s)-net.
            let parts = if design == "lhs" { 16 } else { 8 };
            for part in 0..parts {
                let within = |share: &&f64| ((*share * f64::from(parts)) as i32).min(parts - 1) == part;
                let count = shares.iter().filter(within).count();
                assert_eq!(count, 16 / parts as usize, "{design} {column} part {part} of {shares:?}");
            }
        }
    }
}

#[test]
fn an_objective_that_nothing_meets_is_said_with_what_comes_nearest() {
    let folder = folder();
    let at = folder.path();
    let text = stdout(at, &["sweep", "small.toml", "--vary", RATES, "--set", "slo.latency.p99=1ms", "--out", "s"]);
    assert!(text.contains("Nothing meets the objectives at any of 4 points"), "{text}");
    assert!(text.contains("p99 197 ms against 1 ms") || text.contains(" against 1 ms"), "{text}");
}

/// Two sizes of functions see the same arrivals and the same work: their bills rise and fall together.
#[test]
fn common_random_numbers_cut_the_variance_of_a_difference_several_fold() {
    let scenario = super::small::SCENARIO.replace("replications = 3", "replications = 40").replace(
        "[deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"c6i.large\"\ncount = 2",
        "[deployments.large]\nplatform = \"aws-lambda\"\nmemory = \"1536MB\"",
    );
    let folder = folder_with(&scenario);
    let answer = json(folder.path(), &["sweep", "small.toml", "--vary", "demand=x1,x2", "--no-report", "--out", "s"]);
    let factor = answer["variance_reduction"].as_f64().unwrap();
    println!("variance of the difference of two bills: {factor:.1} times smaller with common random numbers");
    assert!(factor > 4.0, "{factor}");
    assert_eq!(sim(folder.path(), &["sweep", "small.toml"]).status.code(), Some(2));
}

/// What stands under `[sweep]` is shown there, and what stands on the command line there.
#[test]
fn what_no_scenario_can_take_is_shown_where_it_was_written() {
    let check = |section: &str, message: &str| {
        let folder = folder_with(&format!("{SCENARIO}\n[sweep]\n{section}"));
        fails(folder.path(), &["sweep", "small.toml", "--out", "s"], 2, &[message, "small.toml:33:", section]);
        assert!(!folder.path().join("s").exists());
    };
    check("\"deployments.lambda.timeout\" = [\"x0.5\", \"x2\"]\n", "says nothing here that could be scaled");
    check("\"deployments.lambda.memory\" = [\"64MB\", \"1GB\"]\n", "64");
    let folder = folder();
    let vary = ["--vary", "deployments.lambda.timeout=x0.5,x2"];
    let sweep = [&["sweep", "small.toml", "--out", "s"], &vary[..]].concat();
    fails(folder.path(), &sweep, 2, &["says nothing here that could be scaled", "--vary:1:1"]);
}
