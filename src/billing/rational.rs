//! Exact fractions, for the formulas of worked bills.

use rust_decimal::Decimal;

/// A fraction in lowest terms, 128 bits above and below. Every operation is `None` where that is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rational {
    numerator: i128,
    /// Positive.
    denominator: i128,
}

impl Rational {
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = i128::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
        let sign = denominator.signum();
        // A zero denominator has sign zero: refused by the division below.
        let numerator = numerator.checked_div(divisor.checked_mul(sign)?)?;
        let denominator = denominator.checked_div(divisor.checked_mul(sign)?)?;
        Some(Self { numerator, denominator })
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { numerator: other.numerator.checked_neg()?, ..other })
    }

    pub fn times(self, other: Self) -> Option<Self> {
        // Reduced crosswise first, so that large factors which cancel do not overflow.
        let a = Self::new(self.numerator, other.denominator)?;
        let b = Self::new(other.numerator, self.denominator)?;
        Self::new(a.numerator.checked_mul(b.numerator)?, a.denominator.checked_mul(b.denominator)?)
    }

    /// `None` for a division by zero too.
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.denominator, other.numerator)?)
    }

    /// The least whole number that is not below.
    pub fn ceil(self) -> Option<Self> {
        let floor = self.numerator.div_euclid(self.denominator);
        let up = i128::from(self.numerator.rem_euclid(self.denominator) > 0);
        Self::new(floor.checked_add(up)?, 1)
    }

    pub fn less_than(self, other: Self) -> Option<bool> {
        Some(self.minus(other)?.numerator < 0)
    }

    pub fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// To `places` decimals, towards the given side; half away from zero for [`Towards::Nearest`].
    pub fn to_decimal(self, places: u32, towards: Towards) -> Option<Decimal> {
        let magnitude = self.numerator.unsigned_abs();
        let denominator = self.denominator.unsigned_abs();
        let scale = 10_u128.checked_pow(places)?;
        let (whole, rest) = (magnitude / denominator, magnitude % denominator);
        let scaled = rest.checked_mul(scale)?;
        let (floor, left) = (whole.checked_mul(scale)?.checked_add(scaled / denominator)?, scaled % denominator);
        let up = match towards {
            Towards::Nearest => left >= denominator - left && left > 0,
            Towards::Zero => false,
            Towards::Infinity => left > 0,
        };
        let mantissa = i128::try_from(floor.checked_add(u128::from(up))?).ok()?;
        let signed = if self.is_negative() { -mantissa } else { mantissa };
        Decimal::try_from_i128_with_scale(signed, places).ok()
    }

    /// Rounded half up to a whole number; `None` below zero.
    pub fn to_whole(self) -> Option<u128> {
        let (numerator, denominator) = (u128::try_from(self.numerator).ok()?, self.denominator.unsigned_abs());
        let rest = numerator % denominator;
        Some(numerator / denominator + u128::from(rest > 0 && rest >= denominator - rest))
    }
}

impl TryFrom<Decimal> for Rational {
    type Error = ();
    fn try_from(decimal: Decimal) -> Result<Self, ()> {
        let decimal = decimal.normalize();
        Self::new(decimal.mantissa(), 10_i128.pow(decimal.scale())).ok_or(())
    }
}

impl From<u32> for Rational {
    fn from(whole: u32) -> Self {
        Self { numerator: whole.into(), denominator: 1 }
    }
}

/// Where digits beyond the last are rounded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    Nearest,
    Zero,
    Infinity,
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(numerator: i128, denominator: i128) -> Rational {
        Rational::new(numerator, denominator).unwrap()
    }

    #[test]
    fn fractions_are_exact_and_in_lowest_terms() {
        assert_eq!(fraction(1, 3).plus(fraction(1, 6)), Some(fraction(1, 2)));
        assert_eq!(fraction(2, -4), fraction(-1, 2));
        assert_eq!(fraction(7, 2).ceil(), Some(fraction(4, 1)));
        assert_eq!(fraction(-7, 2).ceil(), Some(fraction(-3, 1)));
        assert_eq!(fraction(1, 3).less_than(fraction(1, 2)), Some(true));
    }

    #[test]
    fn what_cannot_be_said_is_none() {
        assert_eq!(Rational::new(1, 0), None);
        assert_eq!(Rational::new(0, 0), None);
        assert_eq!(fraction(1, 2).over(Rational::ZERO), None);
        assert_eq!(fraction(i128::MAX, 1).times(fraction(2, 1)), None);
        assert_eq!(Rational::new(1, i128::MIN), None);
    }

    #[test]
    fn decimals_are_rounded_half_away_from_zero() {
        let text = |value: Rational, towards| value.to_decimal(2, towards).unwrap().to_string();
        assert_eq!(text(fraction(1, 200), Towards::Nearest), "0.01");
        assert_eq!(text(fraction(-1, 200), Towards::Nearest), "-0.01");
        assert_eq!(text(fraction(8, 3), Towards::Zero), "2.66");
        assert_eq!(text(fraction(8, 3), Towards::Nearest), "2.67");
        assert_eq!(text(fraction(333_334, 1_000), Towards::Infinity), "333.34");
        assert_eq!(fraction(5, 2).to_whole(), Some(3));
    }
}
