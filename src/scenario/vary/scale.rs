//! Multiplies what a scenario says: a number with its unit, a distribution, the arrivals of a source.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::document::{Entry, Node, Table, Value};
use super::super::path;
use super::super::problem::{Place, Problem};
use super::super::shape::{Kind, Shape};
use super::number::{Form, plain, rounded};

/// What of a table is multiplied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Times: of a distribution.
    Times,
    /// Rates, and how many come at a time: of arrivals.
    Arrivals,
}

/// `factor` times what stands at `path`, whose text is `origin`. What is wrong with it is shown at `place`.
pub fn at(document: &mut Table, path: &str, factor: Decimal, origin: usize, place: &Place) -> Result<(), Problem> {
    path::walk(document, path, origin, &mut |node, kind| node_at(node, kind, factor, place))
}

/// `factor` times as many invocations of every source that has arrivals.
pub fn demand(document: &mut Table, factor: Decimal, origin: usize, place: &Place) -> Result<(), Problem> {
    path::walk(document, "workload.*.arrivals", origin, &mut |node, kind| node_at(node, kind, factor, place))
        .map_err(|_| Problem::at(place, "no source has arrivals to scale").help("a trace is replayed as it is"))
}

fn node_at(node: &mut Node, kind: &'static Kind, factor: Decimal, place: &Place) -> Result<(), Problem> {
    let nothing =
        || Problem::at(place, "the scenario says nothing here that could be scaled").help("write the value itself");
    if !scale(node, kind, None, factor) {
        return Err(nothing());
    }
    node.place_at(place);
    Ok(())
}

/// Whether there was something to scale. Inside a table only what `measure` says.
fn scale(node: &mut Node, kind: &'static Kind, measure: Option<Measure>, factor: Decimal) -> bool {
    match (&mut node.value, kind) {
        (Value::Table(table), Kind::PlainOr(_, kind) | Kind::WordOr(_, kind)) => in_table(table, kind, measure, factor),
        (Value::Table(table), kind) => in_table(table, kind, measure, factor),
        (Value::List(items), kind) => kind.item().is_some_and(|item| {
            items.iter_mut().map(|one| scale(one, item, measure, factor)).filter(|scaled| *scaled).count() > 0
        }),
        (value, kind) if measure.is_none_or(|measure| measure.takes(kind)) => {
            number(value, kind, factor, measure == Some(Measure::Arrivals))
        }
        _ => false,
    }
}

fn in_table(table: &mut Table, kind: &'static Kind, measure: Option<Measure>, factor: Decimal) -> bool {
    let shape: &'static Shape = match kind {
        Kind::Table(shape) => shape,
        Kind::Variants(variants) => {
            let measure = if variants.tag == "process" { Measure::Arrivals } else { Measure::Times };
            let case = table.text(variants.tag).and_then(|name| variants.case(name.value));
            return case.is_some_and(|case| of_shape(table, case.shape, measure, factor));
        }
        _ => return false,
    };
    of_shape(table, shape, measure.unwrap_or(Measure::Times), factor)
}

fn of_shape(table: &mut Table, shape: &'static Shape, measure: Measure, factor: Decimal) -> bool {
    if measure == Measure::Arrivals {
        add_count(table, shape);
    }
    let mut any = false;
    for Entry { key, node, .. } in &mut table.entries {
        if let Some(key) = shape.key(key) {
            any |= scale(node, key.kind, Some(measure), factor);
        }
    }
    any
}

/// What is left out is one at a time.
fn add_count(table: &mut Table, shape: &Shape) {
    if shape.key("count").is_some() && !table.has("count") {
        let place = table.place.clone();
        let node = Node { place: place.clone(), value: Value::Integer(1) };
        table.entries.push(Entry { key: "count".to_owned(), key_place: place, node });
    }
}

impl Measure {
    fn takes(self, kind: &Kind) -> bool {
        match self {
            Self::Times => matches!(plain(kind), Kind::Time),
            Self::Arrivals => matches!(plain(kind), Kind::Rate | Kind::Count { .. }),
        }
    }
}

/// `at_least`: what comes at all comes one at a time, however little demand there is.
fn number(value: &mut Value, kind: &Kind, factor: Decimal, at_least: bool) -> bool {
    let times = factor.to_f64().unwrap_or(f64::NAN);
    match value {
        // What is as before has all its digits.
        Value::Text(text) if times == 1.0 => return Form::read(kind, text).is_some(),
        Value::Integer(integer) => {
            let product = *integer as f64 * times;
            *value = match plain(kind) {
                Kind::Count { .. } if at_least && *integer > 0 && times > 0.0 => {
                    Value::Integer((product.round() as i128).max(1))
                }
                Kind::Count { .. } => Value::Integer(product.round() as i128),
                _ => Value::Float(product),
            };
        }
        Value::Float(float) => *float *= times,
        Value::Text(text) => {
            let Some((form, number)) = Form::read(kind, text) else { return false };
            *text = form.write(rounded(number * times)).0;
        }
        _ => return false,
    }
    true
}
