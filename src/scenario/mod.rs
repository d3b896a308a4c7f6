//! From a file to something that must run.
//!
//! [`load`] reads a scenario, checks everything that can be checked before a run, and compiles it to a [`Plan`], in
//! which nothing is left to look up. Whatever is wrong is reported at once, each [problem](Problems) with its place:
//! first the form (`shape`), then what the sections mean together.

mod arrivals;
mod assumption;
mod base;
mod commitments;
mod containers;
mod deployments;
mod digest;
mod distribution;
mod document;
mod faas;
mod fleet;
mod functions;
mod horizon;
mod hybrid;
mod load;
mod magnitude;
mod objectives;
mod owned;
pub mod pack;
mod path;
mod plan;
mod pricing;
mod problem;
mod read;
mod retry;
mod set;
mod settings;
pub mod shape;
mod timetable;
mod traces;
pub mod vary;
mod workload;

use std::path::Path;

pub use arrivals::expected as expected_arrivals;
pub use assumption::Assumption;
pub use base::Base;
pub use document::{Node, Table, Value};
pub use load::{Load, expected_load};
pub use objectives::FEW_ERRORS;
pub use plan::*;
pub use problem::{Origin, Place, Problem, Problems, listed, shortened};
pub use traces::reason;

/// What the command line says about a scenario.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `PATH=VALUE`, applied in order.
    pub set: Vec<String>,
    pub seed: Option<u64>,
    pub replications: Option<u32>,
    /// Sort traces instead of refusing rows out of order.
    pub sort: bool,
}

/// Reads, checks and compiles the scenario at `path`.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Plan, Problems> {
    Base::read(path, overrides)?.plan()
}

/// As [`load`], for a text whose relative paths begin at `folder`.
pub fn load_text(name: &str, text: String, folder: &Path, overrides: &Overrides) -> Result<Plan, Problems> {
    Base::of_text(name, text, folder, overrides)?.plan()
}
