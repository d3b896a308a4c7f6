//! Bounds that a change must keep: `cost>+5%,p99>+10%`.
//!
//! What cannot be judged does not pass: a deployment that is gone fails, and so does a figure of one side alone.

mod grammar;

use serde::{Deserialize, Serialize};

use super::compared::{Compared, ComparedDeployment, Difference, Lone, LoneFigure};

use crate::units::Currency;

pub use grammar::parse;

/// One bound. What lies beyond it fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// As it was written.
    pub text: String,
    /// `None`: every deployment.
    deployment: Option<String>,
    metric: &'static str,
    above: bool,
    limit: Limit,
    /// That the amount names; `None`: that of the bill.
    currency: Option<Currency>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// Change as a share of the base: `+5%`.
    Relative(f64),
    /// Change in the unit of the figure: `+50ms`, `-$3`.
    Change(f64),
    /// The head itself: `0.1%`, `500ms`.
    Level(f64),
}

/// What the bounds found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    pub bounds: Vec<String>,
    /// Whether only what lies beyond a bound with all of its interval fails.
    pub sure: bool,
    pub passed: bool,
    pub exceeded: Vec<Exceeded>,
    /// Bounds that say nothing of a deployment: it has no base, or no side has measured the figure.
    pub not_applied: Vec<NotApplied>,
}

/// A bound that is not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exceeded {
    pub bound: String,
    /// The side that does not keep it.
    pub side: String,
    pub deployment: String,
    /// The point of a sweep.
    pub settings: Vec<String>,
    pub metric: String,
    pub base: Option<f64>,
    pub head: Option<f64>,
    pub currency: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The figure lies beyond the bound.
    Beyond,
    /// The figure lies beyond the bound, and there is no interval that could excuse it as chance.
    NoInterval,
    /// One side has measured the figure, the other has not.
    OneSided,
    /// A latency where nothing completes: what cannot be judged does not pass.
    NotMeasured,
    /// The head does not have the deployment, or the point.
    Removed,
}

/// A bound, and a deployment of which it says nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotApplied {
    pub bound: String,
    pub side: String,
    pub deployment: String,
    #[serde(default)]
    pub why: Unapplied,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unapplied {
    /// A bound on a change, and the deployment is new.
    #[default]
    New,
    /// There was nothing to measure, as the utilization where no instance was there; of a sweep at a point at least.
    NotMeasured,
}

/// Applies the bounds to every deployment, point and side. `sure`: only what lies beyond a bound with all of its 95 % interval
/// fails; where there is no interval, nothing is excused.
pub fn gate(comparisons: &[Compared], bounds: &[Bound], sure: bool) -> Gate {
    let mut exceeded = Vec::new();
    let mut not_applied: Vec<NotApplied> = Vec::new();
    for compared in comparisons {
        exceeded.extend(removed(compared, bounds));
        for bound in bounds {
            exceeded.extend(changed(compared, bound, sure));
            exceeded.extend(new(compared, bound, sure));
            for spared in spared(compared, bound) {
                if !not_applied.contains(&spared) {
                    not_applied.push(spared);
                }
            }
        }
    }
    let bounds = bounds.iter().map(|bound| bound.text.clone()).collect();
    Gate { bounds, sure, passed: exceeded.is_empty(), exceeded, not_applied }
}

/// What `bound` concerns and says nothing of.
fn spared<'a>(compared: &'a Compared, bound: &'a Bound) -> impl Iterator<Item = NotApplied> + 'a {
    let spared = |(deployment, why): (&String, Unapplied)| NotApplied {
        bound: bound.text.clone(),
        side: compared.head.label.clone(),
        deployment: deployment.clone(),
        why,
    };
    let both = compared.deployments.iter().filter(|one| bound.concerns(&[&one.base, &one.head]));
    let unmeasured = both.filter(|one| {
        let figure = one.figures.iter().find(|figure| figure.metric == bound.metric);
        figure.is_none_or(|figure| figure.base.is_none() && figure.head.is_none() && bound.not_measured().is_none())
    });
    let added = compared.added.iter().filter(|one| bound.concerns(&[&one.deployment]));
    let new = added.filter_map(|one| {
        let value = one.figures.iter().find(|figure| figure.metric == bound.metric).and_then(|figure| figure.value);
        match bound.is_level() {
            false => Some((&one.deployment, Unapplied::New)),
            true => {
                (value.is_none() && bound.not_measured().is_none()).then_some((&one.deployment, Unapplied::NotMeasured))
            }
        }
    });
    unmeasured.map(|one| (&one.head, Unapplied::NotMeasured)).chain(new).map(spared)
}

/// What the base has and the head lacks, once each, under the first bound that concerns it.
fn removed(compared: &Compared, bounds: &[Bound]) -> Vec<Exceeded> {
    let gone = |one: &Lone| {
        let bound = bounds.iter().find(|bound| bound.concerns(&[&one.deployment]))?;
        let base = one.figures.iter().find(|figure| figure.metric == bound.metric).and_then(|figure| figure.value);
        Some(exceeded(compared, bound, (&one.deployment, &one.settings, &one.currency), [base, None], Why::Removed))
    };
    compared.removed.iter().filter_map(gone).collect()
}

fn changed(compared: &Compared, bound: &Bound, sure: bool) -> Vec<Exceeded> {
    let beyond = |one: &ComparedDeployment| {
        let figure = one.figures.iter().find(|figure| figure.metric == bound.metric)?;
        let why = bound.broken(figure, sure)?;
        let of = (&one.head, one.settings.as_slice(), &one.currency);
        Some(exceeded(compared, bound, of, [figure.base, figure.head], why))
    };
    let concerned = compared.deployments.iter().filter(|one| bound.concerns(&[&one.base, &one.head]));
    concerned.filter_map(beyond).collect()
}

/// Levels hold for what is new as well.
fn new(compared: &Compared, bound: &Bound, sure: bool) -> Vec<Exceeded> {
    let beyond = |one: &Lone| {
        let figure = one.figures.iter().find(|figure| figure.metric == bound.metric)?;
        let why = bound.broken_by_new(figure, sure)?;
        let of = (&one.deployment, one.settings.as_slice(), &one.currency);
        Some(exceeded(compared, bound, of, [None, figure.value], why))
    };
    compared.added.iter().filter(|one| bound.concerns(&[&one.deployment])).filter_map(beyond).collect()
}

fn exceeded(
    compared: &Compared,
    bound: &Bound,
    (deployment, settings, currency): (&String, &[String], &String),
    [base, head]: [Option<f64>; 2],
    why: Why,
) -> Exceeded {
    Exceeded {
        bound: bound.text.clone(),
        side: compared.head.label.clone(),
        deployment: deployment.clone(),
        settings: settings.to_vec(),
        metric: bound.metric.to_owned(),
        base,
        head,
        currency: currency.clone(),
        why,
    }
}

/// The first deployment that a bound names and no side has.
pub fn unknown<'b>(comparisons: &[Compared], bounds: &'b [Bound]) -> Option<&'b str> {
    let known = |name: &str| names(comparisons).contains(&name);
    bounds.iter().filter_map(|bound| bound.deployment.as_deref()).find(|name| !known(name))
}

/// The first bound in another currency than a bill that it is of: the text, the currency it names, the deployment and its currency.
pub fn foreign<'a>(comparisons: &'a [Compared], bounds: &'a [Bound]) -> Option<[&'a str; 4]> {
    for bound in bounds {
        let Some(currency) = bound.currency.map(Currency::code) else { continue };
        for compared in comparisons {
            let both = compared.deployments.iter().map(|one| ([&one.base, &one.head], &one.currency));
            let added = compared.added.iter().map(|one| ([&one.deployment; 2], &one.currency));
            let mut bills = both.chain(added).filter(|(names, _)| bound.concerns(names));
            if let Some(([_, name], billed)) = bills.find(|(_, billed)| *billed != currency) {
                return Some([&bound.text, currency, name, billed]);
            }
        }
    }
    None
}

/// Every deployment of every side, once.
pub fn names(comparisons: &[Compared]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for compared in comparisons {
        let both = compared.deployments.iter().flat_map(|one| [one.base.as_str(), one.head.as_str()]);
        let alone = compared.removed.iter().chain(&compared.added).map(|one| one.deployment.as_str());
        for name in both.chain(alone) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

impl Bound {
    fn concerns(&self, names: &[&String]) -> bool {
        self.deployment.as_ref().is_none_or(|name| names.contains(&name))
    }

    fn is_level(&self) -> bool {
        matches!(self.limit, Limit::Level(_))
    }

    /// Why a figure of both sides does not keep it, if so.
    fn broken(&self, figure: &Difference, sure: bool) -> Option<Why> {
        let (Some(base), Some(head)) = (figure.base, figure.head) else {
            let one_sided = figure.base.is_some() != figure.head.is_some();
            return if one_sided { Some(Why::OneSided) } else { self.not_measured() };
        };
        let (value, ci95, limit) = match self.limit {
            Limit::Relative(share) => match figure.relative {
                Some(relative) => (relative, figure.relative_ci95, share),
                None => (head - base, figure.ci95, 0.0),
            },
            Limit::Change(amount) => (head - base, figure.ci95, amount),
            Limit::Level(level) => (head, figure.head_ci95, level),
        };
        self.judged([value, limit, if matches!(self.limit, Limit::Relative(_)) { 1.0 } else { base.abs() }], ci95, sure)
    }

    fn broken_by_new(&self, figure: &LoneFigure, sure: bool) -> Option<Why> {
        let Limit::Level(level) = self.limit else { return None };
        let Some(value) = figure.value else { return self.not_measured() };
        self.judged([value, level, value.abs()], figure.ci95, sure)
    }

    /// Latencies are missing only where nothing completes; other figures where there was nothing to measure.
    fn not_measured(&self) -> Option<Why> {
        matches!(self.metric, "mean" | "p50" | "p95" | "p99").then_some(Why::NotMeasured)
    }

    fn judged(&self, [value, limit, scale]: [f64; 3], ci95: Option<[f64; 2]>, sure: bool) -> Option<Why> {
        // What is equal but for rounding keeps its bound.
        let slack = 1e-9 * limit.abs().max(scale);
        let is_beyond = |value: f64| if self.above { value > limit + slack } else { value < limit - slack };
        if !is_beyond(value) {
            return None;
        }
        match ci95 {
            Some([low, high]) if sure => is_beyond(if self.above { low } else { high }).then_some(Why::Beyond),
            None if sure => Some(Why::NoInterval),
            _ => Some(Why::Beyond),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compared::IntervalKind;
    use super::*;

    #[track_caller]
    fn check(bound: &str, base: f64, head: f64, ci95: Option<[f64; 2]>, [fails, surely]: [Option<Why>; 2]) {
        let bound = &parse(bound).unwrap_or_else(|problems| panic!("{}", problems.render(false)))[0];
        let figure = Difference {
            metric: bound.metric.to_owned(),
            base: Some(base),
            head: Some(head),
            base_ci95: None,
            head_ci95: ci95.map(|[low, high]| [base + low, base + high]),
            difference: Some(head - base),
            relative: (base != 0.0).then(|| (head - base) / base),
            ci95,
            relative_ci95: ci95.filter(|_| base != 0.0).map(|ends| ends.map(|end| end / base)),
            interval: IntervalKind::Paired,
        };
        assert_eq!([bound.broken(&figure, false), bound.broken(&figure, true)], [fails, surely]);
    }

    #[test]
    fn a_latency_that_was_not_measured_is_not_kept() {
        let of = |text: &str| parse(text).unwrap_or_else(|problems| panic!("{}", problems.render(false))).remove(0);
        let lone = |metric: &str| LoneFigure { metric: metric.to_owned(), value: None, ci95: None };
        assert_eq!(of("p99>250ms").broken_by_new(&lone("p99"), false), Some(Why::NotMeasured));
        assert_eq!(of("p99>+5%").broken_by_new(&lone("p99"), false), None, "a change of what is new");
        assert_eq!(of("utilization>80%").broken_by_new(&lone("utilization"), false), None);
    }

    #[test]
    fn bounds_are_of_changes_or_of_levels() {
        let (beyond, blind) = ([Some(Why::Beyond); 2], [Some(Why::Beyond), Some(Why::NoInterval)]);
        check("cost>+5%", 100.0, 105.0, None, [None, None]);
        check("cost>+5%", 100.0, 105.1, None, blind);
        check("cost>+5%", 100.0, 105.1, Some([4.0, 6.2]), [Some(Why::Beyond), None]);
        check("cost<-5%", 100.0, 94.0, Some([-6.5, -5.5]), beyond);
        check("cost > +$20", 100.0, 121.0, None, blind);
        check("latency.p99>+50ms", 0.2, 0.24, None, [None, None]);
        check("p99>250ms", 0.2, 0.26, None, blind);
        check("p99>250ms", 0.2, 0.26, Some([0.055, 0.065]), beyond);
        check("p99>250ms", 0.2, 0.26, Some([0.045, 0.075]), [Some(Why::Beyond), None]);
        check("errors>0.1%", 0.0, 0.002, None, blind);
        check("utilization<30%", 0.5, 0.29, None, blind);
        check("cost>+250%", 100.0, 340.0, None, [None, None]);
    }
}
