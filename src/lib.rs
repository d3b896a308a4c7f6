//! breakeven: what a workload costs, and how it behaves, on functions, servers and mixes of both.

pub mod billing;
pub mod cli;
pub mod ids;
pub mod platform;
pub mod policy;
pub mod results;
pub mod rng;
pub mod scenario;
pub mod stats;
pub mod units;
pub mod workload;
