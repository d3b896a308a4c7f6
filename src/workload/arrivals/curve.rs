//! Non-homogeneous Poisson arrivals whose rate is piecewise linear, by exact inversion: the integral of the rate between
//! arrivals is a unit exponential (Çinlar 1975), and a linear rate has a closed inverse.

use crate::rng::Stream;
use crate::stats::unit_exponential;
use crate::units::{SimTime, Span};

/// A stretch of time on which the rate goes linearly from `from` to `to`, per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub length: Span,
    pub from: f64,
    pub to: f64,
}

impl Segment {
    pub(super) const fn flat(length: Span, rate: f64) -> Self {
        Self { length, from: rate, to: rate }
    }

    /// The rate when `over` of the segment is over.
    pub(super) fn rate_after(&self, over: Span) -> f64 {
        (self.to - self.from).mul_add(over.seconds() / self.length.seconds(), self.from)
    }

    /// Where the integral of the rate, begun after `over` seconds, comes to `wanted`.
    #[inline(always)]
    pub(super) fn reach(&self, over: f64, wanted: f64) -> Reach {
        let seconds = self.length.seconds();
        if self.from == self.to {
            // The same to the last bit, in a third of the time.
            let left = (seconds - over) * self.from;
            return if wanted > left {
                Reach::Beyond(wanted - left)
            } else {
                Reach::At((over + wanted / self.from).min(seconds))
            };
        }
        let slope = (self.to - self.from) / seconds;
        let rate = slope.mul_add(over, self.from).max(0.0);
        let left = (seconds - over) * f64::midpoint(rate, self.to);
        if wanted > left {
            return Reach::Beyond(wanted - left);
        }
        // The root of `rate x + slope x²/2 = wanted`, in the form that loses no digits.
        let root = (rate * rate + 2.0 * slope * wanted).max(0.0).sqrt();
        Reach::At((over + 2.0 * wanted / (rate + root)).min(seconds))
    }
}

/// What [`Segment::reach`] finds.
pub(super) enum Reach {
    /// Seconds of the segment that are over then.
    At(f64),
    /// What is still wanted at the end of the segment.
    Beyond(f64),
}

#[derive(Clone, Debug)]
pub(in crate::workload) struct Curve {
    segments: Vec<Segment>,
    repeats: bool,
    /// The current segment, its first instant, and the seconds of it that are over.
    index: usize,
    begin: SimTime,
    over: f64,
    stream: Stream,
    end: SimTime,
}

impl Curve {
    /// The segments once, then nothing.
    pub(super) fn once(segments: Vec<Segment>, stream: Stream, end: SimTime) -> Self {
        Self::new(segments, false, stream, end)
    }

    /// The segments again and again.
    pub(super) fn repeating(segments: Vec<Segment>, stream: Stream, end: SimTime) -> Self {
        Self::new(segments, true, stream, end)
    }

    fn new(mut segments: Vec<Segment>, repeats: bool, stream: Stream, end: SimTime) -> Self {
        segments.retain(|segment| segment.length > Span::ZERO);
        if !segments.iter().any(|segment| segment.from > 0.0 || segment.to > 0.0) {
            segments.clear();
        }
        Self { segments, repeats, index: 0, begin: SimTime::ZERO, over: 0.0, stream, end }
    }

    /// To the start of the next segment.
    fn step(&mut self, length: Span) {
        self.begin = self.begin + length;
        self.over = 0.0;
        self.index += 1;
        if self.repeats && self.index == self.segments.len() {
            self.index = 0;
        }
    }
}

impl Iterator for Curve {
    type Item = SimTime;

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        let mut wanted = unit_exponential(&mut self.stream);
        while self.begin < self.end {
            let segment = *self.segments.get(self.index)?;
            match segment.reach(self.over, wanted) {
                Reach::At(over) => {
                    self.over = over;
                    return Some(self.begin + Span::from_seconds_f64(over).min(segment.length));
                }
                Reach::Beyond(left) => wanted = left,
            }
            self.step(segment.length);
        }
        None
    }
}
