//! Spot capacity: a price that changes, and the exact bill of instances that ran on it.
//!
//! AWS (EC2 FAQ and spot documentation, as remembered; no copy of the pages was at hand): the price in effect at the
//! beginning of each instance-hour holds for that hour, time is billed by the second, 60 seconds at least, and an
//! instance that the provider interrupts within its first hour is free. Each of these is a field of [`SpotRule`].

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{BillingError, Line, exact};
use crate::units::{Calendar, Money, MonthId, SimTime, Span};

/// What can be wrong with a price series, or with asking it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpotError {
    #[error("the price series `{name}` has no prices")]
    Empty { name: String },
    #[error("the price series `{name}` goes back from {} s to {} s", before.seconds(), now.seconds())]
    Disordered { name: String, before: SimTime, now: SimTime },
    #[error("the price series `{name}` has no price as large or small as {price}")]
    Price { name: String, price: String },
    #[error("the price series `{name}` begins at {} s, an instance ran from {} s on", begins.seconds(), from.seconds())]
    Early { name: String, begins: SimTime, from: SimTime },
    #[error("the price series `{name}` ends at {} s, an instance ran until {} s", ends.seconds(), until.seconds())]
    Ended { name: String, ends: SimTime, until: SimTime },
}

/// Prices of an hour of one instance over time. Each holds until the next; the last holds until the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSeries {
    name: String,
    changes: Vec<(SimTime, Money)>,
    end: SimTime,
}

impl PriceSeries {
    /// A series that is known until its last row. Of several prices at one instant the last one holds.
    pub fn new(name: &str, rows: Vec<(SimTime, Money)>) -> Result<Self, SpotError> {
        let name = || name.to_owned();
        let end = rows.last().ok_or_else(|| SpotError::Empty { name: name() })?.0;
        let mut changes: Vec<(SimTime, Money)> = Vec::with_capacity(rows.len());
        for (at, price) in rows {
            let price = price.checked().ok_or_else(|| SpotError::Price { name: name(), price: price.0.to_string() })?;
            match changes.last_mut() {
                Some(last) if at < last.0 => {
                    return Err(SpotError::Disordered { name: name(), before: last.0, now: at });
                }
                Some(last) if at == last.0 => last.1 = price,
                Some(last) if price == last.1 => {}
                _ => changes.push((at, price)),
            }
        }
        Ok(Self { name: name(), changes, end })
    }

    /// One price for ever.
    pub fn flat(name: &str, price: Money) -> Self {
        Self { name: name.to_owned(), changes: vec![(SimTime::ZERO, price)], end: SimTime::END }
    }

    /// The same series with its last price held until `end`, if that is later.
    pub fn held_until(mut self, end: SimTime) -> Self {
        self.end = self.end.max(end);
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Instants at which the price changes, and what it is from then on.
    pub fn changes(&self) -> &[(SimTime, Money)] {
        &self.changes
    }

    pub fn begin(&self) -> SimTime {
        self.changes[0].0
    }

    pub const fn end(&self) -> SimTime {
        self.end
    }

    /// The price in effect at `instant`; `None` before the series begins and after it ends.
    pub fn at(&self, instant: SimTime) -> Option<Money> {
        let after = self.changes.partition_point(|(at, _)| *at <= instant);
        let known = after > 0 && instant <= self.end;
        known.then(|| self.changes[after - 1].1)
    }

    /// An error unless every instant of `[from, to)` has a price.
    fn cover(&self, from: SimTime, to: SimTime) -> Result<(), SpotError> {
        let name = || self.name.clone();
        if from < self.begin() {
            return Err(SpotError::Early { name: name(), begins: self.begin(), from });
        }
        if to > self.end {
            return Err(SpotError::Ended { name: name(), ends: self.end, until: to });
        }
        Ok(())
    }
}

/// When a running instance gets a new price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repricing {
    /// At the beginning of each hour since the instance started.
    InstanceHour,
    /// Whenever the price changes.
    Continuous,
}

/// How a provider bills spot capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotRule {
    pub repricing: Repricing,
    /// A run is billed in such steps, rounded up; not zero.
    pub increment: Span,
    /// A run is billed for at least this.
    pub least: Span,
    /// A run that the provider interrupts sooner is free.
    pub free_before: Span,
}

impl SpotRule {
    /// See the head of this module.
    pub const AWS: Self = Self {
        repricing: Repricing::InstanceHour,
        increment: Span::SECOND,
        least: Span::MINUTE,
        free_before: Span::HOUR,
    };
}

/// What leases of one kind of spot capacity cost, already looked up.
#[derive(Clone, Debug)]
pub struct SpotTariff {
    pub service: String,
    pub item: String,
    /// Covers every lease.
    pub series: Arc<PriceSeries>,
    pub rule: SpotRule,
}

impl SpotTariff {
    /// The bill of `runs`. The price of its lines is zero where it changes: see [`Line::mean_price`].
    pub fn lines(
        &self,
        provider: &str,
        runs: impl Iterator<Item = SpotRun>,
        calendar: Calendar,
    ) -> Result<Vec<Line>, BillingError> {
        let mut sum = SpotUse::default();
        for run in runs {
            sum.add(run, &self.series, &self.rule, calendar).map_err(BillingError::Spot)?;
        }
        let lines = sum.lines(provider, &self.item)?.into_iter();
        let flat = self.series.changes.len() == 1;
        let priced = |line: Line| if flat { line.price } else { Money::ZERO };
        Ok(lines.map(|line| Line { price: priced(line.clone()), service: self.service.clone(), ..line }).collect())
    }
}

/// Who ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotEnd {
    Interrupted,
    /// The user, or the end of the window.
    Released,
}

/// One instance from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotRun {
    pub from: SimTime,
    pub to: SimTime,
    pub ended: SpotEnd,
}

/// What runs on a series come to, by month; additive and exact in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpotUse {
    months: BTreeMap<MonthId, SpotMonth>,
}

/// One month. Time belongs to the month in which its instance-hour, or its price, began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpotMonth {
    /// Instance-milliseconds billed.
    pub billed_ms: u128,
    /// Instance-milliseconds that were free because the provider interrupted them.
    pub free_ms: u128,
    /// Price of an hour times milliseconds.
    price_ms: Decimal,
}

impl SpotUse {
    /// Adds one run. Nothing is added if the series does not cover it.
    pub fn add(
        &mut self,
        run: SpotRun,
        series: &PriceSeries,
        rule: &SpotRule,
        calendar: Calendar,
    ) -> Result<(), SpotError> {
        series.cover(run.from, run.to)?;
        let length = run.to.since(run.from);
        if run.ended == SpotEnd::Interrupted && length < rule.free_before {
            self.month(calendar, run.from).free_ms += milliseconds(length);
            return Ok(());
        }
        let steps = length.ns().div_ceil(rule.increment.ns().max(1));
        let billed = Span::from_ns(steps.saturating_mul(rule.increment.ns())).max(rule.least);
        let end = run.from + billed;
        let mut from = run.from;
        while from < end {
            let (price, until) = series.segment(run, from, end, rule.repricing);
            let ms = milliseconds(until.since(from));
            let month = self.month(calendar, from);
            month.billed_ms += ms;
            month.price_ms += price.0 * Decimal::from(ms);
            from = until;
        }
        Ok(())
    }

    pub fn merge(&mut self, other: &Self) {
        for (id, more) in &other.months {
            let month = self.months.entry(*id).or_default();
            month.billed_ms += more.billed_ms;
            month.free_ms += more.free_ms;
            month.price_ms += more.price_ms;
        }
    }

    pub fn months(&self) -> impl Iterator<Item = (MonthId, &SpotMonth)> {
        self.months.iter().map(|(id, month)| (*id, month))
    }

    /// A line a month for what is billed, at its mean price, and one for what was free.
    pub fn lines(&self, provider: &str, item: &str) -> Result<Vec<Line>, BillingError> {
        let mut lines = Vec::new();
        for (id, month) in &self.months {
            let line = |quantity: u128, price, amount, tier: Option<&str>| Line {
                month: Some(*id),
                meter: None,
                provider: provider.to_owned(),
                service: "EC2 spot".to_owned(),
                item: item.to_owned(),
                quantity: exact::divided(quantity, HOUR_MS).unwrap_or(Decimal::MAX),
                unit: "hour".to_owned(),
                price,
                amount,
                tier: tier.map(str::to_owned),
            };
            if month.free_ms > 0 {
                lines.push(line(month.free_ms, Money::ZERO, Money::ZERO, Some("free")));
            }
            if month.billed_ms > 0 {
                let amount = exact::amount(1, month.price_ms, HOUR_MS).ok_or_else(|| too_large(item, month))?;
                let mean = exact::amount(1, month.price_ms, month.billed_ms).ok_or_else(|| too_large(item, month))?;
                lines.push(line(month.billed_ms, Money(mean), Money(amount), None));
            }
        }
        Ok(lines)
    }

    fn month(&mut self, calendar: Calendar, instant: SimTime) -> &mut SpotMonth {
        self.months.entry(calendar.month_of(instant)).or_default()
    }
}

const HOUR_MS: u128 = 3_600_000;

impl PriceSeries {
    /// The price of `run` at `from`, and until when it holds, `end` at most. What is billed beyond the series, a part of
    /// a step, has its last price.
    fn segment(&self, run: SpotRun, from: SimTime, end: SimTime, repricing: Repricing) -> (Money, SimTime) {
        let price = self.at(from.min(self.end)).unwrap_or(self.changes[self.changes.len() - 1].1);
        let hours = from.since(run.from).ns() / Span::HOUR.ns();
        let hour_ends = run.from + Span::from_ns((hours + 1).saturating_mul(Span::HOUR.ns()));
        let until = match repricing {
            Repricing::InstanceHour => hour_ends,
            Repricing::Continuous => {
                let next = self.changes.partition_point(|(at, _)| *at <= from);
                self.changes.get(next).map_or(hour_ends, |(at, _)| hour_ends.min(*at))
            }
        };
        (price, until.min(end))
    }
}

const fn milliseconds(span: Span) -> u128 {
    (span.ns() / Span::MILLISECOND.ns()) as u128
}

fn too_large(item: &str, month: &SpotMonth) -> BillingError {
    BillingError::TooLarge { item: item.to_owned(), quantity: month.billed_ms, price: month.price_ms.to_string() }
}

#[cfg(test)]
mod tests;
