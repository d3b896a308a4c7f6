//! A fleet that takes starts at arrival reports what the fleet of events reports.

use std::sync::Arc;

use breakeven::engine::{Engine, Model};
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FixedFleet, FleetSize, FleetSpec, ServedFunction};
use breakeven::record::{Meters, Tally, Window};
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{Calendar, SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::{engine, servers};

const SEED: Seed = Seed { seed: 1, replication: 0 };

fn window() -> Window {
    Window::new(Span::from_secs(60), Span::from_secs(600), Calendar::default())
}

/// Whole tenths of a second at 0.9 of the capacity, so that ends and arrivals often share an instant, with a rush in the
/// middle and a quiet end.
fn arrivals(workers: u32) -> Vec<Invocation> {
    let mut state = 7u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let tenth = |tenths: u64| Span::from_ms(100 * tenths);
    let mut invocations = Vec::new();
    for instant in 0..5_900u64 {
        let rush = if (2_000..2_300).contains(&instant) { 3 } else { 1 };
        for _ in 0..workers {
            if draw(100) < 18 * rush {
                let at = SimTime::ZERO + tenth(instant);
                invocations.push(Invocation::new(at, FunctionId(draw(2) as u32), tenth(1 + draw(9))));
            }
        }
    }
    invocations
}

fn record<M: Model>(mut engine: Engine<M>, invocations: &[Invocation]) -> Tally {
    let mut tally = Tally::new(window(), false, false);
    for function in 0..2 {
        tally.register(FunctionId(function), Meters { memory_mib: 1_024, slots: 1, ..Meters::default() });
    }
    for batch in invocations.chunks(100) {
        engine.feed(batch, &mut tally);
    }
    engine.close(window().end, &mut tally);
    tally.finish();
    tally
}

/// Everything that is reported of a run.
fn reported(tally: &Tally) -> String {
    let Tally { functions, latency, delayed_execution, queue, queue_sum, sites, .. } = tally;
    let peaks = (tally.busy_peak(), tally.instances_peak());
    format!(
        "{functions:?} {latency:?} {delayed_execution:?} {queue:?} {queue_sum} {sites:?} {peaks:?} {:?}",
        tally.timeline.buckets
    )
}

#[track_caller]
fn check(name: &str, fleet: &FleetSpec) {
    let end = window().end;
    let invocations = arrivals(fleet.fixed_workers().expect("a fixed fleet"));
    let mut fixed = FixedFleet::new(&Arc::new(fleet.clone()), SEED, end).expect("a fixed fleet");
    for (index, function) in ["f", "g"].into_iter().enumerate() {
        fixed.admit(FunctionId::new(index), &crate::support::function(function));
    }
    let fixed = record(Engine::new(fixed), &invocations);
    let events = record(engine(fleet, &["f", "g"], SEED, end), &invocations);
    assert!(events.sites[0].saturated_ns > 0 && events.queue_sum > 0, "{name}: nobody ever waits");
    assert_eq!(reported(&fixed), reported(&events), "{name}");
}

#[test]
fn starts_that_are_known_at_arrival_are_those_that_events_find() {
    for workers in [1, 2, 7, 40] {
        check(&format!("{workers} workers"), &servers(1, Discipline::Fcfs { workers }));
    }
    let shared = FleetSpec { shared_queue: true, ..servers(5, Discipline::Fcfs { workers: 3 }) };
    check("five servers with a common queue", &shared);
    let timeout = ServedFunction { timeout: Some(Span::from_ms(700)), cpu: 0.5, wait: 0.75 };
    check("time-outs", &FleetSpec { others: timeout, ..shared.clone() });
    check("a network", &FleetSpec { network: Distribution::Constant(Span::from_ms(3)), ..shared });
}

#[test]
fn whatever_can_change_needs_events() {
    let workers = Discipline::Fcfs { workers: 2 };
    let apart = servers(3, workers);
    assert_eq!(apart.fixed_workers(), None, "which server has room depends on what came before");
    let common = FleetSpec { shared_queue: true, ..apart };
    assert_eq!(common.fixed_workers(), Some(6));
    for (reason, fleet) in [
        ("a full queue", FleetSpec { accept_queue: Some(9), ..common.clone() }),
        (
            "cores",
            FleetSpec {
                discipline: Discipline::ProcessorSharing { milli_cores: 2_000, limit: None },
                ..common.clone()
            },
        ),
        ("nobody there", FleetSpec { size: FleetSize::fixed(0), ..common.clone() }),
        ("outages", {
            let mut fleet = common;
            fleet.hazards.outages.push((SimTime::from_ns(1), SimTime::from_ns(2)));
            fleet
        }),
    ] {
        assert_eq!(fleet.fixed_workers(), None, "{reason}");
    }
}
