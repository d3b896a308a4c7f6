//! One binary for all integration tests: it links once.

mod arrivals;
mod azure2019;
mod billing;
mod cli;
mod closed_form;
mod closed_forms_faas;
mod cold_starts;
mod determinism;
mod distributions;
mod faas_laws;
mod interrupt;
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
