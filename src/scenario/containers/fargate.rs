//! Tasks on AWS Fargate: sizes in steps, started one by one, billed by the second.

use std::sync::Arc;

use super::super::commitments;
use super::super::deployments::{Deployed, Part};
use super::super::distribution::distribution;
use super::super::fleet;
use super::super::plan::{Deployment, Model, Site};
use super::super::pricing;
use super::super::problem::{Problem, Problems};
use super::{Container, assume_all, common, how_many, in_words, selection, shares_queue, size};
use crate::billing::Meter;
use crate::platform::fleet::{FleetSpec, Launch, Metering};
use crate::stats::Distribution;
use crate::units::{Cores, Size, Span};

/// Thousandths of a vCPU, and the memory that goes with them, MiB: from, to, in steps of (Amazon ECS developer guide, task
/// size, 2026). A quarter of a vCPU has 512, 1,024 or 2,048.
const SIZES: [(u32, u64, u64, u64); 7] = [
    (250, 512, 2_048, 512),
    (500, 1_024, 4_096, 1_024),
    (1_000, 2_048, 8_192, 1_024),
    (2_000, 4_096, 16_384, 1_024),
    (4_000, 8_192, 30_720, 1_024),
    (8_000, 16_384, 61_440, 4_096),
    (16_000, 32_768, 122_880, 8_192),
];
/// The step of the smallest size that there is none of.
const NO_SIZE: (u32, u64) = (250, 1_536);

fn sizes() -> impl Iterator<Item = (u32, u64)> {
    let of =
        |(cpu, from, to, step): (u32, u64, u64, u64)| (from..=to).step_by(step as usize).map(move |mib| (cpu, mib));
    SIZES.into_iter().flat_map(of).filter(|size| *size != NO_SIZE)
}

/// The size that is nearest, by how many times it is larger or smaller in vCPUs and memory.
fn nearest_size(cpu: u32, memory: Size) -> (u32, u64) {
    let times = |a: f64, b: f64| (a.max(1.0) / b).ln().abs();
    let distance = |(milli, mib): (u32, u64)| {
        times(f64::from(cpu), f64::from(milli)) + times(memory.bytes() as f64 / 1_048_576.0, mib as f64)
    };
    sizes().min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or((250, 512))
}

pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let before = problems.len();
    let (milli_cpu, memory) = task_size(part, problems)?;
    let spec = spec(part, milli_cpu, memory, problems);
    check_storage(part, problems);
    fleet::checks::starts(part, &spec, problems);
    let mut meters = vec![Meter::VcpuTime, Meter::MemoryTime];
    if let Metering::Tasks { storage, licensed, .. } = spec.metering {
        meters.extend((storage > Size::ZERO).then_some(Meter::Storage));
        meters.extend(licensed.then_some(Meter::LicenceTime));
    }
    let selection = selection(&spec, meters).with("system", part.table.text("system").map(|system| system.value));
    let tariff = pricing::tariff(part, selection, problems);
    if problems.len() > before {
        return None;
    }
    let tariff = tariff?;
    assumptions(part, deployed);
    pricing::assume(part, &tariff, deployed);
    let tariff = commitments::of_compute(part, tariff, deployed, problems)?;
    let bought = commitments::in_words(part.table);
    let scaled = if spec.scaler.is_some() { ", scaled" } else { "" };
    Some(Deployment {
        name: part.name.to_owned(),
        platform: part.pack.name().to_owned(),
        summary: format!("{} x task of {}{scaled}{bought}", how_many(spec.size), in_words(milli_cpu, memory)),
        sites: vec![Site { name: part.name.to_owned(), platform: part.pack.name().to_owned(), tariff, owned: None }],
        model: Model::Fleet(Arc::new(spec)),
    })
}

fn task_size(part: &Part<'_>, problems: &mut Problems) -> Option<(u32, Size)> {
    let (cpu, memory) = (part.table.quantity::<Cores>("cpu")?, part.table.quantity::<Size>("memory")?);
    let (milli_cpu, asked) = (cpu.value.milli(), memory.value);
    if sizes().all(|(milli, mib)| (milli, Size::from_mib(mib)) != (milli_cpu, asked)) {
        let (milli, mib) = nearest_size(milli_cpu, asked);
        let cores = Cores::from_milli(milli).map_or_else(String::new, |cores| cores.to_string());
        let message = format!("there is no task of cpu {} and memory {asked}", cpu.value);
        let help = format!("the nearest is `cpu = \"{cores}\"` with `memory = \"{}\"`", Size::from_mib(mib));
        problems.push(Problem::at(&memory.place, message).help(help));
    }
    let windows = part.text_or("system", "linux") == "windows";
    if windows && milli_cpu < 1_000 {
        let message = format!("a Windows task has 1 vCPU at least, not {}", cpu.value);
        problems.push(Problem::at(&cpu.place, message));
    }
    Some((milli_cpu, asked))
}

fn check_storage(part: &Part<'_>, problems: &mut Problems) {
    let (least, most) = (part.pack.quantity::<Size>("storage-included"), part.pack.quantity::<Size>("storage-most"));
    let stated = part.table.quantity::<Size>("ephemeral_storage");
    if let Some(at) = stated.filter(|at| !(least..=most).contains(&at.value)) {
        let message = format!("a task has {least} to {most} of disk, not {}", at.value);
        let near = if at.value < least { least } else { most };
        problems.push(Problem::at(&at.place, message).help(format!("nearest is \"{near}\"")));
    }
}

fn spec(part: &Part<'_>, milli_cpu: u32, memory: Size, problems: &mut Problems) -> FleetSpec {
    let size = size(part, "count", problems);
    let drain = part.table.quantity("drain").map_or_else(|| part.pack.quantity("deregistration-delay"), |at| at.value);
    let of = Container { milli_cores: milli_cpu, memory, shared_queue: shares_queue(part, size.least), drain };
    FleetSpec {
        scaler: fleet::scaling::group(part, problems),
        launch: launch(part, problems),
        metering: metering(part, milli_cpu),
        ..common(part, size, of, problems)
    }
}

fn metering(part: &Part<'_>, milli_vcpu: u32) -> Metering {
    let licensed = part.text_or("system", "linux") == "windows";
    let minimum = if licensed { "billing-minimum-windows" } else { "billing-minimum" };
    let included: Size = part.pack.quantity("storage-included");
    let disk = part.table.quantity::<Size>("ephemeral_storage").map_or(included, |disk| disk.value);
    Metering::Tasks {
        minimum: part.pack.quantity(minimum),
        increment: part.pack.quantity("billing-increment"),
        milli_vcpu,
        storage: Size::from_bytes(disk.bytes().saturating_sub(included.bytes())),
        licensed,
    }
}

fn launch(part: &Part<'_>, problems: &mut Problems) -> Launch {
    let table = part.table.table("launch");
    let mut phase = |key: &str, parameter: &str| {
        let own = table.and_then(|table| distribution(table, key, problems));
        own.unwrap_or_else(|| part.pack.distribution(parameter))
    };
    let (provision, start) = (phase("provision", "launch-provision"), phase("start", "launch-start"));
    let health = phase("health_check", "launch-health-check");
    let bootstrap = table.and_then(|table| distribution(table, "bootstrap", problems));
    Launch {
        unbilled: vec![provision],
        billed: vec![start, bootstrap.unwrap_or(Distribution::Constant(Span::ZERO))],
        registration: vec![health],
        warm_pool: None,
        warm_up: table.and_then(|table| table.quantity("warm_up")).map_or(Span::ZERO, |at| at.value),
    }
}

fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    let stated = |key: &str| part.table.table("launch").is_some_and(|launch| launch.has(key));
    let phases =
        [("provision", "launch-provision"), ("start", "launch-start"), ("health_check", "launch-health-check")];
    let own: Vec<&str> = phases.iter().filter(|(key, _)| !stated(key)).map(|(_, parameter)| *parameter).collect();
    assume_all(part, &own, deployed);
    fleet::scaling::assumptions(part, deployed);
    if !part.table.has("balancer") {
        part.assume(deployed, "balancer", part.pack.text("balancer"));
    }
    part.simplify(deployed, "tasks", "each on its own; no limit on how many start at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_are_those_of_the_developer_guide() {
        // 3, 4, 7, 13, 23, 12 and 12 of each number of vCPUs.
        let counts: Vec<usize> = SIZES.iter().map(|row| sizes().filter(|size| size.0 == row.0).count()).collect();
        assert_eq!(counts, [3, 4, 7, 13, 23, 12, 12]);
    }

    #[test]
    fn the_nearest_size_is_offered() {
        let check = |cpu, mib, expected| assert_eq!(nearest_size(cpu, Size::from_mib(mib)), expected, "{cpu} {mib}");
        check(250, 1_536, (250, 2_048));
        check(1_000, 1_024, (500, 1_024));
        check(1_000, 9_000, (1_000, 8_192));
        check(3_000, 8_192, (4_000, 8_192));
        check(64_000, 1_000_000, (16_000, 122_880));
    }
}
