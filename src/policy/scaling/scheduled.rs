//! Bounds and sizes that change at stated instants.

use std::sync::Arc;

use crate::units::SimTime;

use super::Bounds;

/// What one action sets; what is `None` stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledAction {
    pub at: SimTime,
    pub least: Option<u32>,
    pub most: Option<u32>,
    pub desired: Option<u32>,
}

/// Actions in order of time. Each acts at the first tick at or after its instant, whatever cools down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    pub actions: Arc<[ScheduledAction]>,
}

/// A timetable and the place in it.
#[derive(Clone, Debug)]
pub(super) struct Timetable {
    actions: Arc<[ScheduledAction]>,
    next: usize,
}

impl Timetable {
    pub(super) fn new(spec: &Scheduled) -> Self {
        Self { actions: spec.actions.clone(), next: 0 }
    }

    /// Does what is due, and returns the size that follows; new bounds hold at once.
    pub(super) fn act(&mut self, now: SimTime, capacity: u32, bounds: &mut Bounds) -> u32 {
        let mut capacity = capacity;
        while let Some(action) = self.actions.get(self.next).filter(|action| action.at <= now) {
            bounds.least = action.least.unwrap_or(bounds.least);
            bounds.most = action.most.unwrap_or(bounds.most);
            capacity = bounds.clamp(action.desired.unwrap_or(capacity));
            self.next += 1;
        }
        capacity
    }
}
