//! How bounds are written: `lambda:cost>+5%,p99>+50ms`.

use std::ops::Range;

use super::{Bound, Limit};
use crate::results::compared::FIGURES;
use crate::scenario::{Origin, Place, Problem, Problems, shortened};
use crate::units::{Currency, Money, Share, Span};

/// Reads bounds with commas between them, as the argument `--fail-on` has them; `DEPLOYMENT:` may stand before each.
/// All problems at once, each with its place.
pub fn parse(text: &str) -> Result<Vec<Bound>, Problems> {
    let mut problems = Problems::of(Origin { name: "--fail-on".to_owned(), text: text.to_owned() });
    let mut bounds = Vec::new();
    let mut start = 0;
    for piece in text.split(',') {
        let blanks = piece.len() - piece.trim_start().len();
        match bound(piece.trim(), start + blanks) {
            Ok(bound) => bounds.push(bound),
            Err(problem) => problems.push(problem),
        }
        start += piece.len() + 1;
    }
    if problems.is_empty() { Ok(bounds) } else { Err(problems) }
}

/// Where a piece stands in the whole argument.
fn place(piece: Range<usize>) -> Place {
    Place::new(0, piece)
}

/// `start`: where `text` begins in the argument.
fn bound(text: &str, start: usize) -> Result<Bound, Problem> {
    let whole = start..start + text.len();
    let usual = "for example `cost>+5%`, `p99>+50ms`, `errors>0.1%`, `lambda:cost>+$20`";
    if text.is_empty() {
        return Err(Problem::at(&place(whole), "there is no bound here").help(usual));
    }
    // The last one: names of deployments may contain any character.
    let Some(sign) = text.rfind(['>', '<']) else {
        let problem = Problem::at(&place(whole), format!("there is no `>` or `<` in the bound `{}`", shortened(text)));
        return Err(problem.label("expected FIGURE>LIMIT").help(usual));
    };
    let (left, right) = (text[..sign].trim_end(), text[sign + 1..].trim());
    let (deployment, name) = match left.rsplit_once(':') {
        Some((deployment, name)) => (Some(deployment.trim().to_owned()), name.trim()),
        None => (None, left),
    };
    let figure = start + left.len() - name.len()..start + left.len();
    let metric = metric(name).ok_or_else(|| {
        let problem = Problem::at(&place(figure), format!("there is no figure `{}`", shortened(name)));
        problem.nearest(name, "a figure", FIGURES.iter().map(|figure| figure.name))
    })?;
    let (limit, currency) = limit(metric, right).zip(currency(metric, right)).ok_or_else(|| {
        let from = start + text.len() - right.len();
        let problem = format!("`{}` is not a bound of {metric}", shortened(right));
        Problem::at(&place(from..start + text.len()), problem).help(format!("expected {}", expected(metric)))
    })?;
    Ok(Bound { text: text.to_owned(), deployment, metric, above: &text[sign..=sign] == ">", limit, currency })
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

fn expected(metric: &str) -> &'static str {
    match metric {
        "cost" | "cost.total" => "a change such as `+5%`, `-10%` or `+$20`, or a level such as `$100`",
        "mean" | "p50" | "p95" | "p99" => "a change such as `+10%` or `+50ms`, or a level such as `250ms`",
        _ => "a change such as `+10%`, as a share of the base, or a level such as `0.1%`",
    }
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

/// The currency that an amount names by its symbol or its code, if it does; `None` for one that is not known, or two that differ.
fn currency(metric: &str, text: &str) -> Option<Option<Currency>> {
    if !matches!(metric, "cost" | "cost.total") {
        return Some(None);
    }
    let text = text.trim_start_matches(['+', '-']).trim();
    let symbol = &text[..text.len() - text.trim_start_matches(['$', '€', '¥']).len()];
    let code = &text[text.trim_end_matches(|c: char| c.is_ascii_uppercase()).len()..];
    let known = |name: &str| {
        let mut all = [Currency::Usd, Currency::Eur, Currency::Cny].into_iter();
        all.find(|currency| name == currency.symbol() || name == currency.code())
    };
    let named = [symbol, code].into_iter().filter(|name| !name.is_empty()).map(known).collect::<Option<Vec<_>>>()?;
    named.iter().all(|currency| *currency == named[0]).then(|| named.first().copied())
}

/// `250%` is more than the whole.
fn percent(text: &str) -> Option<f64> {
    let value: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value / 100.0)
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// What is said of `text`, in full.
    #[track_caller]
    fn check(text: &str, place: &str, parts: &[&str]) {
        let said = parse(text).unwrap_err().render(false);
        assert!(said.contains(&format!("--fail-on:1:{place}\n")), "{said}");
        for part in parts {
            assert!(said.contains(part), "`{part}` is not in:\n{said}");
        }
    }

    #[test]
    fn what_is_no_bound_is_said_with_its_place() {
        check("cost", "1", &["there is no `>` or `<` in the bound `cost`"]);
        check("p99>+10%,p98>+5%", "10", &["there is no figure `p98`", "`p9"]);
        check("cots>+5%", "1", &["a figure with a similar name exists: `cost`", "^^^^"]);
        check("qqqqqq>+5%", "1", &["expected one of `cost`, `cost.total`"]);
        check("lambda: p99 > +$5", "15", &["`+$5` is not a bound of p99", "`+50ms`"]);
        check("cost>+5%,", "10", &["there is no bound here"]);
        check("cost>", "6", &["`` is not a bound of cost"]);
        check("cost>+20 XYZ", "6", &["`+20 XYZ` is not a bound of cost"]);
        check("cost>$20 EUR", "6", &["`$20 EUR` is not a bound of cost"]);
        check("errors>5ms", "8", &["`5ms` is not a bound of errors", "`0.1%`"]);
        check("cost>=5%", "6", &["`=5%` is not a bound of cost"]);
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert_eq!(parse("cots>+5%,p99>+5%,p98").unwrap_err().len(), 2);
    }
}
