//! One binary for all integration tests: it links once.

mod arrivals;
mod billing;
mod cold_starts;
mod parity;
mod support;
mod traces;
