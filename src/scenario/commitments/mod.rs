//! What a deployment buys in advance: keys `purchase` and `commitments`, and the tariff under them.

mod offer;
mod price;

use super::deployments::{Deployed, Part};
use super::document::Table;
use super::pricing;
use super::problem::{Place, Problem, Problems};
use super::read::At;
use crate::billing::commitment::{Commitment, Coverable, InstanceType, KeptCapacity, Offer, Portfolio};
use crate::billing::{BillingError, PriceList, Selection, Tariff};
use crate::platform::fleet::{FleetSize, FleetSpec};

/// A deployment whose commitments are read.
struct Buyer<'a> {
    part: &'a Part<'a>,
    /// Where `commitments` stands.
    keys: &'a Table,
    list: &'a PriceList,
    /// As the deployment's own use is priced.
    selection: Selection,
    /// Type and zone of its servers; `None` for functions.
    servers: Option<(InstanceType, Option<String>)>,
}

impl Buyer<'_> {
    /// From all price lists of the platform.
    fn tariff(&self, selection: &Selection) -> Result<Tariff, BillingError> {
        match self.part.pack.price_lists().as_slice() {
            [first, others @ ..] => self.part.application.book.tariff(first, others, selection),
            [] => self.list.tariff(selection),
        }
    }
}

/// One entry of `commitments`.
enum Entry {
    Held(Commitment),
    Capacity(KeptCapacity),
}

/// Servers that are paid for by their time.
pub struct Servers<'a> {
    /// Where `purchase`, `commitments` and `zone` stand.
    pub keys: &'a Table,
    pub instance: &'a str,
    pub least: u32,
    pub most: u32,
    /// They come and go although their number is fixed.
    pub changes: bool,
}

impl<'a> Servers<'a> {
    /// The members of a fleet.
    pub fn of_fleet(part: &Part<'a>, instance: &'a str, spec: &FleetSpec) -> Self {
        let FleetSize { least, most, .. } = spec.size;
        let changes = spec.changes() || spec.launch.warm_pool.is_some();
        Self { keys: part.table, instance, least, most, changes }
    }

    fn purchase(&self) -> Option<At<&'a str>> {
        self.keys.text("purchase")
    }

    fn zone(&self) -> Option<String> {
        self.keys.text("zone").map(|at| at.value.to_owned())
    }
}

/// The tariff of servers, with what is held beside it.
pub fn of_servers(
    part: &Part<'_>,
    servers: &Servers<'_>,
    selection: Selection,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Tariff> {
    let list = part.application.book.list(part.pack.price_lists().first()?).ok()?;
    let selection = selection.with("purchase", servers.purchase().map(|at| at.value));
    let purchase = servers.purchase();
    let bought = purchase.filter(|at| list.purchases.get(at.value).is_some_and(|purchase| purchase.term.is_some()));
    if let Some(entries) = servers.keys.entry("commitments") {
        check_list(part, servers, list, &entries.key_place, problems)?;
        let tariff = pricing::tariff(part, selection.clone(), problems)?;
        let of = Some((InstanceType::parse(servers.instance)?, servers.zone()));
        let buyer =
            Buyer { part, keys: servers.keys, list, selection: pricing::selection(part, selection)?, servers: of };
        pricing::assume(part, &tariff, deployed);
        return listed(&buyer, tariff, deployed, problems);
    }
    if let Some(at) = &bought {
        if servers.least != servers.most {
            problems.push(unsaid(part, list, at, (servers.least, servers.most)));
            return None;
        }
        if is_cleared_hourly(list) {
            let of = Some((InstanceType::parse(servers.instance)?, None));
            let selection = pricing::selection(part, selection)?;
            let buyer = Buyer { part, keys: servers.keys, list, selection, servers: of };
            return price::whole_fleet(&buyer, servers.most, servers.changes, deployed, problems);
        }
    }
    let tariff = pricing::tariff(part, selection, problems)?;
    pricing::assume(part, &tariff, deployed);
    Some(tariff)
}

/// `tariff` with the savings plans that functions and tasks have.
pub fn of_compute(part: &Part<'_>, tariff: Tariff, deployed: &mut Deployed, problems: &mut Problems) -> Option<Tariff> {
    if !part.table.has("commitments") {
        return Some(tariff);
    }
    let list = part.application.book.list(part.pack.name()).ok()?;
    let selection = pricing::selection(part, Selection::default())?;
    listed(&Buyer { part, keys: part.table, list, selection, servers: None }, tariff, deployed, problems)
}

/// `, 2 commitments`. `keys`: where they stand.
pub fn in_words(keys: &Table) -> String {
    match keys.list("commitments").map_or(0, <[_]>::len) {
        0 => String::new(),
        1 => ", 1 commitment".to_owned(),
        more => format!(", {more} commitments"),
    }
}

/// Whether the provider applies what is bought to each clock-hour, as this program does.
fn is_cleared_hourly(list: &PriceList) -> bool {
    list.rule("reserved-clock-hour").is_some()
}

fn check_list(
    part: &Part<'_>,
    servers: &Servers<'_>,
    list: &PriceList,
    place: &Place,
    problems: &mut Problems,
) -> Option<()> {
    let purchase = servers.purchase().map_or("on-demand", |at| at.value);
    let problem = if !is_cleared_hourly(list) {
        let message = format!("`{}` has no commitments that are cleared by the hour", part.pack.name());
        Problem::at(place, message)
            .help("they are modelled for `aws-ec2` and nodes of `aws-eks`; elsewhere leave `commitments` out")
    } else if purchase != "on-demand" {
        let message = format!("`commitments` cover what is on demand, but `purchase` is `{purchase}`");
        Problem::at(place, message).help("leave `purchase` out, or `commitments`")
    } else {
        return Some(());
    };
    problems.push(problem);
    None
}

/// A fleet that is scaled, bought by a word that names no number.
fn unsaid(part: &Part<'_>, list: &PriceList, purchase: &At<&str>, (least, most): (u32, u32)) -> Problem {
    let bought = purchase.value;
    let (who, fixed) = if part.table.has("nodes") {
        ("nodes", "`provisioner = \"fixed\"` with `least`")
    } else {
        ("servers", "a fixed `count`")
    };
    let message = format!("`{bought}` does not say how many of {least} to {most} {who} are bought");
    let problem = Problem::at(&purchase.place, message);
    if is_cleared_hourly(list) {
        let example = format!("commitments = [{{ kind = \"reserved\", count = {}, term = \"1y\" }}]", least.max(1));
        problem.help(format!("write for example `{example}` instead of `purchase`; the rest is on demand"))
    } else {
        problem.help(format!("take {fixed}, or leave `purchase` out"))
    }
}

/// Reads every entry of `commitments`.
fn listed(buyer: &Buyer<'_>, mut tariff: Tariff, deployed: &mut Deployed, problems: &mut Problems) -> Option<Tariff> {
    let entries: Vec<&Table> =
        buyer.keys.list("commitments")?.iter().filter_map(super::document::Node::as_table).collect();
    let servers = buyer.servers.as_ref().map(|(instance, zone)| (instance, zone.as_deref()));
    let mut uses = Coverable::of(&tariff, servers);
    let is_capacity = |table: &&Table| table.text("kind").is_some_and(|kind| kind.value == "capacity-reservation");
    if entries.iter().any(is_capacity) {
        uses.extend(uses.iter().find_map(Coverable::unused_capacity));
    }
    let before = problems.len();
    let read: Vec<Option<Entry>> =
        entries.iter().map(|table| offer::read(buyer, table, &uses, deployed, problems)).collect();
    if problems.len() > before || read.iter().any(Option::is_none) {
        return None;
    }
    let (mut held, mut capacity, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, table) in read.into_iter().flatten().zip(&entries) {
        match entry {
            Entry::Held(commitment) => {
                held.push(commitment);
                places.push(&table.place);
            }
            Entry::Capacity(kept) => capacity.push(kept),
        }
    }
    let portfolio = Portfolio::new(uses, held, capacity);
    let portfolio = portfolio.map_err(|error| problems.push(pricing::problem(buyer.part, &error))).ok()?;
    report_useless(buyer, &portfolio, &places, problems);
    tariff.commitments = Some(Box::new(portfolio));
    Some(tariff)
}

fn report_useless(buyer: &Buyer<'_>, portfolio: &Portfolio, places: &[&Place], problems: &mut Problems) {
    let clearing = portfolio.clearing();
    for useless in clearing.useless() {
        let index = clearing.held().iter().position(|held| std::ptr::eq(held, useless)).unwrap_or(0);
        let runs = buyer.servers.as_ref().map_or_else(String::new, |(instance, _)| instance.to_string());
        let problem = Problem::at(places[index], format!("{} can cover nothing: the servers are {runs}", useless.name));
        problems.push(match (&useless.offer, &buyer.servers) {
            (Offer::ZonalReserved { zone, .. }, Some((_, None))) => {
                problem.help(format!("say that they run in this zone: `zone = \"{zone}\"` beside `instance`"))
            }
            (Offer::ZonalReserved { .. }, _) => problem.help("a zonal reservation serves its own type in its own zone"),
            _ => problem
                .help("a regional reservation serves its own family, and only its own size where sizes have no factor"),
        });
    }
}
