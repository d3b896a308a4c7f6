//! What is said for functions and against servers, as figures: five claims, measured alike on every deployment.

use serde::{Deserialize, Serialize};

use crate::billing::commitment::{Cover, PaidFor};
use crate::billing::{Line, Meter, Usage};
use crate::record::{Bucket, SiteTally, Tally};
use crate::stats::Histogram;
use crate::units::{SimTime, Span};

use super::assemble::mean;
use super::basis::Basis;
use super::figures::Figures;
use super::{DeploymentResult, Probes, Step};

/// The five claims.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    pub pay_per_use: PayPerUse,
    pub automatic_scaling: AutomaticScaling,
    pub elasticity: Elasticity,
    pub fast_response: FastResponse,
    pub lower_price: LowerPrice,
}

/// One pays for work, and for nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayPerUse {
    /// Share of the monthly bill for capacity that did no work; `null` where nothing is paid.
    pub idle_share: Option<f64>,
}

/// There is as much capacity as is used. Ratios of areas under the curves over time; `null` where nothing was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AutomaticScaling {
    /// (places paid for - places used) / places used: places of instances, or cores of the nodes under them.
    pub overshoot: Option<f64>,
    /// Time that invocations waited for capacity / places used.
    pub shortfall: Option<f64>,
}

/// A load that rises at once is followed soon. All `null` where no probe was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Elasticity {
    /// From the step to the first whole minute in which capacity covers demand; `null`: never within `probe_s`.
    pub reaction_s: Option<f64>,
    /// Mean wait for capacity of the invocations until then, those of the first minute at least.
    pub extra_latency_s: Option<f64>,
    /// How long the probe went on after the step.
    pub probe_s: Option<f64>,
    pub from_per_s: Option<f64>,
    pub to_per_s: Option<f64>,
}

/// What is asked is answered without delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FastResponse {
    pub latency_p99_s: Option<f64>,
    /// Of execution alone: with a core of its own where cores are shared.
    pub execution_p99_s: Option<f64>,
    /// The first over the second.
    pub tail_inflation: Option<f64>,
    /// Share of completed invocations that network, queue, start-up and sharing a core delayed by more than 100 ms.
    pub delayed_share: Option<f64>,
}

/// It is cheaper than what else there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LowerPrice {
    /// Cost per month over that of `against`; `null` where there is none, or it is free.
    pub ratio: Option<f64>,
    /// The cheapest other deployment that meets the objectives, or completes 99 % where there are none.
    pub against: Option<String>,
}

/// What one replication says of capacity and use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spare {
    overshoot: Option<f64>,
    shortfall: Option<f64>,
    delayed: f64,
    execution_p99: Option<f64>,
}

impl Spare {
    /// `execution`: of everything that completed.
    pub fn of(tally: &Tally, mut execution: Histogram) -> Self {
        let used = tally.sum(SiteTally::worked_ns);
        let held = tally.sum(SiteTally::paid_milli_place_ns) as f64 / 1e3;
        for stretched in tally.sites.iter().filter_map(|site| site.stretched.as_ref()) {
            execution.subtract(&stretched.execution);
            execution.merge(&stretched.alone);
        }
        let over_used = |area: f64| (used > 0).then(|| area / used as f64);
        Self {
            overshoot: over_used((held - used as f64).max(0.0)),
            shortfall: over_used(tally.sum(|site| site.waiting_ns) as f64),
            delayed: tally.sum(|site| site.delayed.into()) as f64,
            execution_p99: execution.quantile(0.99).map(Span::seconds),
        }
    }
}

/// The claims of one deployment, but the last, which needs the others.
pub(super) fn claims(figures: &[Figures], probes: &Probes) -> Claims {
    let p99 = |f: &Figures| f.latency_percentiles.map(|percentiles| percentiles[3]);
    let positive = |value: f64| (value > 0.0).then_some(value);
    Claims {
        pay_per_use: PayPerUse {
            idle_share: mean(figures, |f| positive(f.per_month().to_f64()).map(|all| f.idle_money / all)),
        },
        automatic_scaling: AutomaticScaling {
            overshoot: mean(figures, |f| f.spare.overshoot),
            shortfall: mean(figures, |f| f.spare.shortfall),
        },
        elasticity: probes.step.as_ref().map(Elasticity::of).unwrap_or_default(),
        fast_response: FastResponse {
            latency_p99_s: mean(figures, p99),
            execution_p99_s: mean(figures, |f| f.spare.execution_p99),
            // Both are read from buckets, of which the second may be read higher.
            tail_inflation: mean(figures, |f| Some((p99(f)? / f.spare.execution_p99.and_then(positive)?).max(1.0))),
            delayed_share: mean(figures, |f| positive(f.counts.completed).map(|all| f.spare.delayed / all)),
        },
        lower_price: LowerPrice::default(),
    }
}

/// Fills in what each costs against the cheapest other that will do.
pub(super) fn compare_prices(deployments: &mut [DeploymentResult]) {
    let prices: Vec<LowerPrice> = deployments
        .iter()
        .map(|one| LowerPrice::of(one, deployments.iter().filter(|other| other.name != one.name)))
        .collect();
    for (deployment, price) in deployments.iter_mut().zip(prices) {
        deployment.claims.lower_price = price;
    }
}

impl LowerPrice {
    fn of<'a>(one: &DeploymentResult, others: impl Iterator<Item = &'a DeploymentResult>) -> Self {
        let comparable = others.filter(|other| other.cost.currency == one.cost.currency && other.meets());
        let Some(cheapest) = comparable.min_by_key(|other| other.cost.per_month) else { return Self::default() };
        let (mine, theirs) = (one.cost.per_month.to_f64(), cheapest.cost.per_month.to_f64());
        Self { ratio: (theirs > 0.0).then(|| mine / theirs), against: Some(cheapest.name.clone()) }
    }
}

/// What of the monthly bill of a site is paid for capacity that did nothing. What a commitment, or reserved capacity, cost
/// without being used is idle whatever the instances do; the rest of it counts as what it covered.
pub fn idle_money(cover: &Cover, usage: &Usage, site: &SiteTally) -> f64 {
    let idle = |part: u128, whole: u128| if whole > 0 { 1.0 - (part as f64 / whole as f64).min(1.0) } else { 1.0 };
    let instances = idle(site.worked_ns() * 1_000, site.paid_milli_place_ns());
    let provisioned = idle(usage.total(Meter::ProvisionedCompute), usage.total(Meter::ProvisionedConcurrency));
    let share = |meter: Option<Meter>| match meter.map(Basis::of) {
        Some(Basis::Execution | Basis::Volume | Basis::Surplus) => 0.0,
        Some(Basis::Provisioned) => provisioned,
        Some(Basis::Instances | Basis::Clock) | None => instances,
    };
    let of_line = |line: &Line| line.amount.to_f64() * share(line.meter);
    let of_commitment = |part: &PaidFor| part.amount * part.meter.map_or(1.0, |meter| share(Some(meter)));
    let lines = cover.month.lines.iter().filter(|line| line.meter.is_some() || cover.committed.is_empty());
    lines.map(of_line).sum::<f64>() + cover.committed.iter().map(of_commitment).sum::<f64>()
}

/// A minute is covered if an invocation waits for no longer than this on average, or than this part of its work.
const WAIT_S: f64 = 0.1;
const WAIT_OF_WORK: f64 = 0.1;
/// And if no more are refused.
const REFUSED: f64 = 0.01;
const MINUTE_NS: u64 = 60_000_000_000;

impl Elasticity {
    fn of(step: &Step) -> Self {
        let (timeline, end) = (&step.tally.timeline, step.tally.window().end);
        let width = timeline.width().ns();
        let after = &timeline.buckets[((step.at.ns() / width) as usize).min(timeline.buckets.len())..];
        let minute = (MINUTE_NS.div_ceil(width) as usize).min(after.len().max(1));
        let covered = after.windows(minute).position(|minute| is_covered(minute, step.mean_work));
        let until = covered.map_or(after.len(), |first| first.max(minute)).min(after.len());
        Self {
            reaction_s: covered.map(|first| SimTime::from_ns(first as u64 * width).since(SimTime::ZERO).seconds()),
            extra_latency_s: mean_wait(&after[..until]),
            probe_s: Some(end.since(step.at).seconds()),
            from_per_s: Some(step.from_per_s),
            to_per_s: Some(step.to_per_s),
        }
    }
}

/// Seconds of waiting by invocation; `None` if there was none of them.
fn mean_wait(buckets: &[Bucket]) -> Option<f64> {
    let waiting: u128 = buckets.iter().map(|bucket| bucket.waiting_ns).sum();
    let offered: u64 = buckets.iter().map(|bucket| bucket.offered).sum();
    (offered > 0).then(|| waiting as f64 / 1e9 / offered as f64)
}

fn is_covered(minute: &[Bucket], mean_work: f64) -> bool {
    let refused: u64 = minute.iter().map(|bucket| bucket.refused).sum();
    let offered: u64 = minute.iter().map(|bucket| bucket.offered).sum();
    let waits = mean_wait(minute).unwrap_or(0.0);
    waits <= WAIT_S.max(WAIT_OF_WORK * mean_work) && refused as f64 <= REFUSED * offered as f64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::billing::Invoice;
    use crate::record::{Record, Window};
    use crate::units::{Calendar, Currency, Money};

    fn second(s: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(s)
    }

    /// A line of 10 dollars.
    pub fn line(meter: Option<Meter>) -> Line {
        Line {
            month: None,
            meter,
            provider: String::new(),
            service: String::new(),
            item: String::new(),
            quantity: 1.into(),
            unit: String::new(),
            price: Money(10.into()),
            amount: Money(10.into()),
            tier: None,
        }
    }

    #[track_caller]
    fn check_idle(lines: &[Option<Meter>], idle: f64) {
        let lines = lines.iter().map(|meter| line(*meter)).collect();
        let invoice = Invoice { currency: Currency::Usd, lines, upfront: Money::ZERO };
        // One place of four works; three of ten provisioned ones do.
        let mut site = SiteTally::default();
        (site.milli_place_ns, site.busy_ns) = (4_000, 1);
        let month = Calendar::default().month_of(SimTime::ZERO);
        let mut usage = Usage::default();
        usage.add(month, Meter::ProvisionedCompute, 3);
        usage.add(month, Meter::ProvisionedConcurrency, 10);
        let cover = Cover { window: invoice.clone(), month: invoice, served: Vec::new(), committed: Vec::new() };
        let found = idle_money(&cover, &usage, &site);
        assert!((found - idle).abs() < 1e-12, "{found} instead of {idle}");
    }

    #[test]
    fn money_for_capacity_is_idle_as_far_as_the_capacity_is() {
        check_idle(&[Some(Meter::Requests), Some(Meter::Compute), Some(Meter::ProvisionedCompute)], 0.0);
        check_idle(&[Some(Meter::InstanceTime)], 7.5);
        check_idle(&[Some(Meter::ProvisionedConcurrency), Some(Meter::ProvisionedCompute)], 7.0);
        check_idle(&[Some(Meter::InstanceTime), Some(Meter::Requests), None], 15.0);
    }

    /// Four cores for 10 s, of which two work; three jobs want one in the last 5 s, and two have them.
    #[test]
    fn areas_are_what_is_held_and_missing_over_what_is_used() {
        let mut tally = Tally::new(Window::new(Span::ZERO, Span::from_secs(10), Calendar::default()), false, false);
        tally.instance(second(0), second(10), 4_000, 0);
        tally.cores(second(0), second(5), 2_000, 0);
        tally.cores(second(5), second(10), 2_000, 1_000);
        let spare = Spare::of(&tally, Histogram::default());
        assert_eq!((spare.overshoot, spare.shortfall), (Some(20.0 / 20.0), Some(5.0 / 20.0)));
        let unused = Spare::of(&Tally::new(tally.window().clone(), false, false), Histogram::default());
        assert_eq!((unused.overshoot, unused.shortfall), (None, None));
    }

    /// A probe of 400 s in intervals of 1 s: one arrival a second, a step at 100 s, and from it waiting of `wait` seconds
    /// a second for `lasts` seconds.
    #[track_caller]
    fn check_reaction(wait: u64, lasts: u64, reaction: Option<f64>, extra: f64) {
        let mut tally = Tally::new(Window::new(Span::ZERO, Span::from_secs(400), Calendar::default()), false, false);
        let width = tally.timeline.width();
        assert_eq!(width.seconds(), 1.0);
        for (index, bucket) in tally.timeline.buckets.iter_mut().enumerate() {
            bucket.offered = 1;
            let waits = (100..100 + lasts).contains(&(index as u64));
            bucket.waiting_ns = if waits { u128::from(wait) * 1_000_000_000 } else { 0 };
        }
        let step = Step { tally, at: second(100), from_per_s: 1.0, to_per_s: 1.0, mean_work: 0.01 };
        let found = Elasticity::of(&step);
        assert_eq!((found.reaction_s, found.probe_s), (reaction, Some(300.0)), "{wait} s for {lasts} s");
        assert!((found.extra_latency_s.unwrap() - extra).abs() < 1e-12, "{found:?}");
    }

    /// A tenth of a second on average is six seconds a minute.
    #[test]
    fn a_step_is_followed_when_a_minute_waits_no_longer_than_a_tenth_of_a_second() {
        check_reaction(0, 0, Some(0.0), 0.0);
        check_reaction(1, 6, Some(0.0), 0.1);
        check_reaction(1, 126, Some(120.0), 1.0);
        check_reaction(2, 300, None, 2.0);
    }

    #[test]
    fn who_is_refused_is_not_covered() {
        let minute = [Bucket { offered: 100, refused: 1, ..Bucket::default() }];
        assert!(is_covered(&minute, 1.0));
        assert!(!is_covered(&[Bucket { refused: 2, ..minute[0] }], 1.0));
        // Ten seconds of work may wait for one.
        assert!(is_covered(&[Bucket { waiting_ns: 100_000_000_000, ..minute[0] }], 10.0));
        assert!(!is_covered(&[Bucket { waiting_ns: 100_000_000_001, ..minute[0] }], 10.0));
    }
}
