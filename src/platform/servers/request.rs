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
    /// Service on a free core of this fleet.
    pub work: Span,
    /// `Span::MAX` where there is none.
    pub timeout: Span,
    pub network: Span,
    pub function: FunctionId,
    /// The first is 1.
    pub attempt: u32,
}

impl Request {
    /// It had a place in service from `started` for `execution`, and left it as `fate` says.
    #[inline]
    pub fn served(&self, started: SimTime, execution: Span, fate: Fate) -> Outcome {
        Outcome {
            function: self.function,
            arrived: self.arrived,
            taken: self.offered,
            fate,
            network: self.network,
            queue: started.since(self.arrived),
            cold_start: Span::ZERO,
            execution,
            cold: false,
            bill: Bill::None,
        }
    }

    /// Its last attempt found a full server.
    pub fn dropped(&self) -> Outcome {
        let nothing = self.served(self.arrived, Span::ZERO, Fate::Dropped);
        Outcome { network: Span::ZERO, ..nothing }
    }
}
