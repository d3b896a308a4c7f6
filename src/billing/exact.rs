//! Whole-number arithmetic behind every amount: multiply first, divide once, round once.

use rust_decimal::Decimal;

/// Decimals of an amount or a quantity on an invoice: a millionth of a millionth, half up. Prices have at most
/// eleven decimals, so what is lost is below anything that a provider prints.
pub const PLACES: u32 = 12;

/// Decimals that a price may have. More would not fit the arithmetic.
pub const PRICE_PLACES: u32 = 18;

/// `quantity / base_per_unit * price`, rounded once, half up, to [`PLACES`]; `None` beyond 128 bits.
pub fn amount(quantity: u128, price: Decimal, base_per_unit: u128) -> Option<Decimal> {
    let price = price.normalize();
    let numerator = quantity.checked_mul(u128::try_from(price.mantissa()).ok()?)?;
    let denominator = base_per_unit.checked_mul(10_u128.checked_pow(price.scale())?)?;
    divided(numerator, denominator)
}

/// `numerator / denominator` to [`PLACES`], half up.
pub fn divided(numerator: u128, denominator: u128) -> Option<Decimal> {
    const ONE: u128 = 10_u128.pow(PLACES);
    let whole = numerator.checked_div(denominator)?;
    let rest = numerator % denominator;
    let fraction = multiplied_and_divided(rest, ONE, denominator)?;
    let mantissa = whole.checked_mul(ONE)?.checked_add(fraction)?;
    let mantissa = i128::try_from(mantissa).ok()?;
    Decimal::try_from_i128_with_scale(mantissa, PLACES).ok().map(|decimal| decimal.normalize())
}

/// `value * factor / divisor`, half up; `None` if the product needs more than 128 bits or `divisor` is zero.
pub fn multiplied_and_divided(value: u128, factor: u128, divisor: u128) -> Option<u128> {
    let product = value.checked_mul(factor)?;
    let whole = product.checked_div(divisor)?;
    let rest = product % divisor;
    whole.checked_add(u128::from(rest >= divisor - rest && rest > 0))
}

/// `units` in base units, half up.
pub fn base_units(units: Decimal, base_per_unit: u128) -> Option<u128> {
    let units = units.normalize();
    let mantissa = u128::try_from(units.mantissa()).ok()?;
    multiplied_and_divided(mantissa, base_per_unit, 10_u128.checked_pow(units.scale())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(quantity: u128, price: &str, base_per_unit: u128, expected: &str) {
        let price = price.parse().unwrap();
        assert_eq!(amount(quantity, price, base_per_unit), Some(expected.parse().unwrap()));
    }

    #[test]
    fn an_amount_is_rounded_once_half_up_to_twelve_decimals() {
        check(1, "1", 3, "0.333333333333");
        check(2, "1", 3, "0.666666666667");
        check(1, "0.000000000001", 2, "0.000000000001");
        check(1, "0.000000000001", 3, "0");
        check(31_600_000 * 1_024_000, "0.0000133334", 1_024_000, "421.33544");
    }

    #[test]
    fn a_thousand_years_of_everything_fits_and_more_is_refused() {
        check(56_000_000_000_000_u128 * 1_024_000, "0.0000166667", 1_024_000, "933335200");
        assert_eq!(amount(u128::MAX, Decimal::TWO, 1), None);
        assert_eq!(amount(u128::MAX, Decimal::ONE, 1), None);
        assert_eq!(divided(1, 0), None);
    }

    #[test]
    fn units_become_base_units() {
        assert_eq!(base_units("400000".parse().unwrap(), 1_024_000), Some(409_600_000_000));
        assert_eq!(base_units("0.5".parse().unwrap(), 1), Some(1));
        assert_eq!(base_units("0.49".parse().unwrap(), 1), Some(0));
    }
}
