//! Bills of containers, to the cent.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{result, scenario};

/// The lines of the bill whose items begin so, in cents rounded half up.
#[track_caller]
fn check(window: &str, deployment: &str, expected: &[(&str, &str)]) {
    let result = result(&scenario(window, "100%", deployment));
    for (item, amount) in expected {
        let line = result.cost.items.iter().find(|line| line.item.starts_with(item));
        let line = line.unwrap_or_else(|| panic!("no line `{item}` in {:?}", result.cost.items));
        let cents = line.amount.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        assert_eq!(cents, amount.parse::<Decimal>().unwrap(), "{item}: {line:?}");
    }
    assert_eq!(result.cost.items.len(), expected.len(), "{:?}", result.cost.items);
}

/// Tasks that run from five past midnight for `minutes` each day, billed from their start.
fn daily(tasks: u32, minutes: u32, rest: &str) -> String {
    let end = 5 + minutes;
    let (hour, minute) = (end / 60, end % 60);
    format!(
        "platform = \"aws-fargate\"\n{rest}launch = {{ provision = \"0s\" }}\nsize = {{ least = 0, most = {tasks} }}\n\
         scaling = {{ policy = \"scheduled\", actions = [{{ cron = \"5 0 * * *\", desired = {tasks} }}, \
         {{ cron = \"{minute} {hour} * * *\", desired = 0 }}] }}\nqueue = \"member\"\n"
    )
}

/// The examples of the provider's pricing page (bills `aws-fargate-1`, `-3`, `-4`).
#[test]
fn tasks_cost_what_the_pricing_page_says() {
    let disk = "cpu = 1\nmemory = \"2GB\"\nephemeral_storage = \"30GB\"\n";
    check("30d", &daily(5, 10, disk), &[("vCPU", "1.01"), ("memory", "0.22"), ("ephemeral storage", "0.03")]);
    let quarter = "cpu = 0.25\nmemory = \"1GB\"\n";
    check("30d", &daily(10, 60, quarter), &[("vCPU", "3.04"), ("memory", "1.33")]);
    let windows = "cpu = 1\nmemory = \"2GB\"\nsystem = \"windows\"\n";
    let expected = [("vCPU", "27.45"), ("Windows licence", "13.80"), ("memory", "6.00")];
    check("30d", &daily(10, 60, windows), &expected);
}

/// `infracost` goldens: bills `ic-fargate`, `ic-fargate-5`, oracle `fargate-2v4g`; a month of 730 hours.
#[test]
fn tasks_that_always_run_cost_what_others_compute() {
    let always = |count: u32, cpu: u32, memory: &str| {
        format!("platform = \"aws-fargate\"\ncpu = {cpu}\nmemory = \"{memory}\"\ncount = {count}\n")
    };
    check("730h", &always(1, 1, "2GB"), &[("vCPU", "29.55"), ("memory", "6.49")]);
    check("730h", &always(5, 1, "2GB"), &[("vCPU", "147.75"), ("memory", "32.45")]);
    check("730h", &always(1, 2, "4GB"), &[("vCPU", "59.10"), ("memory", "12.98")]);
}

/// The price list's 0.192 an hour for each of two m6i.xlarge; bill `ic-eks`: 73.00 for the control plane; the bill of a
/// load balancer (`aws-alb`) is 0.0225 an hour, and 0.008 for each capacity unit.
#[test]
fn a_cluster_costs_its_nodes_its_control_plane_and_what_stands_beside_it() {
    let cluster = "platform = \"aws-eks\"\nrequests = { cpu = 1, memory = \"1GB\" }\nreplicas = 4\n\
                   nodes = { instance = \"m6i.xlarge\", least = 2, provisioner = \"fixed\" }\n\
                   load_balancer = { count = 1, units = 2.5 }\nnat = { count = 2 }\n";
    let expected = [
        ("m6i.xlarge", "280.32"),
        ("control plane", "73.00"),
        ("ALB capacity units", "14.60"),
        ("ALB", "16.43"),
        ("gateway", "65.70"),
    ];
    check("730h", cluster, &expected);
}

/// A task is billed for a minute at least, and a Windows task for five.
#[test]
fn a_short_task_costs_its_minimum() {
    let short = |rest: &str| {
        let scaling =
            "{ policy = \"scheduled\", actions = [{ at = \"5min\", desired = 1 }, { at = \"6min\", desired = 0 }] }";
        format!(
            "platform = \"aws-fargate\"\ncpu = 1\nmemory = \"2GB\"\n{rest}launch = {{ provision = \"30s\" }}\n\
             size = {{ least = 0, most = 1 }}\nscaling = {scaling}\nqueue = \"member\"\n"
        )
    };
    let vcpu_seconds = |rest: &str| {
        let items = result(&scenario("1h", "100%", &short(rest))).cost.items;
        let line = items.iter().find(|line| line.item.starts_with("vCPU")).expect("a line").clone();
        let seconds = if line.unit == "vCPU-hour" { Decimal::from(3_600) } else { Decimal::ONE };
        (line.quantity.0 * seconds).round_dp(6)
    };
    assert_eq!(vcpu_seconds(""), Decimal::from(60));
    assert_eq!(vcpu_seconds("system = \"windows\"\n"), Decimal::from(300));
}

/// By hand: an m6i.xlarge has 4,000 m and 16,384 MB. It keeps 80 m (60, 10, 10) for itself and 150 m for the system, so 3,770 m
/// are left; and of memory 255 MB, 11 MB for each of its 58 pods and 100 MB, so 15,391. Two pods of 1,500 m fit, 770 m are
/// of no use, and with them all of the memory that the two leave.
#[test]
fn capacity_that_no_pod_can_use_is_shown() {
    let cluster = "platform = \"aws-eks\"\nrequests = { cpu = 1.5, memory = \"1GB\" }\nreplicas = 2\n\
                   nodes = { instance = \"m6i.xlarge\", least = 1, provisioner = \"fixed\" }\n";
    let cluster = result(&scenario("1d", "100%", cluster)).cluster.expect("there are nodes");
    assert_eq!((cluster.nodes_mean, cluster.nodes_peak, cluster.pending_mean), (1.0, 1.0, 0.0));
    assert_eq!(
        (cluster.cpu.allocatable_mean, cluster.cpu.requested_mean, cluster.cpu.stranded_mean),
        (3.77, 3.0, 0.77)
    );
    let memory = cluster.memory_gb;
    let gb = |mib: f64| mib / 1_024.0;
    assert_eq!((memory.allocatable_mean, memory.requested_mean), (gb(15_391.0), 2.0));
    assert_eq!(memory.stranded_mean, gb(15_391.0 - 2_048.0));
    let near = |share: Option<f64>, expected: f64| (share.unwrap() - expected).abs() < 1e-6;
    assert!(
        near(cluster.cpu.stranded_share, 770.0 / 3_770.0) && near(cluster.cpu.stranded_share_worst, 770.0 / 3_770.0)
    );
}
