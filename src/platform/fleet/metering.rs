//! What a fleet is metered by: its members, and what stands beside them.

use crate::billing::Meter;
use crate::record::{Held, Record};
use crate::units::{SimTime, Span};

use super::{FleetSpec, Metering};

/// The life of one member. `taken`: the provider ended it.
pub fn meter<R: Record>(spec: &FleetSpec, from: SimTime, until: SimTime, taken: bool, record: &mut R) {
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

/// What is there all the time.
pub fn standing<R: Record>(spec: &FleetSpec, end: SimTime, record: &mut R) {
    let held = Held { from: SimTime::ZERO, until: end, billed_until: end };
    for (meter, units_per_ms) in &spec.standing {
        record.meter(*meter, held, *units_per_ms);
    }
}

/// From `from` to `until`, but `minimum` at least, in whole increments.
pub fn billed(from: SimTime, until: SimTime, minimum: Span, increment: Span) -> Held {
    let increment = increment.max(Span::from_ns(1));
    let length = until.since(from).max(minimum).increments(increment).saturating_mul(increment.ns());
    Held { from, until, billed_until: from + Span::from_ns(length) }
}
