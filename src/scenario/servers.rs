//! A deployment on servers: from its keys and the platform's pack to a [`FleetSpec`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deployments::{Deployed, Part};
use super::distribution::distribution;
use super::functions::CpuWork;
use super::pack::Instance;
use super::plan::{Deployment, Model, Site};
use super::pricing;
use super::problem::{Problem, Problems, shortened};
use super::read::At;
use crate::billing::Selection;
use crate::platform::fleet::{Discipline, FleetSize, FleetSpec, Hazards, Launch, Metering, ServedFunction};
use crate::policy::{Balancer, SlowStart};
use crate::stats::Distribution;
use crate::units::{Size, Span};

/// Reads one deployment; `None` if it is wrong and reported.
pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let before = problems.len();
    let named = part.table.text("instance")?;
    let instance = instance(part, &named, problems)?;
    let count = part.table.count32("count").map_or(1, |count| count.value);
    let spec = spec(part, count, instance, problems);
    let tariff = pricing::tariff(part, Selection::of_servers(named.value, count), problems);
    if problems.len() > before {
        return None;
    }
    let tariff = tariff?;
    assumptions(part, instance, deployed, problems);
    pricing::assume(part, &tariff, deployed);
    let purchase = part.text_or("purchase", "on-demand");
    Some(Deployment {
        name: part.name.to_owned(),
        platform: part.pack.name().to_owned(),
        summary: format!("{count} x {}, {purchase}", named.value),
        sites: vec![Site { name: part.name.to_owned(), platform: part.pack.name().to_owned(), tariff }],
        model: Model::Fleet(Arc::new(spec)),
    })
}

fn instance(part: &Part<'_>, named: &At<&str>, problems: &mut Problems) -> Option<Instance> {
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

fn spec(part: &Part<'_>, count: u32, instance: Instance, problems: &mut Problems) -> FleetSpec {
    let timeout = part.table.quantity::<Span>("timeout").map(|timeout| timeout.value);
    let unlimited = part.table.text("timeout").is_some_and(|word| word.value == "unlimited");
    let mut named = BTreeMap::new();
    for function in part.application.functions {
        check_fits(part, function.memory.as_ref(), instance, problems);
        let stated = timeout.or_else(|| function.timeout.as_ref().map(|timeout| timeout.value));
        let served = ServedFunction {
            timeout: stated.filter(|_| !unlimited),
            cpu: function.cpu.on_core(reference_speed).0,
            wait: function.cpu.on_core(reference_speed).1,
        };
        named.insert(function.name.clone(), served);
    }
    let cpu = part.application.traces.first().map_or(CpuWork::NONE, |trace| trace.cpu);
    FleetSpec {
        size: FleetSize::fixed(count),
        scaler: None,
        shared_queue: false,
        slow_start: SlowStart { length: Span::ZERO },
        launch: Launch::NOTHING,
        drain: Span::ZERO,
        hazards: Hazards::default(),
        discipline: discipline(part, instance),
        memory: instance.memory,
        accept_queue: part.table.count32("accept_queue").map(|queue| queue.value),
        balancer: balancer(part),
        retry: super::retry::read(part),
        named,
        others: ServedFunction {
            timeout: timeout.filter(|_| !unlimited),
            cpu: cpu.on_core(reference_speed).0,
            wait: cpu.on_core(reference_speed).1,
        },
        network: distribution(part.table, "network", problems).unwrap_or(Distribution::Constant(Span::ZERO)),
        metering: Metering::Instances {
            minimum: part.pack.quantity("billing-minimum"),
            increment: part.pack.quantity("billing-increment"),
        },
    }
}

/// `reference_memory` is a size of an AWS Lambda function: 1,769 MB is one vCPU.
fn reference_speed(memory: Size) -> f64 {
    const PER_VCPU: Size = Size::from_mib(1_769);
    (memory.bytes() as f64 / PER_VCPU.bytes() as f64).min(1.0)
}

fn check_fits(part: &Part<'_>, memory: Option<&At<Size>>, instance: Instance, problems: &mut Problems) {
    if let Some(memory) = memory.filter(|memory| memory.value > instance.memory) {
        let message = format!("memory {} does not fit the {} of a server", memory.value, instance.memory);
        problems.push(
            Problem::at(&memory.place, message).help(format!("deployment `{}` needs a larger instance", part.name)),
        );
    }
}

fn discipline(part: &Part<'_>, instance: Instance) -> Discipline {
    let workers = part.table.count32("workers").map(|workers| workers.value);
    let cores = part.table.count32("cores").map_or(instance.vcpu, |cores| cores.value);
    match part.text_or("discipline", "ps") {
        "fcfs" => Discipline::Fcfs { workers: workers.unwrap_or(instance.vcpu) },
        _ => Discipline::ProcessorSharing { milli_cores: cores.saturating_mul(1_000), limit: workers },
    }
}

fn balancer(part: &Part<'_>) -> Balancer {
    match part.text_or("balancer", part.pack.text("balancer")) {
        "least-outstanding" => Balancer::LeastOutstanding,
        "power-of-two" => Balancer::PowerOfTwo,
        "random" => Balancer::Random,
        "jsq" => Balancer::Jsq,
        _ => Balancer::RoundRobin,
    }
}

fn assumptions(part: &Part<'_>, instance: Instance, deployed: &mut Deployed, problems: &mut Problems) {
    if !part.table.has("balancer") {
        part.assume(deployed, "balancer", part.pack.text("balancer"));
    }
    let text = format!("{} vCPU, {}", instance.vcpu, instance.memory);
    part.assume(deployed, "instance-types", text);
    part.simplify(deployed, "cores", "a request occupies its core, or its worker, for its whole duration");
    part.simplify(deployed, "servers", "up from the start to the end; no failures, no scaling");
    if let Some(baseline) = instance.baseline {
        let percent = baseline.value() * 100.0;
        part.assume(deployed, "burst-baseline", format!("{percent}% of each vCPU; CPU credits are not billed"));
        let name = part.text_or("instance", "");
        problems.warn(format!(
            "deployment `{}`: {name} is burstable; more than {percent}% of its vCPUs costs credits, which are not billed here",
            part.name
        ));
    }
}
