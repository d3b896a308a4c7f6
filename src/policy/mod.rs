//! Small decisions that platforms are made of, each a choice of the scenario.

mod balancer;
mod credits;
pub mod hazard;
mod idle_histogram;
mod keep_alive;
pub mod nodes;
mod retry;
pub mod route;
pub mod scaling;
mod share;
mod slow_start;
mod token_bucket;

pub use balancer::{Balance, Balancer, Load};
pub use credits::{BurstableType, CreditLedger, CreditMode, CreditSpec, Credits};
pub use idle_histogram::{HistogramPolicy, IdleHistogram, Windows};
pub use keep_alive::{KeepAlive, draw_exponential, draw_life};
pub use retry::{Jitter, Retry};
pub use share::Share;
pub use slow_start::SlowStart;
pub use token_bucket::{TokenBucket, TokenBucketSpec};

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
