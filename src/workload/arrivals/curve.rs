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
            let Segment { length, from, to } = *self.segments.get(self.index)?;
            let seconds = length.seconds();
            let slope = (to - from) / seconds;
            let rate = slope.mul_add(self.over, from).max(0.0);
            let left = (seconds - self.over) * f64::midpoint(rate, to);
            if wanted <= left {
                // The root of `rate x + slope x²/2 = wanted`, in the form that loses no digits.
                let root = (rate * rate + 2.0 * slope * wanted).max(0.0).sqrt();
                self.over = (self.over + 2.0 * wanted / (rate + root)).min(seconds);
                return Some(self.begin + Span::from_seconds_f64(self.over).min(length));
            }
            wanted -= left;
            self.step(length);
        }
        None
    }
}
