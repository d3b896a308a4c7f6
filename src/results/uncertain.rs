//! `results.json` of a study of uncertainty: intervals of bills, and what they depend on.

use serde::{Deserialize, Serialize};

use super::Outcome;
use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;

/// The version of this form.
pub const UNCERTAINTY_SCHEMA: &str = "breakeven.uncertainty/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    pub schema: String,
    pub scenario: StudiedScenario,
    pub currency: String,
    pub inputs: Vec<Input>,
    pub draws: u32,
    pub deployments: Vec<UncertainDeployment>,
    pub pairs: Vec<Pair>,
    pub tornado: Vec<Swing>,
    /// What moves the difference of the two that are the cheapest most often; `None` where there is one deployment.
    pub contest: Option<Contest>,
    /// By draw: the values of the inputs, then the costs of the deployments; `null` where one is not met.
    pub drawn: Vec<Draw>,
}

/// What is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub path: String,
    /// As the scenario says it.
    pub range: String,
}

/// The bill of a month over all draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UncertainDeployment {
    pub name: String,
    pub mean: f64,
    /// At 2.5, 5, 25, 50, 75, 95 and 97.5 %.
    pub quantiles: [f64; 7],
    /// Share of the draws in which it is the cheapest of those that meet the objectives, and its standard error.
    pub cheapest: f64,
    pub cheapest_error: f64,
    /// Share of the draws in which it meets the objectives.
    pub meets: f64,
}

/// Shares of [`UncertainDeployment::quantiles`].
pub const QUANTILES: [f64; 7] = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975];

/// Two deployments, whatever their objectives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub a: String,
    pub b: String,
    /// Share of the draws in which `b` costs less than `a`, and its standard error.
    pub b_is_cheaper: f64,
    pub error: f64,
    /// Cost of a month of a less b, at 5, 50 and 95 %.
    pub difference: [f64; 3],
}

/// One input at its 10th and its 90th percentile, all others at their median.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swing {
    pub path: String,
    pub deployment: String,
    pub at: [String; 2],
    pub cost_per_month: [f64; 2],
}

/// Two deployments, and what each input by itself does to the difference of their bills.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    pub a: String,
    pub b: String,
    /// The widest first.
    pub tornado: Vec<DifferenceSwing>,
}

/// One input at its 10th and its 90th percentile, all others at their median.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferenceSwing {
    pub path: String,
    pub at: [String; 2],
    /// Cost of a month of a less b.
    pub difference: [f64; 2],
}

impl DifferenceSwing {
    /// Whether this input by itself decides which of the two is cheaper.
    pub fn decides(&self) -> bool {
        self.difference[0] * self.difference[1] < 0.0
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    pub settings: Vec<String>,
    pub cost_per_month: Vec<f64>,
    pub meets: Vec<bool>,
}

impl Draw {
    /// All that is kept of the `outcomes` of a draw.
    pub fn of(settings: Vec<String>, outcomes: &[Outcome]) -> Self {
        Self {
            settings,
            cost_per_month: outcomes.iter().map(Outcome::cost).collect(),
            meets: outcomes.iter().map(|outcome| outcome.meets).collect(),
        }
    }

    /// The place of the cheapest of those that meet the objectives, the earliest of equals; `None` if none does.
    pub fn cheapest(&self) -> Option<usize> {
        let fit = (0..self.meets.len()).filter(|&place| self.meets[place]);
        fit.min_by(|&a, &b| self.cost_per_month[a].total_cmp(&self.cost_per_month[b]))
    }
}

impl Uncertainty {
    /// The table of all draws.
    pub fn frame(&self) -> Frame {
        let drawn = &self.drawn;
        let mut columns = vec![("draw".to_owned(), Column::Count((0..drawn.len() as u64).collect()))];
        for (place, input) in self.inputs.iter().enumerate() {
            let value = |draw: &Draw| draw.settings[place].split_once('=').map_or("", |(_, value)| value).to_owned();
            columns.push((input.path.clone(), Column::Text(drawn.iter().map(value).collect())));
        }
        for (place, deployment) in self.deployments.iter().enumerate() {
            let costs = drawn.iter().map(|draw| draw.cost_per_month[place]).collect();
            columns.push((format!("cost_per_month of {}", deployment.name), Column::Number(costs)));
            let meets = drawn.iter().map(|draw| draw.meets[place]).collect();
            columns.push((format!("{} meets", deployment.name), Column::Flag(meets)));
        }
        Frame { name: "draws".to_owned(), columns }
    }
}

/// The value below which `share` of the sorted values lie, nearest rank.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}
