//! Windows of years by chosen weeks: equal to the whole where they should be, near it where they say so.

use std::path::Path;

use breakeven::results::{DeploymentResult, Results, assemble};
use breakeven::scenario::{Overrides, Plan, load_text};
use breakeven::study::{self, Control};

#[track_caller]
fn plan(text: &str) -> Plan {
    let plan = load_text("test", text.to_owned(), Path::new(""), &Overrides::default());
    plan.unwrap_or_else(|problems| panic!("{problems}"))
}

#[track_caller]
fn run_on(text: &str, threads: usize) -> Results {
    let plan = plan(text);
    let runs = study::run(&plan, threads, &Control::default()).expect("a run");
    assemble(&plan, &runs).expect("a bill").0
}

#[track_caller]
fn run(text: &str) -> Results {
    run_on(text, 2)
}

/// Everything but what must differ.
fn bytes(results: &Results) -> String {
    let mut results = results.clone();
    results.scenario.hash.clear();
    results.scenario.text.clear();
    serde_json::to_string(&results).expect("results")
}

fn scenario(duration: &str, seed: u64, horizon: &str, source: &str) -> String {
    format!(
        "[scenario]\nname = 'long'\nduration = '{duration}'\nstart = '2026-01-15'\nseed = {seed}\n{horizon}\n\
         [functions.f]\nduration = {{ dist = 'lognormal', median = '20s', p99 = '120s' }}\nmemory = '512MB'\ncpu = '100%'\n\
         [workload.w]\n{source}\n\
         [deployments.lambda]\nplatform = 'aws-lambda'\nmemory = '512MB'\nnetwork = '5ms'\n\
         [deployments.ec2]\nplatform = 'aws-ec2'\ninstance = 'c5.large'\nsize = {{ least = 1, most = 30 }}\n\
         scaling = {{ policy = 'target-tracking', target = '60%' }}\n\
         [deployments.own]\nplatform = 'owned'\ncores = 8\ncapacity_plan = {{ headroom = '30%', quantum = 1 }}\n"
    )
}

const DAY: &str = "growth = '40%'\narrivals = { process = 'diurnal', rate = '2/min', hourly = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, \
                   1, 1, 1.5, 1.5, 2, 2, 2, 2, 1.5, 1.5, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5] }";

#[test]
fn all_weeks_together_are_the_whole_window() {
    let whole = run(&scenario("65d", 1, "", DAY));
    let weeks = run(&scenario("65d", 1, "horizon = { method = 'weeks', weeks = 9 }", DAY));
    assert!(bytes(&whole) == bytes(&weeks));
    assert!(weeks.horizon.is_none());
}

/// Evenly spaced work of one length: every week is like every other, and so is every month but for its length.
#[test]
fn what_is_the_same_every_week_is_extrapolated_exactly() {
    let even = |horizon| {
        let source = "duration = '20s'\narrivals = { process = 'constant', rate = '1/min' }";
        let text = scenario("91d", 1, horizon, source);
        let (head, _) = text.split_once("[deployments.ec2]").expect("a second deployment");
        run(head)
    };
    let (whole, weeks) = (even(""), even("horizon = { method = 'weeks', weeks = 3 }"));
    let (whole, weeks) = (&whole.deployments[0], &weeks.deployments[0]);
    assert_eq!(whole.invocations.offered, weeks.invocations.offered);
    assert_eq!(whole.latency_s.p99, weeks.latency_s.p99);
    // 20 s on one vCPU are 69 s on a third of one: two instances take turns.
    assert_eq!(whole.invocations.cold_starts, 2.0);
    assert_eq!(weeks.invocations.cold_starts, 0.0, "lead-ins are not counted");
    let quantities = |deployment: &DeploymentResult| -> Vec<f64> {
        deployment.cost.items.iter().map(|item| item.quantity.to_f64()).collect()
    };
    for (a, b) in quantities(whole).into_iter().zip(quantities(weeks)) {
        assert!((a / b - 1.0).abs() < 1e-3, "{a} and {b}");
    }
}

#[test]
fn the_same_weeks_give_the_same_bytes_on_any_number_of_threads() {
    let text = scenario("200d", 3, "replications = 2\nhorizon = { method = 'weeks', weeks = 4, also = ['3d'] }", DAY);
    let first = bytes(&run_on(&text, 1));
    for threads in [1, 2, 8] {
        assert!(first == bytes(&run_on(&text, threads)), "{threads} threads");
    }
}

fn figure(deployment: &DeploymentResult, metric: &str) -> f64 {
    match metric {
        "invocations.offered" => deployment.invocations.offered,
        "latency_s.mean" => deployment.latency_s.mean.expect("completed"),
        "capacity.busy_mean" => deployment.capacity.busy_mean,
        "cost.total" => deployment.cost.total.to_f64(),
        _ => panic!("no figure {metric}"),
    }
}

/// The year whole, and by nine weeks: figures differ by what is stated, 19 times out of 20.
#[test]
fn a_year_by_nine_weeks_is_off_by_no_more_than_it_says() {
    let (mut outside, mut all) = (Vec::new(), 0);
    let day = DAY.replace("2/min", "20/h");
    for seed in 1..=12 {
        let text = |horizon: &str| scenario("1y", seed, &format!("probes = false\n{horizon}"), &day);
        let whole = run(&text(""));
        let weeks = run(&text("horizon = { method = 'weeks', weeks = 9 }"));
        let horizon = weeks.horizon.as_ref().expect("stretches");
        assert_eq!(horizon.stretches.iter().map(|stretch| stretch.weight).sum::<u32>(), 53);
        for error in &horizon.errors {
            let of = |results: &Results| {
                let deployment =
                    results.deployments.iter().find(|one| one.name == error.deployment).expect("a deployment");
                figure(deployment, &error.metric)
            };
            let (off, stated) = (of(&weeks) / of(&whole) - 1.0, error.relative.expect("nine strata"));
            all += 1;
            if off.abs() > stated {
                outside
                    .push(format!("seed {seed}, {} {}: off by {off}, stated {stated}", error.deployment, error.metric));
            }
            assert!(stated < 0.25, "{} {}: {stated} says nothing", error.deployment, error.metric);
        }
    }
    assert!(outside.len() * 10 <= all, "{} of {all}:\n{}", outside.len(), outside.join("\n"));
}

#[test]
fn five_billion_invocations_are_warned_of_and_weeks_of_them_are_not() {
    let text = |horizon| scenario("3y", 1, horizon, "arrivals = { process = 'poisson', rate = '50/s' }");
    let warned =
        |text: &str| plan(text).warnings.iter().any(|warning| warning.contains("invocations would be simulated"));
    assert!(warned(&text("")));
    assert!(!warned(&text("horizon = { method = 'weeks', weeks = 12 }")));
}

#[track_caller]
fn check_refused(horizon: &str, source: &str, message: &str) {
    let text = scenario("65d", 1, horizon, source);
    let found = load_text("test", text, Path::new(""), &Overrides::default()).expect_err("refused").to_string();
    assert!(found.contains(message), "{found}");
}

#[test]
fn what_weeks_cannot_stand_for_is_refused() {
    let weeks = "horizon = { method = 'weeks', weeks = 4 }";
    check_refused(&format!("warmup = '1h'\n{weeks}"), DAY, "`warmup` does not go with `horizon`");
    check_refused("horizon = { method = 'weeks', weeks = 4, also = ['70d'] }", DAY, "after the end of the window");
    check_refused("horizon = { method = 'weeks', weeks = 2 }", DAY, "2");
}

#[test]
fn a_burst_outside_the_weeks_that_are_simulated_is_warned_of() {
    let burst = "arrivals = { process = 'burst', base = '1/min', peak = '10/s', at = '40d', length = '1h' }";
    let warned =
        |horizon| plan(&scenario("65d", 1, horizon, burst)).warnings.iter().any(|text| text.contains("the burst"));
    assert!(warned("horizon = { method = 'weeks', weeks = 4 }"));
    assert!(!warned("horizon = { method = 'weeks', weeks = 4, also = ['40d'] }"));
    let router = "[deployments.both]\noutages = [{ site = 'own', at = '40d', for = '1h' }]\n\
                  route = { policy = 'failover', order = ['own', 'lambda'] }";
    for (also, expected) in [("", true), (", also = ['41d']", false)] {
        let horizon = format!("horizon = {{ method = 'weeks', weeks = 4{also} }}");
        let warnings = plan(&(scenario("200d", 1, &horizon, DAY) + router)).warnings;
        assert_eq!(warnings.iter().any(|warning| warning.contains("an outage of deployment `both` at 40d")), expected);
    }
}
