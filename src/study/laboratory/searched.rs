//! Deployments that are only asked whether they meet the objectives.

use std::sync::{Arc, MutexGuard, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::{Class, Laboratory, StudyError, class};
use crate::record::Tally;
use crate::results::Outcome;
use crate::scenario::vary::Setting;
use crate::scenario::{Plan, Target};
use crate::study::watch::{Verdict, Watch};
use crate::study::{RunError, decouple, synthetic};
use crate::units::Span;

/// The arrivals of replications that count: by the workload, its seed, the warm-up.
type Arrivals = (Arc<str>, u64, Span);

/// What searches have found.
#[derive(Debug, Default)]
pub struct Searched {
    /// Classes with the objectives that they surely miss.
    missed: FxHashSet<(Class, Class)>,
    /// Invocations by replication.
    offered: FxHashMap<Arrivals, FxHashMap<u32, u64>>,
}

impl Laboratory<'_> {
    /// What `deployment` does with these settings; `None` if it surely misses the objectives, in which case it may not have
    /// been simulated to the end. What misses them may be told in full too.
    pub fn measure_or_miss(&self, settings: &[Setting], deployment: &str) -> Result<Option<Outcome>, StudyError> {
        let plan = self.plan_with(settings, deployment, self.plan.replications)?;
        let class = class(&plan, &plan.deployments[0]);
        let asked = (class, hash(&plan.objectives));
        if self.searched().missed.contains(&asked) {
            return Ok(None);
        }
        if self.kept().get(&class).is_none() && self.misses(&plan, class)? {
            self.searched().missed.insert(asked);
            return Ok(None);
        }
        Ok(self.measure_plans(&[plan])?.into_iter().flatten().next())
    }

    /// Runs the only deployment of `plan`: whether it surely misses the objectives. Where it ran to the end, what it did is
    /// kept.
    fn misses(&self, plan: &Plan, class: Class) -> Result<bool, StudyError> {
        let arrivals = (Arc::clone(&plan.workload_key), plan.seed, plan.warmup);
        let known = self.searched().offered.get(&arrivals).cloned().unwrap_or_default();
        let Some(watch) = Watch::of(plan, known) else { return Ok(false) };
        let study = synthetic::Study::new(plan, self.control)?.watched(&watch);
        let mut tallies = decouple(&study, plan, self.control)?.tallies.into_iter().flatten().collect::<Vec<Tally>>();
        let verdict = watch.verdict(plan.replications);
        if verdict == Verdict::Open {
            let ended =
                (plan.first_replication..).zip(&mut tallies).filter(|(replication, _)| watch.ended(*replication));
            ended.collect::<Vec<_>>().into_par_iter().try_for_each(|(replication, tally)| {
                *tally = self.replication(plan, replication)?;
                Ok::<(), StudyError>(())
            })?;
        }
        let mut offered = watch.into_offered();
        if verdict != Verdict::Misses {
            let replications = (plan.first_replication..).zip(&tallies);
            offered.extend(replications.map(|(replication, tally)| (replication, tally.offered())));
            self.kept().keep(class, tallies);
        }
        self.searched().offered.entry(arrivals).or_default().extend(offered);
        Ok(verdict == Verdict::Misses)
    }

    /// One replication of the only deployment of `plan`, to its end.
    fn replication(&self, plan: &Plan, replication: u32) -> Result<Tally, StudyError> {
        let one = Plan { first_replication: replication, replications: 1, ..plan.clone() };
        let runs = decouple(&synthetic::Study::new(&one, self.control)?, &one, self.control)?;
        Ok(runs.tallies.into_iter().flatten().next().ok_or(RunError::Empty)?)
    }

    fn searched(&self) -> MutexGuard<'_, Searched> {
        self.searched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(objectives: &[Target]) -> Class {
    Sha256::digest(format!("{objectives:?}")).into()
}
