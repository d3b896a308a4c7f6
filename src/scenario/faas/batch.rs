//! Events that one invocation handles together: key `batch`.

use std::sync::Arc;

use super::super::deployments::{Deployed, Part};
use super::super::functions::Function;
use super::super::problem::{Problem, Problems};
use super::function::Layers;
use crate::platform::faas::{BatchSpec, FunctionSpec};
use crate::stats::Distribution;
use crate::units::Span;

/// `None` where each event has an invocation of its own: without the key, with a size of 1, with a window of 0.
pub fn read(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> Option<BatchSpec> {
    let table = layers.with("batch").table("batch")?;
    let (size, window) = (table.count32("size")?, table.quantity::<Span>("window")?);
    let platform = part.pack.name();
    let most = part.pack.count("batch-most");
    if size.value > most {
        let message = format!("a batch of {} events is more than `{platform}` sends: {most}", size.value);
        problems.push(Problem::at(&size.place, message));
    }
    let longest: Span = part.pack.quantity("batch-window-most");
    if window.value > longest {
        let message = format!("a window of {} is longer than `{platform}` waits: {longest}", window.value);
        problems.push(Problem::at(&window.place, message));
    }
    if window.value.ns() % Span::SECOND.ns() != 0 {
        let (name, window) = (part.name, window.value);
        problems.warn(format!(
            "deployment `{name}`: `{platform}` takes windows of whole seconds, and this one is {window}"
        ));
    }
    let without = part.pack.count("batch-without-window");
    if size.value > without && window.value < Span::SECOND {
        let message = format!("a batch of {} events needs a window of 1s at least", size.value);
        let help = format!("`{platform}` sends up to {without} events without one");
        problems.push(Problem::at(&window.place, message).help(help));
    }
    if let Some(entry) = layers.with("cold_duration").entry("cold_duration") {
        let problem = Problem::at(&entry.key_place, "`cold_duration` and `batch` exclude each other");
        problems.push(problem.help("`cold_duration` says how long one event takes"));
    }
    let once = table.quantity("once").map_or(Span::ZERO, |once| once.value);
    (size.value > 1 && window.value > Span::ZERO).then_some(BatchSpec { size: size.value, window: window.value, once })
}

/// What is shared by the events of a batch is a part of what each needs, so that more than that counts for nothing.
pub fn check_once(part: &Part<'_>, layers: &Layers<'_>, function: &Function, problems: &mut Problems) {
    let Some(once) = layers.with("batch").table("batch").and_then(|table| table.quantity::<Span>("once")) else {
        return;
    };
    let Some(duration) = &function.duration else { return };
    let Some(mean) = duration.mean().map(Span::from_seconds_f64).filter(|mean| once.value > *mean) else { return };
    let (name, function, once) = (part.name, &function.name, once.value);
    let most = match duration {
        Distribution::Constant(_) => {
            format!("the {mean} that an event of `{function}` takes, so a batch takes no longer than one")
        }
        _ => format!("the mean duration of `{function}`, {mean}; of each event it is at most all"),
    };
    problems.warn(format!("deployment `{name}`: `once` is {once}, more than {most}"));
}

pub fn assume<'a>(
    part: &Part<'_>,
    mut functions: impl Iterator<Item = &'a Arc<FunctionSpec>>,
    deployed: &mut Deployed,
) {
    if functions.any(|function| function.batch.is_some()) {
        let how = "one source collects for each function and sends as many batches at once as there are, all events of a batch end \
                   with it, a refused batch is tried again whole as often as `retry` says and then lost (a queue would keep it); \
                   what the source itself costs is not billed";
        part.simplify(deployed, "batches", how);
    }
}
