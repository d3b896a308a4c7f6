//! Simulated figures against theory.
//!
//! They agree when they are within four standard errors of each other, from independent replications with fixed seeds.

use breakeven::stats::{mean, mean_and_error};
use rayon::prelude::*;

use crate::support::{Oracle, Sums};
use crate::systems::Case;

/// Enough that four standard errors, themselves estimated, mean what they mean for the normal distribution.
const REPLICATIONS: u32 = 32;

type OfRun = Box<dyn Fn(&Sums) -> f64 + Sync>;

/// A quantity of one replication, and what theory says of it.
pub struct Measure {
    pub quantity: String,
    pub expected: f64,
    pub of: OfRun,
    /// Whether it is a share of the requests.
    pub is_share: bool,
}

/// One quantity, expected and simulated.
pub struct Verdict {
    id: String,
    quantity: String,
    expected: f64,
    simulated: f64,
    error: f64,
}

impl Verdict {
    /// The last digits of the oracle, and of the nanosecond, are granted.
    pub fn agrees(&self) -> bool {
        (self.simulated - self.expected).abs() <= 4.0 * self.error + 1e-8 * self.expected.abs()
    }

    fn line(&self) -> String {
        let Self { id, quantity, expected, simulated, error } = self;
        let word = if self.agrees() { "agrees" } else { "DIFFERS" };
        format!("{id:34} {quantity:16} {expected:14.8} {simulated:14.8} {:12.8} {word}", 4.0 * error)
    }
}

/// The quantities of `oracle` that a run shows. `rename` maps the oracle's name to the quantity that it is in this system,
/// or to nothing if it is of another.
fn measures(oracle: &Oracle, rename: fn(&str) -> Option<&str>) -> Vec<Measure> {
    let measure = |(name, value): (&str, f64)| {
        let (of, expected, is_share) = measure(rename(name)?, value)?;
        Some(Measure { quantity: name.to_string(), expected, of, is_share })
    };
    oracle.quantities().filter_map(measure).collect()
}

/// How a quantity of the oracles is measured, what is then expected, and whether it is a share of the requests.
fn measure(quantity: &str, value: f64) -> Option<(OfRun, f64, bool)> {
    if let Some(wait) = quantity.strip_prefix("P_Wq_le_") {
        let wait: f64 = wait.parse().ok()?;
        return Some((Box::new(move |sums| share_above(&sums.waits, wait)), 1.0 - value, true));
    }
    if let Some((of, percentile)) = quantity.split_once("_p") {
        let above = 1.0 - format!("0.{percentile}").parse::<f64>().ok()?;
        return match of {
            "W" => Some((Box::new(move |sums| share_above(&sums.responses, value)), above, true)),
            // A percentile of zero is the atom of those who do not wait, which P_wait tells.
            "Wq" if value > 0.0 => Some((Box::new(move |sums| share_above(&sums.waits, value)), above, true)),
            _ => None,
        };
    }
    let (of, is_share): (OfRun, bool) = match quantity {
        "utilisation" => (Box::new(|sums| sums.busy_ns as f64 / sums.slot_ns as f64), false),
        "carried" => (Box::new(|sums| sums.busy_ns as f64 / window_ns(sums)), false),
        "throughput" => (Box::new(|sums| sums.waits.len() as f64 / window_ns(sums) * 1e9), false),
        "L" => (Box::new(|sums| sums.in_system_ns as f64 / window_ns(sums)), false),
        "Lq" => (Box::new(|sums| sums.in_queue_ns as f64 / window_ns(sums)), false),
        "P0" => (Box::new(|sums| sums.idle_ns() as f64 / window_ns(sums)), false),
        "W" => (Box::new(|sums| mean_or_zero(&sums.responses)), false),
        "Wq" => (Box::new(|sums| mean_or_zero(&sums.waits)), false),
        "W_var" => (Box::new(|sums| variance(&sums.responses)), false),
        "Wq_sd" => (Box::new(|sums| variance(&sums.waits).sqrt()), false),
        "P_wait" => (Box::new(|sums| share_above(&sums.waits, 0.0)), true),
        "P_block" => (Box::new(|sums| sums.dropped as f64 / sums.offered as f64), true),
        _ => return None,
    };
    Some((of, value, is_share))
}

fn window_ns(sums: &Sums) -> f64 {
    sums.to.since(sums.from).ns() as f64
}

fn mean_or_zero(values: &[f64]) -> f64 {
    mean(values).unwrap_or(0.0)
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean_or_zero(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
}

fn share_above(values: &[f64], limit: f64) -> f64 {
    values.iter().filter(|value| **value > limit).count() as f64 / values.len() as f64
}

/// Simulates `case`, of which `oracle` knows the truth.
pub fn verdicts(label: &str, oracle: &Oracle, case: &Case, rename: fn(&str) -> Option<&str>) -> Vec<Verdict> {
    let measures = measures(oracle, rename);
    assert!(!measures.is_empty(), "nothing of {} is measured", oracle.id);
    judge(&format!("{}{label}", oracle.id), case, &measures)
}

/// Runs the replications and sets each measure against its expectation.
pub fn judge(id: &str, case: &Case, measures: &[Measure]) -> Vec<Verdict> {
    let values = |replication| {
        let sums = case.run(replication);
        measures.iter().map(|measure| (measure.of)(&sums)).collect()
    };
    let runs: Vec<Vec<f64>> = (0..REPLICATIONS).into_par_iter().map(values).collect();
    let requests = f64::from(REPLICATIONS) * f64::from(case.requests.1);
    let verdict = |(index, measure): (usize, &Measure)| {
        let values: Vec<f64> = runs.iter().map(|run| run[index]).collect();
        let (simulated, mut error) = mean_and_error(&values).expect("several replications");
        let expected = measure.expected;
        if measure.is_share {
            // What is too rare to be seen has no spread: then the binomial error of the expectation holds.
            error = error.max((expected * (1.0 - expected) / requests).sqrt());
        }
        Verdict { id: id.to_string(), quantity: measure.quantity.clone(), expected, simulated, error }
    };
    measures.iter().enumerate().map(verdict).collect()
}

/// Prints all verdicts (`--nocapture`), and fails with those that disagree.
#[track_caller]
pub fn check(verdicts: &[Verdict]) {
    println!("{:34} {:16} {:>14} {:>14} {:>12} verdict", "id", "quantity", "expected", "simulated", "4 se");
    verdicts.iter().for_each(|verdict| println!("{}", verdict.line()));
    let wrong: Vec<String> = verdicts.iter().filter(|verdict| !verdict.agrees()).map(Verdict::line).collect();
    assert!(wrong.is_empty(), "id, quantity, expected, simulated, 4 se:\n{}", wrong.join("\n"));
}
