//! The Cluster Autoscaler by its FAQ.

use super::*;

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

/// The example of the FAQ: pods of A and of B fit on X but not both, those of C on Y. A goes, then C; B stays.
#[test]
fn one_used_node_goes_at_a_time_and_only_if_its_pods_still_fit_elsewhere() {
    let small = node_type(600, 2_000, 1, 1.0);
    let large = node_type(1_000, 2_000, 10, 2.0);
    let spec = ClusterSpec { types: vec![small, large], ..autoscaler() };
    let mut cluster = Cluster::new(&spec);
    let mut actions = Vec::new();
    let mut join = |cluster: &mut Cluster, of: u32, pod: Resources| {
        let node = cluster.inventory.launch(at(0), TypeIndex(of), &mut actions);
        // The others are full until they have all joined.
        cluster.node_ready(at(0), node, &mut actions);
        let (pod, place) = cluster.place(at(0), pod);
        assert_eq!(place, Placement::On(node), "{pod:?}");
        node
    };
    let x = join(&mut cluster, 1, Resources::new(600, 1_700));
    let y = join(&mut cluster, 1, Resources::new(750, 1_100));
    let [a, b] = [(); 2].map(|()| {
        let node = cluster.inventory.launch(at(0), TypeIndex(0), &mut Vec::new());
        cluster.inventory.set_phase(node, Phase::Ready);
        node
    });
    let c = cluster.inventory.launch(at(0), TypeIndex(0), &mut Vec::new());
    cluster.inventory.set_phase(c, Phase::Ready);
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
