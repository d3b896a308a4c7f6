//! The conventions of other simulators, reproduced request by request on identical integer traces.
//!
//! Reference: `xsim-*` in `tests/data/oracles/scale_per_request.json`, computed with SimFaaS 0.2.2, DSLab a6c156e8 and an
//! independent reference; every label of up to 20,000 requests is compared through its hash.

use breakeven::ids::FunctionId;
use breakeven::platform::faas::TieOrder;
use breakeven::policy::{IdleChoice, KeepAlive};
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::one_function::{Memory, faas, function, oracles, run_faas};

/// The generator that the reference states: a 64-bit linear congruential one, `u = x >> 33`.
struct Lcg(u64);

impl Lcg {
    fn draw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// One unit of the integer traces is a second here.
fn trace(parameters: &Value) -> Vec<Invocation> {
    let number = |key: &str| parameters[key].as_u64().expect(key);
    let mut lcg = Lcg(number("seed"));
    let mut at = 0;
    (0..number("n"))
        .map(|index| {
            if index % number("burst") == 0 {
                at += lcg.draw(number("G"));
            }
            let duration = 1 + lcg.draw(number("D"));
            Invocation::new(SimTime::ZERO + Span::from_secs(at), FunctionId(0), Span::from_secs(duration))
        })
        .collect()
}

fn run(parameters: &Value, idle_choice: IdleChoice, tie_order: TieOrder) -> Memory {
    let seconds = |key: &str| Span::from_secs(parameters[key].as_u64().expect(key));
    let keep_alive = KeepAlive::fixed(seconds("keepalive"));
    let mut spec = faas(function(keep_alive, idle_choice, Distribution::Constant(seconds("cold_start"))));
    spec.tie_order = tie_order;
    run_faas(spec, &trace(parameters))
}

fn labels_hash(memory: &Memory) -> String {
    let labels: String = memory.outcomes.iter().map(|outcome| if outcome.cold { 'c' } else { 'w' }).collect();
    let digest = Sha256::digest(labels.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(ns: u128) -> f64 {
    ns as f64 / 1e9
}

fn check(id: &str, name: &str, expected: &Value, memory: &Memory) {
    let what = format!("{id} {name}");
    let cold = memory.outcomes.iter().filter(|outcome| outcome.cold).count() as u64;
    assert_eq!(Some(cold), expected["cold"].as_u64(), "{what}: cold starts");
    assert_eq!(Some(labels_hash(memory).as_str()), expected["labels_sha256"].as_str(), "{what}: labels");
    for (key, actual) in [
        ("instance_time", seconds(memory.instance_ns)),
        ("running_time", seconds(memory.busy_ns)),
        ("idle_time", seconds(memory.instance_ns - memory.busy_ns)),
        ("wasted_instance_time", seconds(memory.instance_ns - memory.busy_ns)),
        ("sum_response", seconds(memory.busy_ns)),
        ("peak_instances", f64::from(memory.peak_instances)),
    ] {
        if let Some(expected) = expected[key].as_f64() {
            assert_eq!(actual, expected, "{what}: {key}");
        }
    }
}

fn fixtures() -> Vec<Value> {
    let is_fixture = |oracle: &Value| oracle["id"].as_str().is_some_and(|id| id.starts_with("xsim-"));
    let fixtures: Vec<Value> = oracles("scale_per_request.json").into_iter().filter(is_fixture).collect();
    assert_eq!(fixtures.len(), 6);
    fixtures
}

#[test]
fn every_label_of_the_reference_is_reproduced() {
    for fixture in fixtures() {
        let id = fixture["id"].as_str().unwrap();
        let reference = fixture["expected"]["reference"].as_object().unwrap();
        assert_eq!(reference.len(), 12, "{id}: four choices by three orders");
        for (name, expected) in reference {
            let (choice, order) = name.split_once('/').unwrap();
            let choice = match choice {
                "newest" => IdleChoice::Newest,
                "mru" => IdleChoice::Mru,
                "lru" => IdleChoice::Lru,
                "oldest" => IdleChoice::Oldest,
                other => panic!("{other}"),
            };
            let order = match order {
                "internal" => TieOrder::FinishExpiryArrival,
                "dep_arr_exp" => TieOrder::FinishArrivalExpiry,
                "arrival" => TieOrder::ArrivalExpiryFinish,
                other => panic!("{other}"),
            };
            check(id, name, expected, &run(&fixture["parameters"], choice, order));
        }
    }
}

#[test]
fn simfaas_is_reproduced_label_by_label() {
    for fixture in fixtures() {
        let expected = &fixture["expected"]["SimFaaS_0_2_2"];
        if expected.is_object() {
            let memory = run(&fixture["parameters"], IdleChoice::Newest, TieOrder::FinishExpiryArrival);
            check(fixture["id"].as_str().unwrap(), "SimFaaS", expected, &memory);
        }
    }
}

#[test]
fn dslab_is_reproduced_label_by_label() {
    for fixture in fixtures() {
        let expected = &fixture["expected"]["DSLab_reset_keepalive_true"];
        let memory = run(&fixture["parameters"], IdleChoice::SwapSet, TieOrder::ArrivalExpiryFinish);
        check(fixture["id"].as_str().unwrap(), "DSLab", expected, &memory);
    }
}

#[test]
fn the_reference_tells_conventions_apart() {
    let fixtures = fixtures();
    let mid = fixtures.iter().find(|fixture| fixture["id"] == "xsim-mid").unwrap();
    let other = run(&mid["parameters"], IdleChoice::Oldest, TieOrder::FinishArrivalExpiry);
    assert_ne!(
        Some(labels_hash(&other).as_str()),
        mid["expected"]["reference"]["mru/internal"]["labels_sha256"].as_str()
    );
}
