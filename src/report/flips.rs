//! What would change the answer of a run, read off its bills and objectives: nothing is simulated again.
//!
//! Prices move the bill line by line, at the usage as it stands. With the load, the variable part of each bill grows and
//! the rest stays: nothing is resized, which `sim breakeven` does.

use crate::results::{DeploymentResult, InvoiceItem, Objective, Results};

use super::figures;
use super::story::{self, Story};

/// One change, and who would be the answer then.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// `price of Lambda: duration arm64`, `objective for p99`, `load`.
    pub what: String,
    /// As it is, and from where on the answer is another.
    pub from: String,
    pub to: String,
    /// By how much that is, as a share; what sorts and ranks flips.
    pub by: f64,
    pub then: String,
    pub basis: &'static str,
}

/// Changes beyond these are no longer near.
const LEAST: f64 = 0.1;
const MOST: f64 = 10.0;
/// Flips of a kind that are told.
const LISTED: usize = 4;
/// A fleet that uses more of its places when it is tightest is not said to carry its load.
const FULL: f64 = 0.7;
/// Figures that are nearer to each other than this do not decide.
const APART: f64 = 0.95;

/// The nearest first, each kind by itself: of prices, of the load, of objectives.
pub fn flips(results: &Results, story: &Story) -> Vec<Flip> {
    let Some(winner) = story.winner else { return Vec::new() };
    let all = &results.deployments;
    let best = &all[winner];
    let rivals = || {
        let comparable = |other: &&DeploymentResult| other.cost.currency == best.cost.currency;
        all.iter().filter(|other| other.name != best.name).filter(comparable)
    };
    let fit = || rivals().filter(|other| other.meets());
    let mut prices: Vec<Flip> = fit().flat_map(|other| of_prices(best, other)).collect();
    nearest(&mut prices);
    let mut loads: Vec<Flip> = fit().filter_map(|other| of_load(best, other)).collect();
    nearest(&mut loads);
    loads.truncate(2);
    let mut objectives: Vec<Flip> = rivals().filter_map(|other| of_objective(best, other)).collect();
    objectives.extend(tighter(best, &fit().collect::<Vec<_>>()));
    nearest(&mut objectives);
    [objectives, loads, prices].concat()
}

/// Sorted by the size of the change, once for each thing that changes.
fn nearest(flips: &mut Vec<Flip>) {
    let size = |flip: &Flip| if flip.by >= 0.0 { (1.0 + flip.by).ln() } else { -(1.0 + flip.by).max(1e-9).ln() };
    flips.sort_by(|a, b| size(a).total_cmp(&size(b)));
    let mut known: Vec<(String, bool)> = Vec::new();
    flips.retain(|flip| {
        let key = (flip.what.clone(), flip.by > 0.0);
        let new = !known.contains(&key);
        known.push(key);
        new
    });
    flips.truncate(LISTED);
}

fn per_month(deployment: &DeploymentResult) -> f64 {
    deployment.cost.per_month.to_f64()
}

/// A line of the bill, whoever it is billed to.
fn key(item: &InvoiceItem) -> [&str; 3] {
    [&item.provider, &item.service, &item.item]
}

fn amount(deployment: &DeploymentResult, key: [&str; 3]) -> f64 {
    let items = deployment.cost.month_items.iter().filter(|item| self::key(item) == key);
    items.map(|item| item.amount.to_f64()).sum()
}

/// The factor on the price of one line at which both bills are equal, for each line of either.
fn of_prices(best: &DeploymentResult, other: &DeploymentResult) -> Vec<Flip> {
    let mut keys: Vec<[&str; 3]> = Vec::new();
    for item in best.cost.month_items.iter().chain(&other.cost.month_items) {
        if !keys.contains(&key(item)) {
            keys.push(key(item));
        }
    }
    let gap = per_month(other) - per_month(best);
    let flip = |key: [&str; 3]| {
        // gap + (factor - 1) * (theirs - mine) = 0
        let apart = amount(other, key) - amount(best, key);
        let by = -gap / apart;
        (gap > 0.0 && by.is_finite() && (LEAST - 1.0..=MOST - 1.0).contains(&by)).then(|| Flip {
            what: format!("price of {}", line(key)),
            from: "as listed".to_owned(),
            to: figures::change(by),
            by,
            then: story::name(other),
            basis: "at this usage",
        })
    };
    keys.into_iter().filter_map(flip).collect()
}

fn line([_, service, item]: [&str; 3]) -> String {
    let whole =
        if service.is_empty() || item.contains(service) { item.to_owned() } else { format!("{service}: {item}") };
    figures::shortened(&whole, 60)
}

/// The factor on the load at which both bills are equal, nothing being resized.
fn of_load(best: &DeploymentResult, other: &DeploymentResult) -> Option<Flip> {
    let variable = |deployment: &DeploymentResult| Some(deployment.cost.by_cause.as_ref()?.variable.to_f64());
    let (mine, theirs) = (variable(best)?, variable(other)?);
    let gap = per_month(other) - per_month(best);
    let factor = 1.0 - gap / (theirs - mine);
    let near = gap > 0.0 && factor.is_finite() && (LEAST..=MOST).contains(&factor);
    (near && carries(best, factor) && carries(other, factor)).then(|| Flip {
        what: "load".to_owned(),
        from: "× 1".to_owned(),
        to: format!("× {}", figures::number(factor)),
        by: factor - 1.0,
        then: story::name(other),
        basis: "if nothing is resized; `sim breakeven` resizes",
    })
}

/// Whether there is room for so many times the load, as far as the tightest interval tells; functions add places.
fn carries(deployment: &DeploymentResult, factor: f64) -> bool {
    let capacity = &deployment.capacity;
    let used = capacity.headroom.map(|free| 1.0 - free);
    capacity.saturated_s.is_none() || used.is_some_and(|used| used * factor <= FULL)
}

/// A cheaper deployment that misses one objective only: the bound that it would keep.
fn of_objective(best: &DeploymentResult, other: &DeploymentResult) -> Option<Flip> {
    let missed = story::missed(other);
    let [objective] = missed.as_slice() else { return None };
    let actual = objective.actual.filter(|actual| *actual > objective.target && objective.target > 0.0)?;
    (per_month(other) < per_month(best) && other.completes()).then(|| bound(objective, actual, other))
}

/// The bound that the answer no longer keeps, and who would then be the cheapest.
fn tighter(best: &DeploymentResult, fit: &[&DeploymentResult]) -> Vec<Flip> {
    let Some(slo) = &best.slo else { return Vec::new() };
    let flip = |objective: &Objective| {
        let actual = objective.actual.filter(|actual| *actual > 0.0 && objective.target > 0.0)?;
        let keeps = |other: &&&DeploymentResult| {
            let theirs = other.slo.iter().flat_map(|slo| &slo.objectives).find(|one| one.name == objective.name);
            theirs.and_then(|one| one.actual).is_some_and(|theirs| theirs < APART * actual)
        };
        let next = fit.iter().filter(keeps).min_by_key(|other| other.cost.per_month)?;
        let flip = bound(objective, actual, next);
        Some(Flip { to: format!("below {}", flip.to), ..flip })
    };
    slo.objectives.iter().filter(|objective| objective.name != "cost.per_month").filter_map(flip).collect()
}

fn bound(objective: &Objective, actual: f64, then: &DeploymentResult) -> Flip {
    let said = |value: f64| story::objective_value(&objective.name, value);
    Flip {
        what: format!("objective for {}", story::spoken(&objective.name)),
        from: said(objective.target),
        to: said(actual),
        by: actual / objective.target - 1.0,
        then: story::name(then),
        basis: "as measured",
    }
}

/// The nearest flip of each kind, as a sentence.
pub fn sentence(flips: &[Flip]) -> Option<String> {
    let said = |kind: &str| {
        let flip = flips.iter().find(|flip| flip.what.starts_with(kind))?;
        Some(match kind {
            "load" => {
                let times = flip.to.trim_start_matches("× ");
                format!("{} at {times} times the load if nothing is resized", flip.then)
            }
            "price" => format!("{} with the {} at {}", flip.then, flip.what, flip.to),
            _ if flip.to.starts_with("below") => format!("{} with an {} {}", flip.then, flip.what, flip.to),
            _ => format!("{} with an {} of {}", flip.then, flip.what, flip.to),
        })
    };
    let all: Vec<String> = ["objective", "load", "price"].into_iter().filter_map(said).collect();
    (!all.is_empty()).then(|| format!("The answer would be {}.", all.join(", or ")))
}
