//! One binary for all integration tests: it links once.

mod cold_starts;
mod parity;
mod support;
