//! From a file to something that must run.

mod plan;

pub use plan::*;
