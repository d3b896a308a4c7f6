//! What a study keeps of one deployment in one configuration: a few figures of every replication.

use crate::billing::BillingError;
use crate::record::Tally;
use crate::scenario::{Deployment, Plan};
use crate::stats::Interval;
use crate::units::Currency;

use super::assemble::{mean_of, slo};
use super::figures::Figures;
use super::{FEW_ERRORS, Objective};

/// A figure by which configurations are compared. Names are those of columns, with their units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    CostPerMonth,
    CostTotal,
    LatencyMean,
    LatencyP50,
    LatencyP95,
    LatencyP99,
    ColdFraction,
    Errors,
    Utilization,
    InstancesMean,
    InstancesPeak,
    IdleMoney,
}

impl Metric {
    pub const ALL: [Self; 12] = [
        Self::CostPerMonth,
        Self::CostTotal,
        Self::LatencyMean,
        Self::LatencyP50,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::ColdFraction,
        Self::Errors,
        Self::Utilization,
        Self::InstancesMean,
        Self::InstancesPeak,
        Self::IdleMoney,
    ];

    /// Of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CostPerMonth => "cost_per_month",
            Self::CostTotal => "cost_total",
            Self::LatencyMean => "latency_mean_s",
            Self::LatencyP50 => "latency_p50_s",
            Self::LatencyP95 => "latency_p95_s",
            Self::LatencyP99 => "latency_p99_s",
            Self::ColdFraction => "cold_fraction",
            Self::Errors => "errors",
            Self::Utilization => "utilization",
            Self::InstancesMean => "instances_mean",
            Self::InstancesPeak => "instances_peak",
            Self::IdleMoney => "idle_cost_per_month",
        }
    }

    /// Its interval, which of a share does not leave [0, 1].
    pub const fn within_bounds(self, ci95: Option<[f64; 2]>) -> Option<[f64; 2]> {
        match (self, ci95) {
            (Self::ColdFraction | Self::Errors | Self::Utilization, Some([low, high])) => {
                Some([low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)])
            }
            _ => ci95,
        }
    }

    /// By replication.
    pub(super) fn samples(self, figures: &[Figures]) -> Vec<Option<f64>> {
        figures.iter().map(|figures| self.of(figures)).collect()
    }

    fn of(self, figures: &Figures) -> Option<f64> {
        let percentile = |index: usize| figures.latency_percentiles.map(|percentiles| percentiles[index]);
        match self {
            Self::CostPerMonth => Some(figures.per_month().to_f64()),
            Self::CostTotal => Some(figures.total().to_f64()),
            Self::LatencyMean => figures.latency_mean,
            Self::LatencyP50 => percentile(0),
            Self::LatencyP95 => percentile(2),
            Self::LatencyP99 => percentile(3),
            Self::ColdFraction => figures.cold_fraction,
            Self::Errors => figures.errors(),
            Self::Utilization => figures.utilization,
            Self::InstancesMean => Some(figures.instances_mean),
            Self::InstancesPeak => Some(figures.instances_peak),
            Self::IdleMoney => Some(figures.idle_money),
        }
    }
}

/// One deployment in one configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub deployment: String,
    pub platform: String,
    pub summary: String,
    pub currency: Currency,
    /// A trace is one draw of the load, however often it is replayed: its replications say nothing of other days.
    pub replays: bool,
    /// By replication, then in the order of [`Metric::ALL`].
    pub samples: Vec<[Option<f64>; Metric::ALL.len()]>,
    /// Empty where the scenario has none.
    pub objectives: Vec<Objective>,
    /// Within its objectives; without any, nearly everything completes.
    pub meets: bool,
}

impl Outcome {
    /// `tallies`: by replication, finished.
    pub fn of(plan: &Plan, deployment: &Deployment, tallies: &[Tally]) -> Result<Self, BillingError> {
        let figures: Vec<Figures> = tallies
            .iter()
            .map(|tally| Figures::of(tally, &deployment.sites, plan.calendar))
            .collect::<Result<_, _>>()?;
        let objectives = slo(&plan.objectives, &figures).map_or_else(Vec::new, |slo| slo.objectives);
        let completes = figures.iter().all(|figures| figures.counts.completed > 0.0);
        let mut outcome = Self {
            deployment: deployment.name.clone(),
            platform: deployment.platform.clone(),
            summary: deployment.summary.clone(),
            currency: deployment.currency(),
            replays: plan.workload.replays(),
            samples: figures.iter().map(|figures| Metric::ALL.map(|metric| metric.of(figures))).collect(),
            objectives,
            meets: false,
        };
        let kept = match outcome.objectives.as_slice() {
            [] => outcome.mean(Metric::Errors).is_some_and(|errors| errors < FEW_ERRORS),
            objectives => objectives.iter().all(|objective| objective.met),
        };
        outcome.meets = completes && kept;
        Ok(outcome)
    }

    /// The metric in every replication; `None` if it is missing in one.
    pub fn values(&self, metric: Metric) -> Option<Vec<f64>> {
        self.samples.iter().map(|sample| sample[metric as usize]).collect()
    }

    pub fn mean(&self, metric: Metric) -> Option<f64> {
        mean_of(&self.values(metric)?)
    }

    /// The 95 % interval of the mean; `None` for one replication, and for a trace.
    pub fn interval(&self, metric: Metric) -> Option<Interval> {
        Interval::of(&self.values(metric)?).filter(|_| !self.replays)
    }

    /// The mean, which is always there for cost.
    pub fn cost(&self) -> f64 {
        self.mean(Metric::CostPerMonth).unwrap_or(f64::NAN)
    }

    /// The mean of this minus `other`, paired over replications, and its interval where there are several, and no trace.
    pub fn difference(&self, other: &Self, metric: Metric) -> Option<(f64, Option<Interval>)> {
        self.difference_within(other, metric, 0.95)
    }

    /// As [`difference`](Self::difference), with an interval of this confidence.
    pub fn difference_within(&self, other: &Self, metric: Metric, confidence: f64) -> Option<(f64, Option<Interval>)> {
        let (ours, theirs) = (self.values(metric)?, other.values(metric)?);
        let differences: Vec<f64> = ours.iter().zip(&theirs).map(|(a, b)| a - b).collect();
        let paired = ours.len() == theirs.len() && !self.replays;
        Some((mean_of(&differences)?, Interval::with_confidence(&differences, confidence).filter(|_| paired)))
    }

    /// How far it is from meeting the objectives: the worst as a multiple of its bound, or without any what is left undone.
    pub fn miss(&self) -> f64 {
        match self.worst() {
            Some((_, miss)) => miss,
            None => self.mean(Metric::Errors).unwrap_or(f64::INFINITY),
        }
    }

    /// How far the worst objective is missed, as a multiple of its bound; at most 1 if all are met, infinite where
    /// something was never measured.
    pub fn worst(&self) -> Option<(&Objective, f64)> {
        let miss = |objective: &Objective| match objective.actual {
            Some(actual) if objective.target > 0.0 => actual / objective.target,
            Some(actual) if actual <= 0.0 => 0.0,
            Some(_) | None => f64::INFINITY,
        };
        let misses = self.objectives.iter().map(|objective| (objective, miss(objective)));
        misses.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// The cheapest of those that do, the earliest of equals; `None` if none does.
pub fn cheapest(outcomes: &[Outcome]) -> Option<usize> {
    let fit = (0..outcomes.len()).filter(|&index| outcomes[index].meets);
    fit.min_by(|&a, &b| outcomes[a].cost().total_cmp(&outcomes[b].cost()))
}
