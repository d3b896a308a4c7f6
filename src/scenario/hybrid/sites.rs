//! The sites that a route names.

use super::super::deployments::Neighbour;
use super::super::document::Table;
use super::super::problem::{Problem, Problems, shortened};
use super::super::read::At;
use super::{Member, Router};
use crate::policy::route::MOST_SITES;
use crate::units::Currency;

/// The sites in the order in which the rule counts them; `None` if one is wrong and reported.
pub fn read<'a>(
    router: &Router<'a>,
    neighbours: &'a [Neighbour<'a>],
    problems: &mut Problems,
) -> Option<Vec<Member<'a>>> {
    let names = names(router);
    let list = match router.policy {
        "failover" => router.route.get("order"),
        "weighted" => router.route.get("weights"),
        // A missing one is a matter of form, and reported.
        _ if names.len() < 2 => return None,
        _ => None,
    };
    if let Some(node) = list.filter(|_| names.is_empty()) {
        problems.push(Problem::at(&node.place, format!("`{}` has no site to send anything to", router.name)));
        return None;
    }
    if let Some(beyond) = names.get(MOST_SITES as usize) {
        problems.push(Problem::at(&beyond.place, format!("{} sites; at most {MOST_SITES}", names.len())));
        return None;
    }
    if !are_distinct(router, &names, problems) {
        return None;
    }
    let members: Vec<Option<Member<'a>>> =
        names.into_iter().map(|name| member(router, name, neighbours, problems)).collect();
    let members: Vec<Member<'a>> = members.into_iter().collect::<Option<_>>()?;
    let billed: Vec<_> = members.iter().map(|member| (&member.name, member.site.tariff.currency)).collect();
    check_currency(&billed, problems);
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

fn are_distinct(router: &Router<'_>, names: &[At<&str>], problems: &mut Problems) -> bool {
    let before = problems.len();
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
    problems.len() == before
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

fn check_currency(sites: &[(&At<&str>, Currency)], problems: &mut Problems) {
    let Some(((first, currency), others)) = sites.split_first() else { return };
    for (other, foreign) in others.iter().filter(|(_, other)| other != currency) {
        let (currency, foreign) = (currency.code(), foreign.code());
        let message = format!("`{}` is billed in {currency}, `{}` in {foreign}", first.value, other.value);
        let help = "the sites of a router are billed in one currency; nothing here converts";
        problems.push(Problem::at(&other.place, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Place;

    #[test]
    fn sites_are_billed_in_one_currency() {
        let names = ["own", "near", "far"].map(|value| At { value, place: Place::new(0, 0..1) });
        let check = |currencies: [Currency; 3]| {
            let mut problems = Problems::default();
            let sites: Vec<_> = names.iter().zip(currencies).collect();
            check_currency(&sites, &mut problems);
            problems
        };
        assert!(check([Currency::Eur; 3]).is_empty());
        let problems = check([Currency::Usd, Currency::Usd, Currency::Cny]);
        assert_eq!(problems.len(), 1);
        assert!(problems.to_string().contains("`own` is billed in USD, `far` in CNY"), "{problems}");
    }
}
