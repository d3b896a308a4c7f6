//! Cold-start curves: the closed forms against values that others computed, points against single runs, refusals.

use breakeven::stats::cold_starts::{ExponentialChain, Hierarchy, IdleLife, single};
use serde_json::Value;

use super::one_function::oracles;
use super::shared::shared;
use super::small::{SCENARIO, fails, fits, folder, folder_with, json, stdout};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Those of the reference values whose names begin so; at least `least` of them.
fn named(prefix: &str, least: usize) -> Vec<Value> {
    let mut all = oracles("scale_per_request.json");
    all.retain(|oracle| oracle["id"].as_str().is_some_and(|id| id.starts_with(prefix)));
    assert!(all.len() >= least, "{} of {prefix}", all.len());
    all
}

#[track_caller]
fn near(actual: f64, expected: f64, relative: f64) {
    assert!((actual / expected - 1.0).abs() <= relative, "{actual} against {expected}");
}

#[test]
fn the_model_of_mahmoudi_and_khazaei_gives_what_their_program_prints() {
    for oracle in named("pacsltk", 16) {
        let (asked, expected) = (&oracle["parameters"], &oracle["expected"]);
        let life = IdleLife::fixed(number(&asked["keepalive"]));
        let solved = Hierarchy {
            arrival_rate: number(&asked["arrival_rate"]),
            warm_mean: number(&asked["warm"]),
            cold_mean: number(&asked["cold"]),
            life: &life,
            provisioned: 0,
        }
        .solve();
        near(solved.warm_mean, number(&expected["avg_server_count"]), 1e-7);
        near(solved.busy_mean, number(&expected["avg_running_count"]), 1e-7);
        near(solved.response_mean, number(&expected["avg_resp_time"]), 1e-6);
        assert!((solved.cold_share - number(&expected["cold_prob"])).abs() < 1e-6, "{solved:?}");
    }
}

/// What they publish of their model for the rates that they measured on AWS, and how far it is from what they measured: 18 %
/// on average. The table does not say with which times it was computed; with the measured ones their own program is up to
/// 0.8 % from it.
#[test]
fn the_model_at_the_measured_rates_is_as_published() {
    let Some(path) = shared("facts/oracles.json") else { return };
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let all = all.as_array().or_else(|| all["oracles"].as_array()).unwrap();
    let mut off = Vec::new();
    for oracle in all.iter().filter(|one| one["id"].as_str().is_some_and(|id| id.starts_with("aws2020-experiment"))) {
        let (asked, expected) = (&oracle["parameters"], &oracle["expected"]);
        let life = IdleLife::fixed(number(&asked["keepalive_s"]));
        let solved = Hierarchy {
            arrival_rate: number(&asked["arrival_rate"]),
            warm_mean: number(&asked["warm_ms"]) / 1e3,
            cold_mean: number(&asked["cold_ms"]) / 1e3,
            life: &life,
            provisioned: 0,
        }
        .solve();
        near(solved.cold_share, number(&expected["tcc_analytic_p_cold"]), 1e-2);
        off.push((solved.cold_share / number(&expected["p_cold"]) - 1.0).abs());
    }
    let mean = off.iter().sum::<f64>() / off.len() as f64;
    println!("{} rates, {:.1} % off on average", off.len(), mean * 100.0);
    assert!(off.len() >= 15 && (0.1..0.25).contains(&mean), "{off:?}");
}

#[test]
fn the_chain_of_exponential_keep_alive_gives_the_reference_values() {
    for oracle in named("cold-expT-", 4) {
        let (asked, expected) = (&oracle["parameters"], &oracle["expected"]);
        let chain = ExponentialChain {
            arrival_rate: number(&asked["arrival_rate"]),
            warm_mean: number(&asked["warm_mean"]),
            cold_mean: number(&asked["cold_mean"]),
            idle_mean: number(&asked["keepalive_exp_mean"]),
        };
        let share = chain.cold_share().expect("few states");
        // The reference cuts its states off where so much mass lies.
        let cut = number(&expected["truncation_mass"]);
        assert!((share - number(&expected["p_cold"])).abs() <= 2.0 * cut + 1e-8, "{}: {share}", oracle["id"]);
    }
}

#[test]
fn one_instance_gives_the_reference_values() {
    for oracle in named("cold-single-", 5) {
        let asked = &oracle["parameters"];
        let life = IdleLife::fixed(number(&asked["keepalive_s"]));
        near(single(number(&asked["arrival_rate"]), &life), number(&oracle["expected"]["p_cold"]), 1e-9);
    }
}

const EXPONENTIAL: &str = r#"
[scenario]
name = "small"
duration = "12h"
warmup = "10min"
seed = 5
replications = 8

[functions.f]
memory = "128MB"
duration = { dist = "exponential", mean = "1s" }

[workload.w]
function = "f"
arrivals = { process = "poisson", rate = "1/s" }

[deployments.l]
platform = "aws-lambda"
cold_start = "0s"
cold_duration = { dist = "exponential", mean = "3s" }
keep_alive = { policy = "exponential", mean = "5s" }
"#;

#[test]
fn theory_that_is_exact_lies_where_the_simulation_does() {
    let folder = folder_with(EXPONENTIAL);
    let arguments = ["cold-starts", "small.toml", "--against", "keep-alive", "--values", "2s,10s,40s", "--no-report"];
    let answer = json(folder.path(), &[&arguments[..], &["--out", "c"]].concat());
    assert_eq!(answer["schema"], "breakeven.cold-starts/1");
    for point in answer["points"].as_array().unwrap() {
        let analytic = &point["analytic"];
        assert_eq!((&analytic["model"], &analytic["exact"]), (&"exponential-chain".into(), &true.into()));
        let [low, high] = [0, 1].map(|end| number(&point["cold_share_ci95"][end]));
        // Four standard errors: the half width is 2.36 of them.
        let room = (high - low) / 2.0 * 4.0 / 2.36;
        let (share, theory) = (number(&point["cold_share"]), number(&analytic["cold_share"]));
        assert!((share - theory).abs() <= room, "{point}");
        assert!(room < 0.05 * theory, "an interval this wide shows nothing: {point}");
    }
}

/// Of an approximation the answer says how far it is off: little where instances are kept far longer than requests take.
#[test]
fn theory_that_is_an_approximation_says_so_and_how_far_off_it_is() {
    let policy = "policy = \"fixed\", idle = \"5min\"";
    let folder = folder_with(&EXPONENTIAL.replace("policy = \"exponential\", mean = \"5s\"", policy));
    let values = ["--against", "rate", "--values", "x0.01,x0.1,x0.3,x1,x3", "--no-report", "--out", "c"];
    let answer = json(folder.path(), &[&["cold-starts", "small.toml"], &values[..]].concat());
    let points = answer["points"].as_array().unwrap();
    near(number(&points[1]["value"]), 0.1, 1e-9);
    let mut off = Vec::new();
    for point in points {
        let analytic = &point["analytic"];
        assert_eq!((&analytic["model"], &analytic["exact"]), (&"erlang-hierarchy".into(), &false.into()));
        off.push((number(&analytic["cold_share"]) / number(&point["cold_share"]) - 1.0).abs());
    }
    off.sort_by(f64::total_cmp);
    near(number(&answer["deviation"]), off[2], 1e-9);
    assert!(off[2] < 0.2, "{off:?}");
}

/// A quarter of an hour of the scenario above, with this in place of that, at one value of the factor.
fn analytic_of(replaced: &[(&str, &str)], factor: &str, value: &str) -> (Value, String) {
    let quick =
        EXPONENTIAL.replace("12h", "15min").replace("10min", "1min").replace("replications = 8", "replications = 2");
    let text = replaced.iter().fold(quick, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let folder = folder_with(&text);
    let arguments = ["cold-starts", "small.toml", "--against", factor, "--values", value, "--no-report", "--out", "c"];
    let answer = json(folder.path(), &arguments);
    (answer["points"][0]["analytic"].clone(), answer["not_analytic"].as_str().unwrap_or_default().to_owned())
}

#[track_caller]
fn no_theory(replaced: &[(&str, &str)], factor: &str, value: &str, why: &str) {
    let (analytic, said) = analytic_of(replaced, factor, value);
    assert!(analytic.is_null() && said.contains(why), "{analytic}: {said}");
}

/// The chain knows no time-outs: of work of 1 s on average 37 % takes longer than a second, and 5e-5 of it longer than ten.
#[test]
fn there_is_no_theory_where_time_outs_end_instances() {
    let timeout = |seconds: u32| format!("cold_start = \"0s\"\ntimeout = \"{seconds}s\"");
    let no_cold = (
        "cold_duration = { dist = \"exponential\", mean = \"3s\" }",
        "cold_duration = { dist = \"exponential\", mean = \"1s\" }",
    );
    no_theory(&[("cold_start = \"0s\"", &timeout(1)), no_cold], "keep-alive", "10s", "has time-outs");
    let (rare, _) = analytic_of(&[("cold_start = \"0s\"", &timeout(10)), no_cold], "keep-alive", "10s");
    assert_eq!(
        (&rare["model"], &rare["exact"]),
        (&"exponential-chain".into(), &false.into()),
        "4.5e-5 of the requests"
    );
    let (none, _) = analytic_of(&[("cold_start = \"0s\"", &timeout(60)), no_cold], "keep-alive", "10s");
    assert_eq!(none["exact"], true);
}

/// One request a second that takes one second: at most seven at a time for all but a few millionths of it.
#[test]
fn there_is_no_theory_where_a_limit_is_near() {
    let limited = |keys: &str| format!("cold_start = \"0s\"\n{keys}");
    let check = |keys: &str, why: &str| {
        no_theory(&[("cold_start = \"0s\"", &limited(keys))], "keep-alive", "40s", why);
    };
    check("concurrency = { account = 5 }", "come near the limit of the account, 5");
    check("scaling_rate = { burst = 100, per_second = 0.01 }", "nearly as fast as the scaling rate allows");
    check("request_rate = { burst = 100, per_second = 1.5 }", "come near the limit of their rate");
    check("request_rate = { burst = 2, per_second = 100 }", "come near the limit of their rate");
    let far = limited("concurrency = { account = 20 }");
    let (analytic, _) = analytic_of(&[("cold_start = \"0s\"", &far)], "keep-alive", "40s");
    assert_eq!(analytic["exact"], true);
}

/// The hierarchy gives twice what is simulated at 1/s, and 18 times at 50/s, where instances are kept for five times as long as
/// a request takes.
#[test]
fn there_is_no_theory_of_overflow_where_instances_are_kept_for_a_few_requests() {
    let fixed = |idle: &str| format!("policy = \"fixed\", idle = \"{idle}\"");
    let exponential = "policy = \"exponential\", mean = \"5s\"";
    no_theory(
        &[(exponential, &fixed("5s"))],
        "rate",
        "x1",
        "as long as a request takes, and there is theory from 20 on",
    );
    no_theory(&[], "rate", "x50", "as long as a request takes");
    let (analytic, _) = analytic_of(&[(exponential, &fixed("30s"))], "rate", "x1");
    assert_eq!(analytic["model"], "erlang-hierarchy");
}

/// That requests may overlap now and then is left out, and so the answer is near, not exact; with nothing kept it is.
#[test]
fn one_instance_is_exact_only_where_nothing_is_kept() {
    let (near_it, _) = analytic_of(&[], "rate", "x0.002");
    assert_eq!((&near_it["model"], &near_it["exact"]), (&"single-instance".into(), &false.into()));
    let none = [("policy = \"exponential\", mean = \"5s\"", "policy = \"none\"")];
    let (analytic, _) = analytic_of(&none, "rate", "x50");
    assert_eq!((&analytic["cold_share"], &analytic["exact"]), (&1.0.into(), &true.into()));
}

/// Each factor sets the keys that its name says, and nothing else.
#[test]
fn a_point_is_what_a_run_with_its_settings_says() {
    let folder = folder();
    let at = folder.path();
    let cases: [(&str, &str, &[&str]); 6] = [
        ("rate", "x0.5", &["workload.web.arrivals.rate=5/s"]),
        ("keep-alive", "20s", &["deployments.lambda.keep_alive={ policy = \"fixed\", idle = \"20s\" }"]),
        ("memory", "512MB", &["deployments.lambda.memory=512MB"]),
        ("concurrency", "4", &["deployments.lambda.concurrency.per_instance=4"]),
        ("package", "10MB", &["deployments.lambda.package=10MB"]),
        ("provisioned", "2", &["deployments.lambda.concurrency.provisioned=2"]),
    ];
    for (factor, value, settings) in cases {
        let answer = json(
            at,
            &["cold-starts", "small.toml", "--against", factor, "--values", value, "--no-report", "--out", "c"],
        );
        let mut run = vec!["run", "small.toml", "--no-report", "--out", "r"];
        run.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let run = json(at, &run);
        let (point, run) = (&answer["points"][0], &run["deployments"][0]);
        assert_eq!(point["cold_share"], run["cold_start"]["fraction"], "{factor}");
        near(number(&point["latency_p99_s"]), number(&run["latency_s"]["p99"]), 1e-12);
        near(number(&point["cost_per_month"]), number(&run["cost"]["per_month"]), 1e-9);
    }
}

/// 103 ms for each MB of zipped JavaScript, measured by Shilkov in 2021, on top of every cold start.
#[test]
fn a_package_takes_time_to_load_in_proportion_to_its_size() {
    let folder = folder();
    let at = folder.path();
    let cold = |size: &str| {
        let setting = format!("deployments.lambda.package={size}");
        let keep = "deployments.lambda.keep_alive={ policy = \"none\" }";
        let run = json(at, &["run", "small.toml", "--no-report", "--out", "r", "--set", keep, "--set", &setting]);
        number(&run["deployments"][0]["phases_s"]["cold_start"]["mean"])
    };
    let none = cold("0MB");
    near(cold("10MB") - none, 1.03, 1e-6);
    near(cold("20MB") - none, 2.06, 1e-6);
}

#[test]
fn functions_with_a_setting_of_their_own_are_varied_too() {
    let own = "\n[deployments.lambda.functions.api]\nmemory = \"512MB\"\nkeep_alive = { policy = \"fixed\", idle = \"1h\" }\n";
    let folder = folder_with(&format!("{SCENARIO}{own}"));
    let plain = super::small::folder();
    for (factor, values) in [("memory", "256MB,1024MB"), ("keep-alive", "1s,5min")] {
        let of = |at: &std::path::Path| {
            let fixed = "deployments.lambda.keep_alive={ policy = \"fixed\", idle = \"1h\" }";
            let memory =
                if factor == "memory" { "deployments.lambda.timeout=60s" } else { "deployments.lambda.memory=512MB" };
            let arguments =
                ["cold-starts", "small.toml", "--against", factor, "--values", values, "--no-report", "--out", "c"];
            json(at, &[&arguments[..], &["--set", fixed, "--set", memory]].concat())["points"].clone()
        };
        assert_eq!(of(folder.path()), of(plain.path()), "{factor}");
    }
}

#[test]
fn where_no_theory_applies_the_answer_says_why() {
    let bursty = SCENARIO.replace("process = \"poisson\", rate", "process = \"constant\", rate");
    let check = |text: &str, factor: &str, values: &str, why: &str| {
        let folder = folder_with(text);
        let arguments =
            ["cold-starts", "small.toml", "--against", factor, "--values", values, "--no-report", "--out", "c"];
        let said = stdout(folder.path(), &arguments).replace('\n', " ");
        assert!(said.contains(why), "`{why}` is not in:\n{said}");
    };
    check(&bursty, "keep-alive", "1min,5min", "There is no analytic curve: the arrivals of `web` are not Poisson.");
    check(SCENARIO, "concurrency", "1,2", "Some values have no analytic share: `api` holds 2 invocations an instance.");
    let lru = SCENARIO.replace("memory = \"1024MB\"", "memory = \"1024MB\"\nidle_choice = \"lru\"");
    check(&lru, "memory", "512MB", "`api` does not choose the newest");
}

#[test]
fn the_same_bytes_on_one_thread_and_on_two_and_the_text_fits() {
    let folder = folder();
    let at = folder.path();
    for threads in ["1", "2"] {
        let out = format!("c{threads}");
        let text = stdout(
            at,
            &["cold-starts", "small.toml", "--against", "provisioned", "--threads", threads, "--out", &out, "--csv"],
        );
        fits(&text);
    }
    for file in ["results.json", "curve.csv", "curve.parquet"] {
        assert_eq!(std::fs::read(at.join("c1").join(file)).unwrap(), std::fs::read(at.join("c2").join(file)).unwrap());
    }
    assert!(at.join("c1/charts/cold_start_curve.png").exists() && at.join("c1/report.html").exists());
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let folder = folder();
    let check = |arguments: &[&str], parts: &[&str]| {
        fails(folder.path(), &[&["cold-starts", "small.toml"], arguments].concat(), 2, parts);
    };
    check(&["--against", "rates"], &["rates", "rate"]);
    check(&["--against", "memory", "--deployment", "lamda"], &["no deployment `lamda`", "`lambda`"]);
    check(&["--against", "memory", "--deployment", "servers"], &["`servers` is not on functions", "`lambda` is"]);
    check(&["--against", "keep-alive", "--values", "1GB..2GB:lin:2"], &["--values:1:1", "`GB` is not a unit of time"]);
    check(&["--against", "keep-alive", "--values", ""], &["there is no value"]);
    check(&["--against", "memory", "--values", "2GB..1GB:lin:2"], &["is empty"]);
    check(&["--against", "memory", "--values", "64MB"], &["memory 64MB is outside", "128MB"]);
    check(&["--against", "rate", "--values", "5/s"], &["`5/s` is not a factor", "x1.5"]);
    check(&["--against", "provisioned", "--values", "0..900:1"], &["901 values; at most 200"]);
    check(&["--against", "package", "--values", "1GB"], &["package 1GB is larger", "250MB"]);
    let whole = ["--against", "package", "--set", "deployments.lambda.cold_start=1s"];
    check(&whole, &["`package` and `cold_start` exclude each other"]);
    assert!(!folder.path().join("reports").exists());
}
