//! The whole answer of `sim compare`, in one form for two sides and for more.

use serde::{Deserialize, Serialize};

use super::{Compared, ComparedDeployment, Difference};
use crate::results::gate::Gate;
use crate::results::store::frame::{Column, Frame};

/// The version of this form.
pub const COMPARED_SCHEMA: &str = "breakeven.compare/1";

/// `results.json` of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub schema: String,
    /// Every other side against the first.
    pub comparisons: Vec<Compared>,
    /// What `--fail-on` found; `null` where there are no bounds.
    pub gate: Option<Gate>,
}

impl Comparison {
    pub fn new(comparisons: Vec<Compared>, gate: Option<Gate>) -> Self {
        Self { schema: COMPARED_SCHEMA.to_owned(), comparisons, gate }
    }
}

/// A row for each figure of each deployment at each point of each head.
type Row<'a> = (&'a Compared, &'a ComparedDeployment, &'a Difference);

/// The table of a comparison.
pub fn frame(answer: &Comparison) -> Frame {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for compared in &answer.comparisons {
        for one in &compared.deployments {
            rows.extend(one.figures.iter().map(|figure| (compared, one, figure)));
        }
    }
    let text = |of: fn(&Row<'_>) -> String| Column::Text(rows.iter().map(of).collect());
    let number = |of: fn(&Difference) -> Option<f64>| Column::Figure(rows.iter().map(|row| of(row.2)).collect());
    let columns = [
        ("base", text(|row| row.0.base.label.clone())),
        ("head", text(|row| row.0.head.label.clone())),
        ("deployment_base", text(|row| row.1.base.clone())),
        ("deployment_head", text(|row| row.1.head.clone())),
        ("settings", text(|row| row.1.settings.join(" "))),
        ("currency", text(|row| row.1.currency.clone())),
        ("metric", text(|row| row.2.metric.clone())),
        ("value_base", number(|figure| figure.base)),
        ("value_base_low", number(|figure| Some(figure.base_ci95?[0]))),
        ("value_base_high", number(|figure| Some(figure.base_ci95?[1]))),
        ("value_head", number(|figure| figure.head)),
        ("value_head_low", number(|figure| Some(figure.head_ci95?[0]))),
        ("value_head_high", number(|figure| Some(figure.head_ci95?[1]))),
        ("difference", number(|figure| figure.difference)),
        ("difference_low", number(|figure| Some(figure.ci95?[0]))),
        ("difference_high", number(|figure| Some(figure.ci95?[1]))),
        ("relative", number(|figure| figure.relative)),
        ("interval", text(|row| row.2.interval.name().to_owned())),
    ];
    let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
    Frame { name: "comparison".to_owned(), columns }
}
