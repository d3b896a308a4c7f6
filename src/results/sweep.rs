//! What a sweep finds: a row for each deployment at each point.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::outcome::{Metric, Outcome, cheapest};
use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;
use super::{Objective, WarmupFound};
use crate::stats::{Interval, mean_and_error, median};

/// The version of this form.
pub const SWEEP_SCHEMA: &str = "breakeven.sweep/1";

/// What is swept: equal for every shard, and kept beside the parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    pub schema: String,
    pub name: String,
    /// SHA-256 of the resolved scenario and its traces.
    pub hash: String,
    pub version: String,
    pub seed: u64,
    pub replications: u32,
    /// As [`StudiedScenario`] has it: every shard finds the same.
    #[serde(default)]
    pub warmup_s: f64,
    #[serde(default)]
    pub warmup_found: Option<WarmupFound>,
    /// `grid`, `lhs`, `sobol`.
    pub design: String,
    pub axes: Vec<SweepAxis>,
    pub points: usize,
    /// Points that are committed together; the last block may be shorter.
    pub block: usize,
    /// Every value of the scenario by its path, to name what has changed.
    pub values: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepAxis {
    pub path: String,
    pub unit: String,
    /// All values of a grid; of other designs the ends, or the names.
    pub values: Vec<String>,
}

/// `PATH=a,b,c`.
impl fmt::Display for SweepAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.values.join(","))
    }
}

impl SweepPlan {
    pub fn blocks(&self) -> usize {
        self.points.div_ceil(self.block.max(1))
    }

    /// Points of a block.
    pub fn points_of(&self, block: usize) -> std::ops::Range<usize> {
        let from = (block * self.block).min(self.points);
        from..(from + self.block).min(self.points)
    }

    /// What is different in another sweep, for a reader; empty if they are the same.
    pub fn changes(&self, other: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        let mut differ = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                changes.push(format!("{what} was {ours}, is {theirs}"));
            }
        };
        differ("the version", self.version.clone(), other.version.clone());
        differ("the seed", self.seed.to_string(), other.seed.to_string());
        differ("the number of replications", self.replications.to_string(), other.replications.to_string());
        differ("the design", self.design.clone(), other.design.clone());
        differ("the number of points", self.points.to_string(), other.points.to_string());
        let axes = |plan: &Self| plan.axes.iter().map(SweepAxis::to_string).collect::<Vec<_>>().join(" ");
        differ("what is varied", axes(self), axes(other));
        let find = |values: &[(String, String)], path: &str| {
            values.iter().find(|(known, _)| known == path).map_or("absent".to_owned(), |(_, value)| value.clone())
        };
        let paths = self.values.iter().chain(&other.values).map(|(path, _)| path);
        let mut seen: Vec<&String> = Vec::new();
        for path in paths {
            if !seen.contains(&path) && path != "scenario.seed" && path != "scenario.replications" {
                seen.push(path);
                differ(&format!("`{path}`"), find(&self.values, path), find(&other.values, path));
            }
        }
        if changes.is_empty() && self.hash != other.hash {
            changes.push("a trace, a price list or a platform that the scenario uses has changed".to_owned());
        }
        changes
    }
}

/// One deployment at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRow {
    pub point: u64,
    /// By axis: as a user would write it, and the number in the axis's unit.
    pub levels: Vec<(String, Option<f64>)>,
    pub deployment: String,
    pub platform: String,
    pub currency: String,
    /// Within the objectives.
    pub meets: bool,
    /// The cheapest of those that meet them.
    pub cheapest: bool,
    /// The objective that is kept least, what it came to, and its bound.
    pub worst: Option<String>,
    pub worst_actual: Option<f64>,
    pub worst_bound: Option<f64>,
    /// In the order of [`Metric::ALL`]: mean, and the ends of its 95 % interval.
    pub figures: Vec<[Option<f64>; 3]>,
    /// Cost of a month against the cheapest, paired, with its interval.
    pub above_cheapest: [Option<f64>; 3],
    /// By how much common random numbers cut the variance of that difference.
    pub variance_reduction: Option<f64>,
}

impl SweepRow {
    pub fn mean(&self, metric: Metric) -> Option<f64> {
        self.figures[metric as usize][0]
    }

    pub fn ends(&self, metric: Metric) -> Option<[f64; 2]> {
        let [_, low, high] = self.figures[metric as usize];
        Some([low?, high?])
    }

    /// The objective that is kept least, as a multiple of its bound; without objectives, what is left undone.
    fn miss(&self) -> f64 {
        match (self.worst_actual, self.worst_bound) {
            (Some(actual), Some(bound)) if bound > 0.0 => actual / bound,
            (None, Some(_)) => f64::INFINITY,
            _ => self.mean(Metric::Errors).unwrap_or(f64::INFINITY),
        }
    }

    /// Whether its cost cannot be told from the cheapest's.
    pub fn ties(&self) -> bool {
        matches!(self.above_cheapest, [_, Some(low), Some(high)] if low <= 0.0 && high >= 0.0) && !self.cheapest
    }
}

/// The rows of a point.
pub fn rows(point: usize, levels: &[(String, Option<f64>)], outcomes: &[Outcome]) -> Vec<SweepRow> {
    let best = cheapest(outcomes);
    let row = |(place, outcome): (usize, &Outcome)| SweepRow {
        point: point as u64,
        levels: levels.to_vec(),
        deployment: outcome.deployment.clone(),
        platform: outcome.platform.clone(),
        currency: outcome.currency.code().to_owned(),
        meets: outcome.meets,
        cheapest: best == Some(place),
        worst: outcome.worst().map(|(objective, _)| objective.name.clone()),
        worst_actual: outcome.worst().and_then(|(objective, _)| objective.actual),
        worst_bound: outcome.worst().map(|(objective, _)| objective.target),
        figures: Metric::ALL.map(|metric| with_ends(outcome.mean(metric), outcome.interval(metric))).to_vec(),
        above_cheapest: best.map_or([None; 3], |best| against(outcome, &outcomes[best])),
        variance_reduction: best.filter(|best| *best != place).and_then(|best| reduction(outcome, &outcomes[best])),
    };
    outcomes.iter().enumerate().map(row).collect()
}

fn with_ends(mean: Option<f64>, interval: Option<Interval>) -> [Option<f64>; 3] {
    [mean, interval.map(|interval| interval.low()), interval.map(|interval| interval.high())]
}

/// Costs in different currencies are not compared.
fn against(outcome: &Outcome, best: &Outcome) -> [Option<f64>; 3] {
    if outcome.currency != best.currency {
        return [None; 3];
    }
    let difference = outcome.difference(best, Metric::CostPerMonth);
    difference.map_or([None; 3], |(mean, interval)| with_ends(Some(mean), interval))
}

fn reduction(outcome: &Outcome, best: &Outcome) -> Option<f64> {
    let (ours, theirs) = (outcome.values(Metric::CostPerMonth)?, best.values(Metric::CostPerMonth)?);
    let differences: Vec<f64> = ours.iter().zip(&theirs).map(|(a, b)| a - b).collect();
    let [a, b, paired] =
        [&ours, &theirs, &differences].map(|values| mean_and_error(values).map(|(_, error)| error.powi(2)));
    // A bill that chance does not touch has no part in it.
    let [a, b, paired] = [a, b, paired].map(|variance| variance.filter(|variance| *variance > 0.0));
    Some((a? + b?) / paired?)
}

/// The table of a sweep; `axes` with their units.
pub fn frame(axes: &[SweepAxis], rows: &[SweepRow]) -> Frame {
    let mut columns = vec![("point".to_owned(), Column::Count(rows.iter().map(|row| row.point).collect()))];
    for (place, axis) in axes.iter().enumerate() {
        let labels = rows.iter().map(|row| row.levels[place].0.clone()).collect();
        columns.push((axis.path.clone(), Column::Text(labels)));
        let numbers = rows.iter().map(|row| row.levels[place].1).collect();
        columns.push((number_column(axis), Column::Figure(numbers)));
    }
    let text = |of: fn(&SweepRow) -> &String| Column::Text(rows.iter().map(|row| of(row).clone()).collect());
    let flag = |of: fn(&SweepRow) -> bool| Column::Flag(rows.iter().map(of).collect());
    columns.push(("deployment".to_owned(), text(|row| &row.deployment)));
    columns.push(("platform".to_owned(), text(|row| &row.platform)));
    columns.push(("currency".to_owned(), text(|row| &row.currency)));
    columns.push(("meets_objectives".to_owned(), flag(|row| row.meets)));
    columns.push(("cheapest".to_owned(), flag(|row| row.cheapest)));
    columns.push(("worst_objective".to_owned(), Column::Label(rows.iter().map(|row| row.worst.clone()).collect())));
    columns.push(("worst_actual".to_owned(), Column::Figure(rows.iter().map(|row| row.worst_actual).collect())));
    columns.push(("worst_bound".to_owned(), Column::Figure(rows.iter().map(|row| row.worst_bound).collect())));
    for (name, of) in figure_columns() {
        columns.push((name, Column::Figure(rows.iter().map(of).collect())));
    }
    Frame { name: "points".to_owned(), columns }
}

fn number_column(axis: &SweepAxis) -> String {
    if axis.unit.is_empty() { format!("{} (number)", axis.path) } else { format!("{} ({})", axis.path, axis.unit) }
}

/// A figure of a row, by the name of its column.
type FigureColumn = (String, Box<dyn Fn(&SweepRow) -> Option<f64>>);

fn figure_columns() -> Vec<FigureColumn> {
    let ends = ["", "_low", "_high"];
    let mut columns: Vec<FigureColumn> = Vec::new();
    for (place, metric) in Metric::ALL.into_iter().enumerate() {
        for (end, suffix) in ends.into_iter().enumerate() {
            columns.push((format!("{}{suffix}", metric.name()), Box::new(move |row| row.figures[place][end])));
        }
    }
    for (end, suffix) in ends.into_iter().enumerate() {
        let name = format!("cost_above_cheapest{suffix}");
        columns.push((name, Box::new(move |row| row.above_cheapest[end])));
    }
    columns.push(("variance_reduction".to_owned(), Box::new(|row| row.variance_reduction)));
    columns
}

/// The rows of a table that [`frame`] made.
pub fn from_frame(axes: &[SweepAxis], mut frame: Frame) -> Result<Vec<SweepRow>, String> {
    let points: Vec<u64> = frame.take("point")?.collect();
    let mut levels: Vec<Vec<(String, Option<f64>)>> = points.iter().map(|_| Vec::new()).collect();
    for axis in axes {
        let labels = frame.take::<String>(&axis.path)?;
        let numbers = frame.take::<Option<f64>>(&number_column(axis))?;
        levels.iter_mut().zip(labels.zip(numbers)).for_each(|(row, level)| row.push(level));
    }
    let [mut deployment, mut platform, mut currency] =
        [frame.take::<String>("deployment")?, frame.take("platform")?, frame.take("currency")?];
    let [mut meets, mut cheapest] = [frame.take::<bool>("meets_objectives")?, frame.take("cheapest")?];
    let mut worst = frame.take::<Option<String>>("worst_objective")?;
    let [mut actual, mut bound] = [frame.take::<Option<f64>>("worst_actual")?, frame.take("worst_bound")?];
    let mut figures = Vec::new();
    for (name, _) in figure_columns() {
        figures.push(frame.take::<Option<f64>>(&name)?);
    }
    let mut rows = Vec::new();
    for (point, levels) in points.into_iter().zip(levels) {
        let all: Vec<Option<f64>> = figures.iter_mut().map(|column| column.next().flatten()).collect();
        let (metrics, rest) = all.split_at(3 * Metric::ALL.len());
        rows.push(SweepRow {
            point,
            levels,
            deployment: deployment.next().unwrap_or_default(),
            platform: platform.next().unwrap_or_default(),
            currency: currency.next().unwrap_or_default(),
            meets: meets.next().unwrap_or_default(),
            cheapest: cheapest.next().unwrap_or_default(),
            worst: worst.next().flatten(),
            worst_actual: actual.next().flatten(),
            worst_bound: bound.next().flatten(),
            figures: metrics.chunks_exact(3).map(|of| [of[0], of[1], of[2]]).collect(),
            above_cheapest: [rest[0], rest[1], rest[2]],
            variance_reduction: rest[3],
        });
    }
    Ok(rows)
}

/// `results.json` of a sweep: what stands out of its table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepSummary {
    pub schema: String,
    pub scenario: StudiedScenario,
    pub design: String,
    pub axes: Vec<SweepAxis>,
    pub points: usize,
    pub deployments: Vec<SweptDeployment>,
    /// The cheapest that meets the objectives, over all points and deployments.
    pub best: Option<SweptPoint>,
    /// Where nothing meets the objectives: what misses them least, by the objective that it misses most.
    pub nearest: Option<SweptPoint>,
    /// Median over points of the factor by which common random numbers cut the variance of a difference of costs.
    pub variance_reduction: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptDeployment {
    pub name: String,
    pub platform: String,
    /// Points at which it meets the objectives, at which it is the cheapest of those that do, and at which its cost cannot
    /// be told from the cheapest's.
    pub meets: usize,
    pub cheapest: usize,
    pub ties: usize,
    /// Its own cheapest point among those where it meets the objectives.
    pub best: Option<SweptPoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptPoint {
    pub point: u64,
    /// `PATH=VALUE`, as for `--set`.
    pub settings: Vec<String>,
    pub deployment: String,
    pub currency: String,
    pub cost_per_month: Option<f64>,
    pub latency_p99_s: Option<f64>,
    pub errors: Option<f64>,
    /// The objective that is kept least.
    pub worst: Option<Objective>,
}

/// What stands out of `rows`.
pub fn summary(plan: &SweepPlan, rows: &[SweepRow]) -> SweepSummary {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        if !names.iter().any(|(name, _)| *name == row.deployment) {
            names.push((&row.deployment, &row.platform));
        }
    }
    let deployment = |(name, platform): &(&str, &str)| {
        let ours = || rows.iter().filter(|row| row.deployment == *name);
        SweptDeployment {
            name: (*name).to_owned(),
            platform: (*platform).to_owned(),
            meets: ours().filter(|row| row.meets).count(),
            cheapest: ours().filter(|row| row.cheapest).count(),
            ties: ours().filter(|row| row.meets && row.ties()).count(),
            best: cheapest_of(ours().filter(|row| row.meets)).map(|row| swept(plan, row)),
        }
    };
    let best = cheapest_of(rows.iter().filter(|row| row.meets));
    let nearest = rows.iter().filter(|_| best.is_none()).min_by(|a, b| a.miss().total_cmp(&b.miss()));
    SweepSummary {
        schema: SWEEP_SCHEMA.to_owned(),
        scenario: StudiedScenario::of_sweep(plan),
        design: plan.design.clone(),
        axes: plan.axes.clone(),
        points: plan.points,
        deployments: names.iter().map(deployment).collect(),
        best: best.map(|row| swept(plan, row)),
        nearest: nearest.map(|row| swept(plan, row)),
        variance_reduction: median(rows.iter().filter_map(|row| row.variance_reduction).collect()),
    }
}

/// The earliest of equals.
fn cheapest_of<'r>(rows: impl Iterator<Item = &'r SweepRow>) -> Option<&'r SweepRow> {
    let cost = |row: &SweepRow| row.mean(Metric::CostPerMonth).unwrap_or(f64::INFINITY);
    rows.min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

fn swept(plan: &SweepPlan, row: &SweepRow) -> SweptPoint {
    let setting = |(axis, (label, _)): (&SweepAxis, &(String, Option<f64>))| format!("{}={label}", axis.path);
    SweptPoint {
        point: row.point,
        settings: plan.axes.iter().zip(&row.levels).map(setting).collect(),
        deployment: row.deployment.clone(),
        currency: row.currency.clone(),
        cost_per_month: row.mean(Metric::CostPerMonth),
        latency_p99_s: row.mean(Metric::LatencyP99),
        errors: row.mean(Metric::Errors),
        worst: row.worst.as_ref().map(|name| Objective {
            name: name.clone(),
            target: row.worst_bound.unwrap_or(f64::NAN),
            actual: row.worst_actual,
            met: row.miss() <= 1.0,
        }),
    }
}
