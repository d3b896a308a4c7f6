//! What a bill is paid for: every line divided among causes, so that they add up to it exactly.
//!
//! A line is divided by what the record knows of its site. Each part but the largest is rounded to the twelve decimals of a
//! line; the largest takes what is left, so nothing is lost or paid twice.

use std::iter::Sum;
use std::ops::Add;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::assemble::mean_money;
use super::basis::Basis;
use super::capacity::counted;
use super::owned_bill::AT_WORK;
use crate::billing::commitment::Cover;
use crate::billing::{Invoice, Meter, Usage, exact};
use crate::ids::SiteId;
use crate::record::{Billing, Bucket, Duration, SiteTally, Tally};
use crate::units::Money;

/// What `per_month` was paid for. All but `variable` add up to it exactly; rounding goes to the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByCause {
    /// Executing: of functions the time of execution itself, of instances the part of their places that did work that was
    /// asked for; also work beyond the credits of burstable servers, and the energy of work on what is owned.
    pub work: Money,
    /// Starting: init that is billed, and instances or nodes that are paid for before they have a place.
    pub cold_start: Money,
    /// Billed durations beyond start-up and execution: increments and minimums of functions.
    pub rounding: Money,
    /// Fees by the request.
    pub requests: Money,
    /// Capacity that did nothing, up to the peak of demand, and what of commitments nobody used.
    pub idle: Money,
    /// Capacity beyond the demand of the interval of the time-line in which that is greatest.
    pub over_provisioning: Money,
    /// What requests carry: to the internet, between regions and zones, through balancers and address translation.
    pub transfer: Money,
    /// What runs by the clock whatever is asked: balancers, control planes, gateways, disks; of what is owned, space and
    /// people.
    pub standing: Money,
    /// No part of the sum: the part of the month that grows with the number of invocations if nothing is resized, which is
    /// executions on demand or metered as such, requests, transfer, surplus credits, and the energy of work. What is
    /// committed does not grow.
    pub variable: Money,
}

/// The fields of [`ByCause`] that add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Work,
    ColdStart,
    Rounding,
    Requests,
    Idle,
    OverProvisioning,
    Transfer,
    Standing,
}

/// Parts of a whole of one.
type Shares = Vec<(Cause, f64)>;

impl ByCause {
    /// All that adds up: `per_month`.
    pub fn total(&self) -> Money {
        let mut copy = *self;
        copy.fields().into_iter().map(|field| *field).sum()
    }

    /// In the order of [`Cause`].
    fn fields(&mut self) -> [&mut Money; 8] {
        [
            &mut self.work,
            &mut self.cold_start,
            &mut self.rounding,
            &mut self.requests,
            &mut self.idle,
            &mut self.over_provisioning,
            &mut self.transfer,
            &mut self.standing,
        ]
    }

    /// Divides an amount; the greatest part takes what rounding leaves.
    fn divide(&mut self, amount: Money, shares: &Shares) {
        let greatest = (0..shares.len()).reduce(|most, next| if shares[next].1 > shares[most].1 { next } else { most });
        let Some(greatest) = greatest else { return };
        let whole: f64 = shares.iter().map(|(_, share)| share).sum();
        let fields = self.fields();
        let mut left = amount;
        for (index, (cause, share)) in shares.iter().enumerate() {
            let share = Decimal::from_f64_retain(share / whole).filter(|_| index != greatest);
            let part = share.and_then(|share| amount.0.checked_mul(share)).unwrap_or_default();
            let part = Money(part.round_dp(exact::PLACES));
            *fields[*cause as usize] += part;
            left = left - part;
        }
        *fields[shares[greatest].0 as usize] += left;
    }

    /// The mean over replications, of which the sum is the mean of the sums; `None` without any.
    pub(super) fn mean(causes: impl ExactSizeIterator<Item = Self> + Clone) -> Option<Self> {
        if causes.len() == 0 {
            return None;
        }
        let total = mean_money(causes.clone().map(|causes| causes.total()));
        let mut mean = Self { variable: mean_money(causes.clone().map(|causes| causes.variable)), ..Self::default() };
        for (index, field) in mean.fields().into_iter().enumerate() {
            *field = mean_money(causes.clone().map(|mut causes| *causes.fields()[index]));
        }
        let left = total - mean.total();
        let mut fields = mean.fields();
        let greatest = (0..fields.len()).reduce(|most, next| if *fields[next] > *fields[most] { next } else { most });
        greatest.into_iter().for_each(|greatest| *fields[greatest] += left);
        Some(mean)
    }
}

impl Add for ByCause {
    type Output = Self;

    fn add(mut self, mut other: Self) -> Self {
        self.variable += other.variable;
        self.fields().into_iter().zip(other.fields()).for_each(|(mine, theirs)| *mine += *theirs);
        self
    }
}

impl Sum for ByCause {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::add)
    }
}

/// What the month of one site is paid for. `usage`: of the site, at the pace of the window.
pub(super) fn of_site(cover: &Cover, usage: &Usage, tally: &Tally, index: usize) -> ByCause {
    let site = Place { usage, tally, index, billing: tally.billing(SiteId::new(index)), site: &tally.sites[index] };
    let mut causes = ByCause::default();
    for line in &cover.month.lines {
        match line.meter {
            Some(meter) => {
                causes.divide(line.amount, &site.shares(meter));
                causes.variable += if grows(meter) { line.amount } else { Money::ZERO };
            }
            None if cover.committed.is_empty() => causes.divide(line.amount, &site.of_instances()),
            None => {}
        }
    }
    if !cover.committed.is_empty() {
        let unmetered = cover.month.lines.iter().filter(|line| line.meter.is_none()).map(|line| line.amount).sum();
        let parts = cover.committed.iter().flat_map(|part| {
            let shares = part.meter.map_or_else(|| vec![(Cause::Idle, 1.0)], |meter| site.shares(meter));
            shares.into_iter().map(|(cause, share)| (cause, share * part.amount))
        });
        let parts: Shares = parts.filter(|(_, part)| *part > 0.0).collect();
        causes.divide(unmetered, &if parts.is_empty() { vec![(Cause::Idle, 1.0)] } else { parts });
    }
    causes
}

/// What the month of what is owned at a site is paid for, of which the part `unused` did nothing. Servers, spares, network
/// gear, the money bound in them, idle power, maintenance and licences are capacity; space and people stand.
pub(super) fn of_owned(month: &Invoice, unused: f64, tally: &Tally, index: usize) -> ByCause {
    let over = beyond_peak(tally, index).min(unused);
    let capacity = vec![(Cause::Work, 1.0 - unused), (Cause::Idle, unused - over), (Cause::OverProvisioning, over)];
    let mut causes = ByCause::default();
    for line in &month.lines {
        match line.item.as_str() {
            AT_WORK => {
                causes.work += line.amount;
                causes.variable += line.amount;
            }
            "space" | "administrators" => causes.standing += line.amount,
            _ => causes.divide(line.amount, &capacity),
        }
    }
    causes
}

/// Whether what is paid by it grows with invocations.
const fn grows(meter: Meter) -> bool {
    matches!(Basis::of(meter), Basis::Execution | Basis::Volume | Basis::Surplus)
}

/// A site whose bill is divided.
struct Place<'a> {
    usage: &'a Usage,
    tally: &'a Tally,
    index: usize,
    billing: Billing,
    site: &'a SiteTally,
}

impl Place<'_> {
    fn shares(&self, meter: Meter) -> Shares {
        match (Basis::of(meter), meter) {
            (_, Meter::Requests) => vec![(Cause::Requests, 1.0)],
            (_, Meter::ProvisionedCompute) => of_duration(self.billing.provisioned),
            (_, Meter::EphemeralStorage) => of_duration(self.billing.storage),
            (Basis::Execution, _) => of_duration(self.billing.on_demand),
            (Basis::Volume, _) => vec![(Cause::Transfer, 1.0)],
            (Basis::Surplus, _) => vec![(Cause::Work, 1.0)],
            (Basis::Provisioned, _) => self.of_provisioned(),
            (Basis::Clock, _) | (_, Meter::Storage) => vec![(Cause::Standing, 1.0)],
            (Basis::Instances, _) => self.of_instances(),
        }
    }

    /// Of servers, tasks or nodes. A place is paid for from the time on that its instance is ready; what is paid before is a
    /// cold start. On a cluster the cores of a node that starts are among those that are paid for.
    fn of_instances(&self) -> Shares {
        let site = self.site;
        let used = part(site.worked_ns() * 1_000, site.paid_milli_place_ns());
        let over = beyond_peak(self.tally, self.index);
        if let Some(cluster) = &site.cluster {
            let starting = (1.0 - part(cluster.node_ns, cluster.paid_node_ns)).min(1.0 - used);
            return capacity(used, starting, (over - starting).clamp(0.0, 1.0 - used - starting));
        }
        let starting = part(site.starting_ns, site.instance_ns);
        let there = 1.0 - starting;
        capacity(used * there, starting, over.min(1.0 - used) * there)
    }

    /// Instances kept ready for functions: in use as far as executions on them are metered, and beyond the peak where the
    /// whole of executions, in the interval whose arrivals ask for most, holds less memory than is provisioned on average.
    fn of_provisioned(&self) -> Shares {
        let held = self.usage.total(Meter::ProvisionedConcurrency);
        let used = part(self.usage.total(Meter::ProvisionedCompute), held);
        let most = counted(self.tally).into_iter().map(|(bucket, ns)| bucket.compute as f64 * 1e6 / ns);
        let mean = held as f64 * 1e6 / (self.tally.window().end.ns() as f64).max(1.0);
        let over = if mean > 0.0 { (1.0 - most.fold(0.0, f64::max) / mean).max(0.0) } else { 0.0 };
        capacity(used, 0.0, over.min(1.0 - used))
    }
}

/// Of capacity; the rest is idle.
fn capacity(used: f64, starting: f64, over: f64) -> Shares {
    let idle = (1.0 - used - starting - over).max(0.0);
    vec![(Cause::Work, used), (Cause::ColdStart, starting), (Cause::Idle, idle), (Cause::OverProvisioning, over)]
}

fn of_duration(of: Duration) -> Shares {
    let (init, beyond) = (part(of.init, of.billed), part(of.beyond, of.billed));
    vec![(Cause::Work, (1.0 - init - beyond).max(0.0)), (Cause::ColdStart, init), (Cause::Rounding, beyond)]
}

/// At most one; zero of nothing.
fn part(part: u128, whole: u128) -> f64 {
    if whole > 0 { (part as f64 / whole as f64).min(1.0) } else { 0.0 }
}

/// The share of what is paid for that lies above the greatest demand of an interval of the time-line, in places and not in
/// whole servers. Of nodes, and at one of several sites, which the time-line adds up, only means are known: capacity on
/// average above that demand, or above the most invocations that were ever at that site at once.
fn beyond_peak(tally: &Tally, index: usize) -> f64 {
    let (intervals, site) = (counted(tally), &tally.sites[index]);
    let demand = intervals.iter().map(|(bucket, ns)| bucket.demand_ns as f64 / ns).fold(0.0, f64::max);
    let above = |held: f64, peak: f64| if held > 0.0 { (1.0 - peak / held).max(0.0) } else { 0.0 };
    if site.cluster.is_none() && tally.sites.len() == 1 {
        let places = |bucket: &Bucket| bucket.milli_place_ns as f64 / 1e3;
        let held: f64 = intervals.iter().map(|(bucket, _)| places(bucket)).sum();
        let beyond: f64 = intervals.iter().map(|(bucket, ns)| (places(bucket) - demand * ns).max(0.0)).sum();
        return above(held, held - beyond);
    }
    let time = tally.window().end.since(tally.window().warmup).ns() as f64;
    let peak = if tally.sites.len() == 1 { demand } else { site.busy_peak().into() };
    above(site.paid_milli_place_ns() as f64 / 1e3, peak * time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::commitment::PaidFor;
    use crate::ids::FunctionId;
    use crate::record::{Bill, Billed, Fate, Meters, Outcome, Record, Window};
    use crate::results::claims::idle_money;
    use crate::results::claims::tests::line;
    use crate::units::{Calendar, Currency, SimTime, Span};

    fn second(s: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(s)
    }

    fn window() -> Window {
        Window::new(Span::ZERO, Span::from_secs(10), Calendar::default())
    }

    /// A bill of lines of 10 dollars.
    fn cover(lines: &[Option<Meter>]) -> Cover {
        let lines = lines.iter().map(|meter| line(*meter)).collect();
        let invoice = Invoice { currency: Currency::Usd, lines, upfront: Money::ZERO };
        Cover { window: invoice.clone(), month: invoice, served: Vec::new(), committed: Vec::new() }
    }

    /// Four places for 10 s: two work for 5 s, then one, so 15 place-seconds of 40 and never more than two of four.
    /// `starts`: one more member for so long, which is paid for and not ready.
    fn servers(starts: u64) -> Tally {
        let mut tally = Tally::new(window(), false, false);
        tally.instance(second(0), second(10), 4_000, 0);
        tally.cores(second(0), second(5), 2_000, 0);
        tally.cores(second(5), second(10), 1_000, 0);
        tally.instance(second(0), second(starts), 0, 0);
        tally.finish();
        tally
    }

    /// `[work, cold start, rounding, requests, idle, over-provisioning, transfer, standing]`, and what is variable.
    #[track_caller]
    fn check(cover: &Cover, tally: &Tally, expected: [f64; 8], variable: f64) {
        let mut causes = of_site(cover, &tally.pace()[0], tally, 0);
        assert_eq!(causes.total(), cover.month.total());
        assert_eq!(causes.variable.to_f64(), variable);
        let found = causes.fields().map(|field| field.to_f64());
        let near = found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-11);
        assert!(near, "{found:?} instead of {expected:?}");
    }

    #[test]
    fn instances_are_paid_for_work_for_idling_below_the_peak_and_for_what_nobody_ever_needs() {
        let expected = [3.75, 0.0, 0.0, 0.0, 1.25, 5.0, 0.0, 0.0];
        check(&cover(&[Some(Meter::InstanceTime)]), &servers(0), expected, 0.0);
        // A line that no meter names is paid for instances.
        check(&cover(&[None]), &servers(0), expected, 0.0);
    }

    /// A third of the instance time passes before there is a place.
    #[test]
    fn instances_are_paid_for_before_they_are_ready() {
        let expected = [2.5, 10.0 / 3.0, 0.0, 0.0, 2.5 / 3.0, 10.0 / 3.0, 0.0, 0.0];
        check(&cover(&[Some(Meter::InstanceTime)]), &servers(5), expected, 0.0);
    }

    #[test]
    fn what_stands_and_what_requests_carry_are_causes_of_their_own() {
        let standing = [Meter::BalancerTime, Meter::ClusterTime, Meter::NatTime, Meter::Storage].map(Some);
        check(&cover(&standing), &servers(0), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 40.0], 0.0);
        let carried = [Meter::TransferInternet, Meter::TransferZone, Meter::BalancerUnits, Meter::NatBytes].map(Some);
        check(&cover(&carried), &servers(0), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 40.0, 0.0], 40.0);
        let used = [Meter::Requests, Meter::SurplusCredits].map(Some);
        check(&cover(&used), &servers(0), [10.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0], 20.0);
    }

    /// Of 10 dollars for commitments, 4 cover instances, 1 executions and 5 nothing; none of it grows with use.
    #[test]
    fn a_commitment_is_paid_for_what_it_covers_and_idle_beyond() {
        let mut cover = cover(&[None, Some(Meter::InstanceTime)]);
        let part = |meter, amount| PaidFor { meter, amount };
        cover.committed = vec![part(Some(Meter::InstanceTime), 4.0), part(None, 5.0), part(Some(Meter::Requests), 1.0)];
        check(&cover, &servers(0), [3.75 * 1.4, 0.0, 0.0, 1.0, 1.25 * 1.4 + 5.0, 5.0 * 1.4, 0.0, 0.0], 0.0);
    }

    /// Two executions on demand, of 30 ms after a start-up of 50 ms and of 150 ms, and one of 110 ms on a provisioned
    /// instance, in increments of 100 ms; of 1 GiB, one of which is provisioned.
    fn functions() -> Tally {
        let mut tally = Tally::new(window(), false, false);
        let function = FunctionId::new(0);
        tally.register(function, Meters { memory_mib: 1_024, ephemeral_mib: 512, slots: 1 });
        let billed = |ms, init, beyond| Billed { ms, init: Span::from_ms(init), beyond: Span::from_ms(beyond) };
        for (execution, bill) in [
            (30, Bill::OnDemand(billed(100, 50, 20))),
            (150, Bill::OnDemand(billed(200, 0, 50))),
            (110, Bill::Provisioned(billed(200, 0, 90))),
        ] {
            tally.outcome(&Outcome {
                function,
                arrived: second(1),
                taken: second(1),
                fate: Fate::Completed,
                network: Span::ZERO,
                queue: Span::ZERO,
                cold_start: Span::ZERO,
                execution: Span::from_ms(execution),
                stretch: Span::ZERO,
                batch: Span::ZERO,
                cold: false,
                bill,
            });
        }
        let held = crate::record::Held { from: second(0), until: second(10), billed_until: second(10) };
        tally.meter(Meter::ProvisionedConcurrency, held, 1_024);
        tally.finish();
        tally
    }

    #[test]
    fn a_duration_is_execution_start_up_and_what_increments_add() {
        let [executed, init, beyond] = [180.0, 50.0, 70.0].map(|ms| 10.0 * ms / 300.0);
        let expected = [executed, init, beyond, 0.0, 0.0, 0.0, 0.0, 0.0];
        check(&cover(&[Some(Meter::Compute)]), &functions(), expected, 10.0);
        let expected = [5.5, 0.0, 4.5, 0.0, 0.0, 0.0, 0.0, 0.0];
        check(&cover(&[Some(Meter::ProvisionedCompute)]), &functions(), expected, 10.0);
        let [executed, init, beyond] = [290.0, 50.0, 160.0].map(|ms| 10.0 * ms / 500.0);
        let expected = [executed, init, beyond, 0.0, 0.0, 0.0, 0.0, 0.0];
        check(&cover(&[Some(Meter::EphemeralStorage)]), &functions(), expected, 10.0);
    }

    /// 0.2 s of 10 s; all executions of the fullest interval, of 10 ms, would keep fifty busy.
    #[test]
    fn provisioned_instances_are_idle_as_far_as_nothing_executes_on_them() {
        let expected = [0.2, 0.0, 0.0, 0.0, 9.8, 0.0, 0.0, 0.0];
        check(&cover(&[Some(Meter::ProvisionedConcurrency)]), &functions(), expected, 0.0);
    }

    /// What is idle is the same money as in the claim, but for what stands by the clock and for starting: the claim takes
    /// both for as idle as the places are.
    #[test]
    fn idle_money_is_that_of_the_claim() {
        for (meters, starts) in [
            (vec![Some(Meter::InstanceTime), Some(Meter::Requests), None], 0),
            (vec![Some(Meter::InstanceTime), Some(Meter::BalancerTime), Some(Meter::Storage)], 0),
            (vec![Some(Meter::InstanceTime)], 5),
        ] {
            let (cover, tally) = (cover(&meters), servers(starts));
            let causes = of_site(&cover, &tally.pace()[0], &tally, 0);
            let claim = idle_money(&cover, &tally.pace()[0], &tally.sites[0]);
            let unused = 25.0 / 40.0;
            let beside = unused * (causes.standing + causes.cold_start).to_f64();
            let idle = (causes.idle + causes.over_provisioning).to_f64();
            assert!((idle + beside - claim).abs() < 1e-9, "{meters:?}: {idle} + {beside} instead of {claim}");
        }
    }

    #[test]
    fn the_mean_over_replications_adds_up_though_thirds_do_not() {
        let cents = |work: i64, idle: i64| ByCause {
            work: Money(Decimal::new(work, 2)),
            idle: Money(Decimal::new(idle, 2)),
            ..ByCause::default()
        };
        let all = [cents(1, 2), cents(1, 1), cents(2, 2)];
        let mean = ByCause::mean(all.into_iter()).expect("a mean");
        assert_eq!(mean.total(), mean_money(all.iter().map(ByCause::total)));
        assert_eq!(mean.work, Money("0.013333333333".parse().expect("a number")));
        assert_eq!(ByCause::mean([].into_iter()), None);
    }
}
