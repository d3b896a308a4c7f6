//! Blocks of configurations that are measured at the same time, without simulating anything twice.

use std::sync::{MutexGuard, PoisonError};

use rustc_hash::FxHashSet;

use super::{Class, Laboratory, class};
use crate::scenario::Plan;

/// What configurations simulate: good for this laboratory only.
#[derive(Clone, Debug)]
pub struct Simulates(Vec<Class>);

/// Classes that are being simulated, until this goes.
pub struct Begun<'a, 'b> {
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

impl Simulates {
    /// Each class once: configurations that differ only in prices have theirs in common.
    pub fn of(plans: &[Plan]) -> Self {
        let classes = plans.iter().flat_map(|plan| plan.deployments.iter().map(|one| class(plan, one)));
        Self(classes.collect::<FxHashSet<Class>>().into_iter().collect())
    }
}

impl Laboratory<'_> {
    /// Takes note that what `simulates` says and nobody has kept is begun, until what it gives is dropped; `None` at once where
    /// some of that is being simulated by somebody else, who will keep it.
    pub fn begin(&self, simulates: &Simulates) -> Option<Begun<'_, '_>> {
        let mut begun = self.begun();
        if simulates.0.iter().any(|class| begun.contains(class)) {
            return None;
        }
        let classes: Vec<Class> =
            simulates.0.iter().filter(|class| self.kept().get(class).is_none()).copied().collect();
        begun.extend(&classes);
        Some(Begun { laboratory: self, classes })
    }

    fn begun(&self) -> MutexGuard<'_, FxHashSet<Class>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
