//! Closed forms against values with twelve digits that were computed elsewhere (`tests/data/oracles`).

use breakeven::stats::closed_form::*;

use crate::support::{Oracle, closed_forms, queueing};

/// To 1e-9 of the value; values that are printed as zero, to 1e-12.
#[track_caller]
fn check(oracle: &Oracle, quantity: &str, actual: f64) {
    let expected = oracle.expected(quantity);
    let within = 1e-9 * expected.abs().max(1e-3);
    assert!((actual - expected).abs() <= within, "{} {quantity}: {actual} against {expected}", oracle.id);
}

fn all(prefix: &'static str) -> Vec<Oracle> {
    let found: Vec<Oracle> = queueing().chain(closed_forms()).filter(|oracle| oracle.id.starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no oracle is called {prefix}");
    found
}

#[test]
fn queues_with_room_for_all() {
    for oracle in all("mmc-").iter().chain(&all("mm1-")) {
        let servers = oracle.count("servers");
        let queue = Mmc {
            arrival_rate: oracle.parameter("arrival_rate"),
            service_rate: oracle.parameter("service_rate"),
            servers,
        };
        check(oracle, "P_wait", queue.waiting_share());
        check(oracle, "Wq", queue.wait_mean());
        check(oracle, "W", queue.response_mean());
        for (percentile, name) in [(0.95, "p95"), (0.99, "p99")] {
            check(oracle, &format!("Wq_{name}"), queue.wait_percentile(percentile));
            check(oracle, &format!("W_{name}"), queue.response_percentile(percentile));
        }
        check(oracle, "W_p50", queue.response_percentile(0.5));
    }
}

#[test]
fn queues_with_bounded_room() {
    for oracle in &all("mmck-") {
        let [lambda, mu] = ["arrival_rate", "service_rate"].map(|name| oracle.parameter(name));
        let bounded = mmck(lambda, mu, oracle.count("servers"), oracle.count("capacity"));
        check(oracle, "P_block", bounded.blocked_share);
        check(oracle, "P0", bounded.empty_share);
        check(oracle, "L", bounded.in_system_mean);
        check(oracle, "Lq", bounded.in_queue_mean);
        check(oracle, "W", bounded.response_mean);
        check(oracle, "Wq", bounded.wait_mean);
        check(oracle, "throughput", bounded.throughput);
    }
}

#[test]
fn loss_systems() {
    for oracle in &all("erlB-") {
        let load = oracle.parameter("offered_load");
        let blocked = erlang_b(load, oracle.count("servers"));
        // Relative, however small.
        assert!((blocked / oracle.expected("P_block") - 1.0).abs() < 1e-9, "{}", oracle.id);
        check(oracle, "carried", load * (1.0 - blocked));
    }
}

/// Moments of the services of mean 1; the bounded Pareto by its integral.
fn moments(service: &str) -> Moments {
    let of = |second, third| Moments { first: 1.0, second, third };
    match service {
        "deterministic(1)" => of(1.0, 1.0),
        "Erlang(k=4, mean 1)" => of(20.0 / 16.0, 120.0 / 64.0),
        "uniform(0,2)" => of(4.0 / 3.0, 2.0),
        "lognormal mean 1, scv 4 (sigma^2=ln 5, mu=-sigma^2/2)" => of(5.0, 125.0),
        "hyperexponential H2 balanced means, mean 1, scv 4" => {
            let share = (1.0 + 0.6f64.sqrt()) / 2.0;
            let (fast, slow) = (0.5 / share, 0.5 / (1.0 - share));
            let mix = |fast: f64, slow: f64| share * fast + (1.0 - share) * slow;
            of(2.0 * mix(fast.powi(2), slow.powi(2)), 6.0 * mix(fast.powi(3), slow.powi(3)))
        }
        "bounded Pareto(alpha 1.5, 0.1..100)" => {
            let (alpha, low, high) = (1.5, 0.1f64, 100f64);
            let factor = alpha * low.powf(alpha) / (1.0 - (low / high).powf(alpha));
            let moment = |k: f64| factor * (high.powf(k - alpha) - low.powf(k - alpha)) / (k - alpha);
            Moments { first: moment(1.0), second: moment(2.0), third: moment(3.0) }
        }
        other => panic!("no moments of {other}"),
    }
}

#[test]
fn one_server_with_any_service() {
    for oracle in &all("mg1-") {
        let lambda = oracle.parameter("arrival_rate");
        let service = moments(oracle.text("service"));
        check(oracle, "Wq_fcfs", mg1_wait_mean(lambda, service));
        check(oracle, "Wq_sd_fcfs", mg1_wait_variance(lambda, service).sqrt());
        check(oracle, "W_ps", mg1_shared_response_mean(lambda, service.first));
    }
}

#[test]
fn timers_into_one_server() {
    for oracle in &all("dm1-") {
        // Not the interval of the table, whose digits end.
        let load: f64 = oracle.id["dm1-r".len()..].parse().unwrap();
        check(oracle, "Wq", dm1_wait_mean(load.recip(), oracle.parameter("mu")));
    }
}

#[test]
fn concurrency_without_a_limit() {
    for oracle in &all("mginf-") {
        let load = oracle.parameter("offered_load");
        for (percentile, name) in [(0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99"), (0.999, "p999")] {
            check(oracle, &format!("concurrency_{name}"), poisson_percentile(load, percentile) as f64);
        }
        check(oracle, "concurrency_p9999", poisson_percentile(load, 0.9999) as f64);
        check(oracle, "P0", poisson_at_most(load, 0));
    }
}

#[test]
fn cold_starts_of_one_instance() {
    for oracle in &all("cold-single-") {
        let [lambda, keep_alive] = ["arrival_rate", "keepalive_s"].map(|name| oracle.parameter(name));
        let cold = cold_share_sliding(lambda, keep_alive);
        assert!((cold / oracle.expected("p_cold") - 1.0).abs() < 1e-9, "{}", oracle.id);
        check(oracle, "mean_instances", 1.0 - cold);
        check(oracle, "mean_instance_life", life_sliding(lambda, keep_alive));
    }
    for oracle in &all("cold-fixedlife-") {
        let cold = cold_share_fixed_life(oracle.parameter("arrival_rate"), oracle.parameter("lifetime_s"));
        check(oracle, "p_cold", cold);
        check(oracle, "mean_instances", 1.0 - cold);
    }
}

#[test]
fn one_instance_with_a_queue_that_is_shut_down_when_idle() {
    let service = |mean: f64| Moments { first: mean, second: 2.0 * mean.powi(2), third: 6.0 * mean.powi(3) };
    for oracle in &all("setup-delayedoff-l") {
        let [arrival_rate, mean, start, keep_alive] =
            ["arrival_rate", "mean_service", "cold_start", "keepalive"].map(|name| oracle.parameter(name));
        let cold_share_of_idle = cold_share_sliding(arrival_rate, keep_alive);
        let cold_start = (start, start.powi(2));
        let instance = DelayedOff { arrival_rate, service: service(mean), cold_start, cold_share_of_idle };
        check(oracle, "P_cold_given_idle_arrival", cold_share_of_idle);
        check(oracle, "fraction_of_requests_triggering_cold", instance.cold_share());
        check(oracle, "Wq", instance.wait_mean());
        check(oracle, "W", instance.wait_mean() + mean);
    }
    for oracle in &all("setup-delayedoff-exp") {
        let [arrival_rate, mean, start, keep_alive] =
            ["arrival_rate", "mean_service", "setup_mean", "delayoff_mean"].map(|name| oracle.parameter(name));
        let cold_share_of_idle = cold_share_fixed_life(arrival_rate, keep_alive);
        let cold_start = (start, 2.0 * start.powi(2));
        let instance = DelayedOff { arrival_rate, service: service(mean), cold_start, cold_share_of_idle };
        check(oracle, "p_off_seen_by_first", cold_share_of_idle);
        check(oracle, "W", instance.wait_mean() + mean);
    }
}

#[track_caller]
fn check_buckets(prefix: &'static str, throttled: fn(f64, f64, u32) -> f64) {
    for oracle in &all(prefix) {
        let [lambda, refill] = ["arrival_rate", "refill_per_s"].map(|name| oracle.parameter(name));
        check(oracle, "P_throttle", throttled(lambda, refill, oracle.count("burst")));
    }
}

#[test]
fn token_buckets() {
    check_buckets("token-cont-", throttled_continuous);
    check_buckets("token-tick-", throttled_ticking);
}
