//! The bill of a window: lines by month, cash, and how well the commitments served.

use super::clearing::{Cleared, HOUR_MS, PARTS, ratio};
use super::{Clearing, Commitment, HourlyUse, UseKind};
use crate::billing::{BillingError, Line, STANDARD_MONTH, combine, exact};
use crate::units::{Calendar, Money, MonthId, SimTime, Span};

/// What use and commitments come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// What no commitment covered. By month, then service and item.
    pub on_demand: Vec<Line>,
    /// What each commitment costs, used or not, its upfront part spread over its term. By month, then service and item.
    pub fees: Vec<Line>,
    /// Cash paid upfront within the window, in order of time. `fees` hold its share.
    pub upfront: Vec<Upfront>,
    pub months: Vec<MonthFigures>,
    /// By commitment, then kind: what it covered in the window, at the on-demand price.
    pub covered_by: Vec<Vec<Money>>,
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
    /// By kind: base units that no commitment covered, half up.
    pub on_demand: Vec<u128>,
    /// By kind: base units used.
    pub used: Vec<u128>,
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
    /// At the on-demand price: what it covered.
    pub covered: Money,
    /// In force, within the window.
    pub held: Span,
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
        self.on_demand.iter().chain(&self.fees).map(|line| line.amount).sum()
    }

    /// Cash that is due in the first hour.
    pub fn upfront_at_start(&self) -> Money {
        self.upfront.iter().filter(|payment| payment.hour == 0).map(|payment| payment.amount).sum()
    }

    /// All months together.
    pub fn overall(&self) -> MonthFigures {
        let nothing = (Money::ZERO, Money::ZERO);
        let (eligible, covered) = self
            .months
            .iter()
            .fold(nothing, |(eligible, covered), month| (eligible + month.eligible, covered + month.covered));
        let mut sum =
            MonthFigures { month: None, eligible, covered, on_demand: Vec::new(), used: Vec::new(), held: Vec::new() };
        for month in &self.months {
            for (sums, more) in [(&mut sum.on_demand, &month.on_demand), (&mut sum.used, &month.used)] {
                sums.resize(more.len(), 0);
                add(sums, more);
            }
            sum.held.resize(month.held.len(), HeldFigures::default());
            for (sum, held) in sum.held.iter_mut().zip(&month.held) {
                sum.cost += held.cost;
                sum.unused += held.unused;
                sum.covered += held.covered;
                sum.held = Span::from_ns(sum.held.ns().saturating_add(held.held.ns()));
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
    covered_by: Vec<Vec<u128>>,
    /// By commitment: milliseconds in force.
    held_ms: Vec<u64>,
}

impl Clearing {
    /// Clears the clock-hours of a window of `length` and prices each total of a month once. Of an hour in which the
    /// window ends, commitments give and cost their share; use after it is on demand.
    pub fn settle(
        &self,
        usage: &HourlyUse,
        length: Span,
        calendar: Calendar,
        provider: &str,
    ) -> Result<Settlement, BillingError> {
        let (mut on_demand, mut fees, mut months) = (Vec::new(), Vec::new(), Vec::new());
        let mut covered_by = vec![vec![Money::ZERO; self.kinds.len()]; self.held.len()];
        for month in self.months(usage, length, calendar)? {
            let of_month = Line { month: Some(month.id), provider: provider.to_owned(), ..blank() };
            on_demand.extend(self.on_demand_lines(&month, &of_month)?);
            let mut held = Vec::new();
            for (index, sums) in covered_by.iter_mut().enumerate() {
                let own = self.commitment_lines(&month, index, &of_month)?;
                let by_kind = self.values(&month.covered_by[index])?;
                sums.iter_mut().zip(&by_kind).for_each(|(sum, more)| *sum += *more);
                let covered = by_kind.into_iter().sum();
                held.push(figures(&month, index, own.iter().map(|line| line.amount).sum(), covered)?);
                fees.extend(own);
            }
            months.push(self.figures(&month, held)?);
        }
        let upfront = self.upfront(length.ns().div_ceil(Span::HOUR.ns()));
        Ok(Settlement { on_demand: combine(on_demand), fees: combine(fees), upfront, months, covered_by })
    }

    /// What the commitments cost in a month of 730 hours, used or not.
    pub fn monthly_fees(&self, month: MonthId, provider: &str) -> Result<Vec<Line>, BillingError> {
        let of_month = Line { month: Some(month), provider: provider.to_owned(), ..blank() };
        let standard = self.standard(month);
        let lines = (0..self.held.len()).map(|index| self.commitment_lines(&standard, index, &of_month));
        Ok(combine(lines.collect::<Result<Vec<_>, _>>()?.into_iter().flatten()))
    }

    /// What of them one commitment costs.
    pub fn monthly_fee(&self, commitment: usize, month: MonthId) -> Result<Money, BillingError> {
        let lines = self.commitment_lines(&self.standard(month), commitment, &blank())?;
        Ok(lines.iter().map(|line| line.amount).sum())
    }

    fn standard(&self, month: MonthId) -> Month {
        let mut standard = Month::new(month, self.kinds.len(), self.held.len());
        standard.held_ms.fill(STANDARD_MONTH.ns() / Span::MILLISECOND.ns());
        standard
    }

    fn figures(&self, month: &Month, held: Vec<HeldFigures>) -> Result<MonthFigures, BillingError> {
        let all: Vec<u128> = month.on_demand.iter().zip(&month.covered).map(|(a, b)| a + b).collect();
        let whole = |parts: &[u128]| parts.iter().map(|parts| (parts + PARTS / 2) / PARTS).collect();
        Ok(MonthFigures {
            month: Some(month.id),
            eligible: self.value(&all)?,
            covered: self.value(&month.covered)?,
            on_demand: whole(&month.on_demand),
            used: whole(&all),
            held,
        })
    }

    fn months(&self, usage: &HourlyUse, length: Span, calendar: Calendar) -> Result<Vec<Month>, BillingError> {
        let length_ms = length.ns().div_ceil(Span::MILLISECOND.ns());
        let hours = length_ms.div_ceil(HOUR_MS).max(usage.hours());
        let end = SimTime::from_ns(hours.saturating_mul(Span::HOUR.ns()));
        let mut months = Vec::new();
        let mut hour = 0;
        for (id, boundary) in calendar.months_until(end) {
            let last = boundary.min(end).ns() / Span::HOUR.ns();
            let mut month = Month::new(id, self.kinds.len(), self.held.len());
            for hour in hour..last {
                let held_ms = length_ms.saturating_sub(hour * HOUR_MS).min(HOUR_MS);
                month.add(&self.part_of_hour(hour, usage, held_ms)?);
                for (sum, held) in month.held_ms.iter_mut().zip(&self.held) {
                    *sum += if held.is_in_force(hour) { held_ms } else { 0 };
                }
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
                ..kind.priced(of_month, *parts)?
            })
        };
        rest.map(line).collect()
    }

    /// The time in force at the hourly fee, and its share of the upfront payment.
    fn commitment_lines(&self, month: &Month, index: usize, of_month: &Line) -> Result<Vec<Line>, BillingError> {
        let held: &Commitment = &self.held[index];
        let held_ms = u128::from(month.held_ms[index]) * u128::from(held.offer.count());
        let of_held = Line { service: held.offer.service().to_owned(), ..of_month.clone() };
        let mut lines = Vec::new();
        if held_ms > 0 && held.payment.hourly != Money::ZERO {
            let line = priced(&of_held, &held.name, held_ms, held.payment.hourly, HOUR_MS.into())?;
            lines.push(Line { item: held.name.clone(), unit: "hour".to_owned(), ..line });
        }
        if held_ms > 0 && held.payment.upfront != Money::ZERO {
            let term_ms = u128::from(held.term.hours()) * u128::from(HOUR_MS);
            let line = priced(&of_held, &held.name, held_ms, held.payment.upfront, term_ms)?;
            let item = format!("{}: upfront share", held.name);
            lines.push(Line { item, unit: format!("term of {}", held.term.span()), ..line });
        }
        Ok(lines)
    }

    /// What parts of base units cost on demand.
    fn value(&self, parts: &[u128]) -> Result<Money, BillingError> {
        Ok(self.values(parts)?.into_iter().sum())
    }

    /// The same by kind.
    fn values(&self, parts: &[u128]) -> Result<Vec<Money>, BillingError> {
        let amount = |(kind, parts): (&UseKind, &u128)| kind.priced(&blank(), *parts).map(|line| line.amount);
        self.kinds.iter().zip(parts).map(amount).collect()
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
    /// Parts of base units at the on-demand price; in whole base units where a price of many decimals leaves no room
    /// for parts.
    fn priced(&self, like: &Line, parts: u128) -> Result<Line, BillingError> {
        let base = u128::from(self.base_per_unit);
        let whole = || priced(like, &self.item, (parts + PARTS / 2) / PARTS, self.on_demand, base);
        if parts.is_multiple_of(PARTS) {
            return whole();
        }
        priced(like, &self.item, parts, self.on_demand, base * PARTS).or_else(|_| whole())
    }
}

impl Month {
    fn new(id: MonthId, kinds: usize, held: usize) -> Self {
        Self {
            id,
            on_demand: vec![0; kinds],
            covered: vec![0; kinds],
            bought: vec![0; held],
            used: vec![0; held],
            covered_by: vec![vec![0; kinds]; held],
            held_ms: vec![0; held],
        }
    }

    fn add(&mut self, hour: &Cleared) {
        add(&mut self.on_demand, &hour.on_demand);
        add(&mut self.covered, &hour.covered);
        add(&mut self.bought, &hour.bought);
        add(&mut self.used, &hour.used);
        self.covered_by.iter_mut().zip(&hour.covered_by).for_each(|(sums, more)| add(sums, more));
    }
}

fn add(sums: &mut [u128], more: &[u128]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
}

fn figures(month: &Month, index: usize, cost: Money, covered: Money) -> Result<HeldFigures, BillingError> {
    let (bought, used) = (month.bought[index], month.used[index]);
    // Sixty bits of the ratio are more than the twelve decimals that are kept.
    let shift = (128 - bought.leading_zeros()).saturating_sub(60);
    let unused = exact::divided((bought - used) >> shift, (bought >> shift).max(1)).unwrap_or_default();
    let unused = Money((cost.0 * unused).round_dp(exact::PLACES));
    let held = Span::from_ms(month.held_ms[index]);
    Ok(HeldFigures { cost, unused, covered, held, bought, used })
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
