//! How often something happens.

use std::fmt;

use super::Money;

/// Events per second: finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// `None` for a negative, infinite or undefined rate.
    pub fn per_second(events: f64) -> Option<Self> {
        (events.is_finite() && events >= 0.0).then_some(Self(events))
    }

    pub const fn as_per_second(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

/// What is paid for each hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hourly(pub Money);
