//! From a file to something that must run.
//!
//! [`load`] reads a scenario, checks everything that can be checked before a run, and compiles it to a [`Plan`], in
//! which nothing is left to look up. Whatever is wrong is reported at once, each [problem](Problems) with its place:
//! first the form (`shape`), then what the sections mean together.

mod arrivals;
mod assumption;
mod commitments;
mod containers;
mod deployments;
mod digest;
mod distribution;
mod document;
mod faas;
mod fleet;
mod functions;
mod horizon;
mod hybrid;
mod load;
mod magnitude;
mod objectives;
mod owned;
pub mod pack;
mod plan;
mod pricing;
mod problem;
mod read;
mod retry;
mod set;
mod settings;
pub mod shape;
mod traces;
mod workload;

use std::path::Path;

use crate::billing::PriceBook;

pub use arrivals::expected as expected_arrivals;
pub use assumption::Assumption;
pub use document::{Node, Table, Value};
pub use load::{Load, expected_load};
pub use objectives::FEW_ERRORS;
pub use plan::*;
pub use problem::{Origin, Place, Problem, Problems};
pub use set::apply;

/// What the command line says about a scenario.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `PATH=VALUE`, applied in order.
    pub set: Vec<String>,
    pub seed: Option<u64>,
    pub replications: Option<u32>,
    /// Sort traces instead of refusing rows out of order.
    pub sort: bool,
}

/// Reads, checks and compiles the scenario at `path`.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Plan, Problems> {
    let name = path.display().to_string();
    let text = read_text(path, &name)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    load_text(&name, text, folder, overrides)
}

/// As [`load`], for a text whose relative paths begin at `folder`.
pub fn load_text(name: &str, text: String, folder: &Path, overrides: &Overrides) -> Result<Plan, Problems> {
    let mut problems = Problems::of(Origin { name: name.to_owned(), text });
    let document = resolve(overrides, &mut problems)?;
    compile(&document, folder, overrides, problems)
}

/// The text of the file, or the one problem that there is with it.
fn read_text(path: &Path, name: &str) -> Result<String, Problems> {
    let fail = |text: String, problem: Problem| {
        let mut problems = Problems::of(Origin { name: name.to_owned(), text });
        problems.push(problem);
        problems
    };
    if path.is_dir() {
        let problem = Problem::whole("the scenario is a directory, not a file");
        return Err(fail(String::new(), problem.help("name the TOML file in it")));
    }
    let bytes = std::fs::read(path).map_err(|error| {
        fail(String::new(), Problem::whole(format!("the scenario cannot be read: {}", traces::reason(&error))))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let place = Place::new(0, valid..valid + 1);
        fail(text, Problem::at(&place, "the scenario is not UTF-8 text").label("first byte that is not"))
    })
}

/// The parsed file with `--set` applied, in the right form.
fn resolve(overrides: &Overrides, problems: &mut Problems) -> Result<Table, Problems> {
    let text = problems.origins.first().map(|origin| origin.text.clone()).unwrap_or_default();
    if text.trim().is_empty() {
        problems.push(Problem::whole("the scenario is empty").help("`sim init` writes one to start from"));
    }
    let mut document = document::parse(&text, problems);
    if !problems.is_empty() {
        return Err(std::mem::take(problems));
    }
    for argument in &overrides.set {
        set::set(&mut document, argument, problems);
    }
    shape::check(&document, &shape::DOCUMENT, problems);
    if !problems.is_empty() {
        shape::rename_slips(&mut document, problems);
        shape::check(&document, &shape::DOCUMENT, problems);
        shape::set_aside(&mut document, problems);
    }
    Ok(document)
}

/// Goes on after problems of form, so that problems of meaning are reported with them.
fn compile(document: &Table, folder: &Path, overrides: &Overrides, mut problems: Problems) -> Result<Plan, Problems> {
    let functions = functions::read(document, &mut problems);
    let Some(mut settings) = settings::read(document, &mut problems) else { return Err(problems) };
    settings.seed = overrides.seed.unwrap_or(settings.seed);
    settings.replications = overrides.replications.unwrap_or(settings.replications);
    let mut asked = workload::read(document, &functions, &settings, folder, &mut problems);
    asked.sort_all(overrides.sort);
    magnitude::check(&asked.workload, &settings, &mut problems);
    horizon::check(&settings, &asked.workload, &mut problems);
    let application = deployments::Application {
        settings: &settings,
        functions: &functions,
        traces: &asked.traces,
        workload: &asked.workload,
        book: &PriceBook::builtin(),
        folder,
    };
    let deployed = deployments::read(document, &application, &mut problems);
    horizon::check_outages(settings.horizon.as_ref(), &deployed.deployments, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let duration = settings.duration.as_ref().map(|duration| duration.value).or(asked.window());
    load::check(&asked.workload, duration, &deployed.deployments, &mut problems);
    let hash = digest::digest(document, &deployed, &asked, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Plan {
        name: settings.name,
        hash,
        seed: settings.seed,
        replications: settings.replications,
        duration,
        warmup: settings.warmup,
        calendar: settings.calendar,
        workload: asked.workload,
        deployments: deployed.deployments,
        objectives: objectives::read(document),
        probes: settings.probes,
        assumptions: deployed.assumptions,
        warnings: problems.take_warnings(),
        horizon: settings.horizon,
    })
}
