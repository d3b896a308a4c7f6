//! breakeven: what a workload costs, and how it behaves, on functions and on servers.
//!
//! The story in ten lines. A [`scenario`] file says what the code needs, who asks for it, and the ways to host it; checked and
//! compiled it is a [`scenario::Plan`]. A [`study`] runs the plan: a [`workload`] draws or reads invocations, an [`engine`] keeps
//! the order of time, and a [`platform`] (functions, servers) says what happens, with a [`policy`] for each small decision.
//! A [`record`] remembers what happened as integers, [`stats`] makes figures of them, and [`billing`] makes a bill, in exact
//! decimals. [`results`] hold the whole answer, a [`report`] draws it, and [`cli`] is the program `sim`. [`units`] are what all of
//! them count in; [`rng`] is where chance comes from, by name, so that a seed decides every result to the last bit.
//!
//! ARCHITECTURE.md has the map, the layers and the invariants; docs/models.md says what is assumed and what is left out.

pub mod billing;
pub mod cli;
pub mod engine;
pub mod ids;
pub mod platform;
pub mod policy;
pub mod record;
pub mod report;
pub mod results;
pub mod rng;
pub mod scenario;
pub mod stats;
pub mod study;
pub mod units;
pub mod workload;
