//! An inspection as text of 80 columns.

use std::fmt::Write;

use super::{Inspection, RowFacts, TopFunction};
use crate::units::{self, Span};
use crate::workload::azure2019::Summary;

const WIDTH: usize = 80;

impl Inspection {
    /// For the terminal; no line is longer than 80 columns.
    pub fn text(&self) -> String {
        let mut lines = vec![cut_front(&self.path, WIDTH), String::new()];
        let mut fact = |name: &str, value: String| lines.push(cut(&format!("{name:<24}{value}"), WIDTH));
        fact("format", self.format.to_owned());
        fact("invocations", grouped(self.invocations));
        fact("functions", format!("{} in {} apps", grouped(self.functions as u64), grouped(self.apps as u64)));
        fact("span", span(self.span_s));
        fact(
            "rate per minute",
            format!("mean {:.2}, peak {}", self.mean_rate_per_minute, grouped(self.peak_rate_per_minute)),
        );
        if let Some(rows) = &self.rows {
            row_facts(rows, &mut fact);
        }
        if let Some(tables) = &self.tables {
            table_facts(tables, &mut fact);
        }
        lines.push(String::new());
        lines.push(format!("{:<45}{:>13}{:>9}{:>12}", "top functions", "invocations", "share", "of time"));
        lines.extend(self.top_functions.iter().map(top_line));
        lines.extend(self.warnings.iter().flat_map(|warning| wrapped(&format!("warning: {warning}"))));
        lines.join("\n") + "\n"
    }
}

fn row_facts(rows: &RowFacts, fact: &mut impl FnMut(&str, String)) {
    let duration = &rows.duration_s;
    fact("first start", format!("{:.7} s", rows.first_start_s));
    fact("last start, last end", format!("{:.4} s, {:.4} s", rows.last_start_s, rows.last_end_s));
    fact("concurrency", format!("mean {:.4}, peak {}", rows.concurrency_mean, rows.concurrency_peak));
    fact("durations", format!("sum {:.3} s, mean {}", duration.sum, span(duration.mean)));
    fact("", format!("p50 {}, p75 {}, p90 {}", span(duration.p50), span(duration.p75), span(duration.p90)));
    fact("", format!("p99 {}, max {}", span(duration.p99), span(duration.max)));
    fact(
        "longer than 30 s",
        format!(
            "{:.3} % of invocations, {:.2} % of time",
            duration.over_30s_share * 100.0,
            duration.over_30s_share_of_time * 100.0
        ),
    );
}

fn table_facts(tables: &Summary, fact: &mut impl FnMut(&str, String)) {
    fact("owners", grouped(tables.owners as u64));
    fact(
        "minutes",
        format!(
            "{}, {} to {} invocations each",
            grouped(u64::from(tables.minutes)),
            grouped(tables.per_minute_min),
            grouped(tables.per_minute_max)
        ),
    );
    fact("busiest function", grouped(tables.busiest_function));
    fact("invocations x average", format!("{} s", grouped(tables.busy_s.round() as u64)));
    fact("x average memory", format!("{} GB-s", grouped(tables.memory_gb_s.round() as u64)));
    fact(
        "with durations, memory",
        format!("{}, {}", grouped(tables.with_durations as u64), grouped(tables.with_memory as u64)),
    );
}

fn top_line(function: &TopFunction) -> String {
    let time = function.share_of_time.map_or_else(|| "-".to_owned(), |share| format!("{:.2} %", share * 100.0));
    let share = format!("{:.2} %", function.share * 100.0);
    format!("  {:<43}{:>13}{share:>9}{time:>12}", short(&function.name, 41), grouped(function.invocations))
}

/// `14d`, `250ms`: as lengths of time print.
fn span(seconds: f64) -> String {
    Span::from_seconds_f64(seconds).to_string()
}

fn grouped(number: u64) -> String {
    units::grouped(&number.to_string())
}

/// Both parts of `app/function`, each cut, so that hashes stay distinguishable.
/// Control characters would act on the terminal; they are shown as blanks.
fn short(name: &str, width: usize) -> String {
    let name = &name.replace(char::is_control, " ");
    if name.chars().count() <= width {
        return name.to_owned();
    }
    match name.split_once('/') {
        Some((app, function)) => {
            let part = (width - 5) / 2;
            format!("{}../{}..", cut(app, part), cut(function, part))
        }
        None => format!("{}..", cut(name, width - 2)),
    }
}

fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// The end of a long path.
fn cut_front(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - width + 2).collect();
    format!("..{end}")
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line + word.chars().count() + 1 > WIDTH && line > 0 {
            lines.push("  ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            let separator = if line.trim().is_empty() { "" } else { " " };
            let _ = write!(line, "{separator}{word}");
        }
    }
    lines
}
