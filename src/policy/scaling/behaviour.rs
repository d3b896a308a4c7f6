//! How fast the horizontal pod autoscaler may move.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

/// What one rate allows in its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    Pods(u32),
    /// Of the pods at the start of the period: additions are rounded up, what remains is rounded down.
    Percent(u32),
}

/// At most so much change in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub limit: RateLimit,
    pub period: Span,
}

/// Which of several rates holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// The one that allows the largest change.
    Max,
    /// The one that allows the smallest change.
    Min,
    /// No change in this direction.
    Disabled,
}

/// The rules of one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Up: the smallest recommendation of so long holds; down: the largest.
    pub stabilization: Span,
    pub select: Select,
    /// None of them: no limit.
    pub rates: Vec<Rate>,
}

impl Behaviour {
    const PERIOD: Span = Span::from_secs(15);

    /// No stabilisation; the larger of 4 pods and 100 % every 15 s.
    pub fn up() -> Self {
        let rate = |limit| Rate { limit, period: Self::PERIOD };
        let rates = vec![rate(RateLimit::Percent(100)), rate(RateLimit::Pods(4))];
        Self { stabilization: Span::ZERO, select: Select::Max, rates }
    }

    /// Stabilised over 300 s; then all at once.
    pub fn down() -> Self {
        let rates = vec![Rate { limit: RateLimit::Percent(100), period: Self::PERIOD }];
        Self { stabilization: Span::from_secs(300), select: Select::Max, rates }
    }

    fn longest(&self) -> Span {
        self.rates.iter().map(|rate| rate.period).max().unwrap_or(Span::ZERO)
    }
}

/// The changes that rates are counted over.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Oldest first; negative: removed.
    changes: VecDeque<(SimTime, i64)>,
}

impl Changes {
    pub(super) fn record(&mut self, now: SimTime, from: u32, to: u32, longest: Span) {
        if from != to {
            self.changes.push_back((now, i64::from(to) - i64::from(from)));
        }
        while self.changes.front().is_some_and(|(at, _)| now.since(*at) >= longest) {
            self.changes.pop_front();
        }
    }

    /// How many there were `period` ago, changes of exactly then included.
    fn at_start(&self, now: SimTime, current: u32, period: Span) -> i64 {
        let lately = self.changes.iter().filter(|(at, _)| now.since(*at) < period);
        i64::from(current) - lately.map(|(_, change)| change).sum::<i64>()
    }

    /// The most pods that `up` allows now, `current` at least.
    pub(super) fn most(&self, now: SimTime, current: u32, up: &Behaviour) -> u32 {
        let allowed = up.rates.iter().map(|rate| {
            let start = self.at_start(now, current, rate.period);
            match rate.limit {
                RateLimit::Pods(pods) => start + i64::from(pods),
                RateLimit::Percent(percent) => start + (start.max(0) * i64::from(percent) + 99) / 100,
            }
        });
        let limit = match up.select {
            Select::Max => allowed.max(),
            Select::Min => allowed.min(),
            Select::Disabled => Some(i64::from(current)),
        };
        limit.map_or(u32::MAX, |limit| count(limit).max(current))
    }

    /// The fewest pods that `down` allows now, `current` at most.
    pub(super) fn fewest(&self, now: SimTime, current: u32, down: &Behaviour) -> u32 {
        let allowed = down.rates.iter().map(|rate| {
            let start = self.at_start(now, current, rate.period);
            match rate.limit {
                RateLimit::Pods(pods) => start - i64::from(pods),
                RateLimit::Percent(percent) => start * (100 - i64::from(percent)).max(0) / 100,
            }
        });
        let limit = match down.select {
            Select::Max => allowed.min(),
            Select::Min => allowed.max(),
            Select::Disabled => Some(i64::from(current)),
        };
        limit.map_or(0, |limit| count(limit).min(current))
    }

    pub(super) fn longest(up: &Behaviour, down: &Behaviour) -> Span {
        up.longest().max(down.longest())
    }
}

fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
