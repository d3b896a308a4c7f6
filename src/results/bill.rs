//! The bill of one replication of one deployment: of every site, for the window and for a month at its pace.

use super::owned_bill;
use crate::billing::commitment::{Cover, Portfolio, Served, SiteUse};
use crate::billing::ownership::CashYear;
use crate::billing::{BillingError, Invoice, Usage, Window, invoice, monthly};
use crate::record::Tally;
use crate::scenario::Site;
use crate::units::{Calendar, Money, SimTime};

use super::causes::{self, ByCause};
use super::claims;
use super::spot_bill::{with_leases, with_leases_of_a_month};

/// What a deployment costs.
#[derive(Debug)]
pub struct Bill {
    pub window: Invoice,
    /// A month of 730 hours at the pace of the window.
    pub month: Invoice,
    /// Cash for what is owned, by site and year.
    pub cash: Vec<CashYear>,
    /// What of the month is paid for capacity that did nothing.
    pub idle: f64,
    /// What the month is paid for.
    pub causes: ByCause,
    /// What each site comes to, for the window and for the month.
    pub sites: Vec<[Money; 2]>,
    /// How commitments served, with the names of their sites.
    pub commitments: Vec<(String, Served)>,
}

impl Bill {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let usage = tally.usage().into_iter().zip(tally.pace());
        let covers: Vec<Cover> = sites
            .iter()
            .zip(&usage.collect::<Vec<_>>())
            .enumerate()
            .map(|(index, (site, (usage, pace)))| of_site(tally, index, site, [usage, pace], calendar))
            .collect::<Result<_, _>>()?;
        let paces = tally.pace();
        let idle = |(index, cover): (usize, &Cover)| claims::idle_money(cover, &paces[index], &tally.sites[index]);
        let causes = |(index, cover): (usize, &Cover)| causes::of_site(cover, &paces[index], tally, index);
        let paid = Self {
            causes: covers.iter().enumerate().map(causes).sum(),
            idle: covers.iter().enumerate().map(idle).sum(),
            sites: covers.iter().map(|cover| [cover.window.total(), cover.month.total()]).collect(),
            window: together(covers.iter().map(|cover| cover.window.clone())),
            month: together(covers.iter().map(|cover| cover.month.clone())),
            commitments: sites
                .iter()
                .zip(covers)
                .flat_map(|(site, cover)| cover.served.into_iter().map(|served| (site.name.clone(), served)))
                .collect(),
            cash: Vec::new(),
        };
        Ok(owned_bill::all(tally, sites, calendar)?.into_iter().fold(paid, Self::with))
    }

    fn with(mut self, owned: owned_bill::OwnedInvoice) -> Self {
        self.cash.extend(owned.cash);
        let site = &mut self.sites[owned.site];
        *site = [site[0] + owned.window.total(), site[1] + owned.month.total()];
        Self {
            window: self.window.with(owned.window),
            month: self.month.with(owned.month),
            idle: self.idle + owned.idle,
            causes: self.causes + owned.causes,
            ..self
        }
    }
}

/// `usage` as the window is billed, `pace` as it was held.
fn of_site(
    tally: &Tally,
    index: usize,
    site: &Site,
    [usage, pace]: [&Usage; 2],
    calendar: Calendar,
) -> Result<Cover, BillingError> {
    if let Some(portfolio) = &site.tariff.commitments {
        return committed(tally, index, site, portfolio, [usage, pace], calendar);
    }
    let length = tally.window().end.since(SimTime::ZERO);
    let standard = Window::standard_month(calendar.month_of(SimTime::ZERO));
    let window = invoice(usage, &site.tariff, &Window::new(calendar, length))?;
    let month = invoice(&monthly(pace, length)?, &site.tariff, &standard)?;
    let recorded = tally.sites.get(index);
    Ok(Cover {
        window: with_leases(window, recorded, &site.tariff, calendar)?,
        month: with_leases_of_a_month(month, recorded, &site.tariff, (calendar, length))?,
        served: Vec::new(),
        committed: Vec::new(),
    })
}

fn committed(
    tally: &Tally,
    index: usize,
    site: &Site,
    portfolio: &Portfolio,
    [usage, pace]: [&Usage; 2],
    calendar: Calendar,
) -> Result<Cover, BillingError> {
    let recorded = &tally.sites[index];
    let length = tally.window().end.since(SimTime::ZERO);
    let of = SiteUse { usage, pace, hours: &recorded.hours, runs: &recorded.runs, length };
    portfolio.cover(of, &site.tariff, calendar)
}

fn together(sites: impl Iterator<Item = Invoice>) -> Invoice {
    sites.reduce(Invoice::with).expect("a deployment has a site")
}
