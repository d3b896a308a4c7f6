//! From text to quantities: `"128MB"`, `"250ms"`, `"40/s"`, `"$0.20"`, `"70%"`.

use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Hourly, Money, Rate, Ratio, Share, SimTime, Size, Span};

/// Why a text is not the quantity that was asked for. Lower case, no full stop: the caller adds place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    #[error("{kind} `{}` has no unit; write `{}`", cut(text), cut(example))]
    NoUnit { kind: &'static str, text: String, example: String },
    #[error("`{}` is not a unit of {kind}{}; expected one of {expected}", cut(unit), meant(unit, expected))]
    WrongUnit { kind: &'static str, unit: String, expected: &'static str },
    #[error("{kind} `{}` has several units; write `{example}`", cut(text))]
    Joined { kind: &'static str, text: String, example: String },
    #[error("`{}` is not {}; write for example `{example}`", cut(text), with_article(kind))]
    NotANumber { kind: &'static str, text: String, example: &'static str },
    #[error("{kind} `{}` is negative; it must be zero or more", cut(text))]
    Negative { kind: &'static str, text: String },
    #[error("{kind} `{}` is too large; at most {limit}", cut(text))]
    TooLarge { kind: &'static str, text: String, limit: &'static str },
}

/// `; perhaps `min``, where a unit is a common slip for one that is expected.
fn meant(unit: &str, expected: &str) -> String {
    const SLIPS: [(&str, &[&str]); 6] = [
        ("s", &["sec", "secs", "second", "seconds"]),
        ("min", &["m", "mins", "minute", "minutes"]),
        ("h", &["hr", "hrs", "hour", "hours"]),
        ("d", &["day", "days"]),
        ("w", &["week", "weeks"]),
        ("y", &["yr", "year", "years"]),
    ];
    let slip = SLIPS.iter().find(|(right, slips)| slips.contains(&unit) && expected.contains(&format!("`{right}`")));
    slip.map_or_else(String::new, |(right, _)| format!("; perhaps `{right}`"))
}

/// `a time`, `an amount of money`.
pub fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// What a user wrote, in the width of a message.
fn cut(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Splits `"  12.5 ms"` into `("12.5", "ms")`.
fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(index, c)| {
            let exponent =
                matches!(c, 'e' | 'E') && text[index + 1..].starts_with(|n: char| n.is_ascii_digit() || n == '-');
            !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | '_') || exponent)
        })
        .map_or(text.len(), |(index, _)| index);
    (text[..end].trim(), text[end..].trim())
}

/// A unit and how many base units it is.
type Units = &'static [(&'static str, Decimal)];

struct Kind {
    name: &'static str,
    example: &'static str,
    expected: &'static str,
    limit: &'static str,
    units: Units,
}

const fn d(units: u64) -> Decimal {
    Decimal::from_parts(units as u32, (units >> 32) as u32, 0, false, 0)
}

const TIME: Kind = Kind {
    name: "time",
    example: "250ms",
    expected: "`ns`, `us`, `ms`, `s`, `min`, `h`, `d`, `w`, `y` (365 d)",
    limit: "`200000d`",
    units: &[
        ("ns", d(1)),
        ("us", d(1_000)),
        ("µs", d(1_000)),
        ("ms", d(1_000_000)),
        ("s", d(1_000_000_000)),
        ("sec", d(1_000_000_000)),
        ("min", d(60_000_000_000)),
        ("h", d(3_600_000_000_000)),
        ("d", d(86_400_000_000_000)),
        ("w", d(604_800_000_000_000)),
        ("y", d(31_536_000_000_000_000)),
    ],
};

const SIZE: Kind = Kind {
    name: "size",
    example: "128MB",
    expected: "`B`, `KB`, `MB`, `GB`, `TB` (powers of 1024; `KiB`, `MiB`, ... mean the same)",
    limit: "`8000000TB`",
    units: &[
        ("B", d(1)),
        ("KB", d(1 << 10)),
        ("KiB", d(1 << 10)),
        ("MB", d(1 << 20)),
        ("MiB", d(1 << 20)),
        ("GB", d(1 << 30)),
        ("GiB", d(1 << 30)),
        ("TB", d(1 << 40)),
        ("TiB", d(1 << 40)),
    ],
};

impl Kind {
    /// Whole base units, rounded half up.
    fn whole(&self, text: &str) -> Result<u64, UnitError> {
        use rust_decimal::prelude::ToPrimitive;
        let (number, unit) = split_unit(text);
        let not_a_number = || UnitError::NotANumber { kind: self.name, text: text.to_owned(), example: self.example };
        let too_large = || UnitError::TooLarge { kind: self.name, text: text.to_owned(), limit: self.limit };
        let value = match decimal(number) {
            Some(value) => value,
            None if number.parse::<f64>().is_ok_and(|value| value > 1e18) => return Err(too_large()),
            None => return Err(not_a_number()),
        };
        if value.is_sign_negative() && !value.is_zero() {
            return Err(UnitError::Negative { kind: self.name, text: text.to_owned() });
        }
        if unit.is_empty() {
            if value.is_zero() {
                return Ok(0);
            }
            let suffix = self.example.trim_start_matches(|c: char| c.is_ascii_digit());
            let example = format!("{number}{suffix}");
            return Err(UnitError::NoUnit { kind: self.name, text: text.to_owned(), example });
        }
        let Some(scale) = self.scale(unit) else {
            return Err(match self.joined(text) {
                Some(example) => UnitError::Joined { kind: self.name, text: text.to_owned(), example },
                None => UnitError::WrongUnit { kind: self.name, unit: unit.to_owned(), expected: self.expected },
            });
        };
        value
            .checked_mul(scale)
            .and_then(|base| {
                base.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero).to_u64()
            })
            .filter(|base| *base <= u64::MAX / 1_000 * 999)
            .ok_or_else(too_large)
    }

    /// Base units that a unit is.
    fn scale(&self, unit: &str) -> Option<Decimal> {
        self.units.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale)
    }

    /// The sum of parts such as those of `7h6min`, in the unit of the last: `426min`.
    fn joined(&self, text: &str) -> Option<String> {
        let (mut rest, mut sum) = (text, Decimal::ZERO);
        loop {
            let (number, units) = split_unit(rest);
            let end = units.find(|c: char| c.is_ascii_digit()).unwrap_or(units.len());
            let unit = units[..end].trim();
            let scale = self.scale(unit)?;
            sum = sum.checked_add(decimal(number)?.checked_mul(scale)?)?;
            rest = &units[end..];
            if rest.is_empty() {
                return Some(format!("{}{unit}", sum.checked_div(scale)?.normalize()));
            }
        }
    }
}

/// A decimal number with optional `_` separators and exponent.
fn decimal(text: &str) -> Option<Decimal> {
    let text = text.replace('_', "");
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

impl FromStr for Span {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        TIME.whole(text).map(Self::from_ns)
    }
}

impl FromStr for SimTime {
    type Err = UnitError;
    /// A distance from the start of the window.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        text.parse().map(|span: Span| Self::ZERO + span)
    }
}

impl FromStr for Size {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        SIZE.whole(text).map(Self::from_bytes)
    }
}

impl FromStr for Rate {
    type Err = UnitError;
    /// `"40/s"`, `"3/h"`, `"2 per min"` is not accepted: one spelling.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        const KIND: &str = "rate";
        let (number, per) = split_unit(text);
        let not_a_number = || UnitError::NotANumber { kind: KIND, text: text.to_owned(), example: "40/s" };
        let value: f64 = number.replace('_', "").parse().map_err(|_| not_a_number())?;
        if value < 0.0 {
            return Err(UnitError::Negative { kind: KIND, text: text.to_owned() });
        }
        let Some(unit) = per.strip_prefix('/') else {
            if per.is_empty() {
                return Err(UnitError::NoUnit { kind: KIND, text: text.to_owned(), example: format!("{number}/s") });
            }
            return Err(UnitError::WrongUnit { kind: KIND, unit: per.to_owned(), expected: RATE_UNITS });
        };
        let seconds = match unit.trim() {
            "ms" => 1e-3,
            "s" | "sec" => 1.0,
            "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            other => {
                return Err(UnitError::WrongUnit { kind: KIND, unit: format!("/{other}"), expected: RATE_UNITS });
            }
        };
        if value / seconds > 1e9 {
            return Err(UnitError::TooLarge { kind: KIND, text: text.to_owned(), limit: "`1000000000/s`" });
        }
        Self::per_second(value / seconds).ok_or_else(not_a_number)
    }
}

const RATE_UNITS: &str = "`/s`, `/min`, `/h`, `/d`";

/// A number with or without `%`.
fn ratio(text: &str, kind: &'static str) -> Result<f64, UnitError> {
    let (number, unit) = split_unit(text);
    let not_a_number = || UnitError::NotANumber { kind, text: text.to_owned(), example: "70%" };
    let value: f64 = number.replace('_', "").parse().map_err(|_| not_a_number())?;
    if value < 0.0 {
        return Err(UnitError::Negative { kind, text: text.to_owned() });
    }
    match unit {
        "%" => Ok(value / 100.0),
        "" => Ok(value),
        other => Err(UnitError::WrongUnit { kind, unit: other.to_owned(), expected: "`%`" }),
    }
}

impl FromStr for Ratio {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let value = ratio(text, "ratio")?;
        Self::new(value).ok_or_else(|| UnitError::TooLarge {
            kind: "ratio",
            text: text.to_owned(),
            limit: "a finite number",
        })
    }
}

impl FromStr for Share {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let value = ratio(text, "share")?;
        Self::new(value).ok_or_else(|| UnitError::TooLarge { kind: "share", text: text.to_owned(), limit: "`100%`" })
    }
}

impl FromStr for Money {
    type Err = UnitError;
    /// `"$0.20"`, `"0.20 USD"` or a bare number; the currency is the price list's.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        const KIND: &str = "amount of money";
        let bare =
            text.trim().trim_start_matches(['$', '€', '¥']).trim_end_matches(|c: char| c.is_ascii_uppercase()).trim();
        let not_a_number = || UnitError::NotANumber { kind: KIND, text: text.to_owned(), example: "$0.20" };
        let value = decimal(bare).ok_or_else(not_a_number)?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(UnitError::Negative { kind: KIND, text: text.to_owned() });
        }
        Ok(Self(value))
    }
}

impl FromStr for Hourly {
    type Err = UnitError;
    /// `"$1.20/h"`; the currency is the price list's.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        const KIND: &str = "amount an hour";
        let Some((amount, unit)) = text.trim().rsplit_once('/') else {
            let example = format!("{}/h", text.trim());
            return Err(UnitError::NoUnit { kind: KIND, text: text.to_owned(), example });
        };
        if unit.trim() != "h" {
            return Err(UnitError::WrongUnit { kind: KIND, unit: format!("/{unit}"), expected: "`/h`" });
        }
        amount.parse().map(Self)
    }
}

/// `2026-01-01`.
pub fn date(text: &str) -> Result<Date, UnitError> {
    text.trim().parse().map_err(|_| UnitError::NotANumber {
        kind: "date",
        text: text.to_owned(),
        example: "2026-01-31",
    })
}

/// `3037902` as `3,037,902`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The candidate most like `name`, if any is close enough to be a likely slip. Of two letters each could be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let length = name.len().max(candidate.len());
            *distance <= if length <= 2 { 0 } else { 1 + length / 4 }
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: FromStr<Err = UnitError> + PartialEq + std::fmt::Debug>(text: &str, value: T) {
        assert_eq!(text.parse::<T>().as_ref(), Ok(&value), "{text}");
    }

    #[track_caller]
    fn check_refused<T: FromStr<Err = UnitError> + std::fmt::Debug>(text: &str, message: &str) {
        let error = text.parse::<T>().expect_err(text).to_string();
        assert_eq!(error, message);
    }

    #[test]
    fn quantities_read_with_their_units() {
        check("250ms", Span::from_ms(250));
        check("1.5h", Span::from_secs(5_400));
        check("30 d", Span::from_secs(30 * 86_400));
        check("0", Span::ZERO);
        check("0.0000000005s", Span::from_ns(1));
        check("128MB", Size::from_mib(128));
        check("1.5 GiB", Size::from_mib(1_536));
        check("40/s", Rate::per_second(40.0).unwrap());
        check("3/h", Rate::per_second(3.0 / 3_600.0).unwrap());
        check("1e3/s", Rate::per_second(1_000.0).unwrap());
        check("70%", Share::new(0.7).unwrap());
        check("250%", Ratio::new(2.5).unwrap());
        check("$0.20", Money(Decimal::new(20, 2)));
        check("1_000ms", Span::from_secs(1));
        check("$1.20/h", Hourly(Money(Decimal::new(120, 2))));
    }

    #[test]
    fn wrong_quantities_say_what_was_expected() {
        check_refused::<Span>("128", "time `128` has no unit; write `128ms`");
        check_refused::<Size>("128", "size `128` has no unit; write `128MB`");
        check_refused::<Span>("-3s", "time `-3s` is negative; it must be zero or more");
        check_refused::<Span>(
            "3 fortnights",
            "`fortnights` is not a unit of time; expected one of `ns`, `us`, `ms`, `s`, `min`, `h`, `d`, `w`, `y` (365 d)",
        );
        check_refused::<Span>(
            "10m",
            "`m` is not a unit of time; perhaps `min`; expected one of `ns`, `us`, `ms`, `s`, `min`, `h`, `d`, `w`, `y` (365 d)",
        );
        check_refused::<Span>("7h6min", "time `7h6min` has several units; write `426min`");
        check_refused::<Span>("1d 2h 30min", "time `1d 2h 30min` has several units; write `1590min`");
        check_refused::<Size>("1GB512MB", "size `1GB512MB` has several units; write `1536MB`");
        check_refused::<Span>("soon", "`soon` is not a time; write for example `250ms`");
        check_refused::<Span>("1e30d", "time `1e30d` is too large; at most `200000d`");
        check_refused::<Rate>("40", "rate `40` has no unit; write `40/s`");
        check_refused::<Rate>("nan/s", "`nan/s` is not a rate; write for example `40/s`");
        check_refused::<Hourly>("$1.20", "amount an hour `$1.20` has no unit; write `$1.20/h`");
        check_refused::<Money>("free", "`free` is not an amount of money; write for example `$0.20`");
        let long = "x".repeat(100_000);
        check_refused::<Size>(&long, &format!("`{}...` is not a size; write for example `128MB`", &long[..60]));
        check_refused::<Hourly>("$1/d", "`/d` is not a unit of amount an hour; expected one of `/h`");
        check_refused::<Share>("130%", "share `130%` is too large; at most `100%`");
    }

    #[test]
    fn a_slip_of_the_keyboard_is_recognised() {
        assert_eq!(nearest("memroy", ["memory", "timeout"]), Some("memory"));
        assert_eq!(nearest("aws-lamda", ["aws-ec2", "aws-lambda"]), Some("aws-lambda"));
        assert_eq!(nearest("x", ["memory", "timeout"]), None);
        assert_eq!(nearest("5y", ["1y", "3y"]), None);
        assert_eq!(nearest("P9", ["p9"]), Some("p9"));
    }
}
