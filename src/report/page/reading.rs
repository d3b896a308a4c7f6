//! Numbers that printed figures stand for, so that tables sort by them and spreadsheets can use them.

use crate::report::charts::Data;
use crate::report::figures::ABSENT;

/// A printed figure as a number, in the unit that all figures of its kind share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub value: f64,
    /// `s` of times, `share` of percentages, the symbol of money, nothing of plain numbers.
    unit: &'static str,
}

/// Units of times in seconds, and multiples.
const UNITS: [(&str, f64, &str); 12] = [
    ("ns", 1e-9, "s"),
    ("µs", 1e-6, "s"),
    ("ms", 1e-3, "s"),
    ("s", 1.0, "s"),
    ("min", 60.0, "s"),
    ("h", 3600.0, "s"),
    ("d", 86_400.0, "s"),
    ("%", 0.01, "share"),
    ("k", 1e3, ""),
    ("M", 1e6, ""),
    ("G", 1e9, ""),
    ("", 1.0, ""),
];

const CURRENCIES: [&str; 3] = ["$", "€", "¥"];

impl Reading {
    /// `None` of what is no figure.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['<', '+']);
        let (minus, text) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (-1.0, rest),
            None => (1.0, text),
        };
        let currency = CURRENCIES.into_iter().find(|symbol| text.starts_with(symbol));
        let text = text.trim_start_matches(currency.unwrap_or_default());
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(text.len());
        let (digits, unit) = text.split_at(end);
        let number: f64 = digits.replace(',', "").parse().ok()?;
        let unit = unit.trim_start_matches(['\u{a0}', ' ']);
        let (_, factor, name) = UNITS.into_iter().find(|(name, _, _)| *name == unit)?;
        // Dividing by whole numbers leaves no tail of digits.
        let value = if factor < 1.0 { number / (1.0 / factor).round() } else { number * factor };
        Some(Self { value: minus * value, unit: currency.unwrap_or(name) })
    }
}

/// What the cells of a column are.
pub struct Column {
    /// All that is there are figures of one kind.
    pub number: bool,
    pub unit: &'static str,
}

impl Column {
    /// Of a column of a chart's table.
    pub fn at(data: &Data, place: usize) -> Self {
        Self::of(data.rows.iter().filter_map(|row| row.get(place)).map(String::as_str))
    }

    pub fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let mut unit = None;
        for text in cells.filter(|text| !text.is_empty() && *text != ABSENT) {
            match (Reading::of(text), unit) {
                (Some(reading), None) => unit = Some(reading.unit),
                (Some(reading), Some(known)) if reading.unit == known || reading.value == 0.0 => {}
                _ => return Self { number: false, unit: "" },
            }
        }
        Self { number: unit.is_some(), unit: unit.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figures;
    use crate::units::Currency;

    #[track_caller]
    fn check(text: &str, value: f64, unit: &str) {
        let reading = Reading::of(text).unwrap_or_else(|| panic!("{text} is a figure"));
        assert!((reading.value - value).abs() <= value.abs() * 1e-9 && reading.unit == unit, "{text}: {reading:?}");
    }

    #[test]
    fn what_is_printed_is_read() {
        check(&figures::latency(0.187), 0.187, "s");
        check(&figures::latency(7200.0), 7200.0, "s");
        check(&figures::share(0.123), 0.123, "share");
        check(&figures::change(-0.065), -0.065, "share");
        check(&figures::money_f64(Currency::Usd, 1234.56), 1234.56, "$");
        check(&figures::money_f64(Currency::Eur, -2.5), -2.5, "€");
        check(&figures::count(23_845_120.0), 23_845_120.0, "");
        check(&figures::compact(2.5e6), 2.5e6, "");
    }

    #[test]
    fn names_and_dates_are_no_figures() {
        for text in ["lambda-512", "met", "1 missed", "2026-01", "-", "", ABSENT, "3 %-points", "1.2.3"] {
            assert_eq!(Reading::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_of_figures_of_one_kind_has_their_unit() {
        let column = |cells: &[&str]| {
            let column = Column::of(cells.iter().copied());
            (column.number, column.unit)
        };
        assert_eq!(column(&["82\u{a0}ms", "1.2\u{a0}s", ABSENT]), (true, "s"));
        assert_eq!(column(&["82\u{a0}ms", "never"]), (false, ""));
        assert_eq!(column(&["$1", "€2"]), (false, ""));
        assert_eq!(column(&[ABSENT]), (false, ""));
    }
}
