//! Whole-number arithmetic behind every amount: multiply first, divide once, round once.

use rust_decimal::Decimal;

/// Decimals of an amount or a quantity on an invoice: a millionth of a millionth, half up. Prices have at most
/// eleven decimals, so what is lost is below anything that a provider prints.
pub const PLACES: u32 = 12;

/// Decimals that a price may have. More would not fit the arithmetic.
pub const PRICE_PLACES: u32 = 18;

/// `quantity / base_per_unit * price`, rounded once, half up, to [`PLACES`]. `None` below zero, for a unit of nothing, and
/// for an amount that a decimal cannot hold: more than 79 thousand million million.
pub fn amount(quantity: u128, price: Decimal, base_per_unit: u128) -> Option<Decimal> {
    let price = price.normalize();
    let mantissa = u128::try_from(price.mantissa()).ok()?;
    // The power of ten goes to the side where it is whole, so that no more than one product is wide.
    let (more, fewer) = (PLACES.saturating_sub(price.scale()), price.scale().saturating_sub(PLACES));
    let factor = mantissa.checked_mul(10_u128.checked_pow(more)?)?;
    let divisor = base_per_unit.checked_mul(10_u128.checked_pow(fewer)?)?;
    of_millionths(multiplied_and_divided(quantity, factor, divisor)?)
}

/// `numerator / denominator` to [`PLACES`], half up.
pub fn divided(numerator: u128, denominator: u128) -> Option<Decimal> {
    of_millionths(multiplied_and_divided(numerator, 10_u128.pow(PLACES), denominator)?)
}

/// Of so many of the last of [`PLACES`].
fn of_millionths(mantissa: u128) -> Option<Decimal> {
    let mantissa = i128::try_from(mantissa).ok()?;
    Decimal::try_from_i128_with_scale(mantissa, PLACES).ok().map(|decimal| decimal.normalize())
}

/// `value * factor / divisor`, half up, however large the product; `None` if the quotient needs more than 128 bits or
/// `divisor` is zero.
pub fn multiplied_and_divided(value: u128, factor: u128, divisor: u128) -> Option<u128> {
    let (whole, rest) = match value.checked_mul(factor) {
        Some(product) => (product.checked_div(divisor)?, product % divisor),
        None => divided_wide(wide_product(value, factor), divisor)?,
    };
    whole.checked_add(u128::from(rest >= divisor - rest && rest > 0))
}

/// The upper and the lower 128 bits of `a * b`, from products of halves.
const fn wide_product(a: u128, b: u128) -> (u128, u128) {
    const HALF: u32 = 64;
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> HALF, a & LOW, b >> HALF, b & LOW);
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> HALF);
    let other = a_low * b_high + (middle & LOW);
    (a_high * b_high + (middle >> HALF) + (other >> HALF), (other << HALF) | (low & LOW))
}

/// Quotient and rest, bit by bit as on paper; `None` if the quotient needs more than 128 bits, or for a division by zero.
fn divided_wide((high, low): (u128, u128), divisor: u128) -> Option<(u128, u128)> {
    if high >= divisor {
        return None;
    }
    let (mut quotient, mut rest) = (0_u128, high);
    for bit in (0..u128::BITS).rev() {
        // The bit that leaves at the top means that the rest is above any divisor.
        let carried = rest >> (u128::BITS - 1) == 1;
        rest = (rest << 1) | (low >> bit & 1);
        let fits = carried || rest >= divisor;
        rest = if fits { rest.wrapping_sub(divisor) } else { rest };
        quotient = (quotient << 1) | u128::from(fits);
    }
    Some((quotient, rest))
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

    /// Worked with whole numbers of any length; the second quotient ends in a half and more, its divisor has all 128 bits.
    #[test]
    fn products_wider_than_128_bits_are_divided_to_the_last_unit() {
        let third = 113_427_455_640_312_821_154_458_202_477_256_070_485;
        assert_eq!(multiplied_and_divided(1 << 100, 1 << 100, 3 << 72), Some(third));
        let (a, b) =
            (12_345_678_901_234_567_890_123_456_789_012_345_678, 98_765_432_109_876_543_210_987_654_321_098_765_432);
        let divisor = 300_000_000_000_000_000_000_000_000_000_000_000_007;
        assert_eq!(multiplied_and_divided(a, b, divisor), Some(4_064_421_037_900_726_507_539_501_091_128_892_953));
        assert_eq!(multiplied_and_divided(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
        assert_eq!(multiplied_and_divided(u128::MAX, u128::MAX, u128::MAX - 1), None);
        assert_eq!(multiplied_and_divided(u128::MAX, 2, 0), None);
    }

    /// 2.9 x 10^21 base units at a price of 16 digits, of which 5 x 10^21 make one: the numerator has 125 bits, and 165 for
    /// twelve decimals.
    #[test]
    fn digits_of_a_computed_price_do_not_make_an_amount_too_large() {
        let (quantity, per) = (2_946_441_727_660_032_000_000, 5_040_462_476_759_040_000_000);
        check(quantity, "619.2301770019189", per, "361.975838716671");
    }

    #[test]
    fn units_become_base_units() {
        assert_eq!(base_units("400000".parse().unwrap(), 1_024_000), Some(409_600_000_000));
        assert_eq!(base_units("0.5".parse().unwrap(), 1), Some(1));
        assert_eq!(base_units("0.49".parse().unwrap(), 1), Some(0));
    }
}
