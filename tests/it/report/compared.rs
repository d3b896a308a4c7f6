//! What a comparison says to a pull request.

use std::collections::BTreeMap;

use breakeven::report::charts;
use breakeven::report::charts::Mark;
use breakeven::report::compare::markdown;
use breakeven::results::compared::{Comparison, Side, compare};
use breakeven::results::{Results, gate};

use super::fixture::results;

/// Two deployments are enough to read.
fn two() -> Results {
    let mut results = results();
    results.deployments.truncate(2);
    results
}

/// Five replications around the figure, a hundredth apart.
fn spread(results: &mut Results) {
    for one in &mut results.deployments {
        let cost = one.cost.per_month.to_f64();
        let samples = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|step| Some(cost * (1.0 + step / 100.0)));
        one.samples.insert("cost_per_month".to_owned(), samples.to_vec());
    }
}

/// Functions a tenth dearer under a name that means mischief, and others that no longer meet an objective.
fn head() -> Results {
    let mut head = two();
    head.scenario.hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned();
    let lambda = &mut head.deployments[0];
    lambda.name = "@team|#12 <b>_x_".to_owned();
    for item in &mut lambda.cost.month_items {
        item.amount = item.amount * "1.1".parse().unwrap();
    }
    lambda.cost.per_month = lambda.cost.per_month * "1.1".parse().unwrap();
    let slower = &mut head.deployments[1];
    slower.latency_s.p99 = Some(0.612);
    slower.latency_s.ci95.p99 = Some([0.598, 0.629]);
    let slo = slower.slo.as_mut().unwrap();
    slo.met = false;
    for objective in slo.objectives.iter_mut().filter(|one| one.name == "latency.p99") {
        (objective.actual, objective.met) = (Some(0.612), false);
    }
    let called = head.deployments[0].name.clone();
    let was = two().deployments[0].name.clone();
    for assumption in &mut head.assumptions {
        if assumption.deployment.as_deref() == Some(was.as_str()) {
            assumption.deployment = Some(called.clone());
        }
    }
    if let Some(first) = head.assumptions.first_mut() {
        first.date = "2026-11".to_owned();
    }
    spread(&mut head);
    head
}

#[test]
fn the_comment_reads_as_agreed() {
    let mut base = two();
    spread(&mut base);
    let head = head();
    let renamed = BTreeMap::from([(base.deployments[0].name.clone(), head.deployments[0].name.clone())]);
    let [base, head] = [("main", &base), ("this change", &head)]
        .map(|(label, results)| Side::of_run(label, results, Some("0.1.0".to_owned())));
    let compared = compare(&base, &head, &renamed).unwrap();
    let bounds = gate::parse("cost>+5%,errors>0.2%").unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let comparisons = vec![compared];
    let gate = gate::gate(&comparisons, &bounds, true);
    let text = markdown(&Comparison::new(comparisons, Some(gate)));
    assert_eq!(text, include_str!("../../golden/compare.md"), "\n{text}");
}

/// A base that differs tenfold between replications, and a head that is always a tenth dearer: surely a tenth, as the table
/// says, and not from a fall to a rise of a multiple.
#[test]
fn whiskers_of_a_share_are_those_of_the_share() {
    let samples = |factor: f64| [50.0, 500.0, 125.0].map(|cost| Some(cost * factor)).to_vec();
    let of = |factor: f64| {
        let mut results = two();
        for one in &mut results.deployments {
            one.cost.per_month = "225".parse().unwrap();
            one.cost.per_month = one.cost.per_month * factor.to_string().parse().unwrap();
            one.samples.insert("cost_per_month".to_owned(), samples(factor));
        }
        results
    };
    let (base, head) = (of(1.0), of(1.1));
    let [base, head] = [("base", &base), ("head", &head)].map(|(label, results)| Side::of_run(label, results, None));
    let compared = compare(&base, &head, &BTreeMap::new()).unwrap();
    let drawn = charts::compare::all(&Comparison::new(vec![compared], None));
    let whiskers = drawn[0].panels[0].marks.iter().filter_map(|mark| match mark {
        Mark::Whisker { low, high, .. } => Some([*low, *high]),
        _ => None,
    });
    let whiskers: Vec<[f64; 2]> = whiskers.collect();
    assert_eq!(whiskers.len(), 2);
    for end in whiskers.into_iter().flatten() {
        assert!((end - 10.0).abs() < 1e-6, "{end}");
    }
}
