//! Several policies over one group, as EC2 Auto Scaling reconciles them.

use super::predictive::{Predictive, Predictor};
use super::scheduled::{Scheduled, Timetable};
use super::simple::{Changer, Simple};
use super::step::{Step, Stepper};
use super::target_tracking::{TargetTracking, Tracker};
use super::{Bounds, Cause, Proposal, View};

/// A policy of an auto scaling group.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    TargetTracking(TargetTracking),
    Step(Step),
    Simple(Simple),
    Scheduled(Scheduled),
    Predictive(Predictive),
}

/// What one policy wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// It has no say.
    Abstain,
    /// It tracks a target and sees no reason to remove anything.
    Hold,
    /// So many, which is more than there are.
    Out(u32),
    /// So many, which is less than there are.
    In(u32),
    /// No fewer than this.
    Floor(u32),
}

/// The policies at work.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    timetables: Vec<Timetable>,
    trackers: Vec<Tracker>,
    steppers: Vec<Stepper>,
    changers: Vec<Changer>,
    predictors: Vec<Predictor>,
    /// What was desired after scheduled actions of this tick.
    scheduled: u32,
}

impl Group {
    pub(super) fn new(policies: &[Policy]) -> Self {
        let mut group = Self::default();
        for policy in policies {
            match policy {
                Policy::TargetTracking(spec) => group.trackers.push(Tracker::new(spec)),
                Policy::Step(spec) => group.steppers.push(Stepper::new(spec)),
                Policy::Simple(spec) => group.changers.push(Changer::new(spec)),
                Policy::Scheduled(spec) => group.timetables.push(Timetable::new(spec)),
                Policy::Predictive(spec) => group.predictors.push(Predictor::new(spec)),
            }
        }
        group
    }

    pub(super) fn decide(&mut self, view: View, bounds: &mut Bounds) -> Proposal {
        self.scheduled = self
            .timetables
            .iter_mut()
            .fold(view.capacity, |capacity, timetable| timetable.act(view.now(), capacity, bounds));
        let now = View { capacity: self.scheduled, ..view };
        let tracking = self.trackers.iter_mut().map(|policy| policy.wish(now));
        let steps = self.steppers.iter_mut().map(|policy| policy.wish(now));
        let dynamic = reconcile(tracking.chain(steps).chain(self.changers.iter_mut().map(|policy| policy.wish(now))));
        let floor = self.predictors.iter_mut().map(|policy| floor(policy.wish(now))).max().unwrap_or(0);
        let desired = dynamic.unwrap_or(self.scheduled);
        let cause = match () {
            () if floor > desired => Cause::Forecast,
            () if desired != self.scheduled => Cause::Load,
            () => Cause::Schedule,
        };
        Proposal { desired: desired.max(floor), cause }
    }

    /// Tells the policies what was decided. Scheduled changes begin no cooldown.
    pub(super) fn note(&mut self, view: View, desired: u32) {
        let view = View { capacity: self.scheduled, ..view };
        self.trackers.iter_mut().for_each(|policy| policy.note(view, desired));
        self.changers.iter_mut().for_each(|policy| policy.note(view, desired));
    }
}

/// Members are added if any policy says so, and removed only if all that have a say agree; the largest size wins. A step or
/// simple policy has no say while its alarm is quiet.
fn reconcile(wishes: impl Iterator<Item = Wish>) -> Option<u32> {
    let (mut out, mut fewer, mut held) = (None, None, false);
    for wish in wishes {
        match wish {
            Wish::Out(count) => out = out.max(Some(count)),
            Wish::In(count) => fewer = fewer.max(Some(count)),
            Wish::Hold => held = true,
            Wish::Abstain | Wish::Floor(_) => {}
        }
    }
    out.or(fewer.filter(|_| !held))
}

const fn floor(wish: Wish) -> u32 {
    match wish {
        Wish::Floor(count) => count,
        Wish::Abstain | Wish::Hold | Wish::Out(_) | Wish::In(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wishes: &[Wish], size: Option<u32>) {
        assert_eq!(reconcile(wishes.iter().copied()), size, "{wishes:?}");
    }

    #[test]
    fn any_adds_and_only_all_remove_and_the_largest_wins() {
        check(&[Wish::Out(5), Wish::In(2), Wish::Hold], Some(5));
        check(&[Wish::Out(5), Wish::Out(7)], Some(7));
        check(&[Wish::In(2), Wish::In(3)], Some(3));
        check(&[Wish::In(2), Wish::Hold], None);
        check(&[Wish::In(2), Wish::Abstain], Some(2));
        check(&[], None);
    }
}
