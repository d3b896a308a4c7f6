//! The phases of a cold start.

use super::super::deployments::{Deployed, Part};
use super::super::distribution::build;
use super::super::document::Node;
use super::super::problem::{Problem, Problems, shortened};
use super::function::Layers;
use crate::platform::faas::Start;
use crate::stats::Distribution;
use crate::units::{Size, Span};

const NOTHING: Distribution = Distribution::Constant(Span::ZERO);

/// `cold_start` replaces all phases; `start` replaces single ones; the rest is the pack's and the function's.
pub fn read(part: &Part<'_>, layers: &Layers<'_>, init: &Distribution, problems: &mut Problems) -> Start {
    if let Some(whole) = layers.get("cold_start") {
        if let Some(entry) = layers.with("start").entry("start") {
            let problem = Problem::at(&entry.key_place, "`start` and `cold_start` exclude each other");
            problems.push(problem.help("`cold_start` replaces every phase, `start` single ones"));
        }
        if let Some(entry) = layers.with("package").entry("package") {
            let problem = Problem::at(&entry.key_place, "`package` and `cold_start` exclude each other");
            problems.push(problem.help("`cold_start` replaces every phase, loading the code among them"));
        }
        // All of it counts as init, so that a billing rule for start-up applies to whatever it took.
        let runtime_init = build(whole, problems).unwrap_or(NOTHING);
        return Start { place: NOTHING, fetch: NOTHING, runtime_init, application_init: NOTHING, load: Span::ZERO };
    }
    let runtime = runtime(part, layers, problems);
    let load = load(part, layers, problems);
    let stated = layers.get("start").and_then(Node::as_table);
    let mut phase = |key: &str, default: Distribution| {
        stated.and_then(|table| table.get(key)).and_then(|node| build(node, problems)).unwrap_or(default)
    };
    Start {
        place: phase("place", part.pack.distribution("start-place")),
        fetch: phase("fetch", part.pack.distribution("start-fetch")),
        runtime_init: phase("runtime_init", runtime),
        application_init: phase("application_init", init.clone()),
        load,
    }
}

/// Time to load a package of the stated size.
fn load(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> Span {
    let Some(package) = layers.with("package").quantity::<Size>("package") else { return Span::ZERO };
    let most: Size = part.pack.quantity("package-most");
    if package.value > most {
        let message = format!("package {} is larger than `{}` allows: {most}", package.value, part.pack.name());
        problems.push(Problem::at(&package.place, message));
    }
    let per_mb: Span = part.pack.quantity("load-per-mb");
    Span::from_seconds_f64(per_mb.seconds() * package.value.bytes() as f64 / f64::from(1 << 20))
}

fn runtime(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> Distribution {
    let stated = layers.with("runtime").text("runtime");
    let name = stated.as_ref().map_or_else(|| part.pack.text("runtime"), |runtime| runtime.value);
    match (part.pack.runtime(name), stated) {
        (Some(runtime), _) => runtime,
        (None, Some(stated)) => {
            let message = format!("`{}` has no runtime `{}`", part.pack.name(), shortened(name));
            problems.push(Problem::at(&stated.place, message).nearest(name, "a runtime", part.pack.runtimes()));
            NOTHING
        }
        (None, None) => NOTHING,
    }
}

pub fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    if part.table.has("cold_start") {
        return;
    }
    let start = part.table.table("start");
    if !start.is_some_and(|start| start.has("place")) {
        part.assume(deployed, "start-place", "lognormal, median 120ms, sigma 0.5");
    }
    if part.table.has("package") {
        part.assume(deployed, "load-per-mb", "code takes time to load in proportion to its zipped size");
    }
    if !start.is_some_and(|start| start.has("runtime_init")) {
        let name = part.text_or("runtime", part.pack.text("runtime"));
        let how = if part.table.has("runtime") { "" } else { ", as the scenario names none" };
        part.assume(deployed, "runtime", format!("runtime init of {name}{how}"));
    }
}
