//! Simulated hybrids against closed forms that were computed elsewhere (`tests/data/oracles/capacity.json`).

use breakeven::results::{DeploymentResult, Sizing, assemble};
use breakeven::stats::Interval;
use breakeven::study::{Control, run};

use super::plan;
use crate::support::{Oracle, capacity};

fn all(prefix: &str) -> Vec<Oracle> {
    let found: Vec<Oracle> = capacity().filter(|oracle| oracle.id.starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no oracle is called {prefix}");
    found
}

/// A base of `places` workers, and functions that start at once. A GB-second of theirs costs as much as a second of a busy
/// place should, and an hour of the base's server as much as an hour of all its places.
fn scenario(oracle: &Oracle, places: u32, service: &str, window: &str) -> String {
    let seconds = 100.0;
    let rate = oracle.parameter("offered_load") / seconds;
    let own = oracle.parameter("reserved_cost") * f64::from(places);
    let burst = oracle.parameter("burst_cost") / 3_600.0;
    format!(
        "[scenario]\nname = \"t\"\nseed = 17\n{window}\n\
         [functions.f]\nmemory = \"1GB\"\nduration = {service}\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"poisson\", rate = \"{rate}/s\" }}\n\
         [deployments.hybrid]\nroute = {{ policy = \"spill\", base = \"own\", burst = \"lambda\" }}\n\
         [deployments.own]\ncompare = false\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\ncount = 1\n\
         discipline = \"fcfs\"\nworkers = {places}\naccept_queue = 0\n\
         price_override = {{ instance-time = \"${own}\" }}\n\
         [deployments.lambda]\ncompare = false\nplatform = \"aws-lambda\"\ncold_start = \"0s\"\n\
         concurrency = {{ account = \"unlimited\" }}\nscaling_rate = \"unlimited\"\nrequest_rate = \"unlimited\"\n\
         price_override = {{ compute = \"${burst:.12}\", requests = \"$0\" }}\n"
    )
}

/// Within four standard errors.
#[track_caller]
fn check(oracle: &Oracle, quantity: &str, values: &[f64]) {
    let interval = Interval::of(values).expect("replications");
    let (mean, expected) = (interval.mean, oracle.expected(quantity));
    let error = (interval.high() - interval.low()) / 2.0 / 2.09;
    assert!((mean - expected).abs() <= 4.0 * error, "{} {quantity}: {mean} +- {error} against {expected}", oracle.id);
    assert!(error <= 0.05 * expected, "{} {quantity}: {mean} +- {error} says little", oracle.id);
}

/// Work stays where it began: the overflow and the cost of a loss system. Whatever the distribution of service, so an
/// exponential and a constant take turns.
#[test]
fn what_spills_over_is_the_overflow_of_erlang_and_costs_what_it_says() {
    let services = ["{ dist = \"exponential\", mean = \"100s\" }", "\"100s\""];
    for (oracle, service) in all("hybrid-erlB-").iter().zip(services.iter().cycle()) {
        let places = oracle.expected("r_opt") as u32;
        let window = "duration = \"200000s\"\nwarmup = \"2000s\"\nreplications = 20";
        let plan = plan(&scenario(oracle, places, service, window));
        let runs = run(&plan, 0, &Control::default()).expect("the study runs");
        let shares: Vec<f64> = runs.tallies[0]
            .iter()
            .map(|tally| tally.sites[1].started as f64 / (tally.sites[0].started + tally.sites[1].started) as f64)
            .collect();
        check(oracle, "overflow_fraction", &shares);
        let (results, _) = assemble(&plan, &runs).expect("everything has a price");
        let found = &results.deployments[0];
        let rate = found.cost.per_month.to_f64() / 730.0;
        let [low, high] = found.cost.ci95.expect("replications");
        let error = (high - low) / 2.0 / 2.09 / 730.0;
        let expected = oracle.expected("cost_rate");
        assert!((rate - expected).abs() <= 4.0 * error, "{}: {rate} +- {error} against {expected}", oracle.id);
        check_beside(oracle, found);
    }
}

/// The closed form that stands beside the simulation is fed with the simulated load.
#[track_caller]
fn check_beside(oracle: &Oracle, found: &DeploymentResult) {
    let sizing = found.sizing.as_ref().expect("a fleet and functions");
    let expected = oracle.expected("overflow_fraction");
    let [beside, simulated] = [sizing.erlang_b.overflow_share, sizing.simulated.overflow_share.expect("invocations")];
    assert!((beside / expected - 1.0).abs() < 0.05, "{}: {beside} against {expected}", oracle.id);
    assert!((simulated / beside - 1.0).abs() < 0.1, "{}: {simulated} beside {beside}", oracle.id);
    assert_eq!(sizing.erlang_b.places as f64, oracle.expected("r_opt"));
}

/// Constant service, so that the number in service is stationary from the end of the first one on, and Poisson whatever the
/// distribution. Arrivals are steady, so their mean over 20 services is the load but for a tenth of its variance.
fn sampled(oracle: &Oracle) -> Sizing {
    let window = "duration = \"50500s\"\nwarmup = \"500s\"\nreplications = 10";
    let plan = plan(&scenario(oracle, oracle.expected("r_opt") as u32, "\"100s\"", window));
    let runs = run(&plan, 0, &Control::default()).expect("the study runs");
    let (results, _) = assemble(&plan, &runs).expect("everything has a price");
    results.deployments[0].sizing.clone().expect("a fleet and functions")
}

/// Demand, both prices and the number of places come out of the simulation and its bill: 5,000 independent samples.
#[test]
fn the_newsvendor_is_asked_with_the_simulated_demand_and_the_billed_prices() {
    for oracle in &all("hybrid-a") {
        let sizing = sampled(oracle);
        let near = |quantity: &str, actual: f64, expected: f64, error: f64| {
            assert!((actual / expected - 1.0).abs() <= error, "{} {quantity}: {actual} against {expected}", oracle.id);
        };
        near("own price", sizing.own_place_hour, oracle.parameter("reserved_cost"), 1e-9);
        near("burst price", sizing.burst_place_hour.expect("overflow"), oracle.parameter("burst_cost"), 1e-4);
        near("load", sizing.load, oracle.parameter("offered_load"), 0.02);
        let found = sizing.newsvendor.expect("both prices");
        near("cost_rate", found.cost_per_hour, oracle.expected("cost_rate"), 0.02);
        let expected = oracle.expected("r_opt");
        assert!((found.places as f64 - expected).abs() <= 1.0, "{}: {} places, {expected}", oracle.id, found.places);
    }
}
