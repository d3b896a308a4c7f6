//! What a run leaves behind: `results.json`, `run.json` and tables.

mod assemble;
mod bill;
mod figures;
mod per_site;
mod rows;
mod runs;
mod schema;
mod sites;
pub mod store;
mod tables;

pub use assemble::assemble;
pub use runs::Runs;
pub use schema::*;
pub use sites::*;
pub use tables::*;
