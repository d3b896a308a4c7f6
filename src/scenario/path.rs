//! Walks to what a path names: `deployments.lambda.memory`, `deployments.*.region`, `deployments.web.commitments.0.count`.

use super::document::{Entry, Node, Table, Value};
use super::problem::{Place, Problem, shortened};
use super::shape::{DOCUMENT, Kind, Shape};

/// What stands for the arrivals of all sources in a path, and what its first step is for prices. Neither is a key of the file.
pub const DEMAND: &str = "demand";
pub const PRICES: &str = "prices";

/// What is done at the end of a path, told what it may hold.
pub type Change<'a> = dyn FnMut(&mut Node, &'static Kind) -> Result<(), Problem> + 'a;

/// Does `change` to what `path` names in `document`. `*` stands for every name at its place that leads on, a whole number for
/// an item of a list. Keys that the form knows are made, as empty tables; names that the user gives must be there. `origin`
/// is the text that the path begins.
pub fn walk(document: &mut Table, path: &str, origin: usize, change: &mut Change<'_>) -> Result<(), Problem> {
    let steps = split(path, origin);
    if steps.is_empty() || steps.iter().any(|step| step.name.is_empty()) {
        return Err(Problem::at(&Place::new(origin, 0..path.len()), "a step of the path is empty")
            .help("for example `deployments.lambda.memory`"));
    }
    if DOCUMENT.key(&steps[0].name).is_none() {
        return Err(unknown_section(&steps[0]));
    }
    into_table(document, &Keys::Shape(&DOCUMENT, None), &steps, change)
}

/// The first step of a path is no section of the file; whatever was meant is not said alone.
fn unknown_section(step: &Step) -> Problem {
    match step.name.as_str() {
        DEMAND => Problem::at(&step.place, "`demand` is one factor for all sources, and has nothing below it")
            .help("`demand=x1.5`; the arrivals of one source are `workload.NAME.arrivals`"),
        PRICES => Problem::at(&step.place, "`prices` does not say of which list")
            .help("for example `prices.aws-lambda=x1.1`, or `prices.*` for all"),
        _ => unknown(step, "a key", DOCUMENT.names().chain([DEMAND, PRICES])),
    }
}

/// One name of a path.
struct Step {
    name: String,
    place: Place,
}

/// The steps of a path, without their quotes: `deployments."a.b".memory` has three.
pub fn names(path: &str) -> Vec<String> {
    split(path, 0).into_iter().map(|step| step.name).collect()
}

/// Splits at dots outside quotes.
fn split(path: &str, origin: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut push = |start: usize, end: usize| {
        let text = path[start..end].trim().trim_matches('"');
        steps.push(Step { name: text.to_owned(), place: Place::new(origin, start..end) });
    };
    for (index, c) in path.char_indices() {
        quoted ^= c == '"';
        if c == '.' && !quoted {
            push(start, index);
            start = index + 1;
        }
    }
    push(start, path.len());
    steps
}

/// What a table may hold.
enum Keys {
    /// These keys, and the naming key.
    Shape(&'static Shape, Option<&'static str>),
    /// Names that the user gives.
    Named(&'static Kind),
    /// Names of something that stands elsewhere: a new one may be added, and is checked with the rest.
    ByName(&'static Kind),
    Anything,
}

fn into_table(table: &mut Table, keys: &Keys, steps: &[Step], change: &mut Change<'_>) -> Result<(), Problem> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    match keys {
        Keys::Shape(shape, tag) => match shape.key(&step.name) {
            Some(key) => into_node(slot(table, step), key.kind, step, rest, change),
            None if *tag == Some(step.name.as_str()) => into_node(slot(table, step), &Kind::Text, step, rest, change),
            None => Err(unknown(step, "a key", shape.names().chain(*tag))),
        },
        Keys::Anything => into_node(slot(table, step), &Kind::Any, step, rest, change),
        Keys::ByName(kind) if step.name != "*" => into_node(slot(table, step), kind, step, rest, change),
        Keys::Named(kind) | Keys::ByName(kind) => into_named(table, kind, step, rest, change),
    }
}

/// Of several names that `*` stands for, those count that know the rest of the path.
fn into_named(
    table: &mut Table,
    kind: &'static Kind,
    step: &Step,
    rest: &[Step],
    change: &mut Change<'_>,
) -> Result<(), Problem> {
    let names: Vec<String> = table.keys().map(str::to_owned).collect();
    let all = step.name == "*";
    let chosen = table.entries.iter_mut().filter(|entry| all || entry.key == step.name);
    let mut outcomes: Vec<Result<(), Problem>> = Vec::new();
    for entry in chosen {
        let mut changed = entry.node.clone();
        let outcome = into_node(&mut changed, kind, step, rest, change);
        if outcome.is_ok() {
            entry.node = changed;
        }
        outcomes.push(outcome);
    }
    if outcomes.iter().any(Result::is_ok) {
        return Ok(());
    }
    let none = || Err(unknown(step, "a name", names.iter().map(String::as_str)));
    outcomes.into_iter().next().unwrap_or_else(none)
}

fn unknown<'a>(step: &Step, what: &str, names: impl IntoIterator<Item = &'a str>) -> Problem {
    Problem::at(&step.place, format!("unknown name `{}` in the path", shortened(&step.name)))
        .nearest(&step.name, what, names)
}

/// The node under `step`, made as an empty table if it is not there.
fn slot<'t>(table: &'t mut Table, step: &Step) -> &'t mut Node {
    let index = table.entries.iter().position(|entry| entry.key == step.name).unwrap_or_else(|| {
        let empty = Table { place: step.place.clone(), entries: Vec::new() };
        table.entries.push(Entry {
            key: step.name.clone(),
            key_place: step.place.clone(),
            node: Node { place: step.place.clone(), value: Value::Table(empty) },
        });
        table.entries.len() - 1
    });
    &mut table.entries[index].node
}

fn into_node(
    node: &mut Node,
    kind: &'static Kind,
    step: &Step,
    rest: &[Step],
    change: &mut Change<'_>,
) -> Result<(), Problem> {
    let Some(next) = rest.first() else { return change(node, kind) };
    if let (Value::List(items), Some(item)) = (&mut node.value, kind.item()) {
        return into_items(items, item, next, &rest[1..], change);
    }
    let plain = || Problem::at(&next.place, format!("`{}` holds {}, which has no keys", step.name, kind.expected()));
    let keys = keys_of(node, kind, next).ok_or_else(plain)?;
    if node.as_table().is_none() {
        let empty = Table { place: step.place.clone(), entries: Vec::new() };
        *node = Node { place: step.place.clone(), value: Value::Table(empty) };
    }
    match &mut node.value {
        Value::Table(table) => into_table(table, &keys, rest, change),
        _ => Err(plain()),
    }
}

/// Items of a list, counted from 0.
fn into_items(
    items: &mut [Node],
    kind: &'static Kind,
    step: &Step,
    rest: &[Step],
    change: &mut Change<'_>,
) -> Result<(), Problem> {
    if step.name == "*" && !items.is_empty() {
        return items.iter_mut().try_for_each(|item| into_node(item, kind, step, rest, change));
    }
    let count = items.len();
    match step.name.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
        Some(item) => into_node(item, kind, step, rest, change),
        None => {
            let problem = Problem::at(&step.place, format!("the list has no item `{}`", shortened(&step.name)));
            Err(problem.help(format!("it has {count}, counted from 0")))
        }
    }
}

/// What the table of this kind may hold; with several forms, the one that its naming key says, or has the next key.
fn keys_of(node: &Node, kind: &'static Kind, next: &Step) -> Option<Keys> {
    match kind {
        Kind::Any => Some(Keys::Anything),
        Kind::Table(shape) => Some(Keys::Shape(shape, None)),
        Kind::Named(item) => Some(Keys::Named(item)),
        Kind::ByName(item) => Some(Keys::ByName(item)),
        Kind::PlainOr(_, table) | Kind::WordOr(_, table) => keys_of(node, table, next),
        Kind::IfHas(key, with, without) => {
            let has = next.name == *key || node.as_table().is_some_and(|table| table.has(key));
            keys_of(node, if has { with } else { without }, next)
        }
        Kind::Variants(variants) => {
            let named = node.as_table().and_then(|table| table.text(variants.tag));
            let case = named.and_then(|name| variants.case(name.value));
            let case = case.or_else(|| variants.cases.iter().find(|case| case.shape.key(&next.name).is_some()));
            case.or(variants.cases.first()).map(|case| Keys::Shape(case.shape, Some(variants.tag)))
        }
        _ => None,
    }
}
