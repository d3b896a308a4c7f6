//! One quantity through the allowance and the tiers of one price.

use rust_decimal::Decimal;

use super::exact;
use super::{BillingError, Tier};
use crate::units::Money;

/// A part of a quantity that has one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// `free`, or `1`, `2`, ... where there are several tiers.
    pub tier: Option<String>,
    /// In units, to twelve decimals; the amount does not depend on this rounding.
    pub quantity: Decimal,
    pub price: Money,
    pub amount: Money,
}

/// What is priced, and how it is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Priced<'a> {
    pub item: &'a str,
    pub base_per_unit: u128,
    pub tiers: &'a [Tier],
    /// Units that are free.
    pub allowance: Decimal,
}

impl Priced<'_> {
    /// Splits `quantity` base units of one month. The allowance covers the first units; tiers count from the first
    /// unit too, so the allowance shortens the first tier and shifts none.
    pub fn charges(&self, quantity: u128) -> Result<Vec<Charge>, BillingError> {
        let mut charges = Vec::new();
        let free = self.base(self.allowance, quantity)?.min(quantity);
        if free > 0 {
            charges.push(self.charge(Some("free".to_owned()), free, Money::ZERO)?);
        }
        let mut from = free;
        for (index, tier) in self.tiers.iter().enumerate() {
            let to = tier.up_to.map_or(Ok(quantity), |up_to| self.base(up_to, quantity))?.min(quantity);
            if to > from {
                let name = (self.tiers.len() > 1).then(|| (index + 1).to_string());
                charges.push(self.charge(name, to - from, tier.price)?);
                from = to;
            }
        }
        Ok(charges)
    }

    fn charge(&self, tier: Option<String>, quantity: u128, price: Money) -> Result<Charge, BillingError> {
        let too_large = || self.too_large(quantity, price);
        let amount = exact::amount(quantity, price.0, self.base_per_unit).map(Money).ok_or_else(too_large)?;
        let units = exact::divided(quantity, self.base_per_unit).ok_or_else(too_large)?;
        Ok(Charge { tier, quantity: units, price, amount })
    }

    fn base(&self, units: Decimal, quantity: u128) -> Result<u128, BillingError> {
        exact::base_units(units, self.base_per_unit).ok_or_else(|| self.too_large(quantity, Money(units)))
    }

    fn too_large(&self, quantity: u128, price: Money) -> BillingError {
        BillingError::TooLarge { item: self.item.to_owned(), quantity, price: price.0.to_string() }
    }
}
