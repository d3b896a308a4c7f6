//! How much room a deployment has: what was taken, what was missing, and what one server more or less would change.

use serde::{Deserialize, Serialize};

use crate::billing::BillingError;
use crate::platform::hybrid::SiteModel;
use crate::record::{Bucket, Tally};
use crate::scenario::{Model, Plan};
use crate::units::{Money, SimTime};

use super::assemble::{always, mean, meets};
use super::figures::Figures;
use super::{Probes, Variant};

/// Time averages and peaks between warm-up and the end of the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    pub instances_mean: f64,
    pub instances_peak: f64,
    /// Invocations executing or starting.
    pub busy_mean: f64,
    pub busy_peak: f64,
    /// Busy slots / slots of all instances; `null` where no instance was ever there.
    pub utilization: Option<f64>,
    /// Memory that instances held while idle.
    pub idle_gb_s: f64,
    /// Share of the places that was free in the tightest interval of the time-line; `null` where no place ever was.
    pub headroom: Option<f64>,
    /// Time in which every place was taken; `null` for functions, which add a place for each request.
    pub saturated_s: Option<f64>,
    pub saturated_share: Option<f64>,
    /// Invocations that waited for a place, its start-up included.
    pub waited: Part,
    /// Throttled, dropped, abandoned or failed.
    pub lost: Part,
    /// Places used, or missing, in the interval of the time-line with most of them.
    pub peak_demand: f64,
    /// `null` as `not_resized` says.
    pub one_more: Option<Change>,
    pub one_less: Option<Change>,
    /// Of a router: the site whose fleet these make larger and smaller, the first that is a fleet.
    pub resized_site: Option<String>,
    /// Why one of them, or both, is `null`.
    pub not_resized: Option<String>,
    /// Whether one server could be missed: the objectives are met without it (where there are none: 99 % of the
    /// invocations complete).
    pub n_plus_1: Option<bool>,
}

/// Some of the invocations offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub count: f64,
    /// `null` where none were offered.
    pub share: Option<f64>,
}

/// What another number of servers would change, on the arrivals of the first replication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Differences: so much more than as it is.
    pub latency_p99_s: Option<f64>,
    pub cost_per_month: Money,
    pub lost: f64,
}

/// What one replication shows of its limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strain {
    headroom: Option<f64>,
    saturated_s: f64,
    waited: f64,
    peak_demand: f64,
}

impl Strain {
    pub fn of(tally: &Tally) -> Self {
        let intervals = counted(tally);
        let free = |(bucket, _): &(&Bucket, f64)| match (bucket.milli_place_ns, bucket.demand_ns) {
            (0, 0) => None,
            (0, _) => Some(0.0),
            (places, demand) => Some((1.0 - demand as f64 * 1e3 / places as f64).max(0.0)),
        };
        Self {
            headroom: intervals.iter().filter_map(free).reduce(f64::min).filter(|_| has_places(tally)),
            saturated_s: tally.sites.iter().map(|site| site.saturated_ns).max().unwrap_or(0) as f64 / 1e9,
            waited: tally.sum(|site| site.waited.into()) as f64,
            peak_demand: intervals.iter().map(|(bucket, ns)| bucket.demand_ns as f64 / ns).fold(0.0, f64::max),
        }
    }
}

fn has_places(tally: &Tally) -> bool {
    tally.sum(|site| site.milli_place_ns) > 0
}

/// Intervals of the time-line that begin after the warm-up, with their lengths in ns; all if there are none.
pub(super) fn counted(tally: &Tally) -> Vec<(&Bucket, f64)> {
    let (width, window) = (tally.timeline.width(), tally.window());
    let start = |index: usize| SimTime::from_ns(width.ns().saturating_mul(index as u64));
    let all = tally.timeline.buckets.iter().enumerate();
    let all: Vec<(SimTime, &Bucket)> = all.map(|(index, bucket)| (start(index), bucket)).collect();
    let from = all.iter().position(|(start, _)| *start >= window.warmup).unwrap_or(0);
    let length = |start: SimTime| (start + width).min(window.end).since(start).ns().max(1) as f64;
    all[from..].iter().map(|(start, bucket)| (*bucket, length(*start))).collect()
}

/// The view of a deployment. `counted_s`: the time that counts.
pub(super) fn capacity(model: &Model, figures: &[Figures], counted_s: f64) -> Capacity {
    let saturated = has_fleet(model).then(|| always(figures, |f| f.strain.saturated_s));
    Capacity {
        instances_mean: always(figures, |f| f.instances_mean),
        instances_peak: always(figures, |f| f.instances_peak),
        busy_mean: always(figures, |f| f.busy_mean),
        busy_peak: always(figures, |f| f.busy_peak),
        utilization: mean(figures, |f| f.utilization),
        idle_gb_s: always(figures, |f| f.idle_gb_s),
        headroom: mean(figures, |f| f.strain.headroom),
        saturated_s: saturated,
        saturated_share: saturated.filter(|_| counted_s > 0.0).map(|saturated| saturated / counted_s),
        waited: part(figures, |f| f.strain.waited),
        lost: part(figures, Figures::lost),
        peak_demand: always(figures, |f| f.strain.peak_demand),
        one_more: None,
        one_less: None,
        resized_site: None,
        not_resized: None,
        n_plus_1: None,
    }
}

fn part(figures: &[Figures], of: impl Fn(&Figures) -> f64) -> Part {
    let share = |f: &Figures| (f.counts.offered > 0.0).then(|| of(f) / f.counts.offered);
    Part { count: always(figures, &of), share: mean(figures, share) }
}

/// Functions have a place for everyone, or refuse.
fn has_fleet(model: &Model) -> bool {
    match model {
        Model::Faas(_) => false,
        Model::Fleet(_) => true,
        Model::Hybrid(spec) => spec.sites.iter().any(|site| matches!(site.model, SiteModel::Fleet(_))),
    }
}

impl Capacity {
    /// Adds what other sizes would change. `first`: the first replication as it is.
    pub(super) fn compare(&mut self, plan: &Plan, first: &Figures, probes: &Probes) -> Result<(), BillingError> {
        let figures = |variant: &Option<Variant>| {
            let of = |other: &Variant| Figures::of(&other.tally, &other.deployment.sites, plan.calendar);
            variant.as_ref().map(of).transpose()
        };
        let (more, less) = (figures(&probes.one_more)?, figures(&probes.one_less)?);
        self.one_more = more.map(|more| change(first, &more));
        self.n_plus_1 = less.as_ref().map(|less| meets(&plan.objectives, std::slice::from_ref(less)));
        self.one_less = less.map(|less| change(first, &less));
        self.resized_site.clone_from(&probes.resized_site);
        self.not_resized = probes.not_resized.clone().or_else(|| self.unasked(plan));
        Ok(())
    }
}

impl Capacity {
    /// Why nothing was run again at all.
    fn unasked(&self, plan: &Plan) -> Option<String> {
        let reason = match (&plan.horizon, plan.probes) {
            (_, false) => "`probes` of `scenario` is off",
            (Some(_), true) => "chosen weeks are not run again",
            (None, true) => return None,
        };
        self.one_more.is_none().then(|| reason.to_owned())
    }
}

fn change(first: &Figures, figures: &Figures) -> Change {
    let p99 = |figures: &Figures| figures.latency_percentiles.map(|percentiles| percentiles[3]);
    Change {
        latency_p99_s: p99(figures).zip(p99(first)).map(|(other, as_it_is)| other - as_it_is),
        cost_per_month: figures.per_month() - first.per_month(),
        lost: figures.lost() - first.lost(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::FunctionId;
    use crate::record::{Bill, Fate, Meters, Outcome, Record, Window};
    use crate::units::{Calendar, Span};

    fn second(s: f64) -> SimTime {
        SimTime::ZERO + Span::from_seconds_f64(s)
    }

    /// Two servers of two workers for 8 s, of which 2 s are warm-up; each of `taken` takes one of them.
    fn tally(taken: &[(f64, f64)]) -> Tally {
        let window = Window::new(Span::from_secs(2), Span::from_secs(8), Calendar::default());
        let mut tally = Tally::new(window, false, false);
        for _ in 0..2 {
            tally.instance(SimTime::ZERO, second(8.0), 2_000, 0);
        }
        tally.register(FunctionId::new(0), Meters::default());
        for (from, to) in taken {
            tally.outcome(&Outcome {
                function: FunctionId::new(0),
                arrived: second(*from),
                taken: second(*from),
                fate: Fate::Completed,
                network: Span::ZERO,
                queue: Span::ZERO,
                cold_start: Span::ZERO,
                execution: second(*to).since(second(*from)),
                stretch: Span::ZERO,
                batch: Span::ZERO,
                cold: false,
                bill: Bill::None,
            });
        }
        tally.finish();
        tally
    }

    #[track_caller]
    fn check(taken: &[(f64, f64)], headroom: f64, peak: f64) {
        let strain = Strain::of(&tally(taken));
        assert_eq!((strain.headroom, strain.peak_demand), (Some(headroom), peak), "{taken:?}");
    }

    #[test]
    fn headroom_is_what_is_free_where_least_is() {
        check(&[], 1.0, 0.0);
        check(&[(3.0, 5.0)], 0.75, 1.0);
        check(&[(3.0, 5.0), (4.0, 6.0), (4.5, 5.5)], 0.25, 3.0);
        // Six want four places.
        check(&[(3.0, 5.0); 6], 0.0, 6.0);
    }

    #[test]
    fn the_warm_up_strains_nothing() {
        check(&[(0.0, 1.0), (0.0, 1.0), (0.0, 3.0)], 0.75, 1.0);
    }

    #[test]
    fn without_places_there_is_no_headroom_to_speak_of() {
        let window = Window::new(Span::ZERO, Span::from_secs(8), Calendar::default());
        assert_eq!(Strain::of(&Tally::new(window, false, false)).headroom, None);
    }
}
