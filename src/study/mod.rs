//! Runs of a plan, in parallel. The only threads of the project are started here.
//!
//! A deployment falls into parts that cannot influence each other (the pools of a FaaS account; servers are one part).
//! Parts run one after the other on whichever thread is free, each with its own small calendar, and their tallies add up
//! to the same integers in any order. A limit that all pools of an account share is first assumed not to bind: pools run
//! apart and record what they would have needed of it. Where the sum could have exceeded the limit, the deployment is run
//! again with all its pools together.

mod synthetic;
mod traced;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::engine::{Engine, Model};
use crate::ids::FunctionId;
use crate::platform::faas::{Faas, FaasSpec, unreserved};
use crate::platform::servers::Servers;
use crate::record::{Meters, Tally, Window};
use crate::results::Runs;
use crate::rng::Seed;
use crate::scenario::Plan;
use crate::units::Span;
use crate::workload::{FunctionInfo, Invocation, Source, TraceError};

/// Invocations that pass from a source to a model at a time: enough to amortise the call, few enough to stay in cache.
const BATCH: usize = 128;

/// How a study is watched and stopped.
#[derive(Debug, Default)]
pub struct Control {
    /// Set from outside to stop at the next batch.
    pub cancelled: AtomicBool,
    /// Invocations simulated so far.
    pub simulated: AtomicU64,
}

impl Control {
    fn simulated(&self, invocations: usize) -> Result<(), RunError> {
        self.simulated.fetch_add(invocations as u64, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) { Err(RunError::Interrupted) } else { Ok(()) }
    }
}

/// Why a study did not complete.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error("could not start {threads} threads: {reason}")]
    Threads { threads: usize, reason: String },
    #[error("the workload has no invocations")]
    Empty,
    #[error("the warm-up of {warmup} is not shorter than the {duration} that the trace covers")]
    Warmup { warmup: Span, duration: Span },
}

/// Runs every replication of every deployment of `plan` on `threads` threads (0: one a core).
pub fn run(plan: &Plan, threads: usize, control: &Control) -> Result<Runs, RunError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| RunError::Threads { threads, reason: error.to_string() })?;
    let traced = plan.workload.sources.iter().any(|source| matches!(source, Source::Trace(_)));
    pool.install(|| if traced { traced::run(plan, control) } else { synthetic::run(plan, control) })
}

/// One replication of one deployment.
#[derive(Clone, Copy, Debug)]
struct Run {
    deployment: usize,
    seed: Seed,
}

fn runs_of(plan: &Plan) -> Vec<Run> {
    let replications = 0..plan.replications;
    let run = |deployment, replication| Run { deployment, seed: Seed { seed: plan.seed, replication } };
    (0..plan.deployments.len()).flat_map(|deployment| replications.clone().map(move |r| run(deployment, r))).collect()
}

fn window(plan: &Plan, duration: Span) -> Window {
    Window::new(plan.warmup, duration, plan.calendar)
}

/// Whether pools of a deployment share a limit that must be watched when they run apart.
fn shares_limits(spec: &FaasSpec) -> bool {
    spec.limits.account_concurrency.is_some() || spec.limits.requests.is_some()
}

/// Whether the pools of `tally`, which ran apart, could have met a limit that they share.
fn could_have_bound(spec: &FaasSpec, functions: &[FunctionInfo], tally: &Tally) -> bool {
    let deployed = || functions.iter().map(|info| spec.function(info).as_ref());
    let concurrency =
        spec.limits.account_concurrency.is_some_and(|limit| tally.could_exceed(unreserved(limit, deployed())));
    concurrency
        || spec.limits.requests.is_some_and(|bucket| {
            // The grid knows nothing of steps: what arrives in steps is always enforced together.
            bucket.interval.is_some() || tally.could_run_dry(bucket.capacity, bucket.refill)
        })
}

/// An engine that can be told of functions while it runs.
trait Admit: Model {
    fn admit(&mut self, id: FunctionId, info: &FunctionInfo) -> Meters;
}

impl Admit for Servers {
    /// Servers count functions by themselves: they are admitted in the order of their ids.
    fn admit(&mut self, _: FunctionId, info: &FunctionInfo) -> Meters {
        Self::admit(self, info);
        Meters { memory_mib: self.spec().memory.mib(), slots: self.spec().slots(), ..Meters::default() }
    }
}

impl Admit for Faas {
    fn admit(&mut self, id: FunctionId, info: &FunctionInfo) -> Meters {
        Self::admit(self, id, info)
    }
}

fn admit<M: Admit>(engine: &mut Engine<M>, id: FunctionId, info: &FunctionInfo, tally: &mut Tally) {
    let meters = engine.model_mut().admit(id, info);
    tally.register(id, meters);
}

/// Feeds everything that `next` hands out, then ends the run.
fn drive<M: Model>(
    mut engine: Engine<M>,
    tally: &mut Tally,
    control: &Control,
    mut next: impl FnMut(&mut Vec<Invocation>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        batch.clear();
        next(&mut batch)?;
        if batch.is_empty() {
            break;
        }
        engine.feed(&batch, tally);
        control.simulated(batch.len())?;
    }
    let end = tally.window().end;
    engine.close(end, tally);
    Ok(())
}

/// The functions of each pool, in order of their first function.
fn pools(spec: &FaasSpec, functions: &[FunctionInfo]) -> Vec<Vec<FunctionId>> {
    let mut pools: Vec<Vec<FunctionId>> = Vec::new();
    let mut index = rustc_hash::FxHashMap::default();
    for (id, info) in functions.iter().enumerate() {
        let pool = *index.entry(spec.pool_name(info)).or_insert_with(|| {
            pools.push(Vec::new());
            pools.len() - 1
        });
        pools[pool].push(FunctionId::new(id));
    }
    pools
}
