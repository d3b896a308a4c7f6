//! How servers start: keys `launch` and `warm_pool`.

use super::super::deployments::{Deployed, Part};
use super::super::distribution::distribution;
use super::super::problem::Problems;
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
    let warm_up = table.and_then(|table| table.quantity("warm_up")).map_or(Span::ZERO, |at| at.value);
    Launch { unbilled, billed: vec![boot, bootstrap, health], warm_pool: warm_pool(part, problems), warm_up }
}

fn warm_pool(part: &Part<'_>, problems: &mut Problems) -> Option<WarmPool> {
    let table = part.table.table("warm_pool")?;
    let running = table.text("state").is_some_and(|state| state.value == "running");
    let parameter = if running { "start-warm" } else { "start-stopped" };
    Some(WarmPool {
        size: table.count32("size")?.value,
        start: distribution(table, "start", problems).unwrap_or_else(|| part.pack.distribution(parameter)),
        running,
    })
}

/// Phases that come from the pack.
pub fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    let stated = |key: &str| part.table.table("launch").is_some_and(|launch| launch.has(key));
    for (key, parameter) in UNBILLED.into_iter().chain([BOOT, HEALTH]) {
        if !stated(key) {
            part.assume(deployed, parameter, part.pack.distribution(parameter).to_string());
        }
    }
}
