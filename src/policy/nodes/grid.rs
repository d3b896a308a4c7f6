//! Instants at which something looks at the cluster.

use crate::units::{SimTime, Span};

/// The multiples of an interval, and the last at which it looked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) interval: Span,
    pub(super) last: Option<SimTime>,
}

impl Grid {
    /// Whether `at` is one of them, and the last was another.
    pub(super) fn is_due(self, at: SimTime) -> bool {
        at.ns().is_multiple_of(self.interval.ns()) && self.last != Some(at)
    }

    /// The first, from `at` on, at which something is due that was not at the last; if `changed`, all is.
    pub(super) fn next(self, at: SimTime, due: impl IntoIterator<Item = SimTime>, changed: bool) -> Option<SimTime> {
        let not_yet = |due: &SimTime| self.last.is_none_or(|last| *due > last);
        let anew = changed.then(|| self.last.map_or(SimTime::ZERO, just_after));
        let earliest = due.into_iter().filter(not_yet).chain(anew).min()?;
        let interval = self.interval.ns();
        let multiple = earliest.max(at).ns().div_ceil(interval).saturating_mul(interval);
        Some(SimTime::from_ns(multiple))
    }
}

pub(super) const fn just_after(at: SimTime) -> SimTime {
    SimTime::from_ns(at.ns().saturating_add(1))
}
