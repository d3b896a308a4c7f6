//! The project's own source code, for the tests that read it.

use std::fs;
use std::path::{Path, PathBuf};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One file of source code.
pub struct Source {
    /// From the root of the project, with `/`.
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The file that ships: without the unit tests at its end, comments and the contents of texts blanked out.
    pub fn shipped_code(&self) -> String {
        let shipped = self.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        blank(shipped)
    }
}

/// Every file under `folder` whose name ends in `.extension`, in order of their paths.
pub fn files(folder: &str, extension: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), extension, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} has no .{extension} file");
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|end| end == extension) {
            let name = path.strip_prefix(root()).expect("inside the project").to_string_lossy().replace('\\', "/");
            found.push(Source { path: name, text: fs::read_to_string(&path).expect("text") });
        }
    }
}

/// Replaces comments, and what stands in texts and characters, by blanks; lines and columns stay where they are.
pub fn blank(code: &str) -> String {
    let bytes = code.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at..] {
            [b'/', b'/', ..] => line(&bytes[at..]),
            [b'r', b'"', ..] | [b'r', b'#', ..] => raw_text(&bytes[at..]),
            [b'"', ..] => text(&bytes[at..]),
            [b'\'', ..] => character(&bytes[at..]),
            _ => 0,
        };
        for byte in &mut out[at..at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at += length.max(1);
    }
    String::from_utf8(out).expect("whole characters are blanked")
}

fn line(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}

fn text(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// `r#"..."#`; nothing if it is a raw name.
fn raw_text(bytes: &[u8]) -> usize {
    let hashes = bytes[1..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let body = &bytes[2 + hashes..];
    let found = body.windows(end.len()).position(|window| window == end);
    found.map_or(bytes.len(), |place| 2 + hashes + place + end.len())
}

/// `'a'`, `'\n'`; nothing if it is a lifetime.
fn character(bytes: &[u8]) -> usize {
    if bytes.get(1) == Some(&b'\\') {
        return bytes[2..].iter().skip(1).position(|byte| *byte == b'\'').map_or(0, |place| place + 4);
    }
    let end = bytes.iter().take(6).skip(2).position(|byte| *byte == b'\'').map(|place| place + 2);
    let one = |end: usize| std::str::from_utf8(&bytes[1..end]).is_ok_and(|inside| inside.chars().count() == 1);
    end.filter(|end| one(*end)).map_or(0, |end| end + 1)
}

#[test]
fn comments_and_texts_are_blanked_and_code_stays() {
    let code = "let a = '{'; // }\nlet b = \"\\\"{\"; fn f<'a>(x: &'a str) { r#\"}\"# }\n";
    let blanked = blank(code);
    assert_eq!(blanked.len(), code.len());
    assert_eq!(blanked.matches(['{', '}']).collect::<String>(), "{}");
    assert!(blanked.contains("fn f<'a>(x: &'a str) {"), "{blanked}");
}
