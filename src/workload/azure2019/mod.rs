//! Azure Functions 2019 (Shahrad et al., ATC 2020): invocations per minute, with durations and memory in tables beside it.
//!
//! Each function becomes a synthetic source of counted arrivals. What the tables leave open is filled like this:
//!
//! - where an arrival falls inside its minute is the caller's choice ([`Spread`]);
//! - the first minute column of the first day is time zero, also in files that hold a window of a day (`480`..`959`);
//! - durations follow the table's percentiles, from `Minimum` to `Maximum` where these are stated; how far the last
//!   hundredth leans to the maximum is set so that the mean is the table's `Average`, where that is possible;
//! - a function without durations gets the caller's work, or else, at every invocation, the median of the other functions'
//!   averages; one without memory gets none. Both are counted in the warnings;
//! - memory by application is committed memory that its functions share: each gets all of it.

mod durations;
mod tables;

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

pub use tables::Summary;
pub(super) use tables::Tables;
use tables::{Counted, Key};

use super::{Arrivals, Fault, FunctionTable, Spread, Synthetic, TraceError};
use crate::rng::Entity;
use crate::stats::Distribution;
use crate::units::Span;

/// What the tables leave open.
#[derive(Clone, Debug)]
pub struct Options {
    pub spread: Spread,
    /// Work of functions that the durations table does not hold.
    pub work: Option<Distribution>,
}

/// The tables as sources.
#[derive(Clone, Debug)]
pub struct Azure2019 {
    /// One for each function that was invoked at all, in the order of the table.
    pub sources: Vec<Synthetic>,
    /// From the first minute to the end of the last.
    pub span: Span,
    pub summary: Summary,
    pub warnings: Vec<String>,
}

/// Reads the tables and adds their functions to the table. `path` is an invocations file, whose durations and memory
/// tables are looked for beside it, or a folder of all days.
pub fn load(path: &Path, options: &Options, functions: &mut FunctionTable) -> Result<Azure2019, TraceError> {
    let tables = Tables::read(path)?;
    let fallback = match (&options.work, tables.median_average_ms()) {
        (Some(work), _) => work.clone(),
        (None, Some(median)) => Distribution::Constant(Span::from_seconds_f64(median / 1e3)),
        (None, None) => return Err(TraceError::new(path, Fault::NoDuration)),
    };
    let mut names = FxHashSet::default();
    let mut sources = Vec::with_capacity(tables.functions.len());
    for (key, counted) in &tables.functions {
        let function = functions.id_of(&key.function, &key.app, tables.memory_of(key));
        if counted.counts.is_empty() {
            continue;
        }
        let name = functions[function].name.clone();
        // The hash of the function names the streams, so that they stay the same in another sample of the trace.
        let unique = names.insert(key.function.as_str());
        let entity = Entity::named(if unique { &key.function } else { &name });
        let work = tables.durations_of(key).map_or_else(|| fallback.clone(), |row| row.distribution());
        sources.push(Synthetic { name, entity, function, arrivals: arrivals(counted, options.spread), work });
    }
    let warnings = tables.warnings(&fallback, &sources);
    Ok(Azure2019 { sources, span: tables.span(), summary: tables.summary(), warnings })
}

fn arrivals(counted: &Counted, spread: Spread) -> Arrivals {
    Arrivals::Counts { interval: Span::MINUTE, counts: Arc::from(counted.counts.as_slice()), spread }
}

impl Tables {
    /// What a reader of the results should know.
    fn warnings(&self, fallback: &Distribution, sources: &[Synthetic]) -> Vec<String> {
        let mut warnings = self.notes.clone();
        let all = self.functions.len();
        let missing = |has: &dyn Fn(&Key) -> bool| self.functions.iter().filter(|(key, _)| !has(key)).count();
        let without_durations = missing(&|key| self.durations_of(key).is_some());
        if without_durations > 0 {
            warnings.push(format!(
                "{without_durations} of {all} functions have no durations; each of their invocations takes: {fallback}"
            ));
        }
        let without_memory = missing(&|key| self.memory_of(key).is_some());
        if without_memory > 0 {
            warnings.push(format!("{without_memory} of {all} functions have no memory in the tables"));
        }
        let (stated, drawn) = (self.summary().busy_s, self.expected_work(sources));
        if without_durations == 0 && stated > 0.0 && (drawn / stated - 1.0).abs() > 0.01 {
            warnings.push(format!(
                "the duration percentiles give {:+.1} % of the work that the averages give",
                (drawn / stated - 1.0) * 100.0
            ));
        }
        warnings
    }

    /// Seconds of work that the sources ask for on average.
    fn expected_work(&self, sources: &[Synthetic]) -> f64 {
        let invoked = self.functions.iter().filter(|(_, counted)| !counted.counts.is_empty());
        invoked
            .zip(sources)
            .map(|((_, counted), source)| counted.total() as f64 * source.work.mean().unwrap_or(0.0))
            .sum()
    }
}
