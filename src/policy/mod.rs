//! Small decisions that platforms are made of, each a choice of the scenario.

mod balancer;
mod retry;

use std::sync::Arc;

use crate::units::Span;

pub use balancer::{Balance, Balancer, Load};
pub use retry::{Jitter, Retry};

/// How long an idle instance is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum KeepAlive {
    /// Gone as soon as it is idle.
    None,
    /// Gone when idle for longer than `idle`. Not `sliding`: `idle` after the instance was created, whatever it did since
    /// (a busy instance ends its invocation first). `from_start`: counted from the start of its latest invocation.
    Fixed { idle: Span, sliding: bool, from_start: bool },
    /// Each idle period has its own life, drawn from an exponential distribution.
    Exponential { mean: Span },
    /// Each idle period has its own life, drawn from a measured curve: `(idle time, share still alive)`, decreasing,
    /// linear between the points; alive until the first point, gone after the last.
    Survival { curve: Arc<[(Span, f64)]> },
    /// The hybrid histogram policy (Shahrad et al., ATC 2020), per pool.
    Histogram(HistogramPolicy),
    /// Kept for ever.
    Infinite,
}

/// Parameters of the hybrid histogram policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistogramPolicy {
    /// Longest idle time that the histogram covers.
    pub range: Span,
    /// Width of a bin.
    pub bin: Span,
    /// Idle times up to this percentile (rounded down) are cut off at the head.
    pub head: f64,
    /// The instance is kept to this percentile (rounded up) of idle times.
    pub tail: f64,
    /// Added to the tail and taken from the head, as a share.
    pub margin: f64,
    /// Fewest idle times before the histogram is believed.
    pub samples: u32,
    /// Fixed keep-alive while it is not.
    pub fallback: Span,
}

/// Which idle instance takes the next invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleChoice {
    /// Latest created.
    Newest,
    /// Latest finished; ties: latest created.
    Mru,
    /// Earliest finished; ties: earliest created.
    Lru,
    /// Earliest created.
    Oldest,
    Random,
    /// First element of an insertion-ordered set whose removals move the last element into the hole (DSLab).
    SwapSet,
}
