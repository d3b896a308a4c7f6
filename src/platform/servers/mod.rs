//! Servers: a fixed number of machines behind a balancer, paid for whether they work or not.

mod spec;

pub use spec::*;
