//! Fleets of one member more and one less: what a server more would buy, and whether one could be missed.

use std::sync::Arc;

use super::{Coupling, Replay, Run, RunError};
use crate::platform::fleet::FleetSpec;
use crate::platform::hybrid::{HybridSpec, SiteModel};
use crate::policy::route::Route;
use crate::record::Tally;
use crate::results::{Probes, Variant};
use crate::rng::Seed;
use crate::scenario::{Deployment, Model, Plan, Site};

/// A deployment is run again only if one replication has no more invocations than these: two more runs of each fleet then
/// cost seconds.
pub const MOST_INVOCATIONS: u64 = 5_000_000;

/// Runs the first replication of every fleet again, larger and smaller. `tallies`: by deployment and replication.
pub fn run(study: &impl Replay, plan: &Plan, tallies: &[Vec<Tally>], probes: &mut [Probes]) -> Result<(), RunError> {
    let mut variants = Vec::new();
    for (index, deployment) in plan.deployments.iter().enumerate() {
        let invocations = tallies[index].first().map_or(0, Tally::invocations);
        let probes = &mut probes[index];
        probes.resized_site = base(&deployment.model).and_then(|(site, _)| site_named(deployment, site));
        for change in [1, -1] {
            match resized(deployment, invocations, change) {
                Ok(variant) => variants.push((index, change, variant)),
                Err(reason) => _ = probes.not_resized.get_or_insert(reason),
            }
        }
    }
    if variants.is_empty() {
        return Ok(());
    }
    let models: Vec<&Model> = variants.iter().map(|(_, _, variant)| &variant.model).collect();
    let seed = Seed { seed: plan.seed, replication: 0 };
    let runs: Vec<Run> = (0..models.len()).map(|model| Run { model, seed }).collect();
    let replayed = study.replay(&models, &runs, Coupling::Together)?;
    for ((index, change, deployment), mut tally) in variants.into_iter().zip(replayed.tallies) {
        tally.finish();
        tally.over_time = None;
        let variant = Some(Variant { deployment, tally });
        if change > 0 { probes[index].one_more = variant } else { probes[index].one_less = variant }
    }
    Ok(())
}

/// The fleet whose size is varied, and its site: of a router the first that is a fleet.
fn base(model: &Model) -> Option<(usize, &FleetSpec)> {
    match model {
        Model::Faas(_) => None,
        Model::Fleet(spec) => Some((0, spec)),
        Model::Hybrid(spec) => spec.sites.iter().enumerate().find_map(|(index, site)| match &site.model {
            SiteModel::Fleet(spec) => Some((index, spec.as_ref())),
            SiteModel::Faas(_) => None,
        }),
    }
}

/// Where a deployment has several.
fn site_named(deployment: &Deployment, site: usize) -> Option<String> {
    deployment.sites.get(site).filter(|_| deployment.sites.len() > 1).map(|site| site.name.clone())
}

/// A deployment with as many members more, each bought like the others; or why there is none.
fn resized(deployment: &Deployment, invocations: u64, change: i32) -> Result<Deployment, String> {
    let Some((site, fleet)) = base(&deployment.model) else {
        return Err("functions have no size to change".to_owned());
    };
    if invocations > MOST_INVOCATIONS {
        return Err(format!("{invocations} invocations are too many to be run again; at most {MOST_INVOCATIONS}"));
    }
    let spec = fleet.resized(change).filter(|_| owns_some(&deployment.sites[site], change));
    let spec = spec.ok_or("with one less there would be none")?;
    let mut variant = deployment.clone();
    variant.model = match &deployment.model {
        Model::Hybrid(hybrid) => Model::Hybrid(Arc::new(with_fleet(hybrid, site, fleet, spec))),
        Model::Faas(_) | Model::Fleet(_) => Model::Fleet(Arc::new(spec)),
    };
    // One pod more is no node more, and it is nodes that are bought.
    let bought = if fleet.hosts.is_some() { Some(()) } else { buy(&mut variant.sites[site], change) };
    bought.ok_or("what is bought with it cannot be priced")?;
    Ok(variant)
}

/// Whether anything would be bought at the start where servers are owned.
fn owns_some(site: &Site, change: i32) -> bool {
    let first = site.owned.as_ref().and_then(|owned| owned.purchases.first());
    first.is_none_or(|first| first.servers.saturating_add_signed(change) > 0)
}

/// A rule that fills the places of its base fills those of the new one.
fn with_fleet(hybrid: &HybridSpec, site: usize, old: &FleetSpec, new: FleetSpec) -> HybridSpec {
    let mut hybrid = hybrid.clone();
    let places = |spec: &FleetSpec| spec.size.most.saturating_mul(spec.slots());
    if let Route::Spill { pair, most } = &mut hybrid.route
        && pair.base.0 as usize == site
        && *most == places(old)
    {
        *most = places(&new);
    }
    hybrid.sites[site].model = SiteModel::Fleet(Arc::new(new));
    hybrid
}

/// `None` if a price is too large.
fn buy(site: &mut Site, change: i32) -> Option<()> {
    if let Some(owned) = &mut site.owned {
        *owned = Arc::new(owned.resized(change));
    }
    for reserved in site.tariff.prices.iter_mut().filter_map(|price| price.reserved.as_mut()) {
        reserved.count = reserved.count.saturating_add_signed(change);
    }
    if let Some(held) = &mut site.tariff.commitments {
        **held = held.resized(change).ok()?;
    }
    Some(())
}
