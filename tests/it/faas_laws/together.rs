//! Pools that share an account, simulated apart and together: the same answer, byte for byte.

use std::path::Path;
use std::sync::Arc;

use breakeven::engine::Engine;
use breakeven::ids::FunctionId;
use breakeven::platform::faas::{Faas, FaasSpec};
use breakeven::record::{FunctionTally, Tally};
use breakeven::results::{Results, Runs, assemble, store};
use breakeven::rng::Seed;
use breakeven::scenario::{Model, Overrides, Plan, load_text};
use breakeven::study::{self, Control};
use breakeven::units::{SimTime, Span};
use breakeven::workload::{Feed, FunctionTable, Merged};

use super::most_at_once;
use crate::support::Journal;

/// Six functions, each with one source.
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A scenario of the functions `names`; each has the same settings wherever it stands.
fn scenario(names: &[&str]) -> String {
    let mut text = "[scenario]\nname = \"t\"\nduration = \"2h\"\nwarmup = \"10min\"\nstart = \"2026-01-05\"\n\
                    seed = 5\nreplications = 2\n"
        .to_owned();
    for name in names {
        let index = NAMES.iter().position(|other| other == name).unwrap();
        let arrivals = match index % 3 {
            0 => format!("{{ process = \"poisson\", rate = \"{}/s\" }}", 0.2 + 0.1 * index as f64),
            1 => format!("{{ process = \"batch\", size = {}, period = \"7min\" }}", 3 * index),
            _ => format!("{{ process = \"constant\", rate = \"{index}/min\" }}"),
        };
        text += &format!(
            "[functions.{name}]\nmemory = \"{}MB\"\nduration = {{ dist = \"exponential\", mean = \"{}ms\" }}\n\
             [workload.w{name}]\nfunction = \"{name}\"\narrivals = {arrivals}\n",
            128 * (index + 1),
            300 * (index + 1),
        );
    }
    text + "[deployments.lambda]\nplatform = \"aws-lambda\"\nretry = { attempts = 2, backoff = \"1s\" }\n"
}

fn plan(text: String, set: &[&str]) -> Plan {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let plan = load_text("t.toml", text, Path::new(env!("CARGO_MANIFEST_DIR")), &overrides);
    // What is compared is the run itself.
    Plan { probes: false, ..plan.unwrap_or_else(|problems| panic!("{problems}")) }
}

fn faas(plan: &Plan) -> &FaasSpec {
    match &plan.deployments[0].model {
        Model::Faas(spec) => spec,
        Model::Fleet(_) | Model::Hybrid(_) => panic!("not functions"),
    }
}

/// The same plan under another limit; its hash stays.
fn limited(plan: &Plan, account: Option<u32>) -> Plan {
    let mut plan = plan.clone();
    if let Model::Faas(spec) = &mut plan.deployments[0].model {
        let spec = Arc::make_mut(spec);
        spec.limits.account_concurrency = account;
        spec.limits.requests = None;
    }
    plan
}

fn run(plan: &Plan) -> Runs {
    study::run(plan, 2, &Control::default()).unwrap()
}

fn results(plan: &Plan, runs: &Runs) -> Results {
    assemble(plan, runs).unwrap().0
}

fn bytes(plan: &Plan, runs: &Runs) -> Vec<u8> {
    store::results_json(&results(plan, runs)).unwrap()
}

/// Serves one replication with all pools in one model.
fn serve_together<R: breakeven::record::Record>(
    plan: &Plan,
    window: Span,
    replication: u32,
    record: &mut R,
    mut admitted: impl FnMut(&mut R, FunctionId, breakeven::record::Meters),
) {
    let seed = Seed { seed: plan.seed, replication };
    let end = SimTime::ZERO + window;
    let feeds = plan.workload.sources.iter().map(|source| Feed::open(source, seed, end).unwrap()).collect();
    let (mut merged, mut functions) = (Merged::new(feeds), FunctionTable::new(plan.workload.functions.clone()));
    let (mut known, mut batch) = (0, Vec::new());
    let mut engine = Engine::new(Faas::together(Arc::new(faas(plan).clone()), seed, end));
    loop {
        batch.clear();
        merged.fill(&mut batch, &mut functions, 1_000).unwrap();
        for (index, info) in functions.as_slice().iter().enumerate().skip(known) {
            let meters = engine.prepare(|model, queue| model.admit(FunctionId::new(index), info, queue));
            admitted(record, FunctionId::new(index), meters);
        }
        known = functions.len();
        if batch.is_empty() {
            break;
        }
        engine.feed(&batch, record);
    }
    engine.close(end, record);
}

/// The study with every run forced together; `like` says how its summary calls that.
fn run_together(plan: &Plan, like: &Runs) -> Runs {
    let tally = |replication| {
        let mut tally = Tally::new(like.window.clone(), true, false);
        serve_together(plan, length(like), replication, &mut tally, Tally::register);
        tally.finish();
        tally
    };
    Runs {
        functions: like.functions.clone(),
        window: like.window.clone(),
        tallies: vec![(0..plan.replications).map(tally).collect()],
        probes: vec![breakeven::results::Probes::default()],
        run_together: like.run_together.clone(),
        simulated: like.simulated,
        strata: Vec::new(),
    }
}

fn length(runs: &Runs) -> Span {
    runs.window.end.since(SimTime::ZERO)
}

/// Most executions at once, over all replications.
fn peak(plan: &Plan, like: &Runs) -> u32 {
    let peak = |replication| {
        let mut journal = Journal::default();
        serve_together(plan, length(like), replication, &mut journal, |_, _, _| {});
        most_at_once(&journal.busy) as u32
    };
    (0..plan.replications).map(peak).max().unwrap()
}

/// Everything that is counted of one function.
fn counts(function: &FunctionTally) -> [u64; 8] {
    let FunctionTally { completed, cold_starts, throttled, timed_out, retried, latency_sum, .. } = function;
    [
        function.offered(),
        function.started(),
        *completed,
        *cold_starts,
        *throttled,
        *timed_out,
        *retried,
        *latency_sum as u64,
    ]
}

/// By name, of every replication.
fn by_function(runs: &Runs, name: &str) -> Vec<[u64; 8]> {
    let index = runs.functions.iter().position(|info| info.name == name).unwrap();
    runs.tallies[0].iter().map(|tally| counts(&tally.functions[index])).collect()
}

/// Shows the first lines that differ.
#[track_caller]
fn check_same(expected: &[u8], actual: &[u8], account: u32) {
    let lines =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let (expected, actual) = (lines(expected), lines(actual));
    let differ: Vec<_> = expected.iter().zip(&actual).filter(|(one, other)| one != other).take(20).collect();
    assert!(differ.is_empty() && expected.len() == actual.len(), "account limit {account}: {differ:#?}");
}

/// The sample of a trace, whose functions are not known before it is read.
fn traced() -> Plan {
    let text = "[scenario]\nname = \"t\"\nstart = \"2026-01-05\"\n\
                [workload.t]\ntrace = \"scenarios/traces/azure-sample.csv.gz\"\nformat = \"azure2021\"\n\
                [deployments.lambda]\nplatform = \"aws-lambda\"\nmemory = \"512MB\"\n\
                retry = { attempts = 2, backoff = \"1s\" }\n";
    plan(text.to_owned(), &[])
}

#[track_caller]
fn check_limits_that_do_not_bind(free: &Plan) {
    let apart = run(free);
    let expected = bytes(free, &apart);
    let peak = peak(free, &apart);
    for account in [peak, peak + 1, 10 * peak, 1_000_000] {
        let plan = limited(free, Some(account));
        let runs = run(&plan);
        if runs.run_together == [false] {
            check_same(&expected, &bytes(&plan, &runs), account);
        }
        check_same(&expected, &bytes(&plan, &run_together(&plan, &apart)), account);
    }
    let roomy = limited(free, Some(1_000_000));
    assert_eq!(run(&roomy).run_together, [false], "nothing is run twice for a limit that is far away");
}

#[track_caller]
fn check_limits_that_bind(free: &Plan) {
    let peak = peak(free, &run(free));
    for account in [peak - 1, peak / 2, 1] {
        let plan = limited(free, Some(account));
        let runs = run(&plan);
        assert_eq!(runs.run_together, [true], "limit {account}, peak {peak}");
        check_same(&bytes(&plan, &runs), &bytes(&plan, &run_together(&plan, &runs)), account);
        let retried: u64 = runs.tallies[0].iter().flat_map(|tally| &tally.functions).map(|one| one.retried).sum();
        assert!(retried > 0, "limit {account} of {peak} must refuse somebody");
    }
}

#[test]
fn a_limit_that_does_not_bind_changes_no_byte() {
    check_limits_that_do_not_bind(&limited(&plan(scenario(&NAMES), &[]), None));
    check_limits_that_do_not_bind(&limited(&traced(), None));
}

#[test]
fn a_limit_that_binds_is_enforced_together() {
    check_limits_that_bind(&limited(&plan(scenario(&NAMES), &[]), None));
    check_limits_that_bind(&limited(&traced(), None));
}

#[test]
fn the_order_of_functions_changes_none_of_them() {
    let forward = run(&limited(&plan(scenario(&NAMES), &[]), None));
    let mut names = NAMES;
    names.reverse();
    let backward = run(&limited(&plan(scenario(&names), &[]), None));
    for name in NAMES {
        assert_eq!(by_function(&forward, name), by_function(&backward, name), "{name}");
    }
}

#[test]
fn a_function_that_is_added_changes_no_other() {
    let few = run(&plan(scenario(&NAMES[..3]), &[]));
    let more = run(&plan(scenario(&NAMES), &[]));
    for name in &NAMES[..3] {
        assert_eq!(by_function(&few, name), by_function(&more, name), "{name}");
    }
}

/// All below the first tier, and without allowances.
#[test]
fn the_bill_of_all_functions_is_the_sum_of_their_bills() {
    let whole = plan(scenario(&NAMES), &[]);
    let total = |plan: &Plan| results(plan, &run(plan)).deployments.remove(0).cost.total.0;
    let parts: Vec<_> = NAMES.iter().map(|name| total(&plan(scenario(&[name]), &[]))).collect();
    // The two replications are averaged, and each line is rounded once: far below a millionth of the bill.
    let (sum, all) = (parts.into_iter().sum::<rust_decimal::Decimal>(), total(&whole));
    assert!((sum - all).abs() * rust_decimal::Decimal::from(1_000_000_000) <= all, "{sum} in parts, {all} together");
}

#[test]
fn the_way_to_the_platform_is_the_same_apart_and_together() {
    let far = ["deployments.lambda.network={ dist = \"exponential\", mean = \"20ms\" }"];
    let free = limited(&plan(scenario(&NAMES), &far), None);
    let runs = run(&free);
    assert!(bytes(&free, &runs) == bytes(&free, &run_together(&free, &runs)), "latency depends on how pools are run");
}

#[test]
fn a_longer_window_is_the_sum_of_its_timeline() {
    let plan = limited(&plan(scenario(&NAMES), &[]), None);
    let runs = run(&plan);
    for tally in &runs.tallies[0] {
        let width = tally.timeline.width();
        assert!(width >= Span::SECOND);
        let offered: u64 = tally.timeline.buckets.iter().map(|bucket| bucket.offered).sum();
        assert_eq!(offered, tally.invocations());
    }
}
