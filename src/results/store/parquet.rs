//! Tables as Parquet (zstd).
//!
//! Money is decimal(38, 18): the widest decimal that every reader can add up, exact to 10^-18 of a
//! unit and rounded half to even beyond (an average over three replications never ends). The exact
//! figures stand in `results.json` and in the CSV tables. The bytes depend on the rows alone.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, UInt64Type};
use arrow_array::{ArrayRef, BooleanArray, Decimal128Array, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::ChunkReader;
use rust_decimal::Decimal;

use super::frame::{Column, Frame};
use super::{StoreError, io_error};
use crate::units::Money;

const PRECISION: u8 = 38;
const SCALE: u32 = 18;

/// Rows of a group, all of which its writer holds.
const GROUP: usize = 16_384;

/// A table that is written as its rows come.
pub struct Writer<W: Write + Send> {
    table: String,
    schema: Arc<Schema>,
    writer: ArrowWriter<W>,
    /// What is written to, for messages.
    path: PathBuf,
}

impl<W: Write + Send> Writer<W> {
    /// A table with the columns of `frame`, without its rows.
    pub fn new(frame: &Frame, to: W, path: &Path) -> Result<Self, StoreError> {
        let fields = frame.columns.iter().map(|(name, column)| field(name, column)).collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP))
            .set_created_by(concat!("breakeven ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(to, schema.clone(), Some(properties)).map_err(failed(path))?;
        Ok(Self { table: frame.name.clone(), schema, writer, path: path.to_owned() })
    }

    /// The rows of `frame`, whose columns are those of the table.
    pub fn append(&mut self, frame: &Frame) -> Result<(), StoreError> {
        let array = |(name, column): &(String, Column)| array(&self.table, name, column);
        let arrays = frame.columns.iter().map(array).collect::<Result<Vec<_>, _>>()?;
        let batch = RecordBatch::try_new(self.schema.clone(), arrays);
        let batch = batch.expect("columns are equally long and of their type");
        self.writer.write(&batch).map_err(failed(&self.path))
    }

    /// Writes what is left, and the end of the file.
    pub fn close(self) -> Result<(), StoreError> {
        self.writer.close().map(drop).map_err(failed(&self.path))
    }
}

/// The reason of the system, without the words of the library around it.
fn failed(path: &Path) -> impl FnOnce(ParquetError) -> StoreError {
    let failed = io_error("write", path);
    |error| match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => failed(*error),
            Err(error) => failed(io::Error::other(error)),
        },
        error => failed(io::Error::other(error)),
    }
}

pub fn encode(frame: &Frame) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(frame, &mut bytes, Path::new(&frame.name))?;
    writer.append(frame)?;
    writer.close()?;
    Ok(bytes)
}

fn field(name: &str, column: &Column) -> Field {
    let (kind, absent) = match column {
        Column::Text(_) => (DataType::Utf8, false),
        Column::Label(_) => (DataType::Utf8, true),
        Column::Number(_) => (DataType::Float64, false),
        Column::Figure(_) => (DataType::Float64, true),
        Column::Count(_) => (DataType::UInt64, false),
        Column::Flag(_) => (DataType::Boolean, false),
        Column::Money(_) => (DataType::Decimal128(PRECISION, SCALE as i8), false),
    };
    Field::new(name, kind, absent)
}

fn array(table: &str, name: &str, column: &Column) -> Result<ArrayRef, StoreError> {
    Ok(match column {
        Column::Text(cells) => Arc::new(StringArray::from_iter_values(cells)),
        Column::Label(cells) => Arc::new(StringArray::from_iter(cells)),
        Column::Number(cells) => Arc::new(Float64Array::from_iter_values(cells.iter().copied())),
        Column::Figure(cells) => Arc::new(Float64Array::from_iter(cells.iter().copied())),
        Column::Count(cells) => Arc::new(UInt64Array::from_iter_values(cells.iter().copied())),
        Column::Flag(cells) => Arc::new(BooleanArray::from(cells.clone())),
        Column::Money(cells) => {
            let values = cells.iter().map(|money| {
                scaled(*money).ok_or_else(|| StoreError::TooLarge {
                    table: table.to_owned(),
                    column: name.to_owned(),
                    value: money.0.to_string(),
                })
            });
            let values = Decimal128Array::from_iter_values(values.collect::<Result<Vec<_>, _>>()?);
            let values = values.with_precision_and_scale(PRECISION, SCALE as i8);
            Arc::new(values.expect("38 and 18 are a valid precision and scale"))
        }
    })
}

/// In units of 10^-18; `None` from 10^20 on.
fn scaled(money: Money) -> Option<i128> {
    let rounded = money.0.round_dp(SCALE);
    let value = rounded.mantissa().checked_mul(10_i128.pow(SCALE - rounded.scale()))?;
    (value.unsigned_abs() < 10_u128.pow(u32::from(PRECISION))).then_some(value)
}

/// The least scale that holds the value, which is what money has before it is written.
fn unscaled(mut value: i128) -> Option<Money> {
    let mut scale = SCALE;
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(value, scale).ok().map(Money)
}

/// Reads a table with the columns of `frame`, after its cells; the error says what is wrong with the file. A column that may
/// be absent in a row may be absent as a whole: earlier versions wrote fewer.
pub fn decode(mut frame: Frame, from: impl ChunkReader + 'static) -> Result<Frame, String> {
    let text = |error: parquet::errors::ParquetError| error.to_string();
    let reader = ParquetRecordBatchReaderBuilder::try_new(from).map_err(text)?.build().map_err(text)?;
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        for (column, cells) in &mut frame.columns {
            match batch.column_by_name(column) {
                Some(array) => append(cells, array).ok_or_else(|| format!("column `{column}` has another type"))?,
                None => cells.leave_out(batch.num_rows()).ok_or_else(|| format!("column `{column}` is missing"))?,
            }
        }
    }
    Ok(frame)
}

fn append(cells: &mut Column, array: &ArrayRef) -> Option<()> {
    match cells {
        Column::Text(cells) => {
            cells.extend(array.as_string_opt::<i32>()?.iter().map(|text| text.unwrap_or_default().to_owned()));
        }
        Column::Label(cells) => {
            cells.extend(array.as_string_opt::<i32>()?.iter().map(|text| text.map(str::to_owned)));
        }
        Column::Number(cells) => cells.extend(array.as_primitive_opt::<Float64Type>()?.values()),
        Column::Figure(cells) => cells.extend(array.as_primitive_opt::<Float64Type>()?.iter()),
        Column::Count(cells) => cells.extend(array.as_primitive_opt::<UInt64Type>()?.values()),
        Column::Flag(cells) => cells.extend(array.as_boolean_opt()?.iter().map(Option::unwrap_or_default)),
        Column::Money(cells) => {
            let array = array.as_primitive_opt::<Decimal128Type>()?;
            if array.scale() != SCALE as i8 {
                return None;
            }
            for value in array.values() {
                cells.push(unscaled(*value)?);
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::frame::{frames, tests::sample};
    use super::*;
    use crate::results::{Tables, TimelineRow};

    /// As an earlier version wrote it.
    #[track_caller]
    fn check_without(missing: &str, expected: Result<Vec<TimelineRow>, String>) {
        let [_, timeline, ..] = frames(&sample());
        let mut earlier = timeline.clone();
        earlier.columns.retain(|(name, _)| !name.starts_with(missing));
        let bytes = bytes::Bytes::from(encode(&earlier).expect("a table"));
        let [_, empty, ..] = frames(&Tables::default());
        let mut tables = Tables::default();
        let read = decode(empty, bytes).and_then(|frame| frame.into_tables(&mut tables));
        assert_eq!(read.map(|()| tables.timeline), expected, "{missing}");
    }

    #[test]
    fn what_earlier_versions_did_not_write_is_absent_if_it_may_be() {
        let sampled = sample().timeline;
        let without = |row: &TimelineRow| TimelineRow {
            latency_p50_s: None,
            latency_p95_s: None,
            latency_p99_s: None,
            ..row.clone()
        };
        check_without("latency_", Ok(sampled.iter().map(without).collect()));
        check_without("cost", Err("column `cost` is missing".to_owned()));
    }

    #[track_caller]
    fn check_scaled(text: &str, again: Option<&str>) {
        let money = Money(text.parse().unwrap());
        let through = scaled(money).map(|value| unscaled(value).unwrap().0.to_string());
        assert_eq!(through.as_deref(), again);
    }

    #[test]
    fn money_is_exact_to_eighteen_decimals() {
        check_scaled("0", Some("0"));
        check_scaled("-41.80", Some("-41.8"));
        check_scaled("0.000000000000000001", Some("0.000000000000000001"));
        check_scaled("0.3333333333333333333333333333", Some("0.333333333333333333"));
        check_scaled("12345678901", Some("12345678901"));
        check_scaled("100000000000000000000", None);
    }
}
