//! Failures, maintenance and outages, and what becomes of the work of members that go.

use crate::engine::{Rank, Schedule};
use crate::record::{Fate, Record};
use crate::units::{SimTime, Span};

use super::LostWork;
use super::lifecycle::Event;
use super::member::State;
use super::model::{Event as FleetEvent, Fleet};
use super::request::Request;

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
        let Some(failures) = &self.spec.hazards.failures else { return };
        let repair = failures.draw_repair(self.life.supply.failures_of(member));
        self.members[member as usize].back = at + repair.unwrap_or(Span::ZERO);
        self.strike(member, repair.is_some(), at, queue, record);
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
        let here = &self.members[member as usize];
        if !here.taken && !matches!(here.state, State::Away | State::Gone) {
            record.interrupted(at);
        }
        match self.members[member as usize].state {
            State::InService => {
                self.settle(member, at, record);
                self.close_saturation(at, record);
                self.take_out(member, at, record);
                self.open_saturation(at);
                self.members[member as usize].state = State::Leaving { comes_back };
                self.lose(member, at, queue, record);
            }
            State::Leaving { .. } => self.lose(member, at, queue, record),
            State::Launching if !comes_back => self.remove(member, at, record),
            // Whoever is away comes back when its own time and that of the site are over.
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
        let on_cores = here.cores.as_mut().map_or_else(Vec::new, |cores| cores.evict(at));
        // What a job has left is its CPU work and all that needs no core.
        let on_cores = on_cores.into_iter().map(|(request, started, left)| (request, started, left + request.wait));
        let mut interrupted: Vec<(Request, SimTime, Span)> = on_cores.collect();
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
                LostWork::Fails => {
                    record.lost(at, done(&request, left), false);
                    record.outcome(&request.served(started, at.since(started), Fate::Failed));
                }
                LostWork::Requeued { checkpoint } => {
                    let kept = kept(&request, left, checkpoint);
                    record.lost(at, Span::from_ns(done(&request, left).ns() - kept.ns()), true);
                    self.offer(Request { offered: at, ..resumed(request, kept) }, queue, record);
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
        let fresh = self.fresh_cores();
        let here = &mut self.members[member as usize];
        here.state = State::Away;
        // The end of its drain, if that was planned, is void, and so are calls to its cores.
        here.life += 1;
        here.cores = fresh;
        if let Some(burst) = &mut here.burst {
            burst.rested();
        }
        let (life, back) = (here.life, here.back.max(at));
        queue.schedule(back, Rank::CONTROL, FleetEvent::Member(Event::Returns { member, life }));
    }

    /// Maintenance or repair of `member` is over. While the site is down it stays away.
    pub(super) fn returns<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        (member, life): (u32, u32),
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let away = self.is_alive(member, life) && self.members[member as usize].state == State::Away;
        if away && !self.life.supply.site_down {
            self.end_capacity(member, at, record);
            self.rejoin(member, at, queue, record);
            self.plan_chances(member, at, queue);
        }
    }

    /// The site is up again: so are members that are away and need not be.
    fn return_overdue<Q: Schedule<FleetEvent>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        for member in 0..self.members.len() as u32 {
            let here = &self.members[member as usize];
            if here.state == State::Away && here.back <= at {
                self.returns((member, here.life), at, queue, record);
            }
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
        self.plan_within(at + maintenance.period, Event::Maintenance { slot }, queue);
        let Some(member) = self.members.get_mut(slot as usize).filter(|member| member.state == State::InService) else {
            return;
        };
        member.back = at + maintenance.drain + maintenance.work;
        self.leave(slot, true, maintenance.drain, at, queue, record);
    }

    pub(super) fn outage<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        begins: bool,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if begins {
            self.life.supply.site_down = true;
            for member in 0..self.members.len() as u32 {
                self.strike(member, false, at, queue, record);
            }
        } else {
            self.life.supply.site_down = false;
            self.return_overdue(at, queue, record);
            self.resize(at, queue, record);
        }
    }
}

/// The service that `request` has had of what it came with.
fn done(request: &Request, left: Span) -> Span {
    Span::from_ns((request.work + request.wait).ns().saturating_sub(left.ns()))
}

/// What its last checkpoint keeps of that.
fn kept(request: &Request, left: Span, checkpoint: Option<Span>) -> Span {
    let done = done(request, left).ns();
    Span::from_ns(checkpoint.map_or(0, |checkpoint| done / checkpoint.ns().max(1) * checkpoint.ns()))
}

/// The rest of the work of `request`, of which so much is kept.
fn resumed(request: Request, kept: Span) -> Request {
    let of_work = request.work.ns().min(kept.ns());
    let work = Span::from_ns(request.work.ns() - of_work);
    let wait = Span::from_ns(request.wait.ns().saturating_sub(kept.ns() - of_work));
    Request { work, wait, ..request }
}
