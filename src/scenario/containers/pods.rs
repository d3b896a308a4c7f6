//! What pods of Kubernetes and of Knative have in common.

use super::super::commitments;
use super::super::deployments::{Deployed, Part};
use super::super::distribution::distribution;
use super::super::plan::{Deployment, Model, Site};
use super::super::pricing;
use super::super::problem::{Problem, Problems};
use super::{Container, assume_all, common, how_many, in_words, nodes, selection};
use crate::billing::{Meter, Selection, Tariff};
use crate::platform::fleet::{FleetSize, FleetSpec, Hosts, Launch};
use crate::policy::nodes::{NodeType, Resources};
use crate::policy::scaling::ScalerSpec;
use crate::stats::Distribution;
use crate::units::{Cores, Size, Span};
use std::sync::Arc;

/// A pod, as far as its node and its requests care.
#[derive(Clone, Copy, Debug)]
pub struct Pod {
    pub request: Resources,
    /// Thousandths of a core that it works with.
    pub milli_cores: u32,
    pub memory: Size,
}

/// Keys `requests` and `limits`.
pub fn pod(part: &Part<'_>, problems: &mut Problems) -> Option<Pod> {
    let requests = part.table.table("requests")?;
    let cpu = requests.quantity::<Cores>("cpu")?.value;
    let memory = requests.quantity::<Size>("memory")?.value;
    let limits = part.table.table("limits");
    let most_cpu = limits.and_then(|limits| limits.quantity::<Cores>("cpu"));
    let most_memory = limits.and_then(|limits| limits.quantity::<Size>("memory"));
    if let Some(below) = most_cpu.as_ref().filter(|most| most.value < cpu) {
        let message = format!("a pod may use {} of a core, but asks for {cpu}", below.value);
        problems.push(Problem::at(&below.place, message));
    }
    if let Some(below) = most_memory.as_ref().filter(|most| most.value < memory) {
        problems.push(Problem::at(&below.place, format!("a pod may use {}, but asks for {memory}", below.value)));
    }
    let pod = Pod {
        request: Resources::new(cpu.milli().into(), memory.mib()),
        milli_cores: most_cpu.map_or(cpu, |most| most.value).milli(),
        memory: most_memory.map_or(memory, |most| most.value),
    };
    Some(within_node(part, pod, problems))
}

/// Kubernetes takes limits beyond the node's size; a pod gets no more than its node for all that.
fn within_node(part: &Part<'_>, pod: Pod, problems: &mut Problems) -> Pod {
    let named = part.table.table("nodes").map_or_else(Vec::new, nodes::names);
    let known = named.iter().filter_map(|named| part.pack.instance(named.value));
    let Some(node) = known.max_by_key(|node| (node.vcpu, node.memory)) else { return pod };
    let milli_cores = node.vcpu.saturating_mul(1_000);
    if u64::from(milli_cores) >= pod.request.milli_cpu && pod.milli_cores > milli_cores {
        let limit = f64::from(pod.milli_cores) / 1e3;
        problems.warn(format!(
            "deployment `{}`: a limit of {limit} cores on a node of {}: a pod works with {} at most",
            part.name, node.vcpu, node.vcpu
        ));
    }
    if node.memory.mib() >= pod.request.mib && pod.memory > node.memory {
        problems.warn(format!(
            "deployment `{}`: a limit of {} of memory on a node of {}: a pod has no more than its node",
            part.name, pod.memory, node.memory
        ));
    }
    Pod { milli_cores: pod.milli_cores.min(milli_cores), memory: pod.memory.min(node.memory), ..pod }
}

/// Warns of pods that fit on no node that there may ever be.
fn warn_of_room(part: &Part<'_>, service: &Service, hosts: &Hosts, problems: &mut Problems) {
    let states_most = part.table.table("size").is_some_and(|size| size.has("most"));
    let size = service.size;
    let (pods, which) = match service.scaler {
        None => (size.most, "the"),
        Some(_) if states_most => (size.most, "the most"),
        Some(_) => (size.least, "the least"),
    };
    let room = hosts.members_at_most();
    if room < pods.into() {
        let nodes = hosts.cluster.most_nodes;
        let (node, hold) = if nodes == 1 { ("node", "holds") } else { ("nodes", "hold") };
        problems.warn(format!(
            "deployment `{}`: {nodes} {node} at most {hold} {room} of {which} {pods} pods: {} never start",
            part.name,
            u64::from(pods) - room
        ));
    }
}

/// Warns of nodes whose pods may work with more cores than there are: each works with its limit all the same.
fn warn_of_overcommitment(part: &Part<'_>, service: &Service, hosts: &Hosts, problems: &mut Problems) {
    let over = |of: &NodeType| {
        let pods = hosts.members_of(of).min(service.size.most.into());
        let limits = pods.saturating_mul(service.pod.milli_cores.into());
        (limits > of.capacity.milli_cpu).then_some((pods, limits, of.capacity.milli_cpu))
    };
    if let Some((pods, limits, cores)) = hosts.cluster.types.iter().find_map(over) {
        problems.warn(format!(
            "deployment `{}`: {pods} pods of a node may work with {} cores, and it has {}; that they would share them is \
             not modelled, so requests are served too fast while more are busy",
            part.name,
            limits as f64 / 1e3,
            cores as f64 / 1e3
        ));
    }
}

/// What a deployment of pods decides for itself.
pub struct Service {
    pub pod: Pod,
    pub size: FleetSize,
    pub scaler: Option<ScalerSpec>,
    pub shared_queue: bool,
    /// Who scales, in a word.
    pub scaled_by: &'static str,
}

/// The deployment of `service` on the nodes of `cluster`, which has the pack of the cluster.
pub fn deployment(
    cluster: &Part<'_>,
    service: &Service,
    platform: &str,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Deployment> {
    let before = problems.len();
    let prices = nodes::prices(cluster, problems)?;
    let hosts = nodes::read(cluster, service.pod.request, &prices, problems)?;
    let nodes = nodes::in_words(cluster, &hosts);
    warn_of_room(cluster, service, &hosts, problems);
    warn_of_overcommitment(cluster, service, &hosts, problems);
    let servers = nodes::bought(cluster, &hosts)?;
    let spec = spec(cluster, service, hosts, problems);
    let selection = selection(&spec, vec![Meter::InstanceTime]).with("instance", Some(servers.instance));
    let selection = Selection { count: servers.least, ..selection };
    let tariff = commitments::of_servers(cluster, &servers, selection, deployed, problems);
    if problems.len() > before {
        return None;
    }
    let mut tariff = tariff?;
    let further = Tariff { prices: prices.into_iter().skip(1).collect(), ..tariff.clone() };
    pricing::assume(cluster, &further, deployed);
    tariff.prices.extend(further.prices);
    assumptions(cluster, deployed);
    let pods = in_words(service.pod.milli_cores, service.pod.memory);
    let bought = commitments::in_words(servers.keys);
    Some(Deployment {
        name: cluster.name.to_owned(),
        platform: platform.to_owned(),
        summary: format!("{} x pod of {pods}, {} on {nodes}{bought}", how_many(service.size), service.scaled_by),
        sites: vec![Site { name: cluster.name.to_owned(), platform: platform.to_owned(), tariff, owned: None }],
        model: Model::Fleet(Arc::new(spec)),
    })
}

fn spec(part: &Part<'_>, service: &Service, hosts: Hosts, problems: &mut Problems) -> FleetSpec {
    let of = Container {
        milli_cores: service.pod.milli_cores,
        memory: service.pod.memory,
        shared_queue: service.shared_queue,
        drain: hosts.cluster.termination,
    };
    let common = common(part, service.size, of, problems);
    let mut standing = common.standing;
    // A control plane.
    standing.push((Meter::ClusterTime, 1));
    FleetSpec { scaler: service.scaler.clone(), launch: launch(part, problems), hosts: Some(hosts), standing, ..common }
}

/// From the node to the first request, the image at hand.
fn launch(part: &Part<'_>, problems: &mut Problems) -> Launch {
    let table = part.table.table("launch");
    let mut own = |key: &str| table.and_then(|table| distribution(table, key, problems));
    let start = own("start").unwrap_or_else(|| part.pack.distribution("container-start"));
    let bootstrap = own("bootstrap").unwrap_or(Distribution::Constant(Span::ZERO));
    let readiness = own("readiness").unwrap_or_else(|| part.pack.distribution("readiness"));
    Launch { billed: vec![start, bootstrap, readiness], ..Launch::NOTHING }
}

fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    let stated = |key: &str| part.table.table("launch").is_some_and(|launch| launch.has(key));
    let phases = [("start", "container-start"), ("readiness", "readiness"), ("pull", "image-download")];
    let own: Vec<&str> = phases.iter().filter(|(key, _)| !stated(key)).map(|(_, parameter)| *parameter).collect();
    assume_all(part, &own, deployed);
    if !part.table.table("nodes").is_some_and(|nodes| nodes.has("launch")) {
        assume_all(part, &["node-call", "node-pending", "node-boot", "node-join"], deployed);
    }
    assume_all(part, &["reservation", "daemons-cpu", "daemons-memory"], deployed);
    if !part.table.has("balancer") {
        part.assume(deployed, "balancer", part.pack.text("balancer"));
    }
    let pods = "a pod works with its limit of cores, whatever else runs on its node; a request needs a core for the CPU share \
                of its duration";
    part.simplify(deployed, "pods", pods);
    let nodes =
        "never interrupted, no zones, priorities or disruption budgets; they and their image are there at the start";
    part.simplify(deployed, "nodes", nodes);
}
