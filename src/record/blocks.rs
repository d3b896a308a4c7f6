//! A run cut into blocks of time: what its own parts tell of how far its figures may be off.

use crate::ids::FunctionId;
use crate::stats::Histogram;
use crate::units::{SimTime, Span};

use super::{Latencies, Outcome, Tally};

/// Equal lengths of time, one after the other. What comes before the first counts in it, what comes after the last in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    pub from: SimTime,
    pub length: Span,
    pub count: usize,
}

impl Blocks {
    /// The block of an instant.
    pub fn index(self, at: SimTime) -> usize {
        let index = at.since(self.from).ns() / self.length.ns().max(1);
        usize::try_from(index).unwrap_or(usize::MAX).min(self.count.saturating_sub(1))
    }

    /// Where the block ends that holds an instant; the last never does.
    fn until(self, index: usize) -> SimTime {
        if index + 1 >= self.count {
            return SimTime::END;
        }
        self.from + Span::from_ns(self.length.ns().saturating_mul(index as u64 + 1))
    }
}

/// Invocations of one block that completed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    pub completed: u64,
    pub latency_sum: u128,
    pub latency: Histogram,
}

impl Block {
    pub fn merge(&mut self, other: &Self) {
        self.completed += other.completed;
        self.latency_sum += other.latency_sum;
        self.latency.merge(&other.latency);
    }
}

/// A function's way through the blocks. Its own sums go on; only its histogram begins anew in every block.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockWalk {
    /// The block in which it is.
    index: usize,
    /// What had completed when that began.
    completed: u64,
    latency_sum: u128,
    latency: Latencies,
}

impl Tally {
    /// A function's first invocation of another block. Outcomes are told nearly in order of arrival; one that is told late
    /// counts in the block that has begun.
    #[cold]
    #[inline(never)]
    pub(super) fn change_block(&mut self, outcome: &Outcome) {
        if let Some(blocks) = self.window.blocks {
            self.end_block(outcome.function);
            let function = &mut self.functions[outcome.function.index()];
            let index = blocks.index(outcome.arrived);
            function.block_until = blocks.until(index);
            function.walk.get_or_insert_default().index = index;
        }
    }

    /// Gives the block what `function` did in it.
    fn end_block(&mut self, function: FunctionId) {
        let function = &mut self.functions[function.index()];
        let walk = function.walk.get_or_insert_default();
        if let (Some(latency), true) = (&mut function.latency, function.completed > walk.completed) {
            if self.blocks.len() <= walk.index {
                self.blocks.resize_with(walk.index + 1, Block::default);
            }
            let block = &mut self.blocks[walk.index];
            block.completed += function.completed - walk.completed;
            block.latency_sum += function.latency_sum - walk.latency_sum;
            block.latency.merge(&latency.plain);
            block.latency.merge(&latency.delayed);
            walk.latency.merge(latency);
            latency.clear();
        }
        (walk.completed, walk.latency_sum) = (function.completed, function.latency_sum);
    }

    /// `function` is complete: its histogram is that of all blocks again.
    pub(super) fn leave_blocks(&mut self, function: FunctionId) {
        if self.window.blocks.is_some() && self.functions[function.index()].latency.is_some() {
            self.end_block(function);
            let function = &mut self.functions[function.index()];
            if let (Some(latency), Some(walk)) = (&mut function.latency, function.walk.take()) {
                **latency = walk.latency;
            }
        }
    }

    pub(super) fn merge_blocks(&mut self, other: &Self) {
        self.blocks.resize_with(self.blocks.len().max(other.blocks.len()), Block::default);
        for (mine, theirs) in self.blocks.iter_mut().zip(&other.blocks) {
            mine.merge(theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_before_and_after_count_in_the_first_and_the_last() {
        let at = |seconds: u64| SimTime::ZERO + Span::from_secs(seconds);
        let blocks = Blocks { from: at(100), length: Span::from_secs(10), count: 3 };
        let index = |seconds| blocks.index(at(seconds));
        assert_eq!([50, 100, 109, 110, 129, 130, 10_000].map(index), [0, 0, 0, 1, 2, 2, 2]);
        assert_eq!([0, 1].map(|index| blocks.until(index)), [at(110), at(120)]);
        assert_eq!(blocks.until(2), SimTime::END);
    }
}
