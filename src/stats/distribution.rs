//! Distributions of lengths of time.

use rand_distr::Distribution as _;

use crate::rng::Stream;
use crate::units::Span;

/// A distribution of a length of time, valid by construction and ready to sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    Constant(Span),
    Exponential { mean: f64 },
    Lognormal { mu: f64, sigma: f64 },
}

impl Distribution {
    /// Draws one length.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Exponential { mean } => {
                let unit: f64 = rand_distr::Exp1.sample(stream);
                Span::from_seconds_f64(mean * unit)
            }
            Self::Lognormal { mu, sigma } => {
                let z: f64 = rand_distr::StandardNormal.sample(stream);
                Span::from_seconds_f64((mu + sigma * z).exp())
            }
        }
    }
}
