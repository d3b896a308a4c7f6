//! One binary for all integration tests: it links once.

mod arrivals;
mod azure2019;
mod billing;
mod cli;
mod closed_form;
mod cold_starts;
mod distributions;
mod faas_laws;
mod intervals;
mod one_function;
mod parity;
mod queueing;
mod replay;
mod report;
mod scenario;
mod servers_laws;
mod servers_speed;
mod support;
mod systems;
mod traces;
mod verdict;
