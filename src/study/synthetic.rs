//! Runs whose sources are all synthetic: every part draws its own arrivals, from start to end.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::machine::{Machine, pool};
use super::watch::Watch;
use super::{Control, Coupling, Replay, Replayed, Run, RunError, tally, window};
use crate::ids::FunctionId;
use crate::record::{Tally, Window};
use crate::rng::Seed;
use crate::scenario::{Model, Plan, expected_load};
use crate::units::SimTime;
use crate::workload::{Feed, FunctionTable, Invocation, Merged, Source, Synthetic, SyntheticSource};

/// Invocations that pass from a source to a model at a time: enough to amortise the call, few enough to stay in cache.
const BATCH: usize = 128;

/// Into how many tasks the parts of one run are dealt: enough to balance, few enough that their tallies cost nothing.
const MOST_TASKS: usize = 16;

/// Functions that cannot influence others, ascending.
type Part = Vec<FunctionId>;

/// What every task reads.
pub struct Study<'a> {
    plan: &'a Plan,
    window: Window,
    /// Sources by function, in the order of the scenario.
    sources: Vec<Vec<(usize, &'a Synthetic)>>,
    control: &'a Control,
    /// Models that may serve one stream of arrivals.
    sharing: usize,
    /// Ends runs early.
    watch: Option<&'a Watch<'a>>,
}

impl<'a> Study<'a> {
    pub fn new(plan: &'a Plan, control: &'a Control) -> Result<Self, RunError> {
        let duration = plan.duration.ok_or(RunError::Empty)?;
        // A warm-up that was found holds for every configuration, and one may be shorter.
        if plan.warmup >= duration {
            return Err(RunError::Warmup { warmup: plan.warmup, duration });
        }
        Ok(Self::within(plan, window(plan, duration), control))
    }

    /// The same in a given window.
    pub fn within(plan: &'a Plan, window: Window, control: &'a Control) -> Self {
        let mut sources: Vec<Vec<(usize, &Synthetic)>> = vec![Vec::new(); plan.workload.functions.len()];
        for (order, source) in plan.workload.sources.iter().enumerate() {
            if let Source::Synthetic(synthetic) = source {
                sources[synthetic.function.index()].push((order, synthetic));
            }
        }
        Self { plan, window, sources, control, sharing: 1, watch: None }
    }

    /// Draws the arrivals of a replication once for as many models, which are then served by one thread.
    pub fn sharing(self, models: usize) -> Self {
        Self { sharing: models.max(1), ..self }
    }

    /// Runs end early where `watch` says so: the tally of such a run is worth nothing.
    pub fn watched(self, watch: &'a Watch<'a>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// The functions of each pool, in order of their first function.
    fn pools(&self, model: &Model) -> Vec<Part> {
        let mut pools: Vec<Part> = Vec::new();
        let mut index = FxHashMap::default();
        for (id, info) in self.plan.workload.functions.iter().enumerate() {
            let pool = *index.entry(pool(model, info)).or_insert_with(|| {
                pools.push(Vec::new());
                pools.len() - 1
            });
            pools[pool].push(FunctionId::new(id));
        }
        pools
    }

    /// All functions in one part.
    fn whole(&self) -> Part {
        (0..self.plan.workload.functions.len()).map(FunctionId::new).collect()
    }

    /// Some parts of runs that have the same, one after the other; a tally for each of `models`.
    fn run_parts(&self, models: &[&Model], seed: Seed, parts: &[&Part], split: &Split) -> Result<Vec<Tally>, RunError> {
        let empty = |model: &&Model| tally(model, &self.window, split.several, split.coupling);
        let mut tallies: Vec<Tally> = models.iter().map(empty).collect();
        for part in parts {
            let machine = |(model, tally): (&&Model, &Tally)| match split.coupling {
                Coupling::Together => Machine::whole(model, seed, self.window.end),
                Coupling::Apart => Machine::pool(model, seed, self.window.end, tally.grid()),
            };
            let machines = models.iter().zip(&tallies).map(machine).collect();
            self.run_part(machines, seed, part, &mut tallies)?;
        }
        tallies.iter_mut().for_each(Tally::pack);
        Ok(tallies)
    }

    fn run_part(
        &self,
        mut machines: Vec<Machine>,
        seed: Seed,
        part: &Part,
        tallies: &mut [Tally],
    ) -> Result<(), RunError> {
        for (machine, tally) in machines.iter_mut().zip(tallies.iter_mut()) {
            for &function in part {
                machine.admit(function, &self.plan.workload.functions[function.index()], tally);
            }
        }
        let mut watching = self.watch.map(|watch| watch.of_run(seed));
        let mut over = |tally: &Tally| {
            watching.as_mut().is_some_and(|watching| watching.is_over(tally, || self.offered(part, seed)))
        };
        let mut arrivals = self.arrivals(part, seed);
        if let [one] = arrivals.as_mut_slice() {
            self.drive(&mut machines, tallies, &mut over, |batch| {
                one.fill(batch, BATCH);
                Ok(())
            })?;
        } else {
            let mut merged =
                Merged::new(arrivals.into_iter().map(|source| Feed::Synthetic(Box::new(source))).collect());
            let mut functions = FunctionTable::default();
            self.drive(&mut machines, tallies, &mut over, |batch| Ok(merged.fill(batch, &mut functions, BATCH)?))?;
        }
        for (machine, tally) in machines.into_iter().zip(tallies) {
            machine.close(tally);
            part.iter().for_each(|function| tally.seal(*function));
        }
        Ok(())
    }

    /// Invocations of `part` that count.
    fn offered(&self, part: &Part, seed: Seed) -> u64 {
        let mut batch = Vec::with_capacity(BATCH);
        let mut of = |mut source: SyntheticSource| {
            let mut offered = 0;
            loop {
                batch.clear();
                source.fill(&mut batch, BATCH);
                if batch.is_empty() {
                    return offered;
                }
                offered += batch.iter().filter(|invocation| invocation.at >= self.window.warmup).count() as u64;
            }
        };
        self.arrivals(part, seed).into_iter().map(&mut of).sum()
    }

    /// Feeds everything that `next` hands out to every machine, until the first of them is `over`.
    fn drive(
        &self,
        machines: &mut [Machine],
        tallies: &mut [Tally],
        over: &mut impl FnMut(&Tally) -> bool,
        mut next: impl FnMut(&mut Vec<Invocation>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            next(&mut batch)?;
            if batch.is_empty() {
                return Ok(());
            }
            for (machine, tally) in machines.iter_mut().zip(tallies.iter_mut()) {
                machine.feed(&batch, tally);
            }
            self.control.simulated(batch.len() * machines.len())?;
            if tallies.first().is_some_and(&mut *over) {
                return Ok(());
            }
        }
    }

    /// The sources of a part, in the order of the scenario.
    fn arrivals(&self, part: &Part, seed: Seed) -> Vec<SyntheticSource> {
        let mut sources: Vec<&(usize, &Synthetic)> =
            part.iter().flat_map(|function| &self.sources[function.index()]).collect();
        sources.sort_by_key(|(order, _)| *order);
        sources.into_iter().map(|(_, source)| SyntheticSource::new(source, seed, self.window.end)).collect()
    }
}

/// How the functions of a model are simulated.
#[derive(PartialEq, Eq)]
struct Split {
    parts: Vec<Part>,
    /// More than one pool, in one part or in many.
    several: bool,
    coupling: Coupling,
}

impl Replay for Study<'_> {
    fn window(&self) -> &Window {
        &self.window
    }

    fn replay(&self, models: &[&Model], runs: &[Run], coupling: Coupling) -> Result<Replayed, RunError> {
        let split = |model: &Model| {
            let pools = self.pools(model);
            let several = pools.len() > 1;
            // A single pool shares its limits with nobody: it can enforce them itself.
            if several && coupling == Coupling::Apart {
                return Split { parts: pools, several, coupling };
            }
            Split { parts: vec![self.whole()], several, coupling: Coupling::Together }
        };
        let splits: Vec<Split> = models.iter().map(|model| split(model)).collect();
        let groups = groups(runs, &splits, self.sharing);
        let mut tasks: Vec<(&[usize], Vec<&Part>)> = Vec::new();
        for group in &groups {
            let parts = &splits[runs[group[0]].model].parts;
            let count = parts.len().min(MOST_TASKS);
            tasks.extend((0..count).map(|task| (&group[..], parts.iter().skip(task).step_by(count).collect())));
        }
        let totals: Vec<Mutex<Option<Tally>>> = runs.iter().map(|_| Mutex::new(None)).collect();
        tasks.into_par_iter().try_for_each(|(group, parts)| {
            let first = runs[group[0]];
            let served: Vec<&Model> = group.iter().map(|&index| models[runs[index].model]).collect();
            let tallies = self.run_parts(&served, first.seed, &parts, &splits[first.model])?;
            for (&index, tally) in group.iter().zip(tallies) {
                let mut total = totals[index].lock().unwrap_or_else(PoisonError::into_inner);
                match total.as_mut() {
                    Some(total) => total.merge(tally),
                    None => *total = Some(tally),
                }
            }
            Ok::<(), RunError>(())
        })?;
        let taken = |total: Mutex<Option<Tally>>| total.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Replayed {
            tallies: totals.into_iter().filter_map(taken).collect(),
            functions: self.plan.workload.functions.clone(),
            loads: expected_load(&self.plan.workload, self.window.end.since(SimTime::ZERO)),
        })
    }
}

/// Runs that can serve one stream of arrivals: of the same replication and the same parts, at most `most` together.
fn groups(runs: &[Run], splits: &[Split], most: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let alike = |group: &&mut Vec<usize>| {
            let first = runs[group[0]];
            group.len() < most && first.seed == run.seed && splits[first.model] == splits[run.model]
        };
        match groups.iter_mut().rev().find(alike) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}
