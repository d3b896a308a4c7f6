//! What takes servers away: keys `failures`, `maintenance`, `outages`, `on_loss`, `checkpoint`.

use super::super::deployments::Part;
use super::super::distribution::distribution;
use super::super::document::Node;
use super::super::problem::{Problem, Problems};
use crate::platform::fleet::{Hazards, LostWork};
use crate::policy::hazard::{Failures, Maintenance};
use crate::units::{Ratio, SimTime, Span};

/// `hosts`: most servers that there are. `drain`: how long one may finish its work.
pub fn read(part: &Part<'_>, hosts: u32, drain: Span, problems: &mut Problems) -> Hazards {
    Hazards {
        failures: failures(part, problems),
        maintenance: maintenance(part, hosts, drain, problems),
        outages: outages(part, problems),
        lost_work: lost_work(part, problems),
        ..Hazards::default()
    }
}

fn failures(part: &Part<'_>, problems: &mut Problems) -> Option<Failures> {
    let table = part.table.table("failures")?;
    let rate = table.quantity::<Ratio>("annual_rate")?;
    Failures::from_annual_rate(rate.value.value(), distribution(table, "repair", problems))
}

/// Servers go in the middle of their shares of the period.
fn maintenance(part: &Part<'_>, hosts: u32, drain: Span, problems: &mut Problems) -> Option<Maintenance> {
    let table = part.table.table("maintenance")?;
    let (every, length) = (table.quantity::<Span>("every")?, table.quantity::<Span>("length")?);
    let most_at_once = table.count32("at_once").map_or(1, |count| count.value);
    let (period, work) = (every.value, length.value);
    let begins = SimTime::ZERO;
    let plan = Maintenance { hosts, begins, period, work, drain, most_at_once };
    if period == Span::ZERO || !plan.fits() {
        let message = format!("maintenance of all servers takes {} of every {period}", plan.length());
        let help = format!(
            "each is out for `length`, {work}, after {drain} of `drain`; longer `every`, or more than {most_at_once} `at_once`"
        );
        problems.push(Problem::at(&every.place, message).help(help));
        return None;
    }
    Some(Maintenance { begins: SimTime::ZERO + plan.half_a_wave(), ..plan })
}

/// In order; outages that overlap are a slip.
fn outages(part: &Part<'_>, problems: &mut Problems) -> Vec<(SimTime, SimTime)> {
    let mut outages: Vec<(SimTime, SimTime)> = Vec::new();
    for node in part.table.list("outages").unwrap_or_default() {
        let Some((from, to)) = outage(node) else { continue };
        if outages.last().is_some_and(|(_, before)| from <= *before) {
            problems.push(Problem::at(&node.place, "this outage begins before the one above it has ended"));
            continue;
        }
        outages.push((from, to));
    }
    outages
}

fn outage(node: &Node) -> Option<(SimTime, SimTime)> {
    let table = node.as_table()?;
    let from = SimTime::ZERO + table.quantity::<Span>("at")?.value;
    Some((from, from + table.quantity::<Span>("for")?.value))
}

fn lost_work(part: &Part<'_>, problems: &mut Problems) -> LostWork {
    let checkpoint = part.table.quantity::<Span>("checkpoint");
    if part.text_or("on_loss", "fail") == "requeue" {
        return LostWork::Requeued { checkpoint: checkpoint.map(|at| at.value).filter(|length| *length > Span::ZERO) };
    }
    if let Some(at) = checkpoint {
        let problem = Problem::at(&at.place, "`checkpoint` without `on_loss = \"requeue\"`: lost work is not resumed");
        problems.push(problem.help("say `on_loss = \"requeue\"`, or leave `checkpoint` out"));
    }
    LostWork::Fails
}
