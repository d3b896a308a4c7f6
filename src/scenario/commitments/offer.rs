//! One entry of `commitments`.

use super::super::deployments::Deployed;
use super::super::document::Table;
use super::super::problem::{Problem, Problems};
use super::{Buyer, Entry, price};
use crate::billing::commitment::{
    CapacityReservation, Commitment, Coverable, InstanceType, KeptCapacity, Offer, Payment, PaymentOption, TermLength,
    What,
};
use crate::units::{Hourly, Money, SimTime};

/// A term and how it is paid, in words of the form.
pub(super) struct Term<'a> {
    pub length: TermLength,
    pub payment: PaymentOption,
    /// `1y`.
    pub term_word: &'a str,
    /// `no-upfront`.
    pub payment_word: &'a str,
}

impl<'a> Term<'a> {
    /// `None` where the form is wrong, which has been reported.
    pub fn of(table: &'a Table) -> Option<Self> {
        let term_word = table.text("term")?.value;
        let length = match term_word {
            "1y" => TermLength::OneYear,
            "3y" => TermLength::ThreeYears,
            _ => return None,
        };
        let payment_word = table.text("payment").map_or("no-upfront", |at| at.value);
        let payment = match payment_word {
            "no-upfront" => PaymentOption::NoUpfront,
            "partial-upfront" => PaymentOption::PartialUpfront,
            "all-upfront" => PaymentOption::AllUpfront,
            _ => return None,
        };
        Some(Self { length, payment, term_word, payment_word })
    }

    /// `1 y, no upfront`, as the price list calls it.
    fn in_words(&self) -> String {
        format!("{} y, {}", self.term_word.trim_end_matches('y'), self.payment_word.replace('-', " "))
    }
}

/// `None` if it is wrong and reported.
pub(super) fn read(
    buyer: &Buyer<'_>,
    table: &Table,
    uses: &[Coverable],
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Entry> {
    if table.is_wrong() {
        return None;
    }
    match table.text("kind")?.value {
        "reserved" => reserved(buyer, table, deployed, problems).map(Entry::Held),
        "instance-savings-plan" => plan(buyer, table, uses, true, deployed, problems).map(Entry::Held),
        "compute-savings-plan" => plan(buyer, table, uses, false, deployed, problems).map(Entry::Held),
        "capacity-reservation" => capacity(buyer, table, uses, problems).map(Entry::Capacity),
        _ => None,
    }
}

fn reserved(buyer: &Buyer<'_>, table: &Table, deployed: &mut Deployed, problems: &mut Problems) -> Option<Commitment> {
    let term = Term::of(table)?;
    let count = table.count32("count")?.value;
    check_payment(table, &term, problems)?;
    let instance = match table.text("instance") {
        None => buyer.servers.as_ref()?.0.clone(),
        Some(at) => InstanceType::parse(at.value).or_else(|| {
            let problem = Problem::at(&at.place, format!("`{}` is not an instance type", at.value));
            problems.push(problem.help("a family and a size, such as `t3.medium`"));
            None
        })?,
    };
    let zone = table.text("scope").map(|at| at.value).filter(|scope| *scope != "regional");
    let (item, payment) = price::of_reserved(buyer, table, &instance, &term, deployed, problems)?;
    let name = zone.map_or_else(|| item.clone(), |zone| format!("{item}, {zone}"));
    let offer = match zone {
        Some(zone) => Offer::ZonalReserved { instance, zone: zone.to_owned(), count },
        None => Offer::RegionalReserved { instance, count },
    };
    Some(Commitment { name, offer, payment, term: term.length, start: 0, renewed: true })
}

/// What the way of paying leaves no room for.
fn check_payment(table: &Table, term: &Term<'_>, problems: &mut Problems) -> Option<()> {
    let (key, at) = match term.payment {
        PaymentOption::NoUpfront => ("upfront", table.quantity::<Money>("upfront")),
        PaymentOption::AllUpfront => ("hourly", table.quantity::<Hourly>("hourly").map(|at| at.map(|hourly| hourly.0))),
        PaymentOption::PartialUpfront => return Some(()),
    };
    let Some(at) = at.filter(|at| at.value > Money::ZERO) else { return Some(()) };
    let problem = Problem::at(&at.place, format!("payment `{}` has no `{key}`", term.payment_word));
    problems.push(problem.help("`partial-upfront` has both `upfront` and `hourly`"));
    None
}

fn plan(
    buyer: &Buyer<'_>,
    table: &Table,
    uses: &[Coverable],
    of_instances: bool,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Commitment> {
    let term = Term::of(table)?;
    let at = table.quantity::<Hourly>("commitment")?;
    let Hourly(commitment) = at.value;
    if commitment == Money::ZERO {
        problems.push(Problem::at(&at.place, "a plan of nothing an hour covers nothing"));
        return None;
    }
    let rates = price::plan_rates(buyer, table, uses, &term, deployed, problems)?;
    let family = || uses.iter().find_map(|of| family(&of.kind.what));
    let (kind, offer) = if of_instances {
        let family = family()?;
        (format!("{family} instance"), Offer::InstancePlan { family, commitment, rates })
    } else {
        ("compute".to_owned(), Offer::ComputePlan { commitment, rates })
    };
    let name = format!("{kind} savings plan {}", term.in_words());
    let payment = Payment::of_plan(term.payment, commitment, term.length);
    Some(Commitment { name, offer, payment, term: term.length, start: 0, renewed: true })
}

fn family(what: &What) -> Option<String> {
    match what {
        What::Instance { instance, .. } => Some(instance.family.clone()),
        What::Compute => None,
    }
}

fn capacity(buyer: &Buyer<'_>, table: &Table, uses: &[Coverable], problems: &mut Problems) -> Option<KeptCapacity> {
    let count = table.count32("count")?.value;
    let from = table.quantity::<SimTime>("from").map_or(SimTime::ZERO, |at| at.value);
    let to = table.quantity::<SimTime>("to");
    if let Some(at) = to.as_ref().filter(|at| at.value <= from) {
        problems.push(Problem::at(&at.place, "the reservation ends before it begins"));
        return None;
    }
    let duration = buyer.part.application.settings.duration.as_ref();
    if let Some(end) = duration.filter(|end| from.since(SimTime::ZERO) >= end.value) {
        problems.warn(format!(
            "deployment `{}`: a capacity reservation begins at {}, after the end, {}",
            buyer.part.name,
            from.since(SimTime::ZERO),
            end.value
        ));
    }
    let of = uses.iter().find(|of| of.meter.is_none())?;
    let name = of.price.item.trim_end_matches(", unused").to_owned();
    let to = to.map_or(SimTime::END, |at| at.value);
    Some(KeptCapacity { name, reservation: CapacityReservation { count, from, to } })
}
