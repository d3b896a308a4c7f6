//! How much capacity to own: closed forms that a planner asks before a simulation, and that a simulation must meet.
//!
//! Loads are in erlangs (arrival rate times mean service). Costs are plain numbers of any one currency and time.

use super::closed_form::{erlang_b, least_count, poisson_at_most, poisson_percentile};

/// What a place costs in a unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaceCosts {
    /// Of an own place, used or not.
    pub own: f64,
    /// Of a burst place, while it is busy.
    pub burst: f64,
}

/// A number of own places, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizing {
    pub places: u64,
    /// Of own places and burst together, in a unit of time.
    pub cost_rate: f64,
    /// Mean number of busy burst places.
    pub overflow_load: f64,
    /// Mean number of busy places in all.
    pub load: f64,
}

impl Sizing {
    fn of(places: u64, overflow_load: f64, load: f64, costs: PlaceCosts) -> Self {
        let cost_rate = costs.own * places as f64 + costs.burst * overflow_load;
        Self { places, cost_rate, overflow_load, load }
    }

    /// Share of the work that the burst side does.
    pub fn overflow_share(self) -> f64 {
        if self.load > 0.0 { self.overflow_load / self.load } else { 0.0 }
    }
}

/// How many places are wanted at a random instant. What exceeds the own places runs on the burst side, and only while it
/// exceeds them: work moves back as soon as a place is free. Where work stays where it began, see [`sticky_best`].
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    /// M/G/inf: Poisson requests that nobody keeps waiting, whatever the distribution of service.
    Poisson {
        load: f64,
    },
    Sampled(SampledDemand),
    /// Poisson around levels of load that change slowly: means of intervals that are longer than service.
    Changing(SampledDemand),
}

impl Demand {
    pub fn mean(&self) -> f64 {
        match self {
            Self::Poisson { load } => *load,
            Self::Sampled(levels) | Self::Changing(levels) => levels.mean(),
        }
    }

    /// Mean of what exceeds `places`: E\[(N - r)+\].
    pub fn excess_mean(&self, places: u64) -> f64 {
        match self {
            Self::Poisson { load } => poisson_excess(*load, places),
            Self::Sampled(sampled) => sampled.excess_mean(places as f64),
            Self::Changing(loads) => loads.average(|load| poisson_excess(load, places)),
        }
    }

    pub fn sizing(&self, places: u64, costs: PlaceCosts) -> Sizing {
        Sizing::of(places, self.excess_mean(places), self.mean(), costs)
    }

    /// The cheapest number of own places, the least of several: the newsvendor's, who owns the r-th place if it is used
    /// for a greater share of the time than its cost is of the burst side's (Edgeworth 1888; Arrow, Harris, Marschak 1951).
    pub fn best(&self, costs: PlaceCosts) -> Sizing {
        if costs.own >= costs.burst {
            return self.sizing(0, costs);
        }
        match self {
            Self::Poisson { load } => self.sizing(poisson_percentile(*load, 1.0 - costs.own / costs.burst), costs),
            Self::Sampled(sampled) => {
                // Between two levels the cost is straight, so whole places on both sides of the best level decide.
                let level = sampled.exceeded_at_most(costs.own / costs.burst);
                let below = self.sizing(level.floor() as u64, costs);
                let above = self.sizing(level.ceil() as u64, costs);
                if above.cost_rate < below.cost_rate { above } else { below }
            }
            Self::Changing(loads) => {
                let share = costs.own / costs.burst;
                let exceeded = |places: u64| loads.average(|load| 1.0 - poisson_at_most(load, places));
                self.sizing(least_count(|places| exceeded(places) <= share), costs)
            }
        }
    }
}

/// E\[(N - r)+\] of a Poisson variable: a P(N >= r) - r P(N > r).
fn poisson_excess(load: f64, places: u64) -> f64 {
    let more_than = |count: u64| 1.0 - poisson_at_most(load, count);
    let at_least = places.checked_sub(1).map_or(1.0, more_than);
    (load * at_least - places as f64 * more_than(places)).max(0.0)
}

/// Levels of demand that were seen, each for some time: hourly means, samples, or the steps of a simulation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampledDemand {
    /// Ascending levels; how much time is spent above them counts from the end.
    levels: Vec<(f64, u64)>,
    total: u128,
}

impl SampledDemand {
    /// From `(level, time at it)`; what is no finite level above zero counts as zero.
    pub fn new(seen: impl IntoIterator<Item = (f64, u64)>) -> Self {
        let at_least_zero = |level: f64| if level.is_finite() { level.max(0.0) } else { 0.0 };
        let mut levels: Vec<(f64, u64)> = seen.into_iter().map(|(level, time)| (at_least_zero(level), time)).collect();
        levels.retain(|(_, time)| *time > 0);
        levels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total = levels.iter().map(|(_, time)| u128::from(*time)).sum();
        Self { levels, total }
    }

    pub fn mean(&self) -> f64 {
        self.excess_mean(0.0)
    }

    fn excess_mean(&self, places: f64) -> f64 {
        self.average(|level| (level - places).max(0.0))
    }

    /// The mean of `of` a level, over time; zero where nothing was seen.
    fn average(&self, of: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 = self.levels.iter().map(|(level, time)| of(*level) * *time as f64).sum();
        if self.total == 0 { 0.0 } else { sum / self.total as f64 }
    }

    /// The least level seen that is exceeded for at most `share` of the time; zero if that holds of zero.
    pub fn exceeded_at_most(&self, share: f64) -> f64 {
        let allowed = share * self.total as f64;
        let mut above = 0_u128;
        let mut least = 0.0;
        for (level, time) in self.levels.iter().rev() {
            if above as f64 > allowed {
                break;
            }
            least = *level;
            above += u128::from(*time);
        }
        if above as f64 <= allowed { 0.0 } else { least }
    }
}

/// The cost of `places` own places when a request that finds all of them busy is served by the burst side to its end:
/// the overflow of a loss system, cr r + co a B(a, r), whatever the distribution of service (Erlang 1917).
pub fn sticky_sizing(load: f64, places: u32, costs: PlaceCosts) -> Sizing {
    Sizing::of(places.into(), load * erlang_b(load, places), load, costs)
}

/// The cheapest number of own places in the system of [`sticky_sizing`], the least of several.
pub fn sticky_best(load: f64, costs: PlaceCosts) -> Sizing {
    let mut blocked = 1.0;
    let mut places = 0_u64;
    loop {
        let next = load * blocked / ((places + 1) as f64 + load * blocked);
        // Overflow is convex in the places (Messerli 1972): the first that does not pay is the end.
        let saved = costs.burst * load * (blocked - next);
        if saved <= costs.own || saved.is_nan() {
            return Sizing::of(places, load * blocked, load, costs);
        }
        blocked = next;
        places += 1;
    }
}

/// The fewest servers of M/M/c, room for all, at which a share of at most `waiting_share` of the requests waits; `None`
/// if more than 2^32 would be needed.
pub fn servers_for_waiting_share(load: f64, waiting_share: f64) -> Option<u32> {
    if load <= 0.0 {
        return Some(1);
    }
    let mut blocked = 1.0;
    for servers in 1..=u32::MAX {
        let count = f64::from(servers);
        if load >= f64::from(u32::MAX) {
            return None;
        }
        blocked = load * blocked / (count + load * blocked);
        let spare = count - load;
        // C = c B / (c - a (1 - B)), which holds from stability on.
        if spare > 0.0 && count * blocked / (count - load * (1.0 - blocked)) <= waiting_share {
            return Some(servers);
        }
    }
    None
}

/// Servers that are always on, as many as keep waiting rare, against functions that are paid by the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StaffedFleet {
    /// Of one server, in a second.
    pub server_cost: f64,
    /// Of one request on functions.
    pub request_cost: f64,
    /// Mean time that a request holds a server, s.
    pub service_mean: f64,
    /// Share of requests that may wait.
    pub waiting_share: f64,
    /// At any rate, at least 1.
    pub least_servers: u32,
}

impl StaffedFleet {
    /// The rate at which one server costs what functions cost, whether or not it can serve that rate.
    pub fn naive_rate(self) -> f64 {
        self.server_cost / self.request_cost
    }

    /// The utilisation of a server at that rate; from 1 on functions are never dearer.
    pub fn naive_utilisation(self) -> f64 {
        self.naive_rate() * self.service_mean
    }

    /// Requests a second above which the fleet is always cheaper; `None` if it never is, or only beyond 2^24 servers.
    ///
    /// Functions are not dearer than c servers up to c times the naive rate. They matter there only if c - 1 servers do
    /// not suffice at that rate, which is so up to some c: larger fleets work at higher utilisation.
    pub fn break_even_rate(self) -> Option<f64> {
        const MOST: u32 = 1 << 24;
        // Not a number where functions cost nothing.
        if self.naive_utilisation() >= 1.0 || self.naive_utilisation().is_nan() {
            return None;
        }
        let fewer_suffice = |servers: u32| {
            let load = f64::from(servers) * self.naive_utilisation();
            waiting_share(load, servers - 1) <= self.waiting_share
        };
        let least = self.least_servers.max(1);
        let mut high = least + 1;
        while !fewer_suffice(high) {
            if high >= MOST {
                return None;
            }
            high = high.saturating_mul(2);
        }
        let mut low = least + 1;
        while low < high {
            let middle = low + (high - low) / 2;
            if fewer_suffice(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(f64::from(low - 1) * self.naive_rate())
    }
}

fn waiting_share(load: f64, servers: u32) -> f64 {
    if servers == 0 { 1.0 } else { super::closed_form::erlang_c(load, servers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: PlaceCosts = PlaceCosts { own: 0.4, burst: 1.0 };

    fn hourly(levels: &[f64]) -> Demand {
        Demand::Sampled(SampledDemand::new(levels.iter().map(|level| (*level, 1))))
    }

    /// platforms.md, section 11, row 32.
    #[test]
    fn capacity_at_two_fifths_of_the_public_price_is_owned_up_to_the_60th_percentile() {
        let demand = hourly(&[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        assert_eq!(demand.best(COSTS).places, 6);
    }

    /// Every number of places is tried.
    #[track_caller]
    fn check_cheapest(demand: &Demand, costs: PlaceCosts) {
        let best = demand.best(costs);
        for places in 0..100 {
            let other = demand.sizing(places, costs);
            let rounding = 1e-12 * other.cost_rate;
            assert!(best.cost_rate <= other.cost_rate + rounding, "{best:?} is dearer than {other:?}");
            let ties = (best.cost_rate - other.cost_rate).abs() <= rounding;
            assert!(!ties || best.places <= places, "{places} places cost no more than {best:?}");
        }
    }

    #[test]
    fn no_other_number_of_places_is_cheaper() {
        for own in [0.05, 0.3, 0.5, 0.77, 1.0, 2.0] {
            let costs = PlaceCosts { own, burst: 1.0 };
            check_cheapest(&Demand::Poisson { load: 7.3 }, costs);
            check_cheapest(&hourly(&[0.2, 3.7, 3.7, 5.1, 12.9, 40.4]), costs);
            check_cheapest(&hourly(&[2.0, 2.0, 8.0, 8.0]), costs);
            check_cheapest(&hourly(&[]), costs);
        }
    }

    #[test]
    fn time_at_a_level_weighs_like_as_many_samples() {
        let steps = Demand::Sampled(SampledDemand::new([(5.0, 3), (1.0, 1), (9.0, 0)]));
        assert_eq!(steps.best(COSTS), hourly(&[1.0, 5.0, 5.0, 5.0]).best(COSTS));
        assert_eq!(steps.mean(), 4.0);
    }

    #[test]
    fn without_own_places_all_overflows_and_above_the_peak_nothing() {
        let demand = hourly(&[3.0, 8.0]);
        assert_eq!(demand.sizing(0, COSTS).overflow_share(), 1.0);
        assert_eq!(demand.sizing(8, COSTS).overflow_share(), 0.0);
        assert_eq!(sticky_sizing(3.0, 0, COSTS).overflow_share(), 1.0);
        assert!(sticky_sizing(3.0, 60, COSTS).overflow_share() < 1e-30);
    }

    #[test]
    fn own_places_that_cost_nothing_or_no_less_than_burst_end_the_search() {
        assert!(sticky_best(3.0, PlaceCosts { own: 0.0, burst: 1.0 }).overflow_load < 1e-30);
        assert_eq!(sticky_best(3.0, PlaceCosts { own: 1.0, burst: 1.0 }).places, 0);
        assert_eq!(sticky_best(0.0, COSTS).places, 0);
        assert_eq!(Demand::Poisson { load: 3.0 }.best(PlaceCosts { own: 0.0, burst: 0.0 }).places, 0);
    }

    #[test]
    fn work_that_stays_where_it_began_overflows_more() {
        for places in 1..20 {
            let moved = Demand::Poisson { load: 8.0 }.sizing(places, COSTS).overflow_load;
            assert!(moved < sticky_sizing(8.0, places as u32, COSTS).overflow_load);
        }
    }

    #[test]
    fn one_server_less_would_make_too_many_wait() {
        for (load, share) in [(0.1, 0.2), (0.7, 0.2), (8.0, 0.05), (95.0, 0.5), (950.0, 0.01)] {
            let servers = servers_for_waiting_share(load, share).expect("few enough");
            assert!(waiting_share(load, servers) <= share);
            assert!(waiting_share(load, servers - 1) > share);
        }
        assert_eq!(servers_for_waiting_share(f64::INFINITY, 0.2), None);
    }

    #[test]
    fn a_server_that_costs_more_than_full_use_of_it_never_breaks_even() {
        let fleet = StaffedFleet {
            server_cost: 1.0,
            request_cost: 0.1,
            service_mean: 0.1,
            waiting_share: 0.2,
            least_servers: 1,
        };
        assert_eq!(fleet.break_even_rate(), None);
        let just_below = StaffedFleet { server_cost: 0.999, ..fleet };
        assert!(just_below.break_even_rate().is_some_and(|rate| rate > 10_000.0));
    }
}
