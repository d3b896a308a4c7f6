//! From usage to lines of an invoice: every total is priced once, with exact decimals.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::charge::Priced;
use super::{BillingError, Meter, MeterPrice, Tariff, Usage, Window, exact};
use crate::units::{Currency, Money, MonthId};

/// A bill. Amounts are exact to twelve decimals, half up once a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub currency: Currency,
    /// By month, then service and item, the free part before the tiers.
    pub lines: Vec<Line>,
    /// Cash paid at the start of reserved terms; `lines` hold its share for the window.
    pub upfront: Money,
}

/// One month of one meter in one tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `None` where months have been merged.
    pub month: Option<MonthId>,
    /// What was metered; `None` for what is only quoted.
    pub meter: Option<Meter>,
    pub provider: String,
    pub service: String,
    pub item: String,
    /// In `unit`s.
    pub quantity: Decimal,
    pub unit: String,
    /// Of one unit; zero where it changes with time.
    pub price: Money,
    pub amount: Money,
    /// `1`, `2`, ... where the price has tiers; `free` for an allowance.
    pub tier: Option<String>,
}

impl Line {
    /// Of one unit; the mean where the price changes with time.
    pub fn mean_price(&self) -> Money {
        if self.price > Money::ZERO || self.quantity.is_zero() {
            return self.price;
        }
        self.amount.0.checked_div(self.quantity).map_or(self.price, |mean| Money(mean.round_dp(12)))
    }
}

impl Invoice {
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// Two bills as one; both are in one currency.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        assert!(self.currency == other.currency, "the sites of a deployment are billed in one currency");
        self.lines.extend(other.lines);
        Self { currency: self.currency, lines: combine(self.lines), upfront: self.upfront + other.upfront }
    }

    /// The lines with months added up.
    pub fn merged(&self) -> Vec<Line> {
        combine(self.lines.iter().map(|line| Line { month: None, ..line.clone() }))
    }
}

/// Adds up lines that differ in quantity and amount only, of several months, deployments or replications. The result
/// has one order, whatever the order of `lines`.
pub fn combine(lines: impl IntoIterator<Item = Line>) -> Vec<Line> {
    type Key = (Option<MonthId>, String, String, String, (bool, Option<String>), String, Money);
    let mut sums: BTreeMap<Key, Line> = BTreeMap::new();
    for line in lines {
        // The free part comes before the tiers that it shortens.
        let tier = (line.tier.as_deref() != Some("free"), line.tier.clone());
        let key = (
            line.month,
            line.provider.clone(),
            line.service.clone(),
            line.item.clone(),
            tier,
            line.unit.clone(),
            line.price,
        );
        sums.entry(key)
            .and_modify(|sum| {
                sum.quantity += line.quantity;
                sum.amount += line.amount;
            })
            .or_insert(line);
    }
    sums.into_values().collect()
}

/// Prices `usage` by calendar month; what was bought for a term is paid for the months of `window`.
pub fn invoice(usage: &Usage, tariff: &Tariff, window: &Window) -> Result<Invoice, BillingError> {
    let mut lines = Vec::new();
    for (month, meter, quantity) in usage.iter() {
        let price = tariff.price(meter)?;
        lines.extend(price.lines(tariff, month, quantity)?);
    }
    for price in &tariff.prices {
        lines.extend(price.upfront_lines(tariff, window)?);
    }
    let upfront = tariff.prices.iter().map(MeterPrice::upfront).sum();
    Ok(Invoice { currency: tariff.currency, lines: combine(lines), upfront })
}

impl Tariff {
    fn price(&self, meter: Meter) -> Result<&MeterPrice, BillingError> {
        let price = self.prices.iter().find(|price| price.meter == meter);
        price.ok_or_else(|| BillingError::Unpriced { provider: self.provider.clone(), meter })
    }
}

impl MeterPrice {
    /// What `quantity` base units of one month cost.
    pub(super) fn lines(&self, tariff: &Tariff, month: MonthId, quantity: u128) -> Result<Vec<Line>, BillingError> {
        let allowance = if tariff.free_tier { self.allowance } else { Decimal::ZERO };
        let priced = Priced { item: &self.item, base_per_unit: self.base_per_unit, tiers: &self.tiers, allowance };
        let line = |charge: super::charge::Charge| Line {
            month: Some(month),
            meter: Some(self.meter),
            provider: tariff.provider.clone(),
            service: self.service.clone(),
            item: self.item.clone(),
            quantity: charge.quantity,
            unit: self.unit.clone(),
            price: charge.price,
            amount: charge.amount,
            tier: charge.tier,
        };
        Ok(priced.charges(quantity)?.into_iter().map(line).collect())
    }

    /// The upfront part, spread evenly over the term: one line a month, in terms of all instances.
    fn upfront_lines(&self, tariff: &Tariff, window: &Window) -> Result<Vec<Line>, BillingError> {
        let Some(reserved) = self.reserved.filter(|reserved| reserved.upfront > Money::ZERO) else {
            return Ok(Vec::new());
        };
        let term = u128::from(reserved.term.ns());
        let line = |&(month, length): &(MonthId, crate::units::Span)| {
            let share = u128::from(length.ns()) * u128::from(reserved.count);
            let too_large = || BillingError::TooLarge {
                item: self.item.clone(),
                quantity: share,
                price: reserved.upfront.0.to_string(),
            };
            Ok(Line {
                month: Some(month),
                meter: Some(self.meter),
                provider: tariff.provider.clone(),
                service: self.service.clone(),
                item: format!("{}: upfront share", self.item),
                quantity: exact::divided(share, term).ok_or_else(too_large)?,
                unit: format!("term of {}", reserved.term),
                price: reserved.upfront,
                amount: exact::amount(share, reserved.upfront.0, term).map(Money).ok_or_else(too_large)?,
                tier: None,
            })
        };
        window.months().iter().map(line).collect()
    }

    fn upfront(&self) -> Money {
        self.reserved.map_or(Money::ZERO, |reserved| reserved.upfront * Decimal::from(reserved.count))
    }
}
