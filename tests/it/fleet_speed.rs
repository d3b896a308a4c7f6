//! How fast fleets are: `cargo test --release -- --ignored --nocapture fleet_speed`.

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSpec};
use breakeven::policy::Balancer;
use breakeven::record::{Meters, Tally, Window};
use breakeven::rng::{Entity, Purpose, Seed};
use breakeven::units::{Calendar, SimTime, Span};
use breakeven::workload::Invocation;
use rand_distr::{Distribution, Exp1};

use crate::support::{engine, servers};

const REQUESTS: usize = 4_000_000;

/// CPU time of this thread where the system tells it, s; else the time on the wall.
fn cpu_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ns = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    ns.map_or_else(wall_seconds, |ns| ns / 1e9)
}

fn wall_seconds() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Poisson arrivals that keep `servers` exponential servers of mean 1 s busy for 0.8 of the time.
fn poisson(servers: u32) -> Vec<Invocation> {
    let seed = Seed { seed: 1, replication: 0 };
    let mut gaps = seed.stream(Entity::named("clients"), Purpose::Arrivals);
    let mut work = seed.stream(Entity::named("clients"), Purpose::Work);
    let rate = 0.8 * f64::from(servers);
    let mut at = 0.0;
    let mut invocation = || {
        let [gap, duration]: [f64; 2] = [Exp1.sample(&mut gaps), Exp1.sample(&mut work)];
        at += gap / rate;
        let instant = SimTime::ZERO + Span::from_seconds_f64(at);
        Invocation::new(instant, FunctionId(0), Span::from_seconds_f64(duration))
    };
    (0..REQUESTS).map(|_| invocation()).collect()
}

fn millions_per_cpu_second(fleet: &FleetSpec, invocations: &[Invocation], record: &mut Tally) -> f64 {
    let seed = Seed { seed: 1, replication: 0 };
    let mut engine = engine(fleet, &["f"], seed, invocations[invocations.len() - 1].at);
    let begin = cpu_seconds();
    for batch in invocations.chunks(4_096) {
        engine.feed(batch, record);
    }
    engine.close(invocations[invocations.len() - 1].at, record);
    invocations.len() as f64 / 1e6 / (cpu_seconds() - begin)
}

fn tally(end: SimTime) -> Tally {
    let calendar = Calendar::default();
    let mut tally = Tally::new(Window::new(Span::ZERO, end.since(SimTime::ZERO), calendar), false, false);
    tally.register(FunctionId(0), Meters::default());
    tally
}

#[test]
#[ignore = "a measurement"]
fn fleet_speed() {
    let fcfs = |count, workers| servers(count, Discipline::Fcfs { workers });
    let shared =
        |count, cores: u32| servers(count, Discipline::ProcessorSharing { milli_cores: cores * 1_000, limit: None });
    let with = |balancer, fleet| FleetSpec { balancer, ..fleet };
    for (name, fleet, busy) in [
        ("1 server, 1 worker", fcfs(1, 1), 1),
        ("1 server, 4 workers", fcfs(1, 4), 4),
        ("4 servers, 1 worker, round robin", fcfs(4, 1), 4),
        ("4 servers, 4 workers, least outstanding", with(Balancer::LeastOutstanding, fcfs(4, 4)), 16),
        ("100 servers, 4 workers, jsq", with(Balancer::Jsq, fcfs(100, 4)), 400),
        ("100 servers, 4 workers, two choices", with(Balancer::PowerOfTwo, fcfs(100, 4)), 400),
        ("1 server, 1 shared core", shared(1, 1), 1),
        ("1 server, 4 shared cores", shared(1, 4), 4),
        ("4 servers, 2 shared cores", shared(4, 2), 8),
    ] {
        let invocations = poisson(busy);
        let end = invocations[invocations.len() - 1].at;
        let millions = millions_per_cpu_second(&fleet, &invocations, &mut tally(end));
        println!("{name:42} {millions:6.1} million invocations a CPU second");
    }
}
