//! Which prices apply to a deployment.

use super::document::Table;
use super::problem::{Place, Problem, Problems};
use crate::billing::{Meter, MeterPrice, Tariff, Tier};
use crate::units::{Currency, Money};

/// What decides the prices of a deployment.
pub struct Wanted<'a> {
    /// Name of the price list.
    pub list: &'a str,
    pub provider: &'a str,
    pub meters: &'a [Meter],
    /// `architecture`, `region`, `instance`, `purchase`.
    pub attributes: &'a [(&'a str, &'a str)],
    pub free_tier: bool,
    /// Servers that are bought together.
    pub count: u32,
}

/// The tariff of a deployment: the price list's, and `price_override` on top. A meter without a price is a problem.
pub fn tariff(wanted: &Wanted<'_>, table: &Table, place: &Place, problems: &mut Problems) -> Option<Tariff> {
    let overrides = overrides(wanted, table, problems);
    let mut prices = Vec::new();
    for meter in wanted.meters {
        let own = overrides.iter().find(|(overridden, _)| overridden == meter).map(|(_, price)| *price);
        match own.or_else(|| listed_price(wanted, *meter)) {
            Some(price) => prices.push(plain(wanted, *meter, price, own.is_some())),
            None => {
                let what: Vec<String> =
                    wanted.attributes.iter().map(|(key, value)| format!("{key} `{value}`")).collect();
                let message = format!("no price for `{}` with {}", meter.name(), what.join(", "));
                let help = format!("supply one: price_override = {{ {} = \"$...\" }}", meter.name());
                problems.push(Problem::at(place, message).help(help));
            }
        }
    }
    let complete = prices.len() == wanted.meters.len();
    let tariff =
        Tariff { provider: wanted.provider.to_owned(), currency: Currency::Usd, prices, free_tier: wanted.free_tier };
    complete.then_some(tariff)
}

fn overrides(wanted: &Wanted<'_>, table: &Table, problems: &mut Problems) -> Vec<(Meter, Money)> {
    let mut found = Vec::new();
    let Some(overrides) = table.table("price_override") else { return found };
    for entry in &overrides.entries {
        let meter = wanted.meters.iter().find(|meter| meter.name() == entry.key);
        match (meter, entry.node.quantity::<Money>()) {
            (Some(meter), Some(Ok(price))) => found.push((*meter, price)),
            (Some(_), _) => {}
            (None, _) => {
                let names = wanted.meters.iter().map(|meter| meter.name());
                let problem = Problem::at(&entry.key_place, format!("`{}` is nothing that is metered here", entry.key));
                problems.push(problem.nearest(&entry.key, "a meter", names));
            }
        }
    }
    found
}

/// Base units of a meter in the unit that is priced.
fn unit(meter: Meter) -> (&'static str, u128) {
    match meter {
        Meter::Requests => ("request", 1),
        Meter::InstanceTime => ("hour", 3_600_000),
        Meter::Compute | Meter::ProvisionedCompute | Meter::ProvisionedConcurrency | Meter::EphemeralStorage => {
            ("GB-second", 1_024_000)
        }
    }
}

fn plain(wanted: &Wanted<'_>, meter: Meter, price: Money, overridden: bool) -> MeterPrice {
    let (unit, base_per_unit) = unit(meter);
    MeterPrice {
        meter,
        service: wanted.list.to_owned(),
        item: meter.name().to_owned(),
        unit: unit.to_owned(),
        base_per_unit,
        tiers: vec![Tier { up_to: None, price }],
        allowance: rust_decimal::Decimal::ZERO,
        reserved: None,
        source: if overridden { "price_override" } else { "stand-in" }.to_owned(),
        as_of: String::new(),
    }
}

/// Stands in until the price book is joined: first tiers only, us-east-1 only.
fn listed_price(wanted: &Wanted<'_>, meter: Meter) -> Option<Money> {
    let attribute = |name| wanted.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    if attribute("region") != Some("us-east-1") {
        return None;
    }
    let arm = attribute("architecture") == Some("arm64");
    let text = match meter {
        Meter::Requests => "0.0000002",
        Meter::Compute if arm => "0.0000133334",
        Meter::Compute => "0.0000166667",
        Meter::ProvisionedCompute if arm => "0.0000077778",
        Meter::ProvisionedCompute => "0.0000097222",
        Meter::ProvisionedConcurrency if arm => "0.0000033334",
        Meter::ProvisionedConcurrency => "0.0000041667",
        Meter::EphemeralStorage => "0.0000000309",
        Meter::InstanceTime => match (attribute("instance")?, attribute("purchase")?) {
            ("t3.medium", "on-demand") => "0.0416",
            ("t3.medium", "reserved-1y-no-upfront") => "0.0261",
            ("c6i.large", "on-demand") => "0.085",
            _ => return None,
        },
    };
    text.parse().ok()
}
