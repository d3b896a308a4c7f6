//! How sure the figures of a run are, in sentences.

use super::figures;
use crate::results::{IntervalMethod, Results, WarmupFound};

/// How well figures are known, where that was asked for.
pub fn precision(results: &Results) -> Option<String> {
    let precision = results.precision.as_ref()?;
    let asked = figures::share(precision.half_width);
    let replications = figures::plural(f64::from(results.scenario.replications), "replication");
    let widest = match precision.metric.as_str() {
        "cost.per_month" => "cost",
        "latency_s.mean" => "mean latency",
        _ => "p99",
    };
    let known =
        format!("{widest} of {} is known to ±\u{a0}{}", precision.deployment, figures::share(precision.relative));
    Some(if precision.reached {
        format!("{replications} were enough for half widths of {asked}: {known}, and nothing less well.")
    } else {
        format!("{replications} were not enough for half widths of {asked}: {known}.")
    })
}

/// Where the intervals come from, if not from replications, as everybody expects.
pub fn intervals(results: &Results) -> Option<String> {
    let intervals = &results.scenario.intervals;
    let parts = || {
        let length = figures::length(intervals.block_s.unwrap_or(0.0));
        format!("{} parts of {length}", figures::number(intervals.blocks as f64))
    };
    match intervals.method {
        IntervalMethod::Replications => None,
        IntervalMethod::BatchMeans => {
            Some(format!("Intervals are batch means of one replication, in {}; replications would tell more.", parts()))
        }
        IntervalMethod::BlockBootstrap => {
            Some(format!("Intervals are a block bootstrap of the trace: its {}, drawn anew a thousand times.", parts()))
        }
        // Folders of earlier versions do not say, and stretches of a long window have errors of their own.
        IntervalMethod::None if results.scenario.replications > 1 || results.horizon.is_some() => None,
        IntervalMethod::None => Some("One replication of this run has no intervals.".to_owned()),
    }
}

/// What stands after `±`: half of an interval, and where that comes from.
#[cfg(feature = "report")]
pub fn half_widths(results: &Results) -> String {
    let half = "± is half a 95\u{a0}% confidence interval";
    match (results.scenario.intervals.method, intervals(results)) {
        (IntervalMethod::Replications, _) => format!("{half} of the mean over replications."),
        (IntervalMethod::None, Some(none)) => none,
        (_, Some(from)) => format!("{half}. {from}"),
        (_, None) => format!("{half}."),
    }
}

/// How long the warm-up is, and who says so.
pub fn warmup(warmup_s: f64, found: Option<&WarmupFound>) -> String {
    let length = match warmup_s {
        0.0 => "none".to_owned(),
        seconds => format!("{}: billed, but not counted", figures::length(seconds)),
    };
    match found {
        Some(found) if found.settled => {
            format!("{length}; found by MSER-5: {} of {} settle last", found.series, found.deployment)
        }
        Some(found) => {
            format!("{length}: {} of {} did not settle within half of the run", found.series, found.deployment)
        }
        None => length,
    }
}

/// The same as a sentence, where it had to be found.
pub fn found_warmup(warmup_s: f64, found: Option<&WarmupFound>) -> Option<String> {
    found.map(|found| format!("Warm-up of {}.", warmup(warmup_s, Some(found))))
}

/// Why nobody can tell what chance does.
pub const fn one_draw(replications: u32) -> &'static str {
    if replications == 1 {
        "With one replication it is not known what chance decides."
    } else {
        "A trace is one draw of the load: it is not known what chance decides."
    }
}
