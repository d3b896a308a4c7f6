//! The bill of one replication of one deployment: of every site, for the window and for a month at its pace.

use crate::billing::commitment::{Portfolio, Served, SiteUse};
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
    /// How commitments served, with the names of their sites.
    pub commitments: Vec<(String, Served)>,
}

impl Bill {
    pub fn of(tally: &Tally, sites: &[Site], calendar: Calendar) -> Result<Self, BillingError> {
        let (usage, pace) = (tally.usage(), tally.pace());
        let no_use = Usage::default();
        let mut bills = Vec::new();
        for (index, site) in sites.iter().enumerate() {
            let at = |all: &'_ [Usage]| all.get(index).unwrap_or(&no_use).clone();
            bills.push(Self::of_site(tally, index, site, [&at(&usage), &at(&pace)], calendar)?);
        }
        Ok(bills.into_iter().reduce(Self::with).expect("a deployment has a site"))
    }

    fn of_site(
        tally: &Tally,
        index: usize,
        site: &Site,
        [usage, pace]: [&Usage; 2],
        calendar: Calendar,
    ) -> Result<Self, BillingError> {
        if let Some(portfolio) = &site.tariff.commitments {
            return Self::committed(tally, index, site, portfolio, [usage, pace], calendar);
        }
        let length = tally.window().end.since(SimTime::ZERO);
        let window = Window::new(calendar, length);
        let standard = Window::standard_month(calendar.month_of(SimTime::ZERO));
        Ok(Self {
            window: invoice(usage, &site.tariff, &window)?,
            month: invoice(&monthly(pace, length)?, &site.tariff, &standard)?,
            commitments: Vec::new(),
        })
    }

    fn committed(
        tally: &Tally,
        index: usize,
        site: &Site,
        portfolio: &Portfolio,
        [usage, pace]: [&Usage; 2],
        calendar: Calendar,
    ) -> Result<Self, BillingError> {
        let recorded = &tally.sites[index];
        let length = tally.window().end.since(SimTime::ZERO);
        let of = SiteUse { usage, pace, hours: &recorded.hours, runs: &recorded.runs, length };
        let cover = portfolio.cover(of, &site.tariff, calendar)?;
        let commitments = cover.served.into_iter().map(|served| (site.name.clone(), served)).collect();
        Ok(Self { window: cover.window, month: cover.month, commitments })
    }

    /// Two sites as one.
    fn with(mut self, other: Self) -> Self {
        self.commitments.extend(other.commitments);
        Self {
            window: self.window.with(other.window),
            month: self.month.with(other.month),
            commitments: self.commitments,
        }
    }
}
