//! Cost of two deployments along an axis, and the members that the sized one needs.

use crate::report::breakeven::{aim, headline};
use crate::results::crossings::{Breakeven, BreakevenPoint, ComparedSide, SideAt};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, Say, label, varied};

/// Crossings that are marked; more would cover each other.
const MARKED: usize = 6;

/// The side of a point.
type OfSide = fn(&BreakevenPoint) -> &SideAt;
const SIDES: [OfSide; 2] = [|point| &point.a, |point| &point.b];

pub fn all(answer: &Breakeven) -> Vec<Chart> {
    vec![chart(answer)]
}

fn chart(answer: &Breakeven) -> Chart {
    let names = [&answer.a, &answer.b];
    let legend =
        names.iter().enumerate().map(|(series, side)| Legend { key: Key::Line, series, text: label(&side.deployment) });
    let mut panels = vec![costs(answer)];
    let sized: Vec<(usize, &ComparedSide)> = names.into_iter().enumerate().filter(|(_, side)| side.sized).collect();
    if !sized.is_empty() {
        panels.push(members(answer, &sized));
    }
    let crossings = match answer.breakeven.len() {
        0 => "",
        1 => " The line across marks the break-even.",
        _ => " The lines across mark crossings.",
    };
    let rest = match answer.points.iter().any(|point| point.difference.is_none()) {
        true => format!(" Values at which {} are left out.", aim(answer).is_missed()),
        false => String::new(),
    };
    Chart {
        id: "breakeven",
        title: headline(answer),
        subtitle: format!("Cost of a month along {}.{crossings}{rest}", answer.axis.path),
        legend: legend.collect(),
        panels,
        columns: 1,
        data: data(answer),
    }
}

fn x(answer: &Breakeven, titled: bool) -> Axis {
    let [low, high] = [answer.points.first(), answer.points.last()].map(|point| point.map_or(1.0, |point| point.value));
    let log = low > 0.0 && high / low >= 4.0;
    let title = if titled { varied(&answer.axis, log) } else { String::new() };
    Axis::along(&title, [low, high], log, answer.points.iter().map(|point| point.value))
}

fn costs(answer: &Breakeven) -> Panel {
    let costs = || answer.points.iter().flat_map(|point| SIDES.map(|of| of(point).cost_per_month));
    let high = costs().fold(0.0, f64::max);
    let least = costs().filter(|cost| *cost > 0.0).fold(high, f64::min);
    let title = format!("cost per month of 730 hours, {}", answer.currency);
    let log = least > 0.0 && high / least > 8.0;
    let y = if log {
        Axis::log(&format!("{title} (log scale)"), least / 1.2, high * 1.2, Say::Compact)
    } else {
        Axis::from_zero(&title, high, Say::Compact)
    };
    let mut marks = Vec::new();
    for (series, of) in SIDES.into_iter().enumerate() {
        let meets = answer.points.iter().filter(|point| of(point).meets);
        let points = meets.map(|point| [point.value, of(point).cost_per_month]).collect();
        let name = if series == 0 { &answer.a.deployment } else { &answer.b.deployment };
        marks.push(Mark::Line { points, series, label: Some(label(name)) });
    }
    let every = answer.breakeven.len().div_ceil(MARKED).max(1);
    for (place, crossing) in answer.breakeven.iter().enumerate() {
        let last = place + 1 == answer.breakeven.len();
        if place % every == 0 || last {
            let text = if place == 0 || last { crossing.label.clone() } else { String::new() };
            marks.push(Mark::Bound { at: crossing.value, text });
        }
    }
    Panel {
        heading: String::new(),
        height: 260.0,
        x: x(answer, !answer.a.sized && !answer.b.sized),
        y,
        marks,
        by: By::Series,
    }
}

fn members(answer: &Breakeven, sized: &[(usize, &ComparedSide)]) -> Panel {
    let mut marks = Vec::new();
    let mut most = 1.0_f64;
    for (series, side) in sized {
        let of = SIDES[*series];
        for point in answer.points.iter().filter(|point| of(point).meets) {
            let Some(members) = of(point).members.map(f64::from) else { continue };
            most = most.max(members);
            let tip = format!("{} at {}: {members}", label(&side.deployment), point.label);
            marks.push(Mark::Dot { at: [point.value, members], series: *series, label: None, tip });
        }
    }
    Panel {
        heading: format!("Members that {}", aim(answer).needs()),
        height: 110.0,
        x: x(answer, true),
        y: Axis::counts("members", most),
        marks,
        by: By::Series,
    }
}

fn data(answer: &Breakeven) -> Data {
    let table = crate::report::breakeven::by_point(answer);
    Data { headings: table.headings, rows: table.rows, note: String::new() }
}
