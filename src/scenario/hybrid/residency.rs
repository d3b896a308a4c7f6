//! Where data may go: key `residency` of a route, and `data_class` of functions.

use std::collections::BTreeMap;

use super::super::document::{Entry, Value};
use super::super::functions::Function;
use super::super::problem::{Problem, Problems, shortened};
use super::super::read::At;
use super::{Member, Router};
use crate::policy::route::{SiteIndex, SiteSet};

/// By function, of those whose data has a class.
pub fn read(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> BTreeMap<String, SiteSet> {
    let classes = router.route.table("residency").map_or(&[][..], |table| &table.entries);
    let known: Vec<Option<SiteSet>> = classes.iter().map(|class| sites(router, class, members, problems)).collect();
    for class in classes {
        warn_of_unused(router, class, problems);
    }
    let mut allowed = BTreeMap::new();
    for function in router.application.functions {
        let Some(class) = &function.data_class else { continue };
        if classes.is_empty() {
            warn(router, function, class, problems);
            continue;
        }
        let found = classes.iter().position(|entry| entry.key == class.value);
        let Some(found) = found else {
            problems.push(unsaid(router, class, classes));
            continue;
        };
        let Some(sites) = known[found].map(|sites| serving(router, members, sites)) else { continue };
        if sites.is_empty() {
            problems.push(unmet(router, function, class, &classes[found]));
        }
        allowed.insert(function.name.clone(), sites);
    }
    allowed
}

/// The sites of one class; `None` if one of them is wrong and reported.
fn sites(router: &Router<'_>, class: &Entry, members: &[Member<'_>], problems: &mut Problems) -> Option<SiteSet> {
    let Value::List(nodes) = &class.node.value else { return None };
    let mut indices = Vec::new();
    for node in nodes {
        let Some(name) = node.text() else { continue };
        match members.iter().position(|member| member.name.value == name) {
            Some(index) => indices.push(Some(SiteIndex(index as u32))),
            None => {
                indices.push(None);
                let message = format!("`{}` is not a site of `{}`", shortened(name), router.name);
                let names = members.iter().map(|member| member.name.value);
                problems.push(Problem::at(&node.place, message).nearest(name, "a site", names));
            }
        }
    }
    indices.into_iter().collect::<Option<Vec<_>>>().map(SiteSet::of)
}

/// Without those to which nothing is ever sent.
fn serving(router: &Router<'_>, members: &[Member<'_>], sites: SiteSet) -> SiteSet {
    let weights = router.route.table("weights");
    let idle = |member: &Member<'_>| weights.is_some_and(|w| w.count(member.name.value).is_some_and(|w| w.value == 0));
    let serving = members.iter().enumerate().filter(|(_, member)| !idle(member));
    sites.and(SiteSet::of(serving.map(|(index, _)| SiteIndex(index as u32))))
}

fn warn_of_unused(router: &Router<'_>, class: &Entry, problems: &mut Problems) {
    let mut classes = router.application.functions.iter().filter_map(|function| function.data_class.as_ref());
    if !classes.any(|known| known.value == class.key) {
        let class = shortened(&class.key);
        problems.warn(format!("deployment `{}`: no function has data of class `{class}`", router.name));
    }
}

fn warn(router: &Router<'_>, function: &Function, class: &At<String>, problems: &mut Problems) {
    problems.warn(format!(
        "deployment `{}` has no `residency`: data of class `{}`, of function `{}`, may go to any of its sites",
        router.name, class.value, function.name
    ));
}

fn unsaid(router: &Router<'_>, class: &At<String>, classes: &[Entry]) -> Problem {
    let message =
        format!("`residency` of deployment `{}` does not say which sites may hold `{}`", router.name, class.value);
    Problem::at(&class.place, message).nearest(&class.value, "a class", classes.iter().map(|entry| entry.key.as_str()))
}

fn unmet(router: &Router<'_>, function: &Function, class: &At<String>, entry: &Entry) -> Problem {
    let message =
        format!("no site of `{}` may serve function `{}`: its data is `{}`", router.name, function.name, class.value);
    Problem::at(&entry.node.place, message).help("name a site that may hold this data, and that gets invocations")
}
