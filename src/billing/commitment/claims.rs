//! Who may claim what, in which order, at which cost: everything about clearing that no hour changes.

use rust_decimal::Decimal;

use super::{Commitment, InstanceType, Normalization, Offer, PlanRates, UseKind, What};
use crate::billing::BillingError;
use crate::units::Money;

/// One commitment's claim on one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub commitment: usize,
    pub kind: usize,
    /// Of one base unit, in the unit of the commitment's budget.
    pub cost: u128,
}

/// All claims in the order in which they are made, and what each commitment has to spend in one hour. The unit of a
/// budget is its own: instance-milliseconds, normalised units, or a part of a cent.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    pub ordered: Vec<Claim>,
    pub budgets: Vec<u128>,
}

/// Instance-milliseconds that one reserved instance gives in an hour.
const HOUR_MS: u128 = super::clearing::HOUR_MS as u128;

/// Where a claim stands: class, then size for reservations; for plans the rate as a part of the on-demand price, then
/// the rate.
type Rank = (u8, u64, Decimal, Money);

impl Claims {
    pub fn new(kinds: &[UseKind], held: &[Commitment]) -> Result<Self, BillingError> {
        let mut ranked: Vec<(Rank, Claim)> = Vec::new();
        let mut budgets = Vec::new();
        for (commitment, entry) in held.iter().enumerate() {
            let terms = Terms::of(entry, kinds)?;
            budgets.push(terms.budget);
            let claim = |(rank, kind, cost)| (rank, Claim { commitment, kind, cost });
            ranked.extend(terms.claims.into_iter().map(claim));
        }
        // The sort is stable: what is equal keeps the order of commitments, then of kinds.
        ranked.sort_by_key(|(rank, _)| *rank);
        Ok(Self { ordered: ranked.into_iter().map(|(_, claim)| claim).collect(), budgets })
    }
}

/// What one commitment brings: its budget, and what it can claim at which cost.
struct Terms {
    budget: u128,
    claims: Vec<(Rank, usize, u128)>,
}

impl Terms {
    fn of(held: &Commitment, kinds: &[UseKind]) -> Result<Self, BillingError> {
        let terms = match &held.offer {
            Offer::ZonalReserved { instance, zone, count } => Some(zonal(instance, zone, *count, kinds)),
            Offer::RegionalReserved { instance, count } => Some(regional(instance, *count, kinds)),
            Offer::InstancePlan { family, commitment, rates } => {
                let of_family = |kind: &UseKind| kind.instance_type().is_some_and(|own| own.family == *family);
                plan(2, *commitment, rates, kinds, of_family)
            }
            Offer::ComputePlan { commitment, rates } => plan(3, *commitment, rates, kinds, |_| true),
        };
        terms.ok_or_else(|| BillingError::TooLarge {
            item: held.name.clone(),
            quantity: held.term.hours().into(),
            price: match &held.offer {
                Offer::InstancePlan { commitment, .. } | Offer::ComputePlan { commitment, .. } => {
                    commitment.0.to_string()
                }
                Offer::ZonalReserved { .. } | Offer::RegionalReserved { .. } => held.payment.hourly.0.to_string(),
            },
        })
    }
}

fn zonal(instance: &InstanceType, zone: &str, count: u32, kinds: &[UseKind]) -> Terms {
    let matches = |kind: &UseKind| match &kind.what {
        What::Instance { instance: own, zone: Some(own_zone) } => own == instance && own_zone == zone,
        What::Instance { zone: None, .. } | What::Compute => false,
    };
    let matching = kinds.iter().enumerate().filter(|(_, kind)| matches(kind));
    let claims = matching.map(|(index, _)| ((0, 0, Decimal::ZERO, Money::ZERO), index, 1)).collect();
    Terms { budget: u128::from(count) * HOUR_MS, claims }
}

fn regional(instance: &InstanceType, count: u32, kinds: &[UseKind]) -> Terms {
    let table = Normalization::builtin();
    let own_size = table.thousandths(instance);
    let size_of = |kind: &UseKind| {
        let other = kind.instance_type().filter(|other| other.family == instance.family)?;
        match own_size {
            Some(_) => table.thousandths(other),
            None => (other == instance).then_some(1),
        }
    };
    let claim = |(index, kind): (usize, &UseKind)| {
        let size = size_of(kind)?;
        Some(((1, size, Decimal::ZERO, Money::ZERO), index, u128::from(size)))
    };
    let claims = kinds.iter().enumerate().filter_map(claim).collect();
    Terms { budget: u128::from(count) * u128::from(own_size.unwrap_or(1)) * HOUR_MS, claims }
}

/// A budget of money: rates and commitment over a common denominator, so that all are whole. `None` beyond 128 bits, and
/// for negative money.
fn plan(
    class: u8,
    commitment: Money,
    rates: &PlanRates,
    kinds: &[UseKind],
    eligible: impl Fn(&UseKind) -> bool,
) -> Option<Terms> {
    let commitment = commitment.checked()?;
    if rates.values().any(|rate| rate.checked().is_none()) {
        return None;
    }
    let rated = || rates.iter().map(|(id, rate)| (id.index(), &kinds[id.index()], rate.0.normalize()));
    let eligible = || rated().filter(|(_, kind, _)| eligible(kind));
    let places = eligible().map(|(.., rate)| rate.scale()).chain([commitment.0.scale()]).max()?;
    let base = eligible().try_fold(1, |base, (_, kind, _)| lcm(base, u128::from(kind.base_per_unit)))?;
    let budget = whole(commitment.0, places)?.checked_mul(base)?;
    let cost = |kind: &UseKind, rate| whole(rate, places)?.checked_mul(base / u128::from(kind.base_per_unit));
    let claim = |(index, kind, rate): (usize, &UseKind, Decimal)| {
        let part = rate.checked_div(kind.on_demand.0).unwrap_or(Decimal::ONE).round_dp(18);
        Some(((class, 0, part, Money(rate)), index, cost(kind, rate)?))
    };
    let mut claims = eligible().map(claim).collect::<Option<Vec<(Rank, usize, u128)>>>()?;
    // Small numbers leave room for much use.
    let common = claims.iter().fold(budget, |common, (.., cost)| gcd(common, *cost)).max(1);
    claims.iter_mut().for_each(|(.., cost)| *cost /= common);
    Some(Terms { budget: budget / common, claims })
}

/// `amount` in units of its `places`-th decimal.
fn whole(amount: Decimal, places: u32) -> Option<u128> {
    let amount = amount.normalize();
    u128::try_from(amount.mantissa()).ok()?.checked_mul(10_u128.checked_pow(places.checked_sub(amount.scale())?)?)
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// `None` for zero, and beyond 128 bits.
fn lcm(a: u128, b: u128) -> Option<u128> {
    a.checked_div(gcd(a, b))?.checked_mul(b).filter(|multiple| *multiple > 0)
}
