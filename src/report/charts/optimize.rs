//! Cost against tail latency of all that a search measured, with the front.

use crate::report::figures;
use crate::report::optimize::{aim, front, headline};
use crate::results::optimum::{Choice, Optimum};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, Say, label};

/// Dots beyond this would not be seen.
const DOTS: usize = 600;

pub fn all(answer: &Optimum) -> Vec<Chart> {
    let place = |choice: &Choice| Some([choice.cost_per_month, choice.latency_p99_s.filter(|p99| *p99 > 0.0)?]);
    let measured: Vec<(&Choice, [f64; 2])> =
        answer.choices.iter().filter_map(|choice| Some((choice, place(choice)?))).collect();
    if measured.is_empty() {
        return vec![Chart::empty("optimize", "There is no trade-off to draw", "Nothing completed.")];
    }
    let mut names: Vec<&str> = Vec::new();
    for (choice, _) in &measured {
        if !names.contains(&choice.deployment.as_str()) {
            names.push(&choice.deployment);
        }
    }
    let series = |choice: &Choice| names.iter().position(|name| *name == choice.deployment).filter(|at| *at < SERIES);
    let mut marks = vec![line(&measured)];
    let every = measured.len().div_ceil(DOTS).max(1);
    for (place, (choice, at)) in measured.iter().enumerate() {
        let is_best = answer
            .best
            .as_ref()
            .is_some_and(|best| best.settings == choice.settings && best.deployment == choice.deployment);
        if let Some(series) = series(choice).filter(|_| place % every == 0 || is_best || choice.on_front) {
            marks.push(Mark::Dot {
                at: *at,
                series,
                label: is_best.then(|| "best".to_owned()),
                tip: tip(answer, choice),
            });
        }
    }
    if let Some(bound) = bound(answer) {
        marks.push(Mark::Ceiling { at: bound, text: format!("objective {}", figures::latency(bound)) });
    }
    let highest = measured.iter().map(|(_, at)| at[0]).fold(0.0, f64::max);
    let latencies = || measured.iter().map(|(_, at)| at[1]).chain(bound(answer));
    let (low, high) = latencies().fold((f64::INFINITY, 0.0_f64), |(low, high), p99| (low.min(p99), high.max(p99)));
    let table = front(answer);
    let key = |(series, name): (usize, &&str)| Legend { key: Key::Dot, series, text: label(name) };
    vec![Chart {
        id: "optimize",
        title: headline(answer),
        subtitle: format!(
            "Every configuration that was measured; low and left is better. The line joins those that {} and that nothing \
             beats.",
            aim(answer).meet()
        ),
        legend: names.iter().take(SERIES).enumerate().map(key).collect(),
        panels: vec![Panel {
            heading: String::new(),
            height: 300.0,
            x: Axis::up_to(&format!("cost per month of 730 hours, {}", answer.currency), highest * 1.05, Say::Compact),
            y: Axis::log_time("p99 latency (log scale)", low / 1.2, high * 1.2),
            marks,
            by: By::Series,
        }],
        columns: 1,
        data: Data { headings: table.headings, rows: table.rows, note: String::new() },
    }]
}

fn line(measured: &[(&Choice, [f64; 2])]) -> Mark {
    let mut points: Vec<[f64; 2]> = measured.iter().filter(|(choice, _)| choice.on_front).map(|(_, at)| *at).collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    Mark::Line { points, series: SERIES - 1, label: None }
}

fn bound(answer: &Optimum) -> Option<f64> {
    let worst = answer.choices.iter().filter_map(|choice| choice.worst.as_ref());
    worst.filter(|worst| worst.name == "latency.p99").map(|worst| worst.target).next()
}

fn tip(answer: &Optimum, choice: &Choice) -> String {
    let missed = if choice.meets { String::new() } else { format!(", {}", aim(answer).misses()) };
    let p99 = choice.latency_p99_s.map_or_else(String::new, |p99| format!(", p99 {}", figures::latency(p99)));
    let cost = figures::compact(choice.cost_per_month);
    format!("{} {}: {cost} a month{p99}{missed}", label(&choice.deployment), choice.settings.join(" "))
}
