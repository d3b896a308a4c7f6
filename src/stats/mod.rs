//! Statistics: distributions, histograms, intervals and the closed forms of queueing theory.

mod distribution;

pub use distribution::Distribution;
