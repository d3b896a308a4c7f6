//! The tables beside `results.json`, as rows. Units end the names of columns.

use serde::{Deserialize, Serialize};

use super::Results;
use crate::units::Money;

/// All tables of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    pub invoice: Vec<InvoiceRow>,
    pub timeline: Vec<TimelineRow>,
    pub functions: Vec<FunctionRow>,
    pub latency: Vec<LatencyRow>,
}

impl Tables {
    /// How they show that they are of other results, as a sentence; `None` where they fit.
    pub fn misfit(&self, results: &Results) -> Option<String> {
        let named = (self.invoice.iter().map(|row| ("invoice", &row.deployment)))
            .chain(self.timeline.iter().map(|row| ("timeline", &row.deployment)))
            .chain(self.functions.iter().map(|row| ("functions", &row.deployment)))
            .chain(self.latency.iter().map(|row| ("latency", &row.deployment)));
        let known = |name: &String| results.deployments.iter().any(|deployment| deployment.name == *name);
        let stranger = named.into_iter().find(|(_, name)| !known(name));
        if let Some((table, name)) = stranger {
            return Some(format!(
                "table `{table}` has a deployment `{name}`, and `results.json` has none of that name"
            ));
        }
        results.deployments.iter().find_map(|deployment| {
            let rows = self.invoice.iter().filter(|row| row.deployment == deployment.name);
            let billed: f64 = rows.map(|row| row.amount.to_f64()).sum();
            let total = deployment.cost.total.to_f64();
            let differs = (billed - total).abs() > 1e-6 * total.abs().max(1.0);
            differs.then(|| {
                let name = &deployment.name;
                format!("table `invoice` bills `{name}` {billed}, and `results.json` {total}")
            })
        })
    }
}

/// A line of the bill by calendar month; the mean over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoiceRow {
    pub deployment: String,
    /// `2026-01`.
    pub month: String,
    pub provider: String,
    pub service: String,
    pub item: String,
    pub tier: Option<String>,
    /// `cash`, `depreciation`, `staff` for what is owned.
    pub category: Option<String>,
    pub quantity: Money,
    pub unit: String,
    pub price: Money,
    pub amount: Money,
}

/// One interval of one deployment, warm-up included; the mean over replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    pub deployment: String,
    pub start_s: f64,
    pub length_s: f64,
    pub rate_per_s: f64,
    /// Time average of invocations executing or starting.
    pub concurrency: f64,
    /// Time average of instances, busy or idle.
    pub instances: f64,
    /// Of places of instances that are ready.
    pub places: f64,
    /// Of places that invocations use, or would if they were there.
    pub demand: f64,
    /// Of invocations that wait: for a place, its start-up, or a core that others hold.
    pub waiting: f64,
    pub cold_starts: f64,
    /// Cold starts / invocations that started; absent where none did.
    pub cold_fraction: Option<f64>,
    /// Of the completed invocations that arrived in the interval, all replications together; absent where there are none. Of
    /// a time-line of many intervals, of those that arrived in a stretch of up to six of them, each of which has its figure:
    /// stretches begin at the first row, and are equally many intervals long.
    pub latency_p50_s: Option<f64>,
    pub latency_p95_s: Option<f64>,
    pub latency_p99_s: Option<f64>,
    /// Share of the window's bill, in proportion to what was metered in the interval.
    pub cost: f64,
}

/// One function in one deployment, after the warm-up (cost: everything); the mean over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionRow {
    pub deployment: String,
    pub function: String,
    pub offered: f64,
    pub completed: f64,
    pub cold_starts: f64,
    pub throttled: f64,
    pub timed_out: f64,
    pub dropped: f64,
    pub abandoned: f64,
    pub rate_per_s: f64,
    pub cold_fraction: Option<f64>,
    pub latency_mean_s: Option<f64>,
    pub latency_p50_s: Option<f64>,
    pub latency_p99_s: Option<f64>,
    pub latency_max_s: Option<f64>,
    /// The function's part of the window's bill, in proportion to what it metered.
    pub cost: f64,
}

/// One occupied bucket of the latency histogram of completed invocations, all replications together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyRow {
    pub deployment: String,
    /// Representative value of the bucket.
    pub latency_s: f64,
    pub count: u64,
    /// Share of completed invocations that took `latency_s` or less.
    pub cumulative_share: f64,
}
