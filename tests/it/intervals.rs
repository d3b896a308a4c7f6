//! Intervals against textbooks, and against what they promise: to cover the truth 95 times of 100.

use breakeven::rng::{Entity, Purpose, Seed, Stream};
use breakeven::stats::{Interval, batch_means};
use rand::RngExt;
use rand_distr::{Distribution, Exp1};

#[track_caller]
fn check(interval: Option<Interval>, low: f64, high: f64, within: f64) {
    let interval = interval.expect("there are two values or more");
    let near = |actual: f64, expected: f64| (actual - expected).abs() <= within;
    assert!(near(interval.low(), low) && near(interval.high(), high), "{interval:?} is not [{low}, {high}]");
}

/// Law, "Simulation Modeling and Analysis", the example of ten observations: 1.34 ± 0.24 at 90 %.
#[test]
fn ten_observations_of_a_textbook_have_its_interval() {
    let observations = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09];
    check(Interval::with_confidence(&observations, 0.90), 1.10, 1.58, 0.006);
}

/// Student's sleep data (Biometrika 1908), as R's `t.test` prints them: paired, and the first drug alone.
#[test]
fn paired_differences_have_the_interval_of_the_sleep_data() {
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    check(Interval::of_differences(&first, &second), -2.459_885_8, -0.700_114_2, 1e-7);
}

/// Quantiles of the t distribution at 97.5 %, as printed in every table: from two values on.
#[test]
fn t_quantiles_are_those_of_the_tables() {
    for (count, quantile) in [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262), (30, 2.045), (121, 1.980)] {
        // Values whose mean is 0 and whose standard error is 1.
        let spread = ((count - 1) as f64).sqrt();
        let side = |index: usize| if index.is_multiple_of(2) { spread } else { -spread };
        let mut values: Vec<f64> = (0..count).map(side).collect();
        if !count.is_multiple_of(2) {
            values[count - 1] = 0.0;
            let scale = (count as f64 / (count - 1) as f64).sqrt();
            values.iter_mut().for_each(|value| *value *= scale);
        }
        let interval = Interval::of(&values).unwrap();
        assert!((interval.half_width - quantile).abs() < 0.0006, "{count}: {}", interval.half_width);
    }
}

fn stream(seed: u64) -> Stream {
    Seed { seed, replication: 0 }.stream(Entity::named("intervals"), Purpose::Work)
}

/// Share of 1,000 seeds whose interval covers `truth`.
fn coverage(truth: f64, interval: impl Fn(&mut Stream) -> Option<Interval>) -> f64 {
    let covers = |seed: &u64| interval(&mut stream(*seed)).is_some_and(|interval| interval.contains(truth));
    (0..1_000).filter(covers).count() as f64 / 1_000.0
}

/// `confidence` of what the interval is multiplied with: 1 must pass, less must be noticed.
fn coverage_of_uniform_means(shrink: f64) -> f64 {
    coverage(0.5, |stream| {
        let means: Vec<f64> = (0..10).map(|_| (0..12).map(|_| stream.random::<f64>()).sum::<f64>() / 12.0).collect();
        Interval::of(&means).map(|interval| Interval { half_width: interval.half_width * shrink, ..interval })
    })
}

#[test]
fn nineteen_of_twenty_intervals_cover_the_truth() {
    let share = coverage_of_uniform_means(1.0);
    assert!((0.93..=0.97).contains(&share), "{share}");
}

#[test]
fn the_coverage_test_notices_the_normal_quantile_in_place_of_students() {
    let share = coverage_of_uniform_means(1.960 / 2.262);
    assert!(share < 0.93, "{share}");
}

/// Lindley's recursion for M/M/1 with mean response 5, 20 batches (Law and Kelton): too short batches, or an
/// initial bias, would both fall below.
#[test]
fn batch_means_of_a_queue_cover_its_mean_response() {
    let share = coverage(5.0, |stream| {
        let mut wait = 0.0_f64;
        let mut responses = Vec::with_capacity(22_000);
        for _ in 0..22_000 {
            let [service, gap]: [f64; 2] = [Exp1.sample(stream), Exp1.sample(stream)];
            responses.push(wait + service);
            wait = (wait + service - gap / 0.8).max(0.0);
        }
        Interval::of(&batch_means(&responses[2_000..], 20))
    });
    assert!((0.93..=0.97).contains(&share), "{share}");
}
