//! From tallies to the figures of single sites, and to the closed forms that stand beside them.

use crate::ids::SiteId;
use crate::platform::hybrid::{HybridSpec, SiteModel};
use crate::policy::route::{Pair, Route};
use crate::record::{SiteTally, Tally};
use crate::scenario::{Deployment, Model};
use crate::stats::capacity::{Demand, PlaceCosts, SampledDemand, Sizing as Places, sticky_sizing};
use crate::units::{Money, SimTime, Span};

use super::assemble::mean_money;
use super::figures::Figures;
use super::sites::SIZING_ASSUMES;
use super::{ErlangB, Newsvendor, SimulatedSizing, SiteResult, Sizing};

/// Of a deployment over several sites; nothing of any other.
pub fn sites(deployment: &Deployment, tallies: &[Tally], figures: &[Figures]) -> Vec<SiteResult> {
    if deployment.sites.len() < 2 {
        return Vec::new();
    }
    (0..deployment.sites.len()).map(|index| site(deployment, index, tallies, figures)).collect()
}

fn site(deployment: &Deployment, index: usize, tallies: &[Tally], figures: &[Figures]) -> SiteResult {
    let site = &deployment.sites[index];
    let of = |value: &dyn Fn(&SiteTally) -> f64| mean(tallies.iter().map(|tally| value(&tally.sites[index])));
    let per_time = |value: &dyn Fn(&SiteTally) -> u128| {
        mean(tallies.iter().map(|tally| over_time(value(&tally.sites[index]), counted(tally))))
    };
    let places = total(tallies, |tally| tally.sites[index].milli_place_ns);
    let worked = total(tallies, |tally| tally.sites[index].worked_ns());
    let cost = |of: usize| mean_money(figures.iter().map(|figures| figures.sites[index][of]));
    SiteResult {
        name: site.name.clone(),
        platform: site.platform.clone(),
        served: of(&|site| site.started as f64),
        served_share: served_share(tallies, index),
        waited: of(&|site| site.waited as f64),
        utilization: (places > 0).then(|| worked as f64 * 1e3 / places as f64),
        instances_mean: per_time(&|site| site.instance_ns),
        instances_peak: of(&|site| site.instances_peak().into()),
        busy_mean: per_time(&|site| site.busy_ns),
        busy_peak: of(&|site| site.busy_peak().into()),
        cost: cost(0),
        cost_per_month: cost(1),
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

fn total(tallies: &[Tally], of: impl Fn(&Tally) -> u128) -> u128 {
    tallies.iter().map(of).sum()
}

fn counted(tally: &Tally) -> Span {
    tally.window().end.since(tally.window().warmup)
}

fn over_time(ns: u128, time: Span) -> f64 {
    if time == Span::ZERO { 0.0 } else { ns as f64 / time.ns() as f64 }
}

/// Over all replications.
fn served_share(tallies: &[Tally], index: usize) -> Option<f64> {
    let here = total(tallies, |tally| tally.sites[index].started.into());
    let all = total(tallies, |tally| tally.sum(|site| site.started.into()));
    (all > 0).then(|| here as f64 / all as f64)
}

/// The closed forms, where a fleet bursts to functions.
pub fn sizing(deployment: &Deployment, tallies: &[Tally], figures: &[Figures]) -> Option<Sizing> {
    let Model::Hybrid(spec) = &deployment.model else { return None };
    let (base, burst, places_per_server) = pair(spec)?;
    let time = tallies.iter().map(counted).fold(0.0, |sum, span| sum + span.seconds());
    let own_places = total(tallies, |tally| tally.sites[base].milli_place_ns) as f64 / 1e12;
    if own_places <= 0.0 || time <= 0.0 {
        return None;
    }
    let own_place_hour = hourly(figures, base, own_ns(tallies, base))?;
    let burst_place_hour = hourly(figures, burst, billed_ns(tallies, burst));
    let load = total(tallies, |tally| tally.sum(|site| site.busy_ns)) as f64 / 1e9 / time;
    let places = own_places / time;
    let newsvendor =
        burst_place_hour.map(|burst| newsvendor(tallies, PlaceCosts { own: own_place_hour, burst }, places_per_server));
    Some(Sizing {
        base: deployment.sites[base].name.clone(),
        burst: deployment.sites[burst].name.clone(),
        own_place_hour,
        burst_place_hour,
        load,
        places,
        places_per_server,
        newsvendor,
        erlang_b: erlang_b(&spec.route, load, places, tallies),
        simulated: SimulatedSizing {
            overflow_share: served_share(tallies, burst),
            cost_per_hour: mean(figures.iter().zip(tallies).map(|(figures, tally)| bill_per_hour(figures, tally))),
        },
        assumes: SIZING_ASSUMES.map(str::to_owned).to_vec(),
    })
}

/// Base and burst site of a rule that has them, and the places of a server of the base.
fn pair(spec: &HybridSpec) -> Option<(usize, usize, u32)> {
    let Pair { base, burst } = spec.route.pair()?;
    let (base, burst) = (base.0 as usize, burst.0 as usize);
    match (&spec.sites.get(base)?.model, &spec.sites.get(burst)?.model) {
        (SiteModel::Fleet(fleet), SiteModel::Faas(_)) => Some((base, burst, fleet.slots().max(1))),
        _ => None,
    }
}

/// The bill of a site over the whole window by hours, in ns, over the same time.
fn hourly(figures: &[Figures], site: usize, ns: f64) -> Option<f64> {
    let cost: f64 = figures.iter().map(|figures| figures.sites[site][0].to_f64()).sum();
    (ns > 0.0).then(|| cost / ns * 3_600e9)
}

/// Places of a site over the whole window, if there were as many during the warm-up as after it.
fn own_ns(tallies: &[Tally], site: usize) -> f64 {
    let whole = |tally: &Tally| tally.window().end.seconds() / counted(tally).seconds();
    tallies.iter().map(|tally| tally.sites[site].milli_place_ns as f64 / 1e3 * whole(tally)).sum()
}

fn billed_ns(tallies: &[Tally], site: usize) -> f64 {
    let of = |tally: &Tally| -> u128 {
        tally.functions.iter().map(|function| function.billed_ms(SiteId::new(site), tally.window())).sum()
    };
    total(tallies, of) as f64 * 1e6
}

fn bill_per_hour(figures: &Figures, tally: &Tally) -> f64 {
    let total: Money = figures.sites.iter().map(|[window, _]| *window).sum();
    total.to_f64() / (tally.window().end.seconds() / 3_600.0)
}

fn newsvendor(tallies: &[Tally], costs: PlaceCosts, places_per_server: u32) -> Newsvendor {
    let width = tallies.first().map_or(0.0, |tally| tally.timeline.width().seconds());
    let several = (SLOW_CHANGE * mean_service(tallies) / width).ceil().clamp(1.0, 1e6) as usize;
    let stretches = |tally: &Tally| -> Vec<(f64, u64)> {
        let intervals: Vec<(f64, u64)> = in_service(tally).collect();
        intervals.chunks(several).map(joined).collect()
    };
    let demand = Demand::Changing(SampledDemand::new(tallies.iter().flat_map(stretches)));
    let Places { places, cost_rate, .. } = demand.best(costs);
    Newsvendor {
        places,
        servers: places.div_ceil(places_per_server.into()),
        overflow_share: demand.sizing(places, costs).overflow_share(),
        cost_per_hour: cost_rate,
        interval_s: width * several as f64,
    }
}

/// Load is taken for steady over as many mean services: short enough to follow a day, long enough that what came by chance
/// evens out (the variance of the mean in service is then a tenth of that at an instant).
const SLOW_CHANGE: f64 = 20.0;

/// Time in service of what began to execute, s.
fn mean_service(tallies: &[Tally]) -> f64 {
    let busy = total(tallies, |tally| tally.sum(|site| site.busy_ns)) as f64;
    let started = total(tallies, |tally| tally.sum(|site| site.started.into()));
    if started > 0 { busy / started as f64 / 1e9 } else { 0.0 }
}

/// The mean level of intervals, and their length.
fn joined(intervals: &[(f64, u64)]) -> (f64, u64) {
    let length: u64 = intervals.iter().map(|(_, ns)| ns).sum();
    let work: f64 = intervals.iter().map(|(level, ns)| level * *ns as f64).sum();
    (if length > 0 { work / length as f64 } else { 0.0 }, length)
}

/// The mean number in service in each interval that counts, and its length.
fn in_service(tally: &Tally) -> impl Iterator<Item = (f64, u64)> {
    let (window, width) = (tally.window(), tally.timeline.width());
    let starts = (0..).map(move |index: u64| SimTime::ZERO + Span::from_ns(width.ns().saturating_mul(index)));
    let all = tally.timeline.buckets.iter().zip(starts);
    all.filter(|(_, start)| *start >= window.warmup).map(move |(bucket, start)| {
        let length = (start + width).min(window.end).since(start);
        (over_time(bucket.busy_ns, length), length.ns())
    })
}

/// At the places that the rule lets the base have.
fn erlang_b(route: &Route, load: f64, places: f64, tallies: &[Tally]) -> ErlangB {
    let there = places.round() as u64;
    let places = match route {
        Route::Spill { most, .. } => there.min((*most).into()),
        _ => there,
    };
    let over_intervals = |of: &dyn Fn(f64) -> f64| -> f64 {
        tallies.iter().flat_map(in_service).map(|(load, ns)| of(load) * ns as f64).sum()
    };
    let work = over_intervals(&|load| load);
    let outside = over_intervals(&|load| overflow(load, places).overflow_load);
    ErlangB {
        places,
        overflow_share: overflow(load, places).overflow_share(),
        overflow_share_by_interval: if work > 0.0 { outside / work } else { 0.0 },
    }
}

fn overflow(load: f64, places: u64) -> Places {
    let free = PlaceCosts { own: 0.0, burst: 0.0 };
    sticky_sizing(load, u32::try_from(places).unwrap_or(u32::MAX), free)
}
