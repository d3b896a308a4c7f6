//! The values of an axis at which two deployments cost the same, each doing the job.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::capacity::{Fitted, Side};
use super::crossing::{Asked, Costs, Known, Searched, changes, search};
use super::{Laboratory, StudyError};
use crate::results::crossings::{BREAKEVEN_SCHEMA, Breakeven, BreakevenPoint, ComparedSide, Crossing, Naive, SideAt};
use crate::results::sweep::SweepAxis;
use crate::results::{Metric, Outcome};
use crate::scenario::vary::{Axis, Level, Range};

/// What is asked.
pub struct Question<'a> {
    pub axis: &'a Axis,
    /// Of the axis.
    pub range: &'a Range,
    pub sides: [Side; 2],
    /// Values at which to look first.
    pub points: u32,
}

/// A value of the axis, and both sides there.
struct Point {
    level: Level,
    sides: [Fitted; 2],
}

/// Answers on the threads of the caller's pool.
pub fn run(laboratory: &Laboratory<'_>, question: &Question<'_>) -> Result<Breakeven, StudyError> {
    let last = question.points.max(2) - 1;
    let grid: Vec<f64> = (0..=last).map(|step| f64::from(step) / f64::from(last)).collect();
    let mut first = measure_grid(laboratory, question, &grid)?.into_iter();
    let searched = search(&grid, |share, known: Known<'_, Point>| {
        let point = match first.next() {
            Some(point) => point,
            None => {
                let point = measure(laboratory, question, share, &known)?;
                laboratory.control().done.fetch_add(1, Ordering::Relaxed);
                point
            }
        };
        let costs = costs(&point);
        Ok::<_, StudyError>((point, costs))
    })?;
    let mut answer = assemble(laboratory, question, &searched);
    // Whole numbers have fewer values than are looked at.
    answer.points.dedup_by(|a, b| a.label == b.label);
    Ok(answer)
}

/// The places at which to look first. Each side goes through them by itself, so that one that looks for its size, place by
/// place, leaves the other threads work to do.
fn measure_grid(laboratory: &Laboratory<'_>, question: &Question<'_>, grid: &[f64]) -> Result<Vec<Point>, StudyError> {
    let levels: Vec<Level> = grid.iter().map(|share| question.range.at(*share)).collect();
    let (a, b) =
        rayon::join(|| side_on(laboratory, question, &levels, 0), || side_on(laboratory, question, &levels, 1));
    let sides = a?.into_iter().zip(b?);
    Ok(levels.into_iter().zip(sides).map(|(level, (a, b))| Point { level, sides: [a, b] }).collect())
}

fn side_on(
    laboratory: &Laboratory<'_>,
    question: &Question<'_>,
    levels: &[Level],
    place: usize,
) -> Result<Vec<Fitted>, StudyError> {
    let side = &question.sides[place];
    // Places are done when the side is that takes longer.
    let counts = place == (0..2).find(|side| question.sides[*side].count.is_some()).unwrap_or(0);
    let fit = |level: &Level, near: Option<u32>| {
        let fitted = side.fit(laboratory, &[question.axis.at(level.clone())], near);
        if counts {
            laboratory.control().done.fetch_add(1, Ordering::Relaxed);
        }
        fitted
    };
    if side.count.is_none() {
        return levels.par_iter().with_max_len(1).map(|level| fit(level, None)).collect();
    }
    let mut fitted: Vec<Fitted> = Vec::new();
    for (index, level) in levels.iter().enumerate() {
        let at = |before: usize| {
            let known = index.checked_sub(before)?;
            Some((number(&levels[known]), f64::from(fitted[known].members?)))
        };
        let near = guess(question, [at(1), at(2)], number(level));
        fitted.push(fit(level, near)?);
    }
    Ok(fitted)
}

/// A place between two that are known.
fn measure(
    laboratory: &Laboratory<'_>,
    question: &Question<'_>,
    share: f64,
    known: &Known<'_, Point>,
) -> Result<Point, StudyError> {
    let level = question.range.at(share);
    let settings = [question.axis.at(level.clone())];
    let fit = |side: usize| {
        let at = |point: &Point| Some((number(&point.level), f64::from(point.sides[side].members?)));
        let near = guess(question, [known.left.and_then(at), known.other.and_then(at)], number(&level));
        question.sides[side].fit(laboratory, &settings, near)
    };
    let (a, b) = rayon::join(|| fit(0), || fit(1));
    Ok(Point { level, sides: [a?, b?] })
}

/// Members of a side where the axis has this value: on the line through two places that are known, with their members. From
/// one alone they are likely to grow with demand.
fn guess(question: &Question<'_>, [left, other]: [Option<(f64, f64)>; 2], value: f64) -> Option<u32> {
    let (x, members) = left?;
    let guess = match other.filter(|(other, _)| *other != x) {
        Some((other, others)) => members + (others - members) * (value - x) / (other - x),
        None if is_demand(&question.axis.path) => members * value / x,
        None => members,
    };
    guess.is_finite().then_some(guess.round() as u32)
}

fn costs(point: &Point) -> Costs {
    let [a, b] = &point.sides;
    let comparable = a.outcome.meets && b.outcome.meets;
    Costs { both: comparable.then(|| [a.outcome.cost(), b.outcome.cost()]), members: [a.members, b.members] }
}

fn assemble(laboratory: &Laboratory<'_>, question: &Question<'_>, searched: &Searched<Point>) -> Breakeven {
    let asked = searched.asked.as_slice();
    let first = &asked[0].point.sides;
    let side = |place: usize| ComparedSide {
        deployment: first[place].outcome.deployment.clone(),
        platform: first[place].outcome.platform.clone(),
        sized: question.sides[place].count.is_some(),
    };
    let changes = changes(asked, |a, b| a.level.label == b.level.label);
    Breakeven {
        schema: BREAKEVEN_SCHEMA.to_owned(),
        scenario: laboratory.studied(),
        objectives: !laboratory.plan.objectives.is_empty(),
        axis: SweepAxis {
            path: question.axis.path.clone(),
            unit: question.axis.unit.clone(),
            values: [0.0, 1.0].map(|share| question.range.at(share).label).to_vec(),
        },
        currency: first[0].outcome.currency.code().to_owned(),
        a: side(0),
        b: side(1),
        breakeven: changes.into_iter().map(|places| crossing(question, asked, places)).collect(),
        complete: searched.complete,
        naive: naive(question, asked),
        points: asked.iter().map(|asked| point(&asked.point)).collect(),
    }
}

fn number(level: &Level) -> f64 {
    level.number.unwrap_or(f64::NAN)
}

fn point(point: &Point) -> BreakevenPoint {
    let [a, b] = &point.sides;
    let comparable = a.outcome.meets && b.outcome.meets;
    let difference = a.outcome.difference(&b.outcome, Metric::CostPerMonth).filter(|_| comparable);
    BreakevenPoint {
        value: number(&point.level),
        label: point.level.label.clone(),
        a: SideAt::of(&a.outcome, a.members),
        b: SideAt::of(&b.outcome, b.members),
        difference: difference.map(|(mean, _)| mean),
        ci95: difference.and_then(|(_, interval)| interval).map(|interval| [interval.low(), interval.high()]),
    }
}

/// The crossing between places that are as close as they are ever made.
fn crossing(question: &Question<'_>, asked: &[Asked<Point>], places: [usize; 2]) -> Crossing {
    let [left, right] = places.map(|place| &asked[place]);
    let step = left.costs.members != right.costs.members;
    let [before, after] = [left, right].map(difference);
    let [low, high] = [left, right].map(|asked| number(&asked.point.level));
    let is_tied = before == 0.0 || after == 0.0;
    // Where costs jump, or a tie begins or ends, the first value after that is the one that changes the answer.
    let value = match places[1] - places[0] {
        _ if step || is_tied => high,
        1 => low + (high - low) * (before / (before - after)).clamp(0.0, 1.0),
        // They meet where it was looked.
        _ => number(&asked[places[0] + 1].point.level),
    };
    let level = question.range.level(value);
    let cheaper = |difference: f64| {
        let side = [difference < 0.0, difference > 0.0].iter().position(|is_cheaper| *is_cheaper)?;
        Some(question.sides[side].deployment.clone())
    };
    let is_sized = |side: &usize| question.sides[*side].count.is_some();
    let changes = |side: &usize| is_sized(side) && left.costs.members[*side] != right.costs.members[*side];
    let sized = (0..2).find(changes).or_else(|| (0..2).find(is_sized));
    let cost = left.costs.both.map_or(f64::NAN, |[a, b]| a.min(b));
    Crossing {
        value: number(&level),
        label: level.label,
        between: [low, high],
        interval: if step || is_tied { None } else { interval(asked, places, value) },
        step,
        cheaper_before: cheaper(before),
        cheaper_after: cheaper(after),
        members: sized.and_then(|side| Some([left.costs.members[side]?, right.costs.members[side]?])),
        sized: sized.map(|side| question.sides[side].deployment.clone()),
        utilization: sized.and_then(|side| left.point.sides[side].outcome.mean(Metric::Utilization)),
        cost_per_month: cost,
    }
}

/// Cost of the first side less that of the second.
fn difference(asked: &Asked<Point>) -> f64 {
    asked.costs.difference().unwrap_or(f64::NAN)
}

/// How far a crossing can be off: the half width of the paired difference over its slope. The slope is taken over a tenth of
/// the axis: over less it would be noise. `None` without replications.
fn interval(asked: &[Asked<Point>], places: [usize; 2], value: f64) -> Option<[f64; 2]> {
    const WIDE: f64 = 0.05;
    let [left, right] = places.map(|place| &asked[place]);
    let middle = left.share;
    let comparable = || asked.iter().filter(|asked| asked.costs.both.is_some());
    let from = comparable().rfind(|asked| asked.share <= middle - WIDE).unwrap_or(left);
    let to = comparable().find(|asked| asked.share >= middle + WIDE).unwrap_or(right);
    let run = number(&to.point.level) - number(&from.point.level);
    let slope = (difference(to) - difference(from)) / run;
    let [a, b] = &left.point.sides;
    let spread = a.outcome.difference(&b.outcome, Metric::CostPerMonth).and_then(|(_, interval)| interval);
    let half = (spread?.half_width / slope).abs();
    let half = if half.is_finite() { half } else { run.abs() };
    Some([value - half, value + half])
}

/// What prices alone would say: functions cost as much as one member of the fleet. Where demand is varied, the bill of
/// functions is proportional to it, near the value at which they cost so much.
fn naive(question: &Question<'_>, asked: &[Asked<Point>]) -> Option<Naive> {
    let sized = (0..2).find(|side| question.sides[*side].count.is_some())?;
    let other = 1 - sized;
    if question.sides[other].count.is_some() || !is_demand(&question.axis.path) {
        return None;
    }
    let cost = |outcome: &Outcome| outcome.cost();
    let figures = |asked: &Asked<Point>| {
        let fleet = &asked.point.sides[sized];
        let members = f64::from(fleet.members?);
        let used = fleet.outcome.mean(Metric::Utilization)? * members;
        Some((cost(&fleet.outcome) / members, cost(&asked.point.sides[other].outcome), used))
    };
    let points = asked.iter().filter_map(|asked| Some((number(&asked.point.level), figures(asked)?)));
    // Allowances and tiers bend the bill: the nearest point is the best.
    let nearest = points.min_by(|a, b| {
        let far = |(_, (member, functions, _)): &(f64, (f64, f64, f64))| (functions / member).ln().abs();
        far(a).total_cmp(&far(b))
    });
    let (at, (member, functions, used)) = nearest?;
    let ratio = member / functions;
    if !ratio.is_finite() {
        return None;
    }
    let level = question.range.level(at * ratio);
    Some(Naive {
        value: at * ratio,
        label: level.label,
        utilization: used * ratio,
        deployment: question.sides[sized].deployment.clone(),
    })
}

/// Whether the work is proportional to the values of the axis.
fn is_demand(path: &str) -> bool {
    path == "demand" || (path.starts_with("workload.") && path.ends_with(".rate"))
}
