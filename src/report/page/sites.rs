//! Deployments over several sites: what each site did, and how many places the closed forms would own.

use crate::report::figures::{self, ABSENT};
use crate::report::sites::waited_share;
use crate::results::{DeploymentResult, Results, SiteResult, Sizing};

use super::{Cell, Grid, Row, headings};

/// One or two tables for each deployment that has several sites.
pub fn all(results: &Results) -> Vec<Grid> {
    let routed = results.deployments.iter().filter(|deployment| !deployment.sites.is_empty());
    routed
        .flat_map(|deployment| {
            let closed_forms = deployment.sizing.as_ref().map(|sizing| closed_forms(deployment, sizing));
            [Some(sites(deployment)), closed_forms].into_iter().flatten()
        })
        .collect()
}

fn sites(deployment: &DeploymentResult) -> Grid {
    let texts = ["site", "served#", "of all#", "utilisation#", "instances#", "at the peak#", "waited#", "per month#"];
    Grid {
        caption: format!("Sites of {}", deployment.name),
        headings: headings(&texts),
        rows: deployment.sites.iter().map(|site| site_row(deployment, site)).collect(),
        note: "Served: invocations that held a place at the site. Waited: of these, for a place or its start."
            .to_owned(),
        ..Grid::default()
    }
}

fn site_row(deployment: &DeploymentResult, site: &SiteResult) -> Row {
    let cells = vec![
        Cell::text(site.name.clone()).with(site.platform.clone()),
        Cell::figure(Some(site.served), figures::count),
        Cell::figure(site.served_share, figures::share),
        Cell::figure(site.utilization, figures::share),
        Cell::figure(Some(site.instances_mean), figures::number),
        Cell::figure(Some(site.instances_peak), figures::count),
        Cell::figure(waited_share(site), figures::share),
        Cell::text(figures::money(deployment.cost.currency, site.cost_per_month)),
    ];
    Row { cells, strong: false }
}

fn closed_forms(deployment: &DeploymentResult, sizing: &Sizing) -> Grid {
    let money = |amount| figures::money_f64(deployment.cost.currency, amount);
    let outside = format!("to {}#", sizing.burst);
    Grid {
        caption: format!("Places to own at the site “{}”", sizing.base),
        headings: headings(&["by", "places#", "servers#", &outside, "cost an hour#"]),
        rows: rows(sizing, money),
        note: note(sizing, money),
        ..Grid::default()
    }
}

fn rows(sizing: &Sizing, money: impl Fn(f64) -> String) -> Vec<Row> {
    let servers = sizing.places / f64::from(sizing.places_per_server);
    let newsvendor = sizing.newsvendor.as_ref().map(|found| {
        vec![
            Cell::text("newsvendor, cheapest"),
            Cell::figure(Some(found.places as f64), figures::count),
            Cell::figure(Some(found.servers as f64), figures::count),
            Cell::figure(Some(found.overflow_share), figures::share),
            Cell::figure(Some(found.cost_per_hour), &money),
        ]
    });
    let erlang_b = |name: &str, overflow_share: f64| {
        vec![
            Cell::text(name),
            Cell::figure(Some(sizing.erlang_b.places as f64), figures::count),
            Cell::figure(Some(servers), figures::number),
            Cell::figure(Some(overflow_share), figures::share),
            Cell::text(ABSENT),
        ]
    };
    let simulated = vec![
        Cell::text("simulated, as it is"),
        Cell::figure(Some(sizing.places), figures::number),
        Cell::figure(Some(servers), figures::number),
        Cell::figure(sizing.simulated.overflow_share, figures::share),
        Cell::figure(Some(sizing.simulated.cost_per_hour), &money),
    ];
    let steady = erlang_b("Erlang B at the mean load, as it is", sizing.erlang_b.overflow_share);
    let by_interval = erlang_b("Erlang B interval by interval, as it is", sizing.erlang_b.overflow_share_by_interval);
    newsvendor.into_iter().chain([steady, by_interval, simulated]).map(|cells| Row { cells, strong: false }).collect()
}

fn note(sizing: &Sizing, money: impl Fn(f64) -> String) -> String {
    let burst = sizing.burst_place_hour.map_or_else(|| "nothing went there".to_owned(), &money);
    let interval = sizing.newsvendor.as_ref().map_or_else(String::new, |found| {
        format!(" Demand is Poisson around the mean in service over {}.", figures::length(found.interval_s))
    });
    format!(
        "An hour of a place: {} at {}, {burst} at {}. {} in service on average.{interval} The closed forms assume: {}.",
        money(sizing.own_place_hour),
        sizing.base,
        sizing.burst,
        figures::number(sizing.load),
        sizing.assumes.join("; "),
    )
}
