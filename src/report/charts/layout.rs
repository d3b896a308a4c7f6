//! From a chart to shapes: title, legend, and panels with their axes. [`super::marks`] draws inside.

use super::font::Fonts;
use super::marks::{self, Frame};
use super::scene::{Anchor, DASHES, Ink, Marker, Scene, Shape};
use super::{Chart, Key, Legend, Mark, Panel};

/// Width of every chart.
const WIDTH: f64 = 760.0;
/// Empty space around everything.
const EDGE: f64 = 14.0;
/// Between panels.
const GAP: f64 = 26.0;

pub const SMALL: f64 = 12.0;
const TITLE: f64 = 16.0;
const SUBTITLE: f64 = 12.5;

/// Longest label left of an axis, and right of a line.
const LABEL_ROOM: f64 = 170.0;

/// Collects shapes from the top to the bottom.
pub struct Canvas<'a> {
    pub fonts: &'a Fonts,
    pub shapes: Vec<Shape>,
}

impl Canvas<'_> {
    pub fn text(&mut self, text: &str, at: [f64; 2], anchor: Anchor, ink: Ink) {
        self.styled(text, at, SMALL, false, anchor, ink);
    }

    pub fn styled(&mut self, text: &str, at: [f64; 2], size: f64, bold: bool, anchor: Anchor, ink: Ink) {
        self.shapes.push(Shape::Text { at, text: text.to_owned(), size, bold, anchor, ink });
    }

    pub fn line(&mut self, points: Vec<[f64; 2]>, ink: Ink, width: f64, dash: &'static [f64]) {
        self.shapes.push(Shape::Line { points, ink, width, dash });
    }

    pub fn rectangle(&mut self, [left, top]: [f64; 2], [right, bottom]: [f64; 2], ink: Ink, opacity: f64, tip: &str) {
        let points = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
        self.shapes.push(Shape::Fill { points, ink, opacity, tip: tip.to_owned() });
    }
}

pub fn lay_out(chart: &Chart, fonts: &Fonts) -> Scene {
    let mut canvas = Canvas { fonts, shapes: Vec::new() };
    let header = header(&mut canvas, chart);
    let mut y = legend(&mut canvas, &chart.legend, header + 4.0);
    let margins = Margins::of(chart, fonts);
    for row in chart.panels.chunks(chart.columns.max(1)) {
        y = panels(&mut canvas, row, chart.columns.max(1), &margins, y) + 4.0;
    }
    if chart.is_empty() {
        y = placeholder(&mut canvas, header, &chart.subtitle);
    }
    Scene {
        id: chart.id,
        title: chart.title.clone(),
        description: chart.subtitle.clone(),
        width: WIDTH,
        height: (y + EDGE).ceil(),
        header: header.floor(),
        shapes: canvas.shapes,
    }
}

fn header(canvas: &mut Canvas, chart: &Chart) -> f64 {
    let room = WIDTH - 2.0 * EDGE;
    let mut y = EDGE;
    for line in canvas.fonts.wrap(&chart.title, TITLE, true, room) {
        y += 20.0;
        canvas.styled(&line, [EDGE, y - 4.0], TITLE, true, Anchor::Start, Ink::Text);
    }
    if !chart.is_empty() {
        for line in canvas.fonts.wrap(&chart.subtitle, SUBTITLE, false, room) {
            y += 17.0;
            canvas.styled(&line, [EDGE, y - 3.0], SUBTITLE, false, Anchor::Start, Ink::Muted);
        }
    }
    y + 6.0
}

/// A frame that says why there is nothing in it.
fn placeholder(canvas: &mut Canvas, top: f64, why: &str) -> f64 {
    let bottom = top + 90.0;
    let corners = [[EDGE, top], [WIDTH - EDGE, top], [WIDTH - EDGE, bottom], [EDGE, bottom], [EDGE, top]];
    canvas.line(corners.to_vec(), Ink::Grid, 1.0, DASHES[1]);
    canvas.text(why, [WIDTH / 2.0, (top + bottom) / 2.0 + 4.0], Anchor::Middle, Ink::Muted);
    bottom
}

/// Entries side by side, in as many lines as they need. Returns where they end.
fn legend(canvas: &mut Canvas, entries: &[Legend], top: f64) -> f64 {
    let (mut x, mut y) = (EDGE, top);
    for entry in entries {
        let text = canvas.fonts.fitted(&entry.text, SMALL, false, WIDTH - 2.0 * EDGE - 34.0);
        let width = 34.0 + canvas.fonts.width(&text, SMALL, false) + 18.0;
        if x + width - 18.0 > WIDTH - EDGE && x > EDGE {
            x = EDGE;
            y += 19.0;
        }
        swatch(canvas, entry, [x, y]);
        canvas.text(&text, [x + 34.0, y + 13.0], Anchor::Start, Ink::Text);
        x += width;
    }
    if entries.is_empty() { top } else { y + 22.0 }
}

fn swatch(canvas: &mut Canvas, entry: &Legend, [x, y]: [f64; 2]) {
    let ink = Ink::Series(entry.series);
    match entry.key {
        Key::Line => {
            canvas.line(vec![[x, y + 9.0], [x + 28.0, y + 9.0]], ink, 2.2, DASHES[entry.series % DASHES.len()]);
        }
        Key::Bar => marks::bar(canvas, [x + 8.0, y + 3.0], [x + 28.0, y + 15.0], entry.series, ""),
        Key::Area => canvas.rectangle([x + 2.0, y + 3.0], [x + 28.0, y + 15.0], ink, 0.3, ""),
        Key::Dot => {
            let marker = Marker::of(entry.series);
            canvas.shapes.push(Shape::Dot { at: [x + 20.0, y + 9.0], marker, ink, tip: String::new() });
        }
    }
}

/// Space left and right of every plot, the same for all panels, so that they align.
struct Margins {
    left: f64,
    right: f64,
}

impl Margins {
    fn of(chart: &Chart, fonts: &Fonts) -> Self {
        let width = |text: &str| fonts.width(text, SMALL, false).min(LABEL_ROOM);
        let ticks = chart.panels.iter().flat_map(|panel| &panel.y.ticks).map(|(_, text)| width(text));
        let ends = chart.panels.iter().flat_map(|panel| &panel.marks).map(|mark| match mark {
            Mark::Line { label: Some(text), .. } => width(text) + 16.0,
            _ => 0.0,
        });
        Self { left: ticks.fold(0.0, f64::max) + 8.0, right: ends.fold(12.0, f64::max) }
    }
}

/// A row of panels. Returns where it ends.
fn panels(canvas: &mut Canvas, row: &[Panel], columns: usize, margins: &Margins, top: f64) -> f64 {
    let cell = (WIDTH - 2.0 * EDGE - GAP * (columns - 1) as f64) / columns as f64;
    let heading = row.iter().any(|panel| !panel.heading.is_empty());
    let named = row.iter().any(|panel| !panel.y.title.is_empty());
    let above = if heading { 25.0 } else { 6.0 } + if named { 20.0 } else { 0.0 };
    let mut bottom = top;
    for (column, panel) in row.iter().enumerate() {
        let left = EDGE + column as f64 * (cell + GAP);
        let frame = Frame {
            left: left + margins.left,
            right: left + cell - margins.right,
            top: top + above,
            bottom: top + above + panel.height,
        };
        if heading {
            let text = canvas.fonts.fitted(&panel.heading, SUBTITLE, true, cell);
            canvas.styled(&text, [left, top + 14.0], SUBTITLE, true, Anchor::Start, Ink::Text);
        }
        if !panel.y.title.is_empty() {
            canvas.text(&panel.y.title, [left, frame.top - 13.0], Anchor::Start, Ink::Muted);
        }
        axes(canvas, panel, &frame);
        marks::draw(canvas, panel, &frame);
        bottom = f64::max(bottom, frame.bottom + below(panel));
    }
    bottom
}

/// Room for the labels of the x axis.
fn below(panel: &Panel) -> f64 {
    let ticks = if panel.x.ticks.iter().all(|(_, text)| text.is_empty()) { 8.0 } else { 20.0 };
    ticks + if panel.x.title.is_empty() { 2.0 } else { 20.0 }
}

fn axes(canvas: &mut Canvas, panel: &Panel, frame: &Frame) {
    let rows = panel.y.row_count() > 0;
    for (at, text) in &panel.y.ticks {
        let y = frame.y(panel, *at);
        if !rows {
            canvas.line(vec![[frame.left, y], [frame.right, y]], Ink::Grid, 1.0, &[]);
        }
        let text = canvas.fonts.fitted(text, SMALL, false, LABEL_ROOM);
        let ink = if rows { Ink::Text } else { Ink::Muted };
        canvas.text(&text, [frame.left - 7.0, y + 4.0], Anchor::End, ink);
    }
    let mut free = f64::NEG_INFINITY;
    for (at, text) in &panel.x.ticks {
        let x = frame.x(panel, *at);
        canvas.line(vec![[x, frame.top], [x, frame.bottom]], Ink::Grid, 1.0, &[]);
        let half = canvas.fonts.width(text, SMALL, false) / 2.0;
        let center = x.min(WIDTH - 4.0 - half);
        if center - half > free {
            canvas.text(text, [center, frame.bottom + 16.0], Anchor::Middle, Ink::Muted);
            free = center + half + 6.0;
        }
    }
    let base = if rows {
        [[frame.left, frame.top], [frame.left, frame.bottom]]
    } else {
        [[frame.left, frame.bottom], [frame.right, frame.bottom]]
    };
    canvas.line(base.to_vec(), Ink::Muted, 1.0, &[]);
    if !panel.x.title.is_empty() {
        let middle = (frame.left + frame.right) / 2.0;
        canvas.text(&panel.x.title, [middle, frame.bottom + 34.0], Anchor::Middle, Ink::Muted);
    }
}
