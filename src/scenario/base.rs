//! A scenario that has been read, and is compiled: as it stands, or with other values at some paths.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::document::{self, Table};
use super::plan::Plan;
use super::problem::{Origin, Place, Problem, Problems};
use super::vary::{self, Axis, Levels, Quantity, Setting, Uncertain};
use super::workload::{self, Asked};
use super::{
    Overrides, deployments, digest, functions, horizon, load, magnitude, objectives, set, settings, shape, traces,
};
use crate::billing::PriceBook;

/// What plans of one scenario share: the file, the prices, and workloads that were read.
pub struct Base {
    document: Table,
    text: Arc<str>,
    /// What was wrong with the form; nothing where a plan can be made.
    problems: Problems,
    folder: PathBuf,
    overrides: Overrides,
    book: PriceBook,
    /// What `--set` says of prices and demand, a line each: the file does not hold it.
    scaled: String,
    /// The last few, by their keys: most variations leave the workload as it is.
    workloads: Mutex<Vec<(Arc<str>, Asked)>>,
}

/// Workloads that are remembered.
const REMEMBERED: usize = 4;

impl Base {
    pub fn read(path: &Path, overrides: &Overrides) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let text = read_text(path, &name)?;
        Self::of_text(&name, text, path.parent().unwrap_or_else(|| Path::new("")), overrides)
    }

    /// Relative paths begin at `folder`.
    pub fn of_text(name: &str, text: String, folder: &Path, overrides: &Overrides) -> Result<Self, Problems> {
        let shared: Arc<str> = text.as_str().into();
        let mut problems = Problems::of(Origin { name: name.to_owned(), text });
        let (many, keys): (Vec<&str>, Vec<&str>) =
            overrides.set.iter().map(String::as_str).partition(|argument| vary::is_of_many(argument));
        let (mut document, mut book) = (resolve(&keys, &mut problems)?, PriceBook::builtin());
        let mut scaled = String::new();
        for argument in many {
            if let Some(setting) = vary::setting(&document, &book, argument, &mut problems) {
                scaled.push_str(&format!("{setting}\n"));
                (document, book) = vary::apply(&document, &book, &[setting], &mut problems);
            }
        }
        Ok(Self {
            document,
            text: shared,
            problems,
            folder: folder.to_owned(),
            overrides: overrides.clone(),
            book,
            scaled,
            workloads: Mutex::default(),
        })
    }

    /// The scenario as it stands.
    pub fn plan(&self) -> Result<Plan, Problems> {
        self.compile(&self.document, &self.book, None, self.problems.clone())
    }

    /// The scenario with other values. `hash` is that of the scenario as it stands: its files are not read again.
    pub fn varied(&self, settings: &[Setting], hash: &str) -> Result<Plan, Problems> {
        let mut problems = self.problems.clone();
        let (document, book) = vary::apply(&self.document, &self.book, settings, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        shape::check(&document, &shape::DOCUMENT, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let text: String = settings.iter().map(|setting| format!("{setting}\n")).collect();
        self.compile(&document, &book, Some(digest::varied(hash, &text)), problems)
    }

    /// The axis that `PATH=SPEC` says.
    pub fn axis(&self, argument: &str) -> Result<Axis, Problems> {
        let mut problems = self.problems.of_same_origins();
        vary::axis(&self.document, &self.book, argument, &mut problems).ok_or(problems)
    }

    /// The values of an argument called `name` that are of no path.
    pub fn values_of(&self, quantity: Quantity, name: &str, text: &str) -> Result<Levels, Problems> {
        let mut problems = self.problems.of_same_origins();
        vary::values(quantity, name, text, &mut problems).ok_or(problems)
    }

    /// The axes that the scenario says under `[sweep]`.
    pub fn axes(&self) -> Result<Vec<Axis>, Problems> {
        let mut problems = self.problems.of_same_origins();
        let axes = vary::default_axes(&self.document, &self.book, &mut problems);
        if problems.is_empty() { Ok(axes) } else { Err(problems) }
    }

    /// What the scenario says under `[uncertainty]`.
    pub fn uncertain(&self) -> Result<Vec<Uncertain>, Problems> {
        let mut problems = self.problems.of_same_origins();
        let uncertain = vary::uncertain(&self.document, &self.book, &mut problems);
        if problems.is_empty() { Ok(uncertain) } else { Err(problems) }
    }

    /// Every value of the scenario by its path, to say what has changed between two of them.
    pub fn values(&self) -> Vec<(String, String)> {
        document::flattened(&self.document)
    }

    /// Goes on after problems of form, so that problems of meaning are reported with them.
    fn compile(
        &self,
        document: &Table,
        book: &PriceBook,
        hash: Option<String>,
        mut problems: Problems,
    ) -> Result<Plan, Problems> {
        let functions = functions::read(document, &mut problems);
        let Some(mut settings) = settings::read(document, &mut problems) else { return Err(problems) };
        settings.seed = self.overrides.seed.unwrap_or(settings.seed);
        settings.replications = self.overrides.replications.unwrap_or(settings.replications);
        let (key, asked) = self.asked(document, &functions, &settings, &mut problems);
        magnitude::check(&asked.workload, &settings, &mut problems);
        horizon::check(&settings, &asked.workload, &mut problems);
        let application = deployments::Application {
            settings: &settings,
            functions: &functions,
            traces: &asked.traces,
            workload: &asked.workload,
            book,
            folder: &self.folder,
        };
        let deployed = deployments::read(document, &application, &mut problems);
        horizon::check_outages(settings.horizon.as_ref(), &deployed.deployments, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let duration = settings.duration.as_ref().map(|duration| duration.value).or(asked.window());
        load::check(&asked.workload, duration, &deployed.deployments, &mut problems);
        let hash = hash.unwrap_or_else(|| {
            let hash = digest::digest(document, &deployed, &asked, &mut problems);
            if self.scaled.is_empty() { hash } else { digest::varied(&hash, &self.scaled) }
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Plan {
            name: settings.name,
            hash,
            text: Arc::clone(&self.text),
            set: self.overrides.set.clone(),
            seed: settings.seed,
            replications: settings.replications,
            first_replication: 0,
            duration,
            warmup: settings.warmup,
            find_warmup: settings.find_warmup,
            calendar: settings.calendar,
            workload: asked.workload,
            workload_key: key,
            deployments: deployed.deployments,
            only_sites: deployed.only_sites,
            objectives: objectives::read(document),
            probes: settings.probes,
            blocks: false,
            over_time: false,
            assumptions: deployed.assumptions,
            warnings: problems.take_warnings(),
            horizon: settings.horizon,
        })
    }

    /// Who asks for work: read, or remembered.
    fn asked(
        &self,
        document: &Table,
        functions: &[functions::Function],
        settings: &settings::Settings,
        problems: &mut Problems,
    ) -> (Arc<str>, Asked) {
        let key: Arc<str> = digest::workload_key(document, self.overrides.sort).into();
        let lock = || self.workloads.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().iter().find(|(known, _)| *known == key).cloned();
        if let Some(known) = known {
            return known;
        }
        let before = problems.len();
        let mut asked = workload::read(document, functions, settings, &self.folder, problems);
        asked.sort_all(self.overrides.sort);
        if problems.len() == before {
            let mut workloads = lock();
            workloads.truncate(REMEMBERED - 1);
            workloads.insert(0, (Arc::clone(&key), asked.clone()));
        }
        (key, asked)
    }
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
fn resolve(set: &[&str], problems: &mut Problems) -> Result<Table, Problems> {
    let text = problems.origins.first().map(|origin| origin.text.clone()).unwrap_or_default();
    if text.trim().is_empty() {
        problems.push(Problem::whole("the scenario is empty").help("`sim init` writes one to start from"));
    }
    let mut document = document::parse(&text, problems);
    if !problems.is_empty() {
        return Err(std::mem::take(problems));
    }
    for argument in set {
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
