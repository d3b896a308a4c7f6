//! What a FaaS deployment is, fully resolved: data, shared by all threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::{IdleChoice, KeepAlive, Retry, TokenBucketSpec};
use crate::record::Billed;
use crate::stats::Distribution;
use crate::units::{SimTime, Size, Span};
use crate::workload::FunctionInfo;

/// A FaaS deployment.
#[derive(Clone, Debug)]
pub struct FaasSpec {
    /// Settings of the functions that the scenario names.
    pub named: BTreeMap<String, Arc<FunctionSpec>>,
    /// Settings of every other function (those of a trace).
    pub others: Arc<FunctionSpec>,
    pub pool_by: PoolBy,
    pub limits: Limits,
    pub allocation: Allocation,
    pub retry: Retry,
    pub tie_order: TieOrder,
    pub billing: FaasBilling,
    /// One way to the platform and back, added to every latency.
    pub network: Distribution,
}

/// How one function is deployed.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// `None`: the memory that the workload states, which must then be there.
    pub memory: Option<Size>,
    pub ephemeral_storage: Size,
    /// Invocations that one instance holds at the same time, at least 1.
    pub concurrency: u32,
    pub keep_alive: KeepAlive,
    pub idle_choice: IdleChoice,
    pub start: Start,
    /// Replaces the duration of invocations that start cold, as some peers do.
    pub cold_duration: Option<Distribution>,
    /// Cap on concurrent executions; also carved out of the account's.
    pub reserved: Option<u32>,
    pub provisioned: Provisioned,
    /// `None`: each event has an invocation of its own.
    pub batch: Option<BatchSpec>,
    pub timeout: Option<Span>,
    /// Execution takes `duration * work_scale`: what memory, and so CPU share, does to the reference duration.
    pub work_scale: f64,
}

/// Provisioned concurrency: instances that are there whether they are used or not, and how their number changes by the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioned {
    /// At the start, and ready then.
    pub first: u32,
    /// From each instant on so many are asked for, in order of time.
    pub changes: Arc<[(SimTime, u32)]>,
}

impl Provisioned {
    /// Every number that is asked for at some time.
    fn levels(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.first).chain(self.changes.iter().map(|(_, level)| *level))
    }

    pub fn least(&self) -> u32 {
        self.levels().min().unwrap_or(0)
    }

    pub fn most(&self) -> u32 {
        self.levels().max().unwrap_or(0)
    }

    /// The same in a window that begins so much later.
    fn opened(&self, later: Span) -> Self {
        let open = SimTime::ZERO + later;
        let next = self.changes.partition_point(|(at, _)| *at <= open);
        let first = next.checked_sub(1).map_or(self.first, |last| self.changes[last].1);
        let changes = self.changes[next..].iter().map(|(at, level)| (SimTime::ZERO + at.since(open), *level));
        Self { first, changes: changes.collect() }
    }
}

/// How provisioned concurrency comes to be there: none of what is asked for at once before all of it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    pub preparation: Span,
    /// Instances of one function a minute, after the preparation; at least 1.
    pub per_minute: u32,
}

impl Allocation {
    /// From asking for `instances` until they are there.
    pub fn takes(&self, instances: u32) -> Span {
        const MINUTE_NS: u64 = 60_000_000_000;
        self.preparation + Span::from_ns(u64::from(instances) * MINUTE_NS / u64::from(self.per_minute.max(1)))
    }
}

/// Events that one invocation handles, one after the other: an event source sends what it has collected when there are
/// `size`, or when the first of them has waited for `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSpec {
    /// At least 2.
    pub size: u32,
    /// Longer than 0.
    pub window: Span,
    /// The part of each event's duration that a batch needs only once.
    pub once: Span,
}

/// The phases of a cold start, one after the other.
#[derive(Clone, Debug)]
pub struct Start {
    pub place: Distribution,
    pub fetch: Distribution,
    pub runtime_init: Distribution,
    /// Taken from the row instead, where a trace measured it.
    pub application_init: Distribution,
    /// Loading the code, in proportion to its size: part of the application's init.
    pub load: Span,
}

/// Which invocations share instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolBy {
    Function,
    App,
}

/// Limits of an account and of a function. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Concurrent executions of all functions together.
    pub account_concurrency: Option<u32>,
    /// New instances of one function.
    pub scaling: Option<TokenBucketSpec>,
    /// Requests of all functions together.
    pub requests: Option<TokenBucketSpec>,
}

/// Who goes first when events share an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TieOrder {
    /// Finish, arrival, expiry: an arrival exactly at the keep-alive limit is warm.
    #[default]
    FinishArrivalExpiry,
    /// Finish, expiry, arrival (SimFaaS).
    FinishExpiryArrival,
    /// Arrival, expiry, finish (DSLab).
    ArrivalExpiryFinish,
}

/// How an execution becomes billed milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaasBilling {
    /// Durations are rounded up to whole increments.
    pub increment: Span,
    /// An invocation is billed for at least this.
    pub minimum: Span,
    /// Memory is rounded up to whole steps.
    pub memory_step: Size,
    /// What the platform offers: memory that a trace states is brought within it.
    pub memory_range: (Size, Size),
    /// Start-up (runtime and application init) is billed with the execution from this instant on; `None`: never.
    pub init_from: Option<SimTime>,
    /// Ephemeral storage that is included.
    pub ephemeral_included: Size,
    /// Provisioned concurrency is billed in whole increments of time.
    pub provisioned_increment: Span,
}

impl FaasSpec {
    /// The same in a window that begins so much later: rules of the bill and actions by the clock come earlier in it.
    pub fn opened(&self, later: Span) -> Self {
        let function = |function: &Arc<FunctionSpec>| {
            let provisioned = function.provisioned.opened(later);
            Arc::new(FunctionSpec { provisioned, ..(**function).clone() })
        };
        let mut ours = self.clone();
        ours.billing.init_from = self.billing.init_from.map(|from| SimTime::ZERO + from.since(SimTime::ZERO + later));
        ours.named = self.named.iter().map(|(name, one)| (name.clone(), function(one))).collect();
        ours.others = function(&self.others);
        ours
    }

    /// How `info` is deployed.
    pub fn function(&self, info: &FunctionInfo) -> &Arc<FunctionSpec> {
        self.named.get(&info.name).unwrap_or(&self.others)
    }

    /// Name of the pool whose instances `info` uses.
    pub fn pool_name<'a>(&self, info: &'a FunctionInfo) -> &'a str {
        match self.pool_by {
            PoolBy::Function => &info.name,
            PoolBy::App => &info.app,
        }
    }

    /// Memory for which an execution is billed; the least where neither the deployment nor the workload states any, which
    /// the scenario has refused for platforms that bill memory.
    pub fn billed_memory_mib(&self, function: &FunctionSpec, info: &FunctionInfo) -> u64 {
        let (least, most) = self.billing.memory_range;
        let memory = function.memory.or(info.memory).unwrap_or(Size::ZERO).max(least).min(most).mib();
        memory.next_multiple_of(self.billing.memory_step.mib().max(1))
    }
}

impl FaasBilling {
    /// What is billed of an execution at `now` whose start-up held `init`.
    #[inline]
    pub fn billed(&self, now: SimTime, execution: Span, init: Span) -> Billed {
        let init = match self.init_from {
            Some(from) if now >= from => init,
            _ => Span::ZERO,
        };
        let least = (execution + init).max(self.minimum);
        let ms = if self.increment == Span::MILLISECOND {
            least.increments(Span::MILLISECOND)
        } else {
            least.increments(self.increment) * (self.increment.ns() / 1_000_000)
        };
        Billed { ms, init, beyond: Span::from_ns(ms.saturating_mul(1_000_000)) - (execution + init) }
    }
}
