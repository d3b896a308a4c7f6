//! What several tests need: deployments with few words, a recorder that remembers, reference values.

use std::collections::BTreeMap;
use std::sync::Arc;

use breakeven::billing::Meter;
use breakeven::engine::{Engine, EventQueue};
use breakeven::ids::FunctionId;
use breakeven::platform::faas::{
    Allocation, Faas, FaasBilling, FaasSpec, FunctionSpec, Limits, PoolBy, Provisioned, Start, TieOrder,
};
use breakeven::policy::{IdleChoice, KeepAlive, Retry};
use breakeven::record::{Held, Outcome, Record};
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Size, Span};
use breakeven::workload::{FunctionInfo, Invocation};

/// Reference values of others, with their sources.
pub fn oracles(file: &str) -> Vec<serde_json::Value> {
    let path = format!("{}/tests/data/oracles/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let whole: serde_json::Value = serde_json::from_str(&text).expect("reference values are JSON");
    whole["oracles"].as_array().expect("a list of oracles").clone()
}

pub const NOTHING: Distribution = Distribution::Constant(Span::ZERO);

/// A function with a constant start-up and nothing that limits it.
pub fn function(keep_alive: KeepAlive, idle_choice: IdleChoice, start: Distribution) -> FunctionSpec {
    FunctionSpec {
        memory: Some(Size::from_mib(128)),
        ephemeral_storage: Size::ZERO,
        concurrency: 1,
        keep_alive,
        idle_choice,
        start: Start {
            place: NOTHING,
            fetch: NOTHING,
            runtime_init: start,
            application_init: NOTHING,
            load: Span::ZERO,
        },
        cold_duration: None,
        reserved: None,
        provisioned: Provisioned::default(),
        batch: None,
        timeout: None,
        work_scale: 1.0,
    }
}

/// A deployment of functions that are all alike.
pub fn faas(function: FunctionSpec) -> FaasSpec {
    FaasSpec {
        named: BTreeMap::new(),
        others: Arc::new(function),
        pool_by: PoolBy::Function,
        limits: Limits::default(),
        allocation: Allocation::default(),
        retry: Retry::NONE,
        tie_order: TieOrder::default(),
        billing: FaasBilling {
            increment: Span::MILLISECOND,
            minimum: Span::ZERO,
            memory_step: Size::from_mib(1),
            memory_range: (Size::ZERO, Size::from_mib(1 << 30)),
            init_from: Some(SimTime::ZERO),
            ephemeral_included: Size::ZERO,
            provisioned_increment: Span::MILLISECOND,
        },
        network: NOTHING,
    }
}

pub fn info(name: &str) -> FunctionInfo {
    FunctionInfo { name: name.to_owned(), app: name.to_owned(), memory: None }
}

/// Everything that a model reports, unreduced.
#[derive(Default, Debug)]
pub struct Memory {
    pub outcomes: Vec<Outcome>,
    pub instance_ns: u128,
    pub busy_ns: u128,
    pub peak_instances: u32,
    pub retried: u64,
}

impl Record for Memory {
    fn outcome(&mut self, outcome: &Outcome) {
        self.outcomes.push(*outcome);
        let (from, to) = outcome.held();
        self.busy_ns += u128::from(to.since(from).ns());
    }
    fn retried(&mut self, _: FunctionId, _: SimTime) {
        self.retried += 1;
    }
    fn instance(&mut self, from: SimTime, to: SimTime, _: u32, _: u64) {
        self.instance_ns += u128::from(to.since(from).ns());
    }
    fn levels(&mut self, _: SimTime, _: u32, instances: u32) {
        self.peak_instances = self.peak_instances.max(instances);
    }
    fn meter(&mut self, _: Meter, _: Held, _: u64) {}
    fn envelope(&mut self, _: usize, _: u32) {}
    fn request(&mut self, _: SimTime) {}
}

/// Runs one function to completion.
pub fn run_faas(spec: FaasSpec, trace: &[Invocation]) -> Memory {
    let mut model = Faas::together(Arc::new(spec), Seed { seed: 1, replication: 0 }, SimTime::END);
    model.admit(FunctionId(0), &info("f"), &mut EventQueue::new());
    let mut memory = Memory::default();
    let mut engine = Engine::new(model);
    engine.feed(trace, &mut memory);
    engine.close(SimTime::END, &mut memory);
    memory
}
