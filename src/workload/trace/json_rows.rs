//! Rows of a JSON lines file: one object a line.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::columns::Names;
use super::decimal::seconds;
use super::error::{Fault, Problem};
use super::lines::Lines;
use super::sink::{Row, Sink, memory_of, optional_span};
use crate::workload::FunctionTable;

pub(super) struct JsonRows {
    pub lines: Lines,
    names: Names,
}

/// The keys of all formats; others are ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Object<'a> {
    #[serde(borrow, alias = "func")]
    function: Option<Cow<'a, str>>,
    #[serde(borrow)]
    app: Option<Cow<'a, str>>,
    #[serde(alias = "end_timestamp")]
    timestamp: Value,
    #[serde(alias = "duration")]
    duration_s: Value,
    init_s: Value,
    memory_mb: Value,
}

impl JsonRows {
    pub(super) const fn new(lines: Lines, names: Names) -> Self {
        Self { lines, names }
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
        while used < block.len() && rows < limit && outcome.is_ok() {
            let length = memchr::memchr(b'\n', &block[used..]).map_or(block.len() - used, |end| end + 1);
            let line = block[used..used + length].trim_ascii();
            let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
            outcome = if line.is_empty() { Ok(()) } else { accept(line, &self.names, sink, functions) };
            if outcome.is_ok() {
                (used, rows) = (used + length, rows + 1);
            }
        }
        self.lines.take(used, rows as u64);
        outcome.map(|()| true)
    }
}

fn accept(line: &[u8], names: &Names, sink: &mut Sink, functions: &mut FunctionTable) -> Result<(), Problem> {
    let object: Object = serde_json::from_slice(line).map_err(|error| Fault::Json(Fault::without_place(&error)))?;
    let function = object.function.as_deref().unwrap_or_default();
    if function.is_empty() {
        return Err(missing(line, names, names.function).into());
    }
    if object.timestamp.is_null() {
        return Err(missing(line, names, names.time()).into());
    }
    if object.duration_s.is_null() && !sink.has_work() {
        return Err(missing(line, names, names.duration).into());
    }
    let duration = optional_span(text_of(&object.duration_s).as_bytes());
    let duration = duration.map_err(|fault| fault.in_column(names.duration))?;
    let time = |fault: Fault| fault.in_column(names.time());
    let stamp = text_of(&object.timestamp);
    let at = match names.end {
        Some(_) => names.start_of(seconds(stamp.as_bytes()).map_err(time)?, duration)?,
        None => sink.timestamp(stamp.as_bytes()).map_err(time)?,
    };
    let init = optional_span(text_of(&object.init_s).as_bytes()).map_err(|fault| fault.in_column("init_s"))?;
    let memory = memory_of(text_of(&object.memory_mb).as_bytes()).map_err(|fault| fault.in_column("memory_mb"))?;
    let app = object.app.as_deref().unwrap_or_default().as_bytes();
    sink.accept(&Row { at, function: function.as_bytes(), app, duration, init, memory }, functions)
}

/// A number with every digit it was written with, or a text.
fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn missing(line: &[u8], names: &Names, name: &'static str) -> Fault {
    let keys = serde_json::from_slice::<serde_json::Map<String, Value>>(line)
        .map(|object| object.keys().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    if keys.iter().any(|key| key == name) { Fault::MissingValue } else { names.missing(name, &keys) }
}
