//! Arrivals independent of each other, at one rate.

use super::clock::{Clock, SECOND_NS};
use crate::rng::Stream;
use crate::stats::unit_exponential;
use crate::units::{Rate, SimTime};

#[derive(Clone, Debug)]
pub(in crate::workload) struct Poisson {
    clock: Clock,
    /// Nanoseconds; infinite if the rate is zero.
    mean_gap: f64,
    stream: Stream,
}

impl Poisson {
    pub(super) fn new(rate: Rate, stream: Stream) -> Self {
        Self { clock: Clock::default(), mean_gap: SECOND_NS / rate.as_per_second(), stream }
    }
}

impl Iterator for Poisson {
    type Item = SimTime;

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        // Also stops at a rate of zero, whose gap is infinite or, times a draw of zero, not a number.
        if !self.mean_gap.is_finite() {
            return None;
        }
        Some(self.clock.advance(self.mean_gap * unit_exponential(&mut self.stream)))
    }
}
