//! How fast containers follow the load, against published rules and measurements.

use breakeven::ids::FunctionId;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use super::{AT_ONCE, at, fleet, load, members, members_at, serve};

const HOUR: SimTime = SimTime::from_ns(3_600_000_000_000);

/// `count` requests at `second`, each held for `length` seconds.
fn together(count: u32, second: u64, length: u64) -> Vec<Invocation> {
    let arrival = SimTime::ZERO + Span::from_secs(second);
    vec![Invocation::new(arrival, FunctionId(0), Span::from_secs(length)); count as usize]
}

fn knative(concurrency: u32) -> String {
    format!(
        "platform = \"knative\"\nconcurrency = {concurrency}\nrequests = {{ cpu = \"100m\", memory = \"128MB\" }}\n{AT_ONCE}\
         nodes = {{ instance = \"m6i.4xlarge\", least = 4, provisioner = \"fixed\" }}\n"
    )
}

/// A limit of 10 and 35 in flight: a target of 7 each, so 5 pods.
#[test]
fn knative_holds_steady_concurrency_at_its_target() {
    let journal = serve(&fleet("0%", &knative(10)), 1, &together(35, 10, 3_000), HOUR);
    assert_eq!(members_at(&journal, 300.0), 5);
    assert_eq!(members(&journal).iter().map(|(_, count)| *count).max(), Some(5));
}

/// From one ready pod to 50 in flight with a limit of 1: 50 / 0.7 is 72 pods, in panic, and none goes for a minute.
#[test]
fn knative_panics_to_72_pods_and_keeps_them_for_a_minute() {
    let journal = serve(&fleet("0%", &knative(1)), 1, &together(50, 100, 20), HOUR);
    let steps = members(&journal);
    let (reached, most) = steps.iter().copied().find(|(_, count)| *count >= 72).expect("72 pods");
    assert_eq!((most, steps.iter().map(|(_, count)| *count).max()), (72, Some(72)), "{steps:?}");
    assert!(reached <= 108.0, "the panic window is full at 106 s: {reached}");
    let fell = steps.windows(2).find(|pair| pair[1].1 < pair[0].1 && pair[1].0 > 100.0).expect("they go at last")[1].0;
    assert!(fell >= reached + 60.0 - 2.0, "72 at {reached}, fewer at {fell}");
    assert_eq!(steps.last().map(|(_, count)| *count), Some(0), "and none are left");
}

fn hpa(rest: &str) -> String {
    format!(
        "platform = \"aws-eks\"\nrequests = {{ cpu = \"200m\", memory = \"128MB\" }}\nlimits = {{ cpu = 1 }}\n\
         size = {{ least = 1, most = 20, initial = 2 }}\n{AT_ONCE}\
         scaling = {{ policy = \"hpa\", target = \"50%\", metric_delay = \"0s\", readiness_delay = \"0s\"{rest} }}\n\
         nodes = {{ instance = \"m6i.4xlarge\", least = 1, provisioner = \"fixed\" }}\n"
    )
}

/// A target of 100 m: at 200 m a pod the pods double, at 109 m nothing happens, at 50 m they halve after 300 s.
#[test]
fn the_horizontal_autoscaler_doubles_stays_and_halves() {
    let mut invocations = load(0, 600, 0.4);
    invocations.extend(load(600, 1_200, 0.436));
    invocations.extend(load(1_200, 2_400, 0.2));
    let journal = serve(&fleet("100%", &hpa("")), 1, &invocations, at(2_400.0));
    let steps: Vec<(f64, i32)> = members(&journal).into_iter().filter(|(second, _)| *second < 2_390.0).collect();
    assert_eq!(steps.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 4, 2], "{steps:?}");
    assert_eq!(steps[1].0, 15.0, "at the first decision");
    assert!((1_500.0..=1_530.0).contains(&steps[2].0), "300 s after the load fell: {steps:?}");
}

/// Ten requests a second, 30 a minute for each pod: 20 pods, however old the metrics are. A pod that came since then has none:
/// on the way up it counts with nothing (Kubernetes documentation, 2026).
#[test]
fn old_metrics_ask_for_no_more_pods_than_new_ones() {
    for delay in ["0s", "15s", "60s"] {
        let cluster = format!(
            "platform = \"aws-eks\"\nrequests = {{ cpu = \"200m\", memory = \"128MB\" }}\n\
             size = {{ least = 1, most = 200 }}\n{AT_ONCE}\
             scaling = {{ policy = \"hpa\", metric = \"requests\", target = 30, metric_delay = \"{delay}\" }}\n\
             nodes = {{ instance = \"m6i.4xlarge\", least = 12, provisioner = \"fixed\" }}\n"
        );
        let journal = serve(&fleet("0%", &cluster), 1, &load(0, 900, 0.1), at(900.0));
        let most = members(&journal).iter().map(|(_, count)| *count).max();
        assert_eq!((most, members_at(&journal, 600.0)), (Some(20), 20), "{delay}");
    }
}

/// HPA and Cluster Autoscaler on Google's machines, whose nodes take 3 to 4 minutes: about 5 minutes from load to pods.
#[test]
fn load_reaches_new_pods_on_new_nodes_after_about_five_minutes() {
    let cluster = "platform = \"gcp-gke\"\nrequests = { cpu = \"500m\", memory = \"512MB\" }\n\
                   size = { least = 2, most = 20 }\nscaling = { policy = \"hpa\", target = \"60%\" }\n\
                   nodes = { instance = \"n1-standard-1\", least = 2, most = 20 }\n";
    let spec = fleet("100%", cluster);
    let mut minutes = Vec::new();
    for seed in 0..10 {
        let mut invocations = load(0, 600, 0.5);
        invocations.extend(load(600, 1_800, 0.95));
        let journal = serve(&spec, seed, &invocations, at(1_800.0));
        let first = members(&journal).into_iter().find(|(second, count)| *second > 600.0 && *count > 2);
        minutes.push((first.expect("pods are added").0 - 600.0) / 60.0);
    }
    let mean = minutes.iter().sum::<f64>() / minutes.len() as f64;
    assert!((mean / 5.0 - 1.0).abs() <= 0.3, "{minutes:?}");
}

/// Target 50 % of tasks at 100 %: nothing for three points of a minute, then twice as many; fewer only after fifteen points
/// below 35 %.
#[test]
fn target_tracking_waits_three_points_to_add_and_fifteen_to_remove() {
    let service = "platform = \"aws-fargate\"\ncpu = 1\nmemory = \"2GB\"\nsize = { least = 2, most = 20 }\n\
                   launch = { provision = \"0s\", start = \"1s\", health_check = \"0s\" }\n\
                   scaling = { policy = \"target-tracking\", target = \"50%\", low = \"70%\", delay = \"0s\" }\n";
    let mut invocations = load(0, 1_800, 1.0);
    invocations.extend(load(1_800, 1_980, 2.0));
    invocations.extend(load(1_980, 3_600, 2.0));
    invocations.extend(load(3_600, 6_000, 1.36));
    let journal = serve(&fleet("100%", service), 1, &invocations, at(6_000.0));
    let steps: Vec<(f64, i32)> = members(&journal).into_iter().filter(|(second, _)| *second < 5_990.0).collect();
    assert_eq!(steps[..2], [(0.0, 2), (1_981.0, 4)], "{steps:?}");
    assert!((steps[2].0 - (3_600.0 + 900.0)).abs() < 1.0 && steps[2].1 == 3, "{steps:?}");
}

/// Karpenter: 45 to 90 s from a pending pod to a running one; here the readiness probe is in it, too.
#[test]
fn a_pod_that_needs_a_node_runs_after_about_a_minute() {
    let service = "platform = \"knative\"\nrequests = { cpu = \"500m\", memory = \"512MB\" }\n\
                   size = { initial = 0 }\nnodes = { instance = \"m6i.large\" }\n";
    let spec = fleet("100%", service);
    let invocations: Vec<Invocation> = (0..40)
        .map(|hour| Invocation::new(at(600.0 + 3_600.0 * f64::from(hour)), FunctionId(0), Span::from_ms(50)))
        .collect();
    let journal = serve(&spec, 1, &invocations, at(41.0 * 3_600.0));
    let starts: Vec<f64> = journal.outcomes.iter().map(|outcome| outcome.cold_start.seconds()).collect();
    assert!(journal.outcomes.iter().all(|outcome| outcome.cold), "every pod had gone");
    let mean = starts.iter().sum::<f64>() / starts.len() as f64;
    assert!((45.0..90.0).contains(&mean), "{mean}");
    assert!(starts.iter().all(|start| (38.0..90.0).contains(start)), "{starts:?}");
}

/// A node fetches an image once: the second pod of a node does not wait for it.
#[test]
fn the_second_pod_of_a_node_finds_the_image() {
    let cluster = "platform = \"aws-eks\"\nrequests = { cpu = 1, memory = \"512MB\" }\n\
                   size = { least = 1, most = 4 }\nscaling = { policy = \"hpa\", target = \"50%\", metric_delay = \"0s\" }\n\
                   launch = { pull = \"60s\", start = \"1s\", readiness = \"0s\" }\n\
                   nodes = { instance = \"m6i.xlarge\", least = 2, provisioner = \"fixed\" }\n";
    let journal = serve(&fleet("100%", cluster), 1, &load(0, 600, 2.0), at(600.0));
    let steps = members(&journal);
    // The second pod goes to the empty node, which fetches it; then both have it.
    assert_eq!(steps[..3], [(0.0, 1), (76.0, 2), (121.0, 4)], "{steps:?}");
}
