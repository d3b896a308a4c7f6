//! Made-up traces in public schemas: for benchmarks, for examples that run without a download, and for tests.
//!
//! They look like the originals (popularity by Zipf's law, lognormal durations, days and nights, rows sorted by start) and
//! hold none of their data.

mod azure2019;
mod azure2021;
mod spot;

pub use azure2019::{Azure2019Sample, write_azure2019_sample};
pub use azure2021::{Azure2021Sample, write_azure2021_sample};
pub use spot::{SpotSample, write_spot_availability, write_spot_prices};

use rand::Rng;

use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::stats::uniform;

/// The stream of one aspect of a sample.
fn stream(seed: u64, aspect: &str) -> Stream {
    Seed { seed, replication: 0 }.stream(Entity::named(aspect), Purpose::Arrivals)
}

/// 64 hexadecimal digits, as the publishers' hashes have.
fn hex_id(stream: &mut Stream) -> String {
    (0..4).map(|_| format!("{:016x}", stream.next_u64())).collect()
}

/// Picks an index with probability proportional to `1 / (index + 1)`.
struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    fn new(count: usize) -> Self {
        let mut sum = 0.0;
        let cumulative = (1..=count.max(1)).map(|rank| {
            sum += (rank as f64).recip();
            sum
        });
        Self { cumulative: cumulative.collect() }
    }

    fn total(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(1.0)
    }

    /// Probability of an index.
    fn share(&self, index: usize) -> f64 {
        ((index + 1) as f64).recip() / self.total()
    }

    fn pick(&self, stream: &mut Stream) -> usize {
        let place = uniform(stream) * self.total();
        self.cumulative.partition_point(|cumulative| *cumulative <= place).min(self.cumulative.len() - 1)
    }
}

/// How busy an hour of the week is, Monday first: nights at a third of the peak, weekends quieter.
fn hour_factor(hour: usize) -> f64 {
    let of_day = (hour % 24) as f64;
    let day = 0.65 - 0.35 * (std::f64::consts::TAU * (of_day - 2.0) / 24.0).cos();
    if hour / 24 % 7 >= 5 { day * 0.7 } else { day }
}
