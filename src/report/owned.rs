//! What is owned, and windows of which only parts were simulated, in words.

#[cfg(feature = "report")]
use crate::results::CashByYear;
use crate::results::{DeploymentResult, Results};
use crate::units::Money;

use super::figures;

/// `own: depreciation $8,000, operation $3,000, staff $2,000 of $13,000 in the whole window`; `None` where nothing is owned.
pub fn kinds(deployment: &DeploymentResult) -> Option<String> {
    let kinds = parts(deployment)?;
    let parts: Vec<String> = kinds.iter().map(|[name, amount]| format!("{name} {amount}")).collect();
    let total = figures::money(deployment.cost.currency, deployment.cost.total);
    Some(format!("{}: {} of {total} in the whole window", deployment.name, parts.join(", ")))
}

/// Kinds of cost and their amounts, those of nothing left out.
fn parts(deployment: &DeploymentResult) -> Option<Vec<[String; 2]>> {
    let kinds = deployment.cost.by_category?;
    let all = [
        ("depreciation", kinds.depreciation),
        ("operation", kinds.cash),
        ("staff", kinds.staff),
        ("providers", kinds.provider),
    ];
    let paid = all.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
    Some(paid.map(|(name, amount)| [name.to_owned(), figures::money(deployment.cost.currency, amount)]).collect())
}

/// Sums below a bill: each kind of cost, and the cash of each year.
#[cfg(feature = "report")]
pub fn sums(deployment: &DeploymentResult) -> Vec<[String; 2]> {
    let kinds = parts(deployment).unwrap_or_default().into_iter();
    let kinds = kinds.map(|[name, amount]| [format!("of it {name}"), amount]);
    let year = |cash: &CashByYear| {
        let all = cash.purchases + cash.operating + cash.staff;
        let money = |amount| figures::money(deployment.cost.currency, amount);
        let purchases = money(cash.purchases);
        [format!("cash that flows in {}, {purchases} of it for purchases", cash.year), money(all)]
    };
    kinds.chain(deployment.cost.cash_by_year.iter().map(year)).collect()
}

/// What was simulated of a long window, and how far that may be off; `None`: all of it.
pub fn horizon(results: &Results) -> Option<String> {
    let horizon = results.horizon.as_ref()?;
    let all: u32 = horizon.stretches.iter().map(|stretch| stretch.weight).sum();
    let worst = |metric: &str| {
        let errors = horizon.errors.iter().filter(|error| error.metric == metric);
        errors.map(|error| error.relative).collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
    };
    let off = |metric, name| worst(metric).map(|error| format!("{} in {name}", figures::share(error)));
    let offs: Vec<String> =
        [off("cost.total", "costs"), off("latency_s.mean", "mean latencies")].into_iter().flatten().collect();
    let accuracy = match offs.as_slice() {
        [] => "how far that is off cannot be told".to_owned(),
        offs => format!("off by at most {}, 19 times out of 20", offs.join(" and ")),
    };
    let count = horizon.stretches.len();
    Some(format!("{count} of {all} weeks simulated, each for its neighbours; {accuracy}"))
}
