//! One CSV file of the data set, by the names of its columns.

use std::path::{Path, PathBuf};

use crate::units::nearest;
use crate::workload::trace::open::{Opened, Text, open};
use crate::workload::{Fault, TraceError};

/// A CSV file by the names of its columns.
pub(super) struct Table {
    path: PathBuf,
    pub(super) header: Vec<String>,
    reader: csv::Reader<Text>,
    row: csv::ByteRecord,
    container: Option<&'static str>,
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, TraceError> {
        let fail = |fault| TraceError::new(path, fault);
        let Opened::Text { text, container, .. } = open(path).map_err(fail)? else {
            let remedy = "the tables of azure2019 are CSV files";
            return Err(fail(Fault::WrongKind { what: "a Parquet file", remedy }));
        };
        let mut reader = csv::ReaderBuilder::new().from_reader(text);
        let header = reader.byte_headers().map_err(|error| fail(fault_of(error, container)))?;
        let header = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        Ok(Self { path: path.to_owned(), header, reader, row: csv::ByteRecord::new(), container })
    }

    /// To the next row; false at the end.
    pub(super) fn next(&mut self) -> Result<bool, TraceError> {
        let line = self.reader.position().line();
        self.reader.read_byte_record(&mut self.row).map_err(|error| {
            let fault = fault_of(error, self.container);
            TraceError { line: Some(line), ..TraceError::new(&self.path, fault) }
        })
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    pub(super) fn require(&self, name: &'static str) -> Result<usize, TraceError> {
        self.find(name).ok_or_else(|| self.missing(name))
    }

    /// Owner, application, function: the first two, and the third if `function` says so, must be there.
    pub(super) fn hashes(&self, function: bool) -> Result<[Option<usize>; 3], TraceError> {
        let by_function = self.find("HashFunction");
        if function && by_function.is_none() {
            return Err(self.missing("HashFunction"));
        }
        Ok([Some(self.require("HashOwner")?), Some(self.require("HashApp")?), by_function])
    }

    pub(super) fn missing(&self, name: &'static str) -> TraceError {
        let candidates = self.header.iter().map(String::as_str).filter(|column| minute_of(column).is_none());
        let nearest = nearest(name, candidates).map(str::to_owned);
        let fault = Fault::MissingColumn { name, header: self.header.clone(), nearest };
        TraceError { line: Some(1), ..TraceError::new(&self.path, fault) }
    }

    fn bytes(&self, index: usize) -> &[u8] {
        self.row.get(index).unwrap_or_default().trim_ascii()
    }

    fn fail(&self, index: usize, fault: Fault) -> TraceError {
        TraceError {
            line: self.row.position().map(csv::Position::line),
            column: self.header.get(index).cloned(),
            ..TraceError::new(&self.path, fault)
        }
    }

    pub(super) fn text(&self, index: Option<usize>) -> Result<String, TraceError> {
        let index = index.unwrap_or(usize::MAX);
        let text = std::str::from_utf8(self.bytes(index)).map_err(|_| self.fail(index, Fault::NotUtf8))?;
        if text.is_empty() { Err(self.fail(index, Fault::MissingValue)) } else { Ok(text.to_owned()) }
    }

    /// A whole number; also in the form `3.0`, which other tools write.
    pub(super) fn count(&self, index: usize) -> Result<u32, TraceError> {
        match self.bytes(index) {
            b"0" => Ok(0),
            bytes => {
                let found = String::from_utf8_lossy(bytes).into_owned();
                let whole = found.strip_suffix(".0").unwrap_or(&found);
                let fault = match whole.parse::<i64>() {
                    Ok(count) if (0..=i64::from(u32::MAX)).contains(&count) => return Ok(count as u32),
                    Ok(count) if count < 0 => Fault::Negative { found },
                    Ok(_) => Fault::TooLarge { found, limit: "4294967295" },
                    Err(_) => Fault::NotA { found, expected: "a whole number of invocations" },
                };
                Err(self.fail(index, fault))
            }
        }
    }

    /// A number that is not negative; `None` where the column or the value is missing.
    pub(super) fn number(&self, index: Option<usize>) -> Result<Option<f64>, TraceError> {
        let Some(index) = index else { return Ok(None) };
        let found = String::from_utf8_lossy(self.bytes(index)).into_owned();
        if found.is_empty() || found.eq_ignore_ascii_case("nan") {
            return Ok(None);
        }
        match found.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(Some(value)),
            Ok(value) if value < 0.0 => Err(self.fail(index, Fault::Negative { found })),
            Ok(_) => Err(self.fail(index, Fault::NotFinite { found })),
            Err(_) => Err(self.fail(index, Fault::NotA { found, expected: "a number" })),
        }
    }
}

fn fault_of(error: csv::Error, container: Option<&'static str>) -> Fault {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Fault::of_io(error, container),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Fault::FieldCount { found: len as usize, expected: expected_len as usize }
        }
        other => Fault::Table(format!("{other:?}")),
    }
}

pub(super) const MINUTES_A_DAY: u32 = 1_440;

/// `7`, `7_minute` or `minute_7`.
pub(super) fn minute_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix("_minute").or_else(|| name.strip_prefix("minute_")).unwrap_or(name);
    let minute: u32 = digits.parse().ok()?;
    (1..=MINUTES_A_DAY).contains(&minute).then_some(minute)
}
