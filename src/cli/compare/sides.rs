//! The sides of a comparison: folders as they are, scenarios as they run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Arguments;
use crate::cli::Failure;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::study::watched_control;
use crate::results::compared::Side;
use crate::results::store::parts::Parts;
use crate::results::store::{self, Held};
use crate::results::{self, Results};
use crate::scenario::{self, Overrides};
use crate::study::{self, Control};

/// Every side is there and is another one, and options that change scenarios have a scenario to change.
pub fn check(arguments: &Arguments) -> Result<(), Failure> {
    let sides = &arguments.sides;
    if let Some(missing) = sides.iter().find(|side| !side.exists()) {
        let help = "name a folder that `sim run` or `sim sweep` has written, or a scenario";
        return Err(Failure::input(format!("there is no `{}`", missing.display()), Some(help)));
    }
    let whole = |side: &PathBuf| side.canonicalize().unwrap_or_else(|_| side.clone());
    for (place, side) in sides.iter().enumerate() {
        if let Some(same) = sides[..place].iter().find(|other| whole(other) == whole(side)) {
            let message = format!("`{}` and `{}` are the same", same.display(), side.display());
            return Err(Failure::input(message, Some("a comparison needs two sides, the base first")));
        }
    }
    let given = [
        ("--set", !arguments.set.is_empty()),
        ("--seed", arguments.seed.is_some()),
        ("--replications", arguments.replications.is_some()),
    ];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given)
        && sides.iter().all(|side| side.is_dir())
    {
        let message = format!("`{option}` changes nothing: all sides are folders of results, and nothing is run");
        return Err(Failure::input(message, Some("name a scenario as a side, or give it to `sim run`")));
    }
    Ok(())
}

pub fn read(arguments: &Arguments, output: &Output) -> Result<Vec<Side>, Failure> {
    let control = watched_control()?;
    arguments.sides.iter().map(|path| side(path, arguments, output, &control)).collect()
}

/// A folder of results as it is; a scenario is run.
fn side(path: &Path, arguments: &Arguments, output: &Output, control: &Arc<Control>) -> Result<Side, Failure> {
    let label = path.display().to_string();
    if !path.is_dir() {
        let results = simulated(path, arguments, output, control)?;
        return Ok(Side::of_run(&label, &results, Some(env!("CARGO_PKG_VERSION").to_owned())));
    }
    match store::held(path)? {
        Held::Run => {
            let version = store::read_run(path)?.map(|run| run.version);
            Ok(Side::of_run(&label, &store::read_results(path)?, version))
        }
        Held::Sweep => swept(path, &label),
        Held::Study(study) => {
            let message = format!("`{label}` holds {study}, which is not compared");
            Err(Failure::input(message, Some("compare runs with runs, and sweeps with sweeps")))
        }
    }
}

fn swept(folder: &Path, label: &str) -> Result<Side, Failure> {
    let parts = [Parts::open(folder)?];
    if !Parts::missing(&parts)?.is_empty() {
        let message = format!("the sweep in `{label}` is not complete");
        return Err(Failure::input(message, Some("`sim sweep --resume` runs the rest, `sim merge` joins its parts")));
    }
    let rows = Parts::rows(&parts).collect::<Result<Vec<_>, _>>()?.concat();
    Ok(Side::of_sweep(label, parts[0].plan(), &rows))
}

fn simulated(path: &Path, arguments: &Arguments, output: &Output, control: &Arc<Control>) -> Result<Results, Failure> {
    let overrides = Overrides {
        set: arguments.set.clone(),
        seed: arguments.seed,
        replications: arguments.replications,
        sort: false,
    };
    let mut plan = scenario::load(path, &overrides)?;
    plan.probes = false;
    plan.blocks = true;
    let threads = arguments.threads.map_or(0, usize::from);
    let progress = Progress::start(output, control);
    let found = study::warmup::settle(&mut plan, threads, control);
    let runs = found.and_then(|found| Ok((study::run(&plan, threads, control)?, found)));
    progress.stop();
    let (runs, found) = runs?;
    let (mut results, _) = results::assemble(&plan, &runs).map_err(|error| Failure::input(&error, error.help()))?;
    results.scenario.warmup_found = found;
    Ok(results)
}
