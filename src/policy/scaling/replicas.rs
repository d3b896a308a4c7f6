//! How many replicas the metrics of pods ask for: the arithmetic of the horizontal pod autoscaler.
//!
//! Source: `replica_calculator.go` of Kubernetes, whose test cases run through these functions (tests/it/scaling.rs).

use super::{NOISE, members};

/// What is known of the pods of a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Sum of the levels of ready pods that have one.
    pub sum: f64,
    /// Ready pods with a level.
    pub known: u32,
    /// Pods that are not ready yet, whatever their level.
    pub not_ready: u32,
    /// Ready pods without a level.
    pub missing: u32,
}

/// What the level of a pod should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LevelTarget {
    /// A share of what the pod requests, 0.5 for half of it; compared in whole percent.
    Utilization(f64),
    /// A number for each pod.
    PerMember(f64),
}

impl LevelTarget {
    /// Mean level by target.
    fn ratio(self, sum: f64, pods: u32) -> f64 {
        let mean = sum / f64::from(pods);
        match self {
            Self::Utilization(share) => (mean * 100.0 + NOISE).floor() / (share * 100.0),
            Self::PerMember(number) => mean / number,
        }
    }

    /// The level of a pod without one when others suggest to remove pods: all of its request, or the target if that is more.
    const fn presumed(self) -> f64 {
        match self {
            Self::Utilization(share) => share.max(1.0),
            Self::PerMember(number) => number,
        }
    }
}

/// The replicas that `levels` ask for; `None` if no pod has a level. Near enough to the target, or if what is presumed of the
/// other pods turns the direction round, that is `current`.
pub fn replicas(current: u32, levels: &Levels, target: LevelTarget, tolerance: f64) -> Option<u32> {
    if levels.known == 0 {
        return None;
    }
    let first = target.ratio(levels.sum, levels.known);
    let waits_for_pods = levels.not_ready > 0 && first > 1.0;
    if !waits_for_pods && levels.missing == 0 {
        return Some(if is_near(first, tolerance) { current } else { members(first * f64::from(levels.known)) });
    }
    // At the target exactly, nothing is presumed of the others.
    if is_near(first, NOISE) {
        return Some(current);
    }
    let presumed = if first < 1.0 { target.presumed() } else { 0.0 };
    let pods = levels.known + levels.missing + if waits_for_pods { levels.not_ready } else { 0 };
    let ratio = target.ratio(levels.sum + presumed * f64::from(levels.missing), pods);
    let wanted = members(ratio * f64::from(pods));
    let turned = (first < 1.0 && ratio > 1.0) || (first > 1.0 && ratio < 1.0);
    let against = (ratio < 1.0 && wanted > current) || (ratio > 1.0 && wanted < current);
    Some(if is_near(ratio, tolerance) || turned || against { current } else { wanted })
}

/// The replicas that a total asks for, of which each replica should have `each`: an external metric with an average value.
pub fn replicas_for_total(current: u32, total: f64, each: f64, tolerance: f64) -> u32 {
    let ratio = total / (each * f64::from(current));
    if is_near(ratio, tolerance) { current } else { members(total / each) }
}

fn is_near(ratio: f64, tolerance: f64) -> bool {
    (1.0 - ratio).abs() <= tolerance
}
