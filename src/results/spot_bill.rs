//! The bill of leases, whose price changes with time.

use rust_decimal::Decimal;

use crate::billing::spot::{SpotEnd, SpotRun};
use crate::billing::{BillingError, Invoice, Line, STANDARD_MONTH, Tariff};
use crate::record::{Lease, SiteTally};
use crate::units::{Calendar, Money, SimTime, Span};

/// Adds the leases of a site to its bill of the window.
pub fn with_leases(
    invoice: Invoice,
    site: Option<&SiteTally>,
    tariff: &Tariff,
    calendar: Calendar,
) -> Result<Invoice, BillingError> {
    let lines = lines(site, tariff, calendar)?;
    Ok(invoice.with(Invoice { currency: tariff.currency, lines, upfront: Money::ZERO }))
}

/// The same for a month of 730 hours at the pace of a window of `length`.
pub fn with_leases_of_a_month(
    invoice: Invoice,
    site: Option<&SiteTally>,
    tariff: &Tariff,
    (calendar, length): (Calendar, Span),
) -> Result<Invoice, BillingError> {
    let month = Some(calendar.month_of(SimTime::ZERO));
    let seconds = |span: Span| Decimal::from_i128_with_scale(span.ns().into(), 9);
    let pace = seconds(STANDARD_MONTH).checked_div(seconds(length)).ok_or(BillingError::NoWindow)?;
    let scale = |value: Decimal| Some(value.checked_mul(pace)?.round_dp(12));
    let scaled = |line: Line| {
        let too_large =
            || BillingError::TooLarge { item: line.item.clone(), quantity: 1, price: line.amount.0.to_string() };
        let quantity = scale(line.quantity).ok_or_else(too_large)?;
        let amount = Money(scale(line.amount.0).ok_or_else(too_large)?);
        Ok(Line { month, quantity, amount, ..line.clone() })
    };
    let lines = lines(site, tariff, calendar)?.into_iter().map(scaled).collect::<Result<_, BillingError>>()?;
    Ok(invoice.with(Invoice { currency: tariff.currency, lines, upfront: Money::ZERO }))
}

fn lines(site: Option<&SiteTally>, tariff: &Tariff, calendar: Calendar) -> Result<Vec<Line>, BillingError> {
    let (Some(spot), Some(site)) = (&tariff.spot, site) else { return Ok(Vec::new()) };
    let run = |lease: &Lease| SpotRun {
        from: lease.from,
        to: lease.to,
        ended: if lease.taken { SpotEnd::Interrupted } else { SpotEnd::Released },
    };
    spot.lines(&tariff.provider, site.leases.iter().map(run), calendar)
}
