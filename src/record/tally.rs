//! What one deployment did in one replication: integers, so that parts merge exactly and in any order.

use crate::billing::Usage;
use crate::ids::{FunctionId, SiteId};
use crate::stats::Histogram;
use crate::units::{SimTime, Span};

use super::function::{self, Billing, FunctionTally, Latencies, Metered, Meters};
use super::shared::Shared;
use super::site::{self, SiteTally, add_all};
use super::window::{Month, Window};
use super::{Block, Grid, LatencyOverTime, Timeline};

/// The recorder of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    pub(super) window: Window,
    pub(super) grid: Grid,
    pub(super) month: Month,
    pub functions: Vec<FunctionTally>,
    pub timeline: Timeline,
    /// Where the window has blocks.
    pub blocks: Vec<Block>,
    /// Where the window asks for it.
    pub over_time: Option<Box<LatencyOverTime>>,
    /// Of completed invocations, of functions that are sealed.
    pub latency: Latencies,
    /// Of those that were delayed.
    pub delayed_execution: Histogram,
    pub queue: Histogram,
    pub cold_start: Histogram,
    pub network: Histogram,
    pub queue_sum: u128,
    pub cold_start_sum: u128,
    pub network_sum: u128,
    pub sites: Vec<SiteTally>,
    /// Where things happen now, and where its months begin among those of all sites.
    pub(super) site: usize,
    pub(super) site_months: usize,
    pub(super) peak_busy: u32,
    pub(super) peak_instances: u32,
    /// Several pools run independently, so levels are added up on the grid.
    independent: bool,
    pub(super) shared: Option<Shared>,
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
        let timeline = Timeline::new(window.end);
        Self {
            grid,
            month: Month { index: 0, from: SimTime::ZERO, until: window.months[0].1 },
            functions: Vec::new(),
            over_time: window.over_time.then(|| Box::new(LatencyOverTime::new(&timeline))),
            timeline,
            blocks: Vec::new(),
            latency: Latencies::default(),
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
        tally.block_until = if self.window.blocks.is_some() { SimTime::ZERO } else { SimTime::END };
        let months = self.window.months.len();
        let of_site = |site: &Meters| Metered { memory_mib: site.memory_mib, ..Metered::default() };
        tally.metered = tally.meters.iter().flat_map(|site| vec![of_site(site); months]).collect();
        tally.latency.get_or_insert_default();
    }

    /// `function` is complete: keeps its percentiles, gives its histogram to the whole.
    pub fn seal(&mut self, function: FunctionId) {
        self.leave_blocks(function);
        let part = self.window.part;
        let tally = &mut self.functions[function.index()];
        if let Some(latency) = tally.latency.take_if(|_| !part) {
            let all = latency.all();
            let quantile =
                |share| all.quantile(share).map(|length| length.max(tally.latency_least).min(tally.latency_max));
            tally.latency_p50 = quantile(0.5);
            tally.latency_p99 = quantile(0.99);
            self.latency.merge(&latency);
        }
    }

    /// The run is complete: seals every function and reduces the grid to the peaks, and the timeline to its intervals.
    pub fn finish(&mut self) {
        for index in 0..self.functions.len() {
            self.seal(FunctionId::new(index));
        }
        self.timeline.finish();
        self.pack();
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
        self.merge_blocks(&other);
        self.join_over_time(&mut other);
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

    /// Nothing is recorded for now: takes as little memory as it can until it is merged.
    pub fn pack(&mut self) {
        if let Some(over_time) = &mut self.over_time {
            over_time.finish();
        }
    }

    /// Takes the latencies over time of another part of the same run, or of another replication of it.
    pub fn join_over_time(&mut self, other: &mut Self) {
        if let (Some(mine), Some(theirs)) = (&mut self.over_time, other.over_time.take()) {
            mine.merge(*theirs);
        }
    }

    /// What adds up wherever it happened.
    pub(super) fn merge_sums(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        for (mine, theirs) in [
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

    /// Billed durations of the functions at a site, over the whole window.
    pub fn billing(&self, site: SiteId) -> Billing {
        let mut billing = Billing::default();
        for function in &self.functions {
            function.add_to(&mut billing, site, &self.window);
        }
        billing
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
}
