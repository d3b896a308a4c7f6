//! Cost and regret against how much is bought, and the hours' demand with the level drawn through it.

use crate::report::commit::{headline, level, months, offers};
use crate::report::figures;
use crate::results::committed::{CommitLevel, CommitOffer, CommitSite, Committed};

use super::{Axis, By, Chart, Data, Key, Legend, Mark, Panel, Say};

/// Of the site that saves most.
pub fn all(answer: &Committed) -> Vec<Chart> {
    let nearest = |site: &CommitSite| site.best.or_else(|| (!site.offers.is_empty()).then_some(0));
    let shown = answer.leading().and_then(|site| Some((site, site.offers.get(nearest(site)?)?)));
    let Some((site, offer)) = shown else {
        return vec![Chart::empty("commit_levels", "There is no commitment to draw", "Nothing is on offer.")];
    };
    vec![levels(answer, site, offer), load(answer, site, offer)]
}

fn unit(answer: &Committed, offer: &CommitOffer) -> String {
    if offer.counted == "instances" { "instances".to_owned() } else { format!("{} an hour", answer.currency) }
}

/// Up to a few times the best level: far above it there is nothing to decide.
const TIMES: f64 = 4.0;

fn shown(offer: &CommitOffer) -> Vec<&CommitLevel> {
    let best = offer.level.to_f64();
    let near = |one: &&CommitLevel| best <= 0.0 || one.level.to_f64() <= best * TIMES * (1.0 + 1e-9);
    offer.levels.iter().filter(near).collect()
}

/// Cost with the optimum marked, and the regret beside it: they differ by what hindsight pays.
fn levels(answer: &Committed, site: &CommitSite, offer: &CommitOffer) -> Chart {
    let shown = shown(offer);
    let points = |of: fn(&CommitLevel) -> f64| -> Vec<[f64; 2]> {
        shown.iter().map(|one| [one.level.to_f64(), of(one)]).collect()
    };
    let highest = |points: &[[f64; 2]]| points.iter().map(|[_, y]| *y).fold(0.0, f64::max);
    let (cost, expected) = (points(|one| one.cost_per_month.to_f64()), points(|one| one.expected_regret));
    let worst = points(|one| one.worst_regret);
    let [at, best] = [offer.level.to_f64(), offer.cost.per_month.to_f64()];
    let most = shown.last().map_or(1.0, |one| one.level.to_f64()).max(1e-3);
    let across = || Axis::up_to(&format!("bought, {}", unit(answer, offer)), most, Say::Number);
    let tip = format!("{}: {} a month", level(answer, offer, at), figures::compact(best));
    let dot = |y: f64| Mark::Dot { at: [at, y], series: 1, label: None, tip: tip.clone() };
    let ceiling = site.on_demand.per_month.to_f64();
    let money = format!("a month of 730 hours, {}", answer.currency);
    let cost_panel = Panel {
        heading: "Expected cost".to_owned(),
        height: 240.0,
        x: across(),
        y: Axis::from_zero(&money, highest(&cost).max(ceiling) * 1.05, Say::Compact),
        marks: vec![
            Mark::Line { points: vec![[0.0, ceiling], [most, ceiling]], series: 3, label: None },
            Mark::Line { points: cost, series: 0, label: None },
            dot(best),
        ],
        by: By::Nobody,
    };
    let regret_panel = Panel {
        heading: "Regret: cost over the best level in hindsight".to_owned(),
        height: 240.0,
        x: across(),
        y: Axis::from_zero(&money, highest(&worst).max(highest(&expected)) * 1.05, Say::Compact),
        marks: vec![
            Mark::Line { points: worst, series: 2, label: None },
            Mark::Line { points: expected, series: 0, label: None },
            dot(offer.expected_regret),
        ],
        by: By::Nobody,
    };
    let key = |series, text: &str| Legend { key: Key::Line, series, text: text.to_owned() };
    let table = offers(answer, site);
    Chart {
        id: "commit_levels",
        title: headline(answer),
        subtitle: format!(
            "{}, bought at every level; means over draws, the worst draw of regret beside them.",
            offer.name
        ),
        legend: vec![
            key(0, "expected"),
            key(2, "worst draw"),
            key(3, "all on demand"),
            Legend { key: Key::Dot, series: 1, text: "least expected cost".to_owned() },
        ],
        panels: vec![cost_panel, regret_panel],
        columns: 2,
        data: Data { headings: table.headings, rows: table.rows, note: String::new() },
    }
}

/// The load-duration curve: where it crosses the level, the part of the hours is the part that must be used to pay.
fn load(answer: &Committed, site: &CommitSite, offer: &CommitOffer) -> Chart {
    let at = offer.level.to_f64();
    let peak = site.load.iter().map(|point| point.demand).fold(at, f64::max);
    let highest = if at > 0.0 { peak.min(at * 1.5 * TIMES) } else { peak };
    let cut = if highest < peak { " Higher peaks are cut off." } else { "" };
    let curve: Vec<[f64; 2]> = site.load.iter().map(|point| [100.0 * point.share, point.demand.min(highest)]).collect();
    let reached = site.load.iter().filter(|point| point.demand >= at * (1.0 - 1e-9)).map(|point| point.share);
    let reached = reached.fold(0.0, f64::max);
    let bought = level(answer, offer, at);
    let mut marks =
        vec![Mark::Area { points: curve.clone(), series: 0 }, Mark::Line { points: curve, series: 0, label: None }];
    if at > 0.0 {
        marks.push(Mark::Ceiling { at, text: format!("bought {bought}") });
    }
    if let Some(ratio) = offer.breakeven_utilization.filter(|ratio| *ratio < 1.0) {
        marks.push(Mark::Bound { at: 100.0 * ratio, text: format!("pays from {}", figures::share(ratio)) });
    }
    let table = months(answer, offer);
    Chart {
        id: "commit_load",
        title: format!("{} of the hours ask for {bought} or more", figures::share(reached)),
        subtitle: format!(
            "Hours of all draws by how much of {} they could use, the highest first. {} more pays while more hours than the \
             vertical line marks would use it.{cut}",
            offer.name,
            if offer.counted == "instances" { "An instance" } else { "A little" }
        ),
        legend: vec![Legend { key: Key::Area, series: 0, text: "use that could be covered".to_owned() }],
        panels: vec![Panel {
            heading: String::new(),
            height: 260.0,
            x: Axis::up_to("part of the hours, %", 100.0, Say::Number),
            y: Axis::from_zero(&format!("asked for, {}", unit(answer, offer)), highest * 1.05, Say::Number),
            marks,
            by: By::Nobody,
        }],
        columns: 1,
        data: Data { headings: table.headings, rows: table.rows, note: String::new() },
    }
}
