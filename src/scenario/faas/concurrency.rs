//! How many instances and executions a function may have.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::deployments::Part;
use super::super::document::Table;
use super::super::problem::{Place, Problem, Problems};
use super::function::Layers;
use super::limits::account;
use crate::platform::faas::FunctionSpec;

pub struct Concurrency {
    pub per_instance: u32,
    pub reserved: Option<u32>,
    pub provisioned: u32,
}

pub fn read(part: &Part<'_>, layers: &Layers<'_>) -> Concurrency {
    let (own, common) = layers.sub("concurrency").unwrap_or((None, None));
    let count = |key: &str| {
        let holder = own.filter(|own| own.has(key)).or(common)?;
        holder.count32(key).map(|count| count.value)
    };
    Concurrency {
        per_instance: count("per_instance").unwrap_or_else(|| part.pack.count("concurrency-per-instance")),
        reserved: count("reserved"),
        provisioned: count("provisioned").unwrap_or(0),
    }
}

/// What functions take together must fit the account.
pub fn check(part: &Part<'_>, named: &BTreeMap<String, Arc<FunctionSpec>>, problems: &mut Problems) {
    let place = part.table.get("concurrency").map_or(&part.table.place, |node| &node.place);
    check_trace(part, problems);
    check_per_instance(part, named, problems);
    check_single(part, named, place, problems);
    let reserved: u64 = named.values().filter_map(|function| function.reserved).map(u64::from).sum();
    let provisioned_only = named.values().filter(|function| function.reserved.is_none());
    let provisioned: u64 = provisioned_only.map(|function| u64::from(function.provisioned)).sum();
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
        if let Some(reserved) = function.reserved.filter(|reserved| function.provisioned > *reserved) {
            let message = format!("function `{name}` has {} provisioned and {reserved} reserved", function.provisioned);
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
    for key in ["reserved", "provisioned"] {
        let entry = part.table.table("concurrency").and_then(|table: &Table| table.entry(key));
        if let Some(entry) = entry {
            let message = format!("`{key}` cannot hold for every function of a trace");
            let help = format!("state it for one: `[deployments.{}.functions.NAME]`", part.name);
            problems.push(Problem::at(&entry.key_place, message).help(help));
        }
    }
}
