//! Shares that are compared exactly.

const MILLION: u128 = 1_000_000;

/// A share in whole millionths, so that `part = share x whole` is never a matter of rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    pub const fn per_million(millionths: u32) -> Self {
        Self(millionths)
    }

    /// The nearest whole millionth; negative and NaN become zero.
    pub fn from_f64(share: f64) -> Self {
        Self((share * MILLION as f64).round() as u32)
    }

    /// Whether `part` is more than this share of `whole`.
    pub const fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        part as u128 * MILLION > self.0 as u128 * whole as u128
    }

    /// Whether this share of `whole` is more than `part`.
    pub const fn exceeds(self, part: u64, whole: u64) -> bool {
        (part as u128 * MILLION) < self.0 as u128 * whole as u128
    }

    /// This share of `whole`, rounded up.
    pub const fn of_rounded_up(self, whole: u64) -> u64 {
        (self.0 as u128 * whole as u128).div_ceil(MILLION) as u64
    }
}
