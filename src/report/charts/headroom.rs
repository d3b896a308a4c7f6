//! How much of its places each deployment uses: on average, and when it is tightest.

use crate::report::figures;
use crate::results::{DeploymentResult, Results, Tables};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, ROWS, Say, first_of, label};

const USED: usize = 2;
const PEAK: usize = 1;

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let shown = &results.deployments[..results.deployments.len().min(ROWS)];
    if shown.iter().all(|deployment| parts(deployment).is_none()) {
        return Chart::empty("headroom", "There is no capacity to measure", "No place was ever there.");
    }
    let interval = tables.timeline.first().map_or_else(|| "interval".to_owned(), |row| figures::length(row.length_s));
    let key = |series, text: &str| Legend { key: Key::Bar, series, text: text.to_owned() };
    Chart {
        id: "headroom",
        title: title(shown, &interval),
        subtitle: format!(
            "Parts of the places that are there: used on average, and beyond that in the {interval} with the least room. Single \
             moments can be tighter.{}",
            first_of(ROWS, results.deployments.len())
        ),
        legend: vec![key(USED, "used on average"), key(PEAK, "used when tightest")],
        panels: vec![Panel {
            heading: String::new(),
            height: 12.0 + 32.0 * shown.len() as f64,
            x: Axis::up_to("part of the places", 1.0, Say::Share),
            y: Axis::rows(shown.iter().map(|deployment| label(&deployment.name)).collect()),
            marks: shown.iter().enumerate().flat_map(|(row, deployment)| bars(row, deployment)).collect(),
            by: By::Rows,
        }],
        columns: 1,
        data: data(shown),
    }
}

/// Used on average, and when it is tightest, as parts of the places.
fn parts(deployment: &DeploymentResult) -> Option<[f64; 2]> {
    let capacity = &deployment.capacity;
    let used = capacity.utilization?.clamp(0.0, 1.0);
    Some([used, (1.0 - capacity.headroom?).clamp(used, 1.0)])
}

fn bars(row: usize, deployment: &DeploymentResult) -> Vec<Mark> {
    let Some([used, peak]) = parts(deployment) else {
        return vec![Mark::Note { row, at: 0.0, text: "no places".to_owned() }];
    };
    let share = |part: f64| figures::share((part * 1e3).round() / 1e3);
    let bar = |from: f64, to: f64, series: usize, what: &str| {
        (to > from).then(|| Mark::Bar { row, from, to, series, label: format!("{what}: {}", share(to - from)) })
    };
    let free = Mark::Note { row, at: peak, text: format!("{} free", share(1.0 - peak)) };
    let bars = [bar(0.0, used, USED, "used on average"), bar(used, peak, PEAK, "used beyond that when tightest")];
    bars.into_iter().flatten().chain([free]).collect()
}

fn title(shown: &[DeploymentResult], interval: &str) -> String {
    let room = |deployment: &&DeploymentResult| Some((label(&deployment.name), parts(deployment)?[1]));
    let all: Vec<(String, f64)> = shown.iter().filter_map(|deployment| room(&deployment)).collect();
    let least = all.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let most = all.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let (Some((tight, taken)), Some((wide, used))) = (least, most) else { return "Capacity headroom".to_owned() };
    let share = |part: f64| figures::share((part * 1e3).round() / 1e3);
    if *taken >= 0.9995 {
        let full = all.iter().filter(|(_, taken)| *taken >= 0.9995).count();
        if full == all.len() {
            return format!("Every place of every deployment is taken throughout some {interval}");
        }
        return format!(
            "{tight} has every place taken throughout some {interval}, {wide} never more than {}",
            share(*used)
        );
    }
    match tight == wide {
        true => format!("{tight} uses at most {} of its places in any {interval}", share(*taken)),
        false => format!("No deployment uses more than {} of its places in any {interval} ({tight})", share(*taken)),
    }
}

fn data(shown: &[DeploymentResult]) -> Data {
    let row = |deployment: &DeploymentResult| {
        let share = |part: Option<f64>| part.map_or_else(|| figures::ABSENT.to_owned(), figures::share);
        let capacity = &deployment.capacity;
        let parts = [capacity.utilization, capacity.headroom].map(share);
        let counts = [capacity.peak_demand, capacity.instances_mean, capacity.instances_peak].map(figures::number);
        [deployment.name.clone()].into_iter().chain(parts).chain(counts).collect()
    };
    let headings = ["deployment", "utilisation", "headroom", "peak demand", "instances, mean", "instances, most"];
    Data { headings: headings.map(str::to_owned).to_vec(), rows: shown.iter().map(row).collect(), note: String::new() }
}
