//! One member of a fleet: a machine or a container, from its launch to its end.

use std::collections::VecDeque;

use crate::record::Fate;
use crate::units::SimTime;

use super::cores::Cores;
use super::credits::Burst;
use super::request::Request;
use super::slots::Slots;

/// Where a member is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not yet ready.
    Launching,
    /// Takes requests.
    InService,
    /// Finishes what it has, then goes, or comes back if it is only away.
    Leaving { comes_back: bool },
    /// Out of service, to come back.
    Away,
    /// The slot is free.
    Gone,
}

/// Work whose end is known: in a worker that can be interrupted, or after the CPU work.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    pub request: Request,
    pub started: SimTime,
    pub finish: SimTime,
    pub fate: Fate,
}

/// A member, or the slot of one that has gone.
#[derive(Debug)]
pub struct Member {
    pub state: State,
    /// Counts the lives of the slot, each from its start, or its return, to its end: events of an earlier one are void.
    pub life: u32,
    /// Its place among those that take requests.
    pub position: u32,
    pub launched: SimTime,
    /// From where on it is paid for.
    pub billed_from: SimTime,
    /// From where on it counted as capacity, as far as that has been recorded.
    pub ready: SimTime,
    pub waiting: VecDeque<Request>,
    /// Under processor sharing.
    pub cores: Option<Cores>,
    /// Of a burstable type.
    pub burst: Option<Box<Burst>>,
    /// Of a fleet whose members can go while they work: what its workers do.
    pub running: Slots<Running>,
    /// When the number of requests on its cores last changed.
    pub since: SimTime,
    /// Thousandths of places at work, times ns, since the scaler last looked, from `measured_from` on.
    pub worked: u128,
    /// The scaler calls it ready from here on.
    pub warm_at: SimTime,
    /// Its work counts in the scaler's means from here on.
    pub measured_from: SimTime,
    /// Until when it is away.
    pub back: SimTime,
    /// The provider takes it back.
    pub taken: bool,
    /// A policy of the scaler asked for it to come, or to go.
    pub asked: bool,
}

impl Member {
    pub fn new(cores: Option<Cores>) -> Self {
        Self {
            state: State::Gone,
            life: 0,
            position: 0,
            launched: SimTime::ZERO,
            billed_from: SimTime::ZERO,
            ready: SimTime::ZERO,
            waiting: VecDeque::new(),
            cores,
            burst: None,
            running: Slots::default(),
            since: SimTime::ZERO,
            worked: 0,
            warm_at: SimTime::ZERO,
            measured_from: SimTime::ZERO,
            back: SimTime::ZERO,
            taken: false,
            asked: false,
        }
    }

    /// Requests in service.
    pub fn serving(&self) -> usize {
        self.running.len() + self.cores.as_ref().map_or(0, Cores::len)
    }
}
