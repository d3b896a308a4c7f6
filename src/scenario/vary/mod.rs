//! What a study varies: paths of the scenario, each with its values.
//!
//! `--vary PATH=SPEC` is read to an [`Axis`]. `PATH` is that of `--set`; besides, `demand` stands for the arrivals of all
//! sources, and `prices.LIST` for all prices of a list. `SPEC` is a list or a range, of values or of factors.

mod number;
mod scale;
mod spec;
mod uncertain;

use std::fmt;

use rust_decimal::Decimal;

use super::document::{Table, Value, parse_value};
use super::path::{self, DEMAND, PRICES};
use super::problem::{Origin, Place, Problem, Problems, shortened};
use super::set;
use super::shape::Kind;
use crate::billing::PriceBook;

pub use number::Form;
pub use spec::{Levels, Range, Spacing};
pub use uncertain::{Uncertain, read as uncertain};

/// A path, and the values that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub path: String,
    pub levels: Levels,
    /// What its numbers count: `MB`, `/s`, `×`; empty for names and bare numbers.
    pub unit: String,
    /// Whether it is what something costs that a deployment is given, other than by its price list.
    is_price: bool,
    /// Where the scenario says it; `None` for an argument.
    place: Option<Place>,
}

/// One value of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    pub change: Change,
    /// As a user would write it: `512MB`, `x1.5`.
    pub label: String,
    /// In the unit of its axis; `None` for a name.
    pub number: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A TOML value, or a text.
    Set(String),
    /// So many times what the scenario says.
    Scale(Decimal),
}

/// A path and the value that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub path: String,
    pub level: Level,
    /// Where the scenario says it: what is wrong with it is shown there.
    place: Option<Place>,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.level.label)
    }
}

impl Setting {
    pub fn new(path: &str, level: Level) -> Self {
        Self { path: path.to_owned(), level, place: None }
    }

    /// A value as one would write it in the scenario.
    pub fn value(path: &str, text: impl Into<String>) -> Self {
        let label = text.into();
        let number = label.parse().ok();
        Self::new(path, Level { change: Change::Set(label.clone()), label, number })
    }

    /// `factor` times what the scenario says.
    pub fn factor(path: &str, factor: Decimal) -> Self {
        Self::new(path, Level::factor(factor))
    }
}

impl Level {
    pub fn factor(factor: Decimal) -> Self {
        let factor = factor.normalize();
        let number = rust_decimal::prelude::ToPrimitive::to_f64(&factor);
        Self { change: Change::Scale(factor), label: format!("x{factor}"), number }
    }
}

impl Axis {
    /// A setting of this axis.
    pub fn at(&self, level: Level) -> Setting {
        Setting { place: self.place.clone(), ..Setting::new(&self.path, level) }
    }

    /// `lo..hi`, or the values of a list.
    pub fn ends(&self) -> String {
        match &self.levels {
            Levels::List(levels) => levels.iter().map(|level| level.label.as_str()).collect::<Vec<_>>().join(","),
            Levels::Range(range) => format!("{}..{}", range.at(0.0).label, range.at(1.0).label),
        }
    }

    /// Whether it sets the value at `path`, which has no `*`.
    pub fn sets(&self, path: &str) -> bool {
        let (ours, theirs) = (path::names(&self.path), path::names(path));
        ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(our, their)| our == "*" || our == their)
    }

    /// Whether it changes who asks for work.
    pub fn is_of_workload(&self) -> bool {
        let section = self.path.split('.').next();
        matches!(section, Some("workload" | "functions" | "scenario" | DEMAND))
    }

    /// Whether it changes a deployment, or several.
    pub fn is_of_deployments(&self) -> bool {
        self.path.split('.').next() == Some("deployments")
    }

    /// Whether it is what others ask, and nobody chooses: demand, and prices of any kind.
    pub fn is_given(&self) -> bool {
        self.is_of_workload() || self.is_of_prices() || self.is_price
    }

    /// Whether it changes prices alone, so that nothing must be simulated again.
    pub fn is_of_prices(&self) -> bool {
        is_of_prices(&self.path)
    }
}

/// Whether what stands at `path` are prices alone.
pub fn is_of_prices(path: &str) -> bool {
    target(path) == Target::Prices || path::names(path).iter().any(|name| name == "price_override")
}

/// Amounts that a user does choose: above one the servers go, by the others a router compares its sites.
const CHOSEN: [&str; 3] = ["price_cap", "base_cost", "burst_cost"];

/// Whether a value at `path` of this kind is what something costs: of a server, a kWh, a GB.
fn is_price(path: &str, kind: Option<&Kind>) -> bool {
    let names = path::names(path);
    let last = names.last().map_or("", String::as_str);
    let money = kind.is_some_and(|kind| matches!(number::plain(kind), Kind::Money));
    money && names.first().is_some_and(|first| first == "deployments") && !CHOSEN.contains(&last)
}

/// The first axis whose path an earlier one has too.
pub fn twice(axes: &[Axis]) -> Option<&Axis> {
    let steps: Vec<Vec<String>> = axes.iter().map(|axis| path::names(&axis.path)).collect();
    axes.iter().enumerate().find(|(place, _)| steps[..*place].contains(&steps[*place])).map(|(_, axis)| axis)
}

/// What a path is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// All prices of a list, or of every list.
    Prices,
    /// The arrivals of all sources.
    Demand,
    Key,
}

fn target(path: &str) -> Target {
    if list_of(path).is_some() {
        Target::Prices
    } else if path == DEMAND {
        Target::Demand
    } else {
        Target::Key
    }
}

/// The list of which a path means all prices, and where in the path it stands.
fn list_of(path: &str) -> Option<(usize, &str)> {
    let list = path.strip_prefix(PRICES)?.strip_prefix('.')?;
    Some((path.len() - list.len(), list))
}

/// Whether `PATH=VALUE` is about more than a key of the file: all prices of a list, or the demand.
pub fn is_of_many(argument: &str) -> bool {
    set::unquoted_equals(argument).is_some_and(|equals| target(&argument[..equals]) != Target::Key)
}

/// What `--set` says of prices or of the demand: one factor, such as `prices.aws-lambda=105%`.
pub fn setting(document: &Table, book: &PriceBook, argument: &str, problems: &mut Problems) -> Option<Setting> {
    let axis = axis_of("--set", document, book, argument, problems)?;
    match axis.levels.list().as_deref() {
        Some([one]) => Some(axis.at(one.clone())),
        _ => {
            let place = Place::new(problems.origins.len() - 1, axis.path.len() + 1..argument.len());
            let problem = Problem::at(&place, "expected one factor").help("`--vary` takes several values");
            problems.push(problem);
            None
        }
    }
}

/// Reads `PATH=SPEC`.
pub fn axis(document: &Table, book: &PriceBook, argument: &str, problems: &mut Problems) -> Option<Axis> {
    axis_of("--vary", document, book, argument, problems)
}

fn axis_of(option: &str, document: &Table, book: &PriceBook, argument: &str, problems: &mut Problems) -> Option<Axis> {
    let origin = add_origin(option, argument, problems);
    let Some(equals) = set::unquoted_equals(argument) else {
        let place = Place::new(origin, 0..argument.len());
        problems.push(Problem::at(&place, "expected PATH=SPEC").help("for example `--vary demand=x0.5..x4:log:7`"));
        return None;
    };
    let offset = equals + 1;
    let path = &argument[..equals];
    let read = kind_of(document, book, path, origin).and_then(|kind| {
        let (levels, unit) = spec::levels(kind, &argument[offset..], &|span| place_at(origin, offset, span))?;
        Ok(Axis { path: path.to_owned(), levels, unit, is_price: is_price(path, kind), place: None })
    });
    match read {
        Ok(axis) => Some(axis),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// What values count where no path of the scenario says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Factor,
    Time,
    Size,
    Count,
}

/// Reads the values of an argument called `name`: a SPEC by itself.
pub fn values(quantity: Quantity, name: &str, text: &str, problems: &mut Problems) -> Option<Levels> {
    static COUNT: Kind = Kind::Count { least: 0, most: 1_000_000 };
    let origin = add_origin(name, text, problems);
    let kind = match quantity {
        Quantity::Factor => None,
        Quantity::Time => Some(&Kind::Time),
        Quantity::Size => Some(&Kind::Size),
        Quantity::Count => Some(&COUNT),
    };
    match spec::levels(kind, text, &|span| place_at(origin, 0, span)) {
        Ok((levels, _)) => Some(levels),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// The axes under `[sweep]`: a list of values each, or a text as after `--vary PATH=`.
pub fn default_axes(document: &Table, book: &PriceBook, problems: &mut Problems) -> Vec<Axis> {
    let entries = document.table("sweep").map_or(&[][..], |table| &table.entries);
    let mut axes = Vec::new();
    for entry in entries {
        let spec = match &entry.node.value {
            Value::Text(text) => text.clone(),
            Value::List(items) => items.iter().map(|item| plain(&item.value)).collect::<Vec<_>>().join(","),
            value => plain(value),
        };
        let read = kind_of(document, book, &entry.key, entry.key_place.origin)
            .map_err(|problem| problem.move_to(&entry.key_place))
            .and_then(|kind| {
                let (levels, unit) = spec::levels(kind, &spec, &|_| entry.node.place.clone())?;
                let place = Some(entry.node.place.clone());
                Ok(Axis { path: entry.key.clone(), levels, unit, is_price: is_price(&entry.key, kind), place })
            });
        match read {
            Ok(axis) => axes.push(axis),
            Err(problem) => problems.push(problem),
        }
    }
    axes
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

fn add_origin(name: &str, text: &str, problems: &mut Problems) -> usize {
    problems.origins.push(Origin { name: name.to_owned(), text: text.to_owned() });
    problems.origins.len() - 1
}

fn place_at(origin: usize, offset: usize, span: std::ops::Range<usize>) -> Place {
    Place::new(origin, span.start + offset..span.end + offset)
}

/// What a path may hold; `None`: factors only.
fn kind_of(document: &Table, book: &PriceBook, path: &str, origin: usize) -> Result<Option<&'static Kind>, Problem> {
    match target(path) {
        Target::Demand => Ok(None),
        Target::Prices => price_lists(book, path, origin).map(|_| None),
        Target::Key => {
            let mut found = None;
            path::walk(&mut document.clone(), path, origin, &mut |_, kind| {
                found = Some(kind);
                Ok(())
            })?;
            Ok(found)
        }
    }
}

/// The lists that a path under `prices` names.
fn price_lists(book: &PriceBook, path: &str, origin: usize) -> Result<Vec<&'static str>, Problem> {
    let (from, list) = list_of(path).unwrap_or((0, path));
    let name = list.trim_matches('"');
    let named: Vec<&'static str> = book.names().filter(|list| name == "*" || *list == name).collect();
    if named.is_empty() {
        let place = Place::new(origin, from..path.len());
        let problem = Problem::at(&place, format!("there is no price list `{}`", shortened(name)));
        return Err(problem.nearest(name, "a price list", book.names()));
    }
    Ok(named)
}

/// The document and the prices with `settings` applied.
pub fn apply(document: &Table, book: &PriceBook, settings: &[Setting], problems: &mut Problems) -> (Table, PriceBook) {
    let (mut document, mut book) = (document.clone(), book.clone());
    for setting in settings {
        let origin = add_origin("--vary", &setting.to_string(), problems);
        if let Err(problem) = apply_one(&mut document, &mut book, setting, origin, problems) {
            problems.push(setting.place.iter().fold(problem, Problem::move_to));
        }
    }
    (document, book)
}

/// `origin`: the text of the setting.
fn apply_one(
    document: &mut Table,
    book: &mut PriceBook,
    setting: &Setting,
    origin: usize,
    problems: &mut Problems,
) -> Result<(), Problem> {
    let path = &setting.path;
    let of_path = setting.place.clone().unwrap_or_else(|| Place::new(origin, 0..path.len()));
    match (&setting.level.change, target(path)) {
        (Change::Scale(factor), Target::Prices) => scale_prices(book, path, *factor, origin),
        (Change::Scale(factor), Target::Demand) => scale::demand(document, *factor, origin, &of_path),
        (Change::Scale(factor), Target::Key) => scale::at(document, path, *factor, origin, &of_path),
        (Change::Set(value), Target::Key) => {
            let mut value = parse_value(value, origin, path.len() + 1, problems);
            setting.place.iter().for_each(|place| value.place_at(place));
            set::apply(document, path, origin, value)
        }
        (Change::Set(_), Target::Prices | Target::Demand) => {
            let place = Place::new(origin, 0..setting.to_string().len());
            Err(Problem::at(&place, "expected a factor such as `x1.5`"))
        }
    }
}

fn scale_prices(book: &mut PriceBook, path: &str, factor: Decimal, origin: usize) -> Result<(), Problem> {
    for list in price_lists(book, path, origin)? {
        let scaled = book.times(list, factor);
        *book = scaled.map_err(|error| Problem::at(&Place::new(origin, 0..path.len()), error.to_string()))?;
    }
    Ok(())
}
