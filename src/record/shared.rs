//! Upper bounds that tell whether a limit that pools share could have bound, had they run together.

use super::Grid;
use super::site::add_all;

/// By interval of the grid.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    pub envelope: Vec<u32>,
    pub requests: Vec<u32>,
}

impl Shared {
    pub fn new(grid: Grid) -> Self {
        Self { envelope: vec![0; grid.len()], requests: vec![0; grid.len()] }
    }

    pub fn merge(&mut self, other: &Self) {
        add_all(&mut self.envelope, &other.envelope);
        add_all(&mut self.requests, &other.requests);
    }

    /// Whether there could have been more than `limit` concurrent executions.
    pub fn could_exceed(&self, limit: u32) -> bool {
        self.envelope.iter().any(|busy| *busy > limit)
    }

    /// Whether a bucket of `capacity` tokens, into which `refill` an interval trickle, could have run dry.
    pub fn could_run_dry(&self, capacity: u32, refill: f64) -> bool {
        // All requests of an interval at its start is the worst that its count allows; floor keeps the bound safe.
        let per_interval = refill.floor();
        let capacity = f64::from(capacity);
        let mut level = capacity;
        self.requests.iter().any(|requests| {
            let short = level < f64::from(*requests);
            level = (level + per_interval).min(capacity) - f64::from(*requests);
            short
        })
    }
}
