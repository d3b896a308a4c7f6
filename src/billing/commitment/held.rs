//! What has been committed to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{InstanceType, KindId};
use crate::units::{Money, Span};

/// How long a commitment binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermLength {
    OneYear,
    ThreeYears,
}

impl TermLength {
    /// Years have 365 days, as the provider counts terms.
    pub const fn hours(self) -> u64 {
        match self {
            Self::OneYear => 8_760,
            Self::ThreeYears => 26_280,
        }
    }

    pub const fn span(self) -> Span {
        Span::from_secs(self.hours() * 3_600)
    }
}

/// How much of a commitment is paid at the start of its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentOption {
    NoUpfront,
    PartialUpfront,
    AllUpfront,
}

/// What one reserved instance, or one plan, costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// At the start of each term.
    pub upfront: Money,
    /// For each hour of the term, used or not.
    pub hourly: Money,
}

impl Payment {
    /// What a savings plan of `hourly` commitment costs: with partial payment half of the term is paid at its start.
    pub fn of_plan(option: PaymentOption, hourly: Money, term: TermLength) -> Self {
        // What overflows is refused by the clearing, as every price that large is.
        let times = |factor: Decimal| Money(hourly.0.checked_mul(factor).unwrap_or(Decimal::MAX));
        let (hours, half) = (Decimal::from(term.hours()), Decimal::new(5, 1));
        match option {
            PaymentOption::NoUpfront => Self { upfront: Money::ZERO, hourly },
            PaymentOption::PartialUpfront => Self { upfront: times(hours * half), hourly: times(half) },
            PaymentOption::AllUpfront => Self { upfront: times(hours), hourly: Money::ZERO },
        }
    }
}

/// The price of one unit of each kind under a savings plan, its discount included. A kind without a rate is not covered.
pub type PlanRates = BTreeMap<KindId, Money>;

/// What a commitment gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Reserved instances of one type in one zone.
    ZonalReserved { instance: InstanceType, zone: String, count: u32 },
    /// Reserved instances in all zones of the region, for other sizes of the family too where sizes have factors.
    RegionalReserved { instance: InstanceType, count: u32 },
    /// EC2 Instance Savings Plan: `commitment` an hour for one family.
    InstancePlan { family: String, commitment: Money, rates: PlanRates },
    /// Compute Savings Plan: `commitment` an hour for every kind that has a rate.
    ComputePlan { commitment: Money, rates: PlanRates },
}

impl Commitment {
    /// The same for a fleet of `new` servers instead of `old`.
    pub(super) fn resized(&self, old: u32, new: u32) -> Self {
        let scale = |amount: Money| Money(amount.0 / Decimal::from(old) * Decimal::from(new));
        let mut resized = self.clone();
        match &mut resized.offer {
            Offer::ZonalReserved { count, .. } | Offer::RegionalReserved { count, .. } => *count = new,
            Offer::InstancePlan { commitment, .. } | Offer::ComputePlan { commitment, .. } => {
                *commitment = scale(*commitment);
                resized.payment.hourly = scale(resized.payment.hourly);
                resized.payment.upfront = scale(resized.payment.upfront);
            }
        }
        resized
    }
}

impl Offer {
    /// How many of it are paid for: a plan is one.
    pub(super) const fn count(&self) -> u32 {
        match self {
            Self::ZonalReserved { count, .. } | Self::RegionalReserved { count, .. } => *count,
            Self::InstancePlan { .. } | Self::ComputePlan { .. } => 1,
        }
    }

    pub(super) const fn service(&self) -> &'static str {
        match self {
            Self::ZonalReserved { .. } | Self::RegionalReserved { .. } => "EC2 reserved",
            Self::InstancePlan { .. } | Self::ComputePlan { .. } => "Savings Plans",
        }
    }
}

/// A commitment for a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// What the bill calls it.
    pub name: String,
    pub offer: Offer,
    pub payment: Payment,
    pub term: TermLength,
    /// First hour, counted from the start of the window; negative if it was bought before.
    pub start: i64,
    /// A new term follows each one, at the same price.
    pub renewed: bool,
}

impl Commitment {
    pub(super) fn is_in_force(&self, hour: u64) -> bool {
        let age = i64::try_from(hour).unwrap_or(i64::MAX).saturating_sub(self.start);
        u64::try_from(age).is_ok_and(|age| self.renewed || age < self.term.hours())
    }

    /// Hours in which a term begins, within a window of `hours`.
    pub(super) fn payments(&self, hours: u64) -> impl Iterator<Item = u64> {
        let length = self.term.hours();
        let first = match u64::try_from(self.start) {
            Ok(start) => Some(start),
            Err(_) if self.renewed => u64::try_from(self.start.rem_euclid(length as i64)).ok(),
            Err(_) => None,
        };
        let next = move |hour: &u64| hour.checked_add(length).filter(|_| self.renewed);
        std::iter::successors(first, next).take_while(move |hour| *hour < hours)
    }
}
