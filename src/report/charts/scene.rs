//! Shapes on a page of pixels: what every drawing of a chart has in common.

/// A chart laid out. The origin is top left.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub id: &'static str,
    pub title: String,
    pub description: String,
    pub width: f64,
    pub height: f64,
    pub plots: Vec<Plot>,
    pub shapes: Vec<Placed>,
}

/// Where the marks of a panel stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    /// Whether one can look closer, and read values along it.
    pub zooms: bool,
}

/// A shape, and what a page must know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub shape: Shape,
    pub place: Place,
}

/// What a shape belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub plot: Option<usize>,
    pub layer: Layer,
    /// The deployment, which a reader can switch off.
    pub of: Option<usize>,
}

/// What happens to a shape when one looks closer at a part of the plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layer {
    /// It stays where it is.
    #[default]
    Still,
    /// Other ticks take its place.
    Ticks,
    /// It is stretched with its plot, and cut at the edges.
    Moving,
    /// It holds at the end of the whole only.
    Ends,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled polygon; `tip` is shown when pointed at.
    Fill {
        points: Vec<[f64; 2]>,
        ink: Ink,
        opacity: f64,
        tip: String,
    },
    Line {
        points: Vec<[f64; 2]>,
        ink: Ink,
        width: f64,
        dash: &'static [f64],
    },
    Dot {
        at: [f64; 2],
        marker: Marker,
        ink: Ink,
        tip: String,
    },
    Text {
        at: [f64; 2],
        text: String,
        size: f64,
        bold: bool,
        anchor: Anchor,
        ink: Ink,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Marker {
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Diamond];

    pub const fn of(series: usize) -> Self {
        match series % 4 {
            0 => Self::Circle,
            1 => Self::Square,
            2 => Self::Triangle,
            _ => Self::Diamond,
        }
    }

    /// Corners around the origin, about as heavy as a circle of that radius; none for the circle.
    pub fn corners(self, radius: f64) -> Vec<[f64; 2]> {
        let r = radius;
        match self {
            Self::Circle => Vec::new(),
            Self::Square => vec![[-0.9 * r, -0.9 * r], [0.9 * r, -0.9 * r], [0.9 * r, 0.9 * r], [-0.9 * r, 0.9 * r]],
            Self::Triangle => vec![[0.0, -1.2 * r], [1.15 * r, 0.85 * r], [-1.15 * r, 0.85 * r]],
            Self::Diamond => vec![[0.0, -1.3 * r], [1.3 * r, 0.0], [0.0, 1.3 * r], [-1.3 * r, 0.0]],
        }
    }
}

/// Radius of a dot.
pub const DOT: f64 = 4.0;

/// How lines of the series differ besides their colours; empty is solid.
pub const DASHES: [&[f64]; 4] = [&[], &[8.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0]];

/// What a shape is for; a palette gives it a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Text,
    Muted,
    Grid,
    Surface,
    /// Bounds and objectives.
    Alert,
    Series(usize),
}

impl Ink {
    /// Name in style sheets.
    pub fn class(self) -> String {
        match self {
            Self::Text => "ink-text".to_owned(),
            Self::Muted => "ink-muted".to_owned(),
            Self::Grid => "ink-grid".to_owned(),
            Self::Surface => "ink-surface".to_owned(),
            Self::Alert => "ink-alert".to_owned(),
            Self::Series(index) => format!("ink-{}", index % LIGHT.series.len()),
        }
    }
}

pub type Rgb = [u8; 3];

/// Colours for one background. Series are Okabe and Ito's, darkened or lightened until each has a
/// contrast of 3 to the background, and told apart by dashes, markers and labels too.
#[derive(Clone, Copy)]
pub struct Palette {
    text: Rgb,
    muted: Rgb,
    grid: Rgb,
    surface: Rgb,
    alert: Rgb,
    series: [Rgb; 8],
}

pub const LIGHT: Palette = Palette {
    text: [0x1f, 0x23, 0x28],
    muted: [0x57, 0x60, 0x6a],
    grid: [0xe1, 0xe4, 0xe8],
    surface: [0xff, 0xff, 0xff],
    alert: [0xb3, 0x1d, 0x28],
    series: [
        [0x00, 0x72, 0xb2],
        [0xd5, 0x5e, 0x00],
        [0x00, 0x7a, 0x5e],
        [0xcc, 0x79, 0xa7],
        [0x8a, 0x6d, 0x00],
        [0x5b, 0x4b, 0x9a],
        [0x57, 0x60, 0x6a],
        [0x1f, 0x23, 0x28],
    ],
};

pub const DARK: Palette = Palette {
    text: [0xe6, 0xed, 0xf3],
    muted: [0x9d, 0xa7, 0xb3],
    grid: [0x30, 0x36, 0x3d],
    surface: [0x0d, 0x11, 0x17],
    alert: [0xff, 0x8a, 0x80],
    series: [
        [0x56, 0xb4, 0xe9],
        [0xf0, 0xa0, 0x50],
        [0x2f, 0xc4, 0x9a],
        [0xcc, 0x79, 0xa7],
        [0xe0, 0xcf, 0x5a],
        [0xa7, 0x9b, 0xe8],
        [0x9d, 0xa7, 0xb3],
        [0xe6, 0xed, 0xf3],
    ],
};

impl Palette {
    pub fn color(&self, ink: Ink) -> Rgb {
        match ink {
            Ink::Text => self.text,
            Ink::Muted => self.muted,
            Ink::Grid => self.grid,
            Ink::Surface => self.surface,
            Ink::Alert => self.alert,
            Ink::Series(index) => self.series[index % self.series.len()],
        }
    }

    /// Every ink once.
    pub fn inks() -> Vec<Ink> {
        let named = [Ink::Text, Ink::Muted, Ink::Grid, Ink::Surface, Ink::Alert];
        named.into_iter().chain((0..LIGHT.series.len()).map(Ink::Series)).collect()
    }
}

pub fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast by WCAG 2.2, "relative luminance".
    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let luminance = |color: Rgb| {
            let part = color.map(|channel| {
                let c = f64::from(channel) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]
        };
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_a_contrast_of_4_5_and_marks_of_3() {
        for palette in [LIGHT, DARK] {
            for ink in [Ink::Text, Ink::Muted, Ink::Alert] {
                assert!(contrast(palette.color(ink), palette.surface) >= 4.5, "{ink:?}");
            }
            for series in palette.series {
                assert!(contrast(series, palette.surface) >= 3.0, "{}", hex(series));
            }
        }
    }

    #[test]
    fn contrast_is_that_of_the_published_examples() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((contrast([0x00, 0x72, 0xb2], [255; 3]) - 5.19).abs() < 0.01);
    }
}
