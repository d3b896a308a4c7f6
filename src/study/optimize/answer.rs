//! From what a search found to its answer.

use super::super::{Laboratory, StudyError};
use super::{Candidate, Found, Search, run};
use crate::results::optimum::{Beside, Choice, OPTIMUM_SCHEMA, Optimum, mark_front};
use crate::results::sweep::SweepAxis;
use crate::results::{Outcome, cheapest};
use crate::scenario::Plan;
use crate::scenario::vary::{Axis, Setting};

/// Searches on the threads of the caller's pool, and says what was found.
pub fn answer(laboratory: &Laboratory<'_>, question: &Search<'_>) -> Result<Optimum, StudyError> {
    let found = run(laboratory, question)?;
    let stands = as_it_stands(laboratory, question, found.raced.replications)?;
    Ok(assemble(laboratory, question, &found, stands.as_ref()))
}

/// The cheapest deployment that meets the objectives without any change.
fn as_it_stands(
    laboratory: &Laboratory<'_>,
    question: &Search<'_>,
    replications: u32,
) -> Result<Option<Outcome>, StudyError> {
    let mut outcomes = Vec::new();
    for &index in &question.deployments {
        let name = &laboratory.plan.deployments[index].name;
        outcomes.extend(laboratory.measure_times(&[Vec::new()], name, replications)?);
    }
    Ok(cheapest(&outcomes).map(|index| outcomes.swap_remove(index)))
}

fn assemble(laboratory: &Laboratory<'_>, question: &Search<'_>, found: &Found, stands: Option<&Outcome>) -> Optimum {
    let plan = &laboratory.plan;
    let candidates = &found.raced.candidates;
    let mut choices: Vec<Choice> = candidates.iter().map(choice).collect();
    mark_front(&mut choices);
    let leader = |rank: usize| found.raced.leaders.get(rank).map(|place| &candidates[*place]);
    let best = leader(0);
    let marked = |one: &Candidate| {
        let wanted = choice(one);
        choices
            .iter()
            .find(|c| c.settings == wanted.settings && c.deployment == wanted.deployment)
            .cloned()
            .unwrap_or(wanted)
    };
    let nearest = candidates.iter().min_by(|a, b| a.outcome.miss().total_cmp(&b.outcome.miss()));
    Optimum {
        schema: OPTIMUM_SCHEMA.to_owned(),
        scenario: laboratory.studied(),
        objectives: !laboratory.plan.objectives.is_empty(),
        axes: question.axes.iter().map(described).collect(),
        currency: plan.deployments[question.deployments[0]].currency().code().to_owned(),
        space: found.space as f64,
        measured: candidates.len(),
        replications: found.raced.replications,
        separated: (leader(1).is_none() || knows_chance(plan)).then_some(found.raced.separated),
        runner_up: best.zip(leader(1)).map(|(best, next)| Beside::of(marked(next), &next.outcome, &best.outcome)),
        as_it_stands: best
            .zip(stands)
            .map(|(best, stands)| Beside::of(Choice::of(Vec::new(), stands), stands, &best.outcome)),
        nearest: nearest.filter(|_| best.is_none()).map(choice),
        best: best.map(marked),
        choices,
    }
}

/// Whether replications are draws of the load, and several.
fn knows_chance(plan: &Plan) -> bool {
    plan.replications > 1 && !plan.workload.replays()
}

fn choice(candidate: &Candidate) -> Choice {
    Choice::of(candidate.settings.iter().map(Setting::to_string).collect(), &candidate.outcome)
}

fn described(axis: &Axis) -> SweepAxis {
    SweepAxis { path: axis.path.clone(), unit: axis.unit.clone(), values: vec![axis.ends()] }
}
