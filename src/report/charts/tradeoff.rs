//! Cost against latency: which deployments are worth choosing between.

use crate::report::{figures, story};
use crate::results::{DeploymentResult, FEW_ERRORS, Results};

use super::cost::shared_symbol;
use super::{Axis, By, Chart, Data, Mark, Panel, Say, label};

/// Labels of more dots than these would cover each other.
const LABELS: usize = 16;

pub fn chart(results: &Results) -> Chart {
    let all = &results.deployments;
    let measured: Vec<(usize, f64, f64)> = all
        .iter()
        .enumerate()
        .filter_map(|(index, d)| Some((index, d.cost.per_month.to_f64(), d.latency_s.p99.filter(|p99| *p99 > 0.0)?)))
        .collect();
    if measured.len() < 2 {
        let why = "Needs two deployments that complete invocations.";
        return Chart::empty("tradeoff", "There is no trade-off to draw", why);
    }
    let symbol = shared_symbol(all);
    let highest = measured.iter().map(|(_, cost, _)| *cost).fold(0.0, f64::max);
    let bound = latency_bound(all);
    let times = || measured.iter().map(|(_, _, p99)| *p99).chain(bound).filter(|time| time.is_finite());
    let low = times().fold(f64::INFINITY, f64::min) / 1.5;
    let high = times().fold(0.0, f64::max) * 1.5;
    let dots = measured.iter().map(|(index, cost, p99)| {
        let name = label(&all[*index].name);
        let tip = format!("{name}: {} a month, p99 {}", money(&all[*index]), figures::latency(*p99));
        Mark::Dot { at: [*cost, *p99], series: *index, label: (measured.len() <= LABELS).then_some(name), tip }
    });
    let ceiling = bound.map(|at| Mark::Ceiling { at, text: format!("objective: p99 ≤ {}", figures::latency(at)) });
    Chart {
        id: "tradeoff",
        title: title(all, &measured),
        subtitle: "Cost of a month against p99 latency; low and left is better.".to_owned(),
        legend: Vec::new(),
        panels: vec![Panel {
            heading: String::new(),
            height: 240.0,
            x: Axis::up_to("cost per month of 730 hours", highest * 1.15, Say::Money(symbol)),
            y: Axis::log_time("p99 latency (log scale)", low, high),
            marks: ceiling.into_iter().chain(dots).collect(),
            by: By::Series,
        }],
        columns: 1,
        data: data(all, &measured),
    }
}

fn money(deployment: &DeploymentResult) -> String {
    figures::money(deployment.cost.currency, deployment.cost.per_month)
}

/// The target for p99, if the scenario has one.
pub fn latency_bound(all: &[DeploymentResult]) -> Option<f64> {
    let objectives = all.iter().filter_map(|deployment| deployment.slo.as_ref()).flat_map(|slo| &slo.objectives);
    objectives.filter(|objective| objective.name == "latency.p99").map(|objective| objective.target).next()
}

fn title(all: &[DeploymentResult], measured: &[(usize, f64, f64)]) -> String {
    // Those that lose much are fast at what is left.
    let copes = |(index, _, _): &&(usize, f64, f64)| all[*index].errors() < FEW_ERRORS;
    let coping: Vec<(usize, f64, f64)> = measured.iter().filter(copes).copied().collect();
    let (measured, lose, of_those) = match coping.len() {
        0 => (measured, "", ""),
        some if some < measured.len() => (&*coping, " or lose invocations", " of those that complete 99\u{a0}%"),
        _ => (measured, "", ""),
    };
    let beaten = |(_, cost, p99): &(usize, f64, f64)| {
        measured.iter().any(|other| other.1 <= *cost && other.2 <= *p99 && (other.1 < *cost || other.2 < *p99))
    };
    let worth: Vec<String> = measured.iter().filter(|one| !beaten(one)).map(|one| label(&all[one.0].name)).collect();
    match worth.as_slice() {
        [one] => format!("{one} is both the cheapest and the fastest at p99{of_those}"),
        [some @ .., last] if worth.len() == measured.len() => {
            format!("Lower latency costs more from {} to {last}: each is a choice", some[0])
        }
        [some @ .., last] if some.len() <= 2 => {
            format!("{} and {last} are the choices: the others cost more without being faster{lose}", some.join(", "))
        }
        _ => format!("{} of {} deployments are worth choosing between", worth.len(), measured.len()),
    }
}

fn data(all: &[DeploymentResult], measured: &[(usize, f64, f64)]) -> Data {
    let row = |(index, _, p99): &(usize, f64, f64)| {
        let deployment = &all[*index];
        let missed = story::missed(deployment).len();
        let verdict = match &deployment.slo {
            None => figures::ABSENT.to_owned(),
            Some(_) if missed == 0 => "met".to_owned(),
            Some(_) => format!("{missed} missed"),
        };
        vec![deployment.name.clone(), money(deployment), figures::latency(*p99), verdict]
    };
    Data {
        headings: ["deployment", "cost per month", "p99", "objectives"].map(str::to_owned).to_vec(),
        rows: measured.iter().map(row).collect(),
        note: String::new(),
    }
}
