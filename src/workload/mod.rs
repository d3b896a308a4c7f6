//! Where invocations come from: synthetic shapes and real traces, in order of time, as a stream.
//!
//! A [`Workload`] is data. [`stream`](crate::workload) readers hand out [`Invocation`]s in batches; nothing here knows
//! where they will run, and memory does not grow with their number.

use std::path::PathBuf;
use std::sync::Arc;

use crate::ids::FunctionId;
use crate::rng::Entity;
use crate::stats::Distribution;
use crate::units::{Rate, SimTime, Size, Span};

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

/// When a synthetic source asks for work. Instants are relative to the start of the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Evenly spaced, the first at zero.
    Constant {
        rate: Rate,
    },
    Poisson {
        rate: Rate,
    },
    /// Non-homogeneous Poisson whose rate repeats: `hourly` multiplies `rate`, one factor an hour of a day (24) or a week
    /// (168, from the weekday on which the window opens), interpolated between the middles of the hours if `smooth`.
    Diurnal {
        rate: Rate,
        hourly: Arc<[f64]>,
        smooth: bool,
    },
    /// Non-homogeneous Poisson, a constant rate from each instant to the next; the last one holds to the end.
    Piecewise {
        steps: Arc<[(SimTime, Rate)]>,
    },
    /// Poisson `base`, and Poisson `peak` more during `length` from `at`; ramps up and down linearly over `ramp`.
    Burst {
        base: Rate,
        peak: Rate,
        at: SimTime,
        length: Span,
        ramp: Span,
    },
    /// `size` arrivals together every `period`, each late by a draw of `jitter`.
    Batch {
        size: u32,
        period: Span,
        offset: Span,
        jitter: Option<Distribution>,
    },
    /// At the minutes that a five-field cron expression names, in UTC.
    Cron {
        schedule: Arc<str>,
        count: u32,
        offsets: Arc<[SimTime]>,
    },
    /// Markov-modulated Poisson: the rate of each state, and the mean stay in each; states follow each other in a ring.
    Mmpp {
        states: Arc<[(Rate, Span)]>,
    },
    /// Counts per interval, as in `azure2019`: `(index of the interval, count)`.
    Counts {
        interval: Span,
        counts: Arc<[(u32, u32)]>,
        spread: Spread,
    },
}

/// Where arrivals that are only counted per interval fall inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// The count is the mean of a Poisson number of arrivals, uniformly placed.
    Poisson,
    /// Exactly the count, uniformly placed.
    Uniform,
    /// Exactly the count, equally spaced.
    Even,
    /// Exactly the count, all at the start of the interval.
    Start,
}
