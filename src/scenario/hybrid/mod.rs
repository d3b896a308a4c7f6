//! A deployment over several others: from its keys and theirs to a [`HybridSpec`].

mod costs;
mod outages;
mod residency;
mod rule;
mod sites;
mod transfer;

use std::sync::Arc;

use super::deployments::{Application, Deployed, Neighbour};
use super::document::Table;
use super::plan::{Deployment, Model, Site};
use super::problem::Problems;
use super::read::At;
use crate::platform::hybrid::{HybridSite, HybridSpec, SiteModel, Transfer};
use crate::scenario::Assumption;
use crate::stats::Distribution;

/// A router on its way to a plan.
struct Router<'a> {
    name: &'a str,
    table: &'a Table,
    /// What stands under `route`.
    route: &'a Table,
    policy: &'a str,
    application: &'a Application<'a>,
}

/// A site that its deployment has made.
struct Member<'a> {
    name: At<&'a str>,
    deployment: &'a Deployment,
    /// Its keys.
    table: &'a Table,
    site: Site,
    transfer: Option<Transfer>,
    latency: Option<Distribution>,
}

/// Reads one deployment; `None` if it, or a site of it, is wrong and reported.
pub fn read(
    own: &Neighbour<'_>,
    neighbours: &[Neighbour<'_>],
    application: &Application<'_>,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Deployment> {
    let before = problems.len();
    let route = own.table.table("route")?;
    let policy = route.text("policy")?.value;
    let router = Router { name: own.name.value, table: own.table, route, policy, application };
    let mut members = sites::read(&router, neighbours, problems)?;
    let rule = rule::read(&router, &members, problems);
    transfer::read(&router, &mut members, deployed, problems);
    let outages = outages::read(&router, &members, problems);
    let allowed = residency::read(&router, &members, problems);
    if problems.len() > before {
        return None;
    }
    assumptions(&router, deployed);
    let rule = rule?;
    let sites = members.iter().zip(outages).filter_map(|(member, outages)| site(member, outages)).collect();
    Some(Deployment {
        name: router.name.to_owned(),
        platform: platform(&members),
        summary: rule.summary,
        model: Model::Hybrid(Arc::new(HybridSpec { sites, route: rule.route, allowed })),
        sites: members.into_iter().map(|member| member.site).collect(),
    })
}

/// A fleet loses its members in an outage of the router's too.
fn site(member: &Member<'_>, outages: Vec<outages::Outage>) -> Option<HybridSite> {
    let model = match &member.deployment.model {
        Model::Faas(spec) => SiteModel::Faas(Arc::clone(spec)),
        Model::Fleet(spec) => {
            let mut spec = (**spec).clone();
            spec.hazards.outages = outages::united(spec.hazards.outages.iter().chain(&outages).copied().collect());
            SiteModel::Fleet(Arc::new(spec))
        }
        Model::Hybrid(_) => return None,
    };
    Some(HybridSite { model, transfer: member.transfer, latency: member.latency.clone(), outages })
}

/// `aws-ec2 + aws-lambda`.
fn platform(members: &[Member<'_>]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for member in members {
        if !names.contains(&member.site.platform.as_str()) {
            names.push(&member.site.platform);
        }
    }
    names.join(" + ")
}

fn assumptions(router: &Router<'_>, deployed: &mut Deployed) {
    let told = [
        ("router", "takes no time, sees the sites as they are, holds no queue, and moves nothing that has arrived"),
        (
            "work at an outage",
            "on servers it is lost, or begins again as `on_loss` says; functions finish what they have",
        ),
    ];
    let outages = router.table.has("outages");
    for (subject, value) in told.into_iter().filter(|(subject, _)| outages || *subject == "router") {
        deployed.assumptions.push(Assumption {
            deployment: Some(router.name.to_owned()),
            subject: subject.to_owned(),
            value: value.to_owned(),
            source: "this program".to_owned(),
            date: String::new(),
        });
    }
}
