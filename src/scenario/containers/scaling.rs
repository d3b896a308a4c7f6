//! Autoscalers of pods: key `scaling`.

use super::super::deployments::Part;
use super::super::document::{Node, Table};
use super::super::fleet::checks::level;
use super::super::fleet::scaling::{metric, span};
use super::super::problem::{Problem, Problems};
use super::pods::Pod;
use crate::policy::scaling::{Behaviour, Hpa, HpaMetric, Keda, Metric, Rate, RateLimit, ScalerSpec, Select};
use crate::units::{Ratio, Share, Span};

pub fn read(part: &Part<'_>, pod: Pod, problems: &mut Problems) -> Option<ScalerSpec> {
    let table = part.table.table("scaling")?;
    let hpa = hpa(part, table, pod, problems)?;
    match table.text("policy")?.value {
        "hpa" => Some(ScalerSpec::Hpa(hpa)),
        "keda" => Some(ScalerSpec::Keda(keda(table, hpa))),
        _ => None,
    }
}

fn hpa(part: &Part<'_>, table: &Table, pod: Pod, problems: &mut Problems) -> Option<Hpa> {
    let target = table.quantity::<Ratio>("target")?;
    let before = problems.len();
    level(table, "target", f64::from(pod.milli_cores) / pod.request.milli_cpu.max(1) as f64, problems);
    if let Some(at) = table.quantity::<Span>("polling").filter(|at| at.value == Span::ZERO) {
        problems.push(Problem::at(&at.place, "an autoscaler that looks every 0 s never ends"));
    }
    if problems.len() > before {
        return None;
    }
    let metric = metric(table);
    let usual = Hpa::new(vec![HpaMetric { metric, target: target_of(metric, target.value.value(), pod) }]);
    if let Some(at) = table.quantity::<Span>("sync").filter(|at| at.value.ns() == 0) {
        problems.push(Problem::at(&at.place, "an autoscaler that decides every 0 s never ends"));
        return None;
    }
    Some(Hpa {
        sync: span(table, "sync", usual.sync),
        tolerance: table.quantity::<Share>("tolerance").map_or(usual.tolerance, |share| share.value.value()),
        readiness_delay: span(table, "readiness_delay", usual.readiness_delay),
        metric_delay: span(table, "metric_delay", part.pack.quantity("metric-delay")),
        up: behaviour(table.table("up"), usual.up, problems),
        down: behaviour(table.table("down"), usual.down, problems),
        metrics: usual.metrics,
    })
}

/// Cores in use are measured by what a pod works with, and the target is stated by what it asks for.
fn target_of(metric: Metric, target: f64, pod: Pod) -> f64 {
    match metric {
        Metric::Utilization => target * pod.request.milli_cpu as f64 / f64::from(pod.milli_cores),
        Metric::Requests | Metric::Concurrency | Metric::Backlog => target,
    }
}

fn keda(table: &Table, hpa: Hpa) -> Keda {
    let usual = Keda::new(hpa);
    Keda {
        polling: span(table, "polling", usual.polling),
        cooldown: span(table, "cooldown", usual.cooldown),
        activation: table.quantity::<Ratio>("activation").map_or(usual.activation, |at| at.value.value()),
        hpa: usual.hpa,
    }
}

fn behaviour(table: Option<&Table>, usual: Behaviour, problems: &mut Problems) -> Behaviour {
    let Some(table) = table else { return usual };
    let select = match table.text("select").map(|word| word.value) {
        Some("min") => Select::Min,
        Some("disabled") => Select::Disabled,
        Some(_) => Select::Max,
        None => usual.select,
    };
    let rates = table.list("rates").map(|rates| rates.iter().filter_map(|node| rate(node, problems)).collect());
    Behaviour {
        stabilization: span(table, "stabilization", usual.stabilization),
        select,
        rates: rates.unwrap_or(usual.rates),
    }
}

/// Keys `pods` or `percent`: just one of them.
fn rate(node: &Node, problems: &mut Problems) -> Option<Rate> {
    let table = node.as_table()?;
    let count = |key: &str| table.count32(key).map(|count| count.value);
    let limit = match (count("pods"), count("percent")) {
        (Some(pods), None) => RateLimit::Pods(pods),
        (None, Some(percent)) => RateLimit::Percent(percent),
        (Some(_), Some(_)) | (None, None) => {
            problems.push(Problem::at(&node.place, "a rate has either `pods` or `percent`"));
            return None;
        }
    };
    let period = table.quantity::<Span>("period")?;
    if period.value == Span::ZERO {
        problems.push(Problem::at(&period.place, "a rate in 0 s is none").help("an empty list says: no limit"));
        return None;
    }
    Some(Rate { limit, period: period.value })
}
