//! What a run leaves behind: `results.json`, `run.json` and tables.

mod runs;
mod schema;
mod tables;

pub use runs::Runs;
pub use schema::*;
pub use tables::*;
