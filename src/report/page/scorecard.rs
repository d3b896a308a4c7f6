//! The room that each deployment has, and the five claims, in plain words.

use crate::report::figures::{self, ABSENT};
use crate::report::measures::{MEASURES, best, judged};
use crate::report::story::{Standing, Story};
use crate::results::{Capacity, Change, DeploymentResult, Elasticity, Part, Results};
use crate::units::Money;

use super::{Cell, Grid, Row, headings};

/// A grid of the deployments, with the cells that `cells` makes after the name.
fn grid(results: &Results, story: &Story, cells: impl Fn(&DeploymentResult) -> Vec<Cell>) -> Vec<Row> {
    let row = |(place, deployment): (usize, &DeploymentResult)| {
        let mut all = vec![Cell::text(deployment.name.clone())];
        all.extend(cells(deployment));
        Row { cells: all, strong: story.standing(place) == Standing::Winner }
    };
    results.deployments.iter().enumerate().map(row).collect()
}

pub fn capacity(results: &Results, story: &Story) -> Grid {
    let texts = ["deployment", "utilisation#", "headroom#", "all places taken#", "waited#", "lost#", "peak demand#"];
    let more = ["a server more", "a server less"];
    let rows = grid(results, story, |deployment| {
        let view = &deployment.capacity;
        let share = |value: Option<f64>| Cell::figure(value.map(|part| (part * 1e3).round() / 1e3), figures::share);
        let saturated = Cell::figure(view.saturated_s, figures::latency);
        vec![
            share(view.utilization),
            share(view.headroom),
            saturated.with(view.saturated_share.map_or_else(String::new, figures::share)),
            part(view.waited),
            part(view.lost),
            Cell::figure(Some(view.peak_demand), figures::number).with("places"),
            changed(deployment, view.one_more.as_ref()).with(at_site(view)),
            changed(deployment, view.one_less.as_ref()).with(can_be_missed(view)),
        ]
    });
    Grid {
        caption: "How much room each deployment has".to_owned(),
        headings: headings(&[&texts[..], &more[..]].concat()),
        rows,
        note: "Headroom: what is free of all places in the tightest interval. A server more or less: what it changes on the \
               same arrivals."
            .to_owned(),
        ..Grid::default()
    }
}

fn part(part: Part) -> Cell {
    Cell::figure(Some(part.count), figures::count).with(part.share.map_or_else(String::new, figures::share))
}

/// Where a server more would stand, if that is a question, or why there is no answer.
fn at_site(view: &Capacity) -> String {
    match (&view.one_more, &view.resized_site, &view.not_resized) {
        (Some(_), Some(site), _) => format!("at {site}"),
        (None, _, Some(reason)) => reason.clone(),
        (Some(_), None, _) | (None, _, None) => String::new(),
    }
}

fn can_be_missed(view: &Capacity) -> String {
    let text = match view.n_plus_1 {
        Some(true) => "✓ one can be missed",
        Some(false) => "✗ none can be missed",
        None => return view.not_resized.clone().filter(|_| view.one_more.is_some()).unwrap_or_default(),
    };
    text.to_owned()
}

/// `p99 −41 ms, +$19.05 a month, 12 fewer lost`.
fn changed(deployment: &DeploymentResult, change: Option<&Change>) -> Cell {
    let Some(change) = change else { return Cell::text(ABSENT) };
    let sign = |negative: bool| if negative { "−" } else { "+" };
    let mut texts = Vec::new();
    if let Some(p99) = change.latency_p99_s {
        texts.push(format!("p99 {}{}", sign(p99 < 0.0), figures::latency(p99.abs())));
    }
    let (cost, currency) = (change.cost_per_month, deployment.cost.currency);
    let amount = figures::money(currency, if cost < Money::ZERO { -cost } else { cost });
    texts.push(format!("{}{amount} a month", sign(cost < Money::ZERO)));
    if change.lost != 0.0 {
        let word = if change.lost < 0.0 { "fewer" } else { "more" };
        texts.push(format!("{}\u{a0}{word} lost", figures::count(change.lost.abs())));
    }
    Cell { sort: change.latency_p99_s, ..Cell::text(texts.join(", ")) }
}

pub fn claims(results: &Results, story: &Story) -> Grid {
    let best: Vec<Option<f64>> = (0..MEASURES.len()).map(|claim| best(&results.deployments, claim)).collect();
    let rows = grid(results, story, |deployment| {
        let mut cells = words(deployment);
        for (claim, cell) in cells.iter_mut().enumerate() {
            if best[claim].is_some() && judged(deployment, claim) == best[claim] {
                cell.text = format!("★ {}", cell.text);
            }
            cell.sort = MEASURES[claim](deployment).map(|value| value.min(f64::MAX));
        }
        cells.into()
    });
    let texts = ["deployment", "pay per use", "automatic scaling", "elasticity", "fast response", "lower price"];
    Grid {
        caption: "Five claims made for functions, measured alike on every deployment".to_owned(),
        headings: headings(&texts),
        rows,
        note: "★ keeps the claim best; no star where all are alike. The claims are defined below.".to_owned(),
        ..Grid::default()
    }
}

/// One cell a claim.
fn words(deployment: &DeploymentResult) -> [Cell; 5] {
    let claims = &deployment.claims;
    let text =
        |value: Option<f64>, words: &dyn Fn(f64) -> String| Cell::text(value.map_or_else(|| ABSENT.to_owned(), words));
    let rounded = |part: f64| figures::share((part * 1e3).round() / 1e3);
    let scaling = claims.automatic_scaling;
    let fast = claims.fast_response;
    let small = |value: Option<f64>, words: &dyn Fn(f64) -> String| value.map_or_else(String::new, words);
    let delays = [
        small(fast.tail_inflation, &|ratio| format!("{} × execution alone", figures::number(ratio))),
        small(fast.delayed_share, &|part| format!("{} delayed over 100\u{a0}ms", figures::share(part))),
    ];
    let against = claims.lower_price.against.clone().map_or_else(String::new, |name| format!("of {name}"));
    [
        text(claims.pay_per_use.idle_share, &|part| format!("{} of the bill is idle", rounded(part))),
        text(scaling.overshoot, &|ratio| format!("{} idle places for each used", figures::number(ratio)))
            .with(small(scaling.shortfall, &|ratio| format!("{} waiting for each used", figures::number(ratio)))),
        elasticity(&claims.elasticity),
        text(fast.latency_p99_s, &|p99| format!("p99 {}", figures::latency(p99)))
            .with(delays.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")),
        text(claims.lower_price.ratio, &|ratio| format!("{} × the cost", figures::number(ratio))).with(against),
    ]
}

fn elasticity(claim: &Elasticity) -> Cell {
    let Some(probe) = claim.probe_s else { return Cell::text(ABSENT) };
    let text = match claim.reaction_s {
        Some(0.0) => "follows at once".to_owned(),
        Some(reaction) => format!("follows in {}", figures::latency(reaction)),
        None => format!("never within {}", figures::latency(probe)),
    };
    let rate = |rate: Option<f64>| rate.map_or_else(String::new, figures::number);
    let when = if claim.reaction_s.is_some() { "until then" } else { "meanwhile" };
    let wait = claim.extra_latency_s.map_or_else(String::new, |wait| format!(", +{} {when}", figures::latency(wait)));
    Cell::text(text).with(format!("from {}/s to {}/s{wait}", rate(claim.from_per_s), rate(claim.to_per_s)))
}
