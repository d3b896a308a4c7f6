//! What a member is metered by: its time, what it is made of, a lease at a price that changes, its credits.

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
}

pub fn meter<R: Record>(spec: &FleetSpec, from: SimTime, until: SimTime, taken: bool, record: &mut R) {
    match spec.metering {
        Metering::Instances { minimum, increment } => {
            record.meter(Meter::InstanceTime, billed(from, until, minimum, increment), 1);
        }
        Metering::Tasks { minimum, increment, milli_vcpu } => {
            let held = billed(from, until, minimum, increment);
            record.meter(Meter::VcpuTime, held, milli_vcpu.into());
            record.meter(Meter::MemoryTime, held, spec.memory.mib());
        }
        Metering::Spot => record.leased(from, until, taken),
        Metering::Elsewhere => {}
    }
}

fn billed(from: SimTime, until: SimTime, minimum: Span, increment: Span) -> Held {
    let increment = increment.max(Span::from_ns(1));
    let length = until.since(from).max(minimum).increments(increment).saturating_mul(increment.ns());
    Held { from, until, billed_until: from + Span::from_ns(length) }
}
