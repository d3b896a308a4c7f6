//! Shared cores against the contention tests of another simulator (`tests/data/oracles/sharing.json`).

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::Discipline;
use breakeven::rng::Seed;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::{Journal, engine, finish, oracle, servers};

fn seconds(value: &serde_json::Value) -> Span {
    Span::from_seconds_f64(value.as_f64().unwrap_or(0.0))
}

/// A container with a share of s makes the progress of s requests with a share of one, which is what all have here: each gets
/// its share of the cores, and all of it if there are enough. Its requests end together.
#[track_caller]
fn check_ends(id: &str) {
    let oracle = oracle(id);
    let milli_cores = oracle.count("cores") * 1_000;
    let fleet = servers(1, Discipline::ProcessorSharing { milli_cores, limit: None });
    let groups = oracle.parameter_value("groups").as_array().expect("groups");
    let mut requests = Vec::new();
    for group in groups {
        let count = group["requests"].as_u64().unwrap() * group["share"].as_u64().unwrap();
        let at = SimTime::ZERO + seconds(&group["at"]);
        requests.extend((0..count).map(|_| Invocation::new(at, FunctionId(0), seconds(&group["duration"]))));
    }
    requests.sort_by_key(|request| request.at);
    let end = SimTime::ZERO + Span::HOUR;
    let mut engine = engine(&fleet, &["f"], Seed { seed: 1, replication: 0 }, end);
    let mut journal = Journal::default();
    engine.feed(&requests, &mut journal);
    engine.close(end, &mut journal);
    let expected = oracle.expected_value("finish").as_array().expect("ends");
    for (group, ends) in groups.iter().zip(expected) {
        let (at, ends) = (SimTime::ZERO + seconds(&group["at"]), ends.as_f64().unwrap());
        let work = seconds(&group["duration"]);
        let alone = |outcome: &&breakeven::record::Outcome| outcome.execution - outcome.stretch == work;
        let ours: Vec<f64> = journal
            .outcomes
            .iter()
            .filter(|outcome| outcome.arrived == at)
            .filter(alone)
            .map(|outcome| finish(outcome).seconds())
            .collect();
        assert!(!ours.is_empty(), "{id}");
        assert!(ours.iter().all(|found| (found - ends).abs() < 2e-9), "{id}: {ours:?}, expected {ends}");
    }
}

#[test]
fn cores_are_shared_as_in_another_simulator() {
    check_ends("dslab-cpu-no-contention");
    check_ends("dslab-cpu-equal-shares");
    check_ends("dslab-cpu-different-shares");
    check_ends("dslab-cpu-different-starts");
}
