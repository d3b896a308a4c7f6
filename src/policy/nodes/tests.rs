//! Provisioners by their published rules, and laws of every cluster.

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
        let sum = node.pods().fold(Resources::ZERO, |sum, pod| sum.plus(cluster.fleet.pods[&pod].request));
        assert_eq!(sum, node.requested(), "{id:?}");
        for pod in node.pods() {
            assert_eq!(placed.insert(pod, id), None, "{pod:?} is on two nodes");
        }
    }
    for (pod, entry) in &cluster.fleet.pods {
        let place = placed.get(pod).map_or(Placement::Pending, |node| Placement::On(*node));
        assert_eq!(entry.place, place, "{pod:?}");
        assert_eq!(cluster.fleet.pending.contains(pod), place == Placement::Pending, "{pod:?}");
    }
    assert_eq!(placed.len() + cluster.pending(), cluster.pods());
}

#[test]
fn pods_that_wait_get_nodes_at_the_next_scan_and_none_twice() {
    let mut world = World::new(&autoscaler(), Span::from_secs(200));
    for _ in 0..4 {
        world.place(at(13), POD);
    }
    // Two nodes for four pods; one more pod, one more node, though none has come yet.
    world.place(at(65), POD);
    world.run(at(400));
    assert_eq!(world.launches(), [(at(20), 0), (at(20), 0), (at(70), 0)]);
    assert_eq!(world.cluster.pending(), 0);
}

/// platforms.md, section 11, row 13, as far as nodes go: at most 30 s to ask, 3 to 4 min to come.
#[test]
fn a_pod_that_finds_no_node_runs_within_the_published_time() {
    for (start, most) in [(180, 210), (240, 270)] {
        let mut world = World::new(&autoscaler(), Span::from_secs(start));
        world.place(at(1), POD);
        world.run(at(600));
        let bound = world.journal.iter().find(|(_, action)| matches!(action, Action::Bind { .. })).expect("a place");
        assert!(bound.0 > at(1 + start) && bound.0 <= at(1 + most), "{:?}", bound.0);
    }
}

#[test]
fn a_node_goes_when_it_has_been_unneeded_for_longer_than_ten_minutes() {
    let mut world = World::new(&autoscaler(), Span::from_secs(30));
    let pod = world.place(at(5), POD);
    world.release(at(1_995), pod);
    world.run(at(4_000));
    // Seen at 2,000; at 2,600 it has been ten minutes, and not longer.
    assert_eq!(world.removals(), [(at(2_610), 0)]);
}

#[test]
fn nothing_goes_for_ten_minutes_after_a_node_was_asked_for() {
    let types = vec![node_type(2_000, 8_000, 10, 2.0), node_type(4_000, 16_000, 10, 4.0)];
    let mut world = World::new(&ClusterSpec { types, ..autoscaler() }, Span::from_secs(30));
    let pod = world.place(at(5), POD);
    world.release(at(1_995), pod);
    // Fits only on a large node, which is asked for at 2,500: the small one may not go until 3,100.
    world.place(at(2_495), Resources::new(3_000, 0));
    world.run(at(4_000));
    assert_eq!(world.launches(), [(at(10), 0), (at(2_500), 1)]);
    assert_eq!(world.removals(), [(at(3_100), 0)]);
}

/// Nodes that each hold one pod of 400 m from 1,995 s on.
fn underused(nodes: u32, termination: Span) -> (World, Vec<PodId>) {
    let mut world = World::new(&ClusterSpec { termination, ..autoscaler() }, Span::from_secs(30));
    let fillers: Vec<PodId> = (0..nodes).map(|_| world.place(at(5), Resources::new(1_600, 10))).collect();
    let pods = (0..nodes).map(|_| world.place(at(6), Resources::new(400, 10))).collect();
    world.run(at(1_000));
    fillers.into_iter().for_each(|pod| world.release(at(1_995), pod));
    (world, pods)
}

#[test]
fn a_failed_removal_stops_removals_for_three_minutes() {
    let (mut world, _) = underused(4, Span::from_secs(45));
    world.run(at(2_611));
    let going = world.cluster.nodes().find(|(_, node)| matches!(node.phase(), Phase::Draining { .. }));
    let node = going.expect("the first is told to go at 2,610").0;
    let mut actions = Vec::new();
    assert!(world.cluster.removal_failed(at(2_611), node, &mut actions));
    assert!(!world.cluster.removal_failed(at(2_611), node, &mut actions), "it is not going any more");
    world.note(actions);
    world.run(at(2_900));
    // It is empty now, and goes at the first scan after the pause.
    assert_eq!(world.removals().first(), Some(&(at(2_800), node.0)));
}

/// The example of the FAQ: pods of A and of B fit on X but not both, those of C on Y. A goes, then C; B stays.
#[test]
fn one_used_node_goes_at_a_time_and_only_if_its_pods_still_fit_elsewhere() {
    let small = node_type(600, 2_000, 1, 1.0);
    let large = node_type(1_000, 2_000, 10, 2.0);
    let spec = ClusterSpec { types: vec![small, large], ..autoscaler() };
    let mut cluster = Cluster::new(&spec);
    let mut actions = Vec::new();
    let mut join = |cluster: &mut Cluster, of: u32, pod: Resources| {
        let node = cluster.fleet.launch(at(0), TypeIndex(of), &mut actions);
        // The others are full until they have all joined.
        cluster.node_ready(at(0), node, &mut actions);
        let (pod, place) = cluster.place(at(0), pod);
        assert_eq!(place, Placement::On(node), "{pod:?}");
        node
    };
    let x = join(&mut cluster, 1, Resources::new(600, 1_700));
    let y = join(&mut cluster, 1, Resources::new(750, 1_100));
    let [a, b] = [(); 2].map(|()| {
        let node = cluster.fleet.launch(at(0), TypeIndex(0), &mut Vec::new());
        cluster.fleet.set_phase(node, Phase::Ready);
        node
    });
    let c = cluster.fleet.launch(at(0), TypeIndex(0), &mut Vec::new());
    cluster.fleet.set_phase(c, Phase::Ready);
    // Least allocated: an empty small node is freer than a large one in use.
    for (node, pod) in [(a, (290, 100)), (b, (290, 100)), (c, (200, 800))] {
        assert_eq!(cluster.place(at(0), Resources::new(pod.0, pod.1)).1, Placement::On(node));
    }
    let mut removed = Vec::new();
    for second in (0..=3_000).step_by(10) {
        let mut actions = Vec::new();
        cluster.tick(at(second), &mut actions);
        check_laws(&cluster);
        for action in actions {
            match action {
                Action::Remove { node } => removed.push((second, node)),
                Action::Move { from, to, .. } => {
                    assert_eq!(to, Placement::On(if from == a { x } else { y }), "from {from:?}");
                }
                Action::Launch { .. } | Action::Bind { .. } => panic!("{action:?}"),
            }
        }
    }
    assert_eq!(removed, [(610, a), (620, c)]);
    assert!(cluster.nodes().any(|(id, _)| id == b));
}

#[test]
fn empty_nodes_go_ten_at_a_time() {
    let mut world = World::new(&autoscaler(), Span::from_secs(30));
    let pods: Vec<PodId> = (0..25).map(|_| world.place(at(5), Resources::new(2_000, 10))).collect();
    pods.into_iter().for_each(|pod| world.release(at(1_995), pod));
    world.run(at(4_000));
    let mut scans: BTreeMap<SimTime, usize> = BTreeMap::new();
    world.removals().iter().for_each(|(at, _)| *scans.entry(*at).or_default() += 1);
    assert_eq!(scans.into_iter().collect::<Vec<_>>(), [(at(2_610), 10), (at(2_620), 10), (at(2_630), 5)]);
}

#[test]
fn the_next_used_node_goes_when_the_machine_of_the_one_before_is_given_back() {
    let (mut world, pods) = underused(4, Span::from_secs(45));
    world.run(at(4_000));
    let times: Vec<SimTime> = world.removals().into_iter().map(|(at, _)| at).collect();
    // Told to go at 2,610, 2,660 and 2,710.
    assert_eq!(times, [at(2_655), at(2_705), at(2_755)]);
    assert!(pods.iter().all(|pod| matches!(world.cluster.placement(*pod), Some(Placement::On(_)))));
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
fn the_expander_takes_the_type_that_wastes_least_or_serves_most() {
    // The sizes of the expander's own test (`waste_test.go`): in units of the pod 16 and 16, 16 and 32, 8 and 16.
    let pod = Resources::new(500, 1_000);
    let of = |cpu, mib| node_type(cpu * pod.milli_cpu, mib * pod.mib, 100, 1.0);
    let types = [of(16, 16), of(16, 32), of(8, 16)];
    let check = |expander, types: &[NodeType], pods: &[Resources], expected: u32| {
        let rules = AutoscalerRules { expander, ..AutoscalerRules::default() };
        let spec = ClusterSpec { types: types.to_vec(), ..spec(Provisioner::ClusterAutoscaler(rules)) };
        let mut world = World::new(&spec, Span::from_secs(30));
        pods.iter().for_each(|pod| {
            world.place(at(1), *pod);
        });
        world.run(at(15));
        assert!(world.launches().iter().all(|(_, of)| *of == expected), "{expander:?}: {:?}", world.launches());
        assert!(!world.launches().is_empty());
    };
    check(Expander::LeastWaste, &types[..2], &[pod], 0);
    check(Expander::LeastWaste, &types, &[pod], 2);
    // Only the second type holds the large pods.
    let large = Resources::new(500, 20_000);
    check(Expander::MostPods, &types, &[pod, large, large], 1);
    check(Expander::MostPods, &types, &[pod, pod], 0);
}

#[test]
fn a_machine_that_does_not_come_is_given_up_and_its_type_avoided() {
    let spec =
        ClusterSpec { types: vec![node_type(2_000, 8_000, 10, 1.0), node_type(3_000, 9_000, 10, 2.0)], ..autoscaler() };
    let mut world = World::new(&spec, Span::from_secs(3_600));
    world.place(at(5), Resources::new(2_000, 8_000));
    world.run(at(1_000));
    assert_eq!(world.launches(), [(at(10), 0), (at(910), 1)]);
    assert_eq!(world.removals(), [(at(910), 0)]);
    assert!(!world.cluster.node_ready(at(1_000), NodeId(0), &mut Vec::new()), "nobody waits for it");
}

/// Arrival times in tenths of a second, and when the batch ends.
#[track_caller]
fn check_batch(arrivals: impl IntoIterator<Item = u64>, ends_ms: u64) {
    let mut world = World::new(&karpenter(Consolidation::WhenEmpty), Span::from_secs(60));
    for tenths in arrivals {
        world.place(SimTime::ZERO + Span::from_ms(100 * tenths), Resources::new(10, 10));
    }
    world.run(at(50));
    assert_eq!(world.launches().first(), Some(&(SimTime::ZERO + Span::from_ms(ends_ms), 0)));
}

#[test]
fn a_batch_ends_after_a_second_of_silence_or_ten_seconds() {
    check_batch([5], 1_500);
    check_batch([5, 13, 21, 29], 3_900);
    // More than a second apart is silence.
    check_batch([5, 16], 1_500);
    check_batch((0..30).map(|index| 5 + 9 * index), 10_500);
}

#[test]
fn a_batch_gets_the_cheapest_machines_that_hold_it() {
    let types = vec![
        node_type(2_000, 4_000, 100, 2.0),
        node_type(4_000, 8_000, 100, 3.9),
        node_type(4_000, 32_000, 100, 6.0),
        node_type(8_000, 16_000, 100, 8.5),
    ];
    let check = |pods: &[Resources], expected: &[u32]| {
        let spec = ClusterSpec { types: types.clone(), ..karpenter(Consolidation::WhenEmpty) };
        let mut world = World::new(&spec, Span::from_secs(60));
        pods.iter().for_each(|pod| {
            world.place(at(1), *pod);
        });
        world.run(at(200));
        assert_eq!(world.launches().iter().map(|(_, of)| *of).collect::<Vec<_>>(), expected);
    };
    check(&[POD], &[0]);
    check(&[POD; 3], &[1]);
    check(&[POD; 8], &[3]);
    check(&[POD; 9], &[3, 0]);
    check(&[Resources::new(1_000, 20_000), POD], &[2]);
    check(&[Resources::new(9_000, 1)], &[]);
}

fn consolidating(nodes: u32, types: Vec<NodeType>, consolidation: Consolidation) -> (World, Vec<PodId>) {
    let spec = ClusterSpec { types, termination: Span::from_secs(5), ..karpenter(consolidation) };
    let mut world = World::new(&spec, Span::from_secs(30));
    let pods = (0..nodes).map(|_| world.place(at(1), Resources::new(2_000, 100))).collect();
    world.run(at(1_001));
    assert_eq!(world.cluster.nodes().count(), nodes as usize);
    (world, pods)
}

#[test]
fn empty_nodes_go_at_the_next_poll_within_the_budget() {
    let (mut world, pods) = consolidating(20, vec![node_type(2_000, 8_000, 10, 2.0)], Consolidation::WhenEmpty);
    pods.into_iter().take(15).for_each(|pod| world.release(at(1_001), pod));
    world.run(at(1_500));
    let removals = world.removals();
    let in_poll = |poll: u64| removals.iter().filter(|(removed, _)| *removed == at(poll)).count();
    // A tenth of 20, 18, 16, 14, 12, 10, 8, rounded up, until fifteen are gone.
    assert_eq!([1_010, 1_020, 1_030, 1_040, 1_050, 1_060, 1_070, 1_080].map(in_poll), [2, 2, 2, 2, 2, 1, 1, 1]);
    assert_eq!(removals.len(), 15);
}

#[test]
fn underused_nodes_are_merged_one_budget_at_a_time() {
    let (mut world, pods) =
        consolidating(4, vec![node_type(2_000, 8_000, 10, 2.0)], Consolidation::WhenEmptyOrUnderutilized);
    pods.into_iter().for_each(|pod| world.release(at(1_001), pod));
    // The scheduler spreads four small pods over four nodes.
    let small: Vec<PodId> = (0..4).map(|_| world.place(at(1_001), Resources::new(500, 100))).collect();
    world.run(at(1_500));
    assert_eq!(world.cluster.nodes().count(), 1);
    assert_eq!(world.launches().len(), 4, "nothing new is asked for");
    // One of four at a time, five seconds to terminate.
    assert_eq!(world.removals().iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(1_015), at(1_025), at(1_035)]);
    assert!(small.iter().all(|pod| matches!(world.cluster.placement(*pod), Some(Placement::On(_)))));
}

#[test]
fn underused_nodes_stay_if_only_empty_ones_may_go() {
    let (mut world, pods) = consolidating(4, vec![node_type(2_000, 8_000, 10, 2.0)], Consolidation::WhenEmpty);
    pods.into_iter().for_each(|pod| world.release(at(1_001), pod));
    (0..4).for_each(|_| {
        world.place(at(1_001), Resources::new(500, 100));
    });
    world.run(at(1_500));
    assert_eq!(world.removals(), []);
}

#[test]
fn a_cheaper_machine_is_ready_before_the_node_goes() {
    let types = vec![node_type(2_000, 8_000, 10, 2.0), node_type(1_000, 4_000, 10, 1.0)];
    let (mut world, pods) = consolidating(1, types, Consolidation::WhenEmptyOrUnderutilized);
    world.release(at(1_001), pods[0]);
    let small = world.place(at(1_001), Resources::new(500, 100));
    world.run(at(1_500));
    assert_eq!(world.launches()[1..], [(at(1_010), 1)]);
    // Thirty seconds to come, five to terminate.
    assert_eq!(world.removals(), [(at(1_045), 0)]);
    assert_eq!(world.cluster.placement(small), Some(Placement::On(NodeId(1))));
}

#[test]
fn a_node_whose_replacement_does_not_come_stays() {
    let types = vec![node_type(2_000, 8_000, 10, 2.0), node_type(1_000, 4_000, 10, 1.0)];
    let (mut world, pods) = consolidating(1, types, Consolidation::WhenEmptyOrUnderutilized);
    world.start = Span::DAY;
    world.release(at(1_001), pods[0]);
    let small = world.place(at(1_001), Resources::new(500, 100));
    world.run(at(1_909));
    assert_eq!(world.cluster.nodes().next().map(|(_, node)| node.phase()), Some(Phase::Cordoned));
    world.run(at(1_911));
    assert_eq!(world.cluster.placement(small), Some(Placement::On(NodeId(0))));
    assert_eq!(world.removals(), [(at(1_910), 1)]);
}

#[test]
fn consolidation_waits_until_no_pod_has_come_or_gone_for_long_enough() {
    let rules = KarpenterRules { consolidate_after: Span::from_secs(120), ..KarpenterRules::default() };
    let mut world = World::new(&spec(Provisioner::Karpenter(rules)), Span::from_secs(30));
    let pods = [POD; 2].map(|pod| world.place(at(1), pod));
    world.release(at(100), pods[0]);
    world.release(at(200), pods[1]);
    world.run(at(1_000));
    assert_eq!(world.removals(), [(at(320), 0)]);
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
        let fleet = &world.cluster.fleet;
        assert!(fleet.lasting() >= spec.least_nodes && fleet.staying() <= spec.most_nodes + spec.least_nodes);
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
