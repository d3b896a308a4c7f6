//! Which instances have room for one more invocation, and which of them takes it.

use std::collections::BTreeSet;

use rand::RngExt;

use crate::policy::IdleChoice;
use crate::rng::Stream;

use super::list::{List, NONE};

/// Instances with room, arranged for one rule of choice.
#[derive(Clone, Debug)]
pub enum Room {
    /// By latest finish, for instances that hold one invocation: the list of idle instances serves.
    Idle { latest: bool },
    /// By latest finish, for instances that hold several.
    Finished { latest: bool, list: List },
    /// By creation.
    Created { latest: bool, set: BTreeSet<(u64, u32)> },
    /// An insertion-ordered set whose removals move the last element into the hole.
    Swap { random: bool, items: Vec<u32>, position: Vec<u32> },
}

impl Room {
    pub fn new(choice: IdleChoice, concurrency: u32) -> Self {
        let by_finish = |latest| match concurrency {
            1 => Self::Idle { latest },
            _ => Self::Finished { latest, list: List::new() },
        };
        let by_creation = |latest| Self::Created { latest, set: BTreeSet::new() };
        let swap = |random| Self::Swap { random, items: Vec::new(), position: Vec::new() };
        match choice {
            IdleChoice::Mru => by_finish(true),
            IdleChoice::Lru => by_finish(false),
            IdleChoice::Newest => by_creation(true),
            IdleChoice::Oldest => by_creation(false),
            IdleChoice::Random => swap(true),
            IdleChoice::SwapSet => swap(false),
        }
    }

    /// The instance that takes the next invocation; it stays in the set.
    #[inline(always)]
    pub fn pick(&self, idle: &List, stream: &mut Stream) -> Option<u32> {
        match self {
            Self::Idle { latest } => idle.end(*latest),
            _ => self.pick_apart(stream),
        }
    }

    fn pick_apart(&self, stream: &mut Stream) -> Option<u32> {
        match self {
            Self::Idle { .. } => None,
            Self::Finished { latest, list } => list.end(*latest),
            Self::Created { latest: true, set } => set.last().map(|(_, item)| *item),
            Self::Created { latest: false, set } => set.first().map(|(_, item)| *item),
            Self::Swap { items, .. } if items.is_empty() => None,
            Self::Swap { random: true, items, .. } => Some(items[stream.random_range(0..items.len())]),
            Self::Swap { random: false, items, .. } => Some(items[0]),
        }
    }

    /// Whether the order of removals and insertions decides who is picked, so that neither may be late.
    #[inline]
    pub const fn remembers_removals(&self) -> bool {
        matches!(self, Self::Swap { random: false, .. })
    }

    /// `item`, created as number `created`, has room now and had none.
    #[inline]
    pub fn insert(&mut self, item: u32, created: u64) {
        if !matches!(self, Self::Idle { .. }) {
            self.insert_apart(item, created);
        }
    }

    #[inline(never)]
    fn insert_apart(&mut self, item: u32, created: u64) {
        match self {
            Self::Idle { .. } => {}
            Self::Finished { list, .. } => list.insert_after(list.tail, item),
            Self::Created { set, .. } => {
                set.insert((created, item));
            }
            Self::Swap { items, position, .. } => {
                if position.len() <= item as usize {
                    position.resize(item as usize + 1, NONE);
                }
                position[item as usize] = items.len() as u32;
                items.push(item);
            }
        }
    }

    /// `item` has room no more.
    #[inline]
    pub fn remove(&mut self, item: u32, created: u64) {
        if !matches!(self, Self::Idle { .. }) {
            self.remove_apart(item, created);
        }
    }

    #[inline(never)]
    fn remove_apart(&mut self, item: u32, created: u64) {
        match self {
            Self::Idle { .. } => {}
            Self::Finished { list, .. } => list.unlink(item),
            Self::Created { set, .. } => {
                set.remove(&(created, item));
            }
            Self::Swap { items, position, .. } => {
                let hole = position[item as usize] as usize;
                items.swap_remove(hole);
                if let Some(moved) = items.get(hole) {
                    position[*moved as usize] = hole as u32;
                }
            }
        }
    }

    /// `item` had room and has finished an invocation.
    #[inline]
    pub fn finished(&mut self, item: u32) {
        if let Self::Finished { list, .. } = self {
            list.unlink(item);
            list.insert_after(list.tail, item);
        }
    }
}
