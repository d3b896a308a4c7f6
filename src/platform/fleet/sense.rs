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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    fn s(second: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(second)
    }

    /// A member of one place that has been measured from `from` on and at work for `worked` seconds of it.
    fn member(warm_at: u64, from: u64, worked: u64) -> Member {
        let worked = u128::from(worked) * 1_000_000_000 * 1_000;
        let mut member = Member::new(None);
        (member.state, member.worked) = (State::InService, worked);
        (member.warm_at, member.measured_from) = (s(warm_at), s(from));
        member
    }

    #[track_caller]
    fn check(mut members: Vec<Member>, (ready, young, unready): (u32, u32, u32), utilization: Option<f64>) {
        let mut sense = Sense { looked: s(0), on: true, changed: s(0), requests: 0, arrivals: 0, settled: None };
        let sample = sense.sample(s(60), &mut members, 1_000, 0);
        assert_eq!((sample.ready, sample.young, sample.unready, sample.launching), (ready, young, unready, 0));
        assert_eq!(sample.utilization, utilization);
        assert!(members.iter().all(|member| member.worked == 0));
    }

    #[test]
    fn a_member_counts_for_the_time_in_which_it_is_measured() {
        check(vec![member(0, 0, 60)], (1, 0, 0), Some(1.0));
        check(vec![member(0, 0, 60), member(59, 59, 1)], (2, 0, 0), Some(1.0));
        check(vec![member(0, 0, 30), member(30, 30, 0)], (2, 0, 0), Some(30.0 / 90.0));
        check(vec![member(0, 0, 60), member(50, 80, 0)], (2, 1, 0), Some(1.0));
        check(vec![member(0, 0, 60), member(90, 90, 0)], (1, 0, 1), Some(1.0));
        check(vec![member(50, 80, 0)], (1, 1, 0), None);
    }
}
