//! A TOML text as a tree in which every key and value remembers its place.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem, Problems};

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Integer(i128),
    /// May be infinite or undefined: TOML has words for that.
    Float(f64),
    Flag(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
    /// Not what its key asks for, and reported: it is there, and nobody reads it.
    Wrong,
}

impl Value {
    /// What to call it in a message.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Wrong => "what is wrong",
        }
    }
}

impl Node {
    /// Values that nobody wrote, shown where they are needed.
    pub fn place_at(&mut self, place: &Place) {
        self.place = place.clone();
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.place_at(place)),
            Value::Table(table) => {
                table.place = place.clone();
                for entry in &mut table.entries {
                    entry.key_place = place.clone();
                    entry.node.place_at(place);
                }
            }
            _ => {}
        }
    }
}

/// Keys in the order of the file.
#[derive(Clone, Debug)]
pub struct Table {
    /// The header `[functions.ingest]`, or the braces.
    pub place: Place,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_place: Place,
    pub node: Node,
}

impl Table {
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }
}

/// Parses the file (origin 0). Syntax errors are reported together; the tree is what could be read.
pub fn parse(text: &str, problems: &mut Problems) -> Table {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reported = 0;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let twice = error.message() == "duplicate key";
        if twice && span.start < reported {
            continue;
        }
        let header = header_at(text, span.start).filter(|_| twice);
        reported = header.as_ref().map_or(reported, |header| end_of_table(text, header.end));
        problems.push(Problem::at(&Place::new(0, header.unwrap_or(span)), error.message()));
    }
    let place = Place::new(0, 0..0);
    convert_table(table.into_inner(), place, 0, 0, problems)
}

/// The line around `offset` if it is the header of a table. All keys of a table that stands twice are there twice: the
/// header is enough to say so.
fn header_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let begin = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text[begin..].lines().next()?.trim_end();
    line.starts_with('[').then(|| begin..begin + line.len())
}

/// Where the next header begins.
fn end_of_table(text: &str, offset: usize) -> usize {
    text[offset..].find("\n[").map_or(text.len(), |next| offset + next)
}

/// Parses the value of a `--set` argument that begins at `offset` of origin `origin`. What is not TOML is a text.
pub fn parse_value(text: &str, origin: usize, offset: usize, problems: &mut Problems) -> Node {
    let place = Place::new(origin, offset..offset + text.len());
    match DeValue::parse(text) {
        Ok(value) => convert(value, origin, offset, problems),
        Err(_) => Node { place, value: Value::Text(text.to_owned()) },
    }
}

fn shift(span: Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}

fn convert(value: Spanned<DeValue<'_>>, origin: usize, offset: usize, problems: &mut Problems) -> Node {
    let place = Place::new(origin, shift(value.span(), offset));
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => match i128::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => Value::Integer(integer),
            Err(_) => {
                problems.push(Problem::at(&place, "whole number is too large"));
                Value::Integer(0)
            }
        },
        DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| convert(item, origin, offset, problems)).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(table, place.clone(), origin, offset, problems)),
    };
    Node { place, value }
}

fn convert_table(table: DeTable<'_>, place: Place, origin: usize, offset: usize, problems: &mut Problems) -> Table {
    let entries = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_place: Place::new(origin, shift(key.span(), offset)),
            key: key.into_inner().into_owned(),
            node: convert(value, origin, offset, problems),
        })
        .collect();
    Table { place, entries }
}

/// A text that is equal exactly if the trees say the same, whatever their layout and comments.
pub fn canonical(table: &Table) -> String {
    table.to_string()
}

/// Every plain value with its dotted path, in the order of the text. Lists are one value.
pub fn flattened(table: &Table) -> Vec<(String, String)> {
    let mut values = Vec::new();
    flatten(table, "", &mut values);
    values
}

fn flatten(table: &Table, before: &str, values: &mut Vec<(String, String)>) {
    for entry in &table.entries {
        let path = if before.is_empty() { entry.key.clone() } else { format!("{before}.{}", entry.key) };
        match &entry.node.value {
            Value::Table(table) => flatten(table, &path, values),
            value => values.push((path, value.to_string())),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{ ")?;
        for (index, entry) in self.entries.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{:?} = {}", entry.key, entry.node.value)?;
        }
        f.write_str(" }")
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Float(float) => write!(f, "{float:?}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Date(date) => f.write_str(date),
            Self::Table(table) => write!(f, "{table}"),
            Self::Wrong => f.write_str("?"),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{}", item.value)?;
                }
                f.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        let mut problems = Problems::default();
        let table = parse(text, &mut problems);
        assert!(problems.is_empty(), "{problems}");
        table
    }

    #[test]
    fn layout_and_comments_do_not_change_the_canonical_text() {
        let spread = table("# a scenario\n[a]\nb = { c = 1 }\n");
        let dense = table("a.b.c = 1");
        assert_eq!(canonical(&spread), canonical(&dense));
        assert_ne!(canonical(&spread), canonical(&table("a.b.c = 2")));
    }

    #[test]
    fn several_syntax_errors_are_reported_together() {
        let mut problems = Problems::default();
        parse("a = \nb = 1\nc = [1,, 2]\n", &mut problems);
        assert!(problems.len() >= 2, "{problems}");
    }

    #[test]
    fn a_table_that_stands_twice_is_one_problem() {
        let mut problems = Problems::default();
        parse("[a]\nb = 1\nc = 2\n[a]\nb = 1\nc = 2\n[d]\ne = 1\ne = 2\n", &mut problems);
        assert_eq!(problems.len(), 2, "{problems}");
    }
}
