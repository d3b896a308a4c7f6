//! What studies of the scenario would vary: `[sweep]` and `[uncertainty]`.

use serde_json::{Value, json};

use super::wrap_at;
use crate::cli::output::thousands;
use crate::scenario::vary::{Axis, Uncertain};

pub struct Varied {
    pub axes: Vec<Axis>,
    pub uncertain: Vec<Uncertain>,
}

/// Columns of a path; a longer one pushes its values to the right.
const PATH: usize = 34;

impl Varied {
    /// Points of the grid; `None` where an axis says only the ends of its range.
    fn points(&self) -> Option<u128> {
        let more = |points: u128, axis: &Axis| Some(points.saturating_mul(axis.levels.list()?.len() as u128));
        self.axes.iter().try_fold(1, more)
    }

    /// Empty where nothing is varied.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.axes.is_empty() {
            let points = match self.points() {
                Some(1) => "1 point".to_owned(),
                Some(points) => format!("{} points", thousands(points as f64)),
                None => "ranges without steps: `--design lhs --points N`".to_owned(),
            };
            text.push_str(&format!("\nsweep: {points}\n"));
            text.extend(self.axes.iter().map(|axis| line(&axis.path, &values(axis))));
        }
        if !self.uncertain.is_empty() {
            text.push_str("\nuncertain\n");
            text.extend(self.uncertain.iter().map(|one| line(&one.axis.path, &one.describe())));
        }
        text
    }

    /// `null` without a section.
    pub fn sweep(&self) -> Value {
        let axis = |axis: &Axis| {
            let levels =
                axis.levels.list().map(|levels| levels.into_iter().map(|level| level.label).collect::<Vec<_>>());
            json!({ "path": axis.path, "range": axis.ends(), "values": levels })
        };
        match self.axes.as_slice() {
            [] => Value::Null,
            axes => json!({ "points": self.points().and_then(|points| u64::try_from(points).ok()),
                "axes": axes.iter().map(axis).collect::<Vec<_>>() }),
        }
    }

    /// Empty without a section.
    pub fn uncertainty(&self) -> Value {
        let input = |one: &Uncertain| json!({ "path": one.axis.path, "range": one.describe() });
        self.uncertain.iter().map(input).collect()
    }
}

fn line(path: &str, values: &str) -> String {
    let front = format!("  {path:<PATH$}");
    let columns = front.chars().count() + 2;
    if columns + 20 > 80 {
        format!("{front}\n{}", wrap_at(&format!("{:34}{values}", ""), 34))
    } else {
        wrap_at(&format!("{front}  {values}"), columns)
    }
}

/// Few values one by one, many by their ends.
fn values(axis: &Axis) -> String {
    const SHOWN: usize = 8;
    match axis.levels.list() {
        Some(levels) if levels.len() <= SHOWN => {
            levels.iter().map(|level| level.label.as_str()).collect::<Vec<_>>().join(", ")
        }
        Some(levels) => {
            let [first, last] = [levels.first(), levels.last()].map(|level| level.map_or("", |level| &level.label));
            format!("{first} ... {last}, {} values", levels.len())
        }
        None => axis.ends(),
    }
}
