//! Instants and lengths of simulated time, in whole nanoseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

/// An instant: nanoseconds since the start of the simulated window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

impl SimTime {
    pub const ZERO: Self = Self(0);
    /// Later than everything that happens; 584 years after the start.
    pub const END: Self = Self(u64::MAX);

    #[inline]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    #[inline]
    pub const fn ns(self) -> u64 {
        self.0
    }

    pub fn seconds(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }

    /// Time since `earlier`, zero if `earlier` is not earlier.
    #[inline]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of simulated time, in whole nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    pub const ZERO: Self = Self(0);
    /// Longer than any run.
    pub const MAX: Self = Self(u64::MAX);
    pub const MILLISECOND: Self = Self(1_000_000);
    pub const SECOND: Self = Self(SECOND);
    pub const MINUTE: Self = Self(60 * SECOND);
    pub const HOUR: Self = Self(3_600 * SECOND);
    pub const DAY: Self = Self(86_400 * SECOND);
    /// What `1y` means: 365 days, twelve months of 730 hours.
    pub const YEAR: Self = Self(365 * 86_400 * SECOND);

    #[inline]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * SECOND)
    }

    /// The nearest whole nanosecond; negative and NaN become zero, more than 292 years saturates there: processors
    /// convert to signed numbers in one step, to unsigned ones in many.
    #[inline]
    pub fn from_seconds_f64(seconds: f64) -> Self {
        Self(((seconds * SECOND as f64 + 0.5) as i64).max(0) as u64)
    }

    #[inline]
    pub const fn ns(self) -> u64 {
        self.0
    }

    pub fn seconds(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }

    /// Whole billing increments, rounded up; an invocation pays for at least one.
    pub const fn increments(self, increment: Self) -> u64 {
        let whole = self.0.div_ceil(increment.0);
        if whole == 0 { 1 } else { whole }
    }

    #[inline]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Add<Span> for SimTime {
    type Output = Self;
    /// Saturates at [`SimTime::END`].
    #[inline]
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for SimTime {
    type Output = Self;
    /// The start at the earliest.
    #[inline]
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    /// Zero at least.
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Prints with the largest unit that keeps two or more significant digits: `45ms`, `10min`, `7d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 7] = [
            (86_400 * SECOND, "d"),
            (3_600 * SECOND, "h"),
            (60 * SECOND, "min"),
            (SECOND, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let exact = UNITS.iter().find(|(size, _)| self.0.is_multiple_of(*size));
        let (size, name) = match exact {
            Some((size, name)) if self.0 / size < 1_000 => (*size, *name),
            _ => *UNITS.iter().find(|(size, _)| self.0 >= *size).unwrap_or(&UNITS[6]),
        };
        let value = self.0 as f64 / size as f64;
        let text = format!("{value:.3}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        write!(f, "{text}{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_billed(actual_us: u64, increment_ms: u64, increments: u64) {
        let actual = Span::from_ns(actual_us * 1_000);
        assert_eq!(actual.increments(Span::from_ms(increment_ms)), increments);
    }

    #[test]
    fn a_started_increment_is_paid_in_full() {
        check_billed(0, 1, 1);
        check_billed(1, 1, 1);
        check_billed(100_000, 100, 1);
        check_billed(100_001, 100, 2);
    }

    #[test]
    fn lengths_print_with_a_readable_unit() {
        for (span, text) in [
            (Span::from_ms(45), "45ms"),
            (Span::MINUTE, "1min"),
            (Span::from_secs(600), "10min"),
            (Span::from_secs(90), "90s"),
            (Span::from_ns(1_234_567), "1.235ms"),
            (Span::DAY, "1d"),
            (Span::ZERO, "0s"),
        ] {
            assert_eq!(span.to_string(), text);
        }
    }
}
