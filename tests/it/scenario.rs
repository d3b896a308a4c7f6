//! Scenarios: what is read, what is refused and how, and what a plan holds.

mod nonsense;
mod problems;

use std::path::{Path, PathBuf};

use breakeven::platform::faas::{FaasSpec, PoolBy, TieOrder};
use breakeven::platform::fleet::{Discipline, FleetSize, FleetSpec, Metering, ServedFunction};
use breakeven::policy::TokenBucketSpec;
use breakeven::policy::{IdleChoice, Jitter, KeepAlive};
use breakeven::scenario::{Model, Overrides, Plan, Problems, TargetMetric, load, load_text};
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Size, Span};
use breakeven::workload::{Arrivals, Source};

/// A scenario that is right, to be made wrong in one place.
const GOOD: &str = r#"
[scenario]
name = "good"
duration = "1d"
start = "2026-01-05"

[functions.api]
memory = "256MB"
duration = { dist = "lognormal", median = "45ms", p99 = "210ms" }
cpu = "60%"

[workload.users]
function = "api"
arrivals = { process = "poisson", rate = "10/s" }

[deployments.lambda]
platform = "aws-lambda"
memory = "512MB"

[deployments.servers]
platform = "aws-ec2"
instance = "t3.medium"
count = 2
"#;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(text: &str, set: &[&str]) -> Result<Plan, Problems> {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    load_text("test.toml", text.to_owned(), &root(), &Overrides { set, ..Overrides::default() })
}

#[track_caller]
fn plan(text: &str, set: &[&str]) -> Plan {
    read(text, set).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The plan of GOOD with settings.
#[track_caller]
fn with(set: &[&str]) -> Plan {
    plan(GOOD, set)
}

fn faas(plan: &Plan) -> &FaasSpec {
    plan.deployments
        .iter()
        .find_map(|deployment| match &deployment.model {
            Model::Faas(spec) => Some(spec),
            Model::Fleet(_) | Model::Hybrid(_) => None,
        })
        .unwrap()
}

fn servers(plan: &Plan) -> &FleetSpec {
    plan.deployments
        .iter()
        .find_map(|deployment| match &deployment.model {
            Model::Fleet(spec) => Some(spec),
            Model::Faas(_) | Model::Hybrid(_) => None,
        })
        .unwrap()
}

/// Replaces `from` in GOOD and expects one report that has all of `parts`.
#[track_caller]
fn check_refused(from: &str, to: &str, parts: &[&str]) {
    assert!(GOOD.contains(from), "`{from}` is not in the scenario");
    let report = read(&GOOD.replacen(from, to, 1), &[]).expect_err("this should be refused").to_string();
    for part in parts {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}

/// The same, and nothing else is reported.
#[track_caller]
fn check_only(from: &str, to: &str, parts: &[&str]) {
    let problems = read(&GOOD.replacen(from, to, 1), &[]).expect_err("this should be refused");
    assert_eq!(problems.len(), 1, "{problems}");
    check_refused(from, to, parts);
}

#[test]
fn the_hash_follows_the_trace_and_the_meaning_of_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[scenario]\nname = \"t\"\n[workload.t]\ntrace = \"t.csv\"\nformat = \"azure2021\"\n\
                [deployments.l]\nplatform = \"aws-lambda\"\nmemory = \"1GB\"\n";
    let hash = |rows: &str, text: &str| {
        std::fs::write(folder.path().join("t.csv"), format!("app,func,end_timestamp,duration\n{rows}")).unwrap();
        load_text("t.toml", text.to_owned(), folder.path(), &Overrides::default()).unwrap().hash
    };
    let first = hash("a,f,1.5,0.5\n", text);
    assert_eq!(first.len(), 64);
    assert_eq!(first, hash("a,f,1.5,0.5\n", &text.replace('\n', "  # a remark\n")));
    assert_eq!(first, hash("a,f,1.5,0.5\n", &text.replace("[workload.t]", "seed = 9\n[workload.t]")));
    assert_ne!(first, hash("a,f,1.5,0.6\n", text));
    assert_ne!(first, hash("a,f,1.5,0.5\n", &text.replace("1GB", "2GB")));
}

/// Compares with a file; `BREAKEVEN_BLESS=1` writes it.
#[track_caller]
fn check_golden(path: &Path, actual: &str) {
    if std::env::var_os("BREAKEVEN_BLESS").is_some() {
        std::fs::write(path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(expected == actual, "{} differs from:\n{actual}", path.display());
}

#[test]
fn the_committed_schema_is_that_of_the_form() {
    let schema = format!("{:#}\n", breakeven::scenario::shape::json_schema());
    check_golden(&root().join("scenario.schema.json"), &schema);
}

#[test]
fn a_path_sets_one_key_or_that_of_every_name() {
    let plan = with(&[
        "deployments.lambda.memory=1GB",
        "deployments.lambda.keep_alive={ policy = \"fixed\", idle = \"10min\" }",
        "deployments.lambda.keep_alive.idle=5min",
        "workload.*.arrivals.rate=3/h",
        "deployments.lambda.concurrency.provisioned=2",
        "scenario.seed=7",
    ]);
    assert_eq!(plan.seed, 7);
    let function = &faas(&plan).named["api"];
    assert_eq!(function.memory, Some(Size::from_mib(1_024)));
    assert_eq!(function.provisioned.first, 2);
    assert_eq!(function.keep_alive, KeepAlive::Fixed { idle: Span::from_secs(300), sliding: true, from_start: false });
    match &plan.workload.sources[0] {
        Source::Synthetic(source) => match &source.arrivals {
            Arrivals::Poisson { rate } => assert!((rate.as_per_second() - 3.0 / 3_600.0).abs() < 1e-15),
            other => panic!("{other:?}"),
        },
        Source::Trace(_) => panic!("no trace"),
    }
}

/// Facts of AWS Lambda: 1,000 executions an account, 1,000 new instances and 100/s a function, 10 requests a second for
/// each execution, INIT billed from 2025-08-01, 1 ms steps, 15 min at most, 1,769 MB a vCPU.
#[test]
fn a_lambda_deployment_has_the_platform_s_rules() {
    let plan = with(&[]);
    let spec = faas(&plan);
    let bucket = |capacity, refill| Some(TokenBucketSpec { capacity, refill, interval: None });
    assert_eq!(spec.limits.account_concurrency, Some(1_000));
    assert_eq!(spec.limits.scaling, bucket(1_000, 100.0));
    assert_eq!(spec.limits.requests, bucket(10_000, 10_000.0));
    assert_eq!(spec.billing.init_from, Some(SimTime::ZERO));
    assert_eq!(spec.billing.increment, Span::from_ms(1));
    assert_eq!(spec.pool_by, PoolBy::Function);
    let function = &spec.named["api"];
    assert_eq!(function.timeout, Some(Span::from_secs(900)));
    assert_eq!(function.idle_choice, IdleChoice::Newest);
    assert_eq!(function.concurrency, 1);
    assert!(
        matches!(&function.keep_alive, KeepAlive::Survival { curve } if curve.last().unwrap().0 == Span::from_secs(360))
    );
    let expected = 0.4 + 0.6 * 1_769.0 / 512.0;
    assert!((function.work_scale - expected).abs() < 1e-12, "{}", function.work_scale);
}

#[test]
fn start_up_is_billed_from_the_day_on_which_the_rule_changed() {
    let plan = with(&["scenario.start=2025-07-30"]);
    assert_eq!(faas(&plan).billing.init_from, Some(SimTime::ZERO + Span::from_secs(2 * 86_400)));
}

#[test]
fn knobs_of_a_deployment_replace_the_platform_s() {
    let plan = with(&[
        "deployments.lambda.parity=dslab",
        "deployments.lambda.cold_start={ dist = \"constant\", value = \"500ms\" }",
        "deployments.lambda.cold_duration={ dist = \"exponential\", mean = \"2.244s\" }",
        "deployments.lambda.retry={ attempts = 3, backoff = \"100ms\" }",
        "deployments.lambda.concurrency={ account = \"unlimited\", per_instance = 4 }",
        "deployments.lambda.scaling_rate=unlimited",
        "deployments.lambda.timeout=unlimited",
        "deployments.lambda.pool=app",
        "deployments.lambda.functions.api.idle_choice=lru",
    ]);
    let spec = faas(&plan);
    assert_eq!(spec.tie_order, TieOrder::ArrivalExpiryFinish);
    assert_eq!((spec.limits.account_concurrency, spec.limits.scaling, spec.limits.requests), (None, None, None));
    assert_eq!((spec.retry.attempts, spec.retry.jitter), (3, Jitter::Full));
    assert_eq!(spec.pool_by, PoolBy::App);
    assert_eq!(spec.others.idle_choice, IdleChoice::SwapSet);
    let function = &spec.named["api"];
    assert_eq!(function.idle_choice, IdleChoice::Lru);
    assert_eq!(function.concurrency, 4);
    assert_eq!(function.timeout, None);
    assert_eq!(function.start.runtime_init, Distribution::Constant(Span::from_ms(500)), "billed as start-up");
    assert_eq!(function.start.place, Distribution::Constant(Span::ZERO));
    assert_eq!(function.cold_duration.as_ref().and_then(Distribution::mean), Some(2.244));
    assert!(plan.warnings.iter().any(|warning| warning.contains("per_instance")), "{:?}", plan.warnings);
}

/// lambda-perf, June to August 2026: median INIT of Node.js 22 is 145 ms, of Rust 16 ms.
#[test]
fn the_runtime_decides_runtime_init() {
    for (runtime, median) in [("nodejs22", 0.145), ("rust", 0.016)] {
        let plan = with(&[&format!("deployments.lambda.runtime={runtime}")]);
        let actual = faas(&plan).named["api"].start.runtime_init.quantile(0.5).unwrap();
        assert!((actual - median).abs() < 1e-6, "{runtime}: {actual}");
    }
    check_only(
        "memory = \"512MB\"",
        "memory = \"512MB\"\nruntime = \"nodjs22\"",
        &["no runtime `nodjs22`", "`nodejs22`"],
    );
}

#[test]
fn servers_have_the_cores_of_their_instance_type() {
    let plan = with(&[]);
    let spec = servers(&plan);
    assert_eq!(spec.size, FleetSize::fixed(2));
    assert_eq!(spec.discipline, Discipline::ProcessorSharing { milli_cores: 2_000, limit: None });
    assert_eq!(spec.metering, Metering::Instances { minimum: Span::from_secs(60), increment: Span::SECOND });
    let ServedFunction { cpu, wait, .. } = spec.named["api"];
    assert_eq!((cpu, wait), (0.6, 0.4));
    let plan = with(&["deployments.servers.discipline=fcfs", "deployments.servers.accept_queue=10"]);
    assert_eq!(servers(&plan).discipline, Discipline::Fcfs { workers: 2 });
    assert_eq!(servers(&plan).accept_queue, Some(10));
}

#[test]
fn objectives_keep_their_units() {
    let text = GOOD.to_owned()
        + "[slo]\nlatency = { p99 = \"500ms\", mean = \"0.1s\" }\nerrors = \"0.1%\"\ncost_per_month = \"$20\"\n";
    let plan = plan(&text, &[]);
    let targets: Vec<_> = plan.objectives.iter().map(|target| (target.metric, target.bound)).collect();
    assert_eq!(
        targets,
        [
            (TargetMetric::Latency(None), 0.1),
            (TargetMetric::Latency(Some(0.99)), 0.5),
            (TargetMetric::Errors, 0.001),
            (TargetMetric::CostPerMonth, 20.0)
        ]
    );
}

#[test]
fn a_week_of_factors_begins_on_monday_whatever_day_the_window_opens() {
    let mut factors = vec!["1"; 168];
    factors[2 * 24] = "9";
    let arrivals = format!("{{ process = \"diurnal\", rate = \"1/s\", hourly = [{}] }}", factors.join(", "));
    let text =
        GOOD.replace("{ process = \"poisson\", rate = \"10/s\" }", &arrivals).replace("2026-01-05", "2026-01-07");
    let plan = plan(&text, &[]);
    match &plan.workload.sources[0] {
        Source::Synthetic(source) => match &source.arrivals {
            Arrivals::Diurnal { hourly, .. } => assert_eq!(hourly[0], 9.0, "2026-01-07 is a Wednesday"),
            other => panic!("{other:?}"),
        },
        Source::Trace(_) => panic!("no trace"),
    }
}

#[test]
fn every_assumption_of_a_platform_has_a_source_and_a_date() {
    let plan = with(&[]);
    assert!(plan.assumptions.iter().any(|one| one.subject == "keep alive" && one.date == "2025"));
    for assumption in plan.assumptions.iter().filter(|assumption| assumption.source != "this program") {
        assert!(!assumption.date.is_empty() && assumption.source.len() > 10, "{assumption:?}");
    }
}

#[test]
fn every_scenario_of_the_project_is_right() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            load(&path, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
            count += 1;
        }
    }
    assert_eq!(count, 9);
}

/// The sample trace is made by the project, so that nobody needs to ask for a licence.
#[test]
fn the_sample_trace_is_what_the_generator_writes() {
    use breakeven::workload::generate::{Azure2021Sample, write_azure2021_sample};
    use std::io::{Read, Write};
    let path = root().join("scenarios/traces/azure-sample.csv.gz");
    let sample = Azure2021Sample { rows: 8_000, apps: 20, functions: 60, days: 1, seed: 2021 };
    let mut text = Vec::new();
    write_azure2021_sample(&mut text, &sample).unwrap();
    if std::env::var_os("BREAKEVEN_BLESS").is_some() {
        let file = std::fs::File::create(&path).unwrap();
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        packed.write_all(&text).unwrap();
        packed.finish().unwrap();
    }
    let mut committed = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut committed).unwrap();
    assert!(committed == text, "run the tests with BREAKEVEN_BLESS=1 and commit the sample");
}

/// So is the market of the spot example.
#[test]
fn the_sample_market_is_what_the_generator_writes() {
    use breakeven::workload::generate::{SpotSample, write_spot_availability, write_spot_prices};
    let (instance, zone) = ("m5.xlarge".to_owned(), "us-east-1b".to_owned());
    // The price of the list: one day of September 2026.
    let sample = SpotSample { instance, zone, price: 0.0704, capacity: 8, days: 14, seed: 2026 };
    let (mut prices, mut availability) = (Vec::new(), Vec::new());
    write_spot_prices(&mut prices, &sample).unwrap();
    write_spot_availability(&mut availability, &sample).unwrap();
    for (name, made) in [("spot-prices.csv", prices), ("spot-availability.json", availability)] {
        let path = root().join("scenarios/traces").join(name);
        if std::env::var_os("BREAKEVEN_BLESS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let same = std::fs::read(path).unwrap() == made;
        assert!(same, "run the tests with BREAKEVEN_BLESS=1 and commit {name}");
    }
}
