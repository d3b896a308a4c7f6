//! A table whose places are reused, so that a steady state allocates nothing.

/// Values by slot. A slot is free for the next value as soon as its value is taken.
#[derive(Debug)]
pub struct Slots<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { values: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Values that are held.
    pub fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }

    /// # Panics
    /// When it holds 2^32 values.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.values[slot as usize] = Some(value);
            return slot;
        }
        let slot = u32::try_from(self.values.len()).expect("fewer than 2^32 requests are in one place");
        self.values.push(Some(value));
        slot
    }

    /// Takes everything, in order of slots.
    pub fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        self.free.clear();
        self.values.drain(..).flatten()
    }

    pub fn get(&self, slot: u32) -> Option<&T> {
        self.values[slot as usize].as_ref()
    }

    /// Frees `slot` without looking at what it holds.
    #[inline]
    pub fn free(&mut self, slot: u32) {
        if self.values[slot as usize].is_some() {
            self.values[slot as usize] = None;
            self.free.push(slot);
        }
    }

    /// Frees `slot`; `None` if it is free.
    pub fn take(&mut self, slot: u32) -> Option<T> {
        let value = self.values[slot as usize].take();
        if value.is_some() {
            self.free.push(slot);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_was_taken_is_used_again() {
        let mut slots = Slots::default();
        let first = slots.insert('a');
        let second = slots.insert('b');
        assert_eq!((slots.take(first), slots.take(first), slots.len()), (Some('a'), None, 1));
        assert_eq!(slots.insert('c'), first);
        assert_eq!((slots.get(first), slots.get(second)), (Some(&'c'), Some(&'b')));
    }
}
