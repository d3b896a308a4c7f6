//! What a month on each deployment is paid for, by cause.

use crate::report::figures;
use crate::results::{ByCause, DeploymentResult, Results};
use crate::units::Money;

use super::cost::shared_symbol;
use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, ROWS, Say, first_of, label};

/// What each cause is called, and how a sentence says it, in the order of the stack.
const CAUSES: [(&str, &str); 8] = [
    ("work", "work"),
    ("request fees", "request fees"),
    ("cold starts", "cold starts"),
    ("rounding", "rounded durations"),
    ("transfer", "transfer"),
    ("standing", "what runs by the clock"),
    ("idle", "idle capacity"),
    ("over-provisioning", "capacity that is never needed"),
];

/// In the order of [`CAUSES`].
fn amounts(causes: &ByCause) -> [Money; 8] {
    let ByCause { work, cold_start, rounding, requests, idle, over_provisioning, transfer, standing, variable: _ } =
        *causes;
    [work, requests, cold_start, rounding, transfer, standing, idle, over_provisioning]
}

pub fn chart(results: &Results) -> Chart {
    let shown = &results.deployments[..results.deployments.len().min(ROWS)];
    let highest = shown.iter().map(|deployment| deployment.cost.per_month.to_f64()).fold(0.0, f64::max);
    if shown.iter().all(|deployment| deployment.cost.by_cause.is_none()) || highest <= 0.0 {
        let why = "Nothing is billed, or these results do not say what for.";
        return Chart::empty("causes", "There are no causes to show", why);
    }
    let seen = |cause: &usize| {
        shown
            .iter()
            .filter_map(|deployment| deployment.cost.by_cause.as_ref())
            .any(|by| amounts(by)[*cause] > Money::ZERO)
    };
    let key = |cause: usize| Legend { key: Key::Bar, series: cause, text: CAUSES[cause].0.to_owned() };
    Chart {
        id: "causes",
        title: title(shown),
        subtitle: format!(
            "The same bills by what they pay for. Idle capacity is needed at the busiest time, over-provisioning never.{}",
            first_of(ROWS, results.deployments.len())
        ),
        legend: (0..CAUSES.len()).filter(seen).map(key).collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 12.0 + 36.0 * shown.len() as f64,
            x: Axis::up_to("cost per month of 730 hours", highest * 1.16, Say::Money(shared_symbol(shown))),
            y: Axis::rows(shown.iter().map(|deployment| label(&deployment.name)).collect()),
            marks: shown.iter().enumerate().flat_map(|(row, deployment)| bars(row, deployment)).collect(),
            by: By::Rows,
        }],
        columns: 1,
        data: data(shown),
    }
}

fn bars(row: usize, deployment: &DeploymentResult) -> Vec<Mark> {
    let (mut marks, mut from) = (Vec::new(), 0.0);
    let amounts = deployment.cost.by_cause.as_ref().map_or([Money::ZERO; 8], amounts);
    for (series, amount) in amounts.into_iter().enumerate().filter(|(_, amount)| *amount > Money::ZERO) {
        let label = format!("{}: {}", CAUSES[series].0, figures::money(deployment.cost.currency, amount));
        marks.push(Mark::Bar { row, from, to: from + amount.to_f64(), series, label });
        from += amount.to_f64();
    }
    let text = figures::money(deployment.cost.currency, deployment.cost.per_month);
    marks.push(Mark::Note { row, at: from, text });
    marks
}

/// What most is paid for where least is wasted, and where most is.
fn title(shown: &[DeploymentResult]) -> String {
    let most = |deployment: &DeploymentResult| {
        let (total, by) = (deployment.cost.per_month.to_f64(), deployment.cost.by_cause.as_ref()?);
        let amounts = amounts(by);
        let (cause, amount) = amounts.iter().enumerate().max_by_key(|(_, amount)| **amount)?;
        (total > 0.0).then(|| (label(&deployment.name), cause, amount.to_f64() / total, unused(by).to_f64() / total))
    };
    let all: Vec<(String, usize, f64, f64)> = shown.iter().filter_map(most).collect();
    let least = all.iter().min_by(|a, b| a.3.total_cmp(&b.3));
    let worst = all.iter().max_by(|a, b| a.3.total_cmp(&b.3));
    let (Some(least), Some(worst)) = (least, worst) else { return "What the bills pay for".to_owned() };
    let said = |(name, cause, part, _): &(String, usize, f64, f64)| {
        format!("{} of the bill of {name} is for {}", figures::share((part * 100.0).round() / 100.0), CAUSES[*cause].1)
    };
    if least.0 == worst.0 || (worst.3 - least.3) < 0.005 {
        return said(least);
    }
    format!("{}, {}", said(least), said(worst).replacen(" of the bill", " of that", 1))
}

/// Capacity that did nothing.
fn unused(causes: &ByCause) -> Money {
    causes.idle + causes.over_provisioning
}

fn data(shown: &[DeploymentResult]) -> Data {
    let row = |deployment: &DeploymentResult| {
        let money = |amount| figures::money(deployment.cost.currency, amount);
        let mut cells = vec![deployment.name.clone()];
        match &deployment.cost.by_cause {
            Some(by) => {
                cells.extend(amounts(by).into_iter().chain([deployment.cost.per_month, by.variable]).map(money))
            }
            None => cells.extend([figures::ABSENT; 10].map(str::to_owned)),
        }
        cells
    };
    let names = CAUSES.iter().map(|(name, _)| (*name).to_owned());
    let headings = ["deployment".to_owned()].into_iter().chain(names);
    Data {
        headings: headings.chain(["total", "variable"].map(str::to_owned)).collect(),
        rows: shown.iter().map(row).collect(),
        note: "Variable: the part that grows with the number of invocations if nothing is resized.".to_owned(),
    }
}
