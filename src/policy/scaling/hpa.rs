//! Kubernetes' horizontal pod autoscaler.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

use super::behaviour::{Behaviour, Changes};
use super::metric::Metric;
use super::replicas::{LevelTarget, Levels, replicas, replicas_for_total};
use super::sliding::Recent;
use super::{Bounds, Proposal, Sample, View};

/// A metric and what each pod should have of it: a share of its request for utilisation, else a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HpaMetric {
    pub metric: Metric,
    pub target: f64,
}

/// A horizontal pod autoscaler. Without pods it does nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Hpa {
    /// The one that asks for the most pods counts.
    pub metrics: Vec<HpaMetric>,
    pub sync: Span,
    /// So near to the target, as a share of it, nothing changes.
    pub tolerance: f64,
    /// So long after it became ready, a pod's cores are not measured yet.
    pub readiness_delay: Span,
    /// How old the metrics are that are seen.
    pub metric_delay: Span,
    pub up: Behaviour,
    pub down: Behaviour,
}

impl Hpa {
    /// The defaults of Kubernetes.
    pub fn new(metrics: Vec<HpaMetric>) -> Self {
        Self {
            metrics,
            sync: Span::from_secs(15),
            tolerance: 0.1,
            readiness_delay: Span::from_secs(30),
            metric_delay: Span::ZERO,
            up: Behaviour::up(),
            down: Behaviour::down(),
        }
    }
}

/// An autoscaler with what it remembers.
#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    spec: Hpa,
    /// Whether metrics are totals from outside of the pods, as those of KEDA are.
    external: bool,
    /// Samples and the intervals that they cover, as far back as a delay asks.
    samples: VecDeque<(Sample, Span)>,
    up: Recent,
    down: Recent,
    changes: Changes,
}

impl Autoscaler {
    pub(super) fn new(spec: &Hpa) -> Self {
        Self {
            external: false,
            samples: VecDeque::new(),
            up: Recent::new(spec.up.stabilization),
            down: Recent::new(spec.down.stabilization),
            changes: Changes::default(),
            spec: spec.clone(),
        }
    }

    pub(super) fn external(spec: &Hpa) -> Self {
        Self { external: true, ..Self::new(spec) }
    }

    pub(super) const fn sync(&self) -> Span {
        self.spec.sync
    }

    pub(super) const fn readiness_delay(&self) -> Span {
        self.spec.readiness_delay
    }

    pub(super) fn metrics(&self) -> &[HpaMetric] {
        &self.spec.metrics
    }

    pub(super) fn decide(&mut self, view: View, bounds: Bounds) -> Proposal {
        self.see(view);
        if view.capacity == 0 {
            return Proposal::keep(0);
        }
        let Some(recommended) = self.recommendation(view) else { return Proposal::keep(view.capacity) };
        let stable = self.stabilize(view, recommended);
        let current = view.capacity;
        let most = self.changes.most(view.now(), current, &self.spec.up);
        let fewest = self.changes.fewest(view.now(), current, &self.spec.down);
        let desired = bounds.clamp(stable.clamp(fewest, most));
        let longest = Changes::longest(&self.spec.up, &self.spec.down);
        self.changes.record(view.now(), current, desired, longest);
        Proposal::load(stable.clamp(fewest, most))
    }

    /// Remembers the sample, and forgets those that no delay asks for any more.
    fn see(&mut self, view: View) {
        self.samples.push_back((*view.sample, view.interval));
        let delay = self.spec.metric_delay;
        while self.samples.get(1).is_some_and(|(sample, _)| view.now().since(sample.at) >= delay) {
            self.samples.pop_front();
        }
    }

    /// The latest sample that is as old as metrics are.
    fn seen(&self, now: SimTime) -> Option<(Sample, Span)> {
        self.samples.iter().rfind(|(sample, _)| now.since(sample.at) >= self.spec.metric_delay).copied()
    }

    /// The largest of what the metrics ask for. If one of them says nothing, pods may be added but not removed.
    fn recommendation(&self, view: View) -> Option<u32> {
        let (seen, interval) = self.seen(view.now())?;
        let asked = || self.spec.metrics.iter().map(|metric| self.asked(view, *metric, &seen, interval));
        let most = asked().flatten().max()?;
        let silent = asked().any(|replicas| replicas.is_none());
        Some(if silent { most.max(view.capacity) } else { most })
    }

    fn asked(&self, view: View, metric: HpaMetric, seen: &Sample, interval: Span) -> Option<u32> {
        let HpaMetric { metric, target } = metric;
        let (level_target, young) = match metric {
            Metric::Utilization => (LevelTarget::Utilization(target), seen.young),
            Metric::Requests | Metric::Concurrency if !self.external => (LevelTarget::PerMember(target), 0),
            Metric::Requests | Metric::Concurrency | Metric::Backlog => {
                let total = metric.total(seen, interval)?;
                return Some(replicas_for_total(view.capacity, total, target, self.spec.tolerance));
            }
        };
        let levels = levels(view.sample, metric.level(seen, interval)?, seen.ready, young);
        replicas(view.capacity, &levels, level_target, self.spec.tolerance)
    }

    /// Up only as far as the smallest recommendation lately, down only as far as the largest. What was there at the first tick
    /// counts as a recommendation.
    fn stabilize(&mut self, view: View, recommended: u32) -> u32 {
        for recent in [&mut self.up, &mut self.down] {
            if recent.is_empty() {
                recent.say(view.now(), view.capacity);
            }
            recent.say(view.now(), recommended);
        }
        let up = self.up.smallest().unwrap_or(recommended);
        let down = self.down.largest().unwrap_or(recommended);
        view.capacity.max(up).min(down)
    }
}

/// The pods of now, with what was measured when `ready` of them were: those that have come since have no metrics, and `young`
/// ones were not measured yet. Every other one had the mean level.
fn levels(now: &Sample, level: f64, ready: u32, young: u32) -> Levels {
    let known = ready.saturating_sub(young).min(now.ready);
    let young = young.min(now.ready - known);
    Levels {
        sum: level * f64::from(known),
        known,
        not_ready: now.unready.saturating_add(young),
        missing: now.ready - known - young,
    }
}
