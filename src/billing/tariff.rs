//! The prices of one deployment: for each meter the line of a price list that applies.

use rust_decimal::Decimal;

use super::Meter;
use super::commitment::Portfolio;
use super::spot::SpotTariff;
use crate::units::{Currency, Money, Span};

/// Everything that turns the usage of a deployment into a bill, already looked up.
#[derive(Clone, Debug)]
pub struct Tariff {
    pub provider: String,
    pub currency: Currency,
    /// At most one a meter. Usage of a meter without a price is an error of the caller, found when the plan is made.
    pub prices: Vec<MeterPrice>,
    /// Apply the free allowances.
    pub free_tier: bool,
    /// What is held beside, to be cleared hour by hour.
    pub commitments: Option<Box<Portfolio>>,
    /// Of leases.
    pub spot: Option<SpotTariff>,
}

/// What one meter costs.
#[derive(Clone, Debug)]
pub struct MeterPrice {
    pub meter: Meter,
    pub service: String,
    pub item: String,
    /// What is priced: `request`, `GB-second`, `hour`.
    pub unit: String,
    /// Base units of the meter in one unit.
    pub base_per_unit: u128,
    /// In order, each from the end of the one before; the last has no end.
    pub tiers: Vec<Tier>,
    /// Units a calendar month that are free of charge.
    pub allowance: Decimal,
    /// Capacity bought for a term: `tiers` hold its hourly part, this the rest.
    pub reserved: Option<Reserved>,
    pub source: String,
    pub as_of: String,
}

/// One tier of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Units a calendar month up to which it applies; `None` for the last.
    pub up_to: Option<Decimal>,
    pub price: Money,
}

/// The upfront part of a reservation, amortised evenly over its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    pub term: Span,
    /// For one instance.
    pub upfront: Money,
    pub count: u32,
}
