//! The same fleet with a member more or less.

use crate::policy::hazard::Maintenance;
use crate::policy::scaling::{Policy, ScalerSpec, Scheduled, ScheduledAction};

use super::{FleetSize, FleetSpec};

impl FleetSpec {
    /// With so many members more at any time: bounds, the start, and every size of a timetable move. Where a timetable
    /// wants none there are none. `None` if nothing would be left.
    #[must_use]
    pub fn resized(&self, change: i32) -> Option<Self> {
        let timetable = self.has_timetable();
        let mut spec = Self { size: changed(self.size, change, timetable)?, ..self.clone() };
        if let Some(ScalerSpec::Group(policies)) = &mut spec.scaler {
            for policy in policies {
                if let Policy::Scheduled(scheduled) = policy {
                    *scheduled = moved(scheduled, change)?;
                }
            }
        }
        let hosts = |plan: Maintenance| Maintenance { hosts: plan.hosts.saturating_add_signed(change), ..plan };
        spec.hazards.maintenance = spec.hazards.maintenance.map(hosts);
        Some(spec)
    }

    fn has_timetable(&self) -> bool {
        let scheduled = |policy: &Policy| matches!(policy, Policy::Scheduled(_));
        matches!(&self.scaler, Some(ScalerSpec::Group(policies)) if policies.iter().any(scheduled))
    }
}

/// All bounds move; a fleet that always has a member keeps one.
fn changed(size: FleetSize, change: i32, timetable: bool) -> Option<FleetSize> {
    let stays = |size: u32| timetable && size == 0;
    let moved = |size: u32| if stays(size) { 0 } else { size.saturating_add_signed(change) };
    let most = moved(size.most);
    let least = moved(size.least).max(size.least.min(1)).min(most);
    let initial = moved(size.initial).clamp(least, most);
    (most > 0).then_some(FleetSize { least, most, initial })
}

/// Of sizes that are not zero; `None` if there would be none where some are wanted.
fn moved(scheduled: &Scheduled, change: i32) -> Option<Scheduled> {
    let size = |size: u32| if size == 0 { Some(0) } else { size.checked_add_signed(change).filter(|size| *size > 0) };
    let all = |stated: Option<u32>| stated.map_or(Some(None), |stated| size(stated).map(Some));
    let action = |action: &ScheduledAction| {
        // The last of those that are always there stays.
        let least = action.least.map(|least| size(least).unwrap_or(1));
        Some(ScheduledAction { at: action.at, least, most: all(action.most)?, desired: all(action.desired)? })
    };
    let actions: Option<Vec<ScheduledAction>> = scheduled.actions.iter().map(action).collect();
    Some(Scheduled { actions: actions?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimTime;

    #[track_caller]
    fn check(size: [u32; 3], change: i32, expected: Option<[u32; 3]>) {
        check_size(size, change, false, expected);
    }

    #[track_caller]
    fn check_size(size: [u32; 3], change: i32, timetable: bool, expected: Option<[u32; 3]>) {
        let [least, most, initial] = size;
        let changed = changed(FleetSize { least, most, initial }, change, timetable);
        assert_eq!(changed.map(|size| [size.least, size.most, size.initial]), expected, "{size:?} {change:+}");
    }

    #[test]
    fn all_bounds_of_a_fleet_move_and_none_loses_its_last_member() {
        check([4, 4, 4], 1, Some([5, 5, 5]));
        check([4, 4, 4], -1, Some([3, 3, 3]));
        check([1, 1, 1], -1, None);
        check([1, 8, 1], -1, Some([1, 7, 1]));
        check([0, 8, 0], -1, Some([0, 7, 0]));
        check([0, 8, 0], 1, Some([1, 9, 1]));
        check([2, 8, 8], -1, Some([1, 7, 7]));
    }

    #[test]
    fn a_timetable_that_begins_with_none_does() {
        check_size([0, 6, 0], 1, true, Some([0, 7, 0]));
        check_size([0, 6, 6], -1, true, Some([0, 5, 5]));
        check_size([0, 1, 0], -1, true, None);
    }

    /// Least, most and desired of one action.
    #[track_caller]
    fn check_action(sizes: [Option<u32>; 3], change: i32, expected: Option<[Option<u32>; 3]>) {
        let [least, most, desired] = sizes;
        let scheduled = Scheduled { actions: vec![ScheduledAction { at: SimTime::ZERO, least, most, desired }].into() };
        let found = moved(&scheduled, change).map(|moved| {
            let ScheduledAction { least, most, desired, .. } = moved.actions[0];
            [least, most, desired]
        });
        assert_eq!(found, expected, "{sizes:?} {change:+}");
    }

    #[test]
    fn every_size_of_a_timetable_moves_but_none_at_all() {
        check_action([None, None, Some(6)], 1, Some([None, None, Some(7)]));
        check_action([Some(2), Some(8), Some(0)], 1, Some([Some(3), Some(9), Some(0)]));
        check_action([Some(1), Some(8), None], -1, Some([Some(1), Some(7), None]));
        check_action([None, None, Some(1)], -1, None);
        check_action([Some(0), Some(0), Some(0)], -1, Some([Some(0), Some(0), Some(0)]));
    }
}
