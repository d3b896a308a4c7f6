//! Quantities over time: intervals of a round length, and a fine grid of instants.

use super::site::thousandths;
use crate::units::{SimTime, Span};

/// What happened in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    pub offered: u64,
    /// What never began to execute.
    pub refused: u64,
    pub cold_starts: u64,
    pub busy_ns: u128,
    pub instance_ns: u128,
    /// Thousandths of places of instances, taken or not.
    pub milli_place_ns: u128,
    /// Invocations that wait for capacity: in a queue, for the start of an instance, for a core that others hold.
    pub waiting_ns: u128,
    /// Places that invocations use, or would if they were there: cores where they are shared.
    pub demand_ns: u128,
    /// Metered compute, on demand and provisioned, MiB·ms.
    pub compute: u64,
}

impl Bucket {
    pub const fn started(&self) -> u64 {
        self.offered - self.refused
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.offered += other.offered;
        self.refused += other.refused;
        self.cold_starts += other.cold_starts;
        self.busy_ns += other.busy_ns;
        self.instance_ns += other.instance_ns;
        self.milli_place_ns += other.milli_place_ns;
        self.waiting_ns += other.waiting_ns;
        self.demand_ns += other.demand_ns;
        self.compute += other.compute;
    }

    /// Takes away lengths of time that were added.
    const fn subtract_times(&mut self, other: &Self) {
        self.busy_ns -= other.busy_ns;
        self.instance_ns -= other.instance_ns;
        self.milli_place_ns -= other.milli_place_ns;
        self.waiting_ns -= other.waiting_ns;
        self.demand_ns -= other.demand_ns;
    }
}

/// When an invocation arrived, began to hold a place, began to execute, and ended: in this order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub arrived: SimTime,
    /// From when it asks for capacity: a batch that is being collected asks for none.
    pub asked: SimTime,
    /// Of a sandbox that starts for it, from the start-up on.
    pub held: SimTime,
    pub executes: SimTime,
    pub ends: SimTime,
}

/// Equal intervals that cover `[0, end)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    width: u64,
    end: SimTime,
    pub buckets: Vec<Bucket>,
    /// What covers intervals from their begin to their end, where it begins to and where it no longer does: a wait of days
    /// costs no more than a short one. Empty until something is that long.
    begins: Vec<Bucket>,
    ends: Vec<Bucket>,
    /// Interval of the latest arrival and where it ends: arrivals come nearly in order.
    current: usize,
    current_from: u64,
}

/// Lengths that people read on an axis.
const ROUND_SECONDS: [u64; 22] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800,
    604_800, 1_209_600,
];

/// Most intervals that a timeline has.
const MOST_BUCKETS: u64 = 1_024;

impl Timeline {
    /// The length of an interval of a window that ends then.
    pub fn width_of(end: SimTime) -> Span {
        let least = (end.ns() / MOST_BUCKETS).max(1);
        let in_seconds = ROUND_SECONDS.iter().map(|seconds| seconds * Span::SECOND.ns()).find(|width| *width >= least);
        let in_powers = (0..).map(|power| 10u64.pow(power)).find(|width| *width >= least).unwrap_or(least);
        Span::from_ns(match in_seconds {
            Some(width) if least > 500_000_000 => width,
            _ => in_powers.max(least),
        })
    }

    pub fn new(end: SimTime) -> Self {
        let width = Self::width_of(end).ns();
        let count = end.ns().div_ceil(width).max(1);
        Self {
            width,
            end,
            buckets: vec![Bucket::default(); usize::try_from(count).unwrap_or(0)],
            begins: Vec::new(),
            ends: Vec::new(),
            current: 0,
            current_from: 0,
        }
    }

    pub const fn width(&self) -> Span {
        Span::from_ns(self.width)
    }

    /// The interval of an arrival; those after the end count in the last.
    #[inline(always)]
    pub fn at(&mut self, instant: SimTime) -> &mut Bucket {
        if instant.ns().wrapping_sub(self.current_from) >= self.width {
            self.go_to(instant);
        }
        &mut self.buckets[self.current]
    }

    #[cold]
    fn go_to(&mut self, instant: SimTime) {
        self.current = usize::try_from(instant.ns() / self.width).unwrap_or(usize::MAX).min(self.buckets.len() - 1);
        self.current_from = self.current as u64 * self.width;
    }

    /// Adds the nanoseconds of `[from, to)` to the intervals that they fall into; what lies after the end is cut.
    #[inline(always)]
    pub fn spread(&mut self, from: SimTime, to: SimTime, add: impl Fn(&mut Bucket, u128)) {
        let to = to.min(self.end).ns();
        let from = from.ns();
        if from >= to {
            return;
        }
        let offset = from.wrapping_sub(self.current_from);
        if offset < self.width && to - from <= self.width - offset {
            add(&mut self.buckets[self.current], u128::from(to - from));
        } else {
            self.spread_over(from, to, add);
        }
    }

    /// An invocation arrives, and goes through. `shares`: it holds a place with others, who are not worth a place each.
    #[inline(always)]
    pub(super) fn pass(&mut self, through: &Passage, shares: bool) {
        let Passage { arrived, asked, held, executes, ends } = *through;
        if arrived.ns().wrapping_sub(self.current_from) >= self.width {
            self.go_to(arrived);
        }
        let bucket = &mut self.buckets[self.current];
        bucket.offered += 1;
        if ends.ns().wrapping_sub(self.current_from) <= self.width && ends <= self.end {
            bucket.busy_ns += u128::from(ends.since(held).ns());
            bucket.waiting_ns += u128::from(executes.since(asked).ns());
            bucket.demand_ns += u128::from(if shares { held } else { ends }.since(asked).ns());
        } else {
            self.pass_on(through, shares);
        }
    }

    /// The same for one that does not end in the interval in which it arrives.
    #[inline(never)]
    fn pass_on(&mut self, through: &Passage, shares: bool) {
        let Passage { arrived: _, asked, held, executes, ends } = *through;
        self.spread(held, ends, |bucket, ns| bucket.busy_ns += ns);
        self.spread(asked, executes, |bucket, ns| bucket.waiting_ns += ns);
        self.spread(asked, if shares { held } else { ends }, |bucket, ns| bucket.demand_ns += ns);
    }

    /// Thousandths of cores work, and `short` more could.
    #[inline]
    pub(super) fn cores(&mut self, from: SimTime, to: SimTime, working: u128, short: u128) {
        self.spread(from, to, |bucket, ns| {
            if short > 0 {
                bucket.waiting_ns += thousandths(ns * short);
            }
            bucket.demand_ns += thousandths(ns * (working + short));
        });
    }

    #[inline(never)]
    fn spread_over(&mut self, from: u64, to: u64, add: impl Fn(&mut Bucket, u128)) {
        let (first, last) = ((from / self.width) as usize, ((to - 1) / self.width) as usize);
        let begin = |index: usize| index as u64 * self.width;
        if first == last {
            return add(&mut self.buckets[first], u128::from(to - from));
        }
        add(&mut self.buckets[first], u128::from(begin(first + 1) - from));
        add(&mut self.buckets[last], u128::from(to - begin(last)));
        if first + 1 < last {
            for (changes, index) in [(&mut self.begins, first + 1), (&mut self.ends, last)] {
                changes.resize_with(self.buckets.len(), Bucket::default);
                add(&mut changes[index], u128::from(self.width));
            }
        }
    }

    /// The run is complete: gives every interval what covers it.
    pub(super) fn finish(&mut self) {
        let mut covering = Bucket::default();
        for ((bucket, begin), end) in self.buckets.iter_mut().zip(&self.begins).zip(&self.ends) {
            covering.add(begin);
            covering.subtract_times(end);
            bucket.add(&covering);
        }
        (self.begins, self.ends) = (Vec::new(), Vec::new());
    }

    pub fn merge(&mut self, other: &Self) {
        self.begins.resize_with(self.begins.len().max(other.begins.len()), Bucket::default);
        self.ends.resize_with(self.ends.len().max(other.ends.len()), Bucket::default);
        for (mine, theirs) in
            [(&mut self.buckets, &other.buckets), (&mut self.begins, &other.begins), (&mut self.ends, &other.ends)]
        {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.add(theirs);
            }
        }
    }
}

/// Instants a power of two of nanoseconds apart, at most 65,536 in the window: where levels of pools that run
/// independently are added up, exactly, by adding their changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    shift: u32,
    len: usize,
}

impl Grid {
    pub fn new(end: SimTime) -> Self {
        let shift = (0..64).find(|shift| end.ns() >> shift < 1 << 16).unwrap_or(48);
        Self { shift, len: (end.ns() >> shift) as usize + 2 }
    }

    /// Number of intervals.
    pub const fn len(self) -> usize {
        self.len
    }

    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    pub const fn width(self) -> Span {
        Span::from_ns(1 << self.shift)
    }

    /// The interval that an instant falls into; those after the window share the last.
    #[inline]
    pub fn interval(self, instant: SimTime) -> usize {
        ((instant.ns() >> self.shift) as usize).min(self.len - 1)
    }

    /// The first instant of the grid at or after `instant`.
    #[inline]
    pub fn instant(self, instant: SimTime) -> usize {
        ((instant.ns().saturating_add((1 << self.shift) - 1) >> self.shift) as usize).min(self.len - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_cut_into_round_intervals() {
        let timeline = Timeline::new(SimTime::ZERO + Span::from_secs(604_800));
        assert_eq!(timeline.width(), Span::from_secs(600));
        assert_eq!(timeline.buckets.len(), 1_008);
    }

    #[test]
    fn a_length_is_divided_among_the_intervals_that_it_covers() {
        let second = |s: f64| SimTime::ZERO + Span::from_seconds_f64(s);
        let mut timeline = Timeline::new(second(1_024.0));
        timeline.spread(second(1.25), second(3.5), |bucket, ns| bucket.busy_ns += ns);
        timeline.spread(second(1_023.5), second(2_000.0), |bucket, ns| bucket.busy_ns += ns);
        timeline.finish();
        let busy: Vec<u128> = timeline.buckets.iter().map(|bucket| bucket.busy_ns / 1_000_000).collect();
        assert_eq!(busy[..5], [0, 750, 1_000, 500, 0]);
        assert_eq!(busy[1_023], 500);
    }

    #[test]
    fn what_covers_many_intervals_is_in_each_of_them_once() {
        let second = |s: f64| SimTime::ZERO + Span::from_seconds_f64(s);
        let (mut one, mut other) = (Timeline::new(second(1_024.0)), Timeline::new(second(1_024.0)));
        one.spread(second(0.5), second(5.0), |bucket, ns| bucket.waiting_ns += ns);
        other.spread(second(2.0), second(6.25), |bucket, ns| bucket.waiting_ns += ns);
        one.merge(&other);
        one.finish();
        let waiting: Vec<u128> = one.buckets.iter().map(|bucket| bucket.waiting_ns / 1_000_000).collect();
        assert_eq!(waiting[..8], [500, 1_000, 2_000, 2_000, 2_000, 1_000, 250, 0]);
    }
}
