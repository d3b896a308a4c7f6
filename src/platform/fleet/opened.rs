//! The same fleet, seen from a later instant on: a stretch of a long window as a window of its own.

use crate::policy::scaling::{Policy, ScalerSpec, Scheduled, ScheduledAction};
use crate::units::{SimTime, Span};

use super::{FleetSize, FleetSpec};

impl FleetSpec {
    /// What is stated for an instant happens `later` earlier. Sizes that a timetable has set by then hold from the start;
    /// maintenance keeps its phase.
    #[must_use]
    pub fn opened(&self, later: Span) -> Self {
        let at = |instant: SimTime| SimTime::ZERO + instant.since(SimTime::ZERO + later);
        let mut spec = self.clone();
        spec.hazards.outages.retain(|(_, to)| *to > SimTime::ZERO + later);
        for (from, to) in &mut spec.hazards.outages {
            (*from, *to) = (at(*from), at(*to));
        }
        spec.hazards.supply = spec.hazards.supply.map(|supply| supply.opened(later));
        if let Some(ScalerSpec::Group(policies)) = &mut spec.scaler {
            for policy in policies {
                if let Policy::Scheduled(scheduled) = policy {
                    *policy = Policy::Scheduled(opened(scheduled, later, &mut spec.size));
                }
            }
        }
        spec
    }
}

/// What is still to come of a timetable; what is past is done to `size`.
fn opened(scheduled: &Scheduled, later: Span, size: &mut FleetSize) -> Scheduled {
    let open = SimTime::ZERO + later;
    for action in scheduled.actions.iter().filter(|action| action.at <= open) {
        size.most = action.most.unwrap_or(size.most);
        size.least = action.least.unwrap_or(size.least).min(size.most);
        size.initial = action.desired.unwrap_or(size.initial).clamp(size.least, size.most);
    }
    let to_come = scheduled.actions.iter().filter(|action| action.at > open);
    let actions = to_come.map(|action| ScheduledAction { at: SimTime::ZERO + action.at.since(open), ..*action });
    Scheduled { actions: actions.collect() }
}
