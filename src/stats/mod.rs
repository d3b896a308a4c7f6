//! Statistics: distributions, histograms, intervals and the closed forms of queueing theory.

mod distribution;
mod histogram;
mod interval;

pub use distribution::{Distribution, DistributionError, Family, Gamma, Pareto, Stated, TruncatedNormal};
pub(crate) use distribution::{uniform, unit_exponential};
pub use histogram::Histogram;
pub use interval::Interval;
