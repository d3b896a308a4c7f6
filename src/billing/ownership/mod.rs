//! What servers of one's own cost: depreciation, energy, space, licences, maintenance, staff; and when cash flows.
//!
//! [`OwnershipTerms`] are the prices, with dated defaults (`prices/owned-capacity.csv`); [`Owned`] is what was bought and
//! how it worked; [`Owned::bill`] is the bill. A purchase is depreciated in a straight line over its useful life and
//! replaced by the same number of servers at the end of it, until the window ends. Costs that follow from owning a server
//! (space, maintenance, licences, staff) run from its delivery; energy follows the servers that are switched on and the
//! cores that work.
//!
//! A year has 365 days, a month 730 hours, a twelfth. Left out: taxes, resale, inflation, and falling hardware prices.

mod assets;
mod bill;
mod category;
mod terms;

pub use assets::Purchase;
pub use bill::{CashYear, CostCategory, Owned, OwnedBill, OwnedLine};
pub use terms::{OwnershipTerms, Parameter};

use super::BillingError;
use crate::units::{Calendar, SimTime, Span};

/// What is owned at a place, and on which terms.
#[derive(Clone, Debug)]
pub struct Ownership {
    pub terms: OwnershipTerms,
    pub purchases: Vec<Purchase>,
    pub cores_per_server: u32,
}

impl Ownership {
    /// The first purchase larger by `change` servers.
    #[must_use]
    pub fn resized(&self, change: i32) -> Self {
        let mut resized = self.clone();
        if let Some(first) = resized.purchases.first_mut() {
            first.servers = first.servers.saturating_add_signed(change);
        }
        resized
    }

    /// The bill of a window through which every server is on and every core at work: no run of it costs more. An error
    /// means that a run might end in one.
    pub fn dearest(&self, calendar: Calendar, end: SimTime) -> Result<OwnedBill, BillingError> {
        let servers: u64 = self.purchases.iter().map(|purchase| u64::from(purchase.servers)).sum();
        let idle = Owned {
            calendar,
            end,
            purchases: self.purchases.clone(),
            cores_per_server: self.cores_per_server,
            ..Owned::default()
        };
        idle.always_on(servers).bill(&self.terms)
    }
}

const YEAR_MS: u128 = (Span::YEAR.ns() / Span::MILLISECOND.ns()) as u128;

/// Milliseconds in the month that monthly prices mean.
const MONTH_MS: u128 = 730 * 3_600_000;

#[cfg(test)]
mod tests;
