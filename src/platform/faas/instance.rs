//! One instance, and when idle ones go.

use crate::policy::KeepAlive;
use crate::units::{SimTime, Span};

#[derive(Clone, Copy, Debug)]
pub struct Instance {
    pub created_at: SimTime,
    /// Running number in the pool.
    pub created: u64,
    /// When its start-up ends.
    pub ready_at: SimTime,
    pub last_start: SimTime,
    pub idle_since: SimTime,
    pub active: u32,
    /// Changes with each instance that uses the slot.
    pub epoch: u32,
    /// When its life is over, if it stays idle.
    pub gone_at: SimTime,
    /// When the event queue will ask whether it is; the end of time if it will not.
    pub asked_at: SimTime,
}

impl Instance {
    /// The `created`-th of its pool, made at `now` and ready after `wait`.
    pub fn new(now: SimTime, wait: Span, created: u64, epoch: u32) -> Self {
        Self {
            created_at: now,
            created,
            ready_at: now + wait,
            last_start: now,
            idle_since: now,
            active: 0,
            epoch,
            gone_at: SimTime::END,
            asked_at: SimTime::END,
        }
    }
}

/// When idle instances go.
#[derive(Clone, Debug)]
pub enum Expiry {
    Never,
    Immediately,
    /// All after the same idle time: the longest idle is always the next to go, and no event is needed.
    Ordered {
        limit: Span,
    },
    /// At the end of a life of its own.
    Scheduled,
}

impl Expiry {
    pub fn new(policy: &KeepAlive) -> Self {
        match policy {
            KeepAlive::None => Self::Immediately,
            KeepAlive::Infinite => Self::Never,
            KeepAlive::Fixed { idle, sliding: true, from_start: false } => Self::Ordered { limit: *idle },
            KeepAlive::Fixed { .. }
            | KeepAlive::Exponential { .. }
            | KeepAlive::Survival { .. }
            | KeepAlive::Histogram(_) => Self::Scheduled,
        }
    }

    /// Before this no instance goes by its order.
    pub fn first(&self) -> SimTime {
        match self {
            Self::Ordered { limit } => SimTime::ZERO + *limit,
            Self::Never | Self::Immediately | Self::Scheduled => SimTime::END,
        }
    }
}

/// An instance that has taken an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub instance: u32,
    /// What is left of its start-up.
    pub wait: Span,
    /// The part of its start-up that is init, where it starts for this invocation.
    pub init: Span,
    pub cold: bool,
    pub provisioned: bool,
}
