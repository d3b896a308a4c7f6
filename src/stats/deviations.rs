//! How far a figure of one long run may be off, told from the blocks of time that the run is cut into.
//!
//! Every block says by how much the figure would move with it: its deviation, zero in the mean. Deviations of two figures of
//! the same blocks can be subtracted, so that what both have in common (a busy day) leaves their difference alone.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Histogram;
use crate::units::Span;

/// Lengths above a percentile without which nobody can say how far it is off: with fewer, intervals of a p99 covered it 88
/// times of 100 and less (independent exponential lengths, 20 blocks).
const FEWEST_ABOVE: f64 = 5.0;

/// Deviations of a figure, by block or by resample, and how many of their root mean squares make the half of an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviations {
    values: Vec<f64>,
    scale: f64,
    /// How far the interval reaches below and above the figure, where it is not symmetric.
    reach: Option<[f64; 2]>,
}

impl Deviations {
    /// Of one block each: batch means where all blocks count the same, the ratio estimator where they do not. `None` for
    /// fewer than two.
    pub fn of_blocks(values: Vec<f64>) -> Option<Self> {
        let scale = t95(values.len())? / ((values.len() - 1) as f64).sqrt();
        Some(Self { values, scale, reach: None })
    }

    /// Of the whole with its blocks drawn anew: the block bootstrap. Its spread over `blocks` is too small by the degree of
    /// freedom that the mean takes.
    pub fn of_resamples(values: Vec<f64>, blocks: usize) -> Option<Self> {
        let count = blocks as f64;
        let scale = t95(blocks)? * (count / (count - 1.0)).sqrt();
        Some(Self { values, scale, reach: None })
    }

    /// Of the percentile `share` of lengths in blocks, in seconds: the interval of the share of lengths above it, read as
    /// lengths (Woodruff 1952). A block moves it by its own share times the slope between those ends (Bahadur 1966). `None`
    /// where too little was counted: fewer than five lengths lie above it.
    pub fn of_quantile(blocks: &[&Histogram], share: f64) -> Option<Self> {
        let mut all = Histogram::default();
        blocks.iter().for_each(|block| all.merge(block));
        let at = all.quantile(share)?;
        let above = |block: &Histogram| -> u64 {
            block.buckets().filter(|(length, _)| *length > at).map(|(_, count)| count).sum()
        };
        let above: Vec<f64> = blocks.iter().map(|block| above(block) as f64).collect();
        let counts: Vec<f64> = blocks.iter().map(|block| block.count() as f64).collect();
        let mut deviations = Self::of_blocks(of_ratio(&above, &counts)?)?;
        if above.iter().sum::<f64>() < FEWEST_ABOVE {
            return all.is_of_one_length().then_some(deviations);
        }
        let half = deviations.half_width();
        let (low, high) = ((share - half).max(0.0), (share + half).min(1.0));
        let ends = [low, high].map(|share| all.quantile(share).unwrap_or(at).seconds());
        let slope = if high > low { (ends[1] - ends[0]) / (high - low) } else { 0.0 };
        deviations.values.iter_mut().for_each(|value| *value *= slope);
        Some(Self { reach: Some([at.seconds() - ends[0], ends[1] - at.seconds()]), ..deviations })
    }

    fn half_width(&self) -> f64 {
        let squares: f64 = self.values.iter().map(|value| value * value).sum();
        self.scale * (squares / self.values.len() as f64).sqrt()
    }

    /// The 95 % t interval around the figure.
    pub fn around(&self, figure: f64) -> [f64; 2] {
        let [below, above] = self.reach.unwrap_or_else(|| [self.half_width(); 2]);
        // What is nothing but the rounding of sums is no doubt.
        if below + above <= 2e-12 * figure.abs() { [figure; 2] } else { [figure - below, figure + above] }
    }

    /// Of the difference of two figures of the same blocks.
    pub fn minus(&self, other: &Self) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| a - b).collect();
        Self { values, scale: self.scale, reach: None }
    }
}

fn t95(blocks: usize) -> Option<f64> {
    let freedom = blocks.checked_sub(1).filter(|freedom| *freedom > 0)?;
    Some(StudentsT::new(0.0, 1.0, freedom as f64).ok()?.inverse_cdf(0.975))
}

/// Of the ratio of sums to counts, such as a mean latency: `(sum - ratio count) / mean count` of every block. `None` where
/// nothing was counted.
pub fn of_ratio(sums: &[f64], counts: &[f64]) -> Option<Vec<f64>> {
    let (sum, count): (f64, f64) = (sums.iter().sum(), counts.iter().sum());
    if count <= 0.0 {
        return None;
    }
    let mean = count / counts.len() as f64;
    Some(sums.iter().zip(counts).map(|(of, n)| (of - sum / count * n) / mean).collect())
}

/// Of the ratio, with its blocks drawn as `draws` say how often each.
pub fn resampled_ratio(sums: &[f64], counts: &[f64], draws: &[Vec<u32>]) -> Option<Vec<f64>> {
    let (sum, count): (f64, f64) = (sums.iter().sum(), counts.iter().sum());
    if count <= 0.0 {
        return None;
    }
    let dot =
        |of: &[f64], draw: &[u32]| of.iter().zip(draw).map(|(value, times)| value * f64::from(*times)).sum::<f64>();
    let ratio = |draw: &Vec<u32>| {
        let counted = dot(counts, draw);
        if counted > 0.0 { dot(sums, draw) / counted - sum / count } else { 0.0 }
    };
    Some(draws.iter().map(ratio).collect())
}

/// Of a percentile in seconds, likewise. `None` also where fewer than five lengths lie above it.
pub fn resampled_quantile(blocks: &[&Histogram], share: f64, draws: &[Vec<u32>]) -> Option<Vec<f64>> {
    let mut all = Histogram::default();
    blocks.iter().for_each(|block| all.merge(block));
    let at = all.quantile(share)?;
    let above: u64 = all.buckets().filter(|(length, _)| *length > at).map(|(_, count)| count).sum();
    if (above as f64) < FEWEST_ABOVE {
        return all.is_of_one_length().then(|| vec![0.0; draws.len()]);
    }
    let at = at.seconds();
    let lengths: Vec<Span> = all.buckets().map(|(length, _)| length).collect();
    // By length, the longest first: a high percentile is found after a few.
    let mut rows = vec![vec![0u64; blocks.len()]; lengths.len()];
    for (index, block) in blocks.iter().enumerate() {
        for (length, count) in block.buckets() {
            if let Ok(row) = lengths.binary_search(&length) {
                rows[row][index] = count;
            }
        }
    }
    let counts: Vec<u64> = blocks.iter().map(|block| block.count()).collect();
    let dot =
        |of: &[u64], draw: &[u32]| of.iter().zip(draw).map(|(count, times)| count * u64::from(*times)).sum::<u64>();
    let quantile = |draw: &Vec<u32>| {
        let total = dot(&counts, draw);
        let rank = (share * total as f64).ceil() as u64;
        let (mut row, mut above) = (lengths.len(), 0);
        while row > 0 && total > 0 && total - above >= rank.max(1) {
            row -= 1;
            above += dot(&rows[row], draw);
        }
        lengths.get(row).map_or(0.0, |length| length.seconds() - at)
    };
    Some(draws.iter().map(quantile).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    #[track_caller]
    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{actual} against {expected}");
    }

    /// With equal counts a ratio is a mean of means, whose t interval is known.
    #[test]
    fn equal_blocks_give_the_interval_of_their_means() {
        let means = [3.0, 5.0, 4.0, 8.0, 5.0];
        let sums = means.map(|mean| mean * 10.0);
        let deviations = Deviations::of_blocks(of_ratio(&sums, &[10.0; 5]).unwrap()).unwrap();
        let (ours, theirs) = (deviations.around(5.0), Interval::of(&means).unwrap());
        near(ours[0], theirs.low());
        near(ours[1], theirs.high());
    }

    #[test]
    fn what_two_figures_have_in_common_leaves_their_difference_alone() {
        let of = |sums: [f64; 4]| Deviations::of_blocks(of_ratio(&sums, &[1.0; 4]).unwrap()).unwrap();
        let (a, b) = (of([10.0, 20.0, 30.0, 40.0]), of([11.0, 21.0, 31.0, 41.0]));
        assert_eq!(a.minus(&b).around(-1.0), [-1.0; 2]);
        assert!(a.around(25.0)[0] < 15.0);
    }

    /// Ten thousand resamples of a mean have the spread of a sample of as many blocks, divided by one less.
    #[test]
    fn resamples_of_a_mean_give_its_t_interval() {
        let sums: Vec<f64> = (0..12).map(|index| f64::from(index * index % 7)).collect();
        let mut state = 1u64;
        let mut draw = || {
            let mut times = vec![0u32; 12];
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                times[(state >> 33) as usize % 12] += 1;
            }
            times
        };
        let draws: Vec<Vec<u32>> = (0..10_000).map(|_| draw()).collect();
        let drawn = Deviations::of_resamples(resampled_ratio(&sums, &[1.0; 12], &draws).unwrap(), 12).unwrap();
        let exact = Interval::of(&sums).unwrap().half_width;
        assert!((drawn.around(0.0)[1] / exact - 1.0).abs() < 0.03);
    }

    #[test]
    fn a_percentile_of_a_resample_is_that_of_the_blocks_in_it() {
        let block = |seconds: &[u64]| {
            let mut histogram = Histogram::default();
            seconds.iter().for_each(|length| histogram.record_n(Span::from_secs(*length), 5));
            histogram
        };
        let blocks = [block(&[1, 2, 3]), block(&[10, 20, 30]), block(&[])];
        let blocks: Vec<&Histogram> = blocks.iter().collect();
        let all = |draws: &[u32]| {
            let mut all = Histogram::default();
            for (block, times) in blocks.iter().zip(draws) {
                (0..*times).for_each(|_| all.merge(block));
            }
            all.quantile(0.5).unwrap().seconds()
        };
        let draws = vec![vec![1, 1, 1], vec![3, 0, 0], vec![0, 2, 1]];
        let moved = resampled_quantile(&blocks, 0.5, &draws).unwrap();
        for (moved, draw) in moved.iter().zip(&draws) {
            near(*moved, all(draw) - all(&[1, 1, 1]));
        }
    }

    #[test]
    fn nothing_counted_has_no_deviations() {
        assert_eq!(of_ratio(&[0.0; 3], &[0.0; 3]), None);
        assert_eq!(Deviations::of_quantile(&[&Histogram::default()], 0.99), None);
        assert_eq!(Deviations::of_blocks(vec![0.0]), None);
    }

    /// The p99 of a hundred lengths is the second longest or the longest: how much longer it could be, they do not tell.
    #[test]
    fn a_percentile_that_little_lies_above_has_no_interval() {
        let blocks: Vec<Histogram> = (0..20)
            .map(|block| {
                let mut histogram = Histogram::default();
                (1..=5).for_each(|length| histogram.record(Span::from_ms(length * 100 + block)));
                histogram
            })
            .collect();
        let blocks: Vec<&Histogram> = blocks.iter().collect();
        assert_eq!(Deviations::of_quantile(&blocks, 0.99), None);
        assert_eq!(resampled_quantile(&blocks, 0.99, &[vec![1; 20]]), None);
        // What always takes as long is known.
        let mut alike = Histogram::default();
        alike.record_n(Span::from_ms(5), 3);
        assert_eq!(Deviations::of_quantile(&[&alike, &alike], 0.99).unwrap().around(0.005), [0.005; 2]);
    }
}
