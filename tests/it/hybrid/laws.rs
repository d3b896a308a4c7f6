//! What holds for every router, and at the limits of its rule.

use std::sync::Arc;

use breakeven::engine::{Engine, EventQueue};
use breakeven::ids::FunctionId;
use breakeven::platform::faas::Faas;
use breakeven::platform::fleet::{Discipline, FleetSpec, Hazards, LostWork};
use breakeven::platform::hybrid::{HybridSite, HybridSpec, SiteModel, Transfer};
use breakeven::policy::route::{
    Bursting, MarginalCosts, Pair, Route, Sharing, SiteIndex, SiteSet, UtilizationThresholds,
};
use breakeven::policy::{IdleChoice, KeepAlive, Share};
use breakeven::record::{Tally, Window};
use breakeven::stats::Distribution;
use breakeven::units::{Calendar, SimTime, Size, Span};
use breakeven::workload::Invocation;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{END, SEED, engine, plan, play, results};
use crate::one_function::{faas, function};
use crate::support::{Journal, servers};

const PAIR: Pair = Pair { base: SiteIndex(0), burst: SiteIndex(1) };

fn ms(ms: u64) -> Span {
    Span::from_ms(ms)
}

fn any_trace() -> impl Strategy<Value = Vec<Invocation>> {
    let request = (prop_oneof![Just(0), 0..40u64, 0..4_000u64], prop_oneof![Just(0), 1..300u64, 1..5_000u64], 0..2_u32);
    prop::collection::vec(request, 0..80).prop_map(|requests| {
        let mut at = SimTime::ZERO;
        let invocation = |(gap, work, function): (u64, u64, u32)| {
            at = at + ms(gap);
            Invocation::new(at, FunctionId(function), ms(work))
        };
        requests.into_iter().map(invocation).collect()
    })
}

fn any_route() -> impl Strategy<Value = Route> {
    let share = |most: u32| (0..most).prop_map(|percent| Share::per_million(percent * 10_000));
    let time = || (0..3_000_u64).prop_map(ms);
    let bursting = prop::sample::select(vec![Bursting::All, Bursting::Excess]);
    let thresholds = (share(100), time(), share(100), time())
        .prop_map(|(above, above_for, below, below_for)| UtilizationThresholds { above, above_for, below, below_for });
    let sharing = prop::sample::select(vec![Sharing::Turns, Sharing::Random]);
    prop_oneof![
        (thresholds, bursting).prop_map(|(thresholds, bursting)| Route::Utilization {
            pair: PAIR,
            thresholds,
            bursting
        }),
        (0..6_u32, 0..3_u32).prop_map(|(above, below)| Route::Queue { pair: PAIR, above, below }),
        time().prop_map(|deadline| Route::Deadline { pair: PAIR, deadline }),
        (0.0..2.0, 0.0..2.0, 0.0..2.0).prop_map(|(base, burst, waiting)| {
            Route::CheapestMarginal { pair: PAIR, costs: MarginalCosts { base, burst, waiting } }
        }),
        (0..5_u64, 0..5_u64, sharing)
            .prop_map(|(a, b, by)| Route::Weighted { weights: vec![(PAIR.base, a), (PAIR.burst, b)], by }),
        (0..12_u32).prop_map(|most| Route::Spill { pair: PAIR, most }),
        any::<bool>().prop_map(|other| Route::Failover {
            order: if other { vec![PAIR.burst, PAIR.base] } else { vec![PAIR.base, PAIR.burst] }
        }),
    ]
}

fn any_fleet() -> impl Strategy<Value = FleetSpec> {
    let discipline = prop_oneof![
        (1..4_u32).prop_map(|workers| Discipline::Fcfs { workers }),
        (1..4_u32).prop_map(|cores| Discipline::ProcessorSharing { milli_cores: cores * 1_000, limit: None }),
    ];
    (1..3_u32, discipline, prop::option::of(0..4_u32))
        .prop_map(|(count, discipline, accept_queue)| FleetSpec { accept_queue, ..servers(count, discipline) })
}

fn any_outage() -> impl Strategy<Value = Vec<(SimTime, SimTime)>> {
    let outage = (0..40_000_u64, 1..20_000_u64).prop_map(|(from, length)| {
        let from = SimTime::ZERO + ms(from);
        (from, from + ms(length))
    });
    prop::collection::vec(outage, 0..2)
}

const MOVED: Transfer = Transfer { meter: breakeven::billing::Meter::TransferZone, size: Size::from_bytes(1_000) };

fn any_hybrid() -> impl Strategy<Value = HybridSpec> {
    let latency = prop::option::of((1..50_u64).prop_map(|length| Distribution::Constant(ms(length))));
    let outages = (any_outage(), any_outage(), any::<bool>());
    let start = (0..2_000_u64).prop_map(|length| Distribution::Constant(ms(length)));
    (any_route(), any_fleet(), start, outages, latency, any::<bool>()).prop_map(
        |(route, fleet, start, (base_down, burst_down, requeue), latency, stays)| {
            let lost_work = if requeue { LostWork::Requeued { checkpoint: None } } else { LostWork::Fails };
            let hazards = Hazards { outages: base_down.clone(), lost_work, ..Hazards::default() };
            let functions = faas(function(KeepAlive::Infinite, IdleChoice::Mru, start));
            let base = HybridSite {
                model: SiteModel::Fleet(Arc::new(FleetSpec { hazards, ..fleet })),
                transfer: None,
                latency: None,
                outages: base_down,
            };
            let burst = HybridSite {
                model: SiteModel::Faas(Arc::new(functions)),
                transfer: Some(MOVED),
                latency,
                outages: burst_down,
            };
            let home = stays.then(|| ("f".to_owned(), SiteSet::of([PAIR.base])));
            HybridSpec { sites: vec![base, burst], route, allowed: home.into_iter().collect() }
        },
    )
}

fn tally(spec: &HybridSpec, trace: &[Invocation]) -> Tally {
    let end = SimTime::ZERO + Span::from_secs(3_600);
    let window = Window::new(Span::ZERO, Span::from_secs(3_600), Calendar::default());
    let mut tally = Tally::of_sites(2, window, false, false);
    let mut model = breakeven::platform::hybrid::Hybrid::new(&spec.clone().into(), SEED, end);
    for (index, name) in ["f", "g"].iter().enumerate() {
        let id = FunctionId::new(index);
        let meters = model.admit(id, &crate::support::function(name), &mut EventQueue::new());
        tally.register_at_sites(id, meters);
    }
    let mut engine = Engine::new(model);
    engine.feed(trace, &mut tally);
    engine.close(end, &mut tally);
    tally.finish();
    tally
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(12), ..ProptestConfig::default() })]

    #[test]
    fn every_invocation_ends_once_at_one_site_and_the_sites_add_up_to_the_whole(spec in any_hybrid(), trace in any_trace()) {
        let placed = play(&spec, &["f", "g"], &trace);
        prop_assert_eq!(placed.outcomes.len(), trace.len());
        let mut arrivals: Vec<_> = placed.outcomes.iter().map(|(_, outcome)| (outcome.arrived, outcome.function)).collect();
        let mut asked: Vec<_> = trace.iter().map(|invocation| (invocation.at, invocation.function)).collect();
        arrivals.sort_unstable();
        asked.sort_unstable();
        prop_assert_eq!(arrivals, asked);
        if !spec.allowed.is_empty() {
            let abroad = |(site, outcome): &&(usize, breakeven::record::Outcome)| *site == 1 && outcome.function == FunctionId(0) && outcome.fate.started();
            prop_assert_eq!(placed.outcomes.iter().filter(abroad).count(), 0);
        }

        let tally = tally(&spec, &trace);
        let started = placed.outcomes.iter().filter(|(_, outcome)| outcome.fate.started());
        let by_site = |site: usize| started.clone().filter(|(at, _)| *at == site).count() as u64;
        prop_assert_eq!(tally.sites[0].started, by_site(0));
        prop_assert_eq!(tally.sites[1].started, by_site(1));
        prop_assert_eq!(tally.invocations(), trace.len() as u64);
        let of_functions: u64 = tally.functions.iter().map(|function| function.started()).sum();
        prop_assert_eq!(of_functions, by_site(0) + by_site(1));
        let busy: u128 = tally.timeline.buckets.iter().map(|bucket| bucket.busy_ns).sum();
        prop_assert_eq!(busy, tally.sum(|site| site.busy_ns));
        let moved = tally.usage()[1].total(MOVED.meter);
        prop_assert_eq!(moved, u128::from(by_site(1)) * 1_000);
        prop_assert_eq!(tally.usage()[0].total(MOVED.meter), 0);
    }

    /// Outcomes, and everything else that a recorder hears but the levels of a site that idles.
    #[test]
    fn without_room_at_the_base_the_router_is_the_functions(mut spec in any_hybrid(), trace in any_trace()) {
        spec.route = Route::Spill { pair: PAIR, most: 0 };
        spec.allowed.clear();
        spec.sites[1].outages.clear();
        spec.sites[1].latency = None;
        let SiteModel::Faas(functions) = &spec.sites[1].model else { unreachable!("the second site") };
        let mut model = Faas::together(Arc::clone(functions), SEED, END);
        let mut alone = Journal::default();
        for (index, name) in ["f", "g"].iter().enumerate() {
            model.admit(FunctionId::new(index), &crate::support::function(name), &mut EventQueue::new());
        }
        let mut faas = Engine::new(model);
        faas.feed(&trace, &mut alone);
        faas.close(END, &mut alone);
        prop_assert_eq!(journal(&spec, &trace).outcomes, alone.outcomes);
    }

    #[test]
    fn with_room_for_the_peak_the_router_is_the_servers(mut spec in any_hybrid(), trace in any_trace()) {
        spec.route = Route::Spill { pair: PAIR, most: u32::MAX };
        spec.allowed.clear();
        spec.sites[0].outages.clear();
        let SiteModel::Fleet(fleet) = &mut spec.sites[0].model else { unreachable!("the first site") };
        Arc::make_mut(fleet).hazards = Hazards::default();
        let fleet = fleet.clone();
        let mut alone = Journal::default();
        let mut servers = crate::support::engine(&fleet, &["f", "g"], SEED, END);
        servers.feed(&trace, &mut alone);
        servers.close(END, &mut alone);
        let through = journal(&spec, &trace);
        prop_assert_eq!(&through.outcomes, &alone.outcomes);
        let servers_of = |journal: &Journal| journal.instances.iter().filter(|(from, to, _)| to > from).copied().collect::<Vec<_>>();
        prop_assert_eq!(servers_of(&through), servers_of(&alone));
    }
}

fn journal(spec: &HybridSpec, trace: &[Invocation]) -> Journal {
    let mut journal = Journal::default();
    let mut engine = engine(spec, &["f", "g"], END);
    engine.feed(trace, &mut journal);
    engine.close(END, &mut journal);
    journal
}

const SCENARIO: &str = r#"
[scenario]
name = "t"
duration = "30min"
warmup = "1min"
replications = 2
[deployments.hybrid]
route = { policy = "weighted", weights = { own = 1, lambda = 2 }, by = "random" }
transfer = { site = "lambda", size = "10KB", latency = { dist = "exponential", mean = "5ms" } }
outages = [{ site = "own", at = "10min", for = "5min" }]
[deployments.spill]
route = { policy = "spill", base = "own", burst = "lambda" }
[deployments.own]
platform = "aws-ec2"
instance = "m6a.xlarge"
count = 2
discipline = "fcfs"
compare = false
[deployments.lambda]
platform = "aws-lambda"
memory = "512MB"
"#;

#[test]
fn results_do_not_depend_on_threads() {
    let text = format!(
        "{SCENARIO}[functions.f]\nmemory = \"512MB\"\nduration = {{ dist = \"exponential\", mean = \"400ms\" }}\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"poisson\", rate = \"20/s\" }}\n"
    );
    let plan = plan(&text);
    let [one, two, eight] = [1, 2, 8].map(|threads| serde_json::to_string(&results(&plan, threads)).expect("JSON"));
    assert!(one == two && one == eight);
}

/// The same arrivals out of a generator and out of a file.
#[test]
fn a_trace_is_answered_as_the_arrivals_that_it_holds() {
    let synthetic = format!(
        "{SCENARIO}[functions.f]\nmemory = \"512MB\"\nduration = \"700ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"batch\", size = 20, period = \"2s\" }}\n"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let row = |at: u32| format!("{at},f,0.7\n").repeat(20);
    let rows: String = (0..1_800).step_by(2).map(row).collect();
    std::fs::write(folder.path().join("t.csv"), format!("timestamp,function,duration_s\n{rows}")).expect("a file");
    let traced = format!("{SCENARIO}[workload.w]\ntrace = \"t.csv\"\nformat = \"invocations\"\n");
    let traced = breakeven::scenario::load_text("t.toml", traced, folder.path(), &Default::default());
    let traced = traced.unwrap_or_else(|problems| panic!("{problems}"));
    let [generated, replayed] = [&plan(&synthetic), &traced].map(|plan| results(plan, 2));
    for (a, b) in generated.deployments.iter().zip(&replayed.deployments) {
        assert_eq!(a.invocations, b.invocations, "{}", a.name);
        assert_eq!(a.latency_s, b.latency_s, "{}", a.name);
        assert_eq!(a.sites, b.sites, "{}", a.name);
        assert_eq!(a.cost, b.cost, "{}", a.name);
        assert_eq!(a.sizing, b.sizing, "{}", a.name);
    }
}

/// Shares, counts and money of the sites are those of the deployment.
#[test]
fn the_sites_of_the_results_add_up() {
    let text = format!(
        "{SCENARIO}[functions.f]\nmemory = \"512MB\"\nduration = {{ dist = \"exponential\", mean = \"400ms\" }}\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"poisson\", rate = \"20/s\" }}\n"
    );
    for found in results(&plan(&text), 2).deployments.iter().filter(|deployment| deployment.name != "lambda") {
        assert_eq!(found.sites.len(), 2);
        let sum = |of: fn(&breakeven::results::SiteResult) -> f64| found.sites.iter().map(of).sum::<f64>();
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs(), "{}: {a} and {b}", found.name);
        near(sum(|site| site.served_share.unwrap_or(0.0)), 1.0);
        near(sum(|site| site.instances_mean), found.capacity.instances_mean);
        near(sum(|site| site.busy_mean), found.capacity.busy_mean);
        near(sum(|site| site.cost.to_f64()), found.cost.total.to_f64());
        near(sum(|site| site.cost_per_month.to_f64()), found.cost.per_month.to_f64());
        let served = found.invocations.completed + found.invocations.failed + found.invocations.timed_out;
        near(sum(|site| site.served), served);
    }
}
