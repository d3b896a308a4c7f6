//! Arguments of every command that reads a scenario.

use std::path::PathBuf;

use clap::Args;

use crate::scenario::{Base, Overrides, Problems};

#[derive(Args)]
pub struct ScenarioArguments {
    /// The scenario file (TOML)
    #[arg(value_name = "SCENARIO")]
    pub path: PathBuf,

    /// Set a key of the scenario, such as deployments.lambda.memory=1GB
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Seed of all random numbers
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,

    /// Independent repetitions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub replications: Option<u32>,

    /// Sort traces instead of refusing rows that are out of order
    #[arg(long)]
    pub sort: bool,
}

impl ScenarioArguments {
    /// The scenario, to be compiled many times.
    pub fn base(&self) -> Result<Base, Problems> {
        let overrides =
            Overrides { set: self.set.clone(), seed: self.seed, replications: self.replications, sort: self.sort };
        Base::read(&self.path, &overrides)
    }
}

/// The text of `--seed`.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}
