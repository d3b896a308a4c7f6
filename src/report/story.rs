//! What the figures say, in sentences: the same words on the terminal and at the top of the report.

use crate::results::{Comparison, Counts, DeploymentResult, Objective, Results};
use crate::units::Money;

use super::figures;

/// Names in sentences are cut to this many columns.
const NAME: usize = 32;
/// Items of a bill, to this many.
const ITEM: usize = 72;
/// Fewer failures than this are not worth a word in a headline.
const FEW: f64 = 0.000_5;

/// The verdict on a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The deployment to take: the cheapest that meets the objectives, or that completes 99 % where there are none; of
    /// several that tie as cheapest, the one with the lowest p99.
    pub winner: Option<usize>,
    /// Deployments whose cost cannot be told apart from the winner's.
    pub ties: Vec<usize>,
    /// One sentence that stands alone.
    pub headline: String,
    /// What to do about it.
    pub advice: String,
}

/// How one deployment stands against the winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Winner,
    Tie,
    Other,
}

impl Story {
    pub fn standing(&self, deployment: usize) -> Standing {
        if self.winner == Some(deployment) {
            return Standing::Winner;
        }
        if self.ties.contains(&deployment) { Standing::Tie } else { Standing::Other }
    }
}

pub fn tell(results: &Results) -> Story {
    let all = &results.deployments;
    let silent =
        |headline: String, advice: &str| Story { winner: None, ties: Vec::new(), headline, advice: advice.to_owned() };
    if all.is_empty() {
        return silent("There are no deployments to compare.".to_owned(), "Add a deployment to the scenario.");
    }
    if let Some((headline, advice)) = nothing_completed(all) {
        return silent(headline, advice);
    }
    if all.iter().any(|other| other.cost.currency != all[0].cost.currency) {
        return silent(
            "The deployments are billed in different currencies, so their costs are not compared.".to_owned(),
            "Give all deployments prices in one currency to compare them.",
        );
    }
    match cheapest(all, DeploymentResult::meets) {
        Some(winner) => praise(results, winner),
        None if all.iter().any(|deployment| deployment.slo.is_some()) => nobody_meets(all),
        None => nobody_copes(all),
    }
}

fn cheapest(all: &[DeploymentResult], wanted: impl Fn(&DeploymentResult) -> bool) -> Option<usize> {
    let candidates = all.iter().enumerate().filter(|(_, deployment)| wanted(deployment));
    candidates.min_by_key(|(_, deployment)| deployment.cost.per_month).map(|(index, _)| index)
}

/// What to do about most of what did not complete.
fn remedy(all: &[DeploymentResult]) -> &'static str {
    let sum = |of: fn(&Counts) -> f64| all.iter().map(|deployment| of(&deployment.invocations)).sum::<f64>();
    let causes = [
        (sum(|c| c.throttled), "Most were throttled: raise the concurrency limits, then run again."),
        (sum(|c| c.dropped), "Most were dropped: add servers or room in the queues, then run again."),
        (sum(|c| c.abandoned), "Most clients gave up waiting: add servers, then run again."),
        (sum(|c| c.timed_out), "Most ran into their time-out: give more CPU, or a longer time-out, then run again."),
        (sum(|c| c.failed), "Most were lost with their servers: make failures rarer, or requeue the work."),
    ];
    causes.into_iter().rev().max_by(|(a, _), (b, _)| a.total_cmp(b)).map_or("", |(_, advice)| advice)
}

fn nothing_completed(all: &[DeploymentResult]) -> Option<(String, &'static str)> {
    if all.iter().any(DeploymentResult::completes) {
        return None;
    }
    let offered = all.iter().map(|deployment| deployment.invocations.offered).fold(0.0, f64::max);
    Some(if offered == 0.0 {
        let headline = "No invocations arrived after the warm-up: there is only the standing cost to compare.";
        (headline.to_owned(), "Lengthen the run or check the workload.")
    } else {
        let headline = format!("Nothing completed on any deployment, although {} were offered.", invocations(offered));
        (headline, remedy(all))
    })
}

fn invocations(amount: f64) -> String {
    figures::plural(amount, "invocation")
}

/// At least one deployment meets the objectives; the cheapest of them is `winner`.
fn praise(results: &Results, winner: usize) -> Story {
    let all = &results.deployments;
    let ties: Vec<usize> = (0..all.len())
        .filter(|other| *other != winner && all[*other].meets() && tied(&results.comparisons, all, winner, *other))
        .collect();
    let (winner, ties) = fastest_first(all, winner, ties);
    let best = &all[winner];
    let mut headline = opening(all, winner, &ties);
    headline.push_str(&behaviour(best, !ties.is_empty()));
    if let Some(other) = alternative(all, winner, &ties) {
        headline.push_str(&format!("; {}", against(best, &all[other])));
    }
    headline.push('.');
    let mut advice = advice(all, winner, &ties);
    if let Some(sentence) = margin(results, winner).filter(|_| ties.is_empty()) {
        advice.push_str(&format!(" {sentence}"));
    }
    Story { winner: Some(winner), advice, ties, headline }
}

/// By how much the winner is cheaper than the next that does the job, with the interval of the paired difference.
fn margin(results: &Results, winner: usize) -> Option<String> {
    let best = &results.deployments[winner];
    let rivals = results.deployments.iter().filter(|other| other.meets() && !std::ptr::eq(*other, best));
    let next = rivals.min_by_key(|other| other.cost.per_month)?;
    let paired = results.comparisons.iter().filter(|one| one.metric == "cost.per_month");
    let mut paired = paired
        .filter(|one| (&one.a, &one.b) == (&best.name, &next.name) || (&one.b, &one.a) == (&best.name, &next.name));
    let comparison = paired.next()?;
    let (difference, [low, high]) = (comparison.difference?.abs(), comparison.ci95?);
    let money = |amount| figures::money_f64(best.cost.currency, amount);
    Some(format!(
        "It is cheaper than {} by {} ±\u{a0}{} a month.",
        name(next),
        money(difference),
        money((high - low) / 2.0)
    ))
}

/// Of those whose costs cannot be told apart, the one to take is the one that answers soonest.
fn fastest_first(all: &[DeploymentResult], cheapest: usize, ties: Vec<usize>) -> (usize, Vec<usize>) {
    let p99 = |index: usize| all[index].latency_s.p99.unwrap_or(f64::INFINITY);
    let mut tied = ties;
    tied.insert(0, cheapest);
    let first = (0..tied.len()).min_by(|a, b| p99(tied[*a]).total_cmp(&p99(tied[*b]))).unwrap_or(0);
    let winner = tied.remove(first);
    (winner, tied)
}

fn opening(all: &[DeploymentResult], winner: usize, ties: &[usize]) -> String {
    let best = &all[winner];
    let cost = uncertain(best);
    if all.len() == 1 {
        return format!("{} costs {cost} a month", name(best));
    }
    if ties.is_empty() {
        let rival = cheapest(all, |other| !std::ptr::eq(other, best) && other.completes());
        let bar = match rival {
            Some(rival) if all[rival].cost.per_month >= best.cost.per_month => "",
            Some(_) if best.slo.is_some() => " of those that meet the objectives",
            Some(_) => " of those that complete 99\u{a0}% of invocations",
            None => "",
        };
        return format!("{} is cheapest{bar} at {cost} a month", name(best));
    }
    let least = ties.iter().map(|tie| &all[*tie]).chain([best]).min_by_key(|one| one.cost.per_month);
    let cost = monthly(least.unwrap_or(best));
    let mut names = vec![name(best)];
    match ties.len() {
        0..=2 => names.extend(ties.iter().map(|tie| name(&all[*tie]))),
        more => names.push(format!("{more} others")),
    }
    format!("{} tie as cheapest at about {cost} a month", listed(&names))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// How the best answers; named again where the sentence spoke of several.
fn behaviour(best: &DeploymentResult, several: bool) -> String {
    let mut text = String::new();
    let it = if several { name(best) } else { "it".to_owned() };
    if let Some(p99) = best.latency_s.p99 {
        text.push_str(&format!("; {it} answers within {} for 99\u{a0}% of invocations", figures::latency(p99)));
    }
    match best.cold_start.fraction {
        Some(cold) if cold > 0.0 => text.push_str(&format!(", {} start cold", figures::share(cold))),
        Some(_) => text.push_str(", none starts cold"),
        None => {}
    }
    let errors = best.errors();
    if errors >= FEW {
        text.push_str(&format!(", and {} do not complete", figures::share(errors)));
    }
    text
}

/// The rival a reader asks about: the cheapest on another platform, else the next in cost.
fn alternative(all: &[DeploymentResult], winner: usize, ties: &[usize]) -> Option<usize> {
    let best = &all[winner];
    let rival = |other: &DeploymentResult| !std::ptr::eq(other, best) && other.completes();
    let free = |index: &usize| !ties.contains(index);
    cheapest(all, |other| rival(other) && other.platform != best.platform)
        .filter(free)
        .or_else(|| cheapest(all, |other| rival(other) && other.cost.per_month > best.cost.per_month).filter(free))
}

/// `servers would cost 2.1 times as much`.
fn against(best: &DeploymentResult, other: &DeploymentResult) -> String {
    let (low, high) = (best.cost.per_month.to_f64(), other.cost.per_month.to_f64());
    let cost = match high / low {
        _ if low <= 0.0 => format!("would cost {}", monthly(other)),
        ratio if ratio >= 1000.0 => "would cost over 1,000 times as much".to_owned(),
        ratio if ratio >= 1.5 => format!("would cost {ratio:.1} times as much"),
        ratio if ratio >= 1.005 => format!("would cost {} more", figures::share(ratio - 1.0)),
        ratio if ratio > 0.995 => "would cost about the same".to_owned(),
        ratio => format!("would cost {} less", figures::share(1.0 - ratio)),
    };
    let verdict = match missed(other).first() {
        Some(objective) => format!(" but miss the {} objective", spoken(&objective.name)),
        None if !other.meets() => format!(" but lose {} of invocations", figures::share(other.errors())),
        None => String::new(),
    };
    format!("{} {cost}{verdict}", name(other))
}

/// `c` of the comparison contains zero, or the two bills are equal to the last decimal.
fn tied(comparisons: &[Comparison], all: &[DeploymentResult], left: usize, right: usize) -> bool {
    let (a, b) = (&all[left], &all[right]);
    if a.cost.per_month == b.cost.per_month {
        return true;
    }
    comparisons
        .iter()
        .filter(|comparison| comparison.metric == "cost.per_month")
        .filter(|c| (c.a == a.name && c.b == b.name) || (c.a == b.name && c.b == a.name))
        .any(|comparison| comparison.ci95.is_some_and(|[low, high]| low <= 0.0 && 0.0 <= high))
}

fn advice(all: &[DeploymentResult], winner: usize, ties: &[usize]) -> String {
    let best = &all[winner];
    let choice = choice(all, winner, ties);
    match biggest_item(best) {
        Some((item, part)) if (0.01..0.995).contains(&part) => {
            format!("{choice}; {} of its bill is {item}.", figures::share(part))
        }
        _ => format!("{choice}."),
    }
}

fn choice(all: &[DeploymentResult], winner: usize, ties: &[usize]) -> String {
    let best = &all[winner];
    if !ties.is_empty() {
        return format!("Choose by latency: {} has the lowest p99 of those that tie", name(best));
    }
    let meeting = all.iter().filter(|other| other.meets()).count();
    match &best.slo {
        Some(_) if all.len() == 1 => format!("{} meets its objectives", name(best)),
        Some(_) if meeting == 1 => format!("Choose {}: it alone meets the objectives", name(best)),
        Some(_) => format!("Choose {}: cheapest of the {meeting} that meet the objectives", name(best)),
        None if all.len() == 1 => format!("Add a second deployment to compare {} with", name(best)),
        None => format!("Choose {} by cost, or set objectives under [slo] to judge latency too", name(best)),
    }
}

/// The line of the monthly bill that costs most, and its part of the bill.
fn biggest_item(deployment: &DeploymentResult) -> Option<(String, f64)> {
    let total = deployment.cost.per_month.to_f64();
    let item = deployment.cost.month_items.iter().max_by_key(|item| item.amount)?;
    (total > 0.0 && item.amount > Money::ZERO)
        .then(|| (figures::shortened(&item.item, ITEM), item.amount.to_f64() / total))
}

fn nobody_meets(all: &[DeploymentResult]) -> Story {
    let Some(index) = cheapest(all, DeploymentResult::completes) else {
        return Story { winner: None, ties: Vec::new(), headline: String::new(), advice: String::new() };
    };
    let best = &all[index];
    let reasons: Vec<String> = missed(best).into_iter().map(reason).collect();
    let (name, cost, reasons) = (name(best), monthly(best), listed(&reasons));
    let headline = if all.len() == 1 {
        format!("The deployment misses its objectives: {name} costs {cost} a month, with {reasons}.")
    } else {
        format!("No deployment meets the objectives: {name} is cheapest at {cost} a month, but with {reasons}.")
    };
    Story { winner: None, ties: Vec::new(), headline, advice: closest(all) }
}

/// There are no objectives, and every deployment loses more than one in a hundred.
fn nobody_copes(all: &[DeploymentResult]) -> Story {
    let by_errors = |a: &&DeploymentResult, b: &&DeploymentResult| {
        a.errors().total_cmp(&b.errors()).then(a.cost.per_month.cmp(&b.cost.per_month))
    };
    let Some(best) = all.iter().min_by(by_errors) else { return nobody_meets(all) };
    let (name, cost, lost) = (name(best), monthly(best), figures::share(best.errors()));
    let headline = if all.len() == 1 {
        format!("The deployment does not cope: on {name}, at {cost} a month, {lost} of invocations do not complete.")
    } else {
        format!("No deployment copes: {name} does best at {cost} a month, but {lost} of invocations do not complete.")
    };
    Story { winner: None, ties: Vec::new(), headline, advice: remedy(all).to_owned() }
}

/// Which deployment misses its objectives by the least.
fn closest(all: &[DeploymentResult]) -> String {
    let worst = |deployment: &DeploymentResult| {
        missed(deployment).iter().map(|objective| excess(objective)).fold(1.0, f64::max)
    };
    let nearest = all.iter().filter(|other| other.completes()).min_by(|a, b| worst(a).total_cmp(&worst(b)));
    match nearest {
        Some(nearest) if worst(nearest).is_finite() => {
            let times = figures::number(worst(nearest));
            format!("Closest is {}, at {times} times its bound; give it more memory or capacity.", name(nearest))
        }
        _ => "Relax the objectives, or give the deployments more memory or capacity.".to_owned(),
    }
}

/// Actual over target; infinite where nothing was measured or the target is zero.
fn excess(objective: &Objective) -> f64 {
    match objective.actual {
        Some(actual) if objective.target > 0.0 => actual / objective.target,
        _ => f64::INFINITY,
    }
}

/// The objectives that a deployment misses, in the order of the scenario, those that could not be measured last.
pub fn missed(deployment: &DeploymentResult) -> Vec<&Objective> {
    let objectives = deployment.slo.as_ref().map_or(&[][..], |slo| &slo.objectives);
    let mut missed: Vec<&Objective> = objectives.iter().filter(|objective| !objective.met).collect();
    missed.sort_by_key(|objective| objective.actual.is_none());
    missed
}

/// Whether anything was measured that an objective could be held against.
pub fn is_measured(deployment: &DeploymentResult) -> bool {
    let served = |objective: &&Objective| objective.actual.is_some() && objective.name != "cost.per_month";
    deployment.completes() || missed(deployment).iter().any(served)
}

/// `p99 812 ms against 500 ms`.
pub fn reason(objective: &Objective) -> String {
    let value = |value: f64| objective_value(&objective.name, value);
    match objective.actual {
        Some(actual) => {
            format!("{} {} against {}", spoken(&objective.name), value(actual), value(objective.target))
        }
        None => format!("{} unknown", spoken(&objective.name)),
    }
}

/// The value of an objective in the unit that its name implies.
pub fn objective_value(objective: &str, value: f64) -> String {
    if objective.starts_with("latency") {
        figures::latency(value)
    } else if objective.starts_with("cost") {
        figures::number(value)
    } else {
        figures::share(value)
    }
}

/// An objective's name as one says it: `latency.p99` is `p99`.
pub fn spoken(objective: &str) -> &str {
    match objective {
        "cost.per_month" => "cost",
        "cold_starts" => "cold-start",
        name => name.strip_prefix("latency.").unwrap_or(name),
    }
}

/// A deployment's name in a sentence.
pub fn name(deployment: &DeploymentResult) -> String {
    figures::shortened(&deployment.name, NAME)
}

/// The same with half of its interval, where it has one that shows: `$24.42 ± $0.14`.
fn uncertain(deployment: &DeploymentResult) -> String {
    let (cost, currency) = (&deployment.cost, deployment.cost.currency);
    let half = cost.ci95.map(|[low, high]| (high - low) / 2.0);
    match half.filter(|half| *half >= 0.005 && *half > 1e-4 * cost.per_month.to_f64()) {
        Some(half) => format!("{} ±\u{a0}{}", monthly(deployment), figures::money_f64(currency, half)),
        None => monthly(deployment),
    }
}

fn monthly(deployment: &DeploymentResult) -> String {
    figures::money(deployment.cost.currency, deployment.cost.per_month)
}
