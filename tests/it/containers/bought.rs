//! What containers buy in advance, and outages of their sites.

use super::{check_refused, result, scenario};
use breakeven::results::DeploymentResult;

fn tasks(rest: &str) -> DeploymentResult {
    let tasks = "platform = \"aws-fargate\"\ncpu = 1\nmemory = \"2GB\"\ncount = 1\n";
    result(&scenario("730h", "100%", &format!("{tasks}{rest}")))
}

#[track_caller]
fn check_cost(result: &DeploymentResult, expected: f64) {
    let total = result.cost.total.to_f64();
    assert!((total - expected).abs() < 0.01, "{total}, expected {expected}: {:?}", result.cost.items);
}

/// A task of 1 vCPU and 2 GB is 36.04 for 730 hours (`infracost` golden, bill `ic-fargate`), or 0.04937 an hour; "up to 50 %"
/// is what the provider says a Compute Savings Plan takes off Fargate.
#[test]
fn a_compute_savings_plan_covers_tasks() {
    let plan = |hourly: &str| {
        tasks(&format!(
            "commitments = [{{ kind = \"compute-savings-plan\", commitment = \"${hourly}/h\", term = \"1y\", \
             discount = \"50%\" }}]\n"
        ))
    };
    check_cost(&tasks(""), 36.04);
    let whole = plan("0.024685");
    check_cost(&whole, 18.02);
    let served = &whole.commitments[0];
    assert!(served.coverage.unwrap() > 0.9999 && served.utilization.unwrap() > 0.9999, "{served:?}");
    // Half of it leaves half on demand; twice of it is paid for and half of it unused.
    check_cost(&plan("0.0123425"), 9.01 + 18.02);
    let twice = plan("0.04937");
    check_cost(&twice, 36.04);
    assert!((twice.commitments[0].utilization.unwrap() - 0.5).abs() < 1e-6);
}

#[test]
fn tasks_have_nothing_to_reserve() {
    let tasks = "platform = \"aws-fargate\"\ncpu = 1\nmemory = \"2GB\"\ncount = 1\n";
    let reserved = "commitments = [{ kind = \"reserved\", count = 1, term = \"1y\" }]\n";
    check_refused(&format!("{tasks}{reserved}"), &["`reserved`", "compute-savings-plan"]);
}

/// The first lines are the servers'; a cluster pays for its control plane beside them (bill `ic-eks`: 73.00 a month).
#[track_caller]
fn check_nodes_cost_what_servers_do(window: &str, bought: &str, most: u32) {
    let cluster = format!(
        "platform = \"aws-eks\"\nrequests = {{ cpu = 1, memory = \"1GB\" }}\nreplicas = 2\n\
         nodes = {{ instance = \"t3.medium\", least = 2, most = {most}, provisioner = \"fixed\", {bought} }}\n"
    );
    let servers = format!("platform = \"aws-ec2\"\ninstance = \"t3.medium\"\ncount = 2\n{bought}\n");
    let [nodes, servers] = [cluster, servers].map(|text| result(&scenario(window, "100%", &text)));
    let plane =
        nodes.cost.items.iter().find(|line| line.item.contains("control plane")).expect("a control plane").amount;
    assert_eq!(nodes.cost.total, servers.cost.total + plane, "{:?}", nodes.cost.items);
    assert_eq!(nodes.commitments, servers.commitments);
}

#[test]
fn nodes_are_bought_as_servers_are() {
    check_nodes_cost_what_servers_do("30d", "purchase = \"on-demand\"", 2);
    check_nodes_cost_what_servers_do("30d", "purchase = \"reserved-1y-no-upfront\"", 2);
    let some = "commitments = [{ kind = \"reserved\", count = 1, term = \"1y\" }]";
    check_nodes_cost_what_servers_do("30d", some, 2);
    let plan = "commitments = [{ kind = \"compute-savings-plan\", commitment = \"$0.05/h\", term = \"1y\", discount = \"27%\" }]";
    check_nodes_cost_what_servers_do("7d", plan, 2);
}

#[test]
fn nodes_that_come_and_go_are_reserved_by_number() {
    let nodes = |rest: &str| {
        format!(
            "platform = \"aws-eks\"\nrequests = {{ cpu = 1, memory = \"1GB\" }}\nreplicas = 2\n\
             nodes = {{ instance = \"t3.medium\", provisioner = \"karpenter\", {rest} }}\n"
        )
    };
    let whole = nodes("purchase = \"reserved-1y-no-upfront\"");
    check_refused(&whole, &["does not say how many of 0 to 1000 nodes are bought", "commitments = [{ kind"]);
    let one = nodes("commitments = [{ kind = \"reserved\", count = 1, term = \"1y\" }]");
    let served = &result(&scenario("1d", "100%", &one)).commitments[0];
    assert_eq!((served.bought, served.utilization), (24.0, Some(1.0)));
}

/// A request a second, of which those between 1 h and 2 h find the site down.
#[track_caller]
fn check_outage(deployment: &str, rest: &str, completed: std::ops::RangeInclusive<f64>) {
    let text = scenario("3h", "100%", &format!("{deployment}outages = [{{ at = \"1h\", for = \"1h\" }}]\n{rest}"));
    let result = result(&text.replace("rate = \"1/h\"", "rate = \"1/s\""));
    let counts = result.invocations;
    assert_eq!(counts.offered, 10_800.0);
    assert!(completed.contains(&counts.completed), "{counts:?}");
    assert_eq!(counts.completed + counts.dropped + counts.failed, counts.offered);
}

#[test]
fn an_outage_takes_tasks_and_pods_and_they_come_back() {
    let tasks = "platform = \"aws-fargate\"\ncpu = 1\nmemory = \"2GB\"\ncount = 2\n";
    let cluster = |nodes: &str| {
        format!(
            "platform = \"aws-eks\"\nrequests = {{ cpu = 1, memory = \"1GB\" }}\nreplicas = 2\n\
             nodes = {{ instance = \"m5.large\", {nodes} }}\n"
        )
    };
    // Up to 95 s to start a task, 3 min for a node and a pod on it.
    check_outage(tasks, "", 7_100.0..=7_199.0);
    check_outage(tasks, "queue = \"shared\"\non_loss = \"requeue\"\n", 10_800.0..=10_800.0);
    for nodes in
        ["least = 2, provisioner = \"fixed\"", "provisioner = \"karpenter\"", "provisioner = \"cluster-autoscaler\""]
    {
        check_outage(&cluster(nodes), "", 6_900.0..=7_199.0);
        check_outage(&cluster(nodes), "queue = \"shared\"\non_loss = \"requeue\"\n", 10_800.0..=10_800.0);
    }
}

#[test]
fn tasks_and_pods_fail_and_are_replaced() {
    let failing = "failures = { annual_rate = 8760 }\n";
    let tasks = "platform = \"aws-fargate\"\ncpu = 1\nmemory = \"2GB\"\ncount = 2\n";
    let pods = "platform = \"aws-eks\"\nrequests = { cpu = 1, memory = \"1GB\" }\nreplicas = 2\n\
                nodes = { instance = \"m5.large\", least = 2, provisioner = \"fixed\" }\n";
    for members in [tasks, pods] {
        // Two members for ten days, a failure each hour.
        let result = result(&scenario("10d", "100%", &format!("{members}{failing}")));
        let interruptions = result.interruptions.expect("members fail");
        assert!((400.0..560.0).contains(&interruptions.servers), "{interruptions:?}");
        assert!(result.invocations.completed >= 235.0);
    }
}

/// Hours of each type of node on the bill, in whole ones.
fn hours(nodes: &str, pods: &str) -> Vec<(String, u32)> {
    let text =
        format!("platform = \"aws-eks\"\nrequests = {{ cpu = 1, memory = \"1GB\" }}\n{pods}nodes = {{ {nodes} }}\n");
    let result = result(&scenario("1d", "100%", &text));
    let nodes = result.cost.items.iter().filter(|line| !line.item.contains("control plane"));
    nodes
        .map(|line| (line.item.split(' ').next().unwrap().to_owned(), line.quantity.0.round().try_into().unwrap_or(0)))
        .collect()
}

/// A day of two pods, which begins on a node of the first type: 0.192 an hour, and 0.17 for the other, on the list.
#[test]
fn karpenter_moves_pods_to_the_cheaper_of_two_types() {
    let named = |types: &str| hours(&format!("instance = {types}, provisioner = \"karpenter\""), "replicas = 2\n");
    let both = named("[\"m5.xlarge\", \"c6i.xlarge\"]");
    assert_eq!(both, [("c6i.xlarge".to_owned(), 24), ("m5.xlarge".to_owned(), 0)]);
    assert_eq!(named("[\"c6i.xlarge\", \"m5.xlarge\"]"), [("c6i.xlarge".to_owned(), 24)]);
    assert_eq!(named("\"m5.xlarge\""), [("m5.xlarge".to_owned(), 24)]);
}

/// For one small pod an hour, half of a small machine is less waste than a quarter of a large one; both serve it.
#[test]
fn the_expander_of_the_cluster_autoscaler_chooses_among_types() {
    let pods =
        "size = { least = 0, most = 4 }\nscaling = { policy = \"keda\", metric = \"concurrency\", target = 1 }\n";
    let types = |rest: &str| -> Vec<String> {
        let nodes = format!("instance = [\"m5.xlarge\", \"m5.large\"], provisioner = \"cluster-autoscaler\"{rest}");
        hours(&nodes, pods).into_iter().map(|(of, _)| of).collect()
    };
    assert_eq!(types(""), ["m5.large"]);
    assert_eq!(types(", expander = \"least-waste\""), ["m5.large"]);
    assert_eq!(types(", expander = \"most-pods\""), ["m5.xlarge"]);
}

#[test]
fn types_of_nodes_that_cannot_be_are_refused() {
    let eks = |nodes: &str| {
        format!(
            "platform = \"aws-eks\"\nrequests = {{ cpu = 3, memory = \"1GB\" }}\nreplicas = 1\nnodes = {{ {nodes} }}\n"
        )
    };
    check_refused(&eks("instance = [\"m5.large\", \"m5.large\"]"), &["`m5.large` stands twice"]);
    check_refused(&eks("instance = [\"m5.large\", \"c6i.large\"]"), &["fits no node"]);
    let bought =
        "instance = [\"m5.xlarge\", \"c6i.xlarge\"], commitments = [{ kind = \"reserved\", count = 1, term = \"1y\" }]";
    check_refused(&eks(bought), &["bought in advance is for one type"]);
    check_refused(&eks("instance = \"m5.xlarge\", expander = \"most-pods\""), &["`expander`", "cluster-autoscaler"]);
}
