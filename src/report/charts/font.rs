//! DejaVu Sans, from a package, so that no system font is needed.
//!
//! Glyphs are placed here and not by plotters, which drops the space that a glyph keeps to its left
//! and so prints "Mon thly".

use ab_glyph::{Font, FontRef, Glyph, GlyphId, OutlineCurve, PxScale, ScaleFont, point};

/// The regular and the bold face.
pub struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Fonts {
    pub fn packaged() -> Self {
        let face = |bytes| FontRef::try_from_slice(bytes).expect("the packaged font is a font");
        Self { regular: face(dejavu::sans::regular()), bold: face(dejavu::sans::bold()) }
    }

    fn face(&self, bold: bool) -> &FontRef<'static> {
        if bold { &self.bold } else { &self.regular }
    }

    /// Width of a line of text; `size` is the em in pixels.
    pub fn width(&self, text: &str, size: f64, bold: bool) -> f64 {
        let font = self.face(bold).as_scaled(scale(self.face(bold), size));
        let mut previous: Option<GlyphId> = None;
        let mut width = 0.0;
        for character in text.chars() {
            let glyph = font.glyph_id(character);
            width += previous.map_or(0.0, |previous| font.kern(previous, glyph)) + font.h_advance(glyph);
            previous = Some(glyph);
        }
        f64::from(width)
    }

    /// The glyphs of a text with their distances from its start, in pixels.
    pub fn glyphs(&self, text: &str, size: f64, bold: bool) -> Vec<(GlyphId, f64)> {
        let font = self.face(bold).as_scaled(scale(self.face(bold), size));
        let mut previous: Option<GlyphId> = None;
        let mut x = 0.0;
        let mut glyphs = Vec::new();
        for character in text.chars() {
            let id = font.glyph_id(character);
            x += previous.map_or(0.0, |previous| font.kern(previous, id));
            glyphs.push((id, f64::from(x)));
            x += font.h_advance(id);
            previous = Some(id);
        }
        glyphs
    }

    /// The outline of a glyph as the data of a path, in units of the font, upwards; `None` of a space.
    pub fn outline(&self, glyph: GlyphId, bold: bool) -> Option<String> {
        let curves = self.face(bold).outline(glyph)?.curves;
        let at = |point: ab_glyph::Point| format!("{} {}", point.x.round(), point.y.round());
        let mut path = String::new();
        let mut pen = None;
        for curve in curves {
            let (from, to, drawn) = match curve {
                OutlineCurve::Line(a, b) => (a, b, format!("L{}", at(b))),
                OutlineCurve::Quad(a, b, c) => (a, c, format!("Q{} {}", at(b), at(c))),
                OutlineCurve::Cubic(a, b, c, d) => (a, d, format!("C{} {} {}", at(b), at(c), at(d))),
            };
            if pen != Some(from) {
                path.push_str(&format!("M{}", at(from)));
            }
            path.push_str(&drawn);
            pen = Some(to);
        }
        (!path.is_empty()).then_some(path)
    }

    /// Units of the font in one em.
    pub fn units(&self, bold: bool) -> f64 {
        f64::from(self.face(bold).units_per_em().unwrap_or(2048.0))
    }

    /// Calls `dot` with every pixel that the text touches and how much of it is covered. The
    /// baseline starts at `at`.
    pub fn draw(&self, text: &str, at: [f64; 2], size: f64, bold: bool, mut dot: impl FnMut(i32, i32, f64)) {
        let face = self.face(bold);
        let font = face.as_scaled(scale(face, size));
        for (id, x) in self.glyphs(text, size, bold) {
            let place = point((at[0] + x) as f32, at[1] as f32);
            let glyph: Glyph = id.with_scale_and_position(scale(face, size), place);
            if let Some(outline) = font.outline_glyph(glyph) {
                let corner = outline.px_bounds().min;
                outline.draw(|dx, dy, cover| {
                    dot(corner.x as i32 + dx as i32, corner.y as i32 + dy as i32, f64::from(cover));
                });
            }
        }
    }

    /// Breaks at spaces so that no line is wider than `room`, single words excepted.
    pub fn wrap(&self, text: &str, size: f64, bold: bool, room: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size, bold) <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// The text, cut with `…` to fit into `room`.
    pub fn fitted(&self, text: &str, size: f64, bold: bool, room: f64) -> String {
        if self.width(text, size, bold) <= room {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().collect();
        while kept.pop().is_some() {
            let short: String = kept.iter().collect::<String>() + "…";
            if self.width(&short, size, bold) <= room {
                return short;
            }
        }
        String::new()
    }
}

/// ab_glyph counts in line heights, type is set in ems.
fn scale(face: &FontRef<'static>, size: f64) -> PxScale {
    let units = face.units_per_em().unwrap_or(2048.0);
    PxScale::from(size as f32 * face.height_unscaled() / units)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Advances from the font's own `hmtx` table, in 2048ths of an em: M 1767, i 569.
    #[test]
    fn widths_are_those_of_the_font() {
        let fonts = Fonts::packaged();
        assert!((fonts.width("M", 2048.0, false) - 1767.0).abs() < 0.5);
        assert!((fonts.width("ii", 2048.0, false) - 2.0 * 569.0).abs() < 0.5);
    }

    #[test]
    fn text_is_cut_to_its_room() {
        let fonts = Fonts::packaged();
        let short = fonts.fitted("a rather long label", 12.0, false, 60.0);
        assert!(short.ends_with('…') && fonts.width(&short, 12.0, false) <= 60.0, "{short}");
        assert_eq!(fonts.wrap("one two three", 12.0, false, 60.0), ["one two", "three"]);
    }
}
