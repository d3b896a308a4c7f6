//! The nodes of a cluster over time: what they had, what of it was asked for, and what was of no use.

use crate::units::SimTime;

use super::Window;

/// Processor and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Thousandths of a core; times ns in a sum over time.
    pub milli_cpu: u128,
    /// MiB; times ns in a sum over time.
    pub mib: u128,
}

impl Amount {
    fn add(&mut self, other: Self, times: u128) {
        self.milli_cpu += other.milli_cpu * times;
        self.mib += other.mib * times;
    }
}

/// A cluster between two changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterLevels {
    /// Nodes that have joined and are still there.
    pub nodes: u32,
    /// Pods that no node has room for.
    pub pending: u32,
    /// Of nodes that pods run on.
    pub allocatable: Amount,
    pub requested: Amount,
    /// Free, and too little for one more pod.
    pub stranded: Amount,
}

/// Sums over the time between warm-up and end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterTally {
    pub ns: u128,
    pub node_ns: u128,
    /// Nodes that run and are paid for, whether they have joined or not.
    pub paid_node_ns: u128,
    /// Cores of nodes that run and are paid for, whether they have joined or not.
    pub paid_milli_core_ns: u128,
    pub nodes_peak: u32,
    pub pending_ns: u128,
    pub allocatable: Amount,
    pub requested: Amount,
    pub stranded: Amount,
    /// The greatest share of the allocatable that was ever stranded, in parts per million.
    pub worst_cpu_ppm: u64,
    pub worst_memory_ppm: u64,
}

impl ClusterTally {
    pub(super) fn add(&mut self, window: &Window, from: SimTime, to: SimTime, levels: &ClusterLevels) {
        let ns = u128::from(window.counted(from, to));
        if ns == 0 {
            return;
        }
        self.ns += ns;
        self.node_ns += ns * u128::from(levels.nodes);
        self.nodes_peak = self.nodes_peak.max(levels.nodes);
        self.pending_ns += ns * u128::from(levels.pending);
        self.allocatable.add(levels.allocatable, ns);
        self.requested.add(levels.requested, ns);
        self.stranded.add(levels.stranded, ns);
        let (stranded, whole) = (levels.stranded, levels.allocatable);
        self.worst_cpu_ppm = self.worst_cpu_ppm.max(ppm(stranded.milli_cpu, whole.milli_cpu));
        self.worst_memory_ppm = self.worst_memory_ppm.max(ppm(stranded.mib, whole.mib));
    }

    /// Adds what another part of the same run did.
    pub(super) fn merge(&mut self, other: &Self) {
        self.ns += other.ns;
        self.sum_up(other);
    }

    /// Adds another cluster of the same time. Peaks and worst shares are those of the cluster that has the greatest.
    pub fn join(&mut self, other: &Self) {
        self.ns = self.ns.max(other.ns);
        self.sum_up(other);
    }

    fn sum_up(&mut self, other: &Self) {
        self.node_ns += other.node_ns;
        self.paid_node_ns += other.paid_node_ns;
        self.paid_milli_core_ns += other.paid_milli_core_ns;
        self.nodes_peak = self.nodes_peak.max(other.nodes_peak);
        self.pending_ns += other.pending_ns;
        self.allocatable.add(other.allocatable, 1);
        self.requested.add(other.requested, 1);
        self.stranded.add(other.stranded, 1);
        self.worst_cpu_ppm = self.worst_cpu_ppm.max(other.worst_cpu_ppm);
        self.worst_memory_ppm = self.worst_memory_ppm.max(other.worst_memory_ppm);
    }
}

fn ppm(part: u128, whole: u128) -> u64 {
    u64::try_from((part * 1_000_000).checked_div(whole).unwrap_or(0)).unwrap_or(u64::MAX)
}
