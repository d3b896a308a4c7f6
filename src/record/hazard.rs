//! What was taken away from a site: members, work, and time in which there were fewer than there should be.

use super::Window;
use crate::units::{SimTime, Span};

/// Counted between warm-up and end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HazardTally {
    /// Members that failed, or were taken back, or went with their site.
    pub interruptions: u64,
    /// Service that was lost with invocations that failed.
    pub failed_ns: u128,
    /// Service that has to be done again.
    pub repeated_ns: u128,
    /// Members in service, of those that there should be.
    pub provided_ns: u128,
    pub wanted_ns: u128,
}

impl HazardTally {
    pub(super) fn interrupted(&mut self, window: &Window, at: SimTime) {
        self.interruptions += u64::from(counts(window, at));
    }

    pub(super) fn lost(&mut self, window: &Window, at: SimTime, service: Span, again: bool) {
        if counts(window, at) {
            *if again { &mut self.repeated_ns } else { &mut self.failed_ns } += u128::from(service.ns());
        }
    }

    pub(super) fn provided(&mut self, window: &Window, span: (SimTime, SimTime), members: u32, wanted: u32) {
        let counted = u128::from(window.counted(span.0, span.1));
        self.provided_ns += counted * u128::from(members);
        self.wanted_ns += counted * u128::from(wanted);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.interruptions += other.interruptions;
        self.failed_ns += other.failed_ns;
        self.repeated_ns += other.repeated_ns;
        self.provided_ns += other.provided_ns;
        self.wanted_ns += other.wanted_ns;
    }
}

fn counts(window: &Window, at: SimTime) -> bool {
    at >= window.warmup && at < window.end
}
