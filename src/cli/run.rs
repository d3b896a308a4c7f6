//! `sim run SCENARIO`: replays the workload on every deployment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::output::Output;
use super::scenario::ScenarioArguments;
use super::{Failure, Format};
use crate::results::{Results, RunInfo, Tables};
use crate::scenario::Plan;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// Folder for results and report [default: reports/<scenario name>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Threads [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub threads: Option<u16>,

    /// Print the results as text or JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// Write tables as CSV too
    #[arg(long)]
    pub csv: bool,

    /// Write no report and no charts
    #[arg(long)]
    pub no_report: bool,

    /// Exit with code 1 if an objective in [slo] is missed
    #[arg(long)]
    pub fail_on_slo: bool,
}

/// What a run leaves in memory.
#[expect(dead_code, reason = "tables and run information are written once runs are joined")]
pub struct Outcome {
    pub results: Results,
    pub tables: Tables,
    pub info: RunInfo,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let plan = arguments.scenario.load()?;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("reports").join(&plan.name));
    check_writable(&folder)?;
    for warning in &plan.warnings {
        output.warning(warning);
    }
    let interrupted = watch_for_interrupt()?;
    let outcome = simulate(&plan, arguments, output, &interrupted)?;
    if interrupted.load(Ordering::Relaxed) {
        return Err(Failure::Interrupted);
    }
    finish(&outcome, &folder, arguments, output)?;
    missed(&outcome.results, arguments)
}

/// Runs the study. Stands in until it is joined: takes the plan, the threads and the flag, hands back all of `Outcome`.
fn simulate(
    _plan: &Plan,
    _arguments: &Arguments,
    _output: &Output,
    _interrupted: &AtomicBool,
) -> Result<Outcome, Failure> {
    Err(Failure::System("this build cannot simulate".to_owned()))
}

/// Writes tables, `results.json`, `run.json` and the report, and prints the summary. Stands in until these are joined.
fn finish(outcome: &Outcome, _folder: &Path, arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    match arguments.format {
        Format::Text => Ok(()),
        Format::Json => match serde_json::to_string_pretty(&outcome.results) {
            Ok(text) => output.print(&text),
            Err(error) => Err(Failure::System(error.to_string())),
        },
    }
}

fn missed(results: &Results, arguments: &Arguments) -> Result<(), Failure> {
    let missed = |slo: &Option<crate::results::Slo>| slo.as_ref().is_some_and(|slo| !slo.met);
    let names: Vec<&str> =
        results.deployments.iter().filter(|one| missed(&one.slo)).map(|one| one.name.as_str()).collect();
    if arguments.fail_on_slo && !names.is_empty() {
        return Err(Failure::Missed(format!("objectives are missed by {}", names.join(", "))));
    }
    Ok(())
}

/// Finds out before the run, and leaves nothing behind: a file can be made in the folder, or where it will be made.
fn check_writable(folder: &Path) -> Result<(), Failure> {
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
        Err(error) => Err(refuse(error.kind().to_string())),
    }
}

/// Ctrl-C asks the run to end; a second one ends the program.
fn watch_for_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Failure::Interrupted.code()));
        }
    })
    .map_err(|error| Failure::System(format!("cannot watch for interrupts: {error}")))?;
    Ok(interrupted)
}
