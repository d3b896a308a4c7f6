//! What a cluster is made of, and who adds and removes its nodes.

use crate::policy::Share;
use crate::units::Span;

use super::packing::Room;
use super::resources::{Reservation, Resources};

/// A type of node, by its place in [`ClusterSpec::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeIndex(pub u32);

impl TypeIndex {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Machines that are all alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeType {
    pub capacity: Resources,
    /// What pods may ask for.
    pub allocatable: Resources,
    pub most_pods: u32,
    /// Of a machine in a unit of time, in any one unit: it ranks the types.
    pub cost: f64,
}

impl NodeType {
    pub fn new(capacity: Resources, reservation: Reservation, most_pods: u32, cost: f64) -> Self {
        Self { capacity, allocatable: reservation.allocatable(capacity, most_pods), most_pods, cost }
    }

    pub const fn empty(&self) -> Room {
        Room { free: self.allocatable, pods: self.most_pods }
    }
}

/// Which of the nodes that a pod fits on takes it; ties: the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduling {
    /// The one with the greatest share free afterwards: the scheduler's default, which spreads.
    LeastAllocated,
    /// The one with the least share free afterwards, which packs.
    MostAllocated,
}

/// A cluster. It begins with its least number of nodes, all of the first type and ready.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSpec {
    /// At least one.
    pub types: Vec<NodeType>,
    pub least_nodes: u32,
    pub most_nodes: u32,
    pub scheduling: Scheduling,
    /// How long a machine is kept for pods that finish their work after they were told to go.
    pub termination: Span,
    /// A machine that is not ready so long after it was asked for is given up.
    pub provision_timeout: Span,
    pub provisioner: Provisioner,
}

/// Who adds and removes nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Provisioner {
    /// Nobody: the least number of nodes stays.
    Fixed,
    ClusterAutoscaler(AutoscalerRules),
    Karpenter(KarpenterRules),
}

/// Which type the Cluster Autoscaler adds nodes of, of those that would help; ties: the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expander {
    /// Least share of processor and memory idle afterwards.
    LeastWaste,
    /// Most waiting pods served.
    MostPods,
}

/// Times and thresholds of the Cluster Autoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoscalerRules {
    /// More than zero.
    pub scan: Span,
    pub expander: Expander,
    /// A node goes only if less than this share of its processor and of its memory is asked for.
    pub utilization: Share,
    /// and only when that, and a place elsewhere for each of its pods, has held for longer than this.
    pub unneeded: Span,
    /// No node goes so soon after one was asked for.
    pub pause_after_add: Span,
    /// No node of a type is asked for so soon after one of them did not come.
    pub backoff: Span,
    /// Most empty nodes removed in one scan; of others one at a time is.
    pub empty_at_once: u32,
}

impl Default for AutoscalerRules {
    /// The defaults of its FAQ (2026): scan 10 s, least waste, below 0.5 for 10 min, a pause of 10 min, 10 empty nodes
    /// at once; back-off of 5 min.
    fn default() -> Self {
        Self {
            scan: Span::from_secs(10),
            expander: Expander::LeastWaste,
            utilization: Share::per_million(500_000),
            unneeded: Span::from_secs(600),
            pause_after_add: Span::from_secs(600),
            backoff: Span::from_secs(300),
            empty_at_once: 10,
        }
    }
}

/// What Karpenter removes or replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consolidation {
    WhenEmpty,
    WhenEmptyOrUnderutilized,
}

/// Times and thresholds of Karpenter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KarpenterRules {
    /// A batch of waiting pods ends when no further one has come for so long,
    pub batch_idle: Span,
    /// or so long after its first.
    pub batch_most: Span,
    pub consolidation: Consolidation,
    /// How long no pod must have come to a node or left it.
    pub consolidate_after: Span,
    /// Share of the nodes that may be going at once, rounded up.
    pub budget: Share,
    /// How often it looks for something to consolidate; more than zero.
    pub poll: Span,
}

impl Default for KarpenterRules {
    /// The defaults of its documentation (1.14, 2026): batches of 1 s idle and 10 s at most, consolidation of underused nodes
    /// at once, a budget of 10 %; the disruption controller polls every 10 s.
    fn default() -> Self {
        Self {
            batch_idle: Span::SECOND,
            batch_most: Span::from_secs(10),
            consolidation: Consolidation::WhenEmptyOrUnderutilized,
            consolidate_after: Span::ZERO,
            budget: Share::per_million(100_000),
            poll: Span::from_secs(10),
        }
    }
}
