//! A comparison as a comment for a pull request.
//!
//! Names come from anybody's scenario: they must neither change the form of the comment, nor mention people, nor link.

use super::{Group, advice, assumptions, groups, headline};
use crate::results::compared::{Compared, Comparison};
use crate::results::gate::Gate;

/// The comment: a section for each side.
pub fn markdown(answer: &Comparison) -> String {
    let sections: Vec<String> =
        answer.comparisons.iter().map(|compared| section(compared, answer.gate.as_ref())).collect();
    sections.join("\n")
}

fn section(compared: &Compared, gate: Option<&Gate>) -> String {
    let mut lines = vec![format!("### {}", escaped(&headline(compared, gate))), String::new()];
    lines.push(format!("`{}` against `{}`", code(&compared.head.label), code(&compared.base.label)));
    lines.push(String::new());
    let groups = groups(compared);
    lines.extend(figures(&groups));
    lines.push(String::new());
    // Two blanks at the end break the line.
    lines.extend(advice(compared, gate).iter().map(|sentence| escaped(sentence) + "  "));
    for group in groups.iter().filter(|group| !group.bill.is_empty()) {
        let rows: Vec<&[String]> = group.bill.iter().map(<[String; 4]>::as_slice).collect();
        lines.extend(folded(&format!("Bill of {}", group.name), &["line", "base", "head", "change"], &rows));
    }
    let rests = assumptions(compared);
    if !rests.is_empty() {
        let rows: Vec<&[String]> = rests.iter().map(<[String; 3]>::as_slice).collect();
        lines.extend(folded("Prices and assumptions that differ", &["what", "base", "head"], &rows));
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ") + "\n").collect()
}

/// All deployments in one table.
fn figures(groups: &[Group]) -> Vec<String> {
    let headings = groups.first().map_or(&[][..], |group| &group.headings);
    let mut lines = vec![format!("| deployment | figure | {} |", headings.join(" | "))];
    let numbers = "--:|".repeat(headings.len().saturating_sub(1));
    lines.push(format!("|---|---|{numbers}---|"));
    for group in groups {
        for row in &group.rows {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            lines.push(format!("| {} | {} |", escaped(&group.name), cells.join(" | ")));
        }
    }
    lines
}

/// A table that opens on demand.
fn folded(title: &str, headings: &[&str], rows: &[&[String]]) -> Vec<String> {
    let mut lines = vec![String::new(), "<details>".to_owned(), format!("<summary>{}</summary>", in_html(title))];
    let numbers = "--:|".repeat(headings.len().saturating_sub(1));
    lines.extend([String::new(), format!("| {} |", headings.join(" | ")), format!("|---|{numbers}")]);
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    lines.extend([String::new(), "</details>".to_owned()]);
    lines
}

/// No character at all, but no name of a person, an issue or a page either.
const BREAK: char = '\u{200b}';

/// Text that Markdown and HTML leave as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in in_html(text).chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Text between tags, where Markdown is not read: but `@name`, `#12`, `GH-12` and addresses are.
fn in_html(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' | '#' => escaped.extend([c, BREAK]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
        .replace("://", &format!(":{BREAK}//"))
        .replace("www.", &format!("www{BREAK}."))
        .replace("GH-", &format!("GH{BREAK}-"))
}

/// Text between backquotes, where nothing is read.
fn code(text: &str) -> String {
    text.replace(['`', '\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::{escaped, in_html};

    #[test]
    fn names_do_no_harm_in_markdown() {
        assert_eq!(escaped("<script>a|b</script>*"), "&lt;script&gt;a\\|b&lt;/script&gt;\\*");
        assert_eq!(escaped("a\nb"), "a b");
        assert_eq!(in_html("a_b*c <i>"), "a_b*c &lt;i&gt;");
    }

    #[test]
    fn names_call_nobody_and_link_nowhere() {
        assert_eq!(escaped("@team #12 GH-7"), "@\u{200b}team #\u{200b}12 GH\u{200b}-7");
        assert_eq!(in_html("see https://www.example.org"), "see https:\u{200b}//www\u{200b}.example.org");
    }
}
