//! The three tables as they stand in the files.

use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::durations::Durations;
use crate::units::{Size, Span, nearest};
use crate::workload::trace::open::{Opened, open};
use crate::workload::{Fault, TraceError};

/// A function of the data set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub owner: String,
    pub app: String,
    pub function: String,
}

/// Invocations of a function, by minute since the first: only minutes that have any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    pub counts: Vec<(u32, u32)>,
}

impl Counted {
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| u64::from(*count)).sum()
    }
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// In the order in which the tables name them first.
    pub functions: Vec<(Key, Counted)>,
    index: FxHashMap<Key, usize>,
    durations: FxHashMap<Key, Durations>,
    /// By application and function, or by application with an empty function; megabytes, and the samples behind it.
    memory: FxHashMap<(String, String), (f64, f64)>,
    minutes: u32,
    /// Day and minute of time zero.
    zero: Option<(u32, u32)>,
    pub notes: Vec<String>,
}

/// What the tables amount to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub functions: usize,
    pub apps: usize,
    pub owners: usize,
    pub minutes: u32,
    pub invocations: u64,
    pub per_minute_min: u64,
    pub per_minute_max: u64,
    /// Invocations of the function that has most.
    pub busiest_function: u64,
    /// Sum over functions of invocations times average duration.
    pub busy_s: f64,
    /// The same, times average memory; GB are 2^30 bytes.
    pub memory_gb_s: f64,
    /// Functions that stand in the durations and in the memory table.
    pub with_durations: usize,
    pub with_memory: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Invocations,
    Durations,
    Memory,
}

impl Tables {
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let files = find_files(path)?;
        let mut tables = Self::default();
        for (index, (path, kind)) in files.iter().enumerate() {
            match kind {
                Kind::Invocations => tables.read_invocations(path, day_of(path).unwrap_or(index as u32 + 1))?,
                Kind::Durations => tables.read_durations(path)?,
                Kind::Memory => tables.read_memory(path)?,
            }
        }
        if tables.functions.is_empty() {
            return Err(TraceError::new(path, Fault::NoRows));
        }
        for kind in [Kind::Durations, Kind::Memory] {
            if !files.iter().any(|(_, found)| *found == kind) {
                let name = if kind == Kind::Durations { "durations" } else { "memory" };
                tables.notes.push(format!("no {name} table was found beside the invocations"));
            }
        }
        Ok(tables)
    }

    pub fn durations_of(&self, key: &Key) -> Option<&Durations> {
        self.durations.get(key)
    }

    pub fn memory_of(&self, key: &Key) -> Option<Size> {
        let mib = self.memory_mib(key)?;
        Some(Size::from_bytes((mib * 1_048_576.0).round() as u64))
    }

    fn memory_mib(&self, key: &Key) -> Option<f64> {
        let by_function = self.memory.get(&(key.app.clone(), key.function.clone()));
        by_function.or_else(|| self.memory.get(&(key.app.clone(), String::new()))).map(|(mib, _)| *mib)
    }

    pub fn span(&self) -> Span {
        Span::from_ns(u64::from(self.minutes).saturating_mul(Span::MINUTE.ns()))
    }

    /// The median over functions of the average duration.
    pub fn median_average_ms(&self) -> Option<f64> {
        let mut averages: Vec<f64> = self.durations.values().map(|row| row.average).collect();
        averages.sort_by(f64::total_cmp);
        averages.get(averages.len().saturating_sub(1) / 2).copied()
    }

    pub fn summary(&self) -> Summary {
        let mut per_minute = vec![0u64; self.minutes as usize];
        let (mut busy_s, mut memory_gb_s) = (0.0, 0.0);
        for (key, counted) in &self.functions {
            for (minute, count) in &counted.counts {
                per_minute[*minute as usize] += u64::from(*count);
            }
            let busy = self.durations_of(key).map_or(0.0, |row| counted.total() as f64 * row.average / 1e3);
            busy_s += busy;
            memory_gb_s += busy * self.memory_mib(key).unwrap_or(0.0) / 1_024.0;
        }
        let keys = || self.functions.iter().map(|(key, _)| key);
        Summary {
            functions: self.functions.len(),
            apps: keys().map(|key| (&key.owner, &key.app)).collect::<FxHashSet<_>>().len(),
            owners: keys().map(|key| &key.owner).collect::<FxHashSet<_>>().len(),
            minutes: self.minutes,
            invocations: per_minute.iter().sum(),
            per_minute_min: per_minute.iter().copied().min().unwrap_or(0),
            per_minute_max: per_minute.iter().copied().max().unwrap_or(0),
            busiest_function: self.functions.iter().map(|(_, counted)| counted.total()).max().unwrap_or(0),
            busy_s,
            memory_gb_s,
            with_durations: keys().filter(|key| self.durations_of(key).is_some()).count(),
            with_memory: keys().filter(|key| self.memory_mib(key).is_some()).count(),
        }
    }

    fn read_invocations(&mut self, path: &Path, day: u32) -> Result<(), TraceError> {
        let mut table = Table::open(path)?;
        let [owner, app, function] = table.hashes(true)?;
        let minutes: Vec<(usize, u32)> =
            table.header.iter().enumerate().filter_map(|(index, name)| Some((index, minute_of(name)?))).collect();
        let Some(first) = minutes.iter().map(|(_, minute)| *minute).min() else {
            return Err(table.missing("1"));
        };
        let zero = *self.zero.get_or_insert((day, first));
        let offset = day.saturating_sub(zero.0).saturating_mul(MINUTES_A_DAY);
        let place = |minute: u32| (offset + minute).saturating_sub(zero.1);
        while table.next()? {
            let text = |index: Option<usize>| table.text(index);
            let key = Key { owner: text(owner)?, app: text(app)?, function: text(function)? };
            let entry = *self.index.entry(key.clone()).or_insert(self.functions.len());
            if entry == self.functions.len() {
                self.functions.push((key, Counted::default()));
            }
            for (column, minute) in &minutes {
                let count = table.count(*column)?;
                if count > 0 {
                    self.functions[entry].1.counts.push((place(*minute), count));
                }
            }
            self.functions[entry].1.counts.sort_unstable_by_key(|(minute, _)| *minute);
        }
        let last = minutes.iter().map(|(_, minute)| place(*minute) + 1).max().unwrap_or(0);
        self.minutes = self.minutes.max(last);
        Ok(())
    }

    fn read_durations(&mut self, path: &Path) -> Result<(), TraceError> {
        let mut table = Table::open(path)?;
        let [owner, app, function] = table.hashes(true)?;
        let average = table.require("Average")?;
        let [count, minimum, maximum] = ["Count", "Minimum", "Maximum"].map(|name| table.find(name));
        let percentiles = [0, 1, 25, 50, 75, 99, 100].map(|p| table.find(&format!("percentile_Average_{p}")));
        while table.next()? {
            let key = Key { owner: table.text(owner)?, app: table.text(app)?, function: table.text(function)? };
            let Some(average) = table.number(Some(average))? else { continue };
            let mut values = [0.0; 7];
            let mut complete = true;
            for (value, column) in values.iter_mut().zip(percentiles) {
                match table.number(column)? {
                    Some(percentile) => *value = percentile,
                    None => complete = false,
                }
            }
            let row = Durations {
                average,
                count: table.number(count)?.unwrap_or(0.0),
                minimum: table.number(minimum)?,
                maximum: table.number(maximum)?,
                percentiles: complete.then_some(values),
            };
            if self.durations.get(&key).is_none_or(|before| before.count < row.count) {
                self.durations.insert(key, row);
            }
        }
        Ok(())
    }

    fn read_memory(&mut self, path: &Path) -> Result<(), TraceError> {
        let mut table = Table::open(path)?;
        let [_, app, function] = table.hashes(false)?;
        let average = table.require("AverageAllocatedMb")?;
        let samples = table.find("SampleCount");
        while table.next()? {
            let function = function.map_or(Ok(String::new()), |index| table.text(Some(index)))?;
            let key = (table.text(app)?, function);
            let Some(mib) = table.number(Some(average))? else { continue };
            let samples = table.number(samples)?.unwrap_or(0.0);
            if self.memory.get(&key).is_none_or(|(_, before)| *before < samples) {
                self.memory.insert(key, (mib, samples));
            }
        }
        Ok(())
    }
}

const MINUTES_A_DAY: u32 = 1_440;

/// `7`, `7_minute` or `minute_7`.
fn minute_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix("_minute").or_else(|| name.strip_prefix("minute_")).unwrap_or(name);
    let minute: u32 = digits.parse().ok()?;
    (1..=MINUTES_A_DAY).contains(&minute).then_some(minute)
}

/// The day that a file name states: `invocations_per_function_md.anon.d03.csv`.
fn day_of(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    name.split('.').find_map(|part| part.strip_prefix('d')?.parse().ok())
}

fn kind_of(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    if ![".csv", ".csv.gz", ".csv.zst"].iter().any(|extension| name.ends_with(extension)) {
        return None;
    }
    match name {
        name if name.contains("invocations") => Some(Kind::Invocations),
        name if name.contains("duration") => Some(Kind::Durations),
        name if name.contains("memory") => Some(Kind::Memory),
        _ => None,
    }
}

/// The tables of a folder, or those beside an invocations file: of its day if there are any of that day.
fn find_files(path: &Path) -> Result<Vec<(PathBuf, Kind)>, TraceError> {
    let fail = |error| TraceError::new(path, Fault::of_io(error, None));
    if fs::metadata(path).map_err(fail)?.is_dir() {
        let files = tables_in(path).map_err(fail)?;
        if files.iter().any(|(_, kind)| *kind == Kind::Invocations) {
            return Ok(files);
        }
        return Err(TraceError::new(path, Fault::NoTable { name: "invocations*.csv" }));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = tables_in(folder).map_err(fail)?;
    let mut files = vec![(path.to_owned(), Kind::Invocations)];
    for kind in [Kind::Durations, Kind::Memory] {
        let of_kind: Vec<_> = beside.iter().filter(|(_, found)| *found == kind).cloned().collect();
        let of_day: Vec<_> = of_kind.iter().filter(|(found, _)| day_of(found) == day_of(path)).cloned().collect();
        files.extend(if of_day.is_empty() { of_kind } else { of_day });
    }
    Ok(files)
}

/// In order of name, invocations first.
fn tables_in(folder: &Path) -> std::io::Result<Vec<(PathBuf, Kind)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(kind) = kind_of(&path).filter(|_| path.is_file()) {
            files.push((path, kind));
        }
    }
    files.sort_by(|(a, kind_a), (b, kind_b)| (*kind_a as u8, day_of(a), a).cmp(&(*kind_b as u8, day_of(b), b)));
    Ok(files)
}

/// A CSV file by the names of its columns.
struct Table {
    path: PathBuf,
    header: Vec<String>,
    reader: csv::Reader<crate::workload::trace::open::Text>,
    row: csv::ByteRecord,
    container: Option<&'static str>,
}

impl Table {
    fn open(path: &Path) -> Result<Self, TraceError> {
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
    fn next(&mut self) -> Result<bool, TraceError> {
        let line = self.reader.position().line();
        self.reader.read_byte_record(&mut self.row).map_err(|error| {
            let fault = fault_of(error, self.container);
            TraceError { line: Some(line), ..TraceError::new(&self.path, fault) }
        })
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    fn require(&self, name: &'static str) -> Result<usize, TraceError> {
        self.find(name).ok_or_else(|| self.missing(name))
    }

    /// Owner, application, function: the first two, and the third if `function` says so, must be there.
    fn hashes(&self, function: bool) -> Result<[Option<usize>; 3], TraceError> {
        let by_function = self.find("HashFunction");
        if function && by_function.is_none() {
            return Err(self.missing("HashFunction"));
        }
        Ok([Some(self.require("HashOwner")?), Some(self.require("HashApp")?), by_function])
    }

    fn missing(&self, name: &'static str) -> TraceError {
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

    fn text(&self, index: Option<usize>) -> Result<String, TraceError> {
        let index = index.unwrap_or(usize::MAX);
        let text = std::str::from_utf8(self.bytes(index)).map_err(|_| self.fail(index, Fault::NotUtf8))?;
        if text.is_empty() { Err(self.fail(index, Fault::MissingValue)) } else { Ok(text.to_owned()) }
    }

    /// A whole number; also in the form `3.0`, which other tools write.
    fn count(&self, index: usize) -> Result<u32, TraceError> {
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
    fn number(&self, index: Option<usize>) -> Result<Option<f64>, TraceError> {
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
