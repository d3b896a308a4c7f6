//! The section `[workload]`: who asks for work.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arrivals;
use super::distribution::distribution;
use super::document::Table;
use super::functions::{CpuWork, Function, cpu_work};
use super::problem::{Place, Problem, Problems, listed, shortened};
use super::read::At;
use super::settings::Settings;
use super::traces;
use crate::ids::FunctionId;
use crate::rng::Entity;
use crate::stats::Distribution;
use crate::units::Span;
use crate::workload::{Format, FunctionInfo, Source, Synthetic, TraceFile, TraceFormat, Workload};

/// The workload, and what deployments must know of its traces.
#[derive(Clone)]
pub struct Asked {
    /// Shared by all plans that are asked the same.
    pub workload: Arc<Workload>,
    pub traces: Vec<Trace>,
    /// Time that counts per minute cover; `None` without such a trace.
    pub counted_span: Option<Span>,
}

impl Asked {
    /// How long the workload says that it lasts; `None` if that is known only when a trace has been read.
    pub fn window(&self) -> Option<Span> {
        let streamed = self.workload.sources.iter().any(|source| matches!(source, Source::Trace(_)));
        self.counted_span.filter(|_| !streamed)
    }

    fn workload_mut(&mut self) -> &mut Workload {
        Arc::make_mut(&mut self.workload)
    }

    /// `--sort`: sorts every trace.
    pub fn sort_all(&mut self, sort: bool) {
        for source in &mut self.workload_mut().sources {
            if let Source::Trace(file) = source {
                file.sort |= sort;
            }
        }
    }
}

/// A trace, as deployments see it.
#[derive(Clone)]
pub struct Trace {
    pub name: String,
    pub place: Place,
    pub content: Content,
    /// Whether its format can say how much memory a function has.
    pub states_memory: bool,
    pub cpu: CpuWork,
}

/// What a trace is made of, for the hash of the scenario.
#[derive(Clone)]
pub enum Content {
    File(PathBuf),
    /// Sources of the workload that counts per minute became.
    Sources(Range<usize>),
}

/// Reads all sources. `folder` is where relative paths begin.
pub fn read(
    document: &Table,
    functions: &[Function],
    settings: &Settings,
    folder: &Path,
    problems: &mut Problems,
) -> Asked {
    let workload = Workload { functions: functions.iter().map(info).collect(), sources: Vec::new() };
    let mut asked = Asked { workload: Arc::new(workload), traces: Vec::new(), counted_span: None };
    let section = document.table("workload");
    for (name, table) in section.into_iter().flat_map(Table::tables) {
        match (table.entry("arrivals"), table.entry("trace")) {
            (Some(arrivals), Some(_)) => {
                let problem = Problem::at(&arrivals.key_place, "a source has either `arrivals` or `trace`, not both");
                problems.push(problem.help("write two sources"));
            }
            (None, None) => {
                let message = format!("source `{}` has neither `arrivals` nor `trace`", shortened(name.value));
                problems.push(Problem::at(&name.place, message));
            }
            (Some(_), None) => synthetic(&name, table, functions, settings, &mut asked, problems),
            (None, Some(_)) => trace(&name, table, folder, &mut asked, problems),
        }
    }
    check_some(document, section, problems);
    check_window(settings, &asked, problems);
    check_idle_functions(functions, &asked, problems);
    asked
}

fn info(function: &Function) -> FunctionInfo {
    FunctionInfo {
        name: function.name.clone(),
        app: function.name.clone(),
        memory: function.memory.as_ref().map(|memory| memory.value),
    }
}

fn synthetic(
    name: &At<&str>,
    table: &Table,
    functions: &[Function],
    settings: &Settings,
    asked: &mut Asked,
    problems: &mut Problems,
) {
    forbid(table, &["format", "spread", "sort", "cpu", "reference_memory"], "trace", problems);
    let arrivals = table.table("arrivals").and_then(|table| arrivals::build(table, settings.calendar, problems));
    let arrivals = arrivals.and_then(|arrivals| arrivals::growing(arrivals, table, problems));
    let own_work = distribution(table, "duration", problems);
    let Some((index, function)) = function_of(name, table, functions, problems) else { return };
    let Some(work) = own_work.or_else(|| function.duration.clone()) else {
        if !table.has("duration") && !function.states_duration {
            let message =
                format!("function `{}` has no `duration`, which source `{}` needs", function.name, name.value);
            problems.push(Problem::at(&function.place, message).help("for example `duration = \"45ms\"`"));
        }
        return;
    };
    let Some(arrivals) = arrivals else { return };
    asked.workload_mut().sources.push(Source::Synthetic(Synthetic {
        name: name.value.to_owned(),
        entity: Entity::named(name.value),
        function: FunctionId::new(index),
        arrivals,
        work,
    }));
}

/// The function that a source names; it may be left out if there is only one.
fn function_of<'f>(
    name: &At<&str>,
    table: &Table,
    functions: &'f [Function],
    problems: &mut Problems,
) -> Option<(usize, &'f Function)> {
    let Some(named) = table.text("function") else {
        if functions.len() == 1 {
            return functions.first().map(|function| (0, function));
        }
        if !table.has("function") {
            let names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
            let problem = Problem::at(&name.place, format!("source `{}` names no function", name.value));
            problems.push(problem.help(format!("`function` is one of {}", listed(&names))));
        }
        return None;
    };
    let found = functions.iter().position(|function| function.name == named.value);
    if found.is_none() {
        let names = functions.iter().map(|function| function.name.as_str());
        let problem = Problem::at(&named.place, format!("there is no function `{}`", shortened(named.value)));
        problems.push(if functions.is_empty() {
            problem.help(format!("describe it under `[functions.{}]`", named.value))
        } else {
            problem.nearest(named.value, "a function", names)
        });
    }
    found.map(|index| (index, &functions[index]))
}

fn forbid(table: &Table, keys: &[&str], wanted: &str, problems: &mut Problems) {
    for entry in table.entries.iter().filter(|entry| keys.contains(&entry.key.as_str())) {
        let message = format!("`{}` belongs to a source with `{wanted}`", entry.key);
        problems.push(Problem::at(&entry.key_place, message));
    }
}

fn trace(name: &At<&str>, table: &Table, folder: &Path, asked: &mut Asked, problems: &mut Problems) {
    forbid(table, &["function", "growth"], "arrivals", problems);
    check_cpu(table, problems);
    if !table.has("format") {
        let problem =
            Problem::at(&name.place, format!("source `{}` does not say the `format` of its trace", name.value));
        problems.push(problem.help("expected one of `azure2019`, `azure2021`, `invocations`"));
    }
    let Some(format) = table.text("format").and_then(|format| format.value.parse::<Format>().ok()) else { return };
    let Some(at) = table.get("trace").map(|node| node.place.clone()) else { return };
    let work = distribution(table, "duration", problems);
    let cpu = cpu_work(table, problems);
    let read = match format.rows() {
        None => counts(table, work, folder, asked, problems),
        Some(rows) => {
            forbid(table, &["spread"], "format = \"azure2019\"", problems);
            traces::file(table, folder, problems).and_then(|path| {
                let sort = table.flag("sort").unwrap_or(false);
                let file = TraceFile { name: name.value.to_owned(), path: path.clone(), format: rows, sort, work };
                traces::check(&file, &at, problems)?;
                asked.workload_mut().sources.push(Source::Trace(file));
                Some((Content::File(path), rows == TraceFormat::Invocations))
            })
        }
    };
    if let Some((content, states_memory)) = read {
        asked.traces.push(Trace { name: name.value.to_owned(), place: at, content, states_memory, cpu });
    }
}

/// Counts per minute become synthetic sources; says which, and whether memory is known for all of their functions.
fn counts(
    table: &Table,
    work: Option<Distribution>,
    folder: &Path,
    asked: &mut Asked,
    problems: &mut Problems,
) -> Option<(Content, bool)> {
    let loaded = traces::counts(table, work, folder, &mut asked.workload_mut().functions, problems)?;
    let first = asked.workload.sources.len();
    let states_memory = loaded.sources.iter().all(|source| {
        asked.workload.functions.get(source.function.index()).is_some_and(|function| function.memory.is_some())
    });
    asked.workload_mut().sources.extend(loaded.sources.into_iter().map(Source::Synthetic));
    asked.counted_span = Some(loaded.span.max(asked.counted_span.unwrap_or_default()));
    Some((Content::Sources(first..asked.workload.sources.len()), states_memory))
}

/// Measured durations are rescaled only if both are known: how much of them is CPU work, and on what they were measured.
fn check_cpu(table: &Table, problems: &mut Problems) {
    for (given, missing) in [("cpu", "reference_memory"), ("reference_memory", "cpu")] {
        if let (Some(entry), false) = (table.entry(given), table.has(missing)) {
            let problem = Problem::at(&entry.key_place, format!("`{given}` of a trace needs `{missing}` too"));
            problems.push(problem.help("durations of a trace are rescaled to a deployment's memory only with both"));
        }
    }
}

fn check_some(document: &Table, section: Option<&Table>, problems: &mut Problems) {
    if let Some(table) = section.filter(|table| table.entries.is_empty()) {
        let place = document.entry("workload").map_or(&table.place, |entry| &entry.key_place);
        problems.push(Problem::at(place, "the workload has no source").help("for example `[workload.fleet]`"));
    }
}

/// Without a trace nothing says when the window ends.
fn check_window(settings: &Settings, asked: &Asked, problems: &mut Problems) {
    let streamed = asked.workload.sources.iter().any(|source| matches!(source, Source::Trace(_)));
    if settings.duration.is_none() && !streamed && asked.counted_span.is_none() && problems.is_empty() {
        let problem = Problem::at(&settings.place, "key `duration` of `scenario` is missing");
        problems.push(problem.help("only a trace has a span of its own; for example \"7d\""));
    }
}

fn check_idle_functions(functions: &[Function], asked: &Asked, problems: &mut Problems) {
    for (index, function) in functions.iter().enumerate() {
        let id = FunctionId::new(index);
        let mut sources = asked.workload.sources.iter();
        let is_asked = sources.any(|source| matches!(source, Source::Synthetic(source) if source.function == id));
        if !is_asked && problems.is_empty() && asked.traces.is_empty() {
            problems.warn(format!("no source asks for function `{}`", function.name));
        }
    }
}
