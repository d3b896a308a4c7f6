//! Predictive scaling: capacity for the load that the past leads one to expect, and nothing but the past.

use crate::units::{SimTime, Span};

use super::forecast::{Forecast, History};
use super::group::Wish;
use super::metric::Metric;
use super::{View, members};

/// A predictive policy. It never removes members; it keeps the other policies from removing what the forecast needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predictive {
    pub metric: Metric,
    /// What each member should have of it.
    pub target: f64,
    /// So long before the hour that needs them, members are launched.
    pub pre_launch: Span,
}

impl Predictive {
    const HOURS: u64 = 48;
    const REFRESH: Span = Span::from_secs(6 * 3_600);

    pub const fn new(metric: Metric, target: f64) -> Self {
        Self { metric, target, pre_launch: Span::ZERO }
    }
}

/// A policy with its history.
#[derive(Clone, Debug)]
pub(super) struct Predictor {
    spec: Predictive,
    history: History,
    forecast: Option<Forecast>,
    refreshed: SimTime,
}

impl Predictor {
    pub(super) fn new(spec: &Predictive) -> Self {
        Self { spec: *spec, history: History::default(), forecast: None, refreshed: SimTime::ZERO }
    }

    pub(super) fn wish(&mut self, view: View) -> Wish {
        let now = view.now();
        let load = self.spec.metric.total(view.sample, view.interval).unwrap_or(0.0);
        self.history.observe(now, view.interval, load);
        if self.forecast.is_none() || now.since(self.refreshed) >= Predictive::REFRESH {
            self.forecast = self.history.forecast(Predictive::HOURS);
            self.refreshed = now;
        }
        let Some(forecast) = &self.forecast else { return Wish::Abstain };
        Wish::Floor(members(forecast.highest(now, now + self.spec.pre_launch) / self.spec.target))
    }
}
