//! One binary for all integration tests: it links once.

mod parity;
mod support;
