//! The bill of one replication of one deployment: of every site, for the window and for a month at its pace.

use crate::billing::{BillingError, Invoice, Usage, Window, invoice, monthly};
use crate::record::Tally;
use crate::scenario::Site;
use crate::units::{Calendar, SimTime};

use super::claims;

/// What a deployment costs.
#[derive(Debug)]
pub struct Bill {
    pub window: Invoice,
    /// A month of 730 hours at the pace of the window.
    pub month: Invoice,
    /// What of the month is paid for capacity that did nothing.
    pub idle: f64,
}

impl Bill {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let (usage, pace) = (tally.usage(), tally.pace());
        let length = tally.window().end.since(SimTime::ZERO);
        let window = Window::new(calendar, length);
        let standard = Window::standard_month(calendar.month_of(SimTime::ZERO));
        let (mut windows, mut months, mut idle) = (Vec::new(), Vec::new(), 0.0);
        for (index, site) in sites.iter().enumerate() {
            let at = |all: &[Usage]| all.get(index).cloned().unwrap_or_default();
            windows.push(invoice(&at(&usage), &site.tariff, &window)?);
            let month = invoice(&monthly(&at(&pace), length)?, &site.tariff, &standard)?;
            idle += tally.sites.get(index).map_or(0.0, |site| claims::idle_money(&month, &at(&pace), site));
            months.push(month);
        }
        let all = |of_sites: Vec<Invoice>| of_sites.into_iter().reduce(Invoice::with).expect("a deployment has a site");
        Ok(Self { window: all(windows), month: all(months), idle })
    }
}
