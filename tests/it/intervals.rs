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

/// Of intervals of five means, `stretch` times as wide as they should be.
fn coverage_of_uniform_means(stretch: f64) -> f64 {
    let uniform_mean = |stream: &mut Stream| (0..12).map(|_| stream.random::<f64>()).sum::<f64>() / 12.0;
    coverage(0.5, |stream| {
        let means: Vec<f64> = (0..5).map(|_| uniform_mean(stream)).collect();
        Interval::of(&means).map(|interval| Interval { half_width: interval.half_width * stretch, ..interval })
    })
}

#[test]
fn nineteen_of_twenty_intervals_cover_the_truth() {
    let share = coverage_of_uniform_means(1.0);
    assert!((0.93..=0.97).contains(&share), "{share}");
}

#[test]
fn the_coverage_test_notices_the_normal_quantile_in_place_of_students() {
    let share = coverage_of_uniform_means(1.960 / 2.776);
    assert!(share < 0.93, "{share}");
}

/// Covers the mean response of M/M/1 at load 0.8, which is 5, from `batches` batches of `length` customers each, by
/// Lindley's recursion, after 2,000 that do not count.
fn coverage_of_batches(batches: usize, length: usize) -> f64 {
    coverage(5.0, |stream| {
        let mut wait = 0.0_f64;
        let mut responses = Vec::with_capacity(2_000 + batches * length);
        for _ in 0..2_000 + batches * length {
            let [service, gap]: [f64; 2] = [Exp1.sample(stream), Exp1.sample(stream)];
            responses.push(wait + service);
            wait = (wait + service - gap / 0.8).max(0.0);
        }
        Interval::of(&batch_means(&responses[2_000..], batches))
    })
}

#[test]
fn long_batches_of_a_queue_cover_its_mean_response() {
    let share = coverage_of_batches(10, 4_000);
    assert!((0.93..=0.97).contains(&share), "{share}");
}

/// Responses of customers near each other are alike, so short batches pretend to more than they know (Law and Kelton).
#[test]
fn short_batches_of_a_queue_fall_short() {
    let share = coverage_of_batches(20, 100);
    assert!(share < 0.9, "{share}");
}

/// The program chooses a number of replications, and says what that number says.
#[test]
fn replications_until_figures_are_known_are_those_that_one_asks_for_at_once() {
    use super::small::{fails, folder, json, stdout};
    let folder = folder();
    let at = folder.path();
    let run = |more: &[&'static str]| json(at, &[&["run", "small.toml", "--no-report", "--out", "r"], more].concat());
    let mut chosen = run(&["--half-width", "2%"]);
    let precision = chosen["precision"].take();
    let replications = chosen["scenario"]["replications"].to_string();
    let count: u32 = replications.parse().unwrap();
    assert!((10..100).contains(&count), "{count}");
    assert_eq!((&precision["reached"], &precision["half_width"]), (&true.into(), &0.02.into()));
    assert!(precision["relative"].as_f64().unwrap() <= 0.02);
    let arguments = ["run", "small.toml", "--no-report", "--out", "r", "--replications", &replications];
    assert_eq!(json(at, &arguments), chosen);
    let short = run(&["--half-width", "0.1%", "--max-replications", "5"]);
    assert_eq!((&short["precision"]["reached"], &short["scenario"]["replications"]), (&false.into(), &5.into()));
    let text = stdout(
        at,
        &["run", "small.toml", "--no-report", "--out", "r", "--half-width", "0.1%", "--max-replications", "5"],
    );
    assert!(text.contains("5 replications were not enough for half widths of 0.1 %"), "{text}");
    assert!(text.contains("It is cheaper than servers by $"), "{text}");
    fails(at, &["run", "small.toml", "--half-width", "0%"], 2, &["a half width of zero is never reached"]);
    fails(at, &["run", "small.toml", "--half-width", "2"], 2, &["--half-width"]);
    fails(at, &["run", "small.toml", "--half-width", "2%", "--replications", "3"], 2, &["cannot be used with"]);
}
