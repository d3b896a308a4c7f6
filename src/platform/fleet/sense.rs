//! What the scaler of a fleet gets to see: means since it last looked.

use crate::policy::scaling::Sample;
use crate::units::SimTime;

use super::FleetSpec;
use super::member::{Member, State};

/// Integrals over time. A fleet without a scaler keeps none.
#[derive(Debug)]
pub struct Sense {
    on: bool,
    looked: SimTime,
    changed: SimTime,
    /// Requests in the system times ns.
    requests: u128,
    pub arrivals: u64,
    pub settled: Option<SimTime>,
}

impl Sense {
    pub fn new(spec: &FleetSpec) -> Self {
        Self {
            on: spec.scaler.is_some(),
            looked: SimTime::ZERO,
            changed: SimTime::ZERO,
            requests: 0,
            arrivals: 0,
            settled: None,
        }
    }

    /// `requests` have been in the system since the last change.
    #[inline]
    pub fn until(&mut self, at: SimTime, requests: u32) {
        if self.on {
            self.requests += u128::from(at.since(self.changed).ns()) * u128::from(requests);
            self.changed = at;
        }
    }

    /// Looks, and begins a new interval. Everything has been brought up to `at`.
    pub fn sample(&mut self, at: SimTime, members: &mut [Member], milli_places: u32, waiting: u32) -> Sample {
        let interval = at.since(self.looked).ns();
        let mut sample = Sample { at, waiting, arrivals: self.arrivals, settled: self.settled, ..Sample::default() };
        let (mut worked, mut measured) = (0, 0);
        for member in members {
            match member.state {
                State::InService if member.warm_at <= at => {
                    sample.ready += 1;
                    sample.young += u32::from(member.measured_from >= at);
                    measured += u128::from(at.since(member.measured_from.max(self.looked)).ns());
                    worked += member.worked;
                }
                State::InService => sample.unready += 1,
                State::Launching => {
                    sample.unready += 1;
                    sample.launching += 1;
                }
                State::Leaving { .. } | State::Away | State::Gone => {}
            }
            member.worked = 0;
        }
        let most = measured * u128::from(milli_places);
        let sample = Sample {
            utilization: (most > 0).then(|| worked as f64 / most as f64),
            concurrency: if interval > 0 { self.requests as f64 / interval as f64 } else { 0.0 },
            ..sample
        };
        (self.looked, self.requests, self.arrivals) = (at, 0, 0);
        sample
    }
}
