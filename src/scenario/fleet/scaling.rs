//! Who changes the number of servers: key `scaling`.

use super::super::deployments::{Deployed, Part};
use super::super::document::{Node, Table, Value};
use super::super::problem::{Problem, Problems};
use super::super::timetable;
use crate::policy::scaling::{
    Alarm, Change, Metric, Policy, Predictive, ScalerSpec, Scheduled, ScheduledAction, Side, Signal, Simple, Step,
    StepAdjustment, TargetTracking,
};
use crate::units::{Ratio, Share, Span};

/// The policies of an auto scaling group; `None` if nobody scales.
pub fn group(part: &Part<'_>, problems: &mut Problems) -> Option<ScalerSpec> {
    part.table.get("scaling")?;
    let nodes = policies(part);
    let policies = nodes.iter().filter_map(|node| policy(part, node, problems)).collect();
    super::checks::policies(part, nodes, problems);
    Some(ScalerSpec::Group(policies))
}

/// One, or a list.
fn policies<'a>(part: &Part<'a>) -> &'a [Node] {
    match part.table.get("scaling") {
        Some(Node { value: Value::List(nodes), .. }) => nodes,
        Some(node) => std::slice::from_ref(node),
        None => &[],
    }
}

fn policy(part: &Part<'_>, node: &Node, problems: &mut Problems) -> Option<Policy> {
    let table = node.as_table()?;
    match table.text("policy")?.value {
        "target-tracking" => target_tracking(part, table, problems).map(Policy::TargetTracking),
        "step" => step(part, table, problems).map(Policy::Step),
        "simple" => simple(part, table, problems).map(Policy::Simple),
        "scheduled" => scheduled(part, table, problems).map(Policy::Scheduled),
        "predictive" => predictive(table).map(Policy::Predictive),
        _ => None,
    }
}

pub fn metric(table: &Table) -> Metric {
    match table.text("metric").map(|metric| metric.value) {
        Some("requests") => Metric::Requests,
        Some("concurrency") => Metric::Concurrency,
        Some("backlog") => Metric::Backlog,
        Some(_) | None => Metric::Utilization,
    }
}

pub(in crate::scenario) fn span(table: &Table, key: &str, default: Span) -> Span {
    table.quantity(key).map_or(default, |at| at.value)
}

fn signal(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Signal {
    let period = usual_period(part, table, problems);
    let delay = part.pack.quantity("metric-delay");
    Signal { metric: metric(table), point: span(table, "period", period), delay: span(table, "delay", delay) }
}

/// By key `monitoring`: servers report their cores each minute if they are told to, else less often.
fn usual_period(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Span {
    const BASIC: &str = "metric-period-basic";
    let detailed = part.pack.quantity("metric-period");
    let Some(monitoring) = table.text("monitoring") else { return detailed };
    let problem = |message: String| Problem::at(&monitoring.place, message);
    if table.has("period") {
        problems.push(problem("`monitoring` and `period` exclude each other".to_owned()));
    } else if metric(table) != Metric::Utilization {
        problems.push(problem("`monitoring` is of `cpu`; nobody switches the other metrics".to_owned()));
    } else if !part.pack.has(BASIC) {
        problems.push(
            problem(format!("`{}` knows one kind of monitoring", part.pack.name())).help("`period` says how often"),
        );
    } else if monitoring.value == "basic" {
        return part.pack.quantity(BASIC);
    }
    detailed
}

/// What the policies take from the pack.
pub(in crate::scenario) fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    let measures =
        |table: &&Table| !matches!(table.text("policy").map(|at| at.value), Some("scheduled" | "predictive"));
    let tables: Vec<&Table> = policies(part).iter().filter_map(Node::as_table).filter(measures).collect();
    let any_without = |key: &str| tables.iter().any(|table| !table.has(key));
    if any_without("delay") {
        part.assume(deployed, "metric-delay", part.pack.value("metric-delay"));
    }
    let by_default =
        |table: &&Table| !table.has("period") && table.text("monitoring").is_none_or(|at| at.value != "basic");
    if tables.iter().any(by_default) {
        let free = if part.pack.has("metric-period-basic") {
            ", which for cpu is switched on and not billed here"
        } else {
            ""
        };
        part.assume(deployed, "metric-period", part.pack.value("metric-period") + free);
    }
}

fn target_tracking(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<TargetTracking> {
    let target = table.quantity::<Ratio>("target")?.value.value();
    let usual = match part.pack.model() {
        "tasks" => TargetTracking::application(metric(table), target),
        _ => TargetTracking::ec2(metric(table), target),
    };
    Some(TargetTracking {
        signal: signal(part, table, problems),
        high_for: span(table, "high_for", usual.high_for),
        low_for: span(table, "low_for", usual.low_for),
        low: table.quantity::<Share>("low").map_or(usual.low, |low| low.value.value()),
        cooldown_out: span(table, "cooldown_out", usual.cooldown_out),
        cooldown_in: span(table, "cooldown_in", usual.cooldown_in),
        scale_in: table.flag("scale_in").unwrap_or(usual.scale_in),
        ..usual
    })
}

/// Keys `above` or `below`: just one of them.
fn alarm(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<Alarm> {
    let (above, below) = (table.quantity::<Ratio>("above"), table.quantity::<Ratio>("below"));
    let (side, threshold) = match (above, below) {
        (Some(above), None) => (Side::Above, above),
        (None, Some(below)) => (Side::Below, below),
        (Some(_), Some(below)) => {
            problems.push(Problem::at(&below.place, "`above` and `below` exclude each other; write two policies"));
            return None;
        }
        (None, None) => {
            if !table.has("above") && !table.has("below") {
                let problem = Problem::at(&table.place, "nothing says when this policy acts");
                problems.push(problem.help("`above = \"70%\"` or `below = \"30%\"`"));
            }
            return None;
        }
    };
    let points = table.count32("points").map_or(1, |points| points.value);
    Some(Alarm { signal: signal(part, table, problems), side, threshold: threshold.value.value(), points })
}

fn change(table: &Table) -> Change {
    match table.text("change").map(|change| change.value) {
        Some("exact") => Change::Exact,
        Some("percent") => Change::Percent { least: table.count32("at_least").map_or(1, |least| least.value) },
        Some(_) | None => Change::Count,
    }
}

/// A whole number of servers or percent.
fn amount(table: &Table, problems: &mut Problems) -> Option<i32> {
    let amount = table.number("amount")?;
    if amount.value.fract() != 0.0 {
        problems.push(Problem::at(&amount.place, format!("{} is not a whole number", amount.value)));
        return None;
    }
    Some(amount.value as i32)
}

fn step(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<Step> {
    let adjustment = |node: &Node, problems: &mut Problems| {
        let step = node.as_table()?;
        let end = |key: &str| step.number(key).map(|end| end.value);
        let (lower, upper) = (end("from"), end("to"));
        if let (Some(from), Some(to)) = (lower, upper)
            && from >= to
        {
            problems.push(Problem::at(&node.place, format!("this step goes from {from} to {to}: it is empty")));
        }
        Some(StepAdjustment { lower, upper, amount: amount(step, problems)? })
    };
    let steps = table.list("steps").unwrap_or_default();
    let steps: Vec<StepAdjustment> = steps.iter().filter_map(|node| adjustment(node, problems)).collect();
    if steps.is_empty() {
        problems.push(Problem::at(&table.place, "this policy has no steps"));
    }
    Some(Step { alarm: alarm(part, table, problems)?, change: change(table), steps })
}

fn simple(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<Simple> {
    let amount = amount(table, problems)?;
    let cooldown = span(table, "cooldown", part.pack.quantity("cooldown"));
    Some(Simple { alarm: alarm(part, table, problems)?, change: change(table), amount, cooldown })
}

fn predictive(table: &Table) -> Option<Predictive> {
    let target = table.quantity::<Ratio>("target")?.value.value();
    let usual = Predictive::new(metric(table), target);
    Some(Predictive { pre_launch: span(table, "pre_launch", usual.pre_launch), ..usual })
}

fn scheduled(part: &Part<'_>, table: &Table, problems: &mut Problems) -> Option<Scheduled> {
    let mut actions = Vec::new();
    for node in table.list("actions").unwrap_or_default() {
        let Some(action) = node.as_table() else { continue };
        let count = |key: &str| action.count32(key).map(|count| count.value);
        let (least, most, desired) = (count("least"), count("most"), count("desired"));
        if [least, most, desired].iter().all(Option::is_none) {
            let problem = Problem::at(&node.place, "this action sets nothing");
            problems.push(problem.help("`least`, `most` or `desired`"));
        }
        let set = |at| ScheduledAction { at, least, most, desired };
        actions.extend(timetable::instants(part.application.settings, action, node, problems).into_iter().map(set));
    }
    actions.sort_by_key(|action| action.at);
    Some(Scheduled { actions: actions.into() })
}
