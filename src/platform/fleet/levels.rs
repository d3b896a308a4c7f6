//! What a fleet reports of its capacity: members and their places, what was provided of what was wanted, saturation.

use crate::record::Record;
use crate::units::SimTime;

use super::member::State;
use super::model::Fleet;

impl Fleet {
    /// Records the capacity of `member` up to `at`, as the state in which it has been says.
    pub(super) fn end_capacity<R: Record>(&mut self, member: u32, at: SimTime, record: &mut R) {
        let here = &mut self.members[member as usize];
        let places = match here.state {
            State::InService | State::Leaving { .. } => self.spec.milli_places(),
            State::Launching | State::Away | State::Gone => 0,
        };
        let from = if here.state == State::Launching { here.billed_from } else { here.ready };
        if at > from {
            record.instance(from, at, places, self.spec.memory.mib());
        }
        here.ready = at;
    }

    /// What there was until now of what there should be.
    pub(super) fn provide<R: Record>(&mut self, at: SimTime, record: &mut R) {
        if self.tracks {
            let there = (self.rotation.len() as u32).min(self.life.target);
            record.provided(self.life.provided, at, there, self.life.target);
            self.life.provided = self.life.provided.max(at);
        }
    }

    /// All places have been taken until now, if they were.
    pub(super) fn close_saturation<R: Record>(&mut self, at: SimTime, record: &mut R) {
        if self.full as usize == self.loads.len() && self.full > 0 {
            record.saturated(self.full_since, at);
        }
    }

    pub(super) const fn open_saturation(&mut self, at: SimTime) {
        self.full_since = at;
    }
}
