//! `sim compare A B ...`: results side by side, and bounds that a change must keep.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::Failure;
use super::output::Output;
use super::progress::Progress;
use super::study::watched_control;
use crate::report::compare as report;
use crate::results::compared::{Compared, compare};
use crate::results::gate::{self, Bound, Exceeded};
use crate::results::{self, Results, store};
use crate::scenario::{self, Overrides, shortened};
use crate::study::{self, Control};

#[derive(Args)]
pub struct Arguments {
    /// Folders that `sim run` has written, or scenarios, which are then run; the first is the base
    #[arg(value_name = "RESULTS", required = true, num_args = 2..)]
    sides: Vec<PathBuf>,

    /// Fail with code 1 if a figure goes beyond a bound, such as 'cost>+5%,p99>+10%,lambda:errors>0.1%'
    #[arg(long, value_name = "BOUNDS")]
    fail_on: Option<String>,

    /// Fail only if the whole 95 % interval lies beyond the bound
    #[arg(long, requires = "fail_on")]
    sure: bool,

    /// A deployment that has another name in the head
    #[arg(long = "match", value_name = "BASE=HEAD")]
    matched: Vec<String>,

    /// Seed of the scenarios that are run
    #[arg(long, value_name = "N")]
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
    let bounds = match &arguments.fail_on {
        Some(text) => gate::parse(text).map_err(|error| Failure::input(&error, Some(&error.help)))?,
        None => Vec::new(),
    };
    let renamed = renamed(&arguments.matched)?;
    let control = watched_control()?;
    let sides: Vec<Results> =
        arguments.sides.iter().map(|side| read(side, arguments, output, &control)).collect::<Result<_, _>>()?;
    let label = |place: usize| arguments.sides[place].display().to_string();
    let mut all = Vec::new();
    for place in 1..sides.len() {
        let compared = compare((&label(0), &sides[0]), (&label(place), &sides[place]), &renamed);
        check(&compared, &bounds, &renamed)?;
        let exceeded = gate::exceeded(&compared, &bounds, arguments.sure);
        all.push((compared, exceeded));
    }
    print(&all, arguments.format, output)?;
    let exceeded: usize = all.iter().map(|(_, exceeded)| exceeded.len()).sum();
    if exceeded > 0 {
        let headlines: Vec<String> = all
            .iter()
            .filter(|(_, exceeded)| !exceeded.is_empty())
            .map(|(compared, exceeded)| report::headline(compared, exceeded).replace('\u{a0}', " "))
            .collect();
        return Err(Failure::Missed(headlines.join("; ")));
    }
    Ok(())
}

fn print(all: &[(Compared, Vec<Exceeded>)], format: Format, output: &Output) -> Result<(), Failure> {
    let color = output.color_of_results();
    let text = |one: fn(&Compared, &[Exceeded], crate::report::terminal::Color) -> String| {
        let each: Vec<String> = all.iter().map(|(compared, exceeded)| one(compared, exceeded, color)).collect();
        each.join("\n")
    };
    match format {
        Format::Text => output.print(&text(report::text)),
        Format::Markdown => output.print(&text(|compared, exceeded, _| report::markdown(compared, exceeded))),
        Format::Json => {
            let compared: Vec<&Compared> = all.iter().map(|(compared, _)| compared).collect();
            match compared.as_slice() {
                [one] => output.print_bytes(&store::json(one)?),
                several => output.print_bytes(&store::json(&several)?),
            }
        }
    }
}

/// A folder of results as it is; a scenario is run.
fn read(path: &Path, arguments: &Arguments, output: &Output, control: &Arc<Control>) -> Result<Results, Failure> {
    if path.is_dir() {
        return Ok(store::read_results(path)?);
    }
    if !path.exists() {
        let help = "name a folder that `sim run` has written, or a scenario";
        return Err(Failure::input(format!("there is no `{}`", path.display()), Some(help)));
    }
    let overrides = Overrides {
        set: arguments.set.clone(),
        seed: arguments.seed,
        replications: arguments.replications,
        sort: false,
    };
    let mut plan = scenario::load(path, &overrides)?;
    plan.probes = false;
    let progress = Progress::start(output, control);
    let runs = study::run(&plan, arguments.threads.map_or(0, usize::from), control);
    progress.stop();
    let (results, _) = results::assemble(&plan, &runs?).map_err(|error| Failure::input(&error, error.help()))?;
    Ok(results)
}

fn renamed(pairs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let split = text.split_once('=').filter(|(base, head)| !base.is_empty() && !head.is_empty());
        let (base, head) = split.ok_or_else(|| {
            let message = format!("`--match {}` names no two deployments", shortened(text));
            Failure::input(message, Some("write `--match BASE=HEAD`"))
        })?;
        Ok((base.to_owned(), head.to_owned()))
    };
    pairs.iter().map(pair).collect()
}

/// There is something to compare, in one currency, and every name is one that is there.
fn check(compared: &Compared, bounds: &[Bound], renamed: &BTreeMap<String, String>) -> Result<(), Failure> {
    let sides = format!("`{}` and `{}`", compared.base.label, compared.head.label);
    if let Some((base, head)) = renamed
        .iter()
        .find(|(base, head)| !compared.deployments.iter().any(|one| one.base == **base && one.head == **head))
    {
        return Err(Failure::Input(format!("{sides} have no deployments `{base}` and `{head}` to match")));
    }
    if compared.deployments.is_empty() {
        let names = [&compared.removed, &compared.added].map(|names| names.join(", "));
        let help = format!("the one has {}, the other {}; `--match BASE=HEAD` pairs them", names[0], names[1]);
        return Err(Failure::input(format!("{sides} have no deployment in common"), Some(help)));
    }
    if let Some(name) = gate::unknown(compared, bounds) {
        let known: Vec<&str> = compared.deployments.iter().map(|one| one.head.as_str()).collect();
        let help = format!("compared are {}", known.join(", "));
        return Err(Failure::input(format!("a bound names `{}`, which is not compared", shortened(name)), Some(help)));
    }
    Ok(())
}
