//! What clients do when they are refused.

use super::deployments::Part;
use crate::policy::{Jitter, Retry};
use crate::units::Span;

pub fn read(part: &Part<'_>) -> Retry {
    let Some(table) = part.table.table("retry") else { return Retry::NONE };
    let jitter = match table.text("jitter").map(|jitter| jitter.value) {
        Some("none") => Jitter::None,
        Some("equal") => Jitter::Equal,
        Some("exponential") => Jitter::Exponential,
        _ => Jitter::Full,
    };
    Retry {
        attempts: table.count32("attempts").map_or(1, |attempts| attempts.value),
        backoff: table.quantity("backoff").map_or(Span::from_ms(100), |backoff| backoff.value),
        max_backoff: table.quantity("max_backoff").map_or(Span::from_secs(20), |backoff| backoff.value),
        jitter,
    }
}
