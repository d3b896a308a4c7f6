//! The figures of one replication of one deployment.

use crate::billing::commitment::Served;
use crate::billing::ownership::CashYear;
use crate::billing::{BillingError, Invoice};
use crate::record::{FunctionTally, SiteTally, Tally};
use crate::scenario::Site;
use crate::stats::Histogram;
use crate::units::{Calendar, Money, Span};

use super::bill::Bill;
use super::capacity::Strain;
use super::claims::Spare;
use super::{ByCause, Counts, Percentiles, Phase};

/// Percentiles that are reported, as `latency_s` names them.
pub const PERCENTILES: [f64; 5] = [0.5, 0.9, 0.95, 0.99, 0.999];

/// One replication, reduced.
#[derive(Debug)]
pub struct Figures {
    pub counts: Counts,
    pub cold_fraction: Option<f64>,
    pub cold_by_function: Option<Percentiles>,
    pub latency_mean: Option<f64>,
    pub latency_percentiles: Option<[f64; 5]>,
    pub latency_max: Option<f64>,
    pub network: Phase,
    pub queue: Phase,
    pub cold_start: Phase,
    pub execution: Phase,
    pub services: Phase,
    pub instances_mean: f64,
    pub instances_peak: f64,
    pub busy_mean: f64,
    pub busy_peak: f64,
    pub utilization: Option<f64>,
    pub idle_gb_s: f64,
    pub strain: Strain,
    pub spare: Spare,
    /// Of the monthly bill.
    pub idle_money: f64,
    /// What the monthly bill was paid for.
    pub causes: ByCause,
    pub invoice: Invoice,
    pub month_invoice: Invoice,
    /// For what is owned, by site and year.
    pub cash: Vec<CashYear>,
    /// What each site comes to, for the window and for the month.
    pub sites: Vec<[Money; 2]>,
    /// How commitments served, with the names of their sites.
    pub commitments: Vec<(String, Served)>,
}

impl Figures {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let sums = Sums::of(&tally.functions);
        let counted = tally.window().end.since(tally.window().warmup);
        let per_time = |ns: u128| if counted == Span::ZERO { 0.0 } else { ns as f64 / counted.ns() as f64 };
        let completed = sums.completed;
        let mean = |sum: u128| (completed > 0).then(|| sum as f64 / completed as f64 / 1e9);
        let bill = Bill::of(tally, sites, calendar)?;
        let (least, most) = (sums.latency_least.seconds(), sums.latency_max.seconds());
        let latency = tally.latency.all();
        Ok(Self {
            counts: sums.counts(),
            cold_fraction: ratio(sums.cold_starts, sums.started),
            cold_by_function: percentiles(&tally.functions),
            latency_mean: mean(sums.latency),
            latency_percentiles: (completed > 0)
                .then(|| PERCENTILES.map(|share| seconds(latency.quantile(share)).max(least).min(most))),
            latency_max: (completed > 0).then(|| sums.latency_max.seconds()),
            network: phase(&tally.network, completed, mean(tally.network_sum)),
            queue: phase(&tally.queue, completed, mean(tally.queue_sum)),
            cold_start: phase(&tally.cold_start, completed, mean(tally.cold_start_sum)),
            execution: phase(
                &execution(tally),
                completed,
                mean(sums.latency - tally.network_sum - tally.queue_sum - tally.cold_start_sum),
            ),
            services: phase(&Histogram::default(), completed, mean(0)),
            instances_mean: per_time(tally.sum(|site| site.instance_ns)),
            instances_peak: tally.instances_peak().into(),
            busy_mean: per_time(tally.sum(|site| site.busy_ns)),
            busy_peak: tally.busy_peak().into(),
            utilization: utilization(&tally.sites),
            idle_gb_s: tally.idle_mib_ns() as f64 / 1024.0 / 1e9,
            strain: Strain::of(tally),
            spare: Spare::of(tally, execution(tally)),
            idle_money: bill.idle,
            causes: bill.causes,
            invoice: bill.window,
            month_invoice: bill.month,
            cash: bill.cash,
            sites: bill.sites,
            commitments: bill.commitments,
        })
    }

    pub fn total(&self) -> Money {
        self.invoice.total()
    }

    pub fn per_month(&self) -> Money {
        self.month_invoice.total()
    }

    /// Invocations that no one worked on to the end, but for time-outs.
    pub fn lost(&self) -> f64 {
        self.counts.throttled + self.counts.failed + self.counts.dropped + self.counts.abandoned
    }

    pub fn errors(&self) -> Option<f64> {
        let Counts { offered, throttled, timed_out, failed, dropped, abandoned, .. } = self.counts;
        (offered > 0.0).then(|| (throttled + timed_out + failed + dropped + abandoned) / offered)
    }
}

/// Of all functions together.
struct Sums {
    offered: u64,
    started: u64,
    completed: u64,
    cold_starts: u64,
    throttled: u64,
    timed_out: u64,
    dropped: u64,
    abandoned: u64,
    failed: u64,
    retried: u64,
    latency: u128,
    latency_least: Span,
    latency_max: Span,
}

impl Sums {
    fn of(functions: &[FunctionTally]) -> Self {
        let least = functions.iter().map(|function| function.latency_least).min().unwrap_or_default();
        functions.iter().fold(Self::none(least), |sums, function| Self {
            latency_least: sums.latency_least,
            offered: sums.offered + function.offered(),
            started: sums.started + function.started(),
            completed: sums.completed + function.completed,
            cold_starts: sums.cold_starts + function.cold_starts,
            throttled: sums.throttled + function.throttled,
            timed_out: sums.timed_out + function.timed_out,
            dropped: sums.dropped + function.dropped,
            abandoned: sums.abandoned + function.abandoned,
            failed: sums.failed + function.failed,
            retried: sums.retried + function.retried,
            latency: sums.latency + function.latency_sum,
            latency_max: sums.latency_max.max(function.latency_max),
        })
    }

    const fn none(latency_least: Span) -> Self {
        Self {
            offered: 0,
            started: 0,
            completed: 0,
            cold_starts: 0,
            throttled: 0,
            timed_out: 0,
            dropped: 0,
            abandoned: 0,
            failed: 0,
            retried: 0,
            latency: 0,
            latency_least,
            latency_max: Span::ZERO,
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            offered: self.offered as f64,
            completed: self.completed as f64,
            cold_starts: self.cold_starts as f64,
            throttled: self.throttled as f64,
            timed_out: self.timed_out as f64,
            failed: self.failed as f64,
            dropped: self.dropped as f64,
            abandoned: self.abandoned as f64,
            retried: self.retried as f64,
        }
    }
}

/// Places used by places there, all sites together; `None` without places.
fn utilization(sites: &[SiteTally]) -> Option<f64> {
    let places: u128 = sites.iter().map(|site| site.milli_place_ns).sum();
    let worked: u128 = sites.iter().map(SiteTally::worked_ns).sum();
    (places > 0).then(|| worked as f64 * 1e3 / places as f64)
}

pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn seconds(span: Option<Span>) -> f64 {
    span.unwrap_or_default().seconds()
}

/// Execution of everything that completed: latency where nothing was added to it, and the rest as recorded.
fn execution(tally: &Tally) -> Histogram {
    let mut execution = tally.latency.plain.clone();
    execution.merge(&tally.delayed_execution);
    execution
}

/// A phase of which only lengths above zero were recorded.
fn phase(recorded: &Histogram, completed: u64, mean: Option<f64>) -> Phase {
    let mut all = recorded.clone();
    all.record_n(Span::ZERO, completed.saturating_sub(recorded.count()));
    let quantile = |share| (completed > 0).then(|| seconds(all.quantile(share)));
    Phase { mean, p50: quantile(0.5), p99: quantile(0.99) }
}

/// Percentiles, nearest rank, over the functions that started anything, of their cold fractions.
fn percentiles(functions: &[FunctionTally]) -> Option<Percentiles> {
    let mut fractions: Vec<f64> =
        functions.iter().filter_map(|function| ratio(function.cold_starts, function.started())).collect();
    fractions.sort_by(f64::total_cmp);
    let last = fractions.len().checked_sub(1)?;
    let at = |share: f64| fractions[((share * fractions.len() as f64).ceil() as usize).clamp(1, last + 1) - 1];
    Some(Percentiles { p50: at(0.5), p75: at(0.75), p90: at(0.9), p99: at(0.99) })
}
