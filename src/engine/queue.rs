//! The event queue: a heap whose key is the whole order.

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

/// Where a model puts what it plans: an event queue, or one that several models share.
pub trait Schedule<E> {
    fn schedule(&mut self, at: SimTime, rank: Rank, event: E);
}

/// What will happen, earliest first: a flat binary heap. Entries move, they are never swapped: the standard heap writes a
/// new entry before it compares it, and reading back the halves of its key as one costs more than the rest of the push.
#[derive(Debug)]
pub struct EventQueue<E> {
    heap: Vec<Entry<E>>,
    sequence: u64,
}

impl<E: Copy> EventQueue<E> {
    pub const fn new() -> Self {
        Self { heap: Vec::new(), sequence: 0 }
    }

    /// The next event that comes before an event of `rank` at `at`.
    #[inline]
    pub fn pop_before(&mut self, at: SimTime, rank: Rank) -> Option<(SimTime, E)> {
        if self.heap.first()?.key >= Key::new(at, rank, 0) {
            return None;
        }
        self.pop()
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else {
            return Some((last.key.at(), last.event));
        };
        let heap = self.heap.as_mut_slice();
        let mut hole = 0;
        let mut child = 1;
        while child < heap.len() {
            // Added, not chosen: which child is earlier cannot be predicted.
            let other = (child + 1).min(heap.len() - 1);
            child += usize::from(heap[other].key < heap[child].key);
            if last.key <= heap[child].key {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
            child = 2 * hole + 1;
        }
        self.heap[hole] = last;
        Some((first.key.at(), first.event))
    }
}

impl<E: Copy> Schedule<E> for EventQueue<E> {
    #[inline]
    fn schedule(&mut self, at: SimTime, rank: Rank, event: E) {
        self.sequence += 1;
        let entry = Entry { key: Key::new(at, rank, self.sequence), event };
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 2;
            if self.heap[parent].key <= entry.key {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
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

    #[test]
    fn any_mix_of_pushes_and_pops_comes_out_sorted() {
        let mut state = 1u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let (mut queue, mut expected) = (EventQueue::new(), std::collections::BTreeSet::new());
        for number in 0..20_000u64 {
            let at = SimTime::from_ns(draw(500));
            queue.schedule(at, Rank::RELEASE, number);
            expected.insert((at, number));
            while draw(3) == 0 {
                assert_eq!(queue.pop(), expected.pop_first());
            }
        }
        while let Some(next) = expected.pop_first() {
            assert_eq!(queue.pop(), Some(next));
        }
        assert_eq!(queue.pop(), None);
    }
}
