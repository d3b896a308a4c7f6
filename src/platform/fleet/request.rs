//! An invocation on its way through a fleet.

use crate::ids::FunctionId;
use crate::record::{Bill, Fate, Outcome};
use crate::units::{SimTime, Span};

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
    /// It had a place in service from `started` for `execution`, and left it as `fate` says.
    #[inline]
    pub fn served(&self, started: SimTime, execution: Span, fate: Fate) -> Outcome {
        let waited = started.since(self.arrived);
        let (queue, cold_start) = if self.cold { (Span::ZERO, waited) } else { (waited, Span::ZERO) };
        let alone = self.work + self.wait;
        Outcome {
            function: self.function,
            arrived: self.arrived,
            taken: self.offered,
            fate,
            network: self.network,
            queue,
            cold_start,
            execution,
            stretch: if fate == Fate::Completed { execution - alone } else { Span::ZERO },
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

    /// When it ends if it has all it needs from `at` on, and how.
    #[inline]
    pub fn end_from(&self, at: SimTime) -> (SimTime, Fate) {
        let service = self.work + self.wait;
        if service > self.timeout { (at + self.timeout, Fate::TimedOut) } else { (at + service, Fate::Completed) }
    }
}
