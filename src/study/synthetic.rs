//! Runs whose sources are all synthetic: every part draws its own arrivals, from start to end.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::{Admit, Control, Run, RunError, admit, could_have_bound, drive, pools, runs_of, shares_limits, window};
use crate::engine::Engine;
use crate::ids::FunctionId;
use crate::platform::faas::{Faas, FaasSpec};
use crate::platform::servers::{Servers, ServersSpec};
use crate::record::{Tally, Window};
use crate::results::Runs;
use crate::scenario::{Model, Plan};
use crate::units::SimTime;
use crate::workload::{Merged, Source, Synthetic, SyntheticSource};

/// Into how many tasks the parts of one run are dealt: enough to balance, few enough that their tallies cost nothing.
const MOST_TASKS: usize = 16;

/// Some parts of a run, one after the other.
struct Task<'a> {
    run: usize,
    parts: Vec<&'a Part>,
}

/// Functions that cannot influence others.
struct Part {
    /// Names the random streams of its model.
    name: String,
    functions: Vec<FunctionId>,
    together: bool,
}

pub fn run(plan: &Plan, control: &Control) -> Result<Runs, RunError> {
    let duration = plan.duration.ok_or(RunError::Empty)?;
    let window = window(plan, duration);
    let runs = runs_of(plan);
    let apart: Vec<Vec<Part>> = plan.deployments.iter().map(|deployment| parts(plan, &deployment.model)).collect();
    let mut tallies = run_all(plan, &window, &runs, &apart, control)?;

    let mut run_together = vec![false; plan.deployments.len()];
    for (run, tally) in runs.iter().zip(&tallies) {
        if let Model::Faas(spec) = &plan.deployments[run.deployment].model {
            let apart = apart[run.deployment].len() > 1;
            run_together[run.deployment] |= apart && could_have_bound(spec, &plan.workload.functions, tally);
        }
    }
    if run_together.contains(&true) {
        let repeated: Vec<Run> = runs.iter().filter(|run| run_together[run.deployment]).copied().collect();
        let joint: Vec<Vec<Part>> = plan.deployments.iter().map(|_| vec![whole(plan)]).collect();
        let again = run_all(plan, &window, &repeated, &joint, control)?;
        let places = runs.iter().zip(&mut tallies).filter(|(run, _)| run_together[run.deployment]);
        for ((_, place), tally) in places.zip(again) {
            *place = tally;
        }
    }
    Ok(collect(plan, window, &runs, tallies, run_together, control))
}

fn collect(
    plan: &Plan,
    window: Window,
    runs: &[Run],
    tallies: Vec<Tally>,
    run_together: Vec<bool>,
    control: &Control,
) -> Runs {
    let mut by_deployment: Vec<Vec<Tally>> = plan.deployments.iter().map(|_| Vec::new()).collect();
    for (run, mut tally) in runs.iter().zip(tallies) {
        tally.finish();
        by_deployment[run.deployment].push(tally);
    }
    Runs {
        functions: plan.workload.functions.clone(),
        window,
        tallies: by_deployment,
        run_together,
        simulated: control.simulated.load(std::sync::atomic::Ordering::Relaxed),
    }
}

/// All functions in one part: limits that they share are enforced.
fn whole(plan: &Plan) -> Part {
    let functions = (0..plan.workload.functions.len()).map(FunctionId::new).collect();
    Part { name: "account".to_owned(), functions, together: true }
}

fn parts(plan: &Plan, model: &Model) -> Vec<Part> {
    match model {
        Model::Servers(_) => vec![whole(plan)],
        Model::Faas(spec) => {
            let pools = pools(spec, &plan.workload.functions);
            if pools.len() <= 1 {
                return vec![whole(plan)];
            }
            let part = |(name, functions): (&str, _)| Part { name: name.to_owned(), functions, together: false };
            pools.into_iter().map(part).collect()
        }
    }
}

/// Runs all parts of `runs`, in parallel. Tallies come in the order of `runs`, not yet finished.
fn run_all(
    plan: &Plan,
    window: &Window,
    runs: &[Run],
    parts: &[Vec<Part>],
    control: &Control,
) -> Result<Vec<Tally>, RunError> {
    let mut tasks = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let parts = &parts[run.deployment];
        let count = parts.len().min(MOST_TASKS);
        let deal = |task: usize| parts.iter().skip(task).step_by(count).collect();
        tasks.extend((0..count).map(|task| Task { run: index, parts: deal(task) }));
    }
    let totals: Vec<Mutex<Option<Tally>>> = runs.iter().map(|_| Mutex::new(None)).collect();
    tasks.into_par_iter().try_for_each(|task| {
        let run = runs[task.run];
        let tally = run_task(plan, window, run, &task, parts[run.deployment].len() > 1, control)?;
        let mut total = totals[task.run].lock().unwrap_or_else(PoisonError::into_inner);
        match total.as_mut() {
            Some(total) => total.merge(tally),
            None => *total = Some(tally),
        }
        Ok::<(), RunError>(())
    })?;
    let tallies = totals.into_iter().filter_map(|total| total.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(tallies.collect())
}

fn run_task(
    plan: &Plan,
    window: &Window,
    run: Run,
    task: &Task,
    apart: bool,
    control: &Control,
) -> Result<Tally, RunError> {
    match &plan.deployments[run.deployment].model {
        Model::Faas(spec) => {
            let several_pools = pools(spec, &plan.workload.functions).len() > 1;
            let mut tally = Tally::new(window.clone(), several_pools, apart && shares_limits(spec));
            let spec = Arc::new(spec.clone());
            for part in &task.parts {
                run_faas(plan, &spec, run, part, &mut tally, control)?;
            }
            Ok(tally)
        }
        Model::Servers(spec) => {
            let mut tally = Tally::new(window.clone(), false, false);
            for part in &task.parts {
                run_servers(plan, spec, run, part, &mut tally, control)?;
            }
            Ok(tally)
        }
    }
}

fn run_faas(
    plan: &Plan,
    spec: &Arc<FaasSpec>,
    run: Run,
    part: &Part,
    tally: &mut Tally,
    control: &Control,
) -> Result<(), RunError> {
    let model = if part.together {
        Faas::together(Arc::clone(spec), run.seed)
    } else {
        Faas::apart(Arc::clone(spec), run.seed, &part.name, tally.grid())
    };
    run_model(plan, model, run, part, tally, control)
}

fn run_servers(
    plan: &Plan,
    spec: &ServersSpec,
    run: Run,
    part: &Part,
    tally: &mut Tally,
    control: &Control,
) -> Result<(), RunError> {
    run_model(plan, Servers::new(Arc::new(spec.clone()), run.seed), run, part, tally, control)
}

fn run_model<M: Admit>(
    plan: &Plan,
    model: M,
    run: Run,
    part: &Part,
    tally: &mut Tally,
    control: &Control,
) -> Result<(), RunError> {
    let mut engine = Engine::new(model);
    for &function in &part.functions {
        admit(&mut engine, function, &plan.workload.functions[function.index()], tally);
    }
    let end = tally.window().end;
    let mut arrivals = arrivals(plan, part, run, end);
    match arrivals.as_mut_slice() {
        [one] => drive(engine, tally, control, |batch| one.fill(batch, super::BATCH))?,
        _ => {
            let mut merged = Merged::new(arrivals);
            drive(engine, tally, control, |batch| merged.fill(batch, super::BATCH))?;
        }
    }
    for &function in &part.functions {
        tally.seal(function);
    }
    Ok(())
}

/// The sources of a part, in the order of the scenario.
fn arrivals(plan: &Plan, part: &Part, run: Run, end: SimTime) -> Vec<SyntheticSource> {
    let ours = |source: &'_ Source| match source {
        Source::Synthetic(synthetic) if part.functions.binary_search(&synthetic.function).is_ok() => Some(synthetic.clone()),
        Source::Synthetic(_) | Source::Trace(_) => None,
    };
    plan.workload
        .sources
        .iter()
        .filter_map(ours)
        .map(|synthetic| SyntheticSource::new(&synthetic, run.seed, end))
        .collect()
}
