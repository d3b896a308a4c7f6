//! How many instances and executions a function may have.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::deployments::Part;
use super::super::document::{Node, Table, Value};
use super::super::problem::{Place, Problem, Problems};
use super::super::timetable;
use super::function::Layers;
use super::limits::account;
use crate::platform::faas::{FunctionSpec, Provisioned};
use crate::units::SimTime;

pub struct Concurrency {
    pub per_instance: u32,
    pub reserved: Option<u32>,
    pub provisioned: Provisioned,
}

pub fn read(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> Concurrency {
    let (own, common) = layers.sub("concurrency").unwrap_or((None, None));
    let count = |key: &str| {
        let holder = own.filter(|own| own.has(key)).or(common)?;
        holder.count32(key).map(|count| count.value)
    };
    Concurrency {
        per_instance: count("per_instance").unwrap_or_else(|| part.pack.count("concurrency-per-instance")),
        reserved: count("reserved"),
        provisioned: match own.filter(|own| own.has("scheduled") || own.has("provisioned")).or(common) {
            Some(holder) => provisioned(part, holder, count("provisioned"), problems),
            None => Provisioned::default(),
        },
    }
}

/// What stands under `scheduled`, from `first` instances on or from what its latest action before the window asked for. Of
/// actions at one instant the last one counts.
fn provisioned(part: &Part<'_>, table: &Table, first: Option<u32>, problems: &mut Problems) -> Provisioned {
    let settings = part.application.settings;
    let mut changes = Vec::new();
    let mut before: Option<(SimTime, u32)> = None;
    for node in table.list("scheduled").unwrap_or_default() {
        let Some(action) = node.as_table() else { continue };
        let Some(level) = action.count32("provisioned").map(|count| count.value) else { continue };
        changes.extend(timetable::instants(settings, action, node, problems).into_iter().map(|at| (at, level)));
        let last = timetable::before_start(settings, action).map(|at| (at, level));
        before = if last.map(|(at, _)| at) >= before.map(|(at, _)| at) { last } else { before };
    }
    // What never comes is warned of, and neither admitted to the account nor taken from the free tier.
    let end = settings.duration.as_ref().map_or(SimTime::END, |duration| SimTime::ZERO + duration.value);
    changes.retain(|(at, _)| *at < end);
    changes.sort_by_key(|(at, _)| *at);
    // Of those at one instant the last one stays; removing looks from the front, so the list is turned round.
    changes.reverse();
    changes.dedup_by_key(|(at, _)| *at);
    changes.reverse();
    Provisioned { first: first.or(before.map(|(_, level)| level)).unwrap_or(0), changes: changes.into() }
}

/// Actions that say nothing or never come.
fn check_scheduled(part: &Part<'_>, problems: &mut Problems) {
    let own = part.table.table("functions").into_iter().flat_map(|functions| functions.tables().map(|(_, own)| own));
    for table in own.chain([part.table]).filter_map(|table| table.table("concurrency")) {
        let Some(node) = table.get("scheduled") else { continue };
        let Value::List(actions) = &node.value else { continue };
        if actions.is_empty() {
            problems.push(Problem::at(&node.place, "the list of actions is empty").help("leave `scheduled` out"));
        }
        // With `provisioned` the window opens with that, whatever came before.
        let opens = |action: &&Table| {
            !table.has("provisioned") && timetable::before_start(part.application.settings, action).is_some()
        };
        for action in actions.iter().filter_map(Node::as_table).filter(|action| !opens(action)) {
            if let Some(when) = timetable::never_comes(part.application.settings, action) {
                problems.warn(format!("deployment `{}`: the change of `provisioned` at {when}", part.name));
            }
        }
    }
}

/// What functions take together must fit the account.
pub fn check(part: &Part<'_>, named: &BTreeMap<String, Arc<FunctionSpec>>, problems: &mut Problems) {
    let place = place(part);
    check_trace(part, problems);
    check_per_instance(part, named, problems);
    check_single(part, named, place, problems);
    check_scheduled(part, problems);
    let reserved: u64 = named.values().filter_map(|function| function.reserved).map(u64::from).sum();
    let provisioned_only = named.values().filter(|function| function.reserved.is_none());
    let provisioned: u64 = provisioned_only.map(|function| u64::from(function.provisioned.most())).sum();
    let Some(account) = account(part) else { return };
    let kept = part.pack.count("unreserved-least");
    let taken = reserved + provisioned;
    if taken > u64::from(account.saturating_sub(kept)) && taken > 0 {
        let message =
            format!("reserved and provisioned concurrency sum to {taken}; an account of {account} keeps {kept} free");
        let most = account.saturating_sub(kept);
        problems.push(Problem::at(place, message).help(format!("at most {most} in all, or a larger `account`")));
    }
}

/// What an argument says of concurrency, if one does; else the section.
fn place<'a>(part: &Part<'a>) -> &'a Place {
    let section = part.table.get("concurrency");
    let own = part.table.table("functions").into_iter().flat_map(|functions| functions.tables());
    let own = own.filter_map(|(_, function)| function.get("concurrency"));
    let said = section.into_iter().chain(own).map(Node::latest_place).max_by_key(|place| place.origin);
    let said = said.filter(|place| place.origin > 0);
    said.or(section.map(|node| &node.place)).unwrap_or(&part.table.place)
}

/// Not an error: it shows what a platform would cost that could do it.
fn check_per_instance(part: &Part<'_>, named: &BTreeMap<String, Arc<FunctionSpec>>, problems: &mut Problems) {
    let per_instance = part.pack.count("concurrency-per-instance");
    if named.values().any(|function| function.concurrency > per_instance) {
        problems.warn(format!(
            "deployment `{}`: `{}` runs {per_instance} invocation an instance; `per_instance` says more",
            part.name,
            part.pack.name()
        ));
    }
}

/// A reserved function cannot have more instances that are always there than it may have at all.
fn check_single(part: &Part<'_>, named: &BTreeMap<String, Arc<FunctionSpec>>, place: &Place, problems: &mut Problems) {
    let mut names: Vec<&String> = named.keys().collect();
    names.sort_unstable();
    for name in names {
        let function = &named[name];
        let provisioned = function.provisioned.most();
        if let Some(reserved) = function.reserved.filter(|reserved| provisioned > *reserved) {
            let message = format!("function `{name}` has {provisioned} provisioned and {reserved} reserved");
            problems.push(Problem::at(place, message).help("provisioned instances are part of the reserved ones"));
        }
        if function.reserved == Some(0) {
            problems.warn(format!("deployment `{}`: function `{name}` reserves 0 and is stopped", part.name));
        }
    }
}

/// Nobody knows how many functions a trace has before it is read.
fn check_trace(part: &Part<'_>, problems: &mut Problems) {
    if part.application.traces.is_empty() {
        return;
    }
    for key in ["reserved", "provisioned", "scheduled"] {
        let entry = part.table.table("concurrency").and_then(|table: &Table| table.entry(key));
        if let Some(entry) = entry {
            let message = format!("`{key}` cannot hold for every function of a trace");
            let help = format!("state it for one: `[deployments.{}.functions.NAME]`", part.name);
            problems.push(Problem::at(&entry.key_place, message).help(help));
        }
    }
}
