//! Where a run has settled: the marginal standard error rule.

/// Observations that are averaged before the rule is applied.
const BATCH: usize = 5;
/// Batches that are always kept: the error of fewer means nothing.
const LEAST_KEPT: usize = 5;

/// How many observations to leave out at the start, by MSER-5: the cut after which the standard error of the mean of what
/// remains is smallest, observations being averaged by fives (White 1997; White, Cobb and Spratt 2000). `None` where that is
/// beyond the middle, which says that the series has not settled, or too short for ten batches.
pub fn mser5(series: &[f64]) -> Option<usize> {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    if batches.len() < 2 * LEAST_KEPT {
        return None;
    }
    let (mut mean, mut squares, mut kept) = (0.0, 0.0, 0.0);
    let (mut best, mut least) = (0, f64::INFINITY);
    let scale = batches.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    for (index, value) in batches.iter().enumerate().rev() {
        kept += 1.0;
        let from_mean = value - mean;
        mean += from_mean / kept;
        squares += from_mean * (value - mean);
        // Equal values differ by nothing but rounding.
        let rounding = kept * (scale * 1e-12).powi(2);
        let error = if squares <= rounding { 0.0 } else { squares / (kept * kept) };
        if batches.len() - index >= LEAST_KEPT && error <= least {
            (best, least) = (index, error);
        }
    }
    (2 * best <= batches.len()).then_some(best * BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in `[-1, 1)` that look random.
    fn noise(count: usize) -> Vec<f64> {
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// The definition, cut by cut.
    fn by_definition(series: &[f64]) -> usize {
        let batches: Vec<f64> = series.chunks_exact(5).map(|five| five.iter().sum::<f64>() / 5.0).collect();
        let error = |cut: usize| {
            let kept = &batches[cut..];
            let mean = kept.iter().sum::<f64>() / kept.len() as f64;
            kept.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (kept.len() as f64).powi(2)
        };
        5 * (0..=batches.len() - 5).min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap()
    }

    #[test]
    fn the_cut_is_that_of_the_definition() {
        for size in [0.0, 3.0, 20.0] {
            let mut series = noise(600);
            series.iter_mut().enumerate().for_each(|(index, value)| *value += size * (-(index as f64) / 20.0).exp());
            assert_eq!(mser5(&series), Some(by_definition(&series)), "{size}");
        }
    }

    #[test]
    fn a_start_that_decays_is_left_out() {
        let mut series = noise(1_000);
        series.iter_mut().enumerate().for_each(|(index, value)| *value += 50.0 * (-(index as f64) / 25.0).exp());
        let cut = mser5(&series).unwrap();
        // What is left of the start there is less than the noise, and not much was left out in vain.
        assert!((60..250).contains(&cut), "{cut}");
    }

    #[test]
    fn a_series_that_does_not_settle_has_no_cut() {
        let ramp: Vec<f64> = (0..500).map(f64::from).collect();
        assert_eq!(mser5(&ramp), None);
        assert_eq!(mser5(&[1.0; 49]), None);
    }

    #[test]
    fn a_constant_series_is_kept_whole() {
        assert_eq!(mser5(&[0.1; 100]), Some(0));
        assert_eq!(mser5(&[0.0; 100]), Some(0));
    }
}
