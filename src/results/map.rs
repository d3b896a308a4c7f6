//! `results.json` of a decision map: the cheapest deployment over two axes, and what would change the answer.

use serde::{Deserialize, Serialize};

use super::store::frame::{Column, Frame};
use super::studied::StudiedScenario;
use super::sweep::SweepAxis;

/// The version of this form.
pub const MAP_SCHEMA: &str = "breakeven.map/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionMap {
    pub schema: String,
    pub scenario: StudiedScenario,
    /// Whether the scenario has any; without, `meets` says that nearly everything completes.
    #[serde(default = "super::studied::yes")]
    pub objectives: bool,
    /// Across and up, with all their values.
    pub axes: [SweepAxis; 2],
    pub currency: String,
    pub deployments: Vec<String>,
    /// Fleets of a fixed size have the fewest members that meet the objectives at every cell.
    pub sized: Vec<String>,
    /// Row by row from the lowest value of the second axis.
    pub cells: Vec<Cell>,
    pub indifference: Vec<Indifference>,
    /// The cheapest of the scenario as it stands; `null` if nothing meets the objectives.
    pub here: Option<String>,
    pub flips: Vec<Flip>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Numbers of both axes, in their units; `null` for an axis of names, of which `labels` say all.
    pub values: [Option<f64>; 2],
    pub labels: [String; 2],
    /// The cheapest that meets the objectives; `null` if nothing does.
    pub cheapest: Option<String>,
    /// Whether another that meets the objectives costs the same in every replication, or cannot be told from it; `null` for one
    /// replication (or a trace) in which costs differ, since it tells nothing of chance.
    pub tie: Option<bool>,
    /// By deployment: cost of a month where it meets the objectives, and members where they were chosen.
    pub cost_per_month: Vec<Option<f64>>,
    pub members: Vec<Option<u32>>,
}

/// Between neighbouring cells of a row two deployments cost the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indifference {
    pub between: [String; 2],
    /// On both axes: interpolated along the first, where that has numbers; `null` for an axis of names.
    pub at: [Option<f64>; 2],
}

/// The nearest value of an axis, on one side of the scenario, at which another deployment is the cheapest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    pub path: String,
    /// So many times what the scenario says.
    pub factor: f64,
    pub cheapest: String,
}

impl DecisionMap {
    /// The table of all cells.
    pub fn frame(&self) -> Frame {
        let cells = &self.cells;
        let mut columns = Vec::new();
        for (place, axis) in self.axes.iter().enumerate() {
            let labels = cells.iter().map(|cell| cell.labels[place].clone()).collect();
            columns.push((axis.path.clone(), Column::Text(labels)));
            let name = format!("{} (value)", axis.path);
            columns.push((name, Column::Figure(cells.iter().map(|cell| cell.values[place]).collect())));
        }
        columns.push(("cheapest".to_owned(), Column::Label(cells.iter().map(|cell| cell.cheapest.clone()).collect())));
        columns.push((
            "tie".to_owned(),
            Column::Label(cells.iter().map(|cell| cell.tie.map(|tie| tie.to_string())).collect()),
        ));
        for (place, name) in self.deployments.iter().enumerate() {
            let costs = cells.iter().map(|cell| cell.cost_per_month[place]).collect();
            columns.push((format!("cost_per_month of {name}"), Column::Figure(costs)));
            let members = cells.iter().map(|cell| cell.members[place].map(f64::from)).collect();
            columns.push((format!("members of {name}"), Column::Figure(members)));
        }
        Frame { name: "cells".to_owned(), columns }
    }
}
