//! What a reader of a page sees where they point: the values along the lines of a chart, as text.
//!
//! The page has no arithmetic of its own: places and texts come from here, in the words of the rest of the report.

use std::collections::HashMap;

use serde::Serialize;

use super::{Chart, Mark, Panel};

/// Points of a line; more cannot be pointed at.
const POINTS: usize = 400;
/// Places count from 0 to this, left to right and bottom to top.
const WHOLE: f64 = 10_000.0;

/// All that can be read off a chart. Texts stand once and are named by their place.
#[derive(Serialize)]
struct Readings<'a> {
    texts: Vec<String>,
    panels: Vec<OfPanel<'a>>,
}

#[derive(Serialize)]
struct OfPanel<'a> {
    heading: &'a str,
    /// Place and text of all ticks, the coarse ones first.
    ticks: Vec<(i32, usize)>,
    lines: Vec<OfLine>,
}

#[derive(Serialize)]
struct OfLine {
    name: usize,
    series: usize,
    of: Option<usize>,
    /// Places along both axes, and their texts.
    points: Vec<(i32, i32, usize, usize)>,
}

/// As JSON that can stand in a page; `None` where nothing can be read.
pub fn json(chart: &Chart) -> Option<String> {
    if !chart.panels.iter().any(Panel::zooms) {
        return None;
    }
    let mut texts = Texts::default();
    let panels = chart.panels.iter().map(|panel| of_panel(chart, panel, &mut texts)).collect();
    let json = serde_json::to_string(&Readings { texts: texts.all, panels }).ok()?;
    // Nothing in it may end the element that it stands in.
    Some(json.replace('<', "\\u003c"))
}

#[derive(Default)]
struct Texts {
    all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Texts {
    fn place(&mut self, text: String) -> usize {
        *self.known.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() - 1
        })
    }
}

fn of_panel<'a>(chart: &'a Chart, panel: &'a Panel, texts: &mut Texts) -> OfPanel<'a> {
    if !panel.zooms() {
        return OfPanel { heading: &panel.heading, ticks: Vec::new(), lines: Vec::new() };
    }
    let ticks = panel.x.finer_ticks().into_iter().map(|(at, label)| (whole(at), texts.place(label))).collect();
    let mut lines: Vec<OfLine> = Vec::new();
    for mark in &panel.marks {
        let Some((series, points)) = run(panel, mark) else { continue };
        let is_mean = |other: &Mark| matches!(other, Mark::Line { series: of, .. } | Mark::Area { series: of, .. } if *of == series);
        if matches!(mark, Mark::Range { .. }) && panel.marks.iter().any(is_mean) {
            continue;
        }
        let points: Vec<_> = points.into_iter().map(|point| reading(panel, point, texts)).collect();
        match lines.iter_mut().find(|line| line.series == series) {
            // A line over its own area says the same; parts of a broken line follow each other.
            Some(line) => {
                let last = line.points.last().map_or(-1, |point| point.0);
                line.points.extend(points.into_iter().filter(|point| point.0 > last));
            }
            None => lines.push(OfLine {
                name: texts.place(name(chart, mark, series)),
                series,
                of: panel.of_mark(mark),
                points,
            }),
        }
    }
    for line in &mut lines {
        line.points.sort_by_key(|point| point.0);
        let every = line.points.len().div_ceil(POINTS).max(1);
        line.points = line.points.iter().step_by(every).copied().collect();
    }
    OfPanel { heading: &panel.heading, ticks, lines }
}

/// Series and points of what runs along the panel; upright strokes through dots, which are intervals, do not.
fn run(panel: &Panel, mark: &Mark) -> Option<(usize, Vec<[f64; 2]>)> {
    let dotted = || panel.marks.iter().any(|mark| matches!(mark, Mark::Dot { .. }));
    match mark {
        Mark::Line { points, .. } if points.len() == 2 && points[0][0] >= points[1][0] && dotted() => None,
        Mark::Line { points, series, .. } => Some((*series, points.clone())),
        Mark::Area { points, series } => Some((*series, points.clone())),
        Mark::Range { points, series, .. } => Some((*series, points.iter().map(|[x, _, y]| [*x, *y]).collect())),
        _ => None,
    }
}

fn reading(panel: &Panel, [x, y]: [f64; 2], texts: &mut Texts) -> (i32, i32, usize, usize) {
    let (at, value) = (panel.x.say.value(x), panel.y.say.value(y));
    (whole(panel.x.place(x)), whole(panel.y.place(y)), texts.place(at), texts.place(value))
}

fn whole(place: f64) -> i32 {
    (place * WHOLE).round() as i32
}

/// What the legend calls the series, without the figure that it adds; else the label at the end of the line.
fn name(chart: &Chart, mark: &Mark, series: usize) -> String {
    let entry = chart.legend.iter().find(|entry| entry.series == series);
    if let Some(entry) = entry {
        return entry.text.split(" · ").next().unwrap_or_default().to_owned();
    }
    match mark {
        Mark::Line { label: Some(label), .. } => label.clone(),
        _ => String::new(),
    }
}
