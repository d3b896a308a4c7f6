//! From the keys of a distribution to a distribution.

use super::document::{Node, Table, Value};
use super::problem::{Problem, Problems};
use super::shape::{self, PERCENTILES};
use crate::stats::{Distribution, DistributionError, Family, Stated};
use crate::units::{Ratio, Share, Span};

/// The distribution under `key`; `None` if it is absent, or wrong and reported.
pub fn distribution(table: &Table, key: &str, problems: &mut Problems) -> Option<Distribution> {
    build(table.get(key)?, problems)
}

/// A plain time is a constant; a table says which distribution, by what.
pub fn build(node: &Node, problems: &mut Problems) -> Option<Distribution> {
    let Value::Table(table) = &node.value else {
        return Some(Distribution::Constant(node.quantity::<Span>()?.ok()?));
    };
    if !shape::is_right(node, &shape::DISTRIBUTION) {
        return None;
    }
    let family: Family = table.text("dist")?.value.parse().ok()?;
    let built = match family {
        Family::Constant => Ok(Distribution::Constant(table.quantity("value")?.value)),
        Family::Mixture => return mixture(table, node, problems),
        _ => numeric(family, table),
    };
    match built {
        Ok(distribution) => bounded(distribution, node, problems),
        Err(error) => {
            let needed = matches!(error, DistributionError::Undetermined { .. });
            let problem = Problem::at(&node.place, error.to_string());
            problems.push(if needed {
                problem
            } else {
                problem.help(format!("a distribution `{}` is given by {}", family.name(), family.needed()))
            });
            None
        }
    }
}

/// Refuses what no simulation could wait for: a mean beyond ten years, or none at all.
fn bounded(distribution: Distribution, node: &Node, problems: &mut Problems) -> Option<Distribution> {
    const LIMIT: f64 = 10.0 * 365.0 * 86_400.0;
    match distribution.mean() {
        Some(mean) if mean <= LIMIT => Some(distribution),
        Some(mean) => {
            let message = format!("the mean of this distribution is {mean:.3e} s; at most 3650d");
            problems.push(Problem::at(&node.place, message));
            None
        }
        None => {
            let problem = Problem::at(&node.place, "this distribution has no mean");
            problems.push(problem.help("bound it with `max`, or take a `shape` above 1"));
            None
        }
    }
}

fn mixture(table: &Table, node: &Node, problems: &mut Problems) -> Option<Distribution> {
    let mut parts = Vec::new();
    for part in table.list("parts")? {
        let part = part.as_table()?;
        let share: Share = part.quantity("share")?.value;
        parts.push((share.value(), distribution(part, "of", problems)?));
    }
    match Distribution::mixture(parts) {
        Ok(distribution) => bounded(distribution, node, problems),
        Err(error) => {
            problems.push(Problem::at(&node.place, error.to_string()));
            None
        }
    }
}

fn seconds(table: &Table, key: &str) -> Option<f64> {
    table.quantity::<Span>(key).map(|span| span.value.seconds())
}

/// Families that numbers determine: by natural parameters where these are all given, else by what is stated of them.
fn numeric(family: Family, table: &Table) -> Result<Distribution, DistributionError> {
    let number = |key| table.number(key).map(|number| number.value);
    let time = |key| seconds(table, key);
    match (family, time("min"), time("max"), number("shape"), time("scale")) {
        (Family::Uniform, Some(min), Some(max), ..) => return Distribution::uniform(min, max),
        (Family::Pareto, Some(min), max, Some(shape), _) => return Distribution::pareto(shape, min, max),
        (Family::Gamma, _, _, Some(shape), Some(scale)) => return Distribution::gamma(shape, scale),
        (Family::Weibull, _, _, Some(shape), Some(scale)) => return Distribution::weibull(shape, scale),
        _ => {}
    }
    match family {
        Family::Quantiles => Distribution::quantiles(&points(table)),
        Family::Empirical => Distribution::empirical(values(table)),
        Family::Hyperexponential if table.has("branches") => Distribution::hyperexponential(&branches(table)),
        Family::Normal if table.has("sd") => {
            Distribution::normal(time("mean").unwrap_or_default(), time("sd").unwrap_or_default())
        }
        _ => Distribution::stated(family, stated(table)),
    }
}

fn stated(table: &Table) -> Stated {
    let number = |key| table.number(key).map(|number| number.value);
    let stages = table.count("stages").map(|stages| stages.value as f64);
    Stated {
        mean: seconds(table, "mean"),
        cv: table.quantity::<Ratio>("cv").map(|cv| cv.value.value()),
        median: seconds(table, "median"),
        p99: seconds(table, "p99"),
        shape: number("shape").or(number("sigma")).or(stages),
    }
}

/// Stated percentiles in the order of their probabilities.
fn points(table: &Table) -> Vec<(f64, f64)> {
    PERCENTILES.iter().filter_map(|(key, probability)| Some((*probability, seconds(table, key)?))).collect()
}

fn values(table: &Table) -> Vec<Span> {
    let values = table.list("values").unwrap_or_default();
    values.iter().filter_map(|value| value.quantity::<Span>()?.ok()).collect()
}

fn branches(table: &Table) -> Vec<(f64, f64)> {
    let branches = table.list("branches").unwrap_or_default();
    let branch = |node: &Node| {
        let branch = node.as_table()?;
        Some((branch.quantity::<Share>("share")?.value.value(), seconds(branch, "mean")?))
    };
    branches.iter().filter_map(branch).collect()
}
