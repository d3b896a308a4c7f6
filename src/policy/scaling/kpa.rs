//! Knative's pod autoscaler.
//!
//! Source: `autoscaler.go` of Knative Serving, whose test cases run through [`KpaDecider`] (tests/it/scaling.rs), and its
//! `config-autoscaler` for the defaults.

use crate::units::{SimTime, Span};

use super::averages::Averages;
use super::metric::Metric;
use super::sliding::Recent;
use super::{Cause, Proposal, View, members};

/// What pods are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KpaMetric {
    /// Requests in the system.
    Concurrency,
    /// Requests a second.
    Rps,
}

/// How many requests must find room at once before the activator leaves the path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BurstCapacity {
    /// The activator always stands in the path.
    Always,
    /// Only without pods.
    OnlyAtZero,
    Requests(f64),
}

/// A pod autoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct Kpa {
    pub metric: KpaMetric,
    /// What a pod holds of the metric: its `containerConcurrency`.
    pub capacity: f64,
    /// The share of the capacity that is aimed at.
    pub utilization: f64,
    pub tick: Span,
    pub stable_window: Span,
    pub panic_window: Span,
    /// Panic begins when the panic window asks for so many times the ready pods.
    pub panic_threshold: f64,
    /// Most and fewest pods after a tick, as multiples of the ready pods: times the first, divided by the second.
    pub scale_up_rate: f64,
    pub scale_down_rate: f64,
    pub scale_to_zero: bool,
    /// How long the last pod stays until the activator stands in the path, and at least.
    pub grace: Span,
    pub retention: Span,
    pub scale_down_delay: Span,
    pub initial_scale: u32,
    /// The fewest pods if there is anything to do.
    pub activation_scale: u32,
    pub burst: BurstCapacity,
    /// Whether a route leads to the pods; without one they may all go at once.
    pub reachable: bool,
}

impl Kpa {
    /// The defaults of Knative for a limit of `concurrency` requests a pod; without a limit it aims at 100.
    pub const fn new(concurrency: Option<f64>) -> Self {
        Self {
            metric: KpaMetric::Concurrency,
            capacity: match concurrency {
                Some(limit) => limit,
                None => 100.0,
            },
            utilization: 0.7,
            tick: Span::from_secs(2),
            stable_window: Span::from_secs(60),
            panic_window: Span::from_secs(6),
            panic_threshold: 2.0,
            scale_up_rate: 1_000.0,
            scale_down_rate: 2.0,
            scale_to_zero: true,
            grace: Span::from_secs(30),
            retention: Span::ZERO,
            scale_down_delay: Span::ZERO,
            initial_scale: 1,
            activation_scale: 1,
            burst: BurstCapacity::Requests(211.0),
            reachable: true,
        }
    }

    /// The defaults of Knative by requests a second, 200 a pod.
    pub const fn by_rate(requests_per_second: Option<f64>) -> Self {
        let capacity = match requests_per_second {
            Some(rate) => rate,
            None => 200.0,
        };
        Self { metric: KpaMetric::Rps, capacity, ..Self::new(None) }
    }

    /// What each pod should have of the metric.
    pub const fn target(&self) -> f64 {
        self.capacity * self.utilization
    }
}

/// What was observed of all pods together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    pub ready: u32,
    /// Means over the stable and the panic window.
    pub stable: f64,
    pub panic: f64,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KpaFigures {
    pub desired: u32,
    /// Room that is left beyond the wanted burst capacity; negative: the activator stands in the path.
    pub excess_burst: i64,
}

/// The arithmetic of the autoscaler, with panic and the delay of scaling down.
#[derive(Clone, Debug)]
pub struct KpaDecider {
    spec: Kpa,
    panic_since: Option<SimTime>,
    panic_most: u32,
    delayed: Recent,
}

impl KpaDecider {
    /// One that starts beside more than one ready pod starts in panic: it keeps them until it knows better.
    pub const fn new(spec: Kpa, now: SimTime, ready: u32) -> Self {
        let panic_since = if ready > 1 { Some(now) } else { None };
        let delayed = Recent::new(spec.scale_down_delay);
        Self { spec, panic_since, panic_most: ready, delayed }
    }

    pub const fn is_panicking(&self) -> bool {
        self.panic_since.is_some()
    }

    pub fn decide(&mut self, now: SimTime, observed: Observed) -> KpaFigures {
        let by_panic = members(observed.panic / self.spec.target());
        self.set_panic(now, f64::from(by_panic) / f64::from(observed.ready.max(1)));
        let stable = self.wanted(observed.stable, observed.ready);
        let desired = if self.is_panicking() {
            let panic = self.wanted(observed.panic, observed.ready);
            self.panic_most = self.panic_most.max(stable).max(panic);
            self.panic_most
        } else {
            stable
        };
        KpaFigures { desired: self.delay(now, desired), excess_burst: self.excess_burst(observed) }
    }

    /// Everything stays as it is.
    fn without_data(&self, capacity: u32, ready: u32) -> KpaFigures {
        let excess_burst = self.excess_burst(Observed { ready, stable: 0.0, panic: 0.0 });
        KpaFigures { desired: capacity, excess_burst }
    }

    /// Within the rates, at least one pod standing for none.
    fn wanted(&self, level: f64, ready: u32) -> u32 {
        let ready = f64::from(ready.max(1));
        let needed = members(level / self.spec.target());
        let most = members(self.spec.scale_up_rate * ready);
        let fewest = if self.spec.reachable { (ready / self.spec.scale_down_rate) as u32 } else { 0 };
        let wanted = needed.max(fewest).min(most);
        if needed > 0 && self.spec.activation_scale > 1 { wanted.max(self.spec.activation_scale) } else { wanted }
    }

    /// Panic ends when the threshold was not reached for longer than a stable window.
    fn set_panic(&mut self, now: SimTime, share: f64) {
        if share >= self.spec.panic_threshold {
            self.panic_since = Some(now);
        } else if self.panic_since.is_some_and(|since| now.since(since) > self.spec.stable_window) {
            self.panic_since = None;
            self.panic_most = 0;
        }
    }

    fn delay(&mut self, now: SimTime, desired: u32) -> u32 {
        if self.spec.scale_down_delay == Span::ZERO {
            return desired;
        }
        self.delayed.say(now, desired);
        self.delayed.largest().unwrap_or(desired)
    }

    fn excess_burst(&self, observed: Observed) -> i64 {
        match self.spec.burst {
            BurstCapacity::Always => -1,
            BurstCapacity::OnlyAtZero => 0,
            BurstCapacity::Requests(burst) => {
                (f64::from(observed.ready) * self.spec.capacity - burst - observed.panic).floor() as i64
            }
        }
    }
}

/// An autoscaler with its windows.
#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    spec: Kpa,
    decider: KpaDecider,
    averages: Averages,
    /// Since when nothing is asked for, while pods are left.
    idle_since: Option<SimTime>,
}

impl Autoscaler {
    pub(super) fn new(spec: &Kpa) -> Self {
        Self {
            spec: spec.clone(),
            decider: KpaDecider::new(spec.clone(), SimTime::ZERO, 0),
            averages: Averages::new(spec.stable_window.max(spec.panic_window)),
            idle_since: None,
        }
    }

    pub(super) const fn tick(&self) -> Span {
        self.spec.tick
    }

    /// The proposal, and the room that is left beyond the wanted burst capacity.
    pub(super) fn decide(&mut self, view: View) -> (Proposal, i64) {
        self.averages.push(view.now(), view.interval, self.level(view));
        let mean = |window| self.averages.mean(view.now(), window);
        let means = mean(self.spec.stable_window).zip(mean(self.spec.panic_window));
        let ready = view.sample.ready;
        let figures = match means {
            Some((stable, panic)) => self.decider.decide(view.now(), Observed { ready, stable, panic }),
            None => self.decider.without_data(view.capacity, ready),
        };
        let wakes = view.capacity == 0 && view.sample.waiting > 0;
        let desired = if wakes { figures.desired.max(self.spec.activation_scale).max(1) } else { figures.desired };
        (self.last_pod(view, desired, figures.excess_burst < 0), figures.excess_burst)
    }

    fn level(&self, view: View) -> f64 {
        match self.spec.metric {
            KpaMetric::Concurrency => view.sample.concurrency,
            KpaMetric::Rps => Metric::Requests.total(view.sample, view.interval).unwrap_or(0.0) / 60.0,
        }
    }

    /// The last pod goes when the activator stands in the path, and not before its retention is over.
    fn last_pod(&mut self, view: View, desired: u32, activator: bool) -> Proposal {
        if desired > 0 || view.capacity == 0 {
            self.idle_since = None;
            return Proposal::load(desired);
        }
        let since = *self.idle_since.get_or_insert(view.now());
        let grace = if activator { Span::ZERO } else { self.spec.grace };
        let over = view.now().since(since) >= grace.max(self.spec.retention);
        let desired = u32::from(!(self.spec.scale_to_zero && over));
        Proposal { desired, cause: Cause::Idle }
    }
}
