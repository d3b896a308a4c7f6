//! What the hours of all draws ask for, in levels of one offer, and how much of it a newsvendor would own.

use crate::billing::commitment::{HourDemand, HourPrice};
use crate::results::committed::LoadPoint;

/// One hour of one draw.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Asked {
    level: f64,
    /// Part of its draw: a part hour counts as what it is, and every draw as much as another.
    time: f64,
    /// What a level is worth in it at the on-demand price, times its part of the draw.
    worth: f64,
}

/// The hours of all draws, those that ask for most first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    hours: Vec<Asked>,
    /// Of an hour of one level, added up over draws.
    fee: f64,
    worth: f64,
}

/// Sums of shares are as exact as this.
const ROUNDING: f64 = 1e-9;

impl Demand {
    /// `draws`: the price of one of the offer, and what the hours ask for.
    pub fn of(draws: impl Iterator<Item = (HourPrice, Vec<HourDemand>)>) -> Self {
        let mut all = Self::default();
        for (price, hours) in draws {
            let length: f64 = hours.iter().map(|hour| hour.part).sum();
            all.fee += price.fee;
            all.worth += price.worth;
            all.hours.extend(hours.iter().map(|hour| {
                let time = hour.part / length;
                Asked { level: hour.level, time, worth: time * price.worth }
            }));
        }
        all.hours.sort_by(|a, b| b.level.total_cmp(&a.level));
        all
    }

    /// The highest level that any hour can fill.
    pub fn most(&self) -> f64 {
        self.hours.first().map_or(0.0, |hour| hour.level)
    }

    /// The part of a commitment that must be used to pay: its mean price over the mean price on demand of what it covers,
    /// each draw as likely as another. `None` if it covers nothing that costs.
    pub fn breakeven(&self) -> Option<f64> {
        (self.worth > 0.0).then(|| self.fee / self.worth)
    }

    /// The least level beyond which what more of it would cover is worth no more than it costs: with one price, that no more
    /// than the break-even part of the hours exceed.
    pub fn newsvendor(&self) -> f64 {
        let enough = self.fee + self.worth * ROUNDING;
        let mut above = 0.0;
        for hour in &self.hours {
            above += hour.worth;
            if above > enough {
                return hour.level;
            }
        }
        0.0
    }

    /// Which part of the time asks for at least so much, at even steps of it.
    pub fn load(&self) -> Vec<LoadPoint> {
        const POINTS: usize = 200;
        let total: f64 = self.hours.iter().map(|hour| hour.time).sum();
        let (mut place, mut until) = (0, self.hours.first().map_or(0.0, |hour| hour.time));
        let point = |step: usize| {
            let share = step as f64 / POINTS as f64;
            // An hour holds its part of the time up to where the next begins.
            while place + 1 < self.hours.len() && until <= (share - ROUNDING) * total {
                place += 1;
                until += self.hours[place].time;
            }
            LoadPoint { share, demand: self.hours[place].level }
        };
        if self.hours.is_empty() { Vec::new() } else { (0..=POINTS).map(point).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(fee: f64, worth: f64, hours: &[(f64, f64)]) -> (HourPrice, Vec<HourDemand>) {
        let hours = hours.iter().map(|&(level, part)| HourDemand { level, part }).collect();
        (HourPrice { fee, worth }, hours)
    }

    /// One server for an hour and three for half an hour: 0.4 of a dollar is more than a third of the time is worth.
    #[test]
    fn a_part_of_an_hour_counts_as_a_part() {
        let of = |fee: f64| Demand::of([draw(fee, 1.0, &[(1.0, 1.0), (3.0, 0.5)])].into_iter()).newsvendor();
        assert_eq!([of(0.3), of(0.4), of(1.1)], [3.0, 1.0, 0.0]);
    }

    /// What a level costs and is worth is the same in any order of the draws, and dear hours count for more.
    #[test]
    fn draws_with_other_prices_are_averaged() {
        let [cheap, dear] = [draw(0.5, 0.5, &[(1.0, 1.0)]), draw(0.5, 2.0, &[(4.0, 1.0)])];
        for draws in [[cheap.clone(), dear.clone()], [dear, cheap]] {
            let demand = Demand::of(draws.into_iter());
            assert_eq!(demand.breakeven(), Some(0.4));
            // The second to fourth are asked for in one draw of two, where they are worth 2 and cost 0.5 in both.
            assert_eq!(demand.newsvendor(), 4.0);
        }
    }

    #[test]
    fn the_load_is_a_share_of_the_time() {
        let load = Demand::of([draw(0.4, 1.0, &[(1.0, 1.0), (3.0, 0.5)])].into_iter()).load();
        let at = |step: usize| (load[step].share, load[step].demand);
        assert_eq!([at(0), at(66), at(67), at(200)], [(0.0, 3.0), (0.33, 3.0), (0.335, 1.0), (1.0, 1.0)]);
        assert!(Demand::default().load().is_empty());
    }
}
