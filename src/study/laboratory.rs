//! Measures configurations of one scenario: what is equal is simulated once.
//!
//! Deployments of any number of configurations fall into classes that the same invocations and the same model make equal,
//! whatever their prices. One of each class is simulated; its tallies are billed for all of them, and the tallies of the
//! latest classes are kept for configurations to come. Classes of one workload serve one stream of arrivals.

mod begun;
mod searched;

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

pub use self::begun::Simulates;
use self::searched::Searched;
use super::{Control, RunError, pool_of, run_here, warmup};
use crate::billing::BillingError;
use crate::record::Tally;
use crate::results::studied::StudiedScenario;
use crate::results::{Outcome, WarmupFound};
use crate::scenario::vary::Setting;
use crate::scenario::{Base, Deployment, Plan, Problems};
use crate::units::Span;

/// Why a study of several configurations did not complete.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    #[error(transparent)]
    Run(Box<RunError>),
    #[error("{0}")]
    Scenario(#[from] Box<Problems>),
    #[error(transparent)]
    Billing(Box<BillingError>),
}

impl From<RunError> for StudyError {
    fn from(error: RunError) -> Self {
        Self::Run(Box::new(error))
    }
}

impl From<BillingError> for StudyError {
    fn from(error: BillingError) -> Self {
        Self::Billing(Box::new(error))
    }
}

impl From<Problems> for StudyError {
    fn from(problems: Problems) -> Self {
        Self::Scenario(Box::new(problems))
    }
}

/// A configuration that has been measured.
#[derive(Clone, Debug)]
pub struct Measured {
    pub settings: Vec<Setting>,
    /// In the order of the scenario.
    pub outcomes: Vec<Outcome>,
}

impl Measured {
    pub fn outcome(&self, deployment: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.deployment == deployment)
    }
}

/// What makes deployments equal but for their prices.
type Class = [u8; 32];

/// A place where configurations are measured.
pub struct Laboratory<'a> {
    base: &'a Base,
    /// Of the scenario as it stands.
    pub plan: Plan,
    control: &'a Control,
    /// The warm-up of all configurations, where it had to be found.
    warmup: OnceLock<(Span, WarmupFound)>,
    kept: Mutex<Kept>,
    begun: Mutex<FxHashSet<Class>>,
    searched: Mutex<Searched>,
}

/// A deployment of a plan, by their indices.
type User = (usize, usize);

/// So many configurations would have shown whether they have anything in common.
const MANY: usize = 8;

/// Models that may share one stream of arrivals: more would spoil the processor's cache.
pub(super) const MOST_SHARING: usize = 8;

impl<'a> Laboratory<'a> {
    pub fn new(base: &'a Base, control: &'a Control) -> Result<Self, Problems> {
        Ok(Self {
            base,
            plan: base.plan()?,
            control,
            warmup: OnceLock::new(),
            kept: Mutex::default(),
            begun: Mutex::default(),
            searched: Mutex::default(),
        })
    }

    /// Does the `work` of a study on `threads` threads (0: one a core). A warm-up that the scenario leaves to be found is
    /// found before, from the scenario as it stands, and holds in all configurations.
    pub fn work<T: Send>(
        &self,
        threads: usize,
        work: impl FnOnce() -> Result<T, StudyError> + Send,
    ) -> Result<T, StudyError> {
        pool_of(threads)?.install(|| {
            if self.plan.find_warmup && self.warmup.get().is_none() {
                let found = warmup::find(&self.plan, self.control)?;
                self.warmup.get_or_init(|| found);
            }
            work()
        })
    }

    /// The warm-up that [`work`](Self::work) has found.
    pub fn warmup_found(&self) -> Option<&(Span, WarmupFound)> {
        self.warmup.get()
    }

    /// What is studied, for the head of the results; complete when [`work`](Self::work) has begun.
    pub fn studied(&self) -> StudiedScenario {
        StudiedScenario::of(&self.plan, self.warmup.get())
    }

    pub fn control(&self) -> &Control {
        self.control
    }

    /// The plan of a configuration.
    pub fn plan_of(&self, settings: &[Setting]) -> Result<Plan, Problems> {
        let mut plan = self.base.varied(settings, &self.plan.hash)?;
        plan.probes = false;
        if let (true, Some(warmup)) = (plan.find_warmup, self.warmup.get()) {
            plan.warmup = warmup.0;
        }
        Ok(plan)
    }

    /// The plans of configurations, compiled on the threads of the caller's pool.
    pub fn plans_of(&self, configurations: &[Vec<Setting>]) -> Result<Vec<Plan>, Problems> {
        configurations.par_iter().map(|settings| self.plan_of(settings)).collect()
    }

    /// All configurations, on the threads of the caller's pool. Memory grows with their number: hand over a block at a time.
    pub fn measure(&self, configurations: &[Vec<Setting>]) -> Result<Vec<Measured>, StudyError> {
        let outcomes = self.measure_plans(&self.plans_of(configurations)?)?;
        let measured =
            |(settings, outcomes): (&Vec<Setting>, Vec<Outcome>)| Measured { settings: settings.clone(), outcomes };
        Ok(configurations.iter().zip(outcomes).map(measured).collect())
    }

    /// One deployment in all configurations.
    pub fn measure_named(&self, configurations: &[Vec<Setting>], deployment: &str) -> Result<Vec<Outcome>, StudyError> {
        self.measure_times(configurations, deployment, self.plan.replications)
    }

    /// The same with another number of replications; those that both have are the same.
    pub fn measure_times(
        &self,
        configurations: &[Vec<Setting>],
        deployment: &str,
        replications: u32,
    ) -> Result<Vec<Outcome>, StudyError> {
        let plan = |settings: &Vec<Setting>| self.plan_with(settings, deployment, replications);
        let plans: Result<Vec<Plan>, Problems> = configurations.par_iter().map(plan).collect();
        Ok(self.measure_plans(&plans?)?.into_iter().flatten().collect())
    }

    /// The plan of one deployment in a configuration.
    fn plan_with(&self, settings: &[Setting], deployment: &str, replications: u32) -> Result<Plan, Problems> {
        let mut plan = self.plan_of(settings)?;
        plan.replications = replications;
        plan.deployments.retain(|one| one.name == deployment);
        Ok(plan)
    }

    pub fn measure_one(&self, settings: &[Setting]) -> Result<Measured, StudyError> {
        let mut measured = self.measure(&[settings.to_vec()])?;
        Ok(measured.remove(0))
    }

    /// The outcomes of all deployments of all `plans`.
    pub fn measure_plans(&self, plans: &[Plan]) -> Result<Vec<Vec<Outcome>>, StudyError> {
        let mut users: FxHashMap<Class, Vec<User>> = FxHashMap::default();
        let mut classes: Vec<Class> = Vec::new();
        for (index, plan) in plans.iter().enumerate() {
            for (place, deployment) in plan.deployments.iter().enumerate() {
                let class = class(plan, deployment);
                users.entry(class).or_insert_with(|| {
                    classes.push(class);
                    Vec::new()
                });
                users.entry(class).or_default().push((index, place));
            }
        }
        let mut billed: Vec<(User, Outcome)> = Vec::new();
        let mut missing = Vec::new();
        for class in classes {
            let known = self.kept().get(&class);
            match known {
                Some(tallies) => billed.extend(bill(plans, &users[&class], &tallies)?),
                None => missing.push(class),
            }
        }
        let runs = together(plans, &missing, &users);
        let ran: Result<Vec<_>, StudyError> = runs.par_iter().map(|run| self.run(plans, run, &users)).collect();
        billed.extend(ran?.into_iter().flatten());
        billed.sort_by_key(|(user, _)| *user);
        let mut outcomes: Vec<Vec<Outcome>> = plans.iter().map(|_| Vec::new()).collect();
        for ((index, _), outcome) in billed {
            outcomes[index].push(outcome);
        }
        Ok(outcomes)
    }

    /// Simulates one deployment of each class of `run` and bills all that are like it.
    fn run(
        &self,
        plans: &[Plan],
        run: &[Class],
        users: &FxHashMap<Class, Vec<User>>,
    ) -> Result<Vec<(User, Outcome)>, StudyError> {
        let first = |class: &Class| users[class][0];
        let deployments = run.iter().map(first).map(|(index, place)| plans[index].deployments[place].clone());
        let plan = Plan { deployments: deployments.collect(), probes: false, ..plans[first(&run[0]).0].clone() };
        let runs = run_here(&plan, MOST_SHARING, self.control)?;
        let mut billed = Vec::new();
        for (class, tallies) in run.iter().zip(runs.tallies) {
            billed.extend(bill(plans, &users[class], &tallies)?);
            // What nobody shares here is likely not shared elsewhere, but by the next block of a study, and not even there where
            // nobody shares anything.
            let is_at_an_end = |(index, _): &User| *index == 0 || index + 1 == plans.len();
            let may_be_cut = plans.len() < MANY || users.values().any(|users| users.len() > 1);
            if users[class].len() > 1 || (may_be_cut && users[class].iter().any(is_at_an_end)) {
                self.kept().keep(*class, tallies);
            }
        }
        Ok(billed)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bill(plans: &[Plan], users: &[User], tallies: &[Tally]) -> Result<Vec<(User, Outcome)>, StudyError> {
    let one = |&(index, place): &User| {
        let plan = &plans[index];
        Ok(((index, place), Outcome::of(plan, &plan.deployments[place], tallies)?))
    };
    users.par_iter().map(one).collect()
}

/// Everything that decides what is simulated, as a hash: the invocations, the seeds, the model.
fn class(plan: &Plan, deployment: &Deployment) -> Class {
    struct Hashed(Sha256);
    impl Write for Hashed {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text);
            Ok(())
        }
    }
    let mut hashed = Hashed(Sha256::new());
    // Every model says all of itself when it is written for debugging: the types are data and derive it.
    let written = write!(
        hashed,
        "{} {} {} {} {:?}",
        plan.workload_key,
        plan.seed,
        plan.replications,
        deployment.clears_hourly(),
        deployment.model
    );
    written.expect("a hash takes any text");
    hashed.0.finalize().into()
}

/// Classes that can run as one plan: of the same workload, enough runs for every thread.
fn together(plans: &[Plan], classes: &[Class], users: &FxHashMap<Class, Vec<User>>) -> Vec<Vec<Class>> {
    let threads = rayon::current_num_threads();
    let most = (classes.len() / (2 * threads)).clamp(1, MOST_SHARING);
    let mut runs: Vec<Vec<Class>> = Vec::new();
    for class in classes {
        let plan = |class: &Class| &plans[users[class][0].0];
        let hourly = |class: &Class| {
            let (index, place) = users[class][0];
            plans[index].deployments[place].clears_hourly()
        };
        let alike = |run: &&mut Vec<Class>| {
            let (ours, theirs) = (plan(class), plan(&run[0]));
            run.len() < most
                && ours.workload_key == theirs.workload_key
                && (ours.seed, ours.replications) == (theirs.seed, theirs.replications)
                && hourly(class) == hourly(&run[0])
        };
        match runs.iter_mut().rev().find(alike) {
            Some(run) => run.push(*class),
            None => runs.push(vec![*class]),
        }
    }
    runs
}

/// Tallies of the latest classes.
#[derive(Default)]
struct Kept(VecDeque<(Class, Arc<Vec<Tally>>)>);

/// Functions over all tallies that are kept: each holds histograms.
const MOST_KEPT: usize = 1_024;

impl Kept {
    fn get(&mut self, class: &Class) -> Option<Arc<Vec<Tally>>> {
        let place = self.0.iter().position(|(kept, _)| kept == class)?;
        let found = self.0.remove(place)?;
        let tallies = Arc::clone(&found.1);
        self.0.push_front(found);
        Some(tallies)
    }

    fn keep(&mut self, class: Class, tallies: Vec<Tally>) {
        self.0.push_front((class, Arc::new(tallies)));
        let weight = |(_, tallies): &(Class, Arc<Vec<Tally>>)| -> usize {
            tallies.iter().map(|tally| tally.functions.len().max(1)).sum()
        };
        while self.0.len() > 1 && self.0.iter().map(weight).sum::<usize>() > MOST_KEPT {
            self.0.pop_back();
        }
    }
}
