//! The bill of one replication of one deployment: of every site, for the window and for a month at its pace.

use crate::billing::{BillingError, Invoice, Usage, Window, invoice, monthly};
use crate::record::Tally;
use crate::scenario::Site;
use crate::units::{Calendar, Money, SimTime};

use super::claims;

/// What a deployment costs.
#[derive(Debug)]
pub struct Bill {
    pub window: Invoice,
    /// A month of 730 hours at the pace of the window.
    pub month: Invoice,
    /// What of the month is paid for capacity that did nothing.
    pub idle: f64,
    /// What each site comes to, for the window and for the month.
    pub sites: Vec<[Money; 2]>,
}

/// What one site costs, likewise.
struct SiteBill {
    window: Invoice,
    month: Invoice,
    idle: f64,
}

impl Bill {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let usage = tally.usage().into_iter().zip(tally.pace());
        let bills: Vec<SiteBill> = sites
            .iter()
            .zip(usage)
            .enumerate()
            .map(|(index, (site, (usage, pace)))| SiteBill::of(tally, index, site, &usage, &pace, calendar))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            idle: bills.iter().map(|bill| bill.idle).sum(),
            sites: bills.iter().map(|bill| [bill.window.total(), bill.month.total()]).collect(),
            window: together(bills.iter().map(|bill| bill.window.clone())),
            month: together(bills.iter().map(|bill| bill.month.clone())),
        })
    }
}

impl SiteBill {
    /// `usage` as the window is billed, `pace` as it was held.
    fn of(
        tally: &Tally,
        index: usize,
        site: &Site,
        usage: &Usage,
        pace: &Usage,
        calendar: Calendar,
    ) -> Result<Self, BillingError> {
        let length = tally.window().end.since(SimTime::ZERO);
        let window = invoice(usage, &site.tariff, &Window::new(calendar, length))?;
        let standard = Window::standard_month(calendar.month_of(SimTime::ZERO));
        let month = invoice(&monthly(pace, length)?, &site.tariff, &standard)?;
        let idle = claims::idle_money(&month, pace, &tally.sites[index]);
        Ok(Self { window, month, idle })
    }
}

fn together(sites: impl Iterator<Item = Invoice>) -> Invoice {
    sites.reduce(Invoice::with).expect("a deployment has a site")
}
