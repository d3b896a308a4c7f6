//! Synthetic sources as streams of invocations.

use super::arrivals::Instants;
use super::{Invocation, Synthetic};
use crate::ids::FunctionId;
use crate::rng::{Purpose, Seed, Stream};
use crate::stats::Distribution;
use crate::units::SimTime;

/// A synthetic source at work. What it hands out depends on its entity and the seed alone, not on the batches.
#[derive(Clone, Debug)]
pub struct SyntheticSource {
    instants: Instants,
    tail: Tail,
}

/// What turns an instant into an invocation.
#[derive(Clone, Debug)]
struct Tail {
    function: FunctionId,
    work: Distribution,
    stream: Stream,
    end: SimTime,
    exhausted: bool,
}

impl SyntheticSource {
    /// Arrivals come in `[0, end)`.
    pub fn new(source: &Synthetic, seed: Seed, end: SimTime) -> Self {
        let stream = |purpose| seed.stream(source.entity, purpose);
        let instants = Instants::new(&source.arrivals, stream(Purpose::Arrivals), stream(Purpose::Spread), end);
        let (function, work) = (source.function, source.work.clone());
        Self { instants, tail: Tail { function, work, stream: stream(Purpose::Work), end, exhausted: false } }
    }

    /// Appends up to `limit` invocations in order of time; fewer only if there are no more.
    pub fn fill(&mut self, batch: &mut Vec<Invocation>, limit: usize) {
        if self.tail.exhausted {
            return;
        }
        match &mut self.instants {
            Instants::Constant(instants) => self.tail.append(instants, batch, limit),
            Instants::Poisson(instants) => self.tail.append(instants, batch, limit),
            Instants::Curve(instants) => self.tail.append(instants, batch, limit),
            Instants::Growing(instants) => self.tail.append(instants, batch, limit),
            Instants::Batch(instants) => self.tail.append(instants, batch, limit),
            Instants::Cron(instants) => self.tail.append(instants, batch, limit),
            Instants::Mmpp(instants) => self.tail.append(instants, batch, limit),
            Instants::Counts(instants) => self.tail.append(instants, batch, limit),
        }
    }
}

impl Tail {
    /// One copy a shape, so that the loop holds no choice of shape.
    fn append(&mut self, instants: &mut impl Iterator<Item = SimTime>, batch: &mut Vec<Invocation>, limit: usize) {
        let before = batch.len();
        let (end, function) = (self.end, self.function);
        let due = instants.take_while(|at| *at < end).take(limit);
        batch.extend(due.map(|at| Invocation::new(at, function, self.work.sample(&mut self.stream))));
        self.exhausted = batch.len() - before < limit;
    }
}
