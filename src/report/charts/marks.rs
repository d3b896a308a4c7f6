//! Draws the marks of a panel inside its frame, and keeps labels off each other.

use super::layout::{Canvas, SMALL};
use super::scene::{Anchor, DASHES, Ink, Layer, Marker, Shape};
use super::{Mark, Panel};

/// How much of its colour a surface has on which lines and letters must be seen.
pub const PALE: f64 = 0.3;

/// Where a plot stands on the page.
pub struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    pub fn x(&self, panel: &Panel, value: f64) -> f64 {
        self.left + (self.right - self.left) * panel.x.place(value)
    }

    pub fn y(&self, panel: &Panel, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * panel.y.place(value)
    }

    fn at(&self, panel: &Panel, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.x(panel, x), self.y(panel, y)]
    }

    /// Top and bottom of the bar in a row.
    fn row(&self, panel: &Panel, row: usize) -> [f64; 2] {
        let center = self.y(panel, row as f64);
        let half = (self.bottom - self.top) / panel.y.row_count().max(1) as f64 * 0.34;
        [center - half, center + half]
    }
}

/// Distance of baselines of labels that stand below each other.
const LABEL_STEP: f64 = 14.0;

pub fn draw(canvas: &mut Canvas, panel: &Panel, frame: &Frame) {
    let mut ends = Vec::new();
    let mut taken = dots(panel, frame);
    let mut seen = Vec::new();
    let few = taken.len() <= FEW;
    canvas.place.layer = if panel.zooms() { Layer::Moving } else { Layer::Still };
    for mark in &panel.marks {
        canvas.place.of = panel.of_mark(mark);
        match mark {
            Mark::Line { points, series, label } => {
                let path = points.iter().map(|point| frame.at(panel, *point)).collect::<Vec<_>>();
                if let (Some(label), Some(last)) = (label, path.last()) {
                    ends.push(End { at: *last, text: label.clone(), series: *series, of: canvas.place.of });
                }
                line(canvas, path, *series);
            }
            Mark::Area { points, series } => {
                let [floor, _] = panel.y.ends();
                let points: Vec<[f64; 3]> = points.iter().map(|[x, y]| [*x, floor, *y]).collect();
                range(canvas, panel, frame, &points, (*series, PALE));
            }
            Mark::Range { points, series, opacity } => range(canvas, panel, frame, points, (*series, *opacity)),
            Mark::Bar { row, from, to, series, label } => {
                let [top, bottom] = frame.row(panel, *row);
                let [left, right] = [frame.x(panel, *from), frame.x(panel, *to)];
                bar(canvas, [left, top], [right, bottom], *series, label);
                inside(canvas, label, [left, right], (top + bottom) / 2.0);
            }
            Mark::Whisker { row, low, high } => whisker(canvas, panel, frame, *row, [*low, *high]),
            Mark::Note { row, at, text } => {
                let at = [frame.x(panel, *at) + 7.0, frame.y(panel, *row as f64) + 4.0];
                canvas.text(text, at, Anchor::Start, Ink::Text);
            }
            Mark::Dot { at, series, label, tip } => {
                let at = if few { beside(frame.at(panel, *at), &mut seen) } else { frame.at(panel, *at) };
                let (marker, ink) = (Marker::of(*series), Ink::Series(*series));
                canvas.push(Shape::Dot { at, marker, ink, tip: tip.clone() });
                if let Some(label) = label {
                    dot_label(canvas, frame, at, label, &mut taken);
                }
            }
            Mark::Cell { from, to, series, shade, label, tip } => {
                let ([left, bottom], [right, top]) = (frame.at(panel, *from), frame.at(panel, *to));
                match (series, shade) {
                    (Some(series), Some(shade)) => {
                        let opacity = 0.06 + 0.94 * shade;
                        canvas.rectangle([left, top], [right - 1.0, bottom - 1.0], Ink::Series(*series), opacity, tip);
                    }
                    (Some(series), None) => tile(canvas, [left, top], [right, bottom], *series, tip),
                    (None, _) => {}
                }
                let at = [(left + right) / 2.0, (top + bottom) / 2.0 + 4.0];
                canvas.text(label, at, Anchor::Middle, Ink::Text);
            }
            Mark::Bound { at, text } => bound(canvas, panel, frame, *at, text),
            Mark::Ceiling { at, text } => ceiling(canvas, panel, frame, (*at, text), &mut taken),
            Mark::Band { from, to, text } => band(canvas, panel, frame, [*from, *to], text),
        }
    }
    canvas.place.layer = if panel.zooms() { Layer::Ends } else { Layer::Still };
    end_labels(canvas, frame, ends);
}

/// Dots of a panel that are few enough to show each.
const FEW: usize = 48;

/// The place of a dot; beside those that it would hide.
fn beside([mut x, y]: [f64; 2], seen: &mut Vec<[f64; 2]>) -> [f64; 2] {
    while seen.iter().any(|other| (other[0] - x).abs() < 2.0 && (other[1] - y).abs() < 2.0) {
        x += 7.0;
    }
    seen.push([x, y]);
    [x, y]
}

/// What stands at the end of a line.
struct End {
    at: [f64; 2],
    text: String,
    series: usize,
    of: Option<usize>,
}

/// A line; a single point becomes a dot, which a line would not show.
fn line(canvas: &mut Canvas, path: Vec<[f64; 2]>, series: usize) {
    match path.as_slice() {
        [] => {}
        [at] => {
            let (marker, ink) = (Marker::of(series), Ink::Series(series));
            canvas.push(Shape::Dot { at: *at, marker, ink, tip: String::new() });
        }
        _ => canvas.line(path, Ink::Series(series), 2.0, DASHES[series % DASHES.len()]),
    }
}

fn range(canvas: &mut Canvas, panel: &Panel, frame: &Frame, points: &[[f64; 3]], (series, opacity): (usize, f64)) {
    let edge = |place: usize| points.iter().map(move |point| frame.at(panel, [point[0], point[place]]));
    let path: Vec<[f64; 2]> = edge(2).chain(edge(1).rev()).collect();
    if !path.is_empty() {
        canvas.push(Shape::Fill { points: path, ink: Ink::Series(series), opacity, tip: String::new() });
    }
}

/// A cell, pale enough for a letter on it; every second series is hatched, so that colour is not alone.
fn tile(canvas: &mut Canvas, [left, top]: [f64; 2], [right, bottom]: [f64; 2], series: usize, tip: &str) {
    canvas.rectangle([left, top], [right - 1.0, bottom - 1.0], Ink::Series(series), 0.35, tip);
    if series % 2 == 1 {
        for stroke in hatch([left, top], [right - 1.0, bottom - 1.0]) {
            canvas.line(stroke.to_vec(), Ink::Surface, 1.0, &[]);
        }
    }
}

/// A bar with a gap to its neighbour; every second series is hatched, so that colour is not alone.
pub fn bar(canvas: &mut Canvas, [left, top]: [f64; 2], [right, bottom]: [f64; 2], series: usize, tip: &str) {
    let right = if right - left > 3.0 { right - 1.0 } else { right.max(left + 0.5) };
    canvas.rectangle([left, top], [right, bottom], Ink::Series(series), 1.0, tip);
    if series % 2 == 1 {
        for stroke in hatch([left, top], [right, bottom]) {
            canvas.line(stroke.to_vec(), Ink::Surface, 1.0, &[]);
        }
    }
}

/// Slanted strokes, cut at the edges of the rectangle.
fn hatch([left, top]: [f64; 2], [right, bottom]: [f64; 2]) -> Vec<[[f64; 2]; 2]> {
    let height = bottom - top;
    let mut strokes = Vec::new();
    let mut foot = left - height + 4.0;
    while foot < right {
        let (low, high) = (foot.max(left), (foot + height).min(right));
        if high > low {
            strokes.push([[low, bottom - (low - foot)], [high, bottom - (high - foot)]]);
        }
        foot += 7.0;
    }
    strokes
}

/// The label on a patch of background, where the bar is wide enough.
fn inside(canvas: &mut Canvas, label: &str, [left, right]: [f64; 2], middle: f64) {
    let short = label.rsplit(": ").next().unwrap_or(label);
    let half = canvas.fonts.width(short, SMALL, false) / 2.0 + 3.0;
    let center = (left + right) / 2.0;
    if short.is_empty() || right - left < 2.0 * half + 8.0 {
        return;
    }
    canvas.rectangle([center - half, middle - 9.0], [center + half, middle + 9.0], Ink::Surface, 0.88, "");
    canvas.text(short, [center, middle + 4.0], Anchor::Middle, Ink::Text);
}

fn whisker(canvas: &mut Canvas, panel: &Panel, frame: &Frame, row: usize, [low, high]: [f64; 2]) {
    let y = frame.y(panel, row as f64);
    let (left, right) = (frame.x(panel, low), frame.x(panel, high));
    if right - left < 0.2 {
        return;
    }
    canvas.line(vec![[left, y], [right, y]], Ink::Text, 1.5, &[]);
    for x in [left, right] {
        canvas.line(vec![[x, y - 5.0], [x, y + 5.0]], Ink::Text, 1.5, &[]);
    }
}

fn bound(canvas: &mut Canvas, panel: &Panel, frame: &Frame, at: f64, text: &str) {
    let x = frame.x(panel, at);
    canvas.line(vec![[x, frame.top], [x, frame.bottom]], Ink::Alert, 1.6, DASHES[1]);
    let room = canvas.fonts.width(text, SMALL, false);
    let left = x + 5.0 + room > frame.right;
    let (at, anchor) = if left { (x - 5.0, Anchor::End) } else { (x + 5.0, Anchor::Start) };
    let from = if left { at - room } else { at };
    canvas.rectangle(
        [from - 2.0, frame.bottom - 20.0],
        [from + room + 2.0, frame.bottom - 3.0],
        Ink::Surface,
        0.85,
        "",
    );
    canvas.text(text, [at, frame.bottom - 7.0], anchor, Ink::Alert);
}

/// Its text stands at the first end, over or under the line, where no dot is, and keeps the place from labels.
fn ceiling(canvas: &mut Canvas, panel: &Panel, frame: &Frame, (at, text): (f64, &str), taken: &mut Vec<[f64; 4]>) {
    let y = frame.y(panel, at);
    canvas.line(vec![[frame.left, y], [frame.right, y]], Ink::Alert, 1.6, DASHES[1]);
    if text.is_empty() {
        return;
    }
    let width = canvas.fonts.width(text, SMALL, false);
    let [left, right] = [frame.left + 4.0, frame.right - 4.0 - width];
    let places = [[right, y - 5.0], [left, y - 5.0], [right, y + 14.0], [left, y + 14.0]];
    let covers = |[left, base]: [f64; 2]| [left, base - 11.0, left + width, base + 3.0];
    let free = |place: &&[f64; 2]| taken.iter().all(|other| apart(covers(**place), *other));
    let place = places.iter().find(free).copied().unwrap_or(places[0]);
    taken.push(covers(place));
    canvas.text(text, place, Anchor::Start, Ink::Alert);
}

fn apart(one: [f64; 4], other: [f64; 4]) -> bool {
    one[2] < other[0] || one[0] > other[2] || one[3] < other[1] || one[1] > other[3]
}

fn band(canvas: &mut Canvas, panel: &Panel, frame: &Frame, [from, to]: [f64; 2], text: &str) {
    let (left, right) = (frame.x(panel, from), frame.x(panel, to));
    canvas.rectangle([left, frame.top], [right, frame.bottom], Ink::Muted, 0.14, text);
    if !text.is_empty() && right - left >= canvas.fonts.width(text, SMALL, false) + 6.0 {
        canvas.text(text, [left + 3.0, frame.top + 12.0], Anchor::Start, Ink::Muted);
    }
}

/// Labels right of the lines, pushed apart and kept inside the frame.
fn end_labels(canvas: &mut Canvas, frame: &Frame, mut ends: Vec<End>) {
    ends.sort_by(|a, b| a.at[1].total_cmp(&b.at[1]));
    let mut places: Vec<f64> = ends.iter().map(|end| end.at[1]).collect();
    for index in 1..places.len() {
        places[index] = places[index].max(places[index - 1] + LABEL_STEP);
    }
    let mut floor = frame.bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(floor);
        floor = *place - LABEL_STEP;
    }
    for (End { at, text, series, of }, y) in ends.into_iter().zip(places) {
        canvas.place.of = of;
        let text = canvas.fitted_label(&text);
        let path = vec![[at[0] + 1.0, at[1]], [frame.right + 10.0, y]];
        canvas.line(path, Ink::Series(series), 1.0, &[]);
        canvas.text(&text, [frame.right + 13.0, y + 4.0], Anchor::Start, Ink::Text);
    }
}

/// The boxes of all dots: labels must not cover them.
fn dots(panel: &Panel, frame: &Frame) -> Vec<[f64; 4]> {
    let boxed = |mark: &Mark| match mark {
        Mark::Dot { at, .. } => {
            let [x, y] = frame.at(panel, *at);
            Some([x - 5.0, y - 5.0, x + 5.0, y + 5.0])
        }
        _ => None,
    };
    panel.marks.iter().filter_map(boxed).collect()
}

/// Right, left, above or below the dot: the first place that is free; nowhere if none is.
fn dot_label(canvas: &mut Canvas, frame: &Frame, [x, y]: [f64; 2], text: &str, taken: &mut Vec<[f64; 4]>) {
    let width = canvas.fonts.width(text, SMALL, false);
    let places = [
        [x + 9.0, y + 4.0],
        [x - 9.0 - width, y + 4.0],
        [x - width / 2.0, y - 10.0],
        [x - width / 2.0, y + 18.0],
        [x + 7.0, y - 11.0],
        [x + 7.0, y + 19.0],
        [x - 7.0 - width, y - 11.0],
        [x - 7.0 - width, y + 19.0],
    ];
    let covers = |[left, base]: [f64; 2]| [left, base - 11.0, left + width, base + 3.0];
    let free = |place: &&[f64; 2]| {
        let [left, top, right, bottom] = covers(**place);
        let within = left >= frame.left - 2.0 && right <= frame.right + 10.0 && top >= frame.top - 4.0;
        within && bottom <= frame.bottom && taken.iter().all(|other| apart([left, top, right, bottom], *other))
    };
    // Where there is no room the dot says its name when pointed at, and the table does.
    if let Some(place) = places.iter().find(free).copied() {
        taken.push(covers(place));
        canvas.text(text, place, Anchor::Start, Ink::Text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatches_stay_inside_their_bar() {
        for stroke in hatch([10.0, 20.0], [50.0, 40.0]) {
            for [x, y] in stroke {
                assert!((10.0..=50.0).contains(&x) && (20.0..=40.0).contains(&y), "{stroke:?}");
            }
        }
    }
}
