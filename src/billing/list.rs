//! A price list as it is read: rows, where they come from, and how quantities are metered.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};

use super::{BillingError, Meter, Tier, exact};
use crate::units::{Currency, Money, Size, Span, nearest};

/// Facts about a deployment that decide which rows it pays: `region`, `architecture`, `instance`, `purchase`, ...
pub type Attributes = BTreeMap<String, String>;

/// The prices of one provider's service family in one currency.
#[derive(Clone, Debug)]
pub struct PriceList {
    /// `aws-lambda`.
    pub name: String,
    pub provider: String,
    pub title: String,
    pub currency: Currency,
    /// Attributes that apply where nobody says otherwise.
    pub defaults: Attributes,
    pub purchases: BTreeMap<String, Purchase>,
    pub rows: Vec<Row>,
    pub rules: Vec<Rule>,
    pub machines: Vec<Machine>,
}

/// What one thing costs.
#[derive(Clone, Debug)]
pub struct Row {
    /// `aws.lambda.gbs.x86`.
    pub id: String,
    pub service: String,
    pub item: String,
    /// What is priced: `request`, `GB-second`, `hour`.
    pub unit: String,
    /// `None`: nothing meters it; for quotes and worked bills.
    pub meter: Option<Meter>,
    pub region: String,
    /// The row applies where each of these attributes has one of the values; the first is the usual spelling.
    pub when: BTreeMap<String, Vec<String>>,
    /// In order; the last has no end.
    pub tiers: Vec<RowTier>,
    pub allowance: Option<Allowance>,
    pub term: Option<Term>,
    pub note: Option<String>,
}

/// One tier of a row, with its own origin: providers' pages do not print them all.
#[derive(Clone, Debug)]
pub struct RowTier {
    /// The published figure that this is: `aws.lambda.gbs.x86.t1`.
    pub fact: String,
    /// Units a calendar month up to which it applies, free units included.
    pub up_to: Option<Decimal>,
    pub price: Money,
    pub source: Arc<Source>,
}

/// Units a calendar month that are free.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub quantity: Decimal,
    pub fact: String,
    /// Attributes that a deployment must have to be granted it.
    pub when: BTreeMap<String, Vec<String>>,
}

/// Capacity bought for a term; the tiers of its row hold the hourly part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    pub length: Span,
    /// For one instance; `None` where there is an upfront part and no list says how much.
    pub upfront: Option<Money>,
}

/// A way to buy instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// `None`: no commitment.
    pub term: Option<Span>,
    pub upfront: bool,
    pub hourly: bool,
}

/// Where prices were read, and how far they can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub title: String,
    /// `2026`, `2026-07` or `2026-07-20`: as precise as it is known.
    pub as_of: String,
    pub confidence: Confidence,
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// On a copy of the provider's own page or documentation.
    ProviderPage,
    /// Extracted from the provider's price interface by somebody else.
    PriceApi,
    /// Restated by somebody else.
    ThirdParty,
    /// Computed from figures that do not say exactly what they are; the note tells how.
    Inferred,
}

impl Confidence {
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProviderPage => "provider-page",
            Self::PriceApi => "price-api",
            Self::ThirdParty => "third-party",
            Self::Inferred => "inferred",
        }
    }
}

/// How a quantity is metered.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `duration-increment`.
    pub name: String,
    /// `1ms`; read it with [`str::parse`] of the unit that the rule is about.
    pub value: String,
    pub meaning: String,
    pub source: Arc<Source>,
}

/// What an instance type is.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    pub name: String,
    pub vcpu: u32,
    pub memory: Size,
}

impl PriceList {
    /// The row that holds a published figure, and the figure: the price of a tier, or an upfront part.
    pub fn fact(&self, fact: &str) -> Option<(&Row, Money)> {
        self.rows.iter().find_map(|row| {
            let tier = row.tiers.iter().find(|tier| tier.fact == fact).map(|tier| tier.price);
            let upfront = || row.term.filter(|_| row.id == fact).and_then(|term| term.upfront);
            Some((row, tier.or_else(upfront)?))
        })
    }

    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// vCPU and memory of an instance type.
    pub fn machine(&self, name: &str) -> Result<&Machine, BillingError> {
        self.machines.iter().find(|machine| machine.name == name).ok_or_else(|| BillingError::Unknown {
            list: self.name.clone(),
            kind: "instance type",
            name: name.to_owned(),
            nearest: nearest(name, self.machines.iter().map(|machine| machine.name.as_str())).map(str::to_owned),
        })
    }

    /// Everything that is priced by meter.
    pub fn meters(&self) -> Vec<Meter> {
        let priced = |meter: &Meter| self.rows.iter().any(|row| row.meter == Some(*meter));
        Meter::ALL.into_iter().filter(priced).collect()
    }

    /// Dates of the oldest and the newest price.
    pub fn dates(&self) -> Option<(&str, &str)> {
        let dates = || self.rows.iter().flat_map(|row| &row.tiers).map(|tier| tier.source.as_of.as_str());
        Some((dates().min()?, dates().max()?))
    }

    /// The same list with every price multiplied, upfront parts too; rounded to 18 decimals, half up.
    pub fn scaled(&self, factor: Decimal) -> Result<Self, BillingError> {
        let mut list = self.clone();
        for row in &mut list.rows {
            let item = row.item.clone();
            let upfront = row.term.as_mut().and_then(|term| term.upfront.as_mut());
            for price in row.tiers.iter_mut().map(|tier| &mut tier.price).chain(upfront) {
                *price = scaled(*price, factor).ok_or_else(|| BillingError::TooLarge {
                    item: item.clone(),
                    quantity: 1,
                    price: factor.to_string(),
                })?;
            }
        }
        Ok(list)
    }
}

/// `None` for a price that is negative or above [`MOST`].
fn scaled(price: Money, factor: Decimal) -> Option<Money> {
    let product = price.0.checked_mul(factor)?;
    Money(product.round_dp_with_strategy(exact::PRICE_PLACES, RoundingStrategy::MidpointAwayFromZero)).checked()
}

/// No single thing costs more than this; it keeps every sum inside a decimal.
const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

impl Money {
    /// Itself, if it can stand in a price list: not negative, at most a billion, at most 18 decimals.
    pub(super) fn checked(self) -> Option<Self> {
        let price = self.0.normalize();
        (price >= Decimal::ZERO && price <= MOST && price.scale() <= exact::PRICE_PLACES).then_some(Self(price))
    }
}

impl Row {
    pub fn applies_to(&self, attributes: &Attributes) -> bool {
        let region = attributes.get("region").is_some_and(|region| self.region == "global" || *region == self.region);
        region && all_hold(&self.when, attributes)
    }

    pub(super) fn tariff_tiers(&self) -> Vec<Tier> {
        self.tiers.iter().map(|tier| Tier { up_to: tier.up_to, price: tier.price }).collect()
    }

    /// The value of an attribute in its usual spelling.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.when.get(name).and_then(|values| values.first()).map(String::as_str)
    }
}

impl Allowance {
    pub fn is_granted_to(&self, attributes: &Attributes) -> bool {
        all_hold(&self.when, attributes)
    }
}

fn all_hold(when: &BTreeMap<String, Vec<String>>, attributes: &Attributes) -> bool {
    when.iter().all(|(name, values)| attributes.get(name).is_some_and(|value| values.contains(value)))
}
