//! Evenly spaced arrivals.

use crate::units::{Rate, SimTime, Span};

const DAY_SECONDS: f64 = 86_400.0;

/// The k-th arrival at `k / rate`, rounded half up to nanoseconds, without drift.
#[derive(Clone, Debug)]
pub(in crate::workload) struct Constant {
    next: Option<SimTime>,
    /// The gap is `whole + part / denominator` nanoseconds.
    whole: u64,
    part: u64,
    denominator: u64,
    carried: u64,
}

impl Constant {
    pub(super) fn new(rate: Rate) -> Self {
        let (numerator, denominator) = gap(rate.as_per_second());
        let next = (rate.as_per_second() > 0.0).then_some(SimTime::ZERO);
        let (whole, part) = (numerator / u128::from(denominator), numerator % u128::from(denominator));
        Self {
            next,
            whole: u64::try_from(whole).unwrap_or(u64::MAX),
            part: part as u64,
            denominator,
            carried: denominator / 2,
        }
    }
}

/// The gap in nanoseconds as a fraction: exact where a whole number of arrivals makes a day, else to 2^-20 ns.
fn gap(rate: f64) -> (u128, u64) {
    let per_day = rate * DAY_SECONDS;
    let whole = per_day.round();
    if whole >= 1.0 && whole < (1u64 << 53) as f64 && (per_day - whole).abs() <= 1e-12 * whole {
        return (u128::from(Span::DAY.ns()), whole as u64);
    }
    const DENOMINATOR: u64 = 1 << 20;
    let numerator = 1e9 / rate * DENOMINATOR as f64;
    ((numerator.round() as u128).max(1), DENOMINATOR)
}

impl Iterator for Constant {
    type Item = SimTime;

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        let at = self.next?;
        self.carried += self.part;
        let carry = u64::from(self.carried >= self.denominator);
        self.carried -= carry * self.denominator;
        self.next = Some(at + Span::from_ns(self.whole.saturating_add(carry)));
        Some(at)
    }
}
