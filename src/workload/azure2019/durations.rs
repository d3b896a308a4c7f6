//! One row of the durations table as a distribution.

use crate::stats::Distribution;
use crate::units::Span;

/// Milliseconds, as the table has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Durations {
    pub average: f64,
    /// Executions behind the row: of several days, the row with most counts.
    pub count: f64,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// At [`PROBABILITIES`]; `None` if any is missing.
    pub percentiles: Option<[f64; 7]>,
}

pub(crate) const PROBABILITIES: [f64; 7] = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0];

impl Durations {
    /// In seconds; constant at the average where there are no percentiles.
    pub(super) fn distribution(&self) -> Distribution {
        let constant = Distribution::Constant(Span::from_seconds_f64(self.average / 1e3));
        let Some(percentiles) = self.percentiles else { return constant };
        let mut values = percentiles;
        values[0] = self.minimum.map_or(values[0], |minimum| minimum.min(values[0]));
        values[6] = self.maximum.map_or(values[6], |maximum| maximum.max(values[6]));
        for index in 1..values.len() {
            values[index] = values[index].max(values[index - 1]);
        }
        let mut points: Vec<(f64, f64)> = PROBABILITIES.into_iter().zip(values.map(|value| value / 1e3)).collect();
        lean_tail(&mut points, self.average / 1e3);
        Distribution::quantiles(&points).unwrap_or(constant)
    }
}

/// Keeps the last hundredth at the 99th percentile up to a knee from which it rises to the maximum, so that the mean is
/// `average`. A straight line to the maximum, which is one execution in millions, would count it half a hundred times.
fn lean_tail(points: &mut Vec<(f64, f64)>, average: f64) {
    let [.., (p99, at_p99), (_, maximum)] = points[..] else { return };
    let body: f64 = points[..points.len() - 1]
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1))
        .sum();
    let wanted = (average - body) / (1.0 - p99);
    let width = if maximum > at_p99 { 2.0 * (wanted - at_p99) / (maximum - at_p99) } else { 1.0 };
    let knee = 1.0 - (1.0 - p99) * width.clamp(0.0, 1.0);
    if width <= 0.0 {
        points.pop();
    } else if width < 1.0 && knee > p99 && knee < 1.0 {
        points.insert(points.len() - 1, (knee, at_p99));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_mean(average: f64, percentiles: [f64; 7], mean: f64) {
        let row = Durations { average, count: 1.0, minimum: None, maximum: None, percentiles: Some(percentiles) };
        let actual = row.distribution().mean().unwrap();
        assert!((actual - mean).abs() < 1e-9, "{actual} is not {mean}");
    }

    #[test]
    fn the_tail_leans_so_that_the_mean_is_the_average() {
        // The first function of the ten busiest of the public sample.
        check_mean(306.0, [1.0, 247.0, 269.0, 282.0, 304.0, 481.0, 130_686.0], 0.306);
        check_mean(100.0, [100.0; 7], 0.1);
    }

    #[test]
    fn where_no_tail_makes_the_average_the_percentiles_stand() {
        // The body alone is above the average: the tail stays at the 99th percentile.
        check_mean(10.0, [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 900.0], 0.1);
        // The average is above what a straight line to the maximum gives.
        check_mean(1_000.0, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0], 0.0005);
    }
}
