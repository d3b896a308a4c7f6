//! Whether limits are so far away that theory may leave them out.

use crate::platform::faas::{FunctionSpec, Limits};
use crate::policy::TokenBucketSpec;
use crate::stats::closed_form::poisson_percentile;
use crate::units::Span;

/// What one function asks for in the long run.
pub struct Load<'a> {
    pub name: &'a str,
    pub function: &'a FunctionSpec,
    /// Requests a second.
    pub rate: f64,
    /// Of a request with its start-up, s.
    pub response_mean: f64,
    pub cold_share: f64,
}

/// The concurrency is below the limit for this share of the time.
const MOST_OF_THE_TIME: f64 = 1.0 - 1e-6;

/// Says which limit `loads` come near to, if any: with none in reach nothing is refused.
pub fn leave_room<'a>(limits: &Limits, loads: impl Iterator<Item = &'a Load<'a>> + Clone) -> Result<(), String> {
    let rate = loads.clone().map(|load| load.rate).sum();
    if !limits.requests.is_none_or(|bucket| is_enough(bucket, rate)) {
        return Err("the requests of all functions come near the limit of their rate".to_owned());
    }
    let slow = |load: &&Load<'_>| limits.scaling.is_some_and(|bucket| !is_enough(bucket, load.rate * load.cold_share));
    if let Some(load) = loads.clone().find(slow) {
        return Err(format!("`{}` starts instances nearly as fast as the scaling rate allows", load.name));
    }
    let Some(account) = limits.account_concurrency else { return Ok(()) };
    let busy: f64 = loads.clone().map(|load| load.rate * load.response_mean).sum();
    let idle: f64 = loads.map(idle_provisioned).sum();
    let most = poisson_percentile(busy, MOST_OF_THE_TIME) as f64;
    if most + idle > f64::from(account) {
        return Err(format!("{busy:.1} executions on average come near the limit of the account, {account}"));
    }
    Ok(())
}

/// Provisioned instances that are not used on average: they count against the account all the same.
fn idle_provisioned(load: &Load<'_>) -> f64 {
    (f64::from(load.function.provisioned.first) - load.rate * load.response_mean).max(0.0)
}

/// Whether Poisson arrivals at half of the refill or less hardly ever find the bucket empty. Where tokens trickle in, the chance
/// that n are missing falls by e^-1.26 for each (M/D/1 at a load of a half); where they come in steps, twice the arrivals
/// between two steps are held besides.
fn is_enough(bucket: TokenBucketSpec, rate: f64) -> bool {
    let between = bucket.interval.map_or(0.0, Span::seconds) * rate;
    bucket.refill >= 2.0 * rate && f64::from(bucket.capacity) >= 10.0 + 2.0 * between
}
