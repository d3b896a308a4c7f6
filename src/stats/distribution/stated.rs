//! Distributions by what people know of them: mean, coefficient of variation, median, p99.

use std::f64::consts::LN_2;
use std::str::FromStr;

use statrs::function::gamma::ln_gamma;

use super::construct::{below, positive};
use super::{Distribution, DistributionError};
use crate::units::Span;

/// The 99th percentile of the standard normal.
pub(super) const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// The families of distributions that a scenario can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Constant,
    Uniform,
    Exponential,
    Erlang,
    Gamma,
    Weibull,
    Lognormal,
    Normal,
    Pareto,
    Hyperexponential,
    Mixture,
    Quantiles,
    Empirical,
}

/// What is stated of a distribution instead of its natural parameters. Lengths in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stated {
    pub mean: Option<f64>,
    /// Standard deviation over mean.
    pub cv: Option<f64>,
    pub median: Option<f64>,
    pub p99: Option<f64>,
    /// Shape of a gamma, Weibull or Pareto, stages of an Erlang, sigma of a lognormal.
    pub shape: Option<f64>,
}

impl Family {
    pub const ALL: [Self; 13] = [
        Self::Constant,
        Self::Uniform,
        Self::Exponential,
        Self::Erlang,
        Self::Gamma,
        Self::Weibull,
        Self::Lognormal,
        Self::Normal,
        Self::Pareto,
        Self::Hyperexponential,
        Self::Mixture,
        Self::Quantiles,
        Self::Empirical,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Uniform => "uniform",
            Self::Exponential => "exponential",
            Self::Erlang => "erlang",
            Self::Gamma => "gamma",
            Self::Weibull => "weibull",
            Self::Lognormal => "lognormal",
            Self::Normal => "normal",
            Self::Pareto => "pareto",
            Self::Hyperexponential => "hyperexponential",
            Self::Mixture => "mixture",
            Self::Quantiles => "quantiles",
            Self::Empirical => "empirical",
        }
    }

    /// What determines a distribution of this family, for messages.
    pub const fn needed(self) -> &'static str {
        match self {
            Self::Constant => "`value`",
            Self::Uniform => "`min` and `max`, or `mean` and `cv` or `p99`",
            Self::Exponential => "one of `mean`, `median`, `p99`",
            Self::Erlang => "`mean` and `stages` or `cv`",
            Self::Gamma => "`shape` and `scale`, or `mean` and `shape` or `cv`",
            Self::Weibull => "`shape` and `scale`, or `mean` and `shape` or `cv`, or `median` and `p99`",
            Self::Lognormal => "`median` and `p99`, `cv` or `sigma`, or `mean` and `cv`, `median` or `sigma`",
            Self::Normal => "`mean` and `sd` or `cv`",
            Self::Pareto => "`shape` and `min`, `mean` or `median`, or `median` and `p99`",
            Self::Hyperexponential => "`branches`, or `mean` and `cv`",
            Self::Mixture => "`parts`",
            Self::Quantiles => "`points`",
            Self::Empirical => "`values`",
        }
    }
}

impl FromStr for Family {
    type Err = DistributionError;

    fn from_str(name: &str) -> Result<Self, DistributionError> {
        Self::ALL.into_iter().find(|family| family.name() == name).ok_or_else(|| DistributionError::UnknownFamily {
            name: name.to_owned(),
            nearest: crate::units::nearest(name, Self::ALL.map(Self::name)),
        })
    }
}

impl Stated {
    /// Every statistic that is given must be a positive number, whatever it is used for.
    fn check(self) -> Result<(), DistributionError> {
        for (name, value) in self.given() {
            positive(name, value)?;
        }
        if let (Some(median), Some(p99)) = (self.median, self.p99) {
            below("median", median, "p99", p99)?;
        }
        Ok(())
    }

    fn given(self) -> impl Iterator<Item = (&'static str, f64)> {
        let named =
            [("mean", self.mean), ("cv", self.cv), ("median", self.median), ("p99", self.p99), ("shape", self.shape)];
        named.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    fn undetermined(self, family: Family) -> DistributionError {
        let names: Vec<String> = self.given().map(|(name, _)| format!("`{name}`")).collect();
        let given = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        DistributionError::Undetermined { family: family.name(), given, needed: family.needed() }
    }
}

impl Distribution {
    /// The distribution of `family` that has the stated statistics, exactly as many as determine it.
    pub fn stated(family: Family, stated: Stated) -> Result<Self, DistributionError> {
        stated.check()?;
        let Stated { mean, cv, median, p99, shape } = stated;
        match (family, mean, cv, median, p99, shape) {
            (Family::Constant, Some(value), None, None, None, None) => {
                Ok(Self::Constant(Span::from_seconds_f64(value)))
            }
            (Family::Uniform, Some(mean), Some(cv), None, None, None) => uniform_by_cv(mean, cv),
            (Family::Uniform, Some(mean), None, None, Some(p99), None) => uniform_by_p99(mean, p99),
            (Family::Exponential, Some(mean), None, None, None, None) => Self::exponential(mean),
            (Family::Exponential, None, None, Some(median), None, None) => Self::exponential(median / LN_2),
            (Family::Exponential, None, None, None, Some(p99), None) => Self::exponential(p99 / 100f64.ln()),
            (Family::Erlang, Some(mean), Some(cv), None, None, None) => erlang(mean, (cv * cv).recip()),
            (Family::Erlang, Some(mean), None, None, None, Some(stages)) => erlang(mean, stages),
            (Family::Gamma, Some(mean), Some(cv), None, None, None) => Self::gamma((cv * cv).recip(), mean * cv * cv),
            (Family::Gamma, Some(mean), None, None, None, Some(shape)) => Self::gamma(shape, mean / shape),
            (Family::Weibull, Some(mean), Some(cv), None, None, None) => weibull_by_mean(mean, weibull_shape(cv)?),
            (Family::Weibull, Some(mean), None, None, None, Some(shape)) => weibull_by_mean(mean, shape),
            (Family::Weibull, None, None, Some(median), Some(p99), None) => weibull_by_median(median, p99),
            (Family::Lognormal, ..) => lognormal(stated),
            (Family::Normal, Some(mean), Some(cv), None, None, None) => Self::normal(mean, mean * cv),
            (Family::Pareto, Some(mean), None, None, None, Some(shape)) => pareto_by_mean(mean, shape),
            (Family::Pareto, None, None, Some(median), None, Some(shape)) => {
                Self::pareto(shape, median / 2f64.powf(shape.recip()), None)
            }
            (Family::Pareto, None, None, Some(median), Some(p99), None) => {
                let shape = 50f64.ln() / (p99 / median).ln();
                Self::pareto(shape, median / 2f64.powf(shape.recip()), None)
            }
            (Family::Hyperexponential, Some(mean), Some(cv), None, None, None) => balanced_means(mean, cv),
            _ => Err(stated.undetermined(family)),
        }
    }
}

fn uniform_by_cv(mean: f64, cv: f64) -> Result<Distribution, DistributionError> {
    let half = mean * cv * 3f64.sqrt();
    if half > mean * (1.0 + 1e-12) {
        let needed = "at most 0.577, so that it is never negative";
        return Err(DistributionError::CvOutOfRange { family: "uniform", value: cv, needed });
    }
    Distribution::uniform((mean - half).max(0.0), mean + half)
}

fn uniform_by_p99(mean: f64, p99: f64) -> Result<Distribution, DistributionError> {
    below("mean", mean, "p99", p99)?;
    let half = (p99 - mean) / 0.98;
    below("p99", p99, "1.98 times the mean", mean * 1.98 * (1.0 + 1e-12))?;
    Distribution::uniform((mean - half).max(0.0), mean + half)
}

fn erlang(mean: f64, stages: f64) -> Result<Distribution, DistributionError> {
    let whole = stages.round();
    if !(1.0..=1e6).contains(&whole) || (stages - whole).abs() > 1e-6 * whole {
        let needed = "an erlang has a whole number of stages, 1 / cv^2; a gamma takes any";
        return Err(DistributionError::ShapeOutOfRange { value: stages, needed });
    }
    Distribution::erlang(whole as u32, mean)
}

fn lognormal(stated: Stated) -> Result<Distribution, DistributionError> {
    let sigma_of_cv = |cv: f64| (cv * cv).ln_1p().sqrt();
    match (stated.mean, stated.cv, stated.median, stated.p99, stated.shape) {
        (None, None, Some(median), Some(p99), None) => {
            Distribution::lognormal(median.ln(), (p99 / median).ln() / NORMAL_P99)
        }
        (None, Some(cv), Some(median), None, None) => Distribution::lognormal(median.ln(), sigma_of_cv(cv)),
        (None, None, Some(median), None, Some(sigma)) => Distribution::lognormal(median.ln(), sigma),
        (Some(mean), Some(cv), None, None, None) => lognormal_by_mean(mean, sigma_of_cv(cv)),
        (Some(mean), None, None, None, Some(sigma)) => lognormal_by_mean(mean, sigma),
        (Some(mean), None, Some(median), None, None) => {
            below("median", median, "mean", mean)?;
            Distribution::lognormal(median.ln(), (2.0 * (mean / median).ln()).sqrt())
        }
        _ => Err(stated.undetermined(Family::Lognormal)),
    }
}

fn lognormal_by_mean(mean: f64, sigma: f64) -> Result<Distribution, DistributionError> {
    Distribution::lognormal(mean.ln() - sigma * sigma / 2.0, sigma)
}

fn weibull_by_mean(mean: f64, shape: f64) -> Result<Distribution, DistributionError> {
    Distribution::weibull(shape, mean / ln_gamma(1.0 + shape.recip()).exp())
}

fn weibull_by_median(median: f64, p99: f64) -> Result<Distribution, DistributionError> {
    let shape = (100f64.ln() / LN_2).ln() / (p99 / median).ln();
    Distribution::weibull(shape, median / LN_2.powf(shape.recip()))
}

/// The Weibull shape that gives a coefficient of variation: `1 + cv^2 = Γ(1 + 2/k) / Γ(1 + 1/k)^2`, decreasing in k.
fn weibull_shape(cv: f64) -> Result<f64, DistributionError> {
    let cv_of = |shape: f64| (ln_gamma(1.0 + 2.0 / shape) - 2.0 * ln_gamma(1.0 + shape.recip())).exp_m1().sqrt();
    let (mut low, mut high) = (0.1f64, 1_000f64);
    if !(cv_of(high)..=cv_of(low)).contains(&cv) {
        let needed = "between 0.0013 and 430";
        return Err(DistributionError::CvOutOfRange { family: "weibull", value: cv, needed });
    }
    for _ in 0..100 {
        let middle = (low * high).sqrt();
        if cv_of(middle) > cv {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

fn pareto_by_mean(mean: f64, shape: f64) -> Result<Distribution, DistributionError> {
    if shape <= 1.0 {
        let needed = "a pareto has a mean only above 1; give `min` and `max` instead";
        return Err(DistributionError::ShapeOutOfRange { value: shape, needed });
    }
    Distribution::pareto(shape, mean * (shape - 1.0) / shape, None)
}

/// Two branches that carry half of the mean each (Morse 1958).
fn balanced_means(mean: f64, cv: f64) -> Result<Distribution, DistributionError> {
    let scv = cv * cv;
    if scv < 1.0 {
        let needed = "at least 1; an erlang or a gamma can vary less";
        return Err(DistributionError::CvOutOfRange { family: "hyperexponential", value: cv, needed });
    }
    let spread = ((scv - 1.0) / (scv + 1.0)).sqrt();
    let (likely, rare) = (0.5 * (1.0 + spread), 0.5 * (1.0 - spread));
    Distribution::hyperexponential(&[(likely, mean / (2.0 * likely)), (rare, mean / (2.0 * rare))])
}
