//! What a trace holds, found in one pass over it.
//!
//! Memory grows with the number of functions and with the peak concurrency, not with the number of rows.

mod rows;
mod text;

use std::path::Path;

use serde::Serialize;

use super::azure2019::{Summary, Tables};
use super::{Format, TraceError, TraceFile};
use rows::RowStatistics;

/// The answer of `trace inspect`. Times in seconds, shares between 0 and 1; absent: the format does not say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    pub path: String,
    pub format: &'static str,
    pub invocations: u64,
    pub functions: usize,
    pub apps: usize,
    pub span_s: f64,
    pub mean_rate_per_minute: f64,
    pub peak_rate_per_minute: u64,
    pub rows: Option<RowFacts>,
    /// `azure2019` only.
    pub tables: Option<Summary>,
    /// By invocations, most first.
    pub top_functions: Vec<TopFunction>,
    pub warnings: Vec<String>,
}

/// What only a trace with one row an invocation tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowFacts {
    pub first_start_s: f64,
    pub last_start_s: f64,
    pub last_end_s: f64,
    pub duration_s: DurationFacts,
    /// Sum of durations over the time from the first start to the last end.
    pub concurrency_mean: f64,
    /// An invocation that ends at an instant makes room for one that starts at it.
    pub concurrency_peak: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DurationFacts {
    pub sum: f64,
    pub mean: f64,
    /// Percentiles are nearest-rank, within 0.1 %.
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
    /// Invocations longer than 30 s, as a share of all, and their share of the time.
    pub over_30s_share: f64,
    pub over_30s_share_of_time: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopFunction {
    pub name: String,
    pub invocations: u64,
    pub share: f64,
    /// Of the sum of durations; absent where durations are unknown.
    pub share_of_time: Option<f64>,
}

/// How many functions are listed.
const TOP: usize = 10;

/// Reads the whole trace. The format is recognised if it is not given; `sort` accepts rows in any order.
pub fn inspect(path: &Path, format: Option<Format>, sort: bool) -> Result<Inspection, TraceError> {
    let format = format.map_or_else(|| Format::detect(path), Ok)?;
    match format.rows() {
        Some(rows) => {
            let name = path.display().to_string();
            let file = TraceFile { name, path: path.to_owned(), format: rows, sort, work: None };
            Ok(RowStatistics::read(&file)?.inspection(path, format))
        }
        None => Tables::read(path).map(|tables| of_tables(path, &tables)),
    }
}

fn of_tables(path: &Path, tables: &Tables) -> Inspection {
    let summary = tables.summary();
    let mut warnings = tables.notes.clone();
    let share = |part: usize| format!("{part} of {} functions", summary.functions);
    if summary.with_durations < summary.functions {
        warnings.push(format!("only {} have durations", share(summary.with_durations)));
    }
    if summary.with_memory < summary.functions {
        warnings.push(format!("only {} have memory", share(summary.with_memory)));
    }
    warnings.push("counts per minute: where arrivals fall inside a minute is the choice of `spread`".to_owned());
    Inspection {
        path: path.display().to_string(),
        format: Format::Azure2019.name(),
        invocations: summary.invocations,
        functions: summary.functions,
        apps: summary.apps,
        span_s: tables.span().seconds(),
        mean_rate_per_minute: summary.invocations as f64 / f64::from(summary.minutes.max(1)),
        peak_rate_per_minute: summary.per_minute_max,
        rows: None,
        top_functions: top_of_tables(tables, &summary),
        tables: Some(summary),
        warnings,
    }
}

fn top_of_tables(tables: &Tables, summary: &Summary) -> Vec<TopFunction> {
    let mut functions: Vec<_> = tables.functions.iter().map(|(key, counted)| (counted.total(), key)).collect();
    functions.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    let top = |(total, key): &(u64, &_)| {
        let busy = tables.durations_of(key).map(|row| *total as f64 * row.average / 1e3);
        TopFunction {
            name: format!("{}/{}", key.app, key.function),
            invocations: *total,
            share: *total as f64 / summary.invocations.max(1) as f64,
            share_of_time: busy.filter(|_| summary.busy_s > 0.0).map(|busy| busy / summary.busy_s),
        }
    };
    functions.iter().take(TOP).map(top).collect()
}
