//! What one deployment did in one replication: integers, so that parts merge exactly and in any order.

use crate::billing::{Meter, Usage};
use crate::ids::FunctionId;
use crate::stats::Histogram;
use crate::units::{SimTime, Span};

use super::function::{FunctionTally, Metered, Meters};
use super::window::{Month, Window};
use super::{Bill, Fate, Grid, Outcome, Record, Timeline};

/// Levels on the grid, kept only where several pools run independently.
#[derive(Clone, Debug, Default)]
struct Levels {
    busy_changes: Vec<i32>,
    instance_changes: Vec<i32>,
}

/// Upper bounds that tell whether a shared limit could have bound.
#[derive(Clone, Debug, Default)]
struct Shared {
    envelope: Vec<u32>,
    requests: Vec<u32>,
}

/// The recorder of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    window: Window,
    grid: Grid,
    month: Month,
    pub functions: Vec<FunctionTally>,
    pub timeline: Timeline,
    /// Of completed invocations, of functions that are sealed.
    pub latency: Histogram,
    /// Of completed invocations whose latency is more than execution, both: the rest of `latency` is execution alone.
    pub delayed_latency: Histogram,
    pub delayed_execution: Histogram,
    pub queue: Histogram,
    pub cold_start: Histogram,
    pub network: Histogram,
    pub queue_sum: u128,
    pub cold_start_sum: u128,
    pub network_sum: u128,
    pub instance_ns: u128,
    pub slot_ns: u128,
    /// Cores at work, where invocations share them.
    core_ns: Option<u128>,
    /// Memory of instances, busy or not.
    pub held_mib_ns: u128,
    peak_busy: u32,
    peak_instances: u32,
    levels: Option<Levels>,
    shared: Option<Shared>,
    /// Metered by the clock, as billed.
    direct: Usage,
    /// The same without minimums and increments of the window.
    held: Usage,
    /// Of any invocation; the end of time and zero where there was none.
    pub first_arrival: SimTime,
    pub last_arrival: SimTime,
}

impl Tally {
    /// `independent`: several pools run apart, so peaks come from the grid. `limited`: watch for a shared limit.
    pub fn new(window: Window, independent: bool, limited: bool) -> Self {
        let grid = Grid::new(window.end);
        let levels = || Levels { busy_changes: vec![0; grid.len()], instance_changes: vec![0; grid.len()] };
        let shared = || Shared { envelope: vec![0; grid.len()], requests: vec![0; grid.len()] };
        Self {
            grid,
            month: Month { index: 0, from: SimTime::ZERO, until: window.months[0].1 },
            functions: Vec::new(),
            timeline: Timeline::new(window.end),
            latency: Histogram::default(),
            delayed_latency: Histogram::default(),
            delayed_execution: Histogram::default(),
            queue: Histogram::default(),
            cold_start: Histogram::default(),
            network: Histogram::default(),
            queue_sum: 0,
            cold_start_sum: 0,
            network_sum: 0,
            instance_ns: 0,
            slot_ns: 0,
            core_ns: None,
            held_mib_ns: 0,
            peak_busy: 0,
            peak_instances: 0,
            levels: independent.then(levels),
            shared: limited.then(shared),
            direct: Usage::default(),
            held: Usage::default(),
            first_arrival: SimTime::END,
            last_arrival: SimTime::ZERO,
            window,
        }
    }

    pub const fn window(&self) -> &Window {
        &self.window
    }

    pub const fn grid(&self) -> Grid {
        self.grid
    }

    /// Makes room for `function` and says how it is metered.
    pub fn register(&mut self, function: FunctionId, meters: Meters) {
        if self.functions.len() <= function.index() {
            self.functions.resize_with(function.index() + 1, FunctionTally::default);
        }
        let tally = &mut self.functions[function.index()];
        tally.meters = meters;
        tally.latency_least = Span::MAX;
        tally.metered = vec![Metered::default(); self.window.months.len()];
        tally.latency.get_or_insert_default();
    }

    /// `function` is complete: keeps its percentiles, gives its histogram to the whole.
    pub fn seal(&mut self, function: FunctionId) {
        let tally = &mut self.functions[function.index()];
        if let Some(latency) = tally.latency.take() {
            let quantile =
                |share| latency.quantile(share).map(|length| length.max(tally.latency_least).min(tally.latency_max));
            tally.latency_p50 = quantile(0.5);
            tally.latency_p99 = quantile(0.99);
            self.latency.merge(&latency);
        }
    }

    /// The run is complete: seals every function and reduces the grid to the peaks.
    pub fn finish(&mut self) {
        for index in 0..self.functions.len() {
            self.seal(FunctionId::new(index));
        }
        if let Some(levels) = self.levels.take() {
            // No pool alone may have been higher between the instants of the grid.
            self.peak_busy = self.peak_busy.max(self.highest(&levels.busy_changes));
            self.peak_instances = self.peak_instances.max(self.highest(&levels.instance_changes));
        }
        self.shared = None;
    }

    /// Adds what another part of the same run did. No function may have been recorded in both.
    pub fn merge(&mut self, mut other: Self) {
        self.merge_functions(&mut other);
        self.timeline.merge(&other.timeline);
        for (mine, theirs) in [
            (&mut self.latency, &other.latency),
            (&mut self.delayed_latency, &other.delayed_latency),
            (&mut self.delayed_execution, &other.delayed_execution),
            (&mut self.queue, &other.queue),
            (&mut self.cold_start, &other.cold_start),
            (&mut self.network, &other.network),
        ] {
            mine.merge(theirs);
        }
        self.queue_sum += other.queue_sum;
        self.cold_start_sum += other.cold_start_sum;
        self.network_sum += other.network_sum;
        self.instance_ns += other.instance_ns;
        self.slot_ns += other.slot_ns;
        if let Some(core_ns) = other.core_ns {
            *self.core_ns.get_or_insert(0) += core_ns;
        }
        self.held_mib_ns += other.held_mib_ns;
        self.peak_busy = self.peak_busy.max(other.peak_busy);
        self.peak_instances = self.peak_instances.max(other.peak_instances);
        if let (Some(mine), Some(theirs)) = (&mut self.levels, &other.levels) {
            add_all(&mut mine.busy_changes, &theirs.busy_changes);
            add_all(&mut mine.instance_changes, &theirs.instance_changes);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.shared, &other.shared) {
            add_all(&mut mine.envelope, &theirs.envelope);
            add_all(&mut mine.requests, &theirs.requests);
        }
        self.direct.merge(&other.direct);
        self.held.merge(&other.held);
        self.first_arrival = self.first_arrival.min(other.first_arrival);
        self.last_arrival = self.last_arrival.max(other.last_arrival);
    }

    fn merge_functions(&mut self, other: &mut Self) {
        if self.functions.len() < other.functions.len() {
            self.functions.resize_with(other.functions.len(), FunctionTally::default);
        }
        for (mine, theirs) in self.functions.iter_mut().zip(&mut other.functions) {
            if !theirs.metered.is_empty() {
                assert!(mine.metered.is_empty(), "a function is simulated in one part of a run");
                std::mem::swap(mine, theirs);
            }
        }
    }

    /// Everything metered, by month, as the window is billed.
    pub fn usage(&self) -> Usage {
        self.usage_with(&self.direct)
    }

    /// The same at the pace of the window: what minimums and increments add to so short a time is left out.
    pub fn pace(&self) -> Usage {
        self.usage_with(&self.held)
    }

    fn usage_with(&self, by_the_clock: &Usage) -> Usage {
        let mut usage = by_the_clock.clone();
        for function in &self.functions {
            usage.merge(&function.usage(&self.window));
        }
        usage
    }

    /// Invocations over the whole window, the warm-up included.
    pub fn invocations(&self) -> u64 {
        self.timeline.buckets.iter().map(|bucket| bucket.offered).sum()
    }

    /// Whether a limit refused anyone, at any attempt.
    pub fn was_refused(&self) -> bool {
        self.functions.iter().any(|function| function.throttled + function.retried > 0)
    }

    /// Places held, added up over time.
    pub fn busy_ns(&self) -> u128 {
        self.functions.iter().map(|function| function.busy_ns).sum()
    }

    /// Places used, added up over time: cores where invocations share them.
    pub fn worked_ns(&self) -> u128 {
        self.core_ns.unwrap_or_else(|| self.busy_ns())
    }

    /// Memory that instances held for places that nobody used, MiB·ns.
    pub fn idle_mib_ns(&self) -> u128 {
        let of_place = |meters: Meters, ns: u128| ns * u128::from(meters.memory_mib) / u128::from(meters.slots.max(1));
        let used = match (self.core_ns, self.functions.first()) {
            // Servers are alike for all functions.
            (Some(core_ns), Some(function)) => of_place(function.meters, core_ns),
            _ => self.functions.iter().map(|function| of_place(function.meters, function.busy_ns)).sum(),
        };
        self.held_mib_ns.saturating_sub(used)
    }

    /// Most invocations executing at once, of a finished run: exact for one pool, on the grid for several.
    pub const fn busy_peak(&self) -> u32 {
        self.peak_busy
    }

    /// Most instances at once, likewise.
    pub const fn instances_peak(&self) -> u32 {
        self.peak_instances
    }

    /// The highest level that `changes` reach after the warm-up.
    fn highest(&self, changes: &[i32]) -> u32 {
        let from = self.grid.instant(self.window.warmup);
        let mut level = 0;
        let mut highest = 0;
        for (index, change) in changes.iter().enumerate() {
            level += change;
            if index >= from {
                highest = highest.max(level);
            }
        }
        highest.unsigned_abs()
    }

    /// Whether `limit` concurrent executions could have been exceeded, had the parts run together.
    pub fn could_exceed(&self, limit: u32) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.envelope.iter().any(|busy| *busy > limit))
    }

    /// Whether a bucket of `capacity` tokens, into which `refill` a second trickle, could have run dry.
    pub fn could_run_dry(&self, capacity: u32, refill: f64) -> bool {
        let Some(shared) = &self.shared else {
            return false;
        };
        // All requests of an interval at its start is the worst that its count allows; floor keeps the bound safe.
        let per_interval = (refill * self.grid.width().seconds()).floor();
        let capacity = f64::from(capacity);
        let mut level = capacity;
        shared.requests.iter().any(|requests| {
            let short = level < f64::from(*requests);
            level = (level + per_interval).min(capacity) - f64::from(*requests);
            short
        })
    }

    fn counts(&self, arrived: SimTime) -> bool {
        arrived >= self.window.warmup
    }

    #[inline(always)]
    fn record_latency(&mut self, outcome: &Outcome) {
        let delay = outcome.network + outcome.queue + outcome.cold_start;
        let latency = outcome.execution + delay;
        let function = &mut self.functions[outcome.function.index()];
        function.completed += 1;
        function.latency_sum += u128::from(latency.ns());
        function.latency_max = function.latency_max.max(latency);
        function.latency_least = function.latency_least.min(latency);
        if let Some(histogram) = &mut function.latency {
            histogram.record(latency);
        }
        if delay > Span::ZERO {
            self.record_delay(outcome, latency);
        }
    }

    #[inline(never)]
    fn record_delay(&mut self, outcome: &Outcome, latency: Span) {
        self.delayed_latency.record(latency);
        self.delayed_execution.record(outcome.execution);
        for (histogram, sum, length) in [
            (&mut self.network, &mut self.network_sum, outcome.network),
            (&mut self.queue, &mut self.queue_sum, outcome.queue),
            (&mut self.cold_start, &mut self.cold_start_sum, outcome.cold_start),
        ] {
            if length > Span::ZERO {
                histogram.record(length);
                *sum += u128::from(length.ns());
            }
        }
    }

    #[inline(always)]
    fn record_bill(&mut self, outcome: &Outcome, on_demand_ms: u64, provisioned_ms: u64) {
        if outcome.taken >= self.month.until || outcome.taken < self.month.from {
            self.month = self.window.month(outcome.taken);
        }
        let function = &mut self.functions[outcome.function.index()];
        let metered = &mut function.metered[self.month.index];
        metered.requests += 1;
        metered.on_demand_ms += on_demand_ms;
        metered.provisioned_ms += provisioned_ms;
        self.timeline.at(outcome.arrived).compute += (on_demand_ms + provisioned_ms) * function.meters.memory_mib;
    }

    /// Everything of an invocation but its completion.
    #[inline(never)]
    fn record_loss(&mut self, outcome: &Outcome) {
        self.timeline.at(outcome.arrived).refused += u64::from(!outcome.fate.started());
        if self.counts(outcome.arrived) {
            let function = &mut self.functions[outcome.function.index()];
            match outcome.fate {
                Fate::Completed => {}
                Fate::Throttled => function.throttled += 1,
                Fate::TimedOut => function.timed_out += 1,
                Fate::Dropped => function.dropped += 1,
            }
        }
    }

    #[cold]
    fn record_cold(&mut self, outcome: &Outcome) {
        self.timeline.at(outcome.arrived).cold_starts += 1;
        if self.counts(outcome.arrived) {
            self.functions[outcome.function.index()].cold_starts += 1;
        }
    }

    /// One invocation holds a place from `from` to `to`.
    #[inline(always)]
    fn record_busy(&mut self, function: FunctionId, from: SimTime, to: SimTime) {
        self.functions[function.index()].busy_ns += u128::from(self.window.counted(from, to));
        self.timeline.spread(from, to, |bucket| &mut bucket.busy_ns);
        if let Some(levels) = &mut self.levels {
            change(&mut levels.busy_changes, self.grid, from, to);
        }
    }
}

impl Record for Tally {
    #[inline]
    fn arrivals(&mut self, first: SimTime, last: SimTime) {
        self.first_arrival = self.first_arrival.min(first);
        self.last_arrival = self.last_arrival.max(last);
    }

    #[inline(always)]
    fn outcome(&mut self, outcome: &Outcome) {
        self.timeline.at(outcome.arrived).offered += 1;
        match outcome.bill {
            Bill::None => {}
            Bill::OnDemand(ms) => self.record_bill(outcome, ms, 0),
            Bill::Provisioned(ms) => self.record_bill(outcome, 0, ms),
        }
        if outcome.cold {
            self.record_cold(outcome);
        }
        let (from, to) = outcome.held();
        self.record_busy(outcome.function, from, to);
        if outcome.fate != Fate::Completed {
            self.record_loss(outcome);
        } else if self.counts(outcome.arrived) {
            self.record_latency(outcome);
        }
    }

    fn cores(&mut self, from: SimTime, to: SimTime, cores: u32) {
        *self.core_ns.get_or_insert(0) += u128::from(self.window.counted(from, to)) * u128::from(cores);
    }

    fn retried(&mut self, function: FunctionId, first_attempt: SimTime) {
        if self.counts(first_attempt) {
            self.functions[function.index()].retried += 1;
        }
    }

    fn instance(&mut self, from: SimTime, to: SimTime, slots: u32, memory_mib: u64) {
        let counted = u128::from(self.window.counted(from, to));
        self.instance_ns += counted;
        self.slot_ns += counted * u128::from(slots);
        self.held_mib_ns += counted * u128::from(memory_mib);
        self.timeline.spread(from, to, |bucket| &mut bucket.instance_ns);
        if let Some(levels) = &mut self.levels {
            change(&mut levels.instance_changes, self.grid, from, to);
        }
    }

    #[inline]
    fn levels(&mut self, at: SimTime, busy: u32, instances: u32) {
        let higher = busy > self.peak_busy || instances > self.peak_instances;
        if higher && at >= self.window.warmup && at < self.window.end {
            self.peak_busy = self.peak_busy.max(busy);
            self.peak_instances = self.peak_instances.max(instances);
        }
    }

    fn meter(&mut self, meter: Meter, held_until: SimTime, billed_until: SimTime, units_per_ms: u64) {
        for (usage, to) in [(&mut self.held, held_until), (&mut self.direct, billed_until)] {
            let ms = |instant: SimTime| u128::from(instant.ns().div_ceil(1_000_000));
            let mut start = SimTime::ZERO;
            for (month, until) in &self.window.months {
                let stop = to.min(*until);
                if start < stop {
                    usage.add(*month, meter, (ms(stop) - ms(start)) * u128::from(units_per_ms));
                    start = stop;
                }
            }
        }
    }

    #[inline]
    fn envelope(&mut self, index: usize, busy: u32) {
        if let Some(shared) = &mut self.shared {
            shared.envelope[index] += busy;
        }
    }

    #[inline]
    fn request(&mut self, at: SimTime) {
        if let Some(shared) = &mut self.shared {
            shared.requests[self.grid.interval(at)] += 1;
        }
    }
}

/// One more at every instant of the grid in `[from, to)`.
#[inline]
fn change(changes: &mut [i32], grid: Grid, from: SimTime, to: SimTime) {
    let (first, last) = (grid.instant(from), grid.instant(to));
    if first != last {
        changes[first] += 1;
        changes[last] -= 1;
    }
}

fn add_all<T: Copy + std::ops::AddAssign>(mine: &mut [T], theirs: &[T]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += *theirs;
    }
}
