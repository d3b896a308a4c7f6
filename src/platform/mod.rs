//! Where invocations run.

pub mod faas;
pub mod fleet;
pub mod hybrid;
