//! The bill of a window: lines by month, cash, and how well the commitments served.

use super::clearing::{Cleared, PARTS, ratio};
use super::{Clearing, Commitment, HourlyUse, UseKind};
use crate::billing::{BillingError, Line, combine, exact};
use crate::units::{Calendar, Money, MonthId, SimTime, Span};

/// What use and commitments come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// What was on demand, and what each commitment costs, used or not, its upfront part spread over its term. By month,
    /// then service and item.
    pub lines: Vec<Line>,
    /// Cash paid upfront within the window, in order of time. `lines` hold its share.
    pub upfront: Vec<Upfront>,
    pub months: Vec<MonthFigures>,
}

/// A payment at the start of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upfront {
    pub hour: u64,
    /// Index in the commitments held.
    pub commitment: usize,
    pub amount: Money,
}

/// How well the commitments served in one month, or in all.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthFigures {
    /// `None` for the whole window.
    pub month: Option<MonthId>,
    /// At the on-demand price: all use.
    pub eligible: Money,
    /// At the on-demand price: what commitments covered.
    pub covered: Money,
    /// In the order held.
    pub held: Vec<HeldFigures>,
}

/// One commitment in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HeldFigures {
    /// Fee and share of the upfront payment.
    pub cost: Money,
    /// What of the cost bought nothing that was used.
    pub unused: Money,
    bought: u128,
    used: u128,
}

impl HeldFigures {
    /// Used part of what was bought; `None` if nothing was bought.
    pub fn utilization(&self) -> Option<f64> {
        ratio(self.used, self.bought)
    }
}

impl MonthFigures {
    /// Part of the use, in money at the on-demand price, that commitments covered; `None` without use.
    pub fn coverage(&self) -> Option<f64> {
        (self.eligible > Money::ZERO).then(|| self.covered.to_f64() / self.eligible.to_f64())
    }
}

impl Settlement {
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// Cash that is due in the first hour.
    pub fn upfront_at_start(&self) -> Money {
        self.upfront.iter().filter(|payment| payment.hour == 0).map(|payment| payment.amount).sum()
    }

    /// All months together.
    pub fn overall(&self) -> MonthFigures {
        let mut sum = MonthFigures { month: None, eligible: Money::ZERO, covered: Money::ZERO, held: Vec::new() };
        for month in &self.months {
            sum.eligible += month.eligible;
            sum.covered += month.covered;
            sum.held.resize(month.held.len(), HeldFigures::default());
            for (sum, held) in sum.held.iter_mut().zip(&month.held) {
                sum.cost += held.cost;
                sum.unused += held.unused;
                sum.bought = sum.bought.saturating_add(held.bought);
                sum.used = sum.used.saturating_add(held.used);
            }
        }
        sum
    }
}

/// Whole numbers of one month.
struct Month {
    id: MonthId,
    on_demand: Vec<u128>,
    covered: Vec<u128>,
    bought: Vec<u128>,
    used: Vec<u128>,
    /// By commitment: hours in force.
    hours: Vec<u64>,
}

impl Clearing {
    /// Clears `hours` clock-hours, or as many as have use if those are more, and prices each total of a month once. A
    /// window that ends within an hour pays its commitments for the whole of it.
    pub fn settle(
        &self,
        usage: &HourlyUse,
        hours: u64,
        calendar: Calendar,
        provider: &str,
    ) -> Result<Settlement, BillingError> {
        let hours = hours.max(usage.hours());
        let mut lines = Vec::new();
        let mut months = Vec::new();
        for month in self.months(usage, hours, calendar)? {
            let of_month = Line { month: Some(month.id), provider: provider.to_owned(), ..blank() };
            lines.extend(self.on_demand_lines(&month, &of_month)?);
            let mut held = Vec::new();
            for index in 0..self.held.len() {
                let own = self.commitment_lines(&month, index, &of_month)?;
                held.push(figures(&month, index, own.iter().map(|line| line.amount).sum())?);
                lines.extend(own);
            }
            let sum = |parts: &[u128]| self.value(parts);
            let all: Vec<u128> = month.on_demand.iter().zip(&month.covered).map(|(a, b)| a + b).collect();
            let (eligible, covered) = (sum(&all)?, sum(&month.covered)?);
            months.push(MonthFigures { month: Some(month.id), eligible, covered, held });
        }
        Ok(Settlement { lines: combine(lines), upfront: self.upfront(hours), months })
    }

    fn months(&self, usage: &HourlyUse, hours: u64, calendar: Calendar) -> Result<Vec<Month>, BillingError> {
        let end = SimTime::from_ns(hours.saturating_mul(Span::HOUR.ns()));
        let mut months = Vec::new();
        let mut hour = 0;
        for (id, boundary) in calendar.months_until(end) {
            let last = boundary.min(end).ns() / Span::HOUR.ns();
            let mut month = Month::new(id, self.kinds.len(), self.held.len());
            for hour in hour..last {
                month.add(&self.hour(hour, usage)?);
            }
            hour = last;
            months.push(month);
        }
        Ok(months)
    }

    fn on_demand_lines(&self, month: &Month, of_month: &Line) -> Result<Vec<Line>, BillingError> {
        let rest = self.kinds.iter().zip(&month.on_demand).filter(|(_, parts)| **parts > 0);
        let line = |(kind, parts): (&UseKind, &u128)| {
            Ok(Line {
                service: kind.service.clone(),
                item: kind.item.clone(),
                unit: kind.unit.clone(),
                ..priced(of_month, &kind.item, *parts, kind.on_demand, kind.parts_per_unit())?
            })
        };
        rest.map(line).collect()
    }

    /// Hours in force at the hourly fee, and their share of the upfront payment.
    fn commitment_lines(&self, month: &Month, index: usize, of_month: &Line) -> Result<Vec<Line>, BillingError> {
        let held: &Commitment = &self.held[index];
        let hours = u128::from(month.hours[index]) * u128::from(held.offer.count());
        let of_held = Line { service: held.offer.service().to_owned(), ..of_month.clone() };
        let mut lines = Vec::new();
        if hours > 0 && held.payment.hourly != Money::ZERO {
            let line = priced(&of_held, &held.name, hours, held.payment.hourly, 1)?;
            lines.push(Line { item: held.name.clone(), unit: "hour".to_owned(), ..line });
        }
        if hours > 0 && held.payment.upfront != Money::ZERO {
            let line = priced(&of_held, &held.name, hours, held.payment.upfront, held.term.hours().into())?;
            let item = format!("{}: upfront share", held.name);
            lines.push(Line { item, unit: format!("term of {}", held.term.span()), ..line });
        }
        Ok(lines)
    }

    /// What parts of base units cost on demand.
    fn value(&self, parts: &[u128]) -> Result<Money, BillingError> {
        let amount = |(kind, parts): (&UseKind, &u128)| {
            priced(&blank(), &kind.item, *parts, kind.on_demand, kind.parts_per_unit()).map(|line| line.amount)
        };
        self.kinds.iter().zip(parts).map(amount).sum()
    }

    fn upfront(&self, hours: u64) -> Vec<Upfront> {
        let of = |(commitment, held): (usize, &Commitment)| {
            let amount = held.payment.upfront * held.offer.count().into();
            held.payments(hours).map(move |hour| Upfront { hour, commitment, amount }).collect::<Vec<_>>()
        };
        let mut all: Vec<Upfront> = self.held.iter().enumerate().flat_map(of).collect();
        all.retain(|payment| payment.amount != Money::ZERO);
        all.sort_by_key(|payment| payment.hour);
        all
    }
}

impl UseKind {
    fn parts_per_unit(&self) -> u128 {
        u128::from(self.base_per_unit) * PARTS
    }
}

impl Month {
    fn new(id: MonthId, kinds: usize, held: usize) -> Self {
        let (kinds, held) = (vec![0; kinds], vec![0; held]);
        let hours = vec![0; held.len()];
        Self { id, on_demand: kinds.clone(), covered: kinds, bought: held.clone(), used: held, hours }
    }

    fn add(&mut self, hour: &Cleared) {
        add(&mut self.on_demand, &hour.on_demand);
        add(&mut self.covered, &hour.covered);
        add(&mut self.bought, &hour.bought);
        add(&mut self.used, &hour.used);
        for (hours, bought) in self.hours.iter_mut().zip(&hour.bought) {
            *hours += u64::from(*bought > 0);
        }
    }
}

fn add(sums: &mut [u128], more: &[u128]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
}

fn figures(month: &Month, index: usize, cost: Money) -> Result<HeldFigures, BillingError> {
    let (bought, used) = (month.bought[index], month.used[index]);
    // Sixty bits of the ratio are more than the twelve decimals that are kept.
    let shift = (128 - bought.leading_zeros()).saturating_sub(60);
    let unused = exact::divided((bought - used) >> shift, (bought >> shift).max(1)).unwrap_or_default();
    Ok(HeldFigures { cost, unused: Money((cost.0 * unused).round_dp(exact::PLACES)), bought, used })
}

fn blank() -> Line {
    Line {
        month: None,
        meter: None,
        provider: String::new(),
        service: String::new(),
        item: String::new(),
        quantity: rust_decimal::Decimal::ZERO,
        unit: String::new(),
        price: Money::ZERO,
        amount: Money::ZERO,
        tier: None,
    }
}

/// `like`, with a quantity of whole base units priced once.
fn priced(like: &Line, item: &str, quantity: u128, price: Money, per_unit: u128) -> Result<Line, BillingError> {
    let too_large =
        || BillingError::TooLarge { item: item.to_owned(), quantity, price: price.0.normalize().to_string() };
    let amount = exact::amount(quantity, price.0, per_unit).map(Money).ok_or_else(too_large)?;
    let quantity = exact::divided(quantity, per_unit).ok_or_else(too_large)?;
    Ok(Line { quantity, price, amount, ..like.clone() })
}
