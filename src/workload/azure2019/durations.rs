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
        let points: Vec<(f64, f64)> = PROBABILITIES.into_iter().zip(values.map(|value| value / 1e3)).collect();
        let (body, tail) = leanings(&points, self.average / 1e3);
        Distribution::quantiles(&leaned(&points, body, tail)).unwrap_or(constant)
    }
}

/// Between two percentiles the mean may lie anywhere from the lower (leaning 0) over a straight line (one half) to the
/// upper (1). Chooses the leaning of the body (up to the 99th percentile) and of the tail so that the mean is `average`
/// and every percentile stands: by the tail alone if that can do it, by the body too if not.
///
/// Straight lines would count the maximum, one execution in millions, as half of the last hundredth.
fn leanings(points: &[(f64, f64)], average: f64) -> (f64, f64) {
    let (body, tail) = points.split_at(points.len() - 2);
    let body = [body, &tail[..1]].concat();
    let ((body_low, body_high), (tail_low, tail_high)) = (bounds(&body), bounds(tail));
    let straight = f64::midpoint(body_low, body_high);
    let share = |wanted: f64, low: f64, high: f64| if high > low { (wanted - low) / (high - low) } else { 0.5 };
    match average {
        average if average < straight + tail_low => (share(average - tail_low, body_low, body_high), 0.0),
        average if average <= straight + f64::midpoint(tail_low, tail_high) => {
            (0.5, share(average - straight, tail_low, tail_high))
        }
        average => {
            let both = share(average, body_low + tail_low, body_high + tail_high);
            (both, both)
        }
    }
}

/// The least and the greatest that the points can add to the mean.
fn bounds(points: &[(f64, f64)]) -> (f64, f64) {
    let add = |(low, high): (f64, f64), pair: &[(f64, f64)]| {
        let weight = pair[1].0 - pair[0].0;
        (low + weight * pair[0].1, high + weight * pair[1].1)
    };
    points.windows(2).fold((0.0, 0.0), add)
}

/// Adds a knee between each two points: level and then rising, or rising and then level.
fn leaned(points: &[(f64, f64)], body: f64, tail: f64) -> Vec<(f64, f64)> {
    /// Probabilities must increase, so that a step is a very steep line.
    const STEEPEST: f64 = 1e-6;
    let mut leaned = vec![points[0]];
    for (index, pair) in points.windows(2).enumerate() {
        let ((p0, v0), (p1, v1)) = (pair[0], pair[1]);
        let leaning = if index + 2 == points.len() { tail } else { body }.clamp(STEEPEST, 1.0 - STEEPEST);
        let knee = if leaning < 0.5 {
            (p1 - (p1 - p0) * 2.0 * leaning, v0)
        } else {
            (p0 + (p1 - p0) * 2.0 * (1.0 - leaning), v1)
        };
        if leaning != 0.5 && v1 > v0 && knee.0 > p0 && knee.0 < p1 {
            leaned.push(knee);
        }
        leaned.push((p1, v1));
    }
    leaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_mean(average: f64, percentiles: [f64; 7], mean: f64) {
        let row = Durations { average, count: 1.0, minimum: None, maximum: None, percentiles: Some(percentiles) };
        let distribution = row.distribution();
        let actual = distribution.mean().unwrap();
        assert!((actual / mean - 1.0).abs() < 1e-5, "{actual} is not {mean}");
        for (p, value) in PROBABILITIES.into_iter().zip(percentiles) {
            assert_eq!(distribution.quantile(p), Some(value / 1e3), "at {p}");
        }
    }

    #[test]
    fn the_mean_is_the_average_and_every_percentile_stands() {
        // Rows of the public data set: a tail that can make the average, and bodies that must lean down or up.
        check_mean(306.0, [1.0, 247.0, 269.0, 282.0, 304.0, 481.0, 130_686.0], 0.306);
        check_mean(195.0, [48.0, 94.0, 125.0, 152.0, 207.0, 665.0, 2_248.0], 0.195);
        check_mean(760.0, [0.0, 100.0, 600.0, 700.0, 900.0, 1_000.0, 1_100.0], 0.76);
        check_mean(100.0, [100.0; 7], 0.1);
    }

    #[test]
    fn an_average_that_no_curve_through_the_percentiles_has_is_approached() {
        check_mean(10.0, [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 900.0], 0.1);
        check_mean(1_000.0, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0], 0.001);
    }
}
