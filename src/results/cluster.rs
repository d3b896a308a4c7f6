//! The nodes of a deployment on a cluster: how many, how full, and what of them is of no use.

use serde::{Deserialize, Serialize};

use crate::record::{ClusterTally, Tally};

/// Time averages and peaks between warm-up and the end of the window; means over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    pub nodes_mean: f64,
    pub nodes_peak: f64,
    /// Pods that no node had room for, at a time.
    pub pending_mean: f64,
    /// Cores of nodes that are paid for, those that boot and those that the system keeps included.
    pub cores_mean: f64,
    /// Cores at work / those; `null` where none was paid for.
    pub utilization: Option<f64>,
    /// In cores.
    pub cpu: Packing,
    /// In GB of 1,024 MB.
    pub memory_gb: Packing,
}

/// One resource of all nodes together. Shares are of the allocatable; `null` where there never was a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Packing {
    /// What pods may ask for.
    pub allocatable_mean: f64,
    pub requested_mean: f64,
    /// Free, and too little on its node, of this resource or another, for one more pod.
    pub stranded_mean: f64,
    pub requested_share: Option<f64>,
    pub stranded_share: Option<f64>,
    /// The greatest share that was stranded at any time.
    pub stranded_share_worst: Option<f64>,
}

/// `None` if the deployment has no nodes that are shared.
pub fn cluster(tallies: &[Tally]) -> Option<Cluster> {
    let (found, utilization): (Vec<ClusterTally>, Vec<f64>) = tallies.iter().filter_map(of_tally).unzip();
    if found.is_empty() {
        return None;
    }
    let paid = found.iter().all(|tally| tally.paid_milli_core_ns > 0);
    let mean = |of: &dyn Fn(&ClusterTally) -> f64| found.iter().map(of).sum::<f64>() / found.len() as f64;
    let over_time = |of: &dyn Fn(&ClusterTally) -> u128| mean(&|tally| of(tally) as f64 / tally.ns.max(1) as f64);
    let packing = |of: [&dyn Fn(&ClusterTally) -> u128; 3], unit: f64, worst: &dyn Fn(&ClusterTally) -> u64| {
        let [allocatable, requested, stranded] = of.map(|of| over_time(of) / unit);
        let share = |part: f64| (allocatable > 0.0).then(|| part / allocatable);
        Packing {
            allocatable_mean: allocatable,
            requested_mean: requested,
            stranded_mean: stranded,
            requested_share: share(requested),
            stranded_share: share(stranded),
            stranded_share_worst: share(allocatable).map(|_| mean(&|tally| worst(tally) as f64 / 1e6)),
        }
    };
    let cpu = [
        &(|tally: &ClusterTally| tally.allocatable.milli_cpu) as &dyn Fn(&ClusterTally) -> u128,
        &|tally| tally.requested.milli_cpu,
        &|tally| tally.stranded.milli_cpu,
    ];
    let memory = [
        &(|tally: &ClusterTally| tally.allocatable.mib) as &dyn Fn(&ClusterTally) -> u128,
        &|tally| tally.requested.mib,
        &|tally| tally.stranded.mib,
    ];
    Some(Cluster {
        nodes_mean: over_time(&|tally| tally.node_ns),
        nodes_peak: mean(&|tally| f64::from(tally.nodes_peak)),
        pending_mean: over_time(&|tally| tally.pending_ns),
        cores_mean: over_time(&|tally| tally.paid_milli_core_ns) / 1e3,
        utilization: paid.then(|| utilization.iter().sum::<f64>() / utilization.len() as f64),
        cpu: packing(cpu, 1_000.0, &|tally| tally.worst_cpu_ppm),
        memory_gb: packing(memory, 1_024.0, &|tally| tally.worst_memory_ppm),
    })
}

/// All sites of one replication, and the share of their cores that works.
fn of_tally(tally: &Tally) -> Option<(ClusterTally, f64)> {
    let mut clusters = tally.sites.iter().filter_map(|site| Some((site.cluster.as_deref()?, site.worked_ns())));
    let (first, mut worked) = clusters.next()?;
    let mut sum = *first;
    for (other, more) in clusters {
        sum.join(other);
        worked += more;
    }
    Some((sum, worked as f64 * 1e3 / (sum.paid_milli_core_ns as f64).max(1.0)))
}
