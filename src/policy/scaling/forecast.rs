//! A forecast of hourly load from a history of its own.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

const DAY: u64 = 24;
const WEEK: u64 = 7 * DAY;
/// Two weeks are kept.
const MOST_HOURS: usize = 2 * WEEK as usize;

/// Mean load of each whole hour, from the start of the run or for the latest two weeks.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Of the hour that is running: seconds measured, and load times seconds.
    seconds: f64,
    sum: f64,
    hours: VecDeque<f64>,
    /// The hour after the latest whole one, counted from the start of the run.
    next: u64,
}

pub(super) const fn hour_of(instant: SimTime) -> u64 {
    instant.ns() / Span::HOUR.ns()
}

impl History {
    /// Adds the mean over the `length` that ends at `now`. An interval over the full hour counts to the one in which it ends.
    pub(super) fn observe(&mut self, now: SimTime, length: Span, load: f64) {
        self.seconds += length.seconds();
        self.sum += load * length.seconds();
        while self.next < hour_of(now) {
            let mean = if self.seconds > 0.0 { self.sum / self.seconds } else { 0.0 };
            self.hours.push_back(mean);
            (self.seconds, self.sum) = (0.0, 0.0);
            self.next += 1;
            if self.hours.len() > MOST_HOURS {
                self.hours.pop_front();
            }
        }
    }

    /// The `count` hours after the latest whole one; `None` before a day is known.
    pub(super) fn forecast(&self, count: u64) -> Option<Forecast> {
        let day_is_known = self.hours.len() as u64 >= DAY;
        day_is_known.then(|| {
            let hours = (self.next..self.next + count).map(|hour| self.expected(hour)).collect();
            Forecast { first: self.next, hours }
        })
    }

    /// The mean of the same hour of the same weekday, or of the same hour of all days if that weekday is not known.
    fn expected(&self, hour: u64) -> f64 {
        self.mean_every(hour, WEEK).or_else(|| self.mean_every(hour, DAY)).unwrap_or(0.0)
    }

    fn mean_every(&self, hour: u64, period: u64) -> Option<f64> {
        let oldest = self.next - self.hours.len() as u64;
        let known = (oldest..self.next).filter(|past| (hour - past).is_multiple_of(period));
        let loads: Vec<f64> = known.map(|past| self.hours[(past - oldest) as usize]).collect();
        (!loads.is_empty()).then(|| loads.iter().sum::<f64>() / loads.len() as f64)
    }
}

/// Expected loads by the hour.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Forecast {
    first: u64,
    hours: Vec<f64>,
}

impl Forecast {
    /// The highest load expected in the hours from that of `from` to that of `until`.
    pub(super) fn highest(&self, from: SimTime, until: SimTime) -> f64 {
        let hours = hour_of(from)..=hour_of(until);
        let known = hours.filter_map(|hour| self.hours.get(usize::try_from(hour.checked_sub(self.first)?).ok()?));
        known.copied().fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `days` of which each hour has the load that `load` says.
    fn history(days: u64, load: impl Fn(u64) -> f64) -> History {
        let mut history = History::default();
        for hour in 0..days * DAY {
            let end = SimTime::from_ns((hour + 1) * Span::HOUR.ns());
            history.observe(end, Span::HOUR, load(hour));
        }
        history
    }

    #[test]
    fn nothing_is_forecast_before_a_day_is_known() {
        let mut history = history(0, |_| 0.0);
        history.observe(SimTime::from_ns(23 * Span::HOUR.ns()), Span::HOUR, 1.0);
        assert_eq!(history.forecast(48), None);
        history.observe(SimTime::from_ns(24 * Span::HOUR.ns()), Span::HOUR, 1.0);
        assert!(history.forecast(48).is_some());
    }

    #[test]
    fn an_hour_is_expected_like_the_same_hour_of_the_days_that_are_known() {
        let forecast = history(2, |hour| (hour % DAY + if hour < DAY { 0 } else { 10 }) as f64).forecast(48);
        let expected: Vec<f64> = (0..48).map(|hour| (hour % DAY) as f64 + 5.0).collect();
        assert_eq!(forecast.map(|forecast| forecast.hours), Some(expected));
    }

    #[test]
    fn a_weekday_is_expected_like_itself_once_a_week_is_known() {
        let day = |hour: u64| (hour / DAY % 7) as f64;
        let forecast = history(8, day).forecast(48).expect("a day is known");
        assert_eq!(forecast.hours[0], 1.0);
        assert_eq!(forecast.hours[24], 2.0);
    }

    #[test]
    fn hours_that_nobody_measured_are_empty() {
        let mut history = History::default();
        history.observe(SimTime::from_ns(30 * Span::HOUR.ns()), Span::HOUR, 6.0);
        assert_eq!(history.hours.iter().sum::<f64>(), 6.0);
        assert_eq!(history.hours.len(), 30);
    }
}
