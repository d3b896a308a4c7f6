//! How long invocations take: the distribution, its tail stretched so that percentiles can be read.

use crate::report::figures;
use crate::results::{DeploymentResult, LatencyRow, Results, Tables};

use super::tradeoff::latency_bound;
use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, first_of, label};

/// The curve ends at 99.99 %: beyond, single invocations decide.
const NINES: i32 = 4;
/// Points of a curve; more would not be seen.
const POINTS: usize = 300;

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let shown = &results.deployments[..results.deployments.len().min(SERIES)];
    let curves: Vec<(usize, Vec<[f64; 2]>)> = shown
        .iter()
        .enumerate()
        .map(|(series, deployment)| (series, curve(&tables.latency, &deployment.name)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    if curves.is_empty() {
        return Chart::empty("latency", "No latency to show", "No completed invocations.");
    }
    let bound = latency_bound(shown);
    let times = || curves.iter().flat_map(|(_, points)| points).map(|point| point[0]).chain(bound);
    let low = times().fold(f64::INFINITY, f64::min) / 1.1;
    let high = times().fold(0.0, f64::max) * 1.1;
    let mut marks: Vec<Mark> = curves
        .iter()
        .map(|(series, points)| Mark::Line { points: points.clone(), series: *series, label: None })
        .collect();
    marks.extend(bound.map(|at| Mark::Bound { at, text: format!("objective: p99 ≤ {}", figures::latency(at)) }));
    Chart {
        id: "latency",
        title: title(shown, bound),
        subtitle: format!(
            "Share of completed invocations that took at most so long. The tail is stretched: each step up has \
             a tenth of the invocations above it.{}",
            first_of(SERIES, results.deployments.len())
        ),
        legend: curves.iter().map(|(series, _)| entry(&shown[*series], *series)).collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 280.0,
            x: Axis::log_time("latency from the client's first attempt (log scale)", low, high),
            y: Axis::tail("share of completed invocations", NINES),
            marks,
            by: By::Series,
        }],
        columns: 1,
        data: data(shown),
    }
}

fn entry(deployment: &DeploymentResult, series: usize) -> Legend {
    let p99 = deployment.latency_s.p99.map_or_else(|| figures::ABSENT.to_owned(), figures::latency);
    Legend { key: Key::Line, series, text: format!("{} · p99 {p99}", label(&deployment.name)) }
}

/// Latency and cumulative share, rising, cut at the end of the axis.
fn curve(rows: &[LatencyRow], deployment: &str) -> Vec<[f64; 2]> {
    let end = 1.0 - 10_f64.powi(-NINES);
    let mut points: Vec<[f64; 2]> = rows
        .iter()
        .filter(|row| row.deployment == deployment && row.latency_s.is_finite() && row.cumulative_share.is_finite())
        .map(|row| [row.latency_s.max(1e-6), row.cumulative_share])
        .collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let kept = points.iter().position(|point| point[1] >= end).map_or(points.len(), |place| place + 1);
    points.truncate(kept);
    // The curve starts at its first bucket, from nothing.
    if let Some(first) = points.first().copied() {
        points.insert(0, [first[0], 0.0]);
    }
    thinned(points)
}

/// Steps too small to see are left out; the ends stay.
fn thinned(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let height = |point: &[f64; 2]| -(1.0 - point[1]).max(1e-5).log10();
    let least = 5.0 / POINTS as f64;
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for (place, point) in points.iter().enumerate() {
        let far = kept
            .last()
            .is_none_or(|last| height(point) - height(last) >= least || point[0].log10() - last[0].log10() >= 0.01);
        if far || place + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

fn title(shown: &[DeploymentResult], bound: Option<f64>) -> String {
    let measured = || shown.iter().filter_map(|deployment| Some((deployment, deployment.latency_s.p99?)));
    let fastest = measured().min_by(|a, b| a.1.total_cmp(&b.1));
    let slowest = measured().max_by(|a, b| a.1.total_cmp(&b.1));
    let (Some((fastest, low)), Some((slowest, high))) = (fastest, slowest) else {
        return "Latency of completed invocations".to_owned();
    };
    let named =
        |deployment: &DeploymentResult, p99| format!("{} on {}", figures::latency(p99), label(&deployment.name));
    let range = match std::ptr::eq(fastest, slowest) {
        true => named(fastest, low),
        false if figures::latency(low) == figures::latency(high) => format!("{} on all", figures::latency(high)),
        false => format!("from {} to {}", named(fastest, low), named(slowest, high)),
    };
    match bound {
        Some(bound) => {
            let met = measured().filter(|(_, p99)| *p99 <= bound).count();
            format!("p99 is {range}; {met} of {} keep to {}", shown.len(), figures::latency(bound))
        }
        None => format!("p99 latency is {range}"),
    }
}

fn data(shown: &[DeploymentResult]) -> Data {
    let time = |value: Option<f64>| value.map_or_else(|| figures::ABSENT.to_owned(), figures::latency);
    let row = |deployment: &DeploymentResult| {
        let latency = &deployment.latency_s;
        let all = [latency.mean, latency.p50, latency.p90, latency.p95, latency.p99, latency.p999, latency.max];
        [deployment.name.clone()].into_iter().chain(all.map(time)).collect()
    };
    Data {
        headings: ["deployment", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"].map(str::to_owned).to_vec(),
        rows: shown.iter().map(row).collect(),
        note: "The whole histogram stands in the table `latency`.".to_owned(),
    }
}
