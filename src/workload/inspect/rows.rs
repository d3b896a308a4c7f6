//! Statistics of a trace with one row an invocation.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use hdrhistogram::Histogram;
use rustc_hash::FxHashSet;

use super::{DurationFacts, Inspection, RowFacts, TOP, TopFunction};
use crate::rng::Seed;
use crate::units::{SimTime, Span};
use crate::workload::{Format, FunctionTable, Invocation, TraceError, TraceFile, TraceReader};

/// Sums over the rows so far.
pub(super) struct RowStatistics {
    functions: FunctionTable,
    /// Invocations and nanoseconds of work, by function.
    by_function: Vec<(u64, u128)>,
    invocations: u64,
    first: SimTime,
    last: SimTime,
    last_end: SimTime,
    work_ns: u128,
    long: u64,
    long_ns: u128,
    zero_durations: u64,
    durations: Histogram<u64>,
    longest: Span,
    /// Ends of the invocations that run, earliest first.
    running: BinaryHeap<Reverse<SimTime>>,
    peak: usize,
    /// The minute of the last row, its rows, and the most rows of any minute.
    minute: u64,
    in_minute: u64,
    busiest_minute: u64,
}

const LONG: Span = Span::from_secs(30);
const SIGNIFICANT_DIGITS: u8 = 3;
const BATCH: usize = 4_096;

impl RowStatistics {
    pub(super) fn read(file: &TraceFile) -> Result<Self, TraceError> {
        let mut reader = TraceReader::open(file, Seed { seed: 0, replication: 0 }, SimTime::END)?;
        let mut statistics = Self::new();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            reader.fill(&mut batch, &mut statistics.functions, BATCH)?;
            if batch.is_empty() {
                return Ok(statistics);
            }
            statistics.by_function.resize(statistics.functions.len(), (0, 0));
            batch.iter().for_each(|row| statistics.add(row));
        }
    }

    fn new() -> Self {
        let durations = Histogram::new(SIGNIFICANT_DIGITS).expect("three digits are within 0 to 5");
        Self {
            functions: FunctionTable::default(),
            by_function: Vec::new(),
            invocations: 0,
            first: SimTime::ZERO,
            last: SimTime::ZERO,
            last_end: SimTime::ZERO,
            work_ns: 0,
            long: 0,
            long_ns: 0,
            zero_durations: 0,
            durations,
            longest: Span::ZERO,
            running: BinaryHeap::new(),
            peak: 0,
            minute: 0,
            in_minute: 0,
            busiest_minute: 0,
        }
    }

    fn add(&mut self, row: &Invocation) {
        if self.invocations == 0 {
            self.first = row.at;
        }
        self.invocations += 1;
        self.last = row.at;
        self.add_duration(row);
        self.add_to_minute(row.at);
        while self.running.peek().is_some_and(|Reverse(end)| *end <= row.at) {
            self.running.pop();
        }
        let end = row.at + row.duration;
        self.last_end = self.last_end.max(end);
        self.running.push(Reverse(end));
        self.peak = self.peak.max(self.running.len());
    }

    fn add_duration(&mut self, row: &Invocation) {
        let ns = row.duration.ns();
        let (count, work) = &mut self.by_function[row.function.index()];
        *count += 1;
        *work += u128::from(ns);
        self.work_ns += u128::from(ns);
        self.durations.saturating_record(ns);
        self.longest = self.longest.max(row.duration);
        self.zero_durations += u64::from(ns == 0);
        if row.duration > LONG {
            self.long += 1;
            self.long_ns += u128::from(ns);
        }
    }

    fn add_to_minute(&mut self, at: SimTime) {
        let minute = at.ns() / Span::MINUTE.ns();
        if minute != self.minute {
            (self.minute, self.in_minute) = (minute, 0);
        }
        self.in_minute += 1;
        self.busiest_minute = self.busiest_minute.max(self.in_minute);
    }

    pub(super) fn inspection(&self, path: &Path, format: Format) -> Inspection {
        let span_s = self.last_end.since(self.first).seconds();
        let apps: FxHashSet<&str> = self.functions.as_slice().iter().map(|info| info.app.as_str()).collect();
        Inspection {
            path: path.display().to_string(),
            format: format.name(),
            invocations: self.invocations,
            functions: self.functions.len(),
            apps: apps.len(),
            span_s,
            mean_rate_per_minute: self.invocations as f64 / (self.last.since(self.first).seconds() / 60.0).max(1.0),
            peak_rate_per_minute: self.busiest_minute,
            rows: Some(RowFacts {
                first_start_s: self.first.seconds(),
                last_start_s: self.last.seconds(),
                last_end_s: self.last_end.seconds(),
                duration_s: self.duration_facts(),
                concurrency_mean: seconds(self.work_ns) / span_s.max(1e-9),
                concurrency_peak: self.peak,
            }),
            tables: None,
            top_functions: self.top_functions(),
            warnings: self.warnings(),
        }
    }

    fn duration_facts(&self) -> DurationFacts {
        let count = self.invocations.max(1) as f64;
        let percentile = |p| Span::from_ns(self.durations.value_at_quantile(p)).seconds();
        DurationFacts {
            sum: seconds(self.work_ns),
            mean: seconds(self.work_ns) / count,
            p50: percentile(0.5),
            p75: percentile(0.75),
            p90: percentile(0.9),
            p99: percentile(0.99),
            max: self.longest.seconds(),
            over_30s_share: self.long as f64 / count,
            over_30s_share_of_time: self.long_ns as f64 / self.work_ns.max(1) as f64,
        }
    }

    fn top_functions(&self) -> Vec<TopFunction> {
        let mut order: Vec<usize> = (0..self.by_function.len()).collect();
        order.sort_by_key(|index| Reverse(self.by_function[*index].0));
        let top = |index: &usize| {
            let (invocations, work) = self.by_function[*index];
            TopFunction {
                name: self.functions.as_slice()[*index].name.clone(),
                invocations,
                share: invocations as f64 / self.invocations.max(1) as f64,
                share_of_time: Some(work as f64 / self.work_ns.max(1) as f64),
            }
        };
        order.iter().take(TOP).map(top).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.zero_durations > 0 {
            warnings.push(format!("{} rows have a duration of zero", self.zero_durations));
        }
        warnings
    }
}

fn seconds(ns: u128) -> f64 {
    ns as f64 / 1e9
}
