//! What a month costs on each deployment, by line of the bill.

use std::collections::BTreeMap;

use crate::report::{figures, story};
use crate::results::{DeploymentResult, InvoiceItem, Results};
use crate::units::Currency;

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, ROWS, Say, first_of, label};

/// Lines of the bill that get a colour of their own.
const ITEMS: usize = 6;
const OTHER: &str = "other";

pub fn chart(results: &Results) -> Chart {
    let shown = &results.deployments[..results.deployments.len().min(ROWS)];
    let highest = shown.iter().map(|deployment| deployment.cost.per_month.to_f64()).fold(0.0, f64::max);
    if highest <= 0.0 {
        return Chart::empty("cost", "Nothing is billed", "Every bill of this run is zero.");
    }
    let currency = shown[0].cost.currency;
    let items = biggest_items(shown);
    let unit = if shown.iter().all(|other| other.cost.currency == currency) { currency.symbol() } else { "" };
    let x = Axis::up_to("cost per month of 730 hours", highest * 1.16, Say::Money(unit));
    let names = shown.iter().map(|deployment| label(&deployment.name)).collect();
    Chart {
        id: "cost",
        title: title(results),
        subtitle: format!(
            "Cost of a month at this usage, by line of the bill.{}{}",
            if shown.iter().any(|d| d.cost.ci95.is_some()) { " Whiskers: 95\u{a0}% interval." } else { "" },
            first_of(ROWS, results.deployments.len())
        ),
        legend: legend(&items),
        panels: vec![Panel {
            heading: String::new(),
            height: 12.0 + 36.0 * shown.len() as f64,
            x,
            y: Axis::rows(names),
            marks: shown.iter().enumerate().flat_map(|(row, deployment)| bars(row, deployment, &items)).collect(),
            by: By::Rows,
        }],
        columns: 1,
        data: data(shown, &items),
    }
}

fn title(results: &Results) -> String {
    let all = &results.deployments;
    let told = story::tell(results);
    let index = told.winner.or_else(|| (0..all.len()).min_by_key(|index| all[*index].cost.per_month)).unwrap_or(0);
    let best = &all[index];
    let cost = figures::money(best.cost.currency, best.cost.per_month);
    let name = label(&best.name);
    let part = best
        .cost
        .month_items
        .iter()
        .max_by_key(|item| item.amount)
        .filter(|_| best.cost.per_month.to_f64() > 0.0)
        .map(|item| (figures::shortened(&item.item, 40), item.amount.to_f64() / best.cost.per_month.to_f64()))
        .filter(|(_, part)| (0.01..0.995).contains(part));
    match part {
        Some((item, part)) => format!("{name} costs {cost} a month, {} of it {item}", figures::share(part)),
        None => format!("{name} costs {cost} a month"),
    }
}

/// `lambda: requests`: items of the same name belong to different services.
fn key(item: &InvoiceItem) -> String {
    if item.service.is_empty() || item.item.contains(&item.service) {
        return item.item.clone();
    }
    format!("{}: {}", item.service, item.item)
}

/// Names of the lines that cost most, over all deployments, `other` last if there are more.
fn biggest_items(deployments: &[DeploymentResult]) -> Vec<String> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for item in deployments.iter().flat_map(|deployment| &deployment.cost.month_items) {
        *sums.entry(key(item)).or_default() += item.amount.to_f64().max(0.0);
    }
    let mut items: Vec<(String, f64)> = sums.into_iter().filter(|(_, sum)| *sum > 0.0).collect();
    items.sort_by(|a, b| b.1.total_cmp(&a.1));
    let more = items.len() > ITEMS;
    items.into_iter().take(ITEMS).map(|(name, _)| name).chain(more.then(|| OTHER.to_owned())).collect()
}

fn legend(items: &[String]) -> Vec<Legend> {
    let entry = |(series, name): (usize, &String)| Legend { key: Key::Bar, series, text: figures::shortened(name, 44) };
    items.iter().enumerate().map(entry).collect()
}

/// What a deployment pays for each of the items, in their order.
fn amounts(deployment: &DeploymentResult, items: &[String]) -> Vec<f64> {
    let mut amounts = vec![0.0; items.len()];
    for item in &deployment.cost.month_items {
        let name = key(item);
        let place = items.iter().position(|known| *known == name).unwrap_or(items.len() - 1);
        amounts[place] += item.amount.to_f64().max(0.0);
    }
    amounts
}

fn bars(row: usize, deployment: &DeploymentResult, items: &[String]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut from = 0.0;
    for (series, amount) in amounts(deployment, items).into_iter().enumerate().filter(|(_, amount)| *amount > 0.0) {
        let value = figures::money_f64(deployment.cost.currency, amount);
        let label = format!("{}: {value}", items[series]);
        marks.push(Mark::Bar { row, from, to: from + amount, series, label });
        from += amount;
    }
    let mut at = from.max(deployment.cost.per_month.to_f64());
    if let Some([low, high]) = deployment.cost.ci95 {
        marks.push(Mark::Whisker { row, low, high });
        at = at.max(high);
    }
    let text = figures::money(deployment.cost.currency, deployment.cost.per_month);
    marks.push(Mark::Note { row, at, text });
    marks
}

fn data(deployments: &[DeploymentResult], items: &[String]) -> Data {
    let row = |deployment: &DeploymentResult| {
        let cost = &deployment.cost;
        let mut row = vec![deployment.name.clone()];
        row.extend(amounts(deployment, items).iter().map(|amount| figures::money_f64(cost.currency, *amount)));
        row.push(figures::money(cost.currency, cost.per_month));
        row
    };
    let headings = ["deployment".to_owned()].into_iter().chain(items.to_vec()).chain(["total".to_owned()]);
    Data { headings: headings.collect(), rows: deployments.iter().map(row).collect(), note: String::new() }
}

/// The symbol of a currency that all deployments share.
pub fn shared_symbol(deployments: &[DeploymentResult]) -> &'static str {
    let first = deployments.first().map(|deployment| deployment.cost.currency);
    let same = deployments.iter().all(|deployment| Some(deployment.cost.currency) == first);
    if same { first.map_or("", Currency::symbol) } else { "" }
}
