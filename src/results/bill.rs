//! The bill of one replication of one deployment: of every site, for the window and for a month at its pace.

use super::owned_bill;
use crate::billing::ownership::CashYear;
use crate::billing::{BillingError, Invoice, Usage, Window, invoice, monthly};
use crate::record::Tally;
use crate::scenario::Site;
use crate::units::{Calendar, SimTime};

/// What a deployment costs.
#[derive(Debug)]
pub struct Bill {
    pub window: Invoice,
    /// A month of 730 hours at the pace of the window.
    pub month: Invoice,
    /// Cash for what is owned, by site and year.
    pub cash: Vec<CashYear>,
}

impl Bill {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let (usage, pace) = (tally.usage(), tally.pace());
        let of_sites = |of: &dyn Fn(usize, &Site) -> Result<Invoice, BillingError>| {
            let invoices: Result<Vec<Invoice>, _> = sites.iter().enumerate().map(|(i, site)| of(i, site)).collect();
            invoices.map(|invoices| invoices.into_iter().reduce(Invoice::with).expect("a deployment has a site"))
        };
        let length = tally.window().end.since(SimTime::ZERO);
        let window = Window::new(calendar, length);
        let standard = Window::standard_month(calendar.month_of(SimTime::ZERO));
        let no_use = Usage::default();
        let at = |all: &'_ [Usage], index: usize| all.get(index).unwrap_or(&no_use).clone();
        let paid = Self {
            window: of_sites(&|index, site| invoice(&at(&usage, index), &site.tariff, &window))?,
            month: of_sites(&|index, site| invoice(&monthly(&at(&pace, index), length)?, &site.tariff, &standard))?,
            cash: Vec::new(),
        };
        Ok(owned_bill::all(tally, sites, calendar)?.into_iter().fold(paid, Self::with))
    }

    fn with(mut self, owned: owned_bill::OwnedInvoice) -> Self {
        self.cash.extend(owned.cash);
        Self { window: self.window.with(owned.window), month: self.month.with(owned.month), cash: self.cash }
    }
}
