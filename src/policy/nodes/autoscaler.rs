//! The Kubernetes Cluster Autoscaler (its FAQ, 2026): adds nodes for pods that wait, and removes nodes that have not been
//! needed for long.
//!
//! Left out: node groups with limits of their own, affinities, disruption budgets of pods, local storage, priorities.

use std::collections::BTreeMap;

use crate::units::{SimTime, Span};

use super::grid::{Grid, just_after};
use super::inventory::{Action, Inventory, Node, NodeId, Phase};
use super::packing::{Estimate, Room, decreasing, estimate, first_fit};
use super::spec::{AutoscalerRules, Expander, TypeIndex};

#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    rules: AutoscalerRules,
    scanned: Option<SimTime>,
    last_added: Option<SimTime>,
    /// By type.
    avoided_until: Vec<SimTime>,
    /// Since when each has been seen unneeded.
    unneeded: BTreeMap<NodeId, SimTime>,
}

/// Nodes of one type that would help.
struct Expansion {
    of: TypeIndex,
    estimate: Estimate,
}

impl Autoscaler {
    pub(super) fn new(rules: AutoscalerRules, types: usize) -> Self {
        assert!(rules.scan > Span::ZERO, "the autoscaler scans at intervals longer than none");
        Self {
            rules,
            scanned: None,
            last_added: None,
            avoided_until: vec![SimTime::ZERO; types],
            unneeded: BTreeMap::new(),
        }
    }

    /// A scan, if it is time for one.
    pub(super) fn tick(
        &mut self,
        at: SimTime,
        inventory: &mut Inventory,
        limits: (u32, u32),
        actions: &mut Vec<Action>,
    ) {
        if !self.grid().is_due(at) {
            return;
        }
        self.scanned = Some(at);
        inventory.changed = false;
        let (least, most) = limits;
        if self.scale_up(at, inventory, most, actions) {
            self.last_added = Some(at);
        } else {
            self.note_unneeded(at, inventory);
            self.scale_down(at, inventory, least, actions);
        }
    }

    /// The next scan, from `at` on, at which something may happen that did not at the last.
    pub(super) fn next_tick(&self, at: SimTime, inventory: &Inventory) -> Option<SimTime> {
        let mut due: Vec<SimTime> = Vec::new();
        if !inventory.pending.is_empty() {
            due.extend(self.avoided_until.iter().copied());
        }
        // Longer than the time, so a scan exactly then is too early.
        due.extend(self.unneeded.values().map(|since| just_after(*since + self.rules.unneeded)));
        if !self.unneeded.is_empty() {
            due.extend(self.last_added.map(|added| added + self.rules.pause_after_add));
        }
        self.grid().next(at, due, inventory.changed)
    }

    const fn grid(&self) -> Grid {
        Grid { interval: self.rules.scan, last: self.scanned }
    }

    pub(super) fn launch_failed(&mut self, at: SimTime, of: TypeIndex) {
        self.avoided_until[of.index()] = at + self.rules.backoff;
    }

    /// Asks for nodes of one type if pods wait that fit on no node, those that are on their way included.
    fn scale_up(&self, at: SimTime, inventory: &mut Inventory, most: u32, actions: &mut Vec<Action>) -> bool {
        let mut waiting = inventory.waiting();
        decreasing(&mut waiting, inventory.types[0].allocatable);
        let is_upcoming = |phase| matches!(phase, Phase::Launching { .. });
        let mut upcoming: Vec<Room> = inventory.in_phase(is_upcoming).map(|(_, node)| inventory.room(node)).collect();
        let waiting = first_fit(&waiting, &mut upcoming);
        let spare = u64::from(most.saturating_sub(inventory.staying()));
        let expansion = |index: usize| {
            let of = &inventory.types[index];
            let mut fitting: Vec<_> = waiting.iter().copied().filter(|request| of.empty().fits(*request)).collect();
            decreasing(&mut fitting, of.allocatable);
            Expansion { of: TypeIndex(index as u32), estimate: estimate(&fitting, of.empty(), spare) }
        };
        let allowed = (0..inventory.types.len()).filter(|index| self.avoided_until[*index] <= at);
        let options = allowed.map(expansion).filter(|option| option.estimate.pods > 0);
        let Some(best) = options.reduce(|best, next| if self.prefers(inventory, &next, &best) { next } else { best })
        else {
            return false;
        };
        for _ in 0..best.estimate.nodes {
            inventory.launch(at, best.of, actions);
        }
        true
    }

    fn prefers(&self, inventory: &Inventory, one: &Expansion, other: &Expansion) -> bool {
        match self.rules.expander {
            Expander::MostPods => one.estimate.pods > other.estimate.pods,
            Expander::LeastWaste => waste(inventory, one) < waste(inventory, other),
        }
    }

    /// Remembers since when each node has been unneeded: little is asked of it, and its pods fit elsewhere. Nodes are
    /// tried in turn, each with the pods of those before it already moved.
    fn note_unneeded(&mut self, at: SimTime, inventory: &Inventory) {
        let ready: Vec<(NodeId, &Node)> = inventory.in_phase(|phase| phase == Phase::Ready).collect();
        let mut rooms: Vec<Room> = ready.iter().map(|(_, node)| inventory.room(node)).collect();
        let mut unneeded = BTreeMap::new();
        for (index, (id, node)) in ready.iter().enumerate() {
            if !self.is_underused(inventory, node) {
                continue;
            }
            let mut others = rooms.clone();
            others[index].pods = 0;
            if first_fit(&inventory.requests(node.pods()), &mut others).is_empty() {
                rooms = others;
                unneeded.insert(*id, self.unneeded.get(id).copied().unwrap_or(at));
            }
        }
        self.unneeded = unneeded;
    }

    fn is_underused(&self, inventory: &Inventory, node: &Node) -> bool {
        let whole = inventory.of(node).allocatable;
        let below = |part, whole| part == 0 || self.rules.utilization.exceeds(part, whole);
        below(node.requested.milli_cpu, whole.milli_cpu) && below(node.requested.mib, whole.mib)
    }

    /// Removes empty nodes together, or else one that is not.
    fn scale_down(&self, at: SimTime, inventory: &mut Inventory, least: u32, actions: &mut Vec<Action>) {
        let added_lately = self.last_added.is_some_and(|added| at < added + self.rules.pause_after_add);
        if added_lately {
            return;
        }
        let spare = inventory.staying().saturating_sub(least) as usize;
        let long = |since: SimTime| at.since(since) > self.rules.unneeded;
        let due = self.unneeded.iter().filter(|(_, since)| long(**since)).map(|(id, _)| *id);
        let (empty, used): (Vec<NodeId>, Vec<NodeId>) = due.partition(|id| inventory.nodes[id].pods.is_empty());
        if !empty.is_empty() {
            inventory.drain(at, &empty[..empty.len().min(spare).min(self.rules.empty_at_once as usize)], actions);
            return;
        }
        let is_draining = |phase| matches!(phase, Phase::Draining { .. });
        let one_is_going = inventory.in_phase(is_draining).next().is_some();
        if !one_is_going && spare > 0 {
            inventory.drain(at, &used[..used.len().min(1)], actions);
        }
    }
}

/// Shares of processor and memory that would be idle, added.
fn waste(inventory: &Inventory, option: &Expansion) -> f64 {
    let capacity = inventory.types[option.of.index()].capacity;
    let Estimate { nodes, requested, .. } = option.estimate;
    let idle = |requested: u64, whole: u64| 1.0 - requested as f64 / (whole as f64 * nodes as f64);
    idle(requested.milli_cpu, capacity.milli_cpu) + idle(requested.mib, capacity.mib)
}
