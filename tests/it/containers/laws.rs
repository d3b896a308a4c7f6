//! What holds for every fleet on a cluster, and the single pod that goes and comes back against its closed form.

use std::sync::Arc;

use breakeven::billing::Meter;
use breakeven::engine::Engine;
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, Fleet, FleetSize, FleetSpec, Launch, ServedFunction};
use breakeven::policy::scaling::{BurstCapacity, Kpa, ScalerSpec};
use breakeven::record::{Fate, Outcome};
use breakeven::rng::{Entity, Purpose, Seed};
use breakeven::stats::{Distribution, mean_and_error};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use rand::RngExt;

use super::{at, fleet, result, scenario, serve};
use crate::support::{Journal, closed_forms, function, servers};

/// Requests of any length in bursts, by `seed`.
fn bursts(seed: u64, end: f64) -> Vec<Invocation> {
    let mut stream = Seed { seed, replication: 0 }.stream(Entity::named("bursts"), Purpose::Arrivals);
    let mut all = Vec::new();
    let mut second = 0.0;
    while second < end {
        second += -120.0 * stream.random::<f64>().ln();
        let rate = 0.2 + 15.0 * stream.random::<f64>();
        let until = (second + 300.0 * stream.random::<f64>()).min(end);
        while second < until {
            all.push(Invocation::new(at(second), FunctionId(0), Span::from_seconds_f64(stream.random::<f64>())));
            second += -stream.random::<f64>().ln() / rate;
        }
    }
    all.retain(|invocation| invocation.at < at(end));
    all
}

const NODES: [&str; 4] = [
    "instance = \"m6i.large\", least = 3, provisioner = \"fixed\"",
    "instance = \"m6i.large\", most = 6, provisioner = \"karpenter\"",
    "instance = \"m6i.xlarge\", least = 1, most = 4, provisioner = \"karpenter\", consolidation = \"empty\", scheduling = \"pack\"",
    "instance = \"m6i.large\", least = 1, most = 8, provisioner = \"cluster-autoscaler\", unneeded = \"1min\"",
];
const SCALERS: [&str; 4] = [
    "platform = \"aws-eks\"\nreplicas = 4\n",
    "platform = \"aws-eks\"\nsize = { least = 1, most = 30 }\nscaling = { policy = \"hpa\", target = \"50%\" }\n",
    "platform = \"aws-eks\"\nsize = { least = 0, most = 30 }\n\
     scaling = { policy = \"keda\", metric = \"concurrency\", target = 4 }\n",
    "platform = \"knative\"\nconcurrency = 4\nsize = { most = 30 }\n",
];

/// Every pair of an autoscaler and a provisioner. That the pods of a node never ask for more than it has is asserted at every
/// change while it runs.
fn each(mut check: impl FnMut(&FleetSpec, &[Invocation], SimTime, u64)) {
    for (index, nodes) in NODES.iter().enumerate() {
        for (other, scaler) in SCALERS.iter().enumerate() {
            let seed = (index * SCALERS.len() + other) as u64;
            let text = format!("{scaler}requests = {{ cpu = \"600m\", memory = \"512MB\" }}\nnodes = {{ {nodes} }}\n");
            check(&fleet("70%", &text), &bursts(seed, 7_200.0), at(7_200.0), seed);
        }
    }
}

#[test]
fn every_request_ends_once_and_none_is_lost_to_moving_pods() {
    each(|spec, invocations, end, seed| {
        let journal = serve(spec, seed, invocations, end);
        assert_eq!(journal.outcomes.len(), invocations.len(), "{seed}");
        assert_eq!(journal.count(Fate::Failed), 0, "{seed}: a second is less than the grace of pods");
        assert!(journal.count(Fate::Completed) > 0, "{seed}");
    });
}

#[test]
fn the_same_seed_gives_the_same_run() {
    each(|spec, invocations, end, seed| {
        assert_eq!(serve(spec, seed, invocations, end), serve(spec, seed, invocations, end), "{seed}");
    });
}

fn total_ns(journal: &Journal, of: Meter) -> u64 {
    let held = journal.meters.iter().filter(|(meter, ..)| *meter == of);
    held.map(|(_, held, units)| held.until.since(held.from).ns() * units).sum()
}

#[test]
fn pods_run_only_while_nodes_are_paid_for() {
    each(|spec, invocations, end, seed| {
        let journal = serve(spec, seed, invocations, end);
        let most_pods = 3_770 / 600;
        let pods: u64 = journal.instances.iter().map(|(from, to, _)| to.min(&end).since(*from).ns()).sum();
        let nodes = total_ns(&journal, Meter::InstanceTime);
        assert!(pods <= nodes * most_pods, "{seed}: {pods} on {nodes}");
        assert_eq!(total_ns(&journal, Meter::ClusterTime), end.ns());
        assert!(journal.meters.iter().all(|(meter, ..)| matches!(meter, Meter::InstanceTime | Meter::ClusterTime)));
    });
}

#[test]
fn a_pod_without_time_to_finish_loses_its_work() {
    let text = "platform = \"aws-eks\"\nrequests = { cpu = \"600m\", memory = \"512MB\" }\ntermination = \"0s\"\n\
                size = { least = 1, most = 30 }\nscaling = { policy = \"hpa\", target = \"20%\", down = { stabilization = \"0s\" } }\n\
                nodes = { instance = \"m6i.large\", most = 20 }\n";
    let spec = fleet("70%", text);
    let failed: usize =
        (0..6).map(|seed| serve(&spec, seed, &bursts(seed, 7_200.0), at(7_200.0)).count(Fate::Failed)).sum();
    assert!(failed > 0);
}

#[test]
fn no_requests_cost_nothing_but_the_control_plane() {
    let text = "platform = \"knative\"\nrequests = { cpu = \"500m\", memory = \"512MB\" }\nsize = { initial = 0 }\n\
                nodes = { instance = \"m6i.large\" }\n";
    let journal = serve(&fleet("100%", text), 1, &[], at(86_400.0));
    assert_eq!(journal.meters.iter().map(|(meter, ..)| *meter).collect::<Vec<_>>(), [Meter::ClusterTime]);
    // One pod at the start goes when nothing has asked for it, and its node with it.
    let journal = serve(&fleet("100%", &text.replace("initial = 0", "initial = 1")), 1, &[], at(86_400.0));
    let nodes = total_ns(&journal, Meter::InstanceTime) / 1_000_000_000;
    assert!((2..180).contains(&nodes), "{nodes} s");
}

/// One request an hour: a pod, a node for it, and both are gone minutes later.
#[test]
fn a_cluster_that_is_hardly_used_costs_hardly_more_than_its_control_plane() {
    let text = "platform = \"knative\"\nrequests = { cpu = \"500m\", memory = \"512MB\" }\nsize = { initial = 0 }\n\
                nodes = { instance = \"m6i.large\" }\n";
    let result = result(&scenario("2d", "100%", text));
    let amount =
        |item: &str| result.cost.items.iter().find(|line| line.item.starts_with(item)).unwrap().amount.to_f64();
    assert_eq!(amount("control plane"), 4.8);
    assert!(amount("m6i.large") < 0.3, "{}", amount("m6i.large"));
    assert_eq!(result.cold_start.fraction, Some(1.0));
}

/// A single pod that takes `setup` to come and goes `off` after it was last needed: what it waits for is a stable window of
/// 60 ticks. The first of these begins half a tick late on average, so that a tick is `off` / 60.5.
fn single_pod(setup: Span, off: Span) -> FleetSpec {
    let tick = Span::from_ns(off.ns() * 2 / 121);
    let window = Span::from_ns(tick.ns() * 60);
    let kpa = Kpa {
        tick,
        stable_window: window,
        panic_window: window,
        panic_threshold: f64::INFINITY,
        burst: BurstCapacity::Always,
        ..Kpa::new(Some(1.0))
    };
    FleetSpec {
        size: FleetSize { least: 0, most: 1, initial: 0 },
        scaler: Some(ScalerSpec::Kpa(kpa)),
        shared_queue: true,
        launch: Launch { billed: vec![Distribution::Constant(setup)], ..Launch::NOTHING },
        others: ServedFunction::PLAIN,
        ..servers(1, Discipline::Fcfs { workers: 1 })
    }
}

/// Welch 1964; Gandhi and others 2013: M/M/1 with set-up and delayed switching off.
#[test]
fn a_pod_that_goes_to_zero_waits_as_the_closed_form_says() {
    const LENGTH: f64 = 40_000.0;
    for oracle in closed_forms().filter(|oracle| oracle.id.starts_with("setup-delayedoff-l")) {
        let [rate, service] = ["arrival_rate", "mean_service"].map(|name| oracle.parameter(name));
        let [setup, off] = ["cold_start", "keepalive"].map(|name| Span::from_seconds_f64(oracle.parameter(name)));
        let spec = Arc::new(single_pod(setup, off));
        let simulate = |replication: u32| {
            let seed = Seed { seed: 5, replication };
            let mut stream = seed.stream(Entity::named("arrivals"), Purpose::Arrivals);
            let mut draw = |mean: f64| -mean * (1.0 - stream.random::<f64>()).ln();
            let (mut second, mut all) = (0.0, Vec::new());
            while second < LENGTH {
                second += draw(1.0 / rate);
                all.push(Invocation::new(at(second), FunctionId(0), Span::from_seconds_f64(draw(service))));
            }
            let mut fleet = Fleet::new(Arc::clone(&spec), seed, at(LENGTH));
            fleet.admit(FunctionId(0), &function("f"));
            let mut engine = Engine::new(fleet);
            let mut journal = Journal::default();
            engine.feed(&all, &mut journal);
            engine.close(at(LENGTH), &mut journal);
            let response = |outcome: &Outcome| (outcome.queue + outcome.cold_start + outcome.execution).seconds();
            journal.outcomes.iter().map(response).sum::<f64>() / journal.outcomes.len() as f64
        };
        let responses: Vec<f64> = (0..16).map(simulate).collect();
        let (mean, error) = mean_and_error(&responses).expect("several replications");
        let expected = oracle.expected("W");
        assert!((mean - expected).abs() <= 4.0 * error, "{}: {mean} ± {error} against {expected}", oracle.id);
        assert!(error < 0.02 * expected, "{}: {error}", oracle.id);
    }
}
