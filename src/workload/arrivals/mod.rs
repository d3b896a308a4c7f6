//! When a synthetic source asks for work: one file a shape. Each is an iterator over instants in order of time that
//! allocates nothing per arrival; the first instant at or after the end of the window ends it.

mod batch;
mod burst;
mod clock;
mod constant;
mod counts;
mod cron;
mod curve;
mod diurnal;
mod growing;
mod mmpp;
mod open;
mod piecewise;
mod poisson;

use std::sync::Arc;

pub use cron::{CronError, CronSchedule};
pub use growing::grown;

use crate::rng::Stream;
use crate::stats::Distribution;
use crate::units::{Calendar, Rate, SimTime, Span};

/// When a synthetic source asks for work. Instants are relative to the start of the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Evenly spaced, the first at zero. Exact for rates that are whole per day, `40/s` or `3/h` among them.
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
    /// Non-homogeneous Poisson, a constant rate from each instant to the next, zero before the first; the last one holds
    /// to the end.
    Piecewise {
        steps: Arc<[(SimTime, Rate)]>,
    },
    /// Poisson `base`, and Poisson `peak` more from `at` to `at + length`; inside this, `ramp` is how long the rate takes
    /// to rise and to fall linearly (half of `length` at most).
    Burst {
        base: Rate,
        peak: Rate,
        at: SimTime,
        length: Span,
        ramp: Span,
    },
    /// `size` arrivals together every `period` from `offset` on, each late by a draw of `jitter`. Only one batch if the
    /// period is zero.
    Batch {
        size: u32,
        period: Span,
        offset: Span,
        jitter: Option<Distribution>,
    },
    /// `count` arrivals at the start of each minute that the schedule names, in UTC.
    Cron {
        schedule: CronSchedule,
        calendar: Calendar,
        count: u32,
    },
    /// Markov-modulated Poisson: the rate of each state, and the mean stay in each; states follow each other in a ring. The
    /// first state is drawn by the shares of time, so that the process is stationary from the start.
    Mmpp {
        states: Arc<[(Rate, Span)]>,
    },
    /// Counts per interval, as in `azure2019`: `(index of the interval, count)`, in order of the index.
    Counts {
        interval: Span,
        counts: Arc<[(u32, u32)]>,
        spread: Spread,
    },
    /// A Poisson process whose rate follows a curve (`Poisson`, `Diurnal`, `Piecewise`, `Burst`) and grows by `per_year`
    /// in 365 days, compounded all the time. The window opens when the curve has gone on for `opens`.
    Growing {
        of: Arc<Self>,
        per_year: f64,
        opens: Span,
    },
}

/// Where arrivals that are only counted per interval fall inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// The count is the mean of a Poisson number of arrivals, uniformly placed.
    Poisson,
    /// Exactly the count, uniformly placed.
    Uniform,
    /// Exactly the count, equally spaced, the first at the start of the interval.
    Even,
    /// Exactly the count, all at the start of the interval.
    Start,
}

/// The iterators, by shape.
#[derive(Clone, Debug)]
pub(super) enum Instants {
    Constant(constant::Constant),
    Poisson(poisson::Poisson),
    Curve(curve::Curve),
    Growing(growing::Growing),
    Batch(batch::Batch),
    Cron(cron::CronInstants),
    Mmpp(mmpp::Mmpp),
    Counts(counts::Counts),
}

impl Instants {
    /// `arrivals` and `spread` are the streams of the source for instants, and for places inside counted intervals.
    pub(super) fn new(shape: &Arrivals, arrivals: Stream, spread: Stream, end: SimTime) -> Self {
        match shape {
            Arrivals::Constant { rate } => Self::Constant(constant::Constant::new(*rate)),
            Arrivals::Poisson { rate } => Self::Poisson(poisson::Poisson::new(*rate, arrivals)),
            Arrivals::Diurnal { .. } | Arrivals::Piecewise { .. } | Arrivals::Burst { .. } => {
                let (segments, repeats) = shape.curve();
                Self::Curve(if repeats {
                    curve::Curve::repeating(segments, arrivals, end)
                } else {
                    curve::Curve::once(segments, arrivals, end)
                })
            }
            Arrivals::Growing { of, per_year, opens } => {
                Self::Growing(growing::Growing::new(of.curve(), *per_year, *opens, arrivals, end))
            }
            Arrivals::Batch { size, period, offset, jitter } => {
                Self::Batch(batch::Batch::new(*size, *period, *offset, jitter.clone(), arrivals, end))
            }
            Arrivals::Cron { schedule, calendar, count } => {
                Self::Cron(cron::CronInstants::new(schedule.clone(), *calendar, *count, end))
            }
            Arrivals::Mmpp { states } => Self::Mmpp(mmpp::Mmpp::new(states.clone(), arrivals, end)),
            Arrivals::Counts { interval, counts, spread: rule } => {
                Self::Counts(counts::Counts::new(*interval, counts.clone(), *rule, spread, end))
            }
        }
    }
}

impl Arrivals {
    /// Mean number of arrivals in each hour of a window; `None` for a process whose rate follows no curve.
    pub fn hourly(&self, duration: Span) -> Option<Vec<f64>> {
        let (per_year, opens) = match self {
            Self::Growing { per_year, opens, .. } => (*per_year, *opens),
            _ => (0.0, Span::ZERO),
        };
        let curve = self.curve();
        (!curve.0.is_empty()).then(|| growing::hourly(curve, per_year, opens, duration))
    }

    /// The segments of the rate curve, and whether they repeat; none for a process that has no curve.
    fn curve(&self) -> (Vec<curve::Segment>, bool) {
        match self {
            Self::Poisson { rate } => (vec![curve::Segment::flat(Span::HOUR, rate.as_per_second())], true),
            Self::Diurnal { rate, hourly, smooth } => (diurnal::segments(*rate, hourly, *smooth), true),
            Self::Piecewise { steps } => (piecewise::segments(steps), false),
            Self::Burst { base, peak, at, length, ramp } => (burst::segments(*base, *peak, *at, *length, *ramp), false),
            Self::Growing { of, .. } => of.curve(),
            Self::Constant { .. }
            | Self::Batch { .. }
            | Self::Cron { .. }
            | Self::Mmpp { .. }
            | Self::Counts { .. } => (Vec::new(), false),
        }
    }
}
