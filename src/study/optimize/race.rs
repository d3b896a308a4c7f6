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
    /// The best is cheaper than the next by more than chance explains (95 %, paired), or there is no other.
    pub separated: bool,
}

/// Contenders that get more replications at most: further ones are hardly the best.
const MOST: usize = 8;

/// Doubles the replications of those whose cost cannot be told from the cheapest's, until it can be or there are `most`.
pub fn run(laboratory: &Laboratory<'_>, candidates: &[Candidate], first: u32, most: u32) -> Result<Raced, StudyError> {
    let mut contenders: Vec<Candidate> = candidates.iter().filter(|one| one.outcome.meets).cloned().collect();
    let mut replications = first.max(laboratory.plan.replications);
    sort(&mut contenders);
    contenders.truncate(MOST);
    loop {
        let separated = contenders.get(1).is_none_or(|next| is_dearer(next, &contenders[0]));
        let doubled = replications.saturating_mul(2);
        if separated || doubled > most {
            return Ok(Raced { contenders, replications, separated });
        }
        replications = doubled;
        let in_doubt: Vec<Candidate> = contenders
            .iter()
            .enumerate()
            .filter(|(place, one)| *place < 2 || !is_dearer(one, &contenders[0]))
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
fn is_dearer(one: &Candidate, best: &Candidate) -> bool {
    let difference = one.outcome.difference(&best.outcome, Metric::CostPerMonth);
    difference.is_some_and(|(mean, interval)| interval.map_or(mean > 0.0, |interval| interval.low() > 0.0))
}
