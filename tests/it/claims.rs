//! Room, and the five claims: small systems worked by hand, and what holds for all.

use std::path::Path;

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSpec};
use breakeven::record::Fate;
use breakeven::results::{DeploymentResult, Results, assemble, store};
use breakeven::rng::Seed;
use breakeven::scenario::{Overrides, load_text};
use breakeven::study::{self, Control};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use proptest::prelude::*;

use crate::support::{Journal, engine, servers};

/// An invocation of half a second each second for 100 s.
const EACH_SECOND: &str = "[scenario]\nname = \"t\"\nduration = \"100s\"\nstart = \"2026-01-05\"\n\
     [functions.f]\nmemory = \"1024MB\"\nduration = \"500ms\"\n\
     [workload.w]\nfunction = \"f\"\narrivals = { process = \"constant\", rate = \"1/s\" }\n";

/// A server that works on one request at a time.
const ONE_WORKER: &str =
    "[deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\ndiscipline = \"fcfs\"\nworkers = 1\n";

fn run(text: &str, set: &[&str]) -> Results {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let plan = load_text("t.toml", text.to_owned(), Path::new(""), &overrides).unwrap_or_else(|all| panic!("{all}"));
    let runs = study::run(&plan, 2, &Control::default()).expect("it runs");
    assemble(&plan, &runs).expect("it has prices").0
}

fn deployment(text: &str, set: &[&str]) -> DeploymentResult {
    run(text, set).deployments.remove(0)
}

fn servers_of(count: u32) -> DeploymentResult {
    deployment(&format!("{EACH_SECOND}{ONE_WORKER}count = {count}\n"), &[])
}

#[track_caller]
fn near(value: Option<f64>, expected: f64) {
    assert!(value.is_some_and(|value| (value - expected).abs() < 1e-9), "{value:?} instead of {expected}");
}

/// Half of the time the one place is taken; then nothing is free.
#[test]
fn a_server_that_works_half_of_the_time_is_half_idle() {
    let one = servers_of(1);
    let view = &one.capacity;
    near(view.utilization, 0.5);
    near(view.headroom, 0.0);
    near(view.saturated_s, 50.0);
    near(view.saturated_share, 0.5);
    assert_eq!((view.waited.count, view.lost.count, view.peak_demand), (0.0, 0.0, 1.0));
    near(one.claims.pay_per_use.idle_share, 0.5);
    near(one.claims.automatic_scaling.overshoot, 1.0);
    near(one.claims.automatic_scaling.shortfall, 0.0);
    near(one.claims.fast_response.delayed_share, 0.0);
    near(one.claims.fast_response.tail_inflation, 1.0);
    assert_eq!((view.one_less, view.n_plus_1), (None, None), "a fleet of one has none to miss");
}

/// One server that works half of the time, and what `commitments` are held beside it.
#[track_caller]
fn check_committed(commitments: &str, idle_share: f64) {
    let text = format!("{EACH_SECOND}{ONE_WORKER}count = 1\ncommitments = [{commitments}]\n");
    let one = deployment(&text.replace("m5.large", "m6a.xlarge"), &[]);
    near(one.claims.pay_per_use.idle_share, idle_share);
}

/// What nothing uses is idle; what is used is as idle as the server.
#[test]
fn a_commitment_is_idle_as_far_as_it_is_not_used() {
    let reserved =
        |count: u32| format!("{{ kind = 'reserved', count = {count}, term = '3y', payment = 'no-upfront' }}");
    check_committed(&reserved(1), 0.5);
    check_committed(&reserved(10), 1.0 - 0.1 * 0.5);
    let capacity = "{ kind = 'capacity-reservation', count = 4 }";
    check_committed(capacity, (0.5 + 3.0) / 4.0);
    // The reserved instances cover reserved capacity in which nothing runs.
    check_committed(&format!("{capacity}, {}", reserved(4)), (0.5 + 3.0) / 4.0);
}

/// Four pods of one core on four machines of sixteen: one is paid for 64 cores, of which half a one works.
#[test]
fn on_a_cluster_the_nodes_are_idle_and_not_the_pods() {
    let cluster = "[deployments.pods]\nplatform = \"aws-eks\"\nrequests = { cpu = 1, memory = \"1GB\" }\nreplicas = 4\n\
                   nodes = { instance = \"m5.4xlarge\", least = 4, provisioner = \"fixed\" }\n";
    let pods = deployment(&format!("{EACH_SECOND}{cluster}"), &[]);
    near(pods.capacity.utilization, 0.5 / 4.0);
    near(pods.claims.pay_per_use.idle_share, 1.0 - 0.5 / 64.0);
    near(pods.claims.automatic_scaling.overshoot, (64.0 - 0.5) / 0.5);
    let nodes = pods.cluster.expect("there are nodes");
    near(Some(nodes.cores_mean), 64.0);
    near(nodes.utilization, 0.5 / 64.0);
}

/// A request of 500 ms every 400 ms on one worker: the n-th waits n × 100 ms.
#[test]
fn what_waits_is_the_shortfall() {
    let text = format!("{EACH_SECOND}{ONE_WORKER}count = 1\n");
    let set = ["workload.w.arrivals.rate=2.5/s", "scenario.duration=4s"];
    let one = deployment(&text, &set);
    // Ten requests, from 0 to 3.6 s; used and waited are cut at 4 s, when the ninth begins and the tenth has waited 0.4 s.
    near(one.capacity.utilization, 1.0);
    near(Some(one.capacity.waited.count), 9.0);
    near(one.capacity.waited.share, 0.9);
    near(one.claims.automatic_scaling.overshoot, 0.0);
    near(one.claims.automatic_scaling.shortfall, (0.1 + 0.2 + 0.3 + 0.4 + 0.5 + 0.6 + 0.7 + 0.8 + 0.4) / 4.0);
    // More than 100 ms: eight of ten.
    near(one.claims.fast_response.delayed_share, 0.8);
}

/// Two of them, each on two cores of its own: nobody is short; on half a core each, as much as they have.
#[test]
fn who_shares_a_core_waits_for_the_rest_of_it() {
    let shared = "[deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\ncount = 1\ncores = 1\n";
    let text = format!("{EACH_SECOND}{shared}")
        .replace("process = \"constant\", rate = \"1/s\"", "process = \"batch\", size = 2, period = \"10s\"");
    let one = deployment(&text, &[]);
    // Twenty jobs of 0.5 s of work; each pair takes 1 s and is one core short all the while.
    near(one.capacity.utilization, 0.1);
    near(one.claims.automatic_scaling.shortfall, 1.0);
    near(Some(one.capacity.peak_demand), 2.0);
    near(one.capacity.headroom, 0.0);
    assert_eq!(one.capacity.waited.count, 0.0);
    // Alone each would have been done in half the time.
    let fast = one.claims.fast_response;
    near(fast.delayed_share, 1.0);
    assert!((fast.tail_inflation.expect("a ratio") - 2.0).abs() < 0.01, "{fast:?}");
}

#[test]
fn a_server_more_costs_what_a_server_costs_and_one_too_many_can_be_missed() {
    let (one, two) = (servers_of(1), servers_of(2));
    let more = one.capacity.one_more.expect("a fleet");
    assert_eq!(more.cost_per_month, two.cost.per_month - one.cost.per_month);
    assert_eq!((more.latency_p99_s, more.lost), (Some(0.0), 0.0));
    let less = two.capacity.one_less.expect("a fleet of two");
    assert_eq!(less.cost_per_month, one.cost.per_month - two.cost.per_month);
    assert_eq!(two.capacity.n_plus_1, Some(true));
    let text = format!("{EACH_SECOND}{ONE_WORKER}count = 2\naccept_queue = 0\n");
    let busy = deployment(&text, &["workload.w.arrivals.rate=3/s"]);
    assert_eq!(busy.capacity.n_plus_1, Some(false), "one serves every other request");
    assert!(busy.capacity.one_less.is_some_and(|less| less.lost > 0.0));
}

/// A member that is bought for a term is bought like the others.
/// Requests of half a second, one a second; a server from 10 s to 50 s, and none at other times.
#[test]
fn a_timetable_with_a_server_more_has_it_while_it_has_any() {
    let timetable = "size = { least = 0, most = 4 }\nqueue = \"shared\"\n\
         scaling = { policy = \"scheduled\", actions = [\
         { cron = \"1 0 * * *\", desired = 1 }, { cron = \"3 0 * * *\", desired = 0 }] }\n\
         launch = { api = \"0s\", pending = \"1s\", boot = \"0s\", health_check = \"0s\" }\n";
    let text = format!("{EACH_SECOND}{ONE_WORKER}{timetable}").replace("100s", "300s");
    let one = deployment(&text, &[]).capacity;
    let twice = deployment(&text.replace("desired = 1", "desired = 2"), &[]);
    let change = one.one_more.expect("a fleet");
    assert_eq!(twice.capacity.one_more.is_some(), one.one_less.is_none());
    assert!(change.latency_p99_s.is_some_and(|p99| p99 < 0.0), "{change:?}");
    assert_eq!(one.not_resized.as_deref(), Some("with one less there would be none"));
}

#[test]
fn the_base_of_a_router_is_made_larger_and_said_to_be() {
    let router = "[deployments.both]\nroute = { policy = \"spill\", base = \"servers\", burst = \"lambda\" }\n";
    let lambda = "[deployments.lambda]\nplatform = \"aws-lambda\"\n";
    let text = format!("{router}{EACH_SECOND}{ONE_WORKER}count = 2\n{lambda}");
    let text = text.replace("rate = \"1/s\"", "rate = \"6/s\"");
    let both = run(&text, &[]).deployments.into_iter().find(|one| one.name == "both").expect("a router");
    let view = &both.capacity;
    assert_eq!((view.resized_site.as_deref(), view.not_resized.as_deref()), (Some("servers"), None));
    let [more, less] = [&view.one_more, &view.one_less].map(|change| change.as_ref().expect("a fleet").cost_per_month);
    // Three servers take all of three at once, and functions nothing.
    let servers = deployment(&format!("{EACH_SECOND}{ONE_WORKER}count = 3\n"), &[]).cost.per_month;
    assert_eq!(both.cost.per_month + more, servers);
    assert!(less != more);
}

#[test]
fn a_plan_of_purchases_has_a_server_more_from_the_start() {
    let plan = "[deployments.own]\nplatform = \"owned\"\ncores = 2\nfailures = \"none\"\nmaintenance = \"none\"\n\
         capacity_plan = { headroom = \"0%\", quantum = 1 }\n";
    let text = format!("{EACH_SECOND}{plan}")
        .replace("100s", "100d")
        .replace("constant\", rate = \"1/s", "poisson\", rate = \"3/min");
    let growing = text.replace("[workload.w]", "[workload.w]\ngrowth = \"10000%\"").replace("500ms", "15s");
    let own = deployment(&growing, &[]);
    let (one_more, one_less) = (own.capacity.one_more, own.capacity.one_less);
    assert!(own.summary.contains('-'), "{} grows", own.summary);
    assert!(one_more.is_some_and(|more| more.cost_per_month.to_f64() > 0.0), "{one_more:?}");
    assert_eq!(one_less, None, "{:?}", own.capacity.not_resized);
}

#[test]
fn a_reserved_server_more_is_reserved_too() {
    let reserved = |count| {
        let text = format!(
            "{EACH_SECOND}[deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"t3.medium\"\ncount = {count}\n\
             purchase = \"reserved-1y-partial-upfront\"\nprice_override = {{ upfront = \"$120\" }}\n"
        );
        deployment(&text, &[])
    };
    let (one, two) = (reserved(1), reserved(2));
    assert_eq!(one.capacity.one_more.unwrap().cost_per_month, two.cost.per_month - one.cost.per_month);
}

/// 1/s rises to 2/s. On one worker that is all it can do, on two it is half.
#[test]
fn a_fleet_that_has_room_follows_at_once_and_one_that_has_none_never() {
    let (one, two) = (servers_of(1).claims.elasticity, servers_of(2).claims.elasticity);
    for claim in [one, two] {
        assert_eq!((claim.from_per_s, claim.to_per_s, claim.probe_s), (Some(1.0), Some(2.0), Some(2_400.0)));
    }
    assert_eq!(one.reaction_s, None);
    assert!(one.extra_latency_s > Some(10.0));
    assert!(two.reaction_s.is_some_and(|reaction| reaction <= 300.0), "{two:?}");
    let lambda = format!("{EACH_SECOND}[deployments.lambda]\nplatform = \"aws-lambda\"\n");
    let lambda = deployment(&lambda, &[]).claims.elasticity;
    assert_eq!(lambda.reaction_s, Some(0.0));
}

/// A full fleet measures 100 % whatever it lacks, so that a target of 50 % doubles it: 1, 2, 4, 8, 16 servers, of which 5 are
/// enough to work on 10 requests of 0.5 s a second, and more to catch up. The rule looks at full minutes.
///
/// The first time, three points above the target and the 90 s until the third can be read: 300 s. A start takes 27 to 61 s
/// (API 2.5 to 4.8, pending 16 to 17, boot 2.6 to 4.5, health check 5 to 35), and a server that warms up for 300 s counts as
/// capacity and not as load: the next doubling is 360 to 420 s after the one before. So there are 8 servers not before
/// 300 + 2 x 360 + 27 = 1,047 s, and 16 after 300 + 3 x 420 + 61 = 1,621 s at the latest.
///
/// By then at most 8 a second x 361 s, 6 x 420 s and 2 x 420 s have come in excess, 6,248 in all, of which 8 servers have worked
/// off 6 a second for 360 - 61 + 27 = 326 s at least: 4,292 are left, for which 16 servers, 22 a second beyond what comes,
/// need 195 s.
#[test]
fn a_scaled_fleet_follows_after_minutes() {
    let steps =
        "process = \"piecewise\", steps = [{ from = \"0s\", rate = \"0.2/s\" }, { from = \"9min\", rate = \"5/s\" }]";
    let text = format!(
        "{EACH_SECOND}{ONE_WORKER}size = {{ least = 1, most = 20 }}\n\
         scaling = {{ policy = \"target-tracking\", target = \"50%\" }}\nqueue = \"shared\"\n"
    );
    let text = text.replace("process = \"constant\", rate = \"1/s\"", steps);
    let claim = deployment(&text, &["scenario.duration=10min"]).claims.elasticity;
    assert_eq!(claim.to_per_s.map(f64::round), Some(10.0));
    assert!(claim.reaction_s.is_some_and(|reaction| (1_047.0..1_621.0 + 195.0).contains(&reaction)), "{claim:?}");
    assert!(claim.extra_latency_s > Some(1.0), "{claim:?}");
}

#[test]
fn functions_pay_for_use_and_have_no_size_to_change() {
    let text = format!("{EACH_SECOND}[deployments.lambda]\nplatform = \"aws-lambda\"\ncold_start = \"200ms\"\n");
    let lambda = deployment(&text, &[]);
    assert_eq!(lambda.claims.pay_per_use.idle_share, Some(0.0));
    let view = &lambda.capacity;
    assert_eq!((view.saturated_s, view.one_more, view.one_less, view.n_plus_1), (None, None, None, None));
    // One instance from 0 on: its start-up is the only wait, and is use.
    assert_eq!(view.waited.count, 1.0);
    near(lambda.claims.automatic_scaling.shortfall, 0.2 / 50.2);
    near(lambda.claims.automatic_scaling.overshoot, (100.0 - 50.2) / 50.2);
    near(lambda.claims.fast_response.delayed_share, 0.01);
}

/// Provisioned for the whole month, used half of the time.
#[test]
fn provisioned_concurrency_is_idle_as_far_as_nothing_executes_on_it() {
    let text =
        format!("{EACH_SECOND}[deployments.lambda]\nplatform = \"aws-lambda\"\nconcurrency = {{ provisioned = 1 }}\n");
    let lambda = deployment(&text, &["scenario.duration=300s"]);
    let items = &lambda.cost.month_items;
    let standing = items.iter().find(|item| item.item.starts_with("provisioned")).expect("a line for standing by");
    let expected = 0.5 * standing.amount.to_f64() / lambda.cost.per_month.to_f64();
    near(lambda.claims.pay_per_use.idle_share, expected);
}

#[test]
fn a_price_is_compared_with_the_cheapest_other_that_will_do() {
    let more = ONE_WORKER.replace(".servers]", ".more]");
    let short = ONE_WORKER.replace(".servers]", ".short]");
    let text = format!("{EACH_SECOND}{ONE_WORKER}count = 2\n{more}count = 4\n{short}count = 1\naccept_queue = 0\n");
    let results = run(&text, &["workload.w.arrivals.rate=3/s"]);
    let price = |index: usize| results.deployments[index].claims.lower_price.clone();
    // One that loses every other request is cheap, and does not do.
    assert!(results.deployments[2].invocations.dropped > 0.0);
    near(price(0).ratio, 0.5);
    assert_eq!(price(0).against.as_deref(), Some("more"));
    near(price(1).ratio, 2.0);
    near(price(2).ratio, 0.5);
    assert_eq!(price(2).against.as_deref(), Some("servers"));
}

#[test]
fn without_probes_everything_else_is_the_same() {
    let text = format!("{EACH_SECOND}{ONE_WORKER}count = 2\n");
    let (mut with, without) = (run(&text, &[]), run(&text, &["scenario.probes=false"]));
    let one = &mut with.deployments[0];
    assert!(one.capacity.one_more.take().is_some() && one.capacity.one_less.take().is_some());
    assert!(one.capacity.n_plus_1.take().is_some());
    assert!(std::mem::take(&mut one.claims.elasticity).probe_s.is_some());
    with.scenario.hash.clone_from(&without.scenario.hash);
    with.scenario.set.clone_from(&without.scenario.set);
    with.deployments[0].capacity.not_resized = Some("`probes` of `scenario` is off".to_owned());
    assert_eq!(with, without);
}

/// Probes read a trace again, and draw from streams of their own.
#[test]
fn probes_are_the_same_on_any_number_of_threads() {
    let text = "[scenario]\nname = \"t\"\nreplications = 2\n\
                [workload.t]\ntrace = \"scenarios/traces/azure-sample.csv.gz\"\nformat = \"azure2021\"\n\
                [deployments.lambda]\nplatform = \"aws-lambda\"\nmemory = \"512MB\"\n\
                [deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\ncount = 3\n";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plan = load_text("t.toml", text.to_owned(), root, &Overrides::default()).unwrap_or_else(|all| panic!("{all}"));
    let bytes = |threads| {
        let runs = study::run(&plan, threads, &Control::default()).expect("it runs");
        store::results_json(&assemble(&plan, &runs).expect("it has prices").0).expect("JSON")
    };
    let one = bytes(1);
    assert!(String::from_utf8_lossy(&one).contains("\"n_plus_1\": true"));
    assert!(one == bytes(2) && one == bytes(8));
}

fn any_requests() -> impl Strategy<Value = Vec<Invocation>> {
    let request = |(at, duration)| Invocation::new(SimTime::from_ns(at), FunctionId(0), Span::from_ns(duration));
    prop::collection::vec((0_u64..2_000, 0_u64..400), 1..60).prop_map(move |mut all| {
        all.sort_unstable();
        all.into_iter().map(request).collect()
    })
}

fn journal(fleet: &FleetSpec, requests: &[Invocation]) -> Journal {
    let end = SimTime::from_ns(10_000);
    let mut journal = Journal::default();
    let mut engine = engine(fleet, &["f"], Seed { seed: 1, replication: 0 }, end);
    engine.feed(requests, &mut journal);
    engine.close(end, &mut journal);
    journal
}

/// Before one queue; workers that serve in order of arrival.
fn queued(count: u32, room: Option<u32>) -> FleetSpec {
    FleetSpec { shared_queue: true, accept_queue: room, ..servers(count, Discipline::Fcfs { workers: 1 }) }
}

proptest! {
    /// Whom a smaller fleet without a queue serves, a larger one serves too: it has at most one request more, on the server more.
    #[test]
    fn one_more_server_never_loses_more(requests in any_requests(), count in 1_u32..6) {
        let lost = |count| journal(&queued(count, Some(0)), &requests).count(Fate::Dropped);
        prop_assert!(lost(count + 1) <= lost(count));
    }

    /// Kiefer and Wolfowitz (1955): the ordered work before the servers is less with one more, for every arrival.
    #[test]
    fn one_more_server_makes_nobody_wait_longer(requests in any_requests(), count in 1_u32..6) {
        let waits = |count| journal(&queued(count, None), &requests).by_arrival();
        for (more, as_it_is) in waits(count + 1).iter().zip(waits(count)) {
            prop_assert!(more.queue <= as_it_is.queue);
        }
    }
}
