//! How the values along an axis are written, as ticks and where one points at them.

use jiff::{SignedDuration, Timestamp};

use crate::report::cold_starts::fine;
use crate::report::figures;

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Say {
    /// Of anything: `0`, `10k`.
    Compact,
    /// Of anything, with all digits before the point: `10,000`.
    Number,
    /// Seconds, as a length of time.
    Latency,
    /// A part of one, in per cent.
    Share,
    /// The same of shares that may be very small.
    Fine,
    /// With the symbol of its currency; empty where deployments pay in several.
    Money(&'static str),
    /// Seconds of the run.
    Elapsed,
    /// The same of a run that begins at this second of the epoch.
    Calendar(i64),
    /// The same of a run of many months.
    Dates(i64),
    /// Names of rows.
    Nothing,
}

impl Say {
    /// Short, for a tick. Times of the run have ticks of their own.
    pub fn tick(self, value: f64) -> String {
        match self {
            Self::Compact => figures::compact(value),
            Self::Number => figures::number(value),
            Self::Latency => figures::latency(value),
            Self::Share => figures::share(value),
            Self::Fine => fine(value),
            Self::Money(symbol) => format!("{symbol}{}", figures::compact(value)),
            Self::Elapsed => figures::length(value),
            Self::Calendar(start) => day_or_hour(start, value).unwrap_or_else(|| figures::length(value)),
            Self::Dates(start) => day(start, value).unwrap_or_else(|| figures::length(value)),
            Self::Nothing => String::new(),
        }
    }

    /// As one reads it at a place of the chart: three digits that count.
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Compact => figures::number(value),
            Self::Money(symbol) => format!("{symbol}{}", figures::number(value)),
            Self::Calendar(start) | Self::Dates(start) => date(start, value).unwrap_or_else(|| figures::length(value)),
            other => other.tick(value),
        }
    }
}

/// `Mon 5 Jan 2026, 08:15`; `None` beyond the calendar.
fn date(start: i64, seconds: f64) -> Option<String> {
    let clock = if (seconds.round() as i64) % 60 == 0 { "%H:%M" } else { "%H:%M:%S" };
    Some(at(start, seconds)?.strftime(&format!("%a %-d %b %Y, {clock}")).to_string())
}

/// `Mon 5 Jan` at midnight, else `08:15`.
fn day_or_hour(start: i64, seconds: f64) -> Option<String> {
    let midnight = (seconds.round() as i64) % 86_400 == 0;
    let form = if midnight { "%a\u{a0}%-d\u{a0}%b" } else { "%H:%M" };
    Some(at(start, seconds)?.strftime(form).to_string())
}

/// `20 Jul 2026`.
fn day(start: i64, seconds: f64) -> Option<String> {
    Some(at(start, seconds)?.strftime("%-d\u{a0}%b\u{a0}%Y").to_string())
}

fn at(start: i64, seconds: f64) -> Option<Timestamp> {
    let since = SignedDuration::try_from_secs_f64(seconds.round()).ok()?;
    Timestamp::from_second(start).ok()?.checked_add(since).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_run_are_dates_where_its_start_is_known() {
        // 2026-01-05 is a Monday; 1,767,571,200 is its first second.
        let monday = Say::Calendar(1_767_571_200);
        assert_eq!(monday.value(8.25 * 3600.0), "Mon 5 Jan 2026, 08:15");
        assert_eq!(monday.value(86_401.0), "Tue 6 Jan 2026, 00:00:01");
        assert_eq!(monday.tick(86_400.0).replace('\u{a0}', " "), "Tue 6 Jan");
        assert_eq!(monday.tick(21_600.0), "06:00");
        assert_eq!(monday.value(f64::INFINITY), figures::length(f64::INFINITY));
    }
}
