//! The cheapest deployment over two axes, each doing the job, and how far the scenario is from another answer.

use std::sync::atomic::Ordering;

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::capacity::{Fitted, Side};
use super::{Laboratory, StudyError};
use crate::results::map::{Cell, DecisionMap, Flip, Indifference, MAP_SCHEMA};
use crate::results::sweep::SweepAxis;
use crate::results::{Metric, Outcome};
use crate::scenario::vary::{Axis, Level, Levels, Setting};

/// What is asked.
pub struct Question<'a> {
    /// Across and up.
    pub axes: [&'a Axis; 2],
    pub sides: Vec<Side>,
    /// Paths whose factors are searched for another answer.
    pub flips: Vec<String>,
}

/// Values of an axis that says only its ends.
const VALUES: u32 = 9;

/// Answers on the threads of the caller's pool.
pub fn run(laboratory: &Laboratory<'_>, question: &Question<'_>) -> Result<DecisionMap, StudyError> {
    let [across, up] = question.axes.map(levels);
    let control = laboratory.control();
    control.steps.store((across.len() * up.len()) as u64, Ordering::Relaxed);
    let rows: Result<Vec<Vec<Cell>>, StudyError> =
        up.par_iter().with_max_len(1).map(|level| row(laboratory, question, &across, level)).collect();
    let rows = rows?;
    let fitted = fit(laboratory, question, &[], &vec![None; question.sides.len()])?;
    let here = cheapest(&fitted).map(|place| question.sides[place].deployment.clone());
    let axis = |axis: &Axis, levels: &[Level]| SweepAxis {
        path: axis.path.clone(),
        unit: axis.unit.clone(),
        values: levels.iter().map(|level| level.label.clone()).collect(),
    };
    Ok(DecisionMap {
        schema: MAP_SCHEMA.to_owned(),
        scenario: laboratory.studied(),
        objectives: !laboratory.plan.objectives.is_empty(),
        axes: [axis(question.axes[0], &across), axis(question.axes[1], &up)],
        currency: fitted.first().map_or("USD", |fitted| fitted.outcome.currency.code()).to_owned(),
        deployments: question.sides.iter().map(|side| side.deployment.clone()).collect(),
        sized: question.sides.iter().filter(|side| side.count.is_some()).map(|side| side.deployment.clone()).collect(),
        indifference: rows.iter().flat_map(|row| indifference(question, row)).collect(),
        flips: match &here {
            Some(here) => flips(laboratory, question, here)?,
            None => Vec::new(),
        },
        cells: rows.into_iter().flatten().collect(),
        here,
    })
}

fn levels(axis: &Axis) -> Vec<Level> {
    match &axis.levels {
        Levels::List(levels) => levels.clone(),
        Levels::Range(range) => range.spread(range.points.unwrap_or(VALUES)),
    }
}

/// The cells of one value of the second axis; members of each are looked for near those of its neighbour.
fn row(
    laboratory: &Laboratory<'_>,
    question: &Question<'_>,
    across: &[Level],
    up: &Level,
) -> Result<Vec<Cell>, StudyError> {
    let mut near: Vec<Option<u32>> = vec![None; question.sides.len()];
    let mut cells = Vec::new();
    for level in across {
        let settings = [question.axes[0].at(level.clone()), question.axes[1].at(up.clone())];
        let fitted = fit(laboratory, question, &settings, &near)?;
        near = fitted.iter().map(|fitted| fitted.members).collect();
        cells.push(cell([level, up], question, &fitted));
        laboratory.control().done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(cells)
}

fn fit(
    laboratory: &Laboratory<'_>,
    question: &Question<'_>,
    settings: &[Setting],
    near: &[Option<u32>],
) -> Result<Vec<Fitted>, StudyError> {
    let sides = question.sides.iter().zip(near);
    sides.map(|(side, near)| side.fit(laboratory, settings, *near)).collect()
}

/// The earliest of equals; `None` if nothing meets the objectives.
fn cheapest(fitted: &[Fitted]) -> Option<usize> {
    let fit = (0..fitted.len()).filter(|place| fitted[*place].outcome.meets);
    fit.min_by(|a, b| fitted[*a].outcome.cost().total_cmp(&fitted[*b].outcome.cost()))
}

fn cell(levels: [&Level; 2], question: &Question<'_>, fitted: &[Fitted]) -> Cell {
    let best = cheapest(fitted);
    Cell {
        values: levels.map(|level| level.number),
        labels: levels.map(|level| level.label.clone()),
        cheapest: best.map(|best| question.sides[best].deployment.clone()),
        tie: best.and_then(|best| is_tied(fitted, best)),
        cost_per_month: fitted.iter().map(|one| one.outcome.meets.then(|| one.outcome.cost())).collect(),
        members: fitted.iter().map(|one| one.members).collect(),
    }
}

/// Whether another that meets the objectives costs as much as the cheapest, the one at `best`, or cannot be told from it; `None`
/// where nothing is known of chance.
fn is_tied(fitted: &[Fitted], best: usize) -> Option<bool> {
    let best_cost = fitted[best].outcome.values(Metric::CostPerMonth);
    let with = |other: &Outcome| {
        if other.values(Metric::CostPerMonth) == best_cost {
            return Some(true);
        }
        let (_, interval) = other.difference(&fitted[best].outcome, Metric::CostPerMonth)?;
        Some(interval?.contains(0.0))
    };
    let others = fitted.iter().enumerate().filter(|(place, one)| *place != best && one.outcome.meets);
    let ties: Vec<Option<bool>> = others.map(|(_, one)| with(&one.outcome)).collect();
    if ties.contains(&Some(true)) { Some(true) } else { (!ties.contains(&None)).then_some(false) }
}

/// Where along a row the cheapest changes from one deployment to another.
fn indifference(question: &Question<'_>, row: &[Cell]) -> Vec<Indifference> {
    let place = |name: &String| question.sides.iter().position(|side| side.deployment == *name);
    let between = |pair: &[Cell]| {
        let (before, after) = (pair[0].cheapest.clone()?, pair[1].cheapest.clone()?);
        let (a, b) = (place(&before)?, place(&after)?);
        let gap = |cell: &Cell| Some(cell.cost_per_month[a]? - cell.cost_per_month[b]?);
        let (left, right) = (gap(&pair[0])?, gap(&pair[1])?);
        let part = if left == right { 0.5 } else { (left / (left - right)).clamp(0.0, 1.0) };
        let ends = pair[0].values[0].zip(pair[1].values[0]);
        let at = ends.map(|(low, high)| low + (high - low) * part);
        (a != b).then(|| Indifference { between: [before, after], at: [at, pair[0].values[1]] })
    };
    row.windows(2).filter_map(between).collect()
}

/// Factors are looked at by these steps, on both sides of 1, and then between them to a hundredth.
const STEPS: [f64; 5] = [1.25, 1.6, 2.0, 2.8, 4.0];
const HUNDREDTH: f64 = 1.01;

fn flips(laboratory: &Laboratory<'_>, question: &Question<'_>, here: &str) -> Result<Vec<Flip>, StudyError> {
    let ask = |path: &str, factor: f64| -> Result<Option<String>, StudyError> {
        let factor = Decimal::from_f64_retain(factor).map_or(Decimal::ONE, |factor| factor.round_dp(6));
        let settings = [Setting::factor(path, factor)];
        let fitted = fit(laboratory, question, &settings, &vec![None; question.sides.len()])?;
        Ok(cheapest(&fitted).map(|place| question.sides[place].deployment.clone()))
    };
    let mut flips = Vec::new();
    for path in &question.flips {
        for up in [true, false] {
            let factor = |step: f64| if up { step } else { 1.0 / step };
            let mut same = 1.0;
            for step in STEPS {
                match ask(path, factor(step))? {
                    Some(other) if other != here => {
                        let found = narrow(same, step, other, |step| ask(path, factor(step)), here)?;
                        flips.push(Flip { path: path.clone(), factor: factor(found.0), cheapest: found.1 });
                        break;
                    }
                    _ => same = step,
                }
            }
        }
    }
    Ok(flips)
}

/// The least step at which another deployment is the cheapest, between one at which it is not and one at which it is.
fn narrow(
    same: f64,
    other: f64,
    name: String,
    ask: impl Fn(f64) -> Result<Option<String>, StudyError>,
    here: &str,
) -> Result<(f64, String), StudyError> {
    let (mut same, mut other, mut name) = (same, other, name);
    while other / same > HUNDREDTH {
        let middle = (same * other).sqrt();
        match ask(middle)? {
            Some(found) if found != here => (other, name) = (middle, found),
            _ => same = middle,
        }
    }
    Ok((other, name))
}
