//! Where simulated time stands in the civil calendar (UTC): billing months, hours, dates.

use jiff::civil::{Date, date};

use super::time::{SimTime, Span};

/// A calendar month, as months since January of year 0: consecutive months differ by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthId(pub i32);

impl MonthId {
    /// `2026-01`.
    pub fn label(self) -> String {
        format!("{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

/// Maps simulated instants to the calendar. The simulated window opens at midnight UTC of `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    start: Date,
}

impl Default for Calendar {
    fn default() -> Self {
        Self::new(date(2026, 1, 1))
    }
}

impl Calendar {
    pub const fn new(start: Date) -> Self {
        Self { start }
    }

    pub const fn start(self) -> Date {
        self.start
    }

    /// First instant of `day`, zero if it lies before the window.
    pub fn instant_of(self, day: Date) -> SimTime {
        let days = self.start.until(day).map_or(0, |span| span.get_days());
        SimTime::from_ns(u64::try_from(days).unwrap_or(0).saturating_mul(Span::DAY.ns()))
    }

    /// The month that `instant` falls into.
    pub fn month_of(self, instant: SimTime) -> MonthId {
        let day = self.date_of(instant);
        MonthId(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }

    /// The day that `instant` falls into; the last representable day if it lies beyond the calendar.
    pub fn date_of(self, instant: SimTime) -> Date {
        let days = i64::try_from(instant.ns() / Span::DAY.ns()).unwrap_or(i64::MAX);
        self.start.checked_add(jiff::Span::new().try_days(days).unwrap_or_default()).unwrap_or(Date::MAX)
    }

    /// First instants of the months that begin inside `(0, end)`, with the month before each.
    /// `[(January, 31 d), (February, 59 d), ...]`, the last entry reaching to [`SimTime::END`].
    pub fn months_until(self, end: SimTime) -> Vec<(MonthId, SimTime)> {
        let mut months = Vec::new();
        let mut day = self.start;
        loop {
            let next = day.last_of_month().tomorrow().unwrap_or(Date::MAX);
            let boundary = self.instant_of(next);
            let month = self.month_of(self.instant_of(day));
            if boundary >= end || next == Date::MAX {
                months.push((month, SimTime::END));
                return months;
            }
            months.push((month, boundary));
            day = next;
        }
    }

    /// `2026-01-01T00:00:00Z`-style label of an instant, to the second.
    pub fn label(self, instant: SimTime) -> String {
        let seconds = i64::try_from(instant.ns() / Span::SECOND.ns()).unwrap_or(i64::MAX);
        jiff::Span::new()
            .try_seconds(seconds)
            .and_then(|span| self.start.at(0, 0, 0, 0).checked_add(span))
            .map_or_else(|_| "beyond the calendar".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_where_the_calendar_says() {
        let calendar = Calendar::new(date(2024, 1, 31));
        let end = SimTime::ZERO + Span::from_secs(86_400 * 40);
        let months = calendar.months_until(end);
        assert_eq!(
            months.iter().map(|(month, _)| month.label()).collect::<Vec<_>>(),
            ["2024-01", "2024-02", "2024-03"]
        );
        assert_eq!(months[0].1, SimTime::ZERO + Span::DAY);
        assert_eq!(months[1].1, SimTime::ZERO + Span::from_secs(86_400 * 30));
        assert_eq!(months[2].1, SimTime::END);
    }

    #[test]
    fn an_instant_belongs_to_its_civil_month() {
        let calendar = Calendar::new(date(2025, 7, 31));
        assert_eq!(calendar.month_of(SimTime::ZERO).label(), "2025-07");
        assert_eq!(calendar.month_of(SimTime::ZERO + Span::DAY).label(), "2025-08");
        assert_eq!(calendar.instant_of(date(2025, 8, 1)), SimTime::ZERO + Span::DAY);
        assert_eq!(calendar.label(SimTime::ZERO + Span::HOUR), "2025-07-31T01:00:00Z");
    }
}
