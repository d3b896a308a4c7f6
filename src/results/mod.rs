//! What a run leaves behind: `results.json`, `run.json` and tables.

mod assemble;
mod bill;
mod capacity;
mod claims;
mod cluster;
mod commitments;
pub mod crossings;
mod figures;
mod horizon;
mod interruptions;
pub mod optimum;
mod outcome;
mod owned_bill;
mod per_site;
mod probes;
mod rows;
mod runs;
mod schema;
mod sites;
mod spot_bill;
pub mod store;
pub mod sweep;
mod tables;

pub use assemble::assemble;
pub use capacity::*;
pub use claims::*;
pub use cluster::{Cluster, Packing};
pub use commitments::CommitmentResult;
pub use interruptions::Interruptions;
pub use outcome::{Metric, Outcome, cheapest};
pub use probes::*;
pub use runs::{Runs, Stratum};
pub use schema::*;
pub use sites::*;
pub use tables::*;
