//! How members come and go: drain, failure, interruption, maintenance, and the scaler that asks for it.

use crate::engine::{Rank, Schedule};
use crate::policy::hazard::Outage;
use crate::policy::scaling::{Bounds, Cause, Scaler};
use crate::record::Record;
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::units::{SimTime, Span};

use super::cores::Cores;
use super::credits::Burst;
use super::hosts::Hosting;
use super::launch::StandBy;
use super::member::{Member, State};
use super::model::{ENTITY, Event as FleetEvent, Fleet};
use super::spot::Supply;
use super::{Discipline, FleetSpec};

/// After the end of arrivals, requests that no member serves are given this long for one to come.
pub const PATIENCE: Span = Span::DAY;

/// What happens to members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The start of `member` is complete.
    Ready {
        member: u32,
        life: u32,
    },
    /// A server of the warm pool is set up.
    StandsBy {
        prepared: u32,
    },
    /// Time for `member` to have finished its work is over.
    DrainOver {
        member: u32,
        life: u32,
    },
    Fails {
        member: u32,
        life: u32,
    },
    Returns {
        member: u32,
        life: u32,
    },
    /// Maintenance of the member in this slot is due.
    Maintenance {
        slot: u32,
    },
    /// Step `index` of what the provider has.
    Supply {
        index: u32,
    },
    /// The provider gives notice to all members, and has room again.
    PoolGoes,
    PoolReturns,
    /// The provider gives notice to one member, and has room for another.
    Interrupted {
        member: u32,
        life: u32,
    },
    MachineReturns,
    /// A burstable member may have spent its credits.
    CreditsSpent {
        member: u32,
        life: u32,
    },
    /// The site goes or comes back.
    Outage {
        index: u32,
        begins: bool,
    },
    Tick,
    /// A tick between the regular ones.
    Wake,
    Nodes(super::hosts::Event),
}

/// The members of a fleet as a whole.
#[derive(Debug)]
pub struct Lifecycle {
    pub end: SimTime,
    pub starts: Stream,
    pub scaler: Option<Scaler>,
    /// The scaler has just asked for the change that is being carried out, and not by its timetable.
    pub asked: bool,
    /// Members that there should be.
    pub target: u32,
    pub supply: Supply,
    /// Up to when the members in service, and those that there should be, have been recorded.
    pub provided: SimTime,
    /// Running, whatever their state.
    pub existing: u32,
    pub standing_by: StandBy,
    free: Vec<u32>,
    woken: bool,
    /// What members run on, if that is not their own.
    pub hosting: Option<Box<Hosting>>,
}

impl Lifecycle {
    pub fn new(spec: &FleetSpec, seed: Seed, end: SimTime) -> Self {
        let stream = |purpose| seed.stream(Entity::named(ENTITY), purpose);
        let bounds = Bounds { least: spec.size.least, most: spec.size.most };
        let standing_by = spec.launch.warm_pool.as_ref().map_or(0, |pool| pool.size);
        Self {
            end,
            starts: stream(Purpose::Start),
            scaler: spec.scaler.as_ref().map(|scaler| Scaler::new(scaler, bounds)),
            asked: false,
            target: spec.size.initial,
            supply: Supply::new(&spec.hazards, seed),
            provided: SimTime::ZERO,
            existing: 0,
            standing_by: StandBy::new(standing_by),
            free: Vec::new(),
            woken: false,
            hosting: spec.hosts.as_ref().map(|hosts| Box::new(Hosting::new(hosts, spec.size.initial, seed))),
        }
    }
}

impl Fleet {
    /// The members that are there at the start.
    pub(super) fn start(&mut self) {
        for _ in 0..self.life.target.min(self.life.supply.most()) {
            let slot = self.slot();
            self.members[slot as usize].warm_at = SimTime::ZERO;
            match self.life.hosting {
                None => self.join(slot, SimTime::ZERO),
                Some(_) => self.start_hosted(slot),
            }
            self.life.existing += 1;
        }
    }

    /// A slot for a new member.
    pub(super) fn slot(&mut self) -> u32 {
        let slot = self.life.free.pop().unwrap_or_else(|| {
            self.members.push(Member::new(None));
            self.members.len() as u32 - 1
        });
        let cores = self.fresh_cores();
        let member = &mut self.members[slot as usize];
        member.taken = false;
        member.asked = false;
        member.cores = cores;
        let places = self.spec.milli_places();
        member.burst = self.spec.hazards.credits.map(|spec| Box::new(Burst::new(spec, places, SimTime::ZERO)));
        slot
    }

    /// Cores of a member that no event knows yet.
    pub(super) fn fresh_cores(&self) -> Option<Cores> {
        match self.spec.discipline {
            Discipline::Fcfs { .. } => None,
            Discipline::ProcessorSharing { milli_cores, .. } => Some(Cores::new(milli_cores)),
        }
    }

    /// The member in `slot` takes requests from `at` on.
    pub(super) fn join(&mut self, slot: u32, at: SimTime) {
        let member = &mut self.members[slot as usize];
        member.state = State::InService;
        member.position = self.rotation.len() as u32;
        member.ready = at;
        member.since = at;
        member.worked = 0;
        member.warm_at = member.warm_at.max(at);
        member.measured_from = member.measured_from.max(at);
        self.rotation.push(slot);
        self.loads.push(crate::policy::Load::default());
    }

    /// What the fleet does by itself from the start.
    pub(super) fn plan<Q: Schedule<FleetEvent>>(&mut self, queue: &mut Q) {
        if let Some(scaler) = &self.life.scaler {
            queue.schedule(SimTime::ZERO + scaler.period(), Rank::CONTROL, FleetEvent::Member(Event::Tick));
        }
        self.plan_nodes(queue);
        for slot in 0..self.members.len() as u32 {
            self.plan_chances(slot, SimTime::ZERO, queue);
        }
        if let Some(maintenance) = self.spec.hazards.maintenance {
            for Outage { host, drains, .. } in maintenance.outages().take(maintenance.hosts as usize) {
                self.plan_within(drains, Event::Maintenance { slot: host }, queue);
            }
        }
        self.plan_supply(queue);
        for index in 0..self.spec.hazards.outages.len() {
            let (from, to) = self.spec.hazards.outages[index];
            let outage = |begins| Event::Outage { index: index as u32, begins };
            self.plan_within(from, outage(true), queue);
            if from < self.life.end {
                queue.schedule(to, Rank::CONTROL, FleetEvent::Member(outage(false)));
            }
        }
    }

    /// Schedules what need not happen after the end of the window.
    pub(super) fn plan_within<Q: Schedule<FleetEvent>>(&self, at: SimTime, event: Event, queue: &mut Q) {
        if at < self.life.end {
            queue.schedule(at, Rank::CONTROL, FleetEvent::Member(event));
        }
    }

    /// What may befall a member that comes into service.
    pub(super) fn plan_chances<Q: Schedule<FleetEvent>>(&mut self, slot: u32, at: SimTime, queue: &mut Q) {
        self.plan_interruption(slot, at, queue);
        let Some(failures) = &self.spec.hazards.failures else { return };
        let fails = failures.next_failure(at, self.life.supply.failures_of(slot));
        let life = self.members[slot as usize].life;
        self.plan_within(fails, Event::Fails { member: slot, life }, queue);
    }

    pub(super) fn happens<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        at: SimTime,
        event: Event,
        queue: &mut Q,
        record: &mut R,
    ) {
        match event {
            Event::Ready { member, life } => self.ready((member, life), at, queue, record),
            Event::StandsBy { prepared } => self.stands_by(prepared, at, record),
            Event::DrainOver { member, life } => {
                if self.is_alive(member, life) {
                    self.lose(member, at, queue, record);
                }
            }
            Event::Fails { member, life } => self.fails((member, life), at, queue, record),
            Event::Returns { member, life } => self.returns((member, life), at, queue, record),
            Event::Maintenance { slot } => self.maintain(slot, at, queue, record),
            Event::Supply { index } => self.supply_changes(index, at, queue, record),
            Event::PoolGoes => self.pool_goes(at, queue, record),
            Event::PoolReturns => self.pool_returns(at, queue, record),
            Event::Interrupted { member, life } => self.interrupted((member, life), at, queue, record),
            Event::MachineReturns => self.machine_returns(at, queue, record),
            Event::CreditsSpent { member, life } => self.credits_spent((member, life), at, queue, record),
            Event::Outage { index: _, begins } => self.outage(begins, at, queue, record),
            Event::Tick => {
                self.tick(at, queue, record);
                self.plan_tick(at, queue);
            }
            Event::Wake => {
                self.life.woken = false;
                self.tick(at, queue, record);
            }
            Event::Nodes(event) => self.nodes_happen(at, event),
        }
        self.tend(at, queue, record);
    }

    pub(super) fn is_alive(&self, member: u32, life: u32) -> bool {
        let member = &self.members[member as usize];
        member.life == life && member.state != State::Gone
    }

    fn plan_tick<Q: Schedule<FleetEvent>>(&self, at: SimTime, queue: &mut Q) {
        let Some(scaler) = &self.life.scaler else { return };
        let next = at + scaler.period();
        let needed = self.busy + self.waiting > 0 && next < self.life.end + PATIENCE;
        if next < self.life.end || needed {
            queue.schedule(next, Rank::CONTROL, FleetEvent::Member(Event::Tick));
        }
    }

    /// A request waits and there is no member.
    pub(super) fn wake<Q: Schedule<FleetEvent>>(&mut self, at: SimTime, queue: &mut Q) {
        let asks = self.life.target == 0 && self.life.scaler.as_ref().is_some_and(Scaler::wakes_on_arrival);
        if asks && !self.life.woken {
            self.life.woken = true;
            queue.schedule(at, Rank::CONTROL, FleetEvent::Member(Event::Wake));
        }
    }

    fn tick<Q: Schedule<FleetEvent>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        for position in 0..self.rotation.len() {
            self.settle(self.rotation[position], at, record);
        }
        self.sense.until(at, self.busy + self.waiting);
        let sample = self.sense.sample(at, &mut self.members, self.spec.milli_places(), self.waiting);
        self.provide(at, record);
        let Some(scaler) = &mut self.life.scaler else { return };
        let decision = scaler.tick(&sample, self.life.target);
        self.life.target = decision.desired;
        self.life.asked = !matches!(decision.cause, Cause::Nothing | Cause::Schedule);
        self.resize(at, queue, record);
        self.life.asked = false;
    }

    /// Members that take requests or will.
    pub(super) fn planned(&self) -> u32 {
        let counts = |member: &&Member| match member.state {
            State::Launching | State::InService | State::Away => true,
            State::Leaving { comes_back } => comes_back,
            State::Gone => false,
        };
        self.members.iter().filter(counts).count() as u32
    }

    /// Launches what is missing, or lets go what is too much: what launches first, then the newest.
    pub(super) fn resize<Q: Schedule<FleetEvent>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        let supply = &self.life.supply;
        let wanted = self.life.target.saturating_sub(supply.withheld).min(supply.most());
        let mut planned = self.planned();
        while planned < wanted && at < self.life.end + PATIENCE {
            self.launch(at, queue);
            planned += 1;
        }
        while planned > wanted {
            let Some(member) = self.dispensable() else { return };
            match self.members[member as usize].state {
                State::Launching => self.remove(member, at, record),
                _ => self.leave(member, false, self.spec.drain, at, queue, record),
            }
            planned -= 1;
        }
    }

    pub(super) fn dispensable(&self) -> Option<u32> {
        let of = |wanted: State| {
            let those = self.members.iter().enumerate().filter(move |(_, member)| member.state == wanted);
            those.max_by_key(|(slot, member)| (member.launched, *slot)).map(|(slot, _)| slot as u32)
        };
        of(State::Launching).or_else(|| of(State::InService))
    }

    pub(super) fn rejoin<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        self.close_saturation(at, record);
        self.provide(at, record);
        self.join(member, at);
        self.open_saturation(at);
        record.levels(at, self.busy, self.life.existing);
        self.serve_common(at, queue, record);
    }

    /// Takes `member` out of rotation; it goes, or is away, when its work is done, or after `patience`.
    pub(super) fn leave<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        comes_back: bool,
        patience: Span,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if self.members[member as usize].state != State::InService {
            return;
        }
        self.settle(member, at, record);
        self.close_saturation(at, record);
        self.take_out(member, at, record);
        self.open_saturation(at);
        let here = &mut self.members[member as usize];
        here.state = State::Leaving { comes_back };
        here.asked = self.life.asked;
        let life = here.life;
        if !self.rest(member, at, queue, record) {
            queue.schedule(at + patience, Rank::CONTROL, FleetEvent::Member(Event::DrainOver { member, life }));
        }
    }

    pub(super) fn take_out<R: Record>(&mut self, member: u32, at: SimTime, record: &mut R) {
        self.provide(at, record);
        let position = self.members[member as usize].position as usize;
        self.rotation.remove(position);
        let load = self.loads.remove(position);
        self.full -= u32::from(load.serving >= self.capacity);
        for (position, slot) in self.rotation.iter().enumerate().skip(position) {
            self.members[*slot as usize].position = position as u32;
        }
        self.balance.left(position, self.loads.len());
    }

    /// A member that is leaving and has nothing more to do goes; whether it has gone.
    pub(super) fn rest<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) -> bool {
        let here = &self.members[member as usize];
        let State::Leaving { comes_back } = here.state else { return false };
        if here.serving() > 0 || !here.waiting.is_empty() {
            return false;
        }
        self.change_is_complete(member, at);
        if comes_back {
            self.away(member, at, queue, record);
        } else {
            self.remove(member, at, record);
            self.tend(at, queue, record);
        }
        true
    }

    /// The end of `member`, at which it has no work.
    pub(super) fn remove<R: Record>(&mut self, member: u32, at: SimTime, record: &mut R) {
        self.end_capacity(member, at, record);
        self.meter(member, at, self.members[member as usize].taken, record);
        self.members[member as usize].state = State::Gone;
        self.members[member as usize].life += 1;
        self.give_back(member);
        self.life.existing -= 1;
        self.life.free.push(member);
        record.levels(at, self.busy, self.life.existing);
    }

    /// The window has closed and nothing is left to do.
    pub(super) fn close_members<R: Record>(&mut self, end: SimTime, record: &mut R) {
        for request in std::mem::take(&mut self.common) {
            record.outcome(&request.dropped());
        }
        self.close_saturation(end, record);
        self.provide(end, record);
        for member in 0..self.members.len() as u32 {
            if self.members[member as usize].state != State::Gone {
                self.end_capacity(member, end, record);
                self.meter(member, end, false, record);
            }
        }
        self.meter_beside(end, record);
        // A fleet that nobody has called still has its members.
        record.levels(SimTime::from_ns(end.ns().saturating_sub(1)), self.busy, self.life.existing);
    }
}
