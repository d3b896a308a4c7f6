//! What lies between the router and its sites: key `transfer`.

use rust_decimal::Decimal;

use super::super::deployments::Deployed;
use super::super::distribution::distribution;
use super::super::document::{Node, Table, Value};
use super::super::problem::{Problem, Problems, shortened};
use super::{Member, Router};
use crate::billing::{Meter, MeterPrice, Selection, Tier};
use crate::platform::hybrid::Transfer;
use crate::scenario::Assumption;
use crate::units::{Money, Size};

pub fn read(router: &Router<'_>, members: &mut [Member<'_>], deployed: &mut Deployed, problems: &mut Problems) {
    let Some(node) = router.table.get("transfer") else { return };
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut seen = Vec::new();
    for node in nodes {
        let Some(table) = node.as_table() else { continue };
        let Some(index) = site(router, node, table, members, problems) else { continue };
        if seen.contains(&index) {
            let message = format!("a second `transfer` to `{}`", members[index].name.value);
            problems.push(Problem::at(&node.place, message));
            continue;
        }
        seen.push(index);
        members[index].latency = distribution(table, "latency", problems);
        members[index].transfer = bytes(router, node, table, &mut members[index], deployed, problems);
    }
}

/// The site at the other end.
fn site(
    router: &Router<'_>,
    node: &Node,
    table: &Table,
    members: &[Member<'_>],
    problems: &mut Problems,
) -> Option<usize> {
    let Some(named) = table.text("site").or_else(|| router.route.text("burst")) else {
        let problem = Problem::at(&node.place, "key `site` of `transfer` is missing");
        problems.push(problem.help(format!("`{}` has no burst site that could be meant", router.policy)));
        return None;
    };
    let found = members.iter().position(|member| member.name.value == named.value);
    if found.is_none() {
        let message = format!("`{}` is not a site of `{}`", shortened(named.value), router.name);
        let names = members.iter().map(|member| member.name.value);
        problems.push(Problem::at(&named.place, message).nearest(named.value, "a site", names));
    }
    found
}

/// What is moved, with its price among those of the site.
fn bytes(
    router: &Router<'_>,
    node: &Node,
    table: &Table,
    member: &mut Member<'_>,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Transfer> {
    let size = table.quantity::<Size>("size").map_or(Size::ZERO, |size| size.value);
    if size == Size::ZERO {
        return None;
    }
    let meter = match table.text("kind").map(|kind| kind.value) {
        Some("region") => Meter::TransferRegion,
        Some("zone") => Meter::TransferZone,
        _ => Meter::TransferInternet,
    };
    let price = match table.quantity::<Money>("price") {
        Some(price) => stated(meter, price.value),
        None => listed(router, node, meter, member, problems)?,
    };
    deployed.assumptions.push(assumption(router, member, &price));
    member.site.tariff.prices.retain(|known| known.meter != meter);
    member.site.tariff.prices.push(price);
    Some(Transfer { meter, size })
}

fn stated(meter: Meter, price: Money) -> MeterPrice {
    MeterPrice {
        meter,
        service: "Data transfer".to_owned(),
        item: match meter {
            Meter::TransferRegion => "to another region".to_owned(),
            Meter::TransferZone => "between zones".to_owned(),
            _ => "to the internet".to_owned(),
        },
        unit: "GB".to_owned(),
        base_per_unit: 1 << 30,
        tiers: vec![Tier { up_to: None, price }],
        allowance: Decimal::ZERO,
        reserved: None,
        source: "the scenario".to_owned(),
        as_of: String::new(),
    }
}

/// From the list of the site's provider that has the meter.
fn listed(
    router: &Router<'_>,
    node: &Node,
    meter: Meter,
    member: &Member<'_>,
    problems: &mut Problems,
) -> Option<MeterPrice> {
    let tariff = &member.site.tariff;
    let region = member.table.text("region").map(|region| region.value);
    let selection = Selection { meters: vec![meter], free_tier: tariff.free_tier, ..Selection::default() };
    let selection = selection.with("region", region);
    let lists = router
        .application
        .book
        .lists()
        .filter(|list| list.provider == tariff.provider && list.rows.iter().any(|row| row.meter == Some(meter)));
    let priced =
        lists.filter_map(|list| list.tariff(&selection).ok()).find_map(|tariff| tariff.prices.into_iter().next());
    if priced.is_none() {
        let place = region.map_or_else(String::new, |region| format!(" in `{}`", shortened(region)));
        let message = format!("no price list of {} has {}{place}", tariff.provider, meter.name());
        problems.push(Problem::at(&node.place, message).help("state what a GB costs, for example `price = \"$0.09\"`"));
    }
    priced
}

fn assumption(router: &Router<'_>, member: &Member<'_>, price: &MeterPrice) -> Assumption {
    let tariff = &member.site.tariff;
    let first = price.tiers.first().map_or(Money::ZERO, |tier| tier.price);
    let more = if price.tiers.len() > 1 { ", first tier" } else { "" };
    Assumption {
        deployment: Some(router.name.to_owned()),
        subject: format!("price of data {}", price.item),
        value: format!("{} {} per {}{more}", first.0.normalize(), tariff.currency.code(), price.unit),
        source: price.source.clone(),
        date: price.as_of.clone(),
    }
}
