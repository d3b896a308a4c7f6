//! Charts: each file makes a description from tables, [`layout`] turns it into shapes, and [`svg`]
//! and [`png`] draw the same shapes.
//!
//! The SVG is our own writer's because plotters' has fixed black text, no title and no dark
//! colours; PNG is drawn through plotters, except for text (see [`font`]).

mod axis;
mod bands;
pub mod breakeven;
mod causes;
mod claims;
pub mod cold_start_curve;
mod cold_starts;
pub mod commit;
pub mod compare;
mod cost;
mod cost_over_time;
mod finer;
mod font;
mod functions;
mod headroom;
mod latency;
mod layout;
mod lettering;
pub mod map;
mod marks;
pub mod optimize;
mod phases;
mod png;
mod readings;
mod say;
mod scene;
mod svg;
pub mod sweep;
mod timeline;
mod tradeoff;
pub mod uncertainty;
mod week;

pub use axis::Axis;
pub use font::Fonts;
pub use layout::{Sheet, lay_out, lay_out_swatch};
pub use png::to_png;
pub use readings::json as readings;
pub use say::Say;
pub use scene::{DARK, LIGHT, Palette, Scene};
pub use svg::{Dress, style, swatch, to_svg};

use crate::report::story;
use crate::results::sweep::SweepAxis;
use crate::results::{DeploymentResult, Results, Tables};

use super::figures::{short, shortened};

/// What a chart says and shows, without pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Name of its files.
    pub id: &'static str,
    /// The finding, in one sentence.
    pub title: String,
    /// What is drawn and how to read it.
    pub subtitle: String,
    pub legend: Vec<Legend>,
    pub panels: Vec<Panel>,
    /// Panels side by side.
    pub columns: usize,
    pub data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    pub key: Key,
    pub series: usize,
    pub text: String,
}

/// What stands in front of an entry of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Line,
    Bar,
    Area,
    Dot,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub heading: String,
    /// Of the plot itself, without labels.
    pub height: f64,
    pub x: Axis,
    pub y: Axis,
    pub marks: Vec<Mark>,
    pub by: By,
}

/// What of a panel belongs to which deployment, by their places in the results: a reader can switch them on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Nothing to any.
    Nobody,
    /// Every series to one.
    Series,
    /// Every row to one.
    Rows,
    /// The whole panel to this one.
    Panel(usize),
}

impl Panel {
    /// Whether one can look closer at a part of it, and read values along it.
    pub fn zooms(&self) -> bool {
        let runs = |mark: &Mark| matches!(mark, Mark::Line { .. } | Mark::Area { .. } | Mark::Range { .. });
        self.y.row_count() == 0 && self.x.row_count() == 0 && self.marks.iter().any(runs)
    }

    /// The deployment of the whole panel.
    const fn of(&self) -> Option<usize> {
        match self.by {
            By::Panel(deployment) => Some(deployment),
            By::Nobody | By::Series | By::Rows => None,
        }
    }

    fn of_row(&self, row: usize) -> Option<usize> {
        if self.by == By::Rows { Some(row) } else { self.of() }
    }

    fn of_mark(&self, mark: &Mark) -> Option<usize> {
        match (self.by, mark) {
            (
                By::Series,
                Mark::Line { series, .. }
                | Mark::Area { series, .. }
                | Mark::Range { series, .. }
                | Mark::Bar { series, .. }
                | Mark::Dot { series, .. }
                | Mark::Cell { series: Some(series), .. },
            ) => Some(*series),
            (By::Rows, Mark::Bar { row, .. } | Mark::Whisker { row, .. } | Mark::Note { row, .. }) => Some(*row),
            (By::Rows, Mark::Dot { at, .. }) => Some(at[1].max(0.0) as usize),
            _ => self.of(),
        }
    }
}

/// Something drawn from data. Rows count from the top; values are in the units of their axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// `label` stands at its right end.
    Line {
        points: Vec<[f64; 2]>,
        series: usize,
        label: Option<String>,
    },
    /// Filled down to the axis.
    Area {
        points: Vec<[f64; 2]>,
        series: usize,
    },
    /// Filled from `low` to `high`: points are `[x, low, high]`.
    Range {
        points: Vec<[f64; 3]>,
        series: usize,
        opacity: f64,
    },
    /// `label` is drawn where it fits inside.
    Bar {
        row: usize,
        from: f64,
        to: f64,
        series: usize,
        label: String,
    },
    /// An interval over a bar.
    Whisker {
        row: usize,
        low: f64,
        high: f64,
    },
    /// Text to the right of `at` in a row.
    Note {
        row: usize,
        at: f64,
        text: String,
    },
    Dot {
        at: [f64; 2],
        series: usize,
        label: Option<String>,
        tip: String,
    },
    /// A rectangle of a map; `series`: none where nothing stands for it. `shade`: how dark, from 0 to 1, where that says
    /// how much.
    Cell {
        from: [f64; 2],
        to: [f64; 2],
        series: Option<usize>,
        shade: Option<f64>,
        label: String,
        tip: String,
    },
    /// An upper bound on x.
    Bound {
        at: f64,
        text: String,
    },
    /// An upper bound on y.
    Ceiling {
        at: f64,
        text: String,
    },
    /// A span of x that counts differently.
    Band {
        from: f64,
        to: f64,
        text: String,
    },
}

/// The figures behind a chart, ready to print.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    pub headings: Vec<String>,
    /// The first cell names the row.
    pub rows: Vec<Vec<String>>,
    /// What was left out.
    pub note: String,
}

impl Chart {
    /// A chart that has nothing to show says so.
    fn empty(id: &'static str, title: &str, why: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            subtitle: why.to_owned(),
            legend: Vec::new(),
            panels: Vec::new(),
            columns: 1,
            data: Data::default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.panels.is_empty()
    }
}

/// All charts, in the order of the report.
pub fn all(results: &Results, tables: &Tables) -> Vec<Chart> {
    vec![
        cost::chart(results),
        causes::chart(results),
        cost_over_time::chart(results, tables),
        tradeoff::chart(results),
        latency::chart(results, tables),
        bands::chart(results, tables),
        phases::chart(results),
        timeline::chart(results, tables),
        headroom::chart(results, tables),
        cold_starts::chart(results, tables),
        functions::chart(results, tables),
        week::chart(results, tables),
        claims::chart(results),
    ]
}

/// Lines of more deployments than there are colours cannot be told apart.
const SERIES: usize = 8;
/// Rows of a bar chart.
const ROWS: usize = 24;

/// The results with the answer in front, and after it those that are nearest to it in cost, where there are more deployments
/// than lines can be told apart.
pub fn leading(results: &Results) -> Results {
    let mut results = results.clone();
    if results.deployments.len() > SERIES {
        let cost = |deployment: &DeploymentResult| deployment.cost.per_month.to_f64();
        let least = || results.deployments.iter().min_by_key(|deployment| deployment.cost.per_month);
        let answer = story::tell(&results).winner.and_then(|winner| results.deployments.get(winner)).or_else(least);
        let answer = answer.map_or(0.0, cost);
        let far = |deployment: &DeploymentResult| (!deployment.meets(), (cost(deployment) - answer).abs());
        results.deployments.sort_by(|a, b| {
            let (a, b) = (far(a), far(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
    }
    results
}

/// Says in a subtitle that only some deployments are drawn.
fn first_of(limit: usize, all: usize) -> String {
    if all > limit {
        format!(" {limit} of {all} deployments: the answer and those nearest to it.")
    } else {
        String::new()
    }
}

/// What is varied, as the title of an axis.
fn varied(axis: &SweepAxis, log: bool) -> String {
    let unit = if axis.unit.is_empty() { String::new() } else { format!(", {}", axis.unit) };
    format!("{}{unit}{}", short(&axis.path), if log { " (log scale)" } else { "" })
}

/// A deployment's name as a label.
fn label(name: &str) -> String {
    shortened(name, 22)
}
