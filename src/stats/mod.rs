//! Statistics: distributions, histograms, intervals and the closed forms of queueing theory.

mod distribution;

pub use distribution::{Distribution, DistributionError, Family, Gamma, Pareto, Stated, TruncatedNormal};
pub(crate) use distribution::{uniform, unit_exponential};
