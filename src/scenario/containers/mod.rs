//! Deployments in containers: tasks on Fargate, pods on Kubernetes, and Knative on top of it.

mod fargate;
mod knative;
mod kubernetes;
mod nodes;
mod pods;
mod scaling;

pub use fargate::read as fargate;
pub use knative::read as knative;
pub use kubernetes::read as kubernetes;

use super::deployments::{Deployed, Part};
use super::distribution::distribution;
use super::document::Table;
use super::fleet;
use super::problem::{Problem, Problems};
use crate::billing::{Meter, Selection};
use crate::platform::fleet::{Discipline, FleetSize, FleetSpec, Launch, Metering};
use crate::stats::Distribution;
use crate::units::{Size, Span};

/// A task or a pod, as far as requests care.
#[derive(Clone, Copy)]
struct Container {
    milli_cores: u32,
    memory: Size,
    shared_queue: bool,
    drain: Span,
}

/// What tasks and pods have in common: nobody scales these, they start at once, and nobody is paid for them.
fn common(part: &Part<'_>, size: FleetSize, of: Container, problems: &mut Problems) -> FleetSpec {
    let (named, others) = fleet::functions(part, of.memory, problems);
    let limit = part.table.count32("concurrency").map(|limit| limit.value);
    FleetSpec {
        size,
        scaler: None,
        discipline: Discipline::ProcessorSharing { milli_cores: of.milli_cores, limit },
        memory: of.memory,
        shared_queue: of.shared_queue,
        accept_queue: part.table.count32("accept_queue").map(|queue| queue.value),
        patience: distribution(part.table, "patience", problems),
        balancer: fleet::balancer(part),
        slow_start: fleet::slow_start(part, problems),
        retry: super::retry::read(part),
        named,
        others,
        network: distribution(part.table, "network", problems).unwrap_or(Distribution::Constant(Span::ZERO)),
        launch: Launch::NOTHING,
        drain: of.drain,
        hazards: fleet::hazards::read(part, size.most, of.drain, problems),
        metering: Metering::Elsewhere,
        hosts: None,
        standing: standing(part),
    }
}

/// What stands under `size`; what is left out is of `default`.
fn bounds(part: &Part<'_>, table: &Table, default: FleetSize, problems: &mut Problems) -> FleetSize {
    let count = |key: &str, default: u32| table.count32(key).map_or(default, |count| count.value);
    let least = count("least", default.least);
    let most = count("most", default.most.max(least));
    let initial = count("initial", default.initial.clamp(least, most.max(least)));
    let member = part.member();
    if let Some(at) = table.count32("most").filter(|_| most < least) {
        problems.push(Problem::at(&at.place, format!("at most {most} {member}s, but at least {least}")));
    } else if let Some(at) = table.count32("initial").filter(|_| !(least..=most).contains(&initial)) {
        let message = format!("{initial} {member}s at the start; {least} to {most} are allowed");
        problems.push(Problem::at(&at.place, message));
    }
    FleetSize { least, most, initial }
}

/// Key `fixed` or `size`, whichever there is; just one of them.
fn size(part: &Part<'_>, fixed: &str, problems: &mut Problems) -> FleetSize {
    let count = part.table.count32(fixed);
    let Some(table) = part.table.table("size") else {
        if let Some(scaling) = part.table.entry("scaling").filter(|_| !part.table.has("size")) {
            let problem = Problem::at(&scaling.key_place, "`scaling` without `size`: nothing says how far it may go");
            problems
                .push(problem.help(format!("for example `size = {{ least = 2, most = 20 }}` instead of `{fixed}`")));
        } else if !part.table.has(fixed) && !part.table.has("size") {
            let message = format!("key `{fixed}` of `deployments.{}` is missing", part.name);
            let problem = Problem::at(&part.table.place, message);
            problems.push(problem.help(format!("or `size`, for {}s that are scaled", part.member())));
        }
        return FleetSize::fixed(count.map_or(1, |count| count.value));
    };
    if let Some(count) = count {
        let problem = Problem::at(&count.place, format!("`{fixed}` and `size` exclude each other"));
        problems
            .push(problem.help(format!("leave `{fixed}` out; `size.initial` says how many there are at the start")));
    }
    let least = table.count32("least").map_or(1, |least| least.value);
    let size = bounds(part, table, FleetSize { least, most: least.max(1), initial: least }, problems);
    fleet::checks::is_scaled(part, fixed, (size.least, size.most), problems);
    size
}

/// `4`, `2-20`.
fn how_many(size: FleetSize) -> String {
    let FleetSize { least, most, .. } = size;
    if least == most { most.to_string() } else { format!("{least}-{most}") }
}

/// Keys `load_balancer` and `nat`: base units of each meter a millisecond.
fn standing(part: &Part<'_>) -> Vec<(Meter, u64)> {
    let count = |table: &Table| table.count("count").map_or(0, |count| count.value);
    let mut lines = Vec::new();
    if let Some(table) = part.table.table("load_balancer") {
        let units = table.number("units").map_or(0.0, |units| units.value);
        lines.push((Meter::BalancerTime, count(table)));
        lines.push((Meter::BalancerUnits, (units * 1_000.0).round() as u64));
    }
    if let Some(table) = part.table.table("nat") {
        lines.push((Meter::NatTime, count(table)));
    }
    lines.retain(|(_, units)| *units > 0);
    lines
}

/// What `spec` meters by the clock, beside what `meters` says.
fn selection(spec: &FleetSpec, mut meters: Vec<Meter>) -> Selection {
    meters.extend(spec.standing.iter().map(|(meter, _)| *meter));
    let balancer = meters.contains(&Meter::BalancerTime).then_some("application");
    Selection { meters, count: spec.size.initial, ..Selection::default() }.with("balancer", balancer)
}

/// Whether requests wait before the fleet: where there may be no member, they must.
fn shares_queue(part: &Part<'_>, least: u32) -> bool {
    let default = if least == 0 { "shared" } else { "member" };
    part.text_or("queue", default) == "shared"
}

/// `512MB`, `2GB`.
fn in_words(cores: u32, memory: Size) -> String {
    crate::units::Cores::from_milli(cores).map_or_else(String::new, |cores| format!("{cores} cpu, {memory}"))
}

/// Notes parameters of the pack as they stand.
fn assume_all(part: &Part<'_>, parameters: &[&str], deployed: &mut Deployed) {
    for parameter in parameters {
        part.assume(deployed, parameter, part.pack.value(parameter));
    }
}
