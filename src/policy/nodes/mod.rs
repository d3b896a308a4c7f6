//! The nodes of a Kubernetes-like cluster: where pods go, and when nodes come and go.
//!
//! A deterministic state machine without events, random numbers or a clock: it is told instants, which never decrease, and
//! answers with [`Action`]s. The model draws how long a machine takes and says when it is ready.
//!
//! Left out: affinities, taints, topology spread, priorities and pre-emption, disruption budgets of pods, extended
//! resources, and daemons, whose share belongs into the reservation of a node.

mod autoscaler;
mod fragmentation;
mod grid;
mod inventory;
mod karpenter;
mod packing;
mod resources;
mod spec;
#[cfg(test)]
mod tests;

use crate::units::{SimTime, Span};

use autoscaler::Autoscaler;
use inventory::Inventory;
use karpenter::Karpenter;

pub use fragmentation::{Fragmentation, NodeFragmentation};
pub use inventory::{Action, Node, NodeId, Phase, Placement, PodId};
pub use packing::{Estimate, Room, decreasing, estimate, first_fit};
pub use resources::{Reservation, Resources};
pub use spec::{
    AutoscalerRules, ClusterSpec, Consolidation, Expander, KarpenterRules, NodeType, Provisioner, Scheduling, TypeIndex,
};

/// A cluster: its nodes, its pods, and who scales it.
#[derive(Clone, Debug)]
pub struct Cluster {
    inventory: Inventory,
    scaler: Scaler,
    /// Least and most nodes.
    limits: (u32, u32),
    provision_timeout: Span,
}

#[derive(Clone, Debug)]
enum Scaler {
    Fixed,
    Autoscaler(Autoscaler),
    Karpenter(Karpenter),
}

impl Cluster {
    /// # Panics
    /// When there is no type of node, or a scan or poll takes no time.
    pub fn new(spec: &ClusterSpec) -> Self {
        assert!(!spec.types.is_empty(), "a cluster has a type of node");
        let scaler = match spec.provisioner {
            Provisioner::Fixed => Scaler::Fixed,
            Provisioner::ClusterAutoscaler(rules) => Scaler::Autoscaler(Autoscaler::new(rules, spec.types.len())),
            Provisioner::Karpenter(rules) => Scaler::Karpenter(Karpenter::new(rules)),
        };
        let limits = (spec.least_nodes, spec.most_nodes.max(spec.least_nodes));
        Self { inventory: Inventory::new(spec), scaler, limits, provision_timeout: spec.provision_timeout }
    }

    /// A node more of the first type, which is there and ready; before anything has happened.
    pub fn add_ready(&mut self) {
        self.inventory.add(TypeIndex(0), Phase::Ready, SimTime::ZERO);
    }

    /// A new pod: on the best node that it fits on, or waiting.
    pub fn place(&mut self, at: SimTime, request: Resources) -> (PodId, Placement) {
        let placed = self.inventory.place(at, request);
        self.notice(at);
        placed
    }

    /// The pod is over; what waited may take its place. `false`: there is none of that number.
    pub fn release(&mut self, at: SimTime, pod: PodId, actions: &mut Vec<Action>) -> bool {
        let known = self.inventory.release(at, pod, actions);
        self.notice(at);
        known
    }

    /// A machine that was asked for has joined. `false`: nobody waits for it any more.
    pub fn node_ready(&mut self, at: SimTime, node: NodeId, actions: &mut Vec<Action>) -> bool {
        let awaited = self.inventory.ready(at, node, actions);
        if let Scaler::Karpenter(karpenter) = &mut self.scaler {
            karpenter.node_ready(at, node, &mut self.inventory, actions);
        }
        self.notice(at);
        awaited
    }

    /// The machine is gone: broken, or taken back. Its pods look for other places. `false`: there is none of that number.
    pub fn node_lost(&mut self, at: SimTime, node: NodeId, actions: &mut Vec<Action>) -> bool {
        let known = self.inventory.nodes.contains_key(&node);
        self.inventory.remove(at, node, actions);
        if let Scaler::Karpenter(karpenter) = &mut self.scaler {
            karpenter.node_lost(node, &mut self.inventory);
        }
        self.keep_least(at, actions);
        self.notice(at);
        known
    }

    /// The machine will go, as after a notice of interruption: its pods move now, and it goes when they have terminated.
    /// `false`: there is none of that number.
    pub fn drain(&mut self, at: SimTime, node: NodeId, actions: &mut Vec<Action>) -> bool {
        let known = self.inventory.nodes.contains_key(&node);
        self.inventory.drain(at, &[node], actions);
        if let Scaler::Karpenter(karpenter) = &mut self.scaler {
            karpenter.node_lost(node, &mut self.inventory);
        }
        self.keep_least(at, actions);
        self.notice(at);
        known
    }

    /// Does what is due. To be called at [`Cluster::next_tick`]; more often does no harm, a scan happens only on the grid
    /// of its intervals.
    pub fn tick(&mut self, at: SimTime, actions: &mut Vec<Action>) {
        self.inventory.finish_drains(at, actions);
        self.give_up(at, actions);
        match &mut self.scaler {
            Scaler::Fixed => {}
            Scaler::Autoscaler(autoscaler) => autoscaler.tick(at, &mut self.inventory, self.limits, actions),
            Scaler::Karpenter(karpenter) => karpenter.tick(at, &mut self.inventory, self.limits, actions),
        }
        self.keep_least(at, actions);
        self.notice(at);
    }

    /// The next instant, from `at` on, at which [`Cluster::tick`] may do something, if nothing else happens before.
    pub fn next_tick(&self, at: SimTime) -> Option<SimTime> {
        let scaler = match &self.scaler {
            Scaler::Fixed => None,
            Scaler::Autoscaler(autoscaler) => autoscaler.next_tick(at, &self.inventory),
            Scaler::Karpenter(karpenter) => karpenter.next_tick(at, &self.inventory),
        };
        let given_up = self.launching().map(|(_, asked)| asked + self.provision_timeout).min();
        [self.inventory.next_drain(), given_up, scaler].into_iter().flatten().min().map(|due| due.max(at))
    }

    fn launching(&self) -> impl Iterator<Item = (NodeId, SimTime)> + '_ {
        self.inventory.nodes.iter().filter_map(|(id, node)| match node.phase {
            Phase::Launching { asked } => Some((*id, asked)),
            Phase::Ready | Phase::Cordoned | Phase::Draining { .. } => None,
        })
    }

    /// Stops asking for machines that did not come in time.
    fn give_up(&mut self, at: SimTime, actions: &mut Vec<Action>) {
        let late = self.launching().filter(|(_, asked)| *asked + self.provision_timeout <= at);
        for node in late.map(|(id, _)| id).collect::<Vec<_>>() {
            let of = self.inventory.nodes[&node].of;
            self.inventory.remove(at, node, actions);
            match &mut self.scaler {
                Scaler::Fixed => {}
                Scaler::Autoscaler(autoscaler) => autoscaler.launch_failed(at, of),
                Scaler::Karpenter(karpenter) => karpenter.node_lost(node, &mut self.inventory),
            }
        }
    }

    /// What is beneath the provisioner replaces machines that are missing to the least number.
    fn keep_least(&mut self, at: SimTime, actions: &mut Vec<Action>) {
        for _ in self.inventory.lasting()..self.limits.0 {
            self.inventory.launch(at, TypeIndex(0), actions);
        }
    }

    /// Tells who wants to know that pods wait.
    fn notice(&mut self, at: SimTime) {
        if std::mem::take(&mut self.inventory.waits_anew)
            && let Scaler::Karpenter(karpenter) = &mut self.scaler
        {
            karpenter.pod_waits(at);
        }
    }

    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.inventory.nodes.iter().map(|(id, node)| (*id, node))
    }

    pub fn node_type(&self, of: TypeIndex) -> &NodeType {
        &self.inventory.types[of.index()]
    }

    /// Where a pod is; `None`: there is none of that number.
    pub fn placement(&self, pod: PodId) -> Option<Placement> {
        self.inventory.pods.get(&pod).map(|pod| pod.place)
    }

    pub fn pods(&self) -> usize {
        self.inventory.pods.len()
    }

    pub fn pending(&self) -> usize {
        self.inventory.pending.len()
    }

    /// What is free and what of it is of no use, for pods of the sizes asked.
    pub fn fragmentation(&self, sizes: &[Resources]) -> Fragmentation {
        fragmentation::measure(&self.inventory, sizes)
    }
}
