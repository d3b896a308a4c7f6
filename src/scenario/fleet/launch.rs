//! How servers start: keys `launch` and `warm_pool`.

use super::super::deployments::{Deployed, Part};
use super::super::distribution::distribution;
use super::super::problem::{Problem, Problems};
use crate::platform::fleet::{Launch, WarmPool};
use crate::stats::Distribution;
use crate::units::Span;

/// A phase: its key, and the parameter of the pack that says how long it takes if the scenario does not.
type Phase = (&'static str, &'static str);

const UNBILLED: [Phase; 2] = [("api", "launch-api"), ("pending", "launch-pending")];
const BOOT: Phase = ("boot", "launch-boot");
const HEALTH: Phase = ("health_check", "launch-health-check");

pub fn read(part: &Part<'_>, problems: &mut Problems) -> Launch {
    let table = part.table.table("launch");
    let mut own = |key: &str| table.and_then(|table| distribution(table, key, problems));
    let mut phase = |(key, parameter): Phase| own(key).unwrap_or_else(|| part.pack.distribution(parameter));
    let unbilled = UNBILLED.map(&mut phase).into();
    let (boot, health) = (phase(BOOT), phase(HEALTH));
    let bootstrap = own("bootstrap").unwrap_or(Distribution::Constant(Span::ZERO));
    let warm_up = table.and_then(|table| table.quantity("warm_up"));
    Launch {
        unbilled,
        billed: vec![boot, bootstrap],
        registration: vec![health],
        warm_pool: warm_pool(part, problems),
        warm_up: warm_up.map_or_else(|| part.pack.quantity("cooldown"), |at| at.value),
    }
}

fn warm_pool(part: &Part<'_>, problems: &mut Problems) -> Option<WarmPool> {
    let table = part.table.table("warm_pool")?;
    let state = table.text("state");
    let parameter = match state.as_ref().map(|state| state.value) {
        Some("running") => "start-warm",
        Some("hibernated") => "start-hibernated",
        Some(_) | None => "start-stopped",
    };
    let start = distribution(table, "start", problems);
    if let Some(state) = state.as_ref().filter(|_| start.is_none() && !part.pack.has(parameter)) {
        let message =
            format!("`{}` does not say how long a server that is {} takes to start", part.pack.name(), state.value);
        problems.push(Problem::at(&state.place, message).help("state `start`, or take another `state`"));
        return None;
    }
    Some(WarmPool {
        size: table.count32("size")?.value,
        start: start.unwrap_or_else(|| part.pack.distribution(parameter)),
        running: parameter == "start-warm",
    })
}

/// Phases, and what a scaler waits for, that come from the pack.
pub fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    let stated = |key: &str| part.table.table("launch").is_some_and(|launch| launch.has(key));
    for (key, parameter) in UNBILLED.into_iter().chain([BOOT, HEALTH]) {
        if !stated(key) {
            part.assume(deployed, parameter, part.pack.distribution(parameter).to_string());
        }
    }
    if part.table.has("scaling") && !stated("warm_up") {
        part.assume(
            deployed,
            "cooldown",
            format!("{}, and so long a new server warms up", part.pack.value("cooldown")),
        );
    }
}
