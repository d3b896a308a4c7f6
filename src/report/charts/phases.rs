//! Where the time of an invocation goes: on average, and at the 99th percentile of each phase.

use crate::report::figures;
use crate::results::{DeploymentResult, Phase, Results};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, ROWS, Say, first_of, label};

pub fn chart(results: &Results) -> Chart {
    let shown = &results.deployments[..results.deployments.len().min(ROWS)];
    let highest = shown.iter().map(|deployment| means(deployment).iter().sum()).fold(0.0, f64::max);
    if highest <= 0.0 {
        return Chart::empty("phases", "No time to break down", "No completed invocations.");
    }
    let used = used_phases(shown);
    let height = 12.0 + 32.0 * shown.len() as f64;
    let names: Vec<String> = shown.iter().map(|deployment| label(&deployment.name)).collect();
    let tails = || shown.iter().flat_map(p99s).filter(|p99| *p99 > 0.0 && p99.is_finite());
    let low = tails().fold(f64::INFINITY, f64::min);
    let high = tails().fold(0.0, f64::max);
    Chart {
        id: "phases",
        title: title(shown),
        subtitle: format!(
            "Left: mean time by phase, which adds up to the mean latency. Right: the 99th percentile of each phase \
             by itself; these do not add up.{}",
            first_of(ROWS, results.deployments.len())
        ),
        legend: used
            .iter()
            .map(|phase| Legend { key: Key::Bar, series: *phase, text: phase_name(*phase).to_owned() })
            .collect(),
        panels: vec![
            Panel {
                heading: "On average".to_owned(),
                height,
                x: Axis::up_to("mean time", highest * 1.32, Say::Latency),
                y: Axis::rows(names.clone()),
                marks: shown.iter().enumerate().flat_map(|(row, deployment)| stack(row, deployment)).collect(),
                by: By::Rows,
            },
            Panel {
                heading: "99th percentile of each phase".to_owned(),
                height,
                x: Axis::log_time("time (log scale)", low / 1.6, high * 1.6),
                y: Axis::rows(names),
                marks: shown.iter().enumerate().flat_map(|(row, deployment)| dots(row, deployment)).collect(),
                by: By::Rows,
            },
        ],
        columns: 2,
        data: data(shown),
    }
}

fn phases(deployment: &DeploymentResult) -> [Phase; 5] {
    deployment.phases_s.named().map(|(_, phase)| phase)
}

fn phase_name(index: usize) -> &'static str {
    crate::results::Phases::default().named()[index].0
}

fn means(deployment: &DeploymentResult) -> [f64; 5] {
    phases(deployment).map(|phase| phase.mean.filter(|mean| mean.is_finite()).unwrap_or(0.0).max(0.0))
}

fn p99s(deployment: &DeploymentResult) -> [f64; 5] {
    phases(deployment).map(|phase| phase.p99.unwrap_or(0.0))
}

/// Phases that take time on any deployment.
fn used_phases(shown: &[DeploymentResult]) -> Vec<usize> {
    let used = |phase: &usize| shown.iter().any(|d| means(d)[*phase] > 0.0 || p99s(d)[*phase] > 0.0);
    (0..5).filter(used).collect()
}

fn stack(row: usize, deployment: &DeploymentResult) -> Vec<Mark> {
    let (mut marks, mut from) = (Vec::new(), 0.0);
    for (series, mean) in means(deployment).into_iter().enumerate().filter(|(_, mean)| *mean > 0.0) {
        let label = format!("{}: {}", phase_name(series), figures::latency(mean));
        marks.push(Mark::Bar { row, from, to: from + mean, series, label });
        from += mean;
    }
    let text = if from > 0.0 { figures::latency(from) } else { "nothing completed".to_owned() };
    marks.push(Mark::Note { row, at: from, text });
    marks
}

fn dots(row: usize, deployment: &DeploymentResult) -> Vec<Mark> {
    let dot = |(series, p99): (usize, f64)| Mark::Dot {
        at: [p99, row as f64],
        series,
        label: None,
        tip: format!("{}: {}", phase_name(series), figures::latency(p99)),
    };
    p99s(deployment).into_iter().enumerate().filter(|(_, p99)| *p99 > 0.0).map(dot).collect()
}

fn title(shown: &[DeploymentResult]) -> String {
    let share = |deployment: &DeploymentResult, phase: usize| {
        let means = means(deployment);
        means[phase] / means.iter().sum::<f64>()
    };
    let Some(first) = shown.iter().find(|deployment| means(deployment).iter().sum::<f64>() > 0.0) else {
        return "Where the time goes".to_owned();
    };
    let most = (0..5).max_by(|a, b| means(first)[*a].total_cmp(&means(first)[*b])).unwrap_or(0);
    let parts: Vec<f64> = shown.iter().map(|d| share(d, most)).filter(|part| part.is_finite()).collect();
    let low = parts.iter().copied().fold(f64::INFINITY, f64::min);
    let high = parts.iter().copied().fold(0.0, f64::max);
    let capital = phase_name(most)[..1].to_uppercase() + &phase_name(most)[1..];
    let whole = |part: f64| figures::share((part * 100.0).round() / 100.0);
    if high - low < 0.01 {
        return format!("{capital} takes {} of the mean latency", whole(high));
    }
    format!("{capital} takes {} to {} of the mean latency, by deployment", whole(low), whole(high))
}

fn data(shown: &[DeploymentResult]) -> Data {
    let time = |value: Option<f64>| value.map_or_else(|| figures::ABSENT.to_owned(), figures::latency);
    let mut rows = Vec::new();
    for deployment in shown {
        for (name, phase) in deployment.phases_s.named() {
            let cells = [phase.mean, phase.p50, phase.p99].map(time);
            rows.push([deployment.name.clone(), name.to_owned()].into_iter().chain(cells).collect());
        }
    }
    Data {
        headings: ["deployment", "phase", "mean", "p50", "p99"].map(str::to_owned).to_vec(),
        rows,
        note: String::new(),
    }
}
