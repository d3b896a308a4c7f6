//! What pools that run apart would have needed of a limit that they share.

/// Upper bounds that tell whether a shared limit could have bound, by interval of the grid.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    /// Invocations executing.
    pub envelope: Vec<u32>,
    pub requests: Vec<u32>,
}

impl Shared {
    pub fn new(intervals: usize) -> Self {
        Self { envelope: vec![0; intervals], requests: vec![0; intervals] }
    }

    pub fn could_exceed(&self, limit: u32) -> bool {
        self.envelope.iter().any(|busy| *busy > limit)
    }

    /// `refill`: tokens that come in an interval.
    pub fn could_run_dry(&self, capacity: u32, refill: f64) -> bool {
        // All requests of an interval at its start is the worst that its count allows; floor keeps the bound safe.
        let refill = refill.floor();
        let capacity = f64::from(capacity);
        let mut level = capacity;
        self.requests.iter().any(|requests| {
            let short = level < f64::from(*requests);
            level = (level + refill).min(capacity) - f64::from(*requests);
            short
        })
    }
}
