//! Which site of a deployment over several serves the next invocation.
//!
//! A rule sees the pressure on every site at an instant and names one. It knows no events, prices or platforms: the caller
//! fills in the pressures, and plain numbers where a rule weighs costs. Sites that are down, or that the invocation may
//! not use, are left out before any rule is asked.

mod hysteresis;
mod site;
mod weighted;

use rand::RngExt;

use crate::policy::Share;
use crate::rng::Stream;
use crate::units::{SimTime, Span};

pub use hysteresis::Hysteresis;
pub use site::{MOST_SITES, Pressure, Residency, SiteIndex, SiteSet};
pub use weighted::Turns;

/// A rule over sites.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// Bursts when the base has been too busy for some time, and returns when it has been idle enough for some time.
    Utilization { pair: Pair, thresholds: UtilizationThresholds, bursting: Bursting },
    /// Bursts while more than `above` wait at the base, until no more than `below` do.
    Queue { pair: Pair, above: u32, below: u32 },
    /// Bursts what the base would not finish within `deadline` of its arrival.
    Deadline { pair: Pair, deadline: Span },
    /// Where one more invocation costs least, its waiting included; the base if both cost the same.
    CheapestMarginal { pair: Pair, costs: MarginalCosts },
    /// To each site its share of the invocations.
    Weighted { weights: Vec<(SiteIndex, u64)>, by: Sharing },
    /// The base holds `most` invocations at once, running or waiting; what comes on top goes out.
    Spill { pair: Pair, most: u32 },
    /// The first site of the order that can serve.
    Failover { order: Vec<SiteIndex> },
}

impl Route {
    /// Of rules that have a base and a burst site.
    pub const fn pair(&self) -> Option<Pair> {
        match self {
            Self::Utilization { pair, .. }
            | Self::Queue { pair, .. }
            | Self::Deadline { pair, .. }
            | Self::CheapestMarginal { pair, .. }
            | Self::Spill { pair, .. } => Some(*pair),
            Self::Weighted { .. } | Self::Failover { .. } => None,
        }
    }
}

/// Two sites: what one owns, and what one turns to. If the rule's choice cannot serve, the other does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub base: SiteIndex,
    pub burst: SiteIndex,
}

/// When [`Route::Utilization`] bursts. Busy places over places, those that are launching left out; a base without places
/// is above every threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtilizationThresholds {
    pub above: Share,
    /// How long it must have been seen above.
    pub above_for: Span,
    pub below: Share,
    pub below_for: Span,
}

impl Default for UtilizationThresholds {
    /// 0.8 and 0.6, common values for cloud bursting, at once in both directions.
    fn default() -> Self {
        let (above, below) = (Share::per_million(800_000), Share::per_million(600_000));
        Self { above, above_for: Span::ZERO, below, below_for: Span::ZERO }
    }
}

/// What goes out while [`Route::Utilization`] bursts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bursting {
    /// Every new invocation: the base drains.
    All,
    /// What would come to a base that is above its upper threshold: the base stays that busy.
    Excess,
}

/// What [`Route::CheapestMarginal`] weighs, in any one unit of cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginalCosts {
    /// Of one second of an invocation on the base when no place is free there; a free one costs nothing, for it is paid.
    pub base: f64,
    /// Of one second of an invocation on the burst site.
    pub burst: f64,
    /// Of one second of waiting.
    pub waiting: f64,
}

/// How [`Route::Weighted`] keeps the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// In turn: counts follow the shares as closely as whole invocations can.
    Turns,
    /// Drawn, each invocation for itself.
    Random,
}

/// A rule and what it remembers.
#[derive(Clone, Debug)]
pub struct Router {
    route: Route,
    state: State,
    stream: Stream,
}

#[derive(Clone, Debug)]
enum State {
    None,
    Bursting(Hysteresis),
    Turns(Turns),
}

impl Router {
    /// `stream` is drawn from only by [`Sharing::Random`].
    pub fn new(route: Route, stream: Stream) -> Self {
        let state = match &route {
            Route::Utilization { thresholds, .. } => {
                State::Bursting(Hysteresis::new(thresholds.above_for, thresholds.below_for))
            }
            Route::Queue { .. } => State::Bursting(Hysteresis::new(Span::ZERO, Span::ZERO)),
            Route::Weighted { weights, by: Sharing::Turns } => State::Turns(Turns::new(weights)),
            Route::Weighted { .. }
            | Route::Deadline { .. }
            | Route::CheapestMarginal { .. }
            | Route::Spill { .. }
            | Route::Failover { .. } => State::None,
        };
        Self { route, state, stream }
    }

    /// Whether a rule with hysteresis bursts now.
    pub const fn is_bursting(&self) -> bool {
        matches!(&self.state, State::Bursting(hysteresis) if hysteresis.is_on())
    }

    /// Whether the rule must be told of each change at `site`, because it asks how long something has been so.
    pub fn watches(&self, site: SiteIndex) -> bool {
        matches!(self.state, State::Bursting(_)) && self.route.pair().is_some_and(|pair| pair.base == site)
    }

    /// Lets a rule with hysteresis look at the sites without an invocation, after each change at a site that it
    /// [watches](Self::watches).
    pub fn observe(&mut self, at: SimTime, sites: &[Pressure]) {
        let State::Bursting(hysteresis) = &mut self.state else { return };
        match &self.route {
            Route::Utilization { pair, thresholds, .. } => {
                let base = pair.base.of(sites);
                hysteresis.observe(at, base.is_above(thresholds.above), base.is_below(thresholds.below));
            }
            Route::Queue { pair, above, below } => {
                let waiting = pair.base.of(sites).waiting;
                hysteresis.observe(at, waiting > *above, waiting <= *below);
            }
            Route::Deadline { .. }
            | Route::CheapestMarginal { .. }
            | Route::Weighted { .. }
            | Route::Spill { .. }
            | Route::Failover { .. } => {}
        }
    }

    /// The site that serves an invocation arriving `at`, of those that are up and `allowed`; `None` if none of the rule's
    /// sites is. `at` never decreases.
    pub fn choose(&mut self, at: SimTime, sites: &[Pressure], allowed: SiteSet) -> Option<SiteIndex> {
        self.observe(at, sites);
        let can_serve = |site: SiteIndex| allowed.contains(site) && site.of(sites).available;
        let bursting = self.is_bursting();
        let (pair, burst) = match &self.route {
            Route::Utilization { pair, thresholds, bursting: Bursting::Excess } => {
                (pair, bursting && pair.base.of(sites).is_above(thresholds.above))
            }
            Route::Utilization { pair, .. } | Route::Queue { pair, .. } => (pair, bursting),
            Route::Deadline { pair, deadline } => (pair, !pair.base.of(sites).finishes_within(*deadline)),
            Route::CheapestMarginal { pair, costs } => (pair, costs.favour_burst(*pair, sites)),
            Route::Spill { pair, most } => (pair, pair.base.of(sites).holds() >= u64::from(*most)),
            Route::Failover { order } => return order.iter().copied().find(|site| can_serve(*site)),
            Route::Weighted { weights, .. } => {
                return match &mut self.state {
                    State::Turns(turns) => turns.next(can_serve),
                    State::None | State::Bursting(_) => draw(weights, can_serve, &mut self.stream),
                };
            }
        };
        let order = if burst { [pair.burst, pair.base] } else { [pair.base, pair.burst] };
        order.into_iter().find(|site| can_serve(*site))
    }
}

impl MarginalCosts {
    fn favour_burst(&self, pair: Pair, sites: &[Pressure]) -> bool {
        let (base, burst) = (pair.base.of(sites), pair.burst.of(sites));
        let on_base = if base.has_free_place() { 0.0 } else { self.base };
        self.of(on_base, base) > self.of(self.burst, burst)
    }

    /// Nobody knows how long a wait is that the site cannot tell: it is avoided at any cost.
    fn of(&self, rate: f64, site: Pressure) -> f64 {
        let waiting = match site.wait() {
            Some(wait) => self.waiting * wait.seconds(),
            None => f64::INFINITY,
        };
        rate * site.expected_service.seconds() + waiting
    }
}

/// A site by its weight, of those that can serve.
fn draw(weights: &[(SiteIndex, u64)], can_serve: impl Fn(SiteIndex) -> bool, stream: &mut Stream) -> Option<SiteIndex> {
    let able = || weights.iter().filter(|(site, _)| can_serve(*site));
    let total: u128 = able().map(|(_, weight)| u128::from(*weight)).sum();
    if total == 0 {
        return None;
    }
    let mut left = stream.random_range(0..total);
    for (site, weight) in able() {
        let weight = u128::from(*weight);
        if left < weight {
            return Some(*site);
        }
        left -= weight;
    }
    None
}

#[cfg(test)]
mod tests;
