//! KEDA: none or some by polling, how many by the horizontal pod autoscaler.

use crate::units::{SimTime, Span};

use super::hpa::{self, Hpa};
use super::{Bounds, Cause, Proposal, View};

/// A scaled object. Its metrics are totals from outside: requests, concurrency and backlog of the whole fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct Keda {
    pub hpa: Hpa,
    pub polling: Span,
    /// From the latest poll that saw something to do until the last pods go.
    pub cooldown: Span,
    /// More than this of any metric, in total, is something to do.
    pub activation: f64,
}

impl Keda {
    /// The defaults of KEDA.
    pub const fn new(hpa: Hpa) -> Self {
        Self { hpa, polling: Span::from_secs(30), cooldown: Span::from_secs(300), activation: 0.0 }
    }
}

/// An autoscaler with its latest poll.
#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    hpa: hpa::Autoscaler,
    polling: Span,
    cooldown: Span,
    activation: f64,
    polled: Option<SimTime>,
    active: Option<SimTime>,
}

impl Autoscaler {
    pub(super) fn new(spec: &Keda) -> Self {
        Self {
            hpa: hpa::Autoscaler::external(&spec.hpa),
            polling: spec.polling,
            cooldown: spec.cooldown,
            activation: spec.activation,
            polled: None,
            active: None,
        }
    }

    pub(super) const fn sync(&self) -> Span {
        self.hpa.sync()
    }

    pub(super) const fn readiness_delay(&self) -> Span {
        self.hpa.readiness_delay()
    }

    pub(super) fn decide(&mut self, view: View, bounds: Bounds) -> Proposal {
        let some = Bounds { least: bounds.least.max(1), ..bounds };
        let scaled = self.hpa.decide(view, some);
        if self.polled.is_none_or(|at| view.now().since(at) >= self.polling) {
            self.polled = Some(view.now());
            if let Some(polled) = self.poll(view, bounds) {
                return polled;
            }
        }
        if view.capacity == 0 { scaled } else { Proposal { desired: some.clamp(scaled.desired), ..scaled } }
    }

    /// From none to some, and from some to none.
    fn poll(&mut self, view: View, bounds: Bounds) -> Option<Proposal> {
        if self.has_work(view) {
            self.active = Some(view.now());
            return (view.capacity == 0).then(|| Proposal::load(bounds.least.max(1)));
        }
        let over = self.active.is_none_or(|at| view.now().since(at) >= self.cooldown);
        (over && bounds.least == 0 && view.capacity > 0).then_some(Proposal { desired: 0, cause: Cause::Idle })
    }

    fn has_work(&self, view: View) -> bool {
        let metrics = self.hpa.metrics().iter().map(|metric| metric.metric);
        metrics.map(|metric| metric.activity(view.sample, view.interval)).any(|level| level > self.activation)
    }
}
