//! Runs that only tell whether a fleet meets the objectives: one that surely misses one need not be run to its end.
//!
//! What is late or lost stays so. Once there is more of it than an objective allows of all that is ever offered, the rest of
//! the run can only add to it. All that is offered is counted from the arrivals, which no deployment changes.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::record::Tally;
use crate::rng::Seed;
use crate::scenario::{Model, Plan, Target, TargetMetric, expected_load};
use crate::units::Span;
use crate::workload::Source;

/// Members that are used less than this wait for nobody: more of them change nothing.
pub const IDLE: f64 = 0.005;

/// Latencies are late if they are by this much: percentiles are read off by less.
const CLEARLY: f64 = 1.01;
/// As much of what is expected is surely offered, or nearly: before anything is counted.
const LIKELY: f64 = 0.97;
/// Batches between two looks, and more for every function, whose histograms are read.
const BATCHES: usize = 128;
const BATCHES_A_FUNCTION: usize = 64;

/// What ends the runs of one fleet, and what has come of each.
#[derive(Debug)]
pub struct Watch<'a> {
    targets: &'a [Target],
    /// Work from which on the members are surely not [idle](IDLE), in places times ns: twice what that takes.
    least_work: f64,
    /// Invocations that count, as the workload says.
    expected: f64,
    between: usize,
    /// Invocations that count, by replication.
    offered: Mutex<FxHashMap<u32, u64>>,
    /// Targets that were missed, by replication.
    missed: Mutex<FxHashMap<u32, usize>>,
}

/// What came of the replications of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All miss the same objective: so does their mean.
    Misses,
    /// All ran to their end.
    Whole,
    /// Some did not, and the mean could be either: those must be run again.
    Open,
}

impl<'a> Watch<'a> {
    /// For the only deployment of `plan`: a fleet that nobody resizes, whose arrivals are all drawn. `offered`: what is known
    /// of them by replication.
    pub fn of(plan: &'a Plan, offered: FxHashMap<u32, u64>) -> Option<Self> {
        let [deployment] = plan.deployments.as_slice() else { return None };
        let Model::Fleet(spec) = &deployment.model else { return None };
        let drawn = plan.workload.sources.iter().all(|source| matches!(source, Source::Synthetic(_)));
        if !drawn || plan.horizon.is_some() || spec.scaler.is_some() {
            return None;
        }
        let duration = plan.duration?;
        let counted = duration.seconds() - plan.warmup.seconds();
        let all: f64 = expected_load(&plan.workload, duration).iter().map(|load| load.invocations).sum();
        let places = f64::from(spec.size.most) * f64::from(spec.milli_places()) / 1e3;
        Some(Self {
            targets: &plan.objectives,
            least_work: 2.0 * IDLE * places * counted * 1e9,
            expected: all * counted / duration.seconds(),
            between: BATCHES + BATCHES_A_FUNCTION * plan.workload.functions.len(),
            offered: Mutex::new(offered),
            missed: Mutex::default(),
        })
    }

    /// What follows one run.
    pub fn of_run(&self, seed: Seed) -> Watching<'_> {
        Watching { watch: self, replication: seed.replication, batches: 0 }
    }

    pub fn verdict(&self, replications: u32) -> Verdict {
        let missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut targets = missed.values();
        match targets.next() {
            None => Verdict::Whole,
            Some(first) if missed.len() == replications as usize && targets.all(|target| target == first) => {
                Verdict::Misses
            }
            Some(_) => Verdict::Open,
        }
    }

    /// Whether this replication did not run to its end.
    pub fn ended(&self, replication: u32) -> bool {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&replication)
    }

    /// What is known by now of what is offered, by replication.
    pub fn into_offered(self) -> FxHashMap<u32, u64> {
        self.offered.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first objective that a run is sure to miss if so much is offered until its end.
    fn missed(&self, tally: &Tally, offered: f64) -> Option<usize> {
        self.targets.iter().position(|target| is_missed(target, tally, offered))
    }

    fn is_idle(&self, tally: &Tally) -> bool {
        (tally.sum(|site| site.worked_ns()) as f64) < self.least_work
    }
}

fn is_missed(target: &Target, tally: &Tally, offered: f64) -> bool {
    let lost = tally.lost() as f64;
    match target.metric {
        TargetMetric::Latency(Some(share)) => {
            let late = tally.later_than(Span::from_seconds_f64(target.bound * CLEARLY)) as f64;
            // Two more than the nearest rank leaves.
            late > (1.0 - share) * (offered - lost) + 2.0
        }
        TargetMetric::Errors => lost > target.bound * offered + 1.0,
        TargetMetric::Latency(None) | TargetMetric::ColdStarts | TargetMetric::CostPerMonth => false,
    }
}

/// One run, followed from its first batch on.
#[derive(Debug)]
pub struct Watching<'a> {
    watch: &'a Watch<'a>,
    replication: u32,
    batches: usize,
}

impl Watching<'_> {
    /// After each batch: whether the run need not go on. `count`: what is offered over the whole run.
    pub fn is_over(&mut self, tally: &Tally, count: impl FnOnce() -> u64) -> bool {
        self.batches += 1;
        if !self.batches.is_multiple_of(self.watch.between) {
            return false;
        }
        let Some(target) = self.looks_missed(tally).and_then(|()| self.missed(tally, count)) else { return false };
        let mut missed = self.watch.missed.lock().unwrap_or_else(PoisonError::into_inner);
        missed.insert(self.replication, target);
        true
    }

    /// Whether it would be, were as much offered as is likely: counting costs a tenth of a run.
    fn looks_missed(&self, tally: &Tally) -> Option<()> {
        let likely = (self.watch.expected * LIKELY).max(tally.offered() as f64);
        self.watch.missed(tally, likely).filter(|_| !self.watch.is_idle(tally)).map(|_| ())
    }

    fn missed(&self, tally: &Tally, count: impl FnOnce() -> u64) -> Option<usize> {
        let known = || self.watch.offered.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known().get(&self.replication).copied();
        let offered = before.unwrap_or_else(count);
        known().insert(self.replication, offered);
        self.watch.missed(tally, offered as f64)
    }
}
