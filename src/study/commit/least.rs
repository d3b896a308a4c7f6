//! The least of a convex cost over whole numbers.

use crate::units::Money;

/// Of a small space all places, of a large one so many steps.
const ALL: u64 = 64;
const STEPS: u64 = 32;

/// Places at which a cost is looked at first, in order: both ends among them.
pub fn grid(most: u64) -> Vec<u64> {
    if most <= ALL {
        return (0..=most).collect();
    }
    (0..=STEPS).map(|step| (u128::from(most) * u128::from(step) / u128::from(STEPS)) as u64).collect()
}

/// The smallest place in `0..=most` at which `cost` is least. Exact for a convex cost; of any other the best place of the
/// grid, and what is better between its neighbours.
pub fn least<E>(most: u64, mut cost: impl FnMut(u64) -> Result<Money, E>) -> Result<u64, E> {
    // Prices are kept to twelve decimals: what differs beyond the eighth is their rounding.
    let mut cost = |place: u64| Ok(cost(place)?.0.round_dp(8));
    let places = grid(most);
    let costs = places.iter().map(|place| cost(*place)).collect::<Result<Vec<_>, E>>()?;
    let best = (0..places.len()).min_by_key(|index| costs[*index]).unwrap_or(0);
    let mut low = places[best.saturating_sub(1)];
    let mut high = places[(best + 1).min(places.len() - 1)];
    while low < high {
        let middle = low + (high - low) / 2;
        if cost(middle + 1)? >= cost(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let found = [(cost(low)?, low), (costs[best], places[best])];
    Ok(found.into_iter().min().map_or(0, |(_, place)| place))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    /// Owning costs `fee` each, and what is asked for beyond it `price`.
    fn newsvendor(place: u64, fee: u64, price: u64, demand: &[u64]) -> Money {
        let beyond: u64 = demand.iter().map(|asked| asked.saturating_sub(place)).sum();
        Money(Decimal::from(fee * place * demand.len() as u64 + price * beyond))
    }

    proptest! {
        #[test]
        fn the_smallest_place_of_least_cost_is_found(
            demand in prop::collection::vec(0_u64..3_000, 1..12), fee in 1_u64..20, price in 1_u64..20,
        ) {
            let most = demand.iter().copied().max().unwrap_or(0);
            let cost = |place| newsvendor(place, fee, price, &demand);
            let mut asked = 0;
            let found = least(most, |place| { asked += 1; Ok::<_, ()>(cost(place)) });
            let expected = (0..=most).min_by_key(|place| cost(*place).0);
            prop_assert_eq!(found.ok(), expected);
            prop_assert!(asked < 120, "{} of {} places", asked, most);
        }
    }
}
