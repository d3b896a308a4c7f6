//! Where all row formats meet: a row, whatever it was written in, becomes an invocation.

use std::borrow::Cow;

use super::decimal::{seconds, shown};
use super::error::{Fault, Problem};
use super::keys::KeyTable;
use super::order::Pending;
use crate::ids::FunctionId;
use crate::rng::Stream;
use crate::stats::Distribution;
use crate::units::{SimTime, Size, Span};
use crate::workload::{FunctionTable, Invocation};

/// What a row says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub at: SimTime,
    pub function: &'a [u8],
    /// Empty: none.
    pub app: &'a [u8],
    pub duration: Option<Span>,
    pub init: Option<Span>,
    pub memory: Option<Size>,
}

/// How the timestamps of a file are to be understood; the first one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Seconds since the start of the window.
    Window,
    /// Seconds since 1970; the first arrival is time zero.
    Epoch,
    /// Dates; the first arrival is time zero.
    Dates,
}

/// Numbers from here on are seconds since 1970 (March 1973 and later), not since the start of a window (3 years).
const EPOCH_FROM: u64 = 100_000_000 * Span::SECOND.ns();

pub(super) struct Sink {
    pub pending: Pending,
    pub keys: KeyTable,
    pub clock: Option<Clock>,
    key: Vec<u8>,
    work: Option<(Distribution, Stream)>,
}

impl Sink {
    pub(super) fn new(sort: bool, work: Option<(Distribution, Stream)>) -> Self {
        Self { pending: Pending::new(sort), keys: KeyTable::new(), clock: None, key: Vec::new(), work }
    }

    pub(super) const fn has_work(&self) -> bool {
        self.work.is_some()
    }

    pub(super) fn accept(&mut self, row: &Row, functions: &mut FunctionTable) -> Result<(), Problem> {
        let function = self.function_of(row, functions)?;
        let duration = match (row.duration, &mut self.work) {
            (Some(duration), _) => duration,
            (None, Some((work, stream))) => work.sample(stream),
            (None, None) => return Err(Fault::NoDuration.into()),
        };
        let measured_init = row.init.unwrap_or(Span::MAX);
        self.pending.push(Invocation { at: row.at, duration, measured_init, function })?;
        Ok(())
    }

    fn function_of(&mut self, row: &Row, functions: &mut FunctionTable) -> Result<FunctionId, Fault> {
        self.key.clear();
        self.key.extend_from_slice(row.app);
        // The comma as in the file, for the short way of CSV rows; a name that holds one is kept apart from others.
        let holds_comma = [row.app, row.function].iter().any(|name| memchr::memchr(b',', name).is_some());
        self.key.push(if holds_comma { 0 } else { b',' });
        self.key.extend_from_slice(row.function);
        if let Some(id) = self.keys.find(&self.key) {
            return Ok(id);
        }
        let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8);
        let id = functions.id_of(text(row.function)?, text(row.app)?, row.memory);
        self.keys.insert(&self.key, id);
        Ok(id)
    }

    /// Seconds, or a date as of RFC 3339 (UTC if it names no zone).
    pub(super) fn timestamp(&mut self, text: &[u8]) -> Result<SimTime, Fault> {
        let text = text.trim_ascii();
        let is_date = text.len() >= 10 && text[4] == b'-' && text[0].is_ascii_digit();
        let (ns, dates) = if is_date { (date_ns(text)?, true) } else { (seconds(text)?, false) };
        self.agree(ns, dates)?;
        Ok(SimTime::from_ns(ns))
    }

    /// Holds a timestamp against the first one of the file, which decides how all are understood.
    pub(super) fn agree(&mut self, ns: u64, dates: bool) -> Result<(), Fault> {
        let first = match dates {
            true => Clock::Dates,
            false if ns >= EPOCH_FROM => Clock::Epoch,
            false => Clock::Window,
        };
        let clock = *self.clock.get_or_insert(first);
        if (clock == Clock::Dates) != dates {
            let name = |dates| if dates { "dates" } else { "numbers" };
            return Err(Fault::MixedTimestamps { now: name(dates), before: name(!dates) });
        }
        Ok(())
    }
}

/// Nanoseconds since 1970.
fn date_ns(text: &[u8]) -> Result<u64, Fault> {
    let wrong = || Fault::NotA { found: shown(text), expected: "a date such as `2026-01-31T12:00:00Z`" };
    let text = std::str::from_utf8(text).map_err(|_| wrong())?;
    let (text, half) = to_nanoseconds(text);
    let instant = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_nanosecond).or_else(|_| {
        let civil: jiff::civil::DateTime = text.parse().map_err(|_| wrong())?;
        let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
        Ok(civil.duration_since(epoch).as_nanos())
    })?;
    let instant = instant + i128::from(half);
    if instant < 0 {
        return Err(Fault::NotA { found: text.into_owned(), expected: "a date after 1970" });
    }
    u64::try_from(instant).map_err(|_| Fault::TooLarge { found: text.into_owned(), limit: "2554-07-21" })
}

/// A date with no more than nine decimals of a second, and whether those that were cut are half a nanosecond or more.
fn to_nanoseconds(text: &str) -> (Cow<'_, str>, bool) {
    const DECIMALS: usize = 9;
    let Some(point) = text.find('.') else { return (Cow::Borrowed(text), false) };
    let fraction = &text.as_bytes()[point + 1..];
    let digits = fraction.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if digits <= DECIMALS {
        return (Cow::Borrowed(text), false);
    }
    let (kept, rest) = (point + 1 + DECIMALS, point + 1 + digits);
    (Cow::Owned(format!("{}{}", &text[..kept], &text[rest..])), fraction[DECIMALS] >= b'5')
}

/// Megabytes (powers of 1024) as a size.
pub(super) fn memory_of(text: &[u8]) -> Result<Option<Size>, Fault> {
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    let found = shown(text.trim_ascii());
    let mib: f64 =
        found.parse().map_err(|_| Fault::NotA { found: found.clone(), expected: "a number of megabytes" })?;
    match mib {
        mib if !mib.is_finite() => Err(Fault::NotFinite { found }),
        mib if mib < 0.0 => Err(Fault::Negative { found }),
        mib if mib > 1e9 => Err(Fault::TooLarge { found, limit: "1000000000 MB" }),
        mib => Ok(Some(Size::from_bytes((mib * 1_048_576.0).round() as u64))),
    }
}

/// A length that may be left out.
pub(super) fn optional_span(text: &[u8]) -> Result<Option<Span>, Fault> {
    if text.trim_ascii().is_empty() { Ok(None) } else { seconds(text).map(|ns| Some(Span::from_ns(ns))) }
}
