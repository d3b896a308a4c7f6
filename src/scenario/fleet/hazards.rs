//! What takes servers away: keys `failures`, `maintenance`, `outages`, `on_loss`, `checkpoint`.

use super::super::deployments::Part;
use super::super::distribution::distribution;
use super::super::document::Node;
use super::super::problem::{Problem, Problems};
use crate::platform::fleet::{Failure, Hazards, LostWork, Maintenance};
use crate::units::{Ratio, SimTime, Span};

const YEAR_S: f64 = 365.0 * 86_400.0;

pub fn read(part: &Part<'_>, problems: &mut Problems) -> Hazards {
    Hazards {
        failure: failure(part, problems),
        supply: Vec::new(),
        notice: Span::ZERO,
        maintenance: maintenance(part, problems),
        outages: outages(part, problems),
        lost_work: lost_work(part, problems),
    }
}

fn failure(part: &Part<'_>, problems: &mut Problems) -> Option<Failure> {
    let table = part.table.table("failures")?;
    let rate = table.quantity::<Ratio>("annual_rate")?;
    let repair = distribution(table, "repair", problems);
    let mean_time = Span::from_seconds_f64(YEAR_S / rate.value.value());
    (rate.value.value() > 0.0).then_some(Failure { mean_time, repair })
}

fn maintenance(part: &Part<'_>, problems: &mut Problems) -> Option<Maintenance> {
    let table = part.table.table("maintenance")?;
    let (every, length) = (table.quantity::<Span>("every")?, table.quantity::<Span>("length")?);
    if every.value <= length.value {
        let message = format!("each server is out for {} in every {}", length.value, every.value);
        problems.push(Problem::at(&every.place, message).help("`every` must be longer than `length`"));
        return None;
    }
    Some(Maintenance { every: every.value, length: length.value })
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
