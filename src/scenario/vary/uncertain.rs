//! `[uncertainty]`: what is not known, as distributions over paths.

use super::super::document::{Table, Value};
use super::super::problem::{Problem, Problems};
use super::super::shape::Kind;
use super::number::Form;
use super::spec::{self, Range, Spacing};
use super::{Axis, Levels, Setting, is_price, kind_of, plain};
use crate::billing::PriceBook;

/// A path whose value is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertain {
    pub axis: Axis,
    range: Range,
    /// The likeliest number of the range: then its density is a triangle; else every value is as likely as another, by ratios
    /// where the ends are four times apart and no numbers of things, or where it says so.
    likely: Option<f64>,
}

impl Uncertain {
    /// The value below which `share` of the probability lies.
    pub fn at(&self, share: f64) -> Setting {
        self.axis.at(match self.likely {
            Some(likely) => self.range.level(triangular([self.range.low, likely, self.range.high], share)),
            None => self.range.draw(share),
        })
    }

    /// `x0.8..x1.3`, `x0.8..x1.3, likely x1`.
    pub fn describe(&self) -> String {
        let likely = self.likely.map(|likely| format!(", likely {}", self.range.level(likely).label));
        format!("{}{}", self.axis.ends(), likely.unwrap_or_default())
    }
}

/// The quantile of a triangular distribution.
fn triangular([low, likely, high]: [f64; 3], share: f64) -> f64 {
    let (width, left) = (high - low, likely - low);
    if share * width < left {
        low + (share * width * left).sqrt()
    } else {
        high - ((1.0 - share) * width * (high - likely)).sqrt()
    }
}

/// What stands under `[uncertainty]`: a text as after `--vary PATH=`, or a table of `low`, `likely` and `high`.
pub fn read(document: &Table, book: &PriceBook, problems: &mut Problems) -> Vec<Uncertain> {
    let entries = document.table("uncertainty").map_or(&[][..], |table| &table.entries);
    let mut all = Vec::new();
    for entry in entries {
        let kind = kind_of(document, book, &entry.key, entry.key_place.origin)
            .map_err(|problem| problem.move_to(&entry.key_place));
        let place = &entry.node.place;
        let read = kind.and_then(|kind| match &entry.node.value {
            Value::Text(text) => uncertain(&entry.key, kind, text, None, &|| place.clone()),
            Value::Table(table) => triangle(&entry.key, kind, table),
            _ => Err(Problem::at(place, "expected a range or a table of `low`, `likely` and `high`")
                .help("for example \"x0.8..x1.3\" or { low = \"x0.8\", likely = \"x1\", high = \"x1.5\" }")),
        });
        match read {
            Ok(one) => all.push(one),
            Err(problem) => problems.push(problem),
        }
    }
    all
}

fn triangle(path: &str, kind: Option<&'static Kind>, table: &Table) -> Result<Uncertain, Problem> {
    const KEYS: [&str; 3] = ["low", "likely", "high"];
    if let Some(entry) = table.entries.iter().find(|entry| !KEYS.contains(&entry.key.as_str())) {
        let problem = Problem::at(&entry.key_place, format!("unknown key `{}`", entry.key));
        return Err(problem.nearest(&entry.key, "a key", KEYS));
    }
    let value = |key: &str| {
        let missing = || Problem::at(&table.place, format!("`{key}` is missing")).help("`low`, `likely` and `high`");
        table.get(key).map(|node| (plain(&node.value), node.place.clone())).ok_or_else(missing)
    };
    let ((low, _), (likely, at), (high, _)) = (value("low")?, value("likely")?, value("high")?);
    uncertain(path, kind, &format!("{low}..{high}"), Some((&likely, &at)), &|| table.place.clone())
}

fn uncertain(
    path: &str,
    kind: Option<&'static Kind>,
    text: &str,
    likely: Option<(&str, &super::Place)>,
    place: &dyn Fn() -> super::Place,
) -> Result<Uncertain, Problem> {
    let (levels, unit) = spec::levels(kind, text, &|_| place())?;
    let Levels::Range(mut range) = levels else {
        return Err(Problem::at(&place(), "expected a range").help("for example \"x0.8..x1.3\" or \"200MB..1GB\""));
    };
    if range.points.is_some() {
        let problem =
            Problem::at(&place(), "the range says how many values it has, and here all between its ends count");
        return Err(problem.help("`lo..hi`, `lo..hi:lin` or `lo..hi:log`"));
    }
    if range.form.as_ref().is_some_and(Form::is_count) && !text.contains(':') {
        range.spacing = Spacing::Linear;
    }
    let likely = match likely {
        Some((text, at)) => {
            let number = spec::number(kind, &range, text)
                .ok_or_else(|| Problem::at(at, "`likely` is no value like the ends of its range"))?;
            if !(range.low..=range.high).contains(&number) {
                return Err(Problem::at(at, "`likely` lies outside `low` and `high`"));
            }
            Some(number)
        }
        None => None,
    };
    let axis = Axis {
        is_price: is_price(path, kind),
        place: Some(place()),
        path: path.to_owned(),
        levels: Levels::Range(range.clone()),
        unit,
    };
    Ok(Uncertain { axis, range, likely })
}

#[cfg(test)]
mod tests {
    use super::triangular;

    /// The distribution function at the quantile is the share again: (x - a)^2 / ((b - a)(c - a)) below the mode c.
    #[test]
    fn quantiles_of_a_triangle_are_where_its_distribution_says() {
        for likely in [1.0, 1.5, 4.0, 5.0] {
            let (low, high) = (1.0, 5.0);
            for share in [0.0, 0.05, 0.2, 0.5, 0.9, 1.0] {
                let x = triangular([low, likely, high], share);
                let below = (x - low).powi(2) / ((high - low) * (likely - low));
                let above = 1.0 - (high - x).powi(2) / ((high - low) * (high - likely));
                let distribution = if x < likely || likely == high { below } else { above };
                assert!((distribution - share).abs() < 1e-12, "{likely} {share}: {x} {distribution}");
            }
        }
    }
}
