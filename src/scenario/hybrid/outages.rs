//! When sites are down: key `outages`.

use super::super::fleet::hazards::check_outage;
use super::super::problem::{Problem, Problems, shortened};
use super::{Member, Router};
use crate::units::{SimTime, Span};

/// `[from, to)`.
pub type Outage = (SimTime, SimTime);

/// Of each site, in order and apart.
pub fn read(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Vec<Vec<Outage>> {
    let mut outages: Vec<Vec<Outage>> = members.iter().map(|_| Vec::new()).collect();
    for node in router.table.list("outages").unwrap_or_default() {
        let Some(table) = node.as_table() else { continue };
        let Some(named) = table.text("site") else { continue };
        let times = (table.quantity::<Span>("at"), table.quantity::<Span>("for"));
        let (Some(at), Some(length)) = times else { continue };
        let Some(index) = members.iter().position(|member| member.name.value == named.value) else {
            let message = format!("`{}` is not a site of `{}`", shortened(named.value), router.name);
            let names = members.iter().map(|member| member.name.value);
            problems.push(Problem::at(&named.place, message).nearest(named.value, "a site", names));
            continue;
        };
        let duration = router.application.settings.duration.as_ref();
        if let Some(wrong) = check_outage(node, duration, router.name, problems) {
            problems.push(wrong);
            continue;
        }
        let (from, to) = (SimTime::ZERO + at.value, SimTime::ZERO + at.value + length.value);
        if outages[index].iter().any(|other| from < other.1 && other.0 < to) {
            let message = format!("this outage of `{}` overlaps another one of it", named.value);
            problems.push(Problem::at(&node.place, message).help("write them as one"));
        }
        outages[index].push((from, to));
    }
    outages.into_iter().map(united).collect()
}

/// The same time, in order and apart; what is empty is left out.
pub fn united(mut outages: Vec<Outage>) -> Vec<Outage> {
    outages.retain(|(from, to)| from < to);
    outages.sort_unstable();
    let mut apart: Vec<Outage> = Vec::new();
    for (from, to) in outages {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => apart.push((from, to)),
        }
    }
    apart
}
