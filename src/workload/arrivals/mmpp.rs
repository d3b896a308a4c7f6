//! Markov-modulated Poisson arrivals: calm and busy spells that last exponential times.

use std::sync::Arc;

use super::clock::{Clock, SECOND_NS};
use crate::rng::Stream;
use crate::stats::{uniform, unit_exponential};
use crate::units::{Rate, SimTime, Span};

#[derive(Clone, Debug)]
pub(in crate::workload) struct Mmpp {
    states: Arc<[(Rate, Span)]>,
    state: usize,
    clock: Clock,
    /// Nanoseconds to the end of the stay in the current state.
    left: f64,
    stream: Stream,
    end: SimTime,
}

impl Mmpp {
    pub(super) fn new(states: Arc<[(Rate, Span)]>, mut stream: Stream, end: SimTime) -> Self {
        let state = first_state(&states, uniform(&mut stream));
        let mut mmpp = Self { states, state, clock: Clock::default(), left: 0.0, stream, end };
        if mmpp.is_alive() {
            mmpp.left = mmpp.stay();
        } else {
            mmpp.states = Arc::from([]);
        }
        mmpp
    }

    /// Whether anything ever happens: some state that is stayed in has a rate.
    fn is_alive(&self) -> bool {
        self.states.iter().any(|(rate, stay)| rate.as_per_second() > 0.0 && *stay > Span::ZERO)
    }

    fn stay(&mut self) -> f64 {
        self.states[self.state].1.ns() as f64 * unit_exponential(&mut self.stream)
    }
}

/// The state that holds the share `u` of the time.
fn first_state(states: &[(Rate, Span)], u: f64) -> usize {
    let total: f64 = states.iter().map(|(_, stay)| stay.ns() as f64).sum();
    let mut left = u * total;
    for (index, (_, stay)) in states.iter().enumerate() {
        left -= stay.ns() as f64;
        if left < 0.0 {
            return index;
        }
    }
    0
}

impl Iterator for Mmpp {
    type Item = SimTime;

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        while self.clock.at() < self.end {
            let (rate, _) = self.states.get(self.state)?;
            let rate = rate.as_per_second();
            let gap = if rate > 0.0 { SECOND_NS / rate * unit_exponential(&mut self.stream) } else { f64::INFINITY };
            if gap < self.left {
                self.left -= gap;
                return Some(self.clock.advance(gap));
            }
            // The exponential has no memory: what was waited for nothing is drawn anew in the next state.
            self.clock.advance(self.left);
            self.state = (self.state + 1) % self.states.len();
            self.left = self.stay();
        }
        None
    }
}
