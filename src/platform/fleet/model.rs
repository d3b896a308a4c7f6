//! How a request goes through a fleet: the balancer, the queues, the service.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{Model, Rank, Schedule};
use crate::policy::{Balance, Load};
use crate::record::{Meters, Record};
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::stats::Distribution;
use crate::units::{SimTime, Span};
use crate::workload::{FunctionInfo, Invocation};

use super::cores::Departure;
use super::lifecycle::Lifecycle;
use super::member::{Member, Running, State};
use super::patience::Patience;
use super::request::Request;
use super::sense::Sense;
use super::slots::Slots;
use super::{Discipline, FleetSpec, ServedFunction};

/// Names the random streams, the same in every deployment, so that two fleets differ by what they are and not by luck.
pub const ENTITY: &str = "servers";

/// No slot: the end of this work is settled. No member: the queue before all of them.
pub(super) const NONE: u32 = u32::MAX;

/// What a fleet schedules for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A place of `member` is free again. `slot`: where what was done in it is kept, if its end was not certain.
    Finished { member: u32, life: u32, slot: u32 },
    /// A job may be due to leave the cores of `member`. May come early, never late.
    Due { member: u32, life: u32 },
    /// The client whose request is kept in `slot` tries again; after the arrivals of that instant.
    Retry { slot: u32 },
    /// The client whose request waits under `ticket` in `member`, or before all of them, has had enough.
    GivesUp { member: u32, ticket: u32 },
    /// What happens to members and not to requests.
    Member(super::lifecycle::Event),
}

/// Equal members behind one balancer.
#[derive(Debug)]
pub struct Fleet {
    pub(super) spec: Arc<FleetSpec>,
    pub(super) functions: Vec<ServedFunction>,
    pub(super) balance: Balance,
    /// `None`: no network, no draws.
    network: Option<(Distribution, Stream)>,
    /// `None`: clients wait for ever.
    pub(super) patience: Option<Patience>,
    pub(super) retries: Stream,
    /// Requests whose clients wait to try again.
    pub(super) retrying: Slots<Request>,
    /// Requests in service in one member at most.
    places: u32,
    /// Requests that keep a member at full speed.
    pub(super) capacity: u32,
    /// Requests that one queue holds at most.
    room: u32,
    /// Whether what workers do must be kept until it is done.
    pub(super) tracks: bool,
    pub(super) members: Vec<Member>,
    /// Those that take requests, and what the balancer sees of each.
    pub(super) rotation: Vec<u32>,
    pub(super) loads: Vec<Load>,
    /// Requests that wait before the fleet.
    pub(super) common: VecDeque<Request>,
    /// In service in the whole fleet.
    pub(super) busy: u32,
    /// In the system and not in service.
    pub(super) waiting: u32,
    /// Members in rotation that have no place left, and since when that are all of them.
    pub(super) full: u32,
    pub(super) full_since: SimTime,
    pub(super) offered_work: Work,
    pub(super) sense: Sense,
    pub(super) life: Lifecycle,
}

/// The service of all requests so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    requests: u64,
    ns: u128,
}

impl Work {
    /// Seconds; zero before the first request.
    pub(super) fn mean(self) -> f64 {
        self.ns as f64 / self.requests.max(1) as f64 / 1e9
    }
}

impl Fleet {
    /// `end`: when arrivals stop, and the measurement with them.
    pub fn new(spec: Arc<FleetSpec>, seed: Seed, end: SimTime) -> Self {
        let stream = |purpose| seed.stream(Entity::named(ENTITY), purpose);
        let places = match spec.discipline {
            Discipline::Fcfs { workers } => workers,
            Discipline::ProcessorSharing { limit, .. } => limit.unwrap_or(u32::MAX),
        };
        let no_network = spec.network == Distribution::Constant(Span::ZERO);
        let mut fleet = Self {
            functions: Vec::new(),
            balance: Balance::new(spec.balancer, stream(Purpose::Choice)),
            network: (!no_network).then(|| (spec.network.clone(), stream(Purpose::Network))),
            patience: spec.patience.as_ref().map(|length| Patience::new(length, stream(Purpose::Patience))),
            retries: stream(Purpose::Retry),
            retrying: Slots::default(),
            places: places.max(1),
            capacity: spec.slots().min(places).max(1),
            room: spec.accept_queue.unwrap_or(u32::MAX),
            tracks: spec.changes() || spec.hazards.credits.is_some(),
            members: Vec::new(),
            rotation: Vec::new(),
            loads: Vec::new(),
            common: VecDeque::new(),
            busy: 0,
            waiting: 0,
            full: 0,
            full_since: SimTime::ZERO,
            offered_work: Work::default(),
            sense: Sense::new(&spec),
            life: Lifecycle::new(&spec, seed, end),
            spec,
        };
        fleet.start();
        fleet
    }

    /// Takes note of the function with the next index, and says how it is metered.
    pub fn admit(&mut self, _: crate::ids::FunctionId, function: &FunctionInfo) -> Meters {
        let served = self.spec.named.get(&function.name).unwrap_or(&self.spec.others);
        self.functions.push(*served);
        Meters { memory_mib: self.spec.memory.mib(), slots: self.spec.slots(), ..Meters::default() }
    }

    #[inline]
    pub(super) fn request(&mut self, invocation: &Invocation) -> Request {
        let network = self.network.as_mut().map_or(Span::ZERO, |(latency, stream)| latency.sample(stream));
        Request::new(invocation, &self.functions[invocation.function.index()], network)
    }

    /// One attempt of a client, at `request.offered`.
    #[inline]
    pub(super) fn offer<Q: Schedule<Event>, R: Record>(&mut self, mut request: Request, queue: &mut Q, record: &mut R) {
        if self.spec.shared_queue {
            return self.offer_shared(request, queue, record);
        }
        if self.loads.is_empty() {
            return self.refuse(request, queue, record);
        }
        let position = self.choose(request.offered);
        let load = &mut self.loads[position];
        let member = self.rotation[position];
        if load.serving < self.places {
            self.occupy(member, request.offered, record);
            self.begin(member, request, request.offered, queue, record);
        } else if load.waiting < self.room {
            load.waiting += 1;
            self.waits(request.offered, 1);
            self.plan_giving_up(&mut request, member, queue);
            self.members[member as usize].waiting.push_back(request);
        } else {
            self.refuse(request, queue, record);
        }
    }

    fn offer_shared<Q: Schedule<Event>, R: Record>(&mut self, mut request: Request, queue: &mut Q, record: &mut R) {
        let free = self.balance.choose_with_room(&self.loads, self.places);
        if let Some(position) = free {
            let member = self.rotation[position];
            self.occupy(member, request.offered, record);
            self.begin(member, request, request.offered, queue, record);
        } else if self.common.len() < self.room as usize {
            request.cold = self.rotation.is_empty();
            self.waits(request.offered, 1);
            self.plan_giving_up(&mut request, NONE, queue);
            self.common.push_back(request);
            self.wake(request.offered, queue);
        } else {
            self.refuse(request, queue, record);
        }
    }

    #[inline]
    fn choose(&mut self, at: SimTime) -> usize {
        let position = self.balance.choose(&self.loads);
        if self.spec.slow_start.length > Span::ZERO { self.ramp(position, at) } else { position }
    }

    /// A member that has just come passes on what exceeds its share of the moment; where all have, somebody has to take it.
    #[cold]
    fn ramp(&mut self, mut position: usize, at: SimTime) -> usize {
        for _ in 0..self.loads.len() {
            let ready = self.members[self.rotation[position] as usize].ready;
            if self.balance.accepts(self.spec.slow_start.weight(at.since(ready))) {
                break;
            }
            position = self.balance.choose(&self.loads);
        }
        position
    }

    /// Starts `request` in a place that is already counted.
    #[inline]
    fn begin<Q: Schedule<Event>, R: Record>(
        &mut self,
        member: u32,
        request: Request,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if self.members[member as usize].cores.as_mut().is_some_and(|cores| cores.is_due(at)) {
            // Of several that begin at one instant, a first one may have nothing to do.
            self.due(member, at, queue, record);
        }
        let (tracks, here) = (self.tracks, &mut self.members[member as usize]);
        let life = here.life;
        if let Some(cores) = &mut here.cores {
            cores.begin(request, at);
            self.jobs_changed(member, at, queue);
            return;
        }
        let (service, fate) = request.service();
        let finish = at + service;
        let slot = if tracks {
            here.running.insert(Running { request, started: at, finish, fate })
        } else {
            record.outcome(&request.served_alone(at, service, fate));
            NONE
        };
        queue.schedule(finish, Rank::RELEASE, Event::Finished { member, life, slot });
    }

    /// A worker is free: it takes the request that has waited longest.
    #[inline]
    fn finished<Q: Schedule<Event>, R: Record>(
        &mut self,
        (member, life, slot): (u32, u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if slot != NONE {
            if self.members[member as usize].life != life {
                return;
            }
            if self.members[member as usize].cores.is_some() {
                // Whoever leaves them at this instant goes first: a request that takes the free place finds them up to date.
                self.due(member, at, queue, record);
            }
            self.settle(member, at, record);
            let Some(done) = self.members[member as usize].running.take(slot) else { return };
            record.outcome(&done.request.served(done.started, at.since(done.started), done.fate));
        }
        self.next_or_vacate(member, at, queue, record);
    }

    /// A place of `member` is free at `at`.
    #[inline]
    fn next_or_vacate<Q: Schedule<Event>, R: Record>(
        &mut self,
        member: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        match self.next_waiting(member, at) {
            Some(request) => self.begin(member, request, at, queue, record),
            None => {
                self.vacate(member, at, record);
                self.rest(member, at, queue, record);
            }
        }
    }

    /// Everyone leaves who is due; those who wait take their places from the exact instant on.
    pub(super) fn due<Q: Schedule<Event>, R: Record>(
        &mut self,
        member: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        loop {
            self.settle(member, at, record);
            let here = &mut self.members[member as usize];
            let life = here.life;
            let Some(cores) = &mut here.cores else { return };
            let Some(departure) = cores.depart(at) else {
                self.jobs_changed(member, at, queue);
                return;
            };
            let (finish, fate) = departure.end(at);
            let Departure { request, started, .. } = departure;
            if finish > at {
                let slot = here.running.insert(Running { request, started, finish, fate });
                queue.schedule(finish, Rank::RELEASE, Event::Finished { member, life, slot });
                continue;
            }
            record.outcome(&request.served(started, at.since(started), fate));
            match self.next_waiting(member, at) {
                Some(request) => {
                    if let Some(cores) = &mut self.members[member as usize].cores {
                        cores.begin(request, at);
                    }
                }
                None => {
                    self.vacate(member, at, record);
                    if self.rest(member, at, queue, record) {
                        return;
                    }
                }
            }
        }
    }

    #[inline]
    fn next_waiting(&mut self, member: u32, at: SimTime) -> Option<Request> {
        let here = &mut self.members[member as usize];
        let request = match here.waiting.pop_front() {
            Some(request) => {
                if here.state == State::InService {
                    self.loads[here.position as usize].waiting -= 1;
                }
                request
            }
            None if here.state == State::InService => self.common.pop_front()?,
            None => return None,
        };
        self.waits(at, -1);
        Some(request)
    }

    /// A member has come: it takes what waits before the fleet.
    pub(super) fn serve_common<Q: Schedule<Event>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        while !self.common.is_empty() {
            let Some(position) = self.balance.choose_with_room(&self.loads, self.places) else { return };
            let member = self.rotation[position];
            let Some(request) = self.common.pop_front() else { return };
            self.waits(at, -1);
            self.occupy(member, at, record);
            self.begin(member, request, at, queue, record);
        }
    }

    /// `change` requests more wait.
    #[inline]
    pub(super) fn waits(&mut self, at: SimTime, change: i32) {
        self.sense.until(at, self.busy + self.waiting);
        self.waiting = self.waiting.wrapping_add_signed(change);
    }

    /// Brings what is measured of `member` up to `at`, before what it does changes.
    #[inline]
    pub(super) fn settle<R: Record>(&mut self, member: u32, at: SimTime, record: &mut R) {
        let here = &mut self.members[member as usize];
        if here.since == at {
            return;
        }
        let working = match &here.cores {
            Some(cores) => {
                let working = cores.working();
                record.cores(here.since, at, working, cores.short());
                working
            }
            None if self.tracks => here.running.len() as u32 * 1_000,
            None => return,
        };
        if let Some(burst) = &mut here.burst {
            burst.spend(at, working, self.life.end, record);
        }
        here.worked += u128::from(at.since(here.since.max(here.measured_from)).ns()) * u128::from(working);
        here.since = at;
    }

    #[inline]
    fn occupy<R: Record>(&mut self, member: u32, at: SimTime, record: &mut R) {
        self.settle(member, at, record);
        self.sense.until(at, self.busy + self.waiting);
        let position = self.members[member as usize].position as usize;
        let load = &mut self.loads[position];
        load.serving += 1;
        if load.serving == self.capacity {
            self.full += 1;
            if self.full as usize == self.loads.len() {
                self.full_since = at;
            }
        }
        self.busy += 1;
        record.levels(at, self.busy, self.life.existing);
    }

    #[inline]
    fn vacate<R: Record>(&mut self, member: u32, at: SimTime, record: &mut R) {
        self.settle(member, at, record);
        self.sense.until(at, self.busy + self.waiting);
        self.busy -= 1;
        let here = &self.members[member as usize];
        if here.state != State::InService {
            return;
        }
        let members = self.loads.len();
        let load = &mut self.loads[here.position as usize];
        if load.serving == self.capacity {
            if self.full as usize == members {
                record.saturated(self.full_since, at);
            }
            self.full -= 1;
        }
        load.serving -= 1;
    }
}

impl Model for Fleet {
    type Event = Event;

    fn arrival_rank(&self) -> Rank {
        Rank::ARRIVAL
    }

    fn open<Q: Schedule<Event>>(&mut self, queue: &mut Q) {
        self.plan(queue);
    }

    #[inline]
    fn arrive<Q: Schedule<Event>, R: Record>(&mut self, invocation: &Invocation, queue: &mut Q, record: &mut R) {
        let request = self.request(invocation);
        self.sense.arrivals += 1;
        self.offered_work.requests += 1;
        self.offered_work.ns += u128::from((request.work + request.wait).ns());
        self.offer(request, queue, record);
    }

    #[inline]
    fn handle<Q: Schedule<Event>, R: Record>(&mut self, at: SimTime, event: Event, queue: &mut Q, record: &mut R) {
        match event {
            Event::Finished { member, life, slot } => self.finished((member, life, slot), at, queue, record),
            Event::Due { member, life } => {
                let here = &mut self.members[member as usize];
                if here.life == life
                    && let Some(cores) = &mut here.cores
                {
                    cores.called();
                    self.due(member, at, queue, record);
                }
            }
            Event::Retry { slot } => {
                if let Some(request) = self.retrying.take(slot) {
                    self.offer(request, queue, record);
                }
            }
            Event::GivesUp { member, ticket } => self.gives_up(member, ticket, at, queue, record),
            Event::Member(event) => self.happens(at, event, queue, record),
        }
    }

    fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        self.close_members(end, record);
    }
}
