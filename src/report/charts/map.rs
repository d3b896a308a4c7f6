//! The cheapest deployment over two axes: a cell of colour, pattern and letter, with lines of indifference.

use crate::report::figures::{self, short};
use crate::report::map::{aim, headline, letter};
use crate::results::map::{Cell, DecisionMap};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, SERIES, label, varied};

pub fn all(map: &DecisionMap) -> Vec<Chart> {
    let [x, y] = [0, 1].map(|place| edges(map, place));
    let (Some(x), Some(y)) = (x, y) else {
        let why = "An axis has names or a single value; the table shows the map.";
        return vec![Chart::empty("decision_map", &headline(map), why)];
    };
    let series = |name: &str| map.deployments.iter().position(|one| one == name).unwrap_or(0) % SERIES;
    let columns = map.axes[0].values.len();
    let mut marks: Vec<Mark> = Vec::new();
    for (place, cell) in map.cells.iter().enumerate() {
        let (column, row) = (place % columns, place / columns);
        let letter = cell.cheapest.as_ref().map_or("—".to_owned(), |name| letter(map, name));
        marks.push(Mark::Cell {
            from: [x.edges[column], y.edges[row]],
            to: [x.edges[column + 1], y.edges[row + 1]],
            series: cell.cheapest.as_deref().map(series),
            shade: None,
            label: if cell.tie == Some(true) { format!("{letter}=") } else { letter },
            tip: tip(map, cell),
        });
    }
    marks.extend(lines(map));
    let entry = |name: &String| Legend {
        key: Key::Bar,
        series: series(name),
        text: format!("{} {}", letter(map, name), label(name)),
    };
    let wins = |name: &&String| map.cells.iter().any(|cell| cell.cheapest.as_ref() == Some(*name));
    let mut headings: Vec<String> = map.axes.iter().map(|axis| short(&axis.path)).collect();
    headings.extend(["cheapest", "cost of a month"].map(str::to_owned));
    vec![Chart {
        id: "decision_map",
        title: headline(map),
        subtitle: format!(
            "The cheapest deployment{}; = where another costs as much or cannot be told from it, — where nothing {}.",
            aim(map).that_meets(),
            aim(map).meets()
        ),
        legend: map.deployments.iter().filter(wins).map(entry).collect(),
        panels: vec![Panel { heading: String::new(), height: 320.0, x: x.axis, y: y.axis, marks, by: By::Series }],
        columns: 1,
        data: Data { headings, rows: map.cells.iter().map(|cell| row(map, cell)).collect(), note: String::new() },
    }]
}

/// A line for each pair of deployments between which one is indifferent, from the lowest row to the highest.
fn lines(map: &DecisionMap) -> Vec<Mark> {
    let mut pairs: Vec<([String; 2], Vec<[f64; 2]>)> = Vec::new();
    for one in &map.indifference {
        let [Some(x), Some(y)] = one.at else { continue };
        let at = [x, y];
        match pairs.iter_mut().find(|(pair, _)| *pair == one.between) {
            Some((_, points)) => points.push(at),
            None => pairs.push((one.between.clone(), vec![at])),
        }
    }
    pairs.retain(|(_, points)| points.len() > 1);
    pairs.into_iter().map(|(_, points)| Mark::Line { points, series: SERIES - 1, label: None }).collect()
}

/// Where the cells of an axis begin and end.
struct Edges {
    edges: Vec<f64>,
    axis: Axis,
}

/// Half way between neighbouring values; `None` for names or a single value.
fn edges(map: &DecisionMap, place: usize) -> Option<Edges> {
    let axis = &map.axes[place];
    let columns = map.axes[0].values.len();
    let step = if place == 0 { 1 } else { columns };
    let values: Vec<f64> =
        (0..axis.values.len()).map(|index| map.cells[index * step].values[place]).collect::<Option<_>>()?;
    if values.len() < 2 || !values.is_sorted() {
        return None;
    }
    let (low, high) = (values[0], values[values.len() - 1]);
    let log = low > 0.0 && high / low >= 4.0;
    let middle = |a: f64, b: f64| if log { (a * b).sqrt() } else { f64::midpoint(a, b) };
    let beyond = |end: f64, next: f64| if log { end * (end / next).sqrt() } else { end + (end - next) / 2.0 };
    let mut edges = vec![beyond(low, values[1])];
    edges.extend(values.windows(2).map(|pair| middle(pair[0], pair[1])));
    edges.push(beyond(high, values[values.len() - 2]));
    let axis = Axis::along(&varied(axis, log), [edges[0], edges[edges.len() - 1]], log, values);
    Some(Edges { edges, axis })
}

fn tip(map: &DecisionMap, cell: &Cell) -> String {
    let costs = map
        .deployments
        .iter()
        .zip(&cell.cost_per_month)
        .filter_map(|(name, cost)| cost.map(|cost| format!("{} {}", label(name), figures::compact(cost))));
    format!("{}: {}", cell.labels.join(", "), costs.collect::<Vec<_>>().join(", "))
}

fn row(map: &DecisionMap, cell: &Cell) -> Vec<String> {
    let cost = cell.cheapest.as_ref().and_then(|name| {
        let place = map.deployments.iter().position(|one| one == name)?;
        cell.cost_per_month[place]
    });
    let mut cells = cell.labels.to_vec();
    cells.push(cell.cheapest.clone().unwrap_or_else(|| "none".to_owned()));
    cells.push(cost.map_or(figures::ABSENT.to_owned(), figures::number));
    cells
}
