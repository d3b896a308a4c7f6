//! How much of one commitment to buy: the same at any level, and what use asks for in that unit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::clearing::HOUR_MS;
use super::{Clearing, Commitment, HourlyUse, MonthFigures, Offer, Portfolio, SiteUse};
use crate::billing::BillingError;
use crate::billing::Tariff;
use crate::units::{Calendar, Money, Span};

impl Commitment {
    /// `level` times this one, which is of one instance or of one unit of money an hour. Of instances the whole part counts.
    #[must_use]
    pub fn times(&self, level: Decimal) -> Self {
        // What overflows is refused by the clearing, as every price that large is.
        let scale = |amount: Money| Money(amount.0.checked_mul(level).unwrap_or(Decimal::MAX));
        let mut scaled = self.clone();
        match &mut scaled.offer {
            Offer::ZonalReserved { count, .. } | Offer::RegionalReserved { count, .. } => {
                *count = level.trunc().to_u32().unwrap_or(u32::MAX);
            }
            Offer::InstancePlan { commitment, .. } | Offer::ComputePlan { commitment, .. } => {
                *commitment = scale(*commitment);
                scaled.payment.hourly = scale(scaled.payment.hourly);
                scaled.payment.upfront = scale(scaled.payment.upfront);
            }
        }
        scaled
    }

    /// An hour of all of it, the upfront part spread over the term.
    fn fee(&self) -> f64 {
        let one = self.payment.hourly.to_f64() + self.payment.upfront.to_f64() / self.term.hours() as f64;
        one * f64::from(self.offer.count())
    }
}

impl Clearing {
    /// How many times commitment `index`, alone, the use of an hour could fill.
    fn demand(&self, index: usize, hour: u64, usage: &HourlyUse) -> f64 {
        let ids = (0..).map(super::KindId).take(self.kinds.len()).collect::<Vec<_>>();
        let of = self.claims.ordered.iter().filter(|claim| claim.commitment == index);
        let asked: f64 = of.map(|claim| usage.of(ids[claim.kind], hour) as f64 * claim.cost as f64).sum();
        asked / self.claims.budgets[index].max(1) as f64
    }

    /// What an hour of commitment `index` covers at most, at the on-demand price.
    fn worth(&self, index: usize) -> f64 {
        let budget = self.claims.budgets[index] as f64;
        let of = self.claims.ordered.iter().filter(|claim| claim.commitment == index);
        let value = |claim: &super::claims::Claim| {
            let kind = &self.kinds[claim.kind];
            budget / claim.cost.max(1) as f64 / kind.base_per_unit.max(1) as f64 * kind.on_demand.to_f64()
        };
        of.map(value).fold(0.0, f64::max)
    }
}

/// What a clock-hour of the window asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourDemand {
    /// How many times one commitment the use could fill.
    pub level: f64,
    /// Part of the hour that lies in the window.
    pub part: f64,
}

/// An hour of one commitment, in its currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourPrice {
    /// The upfront part spread over the term.
    pub fee: f64,
    /// What it covers at most, at the on-demand price.
    pub worth: f64,
}

impl Portfolio {
    /// The same uses and reserved capacity, with other commitments. An error if a price is too large.
    pub fn holding(&self, held: Vec<Commitment>) -> Result<Self, BillingError> {
        Self::new(self.uses.clone(), held, self.capacity.clone())
    }

    /// How many times the first commitment, alone, the use of each clock-hour of the window could fill. An hour of which a
    /// part lies in the window asks for as much as the part does.
    pub fn demand(&self, of: &SiteUse<'_>) -> Vec<HourDemand> {
        let (usage, _) = self.hourly(of);
        let length_ms = of.length.ns().div_ceil(Span::MILLISECOND.ns());
        let asked = |hour: u64| {
            let part = (length_ms - hour * HOUR_MS).min(HOUR_MS) as f64 / HOUR_MS as f64;
            HourDemand { level: self.clearing().demand(0, hour, &usage) / part, part }
        };
        (0..length_ms.div_ceil(HOUR_MS)).map(asked).collect()
    }

    /// What an hour of the first commitment costs, and what it covers at most.
    pub fn price(&self) -> HourPrice {
        HourPrice { fee: self.clearing().held()[0].fee(), worth: self.clearing().worth(0) }
    }

    /// How the commitments serve in each calendar month of the window.
    pub fn by_month(
        &self,
        of: &SiteUse<'_>,
        tariff: &Tariff,
        calendar: Calendar,
    ) -> Result<Vec<MonthFigures>, BillingError> {
        let (usage, _) = self.hourly(of);
        Ok(self.clearing().settle(&usage, of.length, calendar, &tariff.provider)?.months)
    }
}
