//! `results.json` of a study of uncertainty: intervals of bills, and what they depend on.

use serde::{Deserialize, Serialize};

use super::outcome::{Metric, Outcome};
use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;

/// The version of this form.
pub const UNCERTAINTY_SCHEMA: &str = "breakeven.uncertainty/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    pub schema: String,
    pub scenario: StudiedScenario,
    /// Whether the scenario has any; without, `meets` says that nearly everything completes.
    #[serde(default = "super::studied::yes")]
    pub objectives: bool,
    pub currency: String,
    pub inputs: Vec<Input>,
    pub draws: u32,
    /// Share of the draws in which something meets the objectives and nothing is the cheapest beyond doubt: bills are the same
    /// (`tied` of the deployments, with one replication all of it), or differ by less than the noise.
    pub undecided: f64,
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
    /// Share of the draws in which it is, beyond doubt, the cheapest of those that meet the objectives, and its interval.
    pub cheapest: f64,
    pub cheapest_ci95: [f64; 2],
    /// Share of the draws in which it costs as little as another, and nothing costs less.
    pub tied: f64,
    /// Share of the draws in which it differs by less than the noise from the cheapest of those that meet the objectives, or
    /// is that; `null` with one replication or a trace, which know no noise.
    pub undecided: Option<f64>,
    /// Share of the draws in which it meets the objectives.
    pub meets: f64,
}

impl UncertainDeployment {
    /// Share of the draws in which it may be the cheapest that meets the objectives.
    pub fn may_be_cheapest(&self) -> f64 {
        self.cheapest + self.tied + self.undecided.unwrap_or(0.0)
    }

    /// Before what is the cheapest less often, then before what may be it less often, then before the higher median.
    pub fn rank(&self, other: &Self) -> std::cmp::Ordering {
        let median = |one: &Self| one.quantiles[QUANTILES.len() / 2];
        let most = other.cheapest.total_cmp(&self.cheapest);
        let may = || other.may_be_cheapest().total_cmp(&self.may_be_cheapest());
        most.then_with(may).then_with(|| median(self).total_cmp(&median(other)))
    }
}

/// Shares of [`UncertainDeployment::quantiles`].
pub const QUANTILES: [f64; 7] = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975];

/// Two deployments, whatever their objectives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub a: String,
    pub b: String,
    /// Share of the draws in which `a` costs less beyond doubt, and its interval.
    pub a_is_cheaper: f64,
    pub a_ci95: [f64; 2],
    pub b_is_cheaper: f64,
    pub b_ci95: [f64; 2],
    /// Share of the draws in which both cost the same.
    pub tied: f64,
    /// Share of the draws in which the paired interval of the difference over the replications contains zero; `null` with one
    /// replication.
    pub undecided: Option<f64>,
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
    /// Of each deployment against each later one.
    #[serde(skip)]
    verdicts: Vec<Verdict>,
}

/// Which of two costs less in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    First,
    Second,
    /// The same in every replication.
    Tied,
    /// The 95 % interval of the difference, paired over the replications, contains zero.
    Undecided,
}

impl Verdict {
    fn of(first: &Outcome, second: &Outcome) -> Self {
        let Some((mean, interval)) = first.difference(second, Metric::CostPerMonth) else { return Self::Undecided };
        match interval {
            _ if mean == 0.0 && interval.is_none_or(|interval| interval.half_width == 0.0) => Self::Tied,
            Some(interval) if interval.contains(0.0) => Self::Undecided,
            _ if mean < 0.0 => Self::First,
            _ => Self::Second,
        }
    }
}

/// What a deployment is among those that meet the objectives in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Cheapest,
    /// With another.
    Tied,
    Undecided,
    /// Dearer than another, or it does not meet the objectives.
    Beaten,
}

impl Draw {
    /// All that is kept of the `outcomes` of a draw.
    pub fn of(settings: Vec<String>, outcomes: &[Outcome]) -> Self {
        let later = |first: usize| outcomes[first + 1..].iter().map(move |second| (first, second));
        let pairs = (0..outcomes.len()).flat_map(later);
        Self {
            settings,
            cost_per_month: outcomes.iter().map(Outcome::cost).collect(),
            meets: outcomes.iter().map(|outcome| outcome.meets).collect(),
            verdicts: pairs.map(|(first, second)| Verdict::of(&outcomes[first], second)).collect(),
        }
    }

    /// Between the deployments at these places, of which `first` is the smaller.
    pub fn verdict(&self, first: usize, second: usize) -> Verdict {
        let before = first * (2 * self.meets.len() - first - 1) / 2;
        self.verdicts[before + second - first - 1]
    }

    /// The place of the least mean cost of those that meet the objectives, the earliest of equals; `None` if none does.
    pub fn least(&self) -> Option<usize> {
        let fit = (0..self.meets.len()).filter(|&place| self.meets[place]);
        fit.min_by(|&a, &b| self.cost_per_month[a].total_cmp(&self.cost_per_month[b]))
    }

    /// Of all deployments.
    pub fn standings(&self) -> Vec<Standing> {
        let mut standings = vec![Standing::Beaten; self.meets.len()];
        let Some(least) = self.least() else { return standings };
        let open = |&place: &usize| {
            let verdict = || self.verdict(place.min(least), place.max(least));
            place != least && self.meets[place] && matches!(verdict(), Verdict::Tied | Verdict::Undecided)
        };
        let rivals: Vec<usize> = (0..self.meets.len()).filter(open).collect();
        let tied = |&place: &usize| self.verdict(place.min(least), place.max(least)) == Verdict::Tied;
        let standing = match rivals.as_slice() {
            [] => Standing::Cheapest,
            some if some.iter().all(tied) => Standing::Tied,
            _ => Standing::Undecided,
        };
        rivals.into_iter().chain([least]).for_each(|place| standings[place] = standing);
        standings
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
