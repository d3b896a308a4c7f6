//! Nodes, pods, and where each pod is: the part of a cluster that decides nothing about its size.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{SimTime, Span};

use super::packing::Room;
use super::resources::Resources;
use super::spec::{ClusterSpec, NodeType, Scheduling, TypeIndex};

/// A node, for ever: numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// A pod, for ever. Older pods have smaller numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodId(pub u64);

/// Where a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    On(NodeId),
    Pending,
}

/// What the model must do, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for a machine; say [`super::Cluster::node_ready`] when it has joined.
    Launch { node: NodeId, of: TypeIndex },
    /// A pod that waited has its place.
    Bind { pod: PodId, node: NodeId },
    /// A pod leaves its node: for another, or to wait.
    Move { pod: PodId, from: NodeId, to: Placement },
    /// Give the machine back, or stop asking for it.
    Remove { node: NodeId },
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Launching {
        asked: SimTime,
    },
    Ready,
    /// Runs its pods, takes no more: it goes when its replacement is ready.
    Cordoned,
    /// Its pods are elsewhere; the machine is kept for what they still do.
    Draining {
        until: SimTime,
    },
}

#[derive(Clone, Debug)]
pub struct Node {
    pub(super) of: TypeIndex,
    pub(super) phase: Phase,
    pub(super) requested: Resources,
    pub(super) pods: BTreeSet<PodId>,
    /// When a pod last came or left.
    pub(super) changed: SimTime,
}

impl Node {
    pub const fn of(&self) -> TypeIndex {
        self.of
    }

    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// What its pods ask for, together.
    pub const fn requested(&self) -> Resources {
        self.requested
    }

    pub fn pods(&self) -> impl Iterator<Item = PodId> + '_ {
        self.pods.iter().copied()
    }

    /// Whether pods run on it, and may.
    pub const fn holds_pods(&self) -> bool {
        matches!(self.phase, Phase::Ready | Phase::Cordoned)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Pod {
    pub(super) request: Resources,
    pub(super) place: Placement,
}

/// Nodes and pods.
#[derive(Clone, Debug)]
pub(super) struct Inventory {
    pub(super) types: Vec<NodeType>,
    scheduling: Scheduling,
    termination: Span,
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) pods: BTreeMap<PodId, Pod>,
    /// Oldest first.
    pub(super) pending: BTreeSet<PodId>,
    next_node: u64,
    next_pod: u64,
    /// Whether anything has changed since the flag was last taken down.
    pub(super) changed: bool,
    /// Whether a pod has begun to wait, or has found no place on a new node, since the flag was last taken down.
    pub(super) waits_anew: bool,
}

impl Inventory {
    pub(super) fn new(spec: &ClusterSpec) -> Self {
        let mut inventory = Self {
            types: spec.types.clone(),
            scheduling: spec.scheduling,
            termination: spec.termination,
            nodes: BTreeMap::new(),
            pods: BTreeMap::new(),
            pending: BTreeSet::new(),
            next_node: 0,
            next_pod: 0,
            changed: true,
            waits_anew: false,
        };
        for _ in 0..spec.least_nodes {
            inventory.add(TypeIndex(0), Phase::Ready, SimTime::ZERO);
        }
        inventory
    }

    pub(super) fn add(&mut self, of: TypeIndex, phase: Phase, at: SimTime) -> NodeId {
        let id = NodeId(self.next_node);
        self.next_node += 1;
        let node = Node { of, phase, requested: Resources::ZERO, pods: BTreeSet::new(), changed: at };
        self.nodes.insert(id, node);
        self.changed = true;
        id
    }

    pub(super) fn of(&self, node: &Node) -> &NodeType {
        &self.types[node.of.index()]
    }

    pub(super) fn room(&self, node: &Node) -> Room {
        let of = self.of(node);
        let pods = of.most_pods.saturating_sub(u32::try_from(node.pods.len()).unwrap_or(u32::MAX));
        Room { free: of.allocatable.minus(node.requested), pods }
    }

    /// Nodes that are there or asked for, those that are going left out.
    pub(super) fn staying(&self) -> u32 {
        self.in_phase(|phase| !matches!(phase, Phase::Draining { .. })).count() as u32
    }

    /// Of these, those that will be there when all replacements have come.
    pub(super) fn lasting(&self) -> u32 {
        self.in_phase(|phase| matches!(phase, Phase::Launching { .. } | Phase::Ready)).count() as u32
    }

    pub(super) fn in_phase(&self, phase: fn(Phase) -> bool) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().filter(move |(_, node)| phase(node.phase)).map(|(id, node)| (*id, node))
    }

    pub(super) fn requests(&self, pods: impl IntoIterator<Item = PodId>) -> Vec<Resources> {
        pods.into_iter().map(|pod| self.pods[&pod].request).collect()
    }

    pub(super) fn waiting(&self) -> Vec<Resources> {
        self.requests(self.pending.iter().copied())
    }

    /// A new pod, placed if it fits anywhere.
    pub(super) fn place(&mut self, at: SimTime, request: Resources) -> (PodId, Placement) {
        let id = PodId(self.next_pod);
        self.next_pod += 1;
        self.pods.insert(id, Pod { request, place: Placement::Pending });
        self.changed = true;
        (id, self.schedule(at, id))
    }

    /// Gives a pod that is nowhere a place, or lets it wait.
    fn schedule(&mut self, at: SimTime, pod: PodId) -> Placement {
        let request = self.pods[&pod].request;
        let place = match self.best_node(request) {
            Some(node) => {
                self.pending.remove(&pod);
                let entry = self.nodes.get_mut(&node).expect("the best node is one of them");
                entry.requested = entry.requested.plus(request);
                entry.pods.insert(pod);
                entry.changed = at;
                self.changed = true;
                Placement::On(node)
            }
            None => {
                self.waits_anew |= self.pending.insert(pod);
                Placement::Pending
            }
        };
        self.pods.get_mut(&pod).expect("the pod is known").place = place;
        place
    }

    fn best_node(&self, request: Resources) -> Option<NodeId> {
        let fits = |(id, node): (NodeId, &Node)| {
            let room = self.room(node);
            room.fits(request).then(|| (self.score(self.of(node).allocatable, room.free.minus(request)), id))
        };
        let ready = self.in_phase(|phase| phase == Phase::Ready);
        // Greatest score; of equals the first.
        ready.filter_map(fits).reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, id)| id)
    }

    /// The scheduler's score of a node that would have `free` left: of each resource the share free, or taken, in whole
    /// hundredths, and the mean of the two, each rounded down (plugin `NodeResourcesFit`).
    fn score(&self, allocatable: Resources, free: Resources) -> u64 {
        let hundredths = |part: u64, whole: u64| (part as u128 * 100).checked_div(whole as u128).unwrap_or(0) as u64;
        let taken = allocatable.minus(free);
        let counted = match self.scheduling {
            Scheduling::LeastAllocated => free,
            Scheduling::MostAllocated => taken,
        };
        (hundredths(counted.milli_cpu, allocatable.milli_cpu) + hundredths(counted.mib, allocatable.mib)) / 2
    }

    /// Places what waits and fits, oldest first; what does not fit holds up nobody behind it.
    pub(super) fn schedule_pending(&mut self, at: SimTime, actions: &mut Vec<Action>) {
        let mut refused: Vec<Resources> = Vec::new();
        for pod in self.pending.iter().copied().collect::<Vec<_>>() {
            let request = self.pods[&pod].request;
            // What asks for no less than something that fits nowhere fits nowhere.
            if refused.iter().any(|smaller| smaller.fits_in(request)) {
                continue;
            }
            match self.schedule(at, pod) {
                Placement::On(node) => actions.push(Action::Bind { pod, node }),
                Placement::Pending => refused.push(request),
            }
        }
    }

    /// Takes a pod from where it is.
    fn lift(&mut self, at: SimTime, pod: PodId) {
        let Pod { request, place } = self.pods[&pod];
        match place {
            Placement::On(node) => {
                if let Some(entry) = self.nodes.get_mut(&node) {
                    entry.requested = entry.requested.minus(request);
                    entry.pods.remove(&pod);
                    entry.changed = at;
                }
            }
            Placement::Pending => {
                self.pending.remove(&pod);
            }
        }
        self.changed = true;
    }

    /// The pod is over. `false`: there is none of that number.
    pub(super) fn release(&mut self, at: SimTime, pod: PodId, actions: &mut Vec<Action>) -> bool {
        if !self.pods.contains_key(&pod) {
            return false;
        }
        self.lift(at, pod);
        self.pods.remove(&pod);
        self.schedule_pending(at, actions);
        true
    }

    pub(super) fn launch(&mut self, at: SimTime, of: TypeIndex, actions: &mut Vec<Action>) -> NodeId {
        let node = self.add(of, Phase::Launching { asked: at }, at);
        actions.push(Action::Launch { node, of });
        node
    }

    /// `false`: nobody waits for that node.
    pub(super) fn ready(&mut self, at: SimTime, node: NodeId, actions: &mut Vec<Action>) -> bool {
        match self.nodes.get_mut(&node) {
            Some(entry) if matches!(entry.phase, Phase::Launching { .. }) => {
                entry.phase = Phase::Ready;
                entry.changed = at;
            }
            _ => return false,
        }
        self.changed = true;
        self.schedule_pending(at, actions);
        self.waits_anew |= !self.pending.is_empty();
        true
    }

    pub(super) fn set_phase(&mut self, node: NodeId, phase: Phase) {
        if let Some(entry) = self.nodes.get_mut(&node) {
            entry.phase = phase;
            self.changed = true;
        }
    }

    /// Moves the pods of a node that takes no more to where they fit, in order of their age.
    fn evict(&mut self, at: SimTime, from: NodeId, actions: &mut Vec<Action>) {
        let pods: Vec<PodId> = self.nodes.get(&from).map(|node| node.pods().collect()).unwrap_or_default();
        for pod in pods {
            self.lift(at, pod);
            let to = self.schedule(at, pod);
            actions.push(Action::Move { pod, from, to });
        }
    }

    /// Moves the pods of nodes away, and gives the machines back when what they still do is over; at once where there are
    /// none. None of the nodes takes pods of another; those that are going already are left alone.
    pub(super) fn drain(&mut self, at: SimTime, nodes: &[NodeId], actions: &mut Vec<Action>) {
        let stays =
            |node: &&NodeId| self.nodes.get(*node).is_some_and(|node| !matches!(node.phase, Phase::Draining { .. }));
        let nodes: Vec<NodeId> = nodes.iter().filter(stays).copied().collect();
        for node in &nodes {
            let until = if self.nodes[node].pods.is_empty() { at } else { at + self.termination };
            self.set_phase(*node, Phase::Draining { until });
        }
        nodes.iter().for_each(|node| self.evict(at, *node, actions));
        self.finish_drains(at, actions);
    }

    pub(super) fn finish_drains(&mut self, at: SimTime, actions: &mut Vec<Action>) {
        let over = |(id, node): (&NodeId, &Node)| match node.phase {
            Phase::Draining { until } if until <= at => Some(*id),
            Phase::Launching { .. } | Phase::Ready | Phase::Cordoned | Phase::Draining { .. } => None,
        };
        let over: Vec<NodeId> = self.nodes.iter().filter_map(over).collect();
        for node in over {
            self.remove(at, node, actions);
        }
    }

    /// The machine goes, at once; its pods look for other places.
    pub(super) fn remove(&mut self, at: SimTime, node: NodeId, actions: &mut Vec<Action>) {
        if !self.nodes.contains_key(&node) {
            return;
        }
        self.set_phase(node, Phase::Draining { until: at });
        self.evict(at, node, actions);
        self.nodes.remove(&node);
        actions.push(Action::Remove { node });
        // There may be one more node now than the limit left room for.
        self.waits_anew |= !self.pending.is_empty();
    }

    pub(super) fn next_drain(&self) -> Option<SimTime> {
        let until = |node: &Node| match node.phase {
            Phase::Draining { until } => Some(until),
            Phase::Launching { .. } | Phase::Ready | Phase::Cordoned => None,
        };
        self.nodes.values().filter_map(until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::nodes::{Provisioner, Reservation};

    /// The cases of the scheduler's own tests (`least_allocated_test.go`, `most_allocated_test.go`): nodes of 4,000 and 6,000 m
    /// with 10,000 of memory, a pod of 3,000 m and 5,000.
    #[test]
    fn scores_are_those_of_the_scheduler() {
        let of = |milli_cpu| NodeType::new(Resources::new(milli_cpu, 10_000), Reservation::Nothing, 110, 1.0);
        let pod = Resources::new(3_000, 5_000);
        for (scheduling, scores, best) in
            [(Scheduling::LeastAllocated, [37, 50], 1), (Scheduling::MostAllocated, [62, 50], 0)]
        {
            let mut inventory = Inventory::new(&ClusterSpec {
                types: vec![of(4_000), of(6_000)],
                least_nodes: 1,
                most_nodes: 2,
                scheduling,
                termination: Span::ZERO,
                provision_timeout: Span::MAX,
                provisioner: Provisioner::Fixed,
            });
            inventory.add(TypeIndex(1), Phase::Ready, SimTime::ZERO);
            let score = |of: &NodeType| inventory.score(of.allocatable, of.allocatable.minus(pod));
            assert_eq!(inventory.types.iter().map(score).collect::<Vec<_>>(), scores);
            assert_eq!(inventory.place(SimTime::ZERO, pod).1, Placement::On(NodeId(best)));
        }
    }
}
