//! The same process, seen from a later day on: a stretch of a long window as a window of its own.

use std::sync::Arc;

use super::Arrivals;
use crate::units::{Calendar, Span};

impl Arrivals {
    /// What the window sees if it opens `later` (whole days) into this one. Processes without memory and phase are the same;
    /// `None` for counts of a trace, which are not joined half-way.
    #[must_use]
    pub fn opened(&self, later: Span) -> Option<Self> {
        if later == Span::ZERO {
            return Some(self.clone());
        }
        Some(match self {
            Self::Constant { .. } | Self::Poisson { .. } | Self::Mmpp { .. } => self.clone(),
            Self::Diurnal { .. } | Self::Piecewise { .. } | Self::Burst { .. } => {
                Self::Growing { of: Arc::new(self.clone()), per_year: 0.0, opens: later }
            }
            Self::Growing { of, per_year, opens } => {
                Self::Growing { of: Arc::clone(of), per_year: *per_year, opens: *opens + later }
            }
            Self::Batch { size, period, offset, jitter } => {
                let since = later - *offset;
                let into = since.ns() % period.ns().max(1);
                let next = if into == 0 { Span::ZERO } else { Span::from_ns(period.ns() - into) };
                let offset = if later <= *offset { *offset - later } else { next };
                Self::Batch { size: *size, period: *period, offset, jitter: jitter.clone() }
            }
            Self::Cron { schedule, calendar, count } => {
                let calendar = Calendar::new(calendar.date_of(crate::units::SimTime::ZERO + later));
                Self::Cron { schedule: schedule.clone(), calendar, count: *count }
            }
            Self::Counts { .. } => return None,
        })
    }
}
