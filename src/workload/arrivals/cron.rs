//! Arrivals at the minutes that a five-field cron expression names, in UTC.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::units::{Calendar, SimTime, Span, nearest};

/// A parsed expression: minute, hour, day of the month, month, day of the week.
///
/// As in Vixie cron, a day must match both day fields, or either of them if neither is a star.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSchedule {
    text: String,
    /// Bit n stands for value n.
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// Sunday is 0.
    weekdays: u64,
    either_day: bool,
}

/// Why a text is not a cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    #[error("cron expression `{text}` has {fields} fields; it needs five: minute hour day month weekday")]
    Fields { text: String, fields: usize },
    #[error("`{part}` is not a {field}; expected {expected}")]
    Value { part: String, field: &'static str, expected: &'static str },
    #[error("{field} {value} is out of range; expected {expected}")]
    OutOfRange { value: u32, field: &'static str, expected: &'static str },
    #[error("range `{part}` of the {field} runs backwards")]
    Backwards { part: String, field: &'static str },
    #[error("step of `{part}` is zero; it must be at least 1")]
    ZeroStep { part: String },
    #[error("`{text}` is not a known shorthand; expected one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`{}",
        nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`")))]
    Shorthand { text: String, nearest: Option<&'static str> },
    #[error("cron expression `{text}` never happens: no such day exists")]
    Never { text: String },
}

struct Field {
    name: &'static str,
    expected: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", expected: "0 to 59", low: 0, high: 59, names: &[] };
const HOUR: Field = Field { name: "hour", expected: "0 to 23", low: 0, high: 23, names: &[] };
const DAY: Field = Field { name: "day of the month", expected: "1 to 31", low: 1, high: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    expected: "1 to 12 or jan to dec",
    low: 1,
    high: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Field = Field {
    name: "day of the week",
    expected: "0 to 7 (Sunday is 0 and 7) or sun to sat",
    low: 0,
    high: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

const SHORTHANDS: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

impl Field {
    fn value(&self, part: &str) -> Result<u32, CronError> {
        let wrong = || CronError::Value { part: part.to_owned(), field: self.name, expected: self.expected };
        let lower = part.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return Ok(index as u32 + self.low);
        }
        let value: u32 = part.parse().map_err(|_| wrong())?;
        if !(self.low..=self.high).contains(&value) {
            return Err(CronError::OutOfRange { value, field: self.name, expected: self.expected });
        }
        Ok(value)
    }

    /// The bits of `*`, `7`, `1-5`, `*/10`, `3-59/15` or a list of these.
    fn bits(&self, text: &str) -> Result<u64, CronError> {
        text.split(',').try_fold(0, |bits, part| Ok(bits | self.part(part)?))
    }

    fn part(&self, part: &str) -> Result<u64, CronError> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let wrong = || CronError::Value { part: part.to_owned(), field: self.name, expected: self.expected };
                (range, Some(step.parse::<u32>().map_err(|_| wrong())?))
            }
            None => (part, None),
        };
        if step == Some(0) {
            return Err(CronError::ZeroStep { part: part.to_owned() });
        }
        let (low, high) = match (range, range.split_once('-')) {
            ("*" | "?", _) => (self.low, self.high),
            (_, Some((low, high))) => (self.value(low)?, self.value(high)?),
            // `5/10` means from 5 to the end, every 10.
            (_, None) => (self.value(range)?, if step.is_some() { self.high } else { self.value(range)? }),
        };
        if low > high {
            return Err(CronError::Backwards { part: part.to_owned(), field: self.name });
        }
        Ok((low..=high).step_by(step.unwrap_or(1) as usize).fold(0, |bits, value| bits | 1 << value))
    }
}

impl FromStr for CronSchedule {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let text = text.trim();
        let expression = if text.starts_with('@') { expand(text)? } else { text };
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(CronError::Fields { text: text.to_owned(), fields: fields.len() });
        };
        let weekdays = WEEKDAY.bits(weekday)?;
        let schedule = Self {
            text: text.to_owned(),
            minutes: MINUTE.bits(minute)?,
            hours: HOUR.bits(hour)?,
            days: DAY.bits(day)?,
            months: MONTH.bits(month)?,
            weekdays: (weekdays | weekdays >> 7) & 0x7F,
            either_day: !day.starts_with(['*', '?']) && !weekday.starts_with(['*', '?']),
        };
        if schedule.is_possible() { Ok(schedule) } else { Err(CronError::Never { text: text.to_owned() }) }
    }
}

fn expand(text: &str) -> Result<&'static str, CronError> {
    let lower = text.to_ascii_lowercase();
    let names = SHORTHANDS.map(|(name, _)| name);
    SHORTHANDS
        .iter()
        .find(|(name, _)| *name == lower)
        .map(|(_, expression)| *expression)
        .ok_or_else(|| CronError::Shorthand { text: text.to_owned(), nearest: nearest(&lower, names) })
}

impl CronSchedule {
    /// The instants before `end` that it names, in order.
    pub fn instants(&self, calendar: Calendar, end: SimTime) -> impl Iterator<Item = SimTime> + use<> {
        CronInstants::new(self.clone(), calendar, 1, end).take_while(move |at| *at < end)
    }

    /// Whether some month that is named has a day that is named: `30 2 *` never comes.
    fn is_possible(&self) -> bool {
        const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let first_day = self.days.trailing_zeros();
        self.either_day || (1..=12).any(|month| self.months & (1 << month) != 0 && first_day <= LENGTHS[month - 1])
    }

    fn names_day(&self, date: Date) -> bool {
        let month = self.months & (1 << date.month()) != 0;
        let day = self.days & (1 << date.day()) != 0;
        let weekday = self.weekdays & (1 << date.weekday().to_sunday_zero_offset()) != 0;
        month && if self.either_day { day || weekday } else { day && weekday }
    }

    /// The first minute of a day that is named, at or after `minute`.
    fn next_minute(&self, minute: u32) -> Option<u32> {
        let later = self.minutes >> (minute % 60);
        if minute < 1_440 && self.hours & (1 << (minute / 60)) != 0 && later != 0 {
            return Some(minute + later.trailing_zeros());
        }
        let hour = (minute / 60 + 1..24).find(|hour| self.hours & (1 << hour) != 0)?;
        Some(hour * 60 + self.minutes.trailing_zeros())
    }
}

impl fmt::Display for CronSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The instants of a schedule, found day by day.
#[derive(Clone, Debug)]
pub(in crate::workload) struct CronInstants {
    schedule: CronSchedule,
    /// The current day; `None` beyond the calendar.
    date: Option<Date>,
    midnight: SimTime,
    minute: u32,
    count: u32,
    /// How many more arrivals come at `at`.
    left: u32,
    at: SimTime,
    end: SimTime,
}

impl CronInstants {
    pub(super) fn new(schedule: CronSchedule, calendar: Calendar, count: u32, end: SimTime) -> Self {
        let date = (count > 0).then(|| calendar.start());
        Self { schedule, date, midnight: SimTime::ZERO, minute: 0, count, left: 0, at: SimTime::ZERO, end }
    }

    fn next_instant(&mut self) -> Option<SimTime> {
        while self.midnight < self.end {
            let date = self.date?;
            let minute = self.schedule.next_minute(self.minute).filter(|_| self.schedule.names_day(date));
            if let Some(minute) = minute {
                self.minute = minute + 1;
                return Some(self.midnight + Span::from_secs(u64::from(minute) * 60));
            }
            self.date = date.tomorrow().ok();
            self.midnight = self.midnight + Span::DAY;
            self.minute = 0;
        }
        None
    }
}

impl Iterator for CronInstants {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        if self.left == 0 {
            self.at = self.next_instant()?;
            self.left = self.count;
        }
        self.left -= 1;
        Some(self.at)
    }
}
