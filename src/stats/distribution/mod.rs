//! Distributions of lengths of time.
//!
//! A [`Distribution`] is valid by construction: the constructors refuse what cannot be, so sampling neither fails nor
//! allocates. Parameters are in seconds; draws are whole nanoseconds.

mod construct;
mod describe;
mod normal;
mod pareto;
mod stated;

use std::sync::Arc;

use rand::Rng;
use rand_distr::Distribution as _;

pub use construct::DistributionError;
pub use normal::TruncatedNormal;
pub use pareto::Pareto;
pub use stated::{Family, Stated};

use crate::rng::Stream;
use crate::units::Span;

/// A distribution of a length of time, ready to sample. Lengths are seconds where they are not [`Span`]s.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    Constant(Span),
    Uniform {
        low: f64,
        high: f64,
    },
    Exponential {
        mean: f64,
    },
    /// Sum of equal exponential stages.
    Erlang(Gamma),
    Gamma(Gamma),
    Weibull {
        shape: f64,
        scale: f64,
    },
    /// `exp` of a normal with mean `mu` and standard deviation `sigma`.
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Normal(TruncatedNormal),
    Pareto(Pareto),
    /// Exponential branches: `(cumulative probability, mean)`.
    Hyperexponential(Arc<[(f64, f64)]>),
    /// `(cumulative probability, part)`.
    Mixture(Arc<[(f64, Distribution)]>),
    /// `(probability, value)`, linear between the points; the first value also stands below the first probability, the
    /// last above the last.
    Quantiles(Arc<[(f64, f64)]>),
    /// Each value equally likely; sorted.
    Empirical(Arc<[Span]>),
}

/// A gamma distribution with its sampler made ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    scale: f64,
    sampler: rand_distr::Gamma<f64>,
}

impl Distribution {
    /// Draws one length.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Exponential { mean } => Span::from_seconds_f64(mean * unit_exponential(stream)),
            Self::Lognormal { mu, sigma } => Span::from_seconds_f64((mu + sigma * unit_normal(stream)).exp()),
            _ => self.sample_less_common(stream),
        }
    }

    /// The other families, kept out of the loops that inline [`Distribution::sample`].
    fn sample_less_common(&self, stream: &mut Stream) -> Span {
        let seconds = match self {
            Self::Constant(_) | Self::Exponential { .. } | Self::Lognormal { .. } => return self.sample(stream),
            Self::Empirical(values) => return values[(uniform(stream) * values.len() as f64) as usize],
            Self::Mixture(parts) => return branch(parts, uniform(stream)).sample(stream),
            Self::Uniform { low, high } => low + (high - low) * uniform(stream),
            Self::Erlang(gamma) | Self::Gamma(gamma) => gamma.sampler.sample(stream),
            Self::Weibull { shape, scale } => scale * unit_exponential(stream).powf(shape.recip()),
            Self::Normal(normal) => normal.sample(stream),
            Self::Pareto(pareto) => pareto.quantile(uniform(stream)),
            Self::Hyperexponential(branches) => branch(branches, uniform(stream)) * unit_exponential(stream),
            Self::Quantiles(points) => interpolate(points, uniform(stream)),
        };
        Span::from_seconds_f64(seconds)
    }
}

/// The branch whose share of the cumulative probabilities holds `u`.
fn branch<T>(branches: &[(f64, T)], u: f64) -> &T {
    let index = branches.partition_point(|(cumulative, _)| *cumulative <= u);
    &branches[index.min(branches.len() - 1)].1
}

/// The value at probability `p` of a piecewise linear quantile function.
fn interpolate(points: &[(f64, f64)], p: f64) -> f64 {
    let after = points.partition_point(|(probability, _)| *probability <= p);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some((p0, v0)), Some((p1, v1))) => v0 + (v1 - v0) * (p - p0) / (p1 - p0),
        (Some((_, last)), None) => last,
        (None, first) => first.map_or(0.0, |(_, value)| *value),
    }
}

/// Uniform in `[0, 1)`, with 53 random bits.
#[inline]
pub(crate) fn uniform(stream: &mut Stream) -> f64 {
    (stream.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Exponential with mean 1.
#[inline]
pub(crate) fn unit_exponential(stream: &mut Stream) -> f64 {
    rand_distr::Exp1.sample(stream)
}

#[inline]
fn unit_normal(stream: &mut Stream) -> f64 {
    rand_distr::StandardNormal.sample(stream)
}
