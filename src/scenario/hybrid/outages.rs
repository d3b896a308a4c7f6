//! When sites are down: key `outages`.

use super::super::problem::{Problem, Problems, shortened};
use super::{Member, Router};
use crate::units::{SimTime, Span};

/// `[from, to)`.
pub type Outage = (SimTime, SimTime);

/// Of each site, in order and apart.
pub fn read(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Vec<Vec<Outage>> {
    let mut outages: Vec<Vec<Outage>> = members.iter().map(|_| Vec::new()).collect();
    for table in router.table.list("outages").unwrap_or_default().iter().filter_map(|node| node.as_table()) {
        let Some(named) = table.text("site") else { continue };
        let times = (table.quantity::<Span>("at"), table.quantity::<Span>("for"));
        let (Some(at), Some(length)) = times else { continue };
        let Some(index) = members.iter().position(|member| member.name.value == named.value) else {
            let message = format!("`{}` is not a site of `{}`", shortened(named.value), router.name);
            let names = members.iter().map(|member| member.name.value);
            problems.push(Problem::at(&named.place, message).nearest(named.value, "a site", names));
            continue;
        };
        if let Some(end) = router.application.settings.duration.as_ref().filter(|end| at.value >= end.value) {
            problems.warn(format!(
                "deployment `{}`: the outage of `{}` at {} is after the end, {}",
                router.name, named.value, at.value, end.value
            ));
        }
        let from = SimTime::ZERO + at.value;
        outages[index].push((from, from + length.value));
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
