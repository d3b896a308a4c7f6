//! A bill shared out over time, in proportion to use.

use super::basis::Basis;
use super::figures::Figures;
use crate::billing::{Meter, Usage};
use crate::record::Tally;
use crate::units::Span;

/// What a unit of each kind of use came to over the window.
pub(super) struct Rates {
    pub(super) requests: f64,
    compute: f64,
    provisioned: f64,
    /// Of both, as they were mixed over the window.
    mean: f64,
    /// What requests carry: an invocation that started.
    volume: f64,
    /// Instances that exist, and all that comes with them: a nanosecond of one.
    instances: f64,
    /// All the rest, which runs by the clock: a nanosecond of the window.
    clock: f64,
}

/// Use in a part of the window.
pub(super) struct Used {
    /// Invocations.
    pub started: f64,
    /// Metered, on demand and provisioned, MiB·ms.
    pub compute: f64,
    pub instance_ns: f64,
}

impl Rates {
    pub(super) fn of(figures: &[Figures], tallies: &[Tally]) -> Self {
        let lines = || figures.iter().flat_map(|f| &f.invoice.lines);
        let amount_of = |counts: &dyn Fn(Meter) -> bool| -> f64 {
            lines().filter(|line| line.meter.is_some_and(counts)).map(|line| line.amount.to_f64()).sum()
        };
        let amount = |meter: Meter| amount_of(&|other| other == meter);
        let usage: Vec<Usage> = tallies.iter().flat_map(Tally::usage).collect();
        let metered = |meter: Meter| usage.iter().map(|usage| usage.total(meter) as f64).sum::<f64>();
        let rate = |amount: f64, quantity: f64| if quantity > 0.0 { amount / quantity } else { 0.0 };
        let [requests, compute, provisioned, ephemeral] =
            [Meter::Requests, Meter::Compute, Meter::ProvisionedCompute, Meter::EphemeralStorage].map(amount);
        // Ephemeral storage is held while executing, on demand or not.
        let executing = metered(Meter::Compute) + metered(Meter::ProvisionedCompute);
        let buckets = || tallies.iter().flat_map(|tally| &tally.timeline.buckets);
        let started: f64 = buckets().map(|bucket| bucket.started() as f64).sum();
        let instance_ns: f64 = buckets().map(|bucket| bucket.instance_ns as f64).sum();
        let volume = if started > 0.0 { amount_of(&|meter| Basis::of(meter) == Basis::Volume) } else { 0.0 };
        let of_instances = |meter| matches!(Basis::of(meter), Basis::Instances | Basis::Surplus);
        let instances = if instance_ns > 0.0 { amount_of(&of_instances) } else { 0.0 };
        let total: f64 = lines().map(|line| line.amount.to_f64()).sum();
        let window: f64 = tallies.iter().map(|tally| tally.window().end.ns() as f64).sum();
        let by_use = requests + compute + provisioned + ephemeral + volume + instances;
        Self {
            mean: rate(compute + provisioned + ephemeral, executing),
            requests: rate(requests, metered(Meter::Requests)),
            compute: rate(compute, metered(Meter::Compute)) + rate(ephemeral, executing),
            provisioned: rate(provisioned, metered(Meter::ProvisionedCompute)) + rate(ephemeral, executing),
            volume: rate(volume, started),
            instances: rate(instances, instance_ns),
            clock: rate((total - by_use).max(0.0), window),
        }
    }

    /// What falls on a part of `length` of the window.
    pub(super) fn shared(&self, used: &Used, length: Span) -> f64 {
        used.started * (self.requests + self.volume)
            + used.compute * self.mean
            + used.instance_ns * self.instances
            + length.ns() as f64 * self.clock
    }

    /// What an execution costs in the mean, on demand or not.
    pub(super) fn executed(&self, usage: &Usage) -> f64 {
        usage.total(Meter::Compute) as f64 * self.compute
            + usage.total(Meter::ProvisionedCompute) as f64 * self.provisioned
    }

    /// Whether anything is metered by instances.
    pub(super) const fn has_instances(&self) -> bool {
        self.instances > 0.0
    }
}
