//! What the columns of a trace mean, and where they stand in a header.

use super::error::Fault;
use crate::units::nearest;
use crate::workload::TraceFormat;

/// The columns that are read, as indices into a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub function: Option<usize>,
    pub app: Option<usize>,
    /// When the invocation arrives.
    pub start: Option<usize>,
    /// When it ends, where the trace states this instead.
    pub end: Option<usize>,
    pub duration: Option<usize>,
    pub init: Option<usize>,
    pub memory: Option<usize>,
    /// How many columns the header has.
    pub width: usize,
}

/// How the columns are called, for messages and look-up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub function: &'static str,
    pub app: &'static str,
    pub start: Option<&'static str>,
    pub end: Option<&'static str>,
    pub duration: &'static str,
    pub init: Option<&'static str>,
    pub memory: Option<&'static str>,
    /// Whether an application and a duration must be there.
    pub all_required: bool,
}

const AZURE2021: Names = Names {
    function: "func",
    app: "app",
    start: None,
    end: Some("end_timestamp"),
    duration: "duration",
    init: None,
    memory: None,
    all_required: true,
};

const INVOCATIONS: Names = Names {
    function: "function",
    app: "app",
    start: Some("timestamp"),
    end: None,
    duration: "duration_s",
    init: Some("init_s"),
    memory: Some("memory_mb"),
    all_required: false,
};

impl Names {
    pub(super) const fn of(format: TraceFormat) -> Self {
        match format {
            TraceFormat::Azure2021 => AZURE2021,
            TraceFormat::Invocations => INVOCATIONS,
        }
    }

    /// The name of the column that holds the time.
    pub(super) fn time(&self) -> &'static str {
        self.start.or(self.end).unwrap_or("timestamp")
    }

    pub(super) fn known(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.function), Some(self.app), self.start, self.end, Some(self.duration), self.init, self.memory]
            .into_iter()
            .flatten()
    }

    /// Finds the columns in a header. `duration_needed`: nothing else says how long an invocation takes.
    pub(super) fn find(&self, header: &[String], duration_needed: bool) -> Result<Columns, Fault> {
        let find = |name: &str| header.iter().position(|column| column == name);
        let require = |name: &'static str| find(name).ok_or_else(|| self.missing(name, header));
        let optional = |name: Option<&str>| name.and_then(find);
        let (app, duration) = (find(self.app), find(self.duration));
        let columns = Columns {
            start: self.start.map(require).transpose()?,
            end: self.end.map(require).transpose()?,
            function: Some(require(self.function)?),
            app: if self.all_required { Some(require(self.app)?) } else { app },
            duration: if self.all_required || duration_needed { Some(require(self.duration)?) } else { duration },
            init: optional(self.init),
            memory: optional(self.memory),
            width: header.len(),
        };
        self.refuse_slips(header)?;
        Ok(columns)
    }

    pub(super) fn missing(&self, name: &'static str, header: &[String]) -> Fault {
        let unknown = header.iter().map(String::as_str).filter(|column| !self.known().any(|known| known == *column));
        let nearest = nearest(name, unknown).map(str::to_owned);
        Fault::MissingColumn { name, header: header.to_vec(), nearest }
    }

    /// An optional column that is absent while something is there that differs from its name by case or blanks alone:
    /// better refused than silently ignored.
    fn refuse_slips(&self, header: &[String]) -> Result<(), Fault> {
        for name in self.known() {
            let slip = |column: &&String| {
                column.as_str() != name && column.trim().replace([' ', '-'], "_").eq_ignore_ascii_case(name)
            };
            if let Some(nearest) = header.iter().find(slip).filter(|_| !header.iter().any(|column| column == name)) {
                return Err(Fault::MissingColumn { name, header: header.to_vec(), nearest: Some(nearest.clone()) });
            }
        }
        Ok(())
    }
}
