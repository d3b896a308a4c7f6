//! Bills under what is not known: draws of all inputs together, and each input by itself.
//!
//! Inputs are drawn by a Latin hypercube, independent of each other; all draws see the same invocations where the workload is
//! the same, so that what varies is what is not known.

use std::sync::atomic::Ordering;

use super::design::strata;
use super::{Laboratory, Measured, StudyError};
use crate::results::studied::StudiedScenario;
use crate::results::uncertain::{
    Contest, DifferenceSwing, Draw, Input, Pair, QUANTILES, Swing, UNCERTAINTY_SCHEMA, UncertainDeployment,
    Uncertainty, quantile,
};
use crate::scenario::Problems;
use crate::scenario::vary::{Setting, Uncertain};

/// Configurations that are measured together.
const BLOCK: usize = 32;
/// Where an input stands by itself.
const SWING: [f64; 2] = [0.1, 0.9];

/// Measures `draws` of all `inputs` on the threads of the caller's pool. Of each draw its settings and costs are kept.
pub fn run(laboratory: &Laboratory<'_>, inputs: &[Uncertain], draws: u32) -> Result<Uncertainty, StudyError> {
    let plan = &laboratory.plan;
    let shares: Vec<Vec<f64>> = inputs.iter().map(|input| strata(&input.axis.path, draws, plan.seed)).collect();
    let settings = |draw: usize| inputs.iter().zip(&shares).map(|(input, shares)| input.at(shares[draw])).collect();
    let swings = swings(inputs);
    laboratory.control().steps.store(u64::from(draws) + swings.len() as u64, Ordering::Relaxed);
    let drawn = measure(laboratory, (0..draws as usize).map(settings))?;
    let swung = measure(laboratory, swings.into_iter())?;
    let names: Vec<String> = plan.deployments.iter().map(|deployment| deployment.name.clone()).collect();
    let deployments: Vec<UncertainDeployment> =
        (0..names.len()).map(|place| deployment(&names[place], place, &drawn)).collect();
    let tornado = tornado(inputs, &names, &swung);
    Ok(Uncertainty {
        schema: UNCERTAINTY_SCHEMA.to_owned(),
        scenario: StudiedScenario::of(plan),
        currency: plan.deployments.first().map_or("USD", |deployment| deployment.currency().code()).to_owned(),
        inputs: inputs.iter().map(|input| Input { path: input.axis.path.clone(), range: input.describe() }).collect(),
        draws,
        contest: contest(&deployments, &tornado),
        deployments,
        pairs: pairs(&names, &drawn),
        tornado,
        drawn,
    })
}

/// Compiles both ends of every input, all together and each by itself: what the scenario refuses there is refused before
/// anything runs.
pub fn check(laboratory: &Laboratory<'_>, inputs: &[Uncertain]) -> Result<(), Problems> {
    const ENDS: [f64; 2] = [0.0, 1.0];
    let alone = inputs.iter().flat_map(|input| ENDS.map(|share| vec![input.at(share)]));
    let together = ENDS.map(|share| inputs.iter().map(|input| input.at(share)).collect());
    let all: Vec<Vec<Setting>> = alone.chain(together).collect();
    all.iter().try_for_each(|settings| laboratory.plan_of(settings).map(|_| ()))
}

/// Every input at both ends of its swing, the others at their median.
fn swings(inputs: &[Uncertain]) -> Vec<Vec<Setting>> {
    let with = |place: usize, share: f64| {
        let share = move |input: usize| if input == place { share } else { 0.5 };
        inputs.iter().enumerate().map(|(input, uncertain)| uncertain.at(share(input))).collect()
    };
    (0..inputs.len()).flat_map(|place| SWING.map(|share| with(place, share))).collect()
}

fn measure(
    laboratory: &Laboratory<'_>,
    mut configurations: impl Iterator<Item = Vec<Setting>>,
) -> Result<Vec<Draw>, StudyError> {
    let mut all = Vec::new();
    loop {
        let block: Vec<Vec<Setting>> = configurations.by_ref().take(BLOCK).collect();
        if block.is_empty() {
            return Ok(all);
        }
        all.extend(laboratory.measure(&block)?.into_iter().map(|measured| draw(&measured)));
        laboratory.control().done.fetch_add(block.len() as u64, Ordering::Relaxed);
    }
}

fn draw(measured: &Measured) -> Draw {
    Draw::of(measured.settings.iter().map(Setting::to_string).collect(), &measured.outcomes)
}

/// A share of the draws and its standard error: at most that of as many independent ones.
fn share(drawn: &[Draw], of: impl Fn(&Draw) -> bool) -> (f64, f64) {
    let count = drawn.len().max(1) as f64;
    let share = drawn.iter().filter(|draw| of(draw)).count() as f64 / count;
    (share, (share * (1.0 - share) / count).sqrt())
}

fn deployment(name: &str, place: usize, drawn: &[Draw]) -> UncertainDeployment {
    let mut costs: Vec<f64> = drawn.iter().map(|draw| draw.cost_per_month[place]).collect();
    costs.sort_by(f64::total_cmp);
    let (cheapest, cheapest_error) = share(drawn, |draw| draw.cheapest() == Some(place));
    UncertainDeployment {
        name: name.to_owned(),
        mean: costs.iter().sum::<f64>() / costs.len().max(1) as f64,
        quantiles: QUANTILES.map(|share| quantile(&costs, share)),
        cheapest,
        cheapest_error,
        meets: share(drawn, |draw| draw.meets[place]).0,
    }
}

fn pairs(names: &[String], drawn: &[Draw]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for a in 0..names.len() {
        for b in a + 1..names.len() {
            let difference = |draw: &Draw| draw.cost_per_month[a] - draw.cost_per_month[b];
            let (b_is_cheaper, error) = share(drawn, |draw| difference(draw) > 0.0);
            let mut differences: Vec<f64> = drawn.iter().map(difference).collect();
            differences.sort_by(f64::total_cmp);
            pairs.push(Pair {
                a: names[a].clone(),
                b: names[b].clone(),
                b_is_cheaper,
                error,
                difference: [0.05, 0.5, 0.95].map(|share| quantile(&differences, share)),
            });
        }
    }
    pairs
}

fn tornado(inputs: &[Uncertain], names: &[String], swung: &[Draw]) -> Vec<Swing> {
    let mut tornado = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let mut ours: Vec<Swing> = inputs
            .iter()
            .zip(swung.chunks_exact(SWING.len()))
            .map(|(input, ends)| Swing {
                path: input.axis.path.clone(),
                deployment: name.clone(),
                at: SWING.map(|share| input.at(share).level.label),
                cost_per_month: [0, 1].map(|end| ends[end].cost_per_month[place]),
            })
            .collect();
        let width = |swing: &Swing| (swing.cost_per_month[1] - swing.cost_per_month[0]).abs();
        ours.sort_by(|a, b| width(b).total_cmp(&width(a)));
        tornado.extend(ours);
    }
    tornado
}

/// The two that are the cheapest most often, the lower median first among equals.
fn contest(deployments: &[UncertainDeployment], tornado: &[Swing]) -> Option<Contest> {
    let mut ranked: Vec<&UncertainDeployment> = deployments.iter().collect();
    let median = |one: &UncertainDeployment| one.quantiles[QUANTILES.len() / 2];
    ranked.sort_by(|a, b| b.cheapest.total_cmp(&a.cheapest).then(median(a).total_cmp(&median(b))));
    let (a, b) = (*ranked.first()?, *ranked.get(1)?);
    let theirs = |ours: &Swing| tornado.iter().find(|swing| swing.deployment == b.name && swing.path == ours.path);
    let swing = |ours: &Swing| {
        let theirs = theirs(ours)?;
        let difference = [0, 1].map(|end| ours.cost_per_month[end] - theirs.cost_per_month[end]);
        Some(DifferenceSwing { path: ours.path.clone(), at: ours.at.clone(), difference })
    };
    let mut swings: Vec<DifferenceSwing> =
        tornado.iter().filter(|swing| swing.deployment == a.name).filter_map(swing).collect();
    let width = |swing: &DifferenceSwing| (swing.difference[1] - swing.difference[0]).abs();
    swings.sort_by(|a, b| width(b).total_cmp(&width(a)));
    Some(Contest { a: a.name.clone(), b: b.name.clone(), tornado: swings })
}
