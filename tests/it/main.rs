//! One binary for all integration tests: it links once.

mod arrivals;
mod azure2019;
mod billing;
mod cli;
mod closed_form;
mod cold_starts;
mod distributions;
mod golden;
mod intervals;
mod layering;
mod one_function;
mod parity;
mod queueing;
mod readme;
mod report;
mod scenario;
mod servers_laws;
mod servers_speed;
mod sources;
mod support;
mod systems;
mod tidy;
mod traces;
mod verdict;
