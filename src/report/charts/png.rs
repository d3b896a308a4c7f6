//! Shapes as PNG, at twice the size of the SVG.
//!
//! Everything is drawn twice as large again and averaged down, which gives smooth edges that the
//! bitmap backend's polygons do not have. The picture keeps its 256 most frequent colours, which is a third of the bytes:
//! what is lost are shades of smoothed edges that nobody can tell apart.

use std::collections::HashMap;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{RGBAColor, ShapeStyle};

use super::font::Fonts;
use super::scene::{Anchor, DOT, Ink, Marker, Palette, Rgb, Scene, Shape};

/// Pixels of the picture for one of the scene.
const SCALE: u32 = 2;
/// Pixels drawn for one of the picture, each way.
const FINE: u32 = 2;

/// Something that the bitmap backend could not do; the text is for a person.
type Drawn<T = ()> = Result<T, String>;

/// The bytes of the picture.
pub fn to_png(scene: &Scene, fonts: &Fonts, palette: Palette) -> Drawn<Vec<u8>> {
    let (width, height) = size(scene);
    let mut pixels = palette.color(Ink::Surface).repeat((width * FINE * height * FINE) as usize);
    {
        let backend = BitMapBackend::with_buffer(&mut pixels, (width * FINE, height * FINE));
        let mut pen = Pen { backend, fonts, palette };
        for placed in &scene.shapes {
            pen.draw(&placed.shape)?;
        }
    }
    let small = averaged(&pixels, width as usize, height as usize);
    encoded(&small, width, height).map_err(|error| error.to_string())
}

fn encoded(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let (palette, indices) = indexed(pixels);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.as_flattened());
    encoder.set_compression(png::Compression::Default);
    // Neighbouring indices are no neighbouring colours: differences of them say nothing.
    encoder.set_filter(png::FilterType::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indices)?;
    writer.finish()?;
    Ok(bytes)
}

/// The most frequent colours, at most 256, and for every pixel the nearest of them.
fn indexed(pixels: &[u8]) -> (Vec<Rgb>, Vec<u8>) {
    let colors = || pixels.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let mut counts: HashMap<Rgb, u32> = HashMap::new();
    for color in colors() {
        *counts.entry(color).or_default() += 1;
    }
    let mut ranked: Vec<(Rgb, u32)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let palette: Vec<Rgb> = ranked.iter().take(256).map(|(color, _)| *color).collect();
    let distance = |a: Rgb, b: Rgb| {
        (0..3).map(|channel| i32::from(a[channel]).abs_diff(i32::from(b[channel])).pow(2)).sum::<u32>()
    };
    let nearest = |color: Rgb| {
        let index = (0..palette.len()).min_by_key(|index| distance(palette[*index], color)).unwrap_or(0);
        u8::try_from(index).unwrap_or(u8::MAX)
    };
    let places: HashMap<Rgb, u8> = ranked.iter().map(|(color, _)| (*color, nearest(*color))).collect();
    (palette, colors().map(|color| places[&color]).collect())
}

/// Width and height of the picture in pixels.
fn size(scene: &Scene) -> (u32, u32) {
    ((scene.width * f64::from(SCALE)) as u32, (scene.height * f64::from(SCALE)) as u32)
}

/// Means of blocks of `FINE` by `FINE` pixels.
fn averaged(fine: &[u8], width: usize, height: usize) -> Vec<u8> {
    let block = FINE as usize;
    let mut small = vec![0; width * height * 3];
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0_usize;
                for dy in 0..block {
                    let row = (y * block + dy) * width * block;
                    for dx in 0..block {
                        sum += usize::from(fine[(row + x * block + dx) * 3 + channel]);
                    }
                }
                small[(y * width + x) * 3 + channel] = ((sum + block * block / 2) / (block * block)) as u8;
            }
        }
    }
    small
}

struct Pen<'a> {
    backend: BitMapBackend<'a>,
    fonts: &'a Fonts,
    palette: Palette,
}

const UNIT: f64 = (SCALE * FINE) as f64;

fn pixel([x, y]: [f64; 2]) -> (i32, i32) {
    ((x * UNIT).round() as i32, (y * UNIT).round() as i32)
}

impl Pen<'_> {
    fn style(&self, ink: Ink, opacity: f64) -> ShapeStyle {
        let [red, green, blue] = self.palette.color(ink);
        ShapeStyle { color: RGBAColor(red, green, blue, opacity), filled: true, stroke_width: 1 }
    }

    fn draw(&mut self, shape: &Shape) -> Drawn {
        match shape {
            Shape::Fill { points, ink, opacity, tip: _ } => self.fill(points, *ink, *opacity),
            Shape::Line { points, ink, width, dash } => {
                for stroke in dashes(points, dash) {
                    self.stroke(&stroke, *ink, *width)?;
                }
                Ok(())
            }
            Shape::Dot { at, marker, ink, tip: _ } => self.dot(*at, *marker, *ink),
            Shape::Text { at, text, size, bold, anchor, ink } => {
                let width = self.fonts.width(text, size * UNIT, *bold);
                let shift = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => width / 2.0,
                    Anchor::End => width,
                };
                self.text(text, [at[0] * UNIT - shift, at[1] * UNIT], size * UNIT, *bold, *ink)
            }
        }
    }

    fn fill(&mut self, points: &[[f64; 2]], ink: Ink, opacity: f64) -> Drawn {
        let corners: Vec<(i32, i32)> = points.iter().map(|point| pixel(*point)).collect();
        let style = self.style(ink, opacity);
        let drawn = match corners.as_slice() {
            // Upright rectangles, which most are, need no scan.
            [a, b, c, d] if a.1 == b.1 && b.0 == c.0 && c.1 == d.1 && d.0 == a.0 => {
                self.backend.draw_rect(*a, (c.0 - 1, c.1 - 1), &style, true)
            }
            _ => self.backend.fill_polygon(corners, &style),
        };
        drawn.map_err(|error| error.to_string())
    }

    /// Segment by segment with round joints: the backend's own thick paths overlap at sharp turns.
    fn stroke(&mut self, points: &[[f64; 2]], ink: Ink, width: f64) -> Drawn {
        let mut style = self.style(ink, 1.0);
        style.stroke_width = (width * UNIT).round().max(1.0) as u32;
        for pair in points.windows(2) {
            let (from, to) = (pixel(pair[0]), pixel(pair[1]));
            self.backend.draw_line(from, to, &style).map_err(|error| error.to_string())?;
        }
        if style.stroke_width > UNIT as u32 {
            for point in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                self.circle(*point, width / 2.0, ink)?;
            }
        }
        Ok(())
    }

    fn circle(&mut self, at: [f64; 2], radius: f64, ink: Ink) -> Drawn {
        let radius = (radius * UNIT).round() as u32;
        let drawn = {
            let style = self.style(ink, 1.0);
            self.backend.draw_circle(pixel(at), radius, &style, true)
        };
        drawn.map_err(|error| error.to_string())
    }

    fn dot(&mut self, at: [f64; 2], marker: Marker, ink: Ink) -> Drawn {
        let corners: Vec<[f64; 2]> = marker.corners(DOT).iter().map(|[dx, dy]| [at[0] + dx, at[1] + dy]).collect();
        if corners.is_empty() { self.circle(at, DOT, ink) } else { self.fill(&corners, ink, 1.0) }
    }

    fn text(&mut self, text: &str, at: [f64; 2], size: f64, bold: bool, ink: Ink) -> Drawn {
        let ink = self.style(ink, 1.0).color;
        let backend = &mut self.backend;
        let mut drawn = Ok(());
        self.fonts.draw(text, at, size, bold, |x, y, cover| {
            let color = plotters::style::Color::to_backend_color(&RGBAColor(ink.0, ink.1, ink.2, cover.min(1.0)));
            if let Err(error) = backend.draw_pixel((x, y), color) {
                drawn = Err(error.to_string());
            }
        });
        drawn
    }
}

/// The strokes of a dashed line; the line itself if it is solid.
fn dashes(points: &[[f64; 2]], dash: &[f64]) -> Vec<Vec<[f64; 2]>> {
    if dash.is_empty() || points.len() < 2 {
        return vec![points.to_vec()];
    }
    let (mut strokes, mut stroke) = (Vec::new(), vec![points[0]]);
    let (mut part, mut left) = (0, dash[0]);
    for pair in points.windows(2) {
        let [mut from, to] = [pair[0], pair[1]];
        let mut length = f64::hypot(to[0] - from[0], to[1] - from[1]);
        while length > left {
            let share = left / length;
            from = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
            length -= left;
            stroke.push(from);
            if part % 2 == 0 {
                strokes.push(std::mem::take(&mut stroke));
            }
            stroke = vec![from];
            part += 1;
            left = dash[part % dash.len()];
        }
        left -= length;
        stroke.push(to);
    }
    if part % 2 == 0 {
        strokes.push(stroke);
    }
    strokes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_as_long_as_they_say_and_turn_corners() {
        let strokes = dashes(&[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]], &[8.0, 4.0]);
        let length = |stroke: &Vec<[f64; 2]>| {
            stroke.windows(2).map(|pair| f64::hypot(pair[1][0] - pair[0][0], pair[1][1] - pair[0][1])).sum::<f64>()
        };
        assert_eq!(strokes.iter().map(length).collect::<Vec<_>>(), [8.0, 8.0]);
        assert_eq!(strokes[1], [[10.0, 2.0], [10.0, 10.0]]);
    }

    #[test]
    fn pictures_of_few_colours_lose_none_and_others_keep_the_frequent_ones() {
        let (palette, indices) = indexed(&[9, 9, 9, 0, 0, 255, 9, 9, 9]);
        assert_eq!((palette, indices), (vec![[9, 9, 9], [0, 0, 255]], vec![0, 1, 0]));
        let many: Vec<u8> = (0..=255_u8).flat_map(|shade| [shade, shade, shade].repeat(2)).chain([7, 8, 7]).collect();
        let (palette, indices) = indexed(&many);
        assert_eq!(palette.len(), 256);
        assert_eq!(palette[usize::from(indices[512])], [7, 7, 7]);
    }

    #[test]
    fn averages_are_of_whole_blocks() {
        let fine: Vec<u8> = [0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255].to_vec();
        assert_eq!(averaged(&fine, 1, 1), [128, 128, 128]);
    }
}
