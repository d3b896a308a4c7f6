//! How much to commit to: of everything on offer the level with the least expected cost.
//!
//! Every draw (a replication, at a combination of what is varied) is simulated once, with its use by clock-hour; a level is
//! billed again and never simulated again, by the bill that `sim run` makes. With flat prices the cost of a draw is convex in
//! the level: each hour pays the commitment, and on demand for what lies above it. So is the mean over draws, and the level
//! with the least mean is the one with the least expected regret, since what hindsight would have paid depends on no level.

mod demand;
mod least;
mod levels;
mod offer;

use rayon::prelude::*;

pub use offer::{KINDS, Offer, PAYMENTS, TERMS};

use super::{Control, Laboratory, StudyError, run_here};
use crate::record::Tally;
use crate::results::committed::{Amounts, COMMIT_SCHEMA, CommitSite, Committed};
use crate::results::sweep::SweepAxis;
use crate::scenario::vary::Setting;
use crate::scenario::{Deployment, Origin, Plan, Problems, Site};
use crate::units::Span;
use levels::{Draw, Levels, Planned};

/// A site of a deployment, and what can be bought for it.
#[derive(Clone, Debug)]
pub struct Buyer {
    pub deployment: String,
    pub site: String,
    /// Of the site in its deployment.
    place: usize,
    /// The key that buys.
    pub key: String,
    pub offers: Vec<Offer>,
    /// What the scenario must not say beside commitments.
    without: Vec<Setting>,
}

/// What is asked.
pub struct Question<'a> {
    pub buyers: Vec<Buyer>,
    /// Combinations of what is varied; one of nothing where nothing is.
    pub configurations: Vec<Vec<Setting>>,
    pub varied: Vec<SweepAxis>,
    pub control: &'a Control,
}

/// Who can buy which of the `offers`; why one that was stated cannot be had by anybody. `said`: keys of the scenario.
pub fn buyers(
    laboratory: &Laboratory<'_>,
    names: &[String],
    offers: &[Offer],
    said: &[String],
) -> Result<Vec<Buyer>, Problems> {
    let named = laboratory.plan.deployments.iter().filter(|deployment| names.contains(&deployment.name));
    let sites = named.flat_map(|deployment| (0..deployment.sites.len()).map(move |place| (deployment, place)));
    let sites: Vec<(&Deployment, usize)> = sites.collect();
    let found: Vec<Option<Buyer>> =
        sites.par_iter().map(|(deployment, place)| buyer(laboratory, deployment, *place, offers, said)).collect();
    let found: Vec<Buyer> = found.into_iter().flatten().collect();
    let nobody = |offer: &&Offer| offer.stated.is_some() && !found.iter().any(|buyer| buyer.offers.contains(offer));
    let reason = |offer: &Offer| {
        let keys = sites.iter().flat_map(|(deployment, place)| keys(&deployment.sites[*place].name));
        let mut problems = keys.filter_map(|key| laboratory.plan_of(&[bought(&key, offer)]).err()).next()?;
        let said = Origin { name: "--offer".to_owned(), text: offer.stated.clone()? };
        problems.show_last_in(said);
        Some(problems)
    };
    match offers.iter().find(nobody).and_then(reason) {
        Some(problems) => Err(problems),
        None => Ok(found),
    }
}

/// Where a site may say what it buys: itself, or its nodes.
fn keys(site: &str) -> [String; 2] {
    let bare = site.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let name = if bare { site.to_owned() } else { format!("\"{site}\"") };
    ["", ".nodes"].map(|below| format!("deployments.{name}{below}.commitments"))
}

/// One of `offer`, and nothing else.
fn bought(key: &str, offer: &Offer) -> Setting {
    Setting::value(key, format!("[{}]", offer.toml(rust_decimal::Decimal::ONE)))
}

fn buyer(
    laboratory: &Laboratory<'_>,
    deployment: &Deployment,
    place: usize,
    offers: &[Offer],
    said: &[String],
) -> Option<Buyer> {
    let site = &deployment.sites[place].name;
    let of_key = |key: String| {
        let without = without(&key, said);
        let has = |offer: &&Offer| {
            let settings: Vec<Setting> = without.iter().cloned().chain([bought(&key, offer)]).collect();
            let plan = laboratory.plan_of(&settings).ok();
            plan.is_some_and(|plan| {
                let site = plan.deployments.iter().find(|one| one.name == deployment.name);
                site.and_then(|one| one.sites.get(place)).is_some_and(|site| site.tariff.commitments.is_some())
            })
        };
        let offers: Vec<Offer> = offers.par_iter().filter(has).cloned().collect();
        let found = Buyer { deployment: deployment.name.clone(), site: site.clone(), place, key, offers, without };
        (!found.offers.is_empty()).then_some(found)
    };
    keys(site).into_iter().find_map(of_key)
}

/// A fleet that buys all of itself by `purchase` is planned anew, unless it says the price of that.
fn without(key: &str, said: &[String]) -> Vec<Setting> {
    let beside = key.trim_end_matches("commitments");
    let purchase = format!("{beside}purchase");
    let has_price = said.iter().any(|path| path.starts_with(&format!("{beside}price_override")));
    let is_said = said.contains(&purchase) && !has_price;
    is_said.then(|| Setting::value(&purchase, "on-demand")).into_iter().collect()
}

/// Answers on the threads of the caller's pool.
pub fn run(laboratory: &Laboratory<'_>, question: &Question<'_>) -> Result<Committed, StudyError> {
    let worlds: Vec<World> = question
        .configurations
        .par_iter()
        .map(|settings| World::of(laboratory, question, settings))
        .collect::<Result<_, _>>()?;
    let sites =
        (0..question.buyers.len()).map(|buyer| site(question, buyer, &worlds)).collect::<Result<Vec<_>, _>>()?;
    let plan = &laboratory.plan;
    let window = worlds.first().map_or(Span::ZERO, |world| world.window);
    Ok(Committed {
        schema: COMMIT_SCHEMA.to_owned(),
        scenario: laboratory.studied(),
        currency: sites_currency(question, plan),
        varied: question.varied.clone(),
        draws: worlds.len() * plan.replications as usize,
        window_s: window.seconds(),
        sites,
    })
}

fn sites_currency(question: &Question<'_>, plan: &Plan) -> String {
    let first = question.buyers.first().map(|buyer| &buyer.deployment);
    let deployment = plan.deployments.iter().find(|one| Some(&one.name) == first);
    deployment.map_or("USD", |deployment| deployment.currency().code()).to_owned()
}

/// One combination of what is varied, simulated.
struct World {
    window: Span,
    calendar: crate::units::Calendar,
    /// Its arrivals are those of a trace.
    replays: bool,
    /// By buyer: of its deployment, by replication.
    tallies: Vec<std::sync::Arc<Vec<Tally>>>,
    /// By buyer, then offer: the sites of the deployment with one of it.
    sites: Vec<Vec<Vec<Site>>>,
}

impl World {
    fn of(laboratory: &Laboratory<'_>, question: &Question<'_>, settings: &[Setting]) -> Result<Self, StudyError> {
        let with = |more: &[Setting]| laboratory.plan_of(&[settings, more].concat());
        let mut first = Vec::new();
        for buyer in &question.buyers {
            first.extend(buyer.without.iter().cloned());
            first.push(bought(&buyer.key, &buyer.offers[0]));
        }
        let mut plan = with(&first)?;
        plan.deployments.retain(|one| question.buyers.iter().any(|buyer| buyer.deployment == one.name));
        let runs = run_here(&plan, super::laboratory::MOST_SHARING, question.control)?;
        let tallies: Vec<_> = runs.tallies.into_iter().map(std::sync::Arc::new).collect();
        let place = |buyer: &Buyer| plan.deployments.iter().position(|one| one.name == buyer.deployment).unwrap_or(0);
        let sites_of = |buyer: &Buyer| -> Result<Vec<Vec<Site>>, StudyError> {
            let of = |offer: &Offer| {
                let settings: Vec<Setting> = buyer.without.iter().cloned().chain([bought(&buyer.key, offer)]).collect();
                let mut plan = with(&settings)?;
                plan.deployments.retain(|one| one.name == buyer.deployment);
                Ok(plan.deployments.pop().map_or_else(Vec::new, |deployment| deployment.sites))
            };
            buyer.offers.iter().map(of).collect()
        };
        Ok(Self {
            window: runs.window.end.since(crate::units::SimTime::ZERO),
            calendar: plan.calendar,
            replays: plan.workload.replays(),
            tallies: question.buyers.iter().map(|buyer| std::sync::Arc::clone(&tallies[place(buyer)])).collect(),
            sites: question.buyers.iter().map(sites_of).collect::<Result<_, _>>()?,
        })
    }

    fn draws(&self, buyer: usize, offer: usize, place: usize) -> impl Iterator<Item = Draw<'_>> {
        let sites = self.sites[buyer][offer].as_slice();
        let calendar = self.calendar;
        // Replays of a trace are one draw of the load.
        let number = |replication: usize| if self.replays { 0 } else { replication };
        let of = move |(replication, tally)| {
            let replication = number(replication);
            Draw { tally, sites, place, calendar, replication }
        };
        self.tallies[buyer].iter().enumerate().map(of)
    }
}

/// All offers of one buyer.
fn site(question: &Question<'_>, index: usize, worlds: &[World]) -> Result<CommitSite, StudyError> {
    let buyer = &question.buyers[index];
    let draws = |offer: usize| worlds.iter().flat_map(move |world| world.draws(index, offer, buyer.place)).collect();
    let planned = |(place, offer): (usize, &Offer)| {
        question.control.simulated(0)?;
        Levels::new(offer, draws(place), question.control)?.plan()
    };
    let planned: Vec<Planned> = buyer.offers.par_iter().enumerate().map(planned).collect::<Result<_, StudyError>>()?;
    let on_demand = planned.first().map_or_else(Vec::new, |first| first.nothing.clone());
    let cost = |index: &usize| planned[*index].offer.cost.per_month;
    let best = (0..planned.len()).min_by_key(cost);
    let saves = best.filter(|best| planned[*best].offer.saving_per_month > 0.0);
    let nearest = (0..planned.len()).min_by(|a, b| ratio(&planned[*a]).total_cmp(&ratio(&planned[*b])));
    let load = saves.or(nearest).map_or_else(Vec::new, |index| planned[index].demand.load());
    Ok(CommitSite {
        deployment: buyer.deployment.clone(),
        site: buyer.site.clone(),
        key: buyer.key.clone(),
        on_demand: Amounts::mean(&on_demand),
        best: saves,
        offers: planned.into_iter().map(|planned| planned.offer).collect(),
        load,
    })
}

fn ratio(planned: &Planned) -> f64 {
    planned.offer.breakeven_utilization.unwrap_or(f64::INFINITY)
}
