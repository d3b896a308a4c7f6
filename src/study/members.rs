//! Fleets of one member more and one less: what a server more would buy, and whether one could be missed.

use std::sync::Arc;

use super::{Coupling, Replay, Run, RunError};
use crate::platform::fleet::{FleetSize, FleetSpec};
use crate::record::Tally;
use crate::results::{Probes, Variant};
use crate::rng::Seed;
use crate::scenario::{Deployment, Model, Plan};

/// A deployment is run again only if one replication has no more invocations than these: two more runs of each fleet then
/// cost seconds.
pub const MOST_INVOCATIONS: u64 = 5_000_000;

/// Runs the first replication of every fleet again, larger and smaller. `tallies`: by deployment and replication.
pub fn run(study: &impl Replay, plan: &Plan, tallies: &[Vec<Tally>], probes: &mut [Probes]) -> Result<(), RunError> {
    let mut variants = Vec::new();
    for (index, deployment) in plan.deployments.iter().enumerate() {
        let small = tallies[index].first().is_some_and(|tally| tally.invocations() <= MOST_INVOCATIONS);
        for change in [1, -1] {
            variants.extend(resized(deployment, change).filter(|_| small).map(|variant| (index, change, variant)));
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
        let variant = Some(Variant { deployment, tally });
        if change > 0 { probes[index].one_more = variant } else { probes[index].one_less = variant }
    }
    Ok(())
}

/// A fleet with as many members more, each bought like the others; `None` for what is no fleet, or would have no member.
fn resized(deployment: &Deployment, change: i32) -> Option<Deployment> {
    let Model::Fleet(fleet) = &deployment.model else { return None };
    let owned = deployment.sites.iter().any(|site| site.owned.is_some());
    // A plan of purchases is not one server more or less.
    if owned && fleet.scaler.is_some() {
        return None;
    }
    let size = changed(fleet.size, change)?;
    let mut variant = deployment.clone();
    variant.model = Model::Fleet(Arc::new(FleetSpec { size, ..fleet.as_ref().clone() }));
    for owned in variant.sites.iter_mut().filter_map(|site| site.owned.as_mut()) {
        *owned = Arc::new(owned.resized(change));
    }
    for price in variant.sites.iter_mut().flat_map(|site| &mut site.tariff.prices) {
        // What is reserved for pods is their nodes, which stay as many.
        if let Some(reserved) = price.reserved.as_mut().filter(|_| fleet.hosts.is_none()) {
            reserved.count = reserved.count.saturating_add_signed(change);
        }
    }
    for held in variant.sites.iter_mut().filter_map(|site| site.tariff.commitments.as_mut()) {
        **held = held.resized(change).ok()?;
    }
    Some(variant)
}

/// All bounds move; a fleet that always has a member keeps one.
fn changed(size: FleetSize, change: i32) -> Option<FleetSize> {
    let most = size.most.saturating_add_signed(change);
    let least = size.least.saturating_add_signed(change).max(size.least.min(1));
    let initial = size.initial.saturating_add_signed(change).clamp(least.min(most), most);
    (most > 0).then_some(FleetSize { least: least.min(most), most, initial })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(size: [u32; 3], change: i32, expected: Option<[u32; 3]>) {
        let [least, most, initial] = size;
        let changed = changed(FleetSize { least, most, initial }, change);
        assert_eq!(changed.map(|size| [size.least, size.most, size.initial]), expected, "{size:?} {change:+}");
    }

    #[test]
    fn all_bounds_of_a_fleet_move_and_none_loses_its_last_member() {
        check([4, 4, 4], 1, Some([5, 5, 5]));
        check([4, 4, 4], -1, Some([3, 3, 3]));
        check([1, 1, 1], -1, None);
        check([1, 8, 1], -1, Some([1, 7, 1]));
        check([0, 8, 0], -1, Some([0, 7, 0]));
        check([0, 8, 0], 1, Some([1, 9, 1]));
        check([2, 8, 8], -1, Some([1, 7, 7]));
    }
}
