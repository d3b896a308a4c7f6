//! How well what was bought in advance served.

use serde::{Deserialize, Serialize};

use super::assemble::{mean_money, mean_of};
use super::figures::Figures;
use crate::billing::commitment::Served;
use crate::units::Money;

/// One commitment of a deployment over the whole window; means over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitmentResult {
    /// As its lines on the bill are called.
    pub name: String,
    /// The site whose use it covers.
    pub site: String,
    /// What `bought` and `used` are counted in: `instance-hours`, or `commitment` in the currency of the bill.
    pub counted: String,
    pub bought: f64,
    pub used: f64,
    /// `used` / `bought`; `null` where nothing was bought.
    pub utilization: Option<f64>,
    /// Part of all use of the site that a commitment could cover, in money on demand, that this one covered; `null`
    /// without use, and for reserved capacity, which covers nothing.
    pub coverage: Option<f64>,
    /// Of the window, used or not. Of reserved capacity: what its unused part adds, before other commitments cover it.
    pub cost: Money,
    /// The part of `cost` that bought nothing that was used.
    pub unused_amount: Money,
    /// What it covered, at the on-demand price: less than `cost` where it did not pay.
    pub covered_amount: Money,
}

/// The same commitments in every replication, each as the mean.
pub(super) fn results(figures: &[Figures]) -> Vec<CommitmentResult> {
    let Some(first) = figures.first() else { return Vec::new() };
    let result = |(index, (site, served)): (usize, &(String, Served))| {
        let all: Vec<&Served> = figures.iter().map(|of| &of.commitments[index].1).collect();
        let mean = |value: fn(&Served) -> f64| {
            let values: Vec<f64> = all.iter().map(|of| value(of)).collect();
            mean_of(&values).unwrap_or(0.0)
        };
        let money = |value: fn(&Served) -> Money| mean_money(all.iter().map(|of| value(of)));
        let known = |value: fn(&Served) -> Option<f64>| {
            let values: Option<Vec<f64>> = all.iter().map(|of| value(of)).collect();
            values.and_then(|values| mean_of(&values))
        };
        CommitmentResult {
            name: served.name.clone(),
            site: site.clone(),
            counted: served.counted.to_owned(),
            bought: mean(|of| of.bought),
            used: mean(|of| of.used),
            utilization: known(|of| of.utilization),
            coverage: known(|of| of.coverage),
            cost: money(|of| of.cost),
            unused_amount: money(|of| of.unused),
            covered_amount: money(|of| of.covered),
        }
    };
    first.commitments.iter().enumerate().map(result).collect()
}
