//! Results beside other results: deployment by deployment, point by point, figure by figure, with intervals.
//!
//! A run and a sweep become a [`Side`] each: a run is one point without settings. So there is one way to compare, and one form.

mod answer;
mod bill;
mod differs;
mod figure;
mod side;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use answer::{COMPARED_SCHEMA, Comparison, frame};
pub use bill::BillChange;
pub use differs::AssumptionChange;
pub use figure::{Difference, FIGURES, Figure, IntervalKind};
pub use side::{Kind, Side, SideInfo};

use super::Objective;
use side::Measured;

/// `head` against `base`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub base: SideInfo,
    pub head: SideInfo,
    /// What of the two is not the same, for a reader.
    pub differs: Vec<String>,
    /// Prices and other assumptions that are not the same.
    pub assumptions: Vec<AssumptionChange>,
    /// Every deployment at every point that both sides have.
    pub deployments: Vec<ComparedDeployment>,
    /// Those of one side only.
    pub removed: Vec<Lone>,
    pub added: Vec<Lone>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedDeployment {
    /// In the base, and in the head.
    pub base: String,
    pub head: String,
    /// The point of a sweep, `PATH=VALUE` each; empty for a run.
    pub settings: Vec<String>,
    pub currency: String,
    /// Within the objectives; `null` without any.
    pub met: [Option<bool>; 2],
    /// Objectives that are missed, in the base and in the head; of a sweep the one that is kept least.
    pub missed: [Vec<Objective>; 2],
    pub figures: Vec<Difference>,
    /// Lines of the bill of a month that changed, the largest change first; a sweep keeps no bills.
    pub bill: Vec<BillChange>,
}

/// A deployment at a point that the other side does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lone {
    pub deployment: String,
    pub settings: Vec<String>,
    pub currency: String,
    pub met: Option<bool>,
    pub figures: Vec<LoneFigure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoneFigure {
    pub metric: String,
    pub value: Option<f64>,
    pub ci95: Option<[f64; 2]>,
}

/// Why two sides cannot be compared; lower case, no full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    #[error("`{base}` is {base_kind} and `{head}` is {head_kind}")]
    Kinds { base: String, base_kind: &'static str, head: String, head_kind: &'static str },
    #[error("`{base}` varies {base_axes} and `{head}` varies {head_axes}")]
    Axes { base: String, base_axes: String, head: String, head_axes: String },
    #[error("`{deployment}` is billed in {base_currency} in `{base}` and in {head_currency} in `{head}`")]
    Currencies { deployment: String, base: String, base_currency: String, head: String, head_currency: String },
    #[error("`--match` gives `{head}` to both `{one}` and `{other}`")]
    Shared { head: String, one: String, other: String },
    #[error("`{base}` and `{head}` have no deployments `{one}` and `{other}` to match")]
    NoMatch { base: String, head: String, one: String, other: String },
    #[error("`{base}` and `{head}` have no {what} in common")]
    Nothing { base: String, head: String, what: &'static str, help: String },
}

impl Incomparable {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Kinds { .. } => "compare runs with runs, and sweeps with sweeps".to_owned(),
            Self::Axes { .. } => {
                "points are matched by their settings, so both sweeps must vary the same paths".to_owned()
            }
            Self::Currencies { .. } => {
                "there is no rate between currencies here; compare results of one currency".to_owned()
            }
            Self::Shared { .. } => {
                "a deployment of the head stands for one of the base; leave one `--match` out".to_owned()
            }
            Self::NoMatch { .. } => "write the names as the two results have them: `--match BASE=HEAD`".to_owned(),
            Self::Nothing { help, .. } => help.clone(),
        }
    }
}

/// Compares `head` with `base`. `renamed`: names in the base, and what the head calls them.
pub fn compare(base: &Side, head: &Side, renamed: &BTreeMap<String, String>) -> Result<Compared, Incomparable> {
    check_kinds(base, head)?;
    check_matches(base, head, renamed)?;
    let called = |name: &str| renamed.get(name).map_or(name, String::as_str).to_owned();
    let paired = side::are_paired(base, head);
    let find: BTreeMap<(&str, &str), &Measured> =
        head.measured.iter().map(|one| ((one.key.as_str(), one.name.as_str()), one)).collect();
    let (mut deployments, mut removed, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for one in &base.measured {
        match find.get(&(one.key.as_str(), called(&one.name).as_str())) {
            Some(other) => {
                if one.currency != other.currency {
                    return Err(currencies(base, head, one, other));
                }
                taken.push((other.key.as_str(), other.name.as_str()));
                deployments.push(pair(one, other, paired));
            }
            None => removed.push(lone(one)),
        }
    }
    let taken: std::collections::BTreeSet<(&str, &str)> = taken.into_iter().collect();
    let is_new = |one: &&Measured| !taken.contains(&(one.key.as_str(), one.name.as_str()));
    let added: Vec<Lone> = head.measured.iter().filter(is_new).map(lone).collect();
    if deployments.is_empty() {
        return Err(nothing(base, head));
    }
    Ok(Compared {
        base: base.info.clone(),
        head: head.info.clone(),
        differs: differs::differs(base, head),
        assumptions: differs::assumptions(base, head, &called),
        deployments,
        removed,
        added,
    })
}

fn check_kinds(base: &Side, head: &Side) -> Result<(), Incomparable> {
    let [base_label, head_label] = [base, head].map(|side| side.info.label.clone());
    if base.info.kind != head.info.kind {
        let [base_kind, head_kind] = [base, head].map(|side| side.info.kind.said());
        return Err(Incomparable::Kinds { base: base_label, base_kind, head: head_label, head_kind });
    }
    if base.paths != head.paths {
        let [base_axes, head_axes] = [base, head].map(|side| side.paths.join(", "));
        return Err(Incomparable::Axes { base: base_label, base_axes, head: head_label, head_axes });
    }
    Ok(())
}

/// Both names of a match are there, and no deployment of the head stands for two of the base.
fn check_matches(base: &Side, head: &Side, renamed: &BTreeMap<String, String>) -> Result<(), Incomparable> {
    for (one, other) in renamed {
        if !base.has(one) || !head.has(other) {
            let [base, head] = [base, head].map(|side| side.info.label.clone());
            return Err(Incomparable::NoMatch { base, head, one: one.clone(), other: other.clone() });
        }
        let same = |name: &&String| *name != one && renamed.get(*name).unwrap_or(name) == other;
        if let Some(second) = base.names().iter().find(same) {
            let (head, one, other) = (other.clone(), one.clone(), second.clone());
            return Err(Incomparable::Shared { head, one, other });
        }
    }
    Ok(())
}

fn currencies(base: &Side, head: &Side, one: &Measured, other: &Measured) -> Incomparable {
    Incomparable::Currencies {
        deployment: one.name.clone(),
        base: base.info.label.clone(),
        base_currency: one.currency.clone(),
        head: head.info.label.clone(),
        head_currency: other.currency.clone(),
    }
}

fn nothing(base: &Side, head: &Side) -> Incomparable {
    let shares = base.names().iter().any(|name| head.has(name));
    let [ours, theirs] = [base, head].map(|side| side.names().join(", "));
    let (what, help) = if shares {
        ("point", "points are matched by their settings: run both sweeps with the same values".to_owned())
    } else {
        ("deployment", format!("the one has {ours}, the other {theirs}; `--match BASE=HEAD` pairs them"))
    };
    Incomparable::Nothing { base: base.info.label.clone(), head: head.info.label.clone(), what, help }
}

fn pair(base: &Measured, head: &Measured, paired: bool) -> ComparedDeployment {
    let figure = |(place, figure): (usize, &Figure)| {
        let found = figure::difference(figure.name, &base.figures[place], &head.figures[place], paired);
        let within = |ci95| figure.metric.within_bounds(ci95);
        Difference { base_ci95: within(found.base_ci95), head_ci95: within(found.head_ci95), ..found }
    };
    ComparedDeployment {
        base: base.name.clone(),
        head: head.name.clone(),
        settings: base.settings.clone(),
        currency: base.currency.clone(),
        met: [base.met, head.met],
        missed: [base.missed.clone(), head.missed.clone()],
        figures: FIGURES.iter().enumerate().map(figure).collect(),
        bill: bill::changes(&base.bill, &head.bill),
    }
}

fn lone(one: &Measured) -> Lone {
    let figure = |(place, figure): (usize, &Figure)| LoneFigure {
        metric: figure.name.to_owned(),
        value: one.figures[place].value,
        ci95: figure.metric.within_bounds(one.figures[place].interval()),
    };
    Lone {
        deployment: one.name.clone(),
        settings: one.settings.clone(),
        currency: one.currency.clone(),
        met: one.met,
        figures: FIGURES.iter().enumerate().map(figure).collect(),
    }
}
