//! What a hybrid deployment is, fully resolved.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::billing::Meter;
use crate::platform::faas::FaasSpec;
use crate::platform::fleet::FleetSpec;
use crate::policy::route::{Route, SiteSet};
use crate::stats::Distribution;
use crate::units::{SimTime, Size};

/// Sites, and the rule that says which of them serves an invocation.
#[derive(Clone, Debug)]
pub struct HybridSpec {
    pub sites: Vec<HybridSite>,
    pub route: Route,
    /// Sites that may serve a function, where the class of its data says so; all others may go anywhere.
    pub allowed: BTreeMap<String, SiteSet>,
}

#[derive(Clone, Debug)]
pub struct HybridSite {
    pub model: SiteModel,
    /// What an invocation moves between the router and this site.
    pub transfer: Option<Transfer>,
    /// How long the way between the router and this site takes, there and back; added to every latency.
    pub latency: Option<Distribution>,
    /// The site takes no new invocations, in order and apart: `[from, to)`.
    pub outages: Vec<(SimTime, SimTime)>,
}

/// What can stand at a site.
#[derive(Clone, Debug)]
pub enum SiteModel {
    Faas(Arc<FaasSpec>),
    Fleet(Arc<FleetSpec>),
}

/// Bytes that are paid for, each way together, and how they are metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub meter: Meter,
    pub size: Size,
}
