//! The form of a scenario file as data: which keys there are, what each holds, and a sentence on each.
//!
//! One description serves everyone who must know the form: the check of a file, the suggestion for a misspelt key,
//! `--set`, and the JSON Schema for editors.

mod check;
mod commitments;
mod containers;
mod deployment;
mod distribution;
mod document;
mod fleet;
mod owned;
mod platform;
mod route;
mod schema;
mod slips;
mod spot;

pub use check::{check, is_right};
pub use distribution::{DISTRIBUTION, PERCENTILES};
pub use document::DOCUMENT;
pub use platform::PACK;
pub use schema::json_schema;
pub use slips::{rename_slips, set_aside};

/// Names of the platforms that have a form.
pub fn platforms() -> impl Iterator<Item = &'static str> {
    deployment::PLATFORMS.names()
}

/// The keys of a table.
pub struct Shape {
    pub keys: &'static [Key],
}

impl Shape {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

/// One key.
pub struct Key {
    pub name: &'static str,
    pub kind: &'static Kind,
    pub required: bool,
    pub doc: &'static str,
}

const fn key(name: &'static str, kind: &'static Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

const fn required(name: &'static str, kind: &'static Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

/// What a key holds.
pub enum Kind {
    Text,
    Flag,
    Count {
        least: u64,
        most: u64,
    },
    Number {
        least: f64,
        most: f64,
    },
    Time,
    Size,
    Cores,
    Rate,
    Share,
    Ratio,
    Money,
    Hourly,
    Date,
    Choice(&'static [&'static str]),
    /// A word, or a value of another kind.
    WordOr(&'static str, &'static Kind),
    List(&'static Kind),
    /// A value, or a list of them.
    OneOrMore(&'static Kind),
    Table(&'static Shape),
    /// A table whose keys are names that the user gives.
    Named(&'static Kind),
    /// A table whose keys are names of something that stands elsewhere.
    ByName(&'static Kind),
    /// A table whose naming key says which further keys it has.
    Variants(&'static Variants),
    /// A table of the one kind if it has this key, else of the other.
    IfHas(&'static str, &'static Kind, &'static Kind),
    /// A plain value, or a table.
    PlainOr(&'static Kind, &'static Kind),
    Any,
}

/// Shapes that are told apart by the text under `tag`.
pub struct Variants {
    pub tag: &'static str,
    /// What the tag names: `arrival process`.
    pub what: &'static str,
    pub cases: &'static [Case],
    /// Names that the form knows and this version does not model yet.
    pub planned: &'static [&'static str],
}

impl Variants {
    pub fn case(&self, name: &str) -> Option<&'static Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.cases.iter().map(|case| case.name)
    }
}

pub struct Case {
    pub name: &'static str,
    pub shape: &'static Shape,
    pub doc: &'static str,
}

const fn case(name: &'static str, shape: &'static Shape, doc: &'static str) -> Case {
    Case { name, shape, doc }
}

/// A number of things that is counted in 32 bits, at least one.
const COUNT: Kind = Kind::Count { least: 1, most: 10_000_000 };
const COUNT_OR_ZERO: Kind = Kind::Count { least: 0, most: 10_000_000 };

impl Kind {
    /// What an item of a list is.
    pub const fn item(&self) -> Option<&'static Kind> {
        match self {
            Self::List(item) | Self::OneOrMore(item) => Some(item),
            _ => None,
        }
    }

    /// How to call it in `expected ..., found ...`.
    pub fn expected(&self) -> String {
        match self {
            Self::Text => "a text".into(),
            Self::Flag => "true or false".into(),
            Self::Count { .. } => "a whole number".into(),
            Self::Number { .. } => "a number".into(),
            Self::Time => "a time such as \"250ms\"".into(),
            Self::Size => "a size such as \"128MB\"".into(),
            Self::Cores => "a number of cores such as \"500m\"".into(),
            Self::Rate => "a rate such as \"40/s\"".into(),
            Self::Share => "a share such as \"70%\"".into(),
            Self::Ratio => "a ratio such as \"150%\"".into(),
            Self::Money => "an amount such as \"$0.20\"".into(),
            Self::Hourly => "an amount an hour such as \"$1.20/h\"".into(),
            Self::Date => "a date such as \"2026-01-31\"".into(),
            Self::Choice(words) => format!("one of {}", super::problem::listed(words)),
            Self::WordOr(word, kind) => format!("{} or `{word}`", kind.expected()),
            Self::List(kind) => format!("a list, each item {}", kind.expected()),
            Self::OneOrMore(kind) => format!("{}, or a list of them", kind.expected()),
            Self::Table(_) | Self::Named(_) | Self::ByName(_) => "a table".into(),
            Self::Variants(variants) => format!("a table with `{}`", variants.tag),
            Self::IfHas(key, _, other) => format!("{} or `{key}`", other.expected()),
            Self::PlainOr(plain, table) => format!("{} or {}", plain.expected(), table.expected()),
            Self::Any => "anything".into(),
        }
    }
}
