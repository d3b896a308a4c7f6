//! A deployment on machines: from its keys and the platform's pack to a [`FleetSpec`].

pub(super) mod checks;
mod credits;
pub(super) mod hazards;
mod launch;
pub(super) mod scaling;
mod spot;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::commitments::{self, Servers};
use super::deployments::{Deployed, Part};
use super::distribution::distribution;
use super::document::Table;
use super::functions::CpuWork;
use super::pack::Instance;
use super::plan::{Deployment, Model, Site};
use super::problem::{Problem, Problems, shortened};
use super::read::At;
use crate::billing::{Meter, Selection};
use crate::platform::fleet::{Discipline, FleetSize, FleetSpec, Launch, LostWork, Metering, ServedFunction};
use crate::policy::{Balancer, CreditMode, SlowStart};
use crate::stats::Distribution;
use crate::units::{Size, Span};

/// Reads one deployment; `None` if it is wrong and reported.
pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let before = problems.len();
    let named = part.table.text("instance")?;
    let instance = instance(part, &named, problems)?;
    let mut spec = spec(part, instance, problems);
    let spot = spot::read(part, deployed, problems);
    let mut selection = Selection::of_servers(named.value, spec.size.initial);
    if spec.hazards.credits.is_some_and(|credits| credits.mode == CreditMode::Unlimited) {
        selection.meters.push(Meter::SurplusCredits);
    }
    if let Some(spot) = &spot {
        selection = spot.select(selection);
    }
    let servers = Servers::of_fleet(part, named.value, &spec);
    let tariff = commitments::of_servers(part, &servers, selection, deployed, problems);
    if problems.len() > before {
        return None;
    }
    let mut tariff = tariff?;
    if let Some(spot) = spot {
        spot.price(part, &mut tariff);
        spot.assume(part, deployed);
        spot.apply(&mut spec.hazards);
        spec.metering = Metering::Spot;
        warn_of_refusals(part, &spec, problems);
    }
    assumptions(part, &spec, instance, deployed, problems);
    let purchase = if tariff.spot.is_some() { "spot" } else { part.text_or("purchase", "on-demand") };
    Some(Deployment {
        name: part.name.to_owned(),
        platform: part.pack.name().to_owned(),
        summary: format!("{} x {}, {purchase}{}", how_many(&spec), named.value, commitments::in_words(part.table)),
        sites: vec![Site::new(part, tariff)],
        model: Model::Fleet(Arc::new(spec)),
    })
}

/// `4`, `2-20`.
fn how_many(spec: &FleetSpec) -> String {
    let FleetSize { least, most, .. } = spec.size;
    if least == most { most.to_string() } else { format!("{least}-{most}") }
}

pub(super) fn instance(part: &Part<'_>, named: &At<&str>, problems: &mut Problems) -> Option<Instance> {
    let found = part.pack.instance(named.value);
    if found.is_none() {
        let message = format!("`{}` has no instance type `{}`", part.pack.name(), shortened(named.value));
        let near = crate::units::nearest(named.value, part.pack.instances());
        let help = near.map_or_else(
            || format!("see `sim platforms show {}`", part.pack.name()),
            |near| format!("an instance type with a similar name exists: `{near}`"),
        );
        problems.push(Problem::at(&named.place, message).help(help));
    }
    found
}

fn spec(part: &Part<'_>, instance: Instance, problems: &mut Problems) -> FleetSpec {
    let size = size(part, problems);
    FleetSpec {
        scaler: scaling::group(part, problems),
        launch: launch::read(part, problems),
        metering: Metering::Instances {
            minimum: part.pack.quantity("billing-minimum"),
            increment: part.pack.quantity("billing-increment"),
        },
        ..common(part, instance, size, problems)
    }
}

/// What fleets have in common, whoever owns them: nobody scales this one, and nobody is paid for it.
pub fn common(part: &Part<'_>, instance: Instance, size: FleetSize, problems: &mut Problems) -> FleetSpec {
    let (named, others) = functions(part, instance.memory, problems);
    let drain = part.table.quantity("drain").map_or_else(|| part.pack.quantity("deregistration-delay"), |at| at.value);
    let discipline = discipline(part, instance);
    let mut hazards = hazards::read(part, size.most, drain, problems);
    hazards.credits = credits::read(part, discipline, problems);
    FleetSpec {
        size,
        scaler: None,
        discipline,
        memory: instance.memory,
        shared_queue: part.text_or("queue", "server") == "shared",
        accept_queue: part.table.count32("accept_queue").map(|queue| queue.value),
        patience: distribution(part.table, "patience", problems),
        balancer: balancer(part),
        slow_start: slow_start(part, problems),
        retry: super::retry::read(part),
        named,
        others,
        network: distribution(part.table, "network", problems).unwrap_or(Distribution::Constant(Span::ZERO)),
        launch: Launch::NOTHING,
        drain,
        hazards,
        metering: Metering::Elsewhere,
        hosts: None,
        standing: Vec::new(),
    }
}

/// Keys `count` and `size`.
fn size(part: &Part<'_>, problems: &mut Problems) -> FleetSize {
    let Some(table) = part.table.table("size") else {
        let count = part.table.count32("count").map_or(1, |count| count.value);
        if part.table.has("size") {
            return FleetSize::fixed(count);
        }
        if let Some(scaling) = part.table.entry("scaling") {
            let problem = Problem::at(&scaling.key_place, "`scaling` without `size`: nothing says how far it may go");
            problems.push(problem.help("for example `size = { least = 2, most = 20 }` instead of `count`"));
        } else if !part.table.has("count") {
            let message = format!("key `count` of `deployments.{}` is missing", part.name);
            problems.push(Problem::at(&part.table.place, message).help("or `size`, for a fleet that is scaled"));
        }
        return FleetSize::fixed(count);
    };
    if let Some(count) = part.table.entry("count") {
        let problem = Problem::at(&count.key_place, "`count` and `size` exclude each other");
        problems.push(problem.help("leave `count` out; `size.initial` says how many there are at the start"));
    }
    let size = bounds(table, problems);
    checks::is_scaled(part, "count", (size.least, size.most), problems);
    size
}

fn bounds(table: &Table, problems: &mut Problems) -> FleetSize {
    let count = |key: &str, default: u32| table.count32(key).map_or(default, |count| count.value);
    let least = count("least", 1);
    let (most, initial) = (count("most", least.max(1)), count("initial", least));
    if let Some(place) = table.count32("most").filter(|most| most.value < least).map(|most| most.place) {
        problems.push(Problem::at(&place, format!("at most {most} servers, but at least {least}")));
    }
    if let Some(at) = table.count32("initial").filter(|_| most >= least && !(least..=most).contains(&initial)) {
        problems.push(Problem::at(&at.place, format!("{initial} servers at the start; {least} to {most} are allowed")));
    }
    FleetSize { least, most, initial }
}

/// The scenario's functions, and all others.
pub(super) fn functions(
    part: &Part<'_>,
    memory: Size,
    problems: &mut Problems,
) -> (BTreeMap<String, ServedFunction>, ServedFunction) {
    let timeout = part.table.quantity::<Span>("timeout").map(|timeout| timeout.value);
    let unlimited = part.table.text("timeout").is_some_and(|word| word.value == "unlimited");
    let served = |cpu: CpuWork, timeout: Option<Span>| {
        let (cpu, wait) = cpu.on_core(reference_speed);
        ServedFunction { timeout: timeout.filter(|_| !unlimited), cpu, wait }
    };
    let mut named = BTreeMap::new();
    for function in part.application.functions {
        check_fits(part, function.memory.as_ref(), memory, problems);
        let own = function.timeout.as_ref().map(|timeout| timeout.value);
        named.insert(function.name.clone(), served(function.cpu, timeout.or(own)));
    }
    let of_trace = part.application.traces.first().map_or(CpuWork::NONE, |trace| trace.cpu);
    (named, served(of_trace, timeout))
}

/// `reference_memory` is a size of an AWS Lambda function: 1,769 MB is one vCPU.
pub fn reference_speed(memory: Size) -> f64 {
    const PER_VCPU: Size = Size::from_mib(1_769);
    (memory.bytes() as f64 / PER_VCPU.bytes() as f64).min(1.0)
}

fn check_fits(part: &Part<'_>, memory: Option<&At<Size>>, room: Size, problems: &mut Problems) {
    if let Some(memory) = memory.filter(|memory| memory.value > room) {
        let message = format!("memory {} does not fit the {room} of a {}", memory.value, part.member());
        problems.push(Problem::at(&memory.place, message).help(format!(
            "deployment `{}` needs a larger {}",
            part.name,
            part.member()
        )));
    }
}

/// Keys `discipline` and `workers`.
pub(super) fn discipline(part: &Part<'_>, instance: Instance) -> Discipline {
    let workers = part.table.count32("workers").map(|workers| workers.value);
    let cores = part.table.count32("cores").map_or(instance.vcpu, |cores| cores.value);
    if part.text_or("discipline", "ps") == "fcfs" {
        return Discipline::Fcfs { workers: workers.unwrap_or(instance.vcpu) };
    }
    Discipline::ProcessorSharing { milli_cores: cores.saturating_mul(1_000), limit: workers }
}

pub(super) fn balancer(part: &Part<'_>) -> Balancer {
    match part.text_or("balancer", part.pack.text("balancer")) {
        "least-outstanding" => Balancer::LeastOutstanding,
        "power-of-two" => Balancer::PowerOfTwo,
        "random" => Balancer::Random,
        "jsq" => Balancer::Jsq,
        _ => Balancer::RoundRobin,
    }
}

pub(super) fn slow_start(part: &Part<'_>, problems: &mut Problems) -> SlowStart {
    let length = part.table.quantity::<Span>("slow_start");
    if let Some(at) = length.as_ref().filter(|_| part.text_or("balancer", "") == "least-outstanding") {
        let problem = Problem::at(&at.place, "`slow_start` does not go with balancer `least-outstanding`");
        problems.push(problem.help("the provider's balancer refuses the pair too; take `round-robin`"));
    }
    SlowStart { length: length.map_or(Span::ZERO, |length| length.value) }
}

fn assumptions(
    part: &Part<'_>,
    spec: &FleetSpec,
    instance: Instance,
    deployed: &mut Deployed,
    problems: &mut Problems,
) {
    if !part.table.has("balancer") {
        part.assume(deployed, "balancer", part.pack.text("balancer"));
    }
    let text = format!("{} vCPU, {}", instance.vcpu, instance.memory);
    part.assume(deployed, "instance-types", text);
    part.simplify(deployed, "cores", cores_in_words(part, spec));
    if spec.changes() {
        launch::assumptions(part, deployed);
        scaling::assumptions(part, deployed);
    } else {
        part.simplify(deployed, "servers", "up from the start to the end; no failures, no scaling");
        checks::starts(part, spec, problems);
    }
    credits::assume(part, spec.hazards.credits, instance, deployed, problems);
}

/// Work that is to begin again needs somewhere to wait while there is no server.
fn warn_of_refusals(part: &Part<'_>, spec: &FleetSpec, problems: &mut Problems) {
    if matches!(spec.hazards.lost_work, LostWork::Requeued { .. }) && !spec.shared_queue {
        problems.warn(format!(
            "deployment `{}`: requeued work is refused while there is no server; `queue = \"shared\"` lets it wait",
            part.name
        ));
    }
}

fn cores_in_words(part: &Part<'_>, spec: &FleetSpec) -> &'static str {
    let stated = part.application.functions.iter().all(|function| function.cpu.share.is_some());
    match spec.discipline {
        Discipline::Fcfs { .. } => "a request occupies its worker for its whole duration",
        Discipline::ProcessorSharing { .. } if stated => {
            "a request needs a core for the CPU share of its duration, then waits for the rest without one"
        }
        Discipline::ProcessorSharing { .. } => {
            "a request needs a core for the CPU share of its duration, all of it where the scenario states no `cpu`"
        }
    }
}
