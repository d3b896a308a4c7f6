//! Streams of random numbers, each named by (seed, replication, entity, purpose).
//!
//! A stream depends on nothing else: adding a function or a deployment changes no other stream, and
//! every deployment sees the same arrivals and the same work (common random numbers).

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator behind every stream.
pub type Stream = Xoshiro256PlusPlus;

/// What a stream decides. One purpose a stream, so that a draw more here shifts nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    Arrivals = 1,
    /// Where inside its interval a counted arrival falls.
    Spread = 2,
    /// The work of an invocation: its duration.
    Work = 3,
    /// Phases of a cold start.
    Start = 4,
    /// Application init at a cold start.
    Init = 5,
    /// Duration of a cold invocation, where it has its own distribution.
    ColdWork = 6,
    /// Idle life of an instance.
    IdleLife = 7,
    /// Which idle instance, or which server, takes an invocation.
    Choice = 8,
    /// Back-off of a client.
    Retry = 9,
    /// Network between the client and the platform.
    Network = 10,
    /// Failures of servers, and their repair.
    Failure = 11,
    /// How long a client waits for its turn.
    Patience = 12,
    /// Where the points of a design lie.
    Design = 20,
    /// Which blocks of a trace are drawn again.
    Resample = 21,
}

/// Seed and replication of a run: the root of all its streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    pub seed: u64,
    pub replication: u32,
}

impl Seed {
    /// The stream of `entity` for `purpose`. Two entities share a stream only if their names are equal.
    pub fn stream(self, entity: Entity, purpose: Purpose) -> Stream {
        let mut state = mix(self.seed);
        for part in [u64::from(self.replication), entity.0, purpose as u64] {
            state = mix(state ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        }
        Stream::seed_from_u64(state)
    }
}

/// A stable number for something that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entity(u64);

impl Entity {
    /// FNV-1a of the name: the same in every run, on every machine.
    pub fn named(name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Self(hash)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection whose output bits all depend on all input bits.
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn streams_differ_in_every_part_of_their_name() {
        let first = |seed, replication, entity, purpose| {
            Seed { seed, replication }.stream(Entity::named(entity), purpose).next_u64()
        };
        let base = first(1, 0, "fleet", Purpose::Work);
        assert_eq!(base, first(1, 0, "fleet", Purpose::Work));
        for other in [
            first(2, 0, "fleet", Purpose::Work),
            first(1, 1, "fleet", Purpose::Work),
            first(1, 0, "floot", Purpose::Work),
            first(1, 0, "fleet", Purpose::Arrivals),
        ] {
            assert_ne!(base, other);
        }
    }
}
