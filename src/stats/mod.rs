//! Statistics: distributions, histograms, intervals and the closed forms of queueing theory.

mod distribution;
mod histogram;

pub use distribution::Distribution;
pub use histogram::Histogram;
