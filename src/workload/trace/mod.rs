//! Traces with one row an invocation, as a stream in order of time.
//!
//! A file is recognised by its content: CSV, JSON lines or Parquet, plain or packed with gzip or zstd. Memory does not
//! grow with the length of the trace, unless the whole file is to be sorted. Timestamps:
//!
//! - decimals are read digit by digit to nanoseconds, rounded half up; `end - duration` is taken in nanoseconds;
//! - numbers are seconds since the start of the window, unless the first one is 10^8 or more: then they are seconds
//!   since 1970, and the first arrival is time zero, as it is with dates;
//! - a row may lie up to one second behind an earlier one; the reader puts it in its place.

mod columns;
mod csv_rows;
mod decimal;
mod error;
mod json_rows;
mod keys;
mod lines;
pub(super) mod open;
mod order;
#[cfg(feature = "tables")]
mod parquet_rows;
mod sink;

use std::path::PathBuf;

pub(super) use csv_rows::split_header;
use error::Problem;
pub use error::{Fault, TraceError};

use self::columns::Names;
use self::csv_rows::CsvRows;
use self::json_rows::JsonRows;
use self::lines::Lines;
use self::open::Opened;
use self::sink::{Clock, Sink};
use super::{FunctionTable, Invocation, TraceFile};
use crate::rng::{Entity, Purpose, Seed};
use crate::units::{SimTime, Span};

/// A trace file at work.
pub struct TraceReader {
    path: PathBuf,
    rows: Rows,
    sink: Sink,
    end: SimTime,
    /// What is taken from each timestamp, once the first arrival is known.
    zero: Option<Span>,
    ended: bool,
    exhausted: bool,
    any: bool,
}

enum Rows {
    Csv(CsvRows),
    Json(JsonRows),
    #[cfg(feature = "tables")]
    Parquet(parquet_rows::ParquetRows),
}

/// Rows that are read at a time. Small, so that they are still in the cache when they are handed out.
const CHUNK: usize = 1_024;

impl TraceReader {
    /// Opens the file and reads its header. Arrivals at or after `end` are left out. `seed` draws the work of rows that
    /// state none.
    pub fn open(file: &TraceFile, seed: Seed, end: SimTime) -> Result<Self, TraceError> {
        let fail = |fault| TraceError::new(&file.path, fault);
        let stream = seed.stream(Entity::named(&file.name), Purpose::Work);
        let sink = Sink::new(file.sort, file.work.clone().map(|work| (work, stream)));
        let names = Names::of(file.format);
        let rows = match open::open(&file.path).map_err(fail)? {
            Opened::Text { text, head, container } => {
                let lines = Lines::new(text, container);
                if is_json(&head) {
                    Rows::Json(JsonRows::new(lines, names))
                } else {
                    let csv = CsvRows::open(lines, names, !sink.has_work());
                    Rows::Csv(csv.map_err(|fault| TraceError { line: Some(1), ..fail(fault) })?)
                }
            }
            #[cfg(feature = "tables")]
            Opened::Parquet(parquet) => {
                Rows::Parquet(parquet_rows::ParquetRows::open(parquet, names, !sink.has_work()).map_err(fail)?)
            }
            #[cfg(not(feature = "tables"))]
            Opened::Parquet(_) => return Err(fail(Fault::NoParquet)),
        };
        let (zero, path) = (None, file.path.clone());
        Ok(Self { path, rows, sink, end, zero, ended: false, exhausted: false, any: false })
    }

    /// Appends up to `limit` invocations in order of time, none at the end of the trace, and adds the functions that
    /// are new. It must be the same table every time. After an error there is nothing more.
    pub fn fill(
        &mut self,
        batch: &mut Vec<Invocation>,
        functions: &mut FunctionTable,
        limit: usize,
    ) -> Result<(), TraceError> {
        let mut wanted = limit;
        while wanted > 0 && !self.exhausted {
            let handed_out = self.hand_out(batch, wanted);
            wanted -= handed_out;
            if handed_out == 0 && self.ended {
                self.exhausted = true;
            } else if handed_out == 0 {
                self.read_chunk(functions).inspect_err(|_| self.exhausted = true)?;
            }
        }
        Ok(())
    }

    /// Moves rows that are ready into the batch.
    fn hand_out(&mut self, batch: &mut Vec<Invocation>, wanted: usize) -> usize {
        let ready = self.sink.pending.ready(self.ended);
        let ready = &ready[..ready.len().min(wanted)];
        let Some(first) = ready.first() else { return 0 };
        let zero = *self.zero.get_or_insert_with(|| match self.sink.clock {
            Some(Clock::Dates | Clock::Epoch) => first.at.since(SimTime::ZERO),
            Some(Clock::Window) | None => Span::ZERO,
        });
        let count = ready.len();
        let begin = batch.len();
        if zero == Span::ZERO {
            batch.extend_from_slice(ready);
        } else {
            let rebased = |row: &Invocation| Invocation { at: SimTime::from_ns(row.at.ns() - zero.ns()), ..*row };
            batch.extend(ready.iter().map(rebased));
        }
        self.sink.pending.take(count);
        if batch.last().is_some_and(|last| last.at >= self.end) {
            let inside = batch[begin..].partition_point(|row| row.at < self.end);
            batch.truncate(begin + inside);
            self.exhausted = true;
        }
        count
    }

    fn read_chunk(&mut self, functions: &mut FunctionTable) -> Result<(), TraceError> {
        let outcome = match &mut self.rows {
            Rows::Csv(rows) => rows.read(&mut self.sink, functions, CHUNK),
            Rows::Json(rows) => rows.read(&mut self.sink, functions, CHUNK),
            #[cfg(feature = "tables")]
            Rows::Parquet(rows) => rows.read(&mut self.sink, functions),
        };
        match outcome {
            Ok(true) => self.any = true,
            Ok(false) if !self.any => return Err(TraceError::new(&self.path, Fault::NoRows)),
            Ok(false) => self.ended = true,
            Err(problem) => return Err(self.locate(problem)),
        }
        Ok(())
    }

    fn locate(&mut self, problem: Problem) -> TraceError {
        match &mut self.rows {
            Rows::Csv(CsvRows { lines, .. }) | Rows::Json(JsonRows { lines, .. }) => {
                let number = lines.number();
                let text = match problem.fault {
                    Fault::Truncated { .. } | Fault::Damaged { .. } | Fault::Io(_) => Vec::new(),
                    _ => lines.line().ok().flatten().map(<[u8]>::to_vec).unwrap_or_default(),
                };
                TraceError::at(&self.path, number, &text, problem)
            }
            #[cfg(feature = "tables")]
            Rows::Parquet(rows) => TraceError::at(&self.path, rows.number(), b"", problem),
        }
    }
}

fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.trim_ascii_start().first() == Some(&b'{')
}
