//! One hour after another: commitments claim use in their order, the rest is on demand.

use super::claims::{Claim, Claims};
use super::{Commitment, HourlyUse, KindId, UseKind};
use crate::billing::BillingError;
use crate::billing::exact::multiplied_and_divided;

pub(super) const HOUR_MS: u64 = 3_600_000;

/// A base unit is cut into so many parts where a commitment covers only some of a kind.
pub(super) const PARTS: u128 = 1_000_000_000;

/// Kinds of use, the commitments held, and who claims what first.
#[derive(Clone, Debug)]
pub struct Clearing {
    pub(super) kinds: Vec<UseKind>,
    pub(super) held: Vec<Commitment>,
    pub(super) claims: Claims,
}

/// One hour, cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// By kind: what no commitment covers, in billionths of a base unit.
    pub on_demand: Vec<u128>,
    /// By kind: what some commitment covers, in billionths of a base unit.
    pub covered: Vec<u128>,
    /// By commitment: what the hour bought, zero outside the term. The unit is its own; only ratios mean something.
    pub bought: Vec<u128>,
    /// By commitment: what of it was used.
    pub used: Vec<u128>,
    /// By commitment, then kind: what it covers, in billionths of a base unit.
    pub covered_by: Vec<Vec<u128>>,
}

impl Cleared {
    /// Used part of what a commitment bought; `None` outside its term.
    pub fn utilization(&self, commitment: usize) -> Option<f64> {
        ratio(self.used[commitment], self.bought[commitment])
    }
}

/// `None` of nothing.
pub(super) fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Clearing {
    /// An error if a price is negative or too large for exact arithmetic.
    ///
    /// # Panics
    /// When a plan has a rate for a kind that is not in the table.
    pub fn new(kinds: Vec<UseKind>, held: Vec<Commitment>) -> Result<Self, BillingError> {
        check_prices(&kinds, &held)?;
        let claims = Claims::new(&kinds, &held)?;
        Ok(Self { kinds, held, claims })
    }

    pub fn kinds(&self) -> &[UseKind] {
        &self.kinds
    }

    pub fn held(&self) -> &[Commitment] {
        &self.held
    }

    /// Commitments that can cover none of the kinds: money for nothing, worth a warning.
    pub fn useless(&self) -> impl Iterator<Item = &Commitment> {
        let claims = |index: usize| self.claims.ordered.iter().any(|claim| claim.commitment == index);
        self.held.iter().enumerate().filter(move |(index, _)| !claims(*index)).map(|(_, held)| held)
    }

    /// Clears one hour. An error only for use beyond 128 bits.
    pub fn hour(&self, hour: u64, usage: &HourlyUse) -> Result<Cleared, BillingError> {
        self.part_of_hour(hour, usage, HOUR_MS)
    }

    /// Clears an hour of which `held_ms` milliseconds lie in the window: commitments give their share.
    pub(super) fn part_of_hour(&self, hour: u64, usage: &HourlyUse, held_ms: u64) -> Result<Cleared, BillingError> {
        let ids = 0..u32::try_from(self.kinds.len()).expect("more than 2^32 kinds");
        let on_demand: Vec<u128> = ids.map(|kind| u128::from(usage.of(KindId(kind), hour)) * PARTS).collect();
        let budget = |(held, budget): (&Commitment, &u128)| {
            let of_hour = budget.checked_mul(PARTS).ok_or_else(|| too_large(held, *budget))?;
            let share = multiplied_and_divided(of_hour, held_ms.into(), HOUR_MS.into());
            let share = if held_ms == HOUR_MS { Some(of_hour) } else { share };
            Ok(if held.is_in_force(hour) { share.ok_or_else(|| too_large(held, *budget))? } else { 0 })
        };
        let bought = self.held.iter().zip(&self.claims.budgets).map(budget).collect::<Result<Vec<_>, _>>()?;
        let mut cleared = Cleared {
            covered: vec![0; on_demand.len()],
            covered_by: vec![vec![0; on_demand.len()]; bought.len()],
            on_demand,
            used: vec![0; bought.len()],
            bought,
        };
        for claim in &self.claims.ordered {
            let settled = cleared.settle(*claim);
            settled.ok_or_else(|| too_large(&self.held[claim.commitment], cleared.on_demand[claim.kind]))?;
        }
        Ok(cleared)
    }

    /// Every hour up to the last with use, at least `hours`.
    pub fn hours<'a>(
        &'a self,
        usage: &'a HourlyUse,
        hours: u64,
    ) -> impl Iterator<Item = Result<Cleared, BillingError>> + 'a {
        (0..hours.max(usage.hours())).map(|hour| self.hour(hour, usage))
    }
}

impl Cleared {
    /// Covers as much of the kind as the rest of the budget can; `None` beyond 128 bits.
    fn settle(&mut self, claim: Claim) -> Option<()> {
        let left = self.bought[claim.commitment] - self.used[claim.commitment];
        let wanted = self.on_demand[claim.kind];
        if left == 0 || wanted == 0 {
            return Some(());
        }
        let cost = wanted.checked_mul(claim.cost)?;
        // A budget that covers a part is used up: what is too little for another billionth is lost.
        let (covered, spent) = if cost <= left { (wanted, cost) } else { (left / claim.cost, left) };
        self.on_demand[claim.kind] -= covered;
        self.covered[claim.kind] += covered;
        self.covered_by[claim.commitment][claim.kind] += covered;
        self.used[claim.commitment] += spent;
        Some(())
    }
}

/// Prices as a price list may have them: then no sum of this module can overflow.
fn check_prices(kinds: &[UseKind], held: &[Commitment]) -> Result<(), BillingError> {
    let of_kinds = kinds.iter().map(|kind| (&kind.item, kind.on_demand));
    let of_held = held.iter().flat_map(|held| [(&held.name, held.payment.upfront), (&held.name, held.payment.hourly)]);
    let bad = of_kinds.chain(of_held).find(|(_, price)| price.checked().is_none());
    bad.map_or(Ok(()), |(item, price)| {
        Err(BillingError::TooLarge { item: item.clone(), quantity: 1, price: price.0.to_string() })
    })
}

fn too_large(held: &Commitment, quantity: u128) -> BillingError {
    BillingError::TooLarge { item: held.name.clone(), quantity, price: held.payment.hourly.0.to_string() }
}
