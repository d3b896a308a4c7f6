//! Where text goes: results to stdout, everything else to stderr.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use super::{Color, Failure};
use crate::report::terminal;
use crate::units::grouped;

pub struct Output {
    /// Colours on stderr.
    color: bool,
    /// Colours on stdout.
    color_results: bool,
    quiet: bool,
}

impl Output {
    pub(super) fn new(color: Color, quiet: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colors = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !plain && terminal,
        };
        let (color, color_results) = (colors(io::stderr().is_terminal()), colors(io::stdout().is_terminal()));
        Self { color, color_results, quiet }
    }

    pub const fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub const fn color_of_results(&self) -> terminal::Color {
        if self.color_results { terminal::Color::Always } else { terminal::Color::Never }
    }

    /// Whether to draw progress: stderr is a terminal and nobody asked for quiet.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A result. A reader that has seen enough (`| head`) is not an error.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.print_bytes(text.as_bytes())
    }

    pub fn print_bytes(&self, text: &[u8]) -> Result<(), Failure> {
        let mut stdout = BufWriter::new(io::stdout().lock());
        let newline: &[u8] = if text.ends_with(b"\n") { b"" } else { b"\n" };
        let written = stdout.write_all(text).and_then(|()| stdout.write_all(newline)).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::System(format!("stdout cannot be written: {}", crate::scenario::reason(&error))))
            }
            _ => Ok(()),
        }
    }

    /// Something to know, not a result.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    pub fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Scenario(problems) => self.stderr(&problems.render(self.color)),
            Failure::Interrupted(left) => self.titled("error", "31", &format!("interrupted; {left}")),
            Failure::Missed(text) | Failure::Input(text) | Failure::System(text) => self.titled("error", "31", text),
        }
    }

    fn titled(&self, title: &str, code: &str, text: &str) {
        if self.color {
            self.stderr(&format!("\x1b[1;{code}m{title}\x1b[0m: {text}"));
        } else {
            self.stderr(&format!("{title}: {text}"));
        }
    }

    /// Nothing can be done about a stderr that is gone.
    fn stderr(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Breaks `text` into lines of at most `width` columns, all but the first indented.
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

/// `24192000` as `24,192,000`.
pub fn thousands(number: f64) -> String {
    grouped(&format!("{:.0}", number.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words() {
        assert_eq!(wrap("one two three four", 9, 2), "one two\n  three\n  four");
        assert_eq!(wrap("short", 80, 4), "short");
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [(0.0, "0"), (999.4, "999"), (1_000.0, "1,000"), (24_192_000.0, "24,192,000")] {
            assert_eq!(thousands(number), text);
        }
    }
}
