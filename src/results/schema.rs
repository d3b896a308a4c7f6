//! The whole answer, as `results.json` holds it. Times in seconds, money exact, absent as `null`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CommitmentResult;
use super::Interruptions;
pub use crate::scenario::{Assumption, FEW_ERRORS};
use crate::units::{Currency, Money};

use super::{ByCause, Capacity, Claims, SiteResult, Sizing};

/// The version of this form; readers refuse what they do not know.
pub const SCHEMA: &str = "breakeven.results/1";

/// `results.json`: equal bytes for the same scenario, seed and version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub schema: String,
    pub scenario: ScenarioInfo,
    pub workload: WorkloadInfo,
    pub deployments: Vec<DeploymentResult>,
    pub comparisons: Vec<Comparison>,
    /// What the figures rest on, each with its source and date.
    pub assumptions: Vec<Assumption>,
    /// What a reader must know before using the figures.
    pub warnings: Vec<String>,
    /// What was simulated of a long window; `null`: all of it.
    pub horizon: Option<HorizonInfo>,
    /// How well figures were to be known; `null`: the number of replications was given.
    #[serde(default)]
    pub precision: Option<Precision>,
}

/// Replications were added until the half widths of cost, mean and p99 latency were small enough, or there were too many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// Asked for: half of the 95 % interval, as a share of the figure.
    pub half_width: f64,
    pub reached: bool,
    /// The figure that is known least.
    pub deployment: String,
    pub metric: String,
    /// Its half width as a share of it.
    pub relative: f64,
}

/// Stretches that were simulated and stand for the whole window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonInfo {
    /// `weeks`: whole weeks, each for its neighbours.
    pub method: String,
    /// Of the window, lead-ins left out.
    pub share: f64,
    pub stretches: Vec<StretchInfo>,
    pub errors: Vec<HorizonError>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StretchInfo {
    pub start_s: f64,
    pub length_s: f64,
    /// How many like it it stands for, itself included.
    pub weight: u32,
}

/// By how much a figure can differ from that of the whole window, 19 times out of 20.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonError {
    pub deployment: String,
    /// A path in the deployment, such as `cost.total`.
    pub metric: String,
    /// As a share of the figure; `null` where it cannot be told.
    pub relative: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioInfo {
    pub name: String,
    /// SHA-256 of the resolved scenario and its traces.
    pub hash: String,
    pub seed: u64,
    pub replications: u32,
    pub duration_s: f64,
    pub warmup_s: f64,
    /// First day of the window, `2026-01-01`, UTC.
    pub start: String,
    /// The scenario's file, comments and all; empty in results of earlier versions.
    #[serde(default)]
    pub text: String,
    /// What `--set` changed of it.
    #[serde(default)]
    pub set: Vec<String>,
    #[serde(default)]
    pub intervals: Intervals,
    /// `null` where the scenario says how long the warm-up is.
    #[serde(default)]
    pub warmup_found: Option<WarmupFound>,
}

/// Where the 95 % intervals come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    pub method: IntervalMethod,
    /// Blocks of time that the run is cut into; zero where replications tell more.
    pub blocks: u64,
    pub block_s: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalMethod {
    /// One run, too short or of too few parts to tell.
    #[default]
    None,
    /// The t interval of independent replications.
    Replications,
    /// One replication, cut into blocks.
    BatchMeans,
    /// A trace, whose blocks are drawn anew.
    BlockBootstrap,
}

/// A warm-up that was looked for, by MSER-5.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmupFound {
    /// Whether everything settled within half of the run; otherwise nothing is left out.
    pub settled: bool,
    /// The deployment that took longest to settle, or did not.
    pub deployment: String,
    /// What of it: `invocations in the system`, `instances`.
    pub series: String,
}

/// Figures of the first replication, warm-up included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadInfo {
    pub invocations: u64,
    pub functions: u64,
    /// From the first arrival to the last.
    pub span_s: f64,
    pub mean_rate_per_s: f64,
    /// Highest mean rate of an interval of the timeline.
    pub peak_rate_per_s: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploymentResult {
    pub name: String,
    pub platform: String,
    /// One line for a reader: `1024 MB arm64, keep-alive 5-6 min`, `4 x t3.medium, reserved 1 y`.
    pub summary: String,
    pub invocations: Counts,
    pub cold_start: ColdStart,
    pub latency_s: Latency,
    pub phases_s: Phases,
    pub capacity: Capacity,
    /// `null` where instances do not run on nodes of a cluster.
    pub cluster: Option<super::Cluster>,
    /// `null` where nothing can be taken away.
    #[serde(default)]
    pub interruptions: Option<Interruptions>,
    pub cost: Cost,
    /// Reserved instances, savings plans, capacity reservations.
    #[serde(default)]
    pub commitments: Vec<CommitmentResult>,
    /// `null` where the scenario has no objectives.
    pub slo: Option<Slo>,
    pub claims: Claims,
    /// Of a deployment over several sites; empty for any other.
    #[serde(default)]
    pub sites: Vec<SiteResult>,
    /// `null` but where a fleet bursts to functions.
    #[serde(default)]
    pub sizing: Option<Sizing>,
    /// Figures of every replication, by name, so that other results can be compared with these; see [`super::Metric`].
    #[serde(default)]
    pub samples: BTreeMap<String, Vec<Option<f64>>>,
}

impl DeploymentResult {
    /// Share of invocations offered that did not complete; zero where none were.
    pub fn errors(&self) -> f64 {
        let Counts { offered, completed, .. } = self.invocations;
        if offered > 0.0 { ((offered - completed) / offered).max(0.0) } else { 0.0 }
    }

    /// Whether it completes anything; else objectives of latency are neither met nor missed.
    pub fn completes(&self) -> bool {
        self.invocations.completed > 0.0
    }

    /// Whether it does: within the objectives, or without any, of nearly all invocations.
    pub fn meets(&self) -> bool {
        self.completes() && self.slo.as_ref().map_or_else(|| self.errors() < FEW_ERRORS, |slo| slo.met)
    }
}

/// Invocations that arrived after the warm-up; means over replications, so not always whole.
/// offered = completed + throttled + timed_out + failed + dropped + abandoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    pub offered: f64,
    pub completed: f64,
    pub cold_starts: f64,
    pub throttled: f64,
    pub timed_out: f64,
    pub failed: f64,
    pub dropped: f64,
    /// Left by clients who had waited for as long as they would.
    pub abandoned: f64,
    /// Attempts beyond the first.
    pub retried: f64,
}

/// A 95 % confidence interval, `null` where a run is too short to tell: see [`Intervals`].
pub type Ci95 = Option<[f64; 2]>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColdStart {
    /// Cold starts / invocations that started; `null` where nothing started.
    pub fraction: Option<f64>,
    pub ci95: Ci95,
    /// Percentiles over functions of each function's own fraction.
    pub by_function: Option<Percentiles>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p99: f64,
}

/// Latency of completed invocations from the client's first attempt. All `null` where nothing completed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
    pub ci95: LatencyCi,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyCi {
    pub mean: Ci95,
    pub p99: Ci95,
}

/// Where the time of a completed invocation went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phases {
    pub network: Phase,
    pub queue: Phase,
    pub cold_start: Phase,
    pub execution: Phase,
    pub services: Phase,
}

impl Phases {
    /// Name and figures, in the order in which an invocation passes them.
    pub fn named(&self) -> [(&'static str, Phase); 5] {
        [
            ("network", self.network),
            ("queue", self.queue),
            ("cold start", self.cold_start),
            ("execution", self.execution),
            ("services", self.services),
        ]
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub currency: Currency,
    /// Of the whole window.
    pub total: Money,
    /// Of a month of 730 hours at this usage.
    pub per_month: Money,
    /// `total` per million invocations offered, the warm-up's included; `null` for none.
    pub per_million_invocations: Option<Money>,
    /// Of `per_month`.
    pub ci95: Ci95,
    /// Paid at the start of a reserved term; `items` hold its share for the window.
    pub upfront: Money,
    /// What `total` is made of, where something is owned.
    pub by_category: Option<ByCategory>,
    /// What `per_month` was paid for; `null` in results of earlier versions.
    #[serde(default)]
    pub by_cause: Option<ByCause>,
    /// When cash flows for what is owned; empty where nothing is.
    pub cash_by_year: Vec<CashByYear>,
    pub items: Vec<InvoiceItem>,
    /// The items of `per_month`.
    pub month_items: Vec<InvoiceItem>,
}

/// Kinds of cost that are never mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByCategory {
    /// What providers are paid.
    pub provider: Money,
    /// Paid as it arises for what is owned: energy, space, licences, maintenance.
    pub cash: Money,
    /// Capital spread over time: depreciation, and the cost of the money that is bound.
    pub depreciation: Money,
    pub staff: Money,
}

/// Cash that flows in one calendar year for what is owned; the mean over replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashByYear {
    pub year: i32,
    /// Servers, spares and network gear, when they are ordered.
    pub purchases: Money,
    pub operating: Money,
    pub staff: Money,
}

/// One line of the bill; the mean over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoiceItem {
    pub provider: String,
    pub service: String,
    pub item: String,
    /// In `unit`s.
    pub quantity: Money,
    pub unit: String,
    /// Price of one unit.
    pub price: Money,
    pub amount: Money,
    /// `1`, `2`, ... where the price has tiers; `free` for an allowance.
    pub tier: Option<String>,
    /// `cash`, `depreciation`, `staff` for what is owned; `null` for what a provider is paid.
    pub category: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slo {
    pub met: bool,
    pub objectives: Vec<Objective>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `latency.p99`, `errors`, `cold_starts`, `cost.per_month`.
    pub name: String,
    /// Upper bound, in seconds, as a share, or in the currency of the bill.
    pub target: f64,
    pub actual: Option<f64>,
    pub met: bool,
}

/// `difference` = `a` - `b`, paired over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub a: String,
    pub b: String,
    /// A path in a deployment, such as `cost.per_month`.
    pub metric: String,
    pub difference: Option<f64>,
    pub ci95: Ci95,
}

/// `run.json`: what differs from run to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    pub version: String,
    pub wall_s: f64,
    pub threads: usize,
    pub invocations_simulated: u64,
    pub invocations_per_s: f64,
    /// Deployments whose functions had to be run together because an account limit bound.
    pub run_together: Vec<String>,
}
