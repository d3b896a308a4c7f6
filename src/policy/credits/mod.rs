//! CPU credits of one burstable instance: how much of its processors it may use now, and what it owes for more.
//!
//! A credit is one vCPU-minute. Credits are earned all the time at a rate that equals the instance's baseline, up to 24
//! hours of earnings, and work spends them. Everything is whole parts of a credit, a thousandth of a vCPU for one
//! nanosecond, so `advance(a + b)` is `advance(a)` and `advance(b)` to the last part.
//!
//! Left out: T2's gradual slow-down over some minutes before the baseline is reached, the account-wide limit on
//! launch credits, and the seven days for which a stopped T3 keeps its balance.

mod table;

pub use table::BurstableType;

use crate::units::Span;

/// Milli-vCPU nanoseconds in one credit, one vCPU-minute.
const PARTS: u128 = 60_000_000_000 * 1_000;

/// What an instance can accumulate, and owe before it is charged: its earnings of this time.
const ACCRUAL: Span = Span::DAY;

/// An amount of CPU credits, in exact parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(u128);

impl Credits {
    pub const ZERO: Self = Self(0);

    pub const fn whole(credits: u32) -> Self {
        Self(credits as u128 * PARTS)
    }

    /// What `milli_vcpu` use in `time`.
    pub const fn used_by(milli_vcpu: u32, time: Span) -> Self {
        Self(milli_vcpu as u128 * time.ns() as u128)
    }

    /// Thousandths of a vCPU times nanoseconds: what amounts of several instances are added in.
    pub const fn parts(self) -> u128 {
        self.0
    }

    /// Nearest binary fraction of credits: for charts.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }
}

/// What happens when the credits are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditMode {
    /// The instance falls to its baseline.
    Standard,
    /// The instance goes on and owes surplus credits. Later earnings pay them back; what exceeds 24 hours of earnings,
    /// or is still owed at the end of the instance, is charged.
    Unlimited,
}

/// The credit rules of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditSpec {
    /// Baseline of the whole instance in thousandths of a vCPU, which is also the rate at which it earns.
    pub baseline_milli_vcpu: u32,
    /// Given at launch, spent first, and not counted against the most that can accumulate.
    pub launch: Credits,
    pub mode: CreditMode,
}

impl CreditSpec {
    /// Most credits that can be earned and kept.
    pub const fn most(&self) -> Credits {
        Credits::used_by(self.baseline_milli_vcpu, ACCRUAL)
    }
}

/// The credits of one instance. Knows no clock and no price: the caller says how long how much was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditLedger {
    spec: CreditSpec,
    launch: u128,
    /// Earned and not spent; below zero what an unlimited instance owes.
    earned: i128,
    charged: u128,
}

impl CreditLedger {
    /// An instance that has just been launched.
    pub const fn new(spec: CreditSpec) -> Self {
        Self { spec, launch: spec.launch.0, earned: 0, charged: 0 }
    }

    /// Earns for `elapsed` and spends what `busy_milli_vcpu` used in it. Returns what a standard instance cannot have
    /// used for want of credits, zero if it was held to [`CreditLedger::granted`] and asked again when
    /// [`CreditLedger::exhausted_in`] says.
    pub fn advance(&mut self, elapsed: Span, busy_milli_vcpu: u32) -> Credits {
        let rate = i128::from(self.spec.baseline_milli_vcpu);
        let busy = i128::from(busy_milli_vcpu);
        let launched = self.paid_by_launch(busy_milli_vcpu).min(elapsed.ns());
        self.launch -= u128::from(launched) * u128::from(busy_milli_vcpu);
        let mut left = elapsed.ns() - launched;
        let mut lacking = self.settle(launched, rate);
        if left > 0 && self.launch > 0 {
            // The last launch credits pay a part of this nanosecond.
            let rest = busy - self.launch as i128;
            self.launch = 0;
            left -= 1;
            lacking += self.settle(1, rate - rest);
        }
        lacking += self.settle(left, rate - busy);
        Credits(lacking)
    }

    /// How long `busy_milli_vcpu` can go on: `None` for ever. Until then [`CreditLedger::advance`] lacks nothing, and
    /// one nanosecond later it would.
    pub fn exhausted_in(&self, busy_milli_vcpu: u32) -> Option<Span> {
        let drain = i128::from(busy_milli_vcpu) - i128::from(self.spec.baseline_milli_vcpu);
        if self.spec.mode == CreditMode::Unlimited || drain <= 0 {
            return None;
        }
        let launched = self.paid_by_launch(busy_milli_vcpu);
        let mut then = self.clone();
        then.advance(Span::from_ns(launched), busy_milli_vcpu);
        let mixed = then.launch > 0;
        if mixed && then.advance(Span::from_ns(1), busy_milli_vcpu) > Credits::ZERO {
            return Some(Span::from_ns(launched));
        }
        let earned = u64::try_from(then.earned / drain).unwrap_or(u64::MAX);
        Some(Span::from_ns(launched.saturating_add(u64::from(mixed)).saturating_add(earned)))
    }

    /// What an instance that wants `busy_milli_vcpu` may use now: all of it, or its baseline if a standard instance
    /// has no credits left.
    pub fn granted(&self, busy_milli_vcpu: u32) -> u32 {
        match self.exhausted_in(busy_milli_vcpu) {
            Some(Span::ZERO) => busy_milli_vcpu.min(self.spec.baseline_milli_vcpu),
            _ => busy_milli_vcpu,
        }
    }

    /// Credits that can be spent, launch credits included.
    pub fn balance(&self) -> Credits {
        Credits(self.launch + self.earned.max(0).unsigned_abs())
    }

    /// Credits that were spent before they are earned, not yet paid back and not charged.
    pub fn surplus(&self) -> Credits {
        Credits(self.earned.min(0).unsigned_abs())
    }

    /// Surplus credits that have been charged: they are billed and never paid back.
    pub const fn charged_surplus(&self) -> Credits {
        Credits(self.charged)
    }

    /// Whole nanoseconds for which launch credits alone pay; earnings meanwhile accumulate.
    fn paid_by_launch(&self, busy_milli_vcpu: u32) -> u64 {
        let whole = self.launch.checked_div(u128::from(busy_milli_vcpu)).unwrap_or(u128::from(u64::MAX));
        u64::try_from(whole).unwrap_or(u64::MAX)
    }

    /// Adds `net` parts a nanosecond, which may be negative, within the limits. Returns what a standard instance lacks.
    fn settle(&mut self, ns: u64, net: i128) -> u128 {
        let most = self.spec.most().0 as i128;
        let least = if self.spec.mode == CreditMode::Unlimited { -most } else { 0 };
        let after = self.earned + net * i128::from(ns);
        self.earned = after.clamp(least, most);
        let beyond = (least - after).max(0).unsigned_abs();
        match self.spec.mode {
            CreditMode::Standard => beyond,
            CreditMode::Unlimited => {
                self.charged += beyond;
                0
            }
        }
    }
}

#[cfg(test)]
mod tests;
