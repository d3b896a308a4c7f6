//! Arrivals of which only the number per interval is known.

use std::sync::Arc;

use super::Spread;
use crate::rng::Stream;
use crate::stats::unit_exponential;
use crate::units::{SimTime, Span};

#[derive(Clone, Debug)]
pub(in crate::workload) struct Counts {
    interval: Span,
    counts: Arc<[(u32, u32)]>,
    spread: Spread,
    stream: Stream,
    next: usize,
    /// The current interval: its start, its count, how many have come, and how far it has gone (0 to 1).
    start: SimTime,
    count: u32,
    come: u32,
    gone: f64,
    end: SimTime,
}

impl Counts {
    pub(super) fn new(interval: Span, counts: Arc<[(u32, u32)]>, spread: Spread, stream: Stream, end: SimTime) -> Self {
        Self { interval, counts, spread, stream, next: 0, start: SimTime::ZERO, count: 0, come: 0, gone: 0.0, end }
    }

    /// To the next interval; false after the last, or at the end of the window.
    fn begin_next(&mut self) -> bool {
        let Some((index, count)) = self.counts.get(self.next) else { return false };
        self.start = SimTime::from_ns(u64::from(*index).saturating_mul(self.interval.ns()));
        (self.count, self.come, self.gone) = (*count, 0, 0.0);
        self.next += 1;
        self.start < self.end
    }

    /// Where the next arrival of the current interval falls, as a share of it; `None` if it holds no more.
    #[inline]
    fn place(&mut self) -> Option<f64> {
        let left = self.count - self.come;
        if left == 0 {
            return None;
        }
        match self.spread {
            Spread::Start => self.come += 1,
            Spread::Even => {
                self.gone = f64::from(self.come) / f64::from(self.count);
                self.come += 1;
            }
            // The smallest of the `left` uniform places that remain between here and the end.
            Spread::Uniform => {
                let kept = (-unit_exponential(&mut self.stream) / f64::from(left)).exp();
                self.gone = 1.0 - (1.0 - self.gone) * kept;
                self.come += 1;
            }
            Spread::Poisson => {
                self.gone += unit_exponential(&mut self.stream) / f64::from(self.count);
                if self.gone >= 1.0 {
                    self.come = self.count;
                    return None;
                }
            }
        }
        Some(self.gone)
    }
}

impl Iterator for Counts {
    type Item = SimTime;

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        loop {
            if let Some(share) = self.place() {
                let last = self.interval.ns().saturating_sub(1);
                let offset = (share * self.interval.ns() as f64) as u64;
                return Some(self.start + Span::from_ns(offset.min(last)));
            }
            if !self.begin_next() {
                return None;
            }
        }
    }
}
