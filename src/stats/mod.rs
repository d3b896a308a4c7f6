//! Statistics: distributions, histograms, intervals and the closed forms of queueing theory.

pub mod capacity;
pub mod closed_form;
pub mod cold_starts;
pub mod deviations;
mod distribution;
mod histogram;
mod interval;
pub mod mser;
pub mod networks;

pub use deviations::Deviations;
pub use distribution::{Distribution, DistributionError, Family, Gamma, Pareto, Stated, TruncatedNormal};
pub(crate) use distribution::{uniform, unit_exponential};
pub use histogram::{Histogram, Packed};
pub use interval::{Interval, batch_means, mean, mean_and_error, median, wilson};
