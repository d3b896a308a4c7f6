//! What a study of uncertainty tells: intervals of bills, who is likely the cheapest, and what matters.

use std::path::PathBuf;

use super::aim::Aim;
use super::figures::{self, currency, short};
use super::sure;
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::store::Staged;
use crate::results::uncertain::{Contest, DifferenceSwing, Pair, Swing, UncertainDeployment, Uncertainty};

/// Places of 5, 50 and 95 % among the quantiles.
const LOW: usize = 1;
const MEDIAN: usize = 3;
const HIGH: usize = 5;

/// Who is the cheapest most often, and the interval of its bill.
pub fn headline(answer: &Uncertainty) -> String {
    let aim = Aim::of(answer.objectives);
    let Some(best) = leader(answer) else {
        let draws = figures::plural(f64::from(answer.draws), "draw");
        return format!("Nothing {} in any of {draws}", aim.meets());
    };
    let bill = format!(
        "{} to {} a month (90\u{a0}%)",
        money(answer, best.quantiles[LOW]),
        money(answer, best.quantiles[HIGH])
    );
    if best.cheapest > 0.0 {
        let chance = chance(best.cheapest, best.cheapest_ci95);
        return format!("{} is the cheapest{} with a probability of {chance}: {bill}", best.name, aim.that_meets());
    }
    let rivals: Vec<&str> = answer
        .deployments
        .iter()
        .filter(|one| one.name != best.name && one.may_be_cheapest() > 0.0)
        .map(|one| one.name.as_str())
        .collect();
    let same = if best.undecided.unwrap_or(0.0) > 0.0 { "cannot be told from" } else { "costs as much as" };
    let other = aim.that_meets();
    format!("{} {same} {}, and nothing{other} is cheaper: {bill}", best.name, rivals.join(", "))
}

/// The cheapest most often, or what may be; `None` where nothing meets the objectives.
pub fn leader(answer: &Uncertainty) -> Option<&UncertainDeployment> {
    let fit = answer.deployments.iter().filter(|one| one.may_be_cheapest() > 0.0);
    fit.min_by(|a, b| a.rank(b))
}

/// A probability and its interval.
fn chance(share: f64, ends: [f64; 2]) -> String {
    let [low, high] = ends.map(figures::share);
    format!("{} ({low} to {high})", figures::share(share))
}

fn money(answer: &Uncertainty, amount: f64) -> String {
    figures::money_f64(currency(&answer.currency), amount)
}

/// What else a reader should know.
pub fn advice(answer: &Uncertainty) -> Vec<String> {
    let Some(best) = leader(answer) else { return Vec::new() };
    let mut advice = Vec::new();
    advice.extend(against(answer, best));
    advice.extend(doubt(answer));
    let idle: Vec<&str> =
        answer.deployments.iter().filter(|one| one.meets <= 0.0).map(|one| one.name.as_str()).collect();
    if !idle.is_empty() {
        let aim =
            if answer.objectives { "the objectives are met" } else { "99\u{a0}% of the invocations are completed" };
        advice.push(format!("In no draw {aim} by {}.", idle.join(", ")));
    }
    let widest = answer.tornado.iter().find(|swing| swing.deployment == best.name);
    if widest.is_some_and(|swing| swing.cost_per_month[0] == swing.cost_per_month[1]) {
        advice.push("None of the inputs moves its bill.".to_owned());
    } else if let Some(swing) = widest {
        advice.push(format!(
            "What matters most is {}: {} at {}, {} at {}.",
            short(&swing.path),
            money(answer, swing.cost_per_month[0]),
            swing.at[0],
            money(answer, swing.cost_per_month[1]),
            swing.at[1]
        ));
    }
    advice.extend(answer.contest.as_ref().map(decided));
    advice
}

/// How likely the `best` costs less than its nearest rival.
fn against(answer: &Uncertainty, best: &UncertainDeployment) -> Option<String> {
    // What never does the job is no rival, however cheap.
    let does = |name: &str| answer.deployments.iter().any(|one| one.name == name && one.meets > 0.0);
    let cheaper = |pair: &Pair| match pair.a == best.name {
        true => (pair.a_is_cheaper, pair.a_ci95, pair.b.clone()),
        false => (pair.b_is_cheaper, pair.b_ci95, pair.a.clone()),
    };
    let ours = answer.pairs.iter().filter(|pair| pair.a == best.name || pair.b == best.name);
    let rivals = ours.map(cheaper).filter(|(.., other)| does(other));
    let (share, ends, other) = rivals.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(format!("It costs less than {other} with a probability of {}.", chance(share, ends)))
}

/// What the probabilities leave out.
fn doubt(answer: &Uncertainty) -> Option<String> {
    let share = figures::share(answer.undecided);
    if answer.deployments.len() > 1 && answer.deployments.iter().all(|one| one.undecided.is_none()) {
        let tied = match answer.undecided > 0.0 {
            true => format!("In {share} of the draws the cheapest costs the same as another. "),
            false => String::new(),
        };
        let why = sure::one_draw(answer.scenario.replications);
        return Some(format!("{tied}{why} Chance is no part of these probabilities."));
    }
    let why = "bills are the same, or differ by less than the noise of the simulation";
    (answer.undecided > 0.0).then(|| format!("In {share} of the draws the cheapest is not beyond doubt: {why}."))
}

/// Which inputs by themselves decide between the two best.
fn decided(contest: &Contest) -> String {
    let between = format!("between {} and {}", contest.a, contest.b);
    let deciding: Vec<String> =
        contest.tornado.iter().filter(|swing| swing.decides()).map(|swing| short(&swing.path)).collect();
    match deciding.as_slice() {
        [] => format!("By cost alone, no input by itself decides {between}."),
        [one] => format!("By cost alone, only {one} by itself decides {between}."),
        some => format!("By cost alone, each of these by itself decides {between}: {}.", some.join(", ")),
    }
}

/// By deployment. `or tied`: the draws in which it costs as little as another, or differs from the cheapest by no more than the
/// noise, where there are any.
pub fn by_deployment(answer: &Uncertainty) -> Columns {
    let open = answer.undecided > 0.0;
    let row = |one: &UncertainDeployment| {
        let mut cells = vec![one.name.clone()];
        cells.extend([LOW, MEDIAN, HIGH].map(|place| money(answer, one.quantiles[place])));
        cells.extend([money(answer, one.mean), figures::share(one.cheapest)]);
        cells.extend(open.then(|| figures::share(one.tied + one.undecided.unwrap_or(0.0))));
        cells.push(figures::share(one.meets));
        cells
    };
    let meets = if answer.objectives { "meets" } else { "completes" };
    let mut headings = vec!["deployment", "5 %", "median", "95 %", "mean", "cheapest"];
    headings.extend(open.then_some("or tied"));
    headings.push(meets);
    Columns::new(&headings, answer.deployments.iter().map(row).collect())
}

/// What one input by itself does to the bill of the leader, the widest first.
pub fn tornado(answer: &Uncertainty) -> Columns {
    let name = leader(answer).map_or("", |best| best.name.as_str());
    let row = |swing: &Swing| {
        vec![
            swing.path.clone(),
            swing.at[0].clone(),
            money(answer, swing.cost_per_month[0]),
            swing.at[1].clone(),
            money(answer, swing.cost_per_month[1]),
        ]
    };
    let rows = answer.tornado.iter().filter(|swing| swing.deployment == name).map(row).collect();
    Columns::new(&["input", "10 %", "a month", "90 %", "a month"], rows)
}

/// What one input by itself does to the difference of the two best, the widest first.
pub fn contest(answer: &Uncertainty) -> Columns {
    let row = |swing: &DifferenceSwing| {
        let [low, high] = swing.difference.map(|amount| money(answer, amount));
        vec![swing.path.clone(), swing.at[0].clone(), low, swing.at[1].clone(), high]
    };
    let rows = answer.contest.iter().flat_map(|contest| &contest.tornado).map(row).collect();
    Columns::new(&["input", "10 %", "difference", "90 %", "difference"], rows)
}

/// Every pair.
pub fn pairs(answer: &Uncertainty) -> Columns {
    let row = |pair: &Pair| {
        let [low, middle, high] = pair.difference.map(|amount| money(answer, amount));
        let shares = [pair.a_is_cheaper, pair.b_is_cheaper, pair.tied].map(figures::share);
        let undecided = pair.undecided.map_or(figures::ABSENT.to_owned(), figures::share);
        let mut cells = vec![pair.a.clone(), pair.b.clone()];
        cells.extend(shares);
        cells.extend([undecided, low, middle, high]);
        cells
    };
    let headings =
        ["a", "b", "a is cheaper", "b is cheaper", "the same", "undecided", "a less b, 5 %", "median", "95 %"];
    Columns::new(&headings, answer.pairs.iter().map(row).collect())
}

#[cfg(feature = "report")]
fn contested(answer: &Uncertainty) -> String {
    let two = answer.contest.as_ref().map(|contest| format!("{} less {}", contest.a, contest.b));
    format!("The difference of the two best: {}", two.unwrap_or_else(|| "there is one deployment".to_owned()))
}

/// The summary for a terminal.
pub fn text(answer: &Uncertainty, paths: &[(&str, PathBuf)], color: Color) -> String {
    let own = [
        figures::plural(f64::from(answer.draws), "draw"),
        figures::plural(answer.inputs.len() as f64, "input"),
        figures::plural(f64::from(answer.scenario.replications), "replication"),
    ];
    let told = Told {
        tables: vec![by_deployment(answer), tornado(answer)],
        headline: headline(answer),
        advice: advice(answer),

        paths,
        ..Told::of(&answer.scenario, own)
    };
    terminal::study(&told, color)
}

/// Prepares `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, answer: &Uncertainty, command: &str) -> Result<Staged, super::ReportError> {
    use super::charts;
    use super::study::{Study, stage};
    let inputs: Vec<String> = answer.inputs.iter().map(|input| format!("{}: {}", input.path, input.range)).collect();
    let draws = answer.draws.to_string();
    let study = Study {
        headline: headline(answer),
        advice: advice(answer),
        charts: charts::uncertainty::all(answer),
        tables: vec![
            ("By deployment".to_owned(), by_deployment(answer).into()),
            ("One input at a time, the others at their median".to_owned(), tornado(answer).into()),
            (contested(answer), contest(answer).into()),
            (format!("Pairs, whether or not one {}", Aim::of(answer.objectives).meets()), pairs(answer).into()),
        ],
        ..Study::of(&answer.scenario, ("uncertainty", command), [("not known", inputs.join("; ")), ("draws", draws)])
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &Uncertainty, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}
