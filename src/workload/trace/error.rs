//! What can be wrong with a trace, said so that its owner can mend it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::units::Span;

/// A trace that cannot be used: where, and why. `Display` is one line; [`TraceError::help`] says what to do.
#[derive(Debug)]
pub struct TraceError {
    pub path: PathBuf,
    /// Counted from 1, the header included; in Parquet the row.
    pub line: Option<u64>,
    pub column: Option<String>,
    /// The line itself, cut if it is long.
    pub excerpt: Option<String>,
    pub fault: Box<Fault>,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("no such file")]
    NotFound,
    #[error("this is a directory; expected a file")]
    Directory,
    #[error("cannot be read: {0}")]
    Io(std::io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("the file has a header but no rows")]
    NoRows,
    #[error("no column `{name}`; the header has {}", list(header))]
    MissingColumn { name: &'static str, header: Vec<String>, nearest: Option<String> },
    #[error("no value in this row")]
    MissingValue,
    #[error("`{found}` is not {expected}")]
    NotA { found: String, expected: &'static str },
    #[error("`{found}` is not a finite number")]
    NotFinite { found: String },
    #[error("`{found}` is negative; it must be zero or more")]
    Negative { found: String },
    #[error("`{found}` is too large; at most {limit}")]
    TooLarge { found: String, limit: &'static str },
    #[error("this row starts {behind} before an earlier row; rows may be at most 1s out of order")]
    OutOfOrder { behind: Span },
    #[error("the invocation starts {by} before time zero: its duration is longer than its end")]
    BeforeZero { by: Span },
    #[error("the row has no duration, and the scenario gives none for this trace")]
    NoDuration,
    #[error("no durations table was found, and the scenario gives no duration for this trace")]
    NoDurations,
    #[error("{found} fields; the header has {expected}")]
    FieldCount { found: usize, expected: usize },
    #[error("a quote is not closed on this line")]
    OpenQuote,
    #[error("timestamps are {now} here and {before} in earlier rows")]
    MixedTimestamps { now: &'static str, before: &'static str },
    #[error("a name is not UTF-8 text")]
    NotUtf8,
    #[error("not a JSON object: {0}")]
    Json(String),
    #[error("this is no record of availability: {0}")]
    NotAvailability(String),
    #[error("the line is longer than {limit_mib} MiB")]
    LineTooLong { limit_mib: usize },
    #[error("the {container} data ends too early: the file is truncated")]
    Truncated { container: &'static str },
    #[error("the {container} data is damaged: {reason}")]
    Damaged { container: &'static str, reason: String },
    #[error("this is {what}, not a trace")]
    WrongKind { what: &'static str, remedy: &'static str },
    #[error("column `{name}` has type {found}; expected {expected}")]
    ColumnType { name: String, found: String, expected: &'static str },
    #[error("the table cannot be read: {0}")]
    Table(String),
    #[error("the folder holds no table `{name}`")]
    NoTable { name: &'static str },
    #[error("this program was built without Parquet support")]
    NoParquet,
    #[error("no format fits: the file has {}", list(header))]
    UnknownFormat { header: Vec<String> },
    #[error("the file has several series: {}", list(found))]
    SeveralSeries { found: Vec<String> },
    #[error("no row has `{wanted}`; the file has {}", list(found))]
    NoSuchSeries { wanted: String, found: Vec<String> },
}

/// A fault and the column in which it lies: what a row reader knows of the place.
pub(crate) struct Problem {
    pub column: Option<&'static str>,
    pub fault: Fault,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { column: None, fault }
    }
}

/// Columns of recorded prices, which no trace of invocations has.
const PRICES: [&str; 6] =
    ["Timestamp", "SpotPrice", "InstanceType", "AvailabilityZone", "Region", "ProductDescription"];

impl Fault {
    /// What is wrong with JSON: the line is said by the error, and a line of JSON lines is always the first.
    pub(crate) fn without_place(error: &serde_json::Error) -> String {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        match text.strip_suffix(&place) {
            Some(text) => format!("{text} in column {}", error.column()),
            None => text,
        }
    }

    pub(crate) fn in_column(self, column: &'static str) -> Problem {
        Problem { column: Some(column), fault: self }
    }

    /// A fault of reading, by what the system or the decompressor said.
    pub(crate) fn of_io(error: std::io::Error, container: Option<&'static str>) -> Self {
        match (container, error.kind()) {
            (_, std::io::ErrorKind::NotFound) => Self::NotFound,
            (_, std::io::ErrorKind::IsADirectory) => Self::Directory,
            (Some(container), std::io::ErrorKind::UnexpectedEof) => Self::Truncated { container },
            (Some(container), _) if error.raw_os_error().is_none() => {
                Self::Damaged { container, reason: error.to_string() }
            }
            _ => Self::Io(error),
        }
    }
}

impl TraceError {
    pub(crate) fn new(path: &Path, fault: Fault) -> Self {
        Self { path: path.to_owned(), line: None, column: None, excerpt: None, fault: Box::new(fault) }
    }

    pub(crate) fn at(path: &Path, line: u64, text: &[u8], problem: Problem) -> Self {
        const LONGEST: usize = 160;
        let shown = String::from_utf8_lossy(&text[..text.len().min(LONGEST)]);
        let excerpt = Some(shown.trim_end().to_owned()).filter(|shown| !shown.is_empty());
        Self {
            path: path.to_owned(),
            line: Some(line),
            column: problem.column.map(str::to_owned),
            excerpt,
            fault: Box::new(problem.fault),
        }
    }

    /// What to do about it, where we know.
    pub fn help(&self) -> Option<String> {
        match &*self.fault {
            Fault::OutOfOrder { .. } => {
                Some("set `sort = true` for this trace (`--sort`): the whole file is then sorted in memory".to_owned())
            }
            Fault::MissingColumn { name, nearest: Some(nearest), .. } => {
                Some(format!("rename column `{nearest}` to `{name}`"))
            }
            Fault::MissingColumn { name, .. } if PRICES.contains(name) => Some(
                "recorded prices have the columns `Timestamp` and `SpotPrice`, and any of `InstanceType`, \
                      `AvailabilityZone`, `Region`, `ProductDescription`"
                    .to_owned(),
            ),
            Fault::NotAvailability(_) => {
                Some("expected `{\"metadata\": {\"gap_seconds\": 600}, \"data\": [0, 1, 4]}`".to_owned())
            }
            Fault::MissingColumn { .. } | Fault::UnknownFormat { .. } => Some(
                "formats: azure2021 has `app,func,end_timestamp,duration`; invocations has `timestamp`, `function`, \
                      `duration_s`; azure2019 has `HashOwner`, `HashApp`, `HashFunction` and one column a minute"
                    .to_owned(),
            ),
            Fault::NoDuration => Some("give the trace source a `duration`, or add a column `duration_s`".to_owned()),
            Fault::NoDurations => Some(
                "put the table `*durations*.csv` beside the invocations, or give the source a `duration`".to_owned(),
            ),
            Fault::WrongKind { remedy, .. } => Some((*remedy).to_owned()),
            Fault::Truncated { .. } | Fault::Damaged { .. } => Some("fetch the file again".to_owned()),
            Fault::TooLarge { .. } => {
                Some("are these milli-, micro- or nanoseconds? the column is in seconds".to_owned())
            }
            Fault::Directory => Some("only `azure2019` takes a folder, that of its tables".to_owned()),
            Fault::NoParquet => Some("build with feature `tables`, or convert the trace to CSV".to_owned()),
            Fault::SeveralSeries { .. } => Some("say which one is meant".to_owned()),
            Fault::BeforeZero { .. } => Some("add a constant to every end_timestamp, or drop the row".to_owned()),
            _ => None,
        }
    }
}

impl std::error::Error for TraceError {}

/// `path:line: column `x`: what is wrong`.
impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": column `{column}`")?;
        }
        write!(f, ": {}", self.fault)
    }
}

/// The first names of a header, quoted.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    if shown.is_empty() { "no columns".to_owned() } else { format!("{}{more}", shown.join(", ")) }
}
