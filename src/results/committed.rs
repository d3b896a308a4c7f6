//! `results.json` of a plan of commitments: how much to buy of what is on offer, and what it leaves to regret.

use serde::{Deserialize, Serialize};

use super::assemble::{mean_money, mean_of};
use super::bill::Bill;
use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;
use super::sweep::SweepAxis;
use crate::billing::BillingError;
use crate::billing::commitment::SiteUse;
use crate::record::Tally;
use crate::scenario::Site;
use crate::units::{Calendar, Money, SimTime};

/// The version of this form.
pub const COMMIT_SCHEMA: &str = "breakeven.commit/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Committed {
    pub schema: String,
    pub scenario: StudiedScenario,
    pub currency: String,
    /// What else makes a draw, beside the replications.
    pub varied: Vec<SweepAxis>,
    /// Futures, each as likely as another: every replication of every combination of what is varied.
    pub draws: usize,
    /// Simulated time, s.
    pub window_s: f64,
    pub sites: Vec<CommitSite>,
}

/// A site that can commit itself. Amounts a month are of 730 hours, and means over draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitSite {
    pub deployment: String,
    pub site: String,
    /// The key of the scenario that buys.
    pub key: String,
    /// Of the whole deployment with nothing bought for this site.
    pub on_demand: Amounts,
    /// Index of the offer with the least expected cost; `null` where none saves anything.
    pub best: Option<usize>,
    pub offers: Vec<CommitOffer>,
    /// The use of clock-hours as the best offer counts it: which part of the time asked for at least so much.
    pub load: Vec<LoadPoint>,
}

/// What a deployment comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amounts {
    pub per_month: Money,
    /// Of the window.
    pub total: Money,
    /// Cash at the start.
    pub upfront: Money,
}

/// One kind, term and way of paying, at the level with the least expected cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitOffer {
    /// As its lines on the bill are called.
    pub name: String,
    pub kind: String,
    pub term: String,
    pub payment: String,
    /// What a level counts: `instances`, or `commitment` in the currency of the bill an hour.
    pub counted: String,
    pub level: Money,
    /// What buys it, for the list under the site's key; `null` where the best level is none.
    pub toml: Option<String>,
    pub cost: Amounts,
    /// On demand less this.
    pub saving_per_month: f64,
    /// Of the mean over what is varied, paired over replications; `null` with one of them.
    pub saving_ci95: Option<[f64; 2]>,
    /// Part of the bill on demand.
    pub saving: f64,
    /// A month: over the level that would have been the best for a draw, known in hindsight; the mean, and the worst draw.
    pub expected_regret: f64,
    pub worst_regret: f64,
    /// Least and highest of the levels that hindsight would choose.
    pub hindsight: [Money; 2],
    /// Part that must be used to pay: its price over the price on demand of what it covers, of the means over draws.
    pub breakeven_utilization: Option<f64>,
    /// The level that the newsvendor's fractile names: commit while more than that part of the time, weighted by the price on
    /// demand of its draw, asks for more.
    pub newsvendor_level: f64,
    /// Used / bought in the window; `null` where nothing is bought.
    pub utilization: Option<f64>,
    /// Part of the use that could be covered, in money on demand.
    pub coverage: Option<f64>,
    pub months: Vec<CommitMonth>,
    pub levels: Vec<CommitLevel>,
}

/// A calendar month of the window, as the mean over draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitMonth {
    /// `2026-01`.
    pub month: String,
    pub utilization: Option<f64>,
    pub coverage: Option<f64>,
    /// Fee and share of the upfront payment.
    pub committed: Money,
    /// What it leaves of the use that it could cover.
    pub on_demand: Money,
}

/// A level that was billed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitLevel {
    pub level: Money,
    /// Expected.
    pub cost_per_month: Money,
    pub expected_regret: f64,
    pub worst_regret: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadPoint {
    /// Part of the time.
    pub share: f64,
    /// That ask for at least so much.
    pub demand: f64,
}

impl Amounts {
    /// Of one run, as it would be billed with `sites`.
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let bill = Bill::of(tally, sites, calendar)?;
        Ok(Self { per_month: bill.month.total(), total: bill.window.total(), upfront: bill.window.upfront })
    }

    pub fn mean(of: &[Self]) -> Self {
        let mean = |figure: fn(&Self) -> Money| mean_money(of.iter().map(figure));
        Self { per_month: mean(|one| one.per_month), total: mean(|one| one.total), upfront: mean(|one| one.upfront) }
    }
}

/// What was used at a site of a run, for `ask`.
pub fn with_use<T>(tally: &Tally, site: usize, ask: impl FnOnce(&SiteUse<'_>) -> T) -> T {
    let (usage, pace) = (tally.usage(), tally.pace());
    let recorded = &tally.sites[site];
    let length = tally.window().end.since(SimTime::ZERO);
    ask(&SiteUse { usage: &usage[site], pace: &pace[site], hours: &recorded.hours, runs: &recorded.runs, length })
}

/// The mean of what is known in every draw; `None` where one does not know it.
pub fn mean_known(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    mean_of(&values.collect::<Option<Vec<f64>>>()?)
}

/// The mean of amounts.
pub fn mean_amount(amounts: &[Money]) -> Money {
    mean_money(amounts.iter().copied())
}

impl CommitSite {
    pub fn best(&self) -> Option<&CommitOffer> {
        self.offers.get(self.best?)
    }

    /// Of the best offer, a month; nothing where none saves.
    pub fn saving(&self) -> f64 {
        self.best().map_or(0.0, |offer| offer.saving_per_month)
    }
}

impl Committed {
    /// Of all sites, the one that saves most.
    pub fn leading(&self) -> Option<&CommitSite> {
        self.sites.iter().reduce(|best, site| if site.saving() > best.saving() { site } else { best })
    }

    /// The table of all levels that were billed.
    pub fn frame(&self) -> Frame {
        let rows: Vec<(&CommitSite, &CommitOffer, &CommitLevel)> = self
            .sites
            .iter()
            .flat_map(|site| site.offers.iter().map(move |offer| (site, offer)))
            .flat_map(|(site, offer)| offer.levels.iter().map(move |level| (site, offer, level)))
            .collect();
        type Row<'a> = (&'a CommitSite, &'a CommitOffer, &'a CommitLevel);
        let text = |of: fn(&Row<'_>) -> String| Column::Text(rows.iter().map(of).collect());
        let money = |of: fn(&Row<'_>) -> Money| Column::Money(rows.iter().map(of).collect());
        let number = |of: fn(&Row<'_>) -> f64| Column::Number(rows.iter().map(of).collect());
        let columns = [
            ("deployment", text(|(site, ..)| site.deployment.clone())),
            ("site", text(|(site, ..)| site.site.clone())),
            ("offer", text(|(_, offer, _)| offer.name.clone())),
            ("kind", text(|(_, offer, _)| offer.kind.clone())),
            ("term", text(|(_, offer, _)| offer.term.clone())),
            ("payment", text(|(_, offer, _)| offer.payment.clone())),
            ("counted", text(|(_, offer, _)| offer.counted.clone())),
            ("level", money(|(.., level)| level.level)),
            ("best", Column::Flag(rows.iter().map(|(_, offer, level)| level.level == offer.level).collect())),
            ("cost_per_month", money(|(.., level)| level.cost_per_month)),
            ("expected_regret_per_month", number(|(.., level)| level.expected_regret)),
            ("worst_regret_per_month", number(|(.., level)| level.worst_regret)),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        Frame { name: "levels".to_owned(), columns }
    }
}
