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
}
