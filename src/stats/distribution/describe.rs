//! What is known of a distribution without sampling it: mean, probabilities, quantiles, a line for reports.

use std::fmt;

use statrs::function::erf::erfc;
use statrs::function::gamma::{gamma_lr, ln_gamma};

use super::stated::NORMAL_P99;
use super::{Distribution, interpolate};
use crate::units::Span;

impl Distribution {
    /// Mean in seconds; `None` where it is infinite.
    pub fn mean(&self) -> Option<f64> {
        match self {
            Self::Constant(span) => Some(span.seconds()),
            Self::Uniform { low, high } => Some(f64::midpoint(*low, *high)),
            Self::Exponential { mean } => Some(*mean),
            Self::Erlang(gamma) | Self::Gamma(gamma) => Some(gamma.shape() * gamma.scale()),
            Self::Weibull { shape, scale } => Some(scale * ln_gamma(1.0 + shape.recip()).exp()),
            Self::Lognormal { mu, sigma } => Some((mu + sigma * sigma / 2.0).exp()),
            Self::Normal(normal) => Some(normal.mean()),
            Self::Pareto(pareto) => pareto.mean(),
            Self::Hyperexponential(branches) => weighted(branches, |mean| Some(*mean)),
            Self::Mixture(parts) => weighted(parts, Self::mean),
            Self::Quantiles(points) => Some(mean_of_quantiles(points)),
            Self::Empirical(values) => {
                Some(values.iter().map(|value| value.seconds()).sum::<f64>() / values.len() as f64)
            }
        }
    }

    /// P(X ≤ `seconds`).
    pub fn cdf(&self, seconds: f64) -> f64 {
        let x = seconds.max(0.0);
        match self {
            Self::Constant(span) => f64::from(u8::from(span.seconds() <= seconds)),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Exponential { mean } => -(-x / mean).exp_m1(),
            Self::Erlang(gamma) | Self::Gamma(gamma) if x > 0.0 => gamma_lr(gamma.shape(), x / gamma.scale()),
            Self::Erlang(_) | Self::Gamma(_) => 0.0,
            Self::Weibull { shape, scale } => -(-(x / scale).powf(*shape)).exp_m1(),
            Self::Lognormal { mu, sigma } if *sigma > 0.0 => {
                0.5 * erfc((mu - x.ln()) / (sigma * std::f64::consts::SQRT_2))
            }
            Self::Lognormal { mu, .. } => f64::from(u8::from(mu.exp() <= x)),
            Self::Normal(normal) => normal.cdf(x),
            Self::Pareto(pareto) => pareto.cdf(x),
            Self::Hyperexponential(branches) => {
                weighted(branches, |mean| Some(-(-x / mean).exp_m1())).unwrap_or(f64::NAN)
            }
            Self::Mixture(parts) => weighted(parts, |part| Some(part.cdf(seconds))).unwrap_or(f64::NAN),
            Self::Quantiles(points) => cdf_of_quantiles(points, seconds),
            Self::Empirical(values) => {
                values.partition_point(|value| value.seconds() <= seconds) as f64 / values.len() as f64
            }
        }
    }

    /// The smallest length, in seconds, that is not exceeded with probability `p`; `None` unless `0 <= p <= 1`, and for
    /// `p = 1` where there is no greatest length.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&p) {
            return None;
        }
        let value = match self {
            Self::Constant(span) => span.seconds(),
            Self::Uniform { low, high } => low + (high - low) * p,
            Self::Exponential { mean } => -mean * (-p).ln_1p(),
            Self::Weibull { shape, scale } => scale * (-(-p).ln_1p()).powf(shape.recip()),
            Self::Pareto(pareto) => pareto.quantile(p),
            Self::Quantiles(points) => interpolate(points, p),
            Self::Empirical(values) => {
                let rank = (p * values.len() as f64).ceil() as usize;
                values[rank.clamp(1, values.len()) - 1].seconds()
            }
            Self::Mixture(parts) if p == 1.0 => greatest(parts)?,
            Self::Erlang(_) | Self::Gamma(_) | Self::Lognormal { .. } | Self::Normal(_) | Self::Hyperexponential(_)
                if p == 1.0 =>
            {
                f64::INFINITY
            }
            Self::Erlang(_)
            | Self::Gamma(_)
            | Self::Lognormal { .. }
            | Self::Normal(_)
            | Self::Hyperexponential(_)
            | Self::Mixture(_) => self.invert(p),
        };
        value.is_finite().then_some(value)
    }

    /// Inverts the distribution function by bisection, to the last bit or so.
    fn invert(&self, p: f64) -> f64 {
        let mut high = 1e-9;
        while self.cdf(high) < p && high < 1e15 {
            high *= 2.0;
        }
        let mut low = 0.0;
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if self.cdf(middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// Whether every draw is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Constant(span) => *span == Span::ZERO,
            Self::Empirical(values) => values.iter().all(|value| *value == Span::ZERO),
            Self::Quantiles(points) => points.iter().all(|(_, value)| *value == 0.0),
            Self::Mixture(parts) => parts.iter().all(|(_, part)| part.is_zero()),
            _ => false,
        }
    }

    fn cv_of_branches(branches: &[(f64, f64)]) -> f64 {
        let mean = weighted(branches, |mean| Some(*mean)).unwrap_or(f64::NAN);
        let square = weighted(branches, |mean| Some(2.0 * mean * mean)).unwrap_or(f64::NAN);
        (square / (mean * mean) - 1.0).sqrt()
    }
}

/// The sum of `value` over the branches, by their probabilities.
fn weighted<T>(branches: &[(f64, T)], value: impl Fn(&T) -> Option<f64>) -> Option<f64> {
    let mut before = 0.0;
    let mut sum = 0.0;
    for (cumulative, branch) in branches {
        if *cumulative > before {
            sum += (cumulative - before) * value(branch)?;
        }
        before = *cumulative;
    }
    Some(sum)
}

fn greatest(parts: &[(f64, Distribution)]) -> Option<f64> {
    parts.iter().try_fold(0.0, |greatest: f64, (_, part)| Some(greatest.max(part.quantile(1.0)?)))
}

fn mean_of_quantiles(points: &[(f64, f64)]) -> f64 {
    let (Some((first_p, first)), Some((last_p, last))) = (points.first(), points.last()) else { return 0.0 };
    let inner: f64 = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1)).sum();
    first_p * first + inner + (1.0 - last_p) * last
}

fn cdf_of_quantiles(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|(_, value)| *value <= x);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some((p0, v0)), Some((p1, v1))) => p0 + (p1 - p0) * (x - v0) / (v1 - v0),
        (Some(_), None) => 1.0,
        (None, _) => 0.0,
    }
}

/// One line for reports: the family and the statistics by which people recognise it.
impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = Span::from_seconds_f64;
        match self {
            Self::Constant(value) => write!(f, "constant {value}"),
            Self::Uniform { low, high } => write!(f, "uniform, {} to {}", span(*low), span(*high)),
            Self::Exponential { mean } => write!(f, "exponential, mean {}", span(*mean)),
            Self::Erlang(gamma) => {
                let (stages, mean) = (gamma.shape(), gamma.shape() * gamma.scale());
                write!(f, "erlang, {stages} stages, mean {}", span(mean))
            }
            Self::Gamma(gamma) => {
                let (shape, mean) = (gamma.shape(), gamma.shape() * gamma.scale());
                write!(f, "gamma, shape {shape:.4}, mean {}", span(mean))
            }
            Self::Weibull { shape, .. } => {
                write!(f, "weibull, shape {shape:.4}, mean {}", span(self.mean().unwrap_or(0.0)))
            }
            Self::Lognormal { mu, sigma } => {
                write!(f, "lognormal, median {}, p99 {}", span(mu.exp()), span((mu + NORMAL_P99 * sigma).exp()))
            }
            Self::Normal(normal) => {
                write!(f, "normal above zero, mean {}, sd {}", span(normal.mean()), span(normal.mean() * normal.cv()))
            }
            Self::Pareto(pareto) if pareto.high().is_infinite() => {
                write!(f, "pareto, shape {:.4}, from {}", pareto.shape(), span(pareto.low()))
            }
            Self::Pareto(pareto) => {
                let (low, high) = (span(pareto.low()), span(pareto.high()));
                write!(f, "pareto, shape {:.4}, {low} to {high}", pareto.shape())
            }
            Self::Hyperexponential(branches) => {
                let (mean, cv) = (self.mean().unwrap_or(0.0), Self::cv_of_branches(branches));
                write!(f, "hyperexponential, mean {}, cv {cv:.3}", span(mean))
            }
            Self::Mixture(parts) => write!(f, "mixture of {}{}", parts.len(), MeanText(self.mean())),
            Self::Quantiles(points) => {
                let (median, p99) = (interpolate(points, 0.5), interpolate(points, 0.99));
                write!(f, "quantiles, median {}, p99 {}", span(median), span(p99))
            }
            Self::Empirical(values) => write!(f, "empirical, {} values{}", values.len(), MeanText(self.mean())),
        }
    }
}

/// `, mean 45ms`, or nothing where there is none.
struct MeanText(Option<f64>);

impl fmt::Display for MeanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |mean| write!(f, ", mean {}", Span::from_seconds_f64(mean)))
    }
}
