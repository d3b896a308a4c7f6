//! Which of those that were measured is the cheapest, surely: replications are added to those that could be.

use super::Candidate;
use crate::results::{Metric, Outcome};
use crate::stats::Interval;

/// How the race went.
pub struct Raced {
    /// All that ran, in their order, as they were measured last.
    pub candidates: Vec<Candidate>,
    /// Places of those that meet the objectives, by cost, at most [`MOST`].
    pub leaders: Vec<usize>,
    /// Of the leaders that could be the cheapest.
    pub replications: u32,
    /// The best is cheaper than every other leader by more than chance explains, or there is no other.
    pub separated: bool,
}

/// Leaders that are compared at most: further ones are hardly the best.
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
/// `first`: of all candidates. `measure` gives an outcome with more replications.
///
/// More replications can show that an objective is missed: then the next by cost takes the place, whoever was set aside.
pub fn run<E>(
    mut candidates: Vec<Candidate>,
    first: u32,
    most: u32,
    mut measure: impl FnMut(&Candidate, u32) -> Result<Outcome, E>,
) -> Result<Raced, E> {
    let mut replications = first;
    let confidence = of_each(looks(first, most), MOST - 1);
    loop {
        let leaders = leaders(&candidates);
        let dearer = |place: &usize| is_dearer(&candidates[*place], &candidates[leaders[0]], confidence);
        let in_doubt = leaders.iter().enumerate().filter(|(rank, place)| *rank < 2 || !dearer(place));
        let behind: Vec<usize> = in_doubt
            .map(|(_, place)| *place)
            .filter(|place| candidates[*place].outcome.samples.len() < replications as usize)
            .collect();
        if !behind.is_empty() {
            for place in behind {
                candidates[place].outcome = measure(&candidates[place], replications)?;
            }
            continue;
        }
        let separated = leaders.iter().skip(1).all(dearer);
        let doubled = replications.saturating_mul(2);
        if separated || doubled > most {
            return Ok(Raced { candidates, leaders, replications, separated });
        }
        replications = doubled;
    }
}

/// Stable: of equal ones the earlier.
fn leaders(candidates: &[Candidate]) -> Vec<usize> {
    let mut leaders: Vec<usize> = (0..candidates.len()).filter(|place| candidates[*place].outcome.meets).collect();
    leaders.sort_by(|a, b| candidates[*a].outcome.cost().total_cmp(&candidates[*b].outcome.cost()));
    leaders.truncate(MOST);
    leaders
}

/// Whether it costs more, by more than chance explains, over the replications that both have. What chance does not touch is
/// told apart by any difference.
fn is_dearer(one: &Candidate, best: &Candidate, confidence: f64) -> bool {
    let costs = |of: &Candidate| of.outcome.values(Metric::CostPerMonth).unwrap_or_default();
    let differences: Vec<f64> = costs(one).iter().zip(costs(best)).map(|(one, best)| one - best).collect();
    match Interval::with_confidence(&differences, confidence) {
        Some(interval) => interval.low() > 0.0,
        None => differences.first().is_some_and(|difference| *difference > 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Currency;

    #[test]
    fn comparisons_share_the_chance_to_be_wrong() {
        assert_eq!([looks(3, 24), looks(3, 23), looks(3, 3), looks(5, 3)], [4, 3, 1, 1]);
        assert!((of_each(4, 7) - (1.0 - 0.05 / 28.0)).abs() < 1e-12);
        assert!((of_each(1, 0) - 0.95).abs() < 1e-12);
    }

    /// Costs by replication; it meets the objectives with fewer replications than `until`.
    fn candidate(name: &str, costs: &[f64], until: usize) -> Candidate {
        let sample = |cost: &f64| Metric::ALL.map(|metric| (metric == Metric::CostPerMonth).then_some(*cost));
        let outcome = Outcome {
            deployment: name.to_owned(),
            platform: String::new(),
            summary: String::new(),
            currency: Currency::Usd,
            replays: false,
            samples: costs.iter().map(sample).collect(),
            objectives: Vec::new(),
            meets: costs.len() < until,
        };
        Candidate { settings: Vec::new(), outcome }
    }

    /// The race of candidates `(name, costs of up to 24 replications, until)`: names of the leaders, and the race.
    fn race(all: &[(&str, Vec<f64>, usize)]) -> (Vec<String>, Raced) {
        let first = all.iter().map(|(name, costs, until)| candidate(name, &costs[..3], *until)).collect();
        let measure = |one: &Candidate, replications: u32| -> Result<Outcome, ()> {
            let (name, costs, until) = all.iter().find(|(name, ..)| *name == one.outcome.deployment).ok_or(())?;
            Ok(candidate(name, &costs[..replications as usize], *until).outcome)
        };
        let raced = run(first, 3, 24, measure).unwrap();
        (raced.leaders.iter().map(|place| raced.candidates[*place].outcome.deployment.clone()).collect(), raced)
    }

    fn wavy(mean: f64, wave: f64) -> Vec<f64> {
        (0..24).map(|index| mean + wave * f64::from(index * 7 % 5 - 2)).collect()
    }

    #[test]
    fn what_was_set_aside_comes_back_when_the_leaders_miss() {
        let twin = |name| (name, wavy(10.0, 1.0), 6);
        let (leaders, raced) = race(&[twin("a"), twin("b"), ("dear", wavy(100.0, 1.0), usize::MAX)]);
        assert_eq!(leaders, ["dear"]);
        assert!(raced.separated);
        assert_eq!(raced.candidates.iter().filter(|one| one.outcome.meets).count(), 1);
    }

    #[test]
    fn the_ninth_takes_the_place_of_one_that_misses() {
        let mut all: Vec<(&str, Vec<f64>, usize)> =
            ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| (name, wavy(10.0, 1.0), 6)).into();
        all.push(("ninth", wavy(11.0, 1.0), usize::MAX));
        assert_eq!(race(&all).0, ["ninth"]);
    }

    #[test]
    fn equal_costs_are_never_separated_and_clear_ones_at_once() {
        let all = usize::MAX;
        let (_, tied) = race(&[("a", wavy(10.0, 1.0), all), ("b", wavy(10.0, 1.0), all)]);
        assert_eq!((tied.separated, tied.replications), (false, 24));
        let (leaders, clear) = race(&[("dear", vec![12.0; 24], all), ("cheap", vec![10.0; 24], all)]);
        assert_eq!((clear.separated, clear.replications), (true, 3));
        assert_eq!(leaders, ["cheap", "dear"]);
    }
}
