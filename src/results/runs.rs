//! What was simulated, before it becomes figures.

use crate::record::{Tally, Window};
use crate::workload::FunctionInfo;

use super::Probes;

/// All runs of a study of one scenario.
#[derive(Debug)]
pub struct Runs {
    /// All functions that were seen, by id.
    pub functions: Vec<FunctionInfo>,
    pub window: Window,
    /// By deployment, then by replication; every tally is finished.
    pub tallies: Vec<Vec<Tally>>,
    /// By deployment.
    pub probes: Vec<Probes>,
    /// Deployments whose functions had to be run together, because a limit that they share could have bound.
    pub run_together: Vec<bool>,
    /// Invocations over all deployments and replications, those of probes and of runs that were repeated included.
    pub simulated: u64,
}
