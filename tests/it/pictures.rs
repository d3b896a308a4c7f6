//! The PNG beside each drawing: its size, and that the drawing's colours are in it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A picture of less than so many different colours is blank, or as good as blank: text alone has more shades of grey.
const FEWEST_COLORS: usize = 8;

struct Picture {
    width: u32,
    height: u32,
    /// How many pixels have each colour.
    colors: HashMap<[u8; 3], usize>,
}

fn decoded(path: &Path) -> Result<Picture, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let mut bytes = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut bytes).map_err(|error| error.to_string())?;
    let samples = info.color_type.samples();
    let mut colors = HashMap::new();
    for pixel in bytes[..info.buffer_size()].chunks_exact(samples) {
        let color = if samples < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
        *colors.entry(color).or_insert(0) += 1;
    }
    Ok(Picture { width: info.width, height: info.height, colors })
}

/// A number of the drawing's first tag.
fn attribute(svg: &str, name: &str) -> Option<u32> {
    let tag = svg.split('>').next()?;
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok()
}

/// The colours of series, as the marks of the drawing have them; those that shine through count as none.
fn series(svg: &str) -> Vec<[u8; 3]> {
    let mut found = Vec::new();
    for tag in svg.split('<').filter(|tag| (0..8).any(|series| tag.contains(&format!(" ink-{series}\"")))) {
        let values = ["fill=\"#", "stroke=\"#"].into_iter().filter_map(|name| tag.split(name).nth(1)?.get(..6));
        if !tag.contains("opacity") {
            found.extend(values.filter_map(|value| u32::from_str_radix(value, 16).ok()).map(|value| {
                let [_, red, green, blue] = value.to_be_bytes();
                [red, green, blue]
            }));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Edges are blended with what they lie on, so thin marks are only nearly of their colour.
fn alike(a: [u8; 3], b: [u8; 3]) -> bool {
    a.into_iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 24)
}

fn faults_of(svg: &str, picture: &Picture) -> Vec<String> {
    let mut found = Vec::new();
    let expected = ["width", "height"].map(|name| attribute(svg, name).map(|size| 2 * size));
    if expected != [Some(picture.width), Some(picture.height)] {
        found.push(format!("is {} x {}, not twice the drawing: {expected:?}", picture.width, picture.height));
    }
    if picture.colors.len() < FEWEST_COLORS {
        found.push(format!("has {} colours, of {FEWEST_COLORS} at least", picture.colors.len()));
    }
    for color in series(svg) {
        let pixels: usize =
            picture.colors.iter().filter(|(other, _)| alike(**other, color)).map(|(_, pixels)| pixels).sum();
        if pixels < 4 {
            found.push(format!("has {pixels} pixels of the marks' colour {color:?}"));
        }
    }
    found
}

/// What is wrong with the pictures of a report.
pub fn faults(report: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let charts = fs::read_dir(report.join("charts")).expect("charts").map(|entry| entry.expect("an entry").path());
    let drawings: Vec<_> = charts.filter(|path| path.extension().is_some_and(|ending| ending == "svg")).collect();
    for drawing in &drawings {
        let picture = drawing.with_extension("png");
        let svg = fs::read_to_string(drawing).expect("a drawing");
        let wrong = match decoded(&picture) {
            Ok(picture) => faults_of(&svg, &picture),
            Err(error) => vec![error],
        };
        found.extend(wrong.into_iter().map(|fault| format!("{}: {fault}", picture.display())));
    }
    found
}

#[test]
fn faults_of_pictures_are_found() {
    let svg = r##"<svg width="10" height="5"><path class="line ink-3" fill="none" stroke="#0072b2"/>"##;
    let shades = |count: u8| (0..count).map(|shade| ([shade; 3], 10_usize));
    let count = |width, colors: HashMap<[u8; 3], usize>| faults_of(svg, &Picture { width, height: 10, colors }).len();
    let blue = [([0, 114, 178], 40)];
    assert_eq!(count(20, shades(20).chain(blue).collect()), 0);
    assert_eq!(count(10, shades(20).chain(blue).collect()), 1, "its size");
    assert_eq!(count(20, shades(20).collect()), 1, "the series is not there");
    assert_eq!(count(20, shades(1).collect()), 2, "blank");
}
