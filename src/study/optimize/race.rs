//! Which of those that were measured is the cheapest, surely: replications are added to those that could be.

use super::super::{Laboratory, StudyError};
use super::Candidate;
use crate::results::Metric;

/// How the contenders fared.
pub struct Raced {
    /// By cost; all with the same replications, all meeting the objectives.
    pub contenders: Vec<Candidate>,
    /// Of the contenders.
    pub replications: u32,
    /// The best is cheaper than every other contender by more than chance explains, or there is no other.
    pub separated: bool,
}

/// Contenders that get more replications at most: further ones are hardly the best.
const MOST: usize = 8;

/// How sure all comparisons of a race are together.
const CONFIDENCE: f64 = 0.95;

/// What one comparison must be held to, so that all that a race can make are right together: they share the chance to be
/// wrong (Bonferroni), `looks` at `others` each.
fn of_each(looks: u32, others: usize) -> f64 {
    1.0 - (1.0 - CONFIDENCE) / (f64::from(looks.max(1)) * others.max(1) as f64)
}

/// Looks that a race can take, its replications doubled from `first` to at most `most`.
fn looks(first: u32, most: u32) -> u32 {
    (most / first.max(1)).max(1).ilog2() + 1
}

/// Doubles the replications of those whose cost cannot be told from the cheapest's, until it can be or there are `most`.
pub fn run(laboratory: &Laboratory<'_>, candidates: &[Candidate], first: u32, most: u32) -> Result<Raced, StudyError> {
    let mut contenders: Vec<Candidate> = candidates.iter().filter(|one| one.outcome.meets).cloned().collect();
    let mut replications = first.max(laboratory.plan.replications);
    sort(&mut contenders);
    contenders.truncate(MOST);
    let confidence = of_each(looks(replications, most), contenders.len().saturating_sub(1));
    loop {
        let separated = contenders.iter().skip(1).all(|one| is_dearer(one, &contenders[0], confidence));
        let doubled = replications.saturating_mul(2);
        if separated || doubled > most {
            return Ok(Raced { contenders, replications, separated });
        }
        replications = doubled;
        let in_doubt: Vec<Candidate> = contenders
            .iter()
            .enumerate()
            .filter(|(place, one)| *place < 2 || !is_dearer(one, &contenders[0], confidence))
            .map(|(_, one)| one.clone())
            .collect();
        contenders = Vec::new();
        for one in in_doubt {
            let mut outcomes =
                laboratory.measure_times(std::slice::from_ref(&one.settings), &one.outcome.deployment, replications)?;
            contenders.push(Candidate { settings: one.settings, outcome: outcomes.remove(0) });
        }
        // More replications can show that an objective is missed.
        contenders.retain(|one| one.outcome.meets);
        sort(&mut contenders);
    }
}

/// Stable: of equal ones the earlier.
fn sort(contenders: &mut [Candidate]) {
    contenders.sort_by(|a, b| a.outcome.cost().total_cmp(&b.outcome.cost()));
}

/// Whether it costs more, by more than chance explains. What chance does not touch is told apart by any difference.
fn is_dearer(one: &Candidate, best: &Candidate, confidence: f64) -> bool {
    let difference = one.outcome.difference_within(&best.outcome, Metric::CostPerMonth, confidence);
    difference.is_some_and(|(mean, interval)| interval.map_or(mean > 0.0, |interval| interval.low() > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_share_the_chance_to_be_wrong() {
        assert_eq!([looks(3, 24), looks(3, 23), looks(3, 3), looks(5, 3)], [4, 3, 1, 1]);
        assert!((of_each(4, 7) - (1.0 - 0.05 / 28.0)).abs() < 1e-12);
        assert!((of_each(1, 0) - 0.95).abs() < 1e-12);
    }
}
