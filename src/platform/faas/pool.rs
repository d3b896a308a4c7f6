//! The instances of one function, or of one application: who is there, who is idle, and when they go.

use std::sync::Arc;

use crate::engine::{Rank, Schedule};
use crate::policy::{IdleHistogram, KeepAlive, TokenBucket, draw_exponential, draw_life};
use crate::record::Record;
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::units::{SimTime, Span};

use super::instance::{Expiry, Instance, Taken};
use super::list::{List, NONE};
use super::room::Room;
use super::standby::Standby;
use super::{Event, FunctionSpec, Ranks};

#[derive(Clone, Debug)]
pub struct Pool {
    pub id: u32,
    pub spec: Arc<FunctionSpec>,
    pub memory_mib: u64,
    pub(super) concurrency: u32,
    /// Provisioned concurrency, which has the first numbers of the slab.
    pub standby: Standby,
    ranks: Ranks,
    pub(super) instances: Vec<Instance>,
    free: Vec<u32>,
    idle: List,
    /// Of those that became idle at the latest such instant, the one created first; none if it has left.
    first_tied: u32,
    room: Room,
    expiry: Expiry,
    /// No instance goes before this, by its order in `idle`.
    next_expiry: SimTime,
    pub(super) created: u64,
    pub alive: u32,
    pub running: u32,
    pub scaling: Option<TokenBucket>,
    histogram: Option<IdleHistogram>,
    /// When the last execution ended, and how many times the pool was woken since the beginning: voids pre-warming.
    quiet_since: SimTime,
    wakes: u32,
    /// How long the instance that is loaded ahead is kept.
    prewarmed_life: Span,
    start_stream: Stream,
    init_stream: Stream,
    life_stream: Stream,
    choice_stream: Stream,
}

impl Pool {
    /// How long a start takes in the mean; none where that is infinite.
    pub fn mean_start(&self) -> Span {
        let start = &self.spec.start;
        let phases = [&start.place, &start.fetch, &start.runtime_init, &start.application_init];
        Span::from_seconds_f64(phases.iter().filter_map(|phase| phase.mean()).sum())
    }

    pub fn new(id: u32, name: &str, spec: Arc<FunctionSpec>, memory_mib: u64, ranks: Ranks, seed: Seed) -> Self {
        let entity = Entity::named(name);
        let histogram = match &spec.keep_alive {
            KeepAlive::Histogram(policy) => Some(IdleHistogram::new(*policy)),
            _ => None,
        };
        let expiry = Expiry::new(&spec.keep_alive);
        let mut pool = Self {
            id,
            concurrency: spec.concurrency,
            standby: Standby::new(&spec.provisioned),
            memory_mib,
            ranks,
            instances: Vec::new(),
            free: Vec::new(),
            idle: List::new(),
            first_tied: NONE,
            room: Room::new(spec.idle_choice, spec.concurrency),
            next_expiry: expiry.first(),
            expiry,
            created: 0,
            alive: 0,
            running: 0,
            scaling: None,
            histogram,
            quiet_since: SimTime::ZERO,
            wakes: 0,
            prewarmed_life: Span::ZERO,
            start_stream: seed.stream(entity, Purpose::Start),
            init_stream: seed.stream(entity, Purpose::Init),
            life_stream: seed.stream(entity, Purpose::IdleLife),
            choice_stream: seed.stream(entity, Purpose::Choice),
            spec,
        };
        pool.stand_by();
        pool
    }

    /// Removes the instances whose idle time has run out before an arrival at `now`.
    #[inline(always)]
    pub fn expire<R: Record>(&mut self, now: SimTime, record: &mut R) {
        if now >= self.next_expiry {
            self.expire_before(now, self.ranks.arrival, record);
        }
    }

    /// Removes the instances whose idle time has run out before something of `rank` at `now`.
    fn expire_before<R: Record>(&mut self, now: SimTime, rank: Rank, record: &mut R) {
        let Expiry::Ordered { limit } = self.expiry else {
            return;
        };
        let inclusive = self.ranks.expiry < rank;
        while self.idle.head != NONE {
            let head = self.idle.head;
            let gone_at = self.instances[head as usize].idle_since + limit;
            if gone_at > now || (gone_at == now && !inclusive) {
                self.next_expiry = gone_at;
                return;
            }
            self.remove(head, gone_at, record);
        }
        self.next_expiry = now + limit;
    }

    /// An instance with room takes an invocation.
    #[inline(always)]
    pub fn take_warm(&mut self, now: SimTime) -> Option<Taken> {
        let instance = self.room.pick(&self.idle, &mut self.choice_stream)?;
        if self.instances[instance as usize].active == 0 {
            self.unlink_idle(instance);
        }
        let held = &mut self.instances[instance as usize];
        held.last_start = now;
        held.active += 1;
        let wait = held.ready_at.since(now);
        if held.active == self.concurrency {
            let created = held.created;
            self.room.remove(instance, created);
        }
        self.wake(now);
        Some(Taken { instance, wait, init: Span::ZERO, cold: false, provisioned: false })
    }

    /// A new instance takes an invocation; `None` if the scaling rate does not allow one.
    #[inline(never)]
    pub fn take_cold(&mut self, now: SimTime, measured_init: Span) -> Option<Taken> {
        if self.scaling.as_mut().is_some_and(|bucket| !bucket.take(now)) {
            return None;
        }
        let (wait, init) = self.draw_start(measured_init);
        let instance = self.create(now, wait);
        let held = &mut self.instances[instance as usize];
        held.active = 1;
        let created = held.created;
        if self.concurrency > 1 {
            self.room.insert(instance, created);
        }
        self.wake(now);
        Some(Taken { instance, wait, init, cold: true, provisioned: false })
    }

    #[inline(always)]
    pub(super) fn wake(&mut self, now: SimTime) {
        if self.histogram.is_some() && self.running == 0 {
            self.end_quiet(now);
        }
        self.running += 1;
    }

    /// The first invocation after a time without any.
    #[inline(never)]
    fn end_quiet(&mut self, now: SimTime) {
        if let Some(histogram) = &mut self.histogram
            && self.wakes > 0
        {
            histogram.record(now.since(self.quiet_since));
        }
        self.wakes = self.wakes.wrapping_add(1);
    }

    /// Draws the length of a start-up: all of it, and the part that is init.
    fn draw_start(&mut self, measured_init: Span) -> (Span, Span) {
        let start = &self.spec.start;
        let place = start.place.sample(&mut self.start_stream);
        let fetch = start.fetch.sample(&mut self.start_stream);
        let runtime = start.runtime_init.sample(&mut self.start_stream);
        let drawn = start.application_init.sample(&mut self.init_stream) + start.load;
        let init = runtime + if measured_init == Span::MAX { drawn } else { measured_init };
        (place + fetch + init, init)
    }

    fn create(&mut self, now: SimTime, wait: Span) -> u32 {
        self.created += 1;
        self.alive += 1;
        let slot = self.free.pop();
        let epoch = slot.map_or(0, |slot| self.instances[slot as usize].epoch.wrapping_add(1));
        let instance = Instance::new(now, wait, self.created, epoch);
        match slot {
            Some(slot) => {
                self.instances[slot as usize] = instance;
                slot
            }
            None => {
                self.instances.push(instance);
                (self.instances.len() - 1) as u32
            }
        }
    }

    /// `instance` has completed an invocation at `now`; `reset`: the platform discards it (time-out).
    #[inline(always)]
    pub fn release<Q: Schedule<Event>, R: Record>(
        &mut self,
        instance: u32,
        now: SimTime,
        reset: bool,
        queue: &mut Q,
        record: &mut R,
    ) {
        if self.room.remembers_removals() {
            self.expire_before(now, self.ranks.finish, record);
        }
        self.running -= 1;
        self.quiet_since = now;
        let held = &mut self.instances[instance as usize];
        let was_full = held.active == self.concurrency;
        held.active -= 1;
        let (idle, created) = (held.active == 0, held.created);
        if idle {
            held.idle_since = now;
        }
        if self.standby.has(instance) {
            return self.stands_by_again(instance, was_full, now, record);
        }
        if was_full {
            self.room.insert(instance, created);
        } else {
            self.room.finished(instance);
        }
        if idle {
            self.link_idle(instance, now);
            if reset {
                self.remove(instance, now, record);
            } else {
                self.keep_alive(instance, now, queue, record);
            }
        }
    }

    /// Puts `instance` at the end of the idle ones; of those that became idle at the same instant, in order of creation.
    #[inline(always)]
    fn link_idle(&mut self, instance: u32, now: SimTime) {
        let before = self.idle.tail;
        if before == NONE || self.instances[before as usize].idle_since < now || self.room.remembers_removals() {
            self.idle.insert_after(before, instance);
            self.first_tied = instance;
        } else {
            self.link_tied(instance);
        }
    }

    /// Latest used first, instances finish together in descending order of creation: then the first of those that are tied
    /// tells the place. Else it is found from the end.
    #[inline(never)]
    fn link_tied(&mut self, instance: u32) {
        let created = self.instances[instance as usize].created;
        let first = self.first_tied;
        if first != NONE && created < self.instances[first as usize].created {
            self.idle.insert_after(self.idle.before(first), instance);
            self.first_tied = instance;
            return;
        }
        let now = self.instances[instance as usize].idle_since;
        let mut before = self.idle.tail;
        while before != NONE {
            let other = &self.instances[before as usize];
            if other.idle_since < now || other.created < created {
                break;
            }
            before = self.idle.before(before);
        }
        self.idle.insert_after(before, instance);
    }

    /// An instance leaves the idle ones.
    #[inline(always)]
    fn unlink_idle(&mut self, instance: u32) {
        if self.first_tied == instance {
            self.first_tied = NONE;
        }
        self.idle.unlink(instance);
    }

    /// Decides how long `instance`, idle from `now` on, is kept.
    #[inline(always)]
    fn keep_alive<Q: Schedule<Event>, R: Record>(
        &mut self,
        instance: u32,
        now: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        match self.expiry {
            Expiry::Never | Expiry::Ordered { .. } => {}
            Expiry::Immediately => self.remove(instance, now, record),
            Expiry::Scheduled => self.schedule_expiry(instance, now, queue, record),
        }
    }

    fn schedule_expiry<Q: Schedule<Event>, R: Record>(
        &mut self,
        instance: u32,
        now: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let held = &self.instances[instance as usize];
        let gone_at = match &self.spec.keep_alive {
            KeepAlive::Fixed { sliding: false, .. } if held.gone_at < now => {
                return self.remove(instance, now, record);
            }
            KeepAlive::Fixed { idle, sliding: false, .. } => held.gone_at.min(now + *idle),
            KeepAlive::Fixed { idle, from_start: true, .. } => now.max(held.last_start + *idle),
            KeepAlive::Fixed { idle, .. } => now + *idle,
            KeepAlive::Exponential { mean } => now + draw_exponential(*mean, &mut self.life_stream),
            KeepAlive::Survival { curve } => now + draw_life(curve, &mut self.life_stream),
            KeepAlive::Histogram(_) => return self.schedule_windows(instance, now, queue, record),
            KeepAlive::None | KeepAlive::Infinite => return,
        };
        self.keep_until(instance, gone_at, queue);
    }

    /// Keeps an idle instance until `gone_at`. One question of the queue serves many idle periods: it is asked at the
    /// earliest end of a life, and again at the end of the life that it finds.
    #[inline]
    fn keep_until<Q: Schedule<Event>>(&mut self, instance: u32, gone_at: SimTime, queue: &mut Q) {
        let held = &mut self.instances[instance as usize];
        held.gone_at = gone_at;
        if gone_at < held.asked_at {
            held.asked_at = gone_at;
            let event = Event::Expired { pool: self.id, instance, epoch: held.epoch };
            queue.schedule(gone_at, self.ranks.expiry, event);
        }
    }

    /// The hybrid histogram policy: unload now and load again before the next invocation, or keep.
    fn schedule_windows<Q: Schedule<Event>, R: Record>(
        &mut self,
        instance: u32,
        now: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let Some(windows) = self.histogram.as_ref().map(IdleHistogram::windows) else {
            return;
        };
        if windows.prewarm > Span::ZERO && self.running == 0 {
            self.remove(instance, now, record);
            self.prewarmed_life = windows.keep_alive;
            let event = Event::Prewarm { pool: self.id, wakes: self.wakes };
            queue.schedule(now + windows.prewarm, self.ranks.control, event);
            return;
        }
        self.keep_until(instance, now + windows.prewarm + windows.keep_alive, queue);
    }

    /// Loads an instance ahead of the next invocation, unless one has come since.
    pub fn prewarm<Q: Schedule<Event>>(&mut self, now: SimTime, wakes: u32, queue: &mut Q) {
        if wakes != self.wakes || self.idle.head != NONE {
            return;
        }
        let instance = self.create(now, Span::ZERO);
        self.room.insert(instance, self.instances[instance as usize].created);
        self.link_idle(instance, now);
        self.keep_until(instance, now + self.prewarmed_life, queue);
    }

    /// The queue asks whether the life of `instance` is over.
    pub fn expired<Q: Schedule<Event>, R: Record>(
        &mut self,
        instance: u32,
        epoch: u32,
        now: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let held = &mut self.instances[instance as usize];
        if held.epoch != epoch || held.asked_at != now {
            return;
        }
        held.asked_at = SimTime::END;
        if held.active > 0 {
            return;
        }
        let gone_at = held.gone_at;
        if gone_at <= now {
            self.remove(instance, now, record);
        } else {
            self.keep_until(instance, gone_at, queue);
        }
    }

    /// An idle instance goes at `at`.
    fn remove<R: Record>(&mut self, instance: u32, at: SimTime, record: &mut R) {
        self.unlink_idle(instance);
        let held = &mut self.instances[instance as usize];
        held.epoch = held.epoch.wrapping_add(1);
        record.instance(held.created_at, at, self.concurrency.saturating_mul(1_000), self.memory_mib);
        let created = held.created;
        self.room.remove(instance, created);
        self.free.push(instance);
        self.alive -= 1;
    }

    /// The run is over and nothing executes: every instance that is left goes, at its expiry or at the end.
    pub fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        self.expire_before(SimTime::END, self.ranks.expiry, record);
        while self.idle.head != NONE {
            let head = self.idle.head;
            let until = end.max(self.instances[head as usize].idle_since);
            self.remove(head, until, record);
        }
        self.close_standby(end, record);
    }
}
