//! The bill of one replication of one deployment: of every site, for the window and for a month at its pace.

use crate::billing::{BillingError, Invoice, Usage, Window, invoice, monthly};
use crate::record::Tally;
use crate::scenario::Site;
use crate::units::{Calendar, Money, SimTime};

/// What a deployment costs.
#[derive(Debug)]
pub struct Bill {
    pub window: Invoice,
    /// A month of 730 hours at the pace of the window.
    pub month: Invoice,
    /// What each site comes to, for the window and for the month.
    pub sites: Vec<[Money; 2]>,
}

impl Bill {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let (usage, pace) = (tally.usage(), tally.pace());
        let of_sites = |of: &dyn Fn(usize, &Site) -> Result<Invoice, BillingError>| {
            sites.iter().enumerate().map(|(i, site)| of(i, site)).collect::<Result<Vec<Invoice>, BillingError>>()
        };
        let length = tally.window().end.since(SimTime::ZERO);
        let window = Window::new(calendar, length);
        let standard = Window::standard_month(calendar.month_of(SimTime::ZERO));
        let no_use = Usage::default();
        let at = |all: &'_ [Usage], index: usize| all.get(index).unwrap_or(&no_use).clone();
        let windows = of_sites(&|index, site| invoice(&at(&usage, index), &site.tariff, &window))?;
        let months = of_sites(&|index, site| invoice(&monthly(&at(&pace, index), length)?, &site.tariff, &standard))?;
        let sites = windows.iter().zip(&months).map(|(window, month)| [window.total(), month.total()]).collect();
        Ok(Self { window: together(windows), month: together(months), sites })
    }
}

fn together(sites: Vec<Invoice>) -> Invoice {
    sites.into_iter().reduce(Invoice::with).expect("a deployment has a site")
}
