//! The section `[slo]`: upper bounds.

use super::document::Table;
use super::plan::{Target, TargetMetric};
use crate::units::{Money, Share, Span};

const LATENCIES: [(&str, Option<f64>); 6] = [
    ("mean", None),
    ("p50", Some(0.5)),
    ("p90", Some(0.9)),
    ("p95", Some(0.95)),
    ("p99", Some(0.99)),
    ("p999", Some(0.999)),
];

/// A deployment that loses as large a share of what it is offered does not do, if no other bound is stated.
pub const FEW_ERRORS: f64 = 0.01;

/// In the order of the contract.
pub fn read(document: &Table) -> Vec<Target> {
    let Some(table) = document.table("slo") else { return Vec::new() };
    let latency = |(key, probability): &(&str, Option<f64>)| {
        let bound: Span = table.table("latency")?.quantity(key)?.value;
        Some(Target { metric: TargetMetric::Latency(*probability), bound: bound.seconds() })
    };
    let share = |key, metric| {
        let bound: Share = table.quantity(key)?.value;
        Some(Target { metric, bound: bound.value() })
    };
    let cost = table.quantity::<Money>("cost_per_month");
    let cost = cost.map(|bound| Target { metric: TargetMetric::CostPerMonth, bound: bound.value.to_f64() });
    let shares = [share("errors", TargetMetric::Errors), share("cold_starts", TargetMetric::ColdStarts)];
    let mut targets: Vec<Target> =
        LATENCIES.iter().filter_map(latency).chain(shares.into_iter().flatten()).chain(cost).collect();
    // Who answers fast because it turns most of them away does not do.
    if !targets.is_empty() && !targets.iter().any(|target| target.metric == TargetMetric::Errors) {
        targets.push(Target { metric: TargetMetric::Errors, bound: FEW_ERRORS });
    }
    targets
}
