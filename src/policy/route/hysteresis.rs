//! A switch with two thresholds, so that it does not flutter between two decisions that take effect slowly.

use crate::units::{SimTime, Span};

/// On once it has been seen over its upper threshold for some time, off once it has been seen under its lower one for
/// some time. Begins off.
#[derive(Clone, Copy, Debug)]
pub struct Hysteresis {
    over_for: Span,
    under_for: Span,
    on: bool,
    /// Since when every observation asks to switch.
    asked: Option<SimTime>,
}

impl Hysteresis {
    pub const fn new(over_for: Span, under_for: Span) -> Self {
        Self { over_for, under_for, on: false, asked: None }
    }

    pub const fn is_on(&self) -> bool {
        self.on
    }

    /// Takes note of an observation; `at` never decreases. A switch happens at the first observation at which the
    /// condition has held for the whole time, its ends included.
    pub fn observe(&mut self, at: SimTime, over: bool, under: bool) {
        let (asks, needed) = if self.on { (under, self.under_for) } else { (over, self.over_for) };
        if !asks {
            self.asked = None;
            return;
        }
        let since = *self.asked.get_or_insert(at);
        if at.since(since) >= needed {
            self.on = !self.on;
            self.asked = None;
        }
    }
}
