//! What two sides rest on that is not the same.

use serde::{Deserialize, Serialize};

use super::side::Side;
use crate::results::Assumption;

/// A price or another figure that the scenario does not state; `null` where a side does not rest on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssumptionChange {
    /// As the head calls it; `null` for all.
    pub deployment: Option<String>,
    /// `keep-alive`, `price of requests`, ...
    pub subject: String,
    /// With its date.
    pub base: Option<String>,
    pub head: Option<String>,
}

/// For a reader: `seed 1 → 2`.
pub fn differs(base: &Side, head: &Side) -> Vec<String> {
    let mut differs = Vec::new();
    for ((what, before), (_, after)) in base.facts.iter().zip(&head.facts) {
        if before != after {
            differs.push(format!("{what} {before} → {after}"));
        }
    }
    if let Some([before, after]) = versions(base, head) {
        differs.push(format!("version {before} → {after}"));
    }
    differs.extend(values(base, head));
    if differs.is_empty() && base.info.hash != head.info.hash {
        differs.push("what the deployments are, or their prices".to_owned());
    }
    differs
}

/// Where both are known and not the same.
fn versions(base: &Side, head: &Side) -> Option<[String; 2]> {
    let [before, after] = [base.info.version.clone()?, head.info.version.clone()?];
    (before != after).then_some([before, after])
}

/// Keys of the scenario, which a sweep remembers. What is varied differs by design.
fn values(base: &Side, head: &Side) -> Vec<String> {
    let of = |side: &Side, path: &str| {
        side.values.iter().find(|(known, _)| known == path).map_or("absent".to_owned(), |(_, value)| value.clone())
    };
    let stated = |path: &str| ["scenario.seed", "scenario.replications", "scenario.name"].contains(&path);
    let mut paths: Vec<&str> = Vec::new();
    for (path, _) in base.values.iter().chain(&head.values) {
        if !paths.contains(&path.as_str()) && !stated(path) && !path.starts_with("sweep") {
            paths.push(path);
        }
    }
    let changed = paths.into_iter().filter(|path| of(base, path) != of(head, path));
    changed.map(|path| format!("{path} {} → {}", of(base, path), of(head, path))).collect()
}

/// Assumptions that differ, or that one side alone makes. `called`: what the head calls a deployment of the base.
/// Deployments of one side only are left out: all that they rest on is new or gone.
pub fn assumptions(base: &Side, head: &Side, called: &dyn Fn(&str) -> String) -> Vec<AssumptionChange> {
    let both = |name: &Option<String>| name.as_ref().is_none_or(|name| head.has(name));
    let ours: Vec<Assumption> = base
        .assumptions
        .iter()
        .map(|one| Assumption { deployment: one.deployment.as_deref().map(called), ..one.clone() })
        .filter(|one| both(&one.deployment))
        .collect();
    let old: Vec<String> = base.names().iter().map(|name| called(name)).collect();
    let mut changes = Vec::new();
    for one in &ours {
        let other = find(&head.assumptions, one);
        if other.is_none_or(|other| said(other) != said(one)) {
            changes.push(change(one, Some(said(one)), other.map(said)));
        }
    }
    for one in &head.assumptions {
        if one.deployment.as_ref().is_none_or(|name| old.contains(name)) && find(&ours, one).is_none() {
            changes.push(change(one, None, Some(said(one))));
        }
    }
    changes
}

fn find<'a>(all: &'a [Assumption], like: &Assumption) -> Option<&'a Assumption> {
    all.iter().find(|one| one.deployment == like.deployment && one.subject == like.subject)
}

fn change(of: &Assumption, base: Option<String>, head: Option<String>) -> AssumptionChange {
    AssumptionChange { deployment: of.deployment.clone(), subject: of.subject.clone(), base, head }
}

/// `0.0000002 USD per request (2026)`.
fn said(one: &Assumption) -> String {
    if one.date.is_empty() { one.value.clone() } else { format!("{} ({})", one.value, one.date) }
}
