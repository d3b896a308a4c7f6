//! `sim compare A B ...`: results side by side, and bounds that a change must keep.

mod sides;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::again::Again;
use super::output::Output;
use super::study::check_writable;
use super::theme::ThemeArguments;
use super::{Failure, publish};
use crate::report::{Target, compare as report};
use crate::results::compared::{Comparison, Incomparable, Side, compare, frame};
use crate::results::gate::{self, Bound};
use crate::results::store;
use crate::scenario::{listed, shortened};
use crate::units::nearest;

#[derive(Args)]
pub struct Arguments {
    /// Folders that `sim run` or `sim sweep` has written, or scenarios, which are then run; the first is the base
    #[arg(value_name = "RESULTS", required = true, num_args = 2..)]
    sides: Vec<PathBuf>,

    /// Fail with code 1 if a figure goes beyond a bound, such as 'cost>+5%,p99>+10%,lambda:errors>0.1%'
    #[arg(long, value_name = "BOUNDS")]
    fail_on: Option<String>,

    /// Fail only if the whole 95 % interval lies beyond the bound; without an interval nothing is excused
    #[arg(long, requires = "fail_on")]
    sure: bool,

    /// A deployment that has another name in the head
    #[arg(long = "match", value_name = "BASE=HEAD")]
    matched: Vec<String>,

    /// Seed of the scenarios that are run
    #[arg(long, value_name = "N", value_parser = super::scenario::seed, allow_hyphen_values = true)]
    seed: Option<u64>,

    /// Replications of the scenarios that are run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: Option<u32>,

    /// Set a key of the scenarios that are run
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,

    /// Threads [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,

    /// Folder of the comparison and its report [default: nothing is written]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Write the table as CSV too
    #[arg(long, requires = "out")]
    csv: bool,

    /// Write no report and no charts
    #[arg(long, requires = "out")]
    no_report: bool,

    #[command(flatten)]
    theme: ThemeArguments,

    /// Print it as text, as JSON, or as Markdown for a pull request
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    /// The comparison on stdout, nothing else
    Json,
    Markdown,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let bounds = arguments.fail_on.as_deref().map(gate::parse).transpose()?;
    let renamed = renamed(&arguments.matched)?;
    sides::check(arguments)?;
    if let Some(folder) = &arguments.out {
        check_writable(folder)?;
    }
    let sides = sides::read(arguments, output)?;
    let answer = answer(&sides, bounds.as_deref(), arguments.sure, &renamed)?;
    let written = match &arguments.out {
        Some(folder) => write(folder, &answer, arguments)?,
        None => Vec::new(),
    };
    print(&answer, &written, arguments.format, output)?;
    match report::failure(&answer) {
        Some(failure) => Err(Failure::Missed(failure.replace('\u{a0}', " "))),
        None => Ok(()),
    }
}

/// Every side against the first, and what the bounds say.
fn answer(
    sides: &[Side],
    bounds: Option<&[Bound]>,
    sure: bool,
    renamed: &BTreeMap<String, String>,
) -> Result<Comparison, Failure> {
    let refused = |error: Incomparable| Failure::input(&error, Some(error.help()));
    let comparisons = sides[1..].iter().map(|side| compare(&sides[0], side, renamed)).collect::<Result<Vec<_>, _>>();
    let comparisons = comparisons.map_err(refused)?;
    if let Some(name) = bounds.and_then(|bounds| gate::unknown(&comparisons, bounds)) {
        let known = gate::names(&comparisons);
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("a deployment with a similar name exists: `{near}`"),
            None => format!("expected one of {}", listed(&known)),
        };
        let message = format!("a bound names `{}`, which no side has", shortened(name));
        return Err(Failure::input(message, Some(help)));
    }
    if let Some([bound, currency, deployment, billed]) = bounds.and_then(|bounds| gate::foreign(&comparisons, bounds)) {
        let message = format!("the bound `{bound}` is in {currency}, and `{deployment}` is billed in {billed}");
        let help = "there is no rate between currencies; `NAME:` before a bound restricts it to one deployment";
        return Err(Failure::input(message, Some(help)));
    }
    let gate = bounds.map(|bounds| gate::gate(&comparisons, bounds, sure));
    Ok(Comparison::new(comparisons, gate))
}

/// The folder of the comparison; what there is to look at, with its name.
fn write(folder: &Path, answer: &Comparison, arguments: &Arguments) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let draws = !arguments.no_report && crate::report::AVAILABLE;
    let page = draws
        .then_some(|| report::stage(Target { folder, theme: arguments.theme.theme() }, answer, &command(arguments)));
    publish::together(folder, page, || store::write_study(folder, answer, &frame(answer), arguments.csv))?;
    let mut written = Vec::new();
    if draws {
        written.push(("report", folder.join("report.html")));
        written.push(("charts", folder.join("charts")));
    }
    written.push(("table", store::table(folder, "comparison")));
    written.push(("data", folder.join("results.json")));
    Ok(written)
}

/// The command that compares the same again.
fn command(arguments: &Arguments) -> String {
    Again::new("compare")
        .words(arguments.sides.iter().map(|side| side.display()))
        .option("match", &arguments.matched)
        .option("set", &arguments.set)
        .option("seed", arguments.seed)
        .option("replications", arguments.replications)
        .option("fail-on", &arguments.fail_on)
        .flag("sure", arguments.sure)
        .line()
}

fn print(answer: &Comparison, written: &[(&str, PathBuf)], format: Format, output: &Output) -> Result<(), Failure> {
    match format {
        Format::Text if output.is_quiet() => output.print(&report::headlines(answer).replace('\u{a0}', " ")),
        Format::Text => output.print(&report::text(answer, written, output.color_of_results())),
        Format::Markdown => output.print(&report::markdown(answer)),
        Format::Json => output.print_bytes(&store::json(answer)?),
    }
}

fn renamed(pairs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut renamed = BTreeMap::new();
    for text in pairs {
        let split = text.split_once('=').filter(|(base, head)| !base.is_empty() && !head.is_empty());
        let (base, head) = split.ok_or_else(|| {
            let message = format!("`--match {}` names no two deployments", shortened(text));
            Failure::input(message, Some("write `--match BASE=HEAD`"))
        })?;
        if renamed.insert(base.to_owned(), head.to_owned()).is_some_and(|other| other != head) {
            let message = format!("`--match` gives `{}` two names", shortened(base));
            return Err(Failure::input(message, Some("a deployment of the base stands for one of the head")));
        }
    }
    Ok(renamed)
}
