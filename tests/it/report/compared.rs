//! What a comparison says to a pull request.

use std::collections::BTreeMap;

use breakeven::report::compare::markdown;
use breakeven::results::compared::{Comparison, Side, compare};
use breakeven::results::{Results, gate};

use super::fixture::results;

/// Five replications around the figure, a hundredth apart.
fn spread(results: &mut Results) {
    for one in &mut results.deployments {
        let cost = one.cost.per_month.to_f64();
        let samples = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|step| Some(cost * (1.0 + step / 100.0)));
        one.samples.insert("cost_per_month".to_owned(), samples.to_vec());
    }
}

/// Functions a tenth dearer under a name that means mischief, and servers that miss an objective.
fn head() -> Results {
    let mut head = results();
    head.scenario.hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned();
    let lambda = &mut head.deployments[0];
    lambda.name = "@team|#12 <b>_x_".to_owned();
    for item in &mut lambda.cost.month_items {
        item.amount = item.amount * "1.1".parse().unwrap();
    }
    lambda.cost.per_month = lambda.cost.per_month * "1.1".parse().unwrap();
    let slo = head.deployments[1].slo.as_mut().unwrap();
    slo.met = !slo.met;
    for objective in &mut slo.objectives {
        objective.met = slo.met;
    }
    let called = head.deployments[0].name.clone();
    let was = results().deployments[0].name.clone();
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
    let mut base = results();
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
    let path = crate::sources::root().join("tests/golden/compare.md");
    let agreed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(text, agreed, "\n{text}");
}
