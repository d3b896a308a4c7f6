//! `results.json` of a break-even: where two deployments cost the same.

use serde::{Deserialize, Serialize};

use super::studied::StudiedScenario;
use super::sweep::SweepAxis;
use super::{Metric, Outcome};
use crate::results::store::frame::{Column, Frame};

/// The version of this form.
pub const BREAKEVEN_SCHEMA: &str = "breakeven.breakeven/1";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakeven {
    pub schema: String,
    pub scenario: StudiedScenario,
    /// Whether the scenario has any; without, `meets` says that nearly everything completes.
    #[serde(default = "super::studied::yes")]
    pub objectives: bool,
    /// What is varied; `values` holds the ends.
    pub axis: SweepAxis,
    pub currency: String,
    pub a: ComparedSide,
    pub b: ComparedSide,
    /// In the order of the axis.
    pub breakeven: Vec<Crossing>,
    /// Every crossing is narrowed to 0.2 % of the axis; else there were too many for the search.
    pub complete: bool,
    pub naive: Option<Naive>,
    /// All that was measured, in the order of the axis.
    pub points: Vec<BreakevenPoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedSide {
    pub deployment: String,
    pub platform: String,
    /// At each value it has the fewest members with which it meets the objectives; else it is taken as it stands.
    pub sized: bool,
}

/// A value of the axis at which the cheaper side changes, or at which both begin or cease to cost the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// In the unit of the axis; where costs jump, or a tie begins or ends, the first value after that.
    pub value: f64,
    /// As a user would write it.
    pub label: String,
    /// Neighbours that were measured: the answer changes between them.
    pub between: [f64; 2],
    /// Where the 95 % interval of the paired difference contains zero; `null` where costs jump, at the end of a tie, and for one replication.
    pub interval: Option<[f64; 2]>,
    /// A member more or less decides; else costs meet.
    pub step: bool,
    /// `null`: a tie, both cost the same.
    pub cheaper_before: Option<String>,
    pub cheaper_after: Option<String>,
    /// Of the side that is sized, before and after.
    pub members: Option<[u32; 2]>,
    /// Whose members these are: of two fleets the one whose number changes, or the first.
    pub sized: Option<String>,
    /// Of its members, before.
    pub utilization: Option<f64>,
    /// Of the side that is cheaper before, or of both.
    pub cost_per_month: f64,
}

/// What prices alone would say, with members that are never idle and no objectives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Naive {
    /// Of the axis: functions cost as much as one member.
    pub value: f64,
    pub label: String,
    /// How busy that one member would be; above 1 it could not do the work at all.
    pub utilization: f64,
    /// The side that is sized.
    pub deployment: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakevenPoint {
    pub value: f64,
    pub label: String,
    pub a: SideAt,
    pub b: SideAt,
    /// Cost of a month, a less b; `null` where one misses the objectives.
    pub difference: Option<f64>,
    pub ci95: Option<[f64; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideAt {
    pub members: Option<u32>,
    pub meets: bool,
    pub cost_per_month: f64,
    pub latency_p99_s: Option<f64>,
    pub errors: Option<f64>,
    pub utilization: Option<f64>,
}

impl SideAt {
    pub fn of(outcome: &Outcome, members: Option<u32>) -> Self {
        Self {
            members,
            meets: outcome.meets,
            cost_per_month: outcome.cost(),
            latency_p99_s: outcome.mean(Metric::LatencyP99),
            errors: outcome.mean(Metric::Errors),
            utilization: outcome.mean(Metric::Utilization),
        }
    }
}

impl Breakeven {
    /// The table of all points.
    pub fn frame(&self) -> Frame {
        let points = &self.points;
        let figure = |of: &dyn Fn(&BreakevenPoint) -> Option<f64>| Column::Figure(points.iter().map(of).collect());
        let mut columns = vec![
            (self.axis.path.clone(), Column::Text(points.iter().map(|point| point.label.clone()).collect())),
            ("value".to_owned(), Column::Number(points.iter().map(|point| point.value).collect())),
        ];
        type OfSide = fn(&BreakevenPoint) -> &SideAt;
        let sides: [(&str, OfSide); 2] = [("a", |point| &point.a), ("b", |point| &point.b)];
        for (name, of) in sides {
            columns.push((format!("{name}_members"), figure(&|point| of(point).members.map(f64::from))));
            columns.push((format!("{name}_meets"), Column::Flag(points.iter().map(|point| of(point).meets).collect())));
            columns.push((format!("{name}_cost_per_month"), figure(&|point| Some(of(point).cost_per_month))));
            columns.push((format!("{name}_latency_p99_s"), figure(&|point| of(point).latency_p99_s)));
            columns.push((format!("{name}_errors"), figure(&|point| of(point).errors)));
            columns.push((format!("{name}_utilization"), figure(&|point| of(point).utilization)));
        }
        columns.push(("difference".to_owned(), figure(&|point| point.difference)));
        columns.push(("difference_low".to_owned(), figure(&|point| point.ci95.map(|[low, _]| low))));
        columns.push(("difference_high".to_owned(), figure(&|point| point.ci95.map(|[_, high]| high))));
        Frame { name: "points".to_owned(), columns }
    }
}
