//! What owning a server costs: key `ownership`.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::super::deployments::{Deployed, Part};
use super::super::document::{Node, Value};
use super::super::problem::{Problem, Problems, listed};
use crate::billing::ownership::{OwnershipTerms, Parameter};
use crate::scenario::Assumption;
use crate::units::{Money, Ratio, Span};

/// The defaults, with what the deployment states instead.
pub fn read(part: &Part<'_>, problems: &mut Problems) -> OwnershipTerms {
    let mut terms = OwnershipTerms::builtin();
    for entry in part.table.table("ownership").map_or(&[][..], |table| &table.entries) {
        let key = entry.key.replace('_', "-");
        let Some(value) = value(&key, &entry.node) else { continue };
        if let Err(error) = terms.set(&key, value) {
            problems.push(Problem::at(&entry.node.place, error.to_string()));
        }
    }
    check_power(part, &terms, problems);
    check_life(part, &terms, problems);
    terms
}

/// Servers are bought again at the end of their life, and every purchase stands in the books.
fn check_life(part: &Part<'_>, terms: &OwnershipTerms, problems: &mut Problems) {
    const LEAST_DAYS: Decimal = Decimal::from_parts(30, 0, 0, false, 0);
    let days = terms.useful_life * Decimal::from(365);
    let stated = part.table.table("ownership").and_then(|table| table.entry("useful_life"));
    if let Some(entry) = stated.filter(|_| days < LEAST_DAYS) {
        let message = format!("a useful life of {} is too short; at least {LEAST_DAYS}d", entry.node.value);
        problems.push(Problem::at(&entry.node.place, message));
    }
}

fn check_power(part: &Part<'_>, terms: &OwnershipTerms, problems: &mut Problems) {
    let (idle, full) = (terms.idle_power.normalize(), terms.full_power.normalize());
    let Some(table) = part.table.table("ownership").filter(|_| idle > full) else { return };
    let stated = ["idle_power", "full_power"].into_iter().filter_map(|key| table.entry(key));
    let keys: Vec<_> = stated.collect();
    let Some(entry) = keys.first() else { return };
    let problem = Problem::at(&entry.node.place, format!("idle power {idle} W is above full power {full} W"));
    problems.push(match keys.as_slice() {
        [only] => problem.help(format!("one of them is the default; state both, not `{}` alone", only.key)),
        _ => problem.help("a server at work draws at least what an idle one does"),
    });
}

/// Keys whose defaults are those of one server of the platform's size.
const BY_SERVER: [&str; 3] = ["server_price", "idle_power", "full_power"];

/// Warns where a server of another size is charged as the one that the defaults are of.
pub fn warn_of_defaults(part: &Part<'_>, terms: &OwnershipTerms, problems: &mut Problems) {
    let usual = part.pack.count("server-cores");
    let Some(cores) = part.table.count32("cores").filter(|cores| cores.value != usual) else { return };
    let stated = |key: &&str| part.table.table("ownership").is_some_and(|table| table.has(key));
    let left: Vec<&str> = BY_SERVER.into_iter().filter(|key| !stated(key)).collect();
    let defaults = [
        ("server_price", format!("{} USD", terms.server_price)),
        ("idle_power", format!("{} W idle", terms.idle_power.normalize())),
        ("full_power", format!("{} W at full power", terms.full_power.normalize())),
    ];
    let defaults = defaults.into_iter().filter(|(key, _)| left.contains(key)).map(|(_, value)| value);
    let defaults: Vec<String> = defaults.collect();
    if !left.is_empty() {
        problems.warn(format!(
            "deployment `{}`: servers of {} cores are charged as those of {usual} in {}: the defaults are {}",
            part.name,
            cores.value,
            listed(&left),
            defaults.join(" and ")
        ));
    }
}

/// Decimals of what is not written as money: a year to less than a tenth of a millisecond.
const PLACES: u32 = 12;

/// In the unit of the parameter.
fn value(key: &str, node: &Node) -> Option<Decimal> {
    let length = |unit: Span| {
        let span = node.quantity::<Span>()?.ok()?;
        Some((Decimal::from(span.ns()) / Decimal::from(unit.ns())).round_dp(PLACES))
    };
    match key {
        "server-price" | "energy-price" | "space" | "licence-core" | "licence-server" | "salary" => {
            Some(node.quantity::<Money>()?.ok()?.0)
        }
        "useful-life" => length(Span::YEAR),
        "lead-time" => length(Span::DAY),
        "cost-of-money" | "network-share" | "maintenance" | "spares" => {
            decimal(node.quantity::<Ratio>()?.ok()?.value())
        }
        _ => match &node.value {
            Value::Integer(whole) => i64::try_from(*whole).ok().map(Decimal::from),
            Value::Float(number) => decimal(*number),
            _ => None,
        },
    }
}

/// As it was written: what a binary fraction adds lies beyond the digits that are kept.
fn decimal(value: f64) -> Option<Decimal> {
    Decimal::from_f64(value).map(|value| value.round_dp(PLACES))
}

/// Every default that the deployment rests on.
pub fn assume(part: &Part<'_>, deployed: &mut Deployed) {
    let stated = part.table.table("ownership");
    let all = Parameter::all().into_iter();
    let unstated = all.filter(|parameter| !stated.is_some_and(|table| table.has(&parameter.key.replace('-', "_"))));
    deployed.assumptions.extend(unstated.map(|parameter| Assumption {
        deployment: Some(part.name.to_owned()),
        subject: parameter.key.replace('-', " "),
        value: format!("{} {}", parameter.value, parameter.unit),
        source: parameter.source,
        date: parameter.as_of,
    }));
}
