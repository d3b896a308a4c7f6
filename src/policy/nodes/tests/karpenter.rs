//! Karpenter by its documentation.

use super::*;

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
