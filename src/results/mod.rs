//! What a run leaves behind: `results.json`, `run.json` and tables.

mod schema;
pub mod store;
mod tables;

pub use schema::*;
pub use tables::*;
