//! What a run that is not over yet has already settled: each of these only grows until its end.

use super::{FunctionTally, Latencies, Tally};
use crate::stats::Histogram;
use crate::units::Span;

impl Tally {
    /// Invocations that count and have come to an end, good or bad.
    pub fn offered(&self) -> u64 {
        self.functions.iter().map(FunctionTally::offered).sum()
    }

    /// Those of them that did not complete.
    pub fn lost(&self) -> u64 {
        self.functions.iter().map(|function| function.offered() - function.completed).sum()
    }

    /// Completed invocations whose latency is read as more than `bound`.
    pub fn later_than(&self, bound: Span) -> u64 {
        let later = |histogram: &Histogram| -> u64 {
            histogram.buckets().filter(|(length, _)| *length > bound).map(|(_, count)| count).sum()
        };
        let of = |latencies: &Latencies| later(&latencies.plain) + later(&latencies.delayed);
        let open = self.functions.iter().filter_map(|function| function.latency.as_deref());
        of(&self.latency) + open.map(of).sum::<u64>()
    }
}
