//! The five claims, a line for each deployment.

use crate::report::figures::{self, ABSENT};
use crate::report::story::Story;
use crate::results::{Claims, Elasticity, Results};

use super::{Color, Column, rows, two_digits};

/// Stands over the names.
const HEADING: &str = "five claims";

/// Empty where nothing was measured.
pub fn lines(results: &Results, story: &Story, color: Color) -> Vec<String> {
    let all = &results.deployments;
    if all.iter().all(|deployment| deployment.claims == Claims::default()) {
        return Vec::new();
    }
    let column = |heading, spare, cell: &dyn Fn(&Claims) -> String| Column {
        heading,
        cells: all.iter().map(|deployment| cell(&deployment.claims).replace('\u{a0}', "")).collect(),
        spare,
    };
    let times = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| format!("{}×", short(value)));
    let part = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |part| figures::share(two_digits(part)));
    let columns = vec![
        column("idle pay", 0, &|claims| part(claims.pay_per_use.idle_share)),
        column("overshoot", 2, &|claims| times(claims.automatic_scaling.overshoot)),
        column("shortfall", 3, &|claims| times(claims.automatic_scaling.shortfall)),
        column("reaction", 0, &|claims| reaction(&claims.elasticity)),
        column("delayed", 1, &|claims| {
            claims.fast_response.delayed_share.map_or_else(|| ABSENT.to_owned(), figures::share)
        }),
        column("price", 0, &|claims| times(claims.lower_price.ratio)),
    ];
    rows(all, story, color, HEADING, columns)
}

/// Two digits that count, and no more than four decimals.
fn short(value: f64) -> String {
    match value {
        v if v > 0.0 && v < 0.000_1 => "<0.0001".to_owned(),
        v if v > 0.0 && v < 10.0 => {
            let decimals = (1.0 - v.log10().floor()).clamp(0.0, 4.0) as i32;
            figures::number((v * 10_f64.powi(decimals)).round() / 10_f64.powi(decimals))
        }
        v => figures::number(v.round()),
    }
}

fn reaction(elasticity: &Elasticity) -> String {
    match (elasticity.reaction_s, elasticity.probe_s) {
        (Some(reaction), _) => figures::short_latency(reaction),
        (None, Some(_)) => "never".to_owned(),
        (None, None) => ABSENT.to_owned(),
    }
}
