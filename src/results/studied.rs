//! The head of the results of every study: what was studied.

use serde::{Deserialize, Serialize};

use super::WarmupFound;
use super::sweep::SweepPlan;
use crate::scenario::Plan;
use crate::units::Span;

/// The scenario as it stands, before anything is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudiedScenario {
    pub name: String,
    /// SHA-256 of the resolved scenario and its traces.
    pub hash: String,
    pub seed: u64,
    pub replications: u32,
    /// Left out of counts in every configuration that does not say its own.
    #[serde(default)]
    pub warmup_s: f64,
    /// `null` where the scenario says how long the warm-up is.
    #[serde(default)]
    pub warmup_found: Option<WarmupFound>,
    /// The scenario's file, comments and all; of a sweep every value by its path; empty in results of earlier versions.
    #[serde(default)]
    pub text: String,
}

/// Whether a scenario has objectives, where a file of an earlier version does not say: they were spoken of then.
pub const fn yes() -> bool {
    true
}

impl StudiedScenario {
    /// `found`: the warm-up, where the plan leaves it to be found.
    pub fn of(plan: &Plan, found: Option<&(Span, WarmupFound)>) -> Self {
        Self {
            name: plan.name.clone(),
            hash: plan.hash.clone(),
            seed: plan.seed,
            replications: plan.replications,
            warmup_s: found.map_or(plan.warmup, |(warmup, _)| *warmup).seconds(),
            warmup_found: found.map(|(_, found)| found.clone()),
            text: plan.text.to_string(),
        }
    }

    /// Of a sweep whose parts are all that is left of it.
    pub fn of_sweep(plan: &SweepPlan) -> Self {
        Self {
            name: plan.name.clone(),
            hash: plan.hash.clone(),
            seed: plan.seed,
            replications: plan.replications,
            warmup_s: plan.warmup_s,
            warmup_found: plan.warmup_found.clone(),
            text: plan.values.iter().map(|(path, value)| format!("{path} = {value}\n")).collect(),
        }
    }
}
