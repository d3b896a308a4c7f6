//! Bills under what is not known: draws of all inputs together, and each input by itself.
//!
//! Inputs are drawn by a Latin hypercube, independent of each other; all draws see the same invocations where the workload is
//! the same, so that what varies is what is not known.

use std::sync::atomic::Ordering;

use super::design::strata;
use super::{Laboratory, Measured, StudyError};
use crate::results::uncertain::{
    Contest, DifferenceSwing, Draw, Input, Pair, QUANTILES, Standing, Swing, UNCERTAINTY_SCHEMA, UncertainDeployment,
    Uncertainty, Verdict, quantile,
};
use crate::scenario::Problems;
use crate::scenario::vary::{Setting, Uncertain};
use crate::stats::wilson;

/// Configurations that are measured together.
const BLOCK: usize = 32;
/// Where an input stands by itself: just within the middle 80 %, so that of ten whole numbers it is the second and the ninth.
const SWING: [f64; 2] = [0.100_001, 0.899_999];

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
    let standings = drawn.iter().map(Draw::standings).collect();
    let of = Drawn { drawn: &drawn, standings, noise: plan.replications > 1 && !plan.workload.replays() };
    let deployments: Vec<UncertainDeployment> =
        (0..names.len()).map(|place| of.deployment(&names[place], place)).collect();
    let places = (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b)));
    let tornado = tornado(inputs, &names, &swung);
    Ok(Uncertainty {
        schema: UNCERTAINTY_SCHEMA.to_owned(),
        scenario: laboratory.studied(),
        objectives: !laboratory.plan.objectives.is_empty(),
        currency: plan.deployments.first().map_or("USD", |deployment| deployment.currency().code()).to_owned(),
        inputs: inputs.iter().map(|input| Input { path: input.axis.path.clone(), range: input.describe() }).collect(),
        draws,
        undecided: of.undecided(),
        contest: contest(&deployments, &tornado),
        deployments,
        pairs: places.map(|(a, b)| of.pair(&names, a, b)).collect(),
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

/// A share of the draws.
fn share(drawn: &[Draw], of: impl Fn(&Draw) -> bool) -> f64 {
    drawn.iter().filter(|draw| of(draw)).count() as f64 / drawn.len().max(1) as f64
}

/// With the standings of all deployments, by draw; `noise`: whether replications tell how much of a difference is chance.
struct Drawn<'a> {
    drawn: &'a [Draw],
    standings: Vec<Vec<Standing>>,
    noise: bool,
}

impl Drawn<'_> {
    fn stands(&self, place: usize, standing: Standing) -> f64 {
        let such = self.standings.iter().filter(|of| of[place] == standing).count();
        such as f64 / self.drawn.len().max(1) as f64
    }

    /// In which something does the job and nothing is the cheapest beyond doubt.
    fn undecided(&self) -> f64 {
        let open = |of: &&Vec<Standing>| of.iter().any(|one| matches!(one, Standing::Tied | Standing::Undecided));
        self.standings.iter().filter(open).count() as f64 / self.drawn.len().max(1) as f64
    }

    fn deployment(&self, name: &str, place: usize) -> UncertainDeployment {
        let mut costs: Vec<f64> = self.drawn.iter().map(|draw| draw.cost_per_month[place]).collect();
        costs.sort_by(f64::total_cmp);
        let cheapest = self.stands(place, Standing::Cheapest);
        UncertainDeployment {
            name: name.to_owned(),
            mean: costs.iter().sum::<f64>() / costs.len().max(1) as f64,
            quantiles: QUANTILES.map(|share| quantile(&costs, share)),
            cheapest,
            cheapest_ci95: wilson(cheapest, costs.len()),
            tied: self.stands(place, Standing::Tied),
            undecided: self.noise.then(|| self.stands(place, Standing::Undecided)),
            meets: share(self.drawn, |draw| draw.meets[place]),
        }
    }

    fn pair(&self, names: &[String], a: usize, b: usize) -> Pair {
        let mut differences: Vec<f64> =
            self.drawn.iter().map(|draw| draw.cost_per_month[a] - draw.cost_per_month[b]).collect();
        differences.sort_by(f64::total_cmp);
        let of = |verdict: Verdict| share(self.drawn, |draw| draw.verdict(a, b) == verdict);
        let [a_is_cheaper, b_is_cheaper] = [Verdict::First, Verdict::Second].map(of);
        Pair {
            a: names[a].clone(),
            b: names[b].clone(),
            a_is_cheaper,
            a_ci95: wilson(a_is_cheaper, self.drawn.len()),
            b_is_cheaper,
            b_ci95: wilson(b_is_cheaper, self.drawn.len()),
            tied: of(Verdict::Tied),
            undecided: self.noise.then(|| of(Verdict::Undecided)),
            difference: [0.05, 0.5, 0.95].map(|share| quantile(&differences, share)),
        }
    }
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

/// The two that are the cheapest most often, or may be; the lower median first among equals.
fn contest(deployments: &[UncertainDeployment], tornado: &[Swing]) -> Option<Contest> {
    let mut ranked: Vec<&UncertainDeployment> = deployments.iter().collect();
    ranked.sort_by(|a, b| a.rank(b));
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
