//! What a client does when it is refused.

use rand::RngExt;

use crate::rng::Stream;
use crate::units::Span;

/// The retry policy of a client that is throttled or dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// Wait before the second attempt; doubles with each further one.
    pub backoff: Span,
    pub max_backoff: Span,
    pub jitter: Jitter,
}

/// How a back-off is spread, so that clients that were refused together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Exactly the back-off.
    None,
    /// Uniform between zero and the back-off.
    Full,
    /// Half the back-off, and uniform up to the whole.
    Equal,
    /// Exponential, the back-off on average: no client knows how long it has waited.
    Exponential,
}

impl Retry {
    /// One attempt.
    pub const NONE: Self = Self { attempts: 1, backoff: Span::ZERO, max_backoff: Span::MAX, jitter: Jitter::None };

    /// How long the client waits after `attempt` (the first is 1) was refused; `None`: it gives up.
    pub fn wait_after(&self, attempt: u32, stream: &mut Stream) -> Option<Span> {
        if attempt >= self.attempts {
            return None;
        }
        let factor = 1u64.checked_shl(attempt - 1).unwrap_or(u64::MAX);
        let whole = self.backoff.ns().saturating_mul(factor).min(self.max_backoff.ns());
        let wait = match self.jitter {
            Jitter::None => whole,
            Jitter::Full => stream.random_range(0..=whole),
            Jitter::Exponential => (whole as f64 * -(1.0 - stream.random::<f64>()).ln()) as u64,
            Jitter::Equal => whole / 2 + stream.random_range(0..=whole - whole / 2),
        };
        Some(Span::from_ns(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Entity, Purpose, Seed};

    #[test]
    fn back_off_doubles_up_to_its_limit_and_ends() {
        let retry =
            Retry { attempts: 5, backoff: Span::from_ms(100), max_backoff: Span::from_ms(350), jitter: Jitter::None };
        let mut stream = Seed { seed: 1, replication: 0 }.stream(Entity::named("client"), Purpose::Retry);
        let waits: Vec<_> = (1..=5).map(|attempt| retry.wait_after(attempt, &mut stream)).collect();
        let ms = |ms| Some(Span::from_ms(ms));
        assert_eq!(waits, [ms(100), ms(200), ms(350), ms(350), None]);
    }

    #[test]
    fn jitter_stays_inside_its_bounds() {
        let mut stream = Seed { seed: 1, replication: 0 }.stream(Entity::named("client"), Purpose::Retry);
        for (jitter, least) in [(Jitter::Full, 0), (Jitter::Equal, 50)] {
            let retry = Retry { attempts: 2, backoff: Span::from_ms(100), max_backoff: Span::MAX, jitter };
            let waits: Vec<_> = (0..1_000).filter_map(|_| retry.wait_after(1, &mut stream)).collect();
            assert!(waits.iter().all(|wait| *wait >= Span::from_ms(least) && *wait <= Span::from_ms(100)));
            assert!(waits.iter().any(|wait| *wait < Span::from_ms(least + 5)));
        }
    }
}
