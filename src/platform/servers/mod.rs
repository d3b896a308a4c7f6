//! Servers: a fixed number of machines behind a balancer, paid for whether they work or not.
//!
//! A request goes to the server that the balancer names. It starts at once if the server has a place in service for it
//! (a worker, or a share of the cores), else it waits in the server's accept queue, first come first served, and a full
//! queue drops it. Requests never move to another server. A client that was dropped may try again: the balancer chooses
//! anew, and latency counts from the first attempt.
//!
//! A time-out runs from the start of execution and frees the place. Work that ends exactly at its time-out is complete.

mod cores;
mod fleet;
mod request;
mod slots;
mod spec;

pub use fleet::{Event, Servers};
pub use spec::*;
