//! A deployment on servers of one's own: a fleet that is paid for by owning it.

mod growth;
mod terms;

use std::sync::Arc;

use super::deployments::{Deployed, Part};
use super::document::{self, Table};
use super::fleet;
use super::pack::Instance;
use super::plan::{Deployment, Model, Site};
use super::problem::{Problem, Problems};
use crate::billing::Tariff;
use crate::billing::ownership::{Ownership, OwnershipTerms};
use crate::platform::fleet::{Discipline, FleetSpec, Launch, Metering};
use crate::policy::scaling::{Policy, ScalerSpec, Scheduled};
use crate::units::{Currency, SimTime, Span};

/// Reads one deployment; `None` if it is wrong and reported.
pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let before = problems.len();
    let terms = terms::read(part, problems);
    let table = with_defaults(part, &terms);
    let whole = Part { table: &table, ..*part };
    let instance = instance(&whole);
    let discipline = overcommitted(&whole, fleet::discipline(&whole, instance), problems);
    let growth = growth::read(&whole, discipline, &terms, problems)?;
    let spec = FleetSpec { discipline, ..spec(&whole, instance, &growth, problems) };
    if problems.len() > before {
        return None;
    }
    let owned = Ownership { purchases: growth.purchases.clone(), terms, cores_per_server: instance.vcpu };
    check_bill(part, &owned, problems)?;
    assumptions(part, &table, deployed);
    terms::assume(part, deployed);
    terms::warn_of_defaults(part, &terms, problems);
    Some(Deployment {
        name: part.name.to_owned(),
        platform: part.pack.name().to_owned(),
        summary: format!("{} x {} cores, owned", growth.in_words(), instance.vcpu),
        sites: vec![Site { owned: Some(Arc::new(owned)), ..Site::new(part, tariff(part)) }],
        model: Model::Fleet(Arc::new(spec)),
    })
}

/// Nothing that a run could do makes its bill, or that of a month at its pace, larger than money can be; else `None`. How
/// long a trace is shows only when it is read.
fn check_bill(part: &Part<'_>, owned: &Ownership, problems: &mut Problems) -> Option<()> {
    const MONTH: Span = Span::from_secs(31 * 86_400);
    let settings = part.application.settings;
    let window = settings.duration.as_ref().map_or(MONTH, |duration| duration.value.max(MONTH));
    match owned.dearest(settings.calendar, SimTime::ZERO + window) {
        Ok(_) => Some(()),
        Err(error) => {
            let place = part.table.get("ownership").map_or(&part.table.place, |node| &node.place);
            problems
                .push(Problem::at(place, error.to_string()).help("lower prices, fewer servers, or a shorter window"));
            None
        }
    }
}

/// Nothing is metered, so nothing has a price: ownership is billed apart.
fn tariff(part: &Part<'_>) -> Tariff {
    let provider = part.pack.provider().to_owned();
    Tariff { provider, currency: Currency::Usd, prices: Vec::new(), free_tier: false, commitments: None, spot: None }
}

fn instance(part: &Part<'_>) -> Instance {
    Instance {
        vcpu: part.table.count32("cores").map_or_else(|| part.pack.count("server-cores"), |cores| cores.value),
        memory: part.table.quantity("memory").map_or_else(|| part.pack.quantity("server-memory"), |at| at.value),
        baseline: None,
    }
}

/// The keys of the deployment, and those of failures and maintenance as the pack has them where it does not say.
fn with_defaults(part: &Part<'_>, terms: &OwnershipTerms) -> Table {
    let mut table = part.table.clone();
    let repair = if terms.spares.is_zero() { "repair-without-spares" } else { "repair-with-spares" };
    let repair = part.pack.distribution(repair).mean().unwrap_or_default();
    let (every, length) =
        (part.pack.quantity::<Span>("maintenance-every"), part.pack.quantity::<Span>("maintenance-length"));
    let text = format!(
        "failures = {{ annual_rate = \"{}\", repair = {{ dist = \"exponential\", mean = \"{repair}s\" }} }}\n\
         maintenance = {{ every = \"{}ns\", length = \"{}ns\" }}\n",
        part.pack.quantity::<crate::units::Ratio>("failure-rate"),
        every.ns(),
        length.ns(),
    );
    let mut defaults = document::parse(&text, &mut Problems::default());
    for entry in &mut defaults.entries {
        entry.key_place = part.table.place.clone();
        entry.node.place_at(&part.table.place);
    }
    table.entries.extend(defaults.entries.into_iter().filter(|entry| !part.table.has(&entry.key)));
    table
}

fn spec(part: &Part<'_>, instance: Instance, growth: &growth::Growth, problems: &mut Problems) -> FleetSpec {
    let common = fleet::common(part, instance, growth.size(), problems);
    let actions = growth.actions();
    let scheduled = || ScalerSpec::Group(vec![Policy::Scheduled(Scheduled { actions: actions.clone().into() })]);
    FleetSpec {
        scaler: (!actions.is_empty()).then(scheduled),
        launch: Launch::NOTHING,
        metering: Metering::Elsewhere,
        ..common
    }
}

/// Key `overcommit`: requests beyond the virtual cores wait, those within them share the cores.
fn overcommitted(part: &Part<'_>, discipline: Discipline, problems: &mut Problems) -> Discipline {
    let Some(overcommit) = part.table.number("overcommit") else { return discipline };
    match discipline {
        Discipline::ProcessorSharing { milli_cores, limit: None } => {
            let virtual_cores = f64::from(milli_cores) / 1_000.0 * overcommit.value;
            Discipline::ProcessorSharing { milli_cores, limit: Some(virtual_cores as u32) }
        }
        Discipline::ProcessorSharing { .. } | Discipline::Fcfs { .. } => {
            let problem =
                Problem::at(&overcommit.place, "`overcommit` goes with discipline `ps` and without `workers`");
            problems.push(problem.help("`workers` says itself how many requests are worked on at once"));
            discipline
        }
    }
}

fn assumptions(part: &Part<'_>, whole: &Table, deployed: &mut Deployed) {
    if !part.table.has("cores") {
        part.assume(deployed, "server-cores", part.pack.count("server-cores").to_string());
    }
    if !part.table.has("memory") {
        part.assume(deployed, "server-memory", part.pack.quantity::<crate::units::Size>("server-memory").to_string());
    }
    if !part.table.has("balancer") {
        part.assume(deployed, "balancer", part.pack.text("balancer"));
    }
    let text = |key: &str| whole.get(key).map(|node| node.value.to_string()).unwrap_or_default();
    if !part.table.has("failures") {
        part.assume(deployed, "failure-rate", text("failures"));
    }
    if !part.table.has("maintenance") {
        part.assume(deployed, "maintenance-every", text("maintenance"));
    }
    part.simplify(deployed, "purchases", "servers are new when they come; none is sold; prices do not fall");
}
