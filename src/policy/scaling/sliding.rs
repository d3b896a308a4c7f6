//! The largest or the smallest of what was said lately.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

/// Numbers with the instant at which each was said. The latest always counts, the others while they are younger than `length`.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    length: Span,
    said: VecDeque<(SimTime, u32)>,
}

impl Recent {
    pub(super) const fn new(length: Span) -> Self {
        Self { length, said: VecDeque::new() }
    }

    /// Adds a number. `now` never decreases.
    pub(super) fn say(&mut self, now: SimTime, number: u32) {
        while self.said.front().is_some_and(|(at, _)| now.since(*at) >= self.length) {
            self.said.pop_front();
        }
        self.said.push_back((now, number));
    }

    pub(super) fn largest(&self) -> Option<u32> {
        self.said.iter().map(|(_, number)| *number).max()
    }

    pub(super) fn smallest(&self) -> Option<u32> {
        self.said.iter().map(|(_, number)| *number).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.said.is_empty()
    }
}
