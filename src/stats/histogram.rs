//! Histograms of lengths of time: log-linear, as HdrHistogram's, kept as bare counts.
//!
//! Recording is on the path of every invocation. The `hdrhistogram` crate costs 80 instructions there, this 15; merging and
//! subtracting are exact in both.

mod packed;

pub use packed::Packed;

use crate::units::Span;

/// Buckets an octave: the middle of a bucket is within 0.4 % of everything that it holds.
const PER_OCTAVE: u32 = 128;
const BITS: u32 = PER_OCTAVE.ilog2();

/// Counts of lengths, in buckets that double in width every octave; the first 256 nanoseconds have one each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// The bucket of the first count: where the octave of the least length begins.
    first: usize,
    /// Up to the octave of the greatest length.
    counts: Vec<u64>,
}

impl Histogram {
    #[inline(always)]
    pub fn record(&mut self, length: Span) {
        self.record_n(length, 1);
    }

    #[inline(always)]
    pub fn record_n(&mut self, length: Span, count: u64) {
        self.count_in(bucket_of(length.ns()), count);
    }

    #[inline(always)]
    fn count_in(&mut self, bucket: usize, count: u64) {
        if let Some(counted) = self.counts.get_mut(bucket.wrapping_sub(self.first)) {
            *counted += count;
        } else {
            self.cover(bucket, bucket + 1);
            self.counts[bucket - self.first] += count;
        }
    }

    /// Makes room for the buckets in `from..to`, of which there is one at least.
    #[cold]
    fn cover(&mut self, from: usize, to: usize) {
        const OCTAVE: usize = PER_OCTAVE as usize;
        let from = from / OCTAVE * OCTAVE;
        if self.counts.is_empty() {
            self.first = from;
        }
        let missing = self.first.saturating_sub(from);
        self.counts.splice(..0, std::iter::repeat_n(0, missing));
        self.first -= missing;
        let length = (to - self.first).div_ceil(OCTAVE) * OCTAVE;
        self.counts.resize(length.max(self.counts.len()), 0);
    }

    pub fn merge(&mut self, other: &Self) {
        if other.counts.is_empty() {
            return;
        }
        self.cover(other.first, other.first + other.counts.len());
        for (mine, theirs) in self.counts[other.first - self.first..].iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// Takes away what was merged or recorded before.
    pub fn subtract(&mut self, other: &Self) {
        for (length, count) in other.buckets() {
            self.counts[bucket_of(length.ns()) - self.first] -= count;
        }
    }

    /// Forgets what was recorded, and keeps the room.
    pub fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// Whether all lengths fall into one bucket.
    pub fn is_of_one_length(&self) -> bool {
        self.buckets().count() == 1
    }

    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether nothing was recorded since it was made or cleared.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    /// Nearest-rank percentile, `share` in `[0, 1]`: within 0.4 %; `None` when empty.
    pub fn quantile(&self, share: f64) -> Option<Span> {
        let total = self.count();
        let rank = ((share * total as f64).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0;
        self.buckets()
            .find(|(_, count)| {
                seen += count;
                seen >= rank
            })
            .map(|(length, _)| length)
    }

    /// `(representative length, count)` of the occupied buckets, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (Span, u64)> + '_ {
        let occupied = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        occupied.map(|(index, count)| (middle_of(self.first + index), *count))
    }
}

#[inline(always)]
const fn bucket_of(value: u64) -> usize {
    let shift = u64::BITS - 1 - BITS - (value | PER_OCTAVE as u64).leading_zeros();
    shift as usize * PER_OCTAVE as usize + (value >> shift) as usize
}

const fn middle_of(bucket: usize) -> Span {
    let shift = (bucket as u32 / PER_OCTAVE).saturating_sub(1);
    let lowest = (bucket as u64 - shift as u64 * PER_OCTAVE as u64) << shift;
    Span::from_ns(lowest + ((1 << shift) - 1) / 2)
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

    #[test]
    fn lengths_may_come_in_any_order_and_only_octaves_between_them_are_kept() {
        let mut histogram = Histogram::default();
        for length in [Span::from_secs(1), Span::from_ms(1), Span::from_secs(30)] {
            histogram.record(length);
        }
        let mut other = Histogram::default();
        other.record(Span::from_ns(3));
        other.merge(&histogram);
        let lengths = |of: &Histogram| of.buckets().map(|(length, _)| length.ns() / 1_000_000).collect::<Vec<_>>();
        assert_eq!(lengths(&histogram)[..1], [1]);
        assert_eq!(lengths(&other).len(), 4);
        assert_eq!(histogram.counts.len(), 16 * PER_OCTAVE as usize);
        assert_eq!(other.quantile(0.25), Some(Span::from_ns(3)));
    }

    #[test]
    fn every_length_lies_in_the_bucket_that_represents_it() {
        for value in (0..70_000).chain((17..64).flat_map(|bits| [(1u64 << bits) - 1, 1 << bits, (1 << bits) + 12_345]))
        {
            let bucket = bucket_of(value);
            let middle = middle_of(bucket).ns();
            assert_eq!(bucket_of(middle), bucket, "{value}");
            assert!(middle.abs_diff(value) as f64 <= 0.004 * value as f64, "{value} is represented by {middle}");
        }
        assert!(bucket_of(u64::MAX) < 58 * 128);
    }
}
