//! Actions by the clock: each has a key `cron` or a key `at`.

use super::document::{Node, Table};
use super::problem::{Place, Problem, Problems};
use super::settings::Settings;
use crate::units::{Calendar, SimTime, Span};
use crate::workload::CronSchedule;

/// When `action`, which `node` holds, comes within the window: exactly one of the keys must be there.
pub fn instants(settings: &Settings, action: &Table, node: &Node, problems: &mut Problems) -> Vec<SimTime> {
    /// A schedule is followed for so long where a trace says how long the window is.
    const LONGEST: Span = Span::from_secs(366 * 86_400);
    match (action.text("cron"), action.quantity::<Span>("at")) {
        (Some(cron), None) => {
            let end = SimTime::ZERO + settings.duration.as_ref().map_or(LONGEST, |duration| duration.value);
            match cron.value.parse::<CronSchedule>() {
                Ok(schedule) => return schedule.instants(settings.calendar, end).collect(),
                Err(error) => problems.push(Problem::at(&cron.place, error.to_string())),
            }
        }
        (None, Some(at)) => return vec![SimTime::ZERO + at.value],
        (Some(cron), Some(at)) => problems.push(both(action, &cron.place, &at.place)),
        (None, None) => {
            if !action.has("cron") && !action.has("at") {
                problems.push(Problem::at(&node.place, "nothing says when: `cron` or `at`"));
            }
        }
    }
    Vec::new()
}

/// Where an argument adds the one key to an action that has the other, the argument is shown.
fn both(action: &Table, cron: &Place, at: &Place) -> Problem {
    let (given, other) = if cron.origin > at.origin { (cron, "at") } else { (at, "cron") };
    let problem = Problem::at(given, "`cron` and `at` exclude each other");
    if given.origin == 0 {
        return problem;
    }
    let kept = action.entries.iter().filter(|entry| entry.key != other);
    let kept: Vec<String> = kept.map(|entry| format!("{} = {}", entry.key, entry.node.value)).collect();
    problem.help(format!("an argument can replace the action as a whole: `PATH.0={{ {} }}`", kept.join(", ")))
}

/// When `action` came last in the 35 days before the window: long enough for whatever comes each day, week or month.
pub fn before_start(settings: &Settings, action: &Table) -> Option<SimTime> {
    const DAYS: i64 = 35;
    let schedule: CronSchedule = action.text("cron")?.value.parse().ok()?;
    let start = settings.calendar.start().checked_sub(jiff::Span::new().days(DAYS)).ok()?;
    schedule.instants(Calendar::new(start), SimTime::from_ns(DAYS as u64 * Span::DAY.ns())).last()
}

/// Says of `action` when it is, if that is never in the window.
pub fn never_comes(settings: &Settings, action: &Table) -> Option<String> {
    let duration = settings.duration.as_ref()?.value;
    let at = action.quantity::<Span>("at").filter(|at| at.value >= duration).map(|at| at.value.to_string());
    let cron = action.text("cron").and_then(|cron| {
        let schedule: CronSchedule = cron.value.parse().ok()?;
        let mut instants = schedule.instants(settings.calendar, SimTime::ZERO + duration);
        instants.next().is_none().then(|| format!("`{}`", cron.value))
    });
    Some(format!("{} never comes: the window is {duration}", at.or(cron)?))
}
