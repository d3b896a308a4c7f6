//! Figures on both sides, and what is known of their difference.

use serde::{Deserialize, Serialize};

use crate::results::{DeploymentResult, Metric};
use crate::stats::{Interval, mean_and_error};

/// A figure on both sides. `null` where it was not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// `cost`, `p99`, ...
    pub metric: String,
    pub base: Option<f64>,
    pub head: Option<f64>,
    /// 95 % intervals of the two by themselves.
    pub base_ci95: Option<[f64; 2]>,
    pub head_ci95: Option<[f64; 2]>,
    /// Head less base.
    pub difference: Option<f64>,
    /// As a share of the base; `null` where that is zero.
    pub relative: Option<f64>,
    /// Of `difference`.
    pub ci95: Option<[f64; 2]>,
    /// Of `relative`: the base is not taken as exact.
    pub relative_ci95: Option<[f64; 2]>,
    /// How the interval was found.
    pub interval: IntervalKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Both sides served the same invocations, replication by replication.
    Paired,
    /// Welch's t interval of independent samples.
    Unpaired,
    /// From the intervals of both sides, as if they were independent: too wide where they served the same invocations.
    Combined,
    /// One replication, or no samples in the results.
    None,
}

impl IntervalKind {
    /// Its word in tables and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paired => "paired",
            Self::Unpaired => "unpaired",
            Self::Combined => "combined",
            Self::None => "none",
        }
    }
}

impl Difference {
    /// Whether chance explains the difference; `None` where nobody can tell.
    pub fn is_noise(&self) -> Option<bool> {
        if self.difference == Some(0.0) {
            return Some(true);
        }
        self.ci95.map(|[low, high]| low <= 0.0 && high >= 0.0)
    }
}

/// A figure by which results are compared: its name, and where it stands in them.
pub struct Figure {
    pub name: &'static str,
    /// Of sweeps, and of the samples by replication.
    pub metric: Metric,
    of: fn(&DeploymentResult) -> Option<f64>,
    /// Its interval, where the results state one.
    ci95: fn(&DeploymentResult) -> Option<[f64; 2]>,
}

/// In the order in which they are shown.
pub const FIGURES: [Figure; 9] = [
    Figure {
        name: "cost",
        metric: Metric::CostPerMonth,
        of: |one| Some(one.cost.per_month.to_f64()),
        ci95: |one| one.cost.ci95,
    },
    Figure { name: "cost.total", metric: Metric::CostTotal, of: |one| Some(one.cost.total.to_f64()), ci95: |_| None },
    Figure {
        name: "mean",
        metric: Metric::LatencyMean,
        of: |one| one.latency_s.mean,
        ci95: |one| one.latency_s.ci95.mean,
    },
    Figure { name: "p50", metric: Metric::LatencyP50, of: |one| one.latency_s.p50, ci95: |_| None },
    Figure { name: "p95", metric: Metric::LatencyP95, of: |one| one.latency_s.p95, ci95: |_| None },
    Figure { name: "p99", metric: Metric::LatencyP99, of: |one| one.latency_s.p99, ci95: |one| one.latency_s.ci95.p99 },
    Figure {
        name: "cold",
        metric: Metric::ColdFraction,
        of: |one| one.cold_start.fraction,
        ci95: |one| one.cold_start.ci95,
    },
    Figure { name: "errors", metric: Metric::Errors, of: |one| Some(one.errors()), ci95: |_| None },
    Figure { name: "utilization", metric: Metric::Utilization, of: |one| one.capacity.utilization, ci95: |_| None },
];

/// What one side knows of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub value: Option<f64>,
    /// By replication, where results keep them.
    samples: Option<Vec<f64>>,
    ci95: Option<[f64; 2]>,
}

impl Known {
    /// Of a sweep: a mean, and the ends of its interval.
    pub fn of_ends([value, low, high]: [Option<f64>; 3]) -> Self {
        Self { value, samples: None, ci95: low.zip(high).map(|(low, high)| [low, high]) }
    }

    /// `replicated`: replications are draws of the load; those of a trace are the same one, and tell nothing of its spread.
    pub fn of_result(figure: &Figure, one: &DeploymentResult, replicated: bool) -> Self {
        let samples = one.samples.get(figure.metric.name()).filter(|_| replicated);
        let samples = samples.and_then(|samples| samples.iter().copied().collect::<Option<Vec<f64>>>());
        Self { value: (figure.of)(one), samples, ci95: (figure.ci95)(one) }
    }

    /// The same, so many times as large.
    fn times(&self, factor: f64) -> Self {
        let scaled = |[low, high]: [f64; 2]| [(low * factor).min(high * factor), (low * factor).max(high * factor)];
        Self {
            value: self.value.map(|value| value * factor),
            samples: self.samples.as_ref().map(|samples| samples.iter().map(|sample| sample * factor).collect()),
            ci95: self.ci95.map(scaled),
        }
    }

    /// The samples, if they tell of their spread.
    fn several(&self) -> Option<&[f64]> {
        self.samples.as_deref().filter(|samples| samples.len() > 1)
    }

    /// Of the figure itself: that of its samples, else what the results state.
    pub fn interval(&self) -> Option<[f64; 2]> {
        let own = self.several().and_then(Interval::of).map(ends);
        own.or(self.ci95)
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low(), interval.high()]
}

/// `head` less `base`; `paired`: sample by sample.
pub fn difference(name: &str, base: &Known, head: &Known, paired: bool) -> Difference {
    let [before, after] = [base.value, head.value];
    let difference = before.zip(after).map(|(before, after)| after - before);
    let (ci95, interval) = match (base.several(), head.several()) {
        (Some(a), Some(b)) if paired => (Interval::of_differences(b, a).map(ends), IntervalKind::Paired),
        (Some(a), Some(b)) => (welch(b, a).map(ends), IntervalKind::Unpaired),
        _ => (combined(base, head), IntervalKind::Combined),
    };
    let relative = before.zip(difference).filter(|(before, _)| *before != 0.0).map(|(before, by)| by / before);
    let relative_ci95 = relative.and_then(|relative| of_ratio(base, head, relative, paired));
    Difference {
        metric: name.to_owned(),
        base: before,
        head: after,
        base_ci95: base.interval(),
        head_ci95: head.interval(),
        difference,
        relative,
        ci95,
        relative_ci95,
        interval: if ci95.is_some() { interval } else { IntervalKind::None },
    }
}

/// The 95 % interval of the change of a mean as a share of it: that of what the head differs from so many times the base, so
/// that the base is not taken as exact. In pairs, a head that is always six percent more is surely six percent more.
fn of_ratio(base: &Known, head: &Known, relative: f64, paired: bool) -> Option<[f64; 2]> {
    let expected = base.times(1.0 + relative);
    let rest = match (expected.several(), head.several()) {
        (Some(a), Some(b)) if paired => Interval::of_differences(b, a).map(ends),
        (Some(a), Some(b)) => welch(b, a).map(ends),
        _ => combined(&expected, head),
    };
    let [low, high] = rest?.map(|end| relative + end / base.value.unwrap_or(f64::NAN));
    Some([low.min(high), low.max(high)])
}

/// The 95 % interval of the difference of two means of independent samples with variances of their own (Welch 1947).
fn welch(a: &[f64], b: &[f64]) -> Option<Interval> {
    let ((mean_a, error_a), (mean_b, error_b)) = (mean_and_error(a)?, mean_and_error(b)?);
    let (var_a, var_b) = (error_a.powi(2), error_b.powi(2));
    let mean = mean_a - mean_b;
    if var_a + var_b == 0.0 {
        return Some(Interval { mean, half_width: 0.0 });
    }
    let share = |variance: f64, count: usize| variance.powi(2) / (count as f64 - 1.0);
    let freedom = (var_a + var_b).powi(2) / (share(var_a, a.len()) + share(var_b, b.len()));
    Interval::with_freedom(mean, (var_a + var_b).sqrt(), freedom)
}

/// The interval of a difference of two figures from an interval of each: on either side the distances to the ends that pull it
/// there, squared, added, and the root (Zou and Donner 2008, "Construction of confidence limits about effect measures").
fn combined(base: &Known, head: &Known) -> Option<[f64; 2]> {
    let ([a, b], [a_ends, b_ends]) = ([base.value?, head.value?], [base.interval()?, head.interval()?]);
    let low = (b - b_ends[0]).hypot(a_ends[1] - a);
    let high = (b_ends[1] - b).hypot(a - a_ends[0]);
    Some([b - a - low, b - a + high])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::mean;

    #[test]
    fn intervals_of_independent_samples_are_welch_s() {
        let interval = welch(&[1.0, 2.0, 3.0, 4.0], &[2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((interval.mean + 1.0).abs() < 1e-12);
        // Equal variances and sizes: 6 degrees of freedom, t = 2.446912, error sqrt(2 * (5/3) / 4).
        assert!((interval.half_width - 2.446_912 * (5.0_f64 / 6.0).sqrt()).abs() < 1e-5, "{interval:?}");
        assert_eq!(welch(&[1.0, 1.0], &[3.0, 3.0]).unwrap().half_width, 0.0);
        assert!(welch(&[1.0], &[3.0, 3.0]).is_none());
    }

    /// The base differs tenfold between replications, and the head is always 6 % more.
    #[test]
    fn a_share_that_is_the_same_in_every_pair_is_known_exactly() {
        let known = |samples: &[f64]| Known { value: mean(samples), samples: Some(samples.to_vec()), ci95: None };
        let base = [50.0, 500.0, 125.0];
        let found = difference("cost", &known(&base), &known(&base.map(|cost| cost * 1.06)), true);
        let [low, high] = found.relative_ci95.unwrap();
        assert!((low - 0.06).abs() < 1e-12 && (high - 0.06).abs() < 1e-12, "{found:?}");
        // In money it is not.
        assert!(found.ci95.unwrap()[0] < 0.0);
    }

    /// 3-4-5 and 5-12-13: below, 3 of the head and 4 of the base; above, 12 of the head and 5 of the base.
    #[test]
    fn intervals_of_two_figures_are_added_as_squares_each_side_by_itself() {
        let base = Known::of_ends([Some(100.0), Some(95.0), Some(104.0)]);
        let head = Known::of_ends([Some(110.0), Some(107.0), Some(122.0)]);
        let found = difference("cost", &base, &head, true);
        assert_eq!((found.ci95, found.interval), (Some([5.0, 23.0]), IntervalKind::Combined));
        // Twice the base is from 195 to 208: below, 6 of the head and 8 of that; above, 12 and 5.
        let base = Known::of_ends([Some(100.0), Some(97.5), Some(104.0)]);
        let head = Known::of_ends([Some(200.0), Some(194.0), Some(212.0)]);
        assert_eq!(difference("cost", &base, &head, true).relative_ci95, Some([0.9, 1.13]));
        let single = difference("cost", &base, &Known::of_ends([Some(110.0), None, None]), true);
        assert_eq!((single.ci95, single.interval), (None, IntervalKind::None));
    }
}
