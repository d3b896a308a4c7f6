//! A flash crowd on top of a steady rate.

use super::curve::Segment;
use super::piecewise::REST;
use crate::units::{Rate, SimTime, Span};

pub(super) fn segments(base: Rate, peak: Rate, at: SimTime, length: Span, ramp: Span) -> Vec<Segment> {
    let base = base.as_per_second();
    let top = base + peak.as_per_second();
    let ramp = ramp.min(Span::from_ns(length.ns() / 2));
    vec![
        Segment::flat(at.since(SimTime::ZERO), base),
        Segment { length: ramp, from: base, to: top },
        Segment::flat(length - ramp - ramp, top),
        Segment { length: ramp, from: top, to: base },
        Segment::flat(REST, base),
    ]
}
