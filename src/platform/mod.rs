//! Where invocations run.

pub mod faas;
pub mod servers;
