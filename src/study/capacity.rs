//! How many members a fleet needs: the fewest with which it meets the objectives.

use super::watch::IDLE;
use super::{Laboratory, StudyError};
use crate::results::{Metric, Outcome};
use crate::scenario::vary::{Axis, Setting};
use crate::scenario::{Model, Plan};

/// A deployment, and the path of the number of its members where that is a fixed number that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub deployment: String,
    pub count: Option<String>,
}

/// What a side costs and does at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    pub outcome: Outcome,
    /// Members, where their number was chosen.
    pub members: Option<u32>,
}

/// Members that are tried at most: more than anybody has behind one balancer.
const MOST: u32 = 16_384;

impl Side {
    /// A deployment of `plan` that is taken as it stands.
    pub fn as_it_is(deployment: &str) -> Self {
        Self { deployment: deployment.to_owned(), count: None }
    }

    /// A deployment of the laboratory's scenario: a fleet of a fixed number of members may have as many as it needs.
    pub fn sized(laboratory: &Laboratory<'_>, deployment: &str) -> Self {
        let count = path_of_count(&laboratory.plan, deployment);
        // What has a plan of purchases, say, takes no number of members.
        let takes = |path: &String| laboratory.plan_of(&[Setting::value(path, "2")]).is_ok();
        Self { deployment: deployment.to_owned(), count: count.filter(takes) }
    }

    /// Whether an axis varies the number of members that is found for every value.
    pub fn finds(&self, axis: &Axis) -> bool {
        self.count.as_ref().is_some_and(|path| axis.sets(path))
    }

    /// The side with `settings`; a fleet with the fewest members that meet the objectives, or with so many that more would
    /// change nothing. `near`: a guess, such as the members at a neighbouring point; else those of the scenario.
    pub fn fit(
        &self,
        laboratory: &Laboratory<'_>,
        settings: &[Setting],
        near: Option<u32>,
    ) -> Result<Fitted, StudyError> {
        let Some(path) = &self.count else {
            let outcome = laboratory.measure_named(&[settings.to_vec()], &self.deployment)?.remove(0);
            return Ok(Fitted { outcome, members: None });
        };
        let mut tried: Vec<(u32, Option<Outcome>)> = Vec::new();
        let mut hopeless = None;
        let with = |members: u32| [settings, &[Setting::value(path, members.to_string())]].concat();
        let near = near.unwrap_or_else(|| stated(&laboratory.plan, &self.deployment));
        let found = least(near, MOST, |members| {
            if hopeless.is_some_and(|enough| members >= enough) {
                return Ok(false);
            }
            let outcome = laboratory.measure_or_miss(&with(members), &self.deployment)?;
            let meets = outcome.as_ref().is_some_and(|outcome| outcome.meets);
            let used = |outcome: &Outcome| outcome.mean(Metric::Utilization);
            if !meets && outcome.as_ref().is_some_and(|outcome| used(outcome).is_none_or(|used| used < IDLE)) {
                hopeless = Some(members);
            }
            tried.push((members, outcome));
            Ok::<bool, StudyError>(meets)
        })?;
        let members = found.or(hopeless).or(tried.iter().map(|(members, _)| *members).max());
        let place = tried.iter().position(|(tried, _)| Some(*tried) == members).unwrap_or(0);
        let (answer, outcome) = tried.swap_remove(place);
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => laboratory.measure_named(&[with(answer)], &self.deployment)?.remove(0),
        };
        Ok(Fitted { members, outcome })
    }
}

/// Where a fixed fleet says how many members it has.
fn path_of_count(plan: &Plan, name: &str) -> Option<String> {
    let deployment = plan.deployments.iter().find(|deployment| deployment.name == name)?;
    let Model::Fleet(spec) = &deployment.model else { return None };
    let fixed = spec.scaler.is_none() && spec.size.least == spec.size.most;
    let key = if spec.hosts.is_some() { "replicas" } else { "count" };
    fixed.then(|| format!("deployments.\"{name}\".{key}"))
}

/// Members of a fixed fleet as the scenario has it; 1 for anything else.
fn stated(plan: &Plan, name: &str) -> u32 {
    match plan.deployments.iter().find(|deployment| deployment.name == name).map(|deployment| &deployment.model) {
        Some(Model::Fleet(spec)) => spec.size.least,
        _ => 1,
    }
}

/// The least number from 1 to `most` for which `holds`, if it holds for all above one for which it does; `None` if it does
/// not even hold for `most`. Asks for `near` first, and then for few others: two more where it is off by one, and about twice
/// the logarithm of the distance where it is off by more.
pub fn least<E>(near: u32, most: u32, mut holds: impl FnMut(u32) -> Result<bool, E>) -> Result<Option<u32>, E> {
    let near = near.clamp(1, most);
    // `holds` is false at `low` and true at `high`; nothing holds at zero.
    let (mut low, mut high) = (0, near);
    // One, one, two, four: a good guess is off by one at most.
    let mut steps = [1].into_iter().chain((0..u32::BITS).map(|power| 1 << power));
    let mut step = || steps.next().unwrap_or(u32::MAX);
    if holds(near)? {
        while high > 1 {
            let lower = high.saturating_sub(step()).max(1);
            if !holds(lower)? {
                low = lower;
                break;
            }
            high = lower;
        }
    } else {
        low = near;
        loop {
            if low == most {
                return Ok(None);
            }
            high = low.saturating_add(step()).min(most);
            if holds(high)? {
                break;
            }
            low = high;
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle)? { high = middle } else { low = middle }
    }
    Ok(Some(high))
}

#[cfg(test)]
mod tests {
    use super::least;

    #[track_caller]
    fn check(near: u32, most: u32, threshold: u32, found: Option<u32>, questions: u32) {
        let mut asked = 0;
        let answer = least(near, most, |number| {
            asked += 1;
            assert!((1..=most).contains(&number));
            Ok::<bool, ()>(number >= threshold)
        });
        assert_eq!(answer, Ok(found));
        assert!(asked <= questions, "{asked} questions for {threshold} from {near}");
    }

    #[test]
    fn the_least_is_found_from_anywhere() {
        for threshold in 1_u32..=40 {
            for near in 1..=40 {
                let questions = if threshold.abs_diff(near) <= 1 { 3 } else { 14 };
                check(near, 64, threshold, Some(threshold), questions);
            }
        }
    }

    #[test]
    fn a_good_guess_needs_two_questions_and_an_impossible_one_few() {
        check(8, 16_384, 7, Some(7), 3);
        check(7, 16_384, 7, Some(7), 2);
        check(7, 16_384, 8, Some(8), 2);
        check(1, 16_384, 1, Some(1), 1);
        check(3, 16_384, 100_000, None, 16);
    }
}
