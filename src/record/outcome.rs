//! How one invocation ended.

use super::timeline::Passage;
use crate::ids::FunctionId;
use crate::units::{SimTime, Span};

/// Everything that is remembered of one invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub function: FunctionId,
    /// First attempt of the client.
    pub arrived: SimTime,
    /// When the platform took it, after retries and before start-up; the last attempt of one that was never taken.
    pub taken: SimTime,
    pub fate: Fate,
    /// Execution is zero for what never started, and so are the waits, but for the queue of a client who gave up.
    pub network: Span,
    /// Between arrival and the begin of execution or start-up: retries, accept queue.
    pub queue: Span,
    /// Waiting for an instance to start.
    pub cold_start: Span,
    pub execution: Span,
    /// The part of a completed execution in which others held its core.
    pub stretch: Span,
    /// Waiting for the others of its batch: until the batch is sent, while those before it are executed, and from its own end
    /// until all are done. `taken` is then when its own turn comes.
    pub batch: Span,
    /// An instance was started for this invocation.
    pub cold: bool,
    pub bill: Bill,
}

impl Outcome {
    /// When it held a place: from the begin of start-up or execution to its end. Empty for what never started.
    #[inline]
    pub fn held(&self) -> (SimTime, SimTime) {
        let Passage { held, ends, .. } = self.passage();
        (held, ends)
    }

    #[inline(always)]
    pub(super) fn passage(&self) -> Passage {
        let in_batch = self.batch > Span::ZERO;
        let taken = if in_batch { self.taken } else { self.arrived + self.queue };
        let executes = taken + self.cold_start;
        // A batch that is being collected asks for no capacity, and then one of its events for all of them.
        let asked = match (in_batch, self.bill) {
            (false, _) => self.arrived,
            (true, Bill::None) => executes,
            (true, _) => taken - self.queue,
        };
        // A sandbox starts for one invocation and is its own from there on; a member of a fleet belongs to nobody yet.
        let held = if self.bill == Bill::None { executes } else { taken };
        Passage { arrived: self.arrived, asked, held, executes, ends: executes + self.execution }
    }
}

/// The end of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Completed,
    /// Refused by a limit, at every attempt.
    Throttled,
    /// Stopped at the function's time-out.
    TimedOut,
    /// Found a full queue, at every attempt.
    Dropped,
    /// Its client waited for as long as it would, and left.
    Abandoned,
    /// Lost with the instance that worked on it.
    Failed,
}

impl Fate {
    /// Whether execution began.
    pub const fn started(self) -> bool {
        match self {
            Self::Completed | Self::TimedOut | Self::Failed => true,
            Self::Throttled | Self::Dropped | Self::Abandoned => false,
        }
    }
}

/// What is metered for an invocation beside the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bill {
    /// Nothing, not even the request.
    None,
    OnDemand(Billed),
    /// On an instance of provisioned concurrency.
    Provisioned(Billed),
}

/// A billed duration, and what of it is no execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billed {
    /// All of it, in whole milliseconds.
    pub ms: u64,
    /// The start-up that is billed.
    pub init: Span,
    /// What increments and a minimum add to execution and start-up.
    pub beyond: Span,
}
