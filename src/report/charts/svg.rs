//! Shapes as SVG: text stays text, colours follow the reader's light or dark setting.

use std::fmt::Write;

use super::scene::{Anchor, DARK, DOT, Ink, LIGHT, Marker, Palette, Scene, Shape, hex};

/// Where the picture will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// In a file of its own: with title, background and colours.
    Alone,
    /// In a page that prints title and subtitle itself and has [`dark_rules`] in its style.
    Page,
}

const FONT: &str = "'DejaVu Sans', Verdana, system-ui, sans-serif";

pub fn to_svg(scene: &Scene, frame: Frame) -> String {
    let top = match frame {
        Frame::Alone => 0.0,
        Frame::Page => scene.header,
    };
    let (width, height) = (scene.width, scene.height - top);
    let id = scene.id;
    let mut svg = String::new();
    let namespace = match frame {
        Frame::Alone => " xmlns=\"http://www.w3.org/2000/svg\"",
        Frame::Page => "",
    };
    push(
        &mut svg,
        format_args!(
            "<svg{namespace} role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"0 {} {} {}\" \
         width=\"{}\" height=\"{}\" font-family=\"{FONT}\" font-variant-numeric=\"tabular-nums\">\n",
            number(top),
            number(width),
            number(height),
            number(width),
            number(height)
        ),
    );
    push(&mut svg, format_args!("<title id=\"{id}-title\">{}</title>\n", escaped(&scene.title)));
    push(&mut svg, format_args!("<desc id=\"{id}-desc\">{}</desc>\n", escaped(&scene.description)));
    if frame == Frame::Alone {
        push(
            &mut svg,
            format_args!(
                "<style>{}</style>\n<rect width=\"100%\" height=\"100%\" {}/>\n",
                dark_rules(),
                fill(Ink::Surface)
            ),
        );
    }
    for shape in scene.shapes.iter().filter(|shape| bottom(shape) >= top) {
        draw(&mut svg, shape);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Style rules that repaint every ink where the reader prefers dark; paper stays light.
pub fn dark_rules() -> String {
    let mut rules = "@media screen and (prefers-color-scheme:dark){".to_owned();
    for ink in Palette::inks() {
        let (class, color) = (ink.class(), hex(DARK.color(ink)));
        push(&mut rules, format_args!(".fill.{class}{{fill:{color}}}.line.{class}{{stroke:{color}}}"));
    }
    rules.push('}');
    rules
}

fn push(svg: &mut String, text: std::fmt::Arguments) {
    svg.write_fmt(text).expect("a string takes any text");
}

/// The lowest place that the shape reaches.
fn bottom(shape: &Shape) -> f64 {
    let lowest = |points: &[[f64; 2]]| points.iter().map(|point| point[1]).fold(0.0, f64::max);
    match shape {
        Shape::Fill { points, .. } | Shape::Line { points, .. } => lowest(points),
        Shape::Dot { at, .. } | Shape::Text { at, .. } => at[1],
    }
}

fn draw(svg: &mut String, shape: &Shape) {
    match shape {
        Shape::Fill { points, ink, opacity, tip } => {
            let opacity = if *opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
            let attributes = format!("d=\"{}Z\" {}{opacity}", path(points), fill(*ink));
            element(svg, "path", &attributes, tip);
        }
        Shape::Line { points, ink, width, dash } => {
            let dashes = dash.iter().map(|length| number(*length)).collect::<Vec<_>>().join(" ");
            let dashes = if dash.is_empty() { dashes } else { format!(" stroke-dasharray=\"{dashes}\"") };
            let attributes = format!(
                "d=\"{}\" fill=\"none\" class=\"line {}\" stroke=\"{}\" stroke-width=\"{width}\"{dashes} \
                 stroke-linejoin=\"round\"",
                path(points),
                ink.class(),
                hex(LIGHT.color(*ink))
            );
            element(svg, "path", &attributes, "");
        }
        Shape::Dot { at, marker, ink, tip } => dot(svg, *at, *marker, *ink, tip),
        Shape::Text { at: [x, y], text, size, bold, anchor, ink } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let weight = if *bold { " font-weight=\"bold\"" } else { "" };
            push(
                svg,
                format_args!(
                    "<text x=\"{}\" y=\"{}\" font-size=\"{size}\"{weight}{anchor} {}>{}</text>\n",
                    number(*x),
                    number(*y),
                    fill(*ink),
                    escaped(text)
                ),
            );
        }
    }
}

fn dot(svg: &mut String, [x, y]: [f64; 2], marker: Marker, ink: Ink, tip: &str) {
    let corners: Vec<[f64; 2]> = marker.corners(DOT).iter().map(|[dx, dy]| [x + dx, y + dy]).collect();
    if corners.is_empty() {
        let place = format!("cx=\"{}\" cy=\"{}\" r=\"{DOT}\"", number(x), number(y));
        element(svg, "circle", &format!("{place} {}", fill(ink)), tip);
    } else {
        element(svg, "path", &format!("d=\"{}Z\" {}", path(&corners), fill(ink)), tip);
    }
}

fn element(svg: &mut String, name: &str, attributes: &str, tip: &str) {
    if tip.is_empty() {
        push(svg, format_args!("<{name} {attributes}/>\n"));
    } else {
        push(svg, format_args!("<{name} {attributes}><title>{}</title></{name}>\n", escaped(tip)));
    }
}

fn fill(ink: Ink) -> String {
    format!("class=\"fill {}\" fill=\"{}\"", ink.class(), hex(LIGHT.color(ink)))
}

fn path(points: &[[f64; 2]]) -> String {
    let mut text = String::new();
    for (place, [x, y]) in points.iter().enumerate() {
        let letter = if place == 0 { 'M' } else { 'L' };
        push(&mut text, format_args!("{letter}{} {}", number(*x), number(*y)));
    }
    text
}

/// Tenths of a pixel are enough.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
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
