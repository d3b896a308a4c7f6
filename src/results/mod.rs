//! What a run leaves behind: `results.json`, `run.json` and tables.

mod assemble;
mod bill;
mod figures;
mod interruptions;
mod rows;
mod runs;
mod schema;
mod spot_bill;
pub mod store;
mod tables;

pub use assemble::assemble;
pub use interruptions::Interruptions;
pub use runs::Runs;
pub use schema::*;
pub use tables::*;
