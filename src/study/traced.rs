//! Runs with a trace: the workload is read once, in chunks, and every run serves each chunk before the next is read.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::machine::{Machine, pool};
use super::{Control, Coupling, Replay, Replayed, Run, RunError, tally, window};
use crate::ids::FunctionId;
use crate::record::{Tally, Window};
use crate::rng::Seed;
use crate::scenario::{Load, Model, Plan};
use crate::units::{SimTime, Span};
use crate::workload::{Feed, FunctionInfo, FunctionTable, Invocation, Merged, Source, TraceError};

/// Invocations of a chunk: enough that handing it to threads costs nothing, few enough to stay near the processor.
const CHUNK: usize = 16_384;

pub struct Study<'a> {
    plan: &'a Plan,
    window: Window,
    control: &'a Control,
}

impl<'a> Study<'a> {
    pub fn new(plan: &'a Plan, control: &'a Control) -> Result<Self, RunError> {
        let duration = match plan.duration {
            Some(duration) => duration,
            None => span(plan, control)?,
        };
        if plan.warmup >= duration {
            return Err(RunError::Warmup { warmup: plan.warmup, duration });
        }
        Ok(Self { plan, window: window(plan, duration), control })
    }

    /// Reads the workload of `seed` and lets all of `runs` serve it.
    fn play(&self, seed: Seed, models: &[&Model], runs: &[Run], coupling: Coupling) -> Result<Replayed, RunError> {
        let player = |run: &Run| Player::new(models[run.model], &self.window, *run, coupling);
        let mut players: Vec<Player> = runs.iter().map(player).collect();
        let mut reader = open(self.plan, seed, self.window.end)?;
        let mut functions = FunctionTable::new(self.plan.workload.functions.clone());
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut next = Vec::with_capacity(CHUNK);
        let mut loads = Vec::new();
        reader.fill(&mut chunk, &mut functions, CHUNK)?;
        while !chunk.is_empty() {
            count(&chunk, functions.len(), &mut loads);
            for player in &mut players {
                player.admit(functions.as_slice());
            }
            next.clear();
            let serve = || players.par_iter_mut().for_each(|player| player.serve(&chunk));
            let ((), read) = rayon::join(serve, || reader.fill(&mut next, &mut functions, CHUNK));
            read?;
            self.control.simulated(chunk.len() * players.len())?;
            std::mem::swap(&mut chunk, &mut next);
        }
        let tallies = players.into_par_iter().map(Player::close).collect();
        Ok(Replayed { tallies, functions: functions.into_functions(), loads })
    }
}

impl Replay for Study<'_> {
    fn window(&self) -> &Window {
        &self.window
    }

    fn replay(&self, models: &[&Model], runs: &[Run], coupling: Coupling) -> Result<Replayed, RunError> {
        let first = Seed { seed: self.plan.seed, replication: 0 };
        if self.plan.workload.replays() {
            return self.play(first, models, runs, coupling);
        }
        let mut tallies: Vec<Option<Tally>> = runs.iter().map(|_| None).collect();
        let (mut functions, mut loads) = (Vec::new(), Vec::new());
        let last = self.plan.first_replication + self.plan.replications;
        for replication in self.plan.first_replication..last {
            let ours: Vec<usize> = (0..runs.len()).filter(|&i| runs[i].seed.replication == replication).collect();
            let these: Vec<Run> = ours.iter().map(|&index| runs[index]).collect();
            if these.is_empty() {
                continue;
            }
            let played = self.play(Seed { replication, ..first }, models, &these, coupling)?;
            for (index, tally) in ours.into_iter().zip(played.tallies) {
                tallies[index] = Some(tally);
            }
            (functions, loads) = (played.functions, played.loads);
        }
        Ok(Replayed { tallies: tallies.into_iter().flatten().collect(), functions, loads })
    }
}

/// Adds what `chunk` asks of each of `functions` functions.
fn count(chunk: &[Invocation], functions: usize, loads: &mut Vec<Load>) {
    loads.resize(functions.max(loads.len()), Load::default());
    for invocation in chunk {
        let load = &mut loads[invocation.function.index()];
        load.invocations += 1.0;
        load.work += invocation.duration.seconds();
    }
}

/// The traces' own span, whatever stands beside them: to the end of its latest execution, and past its latest arrival.
fn span(plan: &Plan, control: &Control) -> Result<Span, RunError> {
    let seed = Seed { seed: plan.seed, replication: 0 };
    let traces = plan.workload.sources.iter().filter(|source| matches!(source, Source::Trace(_)));
    let feeds: Result<Vec<Feed>, TraceError> = traces.map(|source| Feed::open(source, seed, SimTime::END)).collect();
    let mut reader = Merged::new(feeds?);
    let mut functions = FunctionTable::new(plan.workload.functions.clone());
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut end = None;
    loop {
        chunk.clear();
        reader.fill(&mut chunk, &mut functions, CHUNK)?;
        if chunk.is_empty() {
            break;
        }
        for invocation in &chunk {
            end = end.max(Some((invocation.at + invocation.duration).max(invocation.at + Span::from_ns(1))));
        }
        control.simulated(0)?;
    }
    end.map(|end| end.since(SimTime::ZERO)).ok_or(RunError::Empty)
}

/// All sources as one stream in order of time.
fn open(plan: &Plan, seed: Seed, end: SimTime) -> Result<Merged, TraceError> {
    let feeds: Result<Vec<Feed>, TraceError> =
        plan.workload.sources.iter().map(|source| Feed::open(source, seed, end)).collect();
    Ok(Merged::new(feeds?))
}

/// One run, fed chunk by chunk.
struct Player<'a> {
    model: &'a Model,
    seed: Seed,
    coupling: Coupling,
    tally: Tally,
    /// One where pools are together, else one a pool.
    machines: Vec<Machine>,
    by_pool: FxHashMap<String, usize>,
    /// By function.
    machine_of: Vec<usize>,
}

impl<'a> Player<'a> {
    fn new(model: &'a Model, window: &Window, run: Run, coupling: Coupling) -> Self {
        let several = model.falls_apart();
        Self {
            model,
            seed: run.seed,
            coupling: if several { coupling } else { Coupling::Together },
            tally: tally(model, window, several, coupling),
            machines: Vec::new(),
            by_pool: FxHashMap::default(),
            machine_of: Vec::new(),
        }
    }

    /// Makes room for functions that have appeared since.
    fn admit(&mut self, functions: &[FunctionInfo]) {
        for (index, info) in functions.iter().enumerate().skip(self.machine_of.len()) {
            let machine = self.machine(info);
            self.machine_of.push(machine);
            self.machines[machine].admit(FunctionId::new(index), info, &mut self.tally);
        }
    }

    fn machine(&mut self, info: &FunctionInfo) -> usize {
        let name = match self.coupling {
            Coupling::Together => "",
            Coupling::Apart => pool(self.model, info),
        };
        if let Some(machine) = self.by_pool.get(name) {
            return *machine;
        }
        let end = self.tally.window().end;
        self.machines.push(match self.coupling {
            Coupling::Together => Machine::whole(self.model, self.seed, end),
            Coupling::Apart => Machine::pool(self.model, self.seed, end, self.tally.grid()),
        });
        self.by_pool.insert(name.to_owned(), self.machines.len() - 1);
        self.machines.len() - 1
    }

    fn serve(&mut self, chunk: &[Invocation]) {
        match self.coupling {
            Coupling::Together => {
                if let [machine] = self.machines.as_mut_slice() {
                    machine.feed(chunk, &mut self.tally);
                }
            }
            Coupling::Apart => {
                for invocation in chunk {
                    let machine = &mut self.machines[self.machine_of[invocation.function.index()]];
                    machine.feed(std::slice::from_ref(invocation), &mut self.tally);
                }
            }
        }
    }

    fn close(mut self) -> Tally {
        for machine in self.machines {
            machine.close(&mut self.tally);
        }
        self.tally
    }
}
