//! The head of the results of every study: what was studied.

use serde::{Deserialize, Serialize};

use super::sweep::SweepPlan;
use crate::scenario::Plan;

/// The scenario as it stands, before anything is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudiedScenario {
    pub name: String,
    /// SHA-256 of the resolved scenario and its traces.
    pub hash: String,
    pub seed: u64,
    pub replications: u32,
}

impl StudiedScenario {
    pub fn of(plan: &Plan) -> Self {
        Self { name: plan.name.clone(), hash: plan.hash.clone(), seed: plan.seed, replications: plan.replications }
    }

    /// Of a sweep whose parts are all that is left of it.
    pub fn of_sweep(plan: &SweepPlan) -> Self {
        Self { name: plan.name.clone(), hash: plan.hash.clone(), seed: plan.seed, replications: plan.replications }
    }
}
