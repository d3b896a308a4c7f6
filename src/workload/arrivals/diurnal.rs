//! A rate that follows the hours of a day or of a week.

use super::curve::Segment;
use crate::units::{Rate, Span};

const HALF_HOUR: Span = Span::from_secs(1_800);

/// One cycle. Smooth: the factor of an hour holds at its middle, so a cycle begins half-way between two middles.
pub(super) fn segments(rate: Rate, hourly: &[f64], smooth: bool) -> Vec<Segment> {
    let rate_of = |index: usize| rate.as_per_second() * hourly[index % hourly.len()].max(0.0);
    if !smooth {
        return (0..hourly.len()).map(|hour| Segment::flat(Span::HOUR, rate_of(hour))).collect();
    }
    let mut segments = Vec::with_capacity(hourly.len() * 2);
    for hour in 0..hourly.len() {
        let (before, here) = (rate_of(hour + hourly.len() - 1), rate_of(hour));
        let after = rate_of(hour + 1);
        let (begin, end) = (f64::midpoint(before, here), f64::midpoint(here, after));
        segments.push(Segment { length: HALF_HOUR, from: begin, to: here });
        segments.push(Segment { length: HALF_HOUR, from: here, to: end });
    }
    segments
}
