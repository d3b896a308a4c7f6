//! Runs with a trace: the workload is read once, in chunks, and every run serves each chunk before the next is read.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::{Control, Run, RunError, admit, could_have_bound, runs_of, shares_limits, window};
use crate::engine::Engine;
use crate::ids::FunctionId;
use crate::platform::faas::{Faas, FaasSpec};
use crate::platform::servers::Servers;
use crate::record::{Tally, Window};
use crate::results::Runs;
use crate::rng::Seed;
use crate::scenario::{Model, Plan};
use crate::units::{SimTime, Span};
use crate::workload::{Feed, FunctionInfo, FunctionTable, Invocation, Merged, Source, TraceError};

/// Invocations of a chunk: enough that handing it to threads costs nothing, few enough to stay near the processor.
const CHUNK: usize = 16_384;

pub fn run(plan: &Plan, control: &Control) -> Result<Runs, RunError> {
    let duration = match plan.duration {
        Some(duration) => duration,
        None => span(plan, control)?,
    };
    if plan.warmup >= duration {
        return Err(RunError::Warmup { warmup: plan.warmup, duration });
    }
    let window = window(plan, duration);
    let (mut players, functions) = play(plan, &window, runs_of(plan), false, control)?;

    let mut run_together = vec![false; plan.deployments.len()];
    for player in &players {
        run_together[player.run.deployment] |= player.could_have_bound(plan, &functions);
    }
    if run_together.contains(&true) {
        let repeated = players.iter().map(|player| player.run).filter(|run| run_together[run.deployment]).collect();
        let (again, _) = play(plan, &window, repeated, true, control)?;
        let places = players.iter_mut().filter(|player| run_together[player.run.deployment]);
        for (place, player) in places.zip(again) {
            *place = player;
        }
    }

    let mut tallies: Vec<Vec<Tally>> = plan.deployments.iter().map(|_| Vec::new()).collect();
    for mut player in players {
        player.tally.finish();
        tallies[player.run.deployment].push(player.tally);
    }
    Ok(Runs { functions, window, tallies, run_together, simulated: control.simulated.load(Ordering::Relaxed) })
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

/// Whether every replication sees the same arrivals and the same work, so that one reading serves all.
fn replays(plan: &Plan) -> bool {
    plan.workload.sources.iter().all(|source| matches!(source, Source::Trace(file) if file.work.is_none()))
}

/// Lets all of `runs` serve the workload; `together`: with what their pools share enforced.
fn play(
    plan: &Plan,
    window: &Window,
    runs: Vec<Run>,
    together: bool,
    control: &Control,
) -> Result<(Vec<Player>, Vec<FunctionInfo>), RunError> {
    if replays(plan) {
        return play_once(plan, window, runs, together, control);
    }
    let mut players = Vec::new();
    let mut functions = Vec::new();
    for replication in 0..plan.replications {
        let ours = runs.iter().filter(|run| run.seed.replication == replication).copied().collect();
        let (played, seen) = play_once(plan, window, ours, together, control)?;
        players.extend(played);
        functions = seen;
    }
    players.sort_by_key(|player| (player.run.deployment, player.run.seed.replication));
    Ok((players, functions))
}

/// Reads the workload of the first of `runs` and lets all of them serve it.
fn play_once(
    plan: &Plan,
    window: &Window,
    runs: Vec<Run>,
    together: bool,
    control: &Control,
) -> Result<(Vec<Player>, Vec<FunctionInfo>), RunError> {
    let seed = runs.first().map_or(Seed { seed: plan.seed, replication: 0 }, |run| run.seed);
    let mut players: Vec<Player> = runs.into_iter().map(|run| Player::new(plan, window, run, together)).collect();
    let mut reader = open(plan, seed, window.end)?;
    let mut functions = FunctionTable::new(plan.workload.functions.clone());
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut next = Vec::with_capacity(CHUNK);
    reader.fill(&mut chunk, &mut functions, CHUNK)?;
    while !chunk.is_empty() {
        for player in &mut players {
            player.admit(functions.as_slice());
        }
        next.clear();
        let serve = || players.par_iter_mut().for_each(|player| player.serve(&chunk));
        let ((), read) = rayon::join(serve, || reader.fill(&mut next, &mut functions, CHUNK));
        read?;
        control.simulated(chunk.len() * players.len())?;
        std::mem::swap(&mut chunk, &mut next);
    }
    players.par_iter_mut().for_each(Player::close);
    Ok((players, functions.into_functions()))
}

/// One run, fed chunk by chunk.
struct Player {
    run: Run,
    tally: Tally,
    engines: Engines,
    admitted: usize,
}

/// The models of a run.
enum Engines {
    Together(Engine<Faas>),
    /// An engine a pool, and the engine of each function.
    Apart {
        spec: Arc<FaasSpec>,
        engines: Vec<Engine<Faas>>,
        by_name: rustc_hash::FxHashMap<String, usize>,
        of: Vec<usize>,
    },
    Servers(Engine<Servers>),
    Closed,
}

impl Player {
    fn new(plan: &Plan, window: &Window, run: Run, together: bool) -> Self {
        let (engines, limited) = match &plan.deployments[run.deployment].model {
            Model::Servers(spec) => {
                (Engines::Servers(Engine::new(Servers::new(Arc::new(spec.clone()), &[], run.seed))), false)
            }
            Model::Faas(spec) if together => {
                (Engines::Together(Engine::new(Faas::together(Arc::new(spec.clone()), run.seed))), false)
            }
            Model::Faas(spec) => {
                let limited = shares_limits(spec);
                let spec = Arc::new(spec.clone());
                (Engines::Apart { spec, engines: Vec::new(), by_name: Default::default(), of: Vec::new() }, limited)
            }
        };
        let several_pools = !matches!(engines, Engines::Servers(_));
        Self { run, tally: Tally::new(window.clone(), several_pools, limited), engines, admitted: 0 }
    }

    /// Makes room for functions that have appeared since.
    fn admit(&mut self, functions: &[FunctionInfo]) {
        for (index, info) in functions.iter().enumerate().skip(self.admitted) {
            let id = FunctionId::new(index);
            match &mut self.engines {
                Engines::Together(engine) => admit(engine, id, info, &mut self.tally),
                Engines::Servers(engine) => admit(engine, id, info, &mut self.tally),
                Engines::Apart { spec, engines, by_name, of } => {
                    let name = spec.pool_name(info);
                    let engine = *by_name.entry(name.to_owned()).or_insert_with(|| {
                        let pool = Faas::apart(Arc::clone(spec), self.run.seed, self.tally.grid());
                        engines.push(Engine::new(pool));
                        engines.len() - 1
                    });
                    of.push(engine);
                    admit(&mut engines[engine], id, info, &mut self.tally);
                }
                Engines::Closed => {}
            }
        }
        self.admitted = functions.len();
    }

    fn serve(&mut self, chunk: &[Invocation]) {
        match &mut self.engines {
            Engines::Together(engine) => engine.feed(chunk, &mut self.tally),
            Engines::Servers(engine) => engine.feed(chunk, &mut self.tally),
            Engines::Apart { engines, of, .. } => {
                for invocation in chunk {
                    let engine = &mut engines[of[invocation.function.index()]];
                    engine.feed(std::slice::from_ref(invocation), &mut self.tally);
                }
            }
            Engines::Closed => {}
        }
    }

    fn close(&mut self) {
        let end = self.tally.window().end;
        match std::mem::replace(&mut self.engines, Engines::Closed) {
            Engines::Together(engine) => engine.close(end, &mut self.tally),
            Engines::Servers(engine) => engine.close(end, &mut self.tally),
            Engines::Apart { engines, .. } => engines.into_iter().for_each(|engine| engine.close(end, &mut self.tally)),
            Engines::Closed => {}
        }
    }

    fn could_have_bound(&self, plan: &Plan, functions: &[FunctionInfo]) -> bool {
        match &plan.deployments[self.run.deployment].model {
            Model::Faas(spec) => could_have_bound(spec, functions, &self.tally),
            Model::Servers(_) => false,
        }
    }
}
