//! The trace formats, by name and by what a file looks like.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use super::TraceFormat;
use super::trace::open::{Opened, open};
use super::trace::{Fault, TraceError, split_header};
use crate::units::nearest;

/// A format that a scenario can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Counts per minute, in tables.
    Azure2019,
    Azure2021,
    Invocations,
}

/// A name that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a trace format; expected one of `azure2019`, `azure2021`, `invocations`")]
pub struct UnknownFormat {
    pub name: String,
    pub nearest: Option<&'static str>,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Azure2019, Self::Azure2021, Self::Invocations];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Azure2019 => "azure2019",
            Self::Azure2021 => "azure2021",
            Self::Invocations => "invocations",
        }
    }

    /// The format of rows; `None` for counts per minute.
    pub const fn rows(self) -> Option<TraceFormat> {
        match self {
            Self::Azure2019 => None,
            Self::Azure2021 => Some(TraceFormat::Azure2021),
            Self::Invocations => Some(TraceFormat::Invocations),
        }
    }

    /// Recognises a trace by its header, whatever it is called. A folder can only be `azure2019`; a Parquet file is taken
    /// for `invocations`.
    pub fn detect(path: &Path) -> Result<Self, TraceError> {
        if path.is_dir() {
            return Ok(Self::Azure2019);
        }
        let fail = |fault| TraceError::new(path, fault);
        match open(path).map_err(fail)? {
            Opened::Parquet(_) => Ok(Self::Invocations),
            Opened::Text { mut text, container, .. } => {
                let mut start = Vec::new();
                text.by_ref()
                    .take(LONGEST_HEADER)
                    .read_to_end(&mut start)
                    .map_err(|error| fail(Fault::of_io(error, container)))?;
                let names = names(start.split(|byte| *byte == b'\n').next().unwrap_or_default());
                Self::of_names(&names)
                    .ok_or_else(|| TraceError { line: Some(1), ..fail(Fault::UnknownFormat { header: names }) })
            }
        }
    }

    fn of_names(names: &[String]) -> Option<Self> {
        let has = |name: &str| names.iter().any(|column| column == name);
        match () {
            () if has("HashFunction") || has("HashApp") => Some(Self::Azure2019),
            () if has("end_timestamp") || (has("app") && has("func")) => Some(Self::Azure2021),
            () if has("timestamp") || has("function") => Some(Self::Invocations),
            () => None,
        }
    }
}

/// Longer than the header of a day of minutes.
const LONGEST_HEADER: u64 = 64 << 10;

/// The columns of a header, or the keys of a JSON object.
fn names(line: &[u8]) -> Vec<String> {
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line.trim_ascii()) {
        Ok(object) => object.keys().cloned().collect(),
        Err(_) => split_header(line.trim_ascii_end()),
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat { name: name.to_owned(), nearest: nearest(name, Self::ALL.map(Self::name)) })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
