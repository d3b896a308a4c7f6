//! Rows of a CSV file.
//!
//! The usual row of the Azure 2021 schema takes a short way: its name is looked up as it stands and its numbers are read
//! from where the name ends, so that no byte is looked for. Everything else (other columns or their order, quotes, new
//! names, odd numbers, faults) takes the long way, field by field.

use std::ops::Range;

use super::columns::{Columns, Names};
use super::decimal::{plain_seconds, seconds};
use super::error::{Fault, Problem};
use super::lines::Lines;
use super::sink::{Row, Sink, memory_of, optional_span};
use crate::units::{SimTime, Span};
use crate::workload::{FunctionTable, Invocation};

pub(super) struct CsvRows {
    pub lines: Lines,
    names: Names,
    columns: Columns,
    /// Columns are `app,func,end_timestamp,duration`: rows may take the short way.
    canonical: bool,
    /// Length of `app,func` in the last row that took the long way: a guess for the next.
    key_length: usize,
    fields: Vec<Range<usize>>,
    unquoted: Vec<u8>,
}

/// What a line turned out to be.
enum Line {
    Blank,
    Row,
}

impl CsvRows {
    /// Reads the header.
    pub(super) fn open(mut lines: Lines, names: Names, duration_needed: bool) -> Result<Self, Fault> {
        let header = read_header(&mut lines)?;
        let columns = names.find(&header, duration_needed)?;
        let canonical = columns
            == Columns {
                app: Some(0),
                function: Some(1),
                end: Some(2),
                duration: Some(3),
                width: 4,
                ..Columns::default()
            };
        Ok(Self { lines, names, columns, canonical, key_length: 0, fields: Vec::new(), unquoted: Vec::new() })
    }

    /// Reads some of the rows; false at the end of the file. On an error, the faulty line is the next of `lines`.
    pub(super) fn read(
        &mut self,
        sink: &mut Sink,
        functions: &mut FunctionTable,
        limit: usize,
    ) -> Result<bool, Problem> {
        let block = self.lines.block()?;
        if block.is_empty() {
            return Ok(false);
        }
        let (mut used, mut rows) = (0, 0);
        let mut outcome = Ok(());
        while used < block.len() && rows < limit {
            let text = &block[used..];
            let taken = match short_way(text, self.canonical, self.key_length, sink) {
                Some((row, length)) => sink.pending.push(row).map(|()| length).map_err(Problem::from),
                None => {
                    let length = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
                    let reader = FieldReader { names: &self.names, columns: &self.columns };
                    reader.read(&text[..length], &mut self.fields, &mut self.unquoted, sink, functions).map(|line| {
                        if matches!(line, Line::Row) && self.canonical {
                            self.key_length = self.fields[1].end;
                        }
                        length
                    })
                }
            };
            match taken {
                Ok(length) => (used, rows) = (used + length, rows + 1),
                Err(problem) => {
                    outcome = Err(problem);
                    break;
                }
            }
        }
        self.lines.take(used, rows as u64);
        outcome.map(|()| true)
    }
}

fn read_header(lines: &mut Lines) -> Result<Vec<String>, Fault> {
    let line = lines.line()?.ok_or(Fault::Empty)?;
    Ok(split_header(line))
}

/// The names of a header line; a byte-order mark before it is dropped.
pub(crate) fn split_header(line: &[u8]) -> Vec<String> {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let (mut fields, mut unquoted) = (Vec::new(), Vec::new());
    let text = if split(line, &mut fields, &mut unquoted).is_ok_and(|quoted| quoted) { &unquoted[..] } else { line };
    fields.into_iter().map(|field| String::from_utf8_lossy(&text[field]).trim().to_owned()).collect()
}

/// A row `app,func,end,duration` whose name is known and whose numbers are plain; `None` for any other.
#[inline]
fn short_way(text: &[u8], canonical: bool, key_length: usize, sink: &Sink) -> Option<(Invocation, usize)> {
    if !canonical || *text.get(key_length)? != b',' {
        return None;
    }
    let function = sink.keys.find(&text[..key_length])?;
    let mut used = key_length + 1;
    let (end, length) = plain_seconds(&text[used..])?;
    used += length;
    if *text.get(used)? != b',' {
        return None;
    }
    used += 1;
    let (duration, length) = plain_seconds(&text[used..])?;
    used += length;
    if text.get(used) == Some(&b'\r') {
        used += 1;
    }
    if *text.get(used)? != b'\n' {
        return None;
    }
    let at = SimTime::from_ns(end.checked_sub(duration)?);
    Some((Invocation::new(at, function, Span::from_ns(duration)), used + 1))
}

/// Reads a row field by field.
struct FieldReader<'a> {
    names: &'a Names,
    columns: &'a Columns,
}

impl FieldReader<'_> {
    fn read(
        &self,
        line: &[u8],
        fields: &mut Vec<Range<usize>>,
        unquoted: &mut Vec<u8>,
        sink: &mut Sink,
        functions: &mut FunctionTable,
    ) -> Result<Line, Problem> {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return Ok(Line::Blank);
        }
        let text = if split(line, fields, unquoted)? { &unquoted[..] } else { line };
        if fields.len() != self.columns.width {
            return Err(Fault::FieldCount { found: fields.len(), expected: self.columns.width }.into());
        }
        let field = |index: Option<usize>| index.map_or(&b""[..], |index| text[fields[index].clone()].trim_ascii());
        let Columns { function, app, start, end, duration, init, memory, .. } = self.columns;
        let (function, app) = (field(*function), field(*app));
        if function.is_empty() {
            return Err(Fault::MissingValue.in_column(self.names.function));
        }
        let duration = optional_span(field(*duration)).map_err(|fault| fault.in_column(self.names.duration))?;
        let time = |fault: Fault| fault.in_column(self.names.time());
        let at = match end {
            Some(_) => start_of(seconds(field(*end)).map_err(time)?, duration).map_err(time)?,
            None => sink.timestamp(field(*start)).map_err(time)?,
        };
        let init = optional_span(field(*init)).map_err(|fault| fault.in_column("init_s"))?;
        let memory = memory_of(field(*memory)).map_err(|fault| fault.in_column("memory_mb"))?;
        sink.accept(&Row { at, function, app, duration, init, memory }, functions)?;
        Ok(Line::Row)
    }
}

/// `end - duration`. Timestamps are rounded, so that a first row may seem to start up to a millisecond before zero.
pub(super) fn start_of(end: u64, duration: Option<Span>) -> Result<SimTime, Fault> {
    let duration = duration.ok_or(Fault::NoDuration)?;
    match end.checked_sub(duration.ns()) {
        Some(start) => Ok(SimTime::from_ns(start)),
        None if duration.ns() - end <= Span::MILLISECOND.ns() => Ok(SimTime::ZERO),
        None => Err(Fault::BeforeZero { by: Span::from_ns(duration.ns() - end) }),
    }
}

/// Splits a line at its commas. True if it has quotes: the fields then lie in `unquoted`.
fn split(line: &[u8], fields: &mut Vec<Range<usize>>, unquoted: &mut Vec<u8>) -> Result<bool, Fault> {
    fields.clear();
    if memchr::memchr(b'"', line).is_some() {
        split_quoted(line, fields, unquoted)?;
        return Ok(true);
    }
    let mut begin = 0;
    for comma in memchr::memchr_iter(b',', line) {
        fields.push(begin..comma);
        begin = comma + 1;
    }
    fields.push(begin..line.len());
    Ok(false)
}

/// A line with quoted fields, by the rules of RFC 4180.
fn split_quoted(line: &[u8], fields: &mut Vec<Range<usize>>, unquoted: &mut Vec<u8>) -> Result<(), Fault> {
    if memchr::memchr_iter(b'"', line).count() % 2 == 1 {
        return Err(Fault::OpenQuote);
    }
    let mut record = csv::ByteRecord::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
    reader.read_byte_record(&mut record).map_err(|_| Fault::OpenQuote)?;
    unquoted.clear();
    for field in &record {
        let begin = unquoted.len();
        unquoted.extend_from_slice(field);
        fields.push(begin..unquoted.len());
    }
    Ok(())
}
