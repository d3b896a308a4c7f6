//! The rows of a sweep that pictures and tables show: some of them, chosen by their points alone.

use std::cmp::Ordering;

use super::{SweepPlan, SweepRow};
use crate::results::outcome::Metric;

/// Panels of a chart: combinations of what does not lie along it.
pub const PANELS: usize = 6;
/// Points that stand in tables, the first ones; the others stand in the file of the table.
pub const TABLE: usize = 200;
/// Points of a scatter; more would not be seen.
const DOTS: usize = 600;
/// Points of a line; more would not be seen either.
const LINE: usize = 128;

/// What is shown of a sweep, and what it must say of all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excerpt {
    /// In the order of the points; whole points.
    pub rows: Vec<SweepRow>,
    /// Rows of the whole sweep.
    pub total: usize,
    pub spreads: Vec<Spread>,
    /// Of cost against tail latency: what nothing beats in both, by rising cost. Of equals the first.
    pub front: Vec<SweepRow>,
    /// Rows that have a cost and a tail latency.
    pub measured: usize,
}

/// Between what values the figures of a deployment lie, over all points.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub deployment: String,
    /// By [`Metric::ALL`]; infinite where nothing was measured.
    figures: Vec<Ends>,
}

/// The least value, the least above zero, and the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    pub least: f64,
    pub positive: f64,
    pub most: f64,
}

impl Ends {
    pub const NONE: Self = Self { least: f64::INFINITY, positive: f64::INFINITY, most: f64::NEG_INFINITY };

    fn take(&mut self, value: f64) {
        *self =
            self.with(Self { least: value, positive: if value > 0.0 { value } else { f64::INFINITY }, most: value });
    }

    pub fn with(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            positive: self.positive.min(other.positive),
            most: self.most.max(other.most),
        }
    }
}

impl Spread {
    pub fn ends(&self, metric: Metric) -> Ends {
        self.figures[metric as usize]
    }
}

/// Gathers an [`Excerpt`] while rows pass by.
pub struct Gathered<'a> {
    plan: &'a SweepPlan,
    excerpt: Excerpt,
    front: Front,
}

impl<'a> Gathered<'a> {
    pub fn new(plan: &'a SweepPlan) -> Self {
        Self { plan, excerpt: Excerpt::default(), front: Front::default() }
    }

    /// Takes rows in, in the order of their points.
    pub fn add(&mut self, rows: &[SweepRow]) {
        for row in rows {
            self.excerpt.total += 1;
            self.spread(row);
            if let Some(at) = row.tradeoff() {
                self.excerpt.measured += 1;
                self.front.add(at, row);
            }
            if is_shown(self.plan, row.point as usize) {
                self.excerpt.rows.push(row.clone());
            }
        }
    }

    fn spread(&mut self, row: &SweepRow) {
        let spreads = &mut self.excerpt.spreads;
        let known = spreads.iter().position(|one| one.deployment == row.deployment);
        let place = known.unwrap_or_else(|| {
            let figures = vec![Ends::NONE; Metric::ALL.len()];
            spreads.push(Spread { deployment: row.deployment.clone(), figures });
            spreads.len() - 1
        });
        for (ends, [mean, ..]) in spreads[place].figures.iter_mut().zip(&row.figures) {
            mean.iter().filter(|value| value.is_finite()).for_each(|value| ends.take(*value));
        }
    }

    pub fn excerpt(self) -> Excerpt {
        let front = self.front.0.into_iter().map(|one| one.row).collect();
        Excerpt { front, ..self.excerpt }
    }
}

/// Some for a scatter, the first for tables, and of a grid lines along each axis.
fn is_shown(plan: &SweepPlan, point: usize) -> bool {
    let is_drawn = |axis| [true, false].iter().any(|prices| panel(plan, axis, *prices, point as u64).is_some());
    is_dot(plan, point as u64) || point < TABLE || (0..plan.axes.len()).any(is_drawn)
}

/// Whether a point is among the [`DOTS`], about, of a scatter: by a hash (the end of SplitMix64), since every n-th would have
/// the same values of the axes that change fast.
pub fn is_dot(plan: &SweepPlan, point: u64) -> bool {
    let mixed = (point ^ (point >> 30)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let share = ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
    share * plan.points as f64 <= DOTS as f64
}

/// In which panel of a chart `along` an axis a point is drawn, if it is: each has another combination of the values of the other
/// axes, spread from the first to the last. Without `prices` the first value of these stands for all.
pub fn panel(plan: &SweepPlan, along: usize, prices: bool, point: u64) -> Option<usize> {
    let levels = plan.levels(along)?;
    let level = plan.level(along, point);
    let is_drawn = level.is_multiple_of(levels.div_ceil(LINE).max(1)) || level + 1 == levels;
    let (mut combination, mut all) = (0, 1);
    for axis in (0..plan.axes.len()).filter(|axis| *axis != along) {
        let level = plan.level(axis, point);
        if prices || !plan.axes[axis].is_of_prices() {
            let levels = plan.levels(axis)?;
            (combination, all) = (combination * levels + level, all * levels);
        } else if level > 0 {
            return None;
        }
    }
    let panels = PANELS.min(all);
    let combination_of = |panel: usize| panel * (all - 1) / (panels - 1).max(1);
    (0..panels).find(|panel| is_drawn && combination_of(*panel) == combination)
}

/// What nothing beats in cost and tail latency, by rising cost and falling latency.
#[derive(Default)]
struct Front(Vec<Unbeaten>);

struct Unbeaten {
    at: [f64; 2],
    row: SweepRow,
}

impl Front {
    fn add(&mut self, at: [f64; 2], row: &SweepRow) {
        let order = |one: &Unbeaten| one.at[0].total_cmp(&at[0]).then(one.at[1].total_cmp(&at[1]));
        let Err(place) = self.0.binary_search_by(order) else { return };
        // What is as cheap or cheaper has the less latency the dearer it is: the one before says whether any beats this.
        if place > 0 && self.0[place - 1].at[1] <= at[1] {
            return;
        }
        let beaten = self.0[place..].iter().take_while(|one| one.at[1].total_cmp(&at[1]) != Ordering::Less).count();
        self.0.splice(place..place + beaten, [Unbeaten { at, row: row.clone() }]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sweep::SweepAxis;

    fn plan(design: &str, levels: &[usize]) -> SweepPlan {
        let axis = |(place, levels): (usize, &usize)| SweepAxis {
            path: format!("axis{place}"),
            unit: String::new(),
            values: (0..*levels).map(|level| level.to_string()).collect(),
        };
        SweepPlan {
            design: design.to_owned(),
            axes: levels.iter().enumerate().map(axis).collect(),
            points: levels.iter().product(),
            ..SweepPlan::example()
        }
    }

    fn shown(design: &str, levels: &[usize]) -> usize {
        let plan = plan(design, levels);
        (0..plan.points).filter(|point| is_shown(&plan, *point)).count()
    }

    #[test]
    fn a_small_sweep_is_shown_whole_and_a_large_one_does_not_grow() {
        assert_eq!(shown("grid", &[7, 10]), 70);
        assert_eq!(shown("lhs", &[600]), 600);
        let most = |axes: usize| DOTS + DOTS / 5 + TABLE + 2 * axes * PANELS * (LINE + 1);
        for levels in [vec![1_000_000], vec![1_000, 1_000], vec![100, 100, 100]] {
            assert!(shown("grid", &levels) <= most(levels.len()), "{levels:?}");
        }
        assert!(shown("lhs", &[1_000_000]) <= most(0));
    }

    /// All values of an axis, at the first and at the last values of the others, whichever of them changes fastest.
    #[test]
    fn of_a_grid_lines_along_each_axis_are_whole() {
        let plan = plan("grid", &[40, 50, 60]);
        for along in 0..3 {
            let others =
                |point: &u64| (0..3).filter(|axis| *axis != along).map(|axis| plan.level(axis, *point)).collect();
            for (expected, place) in [([0, 0, 0], 0), ([39, 49, 59], PANELS - 1)] {
                let expected: Vec<usize> = (0..3).filter(|axis| *axis != along).map(|axis| expected[axis]).collect();
                let is_there = |point: &u64| -> bool { Vec::<usize>::eq(&others(point), &expected) };
                let line: Vec<u64> = (0..plan.points as u64).filter(is_there).collect();
                assert_eq!(line.len(), [40, 50, 60][along]);
                assert!(line.iter().all(|point| panel(&plan, along, true, *point) == Some(place)), "axis {along}");
                assert!(line.iter().all(|point| is_shown(&plan, *point as usize)), "axis {along}");
            }
        }
    }

    /// Against the definition, one with each of the others.
    #[test]
    fn the_front_is_what_nothing_beats() {
        let mut points: Vec<[f64; 2]> =
            (0_u32..400).map(|n| [n * 7_919 % 23, n * 104_729 % 29].map(f64::from)).collect();
        points.extend([[5.0, 0.0], [0.0, 11.0], [5.0, 0.0]]);
        let beats = |a: &[f64; 2], b: &[f64; 2]| a[0] <= b[0] && a[1] <= b[1] && a != b;
        let unbeaten = |at: &&[f64; 2]| !points.iter().any(|other| beats(other, at));
        let mut expected: Vec<[f64; 2]> = points.iter().filter(unbeaten).copied().collect();
        expected.sort_by(|a, b| a[0].total_cmp(&b[0]));
        expected.dedup();
        let mut front = Front::default();
        points.iter().for_each(|at| front.add(*at, &SweepRow::example()));
        let found: Vec<[f64; 2]> = front.0.iter().map(|one| one.at).collect();
        assert_eq!(found, expected);
    }
}
