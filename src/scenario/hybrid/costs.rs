//! What a second costs, for a rule that weighs costs: as stated, or as the price lists say.

use super::super::plan::{Model, Site};
use super::super::problem::{Problem, Problems};
use super::{Member, Router};
use crate::billing::{Meter, MeterPrice};
use crate::platform::faas::FaasSpec;
use crate::policy::route::MarginalCosts;
use crate::units::Money;

/// Stated and listed costs that differ by more than this are likely a slip of the unit.
const GROSS: f64 = 3.0;

/// `None` if one is missing, and reported.
pub fn read(router: &Router<'_>, members: &[Member<'_>], problems: &mut Problems) -> Option<MarginalCosts> {
    let waiting = router.route.quantity::<Money>("waiting_cost")?.value.to_f64();
    let [base, burst, ..] = members else { return None };
    let base = second(router, base, "base_cost", problems);
    let burst = second(router, burst, "burst_cost", problems);
    Some(MarginalCosts { base: base?, burst: burst?, waiting })
}

fn second(router: &Router<'_>, member: &Member<'_>, key: &str, problems: &mut Problems) -> Option<f64> {
    let listed = listed_second(router, member);
    let name = member.name.value;
    let Some(stated) = router.route.quantity::<Money>(key) else {
        if listed.is_none() {
            let message = format!("no price says what a second on `{name}` costs, and `{key}` is missing");
            problems.push(Problem::at(&member.name.place, message).help(format!("for example `{key} = \"$0.00002\"`")));
        }
        return listed;
    };
    let stated = stated.value.to_f64();
    if let Some(listed) = listed.filter(|listed| stated > listed * GROSS || stated * GROSS < *listed) {
        problems.warn(format!(
            "deployment `{}`: `{key}` is {stated:.2e} a second, but the price list makes it {listed:.2e} on `{name}`",
            router.name
        ));
    }
    Some(stated)
}

/// What one invocation in service costs in a second, by the prices of its site.
fn listed_second(router: &Router<'_>, member: &Member<'_>) -> Option<f64> {
    match &member.deployment.model {
        Model::Fleet(spec) => Some(server_second(&member.site)? / f64::from(spec.slots().max(1))),
        Model::Faas(spec) => function_second(router, spec, &member.site),
        Model::Hybrid(_) => None,
    }
}

/// Of a server, what was paid at the start of its term included.
fn server_second(site: &Site) -> Option<f64> {
    let price = price(site, Meter::InstanceTime)?;
    let upfront = price.reserved.map_or(0.0, |reserved| reserved.upfront.to_f64() / reserved.term.seconds());
    Some(of_base_unit(price)? * 1_000.0 + upfront)
}

/// The mean over the functions of the scenario, each by its memory and what its request costs.
fn function_second(router: &Router<'_>, spec: &FaasSpec, site: &Site) -> Option<f64> {
    let compute = of_base_unit(price(site, Meter::Compute)?)? * 1_000.0;
    let request = of_base_unit(price(site, Meter::Requests)?)?;
    let functions = router.application.functions;
    let second = |name: &str, mean: f64| {
        let memory = spec.named.get(name).unwrap_or(&spec.others).memory?;
        let requests = if mean > 0.0 { request / mean } else { 0.0 };
        Some(compute * memory.mib() as f64 + requests)
    };
    let of = |function: &super::super::functions::Function| {
        second(&function.name, function.duration.as_ref().and_then(|d| d.mean()).unwrap_or(0.0))
    };
    let all: Vec<f64> = functions.iter().map(of).collect::<Option<_>>()?;
    match all.len() {
        0 => second("", 0.0),
        count => Some(all.iter().sum::<f64>() / count as f64),
    }
}

fn price(site: &Site, meter: Meter) -> Option<&MeterPrice> {
    site.tariff.prices.iter().find(|price| price.meter == meter)
}

/// Of the first tier.
fn of_base_unit(price: &MeterPrice) -> Option<f64> {
    Some(price.tiers.first()?.price.to_f64() / price.base_per_unit as f64)
}
