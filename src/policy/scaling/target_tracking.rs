//! Keeps a metric near a target, as Amazon EC2 Auto Scaling and Application Auto Scaling do.

use crate::units::{SimTime, Span};

use super::group::Wish;
use super::metric::{Metric, Signal};
use super::points::Points;
use super::{View, members};

/// A target-tracking policy.
///
/// It adds members in proportion as soon as the metric lay above the target for `high_for`, and removes them in proportion
/// after it lay below `low` of the target for `low_for`, never so many that the highest of those points would exceed the target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetTracking {
    pub signal: Signal,
    pub target: f64,
    /// Every point in so long is above the target: out. At least one point.
    pub high_for: Span,
    /// Every point in so long is below `low` times the target: in. At least one point.
    pub low_for: Span,
    pub low: f64,
    /// While it lasts, what was added counts towards what is needed; only a greater need adds more.
    pub cooldown_out: Span,
    /// While it lasts, nothing is removed.
    pub cooldown_in: Span,
    /// Whether it removes members at all.
    pub scale_in: bool,
    /// Nothing is removed while a member launches or warms up.
    pub waits_for_warm_up: bool,
}

impl TargetTracking {
    /// The rules of EC2 Auto Scaling: in below 0.7 of the target, warm-up instead of cooldown.
    pub const fn ec2(metric: Metric, target: f64) -> Self {
        Self {
            signal: Signal::detailed(metric),
            target,
            high_for: Span::from_secs(3 * 60),
            low_for: Span::from_secs(15 * 60),
            low: 0.7,
            cooldown_out: Span::ZERO,
            cooldown_in: Span::ZERO,
            scale_in: true,
            waits_for_warm_up: true,
        }
    }

    /// The rules of Application Auto Scaling (ECS tasks): in below 0.9 of the target, cooldown of 300 s both ways.
    pub const fn application(metric: Metric, target: f64) -> Self {
        Self {
            low: 0.9,
            cooldown_out: Span::from_secs(300),
            cooldown_in: Span::from_secs(300),
            waits_for_warm_up: false,
            ..Self::ec2(metric, target)
        }
    }
}

/// A policy with its points and what happened last.
#[derive(Clone, Debug)]
pub(super) struct Tracker {
    spec: TargetTracking,
    points: Points,
    high: usize,
    low: usize,
    /// When members were last added, and how many there were before, and before any that were added while it cooled down.
    added: Option<(SimTime, u32)>,
    removed: Option<SimTime>,
}

impl Tracker {
    pub(super) fn new(spec: &TargetTracking) -> Self {
        let high = spec.signal.points_in(spec.high_for);
        let low = spec.signal.points_in(spec.low_for);
        let points = Points::new(spec.signal, high.max(low));
        Self { spec: spec.clone(), points, high, low, added: None, removed: None }
    }

    pub(super) fn wish(&mut self, view: View) -> Wish {
        self.points.observe(view);
        let target = self.spec.target;
        if let Some(levels) = self.points.latest(view.now(), self.high)
            && levels.iter().all(|level| *level > target)
        {
            let needed = members(f64::from(self.base(view)) * levels[0] / target);
            return if needed > view.capacity { Wish::Out(needed) } else { Wish::Hold };
        }
        if !self.spec.scale_in { Wish::Abstain } else { self.removal(view).map_or(Wish::Hold, Wish::In) }
    }

    fn removal(&self, view: View) -> Option<u32> {
        let levels = self.points.latest(view.now(), self.low)?;
        let highest = levels.iter().copied().fold(0.0, f64::max);
        let cooling = self.removed.is_some_and(|at| view.now().since(at) < self.spec.cooldown_in)
            || self.cooling_out(view).is_some();
        let blocked = cooling || (self.spec.waits_for_warm_up && view.is_warming());
        if blocked || highest >= self.spec.low * self.spec.target {
            return None;
        }
        let needed = members(f64::from(view.capacity) * highest / self.spec.target);
        (needed < view.capacity).then_some(needed)
    }

    /// The members that the metric is a mean over: without those that warm up, or that the running cooldown was begun by.
    fn base(&self, view: View) -> u32 {
        let before = self.cooling_out(view).unwrap_or(view.capacity);
        view.warm().min(before)
    }

    /// How many members there were when the cooldown that still runs was begun by adding some.
    fn cooling_out(&self, view: View) -> Option<u32> {
        self.added.filter(|(at, _)| view.now().since(*at) < self.spec.cooldown_out).map(|(_, before)| before)
    }

    /// The group has decided.
    pub(super) fn note(&mut self, view: View, desired: u32) {
        if desired > view.capacity {
            self.added = Some((view.now(), self.cooling_out(view).unwrap_or(view.capacity)));
        } else if desired < view.capacity {
            self.removed = Some(view.now());
        }
    }
}
