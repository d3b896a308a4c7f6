//! What takes members away, and what becomes of their work.

use crate::engine::{Rank, Schedule};
use crate::record::{Fate, Record};
use crate::units::{SimTime, Span};

use super::lifecycle::Event;
use super::member::State;
use super::model::{Event as FleetEvent, Fleet};
use super::request::Request;
use super::{Hazards, LostWork};

impl Hazards {
    /// When a fleet learns of each step of what the provider has: of less of it as long before as the notice says. A step
    /// at the start of time is known.
    pub(super) fn notices(&self) -> impl Iterator<Item = (u32, SimTime)> + '_ {
        let steps = self.supply.iter().enumerate().filter(|(_, (at, _))| *at > SimTime::ZERO);
        steps.map(|(index, (at, count))| {
            let before = index.checked_sub(1).map_or(u32::MAX, |before| self.supply[before].1);
            let notice = if *count < before { self.notice } else { Span::ZERO };
            (index as u32, SimTime::from_ns(at.ns().saturating_sub(notice.ns())))
        })
    }
}

impl Fleet {
    pub(super) fn fails<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        (member, life): (u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if !self.is_alive(member, life) {
            return;
        }
        let repair = self.spec.hazards.failure.as_ref().and_then(|failure| failure.repair.clone());
        let absence = repair.map(|repair| repair.sample(&mut self.life.failures));
        self.members[member as usize].absence = absence.unwrap_or(Span::ZERO);
        self.strike(member, absence.is_some(), at, queue, record);
        self.resize(at, queue, record);
    }

    /// `member` stops at once.
    fn strike<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        comes_back: bool,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        match self.members[member as usize].state {
            State::InService => {
                self.settle(member, at, record);
                self.close_saturation(at, record);
                self.take_out(member);
                self.open_saturation(at);
                self.members[member as usize].state = State::Leaving { comes_back };
                self.lose(member, at, queue, record);
            }
            State::Leaving { .. } => self.lose(member, at, queue, record),
            State::Launching if !comes_back => self.remove(member, at, record),
            State::Launching | State::Away | State::Gone => {}
        }
    }

    /// `member`, which is out of rotation, stops with what it has.
    pub(super) fn lose<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        self.settle(member, at, record);
        let here = &mut self.members[member as usize];
        // What was planned for its work is void, even if it comes back.
        here.life += 1;
        let mut interrupted = here.cores.as_mut().map_or_else(Vec::new, |cores| cores.evict(at));
        let in_workers = here.running.drain().map(|work| {
            let left = work.finish.since(at).min(work.request.work + work.request.wait);
            (work.request, work.started, left)
        });
        interrupted.extend(in_workers);
        let waiting: Vec<Request> = here.waiting.drain(..).collect();
        self.sense.until(at, self.busy + self.waiting);
        self.busy -= interrupted.len() as u32;
        self.waiting -= waiting.len() as u32;
        self.rest(member, at, queue, record);
        for (request, started, left) in interrupted {
            match self.spec.hazards.lost_work {
                LostWork::Fails => record.outcome(&request.served(started, at.since(started), Fate::Failed)),
                LostWork::Requeued { checkpoint } => {
                    let again = Request { offered: at, ..resumed(request, left, checkpoint) };
                    self.offer(again, queue, record);
                }
            }
        }
        for request in waiting {
            self.offer(Request { offered: at, ..request }, queue, record);
        }
    }

    /// Out of service until maintenance or repair is over.
    pub(super) fn away<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        member: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        self.end_capacity(member, at, record);
        let here = &mut self.members[member as usize];
        here.state = State::Away;
        // The end of its drain, if that was planned, is void.
        here.life += 1;
        let (life, length) = (here.life, here.absence);
        queue.schedule(at + length, Rank::CONTROL, FleetEvent::Member(Event::Returns { member, life }));
    }

    pub(super) fn returns<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        (member, life): (u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if self.is_alive(member, life) && self.members[member as usize].state == State::Away {
            self.end_capacity(member, at, record);
            self.rejoin(member, at, queue, record);
            self.plan_failure(member, at, queue);
        }
    }

    pub(super) fn maintain<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        slot: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let Some(maintenance) = self.spec.hazards.maintenance else { return };
        self.plan_within(at + maintenance.every, Event::Maintenance { slot }, queue);
        self.members[slot as usize].absence = maintenance.length;
        self.leave(slot, true, self.spec.drain, at, queue, record);
    }

    /// The provider takes back what it has no more: the newest first, each after its notice.
    pub(super) fn take_back<Q: Schedule<FleetEvent>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        while self.planned() > self.life.ceiling {
            let Some(member) = self.dispensable() else { break };
            match self.members[member as usize].state {
                State::Launching => self.remove(member, at, record),
                _ => {
                    self.members[member as usize].taken = true;
                    self.leave(member, false, self.spec.hazards.notice, at, queue, record);
                }
            }
        }
        self.resize(at, queue, record);
    }

    pub(super) fn outage<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        begins: bool,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if begins {
            self.life.ceiling = 0;
            for member in 0..self.members.len() as u32 {
                self.strike(member, false, at, queue, record);
            }
        } else {
            self.life.ceiling = self.spec.hazards.supply_at(at);
            self.resize(at, queue, record);
        }
    }
}

/// The rest of the work of `request`, from its last checkpoint on.
fn resumed(request: Request, left: Span, checkpoint: Option<Span>) -> Request {
    let whole = request.work + request.wait;
    let done = whole.ns().saturating_sub(left.ns());
    let kept = checkpoint.map_or(0, |checkpoint| done / checkpoint.ns().max(1) * checkpoint.ns());
    let of_work = request.work.ns().min(kept);
    let work = Span::from_ns(request.work.ns() - of_work);
    let wait = Span::from_ns(request.wait.ns().saturating_sub(kept - of_work));
    Request { work, wait, ..request }
}
