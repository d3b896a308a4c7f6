//! Numbers as a reader wants them: few digits, a unit, no surprises at the edges.
//!
//! A number and its unit are joined by a no-break space, so that no line break parts them.

use crate::units::{Currency, Money};

/// What stands where there is nothing to say.
pub const ABSENT: &str = "—";

/// `$41.80`, `$1,234.56`, `$0.0042`; at least two digits that count.
pub fn money(currency: Currency, amount: Money) -> String {
    let value = amount.0.abs();
    let sign = if amount.0.is_sign_negative() && !amount.0.is_zero() { "-" } else { "" };
    let symbol = currency.symbol();
    let cent = rust_decimal::Decimal::new(1, 2);
    if value.is_zero() || value >= cent {
        let text = Money(value).to_string();
        let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
        return format!("{sign}{symbol}{}.{cents}", grouped(whole));
    }
    match value.round_sf(2) {
        Some(digits) => format!("{sign}{symbol}{}", digits.normalize()),
        None => format!("{sign}{symbol}{value}"),
    }
}

/// Money out of a statistic.
pub fn money_f64(currency: Currency, amount: f64) -> String {
    match rust_decimal::Decimal::from_f64_retain(amount) {
        Some(exact) => money(currency, Money(exact)),
        None => format!("{}{}", currency.symbol(), number(amount)),
    }
}

/// A currency by its ISO 4217 code; dollars for any other.
pub fn currency(code: &str) -> Currency {
    match code {
        "EUR" => Currency::Eur,
        "CNY" => Currency::Cny,
        _ => Currency::Usd,
    }
}

/// Every decimal of a price or a quantity, thousands apart: `0.0000166667`, `1,234.5`.
pub fn exact(number: Money) -> String {
    let text = number.0.round_dp(12).normalize().to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    match digits.split_once('.') {
        Some((whole, decimals)) => format!("{sign}{}.{decimals}", grouped(whole)),
        None => format!("{sign}{}", grouped(digits)),
    }
}

/// Every decimal of a price, cents at least: `$0.20`, `$0.0000166667`.
pub fn price(currency: Currency, price: Money) -> String {
    let text = exact(price);
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals < 2 { money(currency, price) } else { format!("{}{text}", currency.symbol()) }
}

/// A quantity to at most three decimals, or to three digits if it is small.
pub fn quantity(number: Money) -> String {
    let rounded = number.0.round_dp(3);
    if rounded.is_zero() && !number.0.is_zero() {
        return number.0.round_sf(3).map_or_else(|| number.0.to_string(), |digits| digits.normalize().to_string());
    }
    exact(Money(rounded))
}

/// `24,192,000`.
pub fn count(number: f64) -> String {
    if !number.is_finite() || number.abs() >= 1e15 {
        return self::number(number);
    }
    if number != 0.0 && number.abs() < 100.0 && number.fract() != 0.0 {
        return self::number(number);
    }
    let text = format!("{:.0}", number.abs());
    let sign = if number < 0.0 && text != "0" { "-" } else { "" };
    format!("{sign}{}", grouped(&text))
}

/// Three digits that count, thousands grouped: `0.0123`, `4.2`, `1,230,000`.
pub fn number(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞".to_owned() } else { "-∞".to_owned() };
    }
    if value.is_nan() {
        return ABSENT.to_owned();
    }
    let magnitude = value.abs();
    if magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 1e-6) {
        return format!("{value:.2e}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let text = digits(magnitude, 3);
    match text.split_once('.') {
        Some((whole, decimals)) => format!("{sign}{}.{decimals}", grouped(whole)),
        None => format!("{sign}{}", grouped(&text)),
    }
}

/// The end of a path: `lambda.memory`, `scheduled.0.provisioned`.
pub fn short(path: &str) -> String {
    let steps: Vec<&str> = path.split('.').collect();
    let mut from = steps.len().saturating_sub(2);
    while from > 0 && is_place(steps[from]) {
        from -= 1;
    }
    steps[from..].join(".")
}

/// Whether a step of a path is a place in a list, which says nothing without the name of the list.
pub fn is_place(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit())
}

/// A value of an axis to three digits, as a user would write it.
pub fn with_unit(value: f64, unit: &str) -> String {
    let number = number(value);
    match unit {
        "×" => format!("x{number}"),
        "$" | "€" | "¥" => format!("{unit}{number}"),
        unit => format!("{number}{unit}"),
    }
}

/// A rounded positive number without trailing zeros: `figures` digits, or all that stand before the point.
fn digits(value: f64, figures: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = (figures - 1 - value.log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1234567` to `1,234,567`.
fn grouped(whole: &str) -> String {
    let mut text = String::with_capacity(whole.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `61 ms`, `1.9 s`, `4.2 min`, `3.1 h`, `12 d`; two or three digits.
pub fn latency(seconds: f64) -> String {
    if seconds == 0.0 {
        return "0\u{a0}s".to_owned();
    }
    if !seconds.is_finite() {
        return number(seconds);
    }
    let (size, unit) = time_unit(seconds);
    format!("{}\u{a0}{unit}", number(seconds / size))
}

/// The same without decimals from 10 on: `67 ms` for 67.1 ms.
pub fn short_latency(seconds: f64) -> String {
    let (size, unit) = time_unit(seconds);
    let value = seconds / size;
    if value.is_finite() && (9.95..1e6).contains(&value) {
        return format!("{}\u{a0}{unit}", number(value.round()));
    }
    latency(seconds)
}

/// The unit in which a time has one to three digits before the point, in seconds.
fn time_unit(seconds: f64) -> (f64, &'static str) {
    match seconds.abs() {
        s if s < 0.999_5e-6 => (1e-9, "ns"),
        s if s < 0.999_5e-3 => (1e-6, "µs"),
        s if s < 0.999_5 => (1e-3, "ms"),
        s if s < 120.0 => (1.0, "s"),
        s if s < 7_200.0 => (60.0, "min"),
        s if s < 172_800.0 => (3_600.0, "h"),
        _ => (86_400.0, "d"),
    }
}

/// `0.09 %`, `12.3 %`; never 0 for something nor 100 for not everything.
pub fn share(part: f64) -> String {
    let percent = part * 100.0;
    let text = match percent {
        p if !p.is_finite() => number(p),
        0.0 => "0".to_owned(),
        p if p > 0.0 && p < 0.01 => "<0.01".to_owned(),
        p if p > 99.99 && p < 100.0 => ">99.99".to_owned(),
        p if p > 99.0 && p < 100.0 => digits(p, 4),
        p if (0.0..10.0).contains(&p) => digits(p, 2),
        p => digits(p.abs(), 3),
    };
    let sign = if percent < 0.0 && percent.is_finite() { "-" } else { "" };
    format!("{sign}{text}\u{a0}%")
}

/// `+24.6 %`, `-3.1 %`, `±0 %`: a change, signed.
pub fn change(part: f64) -> String {
    if part > 9.995 {
        return format!("×{}", number(part + 1.0));
    }
    match part {
        p if p.abs() < 0.000_5 => "±0\u{a0}%".to_owned(),
        p if p > 0.0 => format!("+{:.1}\u{a0}%", p * 100.0),
        p => format!("{:.1}\u{a0}%", p * 100.0),
    }
}

/// `7 d`, `1.5 h`: a length of simulated time.
pub fn length(seconds: f64) -> String {
    match seconds {
        s if s >= 86_400.0 => plural(s / 86_400.0, "day"),
        s if s >= 3_600.0 => plural(s / 3_600.0, "hour"),
        s if s >= 60.0 => plural(s / 60.0, "minute"),
        s => plural(s, "second"),
    }
}

/// `1 day`, `12 functions`.
pub fn plural(amount: f64, noun: &str) -> String {
    let ending = if amount == 1.0 { "" } else { "s" };
    format!("{}\u{a0}{noun}{ending}", count(amount))
}

/// `0`, `10k`, `2.5M`: short, for the ticks of an axis.
pub fn compact(value: f64) -> String {
    let magnitude = value.abs();
    let (size, unit) = match magnitude {
        m if !m.is_finite() || m >= 1e15 => return number(value),
        m if m >= 1e12 => (1e12, "T"),
        m if m >= 1e9 => (1e9, "G"),
        m if m >= 1e6 => (1e6, "M"),
        m if m >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{unit}", number(value / size))
}

/// The text, cut to `columns` characters with `…` if it is longer; control characters replaced.
pub fn shortened(text: &str, columns: usize) -> String {
    let clean = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut short = String::new();
    let mut used = 0;
    for character in clean {
        used += width_of(character);
        if used > columns {
            while !short.is_empty() && width(&short) >= columns {
                short.pop();
            }
            short.push('…');
            return short;
        }
        short.push(character);
    }
    short
}

/// Terminal columns that `text` takes.
pub fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// East Asian wide characters and pictographs take two columns, marks that combine take none.
fn width_of(character: char) -> usize {
    match character as u32 {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF => 2,
        0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: impl AsRef<str>, expected: &str) {
        assert_eq!(actual.as_ref().replace('\u{a0}', " "), expected);
    }

    #[test]
    fn money_has_cents_and_small_money_has_digits() {
        let dollars = |text: &str| money(Currency::Usd, Money(text.parse().unwrap()));
        check(dollars("41.799"), "$41.80");
        check(dollars("1234567.5"), "$1,234,567.50");
        check(dollars("0"), "$0.00");
        check(dollars("0.00004181"), "$0.000042");
        check(dollars("-3"), "-$3.00");
        check(money_f64(Currency::Eur, 0.5), "€0.50");
        check(money_f64(Currency::Usd, f64::INFINITY), "$∞");
        check(price(Currency::Usd, Money("0.2".parse().unwrap())), "$0.20");
        check(price(Currency::Usd, Money("0.0000166667".parse().unwrap())), "$0.0000166667");
        check(exact(Money("1234.500".parse().unwrap())), "1,234.5");
    }

    #[test]
    fn times_take_the_unit_that_reads_best() {
        for (seconds, text) in [
            (0.061, "61 ms"),
            (0.1414, "141 ms"),
            (0.9999, "1 s"),
            (1.904, "1.9 s"),
            (90.0, "90 s"),
            (250.0, "4.17 min"),
            (0.000_34, "340 µs"),
            (0.0, "0 s"),
            (f64::INFINITY, "∞"),
            (1e30, "1.16e25 d"),
        ] {
            check(latency(seconds), text);
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_all() {
        for (part, text) in [
            (0.0, "0 %"),
            (0.000_01, "<0.01 %"),
            (0.000_9, "0.09 %"),
            (0.123_4, "12.3 %"),
            (0.999_87, "99.99 %"),
            (0.999_999, ">99.99 %"),
            (1.0, "100 %"),
            (f64::NAN, "— %"),
        ] {
            check(share(part), text);
        }
    }

    #[test]
    fn the_place_in_a_list_has_the_name_of_the_list() {
        check(short("deployments.lambda.memory"), "lambda.memory");
        check(short("deployments.lambda.concurrency.scheduled.0.provisioned"), "scheduled.0.provisioned");
        check(short("demand"), "demand");
    }

    #[test]
    fn ticks_are_short() {
        for (value, text) in [(0.0, "0"), (1000.0, "1k"), (2.5e6, "2.5M"), (0.01, "0.01"), (40.0, "40")] {
            check(compact(value), text);
        }
    }

    #[test]
    fn long_names_keep_their_beginning() {
        check(shortened("lambda-arm64-with-a-long-name", 10), "lambda-ar…");
        check(shortened("short", 10), "short");
        check(shortened("価格表価格表", 7), "価格表…");
        check(shortened("a\u{1b}[31m", 10), "a\u{fffd}[31m");
    }
}
