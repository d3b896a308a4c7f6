//! The section `[scenario]`: what is simulated, for how long, how often.

use super::document::Table;
use super::horizon;
use super::plan::Horizon;
use super::problem::{Place, Problem, Problems, shortened};
use super::read::At;
use crate::units::{Calendar, Span};

pub struct Settings {
    pub name: String,
    pub place: Place,
    pub duration: Option<At<Span>>,
    pub warmup: Span,
    pub find_warmup: bool,
    pub calendar: Calendar,
    pub seed: u64,
    pub replications: u32,
    pub free_tier: bool,
    pub horizon: Option<Horizon>,
    pub probes: bool,
}

/// Reads and checks the section; `None` if it is not there.
pub fn read(document: &Table, problems: &mut Problems) -> Option<Settings> {
    let table = document.table("scenario")?;
    let duration = table.quantity::<Span>("duration");
    let settings = Settings {
        horizon: horizon::read(table, duration.as_ref().map(|duration| duration.value), problems),
        name: table.text("name").map_or_else(String::new, |name| name.value.to_owned()),
        place: table.place.clone(),
        duration,
        warmup: table.quantity("warmup").map_or(Span::ZERO, |warmup| warmup.value),
        find_warmup: table.text("warmup").is_some_and(|warmup| warmup.value == "auto"),
        calendar: table.get("start").and_then(|start| start.date()).map_or_else(Calendar::default, Calendar::new),
        seed: table.count("seed").map_or(1, |seed| seed.value),
        replications: table.count32("replications").map_or(1, |replications| replications.value),
        free_tier: table.flag("free_tier").unwrap_or(false),
        probes: table.flag("probes").unwrap_or(true),
    };
    check_name(table, problems);
    check_window(table, &settings, problems);
    Some(settings)
}

/// The name becomes a folder.
fn check_name(table: &Table, problems: &mut Problems) {
    let Some(name) = table.text("name") else { return };
    let bad = |c: char| matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || c.is_control();
    if name.value.chars().any(bad) || name.value.starts_with('.') || name.value.len() > 100 {
        let message = format!("name `{}` cannot be the name of a folder", shortened(name.value));
        problems.push(Problem::at(&name.place, message).help("letters, digits, `-` and `_` are safe"));
    }
}

fn check_window(table: &Table, settings: &Settings, problems: &mut Problems) {
    let Some(duration) = &settings.duration else { return };
    const LONGEST: Span = Span::from_secs(36_500 * 86_400);
    if duration.value > LONGEST {
        problems
            .push(Problem::at(&duration.place, format!("duration {} is too long; at most {LONGEST}", duration.value)));
    }
    if duration.value == Span::ZERO {
        problems.push(Problem::at(&duration.place, "duration is zero; nothing would be simulated"));
    } else if let Some(warmup) = table.quantity::<Span>("warmup").filter(|warmup| warmup.value >= duration.value) {
        let message = format!("warmup {} is not shorter than duration {}", warmup.value, duration.value);
        problems.push(Problem::at(&warmup.place, message).help("nothing would be left to count"));
    }
}
