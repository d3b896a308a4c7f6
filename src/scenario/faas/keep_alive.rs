//! How long idle instances are kept.

use std::sync::Arc;

use super::super::deployments::{Deployed, Part};
use super::super::document::{Node, Table};
use super::super::pack::Curve;
use super::super::problem::{Problem, Problems, shortened};
use super::function::Layers;
use crate::policy::{HistogramPolicy, KeepAlive};
use crate::scenario::Assumption;
use crate::units::{Share, Span};

type Points = Arc<[(Span, f64)]>;

/// The policy of a function; the pack's curve where nothing is said, or what is said is wrong and reported.
pub fn read(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> KeepAlive {
    let stated = layers.get("keep_alive").and_then(Node::as_table);
    let read = stated.and_then(|table| policy(part, table, problems));
    read.unwrap_or_else(|| {
        part.pack.curve(part.pack.text("keep-alive")).map_or(KeepAlive::None, |curve| of_curve(curve.points))
    })
}

fn policy(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<KeepAlive> {
    let policy = match table.text("policy")?.value {
        "none" => KeepAlive::None,
        "infinite" => KeepAlive::Infinite,
        "fixed" => KeepAlive::Fixed {
            idle: table.quantity("idle")?.value,
            sliding: table.flag("sliding").unwrap_or(true),
            from_start: table.text("from").is_some_and(|from| from.value == "start"),
        },
        "exponential" => KeepAlive::Exponential { mean: positive(table, "mean", problems)? },
        "survival" => of_curve(survival(table, problems)?),
        "measured" => of_curve(measured(part, table, problems)?),
        "histogram" => KeepAlive::Histogram(histogram(table, problems)?),
        _ => return None,
    };
    Some(policy)
}

fn positive(table: &Table, key: &str, problems: &mut Problems) -> Option<Span> {
    let span = table.quantity::<Span>(key)?;
    if span.value == Span::ZERO {
        problems.push(Problem::at(&span.place, format!("`{key}` is zero")));
        return None;
    }
    Some(span.value)
}

/// A curve that falls at one instant is a fixed idle time.
fn of_curve(curve: Points) -> KeepAlive {
    match (curve.first(), curve.last()) {
        (Some((first, _)), Some((last, _))) if first == last => {
            KeepAlive::Fixed { idle: *first, sliding: true, from_start: false }
        }
        _ => KeepAlive::Survival { curve },
    }
}

fn measured(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<Points> {
    let name = table.text("curve")?;
    let curve = part.pack.curve(name.value);
    if curve.is_none() {
        let message = format!("`{}` has no curve `{}`", part.pack.name(), shortened(name.value));
        problems.push(Problem::at(&name.place, message).nearest(name.value, "a curve", part.pack.curves()));
    }
    curve.map(|curve| curve.points)
}

fn survival(table: &Table, problems: &mut Problems) -> Option<Points> {
    let mut points: Vec<(Span, f64)> = Vec::new();
    for node in table.list("curve")? {
        let point = node.as_table()?;
        let (idle, alive) = (point.quantity::<Span>("idle")?.value, point.quantity::<Share>("alive")?.value.value());
        if points.last().is_some_and(|(before, share)| *before >= idle || *share < alive) {
            let problem = Problem::at(&node.place, "a survival curve must fall while idle time grows");
            problems.push(problem);
            return None;
        }
        points.push((idle, alive));
    }
    if points.len() < 2 {
        let place = &table.get("curve")?.place;
        problems.push(Problem::at(place, "a survival curve needs at least two points"));
        return None;
    }
    Some(points.into())
}

fn histogram(table: &Table, problems: &mut Problems) -> Option<HistogramPolicy> {
    let span = |key: &str, default: Span| table.quantity(key).map_or(default, |span| span.value);
    let share = |key: &str, default: f64| table.quantity::<Share>(key).map_or(default, |share| share.value.value());
    let usual = HistogramPolicy::default();
    let range = span("range", usual.range);
    let policy = HistogramPolicy {
        range,
        bin: span("bin", usual.bin),
        head: share("head", usual.head),
        tail: share("tail", usual.tail),
        margin: share("margin", usual.margin),
        samples: table.count32("samples").map_or(usual.samples, |samples| samples.value),
        min_cv: usual.min_cv,
        fallback: span("fallback", range),
    };
    if policy.bin == Span::ZERO || policy.range < policy.bin || policy.range.ns() / policy.bin.ns() > 1_000_000 {
        let message =
            format!("a histogram over {} in bins of {} has no sensible number of bins", policy.range, policy.bin);
        problems.push(Problem::at(&table.place, message).help("from 1 to 1000000"));
        return None;
    }
    if policy.head > policy.tail {
        problems.push(Problem::at(&table.place, "`head` is above `tail`"));
        return None;
    }
    Some(policy)
}

/// For the one-line summary.
pub fn describe(part: &Part<'_>) -> String {
    let Some(table) = part.table.table("keep_alive") else { return part.pack.text("keep-alive").to_owned() };
    let text = |key| table.get(key).map_or_else(String::new, |node| node.text().unwrap_or_default().to_owned());
    match text("policy").as_str() {
        "fixed" => text("idle"),
        "measured" => text("curve"),
        "exponential" => format!("exponential, mean {}", text("mean")),
        policy => policy.to_owned(),
    }
}

/// Which curve is believed, and who measured it.
pub fn assumption(part: &Part<'_>, deployed: &mut Deployed) {
    let table = part.table.table("keep_alive");
    let named = table.and_then(|table| table.text("curve")).map(|curve| curve.value);
    if table.is_some() && named.is_none() {
        return;
    }
    let name = named.unwrap_or_else(|| part.pack.text("keep-alive"));
    if let Some(Curve { points, date, source }) = part.pack.curve(name) {
        let ends = points.first().zip(points.last()).map(|(first, last)| format!("{} to {}", first.0, last.0));
        deployed.assumptions.push(Assumption {
            deployment: Some(part.name.to_owned()),
            subject: "keep alive".to_owned(),
            value: format!("measured curve {name}: idle life {}", ends.unwrap_or_default()),
            source,
            date,
        });
    }
}
