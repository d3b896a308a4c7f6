//! What would change the answer: the change is made, and the answer does change.

use breakeven::report::flips::{Flip, flips};
use breakeven::report::story;
use breakeven::results::*;

use super::fixture::{money, results};

fn told(results: &Results) -> Vec<Flip> {
    flips(results, &story::tell(results))
}

fn named<'a>(results: &'a Results, name: &str) -> &'a DeploymentResult {
    results.deployments.iter().find(|deployment| deployment.name == name).expect("a deployment")
}

/// The bill where the price of one line is `factor` times what it is.
fn bill(deployment: &DeploymentResult, line: &str, factor: f64) -> f64 {
    let amount = |item: &InvoiceItem| {
        let named =
            line == format!("price of {}: {}", item.service, item.item) || line == format!("price of {}", item.item);
        item.amount.to_f64() * if named { factor } else { 1.0 }
    };
    deployment.cost.month_items.iter().map(amount).sum()
}

/// By hand: lambda-1024 costs 55.77 of which 34.80 is its compute, lambda-256 49.94 without any of that: 5.83 / 34.80.
#[test]
fn at_the_price_that_is_told_both_bills_are_equal() {
    let results = results();
    let prices: Vec<Flip> = told(&results).into_iter().filter(|flip| flip.what.starts_with("price")).collect();
    assert!(prices.len() >= 2, "{prices:?}");
    for flip in &prices {
        let [mine, theirs] =
            ["lambda-256", flip.then.as_str()].map(|name| bill(named(&results, name), &flip.what, 1.0 + flip.by));
        assert!((mine - theirs).abs() < 1e-6, "{flip:?}: {mine} and {theirs}");
    }
    let arm = prices.iter().find(|flip| flip.what.ends_with("compute arm64")).expect("a flip");
    assert!((arm.by + 5.83 / 34.80).abs() < 1e-3 && arm.then == "lambda-1024", "{arm:?}");
}

/// With every objective for p99 at `bound` seconds, as the scenario would have judged.
fn judged(mut results: Results, bound: f64) -> Results {
    for deployment in &mut results.deployments {
        let slo = deployment.slo.as_mut().expect("objectives");
        for objective in slo.objectives.iter_mut().filter(|objective| objective.name == "latency.p99") {
            objective.target = bound;
            objective.met = objective.actual.is_some_and(|actual| actual <= bound);
        }
        slo.met = slo.objectives.iter().all(|objective| objective.met);
    }
    results
}

#[test]
fn below_the_bound_that_is_told_another_is_the_answer() {
    let results = results();
    let flip = told(&results).into_iter().find(|flip| flip.what == "objective for p99").expect("a flip");
    let bound = 0.5 * (1.0 + flip.by);
    let answer = |bound: f64| {
        let results = judged(results.clone(), bound);
        story::tell(&results).winner.map(|winner| results.deployments[winner].name.clone())
    };
    assert_eq!(answer(bound * 1.001).as_deref(), Some("lambda-256"));
    assert_eq!(answer(bound * 0.999), Some(flip.then));
}

/// 10 that grow with the load and 20 that do not, against 30 that do not: equal at twice the load.
#[test]
fn at_the_load_that_is_told_both_bills_are_equal() {
    let mut results = results();
    results.deployments.truncate(2);
    let set = |deployment: &mut DeploymentResult, per_month: &str, variable: &str| {
        deployment.cost.per_month = money(per_month);
        deployment.cost.by_cause.as_mut().expect("causes").variable = money(variable);
    };
    set(&mut results.deployments[0], "30", "10");
    set(&mut results.deployments[1], "40", "0");
    let flip = told(&results).into_iter().find(|flip| flip.what == "load").expect("a flip");
    assert!((flip.by - 1.0).abs() < 1e-12 && flip.then == "lambda-512", "{flip:?}");
}

#[test]
fn without_an_answer_nothing_changes_it() {
    let mut results = results();
    results.deployments.clear();
    assert!(told(&results).is_empty());
}
