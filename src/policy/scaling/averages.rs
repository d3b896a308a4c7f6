//! Means over the latest stretch of time.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

/// What was measured, interval by interval, as far back as the longest window asks.
#[derive(Clone, Debug)]
pub(super) struct Averages {
    longest: Span,
    /// Start and end of each interval, oldest first, and the mean in it.
    intervals: VecDeque<(SimTime, SimTime, f64)>,
}

impl Averages {
    pub(super) const fn new(longest: Span) -> Self {
        Self { longest, intervals: VecDeque::new() }
    }

    /// Adds the mean over the `length` that ends at `now`.
    pub(super) fn push(&mut self, now: SimTime, length: Span, mean: f64) {
        let start = SimTime::from_ns(now.ns().saturating_sub(length.ns()));
        if start < now {
            self.intervals.push_back((start, now, mean));
        }
        while self.intervals.front().is_some_and(|(_, end, _)| now.since(*end) >= self.longest) {
            self.intervals.pop_front();
        }
    }

    /// The mean over the latest `window`, or over what there is of it; `None` without any.
    pub(super) fn mean(&self, now: SimTime, window: Span) -> Option<f64> {
        let from = SimTime::from_ns(now.ns().saturating_sub(window.ns()));
        let (mut sum, mut seconds) = (0.0, 0.0);
        for (start, end, mean) in self.intervals.iter().rev().take_while(|(_, end, _)| *end > from) {
            let length = end.since(from.max(*start)).seconds();
            sum += mean * length;
            seconds += length;
        }
        (seconds > 0.0).then(|| sum / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(second)
    }

    #[test]
    fn an_interval_counts_as_far_as_it_lies_in_the_window() {
        let mut averages = Averages::new(Span::from_secs(60));
        assert_eq!(averages.mean(at(0), Span::from_secs(6)), None);
        averages.push(at(4), Span::from_secs(4), 10.0);
        averages.push(at(8), Span::from_secs(4), 1.0);
        assert_eq!(averages.mean(at(8), Span::from_secs(6)), Some(4.0));
        assert_eq!(averages.mean(at(8), Span::from_secs(60)), Some(5.5), "what there is");
        assert_eq!(averages.mean(at(14), Span::from_secs(6)), None);
    }
}
