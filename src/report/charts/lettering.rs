//! Text of a drawing as outlines of the packaged font: it looks the same wherever the file is opened.

use std::collections::BTreeMap;
use std::fmt::Write;

use ab_glyph::GlyphId;

use super::font::Fonts;
use super::scene::{Anchor, Scene, Shape};

/// The glyphs that a drawing uses, each outlined once.
pub struct Lettering<'a> {
    fonts: &'a Fonts,
    outlines: BTreeMap<(bool, u16), String>,
}

impl<'a> Lettering<'a> {
    pub fn of(scene: &Scene, fonts: &'a Fonts) -> Self {
        let mut outlines = BTreeMap::new();
        for placed in &scene.shapes {
            let Shape::Text { text, size, bold, .. } = &placed.shape else { continue };
            for (glyph, _) in fonts.glyphs(text, *size, *bold) {
                let outline = fonts.outline(glyph, *bold);
                outlines.entry((*bold, glyph.0)).or_insert(outline.unwrap_or_default());
            }
        }
        outlines.retain(|_, outline| !outline.is_empty());
        Self { fonts, outlines }
    }

    /// The outlines, for the head of the file.
    pub fn definitions(&self) -> String {
        let one = |(key, outline): (&(bool, u16), &String)| format!("<path id=\"{}\" d=\"{outline}Z\"/>", id(*key));
        format!("<defs>{}</defs>\n", self.outlines.iter().map(one).collect::<String>())
    }

    /// A text with the attributes `fill`.
    pub fn draw(&self, text: &str, [x, y]: [f64; 2], (size, bold): (f64, bool), anchor: Anchor, fill: &str) -> String {
        let shift = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => self.fonts.width(text, size, bold) / 2.0,
            Anchor::End => self.fonts.width(text, size, bold),
        };
        let scale = size / self.fonts.units(bold);
        let mut drawn =
            format!("<g {fill} transform=\"translate({:.2} {y:.2}) scale({scale:.5} {:.5})\">", x - shift, -scale);
        for (GlyphId(glyph), at) in self.fonts.glyphs(text, size, bold) {
            if self.outlines.contains_key(&(bold, glyph)) {
                let id = id((bold, glyph));
                write!(drawn, "<use href=\"#{id}\" x=\"{:.0}\"/>", at / scale).expect("a string takes any text");
            }
        }
        drawn.push_str("</g>\n");
        drawn
    }
}

fn id((bold, glyph): (bool, u16)) -> String {
    format!("{}{glyph}", if bold { 'b' } else { 'r' })
}
