//! From a file to something that must run.

mod distribution;
mod document;
pub mod pack;
mod plan;
mod problem;
mod read;
mod set;
pub mod shape;

pub use plan::*;
