//! The fleet: servers, their queues, and the balancer before them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::billing::Meter;
use crate::engine::{EventQueue, Model, Rank};
use crate::policy::{Balance, Load};
use crate::record::{Fate, Record};
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::stats::Distribution;
use crate::units::{SimTime, Span};
use crate::workload::{FunctionInfo, Invocation};

use super::cores::{Cores, Departure};
use super::request::Request;
use super::slots::Slots;
use super::{Discipline, ServedFunction, ServersSpec};

/// Names the random streams, the same in every deployment, so that two fleets differ by what they are and not by luck.
const ENTITY: &str = "servers";

/// What a fleet schedules for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A worker of `server` is free again.
    Finished { server: u32 },
    /// A job may be due to leave the cores of `server`. May come early, never late.
    Due { server: u32 },
    /// The client whose request is kept in `slot` tries again; after the arrivals of that instant.
    Retry { slot: u32 },
}

/// A fixed number of equal servers behind one balancer.
#[derive(Debug)]
pub struct Servers {
    spec: Arc<ServersSpec>,
    functions: Vec<ServedFunction>,
    balance: Balance,
    /// `None`: no network, no draws.
    network: Option<(Distribution, Stream)>,
    retries: Stream,
    /// Requests whose clients wait to try again.
    retrying: Slots<Request>,
    service: Service,
    /// Requests that one server has in service at most.
    places: u32,
    /// Requests that one server holds beyond those at most.
    room: u32,
    loads: Vec<Load>,
    waiting: Vec<VecDeque<Request>>,
    /// By server: when the number of requests in service last changed.
    since: Vec<SimTime>,
    /// In service in the whole fleet.
    busy: u32,
}

/// What the discipline keeps by server.
#[derive(Debug)]
enum Service {
    /// The end of an execution is known when it begins: nothing to keep.
    Workers,
    Cores(Vec<Cores>),
}

impl Servers {
    /// `functions` by index; those that a trace discovers later are [admitted](Self::admit) in order.
    pub fn new(spec: Arc<ServersSpec>, functions: &[FunctionInfo], seed: Seed) -> Self {
        let stream = |purpose| seed.stream(Entity::named(ENTITY), purpose);
        let count = spec.count as usize;
        let (service, places) = match spec.discipline {
            Discipline::Fcfs { workers } => (Service::Workers, workers),
            Discipline::ProcessorSharing { cores, limit } => {
                let fleet = (0..count).map(|_| Cores::new(cores)).collect();
                (Service::Cores(fleet), limit.unwrap_or(u32::MAX))
            }
        };
        let no_network = spec.network == Distribution::Constant(Span::ZERO);
        let mut servers = Self {
            functions: Vec::with_capacity(functions.len()),
            balance: Balance::new(spec.balancer, stream(Purpose::Choice)),
            network: (!no_network).then(|| (spec.network.clone(), stream(Purpose::Network))),
            retries: stream(Purpose::Retry),
            retrying: Slots::default(),
            service,
            places: places.max(1),
            room: spec.accept_queue.unwrap_or(u32::MAX),
            loads: vec![Load::default(); count],
            waiting: vec![VecDeque::new(); count],
            since: vec![SimTime::ZERO; count],
            busy: 0,
            spec,
        };
        functions.iter().for_each(|function| servers.admit(function));
        servers
    }

    pub fn spec(&self) -> &ServersSpec {
        &self.spec
    }

    /// Takes note of the function with the next index.
    pub fn admit(&mut self, function: &FunctionInfo) {
        let served = self.spec.named.get(&function.name).unwrap_or(&self.spec.others);
        self.functions.push(*served);
    }

    #[inline]
    fn request(&mut self, invocation: &Invocation) -> Request {
        let function = self.functions[invocation.function.index()];
        Request {
            arrived: invocation.at,
            offered: invocation.at,
            work: scaled(invocation.duration, function.work_scale),
            timeout: function.timeout.unwrap_or(Span::MAX),
            network: self.network.as_mut().map_or(Span::ZERO, |(latency, stream)| latency.sample(stream)),
            function: invocation.function,
            attempt: 1,
        }
    }

    /// One attempt of a client, at `request.offered`.
    #[inline]
    fn offer<R: Record>(&mut self, request: Request, queue: &mut EventQueue<Event>, record: &mut R) {
        let server = self.balance.choose(&self.loads);
        let load = &mut self.loads[server];
        if load.serving < self.places {
            self.occupy(server, request.offered, record);
            self.begin(server, request, request.offered, queue, record);
        } else if load.waiting < self.room {
            load.waiting += 1;
            self.waiting[server].push_back(request);
        } else {
            self.refuse(request, queue, record);
        }
    }

    #[cold]
    fn refuse<R: Record>(&mut self, mut request: Request, queue: &mut EventQueue<Event>, record: &mut R) {
        let Some(wait) = self.spec.retry.wait_after(request.attempt, &mut self.retries) else {
            record.outcome(&request.dropped());
            return;
        };
        record.retried(request.function, request.arrived);
        request.attempt += 1;
        request.offered = request.offered + wait;
        let again = request.offered;
        let slot = self.retrying.insert(request);
        queue.schedule(again, Rank::ARRIVAL, Event::Retry { slot });
    }

    /// Starts `request` in a place that is already counted.
    #[inline]
    fn begin<R: Record>(
        &mut self,
        server: usize,
        request: Request,
        at: SimTime,
        queue: &mut EventQueue<Event>,
        record: &mut R,
    ) {
        match &mut self.service {
            Service::Workers => {
                let finish = work_off(&request, at, record);
                queue.schedule(finish, Rank::RELEASE, Event::Finished { server: index(server) });
            }
            Service::Cores(fleet) => {
                let cores = &mut fleet[server];
                let early = cores.depart(at);
                assert!(early.is_none(), "departures come before the arrivals of their instant");
                cores.begin(request, at);
                call(cores, server, queue);
            }
        }
    }

    /// A worker is free: it takes the request that has waited longest.
    #[inline]
    fn finished<R: Record>(&mut self, server: usize, at: SimTime, queue: &mut EventQueue<Event>, record: &mut R) {
        match self.next_waiting(server) {
            Some(request) => self.begin(server, request, at, queue, record),
            None => self.vacate(server, at, record),
        }
    }

    /// Everyone leaves who is due; those who wait take their places from the exact instant on.
    fn due<R: Record>(&mut self, server: usize, at: SimTime, queue: &mut EventQueue<Event>, record: &mut R) {
        loop {
            let Service::Cores(fleet) = &mut self.service else {
                return;
            };
            let Some(departure) = fleet[server].depart(at) else {
                call(&mut fleet[server], server, queue);
                return;
            };
            departed(&departure, at, record);
            match self.next_waiting(server) {
                Some(request) => self.begin_shared(server, request, at),
                None => self.vacate(server, at, record),
            }
        }
    }

    fn begin_shared(&mut self, server: usize, request: Request, at: SimTime) {
        if let Service::Cores(fleet) = &mut self.service {
            fleet[server].begin(request, at);
        }
    }

    #[inline]
    fn next_waiting(&mut self, server: usize) -> Option<Request> {
        let request = self.waiting[server].pop_front()?;
        self.loads[server].waiting -= 1;
        Some(request)
    }

    /// Where cores are shared: how many were at work on `server` since the number of its requests last changed.
    #[inline]
    fn record_cores<R: Record>(&mut self, server: usize, at: SimTime, record: &mut R) {
        if let Discipline::ProcessorSharing { cores, .. } = self.spec.discipline {
            record.cores(self.since[server], at, self.loads[server].serving.min(cores));
            self.since[server] = at;
        }
    }

    #[inline]
    fn occupy<R: Record>(&mut self, server: usize, at: SimTime, record: &mut R) {
        self.record_cores(server, at, record);
        self.loads[server].serving += 1;
        self.busy += 1;
        record.levels(at, self.busy, self.spec.count);
    }

    #[inline]
    fn vacate<R: Record>(&mut self, server: usize, at: SimTime, record: &mut R) {
        self.record_cores(server, at, record);
        self.busy -= 1;
        self.loads[server].serving -= 1;
    }
}

impl Model for Servers {
    type Event = Event;

    fn arrival_rank(&self) -> Rank {
        Rank::ARRIVAL
    }

    #[inline]
    fn arrive<R: Record>(&mut self, invocation: &Invocation, queue: &mut EventQueue<Event>, record: &mut R) {
        let request = self.request(invocation);
        self.offer(request, queue, record);
    }

    #[inline]
    fn handle<R: Record>(&mut self, at: SimTime, event: Event, queue: &mut EventQueue<Event>, record: &mut R) {
        match event {
            Event::Finished { server } => self.finished(server as usize, at, queue, record),
            Event::Due { server } => {
                if let Service::Cores(fleet) = &mut self.service {
                    fleet[server as usize].called();
                }
                self.due(server as usize, at, queue, record);
            }
            Event::Retry { slot } => {
                if let Some(request) = self.retrying.take(slot) {
                    self.offer(request, queue, record);
                }
            }
        }
    }

    /// Servers exist for the whole window, and are paid for at least as long as the provider's minimum.
    fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        for _ in 0..self.spec.count {
            record.instance(SimTime::ZERO, end, self.spec.slots(), self.spec.memory.mib());
        }
        // A fleet that nobody has called still has its servers.
        record.levels(SimTime::from_ns(end.ns().saturating_sub(1)), self.busy, self.spec.count);
        let billed = billed_until(end, &self.spec);
        record.meter(Meter::InstanceTime, end, billed, self.spec.count.into());
    }
}

/// Records an execution whose end is known at its start, and returns the end.
#[inline]
fn work_off<R: Record>(request: &Request, at: SimTime, record: &mut R) -> SimTime {
    let timed_out = request.work > request.timeout;
    let fate = if timed_out { Fate::TimedOut } else { Fate::Completed };
    let execution = request.work.min(request.timeout);
    let finish = at + execution;
    record.outcome(&request.served(at, execution, fate));
    finish
}

fn departed<R: Record>(departure: &Departure, at: SimTime, record: &mut R) {
    let fate = if departure.timed_out { Fate::TimedOut } else { Fate::Completed };
    record.outcome(&departure.request.served(departure.started, at.since(departure.started), fate));
}

/// Sees to it that the queue calls when the next job leaves.
fn call(cores: &mut Cores, server: usize, queue: &mut EventQueue<Event>) {
    if let Some(at) = cores.call_needed() {
        queue.schedule(at, Rank::RELEASE, Event::Due { server: index(server) });
    }
}

/// The index of a server fits, for their count did.
const fn index(server: usize) -> u32 {
    server as u32
}

/// `duration * scale` to the nearest nanosecond; exact below 104 days.
#[inline]
fn scaled(duration: Span, scale: f64) -> Span {
    if scale == 1.0 { duration } else { Span::from_ns((duration.ns() as f64 * scale + 0.5) as u64) }
}

fn billed_until(end: SimTime, spec: &ServersSpec) -> SimTime {
    let increment = spec.billing_increment.max(Span::from_ns(1));
    let least = end.since(SimTime::ZERO).max(spec.billing_minimum);
    SimTime::from_ns(least.increments(increment).saturating_mul(increment.ns()))
}
