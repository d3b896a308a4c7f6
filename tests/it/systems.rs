//! Systems of queueing theory, as fleets with their clients.

use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSpec};
use breakeven::policy::Balancer;
use breakeven::rng::{Entity, Purpose, Seed, Stream};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::support::{Sums, engine, servers};

/// When requests come.
#[derive(Clone, Copy)]
pub enum Arrivals {
    Poisson { rate: f64 },
    Every { interval: f64 },
    Batches { rate: f64, size: u32 },
    GeometricBatches { rate: f64, mean: f64 },
}

/// What they ask for; the means are those of the oracles.
#[derive(Clone, Copy)]
pub enum Work {
    Constant(f64),
    Exponential(f64),
    Erlang4,
    Uniform,
    Lognormal,
    Hyperexponential,
    BoundedPareto,
}

impl Work {
    fn sample(self, stream: &mut Stream) -> f64 {
        let unit = |stream: &mut Stream| -> f64 { Exp1.sample(stream) };
        match self {
            Self::Constant(value) => value,
            Self::Exponential(mean) => mean * unit(stream),
            Self::Erlang4 => (0..4).map(|_| unit(stream)).sum::<f64>() / 4.0,
            Self::Uniform => 2.0 * stream.random::<f64>(),
            Self::Lognormal => {
                let normal: f64 = StandardNormal.sample(stream);
                let variance = 5f64.ln();
                (variance.sqrt() * normal - variance / 2.0).exp()
            }
            Self::Hyperexponential => {
                let fast = stream.random::<f64>() < 0.887_298_334_621;
                unit(stream) * if fast { 0.563_508_326_896 } else { 4.436_491_673_1 }
            }
            Self::BoundedPareto => {
                let (alpha, low, high) = (1.5, 0.1f64, 100f64);
                let below = stream.random::<f64>() * (1.0 - (low / high).powf(alpha));
                low / (1.0 - below).powf(1.0 / alpha)
            }
        }
    }

    pub fn of(service: &str) -> Self {
        match service.split(['(', ' ']).next() {
            Some("deterministic") => Self::Constant(1.0),
            Some("Erlang") => Self::Erlang4,
            Some("uniform") => Self::Uniform,
            Some("lognormal") => Self::Lognormal,
            Some("hyperexponential") => Self::Hyperexponential,
            Some("bounded") => Self::BoundedPareto,
            _ => panic!("no such service: {service}"),
        }
    }
}

impl Arrivals {
    /// Requests a second.
    pub fn rate(self) -> f64 {
        match self {
            Self::Poisson { rate } => rate,
            Self::Every { interval } => interval.recip(),
            Self::Batches { rate, size } => rate * f64::from(size),
            Self::GeometricBatches { rate, mean } => rate * mean,
        }
    }

    /// Time to the next arrival, and how many come then.
    fn next(self, stream: &mut Stream) -> (f64, u32) {
        let mut exponential = |rate: f64| {
            let unit: f64 = Exp1.sample(stream);
            unit / rate
        };
        match self {
            Self::Poisson { rate } => (exponential(rate), 1),
            Self::Every { interval } => (interval, 1),
            Self::Batches { rate, size } => (exponential(rate), size),
            Self::GeometricBatches { rate, mean } => {
                let gap = exponential(rate);
                let mut size = 1;
                while stream.random::<f64>() > 1.0 / mean {
                    size += 1;
                }
                (gap, size)
            }
        }
    }
}

/// One system to simulate.
#[derive(Clone)]
pub struct Case {
    pub fleet: FleetSpec,
    pub arrivals: Arrivals,
    pub work: Work,
    /// Requests before those that count, and requests that count, in a replication.
    pub requests: (u32, u32),
}

impl Case {
    pub fn new(count: u32, discipline: Discipline, arrivals: Arrivals, work: Work) -> Self {
        Self { fleet: servers(count, discipline), arrivals, work, requests: (5_000, 30_000) }
    }

    pub fn fcfs(workers: u32, arrivals: Arrivals, work: Work) -> Self {
        Self::new(1, Discipline::Fcfs { workers }, arrivals, work)
    }

    pub fn shared(cores: u32, arrivals: Arrivals, work: Work) -> Self {
        Self::new(1, Discipline::ProcessorSharing { milli_cores: cores * 1_000, limit: None }, arrivals, work)
    }

    pub fn room(mut self, requests: u32) -> Self {
        self.fleet.accept_queue = Some(requests);
        self
    }

    pub fn balancer(mut self, balancer: Balancer) -> Self {
        self.fleet.balancer = balancer;
        self
    }

    pub const fn length(mut self, warmup: u32, counted: u32) -> Self {
        self.requests = (warmup, counted);
        self
    }

    /// Runs one replication.
    pub fn run(&self, replication: u32) -> Sums {
        let seed = Seed { seed: 20_261_123, replication };
        let entity = Entity::named("clients");
        let mut gaps = seed.stream(entity, Purpose::Arrivals);
        let mut work = seed.stream(entity, Purpose::Work);
        let (warmup, counted) = self.requests;
        let all = warmup + counted;
        let rate = self.arrivals.rate();
        let until = |requests: u32| SimTime::ZERO + Span::from_seconds_f64(f64::from(requests) / rate);
        let mut sums = Sums { from: until(warmup), to: until(all), ..Sums::default() };
        let mut engine = engine(&self.fleet, &["f"], seed, sums.to);
        let mut at = 0.0;
        let mut batch = Vec::with_capacity(1_024);
        while at * 1e9 < sums.to.ns() as f64 {
            batch.clear();
            while batch.len() < 1_000 {
                let (gap, size) = self.arrivals.next(&mut gaps);
                at += gap;
                for _ in 0..size {
                    let duration = Span::from_seconds_f64(self.work.sample(&mut work));
                    let instant = SimTime::ZERO + Span::from_seconds_f64(at);
                    batch.push(Invocation::new(instant, FunctionId(0), duration));
                }
            }
            engine.feed(&batch, &mut sums);
        }
        let to = sums.to;
        engine.close(to, &mut sums);
        sums
    }
}
