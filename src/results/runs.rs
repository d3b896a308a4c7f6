//! What was simulated, before it becomes figures.

use crate::record::{Tally, Window};
use crate::units::{SimTime, Span};
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
    /// What was simulated by itself and stands for more, in order of time; empty where the window was simulated whole.
    pub strata: Vec<Stratum>,
}

/// A stretch of the window, and for how many like it it stands.
#[derive(Debug)]
pub struct Stratum {
    pub from: SimTime,
    pub length: Span,
    /// Simulated before it, and not counted.
    pub lead_in: Span,
    pub weight: u32,
    /// By deployment, then by replication.
    pub tallies: Vec<Vec<Tally>>,
}
