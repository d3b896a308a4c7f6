//! How members start: all phases of a launch, or out of a warm pool.

use crate::engine::{Rank, Schedule};
use crate::policy::scaling::Scaler;
use crate::record::Record;
use crate::rng::Stream;
use crate::stats::Distribution;
use crate::units::{SimTime, Span};

use super::lifecycle::Event;
use super::member::State;
use super::model::{Event as FleetEvent, Fleet};
use super::slots::Slots;

/// Servers of a warm pool, by when billing of each began.
#[derive(Debug)]
pub struct StandBy {
    ready: Vec<SimTime>,
    prepared: Slots<SimTime>,
}

impl StandBy {
    /// So many are ready from the start.
    pub fn new(size: u32) -> Self {
        Self { ready: vec![SimTime::ZERO; size as usize], prepared: Slots::default() }
    }
}

fn draw(phases: &[Distribution], stream: &mut Stream) -> Span {
    phases.iter().fold(Span::ZERO, |sum, phase| sum + phase.sample(stream))
}

impl Fleet {
    pub(super) fn launch<Q: Schedule<FleetEvent>>(&mut self, at: SimTime, queue: &mut Q) {
        let slot = self.slot();
        self.members[slot as usize].asked = self.life.asked;
        self.life.existing += 1;
        if self.life.hosting.is_some() {
            return self.launch_hosted(slot, at, queue);
        }
        let launch = &self.spec.launch;
        let billed_from = at + draw(&launch.unbilled, &mut self.life.starts);
        let set_up = billed_from + draw(&launch.billed, &mut self.life.starts);
        let (mut started, mut paid_from) = (set_up, billed_from);
        if let (Some(pool), Some(since)) = (&launch.warm_pool, self.life.standing_by.ready.pop()) {
            // What takes its place in the pool goes through the phases; nobody sends it requests yet.
            let prepared = self.life.standing_by.prepared.insert(billed_from);
            queue.schedule(set_up, Rank::CONTROL, FleetEvent::Member(Event::StandsBy { prepared }));
            started = at + pool.start.sample(&mut self.life.starts);
            paid_from = if pool.running { since } else { at };
        }
        let ready = started + draw(&launch.registration, &mut self.life.starts);
        let member = &mut self.members[slot as usize];
        member.state = State::Launching;
        member.launched = at;
        member.billed_from = paid_from;
        if let Some(burst) = &mut member.burst {
            burst.launched(paid_from);
        }
        let life = member.life;
        queue.schedule(ready, Rank::CONTROL, FleetEvent::Member(Event::Ready { member: slot, life }));
    }

    pub(super) fn ready<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        (member, life): (u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if !self.is_alive(member, life) || self.members[member as usize].state != State::Launching {
            return;
        }
        let here = &mut self.members[member as usize];
        here.warm_at = at + self.spec.launch.warm_up;
        here.measured_from = here.warm_at + self.life.scaler.as_ref().map_or(Span::ZERO, Scaler::readiness_delay);
        if at > here.billed_from {
            record.instance(here.billed_from, at, 0, self.spec.memory.mib());
        }
        self.change_is_complete(member, at);
        self.rejoin(member, at, queue, record);
        self.plan_chances(member, at, queue);
    }

    /// `member` has come or gone; the scaler hears of it if it asked for that.
    pub(super) fn change_is_complete(&mut self, member: u32, at: SimTime) {
        if std::mem::take(&mut self.members[member as usize].asked) {
            self.sense.settled = Some(at);
        }
    }

    /// A server of the warm pool is set up. One that then stops has been paid for up to here.
    pub(super) fn stands_by<R: Record>(&mut self, prepared: u32, at: SimTime, record: &mut R) {
        let Some(since) = self.life.standing_by.prepared.take(prepared) else { return };
        if self.spec.launch.warm_pool.as_ref().is_some_and(|pool| !pool.running) {
            self.meter_prepared(since, at, record);
        }
        self.life.standing_by.ready.push(since);
    }

    /// The servers of the warm pool that are paid for at the end.
    pub(super) fn close_pool<R: Record>(&mut self, end: SimTime, record: &mut R) {
        let standing_by = &mut self.life.standing_by;
        let mut paid: Vec<SimTime> = standing_by.prepared.drain().collect();
        if self.spec.launch.warm_pool.as_ref().is_some_and(|pool| pool.running) {
            paid.append(&mut standing_by.ready);
        }
        for since in paid {
            self.meter_prepared(since, end, record);
        }
    }
}
