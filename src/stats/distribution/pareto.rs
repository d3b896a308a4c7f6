//! The Pareto distribution, bounded and unbounded.

/// P(X > x) proportional to `x^-shape` from `low` on, up to `high`, which may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    shape: f64,
    low: f64,
    high: f64,
    /// `1 - (low / high)^shape`: the part of the unbounded distribution that lies below `high`.
    kept: f64,
}

impl Pareto {
    /// `0 < low < high` and `shape > 0`: the caller has checked.
    pub(super) fn new(shape: f64, low: f64, high: f64) -> Self {
        Self { shape, low, high, kept: 1.0 - (low / high).powf(shape) }
    }

    pub const fn shape(&self) -> f64 {
        self.shape
    }

    pub const fn low(&self) -> f64 {
        self.low
    }

    /// Infinite if unbounded.
    pub const fn high(&self) -> f64 {
        self.high
    }

    #[inline]
    pub(super) fn quantile(&self, p: f64) -> f64 {
        (self.low * (1.0 - p * self.kept).powf(-self.shape.recip())).min(self.high)
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        if x <= self.low { 0.0 } else { ((1.0 - (self.low / x).powf(self.shape)) / self.kept).min(1.0) }
    }

    /// `None` where it is infinite: unbounded with a shape of at most 1.
    pub(super) fn mean(&self) -> Option<f64> {
        let Self { shape, low, high, kept } = *self;
        if high.is_infinite() {
            return (shape > 1.0).then(|| low * shape / (shape - 1.0));
        }
        if (shape - 1.0).abs() < 1e-9 {
            return Some(low * (high / low).ln() / kept);
        }
        Some(shape * low / ((shape - 1.0) * kept) * (1.0 - (low / high).powf(shape - 1.0)))
    }
}
