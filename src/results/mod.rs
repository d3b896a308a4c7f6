//! What a run leaves behind: `results.json`, `run.json` and tables.

mod assemble;
mod bill;
mod figures;
mod horizon;
mod owned_bill;
mod rows;
mod runs;
mod schema;
pub mod store;
mod tables;

pub use assemble::assemble;
pub use runs::{Runs, Stratum};
pub use schema::*;
pub use tables::*;
