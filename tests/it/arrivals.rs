//! Arrival processes against their closed forms.

use std::time::Instant;

use breakeven::ids::FunctionId;
use breakeven::rng::{Entity, Seed};
use breakeven::stats::Distribution;
use breakeven::units::{Rate, SimTime};
use breakeven::workload::{Arrivals, Synthetic, SyntheticSource};

fn source(arrivals: Arrivals, work: Distribution) -> Synthetic {
    Synthetic { name: "fleet".into(), entity: Entity::named("fleet"), function: FunctionId(0), arrivals, work }
}

/// Prints nanoseconds: `cargo test --release -- --ignored --nocapture nanoseconds_per_invocation`.
#[test]
#[ignore = "a measurement"]
fn nanoseconds_per_invocation() {
    let rate = Rate::per_second(1_000.0).unwrap();
    let works = [
        ("constant", Distribution::Constant(breakeven::units::Span::SECOND)),
        ("exponential", Distribution::Exponential { mean: 1.991 }),
        ("lognormal", Distribution::Lognormal { mu: -2.3, sigma: 1.0 }),
        ("gamma", Distribution::gamma(2.0, 0.1).unwrap()),
    ];
    for (name, work) in works {
        for _ in 0..3 {
            let mut source = SyntheticSource::new(
                &source(Arrivals::Poisson { rate }, work.clone()),
                Seed { seed: 1, replication: 0 },
                SimTime::END,
            );
            let (mut batch, mut sum) = (Vec::with_capacity(1_024), 0u64);
            let begin = Instant::now();
            for _ in 0..10_000 {
                batch.clear();
                source.fill(&mut batch, 1_000);
                sum = sum.wrapping_add(batch.iter().map(|row| row.duration.ns()).sum::<u64>());
            }
            println!("poisson + {name}: {:.1} ns ({sum})", begin.elapsed().as_secs_f64() / 1e7 * 1e9);
        }
    }
}
