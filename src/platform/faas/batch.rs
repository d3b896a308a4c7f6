//! Events that one invocation handles together, as the event source in front of a function collects them.
//!
//! One source collects for each function. It sends a batch when it is full, or when its first event has waited for the window,
//! and begins the next. The invocation handles the events in order and answers for all of them when the last is done, so that
//! each waits for the others of its batch. A batch that is refused is tried again as a whole.

use crate::record::{Bill, Outcome, Record};
use crate::units::{SimTime, Span};
use crate::workload::Invocation;

use super::BatchSpec;

/// The number of a batch that is none: an invocation of one event.
pub const ALONE: u32 = u32::MAX;

/// What is collected and what has been sent.
#[derive(Debug, Default)]
pub struct Batches {
    /// By function; `None` for those whose events come one by one.
    collectors: Vec<Option<Collector>>,
    /// Until their invocation has begun or was given up; room is used again.
    sent: Vec<Vec<Invocation>>,
    free: Vec<u32>,
    any: bool,
}

#[derive(Debug)]
struct Collector {
    spec: BatchSpec,
    events: Vec<Invocation>,
    /// Of the batch that is being collected.
    number: u32,
}

/// What an event does to the batch that it joins.
pub enum Joined {
    /// Its function takes events one by one.
    Alone,
    /// It is the first: the batch of this number is sent at the latest then.
    First(u32, SimTime),
    Waits,
    /// The batch is full.
    Completes,
}

impl Batches {
    pub fn admit(&mut self, spec: Option<BatchSpec>) {
        self.any |= spec.is_some();
        self.collectors.push(spec.map(|spec| Collector { spec, events: Vec::new(), number: 0 }));
    }

    /// Whether any function gets batches.
    #[inline(always)]
    pub const fn any(&self) -> bool {
        self.any
    }

    /// `event` comes for a function.
    pub fn join(&mut self, function: usize, event: &Invocation) -> Joined {
        let Some(collector) = &mut self.collectors[function] else { return Joined::Alone };
        collector.events.push(*event);
        match collector.events.len() {
            count if count >= collector.spec.size as usize => Joined::Completes,
            1 => Joined::First(collector.number, event.at + collector.spec.window),
            _ => Joined::Waits,
        }
    }

    /// Whether the batch of this number is still being collected.
    pub fn collects(&self, function: usize, number: u32) -> bool {
        self.collectors[function].as_ref().is_some_and(|collector| collector.number == number)
    }

    /// Sends at `now` what is collected: the place of the batch, and the invocation that handles it.
    pub fn send(&mut self, function: usize, now: SimTime) -> Option<(u32, Invocation)> {
        let collector = self.collectors[function].as_mut()?;
        let first = *collector.events.first()?;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.sent.push(Vec::new());
            (self.sent.len() - 1) as u32
        });
        std::mem::swap(&mut collector.events, &mut self.sent[slot as usize]);
        collector.number = collector.number.wrapping_add(1);
        let duration = Work::of(&self.sent[slot as usize], collector.spec.once).total;
        Some((slot, Invocation { at: now, duration, ..first }))
    }

    /// The invocation of batch `slot` ends as `whole`, after `work` if nothing stops it: records the end of each event. They
    /// are executed one after the other, so that together they hold the place of one.
    pub fn end<R: Record>(&mut self, slot: u32, function: usize, whole: &Outcome, work: Span, record: &mut R) {
        let once = self.collectors[function].as_ref().map_or(Span::ZERO, |collector| collector.spec.once);
        let events = &mut self.sent[slot as usize];
        let shares = Work::of(events, once);
        let started = whole.fate.started();
        let (mut done, mut begun, mut bill) = (shares.once, Span::ZERO, whole.bill);
        for event in events.drain(..) {
            done += shares.own(&event);
            let until = shares.scaled(done, work).min(whole.execution);
            let execution = until - begun;
            let others = whole.arrived.since(event.at) + (whole.execution - execution);
            record.outcome(&Outcome {
                arrived: event.at,
                taken: whole.taken + begun,
                execution,
                batch: if started { others } else { Span::ZERO },
                bill,
                ..*whole
            });
            (begun, bill) = (until, Bill::None);
        }
        self.free.push(slot);
    }
}

/// What the events of a batch ask of its invocation.
struct Work {
    /// Of each event at most.
    most_once: Span,
    /// Done once for all.
    once: Span,
    total: Span,
}

impl Work {
    fn of(events: &[Invocation], most_once: Span) -> Self {
        let once = events.iter().map(|event| event.duration.min(most_once)).max().unwrap_or(Span::ZERO);
        let mut work = Self { most_once, once, total: once };
        work.total = events.iter().fold(once, |total, event| total + work.own(event));
        work
    }

    /// What only this event needs.
    fn own(&self, event: &Invocation) -> Span {
        event.duration - event.duration.min(self.most_once)
    }

    /// The instant `done`, were the whole to take `work`.
    fn scaled(&self, done: Span, work: Span) -> Span {
        match self.total.ns() {
            0 => Span::ZERO,
            total => Span::from_ns((u128::from(done.ns()) * u128::from(work.ns()) / u128::from(total)) as u64),
        }
    }
}
