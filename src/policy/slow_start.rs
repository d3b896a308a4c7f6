//! Weights of servers: a new one gets its share of requests little by little.

use crate::units::Span;

/// Slow start of a balancer: the weight of a server grows in a straight line from nothing, when it becomes healthy, to one.
/// Application load balancers ramp over 30 to 900 s (Elastic Load Balancing user guide, June 2023).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowStart {
    /// [`Span::ZERO`]: none.
    pub length: Span,
}

impl SlowStart {
    /// The share of its usual requests that a server gets that has been healthy for so long, 0 to 1.
    pub fn weight(self, healthy_for: Span) -> f64 {
        if healthy_for >= self.length { 1.0 } else { healthy_for.seconds() / self.length.seconds() }
    }
}

/// The index that `draw`, uniform in [0, 1), falls on when each index has a share in proportion to its weight; if none has
/// any, all have the same. `None` without weights.
pub fn weighted(weights: &[f64], draw: f64) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    let last = weights.len().checked_sub(1)?;
    if total <= 0.0 {
        return Some(((draw * weights.len() as f64) as usize).min(last));
    }
    let mut left = draw * total;
    let falls_here = |weight: &f64| {
        let here = left < *weight;
        left -= weight;
        here
    };
    // Rounding may let the last draw fall behind all: the last one with a weight takes it.
    weights.iter().position(falls_here).or_else(|| weights.iter().rposition(|weight| *weight > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_grows_in_a_straight_line() {
        let slow = SlowStart { length: Span::from_secs(900) };
        let weights = [0, 225, 450, 900, 5_000].map(|second| slow.weight(Span::from_secs(second)));
        assert_eq!(weights, [0.0, 0.25, 0.5, 1.0, 1.0]);
        assert_eq!(SlowStart { length: Span::ZERO }.weight(Span::ZERO), 1.0);
    }

    #[track_caller]
    fn check(weights: &[f64], draws: &[(f64, usize)]) {
        for (draw, index) in draws {
            assert_eq!(weighted(weights, *draw), Some(*index), "{draw} of {weights:?}");
        }
    }

    #[test]
    fn a_draw_falls_on_an_index_in_proportion_to_its_weight() {
        check(&[1.0, 0.0, 0.5, 0.5], &[(0.0, 0), (0.49, 0), (0.5, 2), (0.74, 2), (0.75, 3), (0.999, 3)]);
        check(&[0.0, 1.0], &[(0.0, 1), (0.999, 1)]);
        check(&[1.0, 0.0], &[(1.0, 0)]);
    }

    #[test]
    fn without_any_weight_all_are_equal() {
        check(&[0.0, 0.0], &[(0.0, 0), (0.49, 0), (0.5, 1), (0.999, 1)]);
        assert_eq!(weighted(&[], 0.5), None);
    }
}
