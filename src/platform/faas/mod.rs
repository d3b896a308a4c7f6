//! Functions as a service: a pool of instances that grows with each request that finds none idle.

mod spec;

pub use spec::*;
