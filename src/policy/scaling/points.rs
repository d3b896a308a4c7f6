//! A metric in points of equal length.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

use super::View;
use super::metric::Signal;

/// The latest points of a signal.
#[derive(Clone, Debug)]
pub(super) struct Points {
    signal: Signal,
    /// How many an alarm asks for at most.
    wanted: usize,
    /// Of the point that is being collected: how much time has passed, how much of it had a level, and the level times it.
    elapsed: Span,
    measured: f64,
    sum: f64,
    /// Oldest first: when it can be seen, and its level; `None` if nothing could be measured.
    closed: VecDeque<(SimTime, Option<f64>)>,
}

impl Points {
    pub(super) fn new(signal: Signal, wanted: usize) -> Self {
        Self { signal, wanted, elapsed: Span::ZERO, measured: 0.0, sum: 0.0, closed: VecDeque::new() }
    }

    pub(super) fn observe(&mut self, view: View) {
        self.elapsed += view.interval;
        if let Some(level) = self.signal.metric.level(view.sample, view.interval) {
            self.measured += view.interval.seconds();
            self.sum += level * view.interval.seconds();
        }
        if self.elapsed >= self.signal.point && self.elapsed > Span::ZERO {
            self.close(view.now());
        }
    }

    fn close(&mut self, now: SimTime) {
        let level = (self.measured > 0.0).then(|| self.sum / self.measured);
        self.closed.push_back((now + self.signal.delay, level));
        (self.elapsed, self.measured, self.sum) = (Span::ZERO, 0.0, 0.0);
        let visible = self.closed.iter().filter(|(seen, _)| *seen <= now).count();
        self.closed.drain(..visible.saturating_sub(self.wanted));
    }

    /// The latest `count` levels, latest first; `None` if one of them is missing.
    pub(super) fn latest(&self, now: SimTime, count: usize) -> Option<Vec<f64>> {
        let visible = self.closed.iter().rev().filter(|(seen, _)| *seen <= now);
        let levels: Option<Vec<f64>> = visible.take(count).map(|(_, level)| *level).collect();
        levels.filter(|levels| levels.len() == count)
    }
}
