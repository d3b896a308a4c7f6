//! Key `horizon` of `[scenario]`: how a window that is too long to be simulated whole is simulated.

use std::collections::BTreeSet;

use super::document::Table;
use super::plan::{Deployment, Horizon, Model};
use super::problem::{Problem, Problems};
use super::settings::Settings;
use crate::platform::hybrid::{HybridSite, SiteModel};
use crate::units::{SimTime, Span};
use crate::workload::{Arrivals, Source, Workload};

/// What a run costs more for each stretch that it begins: the lead-in.
const WITH_LEAD_IN: f64 = 8.0 / 7.0;
const WEEK: Span = Span::from_secs(7 * 86_400);

/// `None` if it is absent, or wrong and reported.
pub fn read(table: &Table, duration: Option<Span>, problems: &mut Problems) -> Option<Horizon> {
    let horizon = table.table("horizon")?;
    let weeks = horizon.count32("weeks")?.value;
    let Some(duration) = duration else {
        let problem = Problem::at(&horizon.place, "`horizon` without `duration`: nothing says which weeks there are");
        problems.push(problem.help("for example `duration = \"3y\"`"));
        return None;
    };
    let zero = table.quantity::<Span>("warmup").is_some_and(|warmup| warmup.value == Span::ZERO);
    if let Some(warmup) = table.get("warmup").filter(|_| !zero) {
        let problem = Problem::at(&warmup.place, "`warmup` does not go with `horizon`");
        problems.push(problem.help("every stretch has a lead-in of a day that is not counted; leave `warmup` out"));
    }
    let there = duration.ns().div_ceil(WEEK.ns());
    if let Some(at) = horizon.count("weeks").filter(|at| at.value > there.max(3)) {
        let problem = Problem::at(&at.place, format!("{} weeks of a window that has {there}", at.value));
        problems.push(problem.help("leave `horizon` out to simulate all of it"));
    }
    let mut also = Vec::new();
    for node in horizon.list("also").unwrap_or_default() {
        let Some(Ok(at)) = node.quantity::<Span>() else { continue };
        if at >= duration {
            problems.push(Problem::at(&node.place, format!("{at} is after the end of the window, {duration}")));
        }
        also.push(SimTime::ZERO + at);
    }
    Some(Horizon::Weeks { weeks, also })
}

/// The part of `duration` that is simulated, lead-ins included.
pub fn share(horizon: &Horizon, duration: Span) -> f64 {
    let Horizon::Weeks { weeks, also } = horizon;
    let weeks = f64::from(*weeks) + also.len() as f64 + 1.0;
    (weeks * WITH_LEAD_IN * WEEK.seconds() / duration.seconds()).min(1.0)
}

/// A trace cannot be joined half-way, and what happens once must lie in a week that is simulated.
pub fn check(settings: &Settings, workload: &Workload, problems: &mut Problems) {
    let (Some(horizon), Some(duration)) = (&settings.horizon, &settings.duration) else { return };
    for source in &workload.sources {
        match source {
            Source::Trace(file) => refuse(settings, &file.name, problems),
            Source::Synthetic(source) => match once(&source.arrivals) {
                Some(Once::Counted) => refuse(settings, &source.name, problems),
                Some(Once::Burst(at)) if at < SimTime::ZERO + duration.value => {
                    let what = format!("the burst of source `{}`", source.name);
                    check_simulated(horizon, &what, at, problems);
                }
                Some(Once::Burst(_)) | None => {}
            },
        }
    }
}

enum Once {
    Burst(SimTime),
    Counted,
}

fn once(arrivals: &Arrivals) -> Option<Once> {
    match arrivals {
        Arrivals::Burst { at, .. } => Some(Once::Burst(*at)),
        Arrivals::Counts { .. } => Some(Once::Counted),
        Arrivals::Growing { of, .. } => once(of),
        Arrivals::Constant { .. }
        | Arrivals::Poisson { .. }
        | Arrivals::Diurnal { .. }
        | Arrivals::Piecewise { .. }
        | Arrivals::Batch { .. }
        | Arrivals::Cron { .. }
        | Arrivals::Mmpp { .. } => None,
    }
}

fn refuse(settings: &Settings, source: &str, problems: &mut Problems) {
    let message = format!("`horizon` does not go with source `{source}`, which is a trace");
    problems.push(Problem::at(&settings.place, message).help("weeks are chosen of synthetic sources only"));
}

/// Outages of sites of `deployments`.
pub fn check_outages(horizon: Option<&Horizon>, deployments: &[Deployment], problems: &mut Problems) {
    let Some(horizon) = horizon else { return };
    for deployment in deployments {
        for from in outages(&deployment.model) {
            check_simulated(horizon, &format!("an outage of deployment `{}`", deployment.name), from, problems);
        }
    }
}

/// When sites go, each instant once.
fn outages(model: &Model) -> BTreeSet<SimTime> {
    let begins = |outages: &[(SimTime, SimTime)]| outages.iter().map(|(from, _)| *from).collect::<Vec<_>>();
    let of_site = |site: &HybridSite| match &site.model {
        SiteModel::Faas(_) => begins(&site.outages),
        SiteModel::Fleet(spec) => [begins(&site.outages), begins(&spec.hazards.outages)].concat(),
    };
    match model {
        Model::Faas(_) => BTreeSet::new(),
        Model::Fleet(spec) => begins(&spec.hazards.outages).into_iter().collect(),
        Model::Hybrid(spec) => spec.sites.iter().flat_map(of_site).collect(),
    }
}

fn check_simulated(horizon: &Horizon, what: &str, at: SimTime, problems: &mut Problems) {
    let Horizon::Weeks { also, .. } = horizon;
    let week = |instant: SimTime| instant.ns() / WEEK.ns();
    if !also.iter().any(|instant| week(*instant) == week(at)) {
        let since = at.since(SimTime::ZERO);
        problems.warn(format!(
            "{what} at {since} counts for all the weeks for which its own stands, or not at all; `also = [\"{since}\"]` of \
             `horizon` makes it count once"
        ));
    }
}
