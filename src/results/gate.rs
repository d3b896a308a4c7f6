//! Bounds that a change must keep: `cost>+5%,p99>+10%`.

use super::compared::{Compared, ComparedDeployment, Difference, FIGURES};
use crate::units::{Money, Share, Span, nearest};

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

/// A bound that is not kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Exceeded {
    pub bound: String,
    pub deployment: String,
    pub metric: &'static str,
    pub base: Option<f64>,
    pub head: Option<f64>,
}

/// Why a text is no bound; lower case, no full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bound `{bound}`: {reason}")]
pub struct GateError {
    pub bound: String,
    pub reason: String,
    pub help: String,
}

/// Reads bounds with commas between them; `DEPLOYMENT:` may stand before each.
pub fn parse(text: &str) -> Result<Vec<Bound>, GateError> {
    text.split(',').map(|bound| bound_of(bound.trim())).collect()
}

fn bound_of(text: &str) -> Result<Bound, GateError> {
    let fail = |reason: String, help: String| GateError { bound: text.to_owned(), reason, help };
    let usual = || "for example `cost>+5%`, `p99>+50ms`, `errors>0.1%`, `lambda:cost>+$20`".to_owned();
    let sign = text.find(['>', '<']).ok_or_else(|| fail("there is no `>` or `<` in it".to_owned(), usual()))?;
    let (left, right) = (text[..sign].trim(), text[sign + 1..].trim());
    let (deployment, name) = match left.rsplit_once(':') {
        Some((deployment, name)) => (Some(deployment.trim().to_owned()), name.trim()),
        None => (None, left),
    };
    let metric = metric(name).ok_or_else(|| {
        let known: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("a figure with a similar name exists: `{near}`"),
            None => format!("expected one of {}", known.join(", ")),
        };
        fail(format!("there is no figure `{name}`"), help)
    })?;
    let limit = limit(metric, right).ok_or_else(|| fail(format!("`{right}` is not a bound of {metric}"), usual()))?;
    Ok(Bound { text: text.to_owned(), deployment, metric, above: &text[sign..=sign] == ">", limit })
}

/// Figures go by several names.
fn metric(name: &str) -> Option<&'static str> {
    let name = match name {
        "cost_per_month" | "cost.per_month" => "cost",
        "cost_total" => "cost.total",
        "cold_starts" | "cold_start" => "cold",
        name => name.strip_prefix("latency.").unwrap_or(name),
    };
    FIGURES.iter().map(|figure| figure.name).find(|known| *known == name)
}

fn limit(metric: &str, text: &str) -> Option<Limit> {
    let (sign, amount) = match text.as_bytes().first()? {
        b'+' => (Some(1.0), text[1..].trim()),
        b'-' => (Some(-1.0), text[1..].trim()),
        _ => (None, text),
    };
    if let (Some(sign), true) = (sign, amount.ends_with('%')) {
        return Some(Limit::Relative(sign * percent(amount)?));
    }
    let value = match metric {
        "cost" | "cost.total" => amount.parse::<Money>().ok()?.to_f64(),
        "mean" | "p50" | "p95" | "p99" => amount.parse::<Span>().ok()?.seconds(),
        _ => amount.parse::<Share>().ok()?.value(),
    };
    Some(sign.map_or(Limit::Level(value), |sign| Limit::Change(sign * value)))
}

/// `250%` is more than the whole.
fn percent(text: &str) -> Option<f64> {
    let value: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value / 100.0)
}

/// The bounds that are not kept. `sure`: only those that lie beyond their bound with all of their 95 % interval. A figure that
/// is missing on one side alone keeps no bound.
pub fn exceeded(compared: &Compared, bounds: &[Bound], sure: bool) -> Vec<Exceeded> {
    let mut exceeded = Vec::new();
    for bound in bounds {
        let concerned = |one: &&ComparedDeployment| {
            bound.deployment.as_ref().is_none_or(|name| *name == one.base || *name == one.head)
        };
        for deployment in compared.deployments.iter().filter(concerned) {
            let Some(figure) = deployment.figures.iter().find(|figure| figure.metric == bound.metric) else { continue };
            if bound.is_exceeded(figure, sure) {
                exceeded.push(Exceeded {
                    bound: bound.text.clone(),
                    deployment: deployment.head.clone(),
                    metric: bound.metric,
                    base: figure.base,
                    head: figure.head,
                });
            }
        }
    }
    exceeded
}

/// The first deployment that a bound names and nobody has.
pub fn unknown<'b>(compared: &Compared, bounds: &'b [Bound]) -> Option<&'b str> {
    let known = |name: &str| compared.deployments.iter().any(|one| one.base == name || one.head == name);
    bounds.iter().filter_map(|bound| bound.deployment.as_deref()).find(|name| !known(name))
}

impl Bound {
    fn is_exceeded(&self, figure: &Difference, sure: bool) -> bool {
        let (Some(base), Some(head)) = (figure.base, figure.head) else {
            return figure.base.is_some() != figure.head.is_some();
        };
        // The end of the interval that is kindest to the change.
        let change = match (sure, figure.ci95) {
            (true, Some([low, high])) => {
                if self.above {
                    low
                } else {
                    high
                }
            }
            _ => head - base,
        };
        let (value, limit) = match self.limit {
            Limit::Relative(share) => (change, share * base.abs()),
            Limit::Change(amount) => (change, amount),
            Limit::Level(level) => (base + change, level),
        };
        // What is equal but for rounding keeps its bound.
        let slack = 1e-9 * limit.abs().max(base.abs());
        if self.above { value > limit + slack } else { value < limit - slack }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compared::IntervalKind;
    use super::*;

    #[track_caller]
    fn check(bound: &str, base: f64, head: f64, ci95: Option<[f64; 2]>, [fails, surely]: [bool; 2]) {
        let bound = &parse(bound).unwrap()[0];
        let figure = Difference {
            metric: bound.metric.to_owned(),
            base: Some(base),
            head: Some(head),
            difference: Some(head - base),
            relative: None,
            ci95,
            interval: IntervalKind::Paired,
        };
        assert_eq!([bound.is_exceeded(&figure, false), bound.is_exceeded(&figure, true)], [fails, surely]);
    }

    #[test]
    fn bounds_are_of_changes_or_of_levels() {
        check("cost>+5%", 100.0, 105.0, None, [false, false]);
        check("cost>+5%", 100.0, 105.1, None, [true, true]);
        check("cost>+5%", 100.0, 105.1, Some([4.0, 6.2]), [true, false]);
        check("cost<-5%", 100.0, 94.0, Some([-6.5, -5.5]), [true, true]);
        check("cost > +$20", 100.0, 121.0, None, [true, true]);
        check("latency.p99>+50ms", 0.2, 0.24, None, [false, false]);
        check("p99>250ms", 0.2, 0.26, None, [true, true]);
        check("errors>0.1%", 0.0, 0.002, None, [true, true]);
        check("utilization<30%", 0.5, 0.29, None, [true, true]);
        check("cost>+250%", 100.0, 340.0, None, [false, false]);
    }

    #[test]
    fn what_is_no_bound_is_said() {
        let reason = |text: &str| parse(text).unwrap_err();
        assert_eq!(reason("cost").reason, "there is no `>` or `<` in it");
        assert_eq!(reason("p98>+5%").reason, "there is no figure `p98`");
        assert!(reason("cots>+5%").help.contains("`cost`"));
        assert_eq!(reason("p99>+$5").reason, "`+$5` is not a bound of p99");
        assert_eq!(reason("cost>+5%,").reason, "there is no `>` or `<` in it");
        assert_eq!(reason("cost>").reason, "`` is not a bound of cost");
    }
}
