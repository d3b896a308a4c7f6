//! What commitments cost: from the price list, or from the scenario where no list says.

use rust_decimal::Decimal;

use super::super::deployments::Deployed;
use super::super::document::Table;
use super::super::pricing;
use super::super::problem::{Place, Problem, Problems};
use super::super::read::At;
use super::Buyer;
use super::offer::Term;
use crate::billing::commitment::{
    Commitment, Coverable, InstanceType, KindId, Offer, Payment, PlanRates, Portfolio, TermLength,
};
use crate::billing::{BillingError, Meter, MeterPrice, Row, Selection, Tariff, Tier};
use crate::scenario::Assumption;
use crate::units::{Hourly, Money, Share};

const INSTANCE_TIME: &str = Meter::InstanceTime.name();

/// Name on the bill and price of one reserved instance.
pub(super) fn of_reserved(
    buyer: &Buyer<'_>,
    table: &Table,
    instance: &InstanceType,
    term: &Term<'_>,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<(String, Payment)> {
    let class = if table.text("class").is_some_and(|class| class.value == "convertible") { "convertible-" } else { "" };
    let purchase = format!("reserved-{class}{}-{}", term.term_word, term.payment_word);
    let selection = buyer.selection.clone().with("instance", Some(&instance.to_string()));
    let mut selection = selection.with("purchase", Some(&purchase));
    selection.meters = vec![Meter::InstanceTime];
    // The deployment's own override of this meter is the price on demand.
    selection.price_override.remove(INSTANCE_TIME);
    if let Some(Hourly(price)) = table.quantity("hourly").map(|at| at.value) {
        selection.price_override.insert(INSTANCE_TIME.to_owned(), price);
    }
    if let Some(price) = table.quantity::<Money>("upfront").map(|at| at.value) {
        selection.price_override.insert("upfront".to_owned(), price);
    }
    match buyer.tariff(&selection) {
        Ok(tariff) => {
            let price = tariff.prices.first()?;
            assume(buyer, &price.item, in_words(price), (&price.source, &price.as_of), deployed);
            Some((price.item.clone(), payment(price)))
        }
        Err(error) => {
            problems.push(unpriced(table, &error));
            None
        }
    }
}

/// The hourly price and the upfront part of one instance.
fn payment(price: &MeterPrice) -> Payment {
    Payment {
        upfront: price.reserved.map_or(Money::ZERO, |reserved| reserved.upfront),
        hourly: price.tiers.first().map_or(Money::ZERO, |tier| tier.price),
    }
}

/// `0.0124 per hour and 109 upfront`.
fn in_words(price: &MeterPrice) -> String {
    let Payment { upfront, hourly } = payment(price);
    let hourly = (hourly > Money::ZERO).then(|| format!("{} per hour", hourly.0.normalize()));
    let upfront = (upfront > Money::ZERO).then(|| format!("{} upfront", upfront.0.normalize()));
    hourly.into_iter().chain(upfront).collect::<Vec<_>>().join(" and ")
}

/// What the list lacks may stand in the commitment.
fn unpriced(table: &Table, error: &BillingError) -> Problem {
    let problem = Problem::at(&table.place, error.to_string());
    match error {
        BillingError::NoPrice { nearest, key, .. } => {
            let key = if *key == INSTANCE_TIME { "hourly = \"$.../h\"" } else { "upfront = \"$...\"" };
            let nearest = nearest.as_ref().map_or_else(String::new, |nearest| format!("the nearest is {nearest}; "));
            problem.help(format!("{nearest}state the price of one instance in the commitment: `{key}`"))
        }
        BillingError::NoUpfront { .. } => {
            problem.help("state the price of one instance in the commitment: `upfront = \"$...\"`")
        }
        _ => error.help().into_iter().fold(problem, Problem::help),
    }
}

/// The price of a unit of each kind under a plan.
pub(super) fn plan_rates(
    buyer: &Buyer<'_>,
    table: &Table,
    uses: &[Coverable],
    term: &Term<'_>,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<PlanRates> {
    let kinds = || (0..).map(KindId).zip(uses);
    if let Some(at) = table.quantity::<Share>("discount") {
        if let Some(rate) = table.entry("rate") {
            let problem = Problem::at(&rate.key_place, "`rate` and `discount` exclude each other");
            problems.push(problem.help("both say what a plan's use costs; keep one"));
        }
        let discount = Decimal::try_from(at.value.value()).ok()?;
        if discount >= Decimal::ONE {
            let problem = Problem::at(&at.place, "a discount of 100% leaves nothing to pay");
            problems.push(problem.help("less than 100%"));
            return None;
        }
        let rate = |price: Money| Money((price.0 * (Decimal::ONE - discount)).round_dp(12));
        let text = format!("{}% off the price on demand", (discount * Decimal::ONE_HUNDRED).normalize());
        assume(buyer, "savings plan", text, ("scenario", ""), deployed);
        return Some(kinds().map(|(id, of)| (id, rate(of.kind.on_demand))).collect());
    }
    let rate = match table.quantity::<Hourly>("rate") {
        Some(At { value: Hourly(rate), place }) => {
            check_rate(buyer, rate, &place, uses, problems)?;
            assume(buyer, "savings plan", format!("{} per hour", rate.0.normalize()), ("scenario", ""), deployed);
            rate
        }
        None => listed_rate(buyer, table, term, deployed, problems)?,
    };
    Some(kinds().map(|(id, _)| (id, rate)).collect())
}

/// A plan without a price is none, and one above the price on demand loses money by the hour.
fn check_rate(
    buyer: &Buyer<'_>,
    rate: Money,
    place: &Place,
    uses: &[Coverable],
    problems: &mut Problems,
) -> Option<()> {
    if rate == Money::ZERO {
        problems.push(Problem::at(place, "a rate of nothing is no price").help("more than 0"));
        return None;
    }
    if let Some(on_demand) = uses.iter().map(|of| of.kind.on_demand).find(|price| *price < rate) {
        problems.warn(format!(
            "deployment `{}`: rate {} of a savings plan is above the price on demand, {}",
            buyer.part.name,
            rate.0.normalize(),
            on_demand.0.normalize()
        ));
    }
    Some(())
}

/// The rate that the list has for the servers, under the term and payment or under the term alone.
fn listed_rate(
    buyer: &Buyer<'_>,
    table: &Table,
    term: &Term<'_>,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Money> {
    let (instance, _) = buyer.servers.as_ref()?;
    let instance = instance.to_string();
    let names =
        [format!("savings-plan-{}-{}", term.term_word, term.payment_word), format!("savings-plan-{}", term.term_word)];
    let row = names.iter().find_map(|purchase| {
        let mut attributes = buyer.list.defaults.clone();
        attributes.extend(buyer.selection.attributes.clone());
        attributes.insert("purchase".to_owned(), purchase.clone());
        attributes.insert("instance".to_owned(), instance.clone());
        let applies = |row: &&Row| row.meter == Some(Meter::InstanceTime) && row.applies_to(&attributes);
        buyer.list.rows.iter().find(applies)
    });
    let Some((row, tier)) = row.and_then(|row| Some((row, row.tiers.first()?))) else {
        let message = format!("price list `{}` has no rate of {instance} under `{}`", buyer.list.name, names[0]);
        let help = format!(
            "state it in the commitment: `rate = \"$.../h\"`, the price of one {instance} under the plan, or `discount = \"...%\"`"
        );
        problems.push(Problem::at(&table.place, message).help(help));
        return None;
    };
    let price = buyer.selection.price_override.get(&row.id).copied().unwrap_or(tier.price);
    let source = (tier.source.title.as_str(), tier.source.as_of.as_str());
    assume(buyer, &row.item, format!("{} per hour", price.0.normalize()), source, deployed);
    Some(price)
}

/// A fixed fleet of which every server is bought for a term. `changes`: servers come and go although their number is
/// fixed, so that more of them than were bought may run for a while.
pub(super) fn whole_fleet(
    buyer: &Buyer<'_>,
    count: u32,
    changes: bool,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Tariff> {
    let report = |error: &BillingError, problems: &mut Problems| problems.push(pricing::problem(buyer.part, error));
    let bought = buyer.tariff(&buyer.selection).map_err(|error| report(&error, problems)).ok()?;
    let price = bought.prices.iter().find(|price| price.meter == Meter::InstanceTime)?.clone();
    let term = match price.reserved.map(|reserved| reserved.term) {
        Some(length) if length == TermLength::ThreeYears.span() => TermLength::ThreeYears,
        _ => TermLength::OneYear,
    };
    assume(buyer, &price.item, in_words(&price), (&price.source, &price.as_of), deployed);
    let mut tariff = match buyer.tariff(&on_demand(&buyer.selection)) {
        Ok(tariff) => tariff,
        Err(error) if changes => {
            report(&error, problems);
            return None;
        }
        // Nothing is ever on demand: coverage is the same at any price.
        Err(_) => stand_in(bought, payment(&price), term),
    };
    let (instance, _) = buyer.servers.as_ref()?;
    let uses = Coverable::of(&tariff, Some((instance, None)));
    let held = all_of(buyer, instance, count, &price, term);
    let portfolio = Portfolio::new(uses, vec![held], Vec::new()).map_err(|error| report(&error, problems)).ok()?;
    let beside = tariff.prices.iter().filter(|price| price.meter != Meter::InstanceTime).cloned().collect();
    pricing::assume(buyer.part, &Tariff { prices: beside, ..tariff.clone() }, deployed);
    tariff.commitments = Some(Box::new(portfolio.of_whole_fleet(count)));
    Some(tariff)
}

/// What covers `count` servers: reservations, or a plan that is worth as much at its rate.
fn all_of(buyer: &Buyer<'_>, instance: &InstanceType, count: u32, price: &MeterPrice, term: TermLength) -> Commitment {
    let of_one = payment(price);
    let commitment = of_one.hourly * Decimal::from(count);
    let is_plan =
        buyer.selection.attributes.get("purchase").is_some_and(|purchase| purchase.starts_with("savings-plan"));
    let (offer, payment) = if is_plan {
        let rates = PlanRates::from([(KindId(0), of_one.hourly)]);
        let offer = Offer::InstancePlan { family: instance.family.clone(), commitment, rates };
        (offer, Payment { hourly: commitment, ..of_one })
    } else {
        (Offer::RegionalReserved { instance: instance.clone(), count }, of_one)
    };
    Commitment { name: price.item.clone(), offer, payment, term, start: 0, renewed: true }
}

/// Overrides of the meter and of the upfront part are about what is bought.
fn on_demand(selection: &Selection) -> Selection {
    let mut selection = selection.clone().with("purchase", Some("on-demand"));
    selection.price_override.remove(INSTANCE_TIME);
    selection.price_override.remove("upfront");
    selection
}

/// A tariff in which a server's hour on demand costs what an hour of the term does.
fn stand_in(bought: Tariff, payment: Payment, term: TermLength) -> Tariff {
    let share = Money((payment.upfront.0 / Decimal::from(term.hours())).round_dp(12));
    let tiers = vec![Tier { up_to: None, price: payment.hourly + share }];
    let alike = |price: MeterPrice| match price.meter {
        Meter::InstanceTime => MeterPrice { tiers: tiers.clone(), reserved: None, ..price },
        _ => price,
    };
    Tariff { prices: bought.prices.into_iter().map(alike).collect(), ..bought }
}

fn assume(buyer: &Buyer<'_>, item: &str, value: String, (source, date): (&str, &str), deployed: &mut Deployed) {
    let currency = buyer.list.currency.code();
    let in_currency = |value: String, word: &str| value.replace(word, &format!(" {currency}{word}"));
    deployed.assumptions.push(Assumption {
        deployment: Some(buyer.part.name.to_owned()),
        subject: format!("price of {item}"),
        value: in_currency(in_currency(value, " per hour"), " upfront"),
        source: source.to_owned(),
        date: date.to_owned(),
    });
}
