//! What must run, with nothing left to look up: the scenario compiled. Immutable, shared by all threads.

use std::sync::Arc;

use super::deployments::Part;
use crate::billing::Tariff;
use crate::billing::ownership::Ownership;
use crate::platform::faas::FaasSpec;
use crate::platform::fleet::FleetSpec;
use crate::platform::hybrid::HybridSpec;
use crate::scenario::Assumption;
use crate::units::{Calendar, Currency, SimTime, Span};
use crate::workload::Workload;

#[derive(Clone, Debug)]
pub struct Plan {
    pub name: String,
    /// SHA-256 (hex) of the resolved scenario and its traces.
    pub hash: String,
    /// The scenario's file, comments and all.
    pub text: Arc<str>,
    /// What `--set` changed of it.
    pub set: Vec<String>,
    pub seed: u64,
    pub replications: u32,
    /// Their numbers begin here: what has run need not run again.
    pub first_replication: u32,
    /// Arrivals come in `[0, duration)`; `None`: the span of the trace, known when it has been read.
    pub duration: Option<Span>,
    pub warmup: Span,
    /// The warm-up is to be found, and not known yet.
    pub find_warmup: bool,
    pub calendar: Calendar,
    pub workload: Arc<Workload>,
    /// Plans with equal ones offer the same invocations at the same times, replication by replication of a seed.
    pub workload_key: Arc<str>,
    pub deployments: Vec<Deployment>,
    /// Names of those that say `compare = false`: nothing but sites of routers.
    pub only_sites: Vec<String>,
    pub objectives: Vec<Target>,
    /// Whether to run deployments again, a member larger and smaller, and under a step of the load.
    pub probes: bool,
    /// Whether to keep, by blocks of time, what tells the intervals of figures that one run alone must give.
    pub blocks: bool,
    /// Whether to keep latencies by the time of arrival, for the time-line.
    pub over_time: bool,
    pub assumptions: Vec<Assumption>,
    pub warnings: Vec<String>,
    /// How a long window is simulated; `None`: whole.
    pub horizon: Option<Horizon>,
}

/// How a window that is too long to be simulated whole is simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// So many weeks, spread over the window, and those of the instants `also`.
    Weeks { weeks: u32, also: Vec<SimTime> },
}

/// One way to host the whole application.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub name: String,
    pub platform: String,
    pub summary: String,
    pub model: Model,
    /// Each with its prices; at least one, in the order in which the model counts them.
    pub sites: Vec<Site>,
}

impl Deployment {
    /// All sites are billed in one.
    pub fn currency(&self) -> Currency {
        self.sites.first().map_or(Currency::Usd, |site| site.tariff.currency)
    }

    /// Whether its bill needs use hour by hour.
    pub fn clears_hourly(&self) -> bool {
        self.sites.iter().any(|site| site.tariff.commitments.is_some())
    }
}

/// A part of a deployment that has its own prices.
#[derive(Clone, Debug)]
pub struct Site {
    pub name: String,
    pub platform: String,
    pub tariff: Tariff,
    /// What is owned there, and billed beside the tariff.
    pub owned: Option<Arc<Ownership>>,
}

impl Site {
    /// The only site of the deployment `part`, of which nothing is owned.
    pub(super) fn new(part: &Part<'_>, tariff: Tariff) -> Self {
        Self { name: part.name.to_owned(), platform: part.pack.name().to_owned(), tariff, owned: None }
    }
}

/// What serves, shared by all threads.
#[derive(Clone, Debug)]
pub enum Model {
    Faas(Arc<FaasSpec>),
    Fleet(Arc<FleetSpec>),
    Hybrid(Arc<HybridSpec>),
}

impl Model {
    /// Parts with their own capacity and prices.
    pub fn sites(&self) -> usize {
        match self {
            Self::Faas(_) | Self::Fleet(_) => 1,
            Self::Hybrid(spec) => spec.sites.len(),
        }
    }

    /// Whether it has pools that influence each other only through shared limits.
    pub const fn falls_apart(&self) -> bool {
        match self {
            Self::Faas(_) => true,
            Self::Fleet(_) | Self::Hybrid(_) => false,
        }
    }
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
    /// (throttled + timed out + failed + dropped + abandoned) / offered.
    Errors,
    ColdStarts,
    CostPerMonth,
}
