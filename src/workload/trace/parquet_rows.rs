//! Rows of a Parquet file.
//!
//! Binary fractions are written out in decimal and read like text, so that a trace gives the same nanoseconds as CSV
//! and as Parquet.

use std::fs::File;
use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::columns::{Columns, Names};
use super::csv_rows::start_of;
use super::decimal::seconds;
use super::error::{Fault, Problem};
use super::sink::{Row, Sink, memory_of, optional_span};
use crate::units::SimTime;
use crate::workload::FunctionTable;

/// Rows that are decoded at a time.
const BATCH: usize = 8_192;

pub(super) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    names: Names,
    /// Where the columns stand in a batch, which holds those that are read and no other.
    columns: Columns,
    done: u64,
}

impl ParquetRows {
    pub(super) fn open(file: File, names: Names, duration_needed: bool) -> Result<Self, Fault> {
        let damaged =
            |error: parquet::errors::ParquetError| Fault::Damaged { container: "Parquet", reason: error.to_string() };
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
        let header: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        names.find(&header, duration_needed)?;
        let read: Vec<usize> =
            (0..header.len()).filter(|index| names.known().any(|known| known == header[*index])).collect();
        let kept: Vec<String> = read.iter().map(|index| header[*index].clone()).collect();
        let columns = names.find(&kept, duration_needed)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), read);
        let batches = builder.with_projection(mask).with_batch_size(BATCH).build().map_err(damaged)?;
        Ok(Self { batches, names, columns, done: 0 })
    }

    /// Number of the row that comes next, counted from 1.
    pub(super) const fn number(&self) -> u64 {
        self.done + 1
    }

    /// Reads a batch of rows; false at the end of the file.
    pub(super) fn read(&mut self, sink: &mut Sink, functions: &mut FunctionTable) -> Result<bool, Problem> {
        let Some(batch) = self.batches.next() else { return Ok(false) };
        let batch = batch.map_err(|error| Fault::Damaged { container: "Parquet", reason: error.to_string() })?;
        let fields: Vec<Field> = batch.columns().iter().map(Field::new).collect();
        let mut texts = Texts::default();
        for row in 0..batch.num_rows() {
            self.accept(&fields, row, &mut texts, sink, functions)?;
            self.done += 1;
        }
        Ok(true)
    }

    fn accept(
        &self,
        fields: &[Field],
        row: usize,
        texts: &mut Texts,
        sink: &mut Sink,
        functions: &mut FunctionTable,
    ) -> Result<(), Problem> {
        let Columns { function, app, start, end, duration, init, memory, .. } = self.columns;
        let read = |index: Option<usize>, text: &mut Vec<u8>, name| {
            text.clear();
            index.map_or(Ok(()), |index| fields[index].write_text(row, text, name))
        };
        read(function, &mut texts.function, self.names.function)?;
        read(app, &mut texts.app, self.names.app)?;
        read(duration, &mut texts.number, self.names.duration)?;
        let duration = optional_span(&texts.number).map_err(|fault| fault.in_column(self.names.duration))?;
        read(init, &mut texts.number, "init_s")?;
        let init = optional_span(&texts.number).map_err(|fault| fault.in_column("init_s"))?;
        read(memory, &mut texts.number, "memory_mb")?;
        let memory = memory_of(&texts.number).map_err(|fault| fault.in_column("memory_mb"))?;
        if texts.function.is_empty() {
            return Err(Fault::MissingValue.in_column(self.names.function));
        }
        let time = |fault: Fault| fault.in_column(self.names.time());
        let at = if let Some(instant) = start.and_then(|index| fields[index].instant(row)) {
            let ns = instant.map_err(time)?;
            sink.agree(ns, true).map_err(time)?;
            SimTime::from_ns(ns)
        } else {
            read(start.or(end), &mut texts.number, self.names.time())?;
            match end {
                Some(_) => start_of(seconds(&texts.number).map_err(time)?, duration).map_err(time)?,
                None => sink.timestamp(&texts.number).map_err(time)?,
            }
        };
        sink.accept(&Row { at, function: &texts.function, app: &texts.app, duration, init, memory }, functions)
    }
}

/// Buffers that are used again for every row.
#[derive(Default)]
struct Texts {
    function: Vec<u8>,
    app: Vec<u8>,
    number: Vec<u8>,
}

/// A column of a batch.
struct Field<'a> {
    values: &'a ArrayRef,
    /// Of a dictionary: which of the values stands in each row.
    keys: Option<Vec<usize>>,
}

impl<'a> Field<'a> {
    fn new(column: &'a ArrayRef) -> Self {
        match column.as_any_dictionary_opt() {
            // Without values there is nothing but nulls, and no key to normalise.
            Some(dictionary) if !dictionary.values().is_empty() => {
                let keys = dictionary.normalized_keys();
                let null = |row: usize| if dictionary.is_null(row) { usize::MAX } else { keys[row] };
                Self { values: dictionary.values(), keys: Some((0..keys.len()).map(null).collect()) }
            }
            Some(_) | None => Self { values: column, keys: None },
        }
    }

    /// Where the value of a row stands; `None` if it is null.
    fn index(&self, row: usize) -> Option<usize> {
        let index = self.keys.as_ref().map_or(row, |keys| keys[row]);
        (index != usize::MAX && self.values.is_valid(index)).then_some(index)
    }

    /// Nanoseconds since 1970 from a timestamp column; `None` from a column of another type.
    fn instant(&self, row: usize) -> Option<Result<u64, Fault>> {
        let DataType::Timestamp(unit, _) = self.values.data_type() else { return None };
        let Some(row) = self.index(row) else { return Some(Err(Fault::MissingValue)) };
        let (value, scale) = match unit {
            TimeUnit::Second => (self.values.as_primitive::<TimestampSecondType>().value(row), 1_000_000_000),
            TimeUnit::Millisecond => (self.values.as_primitive::<TimestampMillisecondType>().value(row), 1_000_000),
            TimeUnit::Microsecond => (self.values.as_primitive::<TimestampMicrosecondType>().value(row), 1_000),
            TimeUnit::Nanosecond => (self.values.as_primitive::<TimestampNanosecondType>().value(row), 1),
        };
        let ns = u64::try_from(value).ok().and_then(|value| value.checked_mul(scale));
        Some(ns.ok_or_else(|| Fault::NotA { found: value.to_string(), expected: "an instant between 1970 and 2554" }))
    }

    /// Writes the value of a row as text; nothing if it is null.
    fn write_text(&self, row: usize, text: &mut Vec<u8>, name: &'static str) -> Result<(), Fault> {
        let Some(row) = self.index(row) else { return Ok(()) };
        let values = self.values;
        let written = match values.data_type() {
            DataType::Utf8 => text.write_all(values.as_string::<i32>().value(row).as_bytes()),
            DataType::LargeUtf8 => text.write_all(values.as_string::<i64>().value(row).as_bytes()),
            DataType::Utf8View => text.write_all(values.as_string_view().value(row).as_bytes()),
            DataType::Float64 => write!(text, "{}", values.as_primitive::<Float64Type>().value(row)),
            DataType::Float32 => write!(text, "{}", values.as_primitive::<Float32Type>().value(row)),
            DataType::Int64 => write!(text, "{}", values.as_primitive::<Int64Type>().value(row)),
            DataType::Int32 => write!(text, "{}", values.as_primitive::<Int32Type>().value(row)),
            DataType::UInt64 => write!(text, "{}", values.as_primitive::<UInt64Type>().value(row)),
            DataType::UInt32 => write!(text, "{}", values.as_primitive::<UInt32Type>().value(row)),
            other => {
                let expected = "text, a number or a timestamp";
                return Err(Fault::ColumnType { name: name.to_owned(), found: other.to_string(), expected });
            }
        };
        written.map_err(Fault::Io)
    }
}
