//! Deployments over several sites, for a terminal: a line a site, and the closed forms beside what was simulated.

use crate::results::{DeploymentResult, Results, SiteResult, Sizing};
use crate::units::Currency;

use super::figures::{self, ABSENT, shortened, width};

const HEADINGS: [&str; 7] = ["site", "served", "util", "instances", "peak", "waited", "a month"];
const INDENT: &str = "  ";
const GAP: usize = 2;
/// Names give way to figures down to this width.
const SHORTEST: usize = 8;

/// A table of all sites, its heading first, in lines of at most `columns`; nothing where no deployment has several.
pub fn table(results: &Results, columns: usize) -> Vec<String> {
    let routed = results.deployments.iter().filter(|deployment| !deployment.sites.is_empty());
    let rows: Vec<[String; 7]> =
        routed.flat_map(|deployment| deployment.sites.iter().map(|site| row(deployment, site))).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let heading = HEADINGS.map(str::to_owned);
    let mut widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| rows.iter().chain([&heading]).map(|row| width(&row[column])).max().unwrap_or(0))
        .collect();
    let figures: usize = widths.iter().skip(1).map(|width| width + GAP).sum();
    widths[0] = widths[0].min(columns.saturating_sub(figures + width(INDENT)).max(SHORTEST));
    [&heading].into_iter().chain(&rows).map(|row| line(row, &widths)).collect()
}

fn line(row: &[String; 7], widths: &[usize]) -> String {
    let pad = |column: usize, text: &str| " ".repeat(widths[column].saturating_sub(width(text)));
    let gap = " ".repeat(GAP);
    let figure = |column: usize| format!("{gap}{}{}", pad(column, &row[column]), row[column]);
    let figures: String = (1..row.len()).map(figure).collect();
    let name = shortened(&row[0], widths[0]);
    format!("{INDENT}{name}{}{figures}", pad(0, &name))
}

fn row(deployment: &DeploymentResult, site: &SiteResult) -> [String; 7] {
    let part = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::share);
    let cells = [
        format!("{}: {}", deployment.name, site.name),
        part(site.served_share),
        part(site.utilization.map(|share| (share * 1e2).round() / 1e2)),
        figures::number(site.instances_mean),
        figures::compact(site.instances_peak),
        part(waited_share(site)),
        figures::money(deployment.cost.currency, site.cost_per_month),
    ];
    cells.map(|cell| cell.replace('\u{a0}', ""))
}

pub fn waited_share(site: &SiteResult) -> Option<f64> {
    (site.served > 0.0).then(|| site.waited / site.served)
}

/// The closed forms of a deployment in a sentence or two.
pub fn sizing(deployment: &DeploymentResult) -> Option<String> {
    let sizing = deployment.sizing.as_ref()?;
    let currency = deployment.cost.currency;
    Some(format!("{}: {} {}", deployment.name, erlang_b(sizing), newsvendor(sizing, currency)))
}

fn erlang_b(sizing: &Sizing) -> String {
    let found = &sizing.erlang_b;
    let simulated = sizing.simulated.overflow_share.map_or_else(|| ABSENT.to_owned(), figures::share);
    format!(
        "with {} of {}, Erlang B (Poisson arrivals, no waiting) sends {} to {} at the mean load, {} interval by \
         interval; simulated {simulated}.",
        figures::plural(found.places as f64, "place"),
        sizing.base,
        figures::share(found.overflow_share),
        sizing.burst,
        figures::share(found.overflow_share_by_interval),
    )
}

fn newsvendor(sizing: &Sizing, currency: Currency) -> String {
    let money = |amount| figures::money_f64(currency, amount);
    let Some(found) = &sizing.newsvendor else {
        return format!("Nothing went to {}, so nothing tells what it would cost to own less.", sizing.burst);
    };
    format!(
        "The newsvendor (work moves back at once) owns {}, {}, for {} an hour, {} of the work outside; simulated {} \
         an hour.",
        figures::plural(found.places as f64, "place"),
        figures::plural(found.servers as f64, "server"),
        money(found.cost_per_hour),
        figures::share(found.overflow_share),
        money(sizing.simulated.cost_per_hour),
    )
}
