//! Traces that a scenario refers to: found, and recognised, before anything runs.

use std::path::{Path, PathBuf};

use super::document::Table;
use super::problem::{Place, Problem, Problems, shortened};
use crate::rng::Seed;
use crate::stats::Distribution;
use crate::units::SimTime;
use crate::workload::azure2019::{self, Azure2019};
use crate::workload::{FunctionInfo, FunctionTable, Spread, TraceError, TraceFile, TraceReader};

/// The file under `trace`, which must be there and readable.
pub fn file(table: &Table, folder: &Path, problems: &mut Problems) -> Option<PathBuf> {
    let named = table.text("trace")?;
    let path = folder.join(named.value);
    let found = std::fs::metadata(&path);
    let message = match &found {
        Ok(data) if data.is_dir() => "is a directory, not a file".to_owned(),
        Ok(_) => return Some(path),
        Err(error) => format!("cannot be read: {}", reason(error)),
    };
    let problem = Problem::at(&named.place, format!("`{}` {message}", shortened(named.value)));
    problems.push(match found {
        Err(_) => problem.help(format!("looked for {}; paths are relative to the scenario file", path.display())),
        Ok(_) => problem,
    });
    None
}

/// Opens a trace and reads its header. One that is sorted first is only read by the run.
pub fn check(file: &TraceFile, place: &Place, problems: &mut Problems) -> Option<()> {
    if file.sort {
        return Some(());
    }
    let opened = TraceReader::open(file, Seed { seed: 0, replication: 0 }, SimTime::END);
    opened.map(|_| ()).map_err(|error| problems.push(problem(&error, place))).ok()
}

pub fn problem(error: &TraceError, place: &Place) -> Problem {
    let problem = Problem::at(place, error.to_string());
    match error.help() {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// What went wrong, in our own words where the system's would not help.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let said = error.to_string().to_lowercase();
            said.split_once(" (os error").map_or(said.as_str(), |(words, _)| words).to_owned()
        }
    }
}

/// Reads counts per minute (`azure2019`), from a file with its tables beside it or from a folder. Adds its functions.
pub fn counts(
    table: &Table,
    work: Option<Distribution>,
    folder: &Path,
    functions: &mut Vec<FunctionInfo>,
    problems: &mut Problems,
) -> Option<Azure2019> {
    let named = table.text("trace")?;
    let spread = spread(table, problems)?;
    let path = folder.join(named.value);
    let mut known = FunctionTable::new(std::mem::take(functions));
    let loaded = azure2019::load(&path, &azure2019::Options { spread, work }, &mut known);
    *functions = known.into_functions();
    match loaded {
        Ok(loaded) => {
            loaded.warnings.iter().for_each(|warning| problems.warn(warning.as_str()));
            Some(loaded)
        }
        Err(error) => {
            problems.push(problem(&error, &named.place));
            None
        }
    }
}

/// A choice that changes results, so nobody makes it unasked.
fn spread(table: &Table, problems: &mut Problems) -> Option<Spread> {
    match table.text("spread").map(|spread| spread.value) {
        Some("poisson") => Some(Spread::Poisson),
        Some("uniform") => Some(Spread::Uniform),
        Some("even") => Some(Spread::Even),
        Some("start") => Some(Spread::Start),
        Some(_) => None,
        None => {
            let place = table.get("format").map_or(&table.place, |node| &node.place);
            let problem = Problem::at(place, "counts per minute need `spread`: where in its minute an arrival falls");
            problems
                .push(problem.help("one of `poisson`, `uniform`, `even`, `start`; it changes cold starts and peaks"));
            None
        }
    }
}
