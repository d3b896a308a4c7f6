//! What takes servers away: keys `failures`, `maintenance`, `outages`, `on_loss`, `checkpoint`.

use super::super::deployments::Part;
use super::super::distribution::distribution;
use super::super::document::Node;
use super::super::problem::{Problem, Problems};
use super::super::read::At;
use crate::platform::fleet::{Hazards, LostWork};
use crate::policy::hazard::{Failures, Maintenance, Pace};
use crate::units::{Ratio, SimTime, Span};

/// Of one server in a year.
const MOST_FAILURES: f64 = 8_760.0;

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
    if rate.value.value() > MOST_FAILURES {
        let message = format!("annual_rate {:e} is too large; at most {MOST_FAILURES}", rate.value.value());
        problems.push(Problem::at(&rate.place, message).help("that is a failure of each server in every hour"));
        return None;
    }
    Failures::from_annual_rate(rate.value.value(), distribution(table, "repair", problems))
}

/// Servers go in the middle of their shares of the period.
fn maintenance(part: &Part<'_>, hosts: u32, drain: Span, problems: &mut Problems) -> Option<Maintenance> {
    let table = part.table.table("maintenance")?;
    let (every, length) = (table.quantity::<Span>("every")?, table.quantity::<Span>("length")?);
    let most_at_once = table.count32("at_once").map_or(1, |count| count.value);
    let (period, work) = (every.value, length.value);
    let begins = SimTime::ZERO;
    let plan = Maintenance { hosts, begins, period, work, drain, most_at_once, pace: Pace::Even };
    if period == Span::ZERO || !plan.fits() {
        let message = format!("maintenance of all servers takes {} of every {period}", plan.length());
        let help = format!(
            "each is out for `length`, {work}, after {drain} of `drain`; longer `every`, or more than {most_at_once} `at_once` of `maintenance`"
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
        if let Some(wrong) = check_outage(node, part.application.settings.duration.as_ref(), part.name, problems) {
            problems.push(wrong);
            continue;
        }
        if outages.last().is_some_and(|(_, before)| from <= *before) {
            problems.push(Problem::at(&node.place, "this outage begins before the one above it has ended"));
            continue;
        }
        outages.push((from, to));
    }
    outages
}

/// What is wrong with an outage by itself; a warning if it never comes. `whose`: the deployment.
pub fn check_outage(node: &Node, duration: Option<&At<Span>>, whose: &str, problems: &mut Problems) -> Option<Problem> {
    let table = node.as_table()?;
    let (at, length) = (table.quantity::<Span>("at")?, table.quantity::<Span>("for")?);
    if length.value == Span::ZERO {
        return Some(Problem::at(&length.place, "an outage of 0 s is none").help("leave it out"));
    }
    if let Some(end) = duration.filter(|end| at.value >= end.value) {
        let site = table.text("site").map_or_else(String::new, |site| format!(" of `{}`", site.value));
        problems
            .warn(format!("deployment `{whose}`: the outage{site} at {} is after the end, {}", at.value, end.value));
    }
    None
}

fn outage(node: &Node) -> Option<(SimTime, SimTime)> {
    let table = node.as_table()?;
    let from = SimTime::ZERO + table.quantity::<Span>("at")?.value;
    Some((from, from + table.quantity::<Span>("for")?.value))
}

fn lost_work(part: &Part<'_>, problems: &mut Problems) -> LostWork {
    let checkpoint = part.table.quantity::<Span>("checkpoint");
    if let Some(at) = checkpoint.as_ref().filter(|at| at.value == Span::ZERO) {
        let problem = Problem::at(&at.place, "a checkpoint every 0 s would never get anything done");
        problems.push(problem.help("leave it out: requeued work begins again from its start"));
    }
    if part.text_or("on_loss", "fail") == "requeue" {
        return LostWork::Requeued { checkpoint: checkpoint.map(|at| at.value).filter(|length| *length > Span::ZERO) };
    }
    if let Some(at) = checkpoint {
        let problem = Problem::at(&at.place, "`checkpoint` without `on_loss = \"requeue\"`: lost work is not resumed");
        problems.push(problem.help("say `on_loss = \"requeue\"`, or leave `checkpoint` out"));
    }
    LostWork::Fails
}
