//! The normal distribution truncated at zero.

use statrs::function::erf::erfc;

use super::{uniform, unit_exponential, unit_normal};
use crate::rng::Stream;

/// Coefficients of variation up to this can be met; the truncated normal tends to an exponential (1) beyond.
pub(super) const MAX_CV: f64 = 0.95;

/// A normal distribution without its part below zero.
///
/// The mean and the standard deviation by which it is made are those of the draws, after the truncation; `location` and
/// `scale` are those of the normal distribution that is cut. They differ noticeably when `cv` is above one third.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    mean: f64,
    cv: f64,
    location: f64,
    scale: f64,
    /// Zero, in standard units: where the cut lies.
    cut: f64,
}

impl TruncatedNormal {
    /// `mean` positive and `cv` in `(0, MAX_CV]`: the caller has checked.
    pub(super) fn new(mean: f64, cv: f64) -> Self {
        let cut = cut_of(cv);
        let scale = if cut < NEGLIGIBLE { mean * cv } else { mean / excess(cut) };
        Self { mean, cv, location: -cut * scale, scale, cut }
    }

    pub const fn mean(&self) -> f64 {
        self.mean
    }

    pub const fn cv(&self) -> f64 {
        self.cv
    }

    /// Draws from the normal until it is positive, or from its tail by rejection from an exponential (Robert 1995).
    pub(super) fn sample(&self, stream: &mut Stream) -> f64 {
        let z = if self.cut < 0.5 { above(self.cut, stream) } else { tail(self.cut, stream) };
        self.location + self.scale * z
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        1.0 - survival((x - self.location) / self.scale) / survival(self.cut)
    }
}

/// Below this the part that is cut off is less than 1e-23.
const NEGLIGIBLE: f64 = -10.0;

fn above(cut: f64, stream: &mut Stream) -> f64 {
    loop {
        let z = unit_normal(stream);
        if z >= cut {
            return z;
        }
    }
}

fn tail(cut: f64, stream: &mut Stream) -> f64 {
    let rate = f64::midpoint(cut, cut.hypot(2.0));
    loop {
        let z = cut + unit_exponential(stream) / rate;
        if uniform(stream) <= (-0.5 * (z - rate) * (z - rate)).exp() {
            return z;
        }
    }
}

/// P(Z > z) of the standard normal.
fn survival(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// Mean of `Z - cut` given `Z > cut`.
fn excess(cut: f64) -> f64 {
    let density = (-0.5 * cut * cut).exp() / (2.0 * std::f64::consts::PI).sqrt();
    density / survival(cut) - cut
}

/// Standard deviation over mean of `Z - cut` given `Z > cut`: increasing from 0 to 1.
fn cv_of(cut: f64) -> f64 {
    let excess = excess(cut);
    (1.0 - (excess + cut) * excess).sqrt() / excess
}

/// The cut that gives a coefficient of variation.
fn cut_of(cv: f64) -> f64 {
    if -cv.recip() < NEGLIGIBLE {
        return -cv.recip();
    }
    let (mut low, mut high) = (NEGLIGIBLE - 1.0, 6.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if cv_of(middle) < cv {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}
