//! Where invocations come from: synthetic shapes and real traces, in order of time, as a stream.
//!
//! A [`Workload`] is data. A [`Feed`] is one of its sources at work, [`Merged`] is several: they hand out [`Invocation`]s
//! in batches. Nothing here knows where these will run, and memory does not grow with their number. To add a trace
//! format, see [`TraceFormat`] for rows and [`azure2019`] for counts.

mod arrivals;
pub mod azure2019;
mod feed;
mod format;
mod functions;
pub mod generate;
pub mod inspect;
pub mod series;
mod source;
mod trace;

use std::path::PathBuf;

pub use arrivals::{Arrivals, CronError, CronSchedule, Spread, grown};
pub use feed::{Feed, Merged};
pub use format::Format;
pub use functions::FunctionTable;
pub use source::SyntheticSource;
pub use trace::{Fault, TraceError, TraceReader};

use crate::ids::FunctionId;
use crate::rng::Entity;
use crate::stats::Distribution;
use crate::units::{SimTime, Size, Span};

/// One request for work. The workload draws the work, so every deployment serves the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub at: SimTime,
    /// Execution at the reference CPU, start-up excluded.
    pub duration: Span,
    /// Application init that was measured for this invocation; `Span::MAX` where none was.
    pub measured_init: Span,
    pub function: FunctionId,
}

impl Invocation {
    pub const fn new(at: SimTime, function: FunctionId, duration: Span) -> Self {
        Self { at, duration, measured_init: Span::MAX, function }
    }
}

/// What the workload knows of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionInfo {
    /// Unique in the workload; `app/function` where a trace groups functions by application.
    pub name: String,
    /// Functions of one application may share instances; the name itself where there is no application.
    pub app: String,
    /// Committed memory, where the workload states it.
    pub memory: Option<Size>,
}

/// Everything that asks for work.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    /// Functions known before anything is read. Traces that are read as a stream add theirs behind these.
    pub functions: Vec<FunctionInfo>,
    /// In the order of the scenario, which breaks ties in time.
    pub sources: Vec<Source>,
}

impl Workload {
    /// Whether every replication sees the same arrivals and the same work, so that one reading serves all, and more of them
    /// tell nothing of the load.
    pub fn replays(&self) -> bool {
        self.sources.iter().all(|source| matches!(source, Source::Trace(file) if file.work.is_none()))
    }
}

#[derive(Clone, Debug)]
pub enum Source {
    Synthetic(Synthetic),
    Trace(TraceFile),
}

/// A stream of invocations of one function, made from a shape and a distribution of work.
#[derive(Clone, Debug)]
pub struct Synthetic {
    pub name: String,
    /// Names the random streams of this source.
    pub entity: Entity,
    pub function: FunctionId,
    pub arrivals: Arrivals,
    pub work: Distribution,
}

/// A file with one row an invocation, read as a stream.
#[derive(Clone, Debug)]
pub struct TraceFile {
    pub name: String,
    pub path: PathBuf,
    pub format: TraceFormat,
    /// Sort the whole file by start instead of refusing rows that are more than a second out of order.
    pub sort: bool,
    /// Work of rows that state no duration.
    pub work: Option<Distribution>,
}

/// Trace formats with one row an invocation. (`azure2019` counts per minute become synthetic sources.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    Azure2021,
    Invocations,
}
