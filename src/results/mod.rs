//! What a run leaves behind: `results.json`, `run.json` and tables.

mod assemble;
mod bill;
mod cluster;
mod figures;
mod rows;
mod runs;
mod schema;
pub mod store;
mod tables;

pub use assemble::assemble;
pub use cluster::{Cluster, Packing};
pub use runs::Runs;
pub use schema::*;
pub use tables::*;
