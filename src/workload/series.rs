//! Recorded series of a provider's spot market: prices, and capacity that could be had.
//!
//! Prices are CSV, plain or packed, as the AWS command line and its archives write them: `Timestamp`, `SpotPrice`, and any
//! of `InstanceType`, `AvailabilityZone`, `Region` and `ProductDescription`; newest or oldest first. Availability is the
//! JSON of SkyPilot's spot traces: `{"metadata": {"gap_seconds": 600}, "data": [0, 1, 4]}`.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::trace::open::{Opened, Text, open};
use super::{Fault, TraceError};
use crate::billing::spot::PriceSeries;
use crate::units::{Money, SimTime, Span, nearest};

/// Which rows of a price file belong together. `None`: any, as long as all rows agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceFilter {
    pub instance: Option<String>,
    pub zone: Option<String>,
    pub region: Option<String>,
    pub product: Option<String>,
}

/// A price series and its place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceFile {
    pub series: PriceSeries,
    /// The instant that is time zero of the series: its first row.
    pub zero: Timestamp,
    /// Rows that fit the filter.
    pub rows: usize,
    /// Rows at the instant of another one with another price.
    pub contradicted: usize,
}

/// How many instances could be had, as a step function. Changes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacitySeries {
    changes: Vec<(SimTime, u32)>,
    end: SimTime,
}

impl CapacitySeries {
    /// Instants at which the capacity changes, and what it is from then on; the first is time zero.
    pub fn changes(&self) -> &[(SimTime, u32)] {
        &self.changes
    }

    /// Nothing is known from here on.
    pub const fn end(&self) -> SimTime {
        self.end
    }

    /// Capacity at `instant`; `None` from the end on.
    pub fn at(&self, instant: SimTime) -> Option<u32> {
        let after = self.changes.partition_point(|(at, _)| *at <= instant);
        (instant < self.end).then(|| self.changes.get(after.wrapping_sub(1)).map(|(_, capacity)| *capacity)).flatten()
    }
}

/// Reads the prices that fit `filter`. Rows may be newest first or oldest first; of several at one instant the one that
/// is newest by that order holds.
pub fn read_prices(path: &Path, filter: &PriceFilter) -> Result<PriceFile, TraceError> {
    let mut table = PriceTable::open(path)?;
    let mut rows = Vec::new();
    let mut seen: [BTreeSet<String>; 4] = Default::default();
    while table.next()? {
        if table.fits(filter, &mut seen)? {
            rows.push((table.timestamp()?, table.price()?));
        }
    }
    table.check_one_series(filter, &seen, rows.len())?;
    if rows.first().map(|row| row.0) > rows.last().map(|row| row.0) {
        rows.reverse();
    }
    rows.sort_by_key(|(at, _)| *at);
    let (count, zero) = (rows.len(), rows[0].0);
    let contradicted = rows.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1).count();
    let instant =
        |at: Timestamp| SimTime::from_ns(u64::try_from(at.as_nanosecond() - zero.as_nanosecond()).unwrap_or(0));
    let rows = rows.into_iter().map(|(at, price)| (instant(at), price)).collect();
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let series =
        PriceSeries::new(&name, rows).map_err(|error| TraceError::new(path, Fault::Table(error.to_string())))?;
    Ok(PriceFile { series, zero, rows: count, contradicted })
}

/// Columns that tell series apart: as they are called in files, the first name in messages.
const KEYS: [&[&str]; 4] = [&["InstanceType"], &["AvailabilityZone"], &["Region"], &["ProductDescription", "Product"]];

impl PriceFilter {
    fn wanted(&self) -> [Option<&str>; 4] {
        [&self.instance, &self.zone, &self.region, &self.product].map(Option::as_deref)
    }
}

/// A price file, row by row.
struct PriceTable<'a> {
    path: &'a Path,
    header: Vec<String>,
    reader: csv::Reader<Text>,
    row: csv::StringRecord,
    container: Option<&'static str>,
    timestamp: usize,
    price: usize,
    keys: [Option<usize>; 4],
}

impl<'a> PriceTable<'a> {
    fn open(path: &'a Path) -> Result<Self, TraceError> {
        let (text, container) = open_text(path, "prices are read from CSV files")?;
        let mut reader = csv::ReaderBuilder::new().from_reader(text);
        let header = reader.headers().map_err(|error| at_line(path, 1, fault_of(error, container)))?;
        let header: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let find =
            |names: &[&str]| header.iter().position(|column| names.iter().any(|n| n.eq_ignore_ascii_case(column)));
        let require = |name: &'static str| {
            find(&[name]).ok_or_else(|| {
                let nearest = nearest(name, header.iter().map(String::as_str)).map(str::to_owned);
                at_line(path, 1, Fault::MissingColumn { name, header: header.clone(), nearest })
            })
        };
        let (timestamp, price, keys) = (require("Timestamp")?, require("SpotPrice")?, KEYS.map(find));
        Ok(Self { path, header, reader, row: csv::StringRecord::new(), container, timestamp, price, keys })
    }

    fn next(&mut self) -> Result<bool, TraceError> {
        let line = self.reader.position().line();
        let read = self.reader.read_record(&mut self.row);
        read.map_err(|error| at_line(self.path, line, fault_of(error, self.container)))
    }

    /// Whether the row is of the wanted series; notes what the columns of rows that fit so far hold.
    fn fits(&self, filter: &PriceFilter, seen: &mut [BTreeSet<String>; 4]) -> Result<bool, TraceError> {
        for ((wanted, column), names) in filter.wanted().into_iter().zip(self.keys).zip(KEYS) {
            let Some(wanted) = wanted else { continue };
            let Some(column) = column else {
                return Err(at_line(
                    self.path,
                    1,
                    Fault::MissingColumn { name: names[0], header: self.header.clone(), nearest: None },
                ));
            };
            if self.row.get(column) != Some(wanted) {
                note(&mut seen[position(names)], self.row.get(column));
                return Ok(false);
            }
        }
        for (column, names) in self.keys.into_iter().zip(KEYS) {
            if filter.wanted()[position(names)].is_none() {
                note(&mut seen[position(names)], column.and_then(|column| self.row.get(column)));
            }
        }
        Ok(true)
    }

    /// Refuses what is no series: no row, or rows of several that nothing told apart.
    fn check_one_series(
        &self,
        filter: &PriceFilter,
        seen: &[BTreeSet<String>; 4],
        rows: usize,
    ) -> Result<(), TraceError> {
        let columns = filter.wanted().into_iter().zip(KEYS).zip(seen);
        for ((wanted, names), seen) in columns {
            let found = || seen.iter().cloned().collect::<Vec<_>>();
            match wanted {
                Some(wanted) if rows == 0 && !seen.is_empty() => {
                    return Err(
                        self.fail(Some(names[0]), Fault::NoSuchSeries { wanted: wanted.to_owned(), found: found() })
                    );
                }
                None if rows > 0 && seen.len() > 1 => {
                    return Err(self.fail(Some(names[0]), Fault::SeveralSeries { found: found() }));
                }
                _ => {}
            }
        }
        if rows == 0 { Err(self.fail(None, Fault::NoRows)) } else { Ok(()) }
    }

    fn timestamp(&self) -> Result<Timestamp, TraceError> {
        let text = self.field(self.timestamp)?;
        // Without a zone the archives mean UTC.
        let utc = || format!("{text}Z").parse();
        let expected = "a time such as 2015-03-11T16:54:38Z";
        let wrong = |_| self.bad(self.timestamp, Fault::NotA { found: text.to_owned(), expected });
        text.parse().or_else(|_: jiff::Error| utc()).map_err(wrong)
    }

    fn price(&self) -> Result<Money, TraceError> {
        let text = self.field(self.price)?;
        let found = || text.to_owned();
        let expected = "a price of an hour";
        let price: Decimal =
            text.parse().map_err(|_| self.bad(self.price, Fault::NotA { found: found(), expected }))?;
        if price.is_sign_negative() {
            return Err(self.bad(self.price, Fault::Negative { found: found() }));
        }
        Ok(Money(price))
    }

    fn field(&self, column: usize) -> Result<&str, TraceError> {
        let text = self.row.get(column).map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.bad(column, Fault::MissingValue))
    }

    fn bad(&self, column: usize, fault: Fault) -> TraceError {
        let line = self.row.position().map(csv::Position::line);
        let excerpt = Some(self.row.iter().collect::<Vec<_>>().join(","));
        TraceError { line, column: self.header.get(column).cloned(), excerpt, ..TraceError::new(self.path, fault) }
    }

    fn fail(&self, column: Option<&str>, fault: Fault) -> TraceError {
        TraceError { column: column.map(str::to_owned), ..TraceError::new(self.path, fault) }
    }
}

fn position(names: &[&str]) -> usize {
    KEYS.iter().position(|known| *known == names).unwrap_or(0)
}

/// Remembers some values for a message.
fn note(seen: &mut BTreeSet<String>, value: Option<&str>) {
    const SHOWN: usize = 12;
    if let Some(value) = value.filter(|value| seen.len() < SHOWN && !seen.contains(*value)) {
        seen.insert(value.to_owned());
    }
}

#[derive(Deserialize)]
struct RawAvailability {
    metadata: RawMetadata,
    data: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct RawMetadata {
    gap_seconds: f64,
}

/// Reads availability in the form of SkyPilot's spot traces.
pub fn read_availability(path: &Path) -> Result<CapacitySeries, TraceError> {
    let (text, container) = open_text(path, "availability is read from JSON files")?;
    let raw: RawAvailability = serde_json::from_reader(std::io::BufReader::new(text)).map_err(|error| {
        let line = Some(error.line() as u64).filter(|line| *line > 0);
        let fault = match error.io_error_kind() {
            Some(_) => Fault::of_io(error.into(), container),
            None => Fault::NotAvailability(Fault::without_place(&error)),
        };
        TraceError { line, ..TraceError::new(path, fault) }
    })?;
    capacity(raw).map_err(|(column, fault)| TraceError { column, ..TraceError::new(path, fault) })
}

/// Instances at one instant; where in the file it stands, if it is none.
fn available(index: usize, value: &serde_json::Value) -> Result<u32, (Option<String>, Fault)> {
    let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
    count.ok_or_else(|| {
        let fault = Fault::NotA { found: value.to_string(), expected: "a whole number of servers, zero or more" };
        (Some(format!("data[{index}]")), fault)
    })
}

fn capacity(raw: RawAvailability) -> Result<CapacitySeries, (Option<String>, Fault)> {
    /// Between two records.
    const LONGEST: Span = Span::from_secs(366 * 86_400);
    let gap = Span::from_seconds_f64(raw.metadata.gap_seconds);
    if gap == Span::ZERO || gap > LONGEST {
        let found = raw.metadata.gap_seconds.to_string();
        let fault = Fault::NotA { found, expected: "a number of seconds above zero, of a year at most" };
        return Err((Some("gap_seconds".to_owned()), fault));
    }
    if raw.data.is_empty() {
        return Err((None, Fault::NotAvailability("`data` is empty".to_owned())));
    }
    let instant = |step: usize| SimTime::from_ns(gap.ns().saturating_mul(step as u64));
    let end = instant(raw.data.len());
    let mut changes: Vec<(SimTime, u32)> = Vec::new();
    for (step, value) in raw.data.iter().enumerate() {
        let available = available(step, value)?;
        if changes.last().is_none_or(|last| last.1 != available) {
            changes.push((instant(step), available));
        }
    }
    Ok(CapacitySeries { changes, end })
}

fn open_text(path: &Path, remedy: &'static str) -> Result<(Text, Option<&'static str>), TraceError> {
    match open(path).map_err(|fault| TraceError::new(path, fault))? {
        Opened::Text { text, container, .. } => Ok((text, container)),
        Opened::Parquet(_) => Err(TraceError::new(path, Fault::WrongKind { what: "a Parquet file", remedy })),
    }
}

fn at_line(path: &Path, line: u64, fault: Fault) -> TraceError {
    TraceError { line: Some(line), ..TraceError::new(path, fault) }
}

fn fault_of(error: csv::Error, container: Option<&'static str>) -> Fault {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Fault::of_io(error, container),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Fault::FieldCount { found: len as usize, expected: expected_len as usize }
        }
        csv::ErrorKind::Utf8 { .. } => Fault::NotUtf8,
        other => Fault::Table(format!("{other:?}")),
    }
}
