//! Shapes as SVG: colours follow the reader's light or dark setting. In a page text stays text; a file of its own, which may be
//! opened where the font is not, has outlines, and its text in title and description.

use std::fmt::Write;

use super::font::Fonts;
use super::lettering::Lettering;
use super::scene::{Anchor, DARK, DOT, Ink, LIGHT, Layer, Marker, Palette, Place, Placed, Scene, Shape, hex};
use crate::report::Theme;

/// Where the picture will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// In a file of its own: with background, colours and letters.
    Alone(Theme),
    /// In a page that has [`style`]; the class tells layouts of the same chart apart.
    Page(&'static str),
    /// In the legend of a page.
    Key,
}

const FONT: &str = "'DejaVu Sans', Verdana, system-ui, sans-serif";

pub fn to_svg(scene: &Scene, fonts: &Fonts, dress: Dress) -> String {
    let lettering = matches!(dress, Dress::Alone(_)).then(|| Lettering::of(scene, fonts));
    let mut pen = Pen { svg: String::new(), dress, scene, lettering };
    pen.open();
    let mut open: Option<(Option<usize>, Layer)> = None;
    for placed in &scene.shapes {
        let group = (placed.place.plot, placed.place.layer);
        if matches!(dress, Dress::Page(_)) && open != Some(group) {
            pen.change(open, group);
            open = Some(group);
        }
        pen.draw(placed);
    }
    if let Some((Some(_), _)) = open {
        pen.svg.push_str("</g></g>\n");
    }
    pen.svg.push_str("</svg>\n");
    pen.svg
}

/// What the entry of a legend shows, without a name: the text beside it says what it is.
pub fn swatch(scene: &Scene) -> String {
    let mut pen = Pen { svg: String::new(), dress: Dress::Key, scene, lettering: None };
    let size =
        format!("viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\"", number(scene.width), number(scene.height));
    pen.push(format_args!("<svg class=\"swatch\" aria-hidden=\"true\" {size}>"));
    scene.shapes.iter().for_each(|placed| pen.draw(placed));
    pen.svg.push_str("</svg>");
    pen.svg
}

/// Style rules that give every ink of a page its colour, dark where the theme or the reader says so; paper stays light.
pub fn style(theme: Theme) -> String {
    let mut rules = String::new();
    let mut push = |text: std::fmt::Arguments| rules.write_fmt(text).expect("a string takes any text");
    for ink in Palette::inks() {
        let class = ink.class();
        push(format_args!(".fill.{class}{{fill:var(--{class})}}.line.{class}{{stroke:var(--{class})}}"));
    }
    let colors = |palette: &Palette| -> String {
        Palette::inks().into_iter().map(|ink| format!("--{}:{};", ink.class(), hex(palette.color(ink)))).collect()
    };
    let first = theme.palette();
    push(format_args!("\n:root{{{}}}", colors(&first)));
    if theme == Theme::Auto {
        push(format_args!("\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}", colors(&DARK)));
    }
    push(format_args!("\n@media print{{:root{{{}}}}}\n", colors(&LIGHT)));
    rules
}

struct Pen<'a> {
    svg: String,
    dress: Dress,
    scene: &'a Scene,
    /// Where text does not stay text.
    lettering: Option<Lettering<'a>>,
}

impl Pen<'_> {
    fn push(&mut self, text: std::fmt::Arguments) {
        self.svg.write_fmt(text).expect("a string takes any text");
    }

    fn open(&mut self) {
        let Scene { id, width, height, .. } = self.scene;
        let size = format!(
            "viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" font-family=\"{FONT}\" font-variant-numeric=\"tabular-nums\"",
            number(*width),
            number(*height)
        );
        let (title, description) = (escaped(&self.scene.title), escaped(&self.scene.description));
        match self.dress {
            Dress::Page(class) => {
                self.push(format_args!(
                    "<svg class=\"{class}\" role=\"img\" aria-label=\"{title} {description}\" {size}>\n"
                ));
                self.clips(class);
                self.markers(class);
            }
            Dress::Key => {}
            Dress::Alone(theme) => {
                let names = format!("role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"");
                self.push(format_args!("<svg xmlns=\"http://www.w3.org/2000/svg\" {names} {size}>\n"));
                self.push(format_args!(
                    "<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{description}</desc>\n"
                ));
                if theme == Theme::Auto {
                    self.push(format_args!("<style>{}</style>\n", dark_rules()));
                }
                if let Some(lettering) = &self.lettering {
                    let definitions = lettering.definitions();
                    self.svg.push_str(&definitions);
                }
                let surface = self.fill(Ink::Surface);
                self.push(format_args!("<rect width=\"100%\" height=\"100%\" {surface}/>\n"));
            }
        }
    }

    /// What moves is cut at the edges of its plot, a little outside for the thickness of lines.
    fn clips(&mut self, class: &str) {
        let zooming = self.scene.plots.iter().enumerate().filter(|(_, plot)| plot.zooms);
        let clips: Vec<String> = zooming
            .map(|(index, plot)| {
                format!(
                    "<clipPath id=\"clip-{}-{class}-{index}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>",
                    self.scene.id,
                    number(plot.left - 5.0),
                    number(plot.top - 5.0),
                    number(plot.right - plot.left + 10.0),
                    number(plot.bottom - plot.top + 10.0)
                )
            })
            .collect();
        if !clips.is_empty() {
            self.push(format_args!("<defs>{}</defs>\n", clips.concat()));
        }
    }

    /// From one group of shapes to the next.
    fn change(&mut self, from: Option<(Option<usize>, Layer)>, to: (Option<usize>, Layer)) {
        let before = from.and_then(|(plot, _)| plot);
        if before.is_some() {
            self.svg.push_str("</g>");
        }
        if before != to.0 {
            if before.is_some() {
                self.svg.push_str("</g>\n");
            }
            if let Some(plot) = to.0 {
                let frame = self.scene.plots[plot];
                let edges = [frame.left, frame.top, frame.right, frame.bottom].map(number).join(" ");
                self.push(format_args!("<g class=\"plot\" data-panel=\"{plot}\" data-frame=\"{edges}\">"));
                self.hit(plot);
            }
        }
        let Some(plot) = to.0 else { return };
        match to.1 {
            Layer::Still => self.svg.push_str("<g>\n"),
            Layer::Ticks => self.svg.push_str("<g class=\"ticks\">\n"),
            Layer::Ends => self.svg.push_str("<g class=\"ends\">\n"),
            Layer::Moving => {
                let Dress::Page(class) = self.dress else { return };
                let clip = format!("clip-{}-{class}-{plot}", self.scene.id);
                self.push(format_args!("<g class=\"moving\" clip-path=\"url(#{clip})\">\n"));
            }
        }
    }

    /// Where one points and drags, under all that is drawn.
    fn hit(&mut self, plot: usize) {
        let frame = self.scene.plots[plot];
        if frame.zooms {
            let [x, y, width, height] =
                [frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top].map(number);
            self.push(format_args!(
                "<rect class=\"hit\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" pointer-events=\"all\"/>"
            ));
        }
    }

    fn draw(&mut self, Placed { shape, place }: &Placed) {
        let of = self.of(*place);
        match shape {
            Shape::Fill { points, ink, opacity, tip } => {
                let opacity =
                    if *opacity < 1.0 { format!(" fill-opacity=\"{}\"", hundredths(*opacity)) } else { String::new() };
                let attributes = format!("d=\"{}Z\" {}{opacity}{of}", path(points), self.fill(*ink));
                self.element("path", &attributes, tip);
            }
            Shape::Line { points, ink, width, dash } => {
                let dashes = dash.iter().map(|length| number(*length)).collect::<Vec<_>>().join(" ");
                let dashes = if dash.is_empty() { dashes } else { format!(" stroke-dasharray=\"{dashes}\"") };
                let stroke = self.stroke(*ink);
                let attributes = format!(
                    "d=\"{}\" fill=\"none\" {stroke} stroke-width=\"{width}\"{dashes} stroke-linejoin=\"round\"{of}",
                    path(points)
                );
                self.element("path", &attributes, "");
            }
            Shape::Dot { at, marker, ink, tip } => self.dot(*at, *marker, *ink, tip, &of),
            Shape::Text { at: [x, y], text, size, bold, anchor, ink } => {
                let weight = if *bold { " font-weight=\"bold\"" } else { "" };
                if let Some(lettering) = &self.lettering {
                    let drawn = lettering.draw(text, [*x, *y], (*size, *bold), *anchor, &self.fill(*ink));
                    return self.svg.push_str(&drawn);
                }
                let anchor = match anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                };
                let (x, y, fill, text) = (number(*x), number(*y), self.fill(*ink), escaped(text));
                self.push(format_args!(
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{anchor} {fill}{of}>{text}</text>\n"
                ));
            }
        }
    }

    fn of(&self, place: Place) -> String {
        match (self.dress, place.of) {
            (Dress::Page(_), Some(of)) => format!(" data-of=\"{of}\""),
            _ => String::new(),
        }
    }

    fn dot(&mut self, [x, y]: [f64; 2], marker: Marker, ink: Ink, tip: &str, of: &str) {
        let corners: Vec<[f64; 2]> = marker.corners(DOT).iter().map(|[dx, dy]| [x + dx, y + dy]).collect();
        let (x, y, fill) = (number(x), number(y), self.fill(ink));
        match self.dress {
            Dress::Page(class) => {
                let id = self.marker(class, marker);
                self.element("use", &format!("href=\"#{id}\" x=\"{x}\" y=\"{y}\" {fill}{of}"), tip);
            }
            Dress::Alone(_) | Dress::Key if corners.is_empty() => {
                self.element("circle", &format!("cx=\"{x}\" cy=\"{y}\" r=\"{DOT}\" {fill}"), tip);
            }
            Dress::Alone(_) | Dress::Key => self.element("path", &format!("d=\"{}Z\" {fill}", path(&corners)), tip),
        }
    }

    fn marker(&self, class: &str, marker: Marker) -> String {
        format!("mark-{}-{class}-{}", self.scene.id, marker as usize)
    }

    /// The shapes of dots around their middle: a page may have thousands of them.
    fn markers(&mut self, class: &str) {
        let used = |marker: &Marker| {
            self.scene
                .shapes
                .iter()
                .any(|placed| matches!(placed.shape, Shape::Dot { marker: other, .. } if other == *marker))
        };
        let one = |marker: Marker| {
            let (id, corners) = (self.marker(class, marker), marker.corners(DOT));
            if corners.is_empty() {
                format!("<circle id=\"{id}\" r=\"{DOT}\"/>")
            } else {
                format!("<path id=\"{id}\" d=\"{}Z\"/>", path(&corners))
            }
        };
        let shapes: String = Marker::ALL.into_iter().filter(used).map(one).collect();
        if !shapes.is_empty() {
            self.push(format_args!("<defs>{shapes}</defs>\n"));
        }
    }

    fn element(&mut self, name: &str, attributes: &str, tip: &str) {
        if tip.is_empty() {
            self.push(format_args!("<{name} {attributes}/>\n"));
        } else if self.dress == Dress::Page("narrow") {
            // The same marks have the same tips in the wide drawing, in the same order; nobody points on a phone.
            self.push(format_args!("<{name} {attributes} data-tip=\"\"/>\n"));
        } else {
            self.push(format_args!("<{name} {attributes}><title>{}</title></{name}>\n", escaped(tip)));
        }
    }

    fn fill(&self, ink: Ink) -> String {
        match self.color(ink) {
            Some(color) => format!("class=\"fill {}\" fill=\"{color}\"", ink.class()),
            None => format!("class=\"fill {}\"", ink.class()),
        }
    }

    fn stroke(&self, ink: Ink) -> String {
        match self.color(ink) {
            Some(color) => format!("class=\"line {}\" stroke=\"{color}\"", ink.class()),
            None => format!("class=\"line {}\"", ink.class()),
        }
    }

    /// Pages have rules instead.
    fn color(&self, ink: Ink) -> Option<String> {
        match self.dress {
            Dress::Page(_) | Dress::Key => None,
            Dress::Alone(theme) => Some(hex(theme.palette().color(ink))),
        }
    }
}

/// Style rules that repaint every ink where the reader prefers dark; paper stays light.
fn dark_rules() -> String {
    let color = |ink: Ink| {
        let (class, color) = (ink.class(), hex(DARK.color(ink)));
        format!(".fill.{class}{{fill:{color}}}.line.{class}{{stroke:{color}}}")
    };
    let rules: String = Palette::inks().into_iter().map(color).collect();
    format!("@media screen and (prefers-color-scheme:dark){{{rules}}}")
}

fn path(points: &[[f64; 2]]) -> String {
    let mut text = String::new();
    for (place, [x, y]) in points.iter().enumerate() {
        text.push(if place == 0 { 'M' } else { 'L' });
        text.push_str(&number(*x));
        text.push(' ');
        text.push_str(&number(*y));
    }
    text
}

/// Tenths of a pixel are enough.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn hundredths(part: f64) -> String {
    format!("{part:.2}")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no way to write these.
            control if control.is_control() => safe.push('\u{fffd}'),
            plain => safe.push(plain),
        }
    }
    safe
}
