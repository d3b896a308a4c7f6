//! Policies of scaling that no provider would take, or that never do what they say.

use super::super::deployments::Part;
use super::super::document::{Node, Table, Value};
use super::super::problem::{Problem, Problems};
use super::super::timetable;
use crate::platform::fleet::FleetSpec;
use crate::units::{Ratio, Span};

/// What predictive scaling knows before it forecasts anything.
const HISTORY: Span = Span::DAY;

/// Policies of a group, one or a list.
pub fn policies(part: &Part<'_>, nodes: &[Node], problems: &mut Problems) {
    let tables = || nodes.iter().filter_map(Node::as_table);
    for table in tables() {
        level(table, "target", 1.0, problems);
        level(table, "above", 1.0, problems);
        level(table, "below", 1.0, problems);
        check_pace(table, "period", problems);
        match table.text("policy").map_or("", |policy| policy.value) {
            "step" => {
                steps(table, problems);
                amounts(part, table, table.list("steps").unwrap_or_default(), problems);
            }
            "simple" => amounts(part, table, &[], problems),
            "predictive" => history(part, problems),
            _ => {}
        }
    }
    let is_scheduled = |table: &&Table| table.text("policy").is_some_and(|policy| policy.value == "scheduled");
    actions(part, &tables().filter(is_scheduled).collect::<Vec<_>>(), problems);
}

/// A target or a threshold: of `cpu` a share that is no more than `most`, of any other metric a number.
pub fn level(table: &Table, key: &str, most: f64, problems: &mut Problems) {
    let (Some(at), Some(node)) = (table.quantity::<Ratio>(key), table.get(key)) else { return };
    let level = at.value.value();
    let metric = table.text("metric").map_or("cpu", |metric| metric.value);
    let in_percent = node.text().is_some_and(|text| text.trim_end().ends_with('%'));
    let problem = |message: String| Problem::at(&at.place, message);
    if metric != "cpu" && in_percent {
        let found = format!("`{metric}` is counted, and {} is a share", percent(level));
        problems.push(problem(found).help(format!("a number without `%`, for example `{key} = 60`")));
    } else if key == "target" && level <= 0.0 {
        problems.push(problem("a target of 0 can never be met".to_owned()).help("more than 0"));
    } else if metric == "cpu" && level > most * (1.0 + 1e-9) {
        let found = problem(format!("{} of cpu is never reached; at most {}", percent(level), percent(most)));
        problems.push(if in_percent { found } else { found.help(format!("for {level} percent write \"{level}%\"")) });
    }
}

fn percent(share: f64) -> String {
    format!("{}%", (share * 1e6).round() / 1e4)
}

/// What happens all the time must leave time for something else.
pub fn check_pace(table: &Table, key: &str, problems: &mut Problems) {
    if let Some(at) = table.quantity::<Span>(key).filter(|at| at.value < Span::MILLISECOND) {
        problems
            .push(Problem::at(&at.place, format!("{key} {} is too short; at least {}", at.value, Span::MILLISECOND)));
    }
}

/// Steps may not overlap, and not leave out what lies between them (EC2 Auto Scaling user guide, step scaling, 2026).
fn steps(table: &Table, problems: &mut Problems) {
    let step = |node: &'_ Node| {
        let end = |key: &str, without: f64| node.as_table()?.number(key).map_or(Some(without), |at| Some(at.value));
        Some((end("from", f64::NEG_INFINITY)?, end("to", f64::INFINITY)?, node.place.clone()))
    };
    let mut steps: Vec<_> = table.list("steps").unwrap_or_default().iter().filter_map(step).collect();
    steps.retain(|(from, to, _)| from < to);
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    for pair in steps.windows(2) {
        let [(_, to, _), (from, _, place)] = pair else { continue };
        if from < to {
            let message = format!("this step begins {}, before another ends, {}", end(*from), end(*to));
            problems.push(Problem::at(place, message).help("one step begins where another ends"));
        } else if from > to {
            let message = format!("no step says anything from {to} to {from} beyond the threshold");
            problems.push(Problem::at(place, message).help(format!("`from = {to}` in this step")));
        }
    }
}

/// `at 10`, `without end`.
fn end(distance: f64) -> String {
    if distance.is_finite() { format!("at {distance}") } else { "without end".to_owned() }
}

/// Amounts of `steps`, or that of the policy itself.
fn amounts(part: &Part<'_>, table: &Table, steps: &[Node], problems: &mut Problems) {
    let tables = steps.iter().filter_map(Node::as_table).chain([table]);
    let amounts: Vec<_> = tables.filter_map(|table| table.number("amount")).collect();
    let exact = table.text("change").is_some_and(|change| change.value == "exact");
    let Some(first) = amounts.first() else { return };
    if let Some(at) = amounts.iter().find(|at| exact && at.value < 0.0) {
        problems.push(Problem::at(&at.place, format!("{} is no number of {}s", at.value, part.member())));
    } else if !exact && amounts.iter().all(|at| at.value == 0.0) {
        problems.push(Problem::at(&first.place, "an amount of 0 changes nothing").help("below 0 removes"));
    }
    for (key, verb, wrong) in [("above", "removes", -1.0), ("below", "adds", 1.0)] {
        let against = amounts.iter().find(|at| table.has(key) && !exact && at.value * wrong > 0.0);
        if let Some(at) = against {
            problems.warn(format!(
                "deployment `{}`: amount {} {verb} {}s while the metric is {key} its threshold",
                part.name,
                at.value,
                part.member()
            ));
        }
    }
}

fn history(part: &Part<'_>, problems: &mut Problems) {
    if let Some(duration) = part.application.settings.duration.as_ref().filter(|at| at.value <= HISTORY) {
        problems.warn(format!(
            "deployment `{}`: predictive scaling forecasts nothing before it knows {HISTORY}; in {} it never acts",
            part.name, duration.value
        ));
    }
}

/// Scheduled actions, against the sizes that `size` and they themselves allow.
fn actions(part: &Part<'_>, policies: &[&Table], problems: &mut Problems) {
    for policy in policies {
        if let Some(node) =
            policy.get("actions").filter(|node| matches!(&node.value, Value::List(all) if all.is_empty()))
        {
            problems.push(Problem::at(&node.place, "the list of actions is empty").help("leave the policy out"));
        }
    }
    let all = || policies.iter().flat_map(|policy| policy.list("actions").unwrap_or_default());
    let stated = |key: &'static str| all().filter_map(move |node| Some(node.as_table()?.count32(key)?.value));
    let size = |key: &str| Some(part.table.table("size")?.count32(key)?.value);
    let (Some(least), Some(most)) = (size("least"), size("most")) else { return };
    let (least, most) = (stated("least").fold(least, u32::min), stated("most").fold(most, u32::max));
    for node in all() {
        bounds(part, node, (least, most), problems);
        instant(part, node, problems);
    }
}

fn bounds(part: &Part<'_>, node: &Node, (least, most): (u32, u32), problems: &mut Problems) {
    let Some(action) = node.as_table() else { return };
    let own = |key: &str, usual: u32| action.count32(key).map_or(usual, |at| at.value);
    let (fewest, highest) = (own("least", least), own("most", most));
    if fewest > highest {
        let message = format!("this action asks for {fewest} {0}s at least and {highest} at most", part.member());
        problems.push(Problem::at(&node.place, message).help("`most` of the action or of `size` is too small"));
    } else if let Some(at) = action.count32("desired").filter(|at| !(fewest..=highest).contains(&at.value)) {
        let message = format!("{} {}s are desired; {fewest} to {highest} are allowed", at.value, part.member());
        problems.push(Problem::at(&at.place, message).help("`size` says how far it may go, or `most` of an action"));
    }
}

/// Warns of what never comes.
fn instant(part: &Part<'_>, node: &Node, problems: &mut Problems) {
    let Some(action) = node.as_table() else { return };
    if let Some(when) = timetable::never_comes(part.application.settings, action) {
        problems.warn(format!("deployment `{}`: the scheduled action at {when}", part.name));
    }
}

/// Warns of how members start where none ever does.
pub fn starts(part: &Part<'_>, spec: &FleetSpec, problems: &mut Problems) {
    if spec.changes() {
        return;
    }
    for key in ["launch", "warm_pool"].into_iter().filter(|key| part.table.has(key)) {
        problems.warn(format!(
            "deployment `{}`: `{key}` changes nothing: the number of {1}s is fixed and no {1} ever starts",
            part.name,
            part.member()
        ));
    }
}

/// `size` without anybody who uses it.
pub fn is_scaled(part: &Part<'_>, fixed: &str, (least, most): (u32, u32), problems: &mut Problems) {
    if let Some(size) = part.table.entry("size").filter(|_| !part.table.has("scaling") && least < most) {
        let message = format!("`size` without `scaling`: nobody ever changes the number of {}s", part.member());
        problems.push(Problem::at(&size.key_place, message).help(format!("a fixed number is `{fixed}`")));
    }
}
