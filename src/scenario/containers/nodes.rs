//! The nodes under pods: key `nodes`.

use super::super::commitments::Servers;
use super::super::deployments::Part;
use super::super::distribution::distribution;
use super::super::document::{Node, Table};
use super::super::fleet;
use super::super::pricing;
use super::super::problem::{Problem, Problems};
use super::super::read::At;
use crate::billing::{Meter, MeterPrice, Selection};
use crate::platform::fleet::{Hosts, time_of};
use crate::policy::nodes::{
    AutoscalerRules, ClusterSpec, Consolidation, Expander, KarpenterRules, NodeType, Provisioner, Reservation,
    Resources, Scheduling, TypeIndex,
};
use crate::stats::Distribution;
use crate::units::{Cores, Size, Span};

/// Most nodes where nobody says so.
const MOST_NODES: u32 = 1_000;
/// The image where nobody says how large it is.
const USUAL_IMAGE: Size = Size::from_mib(100);

pub fn read(part: &Part<'_>, request: Resources, prices: &[MeterPrice], problems: &mut Problems) -> Option<Hosts> {
    let table = part.table.table("nodes")?;
    let instances = instances(table, problems)?;
    let types = instances.iter().map(|named| node_type(part, table, named, problems)).collect::<Option<Vec<_>>>()?;
    let types: Vec<NodeType> = types.into_iter().zip(costs(prices)).map(|(of, cost)| NodeType { cost, ..of }).collect();
    check_fits(part, &types, request, problems);
    let (unbilled, billed) = start(part, table, problems);
    Some(Hosts {
        cluster: cluster(part, table, types, problems),
        request,
        unbilled,
        billed,
        pull: pull(part, problems),
        minimum: part.pack.quantity("billing-minimum"),
        increment: part.pack.quantity("billing-increment"),
    })
}

/// How the nodes are bought.
pub fn bought<'a>(part: &Part<'a>, hosts: &Hosts) -> Option<Servers<'a>> {
    let keys = part.table.table("nodes")?;
    let instance = names(keys).first()?.value;
    let ClusterSpec { least_nodes: least, most_nodes: most, provisioner, .. } = hosts.cluster;
    let most = if provisioner == Provisioner::Fixed { least } else { most };
    Some(Servers { keys, instance, least, most, changes: false })
}

/// `0-50 x m5.large by karpenter`.
pub fn in_words(part: &Part<'_>, hosts: &Hosts) -> String {
    let named = part.table.table("nodes").map_or_else(Vec::new, names);
    let instance = named.iter().map(|at| at.value).collect::<Vec<_>>().join(" or ");
    let ClusterSpec { least_nodes, most_nodes, .. } = hosts.cluster;
    match hosts.cluster.provisioner {
        Provisioner::Fixed => format!("{least_nodes} x {instance}"),
        Provisioner::ClusterAutoscaler(_) => format!("{least_nodes}-{most_nodes} x {instance}, cluster autoscaler"),
        Provisioner::Karpenter(_) => format!("{least_nodes}-{most_nodes} x {instance}, karpenter"),
    }
}

fn node_type(part: &Part<'_>, table: &Table, named: &At<&str>, problems: &mut Problems) -> Option<NodeType> {
    let instance = fleet::instance(part, named, problems)?;
    let usual = part.pack.pods_of(named.value).unwrap_or_else(|| part.pack.count("pods-per-node"));
    let most_pods = table.count32("most_pods").map_or(usual, |pods| pods.value);
    let reservation = match part.pack.text("reservation") {
        "amazon" => Reservation::Amazon,
        _ => Reservation::Google,
    };
    let capacity = Resources::new(u64::from(instance.vcpu) * 1_000, instance.memory.mib());
    let of = NodeType::new(capacity, reservation, most_pods, 1.0);
    let daemons = Resources::new(
        part.pack.quantity::<Cores>("daemons-cpu").milli().into(),
        part.pack.quantity::<Size>("daemons-memory").mib(),
    );
    let daemon_pods = part.pack.count("daemons-pods");
    let allocatable = of.allocatable.minus(daemons);
    Some(NodeType { allocatable, most_pods: most_pods.saturating_sub(daemon_pods), ..of })
}

/// Key `instance`: one type, or several, of which nodes at the start have the first.
pub fn names(table: &Table) -> Vec<At<&str>> {
    let text = |node| -> Option<At<&str>> { Node::text(node).map(|value| At { value, place: node.place.clone() }) };
    match table.list("instance") {
        Some(several) => several.iter().filter_map(text).collect(),
        None => table.text("instance").into_iter().collect(),
    }
}

fn instances<'a>(table: &'a Table, problems: &mut Problems) -> Option<Vec<At<&'a str>>> {
    let names = names(table);
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|other| other.value == name.value) {
            problems.push(Problem::at(&name.place, format!("`{}` stands twice in `instance`", name.value)));
        }
    }
    if names.len() > usize::from(u8::MAX) {
        problems.push(Problem::at(&table.place, format!("{} types of nodes; {} at most", names.len(), u8::MAX)));
        return None;
    }
    (!names.is_empty()).then_some(names)
}

/// The price of an hour of each type, where there are several: what a provisioner ranks them by. `None` if one has no
/// price, or if they are bought in a way that says nothing of several types, which is reported.
pub fn prices(part: &Part<'_>, problems: &mut Problems) -> Option<Vec<MeterPrice>> {
    let table = part.table.table("nodes")?;
    let named = names(table);
    if named.len() < 2 {
        return Some(Vec::new());
    }
    let purchase = table.text("purchase").filter(|at| !["on-demand", "spot"].contains(&at.value));
    if let Some(place) =
        table.entry("commitments").map(|entry| &entry.key_place).or(purchase.as_ref().map(|at| &at.place))
    {
        let problem = Problem::at(place, "what is bought in advance is for one type of node");
        problems.push(problem.help("name one `instance`, or leave them on demand"));
        return None;
    }
    let list = part.application.book.list(part.pack.price_lists().first()?).ok()?;
    let price = |(index, name): (usize, &At<&str>)| {
        let selection =
            Selection::of_servers(name.value, 1).with("purchase", table.text("purchase").map(|at| at.value));
        let mut selection = pricing::selection(part, selection)?;
        // The price of every type; others would be of one alone.
        selection.price_override.retain(|key, _| key == Meter::InstanceTime.name());
        let tariff = list.tariff(&selection).map_err(|error| problems.push(pricing::problem(part, &error))).ok()?;
        let meter = time_of(TypeIndex(index as u32));
        tariff.prices.into_iter().next().map(|price| MeterPrice { meter, ..price })
    };
    named.iter().enumerate().map(price).collect()
}

/// In the currency of the list; one type needs none.
fn costs(prices: &[MeterPrice]) -> impl Iterator<Item = f64> {
    let hourly = |price: &MeterPrice| price.tiers.first().map_or(1.0, |tier| tier.price.to_f64());
    prices.iter().map(hourly).chain(std::iter::repeat(1.0))
}

/// A pod must fit on a node of some type.
fn check_fits(part: &Part<'_>, types: &[NodeType], request: Resources, problems: &mut Problems) {
    let largest = types.iter().max_by_key(|of| of.allocatable);
    let Some(of) = largest.filter(|_| !types.iter().any(|of| of.empty().fits(request))) else { return };
    let left = |resources: Resources| format!("{} m cpu and {} MB", resources.milli_cpu, resources.mib);
    let message = format!("a pod that asks for {} fits no node", left(request));
    let help = format!("a node leaves {} for pods, {} of them at most", left(of.allocatable), of.most_pods);
    let place = part.table.get("requests").map_or(&part.table.place, |node| &node.place);
    problems.push(Problem::at(place, message).help(help));
}

fn cluster(part: &Part<'_>, table: &Table, types: Vec<NodeType>, problems: &mut Problems) -> ClusterSpec {
    let provisioner = provisioner(part, table, problems);
    let least = table.count32("least").map_or(0, |least| least.value);
    let usual = if provisioner == Provisioner::Fixed { least } else { MOST_NODES.max(least) };
    let most = table.count32("most");
    if let Some(most) = most.as_ref().filter(|most| most.value < least) {
        problems.push(Problem::at(&most.place, format!("at most {} nodes, but at least {least}", most.value)));
    }
    let termination = part.table.quantity::<Span>("termination").map(|at| at.value);
    ClusterSpec {
        types,
        least_nodes: least,
        most_nodes: most.map_or(usual, |most| most.value),
        scheduling: match table.text("scheduling").map(|word| word.value) {
            Some("pack") => Scheduling::MostAllocated,
            Some(_) | None => Scheduling::LeastAllocated,
        },
        termination: termination.unwrap_or_else(|| part.pack.quantity("termination")),
        provision_timeout: part.pack.quantity("provision-timeout"),
        provisioner,
    }
}

fn provisioner(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Provisioner {
    let word = table.text("provisioner").map_or(part.pack.text("provisioner"), |word| word.value);
    let mut alone = |keys: &[&str], whose: &str| {
        for entry in keys.iter().filter_map(|key| table.entry(key)) {
            let message = format!("`{}` says something to `{whose}`, and nodes are provisioned by `{word}`", entry.key);
            problems.push(Problem::at(&entry.key_place, message));
        }
    };
    if word != "karpenter" {
        alone(&["consolidation", "consolidate_after"], "karpenter");
    }
    if word != "cluster-autoscaler" {
        alone(&["unneeded", "expander"], "cluster-autoscaler");
    }
    match word {
        "fixed" => {
            if table.count32("least").is_none_or(|least| least.value == 0) && !table.has("least") {
                let problem = Problem::at(&table.place, "nobody adds nodes, and nothing says how many there are");
                problems.push(problem.help("`least` of `nodes`"));
            }
            Provisioner::Fixed
        }
        "cluster-autoscaler" => {
            let usual = AutoscalerRules::default();
            let unneeded = table.quantity("unneeded").map_or(usual.unneeded, |at| at.value);
            let expander = match table.text("expander").map(|word| word.value) {
                Some("most-pods") => Expander::MostPods,
                Some(_) | None => Expander::LeastWaste,
            };
            Provisioner::ClusterAutoscaler(AutoscalerRules { unneeded, expander, ..usual })
        }
        _ => {
            let usual = KarpenterRules::default();
            let consolidate_after = table.quantity("consolidate_after").map_or(usual.consolidate_after, |at| at.value);
            let consolidation = match table.text("consolidation").map(|word| word.value) {
                Some("empty") => Consolidation::WhenEmpty,
                Some(_) | None => usual.consolidation,
            };
            Provisioner::Karpenter(KarpenterRules { consolidation, consolidate_after, ..usual })
        }
    }
}

/// Phases that are not billed, and those that are.
fn start(part: &Part<'_>, table: &Table, problems: &mut Problems) -> (Vec<Distribution>, Vec<Distribution>) {
    if let Some(own) = distribution(table, "launch", problems) {
        return (Vec::new(), vec![own]);
    }
    let phases = |names: [&str; 2]| names.map(|name| part.pack.distribution(name)).into();
    (phases(["node-call", "node-pending"]), phases(["node-boot", "node-join"]))
}

/// Download at one of the pack's speeds, and as long again to unpack.
fn pull(part: &Part<'_>, problems: &mut Problems) -> Distribution {
    let own = part.table.table("launch").and_then(|launch| distribution(launch, "pull", problems));
    let image = part.table.quantity::<Size>("image").map_or(USUAL_IMAGE, |image| image.value);
    let one_gigabyte = part.pack.distribution("image-download");
    own.unwrap_or_else(|| scaled(&one_gigabyte, image.bytes() as f64 / (1_u64 << 30) as f64))
}

/// The pack states a uniform distribution, or a constant.
fn scaled(whole: &Distribution, share: f64) -> Distribution {
    let (low, high) = match whole {
        Distribution::Uniform { low, high } => (low * share, high * share),
        other => {
            let mean = other.mean().unwrap_or(0.0) * share;
            return Distribution::Constant(Span::from_seconds_f64(mean));
        }
    };
    Distribution::uniform(low, high).unwrap_or(Distribution::Constant(Span::from_seconds_f64(high)))
}
