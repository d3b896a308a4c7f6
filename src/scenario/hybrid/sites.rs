//! The sites that a route names.

use super::super::deployments::Neighbour;
use super::super::document::Table;
use super::super::problem::{Problem, Problems, shortened};
use super::super::read::At;
use super::{Member, Router};
use crate::policy::route::MOST_SITES;

/// The sites in the order in which the rule counts them; `None` if one is wrong and reported.
pub fn read<'a>(
    router: &Router<'a>,
    neighbours: &'a [Neighbour<'a>],
    problems: &mut Problems,
) -> Option<Vec<Member<'a>>> {
    let names = names(router);
    if names.is_empty() {
        if let Some(node) = router.route.get("order").or_else(|| router.route.get("weights")) {
            problems.push(Problem::at(&node.place, format!("`{}` has no site to send anything to", router.name)));
        }
        return None;
    }
    if let Some(beyond) = names.get(MOST_SITES as usize) {
        problems.push(Problem::at(&beyond.place, format!("{} sites; at most {MOST_SITES}", names.len())));
        return None;
    }
    check_distinct(router, &names, problems);
    let members: Vec<Option<Member<'a>>> =
        names.into_iter().map(|name| member(router, name, neighbours, problems)).collect();
    let members: Vec<Member<'a>> = members.into_iter().collect::<Option<_>>()?;
    check_currency(&members, problems);
    Some(members)
}

fn names<'a>(router: &Router<'a>) -> Vec<At<&'a str>> {
    let route = router.route;
    let weights = route.table("weights").map_or(&[][..], |weights: &Table| &weights.entries);
    let weighted = weights.iter().map(|entry| At { value: entry.key.as_str(), place: entry.key_place.clone() });
    let order = route.list("order").unwrap_or_default().iter();
    let ordered = order.filter_map(|node| Some(At { value: node.text()?, place: node.place.clone() }));
    let pair = ["base", "burst"].into_iter().filter_map(|key| route.text(key));
    match router.policy {
        "weighted" => weighted.collect(),
        "failover" => ordered.collect(),
        _ => pair.collect(),
    }
}

fn check_distinct(router: &Router<'_>, names: &[At<&str>], problems: &mut Problems) {
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|other| other.value == name.value) {
            let twice = shortened(name.value);
            problems.push(match router.policy {
                "failover" => Problem::at(&name.place, format!("`{twice}` stands twice in the order")),
                _ => Problem::at(&name.place, format!("`base` and `burst` are both `{twice}`"))
                    .help("a router needs two deployments to choose from"),
            });
        }
    }
}

fn member<'a>(
    router: &Router<'a>,
    name: At<&'a str>,
    neighbours: &'a [Neighbour<'a>],
    problems: &mut Problems,
) -> Option<Member<'a>> {
    let place = &name.place;
    let Some(found) = neighbours.iter().find(|neighbour| neighbour.name.value == name.value) else {
        let sites = neighbours.iter().filter(|neighbour| !neighbour.table.has("route"));
        let problem = Problem::at(place, format!("there is no deployment `{}`", shortened(name.value)));
        problems.push(problem.nearest(name.value, "a deployment", sites.map(|neighbour| neighbour.name.value)));
        return None;
    };
    if found.table.has("route") {
        let problem = match found.name.value == router.name {
            true => Problem::at(place, format!("`{}` names itself as a site", router.name)),
            false => Problem::at(place, format!("`{}` is a router too", found.name.value)),
        };
        problems.push(problem.help("a site is a deployment with a `platform`"));
        return None;
    }
    let deployment = found.made.as_ref()?;
    let site = deployment.sites.first()?.clone();
    Some(Member { name, deployment, table: found.table, site, transfer: None, latency: None })
}

fn check_currency(members: &[Member<'_>], problems: &mut Problems) {
    let Some((first, others)) = members.split_first() else { return };
    for other in others {
        let [a, b] = [first, other].map(|member| (member.name.value, member.site.tariff.currency.code()));
        if a.1 != b.1 {
            let message = format!("`{}` is billed in {}, `{}` in {}", a.0, a.1, b.0, b.1);
            problems.push(
                Problem::at(&other.name.place, message)
                    .help("the sites of a router are billed in one currency; nothing here converts"),
            );
        }
    }
}
