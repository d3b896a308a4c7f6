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
