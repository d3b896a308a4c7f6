//! Time and order, nothing about clouds: one loop that merges a stream of arrivals with what a model schedules for itself.
//!
//! Arrivals stay outside the queue, so that it holds only what is in the system. Events at one instant are taken by rank,
//! then in the order in which they were scheduled: a run is a function of its inputs.

mod queue;

pub use queue::{EventQueue, Rank, Schedule};

use crate::record::Record;
use crate::units::SimTime;
use crate::workload::Invocation;

/// Something that serves invocations: a pool of instances, a fleet, several of them behind a router.
pub trait Model {
    /// What the model schedules for itself: small and closed.
    type Event: Copy;

    /// The rank of an arrival among events at the same instant.
    fn arrival_rank(&self) -> Rank;

    /// Before the first arrival: what the model does by itself from the start.
    fn open<Q: Schedule<Self::Event>>(&mut self, _queue: &mut Q) {}

    fn arrive<Q: Schedule<Self::Event>, R: Record>(&mut self, invocation: &Invocation, queue: &mut Q, record: &mut R);

    fn handle<Q: Schedule<Self::Event>, R: Record>(
        &mut self,
        at: SimTime,
        event: Self::Event,
        queue: &mut Q,
        record: &mut R,
    );

    /// The window has closed and everything in the system has run to completion: report what still exists.
    fn close<R: Record>(&mut self, end: SimTime, record: &mut R);
}

/// A model and its clock. Feed it batches in order of time, then close it.
#[derive(Debug)]
pub struct Engine<M: Model> {
    model: M,
    queue: EventQueue<M::Event>,
}

impl<M: Model> Engine<M> {
    pub fn new(mut model: M) -> Self {
        let mut queue = EventQueue::new();
        model.open(&mut queue);
        Self { model, queue }
    }

    /// Lets the model be changed between batches; it may schedule what follows.
    pub fn prepare<T>(&mut self, change: impl FnOnce(&mut M, &mut EventQueue<M::Event>) -> T) -> T {
        change(&mut self.model, &mut self.queue)
    }

    /// Serves `batch`, whose instants do not decrease, nor lie before those of earlier batches.
    pub fn feed<R: Record>(&mut self, batch: &[Invocation], record: &mut R) {
        if let ([first, ..], [.., last]) = (batch, batch) {
            record.arrivals(first.at, last.at);
        }
        let rank = self.model.arrival_rank();
        for invocation in batch {
            while let Some((at, event)) = self.queue.pop_before(invocation.at, rank) {
                self.model.handle(at, event, &mut self.queue, record);
            }
            self.model.arrive(invocation, &mut self.queue, record);
        }
    }

    /// Runs what is in the system to completion, and ends the run.
    pub fn close<R: Record>(mut self, end: SimTime, record: &mut R) {
        while let Some((at, event)) = self.queue.pop() {
            self.model.handle(at, event, &mut self.queue, record);
        }
        self.model.close(end, record);
    }
}
