//! CPU credits of burstable members: what they may use, and what they owe.
//!
//! Credits follow the thousandths of cores at work, event by event and exactly. A standard member that has spent its
//! credits works at its baseline until no more than that is wanted. What an unlimited member owes at the end of the window
//! counts as charged, as at the end of its life. A fleet whose type earns no credits has none of this.

use crate::billing::Meter;
use crate::engine::{Rank, Schedule};
use crate::policy::{CreditLedger, CreditSpec, Credits};
use crate::record::Record;
use crate::units::SimTime;

use super::cores::Cores;
use super::lifecycle::Event;
use super::model::{Event as FleetEvent, Fleet};

/// Charges are metered when they have come to so much: often enough to fall into their month.
const STEP: Credits = Credits::whole(60);

/// Parts of credits in a base unit of the meter: a thousandth of a vCPU for 1 ms.
const UNIT: u128 = 1_000_000;

/// The credits of one member.
#[derive(Debug)]
pub struct Burst {
    ledger: CreditLedger,
    baseline: u32,
    /// All its cores, in thousandths; and those that it has now.
    full: u32,
    speed: u32,
    since: SimTime,
    /// Charges that have been metered, in parts.
    metered: u128,
    /// When the queue will look whether its credits are spent. Earlier looks are void.
    look: Option<SimTime>,
    closed: bool,
}

impl Burst {
    pub fn new(spec: CreditSpec, milli_cores: u32, at: SimTime) -> Self {
        Self {
            ledger: CreditLedger::new(spec),
            baseline: spec.baseline_milli_vcpu,
            full: milli_cores,
            speed: milli_cores,
            since: at,
            metered: 0,
            look: None,
            closed: false,
        }
    }

    /// It was launched at `at`, and earns from there on.
    pub const fn launched(&mut self, at: SimTime) {
        self.since = at;
    }

    /// It will begin anew with all its cores; what it was to look at is void.
    pub const fn rested(&mut self) {
        self.speed = self.full;
        self.look = None;
    }

    /// `working` thousandths of cores have been at work until `at`. Nothing is charged after `end`.
    #[cold]
    pub fn spend<R: Record>(&mut self, at: SimTime, working: u32, end: SimTime, record: &mut R) {
        let working = working.min(self.full);
        if at > end && !self.closed {
            self.advance(end, working);
            self.close(end, record);
        }
        self.advance(at, working);
        let charged = self.ledger.charged_surplus().parts();
        if !self.closed && charged >= self.metered + STEP.parts() {
            self.meter(charged, at, record);
        }
    }

    fn advance(&mut self, at: SimTime, working: u32) {
        self.ledger.advance(at.since(self.since), working);
        self.since = self.since.max(at);
    }

    /// The end of the member, or of the window: what it owes is charged.
    pub fn close<R: Record>(&mut self, at: SimTime, record: &mut R) {
        if !self.closed {
            let owed = self.ledger.charged_surplus().parts() + self.ledger.surplus().parts();
            self.meter(owed, at, record);
            self.closed = true;
        }
    }

    fn meter<R: Record>(&mut self, charged: u128, at: SimTime, record: &mut R) {
        let units = (charged + UNIT / 2) / UNIT - (self.metered + UNIT / 2) / UNIT;
        record.count(Meter::SurplusCredits, at, u64::try_from(units).unwrap_or(u64::MAX));
        self.metered = charged;
    }

    /// The cores that jobs which want `demand` get, and when that may change by itself.
    fn granted(&self, demand: u32, at: SimTime) -> (u32, Option<SimTime>) {
        if demand <= self.baseline {
            return (self.full, None);
        }
        match self.ledger.exhausted_in(demand) {
            Some(left) if left.ns() == 0 => (self.baseline, None),
            left => (self.full, left.map(|left| at + left)),
        }
    }
}

impl Fleet {
    /// Sees to it that the queue calls when the next job leaves the cores of `member`.
    #[inline]
    pub(super) fn jobs_changed<Q: Schedule<FleetEvent>>(&mut self, member: u32, at: SimTime, queue: &mut Q) {
        if self.members[member as usize].burst.is_some() {
            self.regulate(member, at, queue);
        }
        let here = &mut self.members[member as usize];
        if let Some(at) = here.cores.as_mut().and_then(Cores::call_needed) {
            queue.schedule(at, Rank::RELEASE, FleetEvent::Due { member, life: here.life });
        }
    }

    /// Sets the speed of `member`, whose jobs have changed at `at`.
    #[cold]
    pub(super) fn regulate<Q: Schedule<FleetEvent>>(&mut self, member: u32, at: SimTime, queue: &mut Q) {
        let here = &mut self.members[member as usize];
        let (Some(burst), Some(cores)) = (&mut here.burst, &mut here.cores) else { return };
        let demand = u32::try_from(cores.len() as u64 * 1_000).unwrap_or(u32::MAX).min(burst.full);
        let (speed, until) = burst.granted(demand, at);
        if speed != burst.speed {
            burst.speed = speed;
            cores.set_speed(speed, at);
        }
        let Some(until) = until.filter(|until| burst.look.is_none_or(|look| *until < look)) else { return };
        burst.look = Some(until);
        let life = here.life;
        queue.schedule(until, Rank::CONTROL, FleetEvent::Member(Event::CreditsSpent { member, life }));
    }

    /// The credits of `member` may be spent.
    pub(super) fn credits_spent<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        (member, life): (u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let here = &mut self.members[member as usize];
        let Some(burst) = here.burst.as_mut().filter(|burst| here.life == life && burst.look == Some(at)) else {
            return;
        };
        burst.look = None;
        self.settle(member, at, record);
        self.jobs_changed(member, at, queue);
    }
}
