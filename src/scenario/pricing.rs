//! Which prices apply to a deployment.

use super::deployments::{Deployed, Part};
use super::problem::{Problem, Problems};
use crate::billing::{BillingError, Selection, Tariff};
use crate::scenario::Assumption;
use crate::units::Money;

/// The tariff of a deployment: the prices of its platform's list, and `price_override` on top. A meter without a price
/// is a problem, and so is an override that replaces nothing.
pub fn tariff(part: &Part<'_>, selection: Selection, problems: &mut Problems) -> Option<Tariff> {
    let selection = self::selection(part, selection)?;
    let priced = match part.pack.price_lists().as_slice() {
        [first, others @ ..] => part.application.book.tariff(first, others, &selection),
        [] => return None,
    };
    priced.map_err(|error| problems.push(problem(part, &error))).ok()
}

/// What the deployment says of its prices, added to `selection`; `None` if an override is wrong, which is reported.
pub fn selection(part: &Part<'_>, selection: Selection) -> Option<Selection> {
    let mut selection = Selection { free_tier: part.application.settings.free_tier, ..selection };
    for key in ["region", "architecture", "purchase"] {
        selection = selection.with(key, part.table.text(key).map(|text| text.value));
    }
    let overrides = part.table.table("price_override").map_or(&[][..], |table| &table.entries);
    for entry in overrides {
        let price = entry.node.quantity::<Money>()?.ok()?;
        selection.price_override.insert(entry.key.clone(), price);
    }
    Some(selection)
}

/// Points at the override that is wrong, or else at what decides the price.
pub fn problem(part: &Part<'_>, error: &BillingError) -> Problem {
    let decisive = ["purchase", "region", "architecture", "instance", "platform"];
    let place = match error {
        BillingError::UselessOverride { key, .. } => {
            let entry = part.table.table("price_override").and_then(|table| table.entry(key));
            entry.map(|entry| &entry.key_place)
        }
        _ => decisive.iter().find_map(|key| part.table.get(key)).map(|node| &node.place),
    };
    let problem = Problem::at(place.unwrap_or(&part.table.place), error.to_string());
    match error.help() {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// Every price that a deployment pays, with its source and date.
pub fn assume(part: &Part<'_>, tariff: &Tariff, deployed: &mut Deployed) {
    for price in &tariff.prices {
        let Some(first) = price.tiers.first() else { continue };
        let more = if price.tiers.len() > 1 { ", first tier" } else { "" };
        deployed.assumptions.push(Assumption {
            deployment: Some(part.name.to_owned()),
            subject: format!("price of {}", price.item),
            value: format!("{} {} per {}{more}", first.price.0.normalize(), code(tariff), price.unit),
            source: price.source.clone(),
            date: price.as_of.clone(),
        });
    }
}

fn code(tariff: &Tariff) -> &'static str {
    match tariff.currency {
        crate::units::Currency::Usd => "USD",
        crate::units::Currency::Eur => "EUR",
        crate::units::Currency::Cny => "CNY",
    }
}
