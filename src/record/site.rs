//! What one site of a deployment held: its capacity, and what it metered by the clock.

use crate::billing::{Meter, Usage};
use crate::stats::Histogram;
use crate::units::{MonthId, SimTime, Span};

use super::{ClusterTally, Grid, HazardTally, Held, Outcome, Window};

/// A delay that users notice: "instantaneous" ends at a tenth of a second (Miller 1968).
pub const SLOW: Span = Span::from_ns(100_000_000);

/// Changes of levels on the grid, kept only where several pools run independently.
#[derive(Clone, Debug)]
struct Levels {
    busy: Vec<i32>,
    instances: Vec<i32>,
}

/// Instances of one site, summed over time between warm-up and end; usage over the whole window.
#[derive(Clone, Debug, Default)]
pub struct SiteTally {
    /// Invocations of any fate that held a place.
    pub started: u64,
    /// Those that waited for one, start-up included.
    pub waited: u64,
    /// Time for which invocations waited: for a place, its start-up, or a core that others held.
    pub waiting_ns: u128,
    /// Completed invocations that were [delayed](SLOW) by anything but their own execution.
    pub delayed: u64,
    /// Completed executions that were longer because others held their core.
    pub stretched: Option<Box<Stretched>>,
    pub instance_ns: u128,
    /// The part of it in which members of a fleet start, and have no place yet.
    pub starting_ns: u128,
    /// Thousandths of places, taken or not.
    pub milli_place_ns: u128,
    /// Places held by invocations.
    pub busy_ns: u128,
    /// Thousandths of cores at work, where invocations share them.
    pub milli_core_ns: Option<u128>,
    /// Memory of instances, busy or not.
    pub held_mib_ns: u128,
    /// Instances all of whose places were taken.
    pub saturated_ns: u128,
    pub(super) peak_busy: u32,
    pub(super) peak_instances: u32,
    /// Now.
    pub(super) busy: u32,
    pub(super) instances: u32,
    /// Metered by the clock, as billed.
    pub(super) direct: Usage,
    /// The same without minimums and increments of the window.
    pub(super) held: Usage,
    /// By meter: base units by clock hour, where commitments are cleared hour by hour.
    pub hours: Vec<(Meter, Vec<u64>)>,
    /// When each instance ran, likewise.
    pub runs: Vec<(SimTime, SimTime)>,
    /// Of instances whose price changes with time.
    pub leases: Vec<Lease>,
    /// Of a site whose instances run on nodes of a cluster.
    pub cluster: Option<Box<ClusterTally>>,
    pub hazards: HazardTally,
    levels: Option<Levels>,
}

/// Executions as they were, and as they would have been alone.
#[derive(Clone, Debug, Default)]
pub struct Stretched {
    pub execution: Histogram,
    pub alone: Histogram,
}

/// The time of one instance; `taken`: the provider ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub from: SimTime,
    pub to: SimTime,
    pub taken: bool,
}

impl SiteTally {
    /// `grid`: where several pools run independently.
    pub(super) fn new(grid: Option<Grid>) -> Self {
        let levels = |grid: Grid| Levels { busy: vec![0; grid.len()], instances: vec![0; grid.len()] };
        Self { levels: grid.map(levels), ..Self::default() }
    }

    pub(super) fn raise_peaks(&mut self, busy: u32, instances: u32) {
        self.peak_busy = self.peak_busy.max(busy);
        self.peak_instances = self.peak_instances.max(instances);
    }

    /// An invocation has completed, `delay` later than it executed.
    #[inline(always)]
    pub(super) fn complete(&mut self, outcome: &Outcome, delay: Span) {
        self.delayed += u64::from(delay + outcome.stretch > SLOW);
        if outcome.stretch > Span::ZERO {
            self.stretch(outcome.execution, outcome.stretch);
        }
    }

    #[inline(never)]
    fn stretch(&mut self, execution: Span, stretch: Span) {
        let stretched = self.stretched.get_or_insert_default();
        stretched.execution.record(execution);
        stretched.alone.record(execution - stretch);
    }

    /// Thousandths of cores were at work for `ns`, and as many more as `short` could have been.
    #[inline]
    pub(super) fn cores(&mut self, ns: u128, working: u128, short: u128) {
        *self.milli_core_ns.get_or_insert(0) += ns * working;
        if short > 0 {
            self.waiting_ns += thousandths(ns * short);
        }
    }

    #[inline(always)]
    pub(super) fn busy_between(&mut self, from: SimTime, to: SimTime, grid: Grid) {
        if let Some(levels) = &mut self.levels {
            change(&mut levels.busy, grid, from, to);
        }
    }

    #[inline]
    pub(super) fn instance_between(&mut self, from: SimTime, to: SimTime, grid: Grid) {
        if let Some(levels) = &mut self.levels {
            change(&mut levels.instances, grid, from, to);
        }
    }

    /// Places used, added up over time: cores where invocations share them.
    pub fn worked_ns(&self) -> u128 {
        self.milli_core_ns.map_or(self.busy_ns, |ns| ns / 1_000)
    }

    /// Places that are paid for, in thousandths, added up over time: the cores of the nodes where instances run on nodes.
    pub fn paid_milli_place_ns(&self) -> u128 {
        self.cluster.as_ref().map_or(self.milli_place_ns, |cluster| cluster.paid_milli_core_ns)
    }

    /// Most invocations executing at once, of a finished run: exact for one pool, on the grid for several.
    pub const fn busy_peak(&self) -> u32 {
        self.peak_busy
    }

    pub const fn instances_peak(&self) -> u32 {
        self.peak_instances
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.started += other.started;
        self.waited += other.waited;
        self.waiting_ns += other.waiting_ns;
        self.delayed += other.delayed;
        if let Some(theirs) = &other.stretched {
            let mine = self.stretched.get_or_insert_default();
            mine.execution.merge(&theirs.execution);
            mine.alone.merge(&theirs.alone);
        }
        self.instance_ns += other.instance_ns;
        self.starting_ns += other.starting_ns;
        self.milli_place_ns += other.milli_place_ns;
        self.busy_ns += other.busy_ns;
        if let Some(ns) = other.milli_core_ns {
            *self.milli_core_ns.get_or_insert(0) += ns;
        }
        self.leases.extend_from_slice(&other.leases);
        if let Some(cluster) = &other.cluster {
            self.cluster.get_or_insert_default().merge(cluster);
        }
        self.runs.extend_from_slice(&other.runs);
        self.hazards.merge(&other.hazards);
        self.held_mib_ns += other.held_mib_ns;
        self.saturated_ns += other.saturated_ns;
        self.peak_busy = self.peak_busy.max(other.peak_busy);
        self.peak_instances = self.peak_instances.max(other.peak_instances);
        if let (Some(mine), Some(theirs)) = (&mut self.levels, &other.levels) {
            add_all(&mut mine.busy, &theirs.busy);
            add_all(&mut mine.instances, &theirs.instances);
        }
        self.direct.merge(&other.direct);
        self.held.merge(&other.held);
        for (meter, theirs) in &other.hours {
            let mine = hours_of(&mut self.hours, *meter, theirs.len());
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }

    pub(super) fn count(&mut self, month: MonthId, meter: Meter, base_units: u64) {
        self.direct.add(month, meter, base_units.into());
        self.held.add(month, meter, base_units.into());
    }

    pub(super) fn meter(&mut self, window: &Window, meter: Meter, held: Held, units_per_ms: u64) {
        let ms = |instant: SimTime| u128::from(instant.ns().div_ceil(1_000_000));
        for (usage, to) in [(&mut self.held, held.until), (&mut self.direct, held.billed_until)] {
            let mut start = held.from;
            for (month, until) in &window.months {
                let stop = to.min(*until);
                if start < stop {
                    usage.add(*month, meter, (ms(stop) - ms(start)) * u128::from(units_per_ms));
                    start = stop;
                }
            }
        }
        if window.hourly {
            // What a minimum adds after the end belongs to hours in which no commitment is counted.
            self.meter_hours(meter, held.from, held.billed_until.min(window.end), units_per_ms);
        }
    }

    /// Memory held by an execution that began at `at`, on demand and provisioned, MiB·ms: all of it counts in that hour.
    #[inline(never)]
    pub(super) fn compute_of_hour(&mut self, at: SimTime, [on_demand, provisioned]: [u64; 2]) {
        let hour = (at.ns() / 1_000_000 / HOUR_MS) as usize;
        for (meter, units) in [(Meter::Compute, on_demand), (Meter::ProvisionedCompute, provisioned)] {
            if units > 0 {
                hours_of(&mut self.hours, meter, hour + 1)[hour] += units;
            }
        }
    }

    fn meter_hours(&mut self, meter: Meter, from: SimTime, to: SimTime, units_per_ms: u64) {
        if meter == Meter::InstanceTime {
            self.runs.push((from, to));
        }
        let [from, to] = [from, to].map(|instant| instant.ns().div_ceil(1_000_000));
        let hours = hours_of(&mut self.hours, meter, to.div_ceil(HOUR_MS) as usize);
        let mut start = from;
        while start < to {
            let hour = start / HOUR_MS;
            let stop = to.min((hour + 1) * HOUR_MS);
            hours[hour as usize] += (stop - start) * units_per_ms;
            start = stop;
        }
    }
}

/// Divides by a thousand: nearly always a number of 64 bits, for which that is a multiplication.
#[inline]
pub(super) const fn thousandths(number: u128) -> u128 {
    if number >> u64::BITS == 0 { (number as u64 / 1_000) as u128 } else { number / 1_000 }
}

const HOUR_MS: u64 = 3_600_000;

/// The hours of `meter`, at least `count` of them.
fn hours_of(all: &mut Vec<(Meter, Vec<u64>)>, meter: Meter, count: usize) -> &mut Vec<u64> {
    let position = all.iter().position(|(known, _)| *known == meter);
    let position = position.unwrap_or_else(|| {
        all.push((meter, Vec::new()));
        all.len() - 1
    });
    let hours = &mut all[position].1;
    if hours.len() < count {
        hours.resize(count, 0);
    }
    hours
}

/// Reduces the grids of `sites` to their peaks from instant `from` on; the peaks of their sum: busy, instances.
pub(super) fn finish(sites: &mut [SiteTally], from: usize) -> (u32, u32) {
    let levels: Vec<Levels> = sites.iter_mut().filter_map(|site| site.levels.take()).collect();
    for (site, levels) in sites.iter_mut().zip(&levels) {
        site.raise_peaks(highest([&*levels.busy], from), highest([&*levels.instances], from));
    }
    let busy: Vec<&[i32]> = levels.iter().map(|levels| &*levels.busy).collect();
    let instances: Vec<&[i32]> = levels.iter().map(|levels| &*levels.instances).collect();
    (highest(&busy, from), highest(&instances, from))
}

/// The highest level that the sum of `changes` reaches from instant `from` on.
fn highest<'a>(changes: impl AsRef<[&'a [i32]]>, from: usize) -> u32 {
    let changes = changes.as_ref();
    let mut level = 0;
    let mut highest = 0;
    for index in 0..changes.first().map_or(0, |first| first.len()) {
        level += changes.iter().map(|changes| changes[index]).sum::<i32>();
        if index >= from {
            highest = highest.max(level);
        }
    }
    highest.unsigned_abs()
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

pub(super) fn add_all<T: Copy + std::ops::AddAssign>(mine: &mut [T], theirs: &[T]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += *theirs;
    }
}
