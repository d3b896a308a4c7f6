//! What a study says on a terminal of 80 columns.

use std::path::PathBuf;

use super::{BOLD, COLUMNS, Color, DIM, wrapped};
use crate::report::figures::{shortened, width};
use crate::report::sure;
use crate::results::studied::StudiedScenario;

/// What stands on the terminal, from top to bottom.
#[derive(Clone, Debug, Default)]
pub struct Told<'a> {
    /// What was studied, and how: facts with dots between them.
    pub heading: Vec<String>,
    pub tables: Vec<Columns>,
    pub headline: String,
    /// A paragraph each.
    pub advice: Vec<String>,
    /// How long the warm-up is, where it had to be found.
    pub warmup: Option<String>,
    pub paths: &'a [(&'a str, PathBuf)],
}

/// A small table. The first column is text, the others are aligned to the right.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Rows that stand in the files alone.
    pub more: usize,
}

/// Rows of a table that are printed; the others stand in the files.
const ROWS: usize = 30;
const GAP: &str = "  ";

pub fn study(told: &Told<'_>, color: Color) -> String {
    let mut lines = wrapped(&told.heading.join(" · "), "", COLUMNS);
    for table in &told.tables {
        lines.push(String::new());
        lines.extend(table.lines(color));
    }
    lines.push(String::new());
    lines.extend(wrapped(&told.headline, "", COLUMNS).iter().map(|line| color.paint(BOLD, line)));
    for paragraph in told.advice.iter().chain(&told.warmup) {
        lines.extend(wrapped(paragraph, "", COLUMNS));
    }
    if !told.paths.is_empty() {
        lines.push(String::new());
    }
    let label = told.paths.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
    lines.extend(told.paths.iter().map(|(name, path)| format!("{name:label$}  {}", path.display())));
    lines.iter().map(|line| line.trim_end().replace('\u{a0}', " ") + "\n").collect()
}

impl Told<'_> {
    /// Of a study of `scenario`; its `own` facts stand between the name and the seed.
    pub fn of<const N: usize>(scenario: &StudiedScenario, own: [String; N]) -> Self {
        let name = [shortened(&scenario.name, 40)];
        let seed = [format!("seed\u{a0}{}", scenario.seed)];
        Self {
            heading: name.into_iter().chain(own).chain(seed).collect(),
            warmup: sure::found_warmup(scenario.warmup_s, scenario.warmup_found.as_ref()),
            ..Self::default()
        }
    }
}

impl Columns {
    pub fn new(headings: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self { headings: headings.iter().map(|heading| (*heading).to_owned()).collect(), rows, more: 0 }
    }

    fn lines(&self, color: Color) -> Vec<String> {
        let shown = &self.rows[..self.rows.len().min(ROWS)];
        let cells = |place: usize| shown.iter().filter_map(move |row| row.get(place)).chain(self.headings.get(place));
        let mut widths: Vec<usize> =
            (0..self.headings.len()).map(|place| cells(place).map(|cell| width(cell)).max().unwrap_or(0)).collect();
        let total =
            |widths: &[usize]| widths.iter().map(|width| width + GAP.len()).sum::<usize>().saturating_sub(GAP.len());
        // Names stand first and give way first; then what is widest.
        for first in [true, false] {
            let excess = total(&widths).saturating_sub(COLUMNS);
            let widest = if first { widths.first_mut() } else { widths.iter_mut().max() };
            if let Some(width) = widest {
                *width = (*width).min(width.saturating_sub(excess).max(8));
            }
        }
        let line = |cells: &[String]| {
            let cell = |(place, text): (usize, &String)| {
                let text = shortened(text, widths[place].max(1));
                let space = " ".repeat(widths[place].saturating_sub(width(&text)));
                if place == 0 { format!("{text}{space}") } else { format!("{GAP}{space}{text}") }
            };
            cells.iter().enumerate().map(cell).collect::<String>()
        };
        let mut lines = vec![color.paint(DIM, &line(&self.headings))];
        lines.extend(shown.iter().map(|row| line(row)));
        let more = self.rows.len() - shown.len() + self.more;
        if more > 0 {
            lines.push(color.paint(DIM, &format!("and {more} more in the table")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_whichever_column_is_wide() {
        let long = "x".repeat(90);
        for row in [["a", &long, "$52.58"], [&long, &long, "$52.58"], [&long, "b", "$52.58"]] {
            let table = Columns::new(&["name", "configuration", "a month"], vec![row.map(str::to_owned).to_vec()]);
            for line in table.lines(Color::Never) {
                assert!(width(&line) <= COLUMNS, "{line}");
            }
            assert!(table.lines(Color::Never)[1].ends_with("$52.58"), "figures stay whole");
        }
    }
}
