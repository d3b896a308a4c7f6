//! Scenarios: what is read, what is refused and how, and what a plan holds.

use std::path::{Path, PathBuf};

use breakeven::billing::Meter;
use breakeven::platform::faas::{FaasSpec, PoolBy, TieOrder};
use breakeven::platform::servers::{Discipline, ServersSpec};
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
            Model::Servers(_) => None,
        })
        .unwrap()
}

fn servers(plan: &Plan) -> &ServersSpec {
    plan.deployments
        .iter()
        .find_map(|deployment| match &deployment.model {
            Model::Servers(spec) => Some(spec),
            Model::Faas(_) => None,
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
fn the_scenario_that_the_other_tests_spoil_is_right() {
    with(&[]);
}

#[test]
fn an_unknown_key_is_placed_and_the_nearest_is_named() {
    check_only("memory = \"512MB\"", "memroy = \"512MB\"", &["test.toml:18:1", "unknown key `memroy`", "`memory`"]);
    check_only("duration = \"1d\"", "duraton = \"1d\"", &["test.toml:4:1", "unknown key `duraton`"]);
    check_refused("[functions.api]", "[fuctions.api]", &["unknown key `fuctions`", "`functions`"]);
    check_only("platform = \"aws-lambda\"", "plattform = \"aws-lambda\"", &["unknown key `plattform`", "`platform`"]);
}

#[test]
fn an_unknown_platform_is_placed_and_the_nearest_is_named() {
    check_only("\"aws-lambda\"", "\"aws-lamda\"", &["test.toml:17:12", "unknown platform `aws-lamda`", "`aws-lambda`"]);
    check_only("\"aws-lambda\"", "\"owned\"", &["platform `owned` is not modelled yet", "`aws-ec2`"]);
}

#[test]
fn a_quantity_in_the_wrong_unit_says_which_units_there_are() {
    check_only("\"512MB\"", "\"512ms\"", &["`ms` is not a unit of size", "`MB`"]);
    check_only("\"1d\"", "\"1 fortnight\"", &["`fortnight` is not a unit of time"]);
    check_only("\"10/s\"", "\"10\"", &["rate `10` has no unit; write `10/s`"]);
    check_only("\"512MB\"", "512", &["test.toml:18:10", "size `512` has no unit", "with quotes: \"512MB\""]);
    check_only("\"512MB\"", "true", &["expected a size such as \"128MB\", found true or false"]);
}

#[test]
fn negative_and_absurd_quantities_are_refused() {
    check_only("\"1d\"", "\"-1d\"", &["time `-1d` is negative"]);
    check_only("\"1d\"", "\"1e30d\"", &["time `1e30d` is too large"]);
    check_only("\"10/s\"", "\"nan/s\"", &["`nan/s` is not a rate"]);
    check_only("\"10/s\"", "\"inf/s\"", &["inf/s"]);
    check_only("\"10/s\"", "\"0/s\"", &["the rate is zero"]);
    check_only("\"10/s\"", "\"900000000/s\"", &["7.8e13 invocations in 1d; at most 1e12"]);
    check_only("\"60%\"", "\"160%\"", &["share `160%` is too large"]);
    check_only("count = 2", "count = -2", &["-2 is too small; at least 1"]);
    check_only("count = 2", "count = 99999999999999999999999", &["too large"]);
    check_only("median = \"45ms\"", "median = \"0ms\"", &["must be more than zero"]);
    check_only("\"1d\"", "\"0s\"", &["duration is zero"]);
}

#[test]
fn a_missing_reference_names_the_nearest() {
    check_only("function = \"api\"", "function = \"apii\"", &["there is no function `apii`", "`api`"]);
    check_only(
        "memory = \"512MB\"",
        "functions.apo.memory = \"1GB\"",
        &["there is no function `apo`", "a function with a similar name exists: `api`"],
    );
}

#[test]
fn memory_must_be_what_the_platform_offers() {
    check_only(
        "\"512MB\"",
        "\"64MB\"",
        &["memory 64MB is outside what `aws-lambda` allows: 128MB to 10GB", "\"128MB\""],
    );
    check_only("\"512MB\"", "\"11GB\"", &["memory 11GB is outside"]);
    check_only("\"512MB\"", "\"512.5MB\"", &["is not a multiple of 1MB", "next is \"513MB\""]);
    check_only("\"256MB\"", "\"5GB\"", &["memory 5GB does not fit the 4GB of a server"]);
    let bare = GOOD.replace("memory = \"256MB\"\n", "").replace("memory = \"512MB\"\n", "");
    let report = read(&bare, &[]).expect_err("nobody states memory").to_string();
    assert!(report.contains("neither deployment `lambda` nor function `api` states `memory`"), "{report}");
}

#[test]
fn a_price_that_no_list_has_must_be_supplied() {
    let elsewhere = "region = \"mars-north-1\"\nmemory = \"512MB\"";
    check_refused("memory = \"512MB\"", elsewhere, &["price", "mars-north-1", "price_override"]);
    let plan = with(&["deployments.servers.purchase=on-demand", "deployments.servers.price_override.instance-time=$1"]);
    let tariff = &plan.deployments[1].tariff;
    let price = tariff.prices.iter().find(|price| price.meter == Meter::InstanceTime).unwrap();
    assert_eq!(price.tiers[0].price.to_string(), "1.00");
    check_refused(
        "count = 2",
        "count = 2\nprice_override = { instance-tme = \"$1\" }",
        &["instance-tme", "instance-time"],
    );
}

#[test]
fn an_instance_type_that_does_not_exist_names_the_nearest() {
    check_only("t3.medium", "t3.medum", &["has no instance type `t3.medum`", "`t3.medium`"]);
}

#[test]
fn limits_of_the_platform_hold() {
    check_only("cpu = \"60%\"", "timeout = \"20min\"", &["timeout 20min is longer than `aws-lambda` allows: 15min"]);
    let reserve = "memory = \"512MB\"\nconcurrency = { reserved = 950 }";
    check_only("memory = \"512MB\"", reserve, &["sum to 950", "an account of 1000 keeps 100 free", "at most 900"]);
    let provision = "memory = \"512MB\"\nconcurrency = { reserved = 5, provisioned = 6 }";
    check_only("memory = \"512MB\"", provision, &["has 6 provisioned and 5 reserved"]);
    with(&["deployments.lambda.concurrency.reserved=900"]);
}

#[test]
fn the_window_must_be_longer_than_the_warm_up() {
    check_only(
        "duration = \"1d\"",
        "duration = \"1d\"\nwarmup = \"1d\"",
        &["warmup 1d is not shorter than duration 1d"],
    );
    check_only("duration = \"1d\"\n", "", &["key `duration` of `scenario` is missing"]);
}

#[test]
fn empty_sections_are_refused() {
    let workload = "[workload.users]\nfunction = \"api\"\narrivals = { process = \"poisson\", rate = \"10/s\" }\n";
    check_only(workload, "[workload]\n", &["the workload has no source"]);
    let text = GOOD.split("[deployments.lambda]").next().unwrap().to_owned();
    let report = read(&(text.clone() + "[deployments]\n"), &[]).expect_err("no deployment").to_string();
    assert!(report.contains("the scenario has no deployment"), "{report}");
    let report = read(&text, &[]).expect_err("no deployment").to_string();
    assert!(report.contains("key `deployments` is missing"), "{report}");
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    check_refused("[deployments.servers]", "[deployments.lambda]", &["duplicate key", "test.toml:20"]);
}

#[test]
fn what_is_not_modelled_yet_is_said_so() {
    let calls = "cpu = \"60%\"\ncalls = [ { service = \"readings\", op = \"write\" } ]";
    check_only("cpu = \"60%\"", calls, &["services are not modelled yet"]);
    check_only("\"poisson\", rate = \"10/s\"", "\"hawkes\"", &["arrival process `hawkes` is not modelled yet"]);
    check_only(
        "platform = \"aws-lambda\"\nmemory = \"512MB\"",
        "route = { policy = \"utilization\" }",
        &["`route` is not"],
    );
}

#[test]
fn a_distribution_that_its_keys_do_not_determine_is_refused() {
    check_only("p99 = \"210ms\"", "mean = \"40ms\"", &["`median` (0.045) is not below `mean` (0.04)"]);
    check_only(", p99 = \"210ms\"", "", &["is not determined by `median`"]);
    check_only("median = \"45ms\"", "medan = \"45ms\"", &["unknown key `medan`"]);
}

#[test]
fn a_trace_must_be_there_before_anything_runs() {
    let source = "function = \"api\"\narrivals = { process = \"poisson\", rate = \"10/s\" }";
    let trace = |path: &str| format!("trace = \"{path}\"\nformat = \"azure2021\"");
    check_only(
        source,
        &trace("no/such.csv"),
        &["`no/such.csv` cannot be read: no such file", "relative to the scenario"],
    );
    check_only(source, &trace("src"), &["`src` is a directory, not a file"]);
    check_refused(source, &trace("Cargo.toml"), &["test.toml:13:9", "Cargo.toml"]);
    check_only(source, "trace = \"src\"", &["does not say the `format`"]);
    check_only(source, "trace = \"src\"\nformat = \"azure2019\"", &["counts per minute need `spread`"]);
    check_refused(source, &format!("{source}\ntrace = \"x\""), &["either `arrivals` or `trace`, not both"]);
}

#[test]
fn a_trace_without_memory_needs_a_deployment_that_states_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "app,func,end_timestamp,duration\na,f,1.5,0.5\na,f,3,1\n").unwrap();
    let text = |memory: &str, format: &str, more: &str| {
        format!(
            "[scenario]\nname = \"t\"\n[workload.t]\ntrace = \"t.csv\"\nformat = \"{format}\"\n\
             [deployments.l]\nplatform = \"aws-lambda\"\n{memory}\n{more}"
        )
    };
    let read = |text: String| load_text("t.toml", text, folder.path(), &Overrides::default());
    let report = read(text("", "azure2021", "")).expect_err("no memory").to_string();
    assert!(report.contains("the format of trace `t` states no memory, and deployment `l` none either"), "{report}");
    let plan = read(text("memory = \"1GB\"", "azure2021", "")).unwrap();
    assert_eq!(faas(&plan).others.memory, Some(Size::from_mib(1_024)));
    assert_eq!(faas(&plan).others.work_scale, 1.0);
    assert_eq!(plan.duration, None);
    let report = read(text("memory = \"1GB\"", "invocations", "")).expect_err("wrong columns").to_string();
    assert!(report.contains("no column"), "{report}");
    let report =
        read(text("memory = \"1GB\"", "azure2021", "concurrency = { reserved = 5 }")).expect_err("all").to_string();
    assert!(report.contains("`reserved` cannot hold for every function of a trace"), "{report}");
    let one = "[deployments.l.functions.\"a/f\"]\nconcurrency = { reserved = 5 }";
    let plan = read(text("memory = \"1GB\"", "azure2021", one)).unwrap();
    assert_eq!(faas(&plan).named["a/f"].reserved, Some(5));
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
fn all_problems_of_a_file_are_reported_at_once_in_its_order() {
    let folder = root().join("tests/golden/scenario-problems");
    let text = std::fs::read_to_string(folder.join("scenario.toml")).unwrap();
    let problems = load_text("scenario.toml", text, &folder, &Overrides::default()).expect_err("much is wrong");
    check_golden(&folder.join("report.txt"), &format!("{problems}\n"));
}

#[test]
fn the_committed_schema_is_that_of_the_form() {
    let schema = format!("{:#}\n", breakeven::scenario::shape::json_schema());
    check_golden(&root().join("scenario.schema.json"), &schema);
}

#[test]
fn syntax_errors_are_placed() {
    let report = read("[scenario]\nname = \"x\nduration = 1\n", &[]).expect_err("syntax").to_string();
    assert!(report.contains("test.toml:2:"), "{report}");
    let report = read(" \n", &[]).expect_err("empty").to_string();
    assert!(report.contains("the scenario is empty"), "{report}");
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin.toml");
    std::fs::write(&path, b"[scenario]\nname = \"caf\xe9\"\n").unwrap();
    let report = load(&path, &Overrides::default()).expect_err("latin-1").to_string();
    assert!(report.contains("latin.toml:2:12") && report.contains("not UTF-8"), "{report}");
    let report = load(folder.path(), &Overrides::default()).expect_err("directory").to_string();
    assert!(report.contains("is a directory"), "{report}");
    let report = load(&folder.path().join("none.toml"), &Overrides::default()).expect_err("missing").to_string();
    assert!(report.contains("no such file"), "{report}");
}

#[track_caller]
fn check_set_refused(argument: &str, parts: &[&str]) {
    let report = read(GOOD, &[argument]).expect_err("this should be refused").to_string();
    for part in ["--set:1:"].iter().chain(parts) {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}

#[test]
fn problems_of_an_argument_point_at_it() {
    check_set_refused("deployments.lamda.memory=1GB", &["--set:1:13", "`lambda`"]);
    check_set_refused("deployments.lambda.memroy=1GB", &["--set:1:20", "`memory`"]);
    check_set_refused("deployments.lambda.memory=64MB", &["--set:1:27", "outside what `aws-lambda` allows"]);
    check_set_refused("scenario.seed=many", &["expected a whole number, found a text"]);
    check_set_refused("scenario.name.first=x", &["`name` holds a text, which has no keys"]);
    check_set_refused("scenario.seed", &["expected PATH=VALUE"]);
    check_set_refused("=5", &["a step of the path is empty"]);
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
    assert_eq!(function.provisioned, 2);
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
    assert_eq!(function.start.place, Distribution::Constant(Span::from_ms(500)));
    assert_eq!(function.start.runtime_init, Distribution::Constant(Span::ZERO));
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
    assert_eq!(spec.count, 2);
    assert_eq!(spec.discipline, Discipline::ProcessorSharing { cores: 2, limit: None });
    assert_eq!((spec.billing_minimum, spec.billing_increment), (Span::from_secs(60), Span::SECOND));
    assert_eq!(spec.named["api"].work_scale, 1.0);
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
    assert_eq!(count, 4);
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
