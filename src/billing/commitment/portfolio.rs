//! All that one deployment has committed to, and the bill of its site under it.

use super::reservation::running;
use super::{
    CapacityReservation, Clearing, Commitment, HourlyUse, InstanceType, KindId, Offer, Settlement, UseKind, What,
};
use crate::billing::exact::multiplied_and_divided;
use crate::billing::{
    BillingError, Invoice, Line, Meter, MeterPrice, STANDARD_MONTH, Tariff, Usage, Window, combine, invoice, monthly,
};
use crate::units::{Calendar, Money, MonthId, SimTime, Span};

/// A kind of use that commitments may cover, and the price of what they leave.
#[derive(Clone, Debug)]
pub struct Coverable {
    /// What counts it; `None` for reserved capacity in which nothing runs.
    pub meter: Option<Meter>,
    pub price: MeterPrice,
    pub kind: UseKind,
}

impl Coverable {
    /// What commitments can cover of that which `tariff` prices. `servers`: type and zone of the instances.
    pub fn of(tariff: &Tariff, servers: Option<(&InstanceType, Option<&str>)>) -> Vec<Self> {
        let of_price = |price: &MeterPrice| {
            let what = match (price.meter, servers) {
                (Meter::InstanceTime, Some((instance, zone))) => {
                    What::Instance { instance: instance.clone(), zone: zone.map(str::to_owned) }
                }
                (Meter::Compute | Meter::ProvisionedCompute | Meter::ProvisionedConcurrency, _)
                | (Meter::VcpuTime | Meter::MemoryTime, _) => What::Compute,
                _ => return None,
            };
            Some(Self { meter: Some(price.meter), kind: kind(price, what)?, price: price.clone() })
        };
        tariff.prices.iter().filter_map(of_price).collect()
    }

    /// Reserved capacity in which no instance runs, at the price of one. It lies in no zone: a zonal reservation does
    /// not apply to it.
    pub fn unused_capacity(&self) -> Option<Self> {
        let What::Instance { instance, .. } = &self.kind.what else { return None };
        let item = format!("{instance} capacity reservation, unused");
        let price = MeterPrice { item, ..self.price.clone() };
        let what = What::Instance { instance: instance.clone(), zone: None };
        Some(Self { meter: None, kind: kind(&price, what)?, price })
    }
}

/// Prices with tiers stand in a clearing with their first.
fn kind(price: &MeterPrice, what: What) -> Option<UseKind> {
    Some(UseKind {
        what,
        service: price.service.clone(),
        item: price.item.clone(),
        unit: price.unit.clone(),
        base_per_unit: u64::try_from(price.base_per_unit).ok()?,
        on_demand: price.tiers.first()?.price,
    })
}

/// A capacity reservation, and what the bill calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCapacity {
    pub name: String,
    pub reservation: CapacityReservation,
}

/// What a deployment holds, ready to be cleared against what it uses.
#[derive(Clone, Debug)]
pub struct Portfolio {
    pub(super) uses: Vec<Coverable>,
    clearing: Clearing,
    pub(super) capacity: Vec<KeptCapacity>,
    /// Servers of a fixed fleet all of which it buys.
    whole_fleet: Option<u32>,
}

/// What was used at a site.
#[derive(Clone, Copy, Debug)]
pub struct SiteUse<'a> {
    /// As billed, by month.
    pub usage: &'a Usage,
    /// Without what minimums and increments add.
    pub pace: &'a Usage,
    /// By meter: base units by clock-hour.
    pub hours: &'a [(Meter, Vec<u64>)],
    /// When each instance ran.
    pub runs: &'a [(SimTime, SimTime)],
    /// Of the window.
    pub length: Span,
}

/// The bill of a site, and how well its commitments served.
#[derive(Clone, Debug)]
pub struct Cover {
    pub window: Invoice,
    /// A month of 730 hours: every commitment for the whole of it, and the rest at the pace of the window.
    pub month: Invoice,
    /// In the order held, capacity reservations last.
    pub served: Vec<Served>,
    /// What of the month is paid for commitments and reserved capacity, by what it was paid for. Their lines name no
    /// meter.
    pub committed: Vec<PaidFor>,
}

/// A part of what commitments cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaidFor {
    /// What it covered; `None`: nothing that was used.
    pub meter: Option<Meter>,
    pub amount: f64,
}

/// How one commitment served in the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    pub name: String,
    /// What `bought` and `used` are counted in: `instance-hours`, or `commitment` in the currency of the bill.
    pub counted: &'static str,
    pub bought: f64,
    pub used: f64,
    /// Used part of what was bought; `None` if nothing was bought.
    pub utilization: Option<f64>,
    /// Part of all use that could be covered, in money on demand, that it covered; `None` without use, and for reserved
    /// capacity, which covers nothing.
    pub coverage: Option<f64>,
    /// Of the window, used or not. Of reserved capacity what its unused part adds, before other commitments cover it.
    pub cost: Money,
    /// The part of `cost` that bought nothing that was used.
    pub unused: Money,
    /// What it covered, at the on-demand price.
    pub covered: Money,
}

impl Portfolio {
    /// Rates of plans in `held` name kinds by their place in `uses`. An error if a price is too large.
    pub fn new(uses: Vec<Coverable>, held: Vec<Commitment>, capacity: Vec<KeptCapacity>) -> Result<Self, BillingError> {
        let clearing = Clearing::new(uses.iter().map(|of| of.kind.clone()).collect(), held)?;
        Ok(Self { uses, clearing, capacity, whole_fleet: None })
    }

    /// It buys all of a fixed fleet of `count` servers.
    #[must_use]
    pub fn of_whole_fleet(self, count: u32) -> Self {
        Self { whole_fleet: Some(count), ..self }
    }

    /// What it would be if the fleet had so many servers more: the same, unless it buys the whole fleet.
    pub fn resized(&self, change: i32) -> Result<Self, BillingError> {
        let Some(count) = self.whole_fleet.filter(|count| *count > 0) else { return Ok(self.clone()) };
        let new = count.saturating_add_signed(change);
        let held = self.clearing.held().iter().map(|held| held.resized(count, new)).collect();
        Ok(Self::new(self.uses.clone(), held, self.capacity.clone())?.of_whole_fleet(new))
    }

    pub fn clearing(&self) -> &Clearing {
        &self.clearing
    }

    /// The bill of a site under these commitments; what they do not touch is billed by `tariff` as ever.
    pub fn cover(&self, of: SiteUse<'_>, tariff: &Tariff, calendar: Calendar) -> Result<Cover, BillingError> {
        let (usage, capacity) = self.hourly(&of);
        let settlement = self.clearing.settle(&usage, of.length, calendar, &tariff.provider)?;
        let overall = settlement.overall();

        let mut window = invoice(&self.apart(of.usage), tariff, &Window::new(calendar, of.length))?;
        for month in &settlement.months {
            let id = month.month.expect("the figures of a month have a month");
            self.add_rest(&mut window, tariff, id, &month.on_demand)?;
        }
        window.upfront += settlement.upfront_at_start();
        window.lines = combine(window.lines.into_iter().chain(settlement.fees.iter().cloned()));

        let first = calendar.month_of(SimTime::ZERO);
        let month = self.month(&of, tariff, first, (&overall.on_demand, &overall.used), window.upfront)?;
        let held = self.clearing.held().iter().zip(&overall.held);
        let served = held.map(|(held, figures)| served(held, figures, overall.eligible)).chain(capacity).collect();
        let committed = self.committed(&month, &settlement, first)?;
        Ok(Cover { window, month, served, committed })
    }

    /// Divides what commitments cost in a month as the window divided them: by their use, and that by what they covered.
    fn committed(
        &self,
        month: &Invoice,
        settlement: &Settlement,
        first: MonthId,
    ) -> Result<Vec<PaidFor>, BillingError> {
        let mut parts = Vec::new();
        let mut fees = 0.0;
        for (index, figures) in settlement.overall().held.iter().enumerate() {
            let fee = self.clearing.monthly_fee(index, first)?.to_f64();
            let used = fee * figures.utilization().unwrap_or(0.0);
            let covered: Vec<f64> = settlement.covered_by[index].iter().map(|value| value.to_f64()).collect();
            let whole: f64 = covered.iter().sum();
            parts.push(PaidFor { meter: None, amount: if whole > 0.0 { fee - used } else { fee } });
            let of_kind =
                |(of, covered): (&Coverable, f64)| PaidFor { meter: of.meter, amount: used * covered / whole };
            parts.extend(self.uses.iter().zip(covered).filter(|(_, covered)| *covered > 0.0).map(of_kind));
            fees += fee;
        }
        // The rest without a meter is reserved capacity that nothing covers and nobody uses.
        let unmetered = month.lines.iter().filter(|line| line.meter.is_none()).map(|line| line.amount).sum::<Money>();
        parts.push(PaidFor { meter: None, amount: (unmetered.to_f64() - fees).max(0.0) });
        Ok(parts)
    }

    /// Use by kind and hour, and how reserved capacity served: instances fill the first reservation first.
    pub(super) fn hourly(&self, of: &SiteUse<'_>) -> (HourlyUse, Vec<Served>) {
        let mut usage = HourlyUse::new(self.uses.len());
        let mut unused_kind = None;
        for (id, coverable) in (0..).map(KindId).zip(&self.uses) {
            let hours = of.hours.iter().find(|(meter, _)| Some(*meter) == coverable.meter);
            for (hour, units) in hours.iter().flat_map(|(_, hours)| (0..).zip(hours)) {
                usage.add(id, hour, *units);
            }
            unused_kind = if coverable.meter.is_none() { Some((id, coverable)) } else { unused_kind };
        }
        let Some((kind, coverable)) = unused_kind else { return (usage, Vec::new()) };
        let end = SimTime::ZERO + of.length;
        let mut running = running(of.runs);
        let mut served = Vec::new();
        for kept in &self.capacity {
            let CapacityReservation { count, from, to } = kept.reservation;
            let reservation = CapacityReservation { count, from: from.min(end), to: to.min(end) };
            reservation.fill(&running, end, &mut usage, kind);
            served.push(kept.served(&reservation, &running, end, coverable.kind.on_demand));
            running = reservation.outside(&running, end);
        }
        (usage, served)
    }

    /// What no kind counts.
    fn apart(&self, usage: &Usage) -> Usage {
        let mut apart = Usage::default();
        let counted = |meter: Meter| self.uses.iter().any(|of| of.meter == Some(meter));
        for (month, meter, quantity) in usage.iter().filter(|(_, meter, _)| !counted(*meter)) {
            apart.add(month, meter, quantity);
        }
        apart
    }

    /// Adds what commitments leave of each kind, at the prices of the tariff: its tiers, its allowances.
    fn add_rest(
        &self,
        invoice: &mut Invoice,
        tariff: &Tariff,
        month: MonthId,
        rest: &[u128],
    ) -> Result<(), BillingError> {
        for (coverable, quantity) in self.uses.iter().zip(rest) {
            let lines = coverable.price.lines(tariff, month, *quantity)?;
            invoice.lines.extend(lines.into_iter().map(|line| Line { meter: coverable.meter, ..line }));
        }
        Ok(())
    }

    /// `rest` and `used` are base units of the window, by kind.
    fn month(
        &self,
        of: &SiteUse<'_>,
        tariff: &Tariff,
        first: MonthId,
        (rest, used): (&[u128], &[u128]),
        upfront: Money,
    ) -> Result<Invoice, BillingError> {
        let pace = monthly(of.pace, of.length)?;
        let standard = Window::standard_month(first);
        let mut month = invoice(&self.apart(&pace), tariff, &standard)?;
        let share = |(coverable, (rest, used)): (&Coverable, (&u128, &u128))| {
            let scaled = match coverable.meter {
                _ if *used == 0 => Some(0),
                Some(meter) => multiplied_and_divided(pace.total(meter), *rest, *used),
                None => multiplied_and_divided(*rest, STANDARD_MONTH.ns().into(), of.length.ns().into()),
            };
            scaled.ok_or_else(|| BillingError::TooLarge {
                item: coverable.price.item.clone(),
                quantity: *rest,
                price: "a month of 730 hours".to_owned(),
            })
        };
        let rest: Vec<u128> = self.uses.iter().zip(rest.iter().zip(used)).map(share).collect::<Result<_, _>>()?;
        self.add_rest(&mut month, tariff, first, &rest)?;
        let fees: Vec<Line> = self.clearing.monthly_fees(first, &tariff.provider)?;
        Ok(Invoice {
            currency: month.currency,
            lines: combine(month.lines.into_iter().chain(fees)),
            upfront: month.upfront + upfront,
        })
    }
}

fn served(held: &Commitment, figures: &super::HeldFigures, eligible: Money) -> Served {
    let hours = figures.held.seconds() / 3_600.0;
    let (counted, bought) = match &held.offer {
        Offer::ZonalReserved { count, .. } | Offer::RegionalReserved { count, .. } => {
            ("instance-hours", f64::from(*count) * hours)
        }
        Offer::InstancePlan { commitment, .. } | Offer::ComputePlan { commitment, .. } => {
            ("commitment", commitment.to_f64() * hours)
        }
    };
    let utilization = figures.utilization();
    Served {
        name: held.name.clone(),
        counted,
        bought,
        used: bought * utilization.unwrap_or(0.0),
        utilization,
        coverage: (eligible > Money::ZERO).then(|| figures.covered.to_f64() / eligible.to_f64()),
        cost: figures.cost,
        unused: figures.unused,
        covered: figures.covered,
    }
}

impl KeptCapacity {
    fn served(
        &self,
        reservation: &CapacityReservation,
        running: &[(SimTime, u32)],
        end: SimTime,
        on_demand: Money,
    ) -> Served {
        let split = reservation.settle(running, end);
        let hours = |ms: u128| ms as f64 / Span::HOUR.seconds() / 1e3;
        let bought = split.used + split.unused;
        let unused = crate::billing::exact::amount(split.unused, on_demand.0, super::clearing::HOUR_MS.into());
        let unused = Money(unused.unwrap_or_default());
        Served {
            name: self.name.clone(),
            counted: "instance-hours",
            bought: hours(bought),
            used: hours(split.used),
            utilization: super::clearing::ratio(split.used, bought),
            coverage: None,
            cost: unused,
            unused,
            covered: Money::ZERO,
        }
    }
}
