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

#[cfg(test)]
mod tests {
    use super::*;

    fn behaviour(select: Select) -> Behaviour {
        let rate = |limit| Rate { limit, period: Span::MINUTE };
        Behaviour { select, rates: vec![rate(RateLimit::Pods(4)), rate(RateLimit::Percent(10))], ..Behaviour::down() }
    }

    /// Pods after each minute in which as many go as may.
    fn shrink(select: Select, from: u32) -> Vec<u32> {
        let (behaviour, mut changes, mut pods) = (behaviour(select), Changes::default(), from);
        let minute = |minute: u64| SimTime::ZERO + Span::from_secs(60 * minute);
        let step = |count| {
            let fewest = changes.fewest(minute(count), pods, &behaviour);
            changes.record(minute(count), pods, fewest, Span::MINUTE);
            pods = fewest;
            pods
        };
        (0..8).map(step).collect()
    }

    /// The example of the Kubernetes documentation (2026): of 80 pods 10 % go each minute, rounded up, 8 and 8 again, until 4
    /// pods are more.
    #[test]
    fn the_rate_that_allows_most_holds() {
        assert_eq!(shrink(Select::Max, 80), [72, 64, 57, 51, 45, 40, 36, 32]);
        assert_eq!(shrink(Select::Min, 30)[..4], [27, 24, 21, 18]);
        assert_eq!(shrink(Select::Disabled, 30), [30; 8]);
    }

    #[test]
    fn a_change_counts_against_its_period_until_it_is_over() {
        let (up, mut changes) = (Behaviour::up(), Changes::default());
        let second = |second| SimTime::ZERO + Span::from_secs(second);
        assert_eq!(changes.most(second(0), 1, &up), 5, "4 pods are more than 100 %");
        changes.record(second(0), 1, 5, Span::MINUTE);
        assert_eq!(changes.most(second(14), 5, &up), 5);
        assert_eq!(changes.most(second(15), 5, &up), 10);
        let disabled = Behaviour { select: Select::Disabled, ..Behaviour::up() };
        assert_eq!(changes.most(second(15), 5, &disabled), 5);
    }
}
