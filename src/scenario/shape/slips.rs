//! What becomes of values whose form is wrong, so that one slip is one problem.

use std::collections::BTreeMap;

use crate::scenario::document::{Node, Table, Value};
use crate::scenario::problem::{Place, Problems};

type Places<'a> = BTreeMap<&'a Place, Option<&'a str>>;

/// Gives misspelt keys the names that were probably meant: nobody then misses what stands there.
pub fn rename_slips(document: &mut Table, problems: &Problems) {
    rename(document, &problems.places());
}

/// Marks the values that were found wrong, for those who read them: a number beyond its limits is no number.
pub fn set_aside(document: &mut Table, problems: &Problems) {
    set_aside_in(document, &problems.places());
}

fn rename(table: &mut Table, places: &Places<'_>) {
    for index in 0..table.entries.len() {
        let meant = places.get(&table.entries[index].key_place).copied().flatten();
        if let Some(meant) = meant.filter(|meant| !table.has(meant)) {
            table.entries[index].key = meant.to_owned();
        }
        in_tables(&mut table.entries[index].node, &mut |table| rename(table, places));
    }
}

fn set_aside_in(table: &mut Table, places: &Places<'_>) {
    for entry in &mut table.entries {
        set_node_aside(&mut entry.node, places);
    }
}

fn set_node_aside(node: &mut Node, places: &Places<'_>) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| set_node_aside(item, places)),
        Value::Table(table) => set_aside_in(table, places),
        _ if places.contains_key(&node.place) => node.value = Value::Wrong,
        _ => {}
    }
}

fn in_tables(node: &mut Node, act: &mut impl FnMut(&mut Table)) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| in_tables(item, act)),
        Value::Table(table) => act(table),
        _ => {}
    }
}
