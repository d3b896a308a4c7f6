//! What one function did.

use super::Window;
use super::blocks::BlockWalk;
use crate::billing::{Meter, Usage};
use crate::ids::SiteId;
use crate::stats::Histogram;
use crate::units::{SimTime, Span};

/// How the executions of a function are metered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Memory billed while executing.
    pub memory_mib: u64,
    /// Ephemeral storage billed while executing.
    pub ephemeral_mib: u64,
    /// Invocations that one instance holds at the same time.
    pub slots: u32,
}

/// What one function did.
#[derive(Clone, Debug, Default)]
pub struct FunctionTally {
    pub completed: u64,
    pub cold_starts: u64,
    pub throttled: u64,
    pub timed_out: u64,
    pub dropped: u64,
    pub abandoned: u64,
    pub failed: u64,
    pub retried: u64,
    pub latency_sum: u128,
    pub latency_least: Span,
    pub latency_max: Span,
    pub latency_p50: Option<Span>,
    pub latency_p99: Option<Span>,
    /// Until it is sealed; of the present block where blocks are kept.
    pub(super) latency: Option<Box<Latencies>>,
    /// An arrival from here on is in another block; the end of time where none are kept.
    pub(super) block_until: SimTime,
    pub(super) walk: Option<Box<BlockWalk>>,
    /// By site.
    pub(super) meters: Vec<Meters>,
    /// By site, then month.
    pub(super) metered: Vec<Metered>,
}

impl FunctionTally {
    /// Everything that was asked of it: offered = completed + throttled + timed out + dropped + abandoned + failed.
    pub const fn offered(&self) -> u64 {
        self.completed + self.throttled + self.timed_out + self.dropped + self.abandoned + self.failed
    }

    /// Places held between warm-up and end, ns.
    pub fn busy_ns(&self) -> u128 {
        self.metered.iter().map(|metered| metered.busy_ns).sum()
    }

    /// What its invocations at `site` metered, month by month.
    pub(super) fn at(&self, site: SiteId, months: usize) -> (Meters, &[Metered]) {
        let from = site.index() * months;
        let metered = self.metered.get(from..from + months).unwrap_or_default();
        (self.meters.get(site.index()).copied().unwrap_or_default(), metered)
    }

    /// What its invocations at `site` metered.
    pub fn usage(&self, site: SiteId, window: &Window) -> Usage {
        let mut usage = Usage::default();
        let (Meters { memory_mib, ephemeral_mib, slots: _ }, metered) = self.at(site, window.months.len());
        for (metered, (month, _)) in metered.iter().zip(&window.months) {
            let [on_demand, provisioned] = [metered.on_demand_ms, metered.provisioned_ms].map(u128::from);
            usage.add(*month, Meter::Requests, metered.requests.into());
            usage.add(*month, Meter::Compute, on_demand * u128::from(memory_mib));
            usage.add(*month, Meter::ProvisionedCompute, provisioned * u128::from(memory_mib));
            usage.add(*month, Meter::EphemeralStorage, (on_demand + provisioned) * u128::from(ephemeral_mib));
        }
        usage
    }

    /// The same at all sites.
    pub fn usage_everywhere(&self, window: &Window) -> Usage {
        let mut usage = Usage::default();
        for site in 0..self.meters.len() {
            usage.merge(&self.usage(SiteId::new(site), window));
        }
        usage
    }

    /// Billed durations of its invocations at `site`, those of the warm-up and after the end included.
    pub fn billed_ms(&self, site: SiteId, window: &Window) -> u128 {
        let metered = self.at(site, window.months.len()).1;
        metered.iter().map(|metered| u128::from(metered.on_demand_ms) + u128::from(metered.provisioned_ms)).sum()
    }

    /// Adds its billed durations at `site` to `billing`.
    pub(super) fn add_to(&self, billing: &mut Billing, site: SiteId, window: &Window) {
        let (meters, metered) = self.at(site, window.months.len());
        let [memory, storage] = [meters.memory_mib, meters.ephemeral_mib].map(u128::from);
        for metered in metered {
            let on_demand = Duration::of(metered.on_demand_ms, metered.on_demand_beyond_ns, metered.init_ns);
            let provisioned = Duration::of(metered.provisioned_ms, metered.provisioned_beyond_ns, 0);
            billing.on_demand.add(on_demand, memory);
            billing.provisioned.add(provisioned, memory);
            billing.storage.add(on_demand, storage);
            billing.storage.add(provisioned, storage);
        }
    }

    /// One more has completed, after `latency`.
    #[inline(always)]
    pub(super) fn complete(&mut self, latency: Span, delayed: bool) {
        self.completed += 1;
        self.latency_sum += u128::from(latency.ns());
        self.latency_max = self.latency_max.max(latency);
        self.latency_least = self.latency_least.min(latency);
        if let Some(latencies) = &mut self.latency {
            let recorded = if delayed { &mut latencies.delayed } else { &mut latencies.plain };
            recorded.record(latency);
        }
    }

    /// What began to execute.
    pub const fn started(&self) -> u64 {
        self.completed + self.timed_out + self.failed
    }
}

/// Latencies of what completed.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    /// Execution alone.
    pub plain: Histogram,
    /// With a delay before it: network, queue, cold start.
    pub delayed: Histogram,
}

impl Latencies {
    pub fn all(&self) -> Histogram {
        let mut all = self.plain.clone();
        all.merge(&self.delayed);
        all
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.plain.merge(&other.plain);
        self.delayed.merge(&other.delayed);
    }

    /// Forgets what was recorded, and keeps the room.
    pub(super) fn clear(&mut self) {
        self.plain.clear();
        self.delayed.clear();
    }
}

/// Billed durations of the functions of a site, each times what it held of memory or of ephemeral storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Billing {
    /// MiB·ns.
    pub on_demand: Duration,
    /// MiB·ns, on provisioned instances.
    pub provisioned: Duration,
    /// MiB·ns of ephemeral storage, on both.
    pub storage: Duration,
}

/// A billed duration: execution is what start-up and rounding leave of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duration {
    pub billed: u128,
    pub init: u128,
    /// What increments and minimums add.
    pub beyond: u128,
}

impl Duration {
    fn of(ms: u64, beyond_ns: u64, init_ns: u64) -> Self {
        Self { billed: u128::from(ms) * 1_000_000, init: init_ns.into(), beyond: beyond_ns.into() }
    }

    const fn add(&mut self, other: Self, times: u128) {
        self.billed += other.billed * times;
        self.init += other.init * times;
        self.beyond += other.beyond * times;
    }
}

/// Of one function at one site in one month.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Metered {
    pub requests: u64,
    pub on_demand_ms: u64,
    pub provisioned_ms: u64,
    /// What increments and minimums add, in the durations above.
    pub on_demand_beyond_ns: u64,
    pub provisioned_beyond_ns: u64,
    /// Start-up in the durations on demand.
    pub init_ns: u64,
    /// Billed while executing, here as in [`Meters`]: what changes together lies together.
    pub memory_mib: u64,
    /// Places held between warm-up and end.
    pub busy_ns: u128,
}

/// Adds functions that another part of the same run simulated: each is simulated in one of them.
pub(super) fn take_over(mine: &mut Vec<FunctionTally>, theirs: &mut [FunctionTally]) {
    if mine.len() < theirs.len() {
        mine.resize_with(theirs.len(), FunctionTally::default);
    }
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        if !theirs.metered.is_empty() {
            assert!(mine.metered.is_empty(), "a function is simulated in one part of a run");
            std::mem::swap(mine, theirs);
        }
    }
}
