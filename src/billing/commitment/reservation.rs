//! Capacity that is kept ready: paid at the on-demand rate whether instances run in it or not.

use super::{HourlyUse, KindId};
use crate::units::{SimTime, Span};

/// A capacity reservation for matching instances of one type in one zone.
///
/// An instance inside it pays for itself and nothing else; what is unused is charged as if an instance ran, by the
/// second. Unused capacity is use as commitments see it: give it a kind of its own without a zone, so that regional
/// reserved instances and savings plans cover it as they do instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityReservation {
    pub count: u32,
    pub from: SimTime,
    pub to: SimTime,
}

/// Instance-milliseconds of a reservation and of the instances that match it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReservedUse {
    /// Reserved, an instance in it.
    pub used: u128,
    /// Reserved, nothing in it.
    pub unused: u128,
    /// Instances that run without a place in the reservation.
    pub outside: u128,
}

impl CapacityReservation {
    /// Splits time by use. `running` are the instants at which the number of matching instances changes, in order; before
    /// the first none runs, and the last number holds until `end`. Seconds that have begun are charged in full.
    pub fn settle(&self, running: &[(SimTime, u32)], end: SimTime) -> ReservedUse {
        let mut sums = ReservedUse::default();
        self.each(running, end, |from, to, reserved, running| {
            let ms = u128::from(milliseconds(to) - milliseconds(from));
            let used = reserved.min(running);
            sums.used += ms * u128::from(used);
            sums.unused += ms * u128::from(reserved - used);
            sums.outside += ms * u128::from(running - used);
        });
        sums
    }

    /// Adds the unused capacity to an hourly table, as `kind`.
    pub fn fill(&self, running: &[(SimTime, u32)], end: SimTime, usage: &mut HourlyUse, kind: KindId) {
        self.each(running, end, |from, to, reserved, running| {
            usage.add_instances(kind, reserved.saturating_sub(running), from, to);
        });
    }

    /// The matching instances that run without a place in it, as `running` is given.
    pub(super) fn outside(&self, running: &[(SimTime, u32)], end: SimTime) -> Vec<(SimTime, u32)> {
        let mut outside = Vec::new();
        self.each(running, end, |from, _, reserved, running| outside.push((from, running.saturating_sub(reserved))));
        outside
    }

    /// Calls `visit(from, to, reserved, running)` for every span in which nothing changes.
    fn each(&self, running: &[(SimTime, u32)], end: SimTime, mut visit: impl FnMut(SimTime, SimTime, u32, u32)) {
        let (opens, closes) = (self.from, up_to_second(self.to));
        let last = closes.max(end);
        let mut cuts: Vec<SimTime> =
            running.iter().map(|(at, _)| *at).chain([opens, closes, end, SimTime::ZERO]).collect();
        cuts.retain(|cut| *cut <= last);
        cuts.sort_unstable();
        cuts.dedup();
        let mut next = 0;
        let mut count = 0;
        for span in cuts.windows(2) {
            while running.get(next).is_some_and(|(at, _)| *at <= span[0]) {
                count = running[next].1;
                next += 1;
            }
            let reserved = if (opens..closes).contains(&span[0]) { self.count } else { 0 };
            visit(span[0], span[1], reserved, if span[0] < end { count } else { 0 });
        }
    }
}

/// The instants at which the number of instances changes, from the times in which each ran.
pub(super) fn running(runs: &[(SimTime, SimTime)]) -> Vec<(SimTime, u32)> {
    let mut changes: Vec<(SimTime, i64)> = runs.iter().flat_map(|(from, to)| [(*from, 1), (*to, -1)]).collect();
    changes.sort_unstable();
    let mut level = 0_i64;
    let count = |(at, change): (SimTime, i64)| {
        level += change;
        (at, u32::try_from(level).unwrap_or(0))
    };
    changes.into_iter().map(count).collect()
}

const fn milliseconds(instant: SimTime) -> u64 {
    instant.ns() / Span::MILLISECOND.ns()
}

fn up_to_second(instant: SimTime) -> SimTime {
    SimTime::from_ns(instant.ns().div_ceil(Span::SECOND.ns()).saturating_mul(Span::SECOND.ns()))
}
