//! Steps: how much to add or remove depends on how far an alarm is breached.

use crate::units::Span;

use super::group::Wish;
use super::metric::Signal;
use super::points::Points;
use super::{NOISE, View};

/// On which side of its threshold an alarm rings; the threshold itself belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// A threshold that a metric must breach for some points in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    pub signal: Signal,
    pub side: Side,
    pub threshold: f64,
    /// At least 1.
    pub points: u32,
}

/// What an amount means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many members.
    Exact,
    /// So many more, or fewer if negative.
    Count,
    /// A percentage of the members, but `least` of them at least (`MinAdjustmentMagnitude`).
    Percent { least: u32 },
}

impl Change {
    /// How many members there are after the change, between none and all that can be counted.
    pub fn apply(self, capacity: u32, amount: i32) -> u32 {
        let change = match self {
            Self::Exact => return u32::try_from(amount).unwrap_or(0),
            Self::Count => i64::from(amount),
            Self::Percent { least } => percent(capacity, amount, least),
        };
        u32::try_from((i64::from(capacity) + change).max(0)).unwrap_or(u32::MAX)
    }
}

/// Rounds towards zero, but what is not nothing is at least one member.
fn percent(capacity: u32, amount: i32, least: u32) -> i64 {
    let hundredths = i64::from(capacity) * i64::from(amount);
    let size = (hundredths.abs() / 100).max(1).max(i64::from(least));
    hundredths.signum() * size
}

/// An amount, and the breaches for which it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepAdjustment {
    /// Relative to the threshold; `None`: no bound. The bound nearer to the threshold belongs to the step.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub amount: i32,
}

impl StepAdjustment {
    fn holds(&self, breach: f64, side: Side) -> bool {
        let (lower, upper) = (self.lower.unwrap_or(f64::NEG_INFINITY), self.upper.unwrap_or(f64::INFINITY));
        match side {
            Side::Above => breach >= lower - NOISE && breach < upper - NOISE,
            Side::Below => breach > lower + NOISE && breach <= upper + NOISE,
        }
    }
}

/// A step-scaling policy. While its alarm rings it is asked again each minute; what warms up counts as done.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub alarm: Alarm,
    pub change: Change,
    pub steps: Vec<StepAdjustment>,
}

/// An alarm with its points.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    alarm: Alarm,
    points: Points,
}

impl Watch {
    pub(super) fn new(alarm: Alarm) -> Self {
        Self { alarm, points: Points::new(alarm.signal, alarm.points.max(1) as usize) }
    }

    /// The latest level if the alarm rings.
    pub(super) fn rings(&mut self, view: View) -> Option<f64> {
        self.points.observe(view);
        let levels = self.points.latest(view.now(), self.alarm.points.max(1) as usize)?;
        let breaches = |level: &f64| match self.alarm.side {
            Side::Above => *level >= self.alarm.threshold - NOISE,
            Side::Below => *level <= self.alarm.threshold + NOISE,
        };
        levels.iter().all(breaches).then(|| levels[0])
    }
}

/// A policy with its alarm.
#[derive(Clone, Debug)]
pub(super) struct Stepper {
    spec: Step,
    watch: Watch,
}

impl Stepper {
    pub(super) fn new(spec: &Step) -> Self {
        Self { spec: spec.clone(), watch: Watch::new(spec.alarm) }
    }

    pub(super) fn wish(&mut self, view: View) -> Wish {
        let Some(level) = self.watch.rings(view) else { return Wish::Abstain };
        let breach = level - self.spec.alarm.threshold;
        let Some(step) = self.spec.steps.iter().find(|step| step.holds(breach, self.spec.alarm.side)) else {
            return Wish::Abstain;
        };
        // Adding starts from what is warm: a second alarm while members warm up adds only what is missing.
        let out = self.spec.change.apply(view.warm(), step.amount);
        let rest = self.spec.change.apply(view.capacity, step.amount);
        if out > view.capacity {
            Wish::Out(out)
        } else if rest < view.capacity && !view.is_warming() {
            Wish::In(rest)
        } else {
            Wish::Abstain
        }
    }
}

impl Alarm {
    /// One point of a minute at or above the threshold.
    pub const fn above(signal: Signal, threshold: f64) -> Self {
        Self { signal, side: Side::Above, threshold, points: 1 }
    }

    /// One point of a minute at or below the threshold.
    pub const fn below(signal: Signal, threshold: f64) -> Self {
        Self { signal, side: Side::Below, threshold, points: 1 }
    }

    /// How long the metric must breach.
    pub const fn length(&self) -> Span {
        Span::from_ns(self.signal.point.ns().saturating_mul(self.points as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "If the value is greater than 1, it is rounded down; between 0 and 1, to 1; between 0 and -1, to -1; less than -1, up"
    /// (EC2 Auto Scaling user guide, scaling adjustment types, June 2023): 12.7 to 12, .67 to 1, -.58 to -1, -6.67 to -6.
    #[test]
    fn percentages_round_as_the_guide_prints() {
        for (capacity, amount, change) in [(127, 10, 12), (67, 1, 1), (58, -1, -1), (667, -1, -6), (10, 0, 0)] {
            assert_eq!(percent(capacity, amount, 0), change, "{amount} % of {capacity}");
        }
    }

    /// A group of 4, a policy of +25 % and a minimum of 2: two are added (the same guide).
    #[test]
    fn a_percentage_moves_at_least_its_minimum() {
        let change = Change::Percent { least: 2 };
        assert_eq!(change.apply(4, 25), 6);
        assert_eq!(change.apply(4, -25), 2);
        assert_eq!(change.apply(1, -25), 0);
        assert_eq!(change.apply(4, 0), 4);
    }

    #[test]
    fn counts_and_exact_sizes_stay_within_what_can_be_counted() {
        assert_eq!(Change::Count.apply(3, -5), 0);
        assert_eq!(Change::Count.apply(u32::MAX, 5), u32::MAX);
        assert_eq!(Change::Exact.apply(3, -5), 0);
        assert_eq!(Change::Exact.apply(3, 7), 7);
        assert_eq!(Change::Percent { least: 0 }.apply(u32::MAX, i32::MAX), u32::MAX);
    }

    #[track_caller]
    fn check_bounds(side: Side, step: (f64, f64), breaches: &[(f64, bool)]) {
        let step = StepAdjustment { lower: Some(step.0), upper: Some(step.1), amount: 1 };
        for (breach, holds) in breaches {
            assert_eq!(step.holds(*breach, side), *holds, "{breach}");
        }
    }

    #[test]
    fn the_bound_nearer_to_the_threshold_belongs_to_a_step() {
        check_bounds(Side::Above, (0.0, 0.1), &[(0.0, true), (0.05, true), (0.7 - 0.6, false), (-0.01, false)]);
        check_bounds(Side::Below, (-0.1, 0.0), &[(0.0, true), (-0.05, true), (0.3 - 0.4, false), (0.01, false)]);
    }
}
