//! How many members a fleet should have: autoscaling policies as pure deciders.
//!
//! A fleet calls [`Scaler::tick`] once a [`Scaler::period`] with what it measured since the tick before, and does what the
//! [`Decision`] says. A scaler schedules no events, knows no prices and draws no random numbers: the same samples give the same
//! decisions. How long a launch takes, which member goes first and what draining means is the fleet's business.
//!
//! docs/models.md, "Scaling", has every rule with its default and its source.

mod averages;
mod behaviour;
mod forecast;
mod group;
mod hpa;
mod keda;
mod kpa;
mod metric;
mod points;
mod predictive;
mod replicas;
mod scheduled;
mod simple;
mod sliding;
mod step;
mod target_tracking;

pub use behaviour::{Behaviour, Rate, RateLimit, Select};
pub use group::Policy;
pub use hpa::{Hpa, HpaMetric};
pub use keda::Keda;
pub use kpa::{BurstCapacity, Kpa, KpaDecider, KpaFigures, KpaMetric, Observed};
pub use metric::{Metric, Signal};
pub use predictive::Predictive;
pub use replicas::{LevelTarget, Levels, replicas, replicas_for_total};
pub use scheduled::{Scheduled, ScheduledAction};
pub use simple::Simple;
pub use step::{Alarm, Change, Side, Step, StepAdjustment};
pub use target_tracking::TargetTracking;

use crate::units::{SimTime, Span};

/// What a scaler sees at a tick. Means are over the time since the previous tick.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    pub at: SimTime,
    /// In service and past their warm-up.
    pub ready: u32,
    /// Of those, the ones whose cores are not measured yet: see [`Scaler::readiness_delay`].
    pub young: u32,
    /// Launching or warming up: counted in the capacity, not in the metrics.
    pub unready: u32,
    /// Of those, the ones that launch.
    pub launching: u32,
    /// Busy cores by cores of members that are measured, each over the part of the interval in which it was; `None` without.
    pub utilization: Option<f64>,
    /// Requests in the system, in service and waiting, mean over the interval.
    pub concurrency: f64,
    /// Requests that arrived in the interval.
    pub arrivals: u64,
    /// Waiting now.
    pub waiting: u32,
    /// When the latest change that a decision asked for was complete, `None` before the first. Only [`Simple`] looks at it.
    pub settled: Option<SimTime>,
}

/// The fewest and the most members. Where they contradict each other, `most` wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub least: u32,
    pub most: u32,
}

impl Bounds {
    pub fn clamp(self, count: u32) -> u32 {
        count.max(self.least).min(self.most)
    }
}

/// A scaler as data.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalerSpec {
    /// The policies of one auto scaling group, one or several.
    Group(Vec<Policy>),
    /// Kubernetes' horizontal pod autoscaler.
    Hpa(Hpa),
    /// KEDA: none or some by polling, how many by the horizontal pod autoscaler.
    Keda(Keda),
    /// Knative's pod autoscaler.
    Kpa(Kpa),
}

impl ScalerSpec {
    /// With how many members a fleet starts, unless the scenario says otherwise.
    pub fn initial(&self, bounds: Bounds) -> u32 {
        let wanted = match self {
            Self::Group(_) | Self::Keda(_) => bounds.least,
            Self::Hpa(_) => bounds.least.max(1),
            Self::Kpa(kpa) => bounds.least.max(kpa.initial_scale),
        };
        bounds.clamp(wanted)
    }
}

/// Why the number of members changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It stays.
    Nothing,
    /// It lay outside the bounds, or the policy asked for more or less than they allow.
    Bounds,
    /// A scheduled action.
    Schedule,
    /// A forecast.
    Forecast,
    /// A metric.
    Load,
    /// There was nothing to do: the last members go.
    Idle,
}

/// What a scaler wants at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Members that there should be, launching ones included.
    pub desired: u32,
    /// [`Cause::Nothing`] exactly if `desired` is what it was.
    pub cause: Cause,
    /// Knative: requests that could still come at once before the ready pods are full; negative: the activator stands in
    /// the path and buffers them.
    pub excess_burst: Option<i64>,
}

impl Decision {
    /// Knative: whether requests pass through the activator, which buffers what finds no room.
    pub fn activator_in_path(&self, ready: u32) -> bool {
        self.excess_burst.is_some_and(|excess| excess < 0 || ready == 0)
    }
}

/// A sample with what a policy needs beside it.
#[derive(Clone, Copy, Debug)]
struct View<'a> {
    sample: &'a Sample,
    /// Since the previous tick.
    interval: Span,
    /// Desired so far.
    capacity: u32,
}

impl View<'_> {
    const fn now(&self) -> SimTime {
        self.sample.at
    }

    /// Members whose metrics count: what is desired, without what is not ready yet.
    const fn warm(&self) -> u32 {
        self.capacity.saturating_sub(self.sample.unready)
    }

    const fn is_warming(&self) -> bool {
        self.sample.unready > 0
    }
}

/// What a rule wants, before the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Proposal {
    desired: u32,
    cause: Cause,
}

impl Proposal {
    const fn keep(capacity: u32) -> Self {
        Self { desired: capacity, cause: Cause::Nothing }
    }

    const fn load(desired: u32) -> Self {
        Self { desired, cause: Cause::Load }
    }
}

/// A scaler at work.
#[derive(Clone, Debug)]
pub struct Scaler {
    bounds: Bounds,
    previous: SimTime,
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    Group(group::Group),
    Hpa(Box<hpa::Autoscaler>),
    Keda(Box<keda::Autoscaler>),
    Kpa(Box<kpa::Autoscaler>),
}

impl Scaler {
    pub fn new(spec: &ScalerSpec, bounds: Bounds) -> Self {
        let rule = match spec {
            ScalerSpec::Group(policies) => Rule::Group(group::Group::new(policies)),
            ScalerSpec::Hpa(hpa) => Rule::Hpa(Box::new(hpa::Autoscaler::new(hpa))),
            ScalerSpec::Keda(keda) => Rule::Keda(Box::new(keda::Autoscaler::new(keda))),
            ScalerSpec::Kpa(kpa) => Rule::Kpa(Box::new(kpa::Autoscaler::new(kpa))),
        };
        Self { bounds, previous: SimTime::ZERO, rule }
    }

    /// From one tick to the next.
    pub const fn period(&self) -> Span {
        match &self.rule {
            Rule::Group(_) => Span::MINUTE,
            Rule::Hpa(hpa) => hpa.sync(),
            Rule::Keda(keda) => keda.sync(),
            Rule::Kpa(kpa) => kpa.tick(),
        }
    }

    /// From when a member is ready until its cores count in [`Sample::utilization`].
    pub const fn readiness_delay(&self) -> Span {
        match &self.rule {
            Rule::Group(_) | Rule::Kpa(_) => Span::ZERO,
            Rule::Hpa(hpa) => hpa.readiness_delay(),
            Rule::Keda(keda) => keda.readiness_delay(),
        }
    }

    /// Whether a request that finds no member at all calls for a tick at once, instead of waiting for the next one: Knative's
    /// activator pokes the autoscaler.
    pub const fn wakes_on_arrival(&self) -> bool {
        matches!(self.rule, Rule::Kpa(_))
    }

    /// The bounds in force, which scheduled actions change.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Decides. `capacity` is what was desired so far. Instants never decrease.
    pub fn tick(&mut self, sample: &Sample, capacity: u32) -> Decision {
        let interval = sample.at.since(self.previous);
        self.previous = sample.at;
        let view = View { sample, interval, capacity };
        let mut excess_burst = None;
        let proposal = match &mut self.rule {
            Rule::Group(group) => group.decide(view, &mut self.bounds),
            Rule::Hpa(hpa) => hpa.decide(view, self.bounds),
            Rule::Keda(keda) => keda.decide(view, self.bounds),
            Rule::Kpa(kpa) => {
                let (proposal, excess) = kpa.decide(view);
                excess_burst = Some(excess);
                proposal
            }
        };
        let desired = self.bounds.clamp(proposal.desired);
        let cause = match proposal.cause {
            _ if desired == capacity => Cause::Nothing,
            _ if proposal.desired == capacity => Cause::Bounds,
            cause => cause,
        };
        if let Rule::Group(group) = &mut self.rule {
            group.note(view, desired);
        }
        Decision { desired, cause, excess_burst }
    }
}

/// Closer than this, two levels are equal: means of many samples end in noise.
const NOISE: f64 = 1e-9;

/// Rounds up to whole members, but not for noise in the last digits.
fn members(count: f64) -> u32 {
    (count * (1.0 - NOISE)).ceil() as u32
}
