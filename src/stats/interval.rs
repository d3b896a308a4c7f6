//! Confidence intervals of means, from replications or batches that are independent.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean and how far from it the true mean may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub mean: f64,
    pub half_width: f64,
}

impl Interval {
    /// The 95 % t interval; `None` for fewer than two values, which tell nothing of their spread.
    pub fn of(values: &[f64]) -> Option<Self> {
        Self::with_confidence(values, 0.95)
    }

    /// The t interval that covers the true mean with probability `confidence`, if the values are independent and normal;
    /// means of long runs nearly are.
    pub fn with_confidence(values: &[f64], confidence: f64) -> Option<Self> {
        let (mean, error) = mean_and_error(values)?;
        let freedom = (values.len() - 1) as f64;
        let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.5 + confidence / 2.0);
        Some(Self { mean, half_width: quantile * error })
    }

    /// The 95 % t interval of a mean with this standard error, which has as many degrees of freedom.
    pub fn with_freedom(mean: f64, error: f64, freedom: f64) -> Option<Self> {
        let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
        Some(Self { mean, half_width: quantile * error })
    }

    /// The 95 % t interval of `a - b`, where both saw the same randomness replication by replication: far narrower than the
    /// two intervals apart. `None` for fewer than two pairs, or if one has more values.
    pub fn of_differences(a: &[f64], b: &[f64]) -> Option<Self> {
        if a.len() != b.len() {
            return None;
        }
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self::of(&differences)
    }

    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    pub fn contains(&self, value: f64) -> bool {
        self.low() <= value && value <= self.high()
    }

    /// Half the width as a share of the mean; `None` if the mean is zero.
    pub fn relative_half_width(&self) -> Option<f64> {
        (self.mean != 0.0).then(|| self.half_width / self.mean.abs())
    }
}

/// The 95 % interval of a probability of which `share` was seen in `count` independent trials (Wilson 1927): right near 0 and
/// 1 too, where the spread of what was seen is none.
pub fn wilson(share: f64, count: usize) -> [f64; 2] {
    if count == 0 {
        return [0.0, 1.0];
    }
    let normal = 1.959_964 * 1.959_964 / count as f64;
    let middle = share + normal / 2.0;
    let half = (normal * (share * (1.0 - share) + normal / 4.0)).max(0.0).sqrt();
    let low = if share <= 0.0 { 0.0 } else { (middle - half) / (1.0 + normal) };
    let high = if share >= 1.0 { 1.0 } else { (middle + half) / (1.0 + normal) };
    [low, high]
}

/// The middle value, between the two middle ones of an even number; `None` of nothing.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(lower.midpoint(upper))
}

/// `None` when empty.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The mean and its standard error; `None` for fewer than two values.
pub fn mean_and_error(values: &[f64]) -> Option<(f64, f64)> {
    let mean = mean(values)?;
    if values.len() < 2 {
        return None;
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let count = values.len() as f64;
    Some((mean, (squares / (count - 1.0) / count).sqrt()))
}

/// The means of `batches` stretches of one long run, equally long; what is left over at the start, where the run is
/// furthest from its steady state, is left out. Nearly independent if a batch is much longer than the memory of the run.
/// Empty if there are fewer values than batches.
pub fn batch_means(values: &[f64], batches: usize) -> Vec<f64> {
    let length = values.len().checked_div(batches).unwrap_or(0);
    if length == 0 {
        return Vec::new();
    }
    values[values.len() - length * batches..].chunks_exact(length).filter_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_between_the_middle_values() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0, 1.0, 7.0]), Some(3.0));
        assert_eq!(median(vec![50.0, 1.0]), Some(25.5));
    }

    #[track_caller]
    fn check(interval: Option<Interval>, low: f64, high: f64, within: f64) {
        let interval = interval.expect("there are two values or more");
        let near = |actual: f64, expected: f64| (actual - expected).abs() <= within;
        assert!(near(interval.low(), low) && near(interval.high(), high), "{interval:?} is not [{low}, {high}]");
    }

    #[test]
    fn one_value_has_no_interval() {
        assert_eq!(Interval::of(&[]), None);
        assert_eq!(Interval::of(&[3.0]), None);
        assert_eq!(Interval::of_differences(&[1.0, 2.0], &[1.0]), None);
    }

    /// As Newcombe (Statistics in Medicine, 1998) prints them.
    #[test]
    fn a_probability_has_the_published_interval() {
        let near = |found: [f64; 2], expected: [f64; 2]| {
            assert!((0..2).all(|end| (found[end] - expected[end]).abs() < 5e-5), "{found:?} is not {expected:?}");
        };
        near(wilson(81.0 / 263.0, 263), [0.2553, 0.3662]);
        near(wilson(0.0, 20), [0.0, 0.1611]);
        near(wilson(1.0, 20), [0.8389, 1.0]);
        near(wilson(1.0 / 29.0, 29), [0.0061, 0.1718]);
    }

    #[test]
    fn equal_values_leave_no_doubt() {
        check(Interval::of(&[2.0; 5]), 2.0, 2.0, 0.0);
    }

    #[test]
    fn relative_half_width_is_a_share_of_the_mean() {
        assert_eq!(Interval { mean: -4.0, half_width: 1.0 }.relative_half_width(), Some(0.25));
        assert_eq!(Interval { mean: 0.0, half_width: 1.0 }.relative_half_width(), None);
    }

    #[test]
    fn batches_are_equally_long_and_end_with_the_run() {
        assert_eq!(batch_means(&[9.0, 1.0, 3.0, 5.0, 7.0], 2), [2.0, 6.0]);
        assert_eq!(batch_means(&[1.0], 2), [] as [f64; 0]);
        assert_eq!(batch_means(&[1.0], 0), [] as [f64; 0]);
    }
}
