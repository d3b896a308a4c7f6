//! The cheapest configuration that meets the objectives.
//!
//! Each deployment is searched over the axes that change it, and over no others. A small space is measured whole; a large
//! one from a Sobol sequence of starts, by steps along one axis at a time that halve when none helps. Then replications are
//! added to those that could still be the cheapest, until it is separated from the next or a cap is reached: a tie is
//! called a tie. All see the same invocations, so few replications tell much.

mod answer;
mod lattice;
mod race;

use rustc_hash::FxHashMap;

use self::lattice::{Lattice, Place};
use super::{Laboratory, StudyError};
use crate::results::Outcome;
use crate::scenario::vary::{Axis, Levels, Setting};
use crate::scenario::{Deployment, Plan, Problems};

pub use answer::answer;
use race::Raced;

/// What is searched, and how hard.
pub struct Search<'a> {
    pub axes: &'a [Axis],
    /// Of the scenario, by their indices.
    pub deployments: Vec<usize>,
    /// Configurations of one deployment that are measured at most.
    pub budget: usize,
    /// Of those that could be the cheapest.
    pub most_replications: u32,
}

/// A configuration of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub settings: Vec<Setting>,
    pub outcome: Outcome,
}

impl Candidate {
    /// The cheaper comes first; what misses the objectives after all that meet them, by how far.
    fn rank(&self) -> (bool, f64) {
        if self.outcome.meets {
            return (false, self.outcome.cost());
        }
        (true, self.outcome.miss())
    }

    fn is_before(&self, other: &Self) -> bool {
        let ((ours, our_value), (theirs, their_value)) = (self.rank(), other.rank());
        ours.cmp(&theirs).then(our_value.total_cmp(&their_value)).is_lt()
    }
}

/// What a search found.
struct Found {
    /// All that was measured, deployment by deployment, and who leads.
    pub raced: Raced,
    /// Configurations that the axes have, over all deployments; what was measured is all of them or fewer.
    pub space: u128,
}

/// Replications of every configuration at first: three tell a spread.
const FIRST: u32 = 3;

/// Searches every deployment, and lets the best race.
fn run(laboratory: &Laboratory<'_>, search: &Search<'_>) -> Result<Found, StudyError> {
    let mut candidates = Vec::new();
    let mut space = 0_u128;
    for &index in &search.deployments {
        let axes = concerned(laboratory, search.axes, index)?;
        let lattice = Lattice::of(&axes);
        space = space.saturating_add(lattice.size());
        let name = &laboratory.plan.deployments[index].name;
        let explorer = Explorer { laboratory, lattice: &lattice, deployment: name, known: FxHashMap::default() };
        candidates.extend(explorer.explore(search.budget)?);
    }
    let first = FIRST.max(laboratory.plan.replications);
    let raced = race::run(candidates, first, search.most_replications, |one, replications| {
        let settings = std::slice::from_ref(&one.settings);
        let mut outcomes = laboratory.measure_times(settings, &one.outcome.deployment, replications)?;
        Ok::<_, StudyError>(outcomes.remove(0))
    })?;
    Ok(Found { raced, space })
}

/// The axes that change a deployment.
fn concerned<'a>(laboratory: &Laboratory<'_>, axes: &'a [Axis], index: usize) -> Result<Vec<&'a Axis>, Problems> {
    let mut concerned = Vec::new();
    for axis in axes {
        if changes(laboratory, axis, index)? {
            concerned.push(axis);
        }
    }
    Ok(concerned)
}

/// Whether the deployment with this index is another one at a value of the axis: of a range, at one of its ends.
pub fn changes(laboratory: &Laboratory<'_>, axis: &Axis, index: usize) -> Result<bool, Problems> {
    let written = |plan: &Plan| {
        let Deployment { model, sites, .. } = &plan.deployments[index];
        format!("{model:?} {sites:?} {}", plan.workload_key)
    };
    let here = written(&laboratory.plan);
    let levels = match &axis.levels {
        Levels::List(levels) => levels.clone(),
        Levels::Range(range) => [0.0, 1.0].map(|share| range.at(share)).to_vec(),
    };
    for level in levels {
        if written(&laboratory.plan_of(&[axis.at(level)])?) != here {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An axis that changes none of the deployments with these indices.
pub fn idle<'a>(
    laboratory: &Laboratory<'_>,
    axes: impl IntoIterator<Item = &'a Axis>,
    deployments: &[usize],
) -> Result<Option<&'a Axis>, Problems> {
    for axis in axes {
        let mut changed = false;
        for index in deployments {
            changed = changed || changes(laboratory, axis, *index)?;
        }
        if !changed {
            return Ok(Some(axis));
        }
    }
    Ok(None)
}

/// Measures places of one deployment's lattice, each once.
struct Explorer<'a> {
    laboratory: &'a Laboratory<'a>,
    lattice: &'a Lattice<'a>,
    deployment: &'a str,
    known: FxHashMap<Place, Candidate>,
}

/// Places from which a large space is searched.
const STARTS: u32 = 16;
/// The best of them, from which steps are taken.
const CLIMBS: usize = 3;

impl Explorer<'_> {
    /// All places of a small lattice, or as many as the budget allows of a large one, in an order that depends on nothing but
    /// the lattice and the seed.
    fn explore(mut self, budget: usize) -> Result<Vec<Candidate>, StudyError> {
        if self.lattice.size() <= budget as u128 {
            let all = self.lattice.all();
            self.measure(&all)?;
            return Ok(all.iter().map(|place| self.known[place].clone()).collect());
        }
        let starts = self.lattice.spread(STARTS.min(budget as u32), self.laboratory.plan.seed);
        self.measure(&starts)?;
        let mut best: Vec<Place> = starts;
        best.sort_by(|a, b| self.order(a, b));
        best.dedup();
        for start in best.into_iter().take(CLIMBS) {
            self.climb(start, budget)?;
        }
        let mut measured: Vec<(Place, Candidate)> = self.known.into_iter().collect();
        measured.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(measured.into_iter().map(|(_, candidate)| candidate).collect())
    }

    /// Goes to the best neighbour while there is a better one; steps begin at a quarter of each axis.
    fn climb(&mut self, start: Place, budget: usize) -> Result<(), StudyError> {
        let mut here = start;
        let mut part = 4;
        loop {
            let neighbours = self.lattice.neighbours(&here, part);
            let room = budget.saturating_sub(self.known.len());
            let new: Vec<Place> =
                neighbours.iter().filter(|place| !self.known.contains_key(*place)).take(room).cloned().collect();
            self.measure(&new)?;
            let reached = neighbours.iter().filter(|place| self.known.contains_key(*place));
            let best = reached.min_by(|a, b| self.order(a, b)).cloned();
            match best {
                Some(best) if self.known[&best].is_before(&self.known[&here]) => here = best,
                _ if self.lattice.is_finest(part) || self.known.len() >= budget => return Ok(()),
                _ => part *= 2,
            }
        }
    }

    fn order(&self, a: &Place, b: &Place) -> std::cmp::Ordering {
        let (ours, theirs) = (&self.known[a], &self.known[b]);
        if ours.is_before(theirs) {
            std::cmp::Ordering::Less
        } else if theirs.is_before(ours) {
            std::cmp::Ordering::Greater
        } else {
            a.cmp(b)
        }
    }

    /// Places that are not known yet, a block at a time.
    fn measure(&mut self, places: &[Place]) -> Result<(), StudyError> {
        const BLOCK: usize = 32;
        for block in places.chunks(BLOCK) {
            let settings: Vec<Vec<Setting>> = block.iter().map(|place| self.lattice.settings(place)).collect();
            let replications = FIRST.max(self.laboratory.plan.replications);
            let outcomes = self.laboratory.measure_times(&settings, self.deployment, replications)?;
            for ((place, settings), outcome) in block.iter().zip(settings).zip(outcomes) {
                self.known.insert(place.clone(), Candidate { settings, outcome });
            }
        }
        Ok(())
    }
}
