//! What commands that simulate have in common.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;

use super::output::Output;
use super::progress::Progress;
use super::theme::ThemeArguments;
use super::{Failure, Format, publish};
use crate::report::{ReportError, Target};
use crate::results::store::frame::Frame;
use crate::results::store::{self, Staged, StoreError};
use crate::scenario::vary::{Axis, twice};
use crate::scenario::{Base, Deployment, Plan, Problems, listed, reason, shortened};
use crate::study::capacity::Side;
use crate::study::{self, Control, Laboratory, StudyError};
use crate::units::nearest;

/// Where the results of a study go, and how it runs.
#[derive(Args)]
pub struct StudyArguments {
    /// Folder of the results and the report [default: reports/<scenario name>-<study>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Threads [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub threads: Option<u16>,

    /// Print the results as text or JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// Write the tables as CSV too
    #[arg(long)]
    pub csv: bool,

    /// Write no report and no charts
    #[arg(long)]
    pub no_report: bool,

    #[command(flatten)]
    pub theme: ThemeArguments,
}

impl StudyArguments {
    /// 0: as many as the machine has.
    pub fn threads(&self) -> usize {
        self.threads.map_or(0, usize::from)
    }

    /// The folder of the results of a `study` of the scenario `name`, which can be written to.
    pub fn folder(&self, name: &str, study: &str) -> Result<PathBuf, Failure> {
        let folder = self.out.clone().unwrap_or_else(|| Path::new("reports").join(format!("{name}-{study}")));
        check_writable(&folder)?;
        Ok(folder)
    }

    /// Writes the table of a study, its answer as `results.json`, and the report that `stage` prepares, if one is wanted; what
    /// there is to look at, with its name.
    pub fn publish<T: serde::Serialize>(
        &self,
        folder: &Path,
        (answer, frame): (&T, &Frame),
        stage: impl FnOnce(Target) -> Result<Staged, ReportError>,
    ) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
        self.publish_table(folder, &frame.name, stage, || store::write_study(folder, answer, frame, self.csv))
    }

    /// The same for a table that writes itself, and the answer with it.
    pub fn publish_table(
        &self,
        folder: &Path,
        table: &str,
        stage: impl FnOnce(Target) -> Result<Staged, ReportError>,
        data: impl FnOnce() -> Result<Vec<PathBuf>, StoreError>,
    ) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
        let report = self.draws().then_some(|| stage(Target { folder, theme: self.theme.theme() }));
        publish::together(folder, report, data)?;
        Ok(self.to_look_at(folder, table))
    }

    const fn draws(&self) -> bool {
        !self.no_report && crate::report::AVAILABLE
    }

    fn to_look_at(&self, folder: &Path, table: &str) -> Vec<(&'static str, PathBuf)> {
        let report = [("report", folder.join("report.html")), ("charts", folder.join("charts"))];
        let data = [("table", store::table(folder, table)), ("data", folder.join("results.json"))];
        report.into_iter().filter(|_| self.draws()).chain(data).collect()
    }

    /// Prints the answer: `text`, or its `headline` alone for `--quiet`, or the `json` of it.
    pub fn print(
        &self,
        text: impl FnOnce() -> String,
        headline: &str,
        json: &[u8],
        output: &Output,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Text if output.is_quiet() => output.print(&headline.replace('\u{a0}', " ")),
            Format::Text => output.print(&text()),
            Format::Json => output.print_bytes(json),
        }
    }
}

/// Whether fleets of a fixed size keep it.
#[derive(Args)]
pub struct SizeArguments {
    /// Take fleets of a fixed size as they stand, and not with the fewest members that meet the objectives
    #[arg(long)]
    pub as_is: bool,
}

impl SizeArguments {
    /// The deployment `name`, of the size that it has or that it needs.
    pub fn side(&self, laboratory: &Laboratory<'_>, name: &str) -> Side {
        if self.as_is { Side::as_it_is(name) } else { Side::sized(laboratory, name) }
    }
}

/// Axes must not vary the sizes that are found anyway.
pub fn refuse_sizes<'a>(sides: &[Side], axes: impl IntoIterator<Item = &'a Axis>) -> Result<(), Failure> {
    match axes.into_iter().find(|axis| sides.iter().any(|side| side.finds(axis))) {
        Some(axis) => {
            let message = format!("`{}` is found at every value: the fewest that do the job", axis.path);
            Err(Failure::input(message, Some("`--as-is` takes fleets as they stand")))
        }
        None => Ok(()),
    }
}

/// The axes that `--vary` says, in its order; those of `[sweep]` where it says none.
pub fn axes(base: &Base, vary: &[String]) -> Result<Vec<Axis>, Failure> {
    let axes = match vary {
        [] => each_once(base.axes()?)?,
        some => varied(base, some)?,
    };
    if axes.is_empty() {
        let help = "for example `--vary demand=x0.5..x4:log:7`, or a section [sweep] in the scenario";
        return Err(Failure::input("nothing is varied", Some(help)));
    }
    for axis in &axes {
        if let Some(level) = axis.levels.repeated() {
            let message = format!("`{}` of `{}` stands in the list twice", shortened(&level.label), axis.path);
            return Err(Failure::input(message, Some("each value once: a study would count it twice")));
        }
    }
    Ok(axes)
}

/// The axes that `--vary` says, in its order; none where it says nothing.
pub fn varied(base: &Base, vary: &[String]) -> Result<Vec<Axis>, Failure> {
    each_once(vary.iter().map(|argument| base.axis(argument)).collect::<Result<Vec<_>, Problems>>()?)
}

/// One value of a path would replace the other.
fn each_once(axes: Vec<Axis>) -> Result<Vec<Axis>, Failure> {
    match twice(&axes) {
        Some(axis) => {
            let help = "one axis takes all its values, with commas between them";
            Err(Failure::input(format!("`{}` is varied twice", axis.path), Some(help)))
        }
        None => Ok(axes),
    }
}

/// The deployment called `name`.
pub fn deployment<'a>(plan: &'a Plan, name: &str) -> Result<&'a Deployment, Failure> {
    plan.deployments.iter().find(|deployment| deployment.name == name).ok_or_else(|| {
        if plan.only_sites.iter().any(|site| site == name) {
            let message = format!("deployment `{name}` is only a site of others");
            return Failure::input(message, Some("it says `compare = false`; leave that out to compare it"));
        }
        let known: Vec<&str> = plan.deployments.iter().map(|deployment| deployment.name.as_str()).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("a deployment with a similar name exists: `{near}`"),
            None => format!("expected one of {}", listed(&known)),
        };
        Failure::input(format!("there is no deployment `{}`", shortened(name)), Some(help))
    })
}

/// The deployments `named`, or all of the plan; they must be billed in one currency.
pub fn in_one_currency(plan: &Plan, named: &[String]) -> Result<Vec<String>, Failure> {
    let all = || plan.deployments.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let mut names: Vec<String> = Vec::new();
    let asked = if named.is_empty() { all() } else { named.to_vec() };
    for name in asked {
        let found = deployment(plan, &name)?;
        let first = deployment(plan, names.first().unwrap_or(&name))?;
        if found.currency() != first.currency() {
            let message = format!("`{}` and `{}` are billed in different currencies", first.name, found.name);
            return Err(Failure::input(message, Some("`--deployments` chooses those to compare")));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Finds out before the run, and leaves nothing behind: a file can be made in the folder, or where it will be made.
pub fn check_writable(folder: &Path) -> Result<(), Failure> {
    let refuse =
        |reason: String| Failure::System(format!("output folder `{}` cannot be written: {reason}", folder.display()));
    let existing = folder.ancestors().find(|ancestor| ancestor.exists() || ancestor.as_os_str().is_empty());
    let existing = match existing {
        Some(path) if !path.as_os_str().is_empty() => path,
        _ => Path::new("."),
    };
    if !existing.is_dir() {
        return Err(refuse(format!("`{}` is a file", existing.display())));
    }
    match tempfile::NamedTempFile::new_in(existing) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(refuse(format!("`{}` takes no files", existing.display())))
        }
        Err(error) => Err(refuse(reason(&error))),
    }
}

/// Waits for the `work` of a study on so many threads while a line says how far it is. Warns of a warm-up that was not found.
pub fn work<T: Send>(
    laboratory: &Laboratory,
    threads: usize,
    output: &Output,
    control: &Arc<Control>,
    work: impl FnOnce() -> Result<T, StudyError> + Send,
) -> Result<T, StudyError> {
    let known = laboratory.warmup_found().is_some();
    let progress = Progress::start(output, control);
    let done = laboratory.work(threads, work);
    progress.stop();
    let found = laboratory.warmup_found().filter(|_| !known);
    if let Some(warning) = found.and_then(|(_, found)| study::warmup::warning(found)) {
        output.note(&warning);
    }
    done
}

/// Ctrl-C asks the run to end; a second one ends the program.
pub fn watched_control() -> Result<Arc<Control>, Failure> {
    let control = Arc::new(Control::default());
    let watched = Arc::clone(&control);
    ctrlc::set_handler(move || {
        if watched.cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Failure::interrupted().code()));
        }
    })
    .map_err(|error| Failure::System(format!("cannot watch for interrupts: {error}")))?;
    Ok(control)
}
