//! By what the five claims are judged, in the page and in its charts.

use crate::results::DeploymentResult;

/// What a claim is judged by: less is better.
pub type Measure = fn(&DeploymentResult) -> Option<f64>;

/// In the order of the claims.
pub const MEASURES: [Measure; 5] = [
    |d| d.claims.pay_per_use.idle_share,
    |d| Some(d.claims.automatic_scaling.overshoot? + d.claims.automatic_scaling.shortfall?),
    |d| d.claims.elasticity.reaction_s,
    |d| d.claims.fast_response.latency_p99_s,
    |d| d.claims.lower_price.ratio,
];

/// The measure of a claim; a low price is none where the work is not done.
pub fn judged(deployment: &DeploymentResult, claim: usize) -> Option<f64> {
    let cheap_only = claim == MEASURES.len() - 1 && !deployment.meets();
    MEASURES[claim](deployment).filter(|_| !cheap_only)
}

/// The least of a measure, unless it tells no two deployments apart.
pub fn best(all: &[DeploymentResult], claim: usize) -> Option<f64> {
    let values: Vec<f64> = all.iter().filter_map(|deployment| judged(deployment, claim)).collect();
    let least = values.iter().copied().reduce(f64::min)?;
    (values.len() < all.len() || values.iter().any(|value| *value > least)).then_some(least).filter(|_| all.len() > 1)
}
