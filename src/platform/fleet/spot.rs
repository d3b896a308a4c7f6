//! A provider that takes its capacity back: as it was recorded, or at random, a whole pool or one member at a time.
//!
//! From the notice on nothing new starts on what goes. What is still at work when the notice is over is lost, or begins
//! again elsewhere. A pool that has gone, or the machine that a single member had, cannot be had again until its outage is
//! over.

use crate::engine::{Rank, Schedule};
use crate::policy::hazard::{Interruption, Spot, Together};
use crate::record::Record;
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::units::{SimTime, Span};

use super::Hazards;
use super::lifecycle::{Event, PATIENCE};
use super::member::State;
use super::model::{ENTITY, Event as FleetEvent, Fleet};

/// What there is to be had, and the chances on which that depends. Each member has streams of its own, so what befalls one
/// does not depend on the others.
#[derive(Debug)]
pub struct Supply {
    seed: Seed,
    /// By slot.
    failures: Vec<Stream>,
    interruptions: Vec<Stream>,
    pool: Stream,
    /// What was recorded of the provider, at most.
    pub recorded: u32,
    pub pool_gone: bool,
    pub site_down: bool,
    /// Machines that single members had, and that cannot be had now.
    pub withheld: u32,
}

impl Supply {
    pub fn new(hazards: &Hazards, seed: Seed) -> Self {
        Self {
            seed,
            failures: Vec::new(),
            interruptions: Vec::new(),
            pool: stream(seed, "pool", 0),
            recorded: hazards.supply_at(SimTime::ZERO),
            pool_gone: false,
            site_down: false,
            withheld: 0,
        }
    }

    /// Members that there can be.
    pub const fn most(&self) -> u32 {
        if self.pool_gone || self.site_down { 0 } else { self.recorded }
    }

    pub fn failures_of(&mut self, slot: u32) -> &mut Stream {
        of_slot(&mut self.failures, slot, |slot| stream(self.seed, "failure", slot))
    }

    fn interruptions_of(&mut self, slot: u32) -> &mut Stream {
        of_slot(&mut self.interruptions, slot, |slot| stream(self.seed, "interruption", slot))
    }
}

fn stream(seed: Seed, what: &str, slot: u32) -> Stream {
    seed.stream(Entity::named(&format!("{ENTITY} {what} {slot}")), Purpose::Failure)
}

fn of_slot(streams: &mut Vec<Stream>, slot: u32, new: impl Fn(u32) -> Stream) -> &mut Stream {
    while streams.len() <= slot as usize {
        streams.push(new(streams.len() as u32));
    }
    &mut streams[slot as usize]
}

impl Hazards {
    /// When a fleet learns of each step of what the provider has: of less of it as long before as the notice says, though
    /// not before the step before. A step at the start of time is known.
    fn notices(&self) -> impl Iterator<Item = (u32, SimTime, bool)> + '_ {
        let steps = self.supply.as_ref().map_or(&[][..], |recorded| recorded.steps());
        let pairs = steps.windows(2).enumerate();
        pairs.map(|(before, pair)| {
            let ((earlier, more), (at, count)) = (pair[0], pair[1]);
            let notice = if count < more { self.notice } else { Span::ZERO };
            let notice = SimTime::from_ns(at.ns().saturating_sub(notice.ns()));
            (before as u32 + 1, notice.max(earlier), count > more)
        })
    }
}

impl Fleet {
    /// What the provider does by itself.
    pub(super) fn plan_supply<Q: Schedule<FleetEvent>>(&mut self, queue: &mut Q) {
        let end = self.life.end;
        for (index, at, more) in self.spec.hazards.notices() {
            // Work that waits at the end may still be served.
            if at < end || (more && at < end + PATIENCE) {
                queue.schedule(at, Rank::CONTROL, FleetEvent::Member(Event::Supply { index }));
            }
        }
        self.plan_pool(SimTime::ZERO, queue);
    }

    fn spot(&self, together: Together) -> Option<Spot> {
        self.spec.hazards.spot.clone().filter(|spot| spot.together == together)
    }

    fn plan_pool<Q: Schedule<FleetEvent>>(&mut self, at: SimTime, queue: &mut Q) {
        let Some(spot) = self.spot(Together::Pool) else { return };
        if let Some(Interruption { notice, .. }) = spot.next_interruption(at, &mut self.life.supply.pool) {
            self.plan_within(notice, Event::PoolGoes, queue);
        }
    }

    /// The hazard of a member that has just come.
    pub(super) fn plan_interruption<Q: Schedule<FleetEvent>>(&mut self, slot: u32, at: SimTime, queue: &mut Q) {
        let Some(spot) = self.spot(Together::One) else { return };
        let life = self.members[slot as usize].life;
        let next = spot.next_interruption(at, self.life.supply.interruptions_of(slot));
        if let Some(Interruption { notice, .. }) = next {
            self.plan_within(notice, Event::Interrupted { member: slot, life }, queue);
        }
    }

    pub(super) fn supply_changes<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        index: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if let Some(recorded) = &self.spec.hazards.supply {
            self.life.supply.recorded = recorded.steps()[index as usize].1;
            self.take_back(self.spec.hazards.notice, at, queue, record);
        }
    }

    pub(super) fn pool_goes<Q: Schedule<FleetEvent>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        let Some(spot) = self.spot(Together::Pool) else { return };
        self.life.supply.pool_gone = true;
        let back = at + spot.notice + spot.outage.sample(&mut self.life.supply.pool);
        queue.schedule(back, Rank::CONTROL, FleetEvent::Member(Event::PoolReturns));
        self.take_back(spot.notice, at, queue, record);
    }

    pub(super) fn pool_returns<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        self.life.supply.pool_gone = false;
        self.resize(at, queue, record);
        self.plan_pool(at, queue);
    }

    /// The provider gives notice to one member.
    pub(super) fn interrupted<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        (member, life): (u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let Some(spot) = self.spot(Together::One) else { return };
        if !self.is_alive(member, life) || self.members[member as usize].state != State::InService {
            return;
        }
        self.life.supply.withheld += 1;
        let outage = spot.outage.sample(self.life.supply.interruptions_of(member));
        let back = at + spot.notice + outage;
        queue.schedule(back, Rank::CONTROL, FleetEvent::Member(Event::MachineReturns));
        self.take(member, spot.notice, at, queue, record);
        self.resize(at, queue, record);
    }

    pub(super) fn machine_returns<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        self.life.supply.withheld -= 1;
        self.resize(at, queue, record);
    }

    /// The provider takes back what it has no more: the newest first, each after its notice.
    fn take_back<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        notice: Span,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        while self.planned() > self.life.supply.most() {
            let Some(member) = self.dispensable().or_else(|| self.coming_back()) else { break };
            self.take(member, notice, at, queue, record);
        }
        self.resize(at, queue, record);
    }

    fn take<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        notice: Span,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        self.members[member as usize].taken = true;
        record.interrupted(at);
        match self.members[member as usize].state {
            State::Launching | State::Away => self.remove(member, at, record),
            State::Leaving { .. } => self.leave_for_good(member, notice, at, queue),
            State::InService | State::Gone => self.leave(member, false, notice, at, queue, record),
        }
    }

    /// The newest of those that are out of service, or about to be, to come back.
    fn coming_back(&self) -> Option<u32> {
        let comes_back = |state: State| matches!(state, State::Away | State::Leaving { comes_back: true });
        let those = self.members.iter().enumerate().filter(|(_, member)| comes_back(member.state));
        those.max_by_key(|(slot, member)| (member.launched, *slot)).map(|(slot, _)| slot as u32)
    }

    /// `member` finishes its work for as long as the notice lets it, and does not come back.
    fn leave_for_good<Q: Schedule<FleetEvent>>(&mut self, member: u32, notice: Span, at: SimTime, queue: &mut Q) {
        let here = &mut self.members[member as usize];
        here.state = State::Leaving { comes_back: false };
        let life = here.life;
        queue.schedule(at + notice, Rank::CONTROL, FleetEvent::Member(Event::DrainOver { member, life }));
    }
}
