//! What stands out of the rows of a sweep, found while they pass by.

use serde::{Deserialize, Serialize};

use super::{SWEEP_SCHEMA, SweepAxis, SweepPlan, SweepRow};
use crate::results::Objective;
use crate::results::outcome::Metric;
use crate::results::studied::StudiedScenario;
use crate::stats::Histogram;
use crate::units::Span;

/// `results.json` of a sweep: what stands out of its table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepSummary {
    pub schema: String,
    pub scenario: StudiedScenario,
    pub design: String,
    pub axes: Vec<SweepAxis>,
    pub points: usize,
    /// Points at which the cheapest costs what another does that meets the objectives, or cannot be told from it.
    #[serde(default)]
    pub ties: usize,
    /// Whether the scenario has objectives, at some points at least. Where it has none, what does all the work meets them.
    #[serde(default = "crate::results::studied::yes")]
    pub objectives: bool,
    pub deployments: Vec<SweptDeployment>,
    /// The cheapest that meets the objectives, over all points and deployments.
    pub best: Option<SweptPoint>,
    /// Where nothing meets the objectives: what misses them least, by the objective that it misses most.
    pub nearest: Option<SweptPoint>,
    /// Median over points of the factor by which common random numbers cut the variance of a difference of costs, within
    /// 0.4 %.
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
    /// `PATH=VALUE`, as for `--set`; of a grid without axes along which none of its figures changes.
    pub settings: Vec<String>,
    pub deployment: String,
    pub currency: String,
    pub cost_per_month: Option<f64>,
    pub latency_p99_s: Option<f64>,
    pub errors: Option<f64>,
    /// The objective that is kept least.
    pub worst: Option<Objective>,
}

/// The gist of a sweep: it takes as much room however many rows there are.
pub struct Gist<'a> {
    plan: &'a SweepPlan,
    deployments: Vec<Swept>,
    objectives: bool,
    ties: usize,
    best: Option<Leader>,
    nearest: Option<Leader>,
    /// Factors of variance, in thousandths: lengths of time only by the name of their unit.
    reductions: Histogram,
}

struct Swept {
    counted: SweptDeployment,
    best: Option<Leader>,
}

impl<'a> Gist<'a> {
    pub fn new(plan: &'a SweepPlan) -> Self {
        Self {
            plan,
            deployments: Vec::new(),
            objectives: false,
            ties: 0,
            best: None,
            nearest: None,
            reductions: Histogram::default(),
        }
    }

    /// Takes rows in, in the order of their points; whole points.
    pub fn add(&mut self, rows: &[SweepRow]) {
        let points = rows.chunk_by(|a, b| a.point == b.point);
        self.ties += points.filter(|rows| rows.iter().any(|row| row.meets && row.ties())).count();
        for row in rows {
            self.objectives |= row.worst.is_some();
            let plan = self.plan;
            let swept = self.swept(row);
            swept.counted.meets += usize::from(row.meets);
            swept.counted.cheapest += usize::from(row.cheapest);
            swept.counted.ties += usize::from(row.meets && row.ties());
            if row.meets {
                Leader::challenge(&mut swept.best, plan, row, cost(row));
                Leader::challenge(&mut self.best, plan, row, cost(row));
            }
            Leader::challenge(&mut self.nearest, plan, row, row.miss());
            if let Some(factor) = row.variance_reduction {
                self.reductions.record(Span::from_ns((factor * THOUSAND).round() as u64));
            }
        }
    }

    fn swept(&mut self, row: &SweepRow) -> &mut Swept {
        let known = self.deployments.iter().position(|one| one.counted.name == row.deployment);
        let place = known.unwrap_or_else(|| {
            let (name, platform) = (row.deployment.clone(), row.platform.clone());
            let counted = SweptDeployment { name, platform, meets: 0, cheapest: 0, ties: 0, best: None };
            self.deployments.push(Swept { counted, best: None });
            self.deployments.len() - 1
        });
        &mut self.deployments[place]
    }

    pub fn summary(self) -> SweepSummary {
        let plan = self.plan;
        let told = |leader: Option<Leader>| leader.map(|leader| leader.told(plan));
        let nearest = self.nearest.filter(|_| self.best.is_none());
        SweepSummary {
            schema: SWEEP_SCHEMA.to_owned(),
            scenario: StudiedScenario::of_sweep(plan),
            design: plan.design.clone(),
            axes: plan.axes.clone(),
            points: plan.points,
            ties: self.ties,
            objectives: self.objectives,
            deployments: self
                .deployments
                .into_iter()
                .map(|one| SweptDeployment { best: told(one.best), ..one.counted })
                .collect(),
            best: told(self.best),
            nearest: told(nearest),
            variance_reduction: self.reductions.quantile(0.5).map(|factor| factor.ns() as f64 / THOUSAND),
        }
    }
}

const THOUSAND: f64 = 1_000.0;

fn cost(row: &SweepRow) -> f64 {
    row.mean(Metric::CostPerMonth).unwrap_or(f64::INFINITY)
}

/// The row with the least of something, the earliest of equals.
struct Leader {
    row: SweepRow,
    least: f64,
    /// By axis: values at which it has the same figures while the other axes stand still.
    alike: Vec<usize>,
}

impl Leader {
    fn challenge(leader: &mut Option<Self>, plan: &SweepPlan, row: &SweepRow, value: f64) {
        match leader {
            Some(leader) if value.total_cmp(&leader.least).is_ge() => leader.compare(plan, row),
            _ => *leader = Some(Self { row: row.clone(), least: value, alike: vec![1; plan.axes.len()] }),
        }
    }

    /// Takes note of a row that differs in one axis only, and not in what it came to.
    fn compare(&mut self, plan: &SweepPlan, row: &SweepRow) {
        let told =
            |row: &SweepRow| (row.deployment.clone(), row.meets, row.worst.clone(), row.worst_actual, row.worst_bound);
        if row.figures != self.row.figures || told(row) != told(&self.row) {
            return;
        }
        let differs = |axis: &usize| plan.level(*axis, row.point) != plan.level(*axis, self.row.point);
        let mut axes = (0..plan.axes.len()).filter(differs);
        if let (Some(axis), None) = (axes.next(), axes.next()) {
            self.alike[axis] += 1;
        }
    }

    fn told(self, plan: &SweepPlan) -> SweptPoint {
        let Self { row, alike, .. } = self;
        let has_part = |axis: usize| match plan.levels(axis) {
            Some(levels) => levels == 1 || alike[axis] < levels,
            None => true,
        };
        let settings = plan.axes.iter().zip(&row.levels).enumerate().filter(|(axis, _)| has_part(*axis));
        SweptPoint {
            point: row.point,
            settings: settings.map(|(_, (axis, (label, _)))| format!("{}={label}", axis.path)).collect(),
            cost_per_month: row.mean(Metric::CostPerMonth),
            latency_p99_s: row.mean(Metric::LatencyP99),
            errors: row.mean(Metric::Errors),
            worst: row.worst.as_ref().map(|name| Objective {
                name: name.clone(),
                target: row.worst_bound.unwrap_or(f64::NAN),
                actual: row.worst_actual,
                met: row.miss() <= 1.0,
            }),
            deployment: row.deployment,
            currency: row.currency,
        }
    }
}
