//! The event queue: a binary heap whose key is the whole order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::units::SimTime;

/// Who goes first when several events share an instant: the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u8);

impl Rank {
    /// Capacity is given back before anyone asks for it.
    pub const RELEASE: Self = Self(2);
    pub const CONTROL: Self = Self(4);
    pub const ARRIVAL: Self = Self(6);
    /// A request that arrives exactly at the keep-alive limit still finds its instance warm.
    pub const EXPIRY: Self = Self(8);
    /// For conventions of other simulators: expiries before arrivals, and arrivals before everything.
    pub const EARLY_EXPIRY: Self = Self(5);
    pub const FIRST_ARRIVAL: Self = Self(0);
    pub const FIRST_EXPIRY: Self = Self(1);
}

/// Time, rank and order of scheduling, packed so that one comparison decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

impl Key {
    const fn new(at: SimTime, rank: Rank, sequence: u64) -> Self {
        Self(((at.ns() as u128) << 64) | ((rank.0 as u128) << 60) | sequence as u128)
    }

    const fn at(self) -> SimTime {
        SimTime::from_ns((self.0 >> 64) as u64)
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    key: Key,
    event: E,
}

/// Reversed, for the standard heap pops its greatest.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<E> Eq for Entry<E> {}

/// What will happen, earliest first.
#[derive(Debug)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Entry<E>>,
    sequence: u64,
}

impl<E: Copy> EventQueue<E> {
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }

    #[inline]
    pub fn schedule(&mut self, at: SimTime, rank: Rank, event: E) {
        self.sequence += 1;
        self.heap.push(Entry { key: Key::new(at, rank, self.sequence), event });
    }

    /// The next event that comes before an event of `rank` at `at`.
    #[inline]
    pub fn pop_before(&mut self, at: SimTime, rank: Rank) -> Option<(SimTime, E)> {
        let limit = Key::new(at, rank, 0);
        if self.heap.peek()?.key >= limit {
            return None;
        }
        self.pop()
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.heap.pop().map(|entry| (entry.key.at(), entry.event))
    }
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_then_rank_then_order_of_scheduling() {
        let mut queue = EventQueue::new();
        let at = SimTime::from_ns;
        queue.schedule(at(5), Rank::EXPIRY, 'd');
        queue.schedule(at(5), Rank::RELEASE, 'b');
        queue.schedule(at(5), Rank::RELEASE, 'c');
        queue.schedule(at(1), Rank::EXPIRY, 'a');
        let order: String = std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    fn an_arrival_comes_after_releases_and_before_expiries_of_its_instant() {
        let mut queue = EventQueue::new();
        let at = SimTime::from_ns(5);
        queue.schedule(at, Rank::EXPIRY, 'e');
        queue.schedule(at, Rank::RELEASE, 'r');
        assert_eq!(queue.pop_before(at, Rank::ARRIVAL), Some((at, 'r')));
        assert_eq!(queue.pop_before(at, Rank::ARRIVAL), None);
        assert_eq!(queue.pop(), Some((at, 'e')));
    }
}
