//! Sources at work, one or many, as one stream in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::{FunctionTable, Invocation, Source, SyntheticSource, TraceError, TraceReader};
use crate::rng::Seed;
use crate::units::SimTime;

/// One source at work.
pub enum Feed {
    Synthetic(SyntheticSource),
    Trace(Box<TraceReader>),
}

impl Feed {
    /// Arrivals come in `[0, end)`.
    pub fn open(source: &Source, seed: Seed, end: SimTime) -> Result<Self, TraceError> {
        match source {
            Source::Synthetic(source) => Ok(Self::Synthetic(SyntheticSource::new(source, seed, end))),
            Source::Trace(file) => Ok(Self::Trace(Box::new(TraceReader::open(file, seed, end)?))),
        }
    }

    /// Appends up to `limit` invocations in order of time, none if there are no more.
    pub fn fill(
        &mut self,
        batch: &mut Vec<Invocation>,
        functions: &mut FunctionTable,
        limit: usize,
    ) -> Result<(), TraceError> {
        match self {
            Self::Synthetic(source) => {
                source.fill(batch, limit);
                Ok(())
            }
            Self::Trace(reader) => reader.fill(batch, functions, limit),
        }
    }
}

/// Several feeds merged by time; at one instant the feed that was given first goes first.
pub struct Merged {
    lanes: Vec<Lane>,
    /// The next instant of every lane that has one.
    heads: BinaryHeap<Reverse<(SimTime, usize)>>,
    begun: bool,
}

/// A feed and what has been read ahead of it.
struct Lane {
    feed: Feed,
    ahead: Vec<Invocation>,
    next: usize,
    /// How many to read ahead: few at first, so that thousands of quiet sources stay small.
    reach: usize,
}

const FIRST_REACH: usize = 4;
const LAST_REACH: usize = 256;

impl Lane {
    fn head(&self) -> Option<SimTime> {
        self.ahead.get(self.next).map(|invocation| invocation.at)
    }

    fn refill(&mut self, functions: &mut FunctionTable) -> Result<(), TraceError> {
        self.ahead.clear();
        self.next = 0;
        self.feed.fill(&mut self.ahead, functions, self.reach)?;
        self.reach = (self.reach * 2).min(LAST_REACH);
        Ok(())
    }
}

impl Merged {
    pub fn new(feeds: Vec<Feed>) -> Self {
        let lane = |feed| Lane { feed, ahead: Vec::new(), next: 0, reach: FIRST_REACH };
        let lanes: Vec<Lane> = feeds.into_iter().map(lane).collect();
        Self { heads: BinaryHeap::with_capacity(lanes.len()), lanes, begun: false }
    }

    /// Appends up to `limit` invocations in order of time, none if there are no more.
    pub fn fill(
        &mut self,
        batch: &mut Vec<Invocation>,
        functions: &mut FunctionTable,
        limit: usize,
    ) -> Result<(), TraceError> {
        if let [only] = &mut self.lanes[..] {
            return only.feed.fill(batch, functions, limit);
        }
        self.begin(functions)?;
        for _ in 0..limit {
            let Some(mut top) = self.heads.peek_mut() else { return Ok(()) };
            let Reverse((_, index)) = *top;
            let lane = &mut self.lanes[index];
            batch.push(lane.ahead[lane.next]);
            lane.next += 1;
            if lane.head().is_none()
                && let Err(error) = lane.refill(functions)
            {
                PeekMut::pop(top);
                return Err(error);
            }
            match lane.head() {
                Some(at) => *top = Reverse((at, index)),
                None => {
                    PeekMut::pop(top);
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, functions: &mut FunctionTable) -> Result<(), TraceError> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            lane.refill(functions)?;
            if let Some(at) = lane.head() {
                self.heads.push(Reverse((at, index)));
            }
        }
        Ok(())
    }
}
