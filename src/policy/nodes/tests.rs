//! Provisioners by their published rules, and laws of every cluster.

mod autoscaler;
mod karpenter;

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;

use super::*;
use crate::policy::Share;
use crate::rng::{Entity, Purpose, Seed, Stream};

const POD: Resources = Resources::new(1_000, 1_000);

fn at(second: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(second)
}

/// Nodes without a reservation.
fn node_type(milli_cpu: u64, mib: u64, most_pods: u32, cost: f64) -> NodeType {
    NodeType::new(Resources::new(milli_cpu, mib), Reservation::Nothing, most_pods, cost)
}

fn spec(provisioner: Provisioner) -> ClusterSpec {
    ClusterSpec {
        types: vec![node_type(2_000, 8_000, 10, 2.0)],
        least_nodes: 0,
        most_nodes: 1_000,
        scheduling: Scheduling::LeastAllocated,
        termination: Span::ZERO,
        provision_timeout: Span::from_secs(900),
        provisioner,
    }
}

fn autoscaler() -> ClusterSpec {
    spec(Provisioner::ClusterAutoscaler(AutoscalerRules::default()))
}

fn karpenter(consolidation: Consolidation) -> ClusterSpec {
    spec(Provisioner::Karpenter(KarpenterRules { consolidation, ..KarpenterRules::default() }))
}

/// A cluster whose machines take a time to come, with a journal.
struct World {
    cluster: Cluster,
    now: SimTime,
    start: Span,
    coming: BTreeSet<(SimTime, NodeId)>,
    journal: Vec<(SimTime, Action)>,
    /// Ticks so often, beside those that the cluster asks for.
    every: Option<Span>,
}

impl World {
    fn new(spec: &ClusterSpec, start: Span) -> Self {
        let cluster = Cluster::new(spec);
        Self { cluster, now: SimTime::ZERO, start, coming: BTreeSet::new(), journal: Vec::new(), every: None }
    }

    fn note(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Launch { node, .. } => {
                    self.coming.insert((self.now + self.start, node));
                }
                Action::Remove { node } => self.coming.retain(|(_, coming)| *coming != node),
                Action::Bind { .. } | Action::Move { .. } => {}
            }
            self.journal.push((self.now, action));
        }
        check_laws(&self.cluster);
    }

    /// Lets everything before `until` happen.
    fn run(&mut self, until: SimTime) {
        loop {
            let machine = self.coming.first().map(|(at, _)| *at);
            let extra = self.every.map(|every| SimTime::from_ns((self.now.ns() / every.ns() + 1) * every.ns()));
            let tick = self.cluster.next_tick(self.now).into_iter().chain(extra).min();
            let Some(next) = machine.into_iter().chain(tick).min().filter(|next| *next < until) else { break };
            self.now = next;
            let mut actions = Vec::new();
            match self.coming.first().copied().filter(|(at, _)| *at == next) {
                Some(first) => {
                    self.coming.remove(&first);
                    self.cluster.node_ready(next, first.1, &mut actions);
                }
                None => self.cluster.tick(next, &mut actions),
            }
            self.note(actions);
        }
        self.now = until;
    }

    fn place(&mut self, at: SimTime, request: Resources) -> PodId {
        self.run(at);
        let pod = self.cluster.place(at, request).0;
        self.note(Vec::new());
        pod
    }

    fn release(&mut self, at: SimTime, pod: PodId) {
        self.run(at);
        let mut actions = Vec::new();
        assert!(self.cluster.release(at, pod, &mut actions));
        self.note(actions);
    }

    /// When machines were asked for, and of which type.
    fn launches(&self) -> Vec<(SimTime, u32)> {
        let launch = |(at, action): &(SimTime, Action)| match action {
            Action::Launch { of, .. } => Some((*at, of.0)),
            Action::Bind { .. } | Action::Move { .. } | Action::Remove { .. } => None,
        };
        self.journal.iter().filter_map(launch).collect()
    }

    fn removals(&self) -> Vec<(SimTime, u64)> {
        let removal = |(at, action): &(SimTime, Action)| match action {
            Action::Remove { node } => Some((*at, node.0)),
            Action::Bind { .. } | Action::Move { .. } | Action::Launch { .. } => None,
        };
        self.journal.iter().filter_map(removal).collect()
    }
}

/// No node over what it may give, every pod in one place, nothing lost.
fn check_laws(cluster: &Cluster) {
    let mut placed = BTreeMap::new();
    for (id, node) in cluster.nodes() {
        let of = cluster.node_type(node.of());
        assert!(node.requested().fits_in(of.allocatable) && node.pods().count() <= of.most_pods as usize, "{id:?}");
        assert!(node.holds_pods() || node.pods().next().is_none(), "{id:?} holds pods and may not");
        let sum = node.pods().fold(Resources::ZERO, |sum, pod| sum.plus(cluster.inventory.pods[&pod].request));
        assert_eq!(sum, node.requested(), "{id:?}");
        for pod in node.pods() {
            assert_eq!(placed.insert(pod, id), None, "{pod:?} is on two nodes");
        }
    }
    for (pod, entry) in &cluster.inventory.pods {
        let place = placed.get(pod).map_or(Placement::Pending, |node| Placement::On(*node));
        assert_eq!(entry.place, place, "{pod:?}");
        assert_eq!(cluster.inventory.pending.contains(pod), place == Placement::Pending, "{pod:?}");
    }
    assert_eq!(placed.len() + cluster.pending(), cluster.pods());
}

#[test]
fn the_least_number_of_nodes_stays_and_is_restored() {
    let mut world = World::new(&ClusterSpec { least_nodes: 2, ..autoscaler() }, Span::from_secs(30));
    world.run(at(2_000));
    assert_eq!((world.removals(), world.cluster.nodes().count()), (Vec::new(), 2));
    let mut actions = Vec::new();
    assert!(world.cluster.node_lost(at(2_000), NodeId(1), &mut actions));
    world.note(actions);
    assert_eq!(world.launches(), [(at(2_000), 0)]);
}

#[test]
fn no_more_than_the_most_nodes_are_asked_for() {
    for provisioner in
        [Provisioner::ClusterAutoscaler(AutoscalerRules::default()), Provisioner::Karpenter(KarpenterRules::default())]
    {
        let mut world = World::new(&ClusterSpec { most_nodes: 3, ..spec(provisioner) }, Span::from_secs(30));
        for second in 0..20 {
            world.place(at(second), POD);
        }
        world.run(at(2_000));
        assert_eq!(world.launches().len(), 3);
        assert_eq!(world.cluster.pending(), 14);
    }
}

#[test]
fn a_node_that_is_told_to_go_moves_its_pods_first() {
    let spec = ClusterSpec { least_nodes: 2, termination: Span::from_secs(90), ..spec(Provisioner::Fixed) };
    let mut world = World::new(&spec, Span::from_secs(30));
    let pod = world.place(at(1), POD);
    world.run(at(10));
    let mut actions = Vec::new();
    assert!(world.cluster.drain(at(10), NodeId(0), &mut actions));
    let moved = Action::Move { pod, from: NodeId(0), to: Placement::On(NodeId(1)) };
    assert_eq!(actions, [moved, Action::Launch { node: NodeId(2), of: TypeIndex(0) }]);
    world.note(actions);
    world.run(at(500));
    assert_eq!(world.removals(), [(at(100), 0)]);
}

#[test]
fn an_old_pod_that_fits_nowhere_holds_up_nobody() {
    let mut world = World::new(&ClusterSpec { least_nodes: 1, ..spec(Provisioner::Fixed) }, Span::ZERO);
    let [first, _, small] =
        [Resources::new(1_500, 0), Resources::new(1_500, 0), Resources::new(600, 0)].map(|pod| world.place(at(0), pod));
    assert_eq!(world.cluster.pending(), 2);
    let filler = world.place(at(0), Resources::new(500, 0));
    world.release(at(1), filler);
    world.run(at(2));
    assert_eq!(world.cluster.placement(small), Some(Placement::Pending), "500 m are free");
    world.release(at(3), first);
    // The older takes the place, and what is left is too little again.
    assert_eq!(world.cluster.placement(small), Some(Placement::Pending));
}

fn any_request(stream: &mut Stream) -> Resources {
    Resources::new(stream.random_range(0..2_500), stream.random_range(0..9_000))
}

/// Two hours of pods that come and go, machines that come late or never, and machines that break.
fn any_life(spec: &ClusterSpec, seed: u64, every: Option<Span>) -> Vec<(SimTime, Action)> {
    let mut stream = Seed { seed, replication: 0 }.stream(Entity::named("cluster"), Purpose::Choice);
    let mut world = World::new(spec, Span::ZERO);
    world.every = every;
    let mut alive = Vec::new();
    let mut now = SimTime::ZERO;
    for step in 0..600 {
        now = now + Span::from_ms(stream.random_range(0..24_000));
        world.start = Span::from_ms(stream.random_range(20_000..1_000_000));
        // Half an hour of growth, then of decline.
        let grows = stream.random_range(0..100) < if step % 300 < 150 { 75 } else { 25 };
        match stream.random_range(0..40) {
            0 => {
                world.run(now);
                let nodes: Vec<NodeId> = world.cluster.nodes().map(|(id, _)| id).collect();
                if !nodes.is_empty() {
                    let mut actions = Vec::new();
                    let node = nodes[stream.random_range(0..nodes.len())];
                    match stream.random_range(0..2) {
                        0 => world.cluster.node_lost(now, node, &mut actions),
                        _ => world.cluster.drain(now, node, &mut actions),
                    };
                    world.note(actions);
                }
            }
            _ if grows || alive.is_empty() => alive.push(world.place(now, any_request(&mut stream))),
            _ => {
                let pod = alive.swap_remove(stream.random_range(0..alive.len()));
                world.release(now, pod);
            }
        }
        assert_eq!(world.cluster.pods(), alive.len());
        let inventory = &world.cluster.inventory;
        assert!(inventory.lasting() >= spec.least_nodes && inventory.staying() <= spec.most_nodes + spec.least_nodes);
    }
    world.run(now + Span::HOUR);
    world.journal
}

/// The laws are checked after every call.
fn every_cluster() -> impl Iterator<Item = (ClusterSpec, u64)> {
    let types =
        vec![node_type(2_000, 8_000, 4, 2.0), node_type(4_000, 16_000, 10, 3.5), node_type(1_000, 3_000, 10, 0.9)];
    let provisioners = [
        Provisioner::Fixed,
        Provisioner::ClusterAutoscaler(AutoscalerRules::default()),
        Provisioner::ClusterAutoscaler(AutoscalerRules {
            expander: Expander::MostPods,
            utilization: Share::per_million(900_000),
            unneeded: Span::from_secs(60),
            pause_after_add: Span::from_secs(45),
            ..AutoscalerRules::default()
        }),
        Provisioner::Karpenter(KarpenterRules::default()),
        Provisioner::Karpenter(KarpenterRules {
            consolidate_after: Span::from_secs(37),
            budget: Share::per_million(1_000_000),
            ..KarpenterRules::default()
        }),
    ];
    let spec = move |(index, provisioner)| ClusterSpec {
        types: types.clone(),
        least_nodes: 3,
        most_nodes: 40,
        scheduling: if index % 2 == 0 { Scheduling::LeastAllocated } else { Scheduling::MostAllocated },
        termination: Span::from_secs(7 * index as u64),
        ..spec(provisioner)
    };
    provisioners.into_iter().enumerate().map(spec).flat_map(|spec| (1..=6).map(move |seed| (spec.clone(), seed)))
}

#[test]
fn ticks_that_the_cluster_does_not_ask_for_change_nothing() {
    for (spec, seed) in every_cluster() {
        let asked = any_life(&spec, seed, None);
        let often = any_life(&spec, seed, Some(Span::from_secs(1)));
        let differs = asked.iter().zip(&often).find(|(asked, often)| asked != often);
        assert!(asked == often, "{:?}, seed {seed}: {differs:?}", spec.provisioner);
        assert!(asked.len() > 20, "little happens: {:?}", spec.provisioner);
    }
}
