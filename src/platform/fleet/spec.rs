//! What a fleet is, fully resolved.

use std::collections::BTreeMap;

use crate::billing::Meter;
use crate::policy::hazard::{Failures, Maintenance, Recorded, Spot};
use crate::policy::scaling::ScalerSpec;
use crate::policy::{Balancer, CreditSpec, Retry, SlowStart};
use crate::stats::Distribution;
use crate::units::{SimTime, Size, Span};

use super::hosts::Hosts;

/// Equal members (machines, containers) behind one balancer; all functions share them.
#[derive(Clone, Debug)]
pub struct FleetSpec {
    pub size: FleetSize,
    /// Who changes the number of members; `None`: nobody.
    pub scaler: Option<ScalerSpec>,
    pub discipline: Discipline,
    /// Of one member.
    pub memory: Size,
    /// Whether requests that find no place wait before the fleet and not in a member. Such a fleet may have no member at
    /// all for a while; the others refuse requests then.
    pub shared_queue: bool,
    /// Requests that one member, or the shared queue, holds beyond those in service; `None` is unbounded. What is full
    /// drops the request.
    pub accept_queue: Option<u32>,
    /// How long a request waits for a place before its client leaves; `None`: for ever.
    pub patience: Option<Distribution>,
    pub balancer: Balancer,
    /// A member that has just come gets a share of the requests that grows to its full one over this time.
    pub slow_start: SlowStart,
    /// What the client of a request that was refused does.
    pub retry: Retry,
    /// Settings of the functions that the scenario names.
    pub named: BTreeMap<String, ServedFunction>,
    pub others: ServedFunction,
    /// One way to the fleet and back, added to every latency.
    pub network: Distribution,
    pub launch: Launch,
    /// How long a member that is to go may finish its work; what is left then is lost.
    pub drain: Span,
    pub hazards: Hazards,
    pub metering: Metering,
    /// What members run on, where they are pods of a cluster.
    pub hosts: Option<Hosts>,
    /// Metered from the start to the end whatever the members do, in base units a millisecond: control planes, balancers.
    pub standing: Vec<(Meter, u64)>,
}

/// How many members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetSize {
    pub least: u32,
    pub most: u32,
    /// In service at the start.
    pub initial: u32,
}

impl FleetSize {
    /// A fleet that never changes.
    pub const fn fixed(count: u32) -> Self {
        Self { least: count, most: count, initial: count }
    }
}

/// The phases of a start, one after the other.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Before anything is billed: the call and the time until the member runs.
    pub unbilled: Vec<Distribution>,
    /// Boot and set-up of the application.
    pub billed: Vec<Distribution>,
    /// Until the balancer sends it requests; billed, and passed by members that stood by too.
    pub registration: Vec<Distribution>,
    /// Members that stand by: a launch takes one of them if it can, and another is made ready in its place.
    pub warm_pool: Option<WarmPool>,
    /// A member that is ready counts in the scaler's means after this.
    pub warm_up: Span,
}

impl Launch {
    pub const NOTHING: Self = Self {
        unbilled: Vec::new(),
        billed: Vec::new(),
        registration: Vec::new(),
        warm_pool: None,
        warm_up: Span::ZERO,
    };
}

/// Members that have been set up before they are needed.
#[derive(Clone, Debug)]
pub struct WarmPool {
    pub size: u32,
    /// From the decision until it runs.
    pub start: Distribution,
    /// Whether they run, and are billed, while they stand by; else they are stopped once they are set up.
    pub running: bool,
}

/// What takes members away, or slows them down.
#[derive(Clone, Debug, Default)]
pub struct Hazards {
    pub failures: Option<Failures>,
    /// Members that the provider has; `None`: as many as are asked for.
    pub supply: Option<Recorded>,
    /// Between the notice and the end of a member that `supply` takes back.
    pub notice: Span,
    /// Interruptions by chance.
    pub spot: Option<Spot>,
    /// Its hosts are slots of members, of which some may be free.
    pub maintenance: Option<Maintenance>,
    /// The whole site is gone, in order and apart: `[from, to)`.
    pub outages: Vec<(SimTime, SimTime)>,
    pub lost_work: LostWork,
    /// Of burstable members.
    pub credits: Option<CreditSpec>,
}

impl Hazards {
    /// How many members the provider has at `at`.
    pub fn supply_at(&self, at: SimTime) -> u32 {
        self.supply.as_ref().map_or(u32::MAX, |recorded| recorded.at(at))
    }

    /// Whether a member can go while it works.
    pub fn interrupt(&self) -> bool {
        self.failures.is_some() || self.spot.is_some() || self.supply.is_some() || !self.outages.is_empty()
    }
}

/// What becomes of the work on a member that goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LostWork {
    /// The invocation has failed.
    #[default]
    Fails,
    /// It begins again, from the last whole multiple of `checkpoint` of its work, or from the start.
    Requeued { checkpoint: Option<Span> },
}

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// Members by their time.
    Instances { minimum: Span, increment: Span },
    /// Members by their cores and memory, from their start, and by `storage` beyond what is included; `licensed`: their
    /// cores are metered for the operating system too.
    Tasks { minimum: Span, increment: Span, milli_vcpu: u32, storage: Size, licensed: bool },
    /// Members by their time, at a price that changes.
    Spot,
    /// Not the members, but what they run on.
    Elsewhere,
}

impl FleetSpec {
    /// Requests that one member works on at full speed.
    pub const fn slots(&self) -> u32 {
        match self.discipline {
            Discipline::Fcfs { workers } => workers,
            Discipline::ProcessorSharing { milli_cores, .. } => milli_cores.div_ceil(1_000),
        }
    }

    /// The same in thousandths.
    pub const fn milli_places(&self) -> u32 {
        match self.discipline {
            Discipline::Fcfs { workers } => workers.saturating_mul(1_000),
            Discipline::ProcessorSharing { milli_cores, .. } => milli_cores,
        }
    }

    /// Whether members come and go.
    pub fn changes(&self) -> bool {
        self.scaler.is_some() || self.hazards.interrupt() || self.hazards.maintenance.is_some()
    }
}

/// How one member works on what it has accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Discipline {
    /// `workers` requests at a time, first come first served; a worker is held for the whole duration.
    Fcfs { workers: u32 },
    /// All requests at once, each getting min(1, cores / n) of a core for its CPU work; `limit` is the most that are
    /// worked on at once.
    ProcessorSharing { milli_cores: u32, limit: Option<u32> },
}

/// How one function runs on a member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServedFunction {
    /// From the start of execution. Under processor sharing it is time in service, whatever share of a core that was.
    pub timeout: Option<Span>,
    /// CPU work is `duration * cpu` on a free core.
    pub cpu: f64,
    /// The rest, which needs no core: `duration * wait`.
    pub wait: f64,
}

impl ServedFunction {
    /// All of the duration is CPU work, and nothing stops it.
    pub const PLAIN: Self = Self { timeout: None, cpu: 1.0, wait: 0.0 };
}
