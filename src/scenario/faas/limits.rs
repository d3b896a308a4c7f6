//! Limits of an account and of a function.

use super::super::deployments::{Deployed, Part};
use super::super::document::Table;
use crate::platform::faas::Limits;
use crate::policy::TokenBucketSpec;
use crate::units::Span;

pub fn read(part: &Part<'_>, deployed: &mut Deployed) -> Limits {
    let account_concurrency = account(part);
    let stated = part.table.table("concurrency").is_some_and(|table| table.has("account"));
    if let Some(account) = account_concurrency.filter(|_| !stated) {
        part.assume(deployed, "account-concurrency", account.to_string());
    }
    Limits {
        account_concurrency,
        scaling: scaling(part, deployed),
        requests: requests(part, account_concurrency, deployed),
    }
}

/// Executions of all functions at the same time; `None` is no limit.
pub fn account(part: &Part<'_>) -> Option<u32> {
    let table = part.table.table("concurrency");
    let unlimited = table.and_then(|table| table.text("account")).is_some();
    let stated = table.and_then(|table| table.count32("account")).map(|account| account.value);
    (!unlimited).then(|| stated.unwrap_or_else(|| part.pack.count("account-concurrency")))
}

fn scaling(part: &Part<'_>, deployed: &mut Deployed) -> Option<TokenBucketSpec> {
    if part.table.has("scaling_rate") {
        return part.table.table("scaling_rate").and_then(bucket);
    }
    let (burst, per_second) = (part.pack.count("scaling-burst"), part.pack.count("scaling-per-second"));
    part.assume(deployed, "scaling-burst", format!("{burst} at once, then {per_second} new instances a second"));
    Some(TokenBucketSpec { capacity: burst, refill: f64::from(per_second), interval: None })
}

/// A second's worth of requests at once, and as many each second.
fn requests(part: &Part<'_>, account: Option<u32>, deployed: &mut Deployed) -> Option<TokenBucketSpec> {
    if part.table.has("request_rate") {
        return part.table.table("request_rate").and_then(bucket);
    }
    let rate = account?.saturating_mul(part.pack.count("requests-per-concurrency"));
    part.assume(deployed, "requests-per-concurrency", format!("{rate} requests a second of all functions together"));
    Some(TokenBucketSpec { capacity: rate, refill: f64::from(rate), interval: None })
}

fn bucket(table: &Table) -> Option<TokenBucketSpec> {
    Some(TokenBucketSpec {
        capacity: table.count32("burst")?.value,
        refill: table.number("per_second")?.value,
        // In steps of no length, tokens trickle in.
        interval: table.quantity("interval").map(|interval| interval.value).filter(|interval| *interval > Span::ZERO),
    })
}
