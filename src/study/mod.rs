//! Runs of a plan, in parallel. The only threads of the project are started here.
//!
//! A deployment falls into parts that cannot influence each other (the pools of a FaaS account; anything else is one
//! part). Parts run one after the other on whichever thread is free, each with its own small calendar, and their tallies
//! add up to the same integers in any order. A limit that all pools of an account share is first assumed not to bind:
//! pools run apart and record what they would have needed of it. Where the sum could have exceeded the limit, the
//! deployment is run again with all its pools together.

mod blocks;
pub mod breakeven;
pub mod capacity;
pub mod cold_starts;
pub mod commit;
mod crossing;
pub mod design;
mod horizon;
mod laboratory;
mod machine;
pub mod map;
mod members;
pub mod optimize;
pub mod sequential;
mod step;
pub mod sweep;
mod synthetic;
mod traced;
pub mod uncertainty;
pub mod warmup;
mod watch;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use laboratory::{Laboratory, Measured, Simulates, StudyError};

use crate::platform::faas::{FaasSpec, unreserved};
use crate::record::{Tally, Window};
use crate::results::{Probes, Runs};
use crate::rng::Seed;
use crate::scenario::{Load, Model, Plan};
use crate::units::Span;
use crate::workload::{FunctionInfo, Source, TraceError};

/// How a study is watched and stopped.
#[derive(Debug, Default)]
pub struct Control {
    /// Set from outside to stop at the next batch.
    pub cancelled: AtomicBool,
    /// Invocations simulated so far.
    pub simulated: AtomicU64,
    /// Steps of a study that are done, and how many there are; zero where nobody can tell.
    pub done: AtomicU64,
    pub steps: AtomicU64,
}

impl Control {
    fn simulated(&self, invocations: usize) -> Result<(), RunError> {
        self.simulated.fetch_add(invocations as u64, Ordering::Relaxed);
        self.go_on()
    }

    /// An error where somebody has asked to stop.
    fn go_on(&self) -> Result<(), RunError> {
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
    pool_of(threads)?.install(|| run_here(plan, 1, control))
}

fn pool_of(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| RunError::Threads { threads, reason: error.to_string() })
}

/// Does the `work` of a study on `threads` threads (0: one a core).
pub fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> Result<T, StudyError> + Send) -> Result<T, StudyError> {
    pool_of(threads)?.install(work)
}

/// As [`run`], on the threads of the caller's pool. `sharing`: how many models may serve one stream of arrivals.
fn run_here(plan: &Plan, sharing: usize, control: &Control) -> Result<Runs, RunError> {
    let traced = plan.workload.sources.iter().any(|source| matches!(source, Source::Trace(_)));
    if let Some(horizon) = &plan.horizon {
        horizon::run(plan, horizon, control)
    } else if traced {
        decouple(&traced::Study::new(plan, control)?, plan, control)
    } else {
        decouple(&synthetic::Study::new(plan, control)?.sharing(sharing), plan, control)
    }
}

/// One replication of one of several models.
#[derive(Clone, Copy, Debug)]
struct Run {
    model: usize,
    seed: Seed,
}

/// What came of runs.
struct Replayed {
    /// In the order of the runs, not yet finished.
    tallies: Vec<Tally>,
    /// All functions that were met.
    functions: Vec<FunctionInfo>,
    /// What each of them was asked for.
    loads: Vec<Load>,
}

/// Whether what the pools of a deployment share is enforced, or watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coupling {
    Together,
    Apart,
}

/// A way to let deployments serve the workload of a plan.
trait Replay {
    fn window(&self) -> &Window;

    /// Lets `models` serve the workload, as `runs` say.
    fn replay(&self, models: &[&Model], runs: &[Run], coupling: Coupling) -> Result<Replayed, RunError>;
}

/// Runs all deployments with their pools apart, and again with all together where a shared limit could have bound.
fn decouple(study: &impl Replay, plan: &Plan, control: &Control) -> Result<Runs, RunError> {
    let models: Vec<&Model> = plan.deployments.iter().map(|deployment| &deployment.model).collect();
    let runs = runs_of(plan);
    let Replayed { mut tallies, functions, loads } = study.replay(&models, &runs, Coupling::Apart)?;
    let mut run_together = vec![false; models.len()];
    for (run, tally) in runs.iter().zip(&tallies) {
        run_together[run.model] |= could_have_bound(models[run.model], &functions, tally);
    }
    let again: Vec<usize> = (0..runs.len()).filter(|&index| run_together[runs[index].model]).collect();
    if !again.is_empty() {
        let repeated: Vec<Run> = again.iter().map(|&index| runs[index]).collect();
        let joint = study.replay(&models, &repeated, Coupling::Together)?.tallies;
        for (index, tally) in again.into_iter().zip(joint) {
            tallies[index] = tally;
        }
    }
    let mut by_deployment: Vec<Vec<Tally>> = models.iter().map(|_| Vec::new()).collect();
    for (run, mut tally) in runs.iter().zip(tallies) {
        tally.finish();
        if let Some(first) = by_deployment[run.model].first_mut() {
            first.join_over_time(&mut tally);
        }
        by_deployment[run.model].push(tally);
    }
    let probes = probes(study, plan, control, (&by_deployment, &functions, &loads))?;
    Ok(Runs {
        functions,
        window: study.window().clone(),
        tallies: by_deployment,
        probes,
        run_together,
        simulated: control.simulated.load(Ordering::Relaxed),
        strata: Vec::new(),
    })
}

/// What else is asked of each deployment; nothing where the plan says so.
fn probes(
    study: &impl Replay,
    plan: &Plan,
    control: &Control,
    (tallies, functions, loads): (&[Vec<Tally>], &[FunctionInfo], &[Load]),
) -> Result<Vec<Probes>, RunError> {
    let mut probes: Vec<Probes> = plan.deployments.iter().map(|_| Probes::default()).collect();
    if plan.probes {
        members::run(study, plan, tallies, &mut probes)?;
        if let Some(first) = tallies.first().and_then(|tallies| tallies.first()) {
            step::run(plan, control, first, (functions, loads), &mut probes)?;
        }
    }
    Ok(probes)
}

fn runs_of(plan: &Plan) -> Vec<Run> {
    let replications = plan.first_replication..plan.first_replication + plan.replications;
    let run = |model, replication| Run { model, seed: Seed { seed: plan.seed, replication } };
    (0..plan.deployments.len()).flat_map(|model| replications.clone().map(move |r| run(model, r))).collect()
}

fn window(plan: &Plan, duration: Span) -> Window {
    let hourly = plan.deployments.iter().any(|deployment| deployment.clears_hourly());
    let window = Window { hourly, over_time: plan.over_time, ..Window::new(plan.warmup, duration, plan.calendar) };
    Window { blocks: blocks::of(plan, &window), ..window }
}

/// An empty tally for a run whose pools are coupled so. `several`: more than one pool.
fn tally(model: &Model, window: &Window, several: bool, coupling: Coupling) -> Tally {
    let limited = coupling == Coupling::Apart && several && shares_limits(model);
    Tally::of_sites(model.sites(), window.clone(), several, limited)
}

/// Whether pools of a deployment share a limit that must be watched when they run apart.
fn shares_limits(model: &Model) -> bool {
    match model {
        Model::Faas(spec) => spec.limits.account_concurrency.is_some() || spec.limits.requests.is_some(),
        Model::Fleet(_) | Model::Hybrid(_) => false,
    }
}

/// Whether the pools of `tally`, if they ran apart, could have met a limit that they share.
fn could_have_bound(model: &Model, functions: &[FunctionInfo], tally: &Tally) -> bool {
    match model {
        Model::Faas(spec) => tally.watches_limits() && could_have_bound_pools(spec, functions, tally),
        Model::Fleet(_) | Model::Hybrid(_) => false,
    }
}

fn could_have_bound_pools(spec: &FaasSpec, functions: &[FunctionInfo], tally: &Tally) -> bool {
    let deployed = || functions.iter().map(|info| spec.function(info).as_ref());
    let concurrency =
        spec.limits.account_concurrency.is_some_and(|limit| tally.could_exceed(unreserved(limit, deployed())));
    concurrency
        || spec.limits.requests.is_some_and(|bucket| {
            // The grid knows nothing of steps: what arrives in steps is always enforced together.
            bucket.interval.is_some() || tally.could_run_dry(bucket.capacity, bucket.refill)
        })
}
