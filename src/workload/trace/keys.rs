//! From the bytes of a name to its function, without looking at each byte twice.

use crate::ids::FunctionId;

/// An open-addressing table keyed by raw bytes. It hashes the ends and the middle of a key only, which is enough to tell
/// names apart, and compares whole keys, so that a clash costs time and never a wrong answer.
#[derive(Debug)]
pub(super) struct KeyTable {
    /// A power of two; at most half are in use.
    slots: Vec<Slot>,
    entries: Vec<Entry>,
    /// The bytes of all keys, one behind the other.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u64,
    /// Index of the entry, plus one; zero: free.
    entry: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    offset: usize,
    length: usize,
    function: FunctionId,
}

const FREE: Slot = Slot { hash: 0, entry: 0 };

impl KeyTable {
    pub(super) fn new() -> Self {
        Self { slots: vec![FREE; 1_024], entries: Vec::new(), bytes: Vec::new() }
    }

    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Option<FunctionId> {
        let hash = hash(key);
        let mask = self.slots.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let slot = self.slots[index];
            if slot.entry == 0 {
                return None;
            }
            if slot.hash == hash {
                let entry = self.entries[slot.entry as usize - 1];
                if self.bytes[entry.offset..][..entry.length] == *key {
                    return Some(entry.function);
                }
            }
            index = (index + 1) & mask;
        }
    }

    /// Adds a key that is not there yet.
    pub(super) fn insert(&mut self, key: &[u8], function: FunctionId) {
        if (self.entries.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        self.entries.push(Entry { offset: self.bytes.len(), length: key.len(), function });
        self.bytes.extend_from_slice(key);
        let entry = u32::try_from(self.entries.len()).expect("as many keys as functions, which are fewer than 2^32");
        self.place(Slot { hash: hash(key), entry });
    }

    fn grow(&mut self) {
        let used: Vec<Slot> = self.slots.iter().copied().filter(|slot| slot.entry != 0).collect();
        self.slots = vec![FREE; self.slots.len() * 2];
        for slot in used {
            self.place(slot);
        }
    }

    fn place(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut index = slot.hash as usize & mask;
        while self.slots[index].entry != 0 {
            index = (index + 1) & mask;
        }
        self.slots[index] = slot;
    }
}

/// Mixes up to four words: the first, the two about the middle, the last.
#[inline]
fn hash(key: &[u8]) -> u64 {
    let length = key.len();
    let mut hash = length as u64;
    if length >= 16 {
        let middle = length / 2;
        for at in [0, middle - 8, middle, length - 8] {
            hash = mix(hash, word(&key[at..]));
        }
    } else {
        for chunk in key.chunks(8) {
            hash = mix(hash, word(chunk));
        }
    }
    hash ^ hash >> 32
}

/// FxHash's step: rotate, xor, multiply.
#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95)
}

/// Up to eight bytes as a number.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or_else(
        || bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        |chunk| u64::from_le_bytes(*chunk),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_again_even_where_hashes_clash() {
        let mut table = KeyTable::new();
        // These differ only in bytes that the hash does not read.
        let keys: Vec<Vec<u8>> = (0..3_000)
            .map(|n| format!("{:a<20}{n:04}{:b<60}", "", "").into_bytes())
            .chain((0..3_000).map(|n| n.to_string().into_bytes()))
            .collect();
        for (index, key) in keys.iter().enumerate() {
            assert_eq!(table.find(key), None);
            table.insert(key, FunctionId::new(index));
        }
        for (index, key) in keys.iter().enumerate() {
            assert_eq!(table.find(key), Some(FunctionId::new(index)));
        }
        assert_eq!(table.find(b""), None);
    }
}
