//! Provisioned concurrency of one pool: instances that are there by the clock, whether they are used or not.
//!
//! What is asked for is paid from that instant on and there when its allocation ends; what is no longer asked for is paid until
//! then, and goes as soon as nothing runs on it. What was asked for last goes first.

use std::sync::Arc;

use crate::billing::Meter;
use crate::engine::{Rank, Schedule};
use crate::record::{Held, Record};
use crate::units::{SimTime, Span};

use super::instance::{Instance, Taken};
use super::pool::Pool;
use super::{Allocation, Event, Provisioned};

#[derive(Clone, Debug)]
pub struct Standby {
    /// The first so many numbers of the slab are its own, whether an instance has them or not.
    slots: u32,
    /// Instances with room, the latest used on top.
    with_room: Vec<u32>,
    /// Numbers that no instance has.
    vacant: Vec<u32>,
    /// What is being allocated: number of the request, instances.
    coming: Vec<(u32, u32)>,
    requests: u32,
    /// Instances that take nothing new, and go as soon as nothing runs on them.
    leaving: Vec<u32>,
    /// What is paid: since when, how many; the latest last.
    leases: Vec<(SimTime, u32)>,
    changes: Arc<[(SimTime, u32)]>,
    next: usize,
}

impl Standby {
    pub fn new(provisioned: &Provisioned) -> Self {
        let slots = provisioned.most();
        let first = (provisioned.first > 0).then_some((SimTime::ZERO, provisioned.first));
        Self {
            slots,
            with_room: (0..provisioned.first).collect(),
            vacant: (provisioned.first..slots).rev().collect(),
            coming: Vec::new(),
            requests: 0,
            leaving: Vec::new(),
            leases: first.into_iter().collect(),
            changes: Arc::clone(&provisioned.changes),
            next: 0,
        }
    }

    /// Whether the instance with this number is provisioned.
    #[inline(always)]
    pub const fn has(&self, instance: u32) -> bool {
        instance < self.slots
    }

    /// Instances that are there.
    pub fn present(&self) -> u32 {
        self.slots - self.vacant.len() as u32
    }

    /// When the next change of their number is due.
    pub fn next_change(&self) -> Option<SimTime> {
        self.changes.get(self.next).map(|(at, _)| *at)
    }

    fn level(&self) -> u32 {
        self.leases.iter().map(|(_, count)| count).sum()
    }

    /// Of what is being allocated, at most `count` is given up, the latest first. Returns how many that was.
    fn give_up(&mut self, count: u32) -> u32 {
        let mut left = count;
        while let Some((_, coming)) = self.coming.last_mut().filter(|_| left > 0) {
            let cut = left.min(*coming);
            (*coming, left) = (*coming - cut, left - cut);
            if *coming == 0 {
                self.coming.pop();
            }
        }
        count - left
    }

    /// Ends the leases of `count` instances at `now`, the latest first.
    fn end_leases<R: Record>(&mut self, now: SimTime, count: u32, paid: &Paid, record: &mut R) {
        let mut left = count;
        while let Some((from, held)) = self.leases.last_mut().filter(|_| left > 0) {
            let ended = left.min(*held);
            paid.meter(*from, now, ended, record);
            (*held, left) = (*held - ended, left - ended);
            if *held == 0 {
                self.leases.pop();
            }
        }
    }
}

/// How provisioned concurrency is paid.
#[derive(Clone, Copy, Debug)]
pub struct Paid {
    /// Each lease is paid in whole increments.
    pub increment: Span,
    pub memory_mib: u64,
    /// The lease is over; else the run is.
    pub over: bool,
}

impl Paid {
    fn meter<R: Record>(&self, from: SimTime, until: SimTime, instances: u32, record: &mut R) {
        let increment = self.increment.ns().max(1);
        let paid = until.since(from).ns().div_ceil(increment).saturating_mul(increment);
        let billed_until = from + Span::from_ns(paid);
        // What a lease that is over was rounded up to comes again each month; what only the window cuts does not.
        let until = if self.over { billed_until } else { until };
        let held = Held { from, until, billed_until };
        record.meter(Meter::ProvisionedConcurrency, held, u64::from(instances) * self.memory_mib);
    }
}

impl Pool {
    /// The instances that are there from the start.
    pub(super) fn stand_by(&mut self) {
        for _ in 0..self.standby.slots {
            self.created += 1;
            self.instances.push(Instance::new(SimTime::ZERO, Span::ZERO, self.created, 0));
        }
        self.alive += self.standby.present();
    }

    /// A free provisioned instance takes an invocation.
    #[inline(always)]
    pub fn take_provisioned(&mut self, now: SimTime) -> Option<Taken> {
        let instance = self.standby.with_room.pop()?;
        let held = &mut self.instances[instance as usize];
        held.active += 1;
        if held.active < self.concurrency {
            self.standby.with_room.push(instance);
        }
        self.wake(now);
        Some(Taken { instance, wait: Span::ZERO, init: Span::ZERO, cold: false, provisioned: true })
    }

    /// A provisioned instance has completed an invocation at `now`.
    #[inline]
    pub(super) fn stands_by_again<R: Record>(&mut self, instance: u32, was_full: bool, now: SimTime, record: &mut R) {
        let leaving = self.standby.leaving.iter().position(|slot| *slot == instance);
        match leaving {
            None if was_full => self.standby.with_room.push(instance),
            None => {}
            Some(place) if self.instances[instance as usize].active == 0 => {
                self.standby.leaving.swap_remove(place);
                self.stand_down(instance, now, record);
            }
            Some(_) => {}
        }
    }

    /// Plans the next change, unless it comes after the run.
    pub fn plan_change<Q: Schedule<Event>>(&self, end: SimTime, queue: &mut Q) {
        if let Some(at) = self.standby.next_change().filter(|at| *at < end) {
            queue.schedule(at, Rank::CONTROL, Event::Provision { pool: self.id });
        }
    }

    /// The number that is asked for changes at `now`. Returns by how much.
    pub fn provision<Q: Schedule<Event>, R: Record>(
        &mut self,
        now: SimTime,
        allocation: Allocation,
        increment: Span,
        queue: &mut Q,
        record: &mut R,
    ) -> i64 {
        let before = self.standby.level();
        let level = self.standby.changes[self.standby.next].1;
        self.standby.next += 1;
        if level > before {
            let more = level - before;
            self.standby.leases.push((now, more));
            let stay = self.stay(more);
            if more > stay {
                let request = self.standby.requests;
                self.standby.requests += 1;
                self.standby.coming.push((request, more - stay));
                let event = Event::Provisioned { pool: self.id, request };
                queue.schedule(now + allocation.takes(more - stay), Rank::CONTROL, event);
            }
        } else {
            let fewer = before - level;
            self.standby.end_leases(now, fewer, &Paid { increment, memory_mib: self.memory_mib, over: true }, record);
            let present = fewer - self.standby.give_up(fewer);
            self.leave(present, now, record);
        }
        i64::from(level) - i64::from(before)
    }

    /// What `request` asked for is there, unless it was given up since.
    pub fn provisioned<R: Record>(&mut self, now: SimTime, request: u32, record: &mut R) {
        let Some(position) = self.standby.coming.iter().position(|(number, _)| *number == request) else { return };
        let (_, count) = self.standby.coming.remove(position);
        for _ in 0..count {
            let Some(slot) = self.standby.vacant.pop() else { break };
            self.created += 1;
            self.alive += 1;
            let epoch = self.instances[slot as usize].epoch.wrapping_add(1);
            self.instances[slot as usize] = Instance::new(now, Span::ZERO, self.created, epoch);
            self.standby.with_room.push(slot);
        }
        record.levels(now, self.running, self.alive);
    }

    /// So many instances go: the longest unused of the idle ones now, others when they are idle.
    fn leave<R: Record>(&mut self, count: u32, now: SimTime, record: &mut R) {
        let standby = &self.standby;
        let stays = |slot: &u32| !standby.vacant.contains(slot) && !standby.leaving.contains(slot);
        // A full one is not among those with room, and the latest used are the last of these.
        let full = (0..standby.slots).filter(|slot| stays(slot) && !standby.with_room.contains(slot));
        let mut all: Vec<u32> = standby.with_room.iter().copied().chain(full).collect();
        all.sort_by_key(|slot| self.instances[*slot as usize].active > 0);
        for slot in all.into_iter().take(count as usize) {
            match self.instances[slot as usize].active {
                0 => self.stand_down(slot, now, record),
                _ => {
                    self.standby.with_room.retain(|other| *other != slot);
                    self.standby.leaving.push(slot);
                }
            }
        }
    }

    /// Of the instances that were to leave at most `count` stay. Returns how many.
    fn stay(&mut self, count: u32) -> u32 {
        let from = self.standby.leaving.len().saturating_sub(count as usize);
        let staying = self.standby.leaving.split_off(from);
        let has_room = |slot: &&u32| self.instances[**slot as usize].active < self.concurrency;
        self.standby.with_room.extend(staying.iter().filter(has_room));
        staying.len() as u32
    }

    /// An idle provisioned instance goes.
    fn stand_down<R: Record>(&mut self, instance: u32, now: SimTime, record: &mut R) {
        self.standby.with_room.retain(|slot| *slot != instance);
        self.standby.vacant.push(instance);
        self.alive -= 1;
        self.record_standby(instance, now, record);
    }

    fn record_standby<R: Record>(&self, instance: u32, until: SimTime, record: &mut R) {
        let from = self.instances[instance as usize].created_at;
        record.instance(from, until, self.concurrency.saturating_mul(1_000), self.memory_mib);
    }

    /// The run is over and nothing executes.
    pub(super) fn close_standby<R: Record>(&mut self, end: SimTime, record: &mut R) {
        for &instance in &self.standby.with_room {
            self.record_standby(instance, end.max(self.instances[instance as usize].idle_since), record);
        }
    }

    /// Ends what is still paid at the `end` of the run.
    pub fn settle_standby<R: Record>(&mut self, end: SimTime, increment: Span, record: &mut R) {
        let level = self.standby.level();
        self.standby.end_leases(end, level, &Paid { increment, memory_mib: self.memory_mib, over: false }, record);
    }
}
