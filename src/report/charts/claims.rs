//! The five claims as a scorecard: a small panel for each, less is better.

use crate::report::figures;
use crate::report::measures::{MEASURES, best, judged};
use crate::results::{Claims, DeploymentResult, Results};

use super::{Axis, By, Chart, Data, Mark, Panel, ROWS, Say, first_of, label};

/// Claim, what measures it, and how that is said.
const CLAIMS: [(&str, &str, Say); 5] = [
    ("Pay per use", "idle part of the bill", Say::Share),
    ("Automatic scaling", "idle and missing places for each used", Say::Compact),
    ("Elasticity", "time to follow a step", Say::Latency),
    ("Fast response", "p99 latency", Say::Latency),
    ("Lower price", "times the cheapest other", Say::Compact),
];
/// Bars of what keeps a claim best, and of the others.
const BEST: usize = 2;
const OTHER: usize = 6;

pub fn chart(results: &Results) -> Chart {
    let all = &results.deployments;
    let shown = &all[..all.len().min(ROWS)];
    if shown.iter().all(|deployment| deployment.claims == Claims::default()) {
        return Chart::empty("claims", "The five claims were not measured", "No deployment says anything of them.");
    }
    Chart {
        id: "claims",
        title: title(all),
        subtitle: format!(
            "What is claimed for functions, measured on every deployment; shorter is better, ★ keeps the claim best; a low price \
             counts where the objectives are met.{}",
            first_of(ROWS, all.len())
        ),
        legend: Vec::new(),
        panels: (0..CLAIMS.len()).map(|claim| panel(all, shown, claim)).collect(),
        columns: 2,
        data: data(shown),
    }
}

fn said(say: Say, value: f64) -> String {
    match say {
        Say::Share => figures::share((value * 1e3).round() / 1e3),
        Say::Latency if value == 0.0 => "at once".to_owned(),
        Say::Latency => figures::latency(value),
        _ => format!("{} ×", figures::number(value)),
    }
}

/// A step of the load that is not followed is no step that was not tried.
fn missing(deployment: &DeploymentResult, claim: usize) -> String {
    match (CLAIMS[claim].0, deployment.claims.elasticity.probe_s) {
        ("Elasticity", Some(_)) => "never".to_owned(),
        _ => figures::ABSENT.to_owned(),
    }
}

fn panel(all: &[DeploymentResult], shown: &[DeploymentResult], claim: usize) -> Panel {
    let (heading, what, say) = CLAIMS[claim];
    let least = best(all, claim);
    let values: Vec<Option<f64>> =
        shown.iter().map(|deployment| MEASURES[claim](deployment).filter(|value| value.is_finite())).collect();
    let high = values.iter().flatten().copied().fold(0.0, f64::max);
    let mut marks = Vec::new();
    for (row, (deployment, value)) in shown.iter().zip(&values).enumerate() {
        let is_best = least.is_some() && judged(deployment, claim) == least;
        let star = if is_best { "★ " } else { "" };
        let text = value.map_or_else(|| missing(deployment, claim), |value| format!("{star}{}", said(say, value)));
        let series = if is_best { BEST } else { OTHER };
        if let Some(to) = value.filter(|value| *value > 0.0) {
            let label = String::new();
            marks.push(Mark::Bar { row, from: 0.0, to, series, label });
        }
        marks.push(Mark::Note { row, at: value.unwrap_or(0.0), text });
    }
    let mut x = Axis::up_to(what, if high > 0.0 { high * 1.1 } else { 1.0 }, say);
    let every = x.ticks.len().div_ceil(4).max(1);
    x.ticks = x.ticks.into_iter().step_by(every).collect();
    Panel {
        heading: heading.to_owned(),
        height: 10.0 + 24.0 * shown.len() as f64,
        x,
        y: Axis::rows(shown.iter().map(|deployment| label(&deployment.name)).collect()),
        marks,
        by: By::Rows,
    }
}

/// Who keeps most claims best.
fn title(all: &[DeploymentResult]) -> String {
    let kept = |deployment: &DeploymentResult| {
        let keeps = |claim: &usize| best(all, *claim).is_some_and(|least| judged(deployment, *claim) == Some(least));
        (0..CLAIMS.len()).filter(keeps).count()
    };
    let most = all.iter().map(kept).max().unwrap_or(0);
    let first: Vec<String> = all.iter().filter(|one| kept(one) == most).map(|one| label(&one.name)).collect();
    match (most, first.as_slice()) {
        (0, _) => "No deployment keeps any of the five claims better than the others".to_owned(),
        (_, [one]) => format!("{one} keeps {most} of the five claims best"),
        (_, [rest @ .., last]) if first.len() <= 3 => {
            format!("{} and {last} keep {most} of the five claims best each", rest.join(", "))
        }
        _ => format!("{} deployments keep {most} of the five claims best each", first.len()),
    }
}

fn data(shown: &[DeploymentResult]) -> Data {
    let row = |deployment: &DeploymentResult| {
        let cell = |claim: usize| {
            let value = MEASURES[claim](deployment);
            value.map_or_else(|| missing(deployment, claim), |value| CLAIMS[claim].2.value(value))
        };
        [deployment.name.clone()].into_iter().chain((0..CLAIMS.len()).map(cell)).collect()
    };
    let names = CLAIMS.iter().map(|(claim, what, _)| format!("{}: {what}", claim.to_lowercase()));
    Data {
        headings: ["deployment".to_owned()].into_iter().chain(names).collect(),
        rows: shown.iter().map(row).collect(),
        note: String::new(),
    }
}
