//! What each site of a deployment over several did, and what queueing theory says of the size of its base.

use serde::{Deserialize, Serialize};

use crate::units::Money;

/// One site. Counts, averages and peaks as those of the whole deployment: means over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteResult {
    /// The deployment that stands there.
    pub name: String,
    pub platform: String,
    /// Invocations that held a place here, whatever became of them.
    pub served: f64,
    /// Of all that held a place anywhere; `null` where none did.
    pub served_share: Option<f64>,
    /// Of `served`, those that waited for a place here, start-up included.
    pub waited: f64,
    pub utilization: Option<f64>,
    pub instances_mean: f64,
    pub instances_peak: f64,
    pub busy_mean: f64,
    pub busy_peak: f64,
    /// Of the whole window.
    pub cost: Money,
    /// Of a month of 730 hours at this usage.
    pub cost_per_month: Money,
}

/// How many places to own, in closed form, beside what was simulated; of a fleet with functions to burst to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizing {
    pub base: String,
    pub burst: String,
    /// What an hour of a place of the base came to, used or not.
    pub own_place_hour: f64,
    /// What a billed hour of an invocation at the burst site came to; `null` where nothing went there.
    pub burst_place_hour: Option<f64>,
    /// Mean number of invocations in service, both sites together.
    pub load: f64,
    /// Places of the base, on average.
    pub places: f64,
    /// Places of one server of the base.
    pub places_per_server: u32,
    pub newsvendor: Option<Newsvendor>,
    pub erlang_b: ErlangB,
    pub simulated: SimulatedSizing,
    /// What the closed forms take for granted.
    pub assumes: Vec<String>,
}

/// Own the r-th place if demand exceeds r - 1 for a greater share of the time than its cost is of the burst site's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Newsvendor {
    pub places: u64,
    /// Servers that have so many places.
    pub servers: u64,
    /// Share of the work that exceeds the places.
    pub overflow_share: f64,
    pub cost_per_hour: f64,
    /// Demand is Poisson around the mean number in service over each interval of this length.
    pub interval_s: f64,
}

/// What finds all places of the base busy, if arrivals are Poisson.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErlangB {
    pub places: u64,
    /// At the mean load, as if it were steady.
    pub overflow_share: f64,
    /// As if it were steady within each interval of the timeline.
    pub overflow_share_by_interval: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulatedSizing {
    /// Share of the invocations that the burst site served.
    pub overflow_share: Option<f64>,
    pub cost_per_hour: f64,
}

/// What the closed forms take for granted.
pub(super) const SIZING_ASSUMES: [&str; 3] = [
    "an own place is paid whether it is used or not, a burst place while it is busy; both at the prices of this run",
    "newsvendor: work moves back as soon as an own place is free, nothing waits, and demand is Poisson around the mean of \
     each interval",
    "Erlang B: Poisson arrivals, work stays where it began, nothing waits at the base, a place serves one \
     invocation at full speed",
];
