//! The rules of the house that a program can check.

use std::fs;

use toml::{Table, Value};

use crate::sources::{Source, blank, files, root};

const MOST_LINES_OF_A_FILE: usize = 500;
const MOST_LINES_OF_A_FUNCTION: usize = 80;

/// `(line, length)` of every function, by the braces of its body.
fn functions(code: &str) -> Vec<(usize, usize)> {
    let code = blank(code);
    let lines: Vec<&str> = code.lines().collect();
    let opens = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let before = ["pub", "pub(super)", "pub(crate)", "const", "async", "unsafe", "extern", "pub(in"];
        words.iter().find(|word| !before.contains(word) && !word.starts_with("crate")) == Some(&"fn")
    };
    let starts = (0..lines.len()).filter(|index| opens(lines[*index]));
    starts.map(|start| (start + 1, length(&lines[start..]))).collect()
}

/// Lines up to the brace that closes the first one, or to the semicolon of a function without a body.
fn length(lines: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (index, line) in lines.iter().enumerate() {
        for character in line.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth <= 1 => return index + 1,
                '}' => depth -= 1,
                ';' if depth == 0 && !line.contains("; ") => return index + 1,
                _ => {}
            }
        }
    }
    lines.len()
}

fn untidy(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |line: usize, what: String| found.push(format!("{}:{line}: {what}", source.path));
    let lines = source.text.lines().count();
    if lines > MOST_LINES_OF_A_FILE {
        say(lines, format!("{lines} lines, of {MOST_LINES_OF_A_FILE} at most"));
    }
    for (line, length) in functions(&source.text).into_iter().filter(|found| found.1 > MOST_LINES_OF_A_FUNCTION) {
        say(line, format!("a function of {length} lines, of {MOST_LINES_OF_A_FUNCTION} at most"));
    }
    for (index, line) in source.text.lines().enumerate() {
        if line.contains('\t') || line != line.trim_end() {
            say(index + 1, "a tab, or blanks at the end".to_owned());
        }
        let unfinished = ["todo!", "unimplemented!", "dbg!", "TODO", "FIXME", "XXX"];
        for word in unfinished.iter().filter(|word| line.contains(**word)) {
            say(index + 1, format!("`{word}`"));
        }
    }
    if !source.text.ends_with('\n') {
        say(lines, "no end of line at the end".to_owned());
    }
    found
}

#[test]
fn code_is_short_finished_and_clean() {
    let all = files("src", "rs").into_iter().chain(files("benches", "rs"));
    let found: Vec<String> = all.flat_map(|source| untidy(&source)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_untidy_is_found() {
    let long = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines));
    let count = |text: &str| untidy(&Source::new("src/x.rs", text)).len();
    assert_eq!(count(&long(78)), 0);
    assert_eq!(count(&long(79)), 1);
    assert_eq!(count(&long(600)), 2);
    assert_eq!(count("fn f() { \n\tg();\n    todo!()\n}"), 4);
    assert_eq!(functions("pub const fn a(x: [u8; 2]) -> u8 {\n    x[0]\n}\nfn b();\n"), [(1, 3), (4, 1)]);
}

fn data(folder: &str) -> Vec<(Source, Table)> {
    let parse = |source: Source| {
        let table = source.text.parse().unwrap_or_else(|error| panic!("{}: {error}", source.path));
        (source, table)
    };
    files(folder, "toml").into_iter().map(parse).collect()
}

fn entries<'a>(table: &'a Table, key: &str) -> Vec<(String, &'a Table)> {
    match table.get(key) {
        Some(Value::Table(named)) => {
            named.iter().map(|(name, value)| (name.clone(), value.as_table().expect("a table"))).collect()
        }
        Some(Value::Array(rows)) => {
            let row = |(index, value): (usize, &'a Value)| {
                (format!("{key} {}", index + 1), value.as_table().expect("a table"))
            };
            rows.iter().enumerate().map(row).collect()
        }
        _ => Vec::new(),
    }
}

fn dated(text: Option<&Value>) -> bool {
    text.and_then(Value::as_str).is_some_and(|date| date.len() >= 4 && date[..4].chars().all(|c| c.is_ascii_digit()))
}

#[test]
fn every_price_has_a_dated_source() {
    for (file, table) in data("prices") {
        let sources = entries(&table, "sources");
        for (name, source) in &sources {
            assert!(dated(source.get("as_of")), "{}: source {name} has no date", file.path);
            assert!(source.contains_key("title"), "{}: source {name} has no title", file.path);
        }
        let priced = [entries(&table, "row"), entries(&table, "table"), entries(&table, "rules")].concat();
        assert!(!priced.is_empty(), "{} has no rows", file.path);
        for (name, row) in priced {
            let source = row.get("source").and_then(Value::as_str).unwrap_or_default();
            assert!(sources.iter().any(|known| known.0 == source), "{}: {name} has no known source", file.path);
        }
    }
}

#[test]
fn every_parameter_of_a_platform_has_a_date_and_a_source() {
    for (file, table) in data("platforms") {
        let sources = table["sources"].as_table().expect("sources");
        for (name, entry) in [entries(&table, "parameter"), entries(&table, "curve")].concat() {
            let source = entry.get("source").and_then(Value::as_str).unwrap_or_default();
            assert!(dated(entry.get("date")), "{}: {name} has no date", file.path);
            assert!(sources.contains_key(source), "{}: {name} has no known source", file.path);
        }
    }
}

#[test]
fn the_documents_name_every_list_pack_and_scenario() {
    let documents: String = ["README.md", "docs/models.md"].map(read).concat();
    let listed = ["prices", "platforms", "scenarios"].iter().flat_map(|folder| files(folder, "toml"));
    for file in listed {
        assert!(documents.contains(&file.path), "neither README.md nor docs/models.md names {}", file.path);
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every table of the form of scenario files stands whole in one table of its reference, with what the form says of each key.
#[test]
fn the_reference_of_scenarios_has_every_table() {
    let reference = read("docs/scenario.md");
    let tables = tables(&reference);
    let schema: serde_json::Value = serde_json::from_str(&read("scenario.schema.json")).expect("the schema");
    let mut shapes = Vec::new();
    collect_shapes(&schema, &mut shapes);
    assert!(shapes.len() > 50, "the schema has {} tables", shapes.len());
    let mut found = Vec::new();
    for shape in &shapes {
        let missing = tables.iter().map(|rows| missing(shape, rows)).min_by_key(Vec::len).unwrap_or_default();
        found.extend(missing.iter().map(|(key, what)| {
            let beside: Vec<&str> = shape.iter().map(|(key, _)| key.as_str()).take(4).collect();
            format!("`{key}`: {what} (beside {})", beside.join(", "))
        }));
    }
    assert!(found.is_empty(), "docs/scenario.md lacks:\n{}", found.join("\n"));
}

/// Key and sentence.
type Described = (String, String);

fn missing<'a>(shape: &'a [Described], rows: &[&str]) -> Vec<&'a Described> {
    let described = |(key, what): &&Described| {
        rows.iter().any(|row| row.contains(&format!("`{key}`")) && row.contains(what.as_str()))
    };
    shape.iter().filter(|entry| !described(entry)).collect()
}

/// The rows of each table of a document.
fn tables(text: &str) -> Vec<Vec<&str>> {
    let mut tables = vec![Vec::new()];
    for line in text.lines() {
        match line.starts_with('|') {
            true => tables.last_mut().expect("one at least").push(line),
            false => tables.push(Vec::new()),
        }
    }
    tables.retain(|rows| !rows.is_empty());
    tables
}

fn collect_shapes(schema: &serde_json::Value, shapes: &mut Vec<Vec<Described>>) {
    if let Some(properties) = schema["properties"].as_object() {
        let described = |(key, value): (&String, &serde_json::Value)| {
            value["description"].as_str().map(|what| (key.clone(), what.to_owned()))
        };
        shapes.push(properties.iter().filter_map(described).collect());
    }
    match schema {
        serde_json::Value::Object(fields) => fields.values().for_each(|value| collect_shapes(value, shapes)),
        serde_json::Value::Array(items) => items.iter().for_each(|value| collect_shapes(value, shapes)),
        _ => {}
    }
}

#[test]
fn a_key_that_stands_only_in_another_table_is_missed() {
    let rows = "| `a` | one |\n| `b` | two |\n\n| `a` | one |\n";
    let of = |what: &str| ("a".to_owned(), what.to_owned());
    let shape = [of("one"), ("b".to_owned(), "two".to_owned())];
    let lacking: Vec<usize> = tables(rows).iter().map(|rows| missing(&shape, rows).len()).collect();
    assert_eq!(lacking, [0, 1]);
}

/// Links between documents lead somewhere.
#[test]
fn links_between_documents_lead_somewhere() {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|p| Source::new(p, &read(p)));
    for document in top.into_iter().chain(files("docs", "md")) {
        let folder = root().join(&document.path).parent().expect("a folder").to_path_buf();
        for link in document.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let outside = link.is_empty() || link.contains("://");
            assert!(outside || folder.join(link).exists(), "{}: {link} is not there", document.path);
        }
    }
}
