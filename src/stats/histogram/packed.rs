//! Histograms at rest: the occupied buckets only, two or three bytes each.

use super::Histogram;

/// A histogram that is read seldom. Each occupied bucket is its distance from the one before and its count, both as numbers
/// of seven bits a byte, the last of which has the highest bit clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed(Box<[u8]>);

impl Packed {
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what was counted to `histogram`.
    pub fn add_to(&self, histogram: &mut Histogram) {
        let mut bytes = self.0.iter();
        let mut bucket = 0;
        while let Some(distance) = number(&mut bytes) {
            bucket += distance as usize;
            histogram.count_in(bucket, number(&mut bytes).unwrap_or(0));
        }
    }
}

impl From<&Histogram> for Packed {
    fn from(histogram: &Histogram) -> Self {
        let mut bytes = Vec::new();
        let mut before = 0;
        for (index, count) in histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let bucket = histogram.first + index;
            write(&mut bytes, (bucket - before) as u64);
            write(&mut bytes, *count);
            before = bucket;
        }
        Self(bytes.into())
    }
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// `None` at the end.
fn number<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<u64> {
    let mut number = 0;
    for (place, byte) in bytes.enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn what_is_packed_is_what_was_counted() {
        let mut histogram = Histogram::default();
        for (ns, count) in [(0, 1), (3, 127), (200, 128), (1_000_000, 1 << 40), (u64::MAX, 7)] {
            histogram.record_n(Span::from_ns(ns), count);
        }
        let packed = Packed::from(&histogram);
        let mut again = Histogram::default();
        packed.add_to(&mut again);
        assert_eq!(again.buckets().collect::<Vec<_>>(), histogram.buckets().collect::<Vec<_>>());
        packed.add_to(&mut again);
        assert_eq!(again.count(), 2 * histogram.count());
    }

    #[test]
    fn nothing_is_packed_as_nothing() {
        let mut histogram = Histogram::default();
        assert!(Packed::from(&histogram).is_empty() && histogram.is_empty());
        histogram.record(Span::from_ms(5));
        histogram.clear();
        assert!(Packed::from(&histogram).is_empty() && histogram.is_empty());
        Packed::default().add_to(&mut histogram);
        assert_eq!(histogram.count(), 0);
    }
}
