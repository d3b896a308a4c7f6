//! Intervals of figures that one run alone must give: from its own blocks of time.
//!
//! A single replication of synthetic sources gives batch means, a trace a block bootstrap: it is one draw of the load however
//! often it is replayed. Costs are shared out over time as in the timeline, in proportion to use. Blocks are taken as
//! independent, which they nearly are if they are much longer than anything that is remembered across their ends.

use rand::RngExt;

use super::assemble::COMPARED;
use super::figures::Figures;
use super::rates::{Rates, Used};
use super::{Ci95, Comparison, DeploymentResult, IntervalMethod, Intervals, Metric, Runs};
use crate::record::{Blocks, Tally};
use crate::rng::{Entity, Purpose, Seed};
use crate::scenario::Plan;
use crate::stats::{Deviations, Histogram, deviations};
use crate::units::SimTime;

/// Times that the blocks of a trace are drawn anew.
const RESAMPLES: usize = 1_000;

/// How the intervals of these runs are found.
pub(super) fn method(plan: &Plan, runs: &Runs) -> Intervals {
    let length_s = |blocks: Blocks| blocks.length.seconds();
    let blocks = runs.window.blocks;
    let method = match blocks {
        Some(_) if plan.workload.replays() => IntervalMethod::BlockBootstrap,
        Some(_) => IntervalMethod::BatchMeans,
        None if plan.replications > 1 => IntervalMethod::Replications,
        None => IntervalMethod::None,
    };
    Intervals { method, blocks: blocks.map_or(0, |blocks| blocks.count as u64), block_s: blocks.map(length_s) }
}

/// Deviations of the figures that deployments are [compared](COMPARED) by; `None` where nothing was measured.
type OfFigures = [Option<Deviations>; COMPARED.len()];

/// Puts intervals where the blocks tell them.
pub(super) fn fill(
    plan: &Plan,
    runs: &Runs,
    figures: &[Vec<Figures>],
    deployments: &mut [DeploymentResult],
    comparisons: &mut [Comparison],
) {
    let Some(blocks) = runs.window.blocks else { return };
    let draws = plan.workload.replays().then(|| draws(plan.seed, blocks.count));
    let all: Vec<OfFigures> = figures
        .iter()
        .zip(&runs.tallies)
        .zip(&plan.deployments)
        .map(|((figures, tallies), deployment)| {
            let is_spot = deployment.sites.iter().any(|site| site.tariff.spot.is_some());
            Parts::of(blocks, figures, tallies, is_spot).deviations(draws.as_deref())
        })
        .collect();
    for (deployment, ours) in deployments.iter_mut().zip(&all) {
        let latency = &mut deployment.latency_s;
        deployment.cost.ci95 = around(ours[0].as_ref(), Some(deployment.cost.per_month.to_f64()));
        latency.ci95.mean = around(ours[1].as_ref(), latency.mean);
        latency.ci95.p99 = around(ours[2].as_ref(), latency.p99);
        let cold = around(ours[3].as_ref(), deployment.cold_start.fraction);
        deployment.cold_start.ci95 = Metric::ColdFraction.within_bounds(cold);
    }
    let place = |name: &str| plan.deployments.iter().position(|deployment| deployment.name == name);
    for comparison in comparisons {
        let metric = COMPARED.iter().position(|(name, _)| *name == comparison.metric);
        if let (Some(a), Some(b), Some(metric)) = (place(&comparison.a), place(&comparison.b), metric) {
            let difference = all[a][metric].as_ref().zip(all[b][metric].as_ref()).map(|(a, b)| a.minus(b));
            comparison.ci95 = around(difference.as_ref(), comparison.difference);
        }
    }
}

fn around(deviations: Option<&Deviations>, figure: Option<f64>) -> Ci95 {
    Some(deviations?.around(figure?))
}

/// How often each block is drawn, in every resample: the same for all deployments, so that they can be compared.
fn draws(seed: u64, blocks: usize) -> Vec<Vec<u32>> {
    let mut stream = Seed { seed, replication: 0 }.stream(Entity::named("blocks"), Purpose::Resample);
    let mut draw = |_| {
        let mut times = vec![0; blocks];
        (0..blocks).for_each(|_| times[stream.random_range(0..blocks)] += 1);
        times
    };
    (0..RESAMPLES).map(&mut draw).collect()
}

/// What one deployment did, block by block, all replications together.
struct Parts {
    cost: Vec<f64>,
    /// Whether `cost` says when it arose: the timeline adds up the instances of several sites, whose prices differ, and does
    /// not know those of a market.
    cost_is_known: bool,
    per_month: f64,
    started: Vec<f64>,
    cold: Vec<f64>,
    completed: Vec<f64>,
    /// Seconds.
    latency_sum: Vec<f64>,
    latency: Vec<Histogram>,
}

impl Parts {
    fn of(blocks: Blocks, figures: &[Figures], tallies: &[Tally], is_spot: bool) -> Self {
        let none = || vec![0.0; blocks.count];
        let months = figures.iter().map(|figures| figures.per_month().to_f64()).sum::<f64>();
        let mut parts = Self {
            cost: none(),
            cost_is_known: false,
            per_month: months / figures.len().max(1) as f64,
            started: none(),
            cold: none(),
            completed: none(),
            latency_sum: none(),
            latency: vec![Histogram::default(); blocks.count],
        };
        let rates = Rates::of(figures, tallies);
        for tally in tallies {
            parts.add(blocks, tally, &rates);
        }
        parts.cost_is_known =
            !is_spot && (tallies.iter().all(|tally| tally.sites.len() == 1) || !rates.has_instances());
        parts
    }

    fn add(&mut self, blocks: Blocks, tally: &Tally, rates: &Rates) {
        let width = tally.timeline.width();
        for (index, bucket) in tally.timeline.buckets.iter().enumerate() {
            let begin = SimTime::from_ns(width.ns() * index as u64);
            let past = begin.since(blocks.from).ns() >= blocks.length.ns() * blocks.count as u64;
            if begin < blocks.from || past {
                continue;
            }
            let block = blocks.index(begin);
            let started = bucket.started() as f64;
            let (compute, instance_ns) = (bucket.compute as f64, bucket.instance_ns as f64);
            self.cost[block] += rates.shared(&Used { started, compute, instance_ns }, width);
            self.started[block] += started;
            self.cold[block] += bucket.cold_starts as f64;
        }
        for (index, block) in tally.blocks.iter().enumerate() {
            self.completed[index] += block.completed as f64;
            self.latency_sum[index] += block.latency_sum as f64 / 1e9;
            self.latency[index].merge(&block.latency);
        }
    }

    fn deviations(&self, draws: Option<&[Vec<u32>]>) -> OfFigures {
        let blocks = self.cost.len();
        let latency: Vec<&Histogram> = self.latency.iter().collect();
        let ratio = |sums: &[f64], counts: &[f64]| match draws {
            Some(draws) => Deviations::of_resamples(deviations::resampled_ratio(sums, counts, draws)?, blocks),
            None => Deviations::of_blocks(deviations::of_ratio(sums, counts)?),
        };
        let p99 = || match draws {
            Some(draws) => Deviations::of_resamples(deviations::resampled_quantile(&latency, 0.99, draws)?, blocks),
            None => Deviations::of_quantile(&latency, 0.99),
        };
        // A month is as much dearer as the blocks are.
        let mean = self.cost.iter().sum::<f64>() / blocks as f64;
        let month: Vec<f64> =
            self.cost.iter().map(|cost| if mean > 0.0 { cost / mean * self.per_month } else { 0.0 }).collect();
        [
            ratio(&month, &vec![1.0; blocks]).filter(|_| self.cost_is_known),
            ratio(&self.latency_sum, &self.completed),
            p99(),
            ratio(&self.cold, &self.started),
        ]
    }
}
