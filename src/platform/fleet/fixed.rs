//! A fleet whose workers are always the same and share one queue: when a request starts is known when it comes.
//!
//! The worker that is free first takes the request that has waited longest, so a heap of the times at which workers are
//! free decides everything (Kiefer and Wolfowitz, On the theory of queues with many servers, 1955), and no end of service
//! is ever an event. What it reports is the same, to the nanosecond, as what the fleet of events reports.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::engine::{Model, Rank, Schedule};
use crate::ids::FunctionId;
use crate::record::{Meters, Record};
use crate::rng::Seed;
use crate::units::SimTime;
use crate::workload::{FunctionInfo, Invocation};

use super::model::Fleet;
use super::{Discipline, FleetSpec};

impl FleetSpec {
    /// Workers, where nothing but the order of arrival decides which request they take next, and nobody is turned away.
    pub fn fixed_workers(&self) -> Option<u32> {
        let Discipline::Fcfs { workers } = self.discipline else { return None };
        let one_queue = self.size.initial == 1 || (self.size.initial > 1 && self.shared_queue);
        let changes = self.changes() || self.hazards.credits.is_some() || self.hosts.is_some();
        let fixed = one_queue && !changes && self.accept_queue.is_none() && self.patience.is_none();
        fixed.then(|| workers.max(1).checked_mul(self.size.initial)).flatten()
    }
}

/// Nothing is ever scheduled.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

/// See the [module](self).
#[derive(Debug)]
pub struct FixedFleet {
    /// What requests and members are, and what they are metered by.
    fleet: Fleet,
    workers: usize,
    members: u32,
    /// When workers are free that were not yet seen to be.
    busy_until: BinaryHeap<Reverse<SimTime>>,
    /// All workers are busy from here on, up to the earliest of `busy_until` at least.
    full_since: Option<SimTime>,
}

impl FixedFleet {
    /// `None` for a fleet that needs events. `end`: when arrivals stop, and the measurement with them.
    pub fn new(spec: &Arc<FleetSpec>, seed: Seed, end: SimTime) -> Option<Self> {
        let workers = spec.fixed_workers()? as usize;
        Some(Self {
            fleet: Fleet::new(Arc::clone(spec), seed, end),
            workers,
            members: spec.size.initial,
            busy_until: BinaryHeap::with_capacity(workers),
            full_since: None,
        })
    }

    /// Takes note of the function with the next index, and says how it is metered.
    pub fn admit(&mut self, id: FunctionId, function: &FunctionInfo) -> Meters {
        self.fleet.admit(id, function)
    }

    /// All workers have been busy until `at`, if they were.
    #[inline]
    fn no_longer_full<R: Record>(&mut self, at: SimTime, record: &mut R) {
        if let Some(since) = self.full_since.take() {
            record.saturated(since, at);
        }
    }
}

impl Model for FixedFleet {
    type Event = Never;

    fn arrival_rank(&self) -> Rank {
        Rank::ARRIVAL
    }

    #[inline]
    fn arrive<Q: Schedule<Never>, R: Record>(&mut self, invocation: &Invocation, _: &mut Q, record: &mut R) {
        let request = self.fleet.request(invocation);
        let (at, (service, fate)) = (request.arrived, request.service());
        let full = self.busy_until.len() == self.workers;
        if let Some(mut first) = self.busy_until.peek_mut().filter(|first| full && first.0 > at) {
            let start = first.0;
            *first = Reverse(start + service);
            drop(first);
            record.outcome(&request.served_alone(start, service, fate));
            return;
        }
        if let Some(Reverse(first)) = self.busy_until.peek() {
            if full {
                self.no_longer_full(*first, record);
            }
            while self.busy_until.peek().is_some_and(|first| first.0 <= at) {
                self.busy_until.pop();
            }
        }
        self.busy_until.push(Reverse(at + service));
        if self.busy_until.len() == self.workers {
            self.full_since = Some(at);
        }
        record.levels(at, self.busy_until.len() as u32, self.members);
        record.outcome(&request.served_alone(at, service, fate));
    }

    fn handle<Q: Schedule<Never>, R: Record>(&mut self, _: SimTime, event: Never, _: &mut Q, _: &mut R) {
        match event {}
    }

    fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        if let Some(Reverse(first)) = self.busy_until.peek() {
            self.no_longer_full(*first, record);
        }
        self.fleet.close(end, record);
    }
}
