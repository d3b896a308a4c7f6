//! Devices that report together, each a little late.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::rng::Stream;
use crate::stats::Distribution;
use crate::units::{SimTime, Span};

#[derive(Clone, Debug)]
pub(in crate::workload) struct Batch {
    size: u32,
    period: Span,
    jitter: Option<Distribution>,
    stream: Stream,
    /// Start of the next batch; `None` after the last.
    next: Option<SimTime>,
    /// Arrivals of the batches so far that are still to come: as many as the jitter mixes, no more.
    late: BinaryHeap<Reverse<SimTime>>,
    /// Arrivals of the current batch that come at its start, where there is no jitter.
    punctual: u32,
    start: SimTime,
    end: SimTime,
}

impl Batch {
    pub(super) fn new(
        size: u32,
        period: Span,
        offset: Span,
        jitter: Option<Distribution>,
        stream: Stream,
        end: SimTime,
    ) -> Self {
        let first = SimTime::ZERO + offset;
        let next = (size > 0).then_some(first);
        Self { size, period, jitter, stream, next, late: BinaryHeap::new(), punctual: 0, start: first, end }
    }

    fn begin(&mut self, start: SimTime) {
        self.start = start;
        self.next = (self.period > Span::ZERO).then(|| start + self.period).filter(|next| *next < self.end);
        match &self.jitter {
            None => self.punctual = self.size,
            Some(jitter) => {
                for _ in 0..self.size {
                    self.late.push(Reverse(start + jitter.sample(&mut self.stream)));
                }
            }
        }
    }
}

impl Iterator for Batch {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        loop {
            if self.punctual > 0 {
                self.punctual -= 1;
                return Some(self.start);
            }
            // No later batch can hold anything earlier than its own start.
            let earliest = self.late.peek().map(|Reverse(at)| *at);
            match (earliest, self.next) {
                (Some(at), next) if next.is_none_or(|next| at <= next) => {
                    self.late.pop();
                    return Some(at);
                }
                (_, Some(next)) => self.begin(next),
                (_, None) => return None,
            }
        }
    }
}
