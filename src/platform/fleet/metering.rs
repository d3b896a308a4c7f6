//! What a fleet is metered by: the time of its members, what they are made of, leases at a price that changes, credits, and
//! what stands beside the members.

use crate::billing::Meter;
use crate::record::{Held, Record};
use crate::units::{SimTime, Span};

use super::model::Fleet;
use super::{FleetSpec, Metering};

impl Fleet {
    /// Meters the life of `member`, which is idle, up to `at`. `taken`: the provider ended it.
    pub(super) fn meter<R: Record>(&mut self, member: u32, at: SimTime, taken: bool, record: &mut R) {
        let here = &mut self.members[member as usize];
        let (from, until) = (here.billed_from, at.min(self.life.end));
        if let Some(burst) = &mut here.burst {
            burst.spend(until, 0, self.life.end, record);
            burst.close(until, record);
        }
        if until > from {
            meter(&self.spec, from, until, taken, record);
        }
    }

    /// Meters a server of the warm pool from `since` to `at`.
    pub(super) fn meter_prepared<R: Record>(&self, since: SimTime, at: SimTime, record: &mut R) {
        let until = at.min(self.life.end);
        if since < until {
            meter(&self.spec, since, until, false, record);
        }
    }

    /// What there is beside the members at the end: those that stand by, nodes, and what is there all the time.
    pub(super) fn meter_beside<R: Record>(&mut self, end: SimTime, record: &mut R) {
        self.close_pool(end, record);
        if let Some(hosting) = &mut self.life.hosting {
            hosting.close(end, record);
        }
        let held = Held { from: SimTime::ZERO, until: end, billed_until: end };
        for (meter, units_per_ms) in &self.spec.standing {
            record.meter(*meter, held, *units_per_ms);
        }
    }
}

fn meter<R: Record>(spec: &FleetSpec, from: SimTime, until: SimTime, taken: bool, record: &mut R) {
    match spec.metering {
        Metering::Instances { minimum, increment } => {
            record.meter(Meter::InstanceTime, billed(from, until, minimum, increment), 1);
        }
        Metering::Tasks { minimum, increment, milli_vcpu, storage, licensed } => {
            let held = billed(from, until, minimum, increment);
            let vcpu = u64::from(milli_vcpu);
            let licence = if licensed { vcpu } else { 0 };
            let meters = [Meter::VcpuTime, Meter::LicenceTime, Meter::MemoryTime, Meter::Storage];
            for (meter, units) in meters.into_iter().zip([vcpu, licence, spec.memory.mib(), storage.mib()]) {
                record.meter(meter, held, units);
            }
        }
        Metering::Spot => record.leased(from, until, taken),
        Metering::Elsewhere => {}
    }
}

/// From `from` to `until`, but `minimum` at least, in whole increments.
pub fn billed(from: SimTime, until: SimTime, minimum: Span, increment: Span) -> Held {
    let increment = increment.max(Span::from_ns(1));
    let length = until.since(from).max(minimum).increments(increment).saturating_mul(increment.ns());
    Held { from, until, billed_until: from + Span::from_ns(length) }
}
