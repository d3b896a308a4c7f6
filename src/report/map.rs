//! What a decision map tells: where each deployment is the cheapest, and what would change the answer.

use std::path::PathBuf;

use super::aim::Aim;
use super::figures::{self, ABSENT, short, with_unit};
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::map::{DecisionMap, Flip};
use crate::results::store::Staged;

/// The answer in one sentence.
pub fn headline(map: &DecisionMap) -> String {
    let count = |name: &String| map.cells.iter().filter(|cell| cell.cheapest.as_ref() == Some(name)).count();
    let mut winners: Vec<(&String, usize)> = map.deployments.iter().map(|name| (name, count(name))).collect();
    winners.retain(|(_, cells)| *cells > 0);
    winners.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
    let over = format!("{} and {}", short(&map.axes[0].path), short(&map.axes[1].path));
    match winners.as_slice() {
        [] => format!("Nothing {} anywhere over {over}", aim(map).meets()),
        [(name, cells)] if *cells == map.cells.len() => {
            let tied = if ties(map) == *cells { ", tied with another in all of it" } else { "" };
            format!("{name} is the cheapest{} everywhere over {over}{tied}", aim(map).that_meets())
        }
        several => {
            let each: Vec<String> = several.iter().map(|(name, cells)| format!("{name} in {cells}")).collect();
            format!("Of {} combinations of {over} the cheapest is {}", map.cells.len(), each.join(", "))
        }
    }
}

/// What the cheapest of a cell must do.
pub fn aim(map: &DecisionMap) -> Aim {
    Aim::of(map.objectives)
}

/// Cells in which the cheapest is not alone.
fn ties(map: &DecisionMap) -> usize {
    map.cells.iter().filter(|cell| cell.tie == Some(true)).count()
}

/// What else a reader should know.
pub fn advice(map: &DecisionMap) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some(here) = &map.here {
        let each: Vec<String> = map.flips.iter().map(flip).collect();
        advice.push(match each.as_slice() {
            [] => format!("{here} is the cheapest of the scenario as it stands, and stays it within a factor of four."),
            some => format!(
                "{here} is the cheapest of the scenario as it stands; {} changes the answer.",
                some.join(" or ")
            ),
        });
    }
    let ties = ties(map);
    if map.scenario.replications == 1 {
        advice.push("One replication does not tell what chance decides: `--replications` does.".to_owned());
    }
    if ties > 0 {
        advice.push(format!("In {ties} the cheapest is a tie: another costs as much, or cannot be told from it."));
    }
    let none = map.cells.iter().filter(|cell| cell.cheapest.is_none()).count();
    if none > 0 && none < map.cells.len() {
        advice.push(format!("In {none} nothing {}.", aim(map).meets()));
    }
    if !map.sized.is_empty() {
        let sized = map.sized.join(", ");
        advice.push(format!("{sized} everywhere with the fewest members that {}.", aim(map).meet()));
    }
    advice
}

/// `+38 % demand (servers)`.
fn flip(flip: &Flip) -> String {
    let sign = if flip.factor > 1.0 { "+" } else { "−" };
    let what = match flip.path.strip_prefix("prices.") {
        Some(list) => format!("{list} prices"),
        None => short(&flip.path),
    };
    format!("{sign}{} {what} (to {})", figures::share((flip.factor - 1.0).abs()), flip.cheapest)
}

/// Letters of the deployments: those that win somewhere come first in the alphabet.
pub fn letter(map: &DecisionMap, name: &str) -> String {
    let place = map.deployments.iter().position(|one| one == name).unwrap_or(0);
    char::from(b'A' + (place % 26) as u8).to_string()
}

/// The map in letters, the highest value of the second axis on top.
pub fn grid(map: &DecisionMap) -> Columns {
    let [across, up] = &map.axes;
    let columns = across.values.len();
    // Three digits of a number, names as they are.
    let said = |axis: usize, place: usize, cell: usize| {
        let value = map.cells[cell].values[axis];
        let axis = &map.axes[axis];
        value.map_or_else(|| figures::shortened(&axis.values[place], 9), |value| with_unit(value, &axis.unit))
    };
    let mut headings = vec![format!("{} ↑", short(&up.path))];
    headings.extend((0..columns).map(|place| said(0, place, place)));
    let row = |place: usize| {
        let cells = &map.cells[place * across.values.len()..(place + 1) * across.values.len()];
        let letters = cells.iter().map(|cell| match &cell.cheapest {
            Some(name) if cell.tie == Some(true) => format!("{}=", letter(map, name)),
            Some(name) => letter(map, name),
            None => ABSENT.to_owned(),
        });
        std::iter::once(said(1, place, place * columns)).chain(letters).collect()
    };
    Columns { headings, rows: (0..up.values.len()).rev().map(row).collect(), more: 0 }
}

fn legend(map: &DecisionMap) -> String {
    let each: Vec<String> = map.deployments.iter().map(|name| format!("{} {name}", letter(map, name))).collect();
    format!("{}; = a tie, {ABSENT} nothing {}", each.join(", "), aim(map).meets())
}

/// The summary for a terminal.
pub fn text(map: &DecisionMap, paths: &[(&str, PathBuf)], color: Color) -> String {
    let own = [
        figures::plural(map.cells.len() as f64, "combination"),
        figures::plural(f64::from(map.scenario.replications), "replication"),
    ];
    let mut told = Told {
        tables: vec![grid(map)],
        headline: headline(map),
        advice: advice(map),

        paths,
        ..Told::of(&map.scenario, own)
    };
    told.heading.extend([format!("{} across, {} up", short(&map.axes[0].path), short(&map.axes[1].path)), legend(map)]);
    terminal::study(&told, color)
}

/// Writes `report.html` and its chart; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, map: &DecisionMap, command: &str) -> Result<Staged, super::ReportError> {
    use super::charts;
    use super::study::{Study, stage, varied};
    let study = Study {
        headline: headline(map),
        advice: advice(map),
        charts: charts::map::all(map),
        tables: vec![(legend(map), grid(map).into())],
        ..Study::of(&map.scenario, ("decision map", command), [("varied", varied(&map.axes))])
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &DecisionMap, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}
