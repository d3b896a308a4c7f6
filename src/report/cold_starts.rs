//! What a cold-start curve tells: how far cold starts go with the factor, and what theory says.

use std::path::PathBuf;

use super::figures::{self, ABSENT, currency};
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::cold_starts::{ColdPoint, ColdStarts};
use crate::results::store::Staged;

/// The answer in one sentence.
pub fn headline(answer: &ColdStarts) -> String {
    let known = || answer.points.iter().filter(|point| point.cold_share.is_some());
    let (Some(first), Some(last)) = (known().next(), known().next_back()) else {
        return format!("Nothing starts on {} at any of the values", answer.deployment);
    };
    let [from, to] = [first, last].map(|point| point.cold_share.unwrap_or(0.0));
    let over = format!("as {} goes from {} to {}", what(answer), said(answer, first), said(answer, last));
    if fine(from) == fine(to) {
        return format!("Cold starts of {} stay near {} {over}{}", answer.deployment, fine(from), tail(first, last));
    }
    let verb = if to < from { "fall" } else { "rise" };
    let (from, to) = (fine(from), fine(to));
    // Few replications tell little of their spread.
    let doubt = if overlap(first, last) { ", which chance may explain" } else { "" };
    format!("Cold starts of {} {verb} from {from} to {to}{doubt} {over}{}", answer.deployment, tail(first, last))
}

/// Whether the intervals of both have values in common, so that they may be the same.
fn overlap(first: &ColdPoint, last: &ColdPoint) -> bool {
    match (first.cold_share_ci95, last.cold_share_ci95) {
        (Some(a), Some(b)) => a[0] <= b[1] && b[0] <= a[1],
        _ => false,
    }
}

/// `; p99 from 1.2 s to 340 ms`.
fn tail(first: &ColdPoint, last: &ColdPoint) -> String {
    match (first.latency_p99_s, last.latency_p99_s) {
        (Some(from), Some(to)) => {
            let [from, to] = [from, to].map(figures::short_latency);
            if from == to { format!("; p99 stays at {to}") } else { format!("; p99 from {from} to {to}") }
        }
        _ => String::new(),
    }
}

/// The factor, for a reader.
pub fn what(answer: &ColdStarts) -> &'static str {
    match answer.against.as_str() {
        "rate" => "the arrival rate",
        "keep-alive" => "keep-alive",
        "memory" => "memory",
        "concurrency" => "concurrency an instance",
        "package" => "the package",
        _ => "provisioned concurrency",
    }
}

/// A value of the factor; rates as they are, not as factors.
pub fn said(answer: &ColdStarts, point: &ColdPoint) -> String {
    if answer.against == "rate" { format!("{}/s", figures::number(point.value)) } else { point.label.clone() }
}

/// A share to two digits, however small.
pub fn fine(part: f64) -> String {
    let percent = part * 100.0;
    if percent >= 0.01 || percent <= 0.0 { figures::share(part) } else { format!("{}\u{a0}%", digits(percent)) }
}

/// Two digits of what is below a hundredth: `0.0021`, `3.1e-7`.
fn digits(percent: f64) -> String {
    if percent < 1e-4 {
        return format!("{percent:.1e}");
    }
    let decimals = (1 - percent.log10().floor() as i32).max(0) as usize;
    format!("{percent:.decimals$}")
}

/// What else a reader should know.
pub fn advice(answer: &ColdStarts) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some(deviation) = answer.deviation {
        let (inside, of) = within(answer);
        let inside = match of {
            0 => String::new(),
            of => format!("; it lies within the interval at {inside} of {}", figures::plural(of as f64, "value")),
        };
        let off = format!("{} off the simulation at the median{inside}", figures::share(deviation));
        advice.push(format!("Theory ({}) is {off}.", theories(answer)));
    } else if answer.points.iter().any(|point| point.analytic.is_some()) {
        advice.push(format!("Theory ({}) and the simulation have no positive share in common.", theories(answer)));
    }
    if let Some(why) = &answer.not_analytic {
        let everywhere = answer.points.iter().all(|point| point.analytic.is_none());
        let where_ = if everywhere { "There is no analytic curve" } else { "Some values have no analytic share" };
        advice.push(format!("{where_}: {why}."));
    }
    let errors = answer.points.iter().filter_map(|point| point.errors).fold(0.0, f64::max);
    if errors >= crate::results::FEW_ERRORS {
        advice.push(format!("Up to {} of the requests are left undone.", figures::share(errors)));
    }
    if let Some((least, most)) = costs(answer) {
        let money = |amount| figures::money_f64(currency(&answer.currency), amount);
        if money(least) != money(most) {
            advice.push(format!("A month costs from {} to {}.", money(least), money(most)));
        }
    }
    advice
}

/// At how many values theory lies within the interval of the simulation, and at how many there are both.
fn within(answer: &ColdStarts) -> (usize, usize) {
    let both =
        || answer.points.iter().filter_map(|point| Some((point.analytic.as_ref()?.cold_share, point.cold_share_ci95?)));
    let inside = both().filter(|(theory, [low, high])| low <= theory && theory <= high).count();
    (inside, both().count())
}

fn costs(answer: &ColdStarts) -> Option<(f64, f64)> {
    let costs = || answer.points.iter().filter_map(|point| point.cost_per_month);
    Some((costs().reduce(f64::min)?, costs().reduce(f64::max)?))
}

/// The models that stand beside the simulation, each once.
fn theories(answer: &ColdStarts) -> String {
    let mut names: Vec<&str> = Vec::new();
    for analytic in answer.points.iter().filter_map(|point| point.analytic.as_ref()) {
        let name = match (analytic.model.as_str(), analytic.exact) {
            ("single-instance", _) => "one instance, the gap is longer than its life",
            ("exponential-chain", true) => "Markov chain, exact",
            ("exponential-chain", false) => "Markov chain, as if service were exponential",
            _ => "Mahmoudi and Khazaei 2020, an approximation for instances kept far longer than requests take",
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("; ")
}

/// The points.
pub fn table(answer: &ColdStarts) -> Columns {
    let share = |share: Option<f64>| share.map_or(ABSENT.to_owned(), fine);
    let row = |point: &ColdPoint| {
        let ends = point.cold_share_ci95.map(|ends| ends.map(fine).join(" to "));
        vec![
            said(answer, point),
            share(point.cold_share),
            ends.unwrap_or_else(|| ABSENT.to_owned()),
            share(point.analytic.as_ref().map(|analytic| analytic.cold_share)),
            point.latency_p99_s.map_or(ABSENT.to_owned(), figures::short_latency),
            point.instances_mean.map_or(ABSENT.to_owned(), figures::number),
            point.cost_per_month.map_or(ABSENT.to_owned(), |cost| figures::money_f64(currency(&answer.currency), cost)),
        ]
    };
    let headings = [answer.against.as_str(), "cold", "95 %", "theory", "p99", "instances", "a month"];
    Columns::new(&headings, answer.points.iter().map(row).collect())
}

/// The summary for a terminal.
pub fn text(answer: &ColdStarts, paths: &[(&str, PathBuf)], color: Color) -> String {
    let own = [
        format!("cold starts of {}", figures::shortened(&answer.deployment, 30)),
        figures::plural(answer.points.len() as f64, "value"),
        figures::plural(f64::from(answer.scenario.replications), "replication"),
    ];
    let told = Told {
        tables: vec![table(answer)],
        headline: headline(answer),
        advice: advice(answer),

        paths,
        ..Told::of(&answer.scenario, own)
    };
    terminal::study(&told, color)
}

/// Prepares `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, answer: &ColdStarts, command: &str) -> Result<Staged, super::ReportError> {
    use super::charts;
    use super::study::{Study, stage};
    let (deployment, against) = (answer.deployment.clone(), answer.against.clone());
    let study = Study {
        headline: headline(answer),
        advice: advice(answer),
        charts: charts::cold_start_curve::all(answer),
        tables: vec![(format!("Cold starts against {}", what(answer)), table(answer).into())],
        ..Study::of(&answer.scenario, ("cold starts", command), [("deployment", deployment), ("against", against)])
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &ColdStarts, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}
