//! What a comparison tells: on a terminal, as Markdown for a pull request, and as a page.

mod groups;
mod markdown;
mod page;
mod text;

use super::figures::{self, ABSENT, currency, short};
use super::story;
use crate::results::compared::{Compared, ComparedDeployment, Comparison, Difference, IntervalKind, Kind, Lone};
use crate::results::gate::{Exceeded, Gate, Unapplied, Why};

pub use groups::{Group, groups};
pub use markdown::markdown;
pub use page::stage;
pub use text::text;

/// Lines of a bill that are shown.
const LINES: usize = 8;
/// Broken bounds that are named in a sentence, and assumptions that are printed.
const NAMED: usize = 3;

/// The answers, a line for each side.
pub fn headlines(answer: &Comparison) -> String {
    let each: Vec<String> = answer.comparisons.iter().map(|one| headline(one, answer.gate.as_ref())).collect();
    each.join("\n")
}

/// What the bounds found, if they are not kept.
pub fn failure(answer: &Comparison) -> Option<String> {
    let gate = answer.gate.as_ref().filter(|gate| !gate.passed)?;
    let each: Vec<String> = answer.comparisons.iter().filter_map(|one| broken(one, gate)).collect();
    let gone = gate.exceeded.iter().any(|one| one.why == Why::Removed);
    let help = if gone { "\n  = help: `--match BASE=HEAD` pairs a deployment that was given another name" } else { "" };
    Some(each.join("; ") + help)
}

/// The answer in one sentence.
pub fn headline(compared: &Compared, gate: Option<&Gate>) -> String {
    if let Some(broken) = gate.and_then(|gate| broken(compared, gate)) {
        return broken;
    }
    let cost = |one: &'_ ComparedDeployment| figure(one, "cost").is_some_and(changed);
    let size = |one: &ComparedDeployment| figure(one, "cost").and_then(|cost| cost.relative).unwrap_or(0.0).abs();
    let changes: Vec<&ComparedDeployment> = compared.deployments.iter().filter(|one| cost(one)).collect();
    let largest = changes.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
    let Some((one, cost)) = largest.and_then(|one| Some((one, figure(one, "cost")?))) else {
        return "No change of cost detected".to_owned();
    };
    let more = if changes.len() > 1 && compared.head.kind == Kind::Sweep { ", the largest change" } else { "" };
    format!("{} costs {} a month{}{more}", one.head, by(cost, &one.currency), at(&one.settings))
}

/// ` at lambda.memory=512MB`; nothing for a run.
fn at(settings: &[String]) -> String {
    if settings.is_empty() { String::new() } else { format!(" at {}", point(settings)) }
}

/// Settings with the ends of their paths.
fn point(settings: &[String]) -> String {
    let each = |setting: &String| match setting.split_once('=') {
        Some((path, value)) => format!("{}={value}", short(path)),
        None => setting.clone(),
    };
    settings.iter().map(each).collect::<Vec<_>>().join(" ")
}

/// The bounds that this side does not keep, in a sentence.
fn broken(compared: &Compared, gate: &Gate) -> Option<String> {
    let ours = || gate.exceeded.iter().filter(|one| one.side == compared.head.label);
    let gone: Vec<&Exceeded> = ours().filter(|one| one.why == Why::Removed).collect();
    let beyond: Vec<&Exceeded> = ours().filter(|one| one.why != Why::Removed).collect();
    let mut said = Vec::new();
    if !beyond.is_empty() {
        let each = named(&beyond, |one| exceeded(one));
        said.push(format!("{} exceeded: {each}", figures::plural(beyond.len() as f64, "bound")));
    }
    if !gone.is_empty() {
        let each = named(&gone, |one| format!("{}{}", one.deployment, at(&one.settings)));
        let verb = if gone.len() == 1 { "is" } else { "are" };
        said.push(format!(
            "{each} {verb} gone: `{}` does not have what `{}` has",
            compared.head.label, compared.base.label
        ));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

fn named<T>(all: &[T], say: impl Fn(&T) -> String) -> String {
    let mut each: Vec<String> = all.iter().take(NAMED).map(say).collect();
    if all.len() > NAMED {
        each.push(format!("{} more", all.len() - NAMED));
    }
    each.join("; ")
}

fn exceeded(one: &Exceeded) -> String {
    let said =
        |value: Option<f64>| value.map_or("nothing".to_owned(), |value| amount(&one.metric, value, &one.currency));
    let change = match (one.why, one.base) {
        (Why::Beyond | Why::NoInterval, None) => said(one.head),
        (Why::NotMeasured, _) => "not measured".to_owned(),
        _ => format!("{} → {}", said(one.base), said(one.head)),
    };
    let why = if one.why == Why::NoInterval { "; no interval, so chance is no excuse" } else { "" };
    format!("{} {} {change} ({}{why}){}", one.deployment, one.metric, one.bound, at(&one.settings))
}

fn figure<'a>(deployment: &'a ComparedDeployment, metric: &str) -> Option<&'a Difference> {
    deployment.figures.iter().find(|figure| figure.metric == metric)
}

fn changed(figure: &Difference) -> bool {
    figure.is_noise() != Some(true) && figure.difference.is_some_and(|difference| difference != 0.0)
}

/// `$3.20 ± 0.10 (+5.1 %) more`.
fn by(figure: &Difference, code: &str) -> String {
    let difference = figure.difference.unwrap_or(0.0);
    let half = half_width(figure, code);
    let share = figure.relative.map_or_else(String::new, |share| format!(" ({})", signed(share)));
    let word = if difference > 0.0 { "more" } else { "less" };
    format!("{}{half}{share} {word}", amount(&figure.metric, difference.abs(), code))
}

/// ` ± $0.14`; nothing where there is no spread but that of rounding.
fn half_width(figure: &Difference, code: &str) -> String {
    let least = figure.head.map_or(0.0, f64::abs) * 1e-9;
    let half = figure.ci95.map(|[low, high]| (high - low) / 2.0).filter(|half| *half > least);
    half.map_or_else(String::new, |half| format!(" ±\u{a0}{}", amount(&figure.metric, half, code)))
}

fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{}", figures::share(share.abs()))
}

/// A figure in its unit.
pub fn amount(metric: &str, value: f64, code: &str) -> String {
    match metric {
        "cost" | "cost.total" => figures::money_f64(currency(code), value),
        "mean" | "p50" | "p95" | "p99" => figures::latency(value),
        _ => figures::share(value),
    }
}

/// Of more utilization nobody can say in general whether it is worse.
fn more_is_worse(metric: &str) -> bool {
    metric != "utilization"
}

/// In a word: `better`, `worse`, `no change detected`.
fn verdict(figure: &Difference) -> &'static str {
    let Some(difference) = figure.difference else {
        return if figure.base.is_none() && figure.head.is_none() { "not measured" } else { "on one side only" };
    };
    match figure.is_noise() {
        _ if difference == 0.0 => "same",
        Some(true) => "no change detected",
        _ if !more_is_worse(&figure.metric) => "changed",
        None if difference > 0.0 => "higher, no interval",
        None => "lower, no interval",
        Some(false) if difference > 0.0 => "worse",
        Some(false) => "better",
    }
}

/// What else a reader should know.
pub fn advice(compared: &Compared, gate: Option<&Gate>) -> Vec<String> {
    let mut advice = Vec::new();
    for one in &compared.deployments {
        advice.extend(objectives(one));
    }
    advice.extend(gate.map(|gate| bounds(compared, gate)).into_iter().flatten());
    if !compared.differs.is_empty() {
        advice.push(format!("What differs: {}.", compared.differs.join("; ")));
    }
    for (what, alone) in [("Only in the base", &compared.removed), ("Only in the head", &compared.added)] {
        if !alone.is_empty() {
            advice.push(format!("{what}: {}.", lone(alone)));
        }
    }
    if compared.head.kind == Kind::Run && compared.assumptions.is_empty() && compared.base.hash != compared.head.hash {
        advice.push("Prices and assumptions are the same on both sides.".to_owned());
    }
    advice.push(intervals(compared).to_owned());
    advice
}

/// `lambda, servers at 3 points`.
fn lone(alone: &[Lone]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for one in alone {
        match counts.iter_mut().find(|(name, _)| *name == one.deployment) {
            Some((_, count)) => *count += 1,
            None => counts.push((&one.deployment, 1)),
        }
    }
    let swept = alone.iter().any(|one| !one.settings.is_empty());
    let each = |(name, count): &(&str, usize)| {
        if swept { format!("{name} at {}", figures::plural(*count as f64, "point")) } else { (*name).to_owned() }
    };
    counts.iter().map(each).collect::<Vec<_>>().join(", ")
}

/// Objectives that are kept on one side only.
fn objectives(one: &ComparedDeployment) -> Option<String> {
    let [Some(before), Some(after)] = one.met else { return None };
    let (word, missed) = match (before, after) {
        (true, false) => ("no longer meets its objectives", &one.missed[1]),
        (false, true) => ("meets its objectives now; before it missed", &one.missed[0]),
        _ => return None,
    };
    let reasons: Vec<String> = missed.iter().map(story::reason).collect();
    Some(format!(
        "{} {word}{}{}.",
        one.head,
        if after { " " } else { ": " }.to_owned() + &reasons.join(", "),
        at(&one.settings)
    ))
}

/// What there is to say of bounds that are kept, and of those that say nothing.
fn bounds(compared: &Compared, gate: &Gate) -> Vec<String> {
    let mut said = Vec::new();
    if !gate.exceeded.iter().any(|one| one.side == compared.head.label) {
        said.push(format!("Bounds kept: {}.", gate.bounds.join(", ")));
    }
    let spared = |why| gate.not_applied.iter().filter(move |one| one.side == compared.head.label && one.why == why);
    for one in spared(Unapplied::New) {
        let what = if compared.head.kind == Kind::Sweep { " at points that are new" } else { " is new and" };
        said.push(format!("{}{what} has no base: {} does not apply to it, levels do.", one.deployment, one.bound));
    }
    for bound in &gate.bounds {
        let unmeasured: Vec<&str> = spared(Unapplied::NotMeasured)
            .filter(|one| one.bound == *bound)
            .map(|one| one.deployment.as_str())
            .collect();
        if !unmeasured.is_empty() {
            said.push(format!("{bound} says nothing of {}: the figure is not measured there.", unmeasured.join(", ")));
        }
    }
    said
}

/// How the intervals of this comparison were found.
fn intervals(compared: &Compared) -> &'static str {
    let kind = compared.deployments.first().and_then(|one| figure(one, "cost")).map(|cost| cost.interval);
    match kind {
        Some(IntervalKind::Paired) => "Intervals are 95\u{a0}%, paired: both served the same invocations.",
        Some(IntervalKind::Unpaired) => {
            "Intervals are 95\u{a0}%, of independent runs: the two served other invocations."
        }
        Some(IntervalKind::Combined) => {
            "Intervals are 95\u{a0}%, from those of both sides as if they were independent: rather too wide."
        }
        Some(IntervalKind::None) | None => {
            "There are no intervals: they need two replications, or a long run, on both sides."
        }
    }
}

/// `lambda`, or `lambda → functions` where it has another name.
fn name(deployment: &ComparedDeployment) -> String {
    if deployment.base == deployment.head {
        return deployment.head.clone();
    }
    format!("{} → {}", deployment.base, deployment.head)
}

/// What both sides are, in the order of a reader's questions; one value where they agree.
fn facts(compared: &Compared) -> Vec<(&'static str, String)> {
    let (base, head) = (&compared.base, &compared.head);
    let both = |base: String, head: String| if base == head { base } else { format!("{base} → {head}") };
    let short = |hash: &str| hash.chars().take(8).collect::<String>();
    let version = |version: &Option<String>| version.clone().unwrap_or_else(|| ABSENT.to_owned());
    vec![
        ("scenario", both(base.scenario.clone(), head.scenario.clone())),
        ("hash", both(short(&base.hash), short(&head.hash))),
        ("seed", both(base.seed.to_string(), head.seed.to_string())),
        ("replications", both(base.replications.to_string(), head.replications.to_string())),
        ("version", both(version(&base.version), version(&head.version))),
    ]
}

/// Prices and assumptions that are not the same, a line each: what, base, head.
fn assumptions(compared: &Compared) -> Vec<[String; 3]> {
    let said = |side: &Option<String>| side.clone().unwrap_or_else(|| "not assumed".to_owned());
    let each = compared.assumptions.iter().map(|one| {
        let of = one.deployment.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        [format!("{of}{}", one.subject), said(&one.base), said(&one.head)]
    });
    each.collect()
}
