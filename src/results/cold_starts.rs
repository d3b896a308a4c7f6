//! `results.json` of a cold-start curve: what one factor does to cold starts and to tail latency.

use serde::{Deserialize, Serialize};

use super::outcome::{Metric, Outcome};
use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;
use crate::stats::median;

/// The version of this form.
pub const COLD_STARTS_SCHEMA: &str = "breakeven.cold-starts/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColdStarts {
    pub schema: String,
    pub scenario: StudiedScenario,
    pub deployment: String,
    pub platform: String,
    pub currency: String,
    /// What is varied: `rate`, `keep-alive`, `memory`, `concurrency`, `package`, `provisioned`.
    pub against: String,
    /// Of `value`: `/s`, `s`, `MB`, or nothing.
    pub unit: String,
    /// In the order in which they were asked for.
    pub points: Vec<ColdPoint>,
    /// Why there is no analytic share beside some; `null` where all have one.
    pub not_analytic: Option<String>,
    /// Median over the points of |analytic - simulated| / simulated, where both are above zero.
    pub deviation: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColdPoint {
    /// As one would write it.
    pub label: String,
    pub value: f64,
    /// Of invocations that started; `null` where none did.
    pub cold_share: Option<f64>,
    pub cold_share_ci95: Option<[f64; 2]>,
    pub latency_p99_s: Option<f64>,
    pub latency_p99_ci95: Option<[f64; 2]>,
    pub instances_mean: Option<f64>,
    pub cost_per_month: Option<f64>,
    /// Left undone, of those offered.
    pub errors: Option<f64>,
    pub analytic: Option<Analytic>,
}

/// What theory says of the share of cold starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analytic {
    pub cold_share: f64,
    /// `single-instance`, `exponential-chain` or `erlang-hierarchy`; the least exact of several functions.
    pub model: String,
    /// Whether the assumptions of the model are those of the simulation.
    pub exact: bool,
}

impl ColdPoint {
    pub fn of(label: &str, value: f64, outcome: &Outcome, analytic: Option<Analytic>) -> Self {
        let ends = |metric| outcome.interval(metric).map(|interval| [interval.low(), interval.high()]);
        Self {
            label: label.to_owned(),
            value,
            cold_share: outcome.mean(Metric::ColdFraction),
            // Where none was seen, their spread says nothing.
            cold_share_ci95: Metric::ColdFraction
                .within_bounds(ends(Metric::ColdFraction).filter(|[_, high]| *high > 0.0)),
            latency_p99_s: outcome.mean(Metric::LatencyP99),
            latency_p99_ci95: ends(Metric::LatencyP99),
            instances_mean: outcome.mean(Metric::InstancesMean),
            cost_per_month: outcome.mean(Metric::CostPerMonth),
            errors: outcome.mean(Metric::Errors),
            analytic,
        }
    }

    /// |analytic - simulated| / simulated.
    fn deviation(&self) -> Option<f64> {
        let (simulated, analytic) = (self.cold_share?, self.analytic.as_ref()?.cold_share);
        (simulated > 0.0 && analytic > 0.0).then(|| (analytic - simulated).abs() / simulated)
    }
}

/// The median deviation of `points`.
pub fn deviation(points: &[ColdPoint]) -> Option<f64> {
    median(points.iter().filter_map(ColdPoint::deviation).collect())
}

impl ColdStarts {
    /// The table of all points.
    pub fn frame(&self) -> Frame {
        let figure = |of: fn(&ColdPoint) -> Option<f64>| Column::Figure(self.points.iter().map(of).collect());
        let columns = vec![
            (self.against.clone(), Column::Text(self.points.iter().map(|point| point.label.clone()).collect())),
            ("value".to_owned(), Column::Number(self.points.iter().map(|point| point.value).collect())),
            ("cold_fraction".to_owned(), figure(|point| point.cold_share)),
            ("cold_fraction_low".to_owned(), figure(|point| Some(point.cold_share_ci95?[0]))),
            ("cold_fraction_high".to_owned(), figure(|point| Some(point.cold_share_ci95?[1]))),
            ("cold_fraction_analytic".to_owned(), figure(|point| Some(point.analytic.as_ref()?.cold_share))),
            ("latency_p99_s".to_owned(), figure(|point| point.latency_p99_s)),
            ("latency_p99_s_low".to_owned(), figure(|point| Some(point.latency_p99_ci95?[0]))),
            ("latency_p99_s_high".to_owned(), figure(|point| Some(point.latency_p99_ci95?[1]))),
            ("instances_mean".to_owned(), figure(|point| point.instances_mean)),
            ("cost_per_month".to_owned(), figure(|point| point.cost_per_month)),
            ("errors".to_owned(), figure(|point| point.errors)),
        ];
        Frame { name: "curve".to_owned(), columns }
    }
}
