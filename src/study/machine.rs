//! One running model, whatever its platform: the only place where a study asks which platform it is.

use std::sync::Arc;

use crate::engine::Engine;
use crate::ids::FunctionId;
use crate::platform::faas::Faas;
use crate::platform::fleet::{FixedFleet, Fleet};
use crate::platform::hybrid::Hybrid;
use crate::record::{Grid, Tally};
use crate::rng::Seed;
use crate::scenario::Model;
use crate::units::SimTime;
use crate::workload::{FunctionInfo, Invocation};

/// A model and its clock.
#[derive(Debug)]
pub enum Machine {
    Faas(Engine<Faas>),
    Fleet(Engine<Fleet>),
    FixedFleet(Engine<FixedFleet>),
    Hybrid(Engine<Hybrid>),
}

impl Machine {
    /// The whole deployment: what its parts share is enforced.
    pub fn whole(model: &Model, seed: Seed, end: SimTime) -> Self {
        match model {
            Model::Faas(spec) => Self::Faas(Engine::new(Faas::together(Arc::clone(spec), seed, end))),
            Model::Fleet(spec) => match FixedFleet::new(spec, seed, end) {
                Some(fleet) => Self::FixedFleet(Engine::new(fleet)),
                None => Self::Fleet(Engine::new(Fleet::new(Arc::clone(spec), seed, end))),
            },
            Model::Hybrid(spec) => Self::Hybrid(Engine::new(Hybrid::new(spec, seed, end))),
        }
    }

    /// One pool of a deployment that [falls apart](pool): what it shares is recorded on `grid` and not enforced.
    pub fn pool(model: &Model, seed: Seed, end: SimTime, grid: Grid) -> Self {
        match model {
            Model::Faas(spec) => Self::Faas(Engine::new(Faas::apart(Arc::clone(spec), seed, end, grid))),
            Model::Fleet(_) | Model::Hybrid(_) => Self::whole(model, seed, end),
        }
    }

    /// Makes room for a function, before its first invocation.
    pub fn admit(&mut self, id: FunctionId, info: &FunctionInfo, tally: &mut Tally) {
        match self {
            Self::Faas(engine) => tally.register(id, engine.prepare(|faas, queue| faas.admit(id, info, queue))),
            Self::Fleet(engine) => tally.register(id, engine.prepare(|fleet, _| fleet.admit(id, info))),
            Self::FixedFleet(engine) => tally.register(id, engine.prepare(|fleet, _| fleet.admit(id, info))),
            Self::Hybrid(engine) => {
                tally.register_at_sites(id, engine.prepare(|hybrid, queue| hybrid.admit(id, info, queue)));
            }
        }
    }

    pub fn feed(&mut self, batch: &[Invocation], tally: &mut Tally) {
        match self {
            Self::Faas(engine) => engine.feed(batch, tally),
            Self::Fleet(engine) => engine.feed(batch, tally),
            Self::FixedFleet(engine) => engine.feed(batch, tally),
            Self::Hybrid(engine) => engine.feed(batch, tally),
        }
    }

    /// Runs what is in the system to completion, and ends the run.
    pub fn close(self, tally: &mut Tally) {
        let end = tally.window().end;
        match self {
            Self::Faas(engine) => engine.close(end, tally),
            Self::Fleet(engine) => engine.close(end, tally),
            Self::FixedFleet(engine) => engine.close(end, tally),
            Self::Hybrid(engine) => engine.close(end, tally),
        }
    }
}

/// The pool that a function belongs to, where pools of the deployment can run apart.
pub fn pool<'a>(model: &'a Model, info: &'a FunctionInfo) -> &'a str {
    match model {
        Model::Faas(spec) => spec.pool_name(info),
        Model::Fleet(_) | Model::Hybrid(_) => "",
    }
}
