//! Shares of whole invocations, in turn.

use super::site::SiteIndex;

/// Deals invocations to sites by weight: each site is owed its share of every invocation, and the one that is owed most
/// takes the next; ties: the first. After each round of as many invocations as the weights add up to, counts are exact.
#[derive(Clone, Debug)]
pub struct Turns {
    sites: Vec<Owed>,
}

#[derive(Clone, Copy, Debug)]
struct Owed {
    site: SiteIndex,
    weight: i128,
    /// In parts of an invocation: one over the sum of the weights.
    owed: i128,
}

impl Turns {
    pub fn new(weights: &[(SiteIndex, u64)]) -> Self {
        let sites = weights.iter().filter(|(_, weight)| *weight > 0);
        Self { sites: sites.map(|(site, weight)| Owed { site: *site, weight: (*weight).into(), owed: 0 }).collect() }
    }

    /// The next site of those that can serve; they share what the others do not take, and nobody is owed for the time
    /// in which he could not serve.
    pub fn next(&mut self, can_serve: impl Fn(SiteIndex) -> bool) -> Option<SiteIndex> {
        let mut total = 0;
        for entry in self.sites.iter_mut().filter(|entry| can_serve(entry.site)) {
            entry.owed += entry.weight;
            total += entry.weight;
        }
        let able = self.sites.iter_mut().filter(|entry| can_serve(entry.site));
        // The last of the greatest from the end is the first.
        let chosen = able.rev().max_by_key(|entry| entry.owed)?;
        chosen.owed -= total;
        Some(chosen.site)
    }
}
