//! What is counted, and by which month it is billed.

use super::Blocks;
use crate::units::{Calendar, MonthId, SimTime, Span};

/// What is counted: arrivals in `[warmup, end)`, averages over the same time; bills cover everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    pub warmup: SimTime,
    pub end: SimTime,
    /// Calendar months and their last instants; the last reaches to the end of time.
    pub months: Vec<(MonthId, SimTime)>,
    /// Keep what is metered by the clock hour by hour, to clear commitments.
    pub hourly: bool,
    /// A stretch of a longer window, to be added up with others: functions keep their histograms.
    pub part: bool,
    /// Keep latencies by blocks of time.
    pub blocks: Option<Blocks>,
    /// Keep latencies by the time of arrival.
    pub over_time: bool,
}

impl Window {
    pub fn new(warmup: Span, duration: Span, calendar: Calendar) -> Self {
        let end = SimTime::ZERO + duration;
        Self {
            warmup: SimTime::ZERO + warmup,
            end,
            months: calendar.months_until(end),
            hourly: false,
            part: false,
            blocks: None,
            over_time: false,
        }
    }

    /// The counted part of `[from, to)`, ns.
    #[inline]
    pub(super) fn counted(&self, from: SimTime, to: SimTime) -> u64 {
        to.min(self.end).since(from.max(self.warmup)).ns()
    }

    pub(super) fn month(&self, instant: SimTime) -> Month {
        let index = self.months.iter().position(|(_, until)| instant < *until).unwrap_or(self.months.len() - 1);
        let from = index.checked_sub(1).map_or(SimTime::ZERO, |before| self.months[before].1);
        Month { index, from, until: self.months[index].1 }
    }
}

/// The month of the latest invocation: they come nearly in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    pub index: usize,
    pub from: SimTime,
    pub until: SimTime,
}
