//! The nodes of deployments on clusters: how full they are, and what of them is of no use.

use crate::report::figures;
use crate::results::{Cluster, DeploymentResult, Packing, Results};

use super::{Cell, Grid, Row, headings};

/// Without rows where no deployment has nodes.
pub fn grid(results: &Results) -> Grid {
    let row = |deployment: &DeploymentResult| {
        deployment.cluster.as_ref().map(|cluster| Row { cells: cells(deployment, cluster), strong: false })
    };
    let texts = [
        "deployment",
        "nodes, mean#",
        "peak#",
        "cores for pods#",
        "asked for#",
        "of no use#",
        "memory for pods#",
        "asked for#",
        "of no use#",
        "pods waiting#",
    ];
    Grid {
        caption: "Nodes, and what pods ask of them".to_owned(),
        headings: headings(&texts),
        rows: results.deployments.iter().filter_map(row).collect(),
        note:
            "Of no use: free on a node, and too little of it or of the other resource for one more pod; below it the \
               worst share at any time. Pods waiting: those that no node had room for, on average."
                .to_owned(),
        ..Grid::default()
    }
}

fn cells(deployment: &DeploymentResult, cluster: &Cluster) -> Vec<Cell> {
    let number = |value| Cell::figure(Some(value), figures::number);
    let resource = |packing: &Packing, unit: &str| {
        let whole = Cell::figure(Some(packing.allocatable_mean), |value| format!("{}{unit}", figures::number(value)));
        let worst = packing.stranded_share_worst.map_or_else(String::new, |worst| format!("worst {}", percent(worst)));
        [
            whole,
            Cell::figure(packing.requested_share, percent),
            Cell::figure(packing.stranded_share, percent).with(worst),
        ]
    };
    let mut cells = vec![Cell::text(deployment.name.clone()), number(cluster.nodes_mean), number(cluster.nodes_peak)];
    cells.extend(resource(&cluster.cpu, ""));
    cells.extend(resource(&cluster.memory_gb, "\u{a0}GB"));
    cells.push(number(cluster.pending_mean));
    cells
}

/// To tenths of a percent.
fn percent(part: f64) -> String {
    figures::share((part * 1e3).round() / 1e3)
}
