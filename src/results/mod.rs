//! What a run leaves behind: `results.json`, `run.json` and tables.

mod assemble;
mod bill;
mod capacity;
mod claims;
mod figures;
mod probes;
mod rows;
mod runs;
mod schema;
pub mod store;
mod tables;

pub use assemble::assemble;
pub use capacity::*;
pub use claims::*;
pub use probes::*;
pub use runs::Runs;
pub use schema::*;
pub use tables::*;
