//! Results beside other results: deployment by deployment, figure by figure, with intervals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DeploymentResult, InvoiceItem, Results};
use crate::stats::{Interval, mean_and_error};
use crate::units::Money;

/// The version of this form.
pub const COMPARED_SCHEMA: &str = "breakeven.compare/1";

/// `head` against `base`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub schema: String,
    pub base: SideInfo,
    pub head: SideInfo,
    /// What of the two is not the same, for a reader.
    pub differs: Vec<String>,
    pub deployments: Vec<ComparedDeployment>,
    /// Deployments of one side only.
    pub removed: Vec<String>,
    pub added: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideInfo {
    /// As it was given on the command line.
    pub label: String,
    pub scenario: String,
    pub hash: String,
    pub seed: u64,
    pub replications: u32,
    pub invocations: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedDeployment {
    /// In the base, and in the head.
    pub base: String,
    pub head: String,
    pub currency: String,
    /// Within the objectives; `null` without any.
    pub met: [Option<bool>; 2],
    pub figures: Vec<Difference>,
    /// Lines of the bill of a month that changed, the largest change first.
    pub bill: Vec<BillChange>,
}

/// A figure on both sides. `null` where it was not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// `cost`, `p99`, ...
    pub metric: String,
    pub base: Option<f64>,
    pub head: Option<f64>,
    /// Head less base.
    pub difference: Option<f64>,
    /// As a share of the base; `null` where that is zero.
    pub relative: Option<f64>,
    /// Of `difference`.
    pub ci95: Option<[f64; 2]>,
    /// How the interval was found.
    pub interval: IntervalKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Both sides served the same invocations, replication by replication.
    Paired,
    /// Welch's t interval of independent samples.
    Unpaired,
    /// One replication, or no samples in the results.
    None,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BillChange {
    pub item: String,
    pub base: Money,
    pub head: Money,
}

impl Difference {
    /// Whether chance explains the difference; `None` where nobody can tell.
    pub fn is_noise(&self) -> Option<bool> {
        if self.difference == Some(0.0) {
            return Some(true);
        }
        self.ci95.map(|[low, high]| low <= 0.0 && high >= 0.0)
    }
}

/// A figure by which results are compared: its name, and where it stands in them.
pub struct Figure {
    pub name: &'static str,
    /// Of the samples by replication.
    column: &'static str,
    of: fn(&DeploymentResult) -> Option<f64>,
}

/// In the order in which they are shown.
pub const FIGURES: [Figure; 9] = [
    Figure { name: "cost", column: "cost_per_month", of: |one| Some(one.cost.per_month.to_f64()) },
    Figure { name: "cost.total", column: "cost_total", of: |one| Some(one.cost.total.to_f64()) },
    Figure { name: "mean", column: "latency_mean_s", of: |one| one.latency_s.mean },
    Figure { name: "p50", column: "latency_p50_s", of: |one| one.latency_s.p50 },
    Figure { name: "p95", column: "latency_p95_s", of: |one| one.latency_s.p95 },
    Figure { name: "p99", column: "latency_p99_s", of: |one| one.latency_s.p99 },
    Figure { name: "cold", column: "cold_fraction", of: |one| one.cold_start.fraction },
    Figure { name: "errors", column: "errors", of: |one| Some(one.errors()) },
    Figure { name: "utilization", column: "utilization", of: |one| one.capacity.utilization },
];

/// Compares `head` with `base`; both with what they are called. `renamed`: names in the base, and what the head calls them.
pub fn compare(
    (base_label, base): (&str, &Results),
    (head_label, head): (&str, &Results),
    renamed: &BTreeMap<String, String>,
) -> Compared {
    let counterpart = |name: &str| {
        let wanted = renamed.get(name).map_or(name, String::as_str);
        head.deployments.iter().find(|deployment| deployment.name == wanted)
    };
    let paired = are_paired(base, head);
    let mut deployments = Vec::new();
    let mut removed = Vec::new();
    for one in &base.deployments {
        match counterpart(&one.name) {
            Some(other) => deployments.push(deployment(one, other, paired)),
            None => removed.push(one.name.clone()),
        }
    }
    let matched = |one: &&DeploymentResult| !deployments.iter().any(|pair| pair.head == one.name);
    let added = head.deployments.iter().filter(matched).map(|one| one.name.clone()).collect();
    Compared {
        schema: COMPARED_SCHEMA.to_owned(),
        base: info(base_label, base),
        head: info(head_label, head),
        differs: differs(base, head),
        deployments,
        removed,
        added,
    }
}

/// The same seed draws the same arrivals where the workload is the same; what it offers tells whether it is.
fn are_paired(base: &Results, head: &Results) -> bool {
    base.scenario.seed == head.scenario.seed
        && base.scenario.replications == head.scenario.replications
        && base.workload == head.workload
}

fn info(label: &str, results: &Results) -> SideInfo {
    SideInfo {
        label: label.to_owned(),
        scenario: results.scenario.name.clone(),
        hash: results.scenario.hash.clone(),
        seed: results.scenario.seed,
        replications: results.scenario.replications,
        invocations: results.workload.invocations,
    }
}

fn differs(base: &Results, head: &Results) -> Vec<String> {
    let mut differs = Vec::new();
    let mut note = |what: &str, base: String, head: String| {
        if base != head {
            differs.push(format!("{what} {base} → {head}"));
        }
    };
    let (a, b) = (&base.scenario, &head.scenario);
    note("scenario", a.name.clone(), b.name.clone());
    note("seed", a.seed.to_string(), b.seed.to_string());
    note("replications", a.replications.to_string(), b.replications.to_string());
    note("duration in s", a.duration_s.to_string(), b.duration_s.to_string());
    note("warm-up in s", a.warmup_s.to_string(), b.warmup_s.to_string());
    note("invocations", base.workload.invocations.to_string(), head.workload.invocations.to_string());
    if differs.is_empty() && a.hash != b.hash {
        differs.push("what the deployments are, or their prices".to_owned());
    }
    differs
}

fn deployment(base: &DeploymentResult, head: &DeploymentResult, paired: bool) -> ComparedDeployment {
    ComparedDeployment {
        base: base.name.clone(),
        head: head.name.clone(),
        currency: base.cost.currency.code().to_owned(),
        met: [base, head].map(|one| one.slo.as_ref().map(|slo| slo.met)),
        figures: FIGURES.iter().map(|figure| difference(figure, base, head, paired)).collect(),
        bill: bill(&base.cost.month_items, &head.cost.month_items),
    }
}

fn difference(figure: &Figure, base: &DeploymentResult, head: &DeploymentResult, paired: bool) -> Difference {
    let [before, after] = [base, head].map(figure.of);
    let difference = before.zip(after).map(|(before, after)| after - before);
    let samples = |one: &DeploymentResult| -> Option<Vec<f64>> {
        one.samples.get(figure.column)?.iter().copied().collect::<Option<Vec<f64>>>()
    };
    let (interval, kind) = match (samples(base), samples(head)) {
        (Some(a), Some(b)) if a.len() > 1 && b.len() > 1 && paired => {
            (Interval::of_differences(&b, &a), IntervalKind::Paired)
        }
        (Some(a), Some(b)) if a.len() > 1 && b.len() > 1 => (welch(&b, &a), IntervalKind::Unpaired),
        _ => (None, IntervalKind::None),
    };
    Difference {
        metric: figure.name.to_owned(),
        base: before,
        head: after,
        difference,
        relative: before.zip(difference).filter(|(before, _)| *before != 0.0).map(|(before, by)| by / before),
        ci95: interval.map(|interval| [interval.low(), interval.high()]),
        interval: kind,
    }
}

/// The 95 % interval of the difference of two means of independent samples with variances of their own (Welch 1947).
fn welch(a: &[f64], b: &[f64]) -> Option<Interval> {
    let ((mean_a, error_a), (mean_b, error_b)) = (mean_and_error(a)?, mean_and_error(b)?);
    let (var_a, var_b) = (error_a.powi(2), error_b.powi(2));
    let mean = mean_a - mean_b;
    if var_a + var_b == 0.0 {
        return Some(Interval { mean, half_width: 0.0 });
    }
    let share = |variance: f64, count: usize| variance.powi(2) / (count as f64 - 1.0);
    let freedom = (var_a + var_b).powi(2) / (share(var_a, a.len()) + share(var_b, b.len()));
    Interval::with_freedom(mean, (var_a + var_b).sqrt(), freedom)
}

/// Lines that differ. A line is its provider, service and item; tiers are added up.
fn bill(base: &[InvoiceItem], head: &[InvoiceItem]) -> Vec<BillChange> {
    let mut lines: Vec<BillChange> = Vec::new();
    let sides = base.iter().map(|item| (0, item)).chain(head.iter().map(|item| (1, item)));
    for (side, item) in sides {
        let name = format!("{} {} {}", item.provider, item.service, item.item);
        let place = lines.iter().position(|line| line.item == name).unwrap_or_else(|| {
            lines.push(BillChange { item: name, base: Money::ZERO, head: Money::ZERO });
            lines.len() - 1
        });
        let amount = if side == 0 { &mut lines[place].base } else { &mut lines[place].head };
        *amount = Money(amount.0 + item.amount.0);
    }
    lines.retain(|line| line.base != line.head);
    lines.sort_by_key(|line| std::cmp::Reverse((line.head.0 - line.base.0).abs()));
    lines
}

#[cfg(test)]
mod tests {
    use super::welch;

    #[test]
    fn intervals_of_independent_samples_are_welch_s() {
        let interval = welch(&[1.0, 2.0, 3.0, 4.0], &[2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((interval.mean + 1.0).abs() < 1e-12);
        // Equal variances and sizes: 6 degrees of freedom, t = 2.446912, error sqrt(2 * (5/3) / 4).
        assert!((interval.half_width - 2.446_912 * (5.0_f64 / 6.0).sqrt()).abs() < 1e-5, "{interval:?}");
        assert_eq!(welch(&[1.0, 1.0], &[3.0, 3.0]).unwrap().half_width, 0.0);
        assert!(welch(&[1.0], &[3.0, 3.0]).is_none());
    }
}
