//! How much of each kind was used in each clock-hour: what the simulator fills.

use crate::units::{SimTime, Span};

/// Index of a kind of use in the table that [`super::Clearing`] was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u32);

impl KindId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Base units by kind and clock-hour of the window, which opens at midnight. Knows no prices; merging is exact and in
/// any order. Three years of one kind are 210 kB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourlyUse {
    /// By kind, up to the last hour with use.
    columns: Vec<Vec<u64>>,
}

impl HourlyUse {
    pub fn new(kinds: usize) -> Self {
        Self { columns: vec![Vec::new(); kinds] }
    }

    pub fn kinds(&self) -> usize {
        self.columns.len()
    }

    /// Hours from the start of the window to the last one with use.
    pub fn hours(&self) -> u64 {
        self.columns.iter().map(Vec::len).max().unwrap_or(0) as u64
    }

    /// Adds base units, for instances milliseconds, of one hour. Saturates at 2^64.
    ///
    /// # Panics
    /// When there is no such kind.
    pub fn add(&mut self, kind: KindId, hour: u64, base_units: u64) {
        if base_units == 0 {
            return;
        }
        let hour = usize::try_from(hour).expect("an hour of the calendar");
        let column = &mut self.columns[kind.index()];
        if column.len() <= hour {
            column.resize(hour + 1, 0);
        }
        column[hour] = column[hour].saturating_add(base_units);
    }

    /// Adds `count` instances that exist in `[from, to)`. Each instant counts in the whole millisecond that it lies in, so
    /// intervals that meet leave no gap.
    pub fn add_instances(&mut self, kind: KindId, count: u32, from: SimTime, to: SimTime) {
        const HOUR_MS: u64 = Span::HOUR.ns() / Span::MILLISECOND.ns();
        let (mut from, to) = (milliseconds(from), milliseconds(to));
        while from < to {
            let hour = from / HOUR_MS;
            let until = to.min((hour + 1) * HOUR_MS);
            self.add(kind, hour, (until - from).saturating_mul(u64::from(count)));
            from = until;
        }
    }

    /// Adds the use of another part of the same plan.
    pub fn merge(&mut self, other: &Self) {
        if self.columns.len() < other.columns.len() {
            self.columns.resize(other.columns.len(), Vec::new());
        }
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            if column.len() < more.len() {
                column.resize(more.len(), 0);
            }
            for (hour, more) in column.iter_mut().zip(more) {
                *hour = hour.saturating_add(*more);
            }
        }
    }

    /// Base units of one kind in one hour.
    pub fn of(&self, kind: KindId, hour: u64) -> u64 {
        let hour = usize::try_from(hour).unwrap_or(usize::MAX);
        self.columns.get(kind.index()).and_then(|column| column.get(hour)).copied().unwrap_or(0)
    }

    /// Base units of one kind in all hours.
    pub fn total(&self, kind: KindId) -> u128 {
        self.columns.get(kind.index()).map_or(0, |column| column.iter().map(|units| u128::from(*units)).sum())
    }
}

const fn milliseconds(instant: SimTime) -> u64 {
    instant.ns() / Span::MILLISECOND.ns()
}
