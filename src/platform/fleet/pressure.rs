//! A fleet as a router sees it.

use crate::policy::route::Pressure;
use crate::units::Span;
use crate::workload::Invocation;

use super::Discipline;
use super::model::Fleet;
use super::request::parts;

impl Fleet {
    /// How a router sees this fleet when `invocation` comes.
    pub fn pressure(&self, invocation: &Invocation) -> Pressure {
        let function = self.functions[invocation.function.index()];
        let (work, rest) = parts(invocation.duration, &function);
        let places = self.rotation.len() as u32 * self.capacity;
        let in_the_way = f64::from((self.busy + self.waiting + 1).saturating_sub(places)) / f64::from(places.max(1));
        let shares = matches!(self.spec.discipline, Discipline::ProcessorSharing { .. });
        // Those in service share the cores with it; those that wait are served before it.
        let (stretch, wait) = if shares { (1.0 + in_the_way, 0.0) } else { (1.0, in_the_way) };
        Pressure {
            expected_wait: (places > 0).then(|| Span::from_seconds_f64(wait * self.offered_work.mean())),
            expected_service: Span::from_seconds_f64((work + rest).seconds() * stretch),
            available: !self.rotation.is_empty() || self.spec.shared_queue,
            ..self.occupancy()
        }
    }

    /// The part of it that does not depend on who comes.
    pub fn occupancy(&self) -> Pressure {
        let places = self.rotation.len() as u32 * self.capacity;
        Pressure { busy: self.busy, places, waiting: self.waiting, ..Pressure::default() }
    }
}
