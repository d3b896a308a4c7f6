//! What a fleet of servers is, fully resolved.

use std::collections::BTreeMap;

use crate::policy::{Balancer, Retry};
use crate::stats::Distribution;
use crate::units::{Size, Span};

/// A fixed number of equal servers behind one balancer; all functions share them.
#[derive(Clone, Debug)]
pub struct ServersSpec {
    pub count: u32,
    pub discipline: Discipline,
    /// Of one server.
    pub memory: Size,
    /// Requests that one server holds beyond those in service; `None` is unbounded. A full server drops the request.
    pub accept_queue: Option<u32>,
    pub balancer: Balancer,
    /// What the client of a request that a full server dropped does.
    pub retry: Retry,
    /// Settings of the functions that the scenario names.
    pub named: BTreeMap<String, ServedFunction>,
    pub others: ServedFunction,
    /// One way to the server and back, added to every latency.
    pub network: Distribution,
    /// Servers are billed for at least this, then in `billing_increment`s.
    pub billing_minimum: Span,
    pub billing_increment: Span,
}

impl ServersSpec {
    /// Requests that one server works on at full speed.
    pub const fn slots(&self) -> u32 {
        match self.discipline {
            Discipline::Fcfs { workers } => workers,
            Discipline::ProcessorSharing { cores, .. } => cores,
        }
    }
}

/// How one server works on what it has accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Discipline {
    /// `workers` requests at a time, first come first served; a worker is held for the whole duration.
    Fcfs { workers: u32 },
    /// All requests at once, each getting min(1, cores / n) of a core; `limit` is the most that are worked on at once.
    ProcessorSharing { cores: u32, limit: Option<u32> },
}

/// How one function runs on a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServedFunction {
    /// From the start of execution. Under processor sharing it is time in service, whatever share of a core that was.
    pub timeout: Option<Span>,
    /// Service takes `duration * work_scale` on a free core.
    pub work_scale: f64,
}
