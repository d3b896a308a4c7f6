//! The time that a bill covers, by calendar month.

use super::exact::multiplied_and_divided;
use super::{BillingError, Usage};
use crate::units::{Calendar, MonthId, SimTime, Span};

/// How long the billed window lies in each calendar month; what is bought for a term is paid by this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window(Vec<(MonthId, Span)>);

/// The month that monthly prices mean: 730 hours, a twelfth of a year.
pub const STANDARD_MONTH: Span = Span::from_secs(730 * 3_600);

impl Window {
    /// The window `[0, duration)` of `calendar`.
    pub fn new(calendar: Calendar, duration: Span) -> Self {
        let end = SimTime::ZERO + duration;
        let mut from = SimTime::ZERO;
        let mut months = Vec::new();
        for (month, boundary) in calendar.months_until(end) {
            let to = boundary.min(end);
            months.push((month, to.since(from)));
            from = to;
        }
        Self(months)
    }

    /// One month of 730 hours.
    pub fn standard_month(month: MonthId) -> Self {
        Self(vec![(month, STANDARD_MONTH)])
    }

    pub fn months(&self) -> &[(MonthId, Span)] {
        &self.0
    }
}

/// What a month of 730 hours would use at the pace of `duration`: every meter scaled and rounded half up to whole
/// base units, before any tier or allowance. All of it falls into the first month of `usage`.
pub fn monthly(usage: &Usage, duration: Span) -> Result<Usage, BillingError> {
    let mut scaled = Usage::default();
    let Some((month, ..)) = usage.iter().next() else { return Ok(scaled) };
    if duration == Span::ZERO {
        return Err(BillingError::NoWindow);
    }
    for meter in usage.meters() {
        let quantity = usage.total(meter);
        let hours = multiplied_and_divided(quantity, STANDARD_MONTH.ns().into(), duration.ns().into());
        let hours = hours.ok_or_else(|| BillingError::TooLarge {
            item: meter.name().to_owned(),
            quantity,
            price: "a month of 730 hours".to_owned(),
        })?;
        scaled.add(month, meter, hours);
    }
    Ok(scaled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::Meter;
    use jiff::civil::date;

    #[test]
    fn a_window_is_cut_at_the_first_of_the_month() {
        let calendar = Calendar::new(date(2024, 1, 31));
        let window = Window::new(calendar, Span::from_secs(86_400 * 35));
        let days: Vec<_> = window.months().iter().map(|(m, s)| (m.label(), s.ns() / Span::DAY.ns())).collect();
        assert_eq!(days, [("2024-01".into(), 1), ("2024-02".into(), 29), ("2024-03".into(), 5)]);
    }

    #[test]
    fn monthly_usage_is_scaled_half_up_in_whole_base_units() {
        let mut usage = Usage::default();
        usage.add(MonthId(1), Meter::Requests, 10);
        usage.add(MonthId(2), Meter::Requests, 5);
        usage.add(MonthId(2), Meter::Compute, 7);
        let month = monthly(&usage, Span::from_secs(1_460 * 3_600)).unwrap();
        assert_eq!(month.total(Meter::Requests), 8, "7.5 is rounded up");
        assert_eq!(month.total(Meter::Compute), 4, "3.5 is rounded up");
        assert_eq!(month.iter().map(|(month, ..)| month).collect::<Vec<_>>(), [MonthId(1); 2]);
    }

    #[test]
    fn a_window_without_length_has_no_month_unless_nothing_was_used() {
        let mut usage = Usage::default();
        assert_eq!(monthly(&usage, Span::ZERO), Ok(Usage::default()));
        usage.add(MonthId(1), Meter::Requests, 1);
        assert_eq!(monthly(&usage, Span::ZERO), Err(BillingError::NoWindow));
    }
}
