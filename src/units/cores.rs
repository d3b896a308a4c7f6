//! Processors, as containers ask for them.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::UnitError;

/// Processor in thousandths of a core, at least one: `"500m"`, `0.5` and `"0.5"` are half a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cores(u32);

impl Cores {
    /// `None` for zero.
    pub const fn from_milli(milli: u32) -> Option<Self> {
        if milli == 0 { None } else { Some(Self(milli)) }
    }

    pub const fn milli(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1_000) { write!(f, "{}", self.0 / 1_000) } else { write!(f, "{}m", self.0) }
    }
}

/// More than any machine has.
const MOST_MILLI: u32 = 100_000_000;

impl FromStr for Cores {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        const KIND: &str = "number of cores";
        let not_a_number = || UnitError::NotANumber { kind: KIND, text: text.to_owned(), example: "500m" };
        let trimmed = text.trim();
        let (number, scale) = trimmed.strip_suffix('m').map_or((trimmed, 1_000), |number| (number, 1));
        let number = number.trim().replace('_', "");
        let value = Decimal::from_str_exact(&number).map_err(|_| not_a_number())?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(UnitError::Negative { kind: KIND, text: text.to_owned() });
        }
        let milli = value.checked_mul(Decimal::from(scale)).filter(|milli| *milli <= Decimal::from(MOST_MILLI));
        let milli =
            milli.ok_or_else(|| UnitError::TooLarge { kind: KIND, text: text.to_owned(), limit: "`100000`" })?;
        // A part of a thousandth is a whole one, as Kubernetes has it.
        milli.ceil().to_u32().and_then(Self::from_milli).ok_or_else(not_a_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, milli: u32) {
        assert_eq!(text.parse(), Ok(Cores(milli)), "{text}");
    }

    #[test]
    fn cores_read_as_kubernetes_reads_them() {
        check("500m", 500);
        check("0.5", 500);
        check("2", 2_000);
        check(" 1_500 m", 1_500);
        check("0.0001", 1);
        assert_eq!(Cores(250).to_string(), "250m");
        assert_eq!(Cores(4_000).to_string(), "4");
    }

    #[test]
    fn what_is_no_number_of_cores_is_refused() {
        for text in ["", "m", "half", "0", "0m", "-1", "1e5", "200000", "500k", "NaN"] {
            assert!(text.parse::<Cores>().is_err(), "{text}");
        }
    }
}
