//! Runs whose sources are all synthetic: every part draws its own arrivals, from start to end.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::{Admit, BATCH, Control, Run, RunError, admit, could_have_bound, drive, pools, runs_of, shares_limits};
use crate::engine::Engine;
use crate::ids::FunctionId;
use crate::platform::faas::Faas;
use crate::platform::servers::Servers;
use crate::record::{Tally, Window};
use crate::results::Runs;
use crate::rng::Seed;
use crate::scenario::{Model, Plan};
use crate::workload::{Feed, FunctionTable, Merged, Source, Synthetic, SyntheticSource};

/// Into how many tasks the parts of one run are dealt: enough to balance, few enough that their tallies cost nothing.
const MOST_TASKS: usize = 16;

/// Functions that cannot influence others.
struct Part {
    /// Ascending.
    functions: Vec<FunctionId>,
}

/// How the functions of a deployment are simulated.
enum Split {
    /// In one model, which enforces what they share.
    Together(Part),
    /// Each pool by itself, watching what they share.
    Apart(Vec<Part>),
}

impl Split {
    fn parts(&self) -> &[Part] {
        match self {
            Self::Together(part) => std::slice::from_ref(part),
            Self::Apart(parts) => parts,
        }
    }
}

/// What every task reads.
struct Study<'a> {
    plan: &'a Plan,
    window: Window,
    models: Vec<Shared>,
    /// Sources by function, in the order of the scenario.
    sources: Vec<Vec<(usize, &'a Synthetic)>>,
    control: &'a Control,
}

/// The specification of a model, for all threads.
enum Shared {
    Faas { spec: Arc<crate::platform::faas::FaasSpec>, several_pools: bool },
    Servers(Arc<crate::platform::servers::ServersSpec>),
}

pub fn run(plan: &Plan, control: &Control) -> Result<Runs, RunError> {
    let study = Study::new(plan, control)?;
    let runs = runs_of(plan);
    let splits: Vec<Split> = plan.deployments.iter().map(|deployment| split(plan, &deployment.model)).collect();
    let mut tallies = study.run_all(&runs, &splits)?;

    let mut run_together = vec![false; plan.deployments.len()];
    for (run, tally) in runs.iter().zip(&tallies) {
        if let (Model::Faas(spec), Split::Apart(_)) = (&plan.deployments[run.deployment].model, &splits[run.deployment])
        {
            run_together[run.deployment] |= could_have_bound(spec, &plan.workload.functions, tally);
        }
    }
    if run_together.contains(&true) {
        let repeated: Vec<Run> = runs.iter().filter(|run| run_together[run.deployment]).copied().collect();
        let joint: Vec<Split> = plan.deployments.iter().map(|_| Split::Together(whole(plan))).collect();
        let again = study.run_all(&repeated, &joint)?;
        let places = runs.iter().zip(&mut tallies).filter(|(run, _)| run_together[run.deployment]);
        for ((_, place), tally) in places.zip(again) {
            *place = tally;
        }
    }

    let mut by_deployment: Vec<Vec<Tally>> = plan.deployments.iter().map(|_| Vec::new()).collect();
    for (run, mut tally) in runs.iter().zip(tallies) {
        tally.finish();
        by_deployment[run.deployment].push(tally);
    }
    Ok(Runs {
        functions: plan.workload.functions.clone(),
        window: study.window,
        tallies: by_deployment,
        run_together,
        simulated: control.simulated.load(Ordering::Relaxed),
    })
}

/// All functions in one part.
fn whole(plan: &Plan) -> Part {
    let functions = (0..plan.workload.functions.len()).map(FunctionId::new).collect();
    Part { functions }
}

fn split(plan: &Plan, model: &Model) -> Split {
    match model {
        Model::Servers(_) => Split::Together(whole(plan)),
        Model::Faas(spec) => {
            let pools = pools(spec, &plan.workload.functions);
            if pools.len() <= 1 {
                return Split::Together(whole(plan));
            }
            Split::Apart(pools.into_iter().map(|functions| Part { functions }).collect())
        }
    }
}

impl<'a> Study<'a> {
    fn new(plan: &'a Plan, control: &'a Control) -> Result<Self, RunError> {
        let duration = plan.duration.ok_or(RunError::Empty)?;
        let mut sources: Vec<Vec<(usize, &Synthetic)>> = vec![Vec::new(); plan.workload.functions.len()];
        for (order, source) in plan.workload.sources.iter().enumerate() {
            if let Source::Synthetic(synthetic) = source {
                sources[synthetic.function.index()].push((order, synthetic));
            }
        }
        let shared = |model: &Model| match model {
            Model::Faas(spec) => Shared::Faas {
                several_pools: pools(spec, &plan.workload.functions).len() > 1,
                spec: Arc::new(spec.clone()),
            },
            Model::Servers(spec) => Shared::Servers(Arc::new(spec.clone())),
        };
        let models = plan.deployments.iter().map(|deployment| shared(&deployment.model)).collect();
        Ok(Self { plan, window: super::window(plan, duration), models, sources, control })
    }

    /// Simulates all parts of `runs`, in parallel. Tallies come in the order of `runs`, not yet finished.
    fn run_all(&self, runs: &[Run], splits: &[Split]) -> Result<Vec<Tally>, RunError> {
        let mut tasks: Vec<(usize, Vec<&Part>)> = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            let parts = splits[run.deployment].parts();
            let count = parts.len().min(MOST_TASKS);
            tasks.extend((0..count).map(|task| (index, parts.iter().skip(task).step_by(count).collect())));
        }
        let totals: Vec<Mutex<Option<Tally>>> = runs.iter().map(|_| Mutex::new(None)).collect();
        tasks.into_par_iter().try_for_each(|(index, parts)| {
            let run = runs[index];
            let tally = self.run_parts(run, &parts, matches!(splits[run.deployment], Split::Apart(_)))?;
            let mut total = totals[index].lock().unwrap_or_else(PoisonError::into_inner);
            match total.as_mut() {
                Some(total) => total.merge(tally),
                None => *total = Some(tally),
            }
            Ok::<(), RunError>(())
        })?;
        Ok(totals.into_iter().filter_map(|total| total.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    fn run_parts(&self, run: Run, parts: &[&Part], apart: bool) -> Result<Tally, RunError> {
        match &self.models[run.deployment] {
            Shared::Faas { spec, several_pools } => {
                let mut tally = Tally::new(self.window.clone(), *several_pools, apart && shares_limits(spec));
                for part in parts {
                    let model = match apart {
                        true => Faas::apart(Arc::clone(spec), run.seed, tally.grid()),
                        false => Faas::together(Arc::clone(spec), run.seed),
                    };
                    self.run_part(model, run.seed, part, &mut tally)?;
                }
                Ok(tally)
            }
            Shared::Servers(spec) => {
                let mut tally = Tally::new(self.window.clone(), false, false);
                for part in parts {
                    self.run_part(Servers::new(Arc::clone(spec), &[], run.seed), run.seed, part, &mut tally)?;
                }
                Ok(tally)
            }
        }
    }

    fn run_part<M: Admit>(&self, model: M, seed: Seed, part: &Part, tally: &mut Tally) -> Result<(), RunError> {
        let mut engine = Engine::new(model);
        for &function in &part.functions {
            admit(&mut engine, function, &self.plan.workload.functions[function.index()], tally);
        }
        let mut arrivals = self.arrivals(part, seed);
        if let [one] = arrivals.as_mut_slice() {
            drive(engine, tally, self.control, |batch| {
                one.fill(batch, BATCH);
                Ok(())
            })?;
        } else {
            let mut merged =
                Merged::new(arrivals.into_iter().map(|source| Feed::Synthetic(Box::new(source))).collect());
            let mut functions = FunctionTable::default();
            drive(engine, tally, self.control, |batch| Ok(merged.fill(batch, &mut functions, BATCH)?))?;
        }
        part.functions.iter().for_each(|function| tally.seal(*function));
        Ok(())
    }

    /// The sources of a part, in the order of the scenario.
    fn arrivals(&self, part: &Part, seed: Seed) -> Vec<SyntheticSource> {
        let mut sources: Vec<&(usize, &Synthetic)> =
            part.functions.iter().flat_map(|function| &self.sources[function.index()]).collect();
        sources.sort_by_key(|(order, _)| *order);
        sources.into_iter().map(|(_, source)| SyntheticSource::new(source, seed, self.window.end)).collect()
    }
}
