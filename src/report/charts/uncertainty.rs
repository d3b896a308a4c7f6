//! Bills that are not known: their spread, and what it comes from.

use crate::report::figures::{self, short};
use crate::report::uncertainty::{advice, by_deployment, headline, leader, tornado};
use crate::results::uncertain::{Swing, Uncertainty};

use super::{Axis, By, Chart, Data, Mark, Panel, ROWS, Say, label};

pub fn all(answer: &Uncertainty) -> Vec<Chart> {
    vec![spread(answer), swings(answer)]
}

/// The middle half of every bill as a bar, nine tenths of it as a whisker.
fn spread(answer: &Uncertainty) -> Chart {
    let shown = &answer.deployments[..answer.deployments.len().min(ROWS)];
    let highest = shown.iter().map(|one| one.quantiles[5]).fold(0.0, f64::max);
    let mut marks = Vec::new();
    for (row, one) in shown.iter().enumerate() {
        let [_, low, quarter, median, three, high, _] = one.quantiles;
        marks.push(Mark::Bar { row, from: quarter, to: three, series: 0, label: String::new() });
        marks.push(Mark::Whisker { row, low, high });
        let text = format!("{}, cheapest {}", figures::compact(median), figures::share(one.cheapest));
        marks.push(Mark::Note { row, at: high, text });
    }
    let names: Vec<String> = shown.iter().map(|one| label(&one.name)).collect();
    let table = by_deployment(answer);
    Chart {
        id: "uncertain_costs",
        title: headline(answer),
        subtitle:
            "Cost of a month over all draws: half of them in the bar, nine of ten within the whisker; the median \
            beside it."
                .to_owned(),
        legend: Vec::new(),
        panels: vec![Panel {
            heading: String::new(),
            height: 30.0 * shown.len() as f64 + 10.0,
            x: Axis::up_to(&format!("cost per month of 730 hours, {}", answer.currency), highest * 1.35, Say::Compact),
            y: Axis::rows(names),
            marks,
            by: By::Nobody,
        }],
        columns: 1,
        data: Data { headings: table.headings, rows: table.rows, note: String::new() },
    }
}

/// The bill of the leader with each input at both ends of its swing.
fn swings(answer: &Uncertainty) -> Chart {
    let leader = leader(answer).or(answer.deployments.first());
    let name = leader.map_or("", |one| one.name.as_str());
    let ours: Vec<&Swing> = answer.tornado.iter().filter(|swing| swing.deployment == name).take(ROWS).collect();
    let Some(widest) = ours.first() else {
        return Chart::empty("tornado", "Nothing is uncertain", "There are no inputs.");
    };
    let ends = || ours.iter().flat_map(|swing| swing.cost_per_month);
    let (low, high) = ends().fold((f64::INFINITY, 0.0_f64), |(low, high), cost| (low.min(cost), high.max(cost)));
    let room = (high - low).max(high * 1e-3) * 0.3;
    let mut marks = Vec::new();
    for (row, swing) in ours.iter().enumerate() {
        let [a, b] = swing.cost_per_month;
        marks.push(Mark::Bar { row, from: a.min(b), to: a.max(b), series: 0, label: String::new() });
        marks.push(Mark::Note { row, at: a.max(b), text: format!("{} to {}", swing.at[0], swing.at[1]) });
    }
    let names: Vec<String> = ours.iter().map(|swing| label(&short(&swing.path))).collect();
    let table = tornado(answer);
    let said = advice(answer)
        .into_iter()
        .find(|said| said.starts_with("What matters most"))
        .unwrap_or_else(|| format!("What matters most is {}", short(&widest.path)));
    Chart {
        id: "tornado",
        title: said.trim_end_matches('.').to_owned(),
        subtitle: format!(
            "Cost of a month of {name} with one input at its 10th and at its 90th percentile, the others at their median."
        ),
        legend: Vec::new(),
        panels: vec![Panel {
            heading: String::new(),
            height: 30.0 * ours.len() as f64 + 10.0,
            x: Axis::between(
                &format!("cost per month of 730 hours, {}", answer.currency),
                (low - room / 3.0).max(0.0),
                high + room,
                Say::Number,
            ),
            y: Axis::rows(names),
            marks,
            by: By::Nobody,
        }],
        columns: 1,
        data: Data { headings: table.headings, rows: table.rows, note: String::new() },
    }
}
