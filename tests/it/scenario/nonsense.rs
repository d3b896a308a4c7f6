//! What nobody can mean is one problem; what is doubtful is a warning.

use breakeven::scenario::{Overrides, Plan, Problems, load_text};

use super::root;

const BASE: &str = r#"
[scenario]
name = "t"
duration = "2h"
[functions.f]
memory = "128MB"
cpu = "60%"
duration = "100ms"
[workload.w]
function = "f"
arrivals = { process = "poisson", rate = "1/s" }
"#;

const SERVERS: &str = "platform = 'aws-ec2'\ninstance = 'm5.large'\n";
const FARGATE: &str = "platform = 'aws-fargate'\ncpu = 1\nmemory = '2GB'\n";
const PODS: &str = "platform = 'aws-eks'\nrequests = { cpu = '500m', memory = '512MB' }\n\
                    nodes = { instance = 'c6i.large', least = 1, most = 20 }\n";
const KNATIVE: &str = "platform = 'knative'\nrequests = { cpu = '500m', memory = '512MB' }\n\
                       nodes = { instance = 'c6i.large', least = 1, most = 20 }\n";
const OWNED: &str = "platform = 'owned'\n";

fn read(text: String) -> Result<Plan, Problems> {
    load_text("t.toml", text, &root(), &Overrides::default())
}

fn deployment(platform: &str, keys: &str) -> String {
    format!("{BASE}[deployments.x]\n{platform}{keys}\n")
}

/// One problem, which says all of `parts` and shows the line that has `shown`.
#[track_caller]
fn check_text(text: String, shown: &str, parts: &[&str]) {
    let problems = match read(text.clone()) {
        Ok(plan) => panic!("this was taken, with warnings {:?}:\n{text}", plan.warnings),
        Err(problems) => problems,
    };
    assert_eq!(problems.len(), 1, "{problems}");
    let report = problems.to_string();
    for part in parts.iter().chain([&shown]) {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}

#[track_caller]
fn check(platform: &str, keys: &str, parts: &[&str]) {
    let shown = keys.lines().last().unwrap_or_default();
    check_text(deployment(platform, keys), shown, parts);
}

/// It is taken, with just this warning.
#[track_caller]
fn check_warned(platform: &str, keys: &str, warning: &str) {
    let plan = read(deployment(platform, keys)).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(plan.warnings, [warning]);
}

#[track_caller]
fn check_taken(platform: &str, keys: &str) {
    let plan = read(deployment(platform, keys)).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
}

fn scaled(policy: &str) -> String {
    format!("size = {{ least = 1, most = 4 }}\nscaling = {{ {policy} }}")
}

#[test]
fn numbers_beyond_their_limits_are_never_calculated_with() {
    check(OWNED, "capacity_plan = { quantum = 0 }", &["0 is too small; at least 1"]);
    check(OWNED, "count = 1\nownership = { servers_per_admin = 0 }", &["0 is too small; at least 0.000001"]);
    check(OWNED, "count = 1\ncores = 0", &["0 is too small; at least 1"]);
    check(OWNED, "count = 1\novercommit = 0", &["0 is too small; at least 1"]);
    check(SERVERS, "count = 1\ndiscipline = 'fcfs'\nworkers = 0", &["0 is too small; at least 1"]);
    check(PODS, "replicas = 0", &["0 is too small; at least 1"]);
    check(OWNED, "capacity_plan = { headroom = '100000000000%' }", &["would buy more than 100000 servers"]);
    check(OWNED, "capacity_plan = { quantum = 9_000_000 }", &["would buy more than 100000 servers"]);
    check_text(deployment(OWNED, "count = 90_000"), "[deployments.x]", &["maintenance of all servers takes"]);
}

#[test]
fn a_target_must_be_within_reach() {
    let tracking = |rest: &str| scaled(&format!("policy = 'target-tracking', {rest}"));
    check(SERVERS, &tracking("target = 50"), &["5000% of cpu is never reached; at most 100%", "write \"50%\""]);
    check(SERVERS, &tracking("target = '200%'"), &["200% of cpu is never reached"]);
    check(SERVERS, &tracking("target = '0%'"), &["a target of 0 can never be met"]);
    check(SERVERS, &tracking("target = 0, metric = 'backlog'"), &["a target of 0 can never be met"]);
    check(SERVERS, &tracking("target = '50%', metric = 'requests'"), &["`requests` is counted, and 50% is a share"]);
    check(FARGATE, &tracking("target = 50"), &["5000% of cpu is never reached"]);
    check_taken(FARGATE, &tracking("target = 50, metric = 'requests'"));
    let hpa = |rest: &str| scaled(&format!("policy = 'hpa', {rest}"));
    check(PODS, &hpa("target = 50"), &["5000% of cpu is never reached; at most 100%"]);
    check(PODS, &hpa("target = '0%'"), &["a target of 0 can never be met"]);
    check_taken(PODS, &format!("limits = {{ cpu = '550m' }}\n{}", hpa("target = '110%'")));
    let step = |rest: &str| scaled(&format!("policy = 'simple', amount = 1, {rest}"));
    check(SERVERS, &step("above = 70"), &["7000% of cpu is never reached"]);
    check(SERVERS, &step("above = '70%', metric = 'concurrency'"), &["`concurrency` is counted"]);
}

#[test]
fn sizes_and_schedules_agree() {
    check_text(deployment(SERVERS, "size = { least = 1, most = 4 }"), "size", &["`size` without `scaling`"]);
    check_text(deployment(FARGATE, "size = { least = 1, most = 4 }"), "size", &["`size` without `scaling`", "`count`"]);
    check_text(deployment(PODS, "size = { least = 1, most = 4 }"), "size", &["`size` without `scaling`", "`replicas`"]);
    check_taken(SERVERS, "size = { least = 2, most = 2 }");
    let actions = |actions: &str| scaled(&format!("policy = 'scheduled', actions = [{actions}]"));
    check(SERVERS, &actions("{ at = '1h', least = 5, most = 2 }"), &["asks for 5 servers at least and 2 at most"]);
    check(SERVERS, &actions("{ at = '1h', least = 5 }"), &["asks for 5 servers at least and 4 at most"]);
    check(SERVERS, &actions("{ at = '1h', desired = 200 }"), &["200 servers are desired; 1 to 4 are allowed"]);
    check(SERVERS, &actions(""), &["the list of actions is empty"]);
    check_taken(SERVERS, &actions("{ at = '1h', most = 200 }, { at = '90min', desired = 200 }"));
    check_warned(
        SERVERS,
        &actions("{ at = '10h', desired = 2 }"),
        "deployment `x`: the scheduled action at 10h never comes: the window is 2h",
    );
    check_warned(
        SERVERS,
        &actions("{ cron = '0 5 * * *', desired = 2 }"),
        "deployment `x`: the scheduled action at `0 5 * * *` never comes: the window is 2h",
    );
}

/// EC2 Auto Scaling user guide, step scaling policies: ranges may not overlap or leave a gap; its example has a step of 0.
#[test]
fn steps_follow_one_another() {
    let steps = |rest: &str, steps: &str| scaled(&format!("policy = 'step', {rest}, steps = [{steps}]"));
    let above = |list: &str| steps("above = '50%'", list);
    check(
        SERVERS,
        &above("{ to = 0.2, amount = 1 }, { from = 0.1, amount = 2 }"),
        &["begins at 0.1, before another ends, at 0.2"],
    );
    check(
        SERVERS,
        &above("{ from = 0, to = 0.1, amount = 1 }, { from = 0.2, amount = 2 }"),
        &["no step says anything from 0.1 to 0.2"],
    );
    check(SERVERS, &above("{ from = 0, amount = 0 }"), &["an amount of 0 changes nothing"]);
    check_taken(
        SERVERS,
        &above("{ from = 0, to = 0.1, amount = 0 }, { from = 0.1, to = 0.2, amount = 1 }, { from = 0.2, amount = 3 }"),
    );
    check_warned(
        SERVERS,
        &above("{ from = 0, amount = -1 }"),
        "deployment `x`: amount -1 removes servers while the metric is above its threshold",
    );
    check_warned(
        SERVERS,
        &scaled("policy = 'simple', below = '30%', amount = 1"),
        "deployment `x`: amount 1 adds servers while the metric is below its threshold",
    );
    check(
        SERVERS,
        &steps("above = '50%', change = 'exact'", "{ from = 0, amount = -2 }"),
        &["-2 is no number of servers"],
    );
}

#[test]
fn times_of_nothing_are_refused() {
    check(SERVERS, &scaled("policy = 'simple', above = '70%', amount = 1, period = '0s'"), &["a period of 0 s"]);
    check(
        PODS,
        &scaled("policy = 'hpa', target = '60%', up = { rates = [{ pods = 1, period = '0s' }] }"),
        &["a rate in 0 s is none"],
    );
    let keda = "policy = 'keda', metric = 'backlog', target = 1, polling = '0s'";
    check(PODS, &scaled(keda), &["an autoscaler that looks every 0 s never ends"]);
    check(SERVERS, "count = 1\ntimeout = '0s'", &["timeout is zero"]);
    check("platform = 'aws-lambda'\n", "functions.f.timeout = '0s'", &["timeout is zero"]);
    check(SERVERS, "count = 1\non_loss = 'requeue'\ncheckpoint = '0s'", &["a checkpoint every 0 s"]);
    check(SERVERS, "count = 1\noutages = [{ at = '1h', for = '0s' }]", &["an outage of 0 s is none"]);
    let panic = "scaling = { panic_window = '10min' }";
    check(KNATIVE, panic, &["panic window 10min is longer than stable window 1min"]);
}

#[test]
fn what_can_never_happen_is_a_warning() {
    check_warned(
        SERVERS,
        "count = 2\nwarm_pool = { size = 2 }",
        "deployment `x`: `warm_pool` changes nothing: the number of servers is fixed and no server ever starts",
    );
    check_warned(
        FARGATE,
        "count = 2\nlaunch = { start = '1min' }",
        "deployment `x`: `launch` changes nothing: the number of tasks is fixed and no task ever starts",
    );
    check_taken(SERVERS, "count = 2\nlaunch = { boot = '1min' }\nfailures = { annual_rate = '5%' }");
    check_warned(
        SERVERS,
        &scaled("policy = 'predictive', target = '50%'"),
        "deployment `x`: predictive scaling forecasts nothing before it knows 1d; in 2h it never acts",
    );
    check_warned(
        SERVERS,
        "count = 1\noutages = [{ at = '90h', for = '1h' }]",
        "deployment `x`: the outage at 90h is after the end, 2h",
    );
    check_warned(
        SERVERS,
        "count = 1\ncommitments = [{ kind = 'capacity-reservation', count = 1, from = '90h' }]",
        "deployment `x`: a capacity reservation begins at 90h, after the end, 2h",
    );
}

#[test]
fn owners_pay_for_servers_that_can_be() {
    check(OWNED, "count = 1\nownership = { pue = 0 }", &["0 is too small; at least 1"]);
    check(OWNED, "count = 1\nownership = { pue = 0.5 }", &["0.5 is too small; at least 1"]);
    check(
        OWNED,
        "count = 1\nownership = { idle_power = 900, full_power = 100 }",
        &["idle power 900 W is above full power 100 W"],
    );
    check(OWNED, "count = 1\nownership = { full_power = 100 }", &["idle power 152 W is above", "is the default"]);
    check(OWNED, "count = 1\nfailures = { annual_rate = 1e30 }", &["annual_rate 1e30 is too large; at most 8760"]);
    check_warned(
        OWNED,
        "cores = 2\ncount = 1\nownership = { server_price = '$900' }",
        "deployment `x`: servers of 2 cores are charged as those of 128 in `idle_power`, `full_power`: the defaults are \
         152 W idle and 736 W at full power",
    );
    check_taken(OWNED, "cores = 2\ncount = 1\nownership = { server_price = '$900', idle_power = 20, full_power = 60 }");
}

#[test]
fn commitments_cost_what_they_say() {
    let held = |entry: &str| format!("count = 2\ncommitments = [{{ {entry} }}]");
    let reserved = |rest: &str| held(&format!("kind = 'reserved', count = 1, term = '1y', {rest}"));
    check(
        SERVERS,
        &reserved("payment = 'no-upfront', upfront = '$100', hourly = '$0.05/h'"),
        &["payment `no-upfront` has no `upfront`"],
    );
    check(
        SERVERS,
        &reserved("payment = 'all-upfront', upfront = '$100', hourly = '$0.05/h'"),
        &["payment `all-upfront` has no `hourly`"],
    );
    check(SERVERS, &reserved("hourly = '$0.060'"), &["amount an hour `$0.060` has no unit; write `$0.060/h`"]);
    check(SERVERS, &reserved("hourly = '-$0.05/h'"), &["-$0.05"]);
    let plan = |rest: &str| held(&format!("kind = 'instance-savings-plan', commitment = '$1/h', term = '1y', {rest}"));
    check(SERVERS, &plan("discount = '100%'"), &["a discount of 100% leaves nothing to pay"]);
    check(SERVERS, &plan("discount = '150%'"), &["share `150%` is too large"]);
    check(SERVERS, &plan("rate = '$0/h'"), &["a rate of nothing is no price"]);
    check_warned(
        SERVERS,
        &plan("rate = '$5/h'"),
        "deployment `x`: rate 5 of a savings plan is above the price on demand, 0.096",
    );
    check(SERVERS, "count = 1\ncommitments = [{ kind = 'reserved', count = 1, term = '5y' }]", &["one of `1y`, `3y`"]);
}

#[test]
fn tasks_have_the_disk_that_the_provider_offers() {
    check(FARGATE, "count = 1\nephemeral_storage = '500GB'", &["a task has 20GB to 200GB of disk, not 500GB"]);
    check(FARGATE, "count = 1\nephemeral_storage = '1GB'", &["nearest is \"20GB\""]);
    check_taken(FARGATE, "count = 1\nephemeral_storage = '200GB'");
}

/// Two cores a node; seven tenths of a core of a node, and what its agents take, are not for pods.
#[test]
fn a_pod_has_no_more_than_its_node() {
    check_warned(
        PODS,
        "replicas = 1\nlimits = { cpu = 64 }",
        "deployment `x`: a limit of 64 cores on a node of 2: a pod works with 2 at most",
    );
    check_warned(
        PODS,
        "replicas = 1\nlimits = { memory = '64GB' }",
        "deployment `x`: a limit of 64GB of memory on a node of 4GB: a pod has no more than its node",
    );
    check_warned(
        PODS,
        "replicas = 6\nlimits = { cpu = 1 }",
        "deployment `x`: 3 pods of a node may work with 3 cores, and it has 2; that they would share them is not \
         modelled, so requests are served too fast while more are busy",
    );
}

#[test]
fn routers_have_outages_and_deadlines_that_can_be() {
    let routed = |rest: &str| {
        format!(
            "{BASE}[deployments.own]\n{SERVERS}count = 1\n[deployments.more]\nplatform = 'aws-lambda'\n[deployments.x]\n{rest}\n"
        )
    };
    let spill = "route = { policy = 'spill', base = 'own', burst = 'more' }\n";
    let outages = |list: &str| routed(&format!("{spill}outages = [{list}]"));
    check_text(
        outages("{ site = 'own', at = '1h', for = '10min' }, { site = 'own', at = '65min', for = '1h' }"),
        "outages",
        &["this outage of `own` overlaps another one of it"],
    );
    check_text(outages("{ site = 'own', at = '1h', for = '0s' }"), "outages", &["an outage of 0 s is none"]);
    let plan = read(outages("{ site = 'own', at = '90h', for = '1h' }")).unwrap_or_else(|all| panic!("{all}"));
    assert_eq!(plan.warnings, ["deployment `x`: the outage of `own` at 90h is after the end, 2h"]);
    let deadline = "route = { policy = 'deadline', base = 'own', burst = 'more', deadline = '0s' }";
    check_text(routed(deadline), deadline, &["nothing is finished within a deadline of 0 s"]);
}

#[test]
fn a_horizon_has_no_more_weeks_than_there_are() {
    let base = |weeks: u32| {
        let horizon = format!("duration = \"364d\"\nhorizon = {{ method = 'weeks', weeks = {weeks} }}");
        BASE.replace("duration = \"2h\"", &horizon) + "[deployments.x]\nplatform = 'aws-lambda'\n"
    };
    check_text(base(60), "weeks = 60", &["60 weeks of a window that has 52"]);
    assert!(read(base(52)).is_ok());
}

#[test]
fn one_slip_is_one_problem() {
    check(SERVERS, "cuont = 2", &["unknown key `cuont`", "`count`"]);
    let policy = "siez = { least = 1, most = 4 }\nscaling = { policy = 'target-tracking', target = '50%' }";
    check_text(deployment(SERVERS, policy), "siez", &["unknown key `siez`", "`size`"]);
    check_text(
        deployment("platform = 'aws-ec2'\n", "instnace = 'm5.large'\ncount = 1"),
        "instnace",
        &["unknown key `instnace`"],
    );
    let twice =
        deployment(SERVERS, "count = 1") + "[deployments.x]\nplatform = 'aws-ec2'\ninstance = 'm5.large'\ncount = 1\n";
    check_text(twice, "[deployments.x]", &["duplicate key"]);
}

#[test]
fn words_are_chosen_for_the_reader() {
    check(SERVERS, "count = 1\nprice_override = { instance-time = 'x' }", &["is not an amount of money"]);
    let process = BASE.replace("poisson", "poison") + "[deployments.x]\nplatform = 'aws-lambda'\n";
    check_text(process, "poison", &["an arrival process with a similar name exists: `poisson`"]);
    let boot = "count = 1\nlaunch = { boot = { dist = 'lognormal', median = '3s' } }";
    check(SERVERS, boot, &["give `median` and `p99`"]);
    let long = "9".repeat(100_000);
    let report = read(deployment(SERVERS, &format!("count = 1\ndrain = '{long}'"))).expect_err("no time").to_string();
    assert!(report.len() < 1_000, "{} bytes", report.len());
}

/// 1,769 MB are a full vCPU, at which durations were measured: they do change with memory, and here they do not.
#[test]
fn what_is_assumed_of_memory_follows_the_keys() {
    let assumed = |cpu: &str| {
        let text =
            BASE.replace("cpu = \"60%\"\n", cpu) + "[deployments.x]\nplatform = 'aws-lambda'\nmemory = '1769MB'\n";
        let plan = read(text).unwrap_or_else(|problems| panic!("{problems}"));
        plan.assumptions.iter().any(|assumption| assumption.value.contains("as no `cpu` is given"))
    };
    assert!(!assumed("cpu = \"60%\"\n"));
    assert!(assumed(""));
}
