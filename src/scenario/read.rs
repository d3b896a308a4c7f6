//! Typed access to tables whose form has been checked: what is absent or wrong (and so reported already) is `None`.

use std::str::FromStr;

use jiff::civil::Date;

use super::document::{Node, Table, Value};
use super::problem::Place;
use crate::units::UnitError;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T> At<T> {
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> At<U> {
        At { value: f(self.value), place: self.place }
    }
}

impl Node {
    /// A quantity, from its text or from a bare number (which most quantities refuse, naming the unit).
    pub fn quantity<T: FromStr<Err = UnitError>>(&self) -> Option<Result<T, UnitError>> {
        match &self.value {
            Value::Text(text) => Some(text.parse()),
            Value::Integer(integer) => Some(integer.to_string().parse()),
            Value::Float(float) => Some(float.to_string().parse()),
            Value::Flag(_) | Value::Date(_) | Value::List(_) | Value::Table(_) | Value::Wrong => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(integer) => Some(integer as f64),
            Value::Float(float) => Some(float),
            _ => None,
        }
    }

    pub fn count(&self) -> Option<u64> {
        match self.value {
            Value::Integer(integer) => u64::try_from(integer).ok(),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn date(&self) -> Option<Date> {
        match &self.value {
            Value::Text(text) | Value::Date(text) => crate::units::date(text).ok(),
            _ => None,
        }
    }

    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Where it was written, or the part of it that an argument says: the last argument of several.
    pub fn latest_place(&self) -> &Place {
        let parts: Vec<&Self> = match &self.value {
            Value::Table(table) => table.entries.iter().map(|entry| &entry.node).collect(),
            Value::List(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        parts
            .into_iter()
            .map(Self::latest_place)
            .fold(&self.place, |latest, place| if place.origin > latest.origin { place } else { latest })
    }

    fn at<T>(&self, value: T) -> At<T> {
        At { value, place: self.place.clone() }
    }
}

impl Table {
    pub fn quantity<T: FromStr<Err = UnitError>>(&self, key: &str) -> Option<At<T>> {
        let node = self.get(key)?;
        Some(node.at(node.quantity()?.ok()?))
    }

    pub fn text(&self, key: &str) -> Option<At<&str>> {
        let node = self.get(key)?;
        Some(node.at(node.text()?))
    }

    pub fn number(&self, key: &str) -> Option<At<f64>> {
        let node = self.get(key)?;
        Some(node.at(node.number().filter(|number| number.is_finite())?))
    }

    pub fn count(&self, key: &str) -> Option<At<u64>> {
        let node = self.get(key)?;
        Some(node.at(node.count()?))
    }

    /// A count that fits 32 bits, as the form demands of all that are read so.
    pub fn count32(&self, key: &str) -> Option<At<u32>> {
        let count = self.count(key)?;
        Some(At { value: u32::try_from(count.value).ok()?, place: count.place })
    }

    /// Whether it, or what stands in it, was found wrong and reported.
    pub fn is_wrong(&self) -> bool {
        self.entries.iter().any(|entry| match &entry.node.value {
            Value::Wrong => true,
            Value::Table(table) => table.is_wrong(),
            _ => false,
        })
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    pub fn table(&self, key: &str) -> Option<&Table> {
        self.get(key)?.as_table()
    }

    pub fn list(&self, key: &str) -> Option<&[Node]> {
        match &self.get(key)?.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Sub-tables with their names and the places of these, in the order of the file.
    pub fn tables(&self) -> impl Iterator<Item = (At<&str>, &Table)> {
        self.entries.iter().filter_map(|entry| {
            let name = At { value: entry.key.as_str(), place: entry.key_place.clone() };
            Some((name, entry.node.as_table()?))
        })
    }
}
