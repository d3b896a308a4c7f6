//! One side of a comparison: what a run or a sweep measured, in one form.

use serde::{Deserialize, Serialize};

use super::figure::{FIGURES, Known};
use crate::results::sweep::{SweepPlan, SweepRow};
use crate::results::{Assumption, DeploymentResult, IntervalMethod, InvoiceItem, Objective, Results, WorkloadInfo};

/// What a side is, for a reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideInfo {
    /// As it was given on the command line.
    pub label: String,
    pub kind: Kind,
    pub scenario: String,
    pub hash: String,
    pub seed: u64,
    pub replications: u32,
    /// Of the first replication; `null` for a sweep.
    pub invocations: Option<u64>,
    /// Of the program that simulated; `null` where the folder does not say.
    pub version: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Run,
    Sweep,
}

impl Kind {
    pub const fn said(self) -> &'static str {
        match self {
            Self::Run => "a run",
            Self::Sweep => "a sweep",
        }
    }
}

/// One side, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub info: SideInfo,
    /// What is told of it where the other side differs, in the same order for both.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) assumptions: Vec<Assumption>,
    /// The scenario by path, where it is known.
    pub(super) values: Vec<(String, String)>,
    /// What a sweep varies, in alphabetical order.
    pub(super) paths: Vec<String>,
    pub(super) measured: Vec<Measured>,
    /// `None` where several workloads were asked.
    workload: Option<WorkloadInfo>,
    names: Vec<String>,
}

/// A deployment at a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    /// Names the point, however its axes were ordered.
    pub key: String,
    pub settings: Vec<String>,
    pub name: String,
    pub currency: String,
    pub met: Option<bool>,
    pub missed: Vec<Objective>,
    /// In the order of [`FIGURES`].
    pub figures: Vec<Known>,
    pub bill: Vec<InvoiceItem>,
}

impl Side {
    /// What `sim run` measured.
    pub fn of_run(label: &str, results: &Results, version: Option<String>) -> Self {
        let (scenario, workload) = (&results.scenario, &results.workload);
        let replicated = scenario.intervals.method != IntervalMethod::BlockBootstrap;
        Self {
            info: SideInfo {
                label: label.to_owned(),
                kind: Kind::Run,
                scenario: scenario.name.clone(),
                hash: scenario.hash.clone(),
                seed: scenario.seed,
                replications: scenario.replications,
                invocations: Some(workload.invocations),
                version,
            },
            facts: vec![
                ("scenario", scenario.name.clone()),
                ("seed", scenario.seed.to_string()),
                ("replications", scenario.replications.to_string()),
                ("duration in s", scenario.duration_s.to_string()),
                ("warm-up in s", scenario.warmup_s.to_string()),
                ("start", scenario.start.clone()),
                ("invocations", workload.invocations.to_string()),
            ],
            assumptions: results.assumptions.clone(),
            values: Vec::new(),
            paths: Vec::new(),
            measured: results.deployments.iter().map(|one| run(one, replicated)).collect(),
            workload: Some(workload.clone()),
            names: results.deployments.iter().map(|one| one.name.clone()).collect(),
        }
    }

    /// What `sim sweep` measured.
    pub fn of_sweep(label: &str, plan: &SweepPlan, rows: &[SweepRow]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for row in rows {
            if !names.contains(&row.deployment) {
                names.push(row.deployment.clone());
            }
        }
        let mut paths: Vec<String> = plan.axes.iter().map(|axis| axis.path.clone()).collect();
        paths.sort();
        Self {
            info: SideInfo {
                label: label.to_owned(),
                kind: Kind::Sweep,
                scenario: plan.name.clone(),
                hash: plan.hash.clone(),
                seed: plan.seed,
                replications: plan.replications,
                invocations: None,
                version: Some(plan.version.clone()),
            },
            facts: vec![
                ("scenario", plan.name.clone()),
                ("seed", plan.seed.to_string()),
                ("replications", plan.replications.to_string()),
                ("points", plan.points.to_string()),
            ],
            assumptions: Vec::new(),
            values: plan.values.clone(),
            paths,
            measured: rows.iter().map(|row| swept(plan, row)).collect(),
            workload: None,
            names,
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// The same seed draws the same arrivals where the workload is the same; what it offers tells whether it is.
pub(super) fn are_paired(base: &Side, head: &Side) -> bool {
    base.info.seed == head.info.seed
        && base.info.replications == head.info.replications
        && base.workload.is_some()
        && base.workload == head.workload
}

fn run(one: &DeploymentResult, replicated: bool) -> Measured {
    let missed = one.slo.iter().flat_map(|slo| slo.objectives.iter().filter(|objective| !objective.met)).cloned();
    Measured {
        key: String::new(),
        settings: Vec::new(),
        name: one.name.clone(),
        currency: one.cost.currency.code().to_owned(),
        met: one.slo.as_ref().map(|slo| slo.met),
        missed: missed.collect(),
        figures: FIGURES.iter().map(|figure| Known::of_result(figure, one, replicated)).collect(),
        bill: one.cost.month_items.clone(),
    }
}

/// Equal numbers are equal points, however they were written.
fn swept(plan: &SweepPlan, row: &SweepRow) -> Measured {
    let axes = || plan.axes.iter().zip(&row.levels);
    let mut key: Vec<String> = axes()
        .map(|(axis, (label, number))| match number {
            Some(number) => format!("{}={number} {}", axis.path, axis.unit),
            None => format!("{}={label}", axis.path),
        })
        .collect();
    key.sort();
    let worst = row.worst.as_ref().filter(|_| !row.meets).map(|name| Objective {
        name: name.clone(),
        target: row.worst_bound.unwrap_or(f64::NAN),
        actual: row.worst_actual,
        met: false,
    });
    Measured {
        key: key.join("\n"),
        settings: axes().map(|(axis, (label, _))| format!("{}={label}", axis.path)).collect(),
        name: row.deployment.clone(),
        currency: row.currency.clone(),
        met: row.worst.is_some().then_some(row.meets),
        missed: worst.into_iter().collect(),
        figures: FIGURES.iter().map(|figure| Known::of_ends(row.figures[figure.metric as usize])).collect(),
        bill: Vec::new(),
    }
}
