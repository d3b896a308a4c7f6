//! How far the figures of a window of which only stretches were simulated can be off.
//!
//! A stretch of weight *w* stands for *w - 1* others, which would have differed from it as neighbours differ: by what the
//! middle of three strata lies off the straight line between the other two. Its variance is 1.5 times that of one week, so
//! the sum over the window is off by a standard deviation of sqrt(sum w (w - 1) s²) with s² the mean of the squares, times
//! two thirds. On top comes what a curve hides between the strata: a twenty-fourth of the second difference for every week.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::bill::Bill;
use super::{Cost, HorizonError, HorizonInfo, Runs, Stratum, StretchInfo};
use crate::billing::BillingError;
use crate::record::Tally;
use crate::scenario::{Deployment, Plan};
use crate::units::SimTime;

/// Seconds in the month of 730 hours.
const MONTH_S: f64 = 730.0 * 3_600.0;

/// What was simulated; `None` where that is the whole window. `costs` are those of the deployments.
pub fn info(plan: &Plan, runs: &Runs, costs: &[&Cost]) -> Result<Option<HorizonInfo>, BillingError> {
    if runs.strata.is_empty() {
        return Ok(None);
    }
    let window = runs.window.end.since(SimTime::ZERO).seconds();
    let simulated: f64 = runs.strata.iter().map(|stratum| stratum.length.seconds()).sum();
    let mut errors = Vec::new();
    for (index, deployment) in plan.deployments.iter().enumerate() {
        errors.extend(errors_of(plan, deployment, index, &runs.strata, costs[index])?);
    }
    let stretch = |stratum: &Stratum| StretchInfo {
        start_s: stratum.from.seconds(),
        length_s: stratum.length.seconds(),
        weight: stratum.weight,
    };
    Ok(Some(HorizonInfo {
        method: "weeks".to_owned(),
        share: simulated / window,
        stretches: runs.strata.iter().map(stretch).collect(),
        errors,
    }))
}

/// One figure of every stretch, in the mean over replications.
struct Series {
    weights: Vec<f64>,
    values: Vec<f64>,
}

impl Series {
    /// Of the stretches that stand for others, and could have differed from them.
    fn of(strata: &[Stratum], deployment: usize, figure: impl Fn(&Tally) -> f64) -> Self {
        let whole: Vec<&Stratum> = strata.iter().filter(|stratum| stratum.weight > 1).collect();
        let value = |stratum: &&Stratum| {
            let tallies = &stratum.tallies[deployment];
            tallies.iter().map(&figure).sum::<f64>() / tallies.len().max(1) as f64
        };
        Self {
            weights: whole.iter().map(|stratum| f64::from(stratum.weight)).collect(),
            values: whole.iter().map(value).collect(),
        }
    }

    /// By how much the weighted sum is off at most, 19 times out of 20; `None` with fewer than three values.
    fn error(&self) -> Option<f64> {
        let off: Vec<f64> = self.values.windows(3).map(|three| three[1] - f64::midpoint(three[0], three[2])).collect();
        let freedom = off.len() as f64;
        let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
        let variance = off.iter().map(|off| off * off).sum::<f64>() / freedom * 2.0 / 3.0;
        let spread: f64 = self.weights.iter().map(|weight| weight * (weight - 1.0) * variance).sum();
        let weeks: f64 = self.weights.iter().sum();
        let bend = off.iter().map(|off| 2.0 * off).sum::<f64>() / freedom / 24.0 * weeks;
        Some(quantile * spread.sqrt() + bend.abs())
    }
}

fn errors_of(
    plan: &Plan,
    deployment: &Deployment,
    index: usize,
    strata: &[Stratum],
    cost: &Cost,
) -> Result<Vec<HorizonError>, BillingError> {
    let series = |figure: &dyn Fn(&Tally) -> f64| Series::of(strata, index, figure);
    let all = |figure: &dyn Fn(&Tally) -> f64| -> f64 {
        let of = |stratum: &Stratum| {
            let tallies = &stratum.tallies[index];
            let sum = tallies.iter().map(figure).sum::<f64>();
            sum / tallies.len().max(1) as f64 * f64::from(stratum.weight)
        };
        strata.iter().map(of).sum()
    };
    let relative = |error: Option<f64>, whole: f64| error.filter(|_| whole != 0.0).map(|error| error / whole.abs());
    let (offered, busy) = (all(&offered), all(&busy));
    let (completed_all, latency_all) = (all(&completed), all(&latency));
    let mean = if completed_all > 0.0 { latency_all / completed_all } else { 0.0 };
    let off_the_mean = |tally: &Tally| latency(tally) - mean * completed(tally);
    let money = bills(plan, deployment, index, strata)?.error();
    let entry = |metric: &str, relative: Option<f64>| HorizonError {
        deployment: deployment.name.clone(),
        metric: metric.to_owned(),
        relative,
    };
    Ok(vec![
        entry("invocations.offered", relative(series(&self::offered).error(), offered)),
        entry("latency_s.mean", relative(series(&off_the_mean).error(), latency_all)),
        entry("capacity.busy_mean", relative(series(&self::busy).error(), busy)),
        entry("cost.total", relative(money, cost.total.to_f64())),
    ])
}

fn offered(tally: &Tally) -> f64 {
    tally.functions.iter().map(|function| function.offered() as f64).sum()
}

fn completed(tally: &Tally) -> f64 {
    tally.functions.iter().map(|function| function.completed as f64).sum()
}

fn latency(tally: &Tally) -> f64 {
    tally.functions.iter().map(|function| function.latency_sum as f64).sum()
}

fn busy(tally: &Tally) -> f64 {
    tally.sum(|site| site.busy_ns) as f64
}

/// What each stretch alone would cost at its pace.
fn bills(plan: &Plan, deployment: &Deployment, index: usize, strata: &[Stratum]) -> Result<Series, BillingError> {
    let mut values = Vec::new();
    let whole = strata.iter().filter(|stratum| stratum.weight > 1);
    for stratum in whole.clone() {
        let mut sum = 0.0;
        for tally in &stratum.tallies[index] {
            sum += Bill::of(tally, &deployment.sites, plan.calendar)?.month.total().to_f64();
        }
        values.push(sum / stratum.tallies[index].len().max(1) as f64 * stratum.length.seconds() / MONTH_S);
    }
    Ok(Series { weights: whole.map(|stratum| f64::from(stratum.weight)).collect(), values })
}
