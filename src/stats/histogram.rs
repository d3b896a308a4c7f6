//! Histograms of lengths of time, over the log-linear histogram of the `hdrhistogram` crate.

use hdrhistogram::Histogram as Hdr;

use crate::units::Span;

/// Two significant digits: 128 buckets an octave, so that the middle of a bucket is within 0.4 % of what it holds.
const DIGITS: u8 = 2;

/// Counts of lengths; merging and subtracting are exact.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Hdr<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        let mut counts = Hdr::new(DIGITS).expect("two digits are within the crate's limits");
        counts.auto(true);
        Self { counts }
    }
}

impl Histogram {
    #[inline]
    pub fn record(&mut self, length: Span) {
        self.record_n(length, 1);
    }

    #[inline]
    pub fn record_n(&mut self, length: Span, count: u64) {
        // Cannot fail: the histogram grows by itself, and every u64 below the crate's limit of 2^63 is in range.
        let _ = self.counts.record_n(length.ns().min(i64::MAX as u64), count);
    }

    pub fn merge(&mut self, other: &Self) {
        let _ = self.counts.add(&other.counts);
    }

    /// Takes away what was merged or recorded before.
    pub fn subtract(&mut self, other: &Self) {
        let subtracted = self.counts.subtract(&other.counts);
        debug_assert!(subtracted.is_ok(), "only what was added is taken away");
    }

    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// Nearest-rank percentile, `share` in `[0, 1]`: within 0.4 %; `None` when empty.
    pub fn quantile(&self, share: f64) -> Option<Span> {
        (!self.counts.is_empty()).then(|| self.middle(self.counts.value_at_quantile(share)))
    }

    /// `(representative length, count)` of the occupied buckets, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (Span, u64)> + '_ {
        self.counts.iter_recorded().map(|bucket| (self.middle(bucket.value_iterated_to()), bucket.count_at_value()))
    }

    fn middle(&self, value: u64) -> Span {
        let lowest = self.counts.lowest_equivalent(value);
        let highest = self.counts.highest_equivalent(value);
        Span::from_ns(lowest + (highest - lowest) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_half_a_percent_of_the_nearest_rank() {
        let mut histogram = Histogram::default();
        let mut exact: Vec<u64> = (1..=20_000u64).map(|i| i * i * 37 % 1_000_003 * 1_001 + 1).collect();
        for &value in &exact {
            histogram.record(Span::from_ns(value));
        }
        exact.sort_unstable();
        for share in [0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let rank = (share * exact.len() as f64).ceil() as usize;
            let truth = exact[rank - 1] as f64;
            let estimate = histogram.quantile(share).unwrap().ns() as f64;
            assert!((estimate / truth - 1.0).abs() < 0.005, "{share}: {estimate} against {truth}");
        }
    }

    #[test]
    fn merging_and_subtracting_leave_what_was_there() {
        let mut all = Histogram::default();
        let mut part = Histogram::default();
        all.record(Span::from_ms(3));
        part.record(Span::from_secs(40));
        all.merge(&part);
        assert_eq!(all.count(), 2);
        all.subtract(&part);
        assert_eq!(all.buckets().map(|(_, count)| count).collect::<Vec<_>>(), [1]);
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
