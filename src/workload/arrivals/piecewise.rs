//! A rate that holds from each given instant to the next.

use super::curve::Segment;
use crate::units::{Rate, SimTime, Span};

pub(super) fn segments(steps: &[(SimTime, Rate)]) -> Vec<Segment> {
    let first = steps.first().map_or(SimTime::END, |(at, _)| *at);
    let mut segments = vec![Segment::flat(first.since(SimTime::ZERO), 0.0)];
    for (index, (at, rate)) in steps.iter().enumerate() {
        let until = steps.get(index + 1).map_or(SimTime::END, |(next, _)| *next);
        segments.push(Segment::flat(until.since(*at), rate.as_per_second()));
    }
    segments
}

/// Longer than any window that is simulated.
pub(super) const REST: Span = Span::MAX;
