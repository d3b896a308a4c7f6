//! What stands in the books: purchases, their replacements, and their age in each month.

use crate::units::{SimTime, Span};

use super::OwnershipTerms;

/// Servers that come into service together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// When they are delivered and ready; they are ordered and paid the lead time before, at the start of the window at
    /// the earliest.
    pub delivered: SimTime,
    pub servers: u32,
}

/// One generation of a purchase, with its spares: instants in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    pub paid_ms: u64,
    from_ms: u64,
    life_ms: u64,
    pub servers: u64,
    pub spares: u64,
}

impl Asset {
    /// Every generation of `purchases` that is delivered before `end`, and the one that is paid before it. With each come
    /// the spares that the whole fleet then lacks.
    pub fn of(purchases: &[Purchase], terms: &OwnershipTerms, end: SimTime) -> Vec<Self> {
        let (end_ms, life_ms, lead_ms) = (milliseconds(end), terms.life_ms(), terms.lead_ms());
        let mut in_order: Vec<&Purchase> = purchases.iter().collect();
        in_order.sort_by_key(|purchase| purchase.delivered);
        let (mut servers, mut kept) = (0u64, 0);
        let generations = |purchase: &Purchase| {
            servers += u64::from(purchase.servers);
            let needed = terms.spares_of(servers);
            let spares = needed - kept;
            kept = needed;
            let first = milliseconds(purchase.delivered);
            let asset = move |from_ms: u64| Self {
                paid_ms: from_ms.saturating_sub(lead_ms),
                from_ms,
                life_ms,
                servers: purchase.servers.into(),
                spares,
            };
            let next = move |from: &u64| from.checked_add(life_ms);
            let paid = move |asset: &Self| asset.paid_ms < end_ms;
            std::iter::successors(Some(first), next).map(asset).take_while(paid).collect::<Vec<_>>()
        };
        in_order.into_iter().flat_map(generations).collect()
    }

    /// Age at the beginning and at the end of `[from, to)`, within its life; equal if it does not serve in it.
    fn ages(&self, from_ms: u64, to_ms: u64) -> (u64, u64) {
        let age = |at: u64| at.saturating_sub(self.from_ms).min(self.life_ms);
        (age(from_ms), age(to_ms))
    }

    /// Milliseconds of service in `[from, to)`.
    pub fn served_ms(&self, from_ms: u64, to_ms: u64) -> u128 {
        let (young, old) = self.ages(from_ms, to_ms);
        u128::from(old - young)
    }

    /// The part of the price that is not yet depreciated, summed over `[from, to)`: milliseconds times twice the life,
    /// so that the sum is whole.
    pub fn book_ms2(&self, from_ms: u64, to_ms: u64) -> u128 {
        let (young, old) = self.ages(from_ms, to_ms);
        let left = 2 * u128::from(self.life_ms) - u128::from(young) - u128::from(old);
        u128::from(old - young).saturating_mul(left)
    }

    /// Milliseconds of its life that are left at `at`.
    pub fn left_ms(&self, at_ms: u64) -> u128 {
        u128::from(self.life_ms - self.ages(at_ms, at_ms).0)
    }
}

pub(super) const fn milliseconds(instant: SimTime) -> u64 {
    instant.ns() / Span::MILLISECOND.ns()
}
