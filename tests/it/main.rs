//! One binary for all integration tests: it links once.

mod arrivals;
mod cold_starts;
mod parity;
mod support;
mod traces;
