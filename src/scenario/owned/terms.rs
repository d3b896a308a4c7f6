//! What owning a server costs: key `ownership`.

use rust_decimal::Decimal;

use super::super::deployments::{Deployed, Part};
use super::super::document::{Node, Value};
use super::super::problem::{Problem, Problems};
use crate::billing::ownership::{OwnershipTerms, Parameter};
use crate::results::Assumption;
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
    terms
}

/// In the unit of the parameter.
fn value(key: &str, node: &Node) -> Option<Decimal> {
    let length = |unit: Span| {
        let span = node.quantity::<Span>()?.ok()?;
        Some((Decimal::from(span.ns()) / Decimal::from(unit.ns())).round_dp(6))
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

fn decimal(value: f64) -> Option<Decimal> {
    Decimal::from_f64_retain(value).map(|value| value.round_dp(6))
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
