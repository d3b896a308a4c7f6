//! Simple scaling: one change an alarm, then a pause.

use crate::units::{SimTime, Span};

use super::View;
use super::group::Wish;
use super::step::{Alarm, Change, Watch};

/// A simple scaling policy. After each change nothing happens until it is complete and the cooldown is over; it knows no
/// warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simple {
    pub alarm: Alarm,
    pub change: Change,
    pub amount: i32,
    /// From the end of the latest launch or removal; 300 s by default at AWS.
    pub cooldown: Span,
}

impl Simple {
    pub const COOLDOWN: Span = Span::from_secs(300);
}

/// A policy with its alarm, and when its group last changed.
#[derive(Clone, Debug)]
pub(super) struct Changer {
    spec: Simple,
    watch: Watch,
    changed: Option<SimTime>,
}

impl Changer {
    pub(super) fn new(spec: &Simple) -> Self {
        Self { spec: *spec, watch: Watch::new(spec.alarm), changed: None }
    }

    pub(super) fn wish(&mut self, view: View) -> Wish {
        if self.watch.rings(view).is_none() || self.is_waiting(view) {
            return Wish::Abstain;
        }
        let wanted = self.spec.change.apply(view.capacity, self.spec.amount);
        match wanted {
            more if more > view.capacity => Wish::Out(more),
            fewer if fewer < view.capacity => Wish::In(fewer),
            _ => Wish::Abstain,
        }
    }

    fn is_waiting(&self, view: View) -> bool {
        let ended = self.changed.max(view.sample.settled);
        // Before the first change there is no cooldown: the launch of the first members is none of its activities.
        let cooling = self.changed.is_some() && ended.is_some_and(|at| view.now().since(at) < self.spec.cooldown);
        cooling || view.sample.launching > 0
    }

    /// The group has decided. Changes by others count too, except scheduled ones.
    pub(super) fn note(&mut self, view: View, desired: u32) {
        if desired != view.capacity {
            self.changed = Some(view.now());
        }
    }
}
