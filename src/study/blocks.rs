//! Into which blocks of time a run is cut whose intervals must come from itself.
//!
//! A single replication of synthetic sources is cut into about twenty (Schmeiser 1982: more than thirty gain nothing). A trace
//! is one draw of the load whatever the number of replications, and is cut where people's habits are: into days, where it has
//! ten, or into hours. All blocks begin and end where intervals of the timeline do.

use crate::record::{Blocks, Timeline, Window};
use crate::scenario::Plan;
use crate::units::{SimTime, Span};

/// Blocks that a run is cut into, about.
const ABOUT: u64 = 20;
/// Fewer tell nothing of their spread.
const FEWEST: u64 = 10;
/// Hours of a trace that are blocks of their own; more are joined.
const MOST: u64 = 96;

/// `None` where replications tell more, or the window is too short.
pub fn of(plan: &Plan, window: &Window) -> Option<Blocks> {
    let replays = plan.workload.replays();
    let alone = plan.replications == 1 || replays;
    if plan.blocks && alone && plan.horizon.is_none() { cut(window.warmup, window.end, replays) } else { None }
}

fn cut(warmup: SimTime, end: SimTime, habits: bool) -> Option<Blocks> {
    let width = Timeline::width_of(end).ns();
    let from = warmup.ns().next_multiple_of(width);
    let counted = end.ns().saturating_sub(from);
    let (hour, day) = (Span::HOUR.ns(), Span::DAY.ns());
    let about = counted / ABOUT;
    let length = match () {
        () if habits && counted >= FEWEST * day => day,
        () if habits && counted >= FEWEST * hour => hour * (counted / hour).div_ceil(MOST),
        () if about >= day => about / day * day,
        () if about >= hour => about / hour * hour,
        () => about / width * width,
    };
    let count = counted.checked_div(length)?;
    let blocks =
        Blocks { from: SimTime::from_ns(from), length: Span::from_ns(length), count: usize::try_from(count).ok()? };
    (count >= FEWEST).then_some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(warmup: u64, seconds: u64, habits: bool, expected: Option<(u64, u64, usize)>) {
        let at = |seconds: u64| SimTime::ZERO + Span::from_secs(seconds);
        let blocks = cut(at(warmup), at(seconds), habits);
        let expected =
            expected.map(|(from, length, count)| Blocks { from: at(from), length: Span::from_secs(length), count });
        assert_eq!(blocks, expected);
    }

    #[test]
    fn a_trace_of_days_is_cut_into_days_and_a_shorter_one_into_hours() {
        const DAY: u64 = 86_400;
        check(0, 14 * DAY, true, Some((0, DAY, 14)));
        check(0, 2 * DAY, true, Some((0, 3_600, 48)));
        check(0, 9 * DAY, true, Some((0, 3 * 3_600, 72)));
        check(0, 3_600, true, Some((0, 180, 20)));
    }

    #[test]
    fn a_run_is_cut_into_about_twenty_after_the_warm_up() {
        const DAY: u64 = 86_400;
        check(0, 30 * DAY, false, Some((0, DAY, 30)));
        check(0, 7 * DAY, false, Some((0, 8 * 3_600, 21)));
        check(95, 3_600, false, Some((95, 175, 20)));
        check(3_599, 3_600, false, None);
    }
}
