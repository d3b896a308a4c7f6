//! `--set PATH=VALUE`.

use super::document::{Node, Table, parse_value};
use super::path;
use super::problem::{Origin, Place, Problem, Problems};

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
pub fn unquoted_equals(argument: &str) -> Option<usize> {
    let mut quoted = false;
    argument.char_indices().find_map(|(index, c)| {
        quoted ^= c == '"';
        (c == '=' && !quoted).then_some(index)
    })
}

/// Sets `path` in `document` to `value`. `origin` is the text that the path begins.
pub fn apply(document: &mut Table, path: &str, origin: usize, value: Node) -> Result<(), Problem> {
    path::walk(document, path, origin, &mut |node, _| {
        *node = value.clone();
        Ok(())
    })
}
