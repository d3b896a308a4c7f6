//! CPU credits of burstable servers: key `credits`.

use super::super::deployments::{Deployed, Part};
use super::super::pack::Instance;
use super::super::problem::{Problem, Problems};
use crate::platform::fleet::Discipline;
use crate::policy::{BurstableType, CreditMode, CreditSpec};

/// `None` for a type that earns no credits. As the provider has it, T2 is standard and all others are unlimited.
pub fn read(part: &Part<'_>, discipline: Discipline, problems: &mut Problems) -> Option<CreditSpec> {
    let name = part.text_or("instance", "");
    let stated = part.table.text("credits");
    let burstable = if part.pack.provider() == "AWS" { BurstableType::named(name) } else { None };
    let Some(burstable) = burstable else {
        if let Some(stated) = stated {
            let problem =
                Problem::at(&stated.place, format!("`{name}` of `{}` earns no CPU credits", part.pack.name()));
            problems.push(problem.help("only the types T2, T3, T3a and T4g of `aws-ec2` do; leave `credits` out"));
        }
        return None;
    };
    let default = if name.starts_with("t2.") { "standard" } else { "unlimited" };
    let standard = stated.as_ref().map_or(default, |stated| stated.value) == "standard";
    if standard && matches!(discipline, Discipline::Fcfs { .. }) {
        let place = stated.map_or_else(|| part.table.place.clone(), |stated| stated.place);
        let message = format!("standard credits of `{name}` slow its cores down, and discipline `fcfs` has no cores");
        problems.push(Problem::at(&place, message).help("say `discipline = \"ps\"`, or `credits = \"unlimited\"`"));
    }
    Some(burstable.spec(if standard { CreditMode::Standard } else { CreditMode::Unlimited }))
}

/// What is assumed of a burstable type; a warning where its bursts are not modelled.
pub fn assume(
    part: &Part<'_>,
    credits: Option<CreditSpec>,
    instance: Instance,
    deployed: &mut Deployed,
    problems: &mut Problems,
) {
    let name = part.text_or("instance", "");
    if let Some(credits) = credits {
        let earned = format!("{}% of a vCPU", f64::from(credits.baseline_milli_vcpu) / 10.0);
        part.assume(deployed, "burst-baseline", format!("{name} earns {earned}"));
        let spent = match credits.mode {
            CreditMode::Standard => "standard: without credits it falls to its baseline",
            CreditMode::Unlimited => "unlimited: what it uses beyond its credits is billed",
        };
        part.assume(deployed, "credit-mode", spent);
    } else if let Some(baseline) = instance.baseline {
        let percent = baseline.value() * 100.0;
        part.assume(deployed, "burst-baseline", format!("{percent}% of each vCPU; bursts are not limited"));
        problems.warn(format!(
            "deployment `{}`: {name} is burstable; more than {percent}% of its vCPUs lasts only for a while, which is not modelled",
            part.name
        ));
    }
}
