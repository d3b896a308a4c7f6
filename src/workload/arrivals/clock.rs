//! An instant that moves by fractions of nanoseconds.

use crate::units::{SimTime, Span};

/// Adds lengths to an instant and keeps the fractions of nanoseconds, so that no rate is biased by rounding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    at: SimTime,
    fraction: f64,
}

impl Clock {
    pub(super) const fn at(self) -> SimTime {
        self.at
    }

    /// Moves on by `ns` nanoseconds, rounded down together with what was left over before.
    #[inline]
    pub(super) fn advance(&mut self, ns: f64) -> SimTime {
        let exact = ns + self.fraction;
        // Signed: processors convert to and from signed numbers in one step.
        let whole = exact as i64;
        self.fraction = exact - whole as f64;
        self.at = self.at + Span::from_ns(whole.max(0) as u64);
        self.at
    }
}

/// Nanoseconds in a second, for lengths that are not whole.
pub(super) const SECOND_NS: f64 = 1e9;
