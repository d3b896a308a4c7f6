//! A stretch of a long window that was simulated by itself, and the whole that such stretches are added up to.
//!
//! A stretch is a window of its own, opened by a lead-in that fills the system and is left out of everything; what is
//! metered in it stands under a month that is in no calendar. A stretch may stand at places where it did not happen: what
//! it metered is then shared out among calendar months by their time.

use crate::billing::Usage;
use crate::units::{MonthId, SimTime, Span};

use super::function::Metered;
use super::{FunctionTally, Lease, SiteTally, Tally, Window};

/// The month of a lead-in.
const LEAD_IN: MonthId = MonthId(i32::MIN);

/// Where a stretch is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placing {
    /// Where it happened, its lead-in left out.
    pub from: SimTime,
    pub length: Span,
    pub lead_in: Span,
    /// Where it stands in the whole.
    pub at: SimTime,
}

impl Window {
    /// The stretch of `self` that is placed so, at its own place.
    #[must_use]
    pub fn stretch(&self, placing: &Placing) -> Self {
        let Placing { from, length, lead_in, .. } = *placing;
        let (begin, end) = (SimTime::from_ns(from.ns() - lead_in.ns()), SimTime::ZERO + lead_in + length);
        let shifted =
            |until: &SimTime| if *until == SimTime::END { *until } else { SimTime::ZERO + until.since(begin) };
        let first = (lead_in > Span::ZERO).then_some((LEAD_IN, SimTime::ZERO + lead_in));
        let months =
            self.months.iter().filter(|(_, until)| *until > from).map(|(month, until)| (*month, shifted(until)));
        let mut months: Vec<(MonthId, SimTime)> = first.into_iter().chain(months).collect();
        let last = months.iter().position(|(_, until)| *until >= end).unwrap_or(months.len() - 1);
        months.truncate(last + 1);
        months[last].1 = SimTime::END;
        Self {
            warmup: SimTime::ZERO + lead_in,
            end,
            months,
            hourly: self.hourly,
            part: true,
            blocks: None,
            over_time: self.over_time,
        }
    }

    /// How long `[at, at + length)` lies in each month.
    fn overlaps(&self, at: SimTime, length: Span) -> Vec<u128> {
        let (mut start, end) = (at, at + length);
        let overlap = |(_, until): &(MonthId, SimTime)| {
            let stop = end.min(*until).max(start);
            let ns = u128::from(stop.since(start).ns());
            start = stop;
            ns
        };
        self.months.iter().map(overlap).collect()
    }
}

/// Which months of the whole the months of a stretch are.
struct Months {
    /// At its own place: by month of the stretch; the lead-in is nowhere.
    own: Option<Vec<Option<usize>>>,
    lead_in: bool,
    /// Elsewhere: how long it lies in each month of the whole.
    overlaps: Vec<u128>,
}

impl Months {
    fn of(whole: &Window, stretch: &Window, placing: &Placing) -> Self {
        let index = |month: &MonthId| whole.months.iter().position(|(known, _)| known == month);
        let own = || stretch.months.iter().map(|(month, _)| index(month)).collect();
        Self {
            own: (placing.at == placing.from).then(own),
            lead_in: placing.lead_in > Span::ZERO,
            overlaps: whole.overlaps(placing.at, placing.length),
        }
    }

    /// `(month of the whole, quantity)` of quantities by month of the stretch.
    fn shared(&self, by_month: &[u128]) -> Vec<(usize, u128)> {
        if let Some(own) = &self.own {
            return own.iter().zip(by_month).filter_map(|(index, quantity)| Some(((*index)?, *quantity))).collect();
        }
        let total: u128 = by_month.iter().skip(usize::from(self.lead_in)).sum();
        let length: u128 = self.overlaps.iter().sum();
        let (mut over, mut given) = (0, 0);
        let share = |(index, overlap): (usize, &u128)| {
            over += overlap;
            // A quantity of 2^70 over a year of nanoseconds still fits.
            let until = total.checked_mul(over).map_or_else(|| total / length.max(1) * over, |all| all / length.max(1));
            let part = until - given;
            given = until;
            (index, part)
        };
        self.overlaps.iter().enumerate().map(share).filter(|(_, part)| *part > 0).collect()
    }
}

impl Tally {
    /// Adds a stretch that is [finished](Self::finish); several may stand where one was simulated.
    pub fn append(&mut self, stretch: &Self, placing: &Placing) {
        let months = Months::of(self.window(), stretch.window(), placing);
        self.functions.resize_with(self.functions.len().max(stretch.functions.len()), FunctionTally::default);
        let count = self.window().months.len();
        for (mine, theirs) in self.functions.iter_mut().zip(&stretch.functions) {
            mine.append(theirs, &months, (stretch.window().months.len(), count));
        }
        let width = stretch.timeline.width();
        for (index, bucket) in stretch.timeline.buckets.iter().enumerate() {
            let begin = SimTime::ZERO + Span::from_ns(width.ns() * index as u64);
            if begin >= SimTime::ZERO + placing.lead_in {
                self.timeline.at(placing.at + begin.since(SimTime::ZERO + placing.lead_in)).add(bucket);
            }
        }
        if let (Some(mine), Some(theirs)) = (&mut self.over_time, &stretch.over_time) {
            mine.append(theirs, placing);
        }
        self.merge_sums(stretch);
        let windows = (self.window().clone(), stretch.window().clone());
        for (mine, theirs) in self.sites.iter_mut().zip(&stretch.sites) {
            mine.merge(&theirs.placed(&months, (&windows.0, &windows.1), placing));
        }
        let shifted = |at: SimTime| placing.at + at.since(SimTime::ZERO + placing.lead_in);
        if stretch.first_arrival != SimTime::END {
            self.first_arrival = self.first_arrival.min(shifted(stretch.first_arrival));
            self.last_arrival = self.last_arrival.max(shifted(stretch.last_arrival));
        }
    }
}

impl FunctionTally {
    /// `counts`: months of the stretch, and of the whole.
    fn append(&mut self, other: &Self, months: &Months, counts: (usize, usize)) {
        if self.meters.is_empty() {
            self.meters.clone_from(&other.meters);
            self.latency_least = Span::MAX;
            self.latency.get_or_insert_default();
            let of_site = |meters: &super::Meters| Metered { memory_mib: meters.memory_mib, ..Metered::default() };
            self.metered = self.meters.iter().flat_map(|site| vec![of_site(site); counts.1]).collect();
        }
        self.completed += other.completed;
        self.cold_starts += other.cold_starts;
        self.throttled += other.throttled;
        self.timed_out += other.timed_out;
        self.dropped += other.dropped;
        self.abandoned += other.abandoned;
        self.failed += other.failed;
        self.retried += other.retried;
        self.latency_sum += other.latency_sum;
        self.latency_least = self.latency_least.min(other.latency_least);
        self.latency_max = self.latency_max.max(other.latency_max);
        if let (Some(mine), Some(theirs)) = (&mut self.latency, &other.latency) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.metered.chunks_mut(counts.1.max(1)).zip(other.metered.chunks(counts.0.max(1))) {
            append_metered(mine, theirs, months);
        }
    }
}

fn append_metered(mine: &mut [Metered], theirs: &[Metered], months: &Months) {
    mine[0].busy_ns += theirs.iter().map(|metered| metered.busy_ns).sum::<u128>();
    type Field = (fn(&Metered) -> u64, fn(&mut Metered) -> &mut u64);
    let fields: [Field; 6] = [
        (|metered| metered.requests, |metered| &mut metered.requests),
        (|metered| metered.on_demand_ms, |metered| &mut metered.on_demand_ms),
        (|metered| metered.provisioned_ms, |metered| &mut metered.provisioned_ms),
        (|metered| metered.on_demand_beyond_ns, |metered| &mut metered.on_demand_beyond_ns),
        (|metered| metered.provisioned_beyond_ns, |metered| &mut metered.provisioned_beyond_ns),
        (|metered| metered.init_ns, |metered| &mut metered.init_ns),
    ];
    for (read, write) in fields {
        let by_month: Vec<u128> = theirs.iter().map(|metered| read(metered).into()).collect();
        for (index, quantity) in months.shared(&by_month) {
            let sum = write(&mut mine[index]);
            *sum = sum.saturating_add(u64::try_from(quantity).unwrap_or(u64::MAX));
        }
    }
}

impl SiteTally {
    /// As it stands in the whole.
    fn placed(&self, months: &Months, (whole, stretch): (&Window, &Window), placing: &Placing) -> Self {
        const HOUR: u64 = Span::HOUR.ns();
        let mut placed = self.clone();
        placed.direct = shared(&self.direct, months, whole, stretch);
        placed.held = shared(&self.held, months, whole, stretch);
        let (skipped, first) = ((placing.lead_in.ns() / HOUR) as usize, (placing.at.ns() / HOUR) as usize);
        for (_, hours) in &mut placed.hours {
            let ours = hours.split_off(skipped.min(hours.len()));
            *hours = vec![0; first];
            hours.extend(ours);
        }
        let begin = SimTime::ZERO + placing.lead_in;
        let lease = |lease: &Lease| Lease {
            from: placing.at + lease.from.since(begin),
            to: placing.at + lease.to.since(begin),
            taken: lease.taken,
        };
        let within = |(from, to): &(SimTime, SimTime)| (placing.at + from.since(begin), placing.at + to.since(begin));
        placed.runs = self.runs.iter().filter(|(_, to)| *to > begin).map(within).collect();
        placed.leases = self.leases.iter().filter(|lease| lease.to > begin).map(lease).collect();
        placed
    }
}

fn shared(usage: &Usage, months: &Months, whole: &Window, stretch: &Window) -> Usage {
    let mut shared = Usage::default();
    for meter in usage.meters() {
        let of = |(month, _): &(MonthId, SimTime)| {
            usage
                .iter()
                .filter(|(known, other, _)| known == month && *other == meter)
                .map(|(.., quantity)| quantity)
                .sum()
        };
        let by_month: Vec<u128> = stretch.months.iter().map(of).collect();
        for (index, quantity) in months.shared(&by_month) {
            shared.add(whole.months[index].0, meter, quantity);
        }
    }
    shared
}
