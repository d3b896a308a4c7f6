//! Share of cold starts and tail latency against one factor, simulated and in theory.

use crate::report::cold_starts::{fine, headline, said, table, what};
use crate::report::figures;
use crate::results::cold_starts::{ColdPoint, ColdStarts};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, Say, label};

const SIMULATED: usize = 0;
const THEORY: usize = 1;

pub fn all(answer: &ColdStarts) -> Vec<Chart> {
    let shares = positive(answer, |point| point.cold_share);
    if shares.is_empty() {
        return vec![Chart::empty("cold_start_curve", &headline(answer), "No cold start at any value.")];
    }
    let theory = positive(answer, |point| point.analytic.as_ref().map(|analytic| analytic.cold_share));
    let left_out = answer.points.iter().filter(|point| point.cold_share == Some(0.0)).count();
    let zeros = if left_out > 0 && spreads(answer) { " Values without cold starts are not drawn." } else { "" };
    let mut legend = vec![Legend { key: Key::Line, series: SIMULATED, text: label(&answer.deployment) }];
    if !theory.is_empty() {
        legend.push(Legend { key: Key::Line, series: THEORY, text: "theory".to_owned() });
    }
    let table = table(answer);
    vec![Chart {
        id: "cold_start_curve",
        title: headline(answer),
        subtitle: format!("Simulated, with 95\u{a0}% intervals, and what theory gives where it applies.{zeros}"),
        legend,
        panels: vec![share_panel(answer, shares, theory), latency_panel(answer)],
        columns: 2,
        data: Data { headings: table.headings, rows: table.rows, note: String::new() },
    }]
}

/// `(value of the factor, figure)` where it can stand on a logarithmic axis, rising along the factor.
fn positive(answer: &ColdStarts, of: impl Fn(&ColdPoint) -> Option<f64>) -> Vec<[f64; 2]> {
    let point = |point: &ColdPoint| Some([point.value, of(point)?]);
    let mut points: Vec<[f64; 2]> = answer.points.iter().filter_map(point).collect();
    points.retain(|at| at[0].is_finite() && at[1].is_finite() && (at[1] > 0.0 || !spreads(answer)));
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    points
}

/// Whether shares are of different magnitudes.
fn spreads(answer: &ColdStarts) -> bool {
    let shares = || answer.points.iter().filter_map(|point| point.cold_share).filter(|share| *share > 0.0);
    shares().fold(0.0, f64::max) > 8.0 * shares().fold(f64::INFINITY, f64::min)
}

fn share_panel(answer: &ColdStarts, simulated: Vec<[f64; 2]>, theory: Vec<[f64; 2]>) -> Panel {
    let highs = answer.points.iter().filter_map(|point| Some(point.cold_share_ci95?[1]));
    let highs: Vec<f64> = highs.collect();
    let all = || simulated.iter().chain(&theory).map(|at| at[1]).chain(highs.iter().copied());
    let (least, high) = (all().filter(|y| *y > 0.0).fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let y = if spreads(answer) {
        // Theory may go far below what can be counted.
        let counted = simulated.iter().map(|at| at[1]).fold(f64::INFINITY, f64::min);
        Axis::log("share of cold starts (log scale)", least.max(counted / 30.0) / 1.3, (high * 1.3).min(1.0), Say::Fine)
    } else {
        Axis::from_zero("share of cold starts", high, Say::Fine)
    };
    let [low, _] = y.ends();
    let mut marks = Vec::new();
    marks.push(Mark::Line {
        points: theory.into_iter().filter(|at| at[1] >= low).collect(),
        series: THEORY,
        label: None,
    });
    marks.push(Mark::Line { points: simulated, series: SIMULATED, label: None });
    for point in answer.points.iter().filter(|point| point.cold_share.is_some_and(|share| share >= low)) {
        let Some(share) = point.cold_share else { continue };
        let tip = format!("{}: {}", said(answer, point), fine(share));
        marks.extend(interval(point.value, point.cold_share_ci95, low));
        marks.push(Mark::Dot { at: [point.value, share], series: SIMULATED, label: None, tip });
    }
    Panel { heading: String::new(), height: 240.0, x: x(answer), y, marks, by: By::Nobody }
}

fn latency_panel(answer: &ColdStarts) -> Panel {
    let points = positive(answer, |point| point.latency_p99_s.filter(|p99| *p99 > 0.0));
    let (low, mut high) = points.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), at| (l.min(at[1]), h.max(at[1])));
    high = answer.points.iter().filter_map(|point| Some(point.latency_p99_ci95?[1])).fold(high, f64::max);
    let y = if high > 4.0 * low {
        Axis::log_time("p99 latency (log scale)", low / 1.3, high * 1.3)
    } else {
        Axis::from_zero("p99 latency", high, Say::Latency)
    };
    let [bottom, _] = y.ends();
    let mut marks = vec![Mark::Line { points, series: SIMULATED, label: None }];
    for point in &answer.points {
        let Some(p99) = point.latency_p99_s.filter(|p99| *p99 > 0.0) else { continue };
        let tip = format!("{}: p99 {}", said(answer, point), figures::latency(p99));
        marks.extend(interval(point.value, point.latency_p99_ci95, bottom));
        marks.push(Mark::Dot { at: [point.value, p99], series: SIMULATED, label: None, tip });
    }
    Panel { heading: String::new(), height: 240.0, x: x(answer), y, marks, by: By::Nobody }
}

/// An upright line from end to end, cut at the `bottom` of the axis.
fn interval(at: f64, ends: Option<[f64; 2]>, bottom: f64) -> Option<Mark> {
    let [low, high] = ends?;
    (high > bottom).then(|| Mark::Line {
        points: vec![[at, low.max(bottom)], [at, high]],
        series: SIMULATED,
        label: None,
    })
}

fn x(answer: &ColdStarts) -> Axis {
    let values = || answer.points.iter().map(|point| point.value).filter(|value| value.is_finite());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let log = low > 0.0 && high / low >= 8.0;
    let unit = match answer.unit.as_str() {
        "" => String::new(),
        "/s" => ", requests a second".to_owned(),
        unit => format!(", {unit}"),
    };
    let name = what(answer).trim_start_matches("the ");
    match (log, answer.against.as_str()) {
        (true, "keep-alive") => Axis::log_time(&format!("{name} (log scale)"), low, high),
        (false, "keep-alive") => Axis::time(name, low, high),
        (log, _) => {
            let scale = if log { " (log scale)" } else { "" };
            Axis::along(&format!("{name}{unit}{scale}"), [low, high], log, values())
        }
    }
}
