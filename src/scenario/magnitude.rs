//! Numbers that no machine could simulate, found before it tries.

use super::arrivals::expected;
use super::horizon;
use super::problem::{Problem, Problems};
use super::settings::Settings;
use crate::workload::{Source, Workload};

/// Some minutes of simulation.
const MANY: f64 = 2e9;

/// Ten days at ten million invocations a second of simulation.
const MOST: f64 = 1e12;

pub fn check(workload: &Workload, settings: &Settings, problems: &mut Problems) {
    let Some(duration) = &settings.duration else { return };
    let of = |source: &Source| match source {
        Source::Synthetic(source) => expected(&source.arrivals, duration.value),
        Source::Trace(_) => 0.0,
    };
    let all: f64 = workload.sources.iter().map(of).sum();
    let simulated = settings.horizon.as_ref().map_or(1.0, |horizon| horizon::share(horizon, duration.value)) * all;
    if simulated > MANY && simulated <= MOST && problems.is_empty() {
        let advice =
            if settings.horizon.is_some() { "fewer `weeks`" } else { "`horizon = { method = \"weeks\", weeks = 12 }`" };
        problems.warn(format!(
            "{simulated:.1e} invocations would be simulated for each deployment and replication; {advice} of `scenario` \
             simulates fewer and says how far that can be off"
        ));
    }
    if simulated > MOST {
        let message =
            format!("the workload would have {all:.1e} invocations in {}; at most {MOST:.0e}", duration.value);
        problems.push(Problem::at(&duration.place, message).help("shorten the duration or lower the rates"));
    } else if all < 0.5 && problems.is_empty() && !workload.sources.is_empty() {
        let streamed = workload.sources.iter().any(|source| matches!(source, Source::Trace(_)));
        if !streamed {
            problems.warn(format!("the workload has {all:.2} invocations on average in {}", duration.value));
        }
    }
}
