//! Which weeks are simulated, and for which others each of them stands.

use crate::record::Placing;
use crate::scenario::Horizon;
use crate::units::{SimTime, Span};

const WEEK: Span = Span::from_secs(7 * 86_400);

/// A stretch that begins later than the window is led in by a day: the system is as full as it would be.
const LEAD_IN: Span = Span::DAY;

/// What is simulated in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: SimTime,
    pub length: Span,
    /// Where it stands, its own place among them.
    pub places: Vec<SimTime>,
}

impl Stretch {
    pub fn placing(&self, at: SimTime) -> Placing {
        let lead_in = LEAD_IN.min(self.from.since(SimTime::ZERO));
        Placing { from: self.from, length: self.length, lead_in, at }
    }
}

/// The stretches of a window, in order of time. What does not make a whole week stands for itself.
pub fn strata(horizon: &Horizon, duration: Span) -> Vec<Stretch> {
    let Horizon::Weeks { weeks, also } = horizon;
    let count = duration.ns() / WEEK.ns();
    let alone = |week: u64| also.iter().any(|instant| instant.ns() / WEEK.ns() == week);
    let others: Vec<u64> = (0..count).filter(|week| !alone(*week)).collect();
    let mut stretches: Vec<Stretch> =
        (0..count).filter(|week| alone(*week)).map(|week| stretch(week, &[week])).collect();
    stretches.extend(
        groups(&others, *weeks as usize).enumerate().map(|(index, group)| stretch(middle(index, group), group)),
    );
    let over = Span::from_ns(duration.ns() % WEEK.ns());
    if over > Span::ZERO {
        let from = at(count);
        stretches.push(Stretch { from, length: over, places: vec![from] });
    }
    stretches.sort_by_key(|stretch| stretch.from);
    stretches
}

/// `weeks` in at most `count` groups of neighbours, as equal as can be.
fn groups(weeks: &[u64], count: usize) -> impl Iterator<Item = &[u64]> {
    let count = count.min(weeks.len()).max(1);
    (0..count).map(move |group| &weeks[group * weeks.len() / count..(group + 1) * weeks.len() / count])
}

/// The middle week. Of an even number the one before the middle and the one after it take turns: a steady growth then
/// cancels out.
fn middle(index: usize, group: &[u64]) -> u64 {
    let before = group.len().is_multiple_of(2) && index.is_multiple_of(2);
    group.get(group.len() / 2 - usize::from(before && !group.is_empty())).copied().unwrap_or(0)
}

fn at(week: u64) -> SimTime {
    SimTime::from_ns(week.saturating_mul(WEEK.ns()))
}

fn stretch(week: u64, group: &[u64]) -> Stretch {
    Stretch { from: at(week), length: WEEK, places: group.iter().map(|week| at(*week)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(weeks: u32, also: &[u64], days: u64) -> Vec<(u64, usize)> {
        let also = also.iter().map(|day| SimTime::ZERO + Span::from_secs(day * 86_400)).collect();
        let stretches = strata(&Horizon::Weeks { weeks, also }, Span::from_secs(days * 86_400));
        stretches.iter().map(|stretch| (stretch.from.ns() / WEEK.ns(), stretch.places.len())).collect()
    }

    #[test]
    fn the_middle_week_stands_for_its_neighbours_and_what_is_left_for_itself() {
        assert_eq!(weeks(3, &[], 63), [(1, 3), (4, 3), (7, 3)]);
        assert_eq!(weeks(2, &[], 56), [(1, 4), (6, 4)]);
        assert_eq!(weeks(1, &[], 24), [(1, 3), (3, 1)]);
    }

    #[test]
    fn a_week_that_is_asked_for_stands_for_itself() {
        assert_eq!(weeks(2, &[15], 49), [(1, 3), (2, 1), (5, 3)]);
    }

    #[test]
    fn every_week_has_one_place() {
        for (chosen, days) in [(12, 1_095), (5, 365), (52, 365), (60, 365), (1, 7), (4, 3)] {
            let stretches = strata(&Horizon::Weeks { weeks: chosen, also: Vec::new() }, Span::from_secs(days * 86_400));
            let mut places: Vec<u64> =
                stretches.iter().flat_map(|stretch| &stretch.places).map(|place| place.ns() / WEEK.ns()).collect();
            places.sort_unstable();
            assert_eq!(places, (0..days.div_ceil(7)).collect::<Vec<_>>(), "{chosen} of {days} days");
        }
    }
}
