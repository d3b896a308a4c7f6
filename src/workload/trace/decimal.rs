//! Decimal text to whole nanoseconds, digit by digit, rounded half up: no binary fraction comes between.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::error::Fault;
use crate::units::Span;

/// Latest instant that nanoseconds in 64 bits can hold, in whole seconds, rounded down to ten digits that end in zeros.
const LIMIT: &str = "18000000000 (570 years of seconds)";

/// Reads `123.456` at the start of `text`: nanoseconds, and how many bytes they took. `None` for every other form,
/// and for more than ten digits before the point.
#[inline]
pub(super) fn plain_seconds(text: &[u8]) -> Option<(u64, usize)> {
    let (whole, mut used) = digits_before_point(text)?;
    let mut ns = whole.wrapping_mul(1_000_000_000);
    if text.get(used) == Some(&b'.') {
        used += 1;
        let (fraction, length) = fraction_ns(&text[used..]);
        ns = ns.checked_add(fraction)?;
        used += length;
    }
    Some((ns, used))
}

/// One to ten digits: at most 9,999,999,999, whose nanoseconds fit 64 bits.
#[inline]
fn digits_before_point(text: &[u8]) -> Option<(u64, usize)> {
    let mut whole = 0u64;
    let mut used = 0;
    while let Some(digit) = digit_at(text, used) {
        if used == 10 {
            return None;
        }
        whole = whole.wrapping_mul(10).wrapping_add(digit);
        used += 1;
    }
    (used > 0).then_some((whole, used))
}

/// The digits after the point as nanoseconds, rounded half up, and how many there are.
#[inline]
fn fraction_ns(text: &[u8]) -> (u64, usize) {
    const POWERS: [u64; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let (mut fraction, mut used) = eight_digits(text).map_or((0, 0), |eight| (eight, 8));
    while used < 9 {
        let Some(digit) = digit_at(text, used) else {
            return (fraction.wrapping_mul(POWERS[used]), used);
        };
        fraction = fraction.wrapping_mul(10).wrapping_add(digit);
        used += 1;
    }
    let half = digit_at(text, used).is_some_and(|digit| digit >= 5);
    while eight_digits(&text[used..]).is_some() {
        used += 8;
    }
    while digit_at(text, used).is_some() {
        used += 1;
    }
    (fraction + u64::from(half), used)
}

#[inline]
fn digit_at(text: &[u8], index: usize) -> Option<u64> {
    let value = text.get(index)?.wrapping_sub(b'0');
    (value < 10).then_some(u64::from(value))
}

/// The value of the first eight bytes if all are digits, computed within one 64-bit word.
#[inline]
fn eight_digits(text: &[u8]) -> Option<u64> {
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    let word = u64::from_le_bytes(*text.first_chunk::<8>()?);
    // Bytes 0x30 to 0x39 are exactly those whose high half is 3 and stays 3 when 6 is added.
    let digits = word & HIGH == 0x3030_3030_3030_3030
        && word.wrapping_add(0x0606_0606_0606_0606) & HIGH == 0x3030_3030_3030_3030;
    if !digits {
        return None;
    }
    let ones = word & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = ones.wrapping_mul(10).wrapping_add(ones >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF)
}

/// A whole field as nanoseconds: every form of a number, and the reason where it is none.
pub(crate) fn seconds(text: &[u8]) -> Result<u64, Fault> {
    let text = text.trim_ascii();
    match plain_seconds(text) {
        Some((ns, used)) if used == text.len() => Ok(ns),
        _ => unusual_seconds(text),
    }
}

fn unusual_seconds(text: &[u8]) -> Result<u64, Fault> {
    let found = shown(text);
    if text.is_empty() {
        return Err(Fault::MissingValue);
    }
    let lower = found.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(lower.as_str(), "nan" | "inf" | "infinity") {
        return Err(Fault::NotFinite { found });
    }
    let Ok(approximate) = found.parse::<f64>() else {
        return Err(Fault::NotA { found, expected: "a number of seconds" });
    };
    if approximate < 0.0 {
        return Err(Fault::Negative { found });
    }
    if approximate >= 1.8e10 {
        return Err(Fault::TooLarge { found, limit: LIMIT });
    }
    Ok(exact(&found).unwrap_or_else(|| Span::from_seconds_f64(approximate).ns()))
}

/// `1e-05`, `+3`, `.5` and the like, in decimal; `None` for more digits than a decimal holds.
fn exact(text: &str) -> Option<u64> {
    let value = Decimal::from_scientific(text).or_else(|_| text.parse()).ok()?;
    let ns = value.checked_mul(Decimal::from(1_000_000_000u64))?;
    ns.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_u64()
}

/// A field as it may be shown in a message: cut, and with what is not text replaced.
pub(super) fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(80)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, ns: u64) {
        assert_eq!(seconds(text.as_bytes()).ok(), Some(ns), "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, message: &str) {
        assert_eq!(seconds(text.as_bytes()).expect_err(text).to_string(), message);
    }

    #[test]
    fn decimals_become_nanoseconds_rounded_half_up() {
        check("0", 0);
        check("57.154", 57_154_000_000);
        check("0.07949090003967285", 79_490_900);
        check("0.0794909005", 79_490_901);
        check("0.07949090049999999999999999", 79_490_900);
        check("0.9999999995", 1_000_000_000);
        check("1209600.123456789", 1_209_600_123_456_789);
        check("9999999999.999999999", 9_999_999_999_999_999_999);
        check("12.", 12_000_000_000);
        check(" 3.5 ", 3_500_000_000);
    }

    #[test]
    fn other_forms_of_numbers_are_read_too() {
        check("1e-05", 10_000);
        check("2.5E3", 2_500_000_000_000);
        check("+3", 3_000_000_000);
        check(".5", 500_000_000);
        check("-0.0", 0);
        check("17999999999.5", 17_999_999_999_500_000_000);
    }

    #[test]
    fn what_is_no_number_of_seconds_is_refused_with_its_reason() {
        check_refused("abc", "`abc` is not a number of seconds");
        check_refused("1.2.3", "`1.2.3` is not a number of seconds");
        check_refused("NaN", "`NaN` is not a finite number");
        check_refused("-inf", "`-inf` is not a finite number");
        check_refused("-3", "`-3` is negative; it must be zero or more");
        check_refused("1700000000000", "`1700000000000` is too large; at most 18000000000 (570 years of seconds)");
        check_refused("", "no value in this row");
    }

    #[test]
    fn eight_digits_are_read_at_once_and_nothing_else_is() {
        assert_eq!(eight_digits(b"12345678,"), Some(12_345_678));
        assert_eq!(eight_digits(b"00000001"), Some(1));
        for other in [&b"1234567"[..], b"1234567.", b"/2345678", b"1234:678", b"1234567\xB5"] {
            assert_eq!(eight_digits(other), None);
        }
    }
}
