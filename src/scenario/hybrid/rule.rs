//! The rule of a router, and how it is called in one line.

use super::super::plan::Model;
use super::super::problem::{Problem, Problems};
use super::super::read::At;
use super::{Member, Router, costs};
use crate::policy::Share;
use crate::policy::route::{Bursting, Pair, Route, Sharing, SiteIndex, UtilizationThresholds};
use crate::units::{self, Span};

pub struct Rule {
    pub route: Route,
    pub summary: String,
}

const PAIR: Pair = Pair { base: SiteIndex(0), burst: SiteIndex(1) };

/// `None` if it is wrong and reported.
pub fn read(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    if matches!(router.policy, "utilization" | "queue") {
        warn_of_endless_base(router, members, problems);
    }
    match router.policy {
        "utilization" => utilization(router, members, problems),
        "queue" => queue(router, members, problems),
        "deadline" => deadline(router, members, problems),
        "cheapest-marginal" => cheapest(router, members, problems),
        "weighted" => weighted(router, members, problems),
        "spill" => spill(router, members, problems),
        "failover" => Some(failover(members)),
        _ => None,
    }
}

/// A base that takes whatever comes is never busy beyond a share of its places.
fn warn_of_endless_base(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) {
    let [base, burst, ..] = members else { return };
    if let Model::Faas(spec) = &base.deployment.model
        && (router.policy == "queue" || spec.limits.account_concurrency.is_none())
    {
        problems.warn(format!(
            "deployment `{}`: nothing waits at `{}`, so `{}` never sends anything to `{}`",
            router.name, base.name.value, router.policy, burst.name.value
        ));
    }
}

fn utilization(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    let share = |key| router.route.quantity::<units::Share>(key);
    let time = |key| router.route.quantity::<Span>(key).map_or(Span::ZERO, |time| time.value);
    let above = share("above").map_or(0.8, |above| above.value.value());
    let below = share("below").map_or(0.75 * above, |below| below.value.value());
    if let Some(at) = share("below").filter(|_| below >= above) {
        let message = format!("below {} is not less than above {}", percent(below), percent(above));
        let help = "between the two nothing changes, so that the router does not flutter";
        problems.push(Problem::at(&at.place, message).help(help));
        return None;
    }
    let thresholds = UtilizationThresholds {
        above: Share::from_f64(above),
        above_for: time("above_for"),
        below: Share::from_f64(below),
        below_for: time("below_for"),
    };
    let bursting = match router.route.text("bursting").map(|word| word.value) {
        Some("excess") => Bursting::Excess,
        _ => Bursting::All,
    };
    let summary = format!("{}, {} above {} busy", name(members, 0), name(members, 1), percent(above));
    Some(Rule { route: Route::Utilization { pair: PAIR, thresholds, bursting }, summary })
}

fn queue(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    let above = router.route.count32("above")?.value;
    let below = router.route.count32("below");
    if let Some(at) = below.as_ref().filter(|below| below.value >= above) {
        let message = format!("below {} is not less than above {above}", at.value);
        problems.push(Problem::at(&at.place, message).help("between the two nothing changes"));
        return None;
    }
    let below = below.map_or(0, |below| below.value);
    let summary = format!("{}, {} while more than {above} wait", name(members, 0), name(members, 1));
    Some(Rule { route: Route::Queue { pair: PAIR, above, below }, summary })
}

fn deadline(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    let At { value: deadline, place } = router.route.quantity::<Span>("deadline")?;
    if deadline == Span::ZERO {
        problems.push(Problem::at(&place, "nothing is finished within a deadline of 0 s").help("more than 0"));
        return None;
    }
    let summary = format!("{}, {} if it takes longer than {deadline}", name(members, 0), name(members, 1));
    Some(Rule { route: Route::Deadline { pair: PAIR, deadline }, summary })
}

fn cheapest(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    let costs = costs::read(router, members, problems)?;
    let summary = format!("{} or {}, whichever costs less", name(members, 0), name(members, 1));
    Some(Rule { route: Route::CheapestMarginal { pair: PAIR, costs }, summary })
}

fn weighted(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    let table = router.route.table("weights")?;
    let weight = |(index, member): (usize, &Member<'_>)| {
        Some((SiteIndex(u32::try_from(index).ok()?), table.count(member.name.value)?.value))
    };
    let weights: Vec<(SiteIndex, u64)> = members.iter().enumerate().map(weight).collect::<Option<_>>()?;
    if weights.iter().all(|(_, weight)| *weight == 0) {
        let place = &router.route.get("weights")?.place;
        problems.push(Problem::at(place, "all weights are zero").help("at least one site must serve"));
        return None;
    }
    let by = match router.route.text("by").map(|word| word.value) {
        Some("random") => Sharing::Random,
        _ => Sharing::Turns,
    };
    let parts: Vec<String> =
        members.iter().zip(&weights).map(|(member, (_, weight))| format!("{weight} {}", member.name.value)).collect();
    Some(Rule { route: Route::Weighted { weights, by }, summary: parts.join(" : ") })
}

fn spill(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<Rule> {
    let stated = router.route.count32("most").map(|most| most.value);
    let Some(most) = stated.or_else(|| fixed_places(members.first()?)) else {
        let At { value, place } = &members.first()?.name;
        let problem = Problem::at(place, format!("`{value}` has no fixed number of places, and `most` is missing"));
        problems.push(problem.help("`most` says how many invocations the base holds, running or waiting"));
        return None;
    };
    let summary = format!("{most} at once on {}, the rest on {}", name(members, 0), name(members, 1));
    Some(Rule { route: Route::Spill { pair: PAIR, most }, summary })
}

/// Places of a fleet that nobody scales.
fn fixed_places(base: &Member<'_>) -> Option<u32> {
    match &base.deployment.model {
        Model::Fleet(spec) if spec.size.least == spec.size.most => Some(spec.size.most.saturating_mul(spec.slots())),
        Model::Fleet(_) | Model::Faas(_) | Model::Hybrid(_) => None,
    }
}

fn failover(members: &[Member<'_>]) -> Rule {
    let order = (0..members.len() as u32).map(SiteIndex).collect();
    let names: Vec<&str> = members.iter().map(|member| member.name.value).collect();
    Rule { route: Route::Failover { order }, summary: names.join(", else ") }
}

fn name<'a>(members: &[Member<'a>], index: usize) -> &'a str {
    members.get(index).map_or("", |member| member.name.value)
}

/// `80%`.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1e6).round() / 1e4)
}
