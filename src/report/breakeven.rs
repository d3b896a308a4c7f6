//! What a break-even tells: in a sentence, a table and a picture.

use std::path::PathBuf;

use super::aim::Aim;
use super::figures::{self, ABSENT, currency, short, with_unit};
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::crossings::{Breakeven, BreakevenPoint, Crossing, Naive, SideAt};
use crate::results::store::Staged;

/// The answer in one sentence.
pub fn headline(answer: &Breakeven) -> String {
    let [low, high] = ends(answer);
    let range = format!("{} from {low} to {high}", short(&answer.axis.path));
    let (a, b) = (&answer.a.deployment, &answer.b.deployment);
    match answer.breakeven.as_slice() {
        [] => match compared(answer).as_slice() {
            [] => format!("Nowhere do {a} and {b} both {}: {range} has nothing to compare", aim(answer).meet()),
            points => {
                let whole = if points.len() == answer.points.len() { "always" } else { "wherever both do the job" };
                format!("{}: {range}", throughout(answer, points, whole))
            }
        },
        [one] => format!(
            "{} {}, {}: {} a month",
            before(answer, one),
            value(answer, one),
            after(one, None),
            figures::money_f64(currency(&answer.currency), one.cost_per_month)
        ),
        [first, .., last] => format!(
            "{} {}, {}; in all the answer changes {} times",
            before(answer, first),
            value(answer, first),
            after(last, Some(value(answer, last))),
            answer.breakeven.len()
        ),
    }
}

/// Who is the cheaper one at all of `points`, which are compared, and between which nothing was seen to change.
fn throughout(answer: &Breakeven, points: &[&BreakevenPoint], whole: &str) -> String {
    let (a, b) = (&answer.a.deployment, &answer.b.deployment);
    let any = |is: fn(f64) -> bool| points.iter().any(|point| point.difference.is_some_and(is));
    match (any(|difference| difference < 0.0), any(|difference| difference > 0.0)) {
        (true, false) if any(|difference| difference == 0.0) => format!("{a} is {whole} as cheap as {b}, or cheaper"),
        (false, true) if any(|difference| difference == 0.0) => format!("{b} is {whole} as cheap as {a}, or cheaper"),
        (true, false) => format!("{a} is {whole} the cheaper one"),
        (false, true) => format!("{b} is {whole} the cheaper one"),
        (false, false) => format!("{a} and {b} cost the same {whole}"),
        (true, true) => {
            format!("{a} is cheaper at some values, {b} at others, and between them one {}", aim(answer).misses())
        }
    }
}

/// `lambda is cheaper below`; a value follows.
fn before(answer: &Breakeven, crossing: &Crossing) -> String {
    match &crossing.cheaper_before {
        Some(name) => format!("{name} is cheaper below"),
        None => format!("{} and {} cost the same below", answer.a.deployment, answer.b.deployment),
    }
}

/// `servers above it`, or above the value `at`.
fn after(crossing: &Crossing, at: Option<String>) -> String {
    let from = at.as_ref().map_or("from there on".to_owned(), |at| format!("from {at} on"));
    match (&crossing.cheaper_before, &crossing.cheaper_after) {
        (_, None) => format!("{from} they cost the same"),
        (None, Some(name)) => format!("{name} is cheaper {from}"),
        (Some(_), Some(name)) => format!("{name} above {}", at.as_deref().unwrap_or("it")),
    }
}

/// What both sides must do.
pub fn aim(answer: &Breakeven) -> Aim {
    Aim::of(answer.objectives)
}

fn ends(answer: &Breakeven) -> [&str; 2] {
    let label = |place: usize| answer.axis.values.get(place).map_or("", String::as_str);
    [label(0), label(1)]
}

fn compared(answer: &Breakeven) -> Vec<&BreakevenPoint> {
    answer.points.iter().filter(|point| point.difference.is_some()).collect()
}

/// With its interval where costs meet; a step is where it is.
fn value(answer: &Breakeven, crossing: &Crossing) -> String {
    let half = crossing.interval.map_or(0.0, |[low, high]| (high - low) / 2.0);
    let digits = half / crossing.value.abs();
    if crossing.step || digits < 5e-4 {
        return written(answer, crossing.value);
    }
    format!("{} (±\u{a0}{})", written(answer, crossing.value), figures::number(half))
}

fn written(answer: &Breakeven, value: f64) -> String {
    with_unit(value, &answer.axis.unit)
}

/// What else a reader should know.
pub fn advice(answer: &Breakeven) -> Vec<String> {
    let mut advice: Vec<String> = answer.breakeven.iter().filter_map(|crossing| explained(answer, crossing)).collect();
    advice.truncate(1);
    if !answer.complete {
        let looked = answer.points.len();
        advice.push(format!(
            "There are more crossings than {looked} values could narrow: a shorter range would show them."
        ));
    }
    advice.extend(naive(answer));
    if answer.breakeven.is_empty() {
        advice.extend(nearest(answer));
    }
    let left = answer.points.len() - compared(answer).len();
    if left > 0 {
        let misses = |of: fn(&BreakevenPoint) -> &SideAt| answer.points.iter().filter(|point| !of(point).meets).count();
        let side = |name: &str, count: usize| (count > 0).then(|| format!("{name} at {count}"));
        let sides: Vec<String> = [
            side(&answer.a.deployment, misses(|point| &point.a)),
            side(&answer.b.deployment, misses(|point| &point.b)),
        ]
        .into_iter()
        .flatten()
        .collect();
        advice.push(format!(
            "At {left} of {} values {} ({}); nothing is compared there.",
            answer.points.len(),
            aim(answer).is_missed(),
            sides.join(", ")
        ));
    }
    advice
}

/// What decides at a crossing.
fn explained(answer: &Breakeven, crossing: &Crossing) -> Option<String> {
    let [before, after] = crossing.members?;
    let fleet = crossing.sized.as_deref()?;
    let used = crossing.utilization.map_or_else(String::new, |used| format!(", busy {}", figures::share(used)));
    let (at, aim) = (written(answer, crossing.value), aim(answer).meet());
    Some(if crossing.step {
        format!("At {at} {fleet} needs {after} members instead of {before} to {aim}{used} before: the step decides.")
    } else {
        format!("At {at} {fleet} needs {} to {aim}{used}.", figures::plural(f64::from(before), "member"))
    })
}

fn naive(answer: &Breakeven) -> Option<String> {
    let naive = answer.naive.as_ref()?;
    let at = written(answer, naive.value);
    let used = figures::share(naive.utilization);
    Some(format!(
        "By prices alone, functions cost as much as one member of {} at {at}, busy {used}: {}.",
        naive.deployment,
        against_prices(answer, naive)
    ))
}

/// Why the break-even is not where prices alone would have it.
fn against_prices(answer: &Breakeven, naive: &Naive) -> String {
    /// Nearer than this, both say the same.
    const NEAR: f64 = 1.02;
    let ends = [answer.points.first(), answer.points.last()].map(|end| end.map_or(f64::NAN, |point| point.value));
    if naive.utilization >= 1.0 {
        return "which it could not even do".to_owned();
    }
    if let Some(last) = answer.breakeven.iter().map(|crossing| crossing.value).reduce(f64::max) {
        let times = figures::number(last / naive.value);
        return match last / naive.value {
            more if more > NEAR => {
                let objectives = if answer.objectives { "the objectives, " } else { "" };
                format!("{objectives}whole members and idle time move the break-even to {times} times that")
            }
            less if less < 1.0 / NEAR => format!("the break-even lies at {times} times that"),
            _ => "one member is enough there, so prices alone are right".to_owned(),
        };
    }
    if naive.value < ends[0] || naive.value > ends[1] {
        return "which the range does not reach".to_owned();
    }
    let far = |point: &&BreakevenPoint| (point.value - naive.value).abs();
    let Some(near) = answer.points.iter().min_by(|a, b| far(a).total_cmp(&far(b))) else { return String::new() };
    let (fleet, other) = if answer.a.sized { (&near.a, &near.b) } else { (&near.b, &near.a) };
    let functions = if answer.a.sized { &answer.b } else { &answer.a };
    let aim = aim(answer);
    match fleet.members {
        _ if !other.meets => format!("but {} {} there", functions.deployment, aim.misses()),
        _ if !fleet.meets => format!("but {} {} there", naive.deployment, aim.misses()),
        Some(members) if members > 1 => format!("but {} {members} there", aim.needs()),
        _ => "but at no value that was measured".to_owned(),
    }
}

/// Where costs come nearest, if they never meet.
fn nearest(answer: &Breakeven) -> Option<String> {
    let ratio = |point: &BreakevenPoint| (point.a.cost_per_month / point.b.cost_per_month).ln().abs();
    let points = compared(answer);
    let nearest = points.iter().min_by(|a, b| ratio(a).total_cmp(&ratio(b)))?;
    if nearest.difference == Some(0.0) {
        return None;
    }
    let money = |amount| figures::money_f64(currency(&answer.currency), amount);
    Some(format!(
        "In proportion they come nearest at {}: {} for {}, {} for {}.",
        written(answer, nearest.value),
        money(nearest.a.cost_per_month),
        answer.a.deployment,
        money(nearest.b.cost_per_month),
        answer.b.deployment
    ))
}

/// The points; of many only those at which one looked first, and those around crossings.
pub fn by_point(answer: &Breakeven) -> Columns {
    const MOST: usize = 26;
    let beside = |place: usize| {
        let value = answer.points[place].value;
        answer.breakeven.iter().any(|crossing| crossing.between[0] <= value && value <= crossing.between[1])
    };
    let every = answer.points.len().div_ceil(MOST).max(1);
    let shown = (0..answer.points.len()).filter(|place| place % every == 0 || beside(*place)).take(2 * MOST);
    let row = |place: usize| {
        let point = &answer.points[place];
        let mut cells = vec![point.label.clone()];
        cells.extend(side(answer, &point.a, answer.a.sized));
        cells.extend(side(answer, &point.b, answer.b.sized));
        cells.push(match point.difference {
            Some(difference) if difference < 0.0 => answer.a.deployment.clone(),
            Some(difference) if difference > 0.0 => answer.b.deployment.clone(),
            Some(_) => "tie".to_owned(),
            None => ABSENT.to_owned(),
        });
        cells
    };
    let mut headings = vec![short(&answer.axis.path)];
    for one in [&answer.a, &answer.b] {
        headings.push(figures::shortened(&one.deployment, 14));
        headings.push("p99".to_owned());
        if one.sized {
            headings.push("members".to_owned());
        }
    }
    headings.push("cheaper".to_owned());
    Columns { headings, rows: shown.map(row).collect(), more: 0 }
}

fn side(answer: &Breakeven, side: &SideAt, sized: bool) -> Vec<String> {
    let missed = if side.meets { "" } else { "✗ " };
    let mut cells = vec![
        format!("{missed}{}", figures::money_f64(currency(&answer.currency), side.cost_per_month)),
        side.latency_p99_s.map_or(ABSENT.to_owned(), figures::latency),
    ];
    if sized {
        cells.push(side.members.map_or(ABSENT.to_owned(), |members| members.to_string()));
    }
    cells
}

fn how(crossing: &Crossing) -> &'static str {
    match (&crossing.cheaper_before, &crossing.cheaper_after) {
        (None, _) => "a tie ends",
        (_, None) => "a tie begins",
        _ if crossing.step => "a step",
        _ => "costs meet",
    }
}

/// Every crossing.
pub fn by_crossing(answer: &Breakeven) -> Columns {
    let row = |crossing: &Crossing| {
        vec![
            written(answer, crossing.value),
            crossing.between.map(figures::number).join(" to "),
            crossing.interval.map_or(ABSENT.to_owned(), |ends| ends.map(figures::number).join(" to ")),
            how(crossing).to_owned(),
            [&crossing.cheaper_before, &crossing.cheaper_after]
                .map(|name| name.as_deref().unwrap_or("tie"))
                .join(" → "),
            crossing.members.map_or(ABSENT.to_owned(), |[before, after]| format!("{before} → {after}")),
            figures::money_f64(currency(&answer.currency), crossing.cost_per_month),
        ]
    };
    let headings = ["break-even", "between", "95\u{a0}% interval", "how", "cheaper", "members", "a month"];
    Columns::new(&headings, answer.breakeven.iter().map(row).collect())
}

/// The summary for a terminal.
pub fn text(answer: &Breakeven, paths: &[(&str, PathBuf)], color: Color) -> String {
    let mut tables = vec![by_point(answer)];
    if answer.breakeven.len() > 1 {
        tables.push(by_crossing(answer));
    }
    let own = [
        format!("{} against {}", answer.a.deployment, answer.b.deployment),
        figures::plural(answer.points.len() as f64, "value"),
        figures::plural(f64::from(answer.scenario.replications), "replication"),
    ];
    let told =
        Told { tables, headline: headline(answer), advice: advice(answer), paths, ..Told::of(&answer.scenario, own) };
    terminal::study(&told, color)
}

/// Prepares `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, answer: &Breakeven, command: &str) -> Result<Staged, super::ReportError> {
    use super::charts;
    use super::study::{Study, stage};
    let [low, high] = ends(answer);
    let varied = format!("{}={low}..{high}", answer.axis.path);
    let (a, b) = (&answer.a.deployment, &answer.b.deployment);
    let study = Study {
        headline: headline(answer),
        advice: advice(answer),
        charts: charts::breakeven::all(answer),
        tables: vec![
            ("Crossings".to_owned(), by_crossing(answer).into()),
            ("By value".to_owned(), by_point(answer).into()),
        ],
        ..Study::of(&answer.scenario, ("break-even", command), [("varied", varied), ("compared", format!("{a}, {b}"))])
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &Breakeven, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}
