//! `warmup = "auto"`: a pilot replication says when the deployments have settled.
//!
//! MSER-5 is asked of two series of every deployment, by interval of the timeline: invocations in the system, and instances.
//! The longest cut counts for all, so that all are measured on the same invocations, in every replication and every
//! configuration of a study. The pilot is the first replication, which is run again with the others.

use super::{Control, RunError, run_here};
use crate::record::{Bucket, Tally};
use crate::results::WarmupFound;
use crate::scenario::Plan;
use crate::stats::mser::mser5;
use crate::units::Span;

/// A name, and what it is in an interval of the timeline.
type Series = (&'static str, fn(&Bucket) -> u128);

/// What is looked at.
const SERIES: [Series; 2] =
    [("invocations in the system", |bucket| bucket.demand_ns), ("instances", |bucket| bucket.instance_ns)];

/// How long it takes, and what takes so long; on the threads of the caller's pool. Zero where something has not settled
/// within half of the run.
pub fn find(plan: &Plan, control: &Control) -> Result<(Span, WarmupFound), RunError> {
    let pilot =
        Plan { warmup: Span::ZERO, replications: 1, probes: false, blocks: false, over_time: false, ..plan.clone() };
    let runs = run_here(&pilot, 1, control)?;
    let mut longest = (Span::ZERO, WarmupFound::default());
    for (deployment, tally) in plan.deployments.iter().zip(runs.tallies.iter().flatten()) {
        for (name, of) in SERIES {
            let found = WarmupFound { deployment: deployment.name.clone(), series: name.to_owned(), settled: true };
            match cut(tally, of) {
                Some(cut) if cut > longest.0 || longest.1.deployment.is_empty() => longest = (cut, found),
                Some(_) => {}
                None => return Ok((Span::ZERO, WarmupFound { settled: false, ..found })),
            }
        }
    }
    Ok(longest)
}

/// The last interval may be shorter than the others, and is not looked at.
fn cut(tally: &Tally, of: fn(&Bucket) -> u128) -> Option<Span> {
    let buckets = &tally.timeline.buckets;
    let series: Vec<f64> = buckets[..buckets.len() - 1].iter().map(|bucket| of(bucket) as f64).collect();
    let count = mser5(&series)?;
    Some(Span::from_ns(tally.timeline.width().ns() * count as u64))
}

/// What to tell of a warm-up that was not found.
pub fn warning(found: &WarmupFound) -> Option<String> {
    (!found.settled).then(|| {
        format!(
            "no warm-up was found: {} of `{}` did not settle within half of the run; nothing is left out",
            found.series, found.deployment
        )
    })
}

/// Sets the warm-up of a plan that asks for it; `None` where it says how long it is.
pub fn settle(plan: &mut Plan, threads: usize, control: &Control) -> Result<Option<WarmupFound>, RunError> {
    if !plan.find_warmup {
        return Ok(None);
    }
    let (warmup, found) = super::pool_of(threads)?.install(|| find(plan, control))?;
    plan.warmup = warmup;
    plan.find_warmup = false;
    plan.warnings.extend(warning(&found));
    Ok(Some(found))
}
