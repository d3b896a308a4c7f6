//! From a chart to shapes: title, legend, and panels with their axes. [`super::marks`] draws inside.

use super::font::Fonts;
use super::marks::{self, Frame};
use super::scene::{Anchor, DASHES, Ink, Layer, Marker, Place, Placed, Plot, Scene, Shape};
use super::{Chart, Key, Legend, Mark, Panel};

/// What a chart is laid out for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    width: f64,
    /// With title, subtitle and legend, which a page prints itself.
    titled: bool,
    /// Longest label left of an axis, and right of a line.
    label_room: f64,
}

impl Sheet {
    /// A file of its own.
    pub const FILE: Self = Self { width: 760.0, titled: true, label_room: 170.0 };
    /// A page on a screen or on paper.
    pub const WIDE: Self = Self { titled: false, ..Self::FILE };
    /// A page on a phone of 380 pixels.
    pub const NARROW: Self = Self { width: 344.0, titled: false, label_room: 92.0 };
}

/// Empty space around everything.
const EDGE: f64 = 14.0;
/// The same where a page has its own.
const PAGE_EDGE: f64 = 2.0;
/// Between panels.
const GAP: f64 = 26.0;

pub const SMALL: f64 = 12.0;
const TITLE: f64 = 16.0;
const SUBTITLE: f64 = 12.5;
/// From a baseline to the next.
const LINE: f64 = 16.0;

/// Collects shapes from the top to the bottom.
pub struct Canvas<'a> {
    pub fonts: &'a Fonts,
    sheet: Sheet,
    /// What the next shapes belong to.
    pub place: Place,
    plots: Vec<Plot>,
    shapes: Vec<Placed>,
}

impl Canvas<'_> {
    pub fn push(&mut self, shape: Shape) {
        self.shapes.push(Placed { shape, place: self.place });
    }

    pub fn text(&mut self, text: &str, at: [f64; 2], anchor: Anchor, ink: Ink) {
        self.styled(text, at, SMALL, false, anchor, ink);
    }

    pub fn styled(&mut self, text: &str, at: [f64; 2], size: f64, bold: bool, anchor: Anchor, ink: Ink) {
        self.push(Shape::Text { at, text: text.to_owned(), size, bold, anchor, ink });
    }

    pub fn line(&mut self, points: Vec<[f64; 2]>, ink: Ink, width: f64, dash: &'static [f64]) {
        self.push(Shape::Line { points, ink, width, dash });
    }

    pub fn rectangle(&mut self, [left, top]: [f64; 2], [right, bottom]: [f64; 2], ink: Ink, opacity: f64, tip: &str) {
        let points = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
        self.push(Shape::Fill { points, ink, opacity, tip: tip.to_owned() });
    }

    /// A label as far as there is room for it.
    pub fn fitted_label(&self, text: &str) -> String {
        self.fonts.fitted(text, SMALL, false, self.sheet.label_room)
    }

    const fn edge(&self) -> f64 {
        if self.sheet.titled { EDGE } else { PAGE_EDGE }
    }

    /// Lines of text from `top` down. Returns the last baseline, or `top` without text.
    fn paragraph(&mut self, text: &str, [left, top]: [f64; 2], room: f64, size: f64, bold: bool, ink: Ink) -> f64 {
        let mut base = top;
        for line in self.fonts.wrap(text, size, bold, room) {
            base += LINE;
            self.styled(&line, [left, base], size, bold, Anchor::Start, ink);
        }
        base
    }
}

pub fn lay_out(chart: &Chart, fonts: &Fonts, sheet: Sheet) -> Scene {
    let place = Place::default();
    let mut canvas = Canvas { fonts, sheet, place, plots: Vec::new(), shapes: Vec::new() };
    let mut y = canvas.edge();
    if sheet.titled {
        y = header(&mut canvas, chart);
        y = legend(&mut canvas, &chart.legend, y + 4.0);
    }
    let columns = if sheet.width < Sheet::WIDE.width { 1 } else { chart.columns.max(1) };
    let margins = Margins::of(chart, &canvas, columns);
    for (place, row) in chart.panels.chunks(columns).enumerate() {
        y = panels(&mut canvas, row, (place * columns, columns), &margins, y) + 4.0;
    }
    if chart.is_empty() {
        y = placeholder(&mut canvas, y, &chart.subtitle);
    }
    Scene {
        id: chart.id,
        title: chart.title.clone(),
        description: chart.subtitle.clone(),
        width: sheet.width,
        height: (y + canvas.edge()).ceil(),
        plots: canvas.plots,
        shapes: canvas.shapes,
    }
}

fn header(canvas: &mut Canvas, chart: &Chart) -> f64 {
    let room = canvas.sheet.width - 2.0 * EDGE;
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
    let (edge, width) = (canvas.edge(), canvas.sheet.width);
    let lines = canvas.fonts.wrap(why, SMALL, false, width - 2.0 * edge - 20.0);
    let bottom = top + 74.0 + LINE * lines.len() as f64;
    let corners = [[edge, top], [width - edge, top], [width - edge, bottom], [edge, bottom], [edge, top]];
    canvas.line(corners.to_vec(), Ink::Grid, 1.0, DASHES[1]);
    for (place, line) in lines.iter().enumerate() {
        canvas.text(line, [width / 2.0, top + 50.0 + LINE * place as f64], Anchor::Middle, Ink::Muted);
    }
    bottom
}

/// Entries side by side, in as many lines as they need. Returns where they end.
fn legend(canvas: &mut Canvas, entries: &[Legend], top: f64) -> f64 {
    let width = canvas.sheet.width;
    let (mut x, mut y) = (EDGE, top);
    for entry in entries {
        let text = canvas.fonts.fitted(&entry.text, SMALL, false, width - 2.0 * EDGE - 34.0);
        let room = 34.0 + canvas.fonts.width(&text, SMALL, false) + 18.0;
        if x + room - 18.0 > width - EDGE && x > EDGE {
            x = EDGE;
            y += 19.0;
        }
        swatch(canvas, entry, [x, y]);
        canvas.text(&text, [x + 34.0, y + 13.0], Anchor::Start, Ink::Text);
        x += room;
    }
    if entries.is_empty() { top } else { y + 22.0 }
}

/// What stands before an entry of the legend, alone on a sheet of 30 by 18.
pub fn lay_out_swatch(entry: &Legend, fonts: &Fonts) -> Scene {
    let place = Place::default();
    let mut canvas = Canvas { fonts, sheet: Sheet::WIDE, place, plots: Vec::new(), shapes: Vec::new() };
    swatch(&mut canvas, entry, [0.0, 0.0]);
    Scene {
        id: "swatch",
        title: String::new(),
        description: String::new(),
        width: 30.0,
        height: 18.0,
        plots: Vec::new(),
        shapes: canvas.shapes,
    }
}

fn swatch(canvas: &mut Canvas, entry: &Legend, [x, y]: [f64; 2]) {
    let ink = Ink::Series(entry.series);
    match entry.key {
        Key::Line => {
            canvas.line(vec![[x, y + 9.0], [x + 28.0, y + 9.0]], ink, 2.2, DASHES[entry.series % DASHES.len()]);
        }
        Key::Bar => marks::bar(canvas, [x + 8.0, y + 3.0], [x + 28.0, y + 15.0], entry.series, ""),
        Key::Area => canvas.rectangle([x + 2.0, y + 3.0], [x + 28.0, y + 15.0], ink, marks::PALE, ""),
        Key::Dot => {
            let marker = Marker::of(entry.series);
            canvas.push(Shape::Dot { at: [x + 20.0, y + 9.0], marker, ink, tip: String::new() });
        }
    }
}

/// Space left and right of every plot, the same for all panels, so that they align.
struct Margins {
    left: f64,
    right: f64,
}

impl Margins {
    fn of(chart: &Chart, canvas: &Canvas, columns: usize) -> Self {
        let (fonts, room) = (canvas.fonts, canvas.sheet.label_room);
        let width = |text: &str| fonts.width(text, SMALL, false).min(room);
        let ticks = chart.panels.iter().flat_map(|panel| &panel.y.ticks).map(|(_, text)| width(text));
        let left = ticks.fold(0.0, f64::max) + 8.0;
        let cell = cell(canvas, columns);
        let beyond = chart.panels.iter().flat_map(|panel| panel.marks.iter().map(move |mark| (panel, mark)));
        let beyond = beyond.map(|(panel, mark)| match mark {
            Mark::Line { label: Some(text), .. } => width(text) + 16.0,
            // What stands behind a bar must end within the cell, wherever the bar ends.
            Mark::Note { at, text, .. } => {
                let part = panel.x.place(*at);
                let end = 9.0 + fonts.width(text, SMALL, false);
                if part > 0.0 { (end - (1.0 - part) * (cell - left)) / part } else { 0.0 }
            }
            _ => 0.0,
        });
        Self { left, right: beyond.fold(12.0, f64::max).min(cell / 2.0) }
    }
}

/// Width of one of so many panels beside each other.
fn cell(canvas: &Canvas, columns: usize) -> f64 {
    (canvas.sheet.width - 2.0 * canvas.edge() - GAP * (columns - 1) as f64) / columns as f64
}

/// A row of panels, the first of them number `first`. Returns where it ends.
fn panels(canvas: &mut Canvas, row: &[Panel], (first, columns): (usize, usize), margins: &Margins, top: f64) -> f64 {
    let (cell, edge) = (cell(canvas, columns), canvas.edge());
    let lines = |text: &str, size: f64, bold: bool| canvas.fonts.wrap(text, size, bold, cell).len();
    let headings = row.iter().map(|panel| lines(&panel.heading, SUBTITLE, true)).max().unwrap_or(0);
    let titles = row.iter().map(|panel| lines(&panel.y.title, SMALL, false)).max().unwrap_or(0);
    let above = 8.0 + LINE * (headings + titles) as f64 + if headings > 0 { 3.0 } else { 0.0 };
    let mut bottom = top;
    for (column, panel) in row.iter().enumerate() {
        let left = edge + column as f64 * (cell + GAP);
        let frame = Frame {
            left: left + margins.left,
            right: left + cell - margins.right,
            top: top + above,
            bottom: top + above + panel.height,
        };
        canvas.place = Place { plot: Some(first + column), layer: Layer::Still, of: panel.of() };
        let head = canvas.paragraph(&panel.heading, [left, top - 2.0], cell, SUBTITLE, true, Ink::Text);
        let head = if head > top { head } else { top - 2.0 };
        canvas.paragraph(&panel.y.title, [left, head], cell, SMALL, false, Ink::Muted);
        let below = axes(canvas, panel, &frame, [left, left + cell]);
        marks::draw(canvas, panel, &frame);
        canvas.plots.push(Plot {
            left: frame.left,
            top: frame.top,
            right: frame.right,
            bottom: frame.bottom,
            zooms: panel.zooms(),
        });
        canvas.place = Place::default();
        bottom = f64::max(bottom, below);
    }
    bottom
}

/// Returns where the labels of the x axis end.
fn axes(canvas: &mut Canvas, panel: &Panel, frame: &Frame, [left, right]: [f64; 2]) -> f64 {
    upright_axis(canvas, panel, frame);
    canvas.place.layer = Layer::Ticks;
    let mut free = f64::NEG_INFINITY;
    let mut below = frame.bottom + 8.0;
    for (at, text) in &panel.x.ticks {
        let x = frame.x(panel, *at);
        canvas.line(vec![[x, frame.top], [x, frame.bottom]], Ink::Grid, 1.0, &[]);
        let half = canvas.fonts.width(text, SMALL, false) / 2.0;
        let center = x.min(canvas.sheet.width - 2.0 - half).max(half + 2.0);
        if center - half > free && !text.is_empty() {
            canvas.text(text, [center, frame.bottom + 19.0], Anchor::Middle, Ink::Muted);
            free = center + half + 8.0;
            below = frame.bottom + 23.0;
        }
    }
    canvas.place.layer = Layer::Still;
    let base = if panel.y.row_count() > 0 {
        [[frame.left, frame.top], [frame.left, frame.bottom]]
    } else {
        [[frame.left, frame.bottom], [frame.right, frame.bottom]]
    };
    canvas.line(base.to_vec(), Ink::Muted, 1.0, &[]);
    for line in canvas.fonts.wrap(&panel.x.title, SMALL, false, right - left) {
        let half = canvas.fonts.width(&line, SMALL, false) / 2.0;
        let middle = f64::midpoint(frame.left, frame.right).min(right - half).max(left + half);
        canvas.text(&line, [middle, below + 14.0], Anchor::Middle, Ink::Muted);
        below += LINE;
    }
    below + 4.0
}

fn upright_axis(canvas: &mut Canvas, panel: &Panel, frame: &Frame) {
    let rows = panel.y.row_count() > 0;
    let mut free = f64::INFINITY;
    for (at, text) in &panel.y.ticks {
        let y = frame.y(panel, *at);
        if !rows {
            canvas.line(vec![[frame.left, y], [frame.right, y]], Ink::Grid, 1.0, &[]);
        }
        // Ticks of a stretched scale can stand closer than letters are high.
        if !rows && (free - y).abs() < SMALL {
            continue;
        }
        free = y;
        let text = canvas.fitted_label(text);
        let ink = if rows { Ink::Text } else { Ink::Muted };
        if let Some(row) = rows.then_some(*at as usize) {
            canvas.place.of = panel.of_row(row);
        }
        canvas.text(&text, [frame.left - 7.0, y + 4.0], Anchor::End, ink);
        canvas.place.of = panel.of();
    }
}
