//! Karpenter (its documentation, 1.14, 2026): asks for the cheapest machines that hold a batch of waiting pods, and
//! consolidates nodes whose pods fit elsewhere, or on one cheaper machine.
//!
//! Left out: zones, spot and its rule of fifteen types, drift, expiry, the fifteen seconds in which a decision is checked
//! again before it is carried out.

use crate::units::{SimTime, Span};

use super::grid::Grid;
use super::inventory::{Action, Inventory, NodeId, Phase};
use super::packing::{Room, decreasing, first_fit};
use super::resources::Resources;
use super::spec::{Consolidation, KarpenterRules, NodeType, TypeIndex};

#[derive(Clone, Debug)]
pub(super) struct Karpenter {
    rules: KarpenterRules,
    batch: Option<Batch>,
    polled: Option<SimTime>,
    replacements: Vec<Replacement>,
}

/// Pods that are waiting to be provided for together.
#[derive(Clone, Copy, Debug)]
struct Batch {
    first: SimTime,
    last: SimTime,
}

/// A node that is to take the pods of others.
#[derive(Clone, Debug)]
struct Replacement {
    new: NodeId,
    old: Vec<NodeId>,
}

/// Most nodes that are tried together.
const MOST_TOGETHER: usize = 100;

impl Karpenter {
    pub(super) fn new(rules: KarpenterRules) -> Self {
        assert!(rules.poll > Span::ZERO, "Karpenter looks at intervals longer than none");
        Self { rules, batch: None, polled: None, replacements: Vec::new() }
    }

    /// A pod has begun to wait.
    pub(super) fn pod_waits(&mut self, at: SimTime) {
        let first = self.batch.map_or(at, |batch| batch.first);
        self.batch = Some(Batch { first, last: at });
    }

    fn batch_ends(&self) -> Option<SimTime> {
        let ends = |batch: Batch| (batch.last + self.rules.batch_idle).min(batch.first + self.rules.batch_most);
        self.batch.map(ends)
    }

    pub(super) fn tick(
        &mut self,
        at: SimTime,
        inventory: &mut Inventory,
        limits: (u32, u32),
        actions: &mut Vec<Action>,
    ) {
        if self.batch_ends().is_some_and(|ends| ends <= at) {
            self.batch = None;
            provision(at, inventory, limits.1, actions);
        }
        if self.grid().is_due(at) {
            self.polled = Some(at);
            inventory.changed = false;
            self.consolidate(at, inventory, limits, actions);
        }
    }

    /// The end of the batch, or the next poll, from `at` on, at which something may happen that did not at the last.
    pub(super) fn next_tick(&self, at: SimTime, inventory: &Inventory) -> Option<SimTime> {
        let ready = inventory.in_phase(|phase| phase == Phase::Ready);
        let due = ready.map(|(_, node)| node.changed + self.rules.consolidate_after);
        let poll = self.grid().next(at, due, inventory.changed);
        poll.into_iter().chain(self.batch_ends()).min()
    }

    const fn grid(&self) -> Grid {
        Grid { interval: self.rules.poll, last: self.polled }
    }

    /// What the node was to replace goes.
    pub(super) fn node_ready(
        &mut self,
        at: SimTime,
        node: NodeId,
        inventory: &mut Inventory,
        actions: &mut Vec<Action>,
    ) {
        let Some(index) = self.replacements.iter().position(|replacement| replacement.new == node) else { return };
        let replacement = self.replacements.swap_remove(index);
        inventory.drain(at, &replacement.old, actions);
    }

    /// What the node was to replace stays.
    pub(super) fn node_lost(&mut self, node: NodeId, inventory: &mut Inventory) {
        for replacement in self.replacements.extract_if(.., |replacement| replacement.new == node) {
            for old in replacement.old {
                if inventory.nodes.get(&old).is_some_and(|node| node.phase == Phase::Cordoned) {
                    inventory.set_phase(old, Phase::Ready);
                }
            }
        }
    }

    /// One step at most: all empty nodes that the budget allows, or else the most nodes that can go together, or else one.
    fn consolidate(&mut self, at: SimTime, inventory: &mut Inventory, limits: (u32, u32), actions: &mut Vec<Action>) {
        let candidates = self.candidates(at, inventory);
        let allowed = self.budget(inventory);
        let spare = inventory.lasting().saturating_sub(limits.0) as usize;
        let empty = candidates.iter().copied().filter(|id| inventory.nodes[id].pods.is_empty());
        let empty: Vec<NodeId> = empty.take(allowed.min(spare)).collect();
        if !empty.is_empty() {
            inventory.drain(at, &empty, actions);
            return;
        }
        let underused = self.rules.consolidation == Consolidation::WhenEmptyOrUnderutilized;
        if underused && allowed > 0 && inventory.pending.is_empty() {
            let several =
                most_together(inventory, &candidates[..candidates.len().min(allowed).min(MOST_TOGETHER)], limits);
            let one = || candidates.iter().find_map(|id| Removal::of(inventory, &[*id], limits));
            if let Some(removal) = several.or_else(one) {
                self.carry_out(at, removal, inventory, actions);
            }
        }
    }

    /// Nodes to which no pod came, and which none left, for long enough; fewest pods first, then the oldest.
    fn candidates(&self, at: SimTime, inventory: &Inventory) -> Vec<NodeId> {
        let ready = inventory.in_phase(|phase| phase == Phase::Ready);
        let quiet = ready.filter(|(_, node)| at.since(node.changed) >= self.rules.consolidate_after);
        let mut candidates: Vec<(usize, NodeId)> = quiet.map(|(id, node)| (node.pods.len(), id)).collect();
        candidates.sort_unstable();
        candidates.into_iter().map(|(_, id)| id).collect()
    }

    /// How many more nodes may begin to go: the share of those that have joined, less those that are going.
    fn budget(&self, inventory: &Inventory) -> usize {
        let joined = inventory.in_phase(|phase| !matches!(phase, Phase::Launching { .. })).count() as u64;
        let going =
            inventory.in_phase(|phase| matches!(phase, Phase::Cordoned | Phase::Draining { .. })).count() as u64;
        self.rules.budget.of_rounded_up(joined).saturating_sub(going) as usize
    }

    fn carry_out(&mut self, at: SimTime, removal: Removal, inventory: &mut Inventory, actions: &mut Vec<Action>) {
        match removal.replacement {
            None => inventory.drain(at, &removal.nodes, actions),
            Some(of) => {
                removal.nodes.iter().for_each(|node| inventory.set_phase(*node, Phase::Cordoned));
                let new = inventory.launch(at, of, actions);
                self.replacements.push(Replacement { new, old: removal.nodes });
            }
        }
    }
}

/// Asks for machines for what waits: largest pods first, each into the first machine that some type could still be; each
/// machine is then the cheapest type that holds its pods.
fn provision(at: SimTime, inventory: &mut Inventory, most: u32, actions: &mut Vec<Action>) {
    let mut waiting = inventory.waiting();
    // By processor, then memory.
    waiting.sort_by_key(|request| std::cmp::Reverse(*request));
    let is_upcoming = |phase| matches!(phase, Phase::Launching { .. });
    let mut upcoming: Vec<Room> = inventory.in_phase(is_upcoming).map(|(_, node)| inventory.room(node)).collect();
    let mut machines: Vec<(Resources, u32)> = Vec::new();
    for request in first_fit(&waiting, &mut upcoming) {
        let could_hold = |(load, pods): (Resources, u32)| {
            let fits = |of: &NodeType| pods < of.most_pods && load.plus(request).fits_in(of.allocatable);
            inventory.types.iter().any(fits)
        };
        match machines.iter_mut().find(|machine| could_hold(**machine)) {
            Some((load, pods)) => (*load, *pods) = (load.plus(request), *pods + 1),
            None if could_hold((Resources::ZERO, 0)) => machines.push((request, 1)),
            // No type holds it.
            None => {}
        }
    }
    let spare = most.saturating_sub(inventory.staying()) as usize;
    for (load, pods) in machines.into_iter().take(spare) {
        if let Some(of) = cheapest(&inventory.types, load, pods, f64::INFINITY) {
            inventory.launch(at, of, actions);
        }
    }
}

/// Of the types that hold so much and cost less than `below`; ties: the first.
fn cheapest(types: &[NodeType], load: Resources, pods: u32, below: f64) -> Option<TypeIndex> {
    let holds = |of: &NodeType| pods <= of.most_pods && load.fits_in(of.allocatable) && of.cost < below;
    let able = types.iter().enumerate().filter(|(_, of)| holds(of));
    able.min_by(|a, b| a.1.cost.total_cmp(&b.1.cost)).map(|(index, _)| TypeIndex(index as u32))
}

/// Nodes that can go together, and the machine that takes what fits nowhere else.
struct Removal {
    nodes: Vec<NodeId>,
    replacement: Option<TypeIndex>,
}

impl Removal {
    /// `None` if the pods of `nodes` do not fit on other nodes that are ready and one cheaper machine, or if that is against
    /// the least and most nodes.
    fn of(inventory: &Inventory, nodes: &[NodeId], (least, most): (u32, u32)) -> Option<Self> {
        let others = inventory.in_phase(|phase| phase == Phase::Ready).filter(|(id, _)| !nodes.contains(id));
        let mut rooms: Vec<Room> = others.map(|(_, node)| inventory.room(node)).collect();
        let pods = nodes.iter().flat_map(|id| inventory.nodes[id].pods());
        let mut requests = inventory.requests(pods);
        decreasing(&mut requests, inventory.types[0].allocatable);
        let left = first_fit(&requests, &mut rooms);
        let replacement = if left.is_empty() { None } else { Some(cheaper(inventory, nodes, &left)?) };
        let remaining = inventory.lasting() as usize - nodes.len() + usize::from(replacement.is_some());
        // The replacement comes before they go.
        let has_room = replacement.is_none() || inventory.staying() < most;
        (has_room && remaining >= least as usize).then(|| Self { nodes: nodes.to_vec(), replacement })
    }
}

/// The cheapest type that holds the requests and costs less than the nodes together. If it could be of the type of one of
/// them, it must be cheaper than that one: else keeping that node would do.
fn cheaper(inventory: &Inventory, nodes: &[NodeId], requests: &[Resources]) -> Option<TypeIndex> {
    let load = requests.iter().fold(Resources::ZERO, |sum, request| sum.plus(*request));
    let pods = u32::try_from(requests.len()).ok()?;
    let replaced = || nodes.iter().map(|id| inventory.of(&inventory.nodes[id]));
    let total: f64 = replaced().map(|of| of.cost).sum();
    let could_stay = replaced().filter(|of| pods <= of.most_pods && load.fits_in(of.allocatable));
    let below = could_stay.map(|of| of.cost).fold(total, f64::min);
    cheapest(&inventory.types, load, pods, below)
}

/// The longest run of candidates, of two at least, that can go together; found by halving, as if every shorter run could.
fn most_together(inventory: &Inventory, candidates: &[NodeId], limits: (u32, u32)) -> Option<Removal> {
    let (mut low, mut high) = (2, candidates.len());
    let mut found = None;
    while low <= high {
        let middle = low + (high - low) / 2;
        match Removal::of(inventory, &candidates[..middle], limits) {
            Some(removal) => (found, low) = (Some(removal), middle + 1),
            None => high = middle - 1,
        }
    }
    found
}
