//! What scalers measure.

use crate::units::Span;

use super::Sample;

/// A metric that goes down when members are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Share of busy cores, 0 to 1.
    Utilization,
    /// Requests a minute for each ready member (`ALBRequestCountPerTarget`).
    Requests,
    /// Requests in the system for each ready member.
    Concurrency,
    /// Requests waiting for each ready member; without any, as if there were one.
    Backlog,
}

impl Metric {
    /// Of the whole fleet: busy members, requests a minute, requests in the system, requests waiting.
    pub(super) fn total(self, sample: &Sample, interval: Span) -> Option<f64> {
        match self {
            Self::Utilization => sample.utilization.map(|share| share * f64::from(sample.ready)),
            Self::Requests if interval == Span::ZERO => None,
            Self::Requests => Some(sample.arrivals as f64 * 60.0 / interval.seconds()),
            Self::Concurrency => Some(sample.concurrency),
            Self::Backlog => Some(f64::from(sample.waiting)),
        }
    }

    /// For each ready member; `None` where that says nothing.
    pub(super) fn level(self, sample: &Sample, interval: Span) -> Option<f64> {
        match self {
            Self::Utilization => sample.utilization,
            Self::Backlog => Some(f64::from(sample.waiting) / f64::from(sample.ready.max(1))),
            Self::Requests | Self::Concurrency if sample.ready == 0 => None,
            Self::Requests | Self::Concurrency => {
                self.total(sample, interval).map(|total| total / f64::from(sample.ready))
            }
        }
    }

    /// What shows that there is something to do, even without members. Cores that are not there are never busy: requests in
    /// the system stand for them.
    pub(super) fn activity(self, sample: &Sample, interval: Span) -> f64 {
        let waiting = f64::from(sample.waiting);
        match self {
            Self::Utilization | Self::Concurrency => sample.concurrency.max(waiting),
            Self::Requests => self.total(sample, interval).unwrap_or(0.0).max(waiting),
            Self::Backlog => waiting,
        }
    }
}

/// A metric as a monitoring service publishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    pub metric: Metric,
    /// Over how long one point is the mean: a minute, or five for the basic monitoring of EC2.
    pub point: Span,
    /// From the end of a point until it can be seen.
    pub delay: Span,
}

impl Signal {
    /// Points of a minute, seen at once.
    pub const fn detailed(metric: Metric) -> Self {
        Self { metric, point: Span::MINUTE, delay: Span::ZERO }
    }

    /// Points of five minutes, seen at once.
    pub const fn basic(metric: Metric) -> Self {
        Self { metric, point: Span::from_secs(300), delay: Span::ZERO }
    }

    /// Whole points in `length`, at least one.
    pub(super) fn points_in(&self, length: Span) -> usize {
        usize::try_from(length.ns() / self.point.ns().max(1)).unwrap_or(usize::MAX).clamp(1, MOST_POINTS)
    }
}

/// A day of minutes: no alarm looks back further.
const MOST_POINTS: usize = 1_440;
