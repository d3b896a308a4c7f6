//! `results.json` of a search: the cheapest configuration that meets the objectives, and what else one could choose.

use serde::{Deserialize, Serialize};

use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;
use super::sweep::SweepAxis;
use super::{Metric, Objective, Outcome};
use crate::stats::Interval;

/// The version of this form.
pub const OPTIMUM_SCHEMA: &str = "breakeven.optimize/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimum {
    pub schema: String,
    pub scenario: StudiedScenario,
    /// Whether the scenario has any; without, `meets` says that nearly everything completes.
    #[serde(default = "super::studied::yes")]
    pub objectives: bool,
    pub axes: Vec<SweepAxis>,
    pub currency: String,
    /// Configurations that the axes have, each deployment over those that change it, and how many were measured.
    pub space: f64,
    pub measured: usize,
    /// Of the contenders, at the end.
    pub replications: u32,
    /// Whether the best is cheaper than the next by more than chance explains; `null` where nobody can tell: with one
    /// replication, and with a trace, which is one draw of the load.
    pub separated: Option<bool>,
    pub best: Option<Choice>,
    /// The next, and its cost of a month less that of the best.
    pub runner_up: Option<Beside>,
    /// The cheapest deployment of the scenario as it stands that meets the objectives, likewise.
    pub as_it_stands: Option<Beside>,
    /// Where nothing meets the objectives: what misses them least.
    pub nearest: Option<Choice>,
    /// All that was measured; those that nothing beats both in cost and in p99 latency are marked.
    pub choices: Vec<Choice>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub deployment: String,
    pub platform: String,
    /// `PATH=VALUE`, as for `--set`.
    pub settings: Vec<String>,
    /// With which it was measured: those that could be the cheapest have more than the others.
    #[serde(default)]
    pub replications: u32,
    pub meets: bool,
    /// It meets the objectives, and nothing that does is both cheaper and faster.
    pub on_front: bool,
    pub cost_per_month: f64,
    pub cost_ci95: Option<[f64; 2]>,
    pub latency_p99_s: Option<f64>,
    pub latency_p99_ci95: Option<[f64; 2]>,
    pub errors: Option<f64>,
    pub utilization: Option<f64>,
    /// The objective that is kept least.
    pub worst: Option<Objective>,
}

/// A configuration beside the best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    pub choice: Choice,
    /// Cost of a month, less that of the best.
    pub difference: f64,
    /// Paired over replications.
    pub ci95: Option<[f64; 2]>,
    /// Chance explains the difference, or there is none; `null` where nobody can tell.
    pub tie: Option<bool>,
}

fn ends(interval: Option<Interval>) -> Option<[f64; 2]> {
    interval.map(|interval| [interval.low(), interval.high()])
}

impl Choice {
    /// `settings`: as one writes them for `--set`.
    pub fn of(settings: Vec<String>, outcome: &Outcome) -> Self {
        Self {
            deployment: outcome.deployment.clone(),
            platform: outcome.platform.clone(),
            settings,
            replications: outcome.samples.len() as u32,
            meets: outcome.meets,
            on_front: false,
            cost_per_month: outcome.cost(),
            cost_ci95: ends(outcome.interval(Metric::CostPerMonth)),
            latency_p99_s: outcome.mean(Metric::LatencyP99),
            latency_p99_ci95: ends(outcome.interval(Metric::LatencyP99)),
            errors: outcome.mean(Metric::Errors),
            utilization: outcome.mean(Metric::Utilization),
            worst: outcome.worst().map(|(objective, _)| objective.clone()),
        }
    }
}

impl Beside {
    pub fn of(choice: Choice, outcome: &Outcome, best: &Outcome) -> Self {
        let paired = outcome.difference(best, Metric::CostPerMonth);
        let interval = paired.and_then(|(_, interval)| interval);
        let difference = paired.map_or(f64::NAN, |(mean, _)| mean);
        let tie = if difference == 0.0 { Some(true) } else { interval.map(|interval| interval.contains(0.0)) };
        Self { choice, difference, ci95: ends(interval), tie }
    }
}

/// Marks what nothing beats, among those that meet the objectives.
pub fn mark_front(choices: &mut [Choice]) {
    let fit: Vec<(f64, f64)> = choices
        .iter()
        .filter(|one| one.meets)
        .filter_map(|one| Some((one.cost_per_month, one.latency_p99_s?)))
        .collect();
    for choice in choices.iter_mut().filter(|choice| choice.meets) {
        let Some(p99) = choice.latency_p99_s else { continue };
        let cost = choice.cost_per_month;
        choice.on_front = !fit.iter().any(|&(c, l)| c <= cost && l <= p99 && (c < cost || l < p99));
    }
}

impl Optimum {
    /// The table of all that was measured.
    pub fn frame(&self) -> Frame {
        let choices = &self.choices;
        let text = |of: fn(&Choice) -> String| Column::Text(choices.iter().map(of).collect());
        let figure = |of: fn(&Choice) -> Option<f64>| Column::Figure(choices.iter().map(of).collect());
        let flag = |of: fn(&Choice) -> bool| Column::Flag(choices.iter().map(of).collect());
        let columns = [
            ("deployment", text(|one| one.deployment.clone())),
            ("platform", text(|one| one.platform.clone())),
            ("settings", text(|one| one.settings.join(" "))),
            ("meets_objectives", flag(|one| one.meets)),
            ("on_front", flag(|one| one.on_front)),
            ("cost_per_month", figure(|one| Some(one.cost_per_month))),
            ("cost_per_month_low", figure(|one| one.cost_ci95.map(|[low, _]| low))),
            ("cost_per_month_high", figure(|one| one.cost_ci95.map(|[_, high]| high))),
            ("latency_p99_s", figure(|one| one.latency_p99_s)),
            ("latency_p99_s_low", figure(|one| one.latency_p99_ci95.map(|[low, _]| low))),
            ("latency_p99_s_high", figure(|one| one.latency_p99_ci95.map(|[_, high]| high))),
            ("errors", figure(|one| one.errors)),
            ("utilization", figure(|one| one.utilization)),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        Frame { name: "points".to_owned(), columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(cost: f64, p99: f64, meets: bool) -> Choice {
        Choice {
            deployment: String::new(),
            platform: String::new(),
            settings: Vec::new(),
            replications: 3,
            meets,
            on_front: false,
            cost_per_month: cost,
            cost_ci95: None,
            latency_p99_s: Some(p99),
            latency_p99_ci95: None,
            errors: None,
            utilization: None,
            worst: None,
        }
    }

    #[test]
    fn the_front_is_what_nothing_beats_in_both() {
        let mut choices = [
            choice(1.0, 9.0, true),
            choice(2.0, 5.0, true),
            choice(3.0, 5.0, true),
            choice(4.0, 4.0, true),
            choice(0.5, 0.5, false),
        ];
        mark_front(&mut choices);
        assert_eq!(choices.map(|one| one.on_front), [true, true, false, true, false]);
    }
}
