//! What must run, with nothing left to look up: the scenario compiled. Immutable, shared by all threads.

use crate::billing::Tariff;
use crate::platform::faas::FaasSpec;
use crate::platform::servers::ServersSpec;
use crate::results::Assumption;
use crate::units::{Calendar, Span};
use crate::workload::Workload;

#[derive(Clone, Debug)]
pub struct Plan {
    pub name: String,
    /// SHA-256 (hex) of the resolved scenario and its traces.
    pub hash: String,
    pub seed: u64,
    pub replications: u32,
    /// Arrivals come in `[0, duration)`; `None`: the span of the trace, known when it has been read.
    pub duration: Option<Span>,
    pub warmup: Span,
    pub calendar: Calendar,
    pub workload: Workload,
    pub deployments: Vec<Deployment>,
    pub objectives: Vec<Target>,
    pub assumptions: Vec<Assumption>,
    pub warnings: Vec<String>,
}

/// One way to host the whole application.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub name: String,
    pub platform: String,
    pub summary: String,
    pub model: Model,
    pub tariff: Tariff,
}

#[derive(Clone, Debug)]
pub enum Model {
    Faas(FaasSpec),
    Servers(ServersSpec),
}

/// An upper bound that the scenario sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub metric: TargetMetric,
    /// Seconds, a share, or an amount in the currency of the bill.
    pub bound: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetMetric {
    /// Of completed invocations: 0.5, 0.9, 0.95, 0.99 or 0.999; `None` is the mean.
    Latency(Option<f64>),
    /// (throttled + timed out + failed + dropped) / offered.
    Errors,
    ColdStarts,
    CostPerMonth,
}
