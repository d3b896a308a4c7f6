//! Sets a value by its path, as `--set` and sweeps do: `deployments.lambda.memory`, `deployments.*.region`.

use super::document::{Entry, Node, Table, Value, parse_value};
use super::problem::{Origin, Place, Problem, Problems, shortened};
use super::shape::{DOCUMENT, Kind, Shape};

/// One `--set PATH=VALUE`, applied to the file. Problems point at the argument.
pub fn set(document: &mut Table, argument: &str, problems: &mut Problems) {
    let origin = problems.origins.len();
    problems.origins.push(Origin { name: "--set".to_owned(), text: argument.to_owned() });
    let Some(equals) = unquoted_equals(argument) else {
        let place = Place::new(origin, 0..argument.len());
        problems.push(Problem::at(&place, "expected PATH=VALUE").help("for example `--set scenario.seed=7`"));
        return;
    };
    let value = parse_value(argument[equals + 1..].trim(), origin, value_offset(argument, equals), problems);
    if let Err(problem) = apply(document, &argument[..equals], origin, value) {
        problems.push(problem);
    }
}

fn value_offset(argument: &str, equals: usize) -> usize {
    let rest = &argument[equals + 1..];
    equals + 1 + rest.len() - rest.trim_start().len()
}

/// The `=` that ends the path; one inside quotes belongs to a name.
fn unquoted_equals(argument: &str) -> Option<usize> {
    let mut quoted = false;
    argument.char_indices().find_map(|(index, c)| {
        quoted ^= c == '"';
        (c == '=' && !quoted).then_some(index)
    })
}

/// Sets `path` in `document` to `value`. `*` stands for every name at its place. Keys that the form knows are made;
/// names that the user gives must be there. `origin` is the text that the path begins.
pub fn apply(document: &mut Table, path: &str, origin: usize, value: Node) -> Result<(), Problem> {
    let steps = split(path, origin);
    if steps.is_empty() || steps.iter().any(|step| step.name.is_empty()) {
        return Err(Problem::at(&Place::new(origin, 0..path.len()), "a step of the path is empty")
            .help("for example `deployments.lambda.memory`"));
    }
    into_table(document, &Keys::Shape(&DOCUMENT, None), &steps, &value)
}

/// One name of a path.
struct Step {
    name: String,
    place: Place,
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

fn into_table(table: &mut Table, keys: &Keys, steps: &[Step], value: &Node) -> Result<(), Problem> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    match keys {
        Keys::Shape(shape, tag) => match shape.key(&step.name) {
            Some(key) => into_node(slot(table, step), key.kind, step, rest, value),
            None if *tag == Some(step.name.as_str()) => into_node(slot(table, step), &Kind::Text, step, rest, value),
            None => Err(unknown(step, "a key", shape.names().chain(*tag))),
        },
        Keys::Anything => into_node(slot(table, step), &Kind::Any, step, rest, value),
        Keys::ByName(kind) if step.name != "*" => into_node(slot(table, step), kind, step, rest, value),
        Keys::Named(kind) | Keys::ByName(kind) => into_named(table, kind, step, rest, value),
    }
}

fn into_named(table: &mut Table, kind: &'static Kind, step: &Step, rest: &[Step], value: &Node) -> Result<(), Problem> {
    let names: Vec<String> = table.keys().map(str::to_owned).collect();
    let chosen = table.entries.iter_mut().filter(|entry| step.name == "*" || entry.key == step.name);
    let mut found = false;
    for entry in chosen {
        found = true;
        into_node(&mut entry.node, kind, step, rest, value)?;
    }
    if found { Ok(()) } else { Err(unknown(step, "a name", names.iter().map(String::as_str))) }
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

fn into_node(node: &mut Node, kind: &'static Kind, step: &Step, rest: &[Step], value: &Node) -> Result<(), Problem> {
    if rest.is_empty() {
        *node = value.clone();
        return Ok(());
    }
    let plain = || Problem::at(&rest[0].place, format!("`{}` holds {}, which has no keys", step.name, kind.expected()));
    let keys = keys_of(node, kind, &rest[0]).ok_or_else(plain)?;
    if node.as_table().is_none() {
        let empty = Table { place: step.place.clone(), entries: Vec::new() };
        *node = Node { place: step.place.clone(), value: Value::Table(empty) };
    }
    match &mut node.value {
        Value::Table(table) => into_table(table, &keys, rest, value),
        _ => Err(plain()),
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
