//! The rows of the tables, as means over replications.

use crate::billing::{Line, Meter, Usage};
use crate::record::{Bucket, FunctionTally, Tally, Window};
use crate::scenario::Plan;
use crate::stats::Histogram;
use crate::units::{Money, SimTime, Span};

use super::assemble::mean_lines;
use super::figures::{Figures, ratio};
use super::owned_bill;
use super::rates::{Rates, Used};
use super::*;

pub fn tables(plan: &Plan, runs: &Runs, figures: &[Vec<Figures>]) -> Tables {
    let mut tables = Tables::default();
    for ((deployment, tallies), figures) in plan.deployments.iter().zip(&runs.tallies).zip(figures) {
        let name = deployment.name.as_str();
        let rates = Rates::of(figures, tallies);
        tables.invoice.extend(invoice_rows(name, figures));
        tables.timeline.extend(timeline_rows(name, tallies, &rates));
        tables.functions.extend(function_rows(name, tallies, &runs.functions, &rates));
        tables.latency.extend(latency_rows(name, tallies));
    }
    tables
}

fn invoice_rows(deployment: &str, figures: &[Figures]) -> Vec<InvoiceRow> {
    let row = |line: Line| InvoiceRow {
        category: owned_bill::category(&line),
        deployment: deployment.to_owned(),
        month: line.month.map(crate::units::MonthId::label).unwrap_or_default(),
        price: line.mean_price(),
        provider: line.provider,
        service: line.service,
        item: line.item,
        tier: line.tier,
        quantity: Money(line.quantity),
        unit: line.unit,
        amount: line.amount,
    };
    mean_lines(figures.iter().map(|f| f.invoice.lines.clone())).into_iter().map(row).collect()
}

fn mean<T>(of: &[T], value: impl Fn(&T) -> f64) -> f64 {
    of.iter().map(value).sum::<f64>() / of.len().max(1) as f64
}

fn timeline_rows(deployment: &str, tallies: &[Tally], rates: &Rates) -> Vec<TimelineRow> {
    let Some(first) = tallies.first() else {
        return Vec::new();
    };
    let width = first.timeline.width();
    let latencies = Latencies::of(tallies);
    let row = |index: usize| {
        let start = SimTime::from_ns(width.ns() * index as u64);
        let length = (start + width).min(first.window().end).since(start);
        let of = |value: fn(&Bucket) -> u128| mean(tallies, |tally| value(&tally.timeline.buckets[index]) as f64);
        let (started, cold) = (of(|bucket| bucket.started().into()), of(|bucket| bucket.cold_starts.into()));
        let latency = latencies.at(index);
        let per_time = |ns: f64| if length == Span::ZERO { 0.0 } else { ns / length.ns() as f64 };
        TimelineRow {
            deployment: deployment.to_owned(),
            start_s: start.seconds(),
            length_s: length.seconds(),
            rate_per_s: per_time(of(|bucket| bucket.offered.into()) * 1e9),
            concurrency: per_time(of(|bucket| bucket.busy_ns)),
            instances: per_time(of(|bucket| bucket.instance_ns)),
            places: per_time(of(|bucket| bucket.milli_place_ns) / 1e3),
            demand: per_time(of(|bucket| bucket.demand_ns)),
            waiting: per_time(of(|bucket| bucket.waiting_ns)),
            cold_starts: cold,
            cold_fraction: (started > 0.0).then(|| cold / started),
            latency_p50_s: latency[0],
            latency_p95_s: latency[1],
            latency_p99_s: latency[2],
            cost: rates.shared(
                &Used {
                    started,
                    compute: of(|bucket| bucket.compute.into()),
                    instance_ns: of(|bucket| bucket.instance_ns),
                },
                length,
            ),
        }
    };
    (0..first.timeline.buckets.len()).map(row).collect()
}

/// Percentiles of latency over time.
struct Latencies {
    /// Intervals of the time-line in a stretch.
    intervals: usize,
    /// By stretch: p50, p95, p99, s.
    stretches: Vec<[Option<f64>; 3]>,
}

impl Latencies {
    /// Of all replications together; nothing where the run did not keep them.
    fn of(tallies: &[Tally]) -> Self {
        let kept = || tallies.iter().filter_map(|tally| tally.over_time.as_deref());
        let intervals = kept().next().map_or(1, |first| first.intervals());
        let buckets =
            tallies.first().filter(|first| first.over_time.is_some()).map(|tally| tally.timeline.buckets.len());
        let mut room = Histogram::default();
        let mut percentiles = |stretch: usize| {
            room.clear();
            kept().for_each(|over_time| over_time.add_to(&mut room, stretch));
            let of = |share: f64| room.quantile(share).map(Span::seconds);
            [of(0.5), of(0.95), of(0.99)]
        };
        let stretches = (0..buckets.unwrap_or(0).div_ceil(intervals)).map(&mut percentiles).collect();
        Self { intervals, stretches }
    }

    /// In an interval of the time-line.
    fn at(&self, interval: usize) -> [Option<f64>; 3] {
        self.stretches.get(interval / self.intervals).copied().unwrap_or_default()
    }
}

fn function_rows(
    deployment: &str,
    tallies: &[Tally],
    functions: &[crate::workload::FunctionInfo],
    rates: &Rates,
) -> Vec<FunctionRow> {
    let row = |(index, info): (usize, &crate::workload::FunctionInfo)| {
        let ours: Vec<(&Tally, &FunctionTally)> =
            tallies.iter().filter_map(|tally| Some((tally, tally.functions.get(index)?))).collect();
        function_row(deployment, &info.name, &ours, rates)
    };
    functions.iter().enumerate().map(row).collect()
}

fn function_row(deployment: &str, name: &str, ours: &[(&Tally, &FunctionTally)], rates: &Rates) -> FunctionRow {
    let of = |value: fn(&FunctionTally) -> u64| mean(ours, |(_, function)| value(function) as f64);
    let total = |value: fn(&FunctionTally) -> u64| ours.iter().map(|(_, function)| value(function)).sum::<u64>();
    let completed = total(|f| f.completed);
    let over_completed = |value: &dyn Fn(&FunctionTally) -> Option<Span>| {
        let values: Vec<f64> = ours.iter().filter_map(|(_, f)| value(f)).map(Span::seconds).collect();
        (completed > 0 && !values.is_empty()).then(|| mean(&values, |value| *value))
    };
    let latency_sum: u128 = ours.iter().map(|(_, function)| function.latency_sum).sum();
    let counted = ours.first().map_or(0.0, |(tally, _)| counted_seconds(tally.window()));
    let offered = of(|f| f.offered());
    FunctionRow {
        deployment: deployment.to_owned(),
        function: name.to_owned(),
        offered,
        completed: of(|f| f.completed),
        cold_starts: of(|f| f.cold_starts),
        throttled: of(|f| f.throttled),
        timed_out: of(|f| f.timed_out),
        dropped: of(|f| f.dropped),
        abandoned: of(|f| f.abandoned),
        rate_per_s: if counted > 0.0 { offered / counted } else { 0.0 },
        cold_fraction: ratio(total(|f| f.cold_starts), total(|f| f.started())),
        latency_mean_s: (completed > 0).then(|| latency_sum as f64 / completed as f64 / 1e9),
        latency_p50_s: over_completed(&|f| f.latency_p50),
        latency_p99_s: over_completed(&|f| f.latency_p99),
        latency_max_s: over_completed(&|f| (f.completed > 0).then_some(f.latency_max)),
        cost: mean(ours, |(tally, function)| function_cost(&function.usage_everywhere(tally.window()), rates)),
    }
}

fn counted_seconds(window: &Window) -> f64 {
    window.end.since(window.warmup).seconds()
}

/// What runs by the clock belongs to no function.
fn function_cost(usage: &Usage, rates: &Rates) -> f64 {
    usage.total(Meter::Requests) as f64 * rates.requests + rates.executed(usage)
}

fn latency_rows(deployment: &str, tallies: &[Tally]) -> Vec<LatencyRow> {
    let mut all = Histogram::default();
    for tally in tallies {
        all.merge(&tally.latency.all());
    }
    let count = all.count().max(1) as f64;
    let mut below = 0;
    let row = |(length, in_bucket): (Span, u64)| {
        below += in_bucket;
        LatencyRow {
            deployment: deployment.to_owned(),
            latency_s: length.seconds(),
            count: in_bucket,
            cumulative_share: below as f64 / count,
        }
    };
    all.buckets().map(row).collect()
}
