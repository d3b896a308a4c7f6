//! Deployments over several sites: closed forms, limits, scripts worked by hand, laws, and what is refused.

mod closed_forms;
mod laws;
mod problems;
mod scripts;

use std::path::Path;

use breakeven::billing::Meter;
use breakeven::engine::{Engine, EventQueue};
use breakeven::ids::{FunctionId, SiteId};
use breakeven::platform::hybrid::{Hybrid, HybridSpec};
use breakeven::record::{Held, Outcome, Record};
use breakeven::results::{Results, assemble};
use breakeven::rng::Seed;
use breakeven::scenario::{Model, Overrides, Plan, Problems, load_text};
use breakeven::study::{Control, run};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::function;

fn read(text: &str) -> Result<Plan, Problems> {
    load_text("test.toml", text.to_owned(), Path::new(env!("CARGO_MANIFEST_DIR")), &Overrides::default())
}

#[track_caller]
fn plan(text: &str) -> Plan {
    read(text).unwrap_or_else(|problems| panic!("{problems}"))
}

#[track_caller]
fn results(plan: &Plan, threads: usize) -> Results {
    let runs = run(plan, threads, &Control::default()).expect("the study runs");
    assemble(plan, &runs).expect("everything has a price").0
}

/// The first router of a plan.
#[track_caller]
fn hybrid(plan: &Plan) -> HybridSpec {
    let found = plan.deployments.iter().find_map(|deployment| match &deployment.model {
        Model::Hybrid(spec) => Some((**spec).clone()),
        Model::Faas(_) | Model::Fleet(_) => None,
    });
    found.expect("a router")
}

const SEED: Seed = Seed { seed: 3, replication: 0 };
/// Past everything that a script does.
const END: SimTime = SimTime::from_ns(1_000_000_000_000_000);

fn at(seconds: f64) -> SimTime {
    SimTime::ZERO + Span::from_seconds_f64(seconds)
}

/// Of the first function, by arrival and duration in seconds.
fn requests(all: &[(f64, f64)]) -> Vec<Invocation> {
    all.iter().map(|&(from, length)| Invocation::new(at(from), FunctionId(0), Span::from_seconds_f64(length))).collect()
}

/// Every outcome, and where it came about.
#[derive(Debug, Default)]
struct Placed {
    here: usize,
    outcomes: Vec<(usize, Outcome)>,
    /// Bytes by site.
    bytes: Vec<(usize, u64)>,
}

impl Record for Placed {
    fn at_site(&mut self, site: SiteId) {
        self.here = site.index();
    }
    fn outcome(&mut self, outcome: &Outcome) {
        self.outcomes.push((self.here, *outcome));
    }
    fn count(&mut self, _: Meter, _: SimTime, base_units: u64) {
        self.bytes.push((self.here, base_units));
    }
    fn retried(&mut self, _: FunctionId, _: SimTime) {}
    fn instance(&mut self, _: SimTime, _: SimTime, _: u32, _: u64) {}
    fn levels(&mut self, _: SimTime, _: u32, _: u32) {}
    fn meter(&mut self, _: Meter, _: Held, _: u64) {}
    fn envelope(&mut self, _: usize, _: u32) {}
    fn request(&mut self, _: SimTime) {}
}

fn engine(spec: &HybridSpec, functions: &[&str], end: SimTime) -> Engine<Hybrid> {
    let mut model = Hybrid::new(&spec.clone().into(), SEED, end);
    for (index, name) in functions.iter().enumerate() {
        let sites = model.admit(FunctionId::new(index), &function(name), &mut EventQueue::new()).len();
        assert_eq!(sites, spec.sites.len());
    }
    Engine::new(model)
}

fn play(spec: &HybridSpec, functions: &[&str], invocations: &[Invocation]) -> Placed {
    let mut placed = Placed::default();
    let mut engine = engine(spec, functions, END);
    engine.feed(invocations, &mut placed);
    engine.close(END, &mut placed);
    placed.outcomes.sort_by_key(|(_, outcome)| outcome.arrived);
    placed
}
