//! What a search tells: the choice, what it saves, the next best, and the front between cost and latency.

use std::path::PathBuf;

use super::aim::Aim;
use super::figures::{self, ABSENT, currency};
use super::story;
use super::sure;
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::optimum::{Beside, Choice, Optimum};
use crate::results::store::Staged;

/// The answer in one sentence.
pub fn headline(answer: &Optimum) -> String {
    match (&answer.best, &answer.nearest) {
        (Some(best), _) => format!(
            "{} is the cheapest{}: {} a month, p99 {}{}",
            best.deployment,
            aim(answer).that_meets(),
            cost(answer, best),
            best.latency_p99_s.map_or(ABSENT.to_owned(), figures::latency),
            at(best)
        ),
        (None, Some(nearest)) => {
            let near = match &nearest.worst {
                Some(worst) => format!("with {}", story::reason(worst)),
                None => format!("and leaves {} undone", nearest.errors.map_or(ABSENT.to_owned(), figures::share)),
            };
            let meets = aim(answer).meets();
            format!("Nothing {meets}; {} comes nearest, {near}{}", nearest.deployment, at(nearest))
        }
        (None, None) => "Nothing was measured".to_owned(),
    }
}

/// What a choice must do.
pub fn aim(answer: &Optimum) -> Aim {
    Aim::of(answer.objectives)
}

/// `, at deployments.lambda.memory=512MB`.
fn at(choice: &Choice) -> String {
    if choice.settings.is_empty() { ", as it stands".to_owned() } else { format!(", at {}", choice.settings.join(" ")) }
}

fn money(answer: &Optimum, amount: f64) -> String {
    figures::money_f64(currency(&answer.currency), amount)
}

fn cost(answer: &Optimum, choice: &Choice) -> String {
    let half = choice.cost_ci95.map(|[low, high]| (high - low) / 2.0).filter(|half| *half > 0.0);
    let half = half.map_or_else(String::new, |half| format!(" ±\u{a0}{}", money(answer, half)));
    format!("{}{half}", money(answer, choice.cost_per_month))
}

/// What else a reader should know.
pub fn advice(answer: &Optimum) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some(stands) = &answer.as_it_stands {
        advice.push(against_the_scenario(answer, stands));
    } else if answer.best.is_some() {
        advice.push(format!("Nothing {} in the scenario as it stands.", aim(answer).meets()));
    }
    if !answer.objectives {
        advice.push(
            "There are no objectives: what completes less than 99\u{a0}% is no choice, however cheap.".to_owned(),
        );
    }
    if let Some(next) = &answer.runner_up {
        let name = format!("{}{}", next.choice.deployment, at(&next.choice));
        advice.push(if next.tie == Some(true) {
            format!("It is a tie with {name}: the difference cannot be told from zero.")
        } else {
            format!("Next is {name}: {} a month more.", difference(answer, next))
        });
    }
    if answer
        .best
        .as_ref()
        .is_some_and(|best| best.worst.as_ref().is_some_and(|worst| worst.actual > Some(worst.target * 0.97)))
    {
        advice.push("It keeps an objective by less than 3\u{a0}%: a little more load would miss it.".to_owned());
    }
    if answer.separated.is_none() {
        advice.push(sure::one_draw(answer.scenario.replications).to_owned());
    }
    let all = answer.measured as f64 >= answer.space;
    let of = if all { "all of them".to_owned() } else { format!("of {}", figures::count(answer.space)) };
    advice.push(format!(
        "{} measured, {of}; those that could be the cheapest with {}.",
        figures::plural(answer.measured as f64, "configuration"),
        figures::plural(f64::from(answer.replications), "replication")
    ));
    advice
}

fn against_the_scenario(answer: &Optimum, stands: &Beside) -> String {
    let name = &stands.choice.deployment;
    if answer.best.as_ref().is_some_and(|best| best.settings.is_empty() && best.deployment == *name) {
        return "It stands so in the scenario: nothing that was tried is cheaper.".to_owned();
    }
    if stands.difference == 0.0 && answer.best.as_ref().is_some_and(|best| best.deployment == *name) {
        return format!("{name} as it stands costs the same: nothing that was tried is cheaper.");
    }
    if stands.tie == Some(true) {
        return format!("That is no better than {name} as it stands: the difference cannot be told from zero.");
    }
    let (much, share) =
        (difference(answer, stands), figures::share(stands.difference.abs() / stands.choice.cost_per_month));
    let of = "the cheapest of the scenario as it stands";
    if stands.difference < 0.0 {
        return format!("It costs {much} a month ({share}) more than {name}, {of}, which was not among the choices.");
    }
    format!("It saves {much} a month ({share}) against {name}, {of}.")
}

/// How much, without its sign.
fn difference(answer: &Optimum, beside: &Beside) -> String {
    let half = beside.ci95.map(|[low, high]| (high - low) / 2.0).filter(|half| *half > 0.0);
    let half = half.map_or_else(String::new, |half| format!(" ±\u{a0}{}", money(answer, half)));
    format!("{}{half}", money(answer, beside.difference.abs()))
}

/// Choices, by deployment under `title`.
fn table<'a>(answer: &Optimum, title: &str, choices: impl Iterator<Item = &'a Choice>) -> Columns {
    let row = |choice: &Choice| {
        vec![
            choice.deployment.clone(),
            shortened(&choice.settings).join(" "),
            money(answer, choice.cost_per_month),
            choice.latency_p99_s.map_or(ABSENT.to_owned(), figures::latency),
            choice.utilization.map_or(ABSENT.to_owned(), figures::share),
            aim(answer).verdict(choice.meets).to_owned(),
        ]
    };
    Columns::new(&[title, "configuration", "a month", "p99", "util", "objectives"], choices.map(row).collect())
}

/// `memory=512MB`: of the way to each value as much as tells it from the others (`scheduled.0.provisioned=4`); the place in a
/// list never stands without its list.
fn shortened(settings: &[String]) -> Vec<String> {
    let paths: Vec<&str> =
        settings.iter().map(|setting| setting.split_once('=').map_or(setting.as_str(), |at| at.0)).collect();
    let one = |(index, setting): (usize, &String)| {
        let path = paths[index];
        let ends = path.rmatch_indices('.').map(|(dot, _)| dot + 1).chain([0]);
        let alike = |from: usize| paths.iter().filter(|other| is_tail(other, &path[from..])).count();
        let from = ends.into_iter().find(|from| alike(*from) <= 1 && !begins_with_place(&path[*from..])).unwrap_or(0);
        setting[from..].to_owned()
    };
    settings.iter().enumerate().map(one).collect()
}

fn begins_with_place(path: &str) -> bool {
    path.split('.').next().is_some_and(figures::is_place)
}

/// Whether `path` ends with the steps of `tail`.
fn is_tail(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// What nothing beats, from the cheapest to the fastest.
pub fn front(answer: &Optimum) -> Columns {
    let mut front: Vec<&Choice> = answer.choices.iter().filter(|choice| choice.on_front).collect();
    front.sort_by(|a, b| a.cost_per_month.total_cmp(&b.cost_per_month));
    table(answer, "cost against p99", front.into_iter())
}

/// Everything, those that meet the objectives first, by cost.
pub fn all(answer: &Optimum) -> Columns {
    let mut choices: Vec<&Choice> = answer.choices.iter().collect();
    choices.sort_by(|a, b| b.meets.cmp(&a.meets).then(a.cost_per_month.total_cmp(&b.cost_per_month)));
    table(answer, "deployment", choices.into_iter())
}

/// The cheapest of each deployment that meets the objectives, or what comes nearest.
pub fn by_deployment(answer: &Optimum) -> Columns {
    let mut best: Vec<&Choice> = Vec::new();
    for choice in &answer.choices {
        let better = |other: &Choice| (!choice.meets, choice.cost_per_month) < (!other.meets, other.cost_per_month);
        match best.iter_mut().find(|one| one.deployment == choice.deployment) {
            Some(known) if better(known) => *known = choice,
            Some(_) => {}
            None => best.push(choice),
        }
    }
    table(answer, "best of each", best.into_iter())
}

/// The summary for a terminal.
pub fn text(answer: &Optimum, paths: &[(&str, PathBuf)], color: Color) -> String {
    let mut tables = vec![by_deployment(answer)];
    let front = front(answer);
    if front.rows.len() > 1 {
        tables.push(front);
    }
    let mut advice = advice(answer);
    if let Some(best) = answer.best.as_ref().filter(|best| !best.settings.is_empty()) {
        advice.push(format!("To use it: {}", sets(best)));
    }
    let own = [figures::plural(answer.measured as f64, "configuration")];
    let told = Told { tables, headline: headline(answer), advice, paths, ..Told::of(&answer.scenario, own) };
    terminal::study(&told, color)
}

fn sets(choice: &Choice) -> String {
    choice.settings.iter().map(|setting| format!("--set '{setting}'")).collect::<Vec<_>>().join(" ")
}

/// Prepares `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, answer: &Optimum, command: &str) -> Result<Staged, super::ReportError> {
    use super::charts::{self, Data};
    use super::study::{Study, stage, varied};
    const ROWS: usize = 300;
    let data = |table: Columns| {
        let left = table.rows.len().saturating_sub(ROWS);
        let mut data = Data::from(table);
        data.rows.truncate(ROWS);
        if left > 0 {
            data.note = format!("{left} more stand in the table of the search.");
        }
        data
    };
    let study = Study {
        headline: headline(answer),
        advice: advice(answer),
        charts: charts::optimize::all(answer),
        tables: vec![
            ("Best of each deployment".to_owned(), data(by_deployment(answer))),
            ("What nothing beats both in cost and in p99 latency".to_owned(), data(front(answer))),
            ("All that was measured".to_owned(), data(all(answer))),
        ],
        ..Study::of(&answer.scenario, ("cheapest configuration", command), [("varied", varied(&answer.axes))])
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &Optimum, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_apart_by_as_little_as_it_takes() {
        let settings = ["a.b.0.count=4", "a.b.1.count=1", "a.memory=512MB"].map(str::to_owned);
        assert_eq!(shortened(&settings), ["b.0.count=4", "b.1.count=1", "memory=512MB"]);
        let nested = ["x.count=4", "count=1"].map(str::to_owned);
        assert_eq!(shortened(&nested), ["x.count=4", "count=1"]);
    }
}
