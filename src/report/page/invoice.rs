//! The bill of each deployment, line by line, so that it can be checked with a pencil.

use serde::Serialize;

use crate::report::{figures, owned};
use crate::results::{CommitmentResult, DeploymentResult, InvoiceItem, Results};
use crate::units::Money;

use super::{Cell, Grid, Row, headings};

/// More bills than these are folded.
const OPEN: usize = 5;

#[derive(Serialize)]
pub struct Invoice {
    deployment: String,
    grid: Grid,
    commitments: Grid,
    sums: Vec<[String; 2]>,
    open: bool,
}

/// In the order of the scenario; `first` is open even where there are many.
pub fn all(results: &Results, first: usize) -> Vec<Invoice> {
    let few = results.deployments.len() <= OPEN;
    let invoice = |(place, deployment): (usize, &DeploymentResult)| Invoice {
        deployment: deployment.name.clone(),
        grid: grid(deployment).measured(),
        commitments: commitments(deployment).measured(),
        sums: sums(results, deployment),
        open: few || place == first,
    };
    results.deployments.iter().enumerate().map(invoice).collect()
}

fn grid(deployment: &DeploymentResult) -> Grid {
    let mut rows: Vec<Row> = deployment.cost.items.iter().map(|item| row(deployment, item)).collect();
    let mut total: Vec<Cell> = ["total", "", "", "", ""].map(Cell::text).into_iter().collect();
    total.push(Cell::text(figures::money(deployment.cost.currency, deployment.cost.total)));
    rows.push(Row { cells: total, strong: true });
    Grid {
        caption: format!("Bill of {} for the whole window", deployment.name),
        headings: headings(&["line", "tier", "quantity#", "unit", "price of a unit#", "amount#"]),
        rows,
        ..Grid::default()
    }
}

fn row(deployment: &DeploymentResult, item: &InvoiceItem) -> Row {
    let cells = vec![
        Cell::text(item.item.clone()).with(format!("{} {}", item.provider, item.service)),
        Cell::text(item.tier.clone().unwrap_or_default()),
        Cell::text(figures::quantity(item.quantity)),
        Cell::text(item.unit.clone()),
        Cell::text(figures::price(deployment.cost.currency, item.price)),
        Cell::text(figures::money(deployment.cost.currency, item.amount)),
    ];
    Row { cells, strong: false }
}

/// What was bought in advance, and how much of it was used; empty without.
fn commitments(deployment: &DeploymentResult) -> Grid {
    let currency = deployment.cost.currency;
    let money = |amount| Cell::text(figures::money(currency, amount));
    let row = |one: &CommitmentResult| {
        let cells = vec![
            Cell::text(one.name.clone()).with(if one.site == deployment.name { "" } else { one.site.as_str() }),
            Cell::figure(one.utilization, figures::share),
            Cell::figure(one.coverage, figures::share),
            money(one.cost),
            money(one.unused_amount),
            money(one.covered_amount),
        ];
        Row { cells, strong: false }
    };
    Grid {
        caption: format!("Commitments of {} over the whole window", deployment.name),
        headings: headings(&["commitment", "used#", "covers#", "cost#", "of it unused#", "on demand it would be#"]),
        rows: deployment.commitments.iter().map(row).collect(),
        note: "A commitment pays where what it covered would cost more on demand than the commitment.".to_owned(),
        ..Grid::default()
    }
}

fn sums(results: &Results, deployment: &DeploymentResult) -> Vec<[String; 2]> {
    let cost = &deployment.cost;
    let money = |amount| figures::money(cost.currency, amount);
    let window = figures::length(results.scenario.duration_s);
    let mut sums = vec![
        [format!("total of {window}"), money(cost.total)],
        ["per month of 730 hours at this usage".to_owned(), money(cost.per_month)],
    ];
    if let Some(amount) = cost.per_million_invocations {
        sums.push(["per million invocations".to_owned(), money(amount)]);
    }
    if cost.upfront > Money::ZERO {
        sums.push(["cash at the start of the term (its share is in the lines above)".to_owned(), money(cost.upfront)]);
    }
    sums.extend(owned::sums(deployment));
    sums
}
