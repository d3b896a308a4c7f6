//! Knative: pods by the requests that there are, on the nodes of a cluster.

use super::super::deployments::{Deployed, Part};
use super::super::document::Table;
use super::super::fleet::checks::check_pace;
use super::super::fleet::scaling::span;
use super::super::pack::Pack;
use super::super::plan::Deployment;
use super::super::problem::{Problem, Problems};
use super::pods::{Service, deployment, pod};
use super::{assume_all, bounds};
use crate::platform::fleet::FleetSize;
use crate::policy::scaling::{Bounds, BurstCapacity, Kpa, KpaMetric, ScalerSpec};
use crate::units::{Ratio, Share};

/// Parameters of the autoscaler that the pack states.
const PARAMETERS: [&str; 7] =
    ["tick", "stable-window", "panic-window", "panic-threshold", "target-utilization", "grace", "burst-capacity"];
/// Most pods where nobody says so.
const MOST_PODS: u32 = 1_000;

pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let named = part.text_or("cluster", "aws-eks");
    let pack = Pack::named(named).filter(|pack| pack.model() == "cluster")?;
    let cluster = Part { pack, ..*part };
    let pod = pod(&cluster, problems)?;
    let kpa = kpa(part, problems);
    let service = Service {
        pod,
        size: size(part, &kpa, problems),
        scaler: Some(ScalerSpec::Kpa(kpa)),
        // The activator, and the queue of each pod.
        shared_queue: true,
        scaled_by: "knative",
    };
    assumptions(part, deployed);
    deployed.packs.extend(Pack::names().find(|known| *known == pack.name() && !deployed.packs.contains(known)));
    deployment(&cluster, &service, part.pack.name(), deployed, problems)
}

fn size(part: &Part<'_>, kpa: &Kpa, problems: &mut Problems) -> FleetSize {
    let usual = FleetSize { least: 0, most: MOST_PODS, initial: kpa.initial_scale };
    let size = part.table.table("size").map_or(usual, |table| bounds(part, table, usual, problems));
    let stated = part.table.table("size").is_some_and(|size| size.has("initial"));
    let initial = ScalerSpec::Kpa(kpa.clone()).initial(Bounds { least: size.least, most: size.most });
    FleetSize { initial: if stated { size.initial } else { initial }, ..size }
}

/// Key `scaling` over what the pack says.
fn kpa(part: &Part<'_>, problems: &mut Problems) -> Kpa {
    let empty = Table { entries: Vec::new(), place: part.table.place.clone() };
    let table = part.table.table("scaling").unwrap_or(&empty);
    let usual = usual(part, table);
    let number = |key: &str, usual: f64| table.number(key).map_or(usual, |number| number.value);
    let kpa = Kpa {
        capacity: table.quantity::<Ratio>("target").map_or(usual.capacity, |target| target.value.value()),
        utilization: table.quantity::<Share>("utilization").map_or(usual.utilization, |share| share.value.value()),
        tick: span(table, "tick", usual.tick),
        stable_window: span(table, "stable_window", usual.stable_window),
        panic_window: span(table, "panic_window", usual.panic_window),
        panic_threshold: number("panic_threshold", usual.panic_threshold),
        scale_up_rate: number("scale_up_rate", usual.scale_up_rate),
        scale_down_rate: number("scale_down_rate", usual.scale_down_rate),
        scale_to_zero: table.flag("scale_to_zero").unwrap_or(usual.scale_to_zero),
        grace: span(table, "grace", usual.grace),
        retention: span(table, "retention", usual.retention),
        scale_down_delay: span(table, "scale_down_delay", usual.scale_down_delay),
        activation_scale: table.count32("activation_scale").map_or(usual.activation_scale, |count| count.value),
        burst: burst(table, usual.burst),
        ..usual
    };
    check(part, &kpa, problems);
    kpa
}

fn check(part: &Part<'_>, kpa: &Kpa, problems: &mut Problems) {
    let Some(node) = part.table.get("scaling") else { return };
    if let Some(table) = node.as_table() {
        check_pace(table, "tick", problems);
    }
    if kpa.stable_window < kpa.tick || kpa.panic_window < kpa.tick {
        let message = format!("windows of {} and {} hold no tick of {}", kpa.stable_window, kpa.panic_window, kpa.tick);
        problems.push(Problem::at(&node.place, message));
    }
    if kpa.panic_window > kpa.stable_window {
        let message = format!("panic window {} is longer than stable window {}", kpa.panic_window, kpa.stable_window);
        let place = node.as_table().and_then(|table| table.get("panic_window").or_else(|| table.get("stable_window")));
        problems.push(Problem::at(place.map_or(&node.place, |node| &node.place), message));
    }
    if kpa.target() <= 0.0 {
        problems.push(Problem::at(
            &node.place,
            "the autoscaler aims at nothing; `target` and `utilization` are more than 0",
        ));
    }
}

/// The pack's autoscaler for the metric and the limit of requests that a pod has.
fn usual(part: &Part<'_>, table: &Table) -> Kpa {
    let pack = part.pack;
    let share = |name: &str| pack.quantity::<Ratio>(name).value();
    let limit = part.table.count32("concurrency").map(|limit| f64::from(limit.value));
    let (metric, capacity) = match table.text("metric").map(|metric| metric.value) {
        Some("rps") => (KpaMetric::Rps, share("rps-target")),
        Some(_) | None => (KpaMetric::Concurrency, limit.unwrap_or_else(|| share("concurrency-target"))),
    };
    Kpa {
        metric,
        capacity,
        utilization: share("target-utilization"),
        tick: pack.quantity("tick"),
        stable_window: pack.quantity("stable-window"),
        panic_window: pack.quantity("panic-window"),
        panic_threshold: share("panic-threshold"),
        scale_up_rate: share("scale-up-rate"),
        scale_down_rate: share("scale-down-rate"),
        grace: pack.quantity("grace"),
        retention: pack.quantity("retention"),
        initial_scale: pack.count("initial-scale"),
        burst: BurstCapacity::Requests(share("burst-capacity")),
        ..Kpa::new(limit)
    }
}

fn burst(table: &Table, usual: BurstCapacity) -> BurstCapacity {
    match (table.text("burst_capacity"), table.number("burst_capacity")) {
        (Some(_), _) => BurstCapacity::Always,
        (None, Some(number)) if number.value == 0.0 => BurstCapacity::OnlyAtZero,
        (None, Some(number)) => BurstCapacity::Requests(number.value),
        (None, None) => usual,
    }
}

fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    let key = |parameter: &str| match parameter {
        "target-utilization" => "utilization".to_owned(),
        other => other.replace('-', "_"),
    };
    let stated = |parameter: &&&str| part.table.table("scaling").is_some_and(|table| table.has(&key(parameter)));
    let own: Vec<&str> = PARAMETERS.iter().filter(|parameter| !stated(parameter)).copied().collect();
    assume_all(part, &own, deployed);
    let service =
        "all functions are one service, so they share its pods; its activator and its autoscaler need no room on nodes";
    part.simplify(deployed, "services", service);
}
