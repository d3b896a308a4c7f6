//! What the tests share: oracles, and recorders that a test can read.

use std::sync::Arc;

use breakeven::billing::Meter;
use breakeven::engine::Engine;
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, Fleet, FleetSize, FleetSpec, Hazards, Launch, Metering, ServedFunction};
use breakeven::policy::{Balancer, Retry, SlowStart};
use breakeven::record::{Fate, Held, Outcome, Record};
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Size, Span};
use breakeven::workload::FunctionInfo;
use serde_json::Value;

/// A figure that somebody else computed, with the parameters of its system.
pub struct Oracle {
    pub id: String,
    entry: Value,
}

impl Oracle {
    #[track_caller]
    pub fn parameter(&self, name: &str) -> f64 {
        self.entry["parameters"][name].as_f64().unwrap_or_else(|| panic!("{} has no parameter {name}", self.id))
    }

    pub fn parameter_value(&self, name: &str) -> &Value {
        &self.entry["parameters"][name]
    }

    #[track_caller]
    pub fn count(&self, name: &str) -> u32 {
        self.parameter(name) as u32
    }

    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        self.entry["parameters"][name].as_str().unwrap_or_else(|| panic!("{} has no text {name}", self.id))
    }

    #[track_caller]
    pub fn expected(&self, name: &str) -> f64 {
        self.expected_value(name).as_f64().unwrap_or_else(|| panic!("{} expects no {name}", self.id))
    }

    pub fn expected_value(&self, name: &str) -> &Value {
        &self.entry["expected"][name]
    }

    /// Every quantity that is one number.
    pub fn quantities(&self) -> impl Iterator<Item = (&str, f64)> {
        let all = self.entry["expected"].as_object().expect("an oracle expects something");
        all.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_f64()?)))
    }
}

fn parse(text: &str) -> impl Iterator<Item = Oracle> + use<> {
    let entries: Vec<Value> = serde_json::from_str(text).expect("oracles are valid JSON");
    entries.into_iter().map(|entry| Oracle { id: entry["id"].as_str().expect("an id").to_string(), entry })
}

pub fn queueing() -> impl Iterator<Item = Oracle> {
    parse(include_str!("../data/oracles/queueing.json"))
}

pub fn closed_forms() -> impl Iterator<Item = Oracle> {
    parse(include_str!("../data/oracles/closed_forms.json"))
}

pub fn capacity() -> impl Iterator<Item = Oracle> {
    parse(include_str!("../data/oracles/capacity.json"))
}

pub fn autoscale() -> impl Iterator<Item = Oracle> {
    parse(include_str!("../data/oracles/autoscale.json"))
}

pub fn servers_xsim() -> impl Iterator<Item = Oracle> {
    parse(include_str!("../data/oracles/servers_xsim.json"))
}

/// Of another simulator's shared cores.
#[track_caller]
pub fn oracle(id: &str) -> Oracle {
    let mut all = parse(include_str!("../data/oracles/sharing.json"));
    all.find(|oracle| oracle.id == id).unwrap_or_else(|| panic!("no oracle is called {id}"))
}

pub fn function(name: &str) -> FunctionInfo {
    FunctionInfo { name: name.into(), app: name.into(), memory: None }
}

/// `count` servers without limits, network, time-outs or minimums.
pub fn servers(count: u32, discipline: Discipline) -> FleetSpec {
    FleetSpec {
        size: FleetSize::fixed(count),
        scaler: None,
        shared_queue: false,
        slow_start: SlowStart { length: Span::ZERO },
        launch: Launch::NOTHING,
        drain: Span::MAX,
        hazards: Hazards::default(),
        discipline,
        memory: Size::ZERO,
        accept_queue: None,
        patience: None,
        balancer: Balancer::RoundRobin,
        retry: Retry::NONE,
        named: Default::default(),
        others: ServedFunction { timeout: None, cpu: 1.0, wait: 0.0 },
        network: Distribution::Constant(Span::ZERO),
        metering: Metering::Instances { minimum: Span::ZERO, increment: Span::SECOND },
        hosts: None,
        standing: Vec::new(),
    }
}

/// A fleet that knows `functions`.
pub fn engine(fleet: &FleetSpec, functions: &[&str], seed: Seed, end: SimTime) -> Engine<Fleet> {
    let mut fleet = Fleet::new(Arc::new(fleet.clone()), seed, end);
    for (index, name) in functions.iter().enumerate() {
        fleet.admit(FunctionId::new(index), &function(name));
    }
    Engine::new(fleet)
}

/// Remembers every call, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    pub outcomes: Vec<Outcome>,
    pub retried: u64,
    pub busy: Vec<(SimTime, SimTime)>,
    pub instances: Vec<(SimTime, SimTime, u32)>,
    pub busy_peak: u32,
    pub meters: Vec<(Meter, Held, u64)>,
}

impl Journal {
    pub fn count(&self, fate: Fate) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.fate == fate).count()
    }

    /// In order of arrival; arrivals at one instant in the order in which they were recorded.
    pub fn by_arrival(&self) -> Vec<Outcome> {
        let mut outcomes = self.outcomes.clone();
        outcomes.sort_by_key(|outcome| outcome.arrived);
        outcomes
    }
}

/// When an invocation left the system.
pub fn finish(outcome: &Outcome) -> SimTime {
    outcome.arrived + outcome.queue + outcome.cold_start + outcome.execution
}

impl Record for Journal {
    fn outcome(&mut self, outcome: &Outcome) {
        self.outcomes.push(*outcome);
        if outcome.fate.started() {
            self.busy.push(outcome.held());
        }
    }
    fn retried(&mut self, _: FunctionId, _: SimTime) {
        self.retried += 1;
    }
    fn instance(&mut self, from: SimTime, to: SimTime, slots: u32, _: u64) {
        self.instances.push((from, to, slots));
    }
    fn levels(&mut self, _: SimTime, busy: u32, _: u32) {
        self.busy_peak = self.busy_peak.max(busy);
    }
    fn meter(&mut self, meter: Meter, held: Held, units_per_ms: u64) {
        self.meters.push((meter, held, units_per_ms));
    }
    fn envelope(&mut self, _: usize, _: u32) {}
    fn request(&mut self, _: SimTime) {}
}

/// What one run showed of arrivals, and of time, in a window.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    pub from: SimTime,
    pub to: SimTime,
    pub offered: u64,
    pub dropped: u64,
    /// How long those waited who then left.
    pub abandoned_after: Vec<f64>,
    /// Of those that were served, s.
    pub waits: Vec<f64>,
    pub responses: Vec<f64>,
    pub in_queue_ns: u128,
    pub in_system_ns: u128,
    pub busy_ns: u128,
    /// When something was in service, one entry an invocation.
    pub held: Vec<(SimTime, SimTime)>,
    pub slot_ns: u128,
    /// How often a request that started at once found so many in service.
    pub found: Vec<u64>,
}

impl Sums {
    fn inside(&self, from: SimTime, to: SimTime) -> u128 {
        to.min(self.to).since(from.max(self.from)).ns().into()
    }

    /// Time in which nothing was in service.
    pub fn idle_ns(&self) -> u128 {
        let mut held = self.held.clone();
        held.sort_unstable();
        let mut idle = 0;
        let mut until = SimTime::ZERO;
        for (from, to) in held {
            idle += self.inside(until, from.max(until));
            until = until.max(to);
        }
        idle + self.inside(until, self.to.max(until))
    }

    fn counts(&self, at: SimTime) -> bool {
        self.from <= at && at < self.to
    }
}

impl Record for Sums {
    fn outcome(&mut self, outcome: &Outcome) {
        let (started, ended) = outcome.held();
        self.busy_ns += self.inside(started, ended);
        if ended > started {
            self.held.push((started, ended));
        }
        self.in_queue_ns += self.inside(outcome.arrived, started);
        self.in_system_ns += self.inside(outcome.arrived, started + outcome.execution);
        if !self.counts(outcome.arrived) {
            return;
        }
        self.offered += 1;
        match outcome.fate {
            Fate::Completed | Fate::TimedOut | Fate::Failed => {
                self.waits.push(outcome.queue.seconds());
                self.responses.push((outcome.queue + outcome.execution).seconds());
            }
            Fate::Throttled | Fate::Dropped => self.dropped += 1,
            Fate::Abandoned => self.abandoned_after.push(outcome.queue.seconds()),
        }
    }
    fn retried(&mut self, _: FunctionId, _: SimTime) {}
    fn instance(&mut self, from: SimTime, to: SimTime, milli_places: u32, _: u64) {
        self.slot_ns += self.inside(from, to) * u128::from(milli_places) / 1_000;
    }
    fn levels(&mut self, at: SimTime, busy: u32, _: u32) {
        if self.counts(at) && busy > 0 {
            let found = busy as usize - 1;
            if self.found.len() <= found {
                self.found.resize(found + 1, 0);
            }
            self.found[found] += 1;
        }
    }
    fn meter(&mut self, _: Meter, _: Held, _: u64) {}
    fn envelope(&mut self, _: usize, _: u32) {}
    fn request(&mut self, _: SimTime) {}
}
