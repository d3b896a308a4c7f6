//! The levels of one offer, billed in every draw.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::super::{Control, StudyError};
use super::demand::Demand;
use super::least::{grid, least};
use super::offer::Offer;
use crate::billing::BillingError;
use crate::billing::commitment::{MonthFigures, Portfolio};
use crate::record::Tally;
use crate::results::committed::{Amounts, CommitLevel, CommitMonth, CommitOffer, mean_amount, mean_known, with_use};
use crate::scenario::Site;
use crate::stats::Interval;
use crate::units::{Calendar, Money};

/// A future: what was used in it, and what one of the offer would cost in it.
pub struct Draw<'a> {
    pub tally: &'a Tally,
    /// Of the deployment.
    pub sites: &'a [Site],
    /// The site that buys.
    pub place: usize,
    pub calendar: Calendar,
    /// Draws with the same number share their random numbers.
    pub replication: usize,
}

impl Draw<'_> {
    /// That holds one of the offer.
    fn one(&self) -> &Portfolio {
        let commitments = self.sites[self.place].tariff.commitments.as_deref();
        commitments.expect("a site with an offer holds one of it")
    }

    fn holding(&self, level: Decimal) -> Result<Portfolio, BillingError> {
        let one = self.one();
        one.holding(one.clearing().held().iter().map(|held| held.times(level)).collect())
    }

    fn bill(&self, level: Decimal) -> Result<Amounts, BillingError> {
        let mut sites = self.sites.to_vec();
        let bought = level > Decimal::ZERO;
        sites[self.place].tariff.commitments = if bought { Some(Box::new(self.holding(level)?)) } else { None };
        Amounts::of(self.tally, &sites, self.calendar)
    }

    fn months(&self, level: Decimal) -> Result<Vec<MonthFigures>, BillingError> {
        let (holding, tariff) = (self.holding(level)?, &self.sites[self.place].tariff);
        with_use(self.tally, self.place, |of| holding.by_month(of, tariff, self.calendar))
    }
}

/// Levels are shown closely up to so many times the best.
const AROUND: u64 = 4;

/// The search for the best level of one offer.
pub struct Levels<'a> {
    offer: &'a Offer,
    draws: Vec<Draw<'a>>,
    demand: Demand,
    /// The place of the highest level that any hour can fill.
    most: u64,
    control: &'a Control,
    /// By draw and place.
    billed: FxHashMap<(usize, u64), Amounts>,
}

/// What was found for one offer.
pub struct Planned {
    pub offer: CommitOffer,
    /// The bills of the draws with nothing bought.
    pub nothing: Vec<Amounts>,
    pub demand: Demand,
}

impl<'a> Levels<'a> {
    pub fn new(offer: &'a Offer, draws: Vec<Draw<'a>>, control: &'a Control) -> Result<Self, StudyError> {
        let of = |draw: &Draw<'_>| {
            let hours = with_use(draw.tally, draw.place, |used| draw.one().demand(used));
            (draw.one().price(), hours)
        };
        let demand = Demand::of(draws.iter().map(of));
        let most = offer.place(demand.most());
        Ok(Self { offer, draws, demand, most, control, billed: FxHashMap::default() })
    }

    /// What a draw costs with the level of a place.
    fn bill(&mut self, draw: usize, place: u64) -> Result<Amounts, StudyError> {
        if let Some(known) = self.billed.get(&(draw, place)) {
            return Ok(*known);
        }
        // Bills of many months take a while: an interrupt is heard between them.
        self.control.simulated(0)?;
        let amounts = self.draws[draw].bill(self.offer.level(place))?;
        self.billed.insert((draw, place), amounts);
        Ok(amounts)
    }

    fn all(&mut self, place: u64) -> Result<Vec<Amounts>, StudyError> {
        (0..self.draws.len()).map(|draw| self.bill(draw, place)).collect()
    }

    pub fn plan(mut self) -> Result<Planned, StudyError> {
        let most = self.most;
        let expected = |levels: &mut Self, place| -> Result<Money, StudyError> {
            Ok(levels.all(place)?.iter().map(|one| one.per_month).sum())
        };
        let best = least(most, |place| expected(&mut self, place))?;
        let hindsight: Vec<u64> = (0..self.draws.len())
            .map(|draw| least(most, |place| Ok::<_, StudyError>(self.bill(draw, place)?.per_month)))
            .collect::<Result<_, _>>()?;
        let known = hindsight.iter().enumerate().map(|(draw, place)| self.bill(draw, *place));
        let ideal: Vec<f64> = known.map(|bill| Ok(bill?.per_month.to_f64())).collect::<Result<_, StudyError>>()?;
        let mut places = grid(most);
        // Where a peak is far above the best level, its surroundings are seen too.
        places.extend(grid(best.saturating_mul(AROUND).min(most)));
        places.push(best);
        places.sort_unstable();
        places.dedup();
        let levels: Vec<CommitLevel> =
            places.iter().map(|place| self.level(*place, &ideal)).collect::<Result<_, StudyError>>()?;
        let nothing = self.all(0)?;
        let offer = self.offer(best, &hindsight, (levels, &nothing))?;
        Ok(Planned { offer, nothing, demand: self.demand })
    }

    fn level(&mut self, place: u64, ideal: &[f64]) -> Result<CommitLevel, StudyError> {
        let bills: Vec<Money> = self.all(place)?.iter().map(|one| one.per_month).collect();
        // What hindsight pays is the least: a difference below zero is rounding.
        let regrets = || bills.iter().zip(ideal).map(|(bill, ideal)| (bill.to_f64() - ideal).max(0.0));
        Ok(CommitLevel {
            level: Money(self.offer.level(place)),
            cost_per_month: mean_amount(&bills),
            expected_regret: regrets().sum::<f64>() / bills.len().max(1) as f64,
            worst_regret: regrets().fold(0.0, f64::max),
        })
    }

    /// Of the mean saving. What is varied is stated and known exactly, so that only replications are chance: each of them has
    /// one saving, the mean over what is varied.
    fn interval(&self, nothing: &[Amounts], bought: &[Amounts]) -> Option<Interval> {
        let savings = nothing.iter().zip(bought).map(|(before, after)| (before.per_month - after.per_month).to_f64());
        let numbered = self.draws.iter().map(|draw| draw.replication).zip(savings);
        Interval::of(&means_of_groups(numbered))
    }

    fn offer(
        &mut self,
        best: u64,
        hindsight: &[u64],
        (levels, nothing): (Vec<CommitLevel>, &[Amounts]),
    ) -> Result<CommitOffer, StudyError> {
        let bills = self.all(best)?;
        let level = self.offer.level(best);
        let months: Vec<Vec<MonthFigures>> = match best {
            0 => Vec::new(),
            _ => self.draws.iter().map(|draw| draw.months(level)).collect::<Result<_, _>>()?,
        };
        let [before, after] = [nothing, &bills].map(|bills| Amounts::mean(bills).per_month);
        let saving_per_month = (before - after).to_f64();
        let ends = hindsight.iter().min().zip(hindsight.iter().max());
        let [low, high] = ends.map_or([0, 0], |(low, high)| [*low, *high]);
        let first = self.draws.first();
        let chosen = levels.iter().find(|one| one.level.0 == level).copied();
        let (utilization, coverage) = overall(&months);
        Ok(CommitOffer {
            name: first
                .and_then(|draw| draw.one().clearing().held().first())
                .map_or_else(String::new, |held| held.name.clone()),
            kind: self.offer.kind.clone(),
            term: self.offer.term.clone(),
            payment: self.offer.payment.clone(),
            counted: self.offer.counted().to_owned(),
            level: Money(level),
            toml: (best > 0).then(|| self.offer.toml(level)),
            cost: Amounts::mean(&bills),
            saving_per_month,
            saving_ci95: self.interval(nothing, &bills).map(|ci| [ci.low(), ci.high()]),
            saving: if before > Money::ZERO { saving_per_month / before.to_f64() } else { 0.0 },
            expected_regret: chosen.map_or(0.0, |one| one.expected_regret),
            worst_regret: chosen.map_or(0.0, |one| one.worst_regret),
            hindsight: [low, high].map(|place| Money(self.offer.level(place))),
            breakeven_utilization: self.demand.breakeven(),
            newsvendor_level: self.demand.newsvendor(),
            utilization,
            coverage,
            months: by_month(&months),
            levels,
        })
    }
}

/// The mean of the values of each group, which is named beside them; nothing where the groups differ in size.
fn means_of_groups(values: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut groups: Vec<(u32, f64)> = Vec::new();
    for (group, value) in values {
        if groups.len() <= group {
            groups.resize(group + 1, (0, 0.0));
        }
        groups[group].0 += 1;
        groups[group].1 += value;
    }
    let alike = groups.windows(2).all(|pair| pair[0].0 == pair[1].0);
    groups.into_iter().filter(|_| alike).map(|(count, sum)| sum / f64::from(count)).collect()
}

/// Utilisation and coverage over all months, means over draws.
fn overall(draws: &[Vec<MonthFigures>]) -> (Option<f64>, Option<f64>) {
    if draws.is_empty() {
        return (None, None);
    }
    let sum = |months: &[MonthFigures], of: fn(&MonthFigures) -> Money| months.iter().map(of).sum::<Money>().to_f64();
    let part = |months: &Vec<MonthFigures>, part: fn(&MonthFigures) -> Money, whole: fn(&MonthFigures) -> Money| {
        let whole = sum(months, whole);
        (whole > 0.0).then(|| sum(months, part) / whole)
    };
    let used = |month: &MonthFigures| month.held.iter().map(|held| held.cost - held.unused).sum::<Money>();
    let cost = |month: &MonthFigures| month.held.iter().map(|held| held.cost).sum::<Money>();
    (
        mean_known(draws.iter().map(|months| part(months, used, cost))),
        mean_known(draws.iter().map(|months| part(months, |month| month.covered, |month| month.eligible))),
    )
}

/// Calendar months, as means over draws.
fn by_month(draws: &[Vec<MonthFigures>]) -> Vec<CommitMonth> {
    let Some(first) = draws.first() else { return Vec::new() };
    let month = |of: &MonthFigures| {
        let same: Vec<&MonthFigures> = draws.iter().flatten().filter(|other| other.month == of.month).collect();
        let held = |figures: &MonthFigures| figures.held.iter().map(|held| held.cost).sum::<Money>();
        CommitMonth {
            month: of.month.map_or_else(String::new, |id| id.label()),
            utilization: mean_known(same.iter().map(|figures| figures.held.first()?.utilization())),
            coverage: mean_known(same.iter().map(|figures| figures.coverage())),
            committed: mean_amount(&same.iter().map(|figures| held(figures)).collect::<Vec<_>>()),
            on_demand: mean_amount(&same.iter().map(|figures| figures.eligible - figures.covered).collect::<Vec<_>>()),
        }
    };
    first.iter().map(month).collect()
}
