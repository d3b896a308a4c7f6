//! From runs to the answer: means over replications, intervals, paired differences, verdicts.

use rust_decimal::Decimal;

use crate::billing::{BillingError, Invoice, Line, combine};
use crate::scenario::{Deployment, Plan, Target, TargetMetric};
use crate::stats::Interval;
use crate::units::Money;

use super::figures::{Figures, PERCENTILES};
use super::*;
use super::{capacity, claims, horizon, owned_bill, per_site, rows, strangers, within};

/// The whole answer.
pub fn assemble(plan: &Plan, runs: &Runs) -> Result<(Results, Tables), BillingError> {
    let figures = plan
        .deployments
        .iter()
        .zip(&runs.tallies)
        .map(|(deployment, tallies)| {
            tallies.iter().map(|tally| Figures::of(tally, &deployment.sites, plan.calendar)).collect()
        })
        .collect::<Result<Vec<Vec<Figures>>, BillingError>>()?;
    let tables = rows::tables(plan, runs, &figures);
    let mut deployments: Vec<DeploymentResult> = plan
        .deployments
        .iter()
        .zip(&figures)
        .map(|(deployment, figures)| deployment_result(plan, deployment, figures, runs))
        .collect();
    for ((deployment, figures), probes) in deployments.iter_mut().zip(&figures).zip(&runs.probes) {
        if let Some(first) = figures.first() {
            deployment.capacity.compare(plan, first, probes)?;
        }
    }
    claims::compare_prices(&mut deployments);
    let mut comparisons = comparisons(plan, &figures);
    within::fill(plan, runs, &figures, &mut deployments, &mut comparisons);
    let costs: Vec<&Cost> = deployments.iter().map(|deployment| &deployment.cost).collect();
    let horizon = horizon::info(plan, runs, &costs)?;
    let results = Results {
        schema: SCHEMA.to_owned(),
        scenario: scenario_info(plan, runs),
        workload: workload_info(runs),
        comparisons,
        deployments,
        assumptions: plan.assumptions.clone(),
        warnings: [plan.warnings.clone(), strangers::warnings(plan, runs)].concat(),
        horizon,
        precision: None,
    };
    Ok((results, tables))
}

fn scenario_info(plan: &Plan, runs: &Runs) -> ScenarioInfo {
    ScenarioInfo {
        name: plan.name.clone(),
        hash: plan.hash.clone(),
        seed: plan.seed,
        replications: plan.replications,
        duration_s: runs.window.end.seconds(),
        warmup_s: runs.window.warmup.seconds(),
        start: plan.calendar.start().to_string(),
        text: plan.text.to_string(),
        set: plan.set.clone(),
        intervals: within::method(plan, runs),
        warmup_found: None,
    }
}

/// Every deployment serves the same invocations, so the first one knows them.
fn workload_info(runs: &Runs) -> WorkloadInfo {
    let duration = runs.window.end.seconds();
    let Some(tally) = runs.tallies.first().and_then(|tallies| tallies.first()) else {
        return WorkloadInfo { invocations: 0, functions: 0, span_s: 0.0, mean_rate_per_s: 0.0, peak_rate_per_s: 0.0 };
    };
    let span = tally.last_arrival.since(tally.first_arrival).seconds();
    let width = tally.timeline.width().seconds();
    let peak = tally.timeline.buckets.iter().map(|bucket| bucket.offered).max().unwrap_or(0);
    WorkloadInfo {
        invocations: tally.invocations(),
        functions: runs.functions.len() as u64,
        span_s: span,
        mean_rate_per_s: if duration > 0.0 { tally.invocations() as f64 / duration } else { 0.0 },
        peak_rate_per_s: peak as f64 / width.min(duration),
    }
}

/// Half widths of what a run is held to, as shares of the figures; those that are zero or missing are known.
pub fn half_widths(deployment: &DeploymentResult) -> Vec<(&'static str, f64)> {
    let relative = |mean: Option<f64>, ci95: Ci95| {
        let half = ci95.map(|[low, high]| (high - low) / 2.0)?;
        mean.filter(|mean| *mean != 0.0).map(|mean| half / mean.abs())
    };
    let latency = &deployment.latency_s;
    [
        ("cost.per_month", relative(Some(deployment.cost.per_month.to_f64()), deployment.cost.ci95)),
        ("latency_s.mean", relative(latency.mean, latency.ci95.mean)),
        ("latency_s.p99", relative(latency.p99, latency.ci95.p99)),
    ]
    .into_iter()
    .filter_map(|(metric, relative)| Some((metric, relative?)))
    .collect()
}

/// The figure in every replication; `None` if it is missing in one.
fn values(figures: &[Figures], of: impl Fn(&Figures) -> Option<f64>) -> Option<Vec<f64>> {
    figures.iter().map(of).collect()
}

/// The mean over replications of what is there in every one of them.
pub(super) fn mean(figures: &[Figures], of: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
    values(figures, of).and_then(|values| mean_of(&values))
}

/// Of equal values, exactly that value.
pub fn mean_of(values: &[f64]) -> Option<f64> {
    let first = *values.first()?;
    Some(if are_equal(values) { first } else { values.iter().sum::<f64>() / values.len() as f64 })
}

fn are_equal(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

pub(super) fn always(figures: &[Figures], of: impl Fn(&Figures) -> f64) -> f64 {
    mean(figures, |figures| Some(of(figures))).unwrap_or(0.0)
}

fn ci95(figures: &[Figures], of: impl Fn(&Figures) -> Option<f64>) -> Ci95 {
    values(figures, of).and_then(|values| bounds(&values))
}

fn bounds(values: &[f64]) -> Ci95 {
    if let ([first, _, ..], true) = (values, are_equal(values)) {
        return Some([*first, *first]);
    }
    Interval::of(values).map(|interval| [interval.low(), interval.high()])
}

fn deployment_result(plan: &Plan, deployment: &Deployment, figures: &[Figures], runs: &Runs) -> DeploymentResult {
    let index = plan.deployments.iter().position(|other| other.name == deployment.name).unwrap_or(0);
    let counted_s = runs.window.end.since(runs.window.warmup).seconds();
    let mut summary = deployment.summary.clone();
    if runs.run_together[index] && runs.tallies[index].iter().any(crate::record::Tally::was_refused) {
        summary.push_str(", account limit bound");
    }
    let interruptions = Interruptions::of(&deployment.model, &runs.tallies[index]);
    if let Some(taken) = interruptions.filter(|taken| taken.servers > 0.0) {
        summary.push_str(&format!(", {} interruptions", (taken.servers * 10.0).round() / 10.0));
    }
    DeploymentResult {
        name: deployment.name.clone(),
        platform: deployment.platform.clone(),
        summary,
        invocations: counts(figures),
        cold_start: ColdStart {
            fraction: mean(figures, |f| f.cold_fraction),
            ci95: super::Metric::ColdFraction.within_bounds(ci95(figures, |f| f.cold_fraction)),
            by_function: by_function(figures),
        },
        latency_s: latency(figures),
        phases_s: Phases {
            network: phase(figures, |f| f.network),
            queue: phase(figures, |f| f.queue),
            cold_start: phase(figures, |f| f.cold_start),
            execution: phase(figures, |f| f.execution),
            services: phase(figures, |f| f.services),
        },
        capacity: capacity::capacity(&deployment.model, figures, counted_s),
        cluster: super::cluster::cluster(&runs.tallies[index]),
        interruptions,
        cost: cost(figures, deployment, runs, index),
        commitments: super::commitments::results(figures),
        slo: slo(&plan.objectives, figures),
        claims: claims::claims(figures, &runs.probes[index]),
        sites: per_site::sites(deployment, &runs.tallies[index], figures),
        sizing: per_site::sizing(deployment, &runs.tallies[index], figures),
        samples: super::Metric::ALL.map(|metric| (metric.name().to_owned(), metric.samples(figures))).into(),
    }
}

fn counts(figures: &[Figures]) -> Counts {
    let of = |count: fn(&Counts) -> f64| always(figures, |f| count(&f.counts));
    Counts {
        offered: of(|c| c.offered),
        completed: of(|c| c.completed),
        cold_starts: of(|c| c.cold_starts),
        throttled: of(|c| c.throttled),
        timed_out: of(|c| c.timed_out),
        failed: of(|c| c.failed),
        dropped: of(|c| c.dropped),
        abandoned: of(|c| c.abandoned),
        retried: of(|c| c.retried),
    }
}

fn by_function(figures: &[Figures]) -> Option<Percentiles> {
    let of = |percentile: fn(&Percentiles) -> f64| mean(figures, |f| f.cold_by_function.as_ref().map(percentile));
    Some(Percentiles { p50: of(|q| q.p50)?, p75: of(|q| q.p75)?, p90: of(|q| q.p90)?, p99: of(|q| q.p99)? })
}

fn latency(figures: &[Figures]) -> Latency {
    let percentile = |index: usize| mean(figures, |f| f.latency_percentiles.map(|percentiles| percentiles[index]));
    Latency {
        mean: mean(figures, |f| f.latency_mean),
        p50: percentile(0),
        p90: percentile(1),
        p95: percentile(2),
        p99: percentile(3),
        p999: percentile(4),
        max: mean(figures, |f| f.latency_max),
        ci95: LatencyCi {
            mean: ci95(figures, |f| f.latency_mean),
            p99: ci95(figures, |f| f.latency_percentiles.map(|percentiles| percentiles[3])),
        },
    }
}

fn phase(figures: &[Figures], of: impl Fn(&Figures) -> Phase) -> Phase {
    Phase { mean: mean(figures, |f| of(f).mean), p50: mean(figures, |f| of(f).p50), p99: mean(figures, |f| of(f).p99) }
}

fn cost(figures: &[Figures], deployment: &Deployment, runs: &Runs, index: usize) -> Cost {
    let total = mean_money(figures.iter().map(Figures::total));
    let invocations: u64 = runs.tallies[index].iter().map(|tally| tally.invocations()).sum();
    let replications = Decimal::from(figures.len().max(1));
    let per_million = (invocations > 0).then(|| {
        let offered = Decimal::from(invocations) / replications;
        Money((total.0 / offered * Decimal::from(1_000_000)).round_dp(12))
    });
    Cost {
        currency: deployment.currency(),
        total,
        per_month: mean_money(figures.iter().map(Figures::per_month)),
        per_million_invocations: per_million,
        ci95: ci95(figures, |f| Some(f.per_month().to_f64())),
        upfront: figures.first().map_or(Money::ZERO, |f| f.invoice.upfront),
        by_category: owned_bill::by_category(deployment, figures),
        by_cause: ByCause::mean(figures.iter().map(|f| f.causes)),
        cash_by_year: owned_bill::cash_by_year(figures),
        items: items(figures.iter().map(|f| &f.invoice)),
        month_items: items(figures.iter().map(|f| &f.month_invoice)),
    }
}

/// To twelve decimals, as the lines of a bill are.
pub fn mean_money(amounts: impl ExactSizeIterator<Item = Money>) -> Money {
    let count = Decimal::from(amounts.len().max(1));
    Money((amounts.sum::<Money>().0 / count).round_dp(12))
}

fn items<'a>(invoices: impl ExactSizeIterator<Item = &'a Invoice>) -> Vec<InvoiceItem> {
    mean_lines(invoices.map(Invoice::merged)).into_iter().map(item).collect()
}

/// The mean of bills, line by line; a line that is missing in one is zero there.
pub fn mean_lines(bills: impl ExactSizeIterator<Item = Vec<Line>>) -> Vec<Line> {
    let count = Decimal::from(bills.len().max(1));
    let mean = |value: Decimal| (value / count).round_dp(12);
    let lines = combine(bills.flatten());
    lines
        .into_iter()
        .map(|line| Line { quantity: mean(line.quantity), amount: Money(mean(line.amount.0)), ..line })
        .collect()
}

fn item(line: Line) -> InvoiceItem {
    let price = line.mean_price();
    InvoiceItem {
        category: owned_bill::category(&line),
        provider: line.provider,
        service: line.service,
        item: line.item,
        quantity: Money(line.quantity),
        unit: line.unit,
        price,
        amount: line.amount,
        tier: line.tier,
    }
}

pub(super) fn slo(targets: &[Target], figures: &[Figures]) -> Option<Slo> {
    if targets.is_empty() {
        return None;
    }
    let objectives: Vec<Objective> = targets.iter().map(|target| objective(target, figures)).collect();
    Some(Slo { met: objectives.iter().all(|objective| objective.met), objectives })
}

/// Whether these figures are within the bounds; without bounds, whether nearly everything completes.
pub(super) fn meets(targets: &[Target], figures: &[Figures]) -> bool {
    slo(targets, figures).map_or_else(|| mean(figures, Figures::errors).is_some_and(|e| e < FEW_ERRORS), |slo| slo.met)
}

/// Met if the mean is within the bound; what was never measured is not met.
fn objective(target: &Target, figures: &[Figures]) -> Objective {
    let (name, actual) = match target.metric {
        TargetMetric::Latency(None) => ("latency.mean".to_owned(), mean(figures, |f| f.latency_mean)),
        TargetMetric::Latency(Some(share)) => {
            let index = PERCENTILES.iter().position(|percentile| *percentile == share);
            let digits = format!("{}", share * 100.0).replace('.', "");
            let actual = index.and_then(|index| mean(figures, |f| f.latency_percentiles.map(|p| p[index])));
            (format!("latency.p{digits}"), actual)
        }
        TargetMetric::Errors => ("errors".to_owned(), mean(figures, Figures::errors)),
        TargetMetric::ColdStarts => ("cold_starts".to_owned(), mean(figures, |f| f.cold_fraction)),
        TargetMetric::CostPerMonth => ("cost.per_month".to_owned(), mean(figures, |f| Some(f.per_month().to_f64()))),
    };
    Objective { name, target: target.bound, actual, met: actual.is_some_and(|actual| actual <= target.bound) }
}

/// A path in a deployment, and its figure in one replication.
type Metric = (&'static str, fn(&Figures) -> Option<f64>);

/// What deployments are compared by.
pub(super) const COMPARED: [Metric; 4] = [
    ("cost.per_month", |f| Some(f.per_month().to_f64())),
    ("latency_s.mean", |f| f.latency_mean),
    ("latency_s.p99", |f| f.latency_percentiles.map(|percentiles| percentiles[3])),
    ("cold_start.fraction", |f| f.cold_fraction),
];

/// All pairs, each earlier deployment against each later one. Costs in different currencies are not compared.
fn comparisons(plan: &Plan, figures: &[Vec<Figures>]) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for a in 0..figures.len() {
        for b in a + 1..figures.len() {
            let same_currency = plan.deployments[a].currency() == plan.deployments[b].currency();
            for (metric, of) in COMPARED {
                if same_currency || !metric.starts_with("cost") {
                    comparisons.push(compare(plan, (a, b), metric, of, figures));
                }
            }
        }
    }
    comparisons
}

fn compare(
    plan: &Plan,
    (a, b): (usize, usize),
    metric: &str,
    of: fn(&Figures) -> Option<f64>,
    figures: &[Vec<Figures>],
) -> Comparison {
    let differences: Option<Vec<f64>> =
        figures[a].iter().zip(&figures[b]).map(|(a, b)| Some(of(a)? - of(b)?)).collect();
    Comparison {
        a: plan.deployments[a].name.clone(),
        b: plan.deployments[b].name.clone(),
        metric: metric.to_owned(),
        difference: differences.as_deref().and_then(mean_of),
        ci95: differences.as_deref().and_then(bounds),
    }
}
