//! What was taken away from a deployment, and what that cost in work.

use serde::{Deserialize, Serialize};

use crate::platform::fleet::FleetSpec;
use crate::platform::hybrid::SiteModel;
use crate::record::{HazardTally, Tally};
use crate::scenario::Model;

/// Between warm-up and end; means over replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interruptions {
    /// Servers that failed, were taken back, or went with their site.
    pub servers: f64,
    /// Hours of service that invocations had before they failed with their server.
    pub lost_h: f64,
    /// Hours of service that had to be done again.
    pub repeated_h: f64,
    /// Servers in service / servers that there should have been, over time; `null` if there should have been none.
    pub availability: Option<f64>,
}

impl Interruptions {
    /// `None` where nothing can be taken away.
    pub fn of(model: &Model, tallies: &[Tally]) -> Option<Self> {
        if !can_happen(model) {
            return None;
        }
        let mean = |of: &dyn Fn(&HazardTally) -> u128| {
            let sum: u128 = tallies.iter().map(|tally| tally.sum(|site| of(&site.hazards))).sum();
            sum as f64 / tallies.len().max(1) as f64
        };
        let hours = |ns: f64| ns / 3.6e12;
        let (provided, wanted) = (mean(&|hazards| hazards.provided_ns), mean(&|hazards| hazards.wanted_ns));
        Some(Self {
            servers: mean(&|hazards| hazards.interruptions.into()),
            lost_h: hours(mean(&|hazards| hazards.failed_ns)),
            repeated_h: hours(mean(&|hazards| hazards.repeated_ns)),
            availability: (wanted > 0.0).then(|| provided / wanted),
        })
    }
}

fn can_happen(model: &Model) -> bool {
    let to = |fleet: &FleetSpec| fleet.hazards.interrupt() || fleet.hazards.maintenance.is_some();
    match model {
        Model::Faas(_) => false,
        Model::Fleet(fleet) => to(fleet),
        Model::Hybrid(hybrid) => hybrid.sites.iter().any(|site| match &site.model {
            SiteModel::Faas(_) => false,
            SiteModel::Fleet(fleet) => to(fleet),
        }),
    }
}
