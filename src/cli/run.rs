//! `sim run SCENARIO`: replays the workload on every deployment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args;

use super::output::Output;
use super::progress::Progress;
use super::scenario::ScenarioArguments;
use super::study::{check_writable, watched_control};
use super::theme::ThemeArguments;
use super::{Failure, Format, publish};
use crate::report::{Target, terminal};
use crate::results::{self, Results, RunInfo, Tables, store};
use crate::scenario::Plan;
use crate::study::sequential::{self, Aim};
use crate::study::{self, Control, StudyError};
use crate::units::Share;

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

    /// Add replications until half of every 95 % interval of cost, mean and p99 latency is at most this share
    #[arg(long, value_name = "SHARE", conflicts_with = "replications", allow_hyphen_values = true)]
    pub half_width: Option<Share>,

    /// With --half-width: replications at most
    #[arg(long, value_name = "N", requires = "half_width", default_value = "100",
        value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub max_replications: u32,

    /// Print the results as text or JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// Write tables as CSV too
    #[arg(long)]
    pub csv: bool,

    /// Write no report and no charts
    #[arg(long)]
    pub no_report: bool,

    #[command(flatten)]
    pub theme: ThemeArguments,

    /// Exit with code 1 if an objective in [slo] is missed
    #[arg(long)]
    pub fail_on_slo: bool,
}

/// What a run leaves in memory.
struct Outcome {
    results: Results,
    tables: Tables,
    info: RunInfo,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let mut plan = base.plan()?;
    if !base.uncertain()?.is_empty() {
        output
            .note("`sim uncertainty` draws what stands under [uncertainty]; this run takes the scenario as it stands");
    }
    (plan.blocks, plan.over_time) = (true, true);
    let aim = aim(arguments, &plan)?;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("reports").join(&plan.name));
    check_writable(&folder)?;
    let control = watched_control()?;
    let outcome = simulate(&mut plan, aim, arguments, output, &control)?;
    if control.cancelled.load(Ordering::Relaxed) {
        return Err(Failure::interrupted());
    }
    let written = write(&outcome, &folder, arguments)?;
    print(&outcome, &written, arguments, output)?;
    missed(&outcome.results, arguments)
}

/// How well figures are to be known, if that was asked for.
fn aim(arguments: &Arguments, plan: &Plan) -> Result<Option<Aim>, Failure> {
    match arguments.half_width.map(Share::value) {
        Some(_) if plan.workload.replays() => Err(Failure::input(
            "`--half-width` adds replications, and a trace is the same in all of them",
            Some("leave it out: intervals of a trace come from drawing its days or hours anew"),
        )),
        Some(half_width) if half_width <= 0.0 => {
            Err(Failure::input("a half width of zero is never reached", Some("for example `--half-width 2%`")))
        }
        Some(half_width) => Ok(Some(Aim { half_width, most_replications: arguments.max_replications })),
        None => Ok(None),
    }
}

fn simulate(
    plan: &mut Plan,
    aim: Option<Aim>,
    arguments: &Arguments,
    output: &Output,
    control: &Arc<Control>,
) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let threads = arguments.threads.map_or(0, usize::from);
    let progress = Progress::start(output, control);
    let found = study::warmup::settle(plan, threads, control)?;
    let ran = match aim {
        Some(aim) => sequential::run(plan, aim, threads, control).map(|(runs, precision)| (runs, Some(precision))),
        None => study::run(plan, threads, control).map(|runs| (runs, None)).map_err(StudyError::from),
    };
    progress.stop();
    let (runs, precision) = ran?;
    let wall_s = started.elapsed().as_secs_f64();
    let (mut results, tables) = results::assemble(plan, &runs).map_err(|error| Failure::input(&error, error.help()))?;
    results.precision = precision;
    results.scenario.warmup_found = found;
    let together = plan.deployments.iter().zip(&runs.run_together).filter(|(_, together)| **together);
    let info = RunInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        wall_s,
        threads: if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, usize::from) },
        invocations_simulated: runs.simulated,
        invocations_per_s: if wall_s > 0.0 { runs.simulated as f64 / wall_s } else { 0.0 },
        run_together: together.map(|(deployment, _)| deployment.name.clone()).collect(),
    };
    Ok(Outcome { results, tables, info })
}

/// Writes the folder and the report. Returns what a reader will look for, with its name.
fn write(outcome: &Outcome, folder: &Path, arguments: &Arguments) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let Outcome { results, tables, info } = outcome;
    let draws = !arguments.no_report && crate::report::AVAILABLE;
    let report = draws.then_some(|| {
        crate::report::stage(Target { folder, theme: arguments.theme.theme() }, results, tables, &info.version)
    });
    publish::together(folder, report, || store::write(folder, results, info, tables, arguments.csv))?;
    remove_stale(folder, arguments);
    let mut written = Vec::new();
    if draws {
        written.push(("report", folder.join("report.html")));
        written.push(("charts", folder.join("charts")));
    }
    written.push(("data", folder.join("results.json")));
    Ok(written)
}

/// Files of an earlier run that this one does not write would contradict its results.
fn remove_stale(folder: &Path, arguments: &Arguments) {
    // What cannot be removed was not there, or stays as the user has protected it.
    if arguments.no_report {
        let _ = std::fs::remove_file(folder.join("report.html"));
        let _ = std::fs::remove_dir_all(folder.join("charts"));
    }
    if !arguments.csv && store::PARQUET {
        for table in ["invoice", "timeline", "functions", "latency"] {
            let _ = std::fs::remove_file(folder.join(table).with_extension("csv"));
        }
    }
}

fn print(
    outcome: &Outcome,
    written: &[(&'static str, PathBuf)],
    arguments: &Arguments,
    output: &Output,
) -> Result<(), Failure> {
    match arguments.format {
        Format::Text if output.is_quiet() => output.print(&terminal::brief(&outcome.results)),
        Format::Text => {
            let color = output.color_of_results();
            output.print(&terminal::summary(&outcome.results, Some(&outcome.info), written, color))
        }
        Format::Json => output.print_bytes(&store::results_json(&outcome.results)?),
    }
}

fn missed(results: &Results, arguments: &Arguments) -> Result<(), Failure> {
    let missed = |slo: &Option<results::Slo>| slo.as_ref().is_some_and(|slo| !slo.met);
    let names: Vec<&str> =
        results.deployments.iter().filter(|one| missed(&one.slo)).map(|one| one.name.as_str()).collect();
    if arguments.fail_on_slo && !names.is_empty() {
        return Err(Failure::Missed(format!("objectives are missed by {}", names.join(", "))));
    }
    Ok(())
}
