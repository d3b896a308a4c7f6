//! Does a table have the form that it should? Every deviation becomes a problem, with its place.

use std::str::FromStr;

use super::{Key, Kind, Shape, Variants};
use crate::scenario::document::{Node, Table, Value};
use crate::scenario::problem::{Problem, Problems, listed, shortened};
use crate::units::{Cores, Hourly, Money, Rate, Ratio, Share, Size, Span, UnitError, nearest, with_article};

/// Checks the keys of `table` and everything under them.
pub fn check(table: &Table, shape: &Shape, problems: &mut Problems) {
    check_table(table, shape, "", None, problems);
}

/// Whether a value has its form, for those who must not report what has been reported.
pub fn is_right(node: &Node, kind: &Kind) -> bool {
    let mut problems = Problems::default();
    check_node(node, kind, "", &mut problems);
    problems.is_empty()
}

/// `tag`: a further key that is allowed, and has been checked.
fn check_table(table: &Table, shape: &Shape, path: &str, tag: Option<&'static str>, problems: &mut Problems) {
    let mut misspelt = Vec::new();
    for entry in &table.entries {
        match shape.key(&entry.key) {
            Some(key) => check_node(&entry.node, key.kind, &join(path, key.name), problems),
            None if Some(entry.key.as_str()) == tag => {}
            None => {
                let names: Vec<&str> = shape.names().chain(tag).collect();
                misspelt.extend(nearest(&entry.key, names.iter().copied()));
                let problem = Problem::at(&entry.key_place, format!("unknown key `{}`", shortened(&entry.key)));
                problems.push(problem.nearest(&entry.key, "a key", names));
            }
        }
    }
    for key in shape.keys.iter().filter(|key| key.required && !table.has(key.name)) {
        if !misspelt.contains(&key.name) {
            problems.push(missing(table, key, path));
        }
    }
}

fn missing(table: &Table, key: &Key, path: &str) -> Problem {
    let of = if path.is_empty() { String::new() } else { format!(" of `{path}`") };
    Problem::at(&table.place, format!("key `{}`{of} is missing", key.name)).help(format!(
        "`{}`: {}; expected {}",
        key.name,
        key.doc,
        key.kind.expected()
    ))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn check_node(node: &Node, kind: &Kind, path: &str, problems: &mut Problems) {
    match kind {
        Kind::Any => {}
        Kind::Text => check_text(node, kind, problems),
        Kind::Flag => {
            if !matches!(node.value, Value::Flag(_)) {
                problems.push(mismatch(node, kind));
            }
        }
        Kind::Count { least, most } => check_count(node, kind, *least, *most, problems),
        Kind::Number { least, most } => check_number(node, kind, *least, *most, problems),
        Kind::Time => check_quantity::<Span>(node, kind, problems),
        Kind::Size => check_quantity::<Size>(node, kind, problems),
        Kind::Cores => check_quantity::<Cores>(node, kind, problems),
        Kind::Rate => check_quantity::<Rate>(node, kind, problems),
        Kind::Share => check_quantity::<Share>(node, kind, problems),
        Kind::Ratio => check_quantity::<Ratio>(node, kind, problems),
        Kind::Money => check_quantity::<Money>(node, kind, problems),
        Kind::Hourly => check_quantity::<Hourly>(node, kind, problems),
        Kind::Date => check_date(node, kind, problems),
        Kind::Choice(words) => check_choice(node, kind, words, problems),
        Kind::WordOr(word, other) => check_word_or(node, kind, (word, other), path, problems),
        Kind::PlainOr(plain, table) => {
            let kind = if node.as_table().is_some() { table } else { plain };
            check_node(node, kind, path, problems);
        }
        Kind::IfHas(key, with, without) => {
            let has = node.as_table().is_some_and(|table| table.has(key));
            check_node(node, if has { with } else { without }, path, problems);
        }
        Kind::List(item) => match &node.value {
            Value::List(items) => items.iter().for_each(|node| check_node(node, item, path, problems)),
            _ => problems.push(mismatch(node, kind)),
        },
        Kind::OneOrMore(item) => match &node.value {
            Value::List(items) if items.is_empty() => problems.push(Problem::at(&node.place, "the list is empty")),
            Value::List(items) => items.iter().for_each(|node| check_node(node, item, path, problems)),
            _ => check_node(node, item, path, problems),
        },
        Kind::Table(_) | Kind::Named(_) | Kind::ByName(_) | Kind::Variants(_) => {
            check_tables(node, kind, path, problems)
        }
    }
}

/// A word, or a value of `other` kind. Whatever is neither is told of both; what is wrong inside of a table, of that alone.
fn check_word_or(node: &Node, kind: &Kind, (word, other): (&str, &Kind), path: &str, problems: &mut Problems) {
    let text = node.text();
    if text == Some(word) {
        return;
    }
    let mut found = problems.of_same_origins();
    check_node(node, other, path, &mut found);
    if found.is_empty() {
        return;
    }
    let near = text.filter(|text| nearest(text, [word]).is_some());
    match (near, text) {
        (Some(text), _) => problems.push(not_expected(node, kind, text).nearest(text, "a word", [word])),
        (None, Some(text)) if !is_written_as_text(other) => problems.push(not_expected(node, kind, text)),
        (None, _) if node.as_table().is_some() => problems.extend(found),
        (None, _) => problems.extend(found.with_help(&format!("or write \"{word}\""))),
    }
}

fn not_expected(node: &Node, kind: &Kind, text: &str) -> Problem {
    Problem::at(&node.place, format!("expected {}, found `{}`", kind.expected(), shortened(text)))
}

/// Whether what is wrong with a text is best said by what reads it.
fn is_written_as_text(kind: &Kind) -> bool {
    !matches!(kind, Kind::Table(_) | Kind::Count { .. } | Kind::Number { .. })
}

fn check_tables(node: &Node, kind: &Kind, path: &str, problems: &mut Problems) {
    let Some(table) = node.as_table() else {
        problems.push(mismatch(node, kind));
        return;
    };
    match kind {
        Kind::Table(shape) => check_table(table, shape, path, None, problems),
        Kind::Variants(variants) => check_variant(table, variants, path, problems),
        Kind::Named(item) | Kind::ByName(item) => {
            for entry in &table.entries {
                if entry.key.trim().is_empty() {
                    problems.push(Problem::at(&entry.key_place, "a name must not be empty"));
                }
                check_node(&entry.node, item, &join(path, &entry.key), problems);
            }
        }
        _ => unreachable!("only kinds that are tables come here"),
    }
}

fn check_variant(table: &Table, variants: &Variants, path: &str, problems: &mut Problems) {
    let Some(tag) = table.get(variants.tag) else {
        problems.push(untagged(table, variants, path));
        return;
    };
    let Some(name) = tag.text() else {
        problems.push(mismatch(tag, &Kind::Text));
        return;
    };
    if let Some(case) = variants.case(name) {
        return check_table(table, case.shape, path, Some(variants.tag), problems);
    }
    let names: Vec<&str> = variants.names().collect();
    problems.push(if variants.planned.contains(&name) {
        Problem::at(&tag.place, format!("{} `{name}` is not modelled yet", variants.what))
            .help(format!("modelled are {}", listed(&names)))
    } else {
        Problem::at(&tag.place, format!("unknown {} `{}`", variants.what, shortened(name))).nearest(
            name,
            &with_article(variants.what),
            names,
        )
    });
}

/// A table without its naming key. A slip in that key is the likely reason.
fn untagged(table: &Table, variants: &Variants, path: &str) -> Problem {
    let names: Vec<&str> = variants.names().collect();
    let tags: &[&str] = if variants.tag == "platform" { &["platform", "route"] } else { &[variants.tag] };
    let slip = table.entries.iter().find(|entry| nearest(&entry.key, tags.iter().copied()).is_some());
    match slip {
        Some(entry) => Problem::at(&entry.key_place, format!("unknown key `{}`", shortened(&entry.key))).nearest(
            &entry.key,
            "a key",
            tags.iter().copied(),
        ),
        None => Problem::at(&table.place, format!("key `{}` of `{path}` is missing", variants.tag)).help(format!(
            "`{}` is one of {}",
            variants.tag,
            listed(&names)
        )),
    }
}

fn mismatch(node: &Node, kind: &Kind) -> Problem {
    Problem::at(&node.place, format!("expected {}, found {}", kind.expected(), node.value.kind()))
}

fn check_text(node: &Node, kind: &Kind, problems: &mut Problems) {
    match node.text() {
        None => problems.push(mismatch(node, kind)),
        Some(text) if text.trim().is_empty() => problems.push(Problem::at(&node.place, "the text must not be empty")),
        Some(_) => {}
    }
}

fn check_choice(node: &Node, kind: &Kind, words: &[&str], problems: &mut Problems) {
    match node.text() {
        None => problems.push(mismatch(node, kind)),
        Some(text) if words.contains(&text) => {}
        Some(text) => {
            let problem = Problem::at(&node.place, format!("`{}` is not one of {}", shortened(text), listed(words)));
            let is_near = nearest(text, words.iter().copied()).is_some();
            problems.push(if is_near { problem.nearest(text, "a word", words.iter().copied()) } else { problem });
        }
    }
}

fn check_count(node: &Node, kind: &Kind, least: u64, most: u64, problems: &mut Problems) {
    let Value::Integer(value) = node.value else {
        problems.push(mismatch(node, kind));
        return;
    };
    if value < i128::from(least) {
        problems.push(Problem::at(&node.place, format!("{value} is too small; at least {least}")));
    } else if value > i128::from(most) {
        problems.push(Problem::at(&node.place, format!("{value} is too large; at most {most}")));
    }
}

fn check_number(node: &Node, kind: &Kind, least: f64, most: f64, problems: &mut Problems) {
    match node.number() {
        None => problems.push(mismatch(node, kind)),
        Some(value) if !value.is_finite() => {
            problems.push(Problem::at(&node.place, format!("{value} is not a finite number")));
        }
        Some(value) if value < least => {
            problems.push(Problem::at(&node.place, format!("{value} is too small; at least {least}")));
        }
        Some(value) if value > most => {
            problems.push(Problem::at(&node.place, format!("{value} is too large; at most {most}")));
        }
        Some(_) => {}
    }
}

fn check_quantity<T: FromStr<Err = UnitError>>(node: &Node, kind: &Kind, problems: &mut Problems) {
    match node.quantity::<T>() {
        None => problems.push(mismatch(node, kind)),
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            let problem = Problem::at(&node.place, error.to_string());
            let in_file = node.place.origin == 0;
            let bare = in_file && matches!(node.value, Value::Integer(_) | Value::Float(_));
            problems.push(match error {
                UnitError::NoUnit { example, .. } if bare => problem.help(format!("with quotes: \"{example}\"")),
                _ => problem,
            });
        }
    }
}

fn check_date(node: &Node, kind: &Kind, problems: &mut Problems) {
    match &node.value {
        Value::Text(text) | Value::Date(text) => {
            if let Err(error) = crate::units::date(text) {
                problems.push(Problem::at(&node.place, error.to_string()));
            }
        }
        _ => problems.push(mismatch(node, kind)),
    }
}
