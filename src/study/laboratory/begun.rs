//! Blocks of configurations that are measured at the same time, without simulating anything twice.

use std::sync::{MutexGuard, PoisonError};

use rustc_hash::FxHashSet;

use super::{Class, Laboratory, Measured, StudyError, class};
use crate::scenario::Problems;
use crate::scenario::vary::Setting;

/// What a configuration simulates: known once it has been compiled, and good for this laboratory only.
#[derive(Clone, Debug)]
pub struct Simulates(Vec<Class>);

/// Classes that are being simulated, until this goes.
struct Begun<'a, 'b> {
    laboratory: &'a Laboratory<'b>,
    classes: Vec<Class>,
}

impl Drop for Begun<'_, '_> {
    fn drop(&mut self) {
        let mut begun = self.laboratory.begun();
        for class in &self.classes {
            begun.remove(class);
        }
    }
}

impl Laboratory<'_> {
    /// Compiles a configuration: what it simulates, or what is wrong with it.
    pub fn simulates(&self, settings: &[Setting]) -> Result<Simulates, Problems> {
        let plan = self.plan_of(settings)?;
        Ok(Simulates(plan.deployments.iter().map(|deployment| class(&plan, deployment)).collect()))
    }

    /// As [`measure`](Self::measure), with what each of the configurations simulates; `None` at once where some of that is being
    /// simulated by somebody else, who will keep it.
    pub fn measure_unless_begun(
        &self,
        configurations: &[Vec<Setting>],
        simulate: &[Simulates],
    ) -> Result<Option<Vec<Measured>>, StudyError> {
        let Some(_begun) = self.begin(simulate) else { return Ok(None) };
        self.measure(configurations).map(Some)
    }

    /// Takes note of what `simulate` need and nobody has kept.
    fn begin(&self, simulate: &[Simulates]) -> Option<Begun<'_, '_>> {
        let mut begun = self.begun();
        let needed: FxHashSet<Class> = simulate.iter().flat_map(|one| &one.0).copied().collect();
        if needed.iter().any(|class| begun.contains(class)) {
            return None;
        }
        let classes: Vec<Class> = needed.into_iter().filter(|class| self.kept().get(class).is_none()).collect();
        begun.extend(&classes);
        Some(Begun { laboratory: self, classes })
    }

    fn begun(&self) -> MutexGuard<'_, FxHashSet<Class>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
