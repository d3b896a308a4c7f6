//! A stretch of a plan as a plan of its own.

use std::sync::Arc;

use super::begin;
use crate::platform::faas::FaasSpec;
use crate::platform::fleet::FleetSpec;
use crate::platform::hybrid::{HybridSite, HybridSpec, SiteModel};
use crate::record::Placing;
use crate::scenario::{Deployment, Model, Plan};
use crate::units::{Calendar, SimTime, Span};
use crate::workload::{Source, Synthetic, Workload};

/// The plan whose window is the stretch with its lead-in. Each stretch draws its own random numbers; the first one those
/// of the whole.
pub fn plan(plan: &Plan, placing: &Placing) -> Plan {
    let begin = begin(placing);
    let later = begin.since(SimTime::ZERO);
    let source = |source: &Source| match source {
        Source::Synthetic(synthetic) => {
            let arrivals = synthetic.arrivals.opened(later).unwrap_or_else(|| synthetic.arrivals.clone());
            Source::Synthetic(Synthetic { arrivals, ..synthetic.clone() })
        }
        Source::Trace(file) => Source::Trace(file.clone()),
    };
    let mut ours = plan.clone();
    ours.seed = plan.seed ^ (later.ns() / Span::DAY.ns()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ours.duration = Some(placing.lead_in + placing.length);
    ours.probes = false;
    ours.warmup = placing.lead_in;
    ours.calendar = Calendar::new(plan.calendar.date_of(begin));
    let sources = plan.workload.sources.iter().map(source).collect();
    ours.workload = Arc::new(Workload { functions: plan.workload.functions.clone(), sources });
    ours.deployments = plan.deployments.iter().map(|deployment| deployed(deployment, later)).collect();
    ours
}

fn deployed(deployment: &Deployment, later: Span) -> Deployment {
    let model = match &deployment.model {
        Model::Faas(spec) => Model::Faas(functions(spec, later)),
        Model::Fleet(spec) => Model::Fleet(fleet(spec, later)),
        Model::Hybrid(spec) => Model::Hybrid(Arc::new(hybrid(spec, later))),
    };
    Deployment { model, ..deployment.clone() }
}

fn fleet(spec: &FleetSpec, later: Span) -> Arc<FleetSpec> {
    Arc::new(spec.opened(later))
}

fn functions(spec: &FaasSpec, later: Span) -> Arc<FaasSpec> {
    Arc::new(spec.opened(later))
}

fn hybrid(spec: &HybridSpec, later: Span) -> HybridSpec {
    let open = SimTime::ZERO + later;
    let earlier = |at: SimTime| SimTime::ZERO + at.since(open);
    let site = |site: &HybridSite| {
        let to_come = site.outages.iter().filter(|(_, to)| *to > open);
        HybridSite {
            model: match &site.model {
                SiteModel::Faas(spec) => SiteModel::Faas(functions(spec, later)),
                SiteModel::Fleet(spec) => SiteModel::Fleet(fleet(spec, later)),
            },
            outages: to_come.map(|(from, to)| (earlier(*from), earlier(*to))).collect(),
            ..site.clone()
        }
    };
    HybridSpec { sites: spec.sites.iter().map(site).collect(), ..spec.clone() }
}
