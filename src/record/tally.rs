//! What one deployment did in one replication: integers, so that parts merge exactly and in any order.

use crate::billing::{Meter, Usage};
use crate::ids::{FunctionId, SiteId};
use crate::stats::Histogram;
use crate::units::{SimTime, Span};

use super::function::{self, FunctionTally, Metered, Meters};
use super::shared::Shared;
use super::site::{self, Lease, SLOW, SiteTally, add_all};
use super::window::{Month, Window};
use super::{Bill, ClusterLevels, Fate, Grid, Held, Outcome, Record, Timeline};

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
    pub sites: Vec<SiteTally>,
    /// Where things happen now, and where its months begin among those of all sites.
    site: usize,
    site_months: usize,
    peak_busy: u32,
    peak_instances: u32,
    /// Several pools run independently, so levels are added up on the grid.
    independent: bool,
    shared: Option<Shared>,
    /// Of any invocation; the end of time and zero where there was none.
    pub first_arrival: SimTime,
    pub last_arrival: SimTime,
}

impl Tally {
    /// Of a deployment at one site. `independent`: several pools run apart, so peaks come from the grid. `limited`: watch
    /// for a shared limit.
    pub fn new(window: Window, independent: bool, limited: bool) -> Self {
        Self::of_sites(1, window, independent, limited)
    }

    /// Of a deployment at several sites.
    pub fn of_sites(sites: usize, window: Window, independent: bool, limited: bool) -> Self {
        let grid = Grid::new(window.end);
        let shared = || Shared::new(grid.len());
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
            sites: (0..sites).map(|_| SiteTally::new(independent.then_some(grid))).collect(),
            site: 0,
            site_months: 0,
            peak_busy: 0,
            peak_instances: 0,
            independent,
            shared: limited.then(shared),
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
        self.register_at_sites(function, vec![meters]);
    }

    /// The same for each site.
    pub fn register_at_sites(&mut self, function: FunctionId, meters: Vec<Meters>) {
        if self.functions.len() <= function.index() {
            self.functions.resize_with(function.index() + 1, FunctionTally::default);
        }
        let tally = &mut self.functions[function.index()];
        tally.meters = meters;
        tally.latency_least = Span::MAX;
        let months = self.window.months.len();
        let of_site = |site: &Meters| Metered { memory_mib: site.memory_mib, ..Metered::default() };
        tally.metered = tally.meters.iter().flat_map(|site| vec![of_site(site); months]).collect();
        tally.latency.get_or_insert_default();
    }

    /// `function` is complete: keeps its percentiles, gives its histogram to the whole.
    pub fn seal(&mut self, function: FunctionId) {
        let part = self.window.part;
        let tally = &mut self.functions[function.index()];
        if let Some(latency) = tally.latency.take_if(|_| !part) {
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
        if self.independent {
            let from = self.grid.instant(self.window.warmup);
            let (busy, instances) = site::finish(&mut self.sites, from);
            // No pool alone may have been higher between the instants of the grid.
            self.peak_busy = self.peak_busy.max(busy);
            self.peak_instances = self.peak_instances.max(instances);
        }
        self.shared = None;
    }

    /// Adds what another part of the same run did. No function may have been recorded in both.
    pub fn merge(&mut self, mut other: Self) {
        function::take_over(&mut self.functions, &mut other.functions);
        self.timeline.merge(&other.timeline);
        self.merge_sums(&other);
        for (mine, theirs) in self.sites.iter_mut().zip(&other.sites) {
            mine.merge(theirs);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.shared, &other.shared) {
            add_all(&mut mine.envelope, &theirs.envelope);
            add_all(&mut mine.requests, &theirs.requests);
        }
        self.first_arrival = self.first_arrival.min(other.first_arrival);
        self.last_arrival = self.last_arrival.max(other.last_arrival);
    }

    /// What adds up wherever it happened.
    pub(super) fn merge_sums(&mut self, other: &Self) {
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
        self.peak_busy = self.peak_busy.max(other.peak_busy);
        self.peak_instances = self.peak_instances.max(other.peak_instances);
    }

    /// Everything metered at each site, by month, as the window is billed.
    pub fn usage(&self) -> Vec<Usage> {
        self.usage_with(|site| &site.direct)
    }

    /// The same at the pace of the window: what minimums and increments add to so short a time is left out.
    pub fn pace(&self) -> Vec<Usage> {
        self.usage_with(|site| &site.held)
    }

    fn usage_with(&self, by_the_clock: impl Fn(&SiteTally) -> &Usage) -> Vec<Usage> {
        let with_functions = |(index, site): (usize, &SiteTally)| {
            let mut usage = by_the_clock(site).clone();
            for function in &self.functions {
                usage.merge(&function.usage(SiteId::new(index), &self.window));
            }
            usage
        };
        self.sites.iter().enumerate().map(with_functions).collect()
    }

    /// Invocations over the whole window, the warm-up included.
    pub fn invocations(&self) -> u64 {
        self.timeline.buckets.iter().map(|bucket| bucket.offered).sum()
    }

    /// Whether a limit refused anyone, at any attempt.
    pub fn was_refused(&self) -> bool {
        self.functions.iter().any(|function| function.throttled + function.retried > 0)
    }

    /// A figure of all sites together.
    pub fn sum(&self, of: impl Fn(&SiteTally) -> u128) -> u128 {
        self.sites.iter().map(of).sum()
    }

    /// Memory that instances held for places that nobody used, MiB·ns.
    pub fn idle_mib_ns(&self) -> u128 {
        (0..self.sites.len()).map(|site| self.sites[site].held_mib_ns.saturating_sub(self.used_mib_ns(site))).sum()
    }

    fn used_mib_ns(&self, site: usize) -> u128 {
        let months = self.window.months.len();
        let of_place = |meters: Meters, ns: u128| ns * u128::from(meters.memory_mib) / u128::from(meters.slots.max(1));
        let of_function = |function: &FunctionTally| {
            let (meters, metered) = function.at(SiteId::new(site), months);
            of_place(meters, metered.iter().map(|metered| metered.busy_ns).sum())
        };
        match (self.sites[site].milli_core_ns, self.functions.first()) {
            // Servers are alike for all functions.
            (Some(ns), Some(function)) => of_place(function.at(SiteId::new(site), months).0, ns / 1_000),
            _ => self.functions.iter().map(of_function).sum(),
        }
    }

    /// Most invocations executing at once, of a finished run: exact for one pool, on the grid for several.
    pub const fn busy_peak(&self) -> u32 {
        self.peak_busy
    }

    /// Most instances at once, likewise.
    pub const fn instances_peak(&self) -> u32 {
        self.peak_instances
    }

    /// Whether `limit` concurrent executions could have been exceeded, had the parts run together.
    pub fn could_exceed(&self, limit: u32) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.could_exceed(limit))
    }

    /// Whether a bucket of `capacity` tokens, into which `refill` a second trickle, could have run dry.
    pub fn could_run_dry(&self, capacity: u32, refill: f64) -> bool {
        let per_interval = refill * self.grid.width().seconds();
        self.shared.as_ref().is_some_and(|shared| shared.could_run_dry(capacity, per_interval))
    }

    /// Whether it was told to watch for a shared limit.
    pub const fn watches_limits(&self) -> bool {
        self.shared.is_some()
    }

    fn levels_of_several(&mut self, at: SimTime, busy: u32, instances: u32) {
        let site = &mut self.sites[self.site];
        (site.busy, site.instances) = (busy, instances);
        if at >= self.window.warmup && at < self.window.end {
            site.raise_peaks(busy, instances);
            self.peak_busy = self.peak_busy.max(self.sites.iter().map(|site| site.busy).sum());
            self.peak_instances = self.peak_instances.max(self.sites.iter().map(|site| site.instances).sum());
        }
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
        let site = &mut self.sites[self.site];
        site.delayed += u64::from(delay + outcome.stretch > SLOW);
        if outcome.stretch > Span::ZERO {
            site.stretched(outcome.execution, outcome.stretch);
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
        let metered = &mut function.metered[self.site_months + self.month.index];
        metered.requests += 1;
        metered.on_demand_ms += on_demand_ms;
        metered.provisioned_ms += provisioned_ms;
        let memory_mib = metered.memory_mib;
        self.timeline.at(outcome.arrived).compute += (on_demand_ms + provisioned_ms) * memory_mib;
        if self.window.hourly {
            let used = [on_demand_ms, provisioned_ms].map(|ms| ms * memory_mib);
            self.sites[self.site].compute_of_hour(outcome.taken, used);
        }
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
                Fate::Failed => function.failed += 1,
            }
        }
    }

    /// An invocation waited for a place from its arrival to `from`, or for the start of its instance after that.
    #[inline(never)]
    fn record_wait(&mut self, outcome: &Outcome, from: SimTime) {
        let until = outcome.arrived + outcome.queue + outcome.cold_start;
        self.timeline.waiting(outcome.arrived, from, until);
        let counts = self.counts(outcome.arrived);
        let site = &mut self.sites[self.site];
        site.waited += u64::from(counts);
        site.waiting_ns += u128::from(self.window.counted(outcome.arrived, until));
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
        let counted = u128::from(self.window.counted(from, to));
        self.functions[function.index()].metered[self.site_months].busy_ns += counted;
        let site = &mut self.sites[self.site];
        site.busy_ns += counted;
        site.busy_between(from, to, self.grid);
        self.timeline.busy(from, to, site.milli_core_ns.is_some());
    }
}

impl Record for Tally {
    #[inline]
    fn at_site(&mut self, site: SiteId) {
        self.site = site.index();
        self.site_months = site.index() * self.window.months.len();
    }

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
        self.sites[self.site].started += u64::from(outcome.fate.started() && self.counts(outcome.arrived));
        if outcome.queue + outcome.cold_start > Span::ZERO {
            self.record_wait(outcome, from);
        }
        if outcome.fate != Fate::Completed {
            self.record_loss(outcome);
        } else if self.counts(outcome.arrived) {
            self.record_latency(outcome);
        }
    }

    fn cores(&mut self, from: SimTime, to: SimTime, milli_cores: u32, milli_short: u64) {
        let counted = u128::from(self.window.counted(from, to));
        let (cores, short) = (u128::from(milli_cores), u128::from(milli_short));
        self.sites[self.site].cores(counted, cores, short);
        self.timeline.cores(from, to, cores, short);
    }

    fn retried(&mut self, function: FunctionId, first_attempt: SimTime) {
        if self.counts(first_attempt) {
            self.functions[function.index()].retried += 1;
        }
    }

    fn instance(&mut self, from: SimTime, to: SimTime, milli_places: u32, memory_mib: u64) {
        let counted = u128::from(self.window.counted(from, to));
        let site = &mut self.sites[self.site];
        site.instance_ns += counted;
        site.milli_place_ns += counted * u128::from(milli_places);
        site.held_mib_ns += counted * u128::from(memory_mib);
        site.instance_between(from, to, self.grid);
        self.timeline.spread(from, to, |bucket, ns| {
            bucket.instance_ns += ns;
            bucket.milli_place_ns += ns * u128::from(milli_places);
        });
    }

    #[inline]
    fn levels(&mut self, at: SimTime, busy: u32, instances: u32) {
        if let [only] = self.sites.as_mut_slice() {
            let higher = busy > only.peak_busy || instances > only.peak_instances;
            if higher && at >= self.window.warmup && at < self.window.end {
                only.raise_peaks(busy, instances);
                self.peak_busy = only.peak_busy;
                self.peak_instances = only.peak_instances;
            }
        } else {
            self.levels_of_several(at, busy, instances);
        }
    }

    fn saturated(&mut self, from: SimTime, to: SimTime) {
        self.sites[self.site].saturated_ns += u128::from(self.window.counted(from, to));
    }

    fn count(&mut self, meter: Meter, at: SimTime, base_units: u64) {
        let month = self.window.months[self.window.month(at).index].0;
        self.sites[self.site].count(month, meter, base_units);
    }

    fn interrupted(&mut self, at: SimTime) {
        self.sites[self.site].hazards.interrupted(&self.window, at);
    }

    fn lost(&mut self, at: SimTime, service: Span, again: bool) {
        self.sites[self.site].hazards.lost(&self.window, at, service, again);
    }

    fn provided(&mut self, from: SimTime, to: SimTime, members: u32, wanted: u32) {
        self.sites[self.site].hazards.provided(&self.window, (from, to), members, wanted);
    }

    fn leased(&mut self, from: SimTime, to: SimTime, taken: bool) {
        self.sites[self.site].leases.push(Lease { from, to, taken });
    }

    fn cluster(&mut self, from: SimTime, to: SimTime, levels: &ClusterLevels) {
        self.sites[self.site].cluster.get_or_insert_default().add(&self.window, from, to, levels);
    }

    fn meter(&mut self, meter: Meter, held: Held, units_per_ms: u64) {
        self.sites[self.site].meter(&self.window, meter, held, units_per_ms);
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
