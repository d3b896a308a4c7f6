//! What a sweep finds: a row for each deployment at each point.

mod excerpt;
mod summary;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::excerpt::{Ends, Excerpt, Gathered, PANELS, TABLE, is_dot, panel};
pub use self::summary::{Gist, SweepSummary, SweptDeployment, SweptPoint};
use super::WarmupFound;
use super::outcome::{Metric, Outcome, cheapest};
use super::store::frame::{Column, Frame};
use crate::scenario::vary;
use crate::stats::{Interval, mean_and_error};

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

/// `PATH=a,b,c`, of many values the first and the last.
impl fmt::Display for SweepAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.path)?;
        match self.values.as_slice() {
            [first, second, .., last] if self.values.len() > SHOWN => {
                write!(f, "{first},{second},...,{last} ({} values)", self.values.len())
            }
            values => f.write_str(&values.join(",")),
        }
    }
}

impl SweepAxis {
    /// Whether it is about what is asked, or what others ask for it, and so no decision. Prices of one's own are not known here.
    pub fn is_given(&self) -> bool {
        let section = self.path.split('.').next();
        self.is_of_prices() || matches!(section, Some("workload" | "functions" | "scenario" | "demand" | "slo"))
    }

    /// Whether it changes bills and nothing else.
    pub fn is_of_prices(&self) -> bool {
        vary::is_of_prices(&self.path)
    }
}

/// Values of an axis that are written out.
const SHOWN: usize = 12;

impl SweepPlan {
    pub fn blocks(&self) -> usize {
        self.points.div_ceil(self.block.max(1))
    }

    /// Points of a block.
    pub fn points_of(&self, block: usize) -> std::ops::Range<usize> {
        let from = (block * self.block).min(self.points);
        from..(from + self.block).min(self.points)
    }

    /// Values of an axis of a grid; `None` for other designs, whose points have values of their own.
    pub fn levels(&self, axis: usize) -> Option<usize> {
        (self.design == "grid").then(|| self.axes[axis].values.len())
    }

    /// Which value of an axis a point of a grid has: the last axis changes fastest. The point itself for other designs.
    pub fn level(&self, axis: usize, point: u64) -> usize {
        let Some(levels) = self.levels(axis) else { return point as usize };
        let faster: usize = self.axes[axis + 1..].iter().map(|axis| axis.values.len()).product();
        point as usize / faster.max(1) % levels.max(1)
    }

    /// What is different in another sweep, for a reader; empty if they are the same.
    pub fn changes(&self, other: &Self) -> Vec<String> {
        let mut changes: Vec<String> = self.other_axes(other).into_iter().collect();
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

impl SweepPlan {
    /// In what the axes of another sweep differ.
    fn other_axes(&self, other: &Self) -> Option<String> {
        if self.axes == other.axes {
            return None;
        }
        let own = |ours: &Self, theirs: &Self| {
            let own = ours.axes.iter().filter(|axis| !theirs.axes.contains(axis));
            own.map(SweepAxis::to_string).collect::<Vec<_>>().join(" ")
        };
        Some(match (own(self, other), own(other, self)) {
            (was, is) if was == is && was.is_empty() => "the order of what is varied has changed".to_owned(),
            (was, is) if was == is => format!("other values are varied between those of {is}"),
            (was, is) if was.is_empty() => format!("what is varied has also {is}"),
            (was, is) if is.is_empty() => format!("what is varied no longer has {was}"),
            (was, is) => format!("what is varied was {was}, is {is}"),
        })
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

    /// Cost of a month against p99 latency; `None` where either is not known.
    pub fn tradeoff(&self) -> Option<[f64; 2]> {
        let (cost, p99) = (self.mean(Metric::CostPerMonth)?, self.mean(Metric::LatencyP99)?);
        (cost.is_finite() && p99.is_finite() && p99 > 0.0).then_some([cost, p99])
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

    /// Whether it costs what the cheapest does, or cannot be told from it.
    pub fn ties(&self) -> bool {
        let is_tied = match self.above_cheapest {
            [_, Some(low), Some(high)] => low <= 0.0 && high >= 0.0,
            [difference, ..] => difference == Some(0.0),
        };
        is_tied && !self.cheapest
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
        figures: Metric::ALL.map(|metric| figure(outcome, metric)).to_vec(),
        above_cheapest: best.map_or([None; 3], |best| against(outcome, &outcomes[best])),
        variance_reduction: best.filter(|best| *best != place).and_then(|best| reduction(outcome, &outcomes[best])),
    };
    outcomes.iter().enumerate().map(row).collect()
}

/// Its mean, and an interval that a share does not leave.
fn figure(outcome: &Outcome, metric: Metric) -> [Option<f64>; 3] {
    let ends = metric.within_bounds(outcome.interval(metric).map(|interval| [interval.low(), interval.high()]));
    [outcome.mean(metric), ends.map(|[low, _]| low), ends.map(|[_, high]| high)]
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

#[cfg(test)]
impl SweepPlan {
    /// Of nothing, for tests to fill.
    pub fn example() -> Self {
        Self {
            schema: SWEEP_SCHEMA.to_owned(),
            name: "many".to_owned(),
            hash: String::new(),
            version: String::new(),
            seed: 1,
            replications: 1,
            warmup_s: 0.0,
            warmup_found: None,
            design: "grid".to_owned(),
            axes: Vec::new(),
            points: 1,
            block: 32,
            values: Vec::new(),
        }
    }
}

#[cfg(test)]
impl SweepRow {
    /// Of the first point, without levels.
    pub fn example() -> Self {
        Self {
            point: 0,
            levels: Vec::new(),
            deployment: "a".to_owned(),
            platform: "aws-lambda".to_owned(),
            currency: "USD".to_owned(),
            meets: true,
            cheapest: true,
            worst: None,
            worst_actual: None,
            worst_bound: None,
            figures: vec![[Some(1.5), None, None]; Metric::ALL.len()],
            above_cheapest: [None; 3],
            variance_reduction: None,
        }
    }
}
