//! An invocation on its way through a fleet.

use crate::ids::FunctionId;
use crate::record::{Bill, Fate, Outcome};
use crate::units::{SimTime, Span};
use crate::workload::Invocation;

use super::ServedFunction;

/// One request: what the client asked for, as this fleet sees it.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// First attempt of the client.
    pub arrived: SimTime,
    /// Latest attempt.
    pub offered: SimTime,
    /// CPU work: service on a free core of this fleet.
    pub work: Span,
    /// Service that needs no core, after the work.
    pub wait: Span,
    /// `Span::MAX` where there is none.
    pub timeout: Span,
    pub network: Span,
    pub function: FunctionId,
    /// The first is 1.
    pub attempt: u32,
    /// Names it while it waits, where its client may give up.
    pub ticket: u32,
    /// There was no member when it came, and one started for it.
    pub cold: bool,
}

impl Request {
    #[inline]
    pub fn new(invocation: &Invocation, function: &ServedFunction, network: Span) -> Self {
        let (work, wait) = parts(invocation.duration, function);
        Self {
            arrived: invocation.at,
            offered: invocation.at,
            work,
            wait,
            timeout: function.timeout.unwrap_or(Span::MAX),
            network,
            function: invocation.function,
            attempt: 1,
            ticket: 0,
            cold: false,
        }
    }

    /// It had a place in service from `started` for `execution`, and left it as `fate` says.
    #[inline]
    pub fn served(&self, started: SimTime, execution: Span, fate: Fate) -> Outcome {
        let stretch = if fate == Fate::Completed { execution - (self.work + self.wait) } else { Span::ZERO };
        Outcome { stretch, ..self.served_alone(started, execution, fate) }
    }

    /// The same in a place that it did not share.
    #[inline]
    pub fn served_alone(&self, started: SimTime, execution: Span, fate: Fate) -> Outcome {
        let waited = started.since(self.arrived);
        let (queue, cold_start) = if self.cold { (Span::ZERO, waited) } else { (waited, Span::ZERO) };
        Outcome {
            function: self.function,
            arrived: self.arrived,
            taken: self.offered,
            fate,
            network: self.network,
            queue,
            cold_start,
            execution,
            stretch: Span::ZERO,
            batch: Span::ZERO,
            cold: self.cold,
            bill: Bill::None,
        }
    }

    /// Its last attempt found no room.
    pub fn dropped(&self) -> Outcome {
        let nothing = self.served(self.arrived, Span::ZERO, Fate::Dropped);
        Outcome { network: Span::ZERO, queue: Span::ZERO, cold_start: Span::ZERO, cold: false, ..nothing }
    }

    /// Its client has left a queue at `at`.
    pub fn abandoned(&self, at: SimTime) -> Outcome {
        Outcome { cold: false, ..self.served(at, Span::ZERO, Fate::Abandoned) }
    }

    /// How long it is in service if it has all it needs, and how that ends.
    #[inline]
    pub fn service(&self) -> (Span, Fate) {
        let service = self.work + self.wait;
        if service > self.timeout { (self.timeout, Fate::TimedOut) } else { (service, Fate::Completed) }
    }
}

/// The CPU work of an invocation, and the part of its service that needs no core.
#[inline]
pub fn parts(duration: Span, function: &ServedFunction) -> (Span, Span) {
    if function.cpu == 1.0 && function.wait == 0.0 {
        return (duration, Span::ZERO);
    }
    // To the nearest nanosecond; exact below 104 days.
    let part = |share: f64| Span::from_ns((duration.ns() as f64 * share + 0.5) as u64);
    (part(function.cpu), part(function.wait))
}
