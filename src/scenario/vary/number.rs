//! Numbers with units, as a user writes them: taken apart, compared, and written again.

use super::super::shape::Kind;
use crate::units::{Cores, Hourly, Money, Rate, Ratio, Share, Size, Span, UnitError};

/// How a number is written: what stands before it and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    before: String,
    after: String,
    grain: Grain,
}

/// Which numbers make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grain {
    Any,
    /// A count.
    Whole,
    /// A size: how many bytes its unit has, and the largest of [`SIZES`] of which what was written is a multiple.
    Bytes {
        unit: u64,
        finest: u64,
    },
}

/// What sizes are rounded to, in bytes: a megabyte, as memory is sold, and less where a size has few of them.
const SIZES: [u64; 3] = [1 << 20, 1 << 10, 1];
/// So many of a unit make it fine enough: rounding is then off by less than a hundredth.
const FEW: f64 = 64.0;

/// Digits that are written of a number that was computed.
const DIGITS: i32 = 6;

impl Form {
    /// Takes `512MB` or `$0.20/h` apart; `None` if there is no number in it.
    pub fn read(kind: &Kind, text: &str) -> Option<(Self, f64)> {
        let text = text.trim();
        let start = text.find(|c: char| c.is_ascii_digit() || c == '.')?;
        let (before, rest) = text.split_at(start);
        let number = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
        let mut end = rest.find(|c: char| !number(c)).unwrap_or(rest.len());
        let exponent = rest[end..].strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        if let Some(digits) = exponent.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            end = rest.len() - digits.len();
            end += digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        }
        let value = rest[..end].replace('_', "").parse().ok()?;
        let mut form = Self { before: before.to_owned(), after: rest[end..].trim().to_owned(), grain: Grain::Any };
        form.grain = match plain(kind) {
            Kind::Count { .. } => Grain::Whole,
            Kind::Size => form.grain_of_size(text),
            _ => Grain::Any,
        };
        (before.is_empty() || before == "$" || before == "€" || before == "¥").then_some((form, value))
    }

    /// A bare number, as factors are.
    pub const fn bare() -> Self {
        Self { before: String::new(), after: String::new(), grain: Grain::Any }
    }

    fn grain_of_size(&self, text: &str) -> Grain {
        match (self.text("1").parse::<Size>(), text.parse::<Size>()) {
            (Ok(unit), Ok(size)) => Grain::Bytes { unit: unit.bytes(), finest: multiple_of(size) },
            // It is refused where it is read as a size.
            _ => Grain::Whole,
        }
    }

    /// Takes another number of the same range into account: where one is no whole megabyte, none need be.
    pub fn refine(&mut self, other: &str) {
        if let (Grain::Bytes { finest, .. }, Ok(size)) = (&mut self.grain, other.parse::<Size>()) {
            *finest = multiple_of(size).min(*finest);
        }
    }

    /// Whether it is a number of things, of which there are no parts.
    pub fn is_count(&self) -> bool {
        self.grain == Grain::Whole
    }

    /// The distance of the numbers near this one that make sense; 0 where all do.
    pub fn step_at(&self, number: f64) -> f64 {
        match self.grain {
            Grain::Any => 0.0,
            Grain::Whole => 1.0,
            Grain::Bytes { unit, finest } => {
                let bytes = number * unit as f64;
                let enough = SIZES.into_iter().find(|step| bytes >= FEW * *step as f64).unwrap_or(1);
                enough.min(finest) as f64 / unit as f64
            }
        }
    }

    /// The nearest number that makes sense, of any to six digits.
    pub fn nearest(&self, number: f64) -> f64 {
        match self.step_at(number) {
            0.0 => rounded(number),
            // Not a negative zero.
            step => (number / step).round() * step + 0.0,
        }
    }

    /// The number in this form of a text in another: `2s` is 2000 in the form of `500ms`.
    pub fn convert(&self, kind: &Kind, text: &str) -> Result<f64, UnitError> {
        let (base, one) = (base(kind, text)?, base(kind, &self.text("1"))?);
        Ok(base / one)
    }

    /// A number in this form, to six digits or to what makes sense; a size of many decimals in a smaller unit.
    pub fn write(&self, number: f64) -> (String, f64) {
        let number = self.nearest(number);
        let Grain::Bytes { unit, .. } = self.grain else { return (self.text(&number.to_string()), number) };
        let size = Size::from_bytes((number * unit as f64).round() as u64);
        let short = self.text(&((number * 100.0).round() / 100.0).to_string());
        (if short.parse() == Ok(size) { short } else { size.to_string() }, number)
    }

    fn text(&self, number: &str) -> String {
        format!("{}{number}{}", self.before, self.after)
    }

    /// What the numbers count.
    pub fn unit(&self) -> String {
        format!("{}{}", self.before, self.after)
    }
}

/// The largest of the steps of which it is a multiple.
fn multiple_of(size: Size) -> u64 {
    SIZES.into_iter().find(|step| size.bytes().is_multiple_of(*step)).unwrap_or(1)
}

/// The kind of the plain value that a key holds where it may hold other forms too.
pub fn plain(kind: &Kind) -> &Kind {
    match kind {
        Kind::PlainOr(kind, _) | Kind::WordOr(_, kind) | Kind::OneOrMore(kind) => plain(kind),
        _ => kind,
    }
}

/// A text as a plain number of the base unit of its kind.
pub fn base(kind: &Kind, text: &str) -> Result<f64, UnitError> {
    match plain(kind) {
        Kind::Time => text.parse::<Span>().map(Span::seconds),
        Kind::Size => text.parse::<Size>().map(|size| size.bytes() as f64),
        Kind::Cores => text.parse::<Cores>().map(|cores| cores.milli() as f64),
        Kind::Rate => text.parse::<Rate>().map(Rate::as_per_second),
        Kind::Share => text.parse::<Share>().map(Share::value),
        Kind::Ratio => text.parse::<Ratio>().map(Ratio::value),
        Kind::Money => text.parse::<Money>().map(Money::to_f64),
        Kind::Hourly => text.parse::<Hourly>().map(|hourly| hourly.0.to_f64()),
        _ => text.trim().replace('_', "").parse().map_err(|_| UnitError::NotANumber {
            kind: "number",
            text: text.to_owned(),
            example: "10",
        }),
    }
}

/// Whether a range of such values makes sense.
pub fn is_measured(kind: &Kind) -> bool {
    matches!(
        plain(kind),
        Kind::Count { .. }
            | Kind::Number { .. }
            | Kind::Time
            | Kind::Size
            | Kind::Cores
            | Kind::Rate
            | Kind::Share
            | Kind::Ratio
            | Kind::Money
            | Kind::Hourly
            | Kind::Any
    )
}

/// To six digits.
pub fn rounded(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    format!("{number:.*e}", DIGITS as usize - 1).parse().unwrap_or(number)
}
