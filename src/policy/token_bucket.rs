//! A token bucket in integers: the same answer on every machine.

use crate::units::{SimTime, Span};

/// How a limit on a rate is enforced. The bucket starts full.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucketSpec {
    /// Most tokens, at least 1.
    pub capacity: u32,
    /// Tokens a second.
    pub refill: f64,
    /// `None`: tokens trickle in continuously; else they arrive together, at each multiple of the interval.
    pub interval: Option<Span>,
}

/// Parts of a token: a micro-token a second for one nanosecond.
const TOKEN: u128 = 1_000_000 * 1_000_000_000;

/// The state of a bucket.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    capacity: u128,
    /// Micro-tokens a second, which is also parts a nanosecond.
    refill: u128,
    interval: Option<Span>,
    level: u128,
    /// Until when tokens have been added.
    filled: SimTime,
}

impl TokenBucket {
    pub fn new(spec: &TokenBucketSpec) -> Self {
        let capacity = u128::from(spec.capacity) * TOKEN;
        // However slow, it fills.
        let refill = ((spec.refill * 1e6).round() as u128).max(u128::from(spec.refill > 0.0));
        Self { capacity, refill, interval: spec.interval, level: capacity, filled: SimTime::ZERO }
    }

    /// Takes one token at `now`, which never decreases; `false` and nothing taken if there is none.
    pub fn take(&mut self, now: SimTime) -> bool {
        let until = match self.interval {
            None => now,
            Some(interval) => SimTime::from_ns(now.ns() / interval.ns() * interval.ns()),
        };
        let gained = u128::from(until.since(self.filled).ns()) * self.refill;
        self.level = (self.level + gained).min(self.capacity);
        self.filled = self.filled.max(until);
        let available = self.level >= TOKEN;
        if available {
            self.level -= TOKEN;
        }
        available
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 tokens a second, at most 5, asked every 50 ms for 10 s: 5 at once and then 99 of 10 a second.
    #[test]
    fn a_steady_overload_gets_the_burst_and_then_the_refill() {
        let mut bucket = TokenBucket::new(&TokenBucketSpec { capacity: 5, refill: 10.0, interval: None });
        let admitted = (0..200u64).filter(|i| bucket.take(SimTime::ZERO + Span::from_ms(50 * i))).count();
        assert_eq!(admitted, 104, "oracle token-det");
    }

    #[test]
    fn tokens_that_arrive_in_steps_arrive_together() {
        let interval = Some(Span::from_secs(10));
        let mut bucket = TokenBucket::new(&TokenBucketSpec { capacity: 1_000, refill: 100.0, interval });
        let mut take =
            |second: f64| (0..2_000).filter(|_| bucket.take(SimTime::ZERO + Span::from_seconds_f64(second))).count();
        assert_eq!(take(0.0), 1_000);
        assert_eq!(take(9.999), 0);
        assert_eq!(take(10.0), 1_000);
        assert_eq!(take(40.0), 1_000, "no more than the capacity accumulates");
    }
}
