//! Windows too long to be simulated whole: chosen weeks, each an exact simulation, stand for their neighbours.
//!
//! The weeks of the window fall into strata of neighbours; the middle week of each is simulated at the rates, the calendar
//! and the capacity of its time, after a lead-in of a day that fills the system, and counts once for every week of its
//! stratum. So tallies are merged with whole weights and stay integers. If every week is chosen, the window is run whole.
//! Which weeks are chosen depends on the plan alone.

mod opened;
mod strata;

use rayon::prelude::*;

use super::synthetic::Study;
use super::{Control, RunError, decouple};
use crate::record::{Tally, Window};
use crate::results::{Probes, Runs, Stratum};
use crate::scenario::{Horizon, Plan};
use crate::units::SimTime;

pub use strata::{Stretch, strata};

/// Runs the stretches that `horizon` chooses, and adds them up to the whole window.
pub fn run(plan: &Plan, horizon: &Horizon, control: &Control) -> Result<Runs, RunError> {
    let duration = plan.duration.ok_or(RunError::Empty)?;
    let stretches = strata(horizon, duration);
    if stretches.iter().all(|stretch| stretch.places.len() == 1) {
        return decouple(&Study::new(plan, control)?, plan, control);
    }
    let whole = super::window(plan, duration);
    let run = |stretch: &Stretch| run_stretch(plan, stretch, &whole, control);
    let runs: Result<Vec<Runs>, RunError> = stretches.par_iter().map(run).collect();
    Ok(add_up(plan, whole, &stretches, runs?, control))
}

fn run_stretch(plan: &Plan, stretch: &Stretch, whole: &Window, control: &Control) -> Result<Runs, RunError> {
    let placing = stretch.placing(stretch.from);
    let ours = opened::plan(plan, &placing);
    let study = Study::within(&ours, whole.stretch(&placing), control);
    decouple(&study, &ours, control)
}

/// Tallies of the whole window: every stretch at every place for which it stands.
fn add_up(plan: &Plan, whole: Window, stretches: &[Stretch], runs: Vec<Runs>, control: &Control) -> Runs {
    let empty = |deployment: usize| {
        let sites = plan.deployments[deployment].model.sites();
        (0..plan.replications).map(|_| Tally::of_sites(sites, whole.clone(), false, false)).collect::<Vec<_>>()
    };
    let mut tallies: Vec<Vec<Tally>> = (0..plan.deployments.len()).map(empty).collect();
    for (stretch, run) in stretches.iter().zip(&runs) {
        for (total, ours) in tallies.iter_mut().flatten().zip(run.tallies.iter().flatten()) {
            for place in &stretch.places {
                total.append(ours, &stretch.placing(*place));
            }
        }
    }
    tallies.iter_mut().flatten().for_each(Tally::finish);
    let together = |deployment: usize| runs.iter().any(|run| run.run_together[deployment]);
    Runs {
        functions: plan.workload.functions.clone(),
        window: whole,
        run_together: (0..plan.deployments.len()).map(together).collect(),
        simulated: control.simulated.load(std::sync::atomic::Ordering::Relaxed),
        tallies,
        probes: plan.deployments.iter().map(|_| Probes::default()).collect(),
        strata: stretches.iter().zip(runs).map(|(stretch, run)| stratum(stretch, run)).collect(),
    }
}

fn stratum(stretch: &Stretch, mut run: Runs) -> Stratum {
    run.tallies.iter_mut().flatten().for_each(|tally| tally.over_time = None);
    Stratum {
        from: stretch.from,
        length: stretch.length,
        lead_in: stretch.placing(stretch.from).lead_in,
        weight: u32::try_from(stretch.places.len()).unwrap_or(u32::MAX),
        tallies: run.tallies,
    }
}

/// Where a stretch's own time begins, its lead-in included.
fn begin(placing: &crate::record::Placing) -> SimTime {
    SimTime::from_ns(placing.from.ns() - placing.lead_in.ns())
}
