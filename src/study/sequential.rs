//! Replications until the figures are known well enough, or a cap is reached.
//!
//! Half widths shrink with the root of the number of replications, so the next number follows from the present half width; it
//! at most doubles. What has run is not run again: the answer is that of as many replications asked for at once.

use super::{Control, StudyError, pool_of, run_here};
use crate::results::{DeploymentResult, Precision, Runs, assemble, half_widths};
use crate::scenario::Plan;

/// How well figures are to be known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Half of the 95 % interval, as a share of the figure.
    pub half_width: f64,
    pub most_replications: u32,
}

/// A rule that looks again and again stops where the spread looks small by chance: after so many, intervals cover the truth
/// nearly as often as those of a fixed number.
const FIRST: u32 = 10;

/// Runs `plan` with as many replications as the aim needs; `plan` says how many afterwards.
pub fn run(plan: &mut Plan, aim: Aim, threads: usize, control: &Control) -> Result<(Runs, Precision), StudyError> {
    let pool = pool_of(threads)?;
    plan.replications = plan.replications.max(FIRST).min(aim.most_replications);
    let mut runs = pool.install(|| run_here(plan, 1, control))?;
    loop {
        let (results, _) = assemble(plan, &runs)?;
        let precision = precision(&results.deployments, aim);
        if precision.reached || plan.replications >= aim.most_replications {
            return Ok((runs, precision));
        }
        let more = next(plan.replications, precision.relative, aim) - plan.replications;
        let further = Plan {
            first_replication: plan.first_replication + plan.replications,
            replications: more,
            probes: false,
            ..plan.clone()
        };
        add(&mut runs, pool.install(|| run_here(&further, 1, control))?);
        plan.replications += more;
    }
}

/// The widest of the figures that are aimed at: cost of a month, mean and p99 latency, of every deployment.
fn precision(deployments: &[DeploymentResult], aim: Aim) -> Precision {
    let mut widest = Precision { half_width: aim.half_width, reached: true, ..Precision::default() };
    for deployment in deployments {
        for (metric, relative) in half_widths(deployment) {
            if relative > widest.relative || widest.deployment.is_empty() {
                widest.deployment.clone_from(&deployment.name);
                widest.metric = metric.to_owned();
                widest.relative = relative;
            }
        }
    }
    widest.reached = widest.relative <= aim.half_width;
    widest
}

fn next(replications: u32, relative: f64, aim: Aim) -> u32 {
    let needed = f64::from(replications) * (relative / aim.half_width).powi(2);
    let needed = if needed.is_finite() { needed.ceil() } else { f64::MAX };
    let most = replications.saturating_mul(2).min(aim.most_replications);
    (needed as u32).clamp((replications + 1).min(most), most)
}

/// The runs of further replications after those that are there.
fn add(runs: &mut Runs, further: Runs) {
    for (ours, theirs) in runs.tallies.iter_mut().zip(further.tallies) {
        ours.extend(theirs);
    }
    for (ours, theirs) in runs.strata.iter_mut().zip(further.strata) {
        for (ours, theirs) in ours.tallies.iter_mut().zip(theirs.tallies) {
            ours.extend(theirs);
        }
    }
    for (ours, theirs) in runs.run_together.iter_mut().zip(further.run_together) {
        *ours |= theirs;
    }
    runs.simulated = further.simulated;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(replications: u32, relative: f64, expected: u32) {
        let aim = Aim { half_width: 0.02, most_replications: 100 };
        assert_eq!(next(replications, relative, aim), expected);
    }

    #[test]
    fn the_next_number_follows_from_the_half_width_and_at_most_doubles() {
        check(10, 0.022, 13);
        check(10, 0.020_1, 11);
        check(10, 0.08, 20);
        check(60, 0.08, 100);
        check(3, f64::INFINITY, 6);
    }
}
