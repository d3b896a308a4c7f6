//! Closed forms of capacity against values that were computed elsewhere (`tests/data/oracles/capacity.json`).

use breakeven::stats::capacity::{Demand, PlaceCosts, Sizing, StaffedFleet, sticky_best, sticky_sizing};
use breakeven::stats::networks::{Impatient, Station, extended_erlang_b, open_network, orbit_mean, tandem};

use crate::support::{Oracle, capacity};

/// To a relative error of 1e-9.
#[track_caller]
fn check(oracle: &Oracle, quantity: &str, actual: f64) {
    check_within(oracle, quantity, actual, 1e-9);
}

#[track_caller]
fn check_within(oracle: &Oracle, quantity: &str, actual: f64, error: f64) {
    let expected = oracle.expected(quantity);
    assert!((actual / expected - 1.0).abs() <= error, "{} {quantity}: {actual} against {expected}", oracle.id);
}

fn all(prefix: &str) -> Vec<Oracle> {
    let found: Vec<Oracle> = capacity().filter(|oracle| oracle.id.starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no oracle is called {prefix}");
    found
}

fn costs(oracle: &Oracle) -> PlaceCosts {
    PlaceCosts { own: oracle.parameter("reserved_cost"), burst: oracle.parameter("burst_cost") }
}

#[track_caller]
fn check_best(oracle: &Oracle, best: Sizing) {
    assert_eq!(best.places as f64, oracle.expected("r_opt"), "{}", oracle.id);
    check(oracle, "cost_rate", best.cost_rate);
    check(oracle, "overflow_fraction", best.overflow_share());
}

#[test]
fn own_places_when_work_moves_back_to_them() {
    for oracle in &all("hybrid-a") {
        let demand = Demand::Poisson { load: oracle.parameter("offered_load") };
        let best = demand.best(costs(oracle));
        check_best(oracle, best);
        check(oracle, "overflow_load", best.overflow_load);
        check(oracle, "all_faas", demand.sizing(0, costs(oracle)).cost_rate);
    }
}

#[test]
fn own_places_when_work_stays_where_it_began() {
    for oracle in &all("hybrid-erlB-") {
        let load = oracle.parameter("offered_load");
        let best = sticky_best(load, costs(oracle));
        check_best(oracle, best);
        let again = sticky_sizing(load, best.places as u32, costs(oracle));
        check(oracle, "cost_rate", again.cost_rate);
    }
}

#[test]
fn clients_that_try_again() {
    for oracle in &all("extErlB-") {
        let (load, servers) = (oracle.parameter("fresh_load"), oracle.count("servers"));
        let retrying = extended_erlang_b(load, servers, oracle.parameter("retry_prob"));
        check(oracle, "total_offered", retrying.offered_load);
        check(oracle, "P_block_attempt", retrying.blocked_share);
        check(oracle, "P_lost_fresh", retrying.lost_share);
        check(oracle, "attempts_per_request", retrying.attempts_mean);
    }
    for oracle in &all("retrial-") {
        let [lambda, mu, retry] = ["arrival_rate", "mu", "retry_rate"].map(|name| oracle.parameter(name));
        let orbit = orbit_mean(lambda, mu, retry);
        check(oracle, "orbit_mean", orbit);
        check(oracle, "mean_delay", orbit / lambda);
    }
}

#[test]
fn clients_that_give_up() {
    for oracle in &all("mmcM-") {
        let [arrival_rate, service_rate, patience_rate] =
            ["arrival_rate", "service_rate", "patience_rate"].map(|name| oracle.parameter(name));
        let found = Impatient { arrival_rate, service_rate, servers: oracle.count("servers"), patience_rate }.solve();
        check(oracle, "P_wait", found.waiting_share);
        check(oracle, "P_abandon", found.abandoned_share);
        check(oracle, "Lq", found.in_queue_mean);
        check(oracle, "Wq_all", found.wait_mean);
        check(oracle, "utilisation", found.utilisation);
    }
}

#[test]
fn networks_of_queues() {
    for oracle in &all("tandem-3") {
        let network = tandem(oracle.parameter("arrival_rate"), &[4.0, 5.0, 6.0]).expect("everyone leaves");
        check(oracle, "W_total", network.response_mean);
        for (name, mean) in ["L1", "L2", "L3"].iter().zip(&network.in_station_mean) {
            check(oracle, name, *mean);
        }
    }
    for oracle in &all("jackson-feedback") {
        let [external_rate, gateway, worker, again] =
            ["external_rate", "gateway_mu", "worker_mu", "retry_prob"].map(|name| oracle.parameter(name));
        let stations = [
            Station { external_rate, service_rate: gateway, servers: 1 },
            Station { external_rate: 0.0, service_rate: worker, servers: oracle.count("workers") },
        ];
        let network = open_network(&stations, &[vec![0.0, 1.0], vec![again, 0.0]]).expect("everyone leaves");
        check(oracle, "visit_rate", network.visit_rates[0]);
        check(oracle, "visit_rate", network.visit_rates[1]);
        check(oracle, "L_gateway", network.in_station_mean[0]);
        check(oracle, "L_workers", network.in_station_mean[1]);
        check(oracle, "W_total", network.response_mean);
    }
}

/// The figure of the table is a point of a scan in steps of 0.2 %, ours is the end of the interval.
#[test]
fn functions_against_servers_staffed_for_few_to_wait() {
    for oracle in &all("breakeven-d") {
        let number = |name: &str| oracle.text(name).parse::<f64>().expect("a decimal");
        let service_mean = oracle.parameter("duration_s");
        let gb_s = number("lambda_gb_s") * oracle.parameter("memory_mb") / 1024.0;
        let per_million: f64 = oracle.text("request").trim_end_matches("/M").parse().expect("dollars a million");
        let fleet = |least_servers| StaffedFleet {
            server_cost: number("server_hour") / 3_600.0,
            request_cost: gb_s * service_mean + per_million / 1e6,
            service_mean,
            waiting_share: 0.2,
            least_servers,
        };
        check(oracle, "naive_rate_one_server", fleet(1).naive_rate());
        check(oracle, "naive_utilisation", fleet(1).naive_utilisation());
        for (quantity, least) in [("slo_rate_min1", 1), ("slo_rate_min2", 2)] {
            let rate = fleet(least).break_even_rate().expect("servers pay at some rate");
            check_within(oracle, quantity, rate, 2e-3);
        }
    }
}
