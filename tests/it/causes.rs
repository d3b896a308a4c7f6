//! What a month is paid for: pencil and paper for small ones, and what holds for all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use breakeven::results::{ByCause, DeploymentResult, Results, assemble};
use breakeven::scenario::{Model, Overrides, Plan, load_text};
use breakeven::study::{self, Control};
use breakeven::units::Span;

/// An invocation a second for 100 s.
const EACH_SECOND: &str = "[scenario]\nname = \"t\"\nduration = \"100s\"\nstart = \"2026-01-05\"\n\
     [functions.f]\nmemory = \"1024MB\"\nduration = \"512.5ms\"\n\
     [workload.w]\nfunction = \"f\"\narrivals = { process = \"constant\", rate = \"1/s\" }\n";

fn plan(text: &str, folder: &Path, set: &[&str]) -> Plan {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    load_text("t.toml", text.to_owned(), folder, &overrides).unwrap_or_else(|all| panic!("{all}"))
}

fn run(plan: &Plan) -> Results {
    let runs = study::run(plan, 2, &Control::default()).expect("it runs");
    assemble(plan, &runs).expect("it has prices").0
}

fn causes(deployment: &DeploymentResult) -> ByCause {
    deployment.cost.by_cause.expect("causes")
}

/// A hundred executions of 512.5 ms, the first after an init of 200 ms, by a Lambda of 1 GB whose durations are rounded up
/// to `increment`; `beyond_s`: what that adds, s.
#[track_caller]
fn check_lambda(increment: u64, beyond_s: f64) {
    let text = format!("{EACH_SECOND}[deployments.lambda]\nplatform = \"aws-lambda\"\ncold_start = \"200ms\"\n");
    let mut plan = plan(&text, Path::new(""), &[]);
    let Model::Faas(spec) = &mut plan.deployments[0].model else { panic!("functions") };
    Arc::make_mut(spec).billing.increment = Span::from_ms(increment);
    let one = &run(&plan).deployments[0];
    // 730 hours are 26,280 windows; a GB-second of x86 is 0.0000166667 dollars, a million requests 0.20.
    let seconds = |seconds: f64| 26_280.0 * seconds * 0.000_016_666_7;
    let found = causes(one);
    for (name, found, expected) in [
        ("work", found.work, seconds(51.25)),
        ("cold start", found.cold_start, seconds(0.2)),
        ("rounding", found.rounding, seconds(beyond_s)),
        ("requests", found.requests, 26_280.0 * 100.0 * 0.2e-6),
        ("variable", found.variable, one.cost.per_month.to_f64()),
    ] {
        assert!((found.to_f64() - expected).abs() < 1e-6, "{increment} ms: {name} is {found}, not {expected}");
    }
    let others = found.idle + found.over_provisioning + found.transfer + found.standing;
    assert_eq!((others.to_f64(), found.total()), (0.0, one.cost.per_month));
}

#[test]
fn a_function_pays_for_execution_init_and_what_increments_add() {
    // 713 ms once, 513 ms else.
    check_lambda(1, 100.0 * 0.000_5);
    // 800 ms once, 600 ms else.
    check_lambda(100, 100.0 * 0.087_5);
}

/// One place of four, taken for half of the time: an eighth works, an eighth is idle, three quarters nobody ever needs.
#[test]
fn servers_that_nobody_ever_needs_are_over_provisioned() {
    let servers = "[deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\ndiscipline = \"fcfs\"\n\
                   workers = 1\ncount = 4\n";
    let text = format!("{EACH_SECOND}{servers}").replace("512.5ms", "500ms");
    let one = &run(&plan(&text, Path::new(""), &[])).deployments[0];
    let found = causes(one);
    let (month, standing) = (one.cost.per_month.to_f64(), found.standing.to_f64());
    let servers = month - standing - found.transfer.to_f64();
    for (part, share) in [(found.work, 0.125), (found.idle, 0.125), (found.over_provisioning, 0.75)] {
        assert!((part.to_f64() / servers - share).abs() < 1e-9, "{found:?}");
    }
}

/// Sums, and idle money as the claim has it: what stands and what starts is there as idle as the rest.
#[track_caller]
fn check_laws(name: &str, one: &DeploymentResult) {
    let found = causes(one);
    let context = format!("{name}: {}: {found:?}", one.name);
    assert_eq!(found.total(), one.cost.per_month, "{context}");
    let parts = [found.work, found.cold_start, found.rounding, found.requests, found.idle, found.over_provisioning];
    let parts = parts.into_iter().chain([found.transfer, found.standing, found.variable]);
    assert!(parts.into_iter().all(|part| !part.0.is_sign_negative()), "{context}");
    assert!(found.requests + found.transfer <= found.variable, "{context}");
    assert!(found.variable <= one.cost.per_month, "{context}");
    let month = one.cost.per_month.to_f64();
    let claim = one.claims.pay_per_use.idle_share.map_or(0.0, |share| share * month);
    let idle = (found.idle + found.over_provisioning).to_f64();
    let beside = (found.standing + found.cold_start).to_f64();
    let error = 1e-9 * month;
    assert!(idle <= claim + error && claim <= idle + beside + error, "{context}, claimed idle {claim}");
}

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = std::fs::read_dir(folder).expect("scenarios").map(|entry| entry.expect("a file").path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

#[test]
fn the_causes_of_every_scenario_add_up_to_its_month() {
    let all = scenarios();
    assert!(all.len() >= 9, "{all:?}");
    for path in all {
        let text = std::fs::read_to_string(&path).expect("a scenario");
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let plan = plan(&text, path.parent().expect("a folder"), shortened(&name));
        for one in &run(&plan).deployments {
            check_laws(&name, one);
        }
    }
}

/// Of one replication: a mean of ratios is not the ratio of means.
fn shortened(name: &str) -> &'static [&'static str] {
    match name {
        "azure-functions" => &["scenario.replications=1"],
        "web-api" => &["scenario.replications=1", "scenario.duration=6h", "workload.news.arrivals.at=3h"],
        "kubernetes-web" => {
            &["scenario.replications=1", "scenario.duration=4h", "workload.advertisement.arrivals.at=2h"]
        }
        "image-upload" | "spot-batch" => &["scenario.replications=1", "scenario.duration=2d"],
        "three-years" | "private-vs-public" => &["scenario.replications=1", "scenario.horizon.weeks=3", "demand=x0.2"],
        _ => &["scenario.replications=1", "scenario.duration=6h"],
    }
}
