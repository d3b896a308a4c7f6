//! What is owned, on the bill of one replication: how its servers worked, by calendar month, becomes lines and cash.
//!
//! Work is summed over the whole window; which part of it fell into a month is read from the time-line of the deployment,
//! whose intervals are cut at the month. The total is exact, energy by month as fine as the time-line.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::causes::{self, ByCause};
use super::figures::Figures;
use super::{ByCategory, CashByYear};
use crate::billing::ownership::{CashYear, CostCategory, Owned, OwnedBill, Ownership};
use crate::billing::{BillingError, Invoice, Line, exact};
use crate::record::{Bucket, SiteTally, Tally};
use crate::scenario::{Deployment, Site};
use crate::units::{Calendar, Currency, Money, MonthId, SimTime, Span};

/// A month as prices by the month mean it.
const MONTH: Span = Span::from_secs(730 * 3_600);

/// The energy of work: all that is owned costs more by what it does.
pub(super) const AT_WORK: &str = "energy, at work";

/// The bill of what is owned at one of the sites.
pub struct OwnedInvoice {
    /// Of the deployment.
    pub site: usize,
    /// What of the month is paid for capacity that did nothing.
    pub idle: f64,
    /// What the month is paid for.
    pub causes: ByCause,
    pub window: Invoice,
    /// A month of 730 hours at the pace of the window.
    pub month: Invoice,
    pub cash: Vec<CashYear>,
}

/// The bills of all sites where something is owned.
pub fn all(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Vec<OwnedInvoice>, BillingError> {
    let owned = sites.iter().enumerate().filter_map(|(index, site)| Some((index, site, site.owned.as_deref()?)));
    owned.map(|(index, site, owned)| of_site(tally, index, owned, site.tariff.currency, calendar)).collect()
}

fn of_site(
    tally: &Tally,
    site: usize,
    owned: &Ownership,
    currency: Currency,
    calendar: Calendar,
) -> Result<OwnedInvoice, BillingError> {
    let end = tally.window().end;
    let here = &tally.sites[site];
    let bill = Owned {
        calendar,
        end,
        purchases: owned.purchases.clone(),
        cores_per_server: owned.cores_per_server,
        server_ms: by_month(tally, here.instance_ns, tally.sum(|site| site.instance_ns), |bucket| bucket.instance_ns),
        busy_core_ms: by_month(tally, here.worked_ns(), tally.sum(|site| site.busy_ns), |bucket| bucket.busy_ns),
    }
    .bill(&owned.terms)?;
    let window = invoice(&bill, currency);
    let month = at_pace(&window, end.since(SimTime::ZERO))?;
    let causes = causes::of_owned(&month, unused(here), tally, site);
    Ok(OwnedInvoice { site, idle: idle(&month, here), causes, window, month, cash: bill.cash })
}

/// Everything but the energy of work is paid for what there is, and by as much for nothing as it does nothing.
fn idle(month: &Invoice, site: &SiteTally) -> f64 {
    let there = month.lines.iter().filter(|line| line.item != AT_WORK);
    there.map(|line| line.amount.to_f64()).sum::<f64>() * unused(site)
}

fn unused(site: &SiteTally) -> f64 {
    let held = (site.milli_place_ns as f64 / 1e3).max(1.0);
    (1.0 - site.worked_ns() as f64 / held).clamp(0.0, 1.0)
}

fn invoice(bill: &OwnedBill, currency: Currency) -> Invoice {
    let lines = bill.lines.iter().map(|own| own.line.clone()).collect();
    Invoice { currency, lines, upfront: Money::ZERO }
}

/// Milliseconds by month: `part` of `whole`, which were counted after the warm-up, of what `of` says for each interval.
fn by_month(tally: &Tally, part: u128, whole: u128, of: impl Fn(&Bucket) -> u128) -> BTreeMap<MonthId, u128> {
    const MS: u128 = 1_000_000;
    let width = tally.timeline.width();
    let mut months: BTreeMap<MonthId, u128> = BTreeMap::new();
    for (index, bucket) in tally.timeline.buckets.iter().enumerate() {
        let from = SimTime::from_ns(width.ns().saturating_mul(index as u64));
        let to = (from + width).min(tally.window().end);
        let length = u128::from(to.since(from).ns()).max(1);
        let mut start = from;
        for (month, until) in &tally.window().months {
            let stop = to.min(*until);
            if start < stop {
                *months.entry(*month).or_default() += of(bucket) * u128::from(stop.since(start).ns()) / length;
                start = stop;
            }
        }
    }
    let (part, whole) = (part / MS, (whole / MS).max(1));
    months.values_mut().for_each(|ns| *ns = (*ns / MS).saturating_mul(part) / whole);
    months
}

fn ms(span: Span) -> u128 {
    u128::from(span.ns() / Span::MILLISECOND.ns())
}

/// Every line scaled to a month of 730 hours; its months added up.
fn at_pace(window: &Invoice, length: Span) -> Result<Invoice, BillingError> {
    let scaled = |value: Decimal, line: &Line| {
        let too_large = || BillingError::TooLarge {
            item: line.item.clone(),
            quantity: MONTH.ns().into(),
            price: value.to_string(),
        };
        exact::amount(ms(MONTH), value, ms(length).max(1)).ok_or_else(too_large)
    };
    let line = |line: Line| {
        let (quantity, amount) = (scaled(line.quantity, &line)?, scaled(line.amount.0, &line)?);
        Ok(Line { quantity, amount: Money(amount), ..line })
    };
    let lines: Result<Vec<Line>, BillingError> = window.merged().into_iter().map(line).collect();
    Ok(Invoice { currency: window.currency, lines: lines?, upfront: window.upfront })
}

/// As results name it.
pub fn category(line: &Line) -> Option<String> {
    CostCategory::of(line).map(|category| category.name().to_owned())
}

/// What the bills of the window are made of, in the mean; `None` where nothing is owned.
pub fn by_category(deployment: &Deployment, figures: &[Figures]) -> Option<ByCategory> {
    deployment.sites.iter().find(|site| site.owned.is_some())?;
    let lines = || figures.iter().flat_map(|figures| &figures.invoice.lines);
    let of = |category: Option<CostCategory>| {
        let ours = lines().filter(|line| CostCategory::of(line) == category);
        mean(ours.map(|line| line.amount).sum(), figures.len())
    };
    Some(ByCategory {
        provider: of(None),
        cash: of(Some(CostCategory::Cash)),
        depreciation: of(Some(CostCategory::Depreciation)),
        staff: of(Some(CostCategory::Staff)),
    })
}

/// The cash of all sites, in the mean over replications.
pub fn cash_by_year(figures: &[Figures]) -> Vec<CashByYear> {
    let mut years: BTreeMap<i32, CashYear> = BTreeMap::new();
    for cash in figures.iter().flat_map(|figures| &figures.cash) {
        let year = years.entry(cash.year).or_insert(CashYear { year: cash.year, ..CashYear::default() });
        year.purchases += cash.purchases;
        year.operating += cash.operating;
        year.staff += cash.staff;
    }
    let mean = |sum: Money| mean(sum, figures.len());
    let row = |cash: CashYear| CashByYear {
        year: cash.year,
        purchases: mean(cash.purchases),
        operating: mean(cash.operating),
        staff: mean(cash.staff),
    };
    years.into_values().map(row).collect()
}

fn mean(sum: Money, count: usize) -> Money {
    Money((sum.0 / Decimal::from(count.max(1))).round_dp(exact::PLACES))
}
