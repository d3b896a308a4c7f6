//! How far the figures of a window of which only stretches were simulated can be off.
//!
//! A stretch of weight *w* stands for *w* weeks that would have differed from it by chance: its variance is what the
//! stretches leave unexplained around a parabola through all of them, which takes growth up. The window, had it been
//! simulated whole, would differ from the sum by a standard deviation of s sqrt(sum w (w + 1)). On top comes what the curve
//! hides between the strata: a twenty-fourth of its second difference for every week.

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
        let count = self.values.len();
        let terms = if count > 5 { 3 } else { 2 };
        let freedom = count.checked_sub(terms).filter(|freedom| *freedom > 0)? as f64;
        let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
        let (unexplained, bend) = unexplained(&self.values, terms);
        let sum = |of: fn(f64) -> f64| self.weights.iter().copied().map(of).sum::<f64>();
        let spread = (unexplained / freedom * sum(|weight| weight * (weight + 1.0))).sqrt();
        Some(quantile * spread + bend.abs() / 24.0 * sum(|weight| weight))
    }
}

/// What is left of `values` around a line or a parabola (2 or 3 `terms`), as a sum of squares, and the second difference of
/// that curve. Polynomials that are orthogonal on equal steps (Gram) need no equations to be solved.
fn unexplained(values: &[f64], terms: usize) -> (f64, f64) {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let step = |index: usize| index as f64 - middle;
    let square = (count * count - 1.0) / 12.0;
    let polynomials: [&dyn Fn(usize) -> f64; 3] = [&|_| 1.0, &step, &|index| step(index) * step(index) - square];
    let (mut left, mut bend) = (values.to_vec(), 0.0);
    for (power, polynomial) in polynomials.iter().take(terms).enumerate() {
        let norm: f64 = (0..values.len()).map(|index| polynomial(index).powi(2)).sum();
        let part = left.iter().enumerate().map(|(index, value)| value * polynomial(index)).sum::<f64>() / norm;
        left.iter_mut().enumerate().for_each(|(index, value)| *value -= part * polynomial(index));
        bend = if power == 2 { 2.0 * part } else { bend };
    }
    (left.iter().map(|value| value * value).sum(), bend)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_explained_and_its_bend_is_found() {
        let values: Vec<f64> = (0..9).map(f64::from).map(|x| 5.0 - 2.0 * x + 0.25 * x * x).collect();
        let (unexplained, bend) = unexplained(&values, 3);
        assert!(unexplained < 1e-18 && (bend - 0.5).abs() < 1e-12, "{unexplained} {bend}");
    }

    /// The residuals of a regression, by hand: 0, 1, 0, 1 around 0.2 + 0.2 x leaves 0.8.
    #[test]
    fn what_a_line_leaves_is_the_sum_of_its_squared_residuals() {
        let (unexplained, bend) = unexplained(&[0.0, 1.0, 0.0, 1.0], 2);
        assert!((unexplained - 0.8).abs() < 1e-12 && bend == 0.0, "{unexplained}");
    }

    #[test]
    fn two_stretches_tell_nothing_of_their_error() {
        let series = |count: usize| Series { weights: vec![4.0; count], values: vec![1.0; count] };
        assert_eq!(series(2).error(), None);
        assert_eq!(series(3).error(), Some(0.0));
    }
}
