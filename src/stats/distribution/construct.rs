//! Distributions by their natural parameters.

use super::normal::MAX_CV;
use super::{Distribution, Gamma, Pareto, TruncatedNormal};
use crate::units::Span;

/// Why there is no such distribution. Lengths are printed in seconds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    #[error("`{name}` is {value}; it must be more than zero and finite")]
    NotPositive { name: &'static str, value: f64 },
    #[error("`{name}` is {value}; it must be zero or more and finite")]
    Negative { name: &'static str, value: f64 },
    #[error("`{name}` is {value}; it must be a finite number")]
    NotFinite { name: &'static str, value: f64 },
    #[error("`{low_name}` ({low}) is not below `{high_name}` ({high})")]
    NotBelow { low_name: &'static str, low: f64, high_name: &'static str, high: f64 },
    #[error("`cv` is {value}; a {family} needs {needed}")]
    CvOutOfRange { family: &'static str, value: f64, needed: &'static str },
    #[error("`shape` is {value}; {needed}")]
    ShapeOutOfRange { value: f64, needed: &'static str },
    #[error("{what} is empty; it needs at least {least}")]
    TooFew { what: &'static str, least: usize },
    #[error("probability {value} {needed}")]
    Probability { value: f64, needed: &'static str },
    #[error("the value at probability {probability} ({value}) is below the value before it ({before})")]
    Decreasing { probability: f64, value: f64, before: f64 },
    #[error("a distribution `{family}` is not determined by {given}; give {needed}")]
    Undetermined { family: &'static str, given: String, needed: &'static str },
    #[error("`{name}` is not a distribution{}", nearest_hint(nearest))]
    UnknownFamily { name: String, nearest: Option<&'static str> },
}

fn nearest_hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`"))
}

type Made = Result<Distribution, DistributionError>;

/// Most stages of an Erlang distribution; the coefficient of variation is then 0.1 %.
const MAX_STAGES: u32 = 1_000_000;

pub(super) fn positive(name: &'static str, value: f64) -> Result<f64, DistributionError> {
    let good = value.is_finite() && value > 0.0;
    good.then_some(value).ok_or(DistributionError::NotPositive { name, value })
}

fn not_negative(name: &'static str, value: f64) -> Result<f64, DistributionError> {
    let good = value.is_finite() && value >= 0.0;
    good.then_some(value).ok_or(DistributionError::Negative { name, value })
}

pub(super) fn below(
    low_name: &'static str,
    low: f64,
    high_name: &'static str,
    high: f64,
) -> Result<(), DistributionError> {
    if low < high { Ok(()) } else { Err(DistributionError::NotBelow { low_name, low, high_name, high }) }
}

impl Gamma {
    pub(super) fn new(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        let (shape, scale) = (positive("shape", shape)?, positive("scale", scale)?);
        let sampler = rand_distr::Gamma::new(shape, scale)
            .map_err(|_| DistributionError::NotPositive { name: "shape", value: shape })?;
        Ok(Self { shape, scale, sampler })
    }

    pub const fn shape(&self) -> f64 {
        self.shape
    }

    pub const fn scale(&self) -> f64 {
        self.scale
    }
}

impl Distribution {
    pub fn uniform(low: f64, high: f64) -> Made {
        let (low, high) = (not_negative("min", low)?, not_negative("max", high)?);
        below("min", low, "max", high)?;
        Ok(Self::Uniform { low, high })
    }

    pub fn exponential(mean: f64) -> Made {
        Ok(Self::Exponential { mean: positive("mean", mean)? })
    }

    pub fn erlang(stages: u32, mean: f64) -> Made {
        if !(1..=MAX_STAGES).contains(&stages) {
            let needed = "an erlang has 1 to 1000000 stages";
            return Err(DistributionError::ShapeOutOfRange { value: f64::from(stages), needed });
        }
        Ok(Self::Erlang(Gamma::new(f64::from(stages), positive("mean", mean)? / f64::from(stages))?))
    }

    pub fn gamma(shape: f64, scale: f64) -> Made {
        Ok(Self::Gamma(Gamma::new(shape, scale)?))
    }

    pub fn weibull(shape: f64, scale: f64) -> Made {
        let (shape, scale) = (positive("shape", shape)?, positive("scale", scale)?);
        if shape < 0.05 {
            let needed = "a weibull needs at least 0.05";
            return Err(DistributionError::ShapeOutOfRange { value: shape, needed });
        }
        Ok(Self::Weibull { shape, scale })
    }

    /// `mu` and `sigma` of the logarithm of seconds.
    pub fn lognormal(mu: f64, sigma: f64) -> Made {
        if !mu.is_finite() {
            return Err(DistributionError::NotFinite { name: "mu", value: mu });
        }
        Ok(Self::Lognormal { mu, sigma: not_negative("sigma", sigma)? })
    }

    /// Truncated at zero; `mean` and `deviation` are those of the draws, after the truncation.
    pub fn normal(mean: f64, deviation: f64) -> Made {
        let cv = positive("sd", deviation)? / positive("mean", mean)?;
        if cv > MAX_CV {
            let needed = "at most 0.95, since it is cut at zero; a gamma can vary more";
            return Err(DistributionError::CvOutOfRange { family: "normal", value: cv, needed });
        }
        Ok(Self::Normal(TruncatedNormal::new(mean, cv)))
    }

    /// From `low` on, and up to `high` if it is bounded.
    pub fn pareto(shape: f64, low: f64, high: Option<f64>) -> Made {
        let (shape, low) = (positive("shape", shape)?, positive("min", low)?);
        let high = high.map_or(Ok(f64::INFINITY), |high| positive("max", high))?;
        below("min", low, "max", high)?;
        Ok(Self::Pareto(Pareto::new(shape, low, high)))
    }

    /// Branches `(probability, mean)`; the probabilities are scaled to sum to 1.
    pub fn hyperexponential(branches: &[(f64, f64)]) -> Made {
        for (_, mean) in branches {
            positive("mean", *mean)?;
        }
        Ok(Self::Hyperexponential(cumulative(branches.iter().copied(), "the list of branches")?.into()))
    }

    /// Parts `(weight, distribution)`; the weights are scaled to sum to 1.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Made {
        Ok(Self::Mixture(cumulative(parts.into_iter(), "the list of parts")?.into()))
    }

    /// Points `(probability, value)`, linear between them. Probabilities increase, values do not decrease. The first
    /// value also stands for all smaller probabilities, the last for all greater ones.
    pub fn quantiles(points: &[(f64, f64)]) -> Made {
        if points.is_empty() {
            return Err(DistributionError::TooFew { what: "the list of quantiles", least: 1 });
        }
        for (probability, value) in points {
            if !(0.0..=1.0).contains(probability) {
                return Err(DistributionError::Probability { value: *probability, needed: "is not between 0 and 1" });
            }
            not_negative("value", *value)?;
        }
        for pair in points.windows(2) {
            let ((p0, v0), (p1, v1)) = (pair[0], pair[1]);
            if p1 <= p0 {
                return Err(DistributionError::Probability { value: p1, needed: "does not follow the one before it" });
            }
            if v1 < v0 {
                return Err(DistributionError::Decreasing { probability: p1, value: v1, before: v0 });
            }
        }
        Ok(Self::Quantiles(points.into()))
    }

    /// Each of the values equally likely; a value that stands twice is twice as likely.
    pub fn empirical(mut values: Vec<Span>) -> Made {
        if values.is_empty() {
            return Err(DistributionError::TooFew { what: "the list of values", least: 1 });
        }
        values.sort_unstable();
        Ok(Self::Empirical(values.into()))
    }
}

/// Turns weights into cumulative probabilities whose last is 1.
fn cumulative<T>(
    parts: impl ExactSizeIterator<Item = (f64, T)>,
    what: &'static str,
) -> Result<Vec<(f64, T)>, DistributionError> {
    if parts.len() == 0 {
        return Err(DistributionError::TooFew { what, least: 1 });
    }
    let mut sum = 0.0;
    let mut sums = Vec::with_capacity(parts.len());
    for (weight, part) in parts {
        sum += not_negative("weight", weight)?;
        sums.push((sum, part));
    }
    positive("sum of weights", sum)?;
    for (cumulative, _) in &mut sums {
        *cumulative /= sum;
    }
    Ok(sums)
}
