//! The hybrid histogram policy of "Serverless in the Wild" (Shahrad et al., USENIX ATC 2020, section 4.2).
//!
//! Idle times of a pool fill a histogram of equal bins. Once it is representative, an instance is unloaded when it becomes
//! idle, loaded again just before the head of the idle times (pre-warming), and kept until their tail. While it is not
//! (few samples, too many idle times beyond its range, or bins that are too even), a fixed keep-alive holds.
//! Left out: the ARIMA forecast for idle times beyond the range; those count as out of bounds and keep the fixed time.

use crate::units::Span;

/// Parameters; the defaults are the paper's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistogramPolicy {
    /// Longest idle time that the histogram covers.
    pub range: Span,
    /// Width of a bin.
    pub bin: Span,
    /// Share of idle times that are shorter than the pre-warming window, rounded down to a bin.
    pub head: f64,
    /// Share of idle times that the keep-alive window covers, rounded up to a bin.
    pub tail: f64,
    /// Taken from the pre-warming window and added to the keep-alive window, as a share.
    pub margin: f64,
    /// Fewest idle times before the histogram is believed.
    pub samples: u32,
    /// Least coefficient of variation of the bin counts before the histogram is believed.
    pub min_cv: f64,
    /// Fixed keep-alive while it is not believed.
    pub fallback: Span,
}

impl Default for HistogramPolicy {
    fn default() -> Self {
        Self {
            range: Span::from_secs(4 * 3_600),
            bin: Span::MINUTE,
            head: 0.05,
            tail: 0.99,
            margin: 0.10,
            samples: 10,
            min_cv: 2.0,
            fallback: Span::from_secs(4 * 3_600),
        }
    }
}

/// What happens to an instance that has become idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Unloaded now and loaded again after this; zero: not unloaded.
    pub prewarm: Span,
    /// Kept for this, counted from the loading.
    pub keep_alive: Span,
}

/// The idle times of one pool.
#[derive(Clone, Debug)]
pub struct IdleHistogram {
    policy: HistogramPolicy,
    bins: Vec<u32>,
    inside: u32,
    outside: u32,
    squares: f64,
}

impl IdleHistogram {
    pub fn new(policy: HistogramPolicy) -> Self {
        let count = usize::try_from(policy.range.ns().div_ceil(policy.bin.ns())).unwrap_or(1).max(1);
        Self { policy, bins: vec![0; count], inside: 0, outside: 0, squares: 0.0 }
    }

    /// An idle period of `idle` has ended with an invocation.
    pub fn record(&mut self, idle: Span) {
        let index = usize::try_from(idle.ns() / self.policy.bin.ns()).unwrap_or(usize::MAX);
        match self.bins.get_mut(index) {
            Some(bin) => {
                self.squares += f64::from(2 * *bin + 1);
                *bin += 1;
                self.inside += 1;
            }
            None => self.outside += 1,
        }
    }

    /// The windows for an instance that becomes idle now.
    pub fn windows(&self) -> Windows {
        if !self.is_representative() {
            return Windows { prewarm: Span::ZERO, keep_alive: self.policy.fallback };
        }
        let bin = self.policy.bin.seconds();
        let head = self.percentile(self.policy.head) as f64 * bin;
        let tail = (self.percentile(self.policy.tail) + 1) as f64 * bin;
        let prewarm = head * (1.0 - self.policy.margin);
        let keep_alive = tail * (1.0 + self.policy.margin) - prewarm;
        Windows { prewarm: Span::from_seconds_f64(prewarm), keep_alive: Span::from_seconds_f64(keep_alive) }
    }

    /// Enough samples, most of them inside the range, and concentrated in few bins.
    fn is_representative(&self) -> bool {
        let count = self.bins.len() as f64;
        let mean = f64::from(self.inside) / count;
        let variance = self.squares / count - mean * mean;
        self.inside >= self.policy.samples.max(1)
            && self.outside <= self.inside
            && variance.max(0.0).sqrt() >= self.policy.min_cv * mean
    }

    /// The bin in which the nearest-rank percentile of the idle times inside the range falls.
    fn percentile(&self, share: f64) -> usize {
        let rank = (share * f64::from(self.inside)).ceil().max(1.0) as u32;
        let mut seen = 0;
        self.bins
            .iter()
            .position(|count| {
                seen += count;
                seen >= rank
            })
            .unwrap_or(self.bins.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_idle_times_are_prewarmed_and_kept_around_their_bin() {
        let mut histogram = IdleHistogram::new(HistogramPolicy::default());
        assert_eq!(histogram.windows(), Windows { prewarm: Span::ZERO, keep_alive: Span::from_secs(4 * 3_600) });
        for _ in 0..10 {
            histogram.record(Span::from_secs(30 * 60 + 20));
        }
        // Head 30 min less 10 %, tail 31 min and 10 %.
        let windows = Windows { prewarm: Span::from_secs(27 * 60), keep_alive: Span::from_secs((341 - 270) * 6) };
        assert_eq!(histogram.windows(), windows);
    }

    #[test]
    fn idle_times_beyond_the_range_fall_back() {
        let mut histogram = IdleHistogram::new(HistogramPolicy::default());
        for _ in 0..10 {
            histogram.record(Span::from_secs(60));
            histogram.record(Span::from_secs(5 * 3_600));
            histogram.record(Span::from_secs(6 * 3_600));
        }
        assert_eq!(histogram.windows().keep_alive, HistogramPolicy::default().fallback);
    }
}
