//! Functions as a service: a pool of instances that grows with each request that finds none with room.
//!
//! An invocation takes a provisioned instance if one is free, else the instance with room that the choice rule names, else
//! a new one, whose start-up it waits for. A limit that binds refuses it, and the client's retry policy decides what then.
//! Nothing queues. A time-out discards its instance. Keep-alive of a fixed length needs no events: idle instances stand in
//! the order in which they go.

mod batch;
mod instance;
mod limits;
mod list;
mod pool;
mod room;
mod spec;
mod standby;

use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use limits::unreserved;
pub use spec::*;

use crate::engine::{Model, Rank, Schedule};
use crate::ids::FunctionId;
use crate::policy::route::Pressure;
use crate::record::{Bill, Fate, Grid, Meters, Outcome, Record};
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::stats::Distribution;
use crate::units::{SimTime, Span};
use crate::workload::{FunctionInfo, Invocation};

use batch::{ALONE, Batches, Joined};
use instance::Taken;
use limits::{Account, Watch};
use pool::Pool;

/// What a FaaS platform schedules for itself.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// `instance` completes an invocation; `counted`: one that counted against the account.
    Finished { pool: u32, instance: u32, counted: bool },
    /// `instance` is discarded: its invocation ran into the time-out.
    TimedOut { pool: u32, instance: u32, counted: bool },
    /// The life of an idle period may be over. Void if the slot has another instance than that of `epoch`.
    Expired { pool: u32, instance: u32, epoch: u32 },
    /// An instance is loaded ahead of time. Void if the pool was woken since.
    Prewarm { pool: u32, wakes: u32 },
    /// A client tries again.
    Retry { slot: u32 },
    /// The window of a batch is over. Void if it has been sent.
    Collected { function: u32, number: u32 },
    /// The provisioned concurrency that is asked for changes.
    Provision { pool: u32 },
    /// What was asked for is there.
    Provisioned { pool: u32, request: u32 },
}

/// Ranks of what shares an instant.
#[derive(Clone, Copy, Debug)]
pub struct Ranks {
    finish: Rank,
    control: Rank,
    arrival: Rank,
    expiry: Rank,
}

impl From<TieOrder> for Ranks {
    fn from(order: TieOrder) -> Self {
        let ranks = |arrival, expiry| Self { finish: Rank::RELEASE, control: Rank::CONTROL, arrival, expiry };
        match order {
            TieOrder::FinishArrivalExpiry => ranks(Rank::ARRIVAL, Rank::EXPIRY),
            TieOrder::FinishExpiryArrival => ranks(Rank::ARRIVAL, Rank::EARLY_EXPIRY),
            TieOrder::ArrivalExpiryFinish => ranks(Rank::FIRST_ARRIVAL, Rank::FIRST_EXPIRY),
        }
    }
}

/// How one function runs here.
#[derive(Clone, Debug)]
struct Deployed {
    pool: usize,
    timeout: Span,
    work_scale: f64,
    cold_duration: Option<Distribution>,
    cold_stream: Stream,
    retry_stream: Stream,
    /// `None`: no network, no draws.
    network: Option<(Distribution, Stream)>,
    /// Counts against what the account has left unreserved.
    shared: bool,
    reserved: u32,
}

/// An attempt of a client.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    invocation: Invocation,
    /// The first is 1.
    number: u32,
    /// Where its events are, if it is of several.
    batch: u32,
}

/// Pools of instances under one account, or one pool of them that runs apart.
#[derive(Debug)]
pub struct Faas {
    spec: Arc<FaasSpec>,
    seed: Seed,
    ranks: Ranks,
    billing: FaasBilling,
    pools: Vec<Pool>,
    pool_ids: FxHashMap<String, usize>,
    functions: Vec<Deployed>,
    function_ids: FxHashMap<FunctionId, usize>,
    account: Account,
    watch: Option<Watch>,
    waiting: Vec<Attempt>,
    free: Vec<u32>,
    batches: Batches,
    end: SimTime,
}

impl Faas {
    /// An account with all its pools: shared limits are enforced. Nothing is provisioned from `end` on.
    pub fn together(spec: Arc<FaasSpec>, seed: Seed, end: SimTime) -> Self {
        let account = Account::new(&spec.limits);
        Self::new(spec, seed, end, account, None)
    }

    /// One pool by itself: shared limits are not enforced, but what they would need is recorded on `grid`.
    pub fn apart(spec: Arc<FaasSpec>, seed: Seed, end: SimTime, grid: Grid) -> Self {
        Self::new(spec, seed, end, Account::unlimited(), Some(Watch::new(grid)))
    }

    fn new(spec: Arc<FaasSpec>, seed: Seed, end: SimTime, account: Account, watch: Option<Watch>) -> Self {
        Self {
            seed,
            ranks: spec.tie_order.into(),
            billing: spec.billing,
            pools: Vec::new(),
            pool_ids: FxHashMap::default(),
            functions: Vec::new(),
            function_ids: FxHashMap::default(),
            account,
            watch,
            waiting: Vec::new(),
            free: Vec::new(),
            batches: Batches::default(),
            end,
            spec,
        }
    }

    /// Makes room for a function, before its first invocation. Returns how it is metered.
    pub fn admit<Q: Schedule<Event>>(&mut self, id: FunctionId, info: &FunctionInfo, queue: &mut Q) -> Meters {
        let spec = Arc::clone(&self.spec);
        let function = spec.function(info);
        let memory_mib = spec.billed_memory_mib(function, info);
        let name = spec.pool_name(info);
        let pool = match self.pool_ids.get(name) {
            Some(pool) => *pool,
            None => self.add_pool(name, function.clone(), memory_mib, queue),
        };
        self.account.admit(function);
        self.batches.admit(function.batch);
        let stream = |purpose| self.seed.stream(Entity::named(&info.name), purpose);
        let has_network = spec.network != Distribution::Constant(Span::ZERO);
        self.function_ids.insert(id, self.functions.len());
        self.functions.push(Deployed {
            pool,
            timeout: function.timeout.unwrap_or(Span::MAX),
            work_scale: function.work_scale,
            cold_duration: function.cold_duration.clone(),
            cold_stream: stream(Purpose::ColdWork),
            retry_stream: stream(Purpose::Retry),
            network: has_network.then(|| (spec.network.clone(), stream(Purpose::Network))),
            shared: function.reserved.is_none(),
            reserved: function.reserved.unwrap_or(u32::MAX),
        });
        let extra = function.ephemeral_storage.mib().saturating_sub(spec.billing.ephemeral_included.mib());
        Meters { memory_mib, ephemeral_mib: extra, slots: function.concurrency }
    }

    fn add_pool<Q: Schedule<Event>>(
        &mut self,
        name: &str,
        spec: Arc<FunctionSpec>,
        memory_mib: u64,
        queue: &mut Q,
    ) -> usize {
        let id = self.pools.len();
        let mut pool = Pool::new(id as u32, name, spec, memory_mib, self.ranks, self.seed);
        pool.scaling = self.spec.limits.scaling.as_ref().map(crate::policy::TokenBucket::new);
        pool.plan_change(self.end, queue);
        self.pools.push(pool);
        self.pool_ids.insert(name.to_owned(), id);
        id
    }

    /// How a router sees this account when `invocation` comes.
    pub fn pressure(&self, invocation: &Invocation) -> Pressure {
        let function = &self.functions[self.local(invocation.function)];
        let pool = &self.pools[function.pool];
        let wait = if pool.alive > pool.running { Span::ZERO } else { pool.mean_start() };
        Pressure {
            expected_wait: Some(wait),
            expected_service: Span::from_seconds_f64(invocation.duration.seconds() * function.work_scale),
            available: true,
            ..self.occupancy()
        }
    }

    /// The part of it that does not depend on who comes.
    pub fn occupancy(&self) -> Pressure {
        let busy = self.pools.iter().map(|pool| pool.running).sum();
        Pressure {
            busy,
            places: self.spec.limits.account_concurrency.unwrap_or(u32::MAX),
            waiting: 0,
            ..Pressure::default()
        }
    }

    /// Position of a function among those admitted here.
    #[inline]
    fn local(&self, function: FunctionId) -> usize {
        if self.functions.len() == 1 { 0 } else { self.function_ids[&function] }
    }

    #[inline(always)]
    fn attempt<Q: Schedule<Event>, R: Record>(
        &mut self,
        now: SimTime,
        invocation: &Invocation,
        (number, batch): (u32, u32),
        queue: &mut Q,
        record: &mut R,
    ) {
        let local = self.local(invocation.function);
        let function = &mut self.functions[local];
        let pool = &mut self.pools[function.pool];
        if self.watch.is_some() {
            record.request(now);
        }
        let Some(taken) = take(&mut self.account, function, pool, now, invocation, record) else {
            return self.refuse(now, Attempt { invocation: *invocation, number, batch }, queue, record);
        };
        let counted = function.shared && !taken.provisioned;
        if counted {
            self.account.running += 1;
            if let Some(watch) = &mut self.watch {
                watch.started(now, record);
            }
        }
        let network = match &mut function.network {
            Some((distribution, stream)) => distribution.sample(stream),
            None => Span::ZERO,
        };
        let work = function.work(invocation, taken.cold);
        let execution = work.min(function.timeout);
        let timed_out = work > function.timeout;
        let (pool_id, instance) = (pool.id, taken.instance);
        let event = match timed_out {
            false => Event::Finished { pool: pool_id, instance, counted },
            true => Event::TimedOut { pool: pool_id, instance, counted },
        };
        queue.schedule(now + taken.wait + execution, self.ranks.finish, event);
        record.levels(now, pool.running, pool.alive);
        let billed = self.billing.billed(now, execution, taken.init);
        let outcome = Outcome {
            function: invocation.function,
            arrived: invocation.at,
            taken: now,
            fate: if timed_out { Fate::TimedOut } else { Fate::Completed },
            network,
            queue: now.since(invocation.at),
            cold_start: taken.wait,
            execution,
            stretch: Span::ZERO,
            batch: Span::ZERO,
            cold: taken.cold,
            bill: if taken.provisioned { Bill::Provisioned(billed) } else { Bill::OnDemand(billed) },
        };
        match batch {
            ALONE => record.outcome(&outcome),
            _ => self.batches.end(batch, local, &outcome, work, record),
        }
    }

    /// `invocation` is an event of a batch, unless its function takes them one by one.
    #[inline(never)]
    fn collect<Q: Schedule<Event>, R: Record>(&mut self, invocation: &Invocation, queue: &mut Q, record: &mut R) {
        let local = self.local(invocation.function);
        match self.batches.join(local, invocation) {
            Joined::Alone => self.attempt(invocation.at, invocation, (1, ALONE), queue, record),
            Joined::First(number, until) => {
                queue.schedule(until, self.ranks.control, Event::Collected { function: local as u32, number });
            }
            Joined::Waits => {}
            Joined::Completes => self.send(invocation.at, local, queue, record),
        }
    }

    fn send<Q: Schedule<Event>, R: Record>(&mut self, now: SimTime, function: usize, queue: &mut Q, record: &mut R) {
        if let Some((batch, invocation)) = self.batches.send(function, now) {
            self.attempt(now, &invocation, (1, batch), queue, record);
        }
    }

    #[inline(never)]
    fn refuse<Q: Schedule<Event>, R: Record>(&mut self, now: SimTime, attempt: Attempt, queue: &mut Q, record: &mut R) {
        let Attempt { invocation, number, batch } = attempt;
        let local = self.local(invocation.function);
        if let Some(wait) = self.spec.retry.wait_after(number, &mut self.functions[local].retry_stream) {
            record.retried(invocation.function, invocation.at);
            let again = Attempt { number: number + 1, ..attempt };
            let slot = match self.free.pop() {
                Some(slot) => slot,
                None => {
                    self.waiting.push(again);
                    (self.waiting.len() - 1) as u32
                }
            };
            self.waiting[slot as usize] = again;
            queue.schedule(now + wait, self.ranks.arrival, Event::Retry { slot });
            return;
        }
        let outcome = Outcome {
            function: invocation.function,
            arrived: invocation.at,
            taken: now,
            fate: Fate::Throttled,
            network: Span::ZERO,
            queue: Span::ZERO,
            cold_start: Span::ZERO,
            execution: Span::ZERO,
            stretch: Span::ZERO,
            batch: Span::ZERO,
            cold: false,
            bill: Bill::None,
        };
        match batch {
            ALONE => record.outcome(&outcome),
            _ => self.batches.end(batch, local, &outcome, Span::ZERO, record),
        }
    }

    /// The provisioned concurrency of `pool` changes, and plans its next change.
    fn provision<Q: Schedule<Event>, R: Record>(&mut self, now: SimTime, pool: u32, queue: &mut Q, record: &mut R) {
        let (allocation, increment) = (self.spec.allocation, self.billing.provisioned_increment);
        let pool = &mut self.pools[pool as usize];
        let more = pool.provision(now, allocation, increment, queue, record);
        pool.plan_change(self.end, queue);
        if pool.spec.reserved.is_none() {
            self.account.set_aside(more);
        }
    }

    /// An execution that was `counted` against the account is over.
    #[inline(always)]
    fn give_back<R: Record>(&mut self, now: SimTime, counted: bool, record: &mut R) {
        if counted {
            self.account.running -= 1;
            if let Some(watch) = &mut self.watch {
                watch.finished(now, record);
            }
        }
    }
}

impl Deployed {
    /// Execution of `invocation` here, were there no time-out.
    #[inline(always)]
    fn work(&mut self, invocation: &Invocation, cold: bool) -> Span {
        match &self.cold_duration {
            Some(distribution) if cold => distribution.sample(&mut self.cold_stream),
            _ if self.work_scale == 1.0 => invocation.duration,
            _ => Span::from_ns((invocation.duration.ns() as f64 * self.work_scale + 0.5) as u64),
        }
    }
}

/// Finds or starts an instance; `None` if a limit refuses it.
#[inline(always)]
fn take<R: Record>(
    account: &mut Account,
    function: &Deployed,
    pool: &mut Pool,
    now: SimTime,
    invocation: &Invocation,
    record: &mut R,
) -> Option<Taken> {
    if !account.request(now) {
        return None;
    }
    pool.expire(now, record);
    if pool.running >= function.reserved {
        return None;
    }
    if let Some(taken) = pool.take_provisioned(now) {
        return Some(taken);
    }
    if function.shared && !account.has_room() {
        return None;
    }
    match pool.take_warm(now) {
        Some(taken) => Some(taken),
        None => pool.take_cold(now, invocation.measured_init),
    }
}

impl Model for Faas {
    type Event = Event;

    fn arrival_rank(&self) -> Rank {
        self.ranks.arrival
    }

    #[inline(always)]
    fn arrive<Q: Schedule<Event>, R: Record>(&mut self, invocation: &Invocation, queue: &mut Q, record: &mut R) {
        if self.batches.any() {
            return self.collect(invocation, queue, record);
        }
        self.attempt(invocation.at, invocation, (1, ALONE), queue, record);
    }

    #[inline(always)]
    fn handle<Q: Schedule<Event>, R: Record>(&mut self, at: SimTime, event: Event, queue: &mut Q, record: &mut R) {
        match event {
            Event::Finished { pool, instance, counted } => {
                self.give_back(at, counted, record);
                self.pools[pool as usize].release(instance, at, false, queue, record);
            }
            Event::TimedOut { pool, instance, counted } => {
                self.give_back(at, counted, record);
                self.pools[pool as usize].release(instance, at, true, queue, record);
            }
            Event::Expired { pool, instance, epoch } => {
                self.pools[pool as usize].expired(instance, epoch, at, queue, record)
            }
            Event::Prewarm { pool, wakes } => self.pools[pool as usize].prewarm(at, wakes, queue),
            Event::Retry { slot } => {
                let Attempt { invocation, number, batch } = self.waiting[slot as usize];
                self.free.push(slot);
                self.attempt(at, &invocation, (number, batch), queue, record);
            }
            Event::Collected { function, number } => {
                if self.batches.collects(function as usize, number) {
                    self.send(at, function as usize, queue, record);
                }
            }
            Event::Provision { pool } => self.provision(at, pool, queue, record),
            Event::Provisioned { pool, request } => self.pools[pool as usize].provisioned(at, request, record),
        }
    }

    fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        if let Some(watch) = &mut self.watch {
            watch.close(record);
        }
        let ready: u32 = self.pools.iter().map(|pool| pool.standby.present()).sum();
        record.levels(SimTime::from_ns(end.ns().saturating_sub(1)), 0, ready);
        for pool in &mut self.pools {
            pool.close(end, record);
            pool.settle_standby(end, self.billing.provisioned_increment, record);
        }
    }
}
