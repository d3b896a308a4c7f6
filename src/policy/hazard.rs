//! When capacity goes away: failures, maintenance, spot interruptions, and what was recorded of them.
//!
//! Typed data and pure functions. The model schedules what they say, and draws from streams that it names.

use crate::rng::Stream;
use crate::stats::{Distribution, unit_exponential};
use crate::units::{SimTime, Span};

/// A month of 730 hours.
pub const MONTH: Span = Span::from_secs(730 * 3_600);

/// Failures of one machine or site: exponential times up, then a repair.
#[derive(Clone, Debug, PartialEq)]
pub struct Failures {
    /// Mean time from a repair to the next failure.
    pub mean_up: Span,
    /// `None`: it does not come back, and something new takes its place.
    pub repair: Option<Distribution>,
}

impl Failures {
    /// From failures per machine and year of service, as fleet statistics print them (annualised failure rate). `None` if
    /// there are none.
    pub fn from_annual_rate(rate: f64, repair: Option<Distribution>) -> Option<Self> {
        (rate > 0.0).then(|| Self { mean_up: Span::from_seconds_f64(Span::YEAR.seconds() / rate), repair })
    }

    /// The next failure of what has been up until `at`: exponential times have no memory.
    pub fn next_failure(&self, at: SimTime, stream: &mut Stream) -> SimTime {
        at + exponential(self.mean_up.seconds(), stream)
    }

    /// `None` if there is no repair.
    pub fn draw_repair(&self, stream: &mut Stream) -> Option<Span> {
        self.repair.as_ref().map(|repair| repair.sample(stream))
    }

    /// Share of time up, in the long run, of a repair that takes `repair_mean`.
    pub fn availability(&self, repair_mean: Span) -> f64 {
        let (up, down) = (self.mean_up.seconds(), repair_mean.seconds());
        if up + down > 0.0 { up / (up + down) } else { 0.0 }
    }
}

fn exponential(mean_seconds: f64, stream: &mut Stream) -> Span {
    Span::from_seconds_f64(mean_seconds * unit_exponential(stream))
}

/// Rolling maintenance: in every period each host is out once, for `work`, drained before; hosts go in waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maintenance {
    pub hosts: u32,
    /// When the first period begins.
    pub begins: SimTime,
    /// More than zero.
    pub period: Span,
    pub work: Span,
    /// How long before its work a host takes nothing new.
    pub drain: Span,
    /// Most hosts that are out or draining at an instant; at least one is.
    pub most_at_once: u32,
    pub pace: Pace,
}

/// When the waves of a period begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One after the other from the start of the period.
    BackToBack,
    /// At equal distances over the period.
    Even,
}

/// One host's maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub host: u32,
    /// From here on it takes nothing new.
    pub drains: SimTime,
    /// From here to the end it serves nothing.
    pub starts: SimTime,
    pub ends: SimTime,
}

impl Maintenance {
    /// `share` of the hosts, rounded down: at most so many are out at once.
    pub fn at_once(hosts: u32, share: f64) -> u32 {
        ((f64::from(hosts) * share) as u32).max(1)
    }

    fn waves(&self) -> u32 {
        self.hosts.div_ceil(self.most_at_once.max(1))
    }

    /// What all waves of a period take, one after the other.
    pub fn length(&self) -> Span {
        Span::from_ns(self.out().ns().saturating_mul(self.waves().into()))
    }

    const fn out(&self) -> Span {
        self.drain.saturating_add(self.work)
    }

    /// Whether a period is long enough for all its waves.
    pub fn fits(&self) -> bool {
        self.length() <= self.period
    }

    /// Half the distance between two waves: a period that begins then has its waves in the middle of their shares.
    pub fn half_a_wave(&self) -> Span {
        Span::from_ns(self.period.ns() / (2 * u64::from(self.waves().max(1))))
    }

    /// All outages in order, for ever; none if a period is too short for them.
    pub fn outages(self) -> impl Iterator<Item = Outage> {
        let periods = if self.fits() && self.hosts > 0 { u64::MAX } else { 0 };
        let in_period = move |index: u64| {
            let start = self.begins + Span::from_ns(index.saturating_mul(self.period.ns()));
            (0..self.hosts).map(move |host| self.outage(start, host))
        };
        (0..periods).flat_map(in_period).take_while(|outage| outage.drains < SimTime::END)
    }

    fn outage(&self, period_start: SimTime, host: u32) -> Outage {
        let wave = u64::from(host / self.most_at_once.max(1));
        let after = match self.pace {
            Pace::BackToBack => self.out().ns() * wave,
            // In 128 bits: the product of a period and a wave may be long.
            Pace::Even => (u128::from(self.period.ns()) * u128::from(wave) / u128::from(self.waves())) as u64,
        };
        let drains = period_start + Span::from_ns(after);
        Outage { host, drains, starts: drains + self.drain, ends: drains + self.out() }
    }
}

/// Who is interrupted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// All machines of a type in a zone: the provider runs out of the type.
    Pool,
    /// Each machine by itself.
    One,
}

/// Interruptions of spot machines: a constant hazard of a pool, or of each machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// In an hour.
    pub hazard: f64,
    pub together: Together,
    /// Between the warning and the end.
    pub notice: Span,
    /// How long the pool has nothing to give afterwards.
    pub outage: Distribution,
}

/// The end of a spot machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    pub notice: SimTime,
    pub gone: SimTime,
}

impl Spot {
    /// AWS EC2 guide (2023): two minutes.
    pub const NOTICE: Span = Span::from_secs(120);

    /// The hazard in an hour at which a share of `interrupted` is interrupted within a month of 730 hours, as advisors state
    /// it: -ln(1 - p) / 730. Infinite from 1 on.
    pub fn hazard_of_month(interrupted: f64) -> f64 {
        if interrupted >= 1.0 { f64::INFINITY } else { -(-interrupted.max(0.0)).ln_1p() / 730.0 }
    }

    /// The next interruption of a pool, or a machine, that is there `at`; `None` if there is no hazard. Drawn once for each
    /// that [`Spot::together`] says.
    pub fn next_interruption(&self, at: SimTime, stream: &mut Stream) -> Option<Interruption> {
        if self.hazard <= 0.0 {
            return None;
        }
        let notice = at + exponential(3_600.0 / self.hazard, stream);
        Some(Interruption { notice, gone: notice + self.notice })
    }
}

/// Capacity that was recorded: a step function of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Changes only, in order; before the first the capacity is that of the first.
    steps: Vec<(SimTime, u32)>,
    /// Until when something is known.
    ends: SimTime,
}

/// Why a series cannot be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("the series of capacity is empty")]
    Empty,
    #[error("step {step} of the series of capacity is not later than the one before")]
    Order { step: usize },
    #[error("the series of capacity ends before its last step")]
    End,
}

impl Recorded {
    /// From `(since, capacity)`, in order of time.
    ///
    /// # Errors
    /// When there is no step, when steps are not in order, or when the last is not before `ends`.
    pub fn new(steps: &[(SimTime, u32)], ends: SimTime) -> Result<Self, SeriesError> {
        let last = steps.last().ok_or(SeriesError::Empty)?;
        if let Some(early) = steps.windows(2).position(|pair| pair[1].0 <= pair[0].0) {
            return Err(SeriesError::Order { step: early + 2 });
        }
        if last.0 >= ends {
            return Err(SeriesError::End);
        }
        let mut changes = steps.to_vec();
        changes.dedup_by_key(|(_, capacity)| *capacity);
        Ok(Self { steps: changes, ends })
    }

    /// From capacities that were read every `gap`, from the start on; each holds until the next.
    ///
    /// # Errors
    /// When there are none, or `gap` is zero.
    pub fn from_samples(gap: Span, samples: &[u32]) -> Result<Self, SeriesError> {
        let at = |index: usize| SimTime::from_ns(gap.ns().saturating_mul(index as u64));
        let steps: Vec<(SimTime, u32)> = samples.iter().enumerate().map(|(index, of)| (at(index), *of)).collect();
        Self::new(&steps, at(samples.len()))
    }

    pub const fn ends(&self) -> SimTime {
        self.ends
    }

    /// The same, seen from `later` on.
    #[must_use]
    pub fn opened(&self, later: Span) -> Self {
        let open = SimTime::ZERO + later;
        let past = self.steps.partition_point(|(since, _)| *since <= open).saturating_sub(1);
        let seen = |instant: SimTime| SimTime::ZERO + instant.since(open);
        let steps = self.steps[past..].iter().map(|(since, capacity)| (seen(*since), *capacity)).collect();
        Self { steps, ends: seen(self.ends) }
    }

    /// When the capacity changes, and to what.
    pub fn steps(&self) -> &[(SimTime, u32)] {
        &self.steps
    }

    /// The capacity from `at` on; after the end that of the last step.
    pub fn at(&self, at: SimTime) -> u32 {
        let after = self.steps.partition_point(|(since, _)| *since <= at);
        self.steps[after.saturating_sub(1)].1
    }

    /// The first change after `at`: when, and to what.
    pub fn next_change(&self, at: SimTime) -> Option<(SimTime, u32)> {
        let after = self.steps.partition_point(|(since, _)| *since <= at);
        self.steps.get(after.max(1)).copied()
    }

    /// How many of `held` machines must go `at` an instant.
    pub fn taken(&self, held: u32, at: SimTime) -> u32 {
        held.saturating_sub(self.at(at))
    }

    /// Mean capacity from the start to the end of the series, as machines x ns and ns.
    pub fn integral(&self) -> (u128, Span) {
        let starts = self.steps[0].0;
        let until = self.steps[1..].iter().map(|step| step.0).chain([self.ends]);
        let area = self
            .steps
            .iter()
            .zip(until)
            .map(|((since, capacity), until)| u128::from(until.since(*since).ns()) * u128::from(*capacity));
        (area.sum(), self.ends.since(starts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Entity, Purpose, Seed};

    fn stream() -> Stream {
        Seed { seed: 11, replication: 0 }.stream(Entity::named("hazard"), Purpose::Choice)
    }

    fn at(second: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(second)
    }

    /// platforms.md, 4.4: 5, 10 and 20 % in a month.
    #[test]
    fn a_monthly_frequency_is_a_hazard_in_an_hour() {
        for (interrupted, hazard) in [(0.05, 7.0e-5), (0.10, 1.4e-4), (0.20, 3.1e-4)] {
            assert!((Spot::hazard_of_month(interrupted) / hazard - 1.0).abs() < 0.05, "{interrupted}");
        }
        assert_eq!(Spot::hazard_of_month(0.0), 0.0);
        assert_eq!(Spot::hazard_of_month(1.0), f64::INFINITY);
    }

    #[test]
    fn as_many_are_interrupted_in_a_month_as_stated() {
        let outage = Distribution::Constant(Span::HOUR);
        let hazard = Spot::hazard_of_month(0.2);
        let spot = Spot { hazard, together: Together::One, notice: Spot::NOTICE, outage };
        let mut stream = stream();
        let mut within = 0;
        for _ in 0..20_000 {
            let interruption = spot.next_interruption(at(7), &mut stream).expect("a hazard");
            assert_eq!(interruption.gone.since(interruption.notice), Span::from_secs(120));
            within += u32::from(interruption.notice <= at(7) + MONTH);
        }
        // 4,000 expected, standard deviation 57.
        assert!((3_772..=4_228).contains(&within), "{within}");
        assert_eq!(Spot { hazard: 0.0, ..spot }.next_interruption(at(0), &mut stream), None);
    }

    #[test]
    fn machines_fail_as_often_as_stated_and_are_up_the_rest_of_the_time() {
        let repair_mean = Span::from_secs(24 * 3_600);
        let repair = Distribution::Exponential { mean: repair_mean.seconds() };
        // Twenty a year, so that the repairs show.
        let failures = Failures::from_annual_rate(20.0, Some(repair)).expect("some failures");
        let mut stream = stream();
        let (mut now, mut up, mut count) = (SimTime::ZERO, Span::ZERO, 0_u32);
        while now < SimTime::ZERO + Span::from_ns(200 * Span::YEAR.ns()) {
            let failure = failures.next_failure(now, &mut stream);
            up += failure.since(now);
            now = failure + failures.draw_repair(&mut stream).expect("a repair");
            count += 1;
        }
        let share = up.seconds() / now.seconds();
        // 1 / (1 + 20 / 365)
        let expected = failures.availability(repair_mean);
        assert!((expected - 365.0 / 385.0).abs() < 1e-12);
        // About 3,800 cycles, each with a relative error of 1.4 in the ratio of down to up.
        assert!((share - expected).abs() < 4.0 * 0.052 * 1.42 / 3_800f64.sqrt(), "{share} against {expected}");
        let rate = f64::from(count) / (up.seconds() / Span::YEAR.seconds());
        assert!((rate - 20.0).abs() < 4.0 * 20.0 / 3_800f64.sqrt(), "{rate} failures in a year of service");
        assert_eq!(Failures::from_annual_rate(0.0, None), None);
    }

    fn maintenance(hosts: u32, most_at_once: u32, pace: Pace) -> Maintenance {
        let (work, drain) = (Span::from_secs(1_800), Span::from_secs(600));
        Maintenance { hosts, begins: SimTime::ZERO, period: MONTH, work, drain, most_at_once, pace }
    }

    #[test]
    fn every_host_is_out_once_a_month_for_its_time_and_never_too_many() {
        for (hosts, most_at_once, pace) in [(100, 5, Pace::BackToBack), (103, 5, Pace::Even), (7, 1, Pace::Even)] {
            let plan = maintenance(hosts, most_at_once, pace);
            let outages: Vec<Outage> = plan.outages().take(3 * hosts as usize).collect();
            for (month, outages) in outages.chunks(hosts as usize).enumerate() {
                let month_starts = SimTime::from_ns(month as u64 * MONTH.ns());
                let mut seen: Vec<u32> = outages.iter().map(|outage| outage.host).collect();
                seen.sort_unstable();
                assert_eq!(seen, (0..hosts).collect::<Vec<_>>());
                assert!(outages.iter().all(|outage| outage.drains >= month_starts));
                assert!(outages.iter().all(|outage| outage.ends <= month_starts + MONTH));
            }
            for outage in &outages {
                assert_eq!(outage.ends.since(outage.starts), plan.work);
                assert_eq!(outage.starts.since(outage.drains), plan.drain);
                let together =
                    outages.iter().filter(|other| other.drains <= outage.drains && outage.drains < other.ends);
                assert!(together.count() <= most_at_once as usize, "{outage:?}");
            }
        }
    }

    #[test]
    fn waves_follow_each_other_or_are_spread() {
        let starts = |pace| maintenance(4, 2, pace).outages().take(5).map(|outage| outage.drains).collect::<Vec<_>>();
        let month = SimTime::ZERO + MONTH;
        assert_eq!(starts(Pace::BackToBack), [at(0), at(0), at(2_400), at(2_400), month]);
        let half = SimTime::from_ns(MONTH.ns() / 2);
        assert_eq!(starts(Pace::Even), [at(0), at(0), half, half, month]);
    }

    #[test]
    fn more_work_than_time_is_no_plan() {
        // 1,095 waves of 40 minutes are 730 hours.
        assert!(maintenance(1_095, 1, Pace::BackToBack).fits());
        assert!(!maintenance(1_096, 1, Pace::BackToBack).fits());
        assert_eq!(maintenance(1_096, 1, Pace::Even).outages().next(), None);
        assert_eq!(Maintenance::at_once(100, 0.05), 5);
        assert_eq!(Maintenance::at_once(10, 0.05), 1);
    }

    #[test]
    fn recorded_capacity_is_read_at_any_instant() {
        let recorded = Recorded::from_samples(Span::from_secs(10), &[4, 4, 1, 0, 0, 3]).expect("a series");
        for (second, capacity) in [(0, 4), (19, 4), (20, 1), (30, 0), (50, 3), (1_000, 3)] {
            assert_eq!(recorded.at(at(second)), capacity, "{second} s");
        }
        assert_eq!(recorded.next_change(at(0)), Some((at(20), 1)));
        assert_eq!(recorded.next_change(at(20)), Some((at(30), 0)));
        assert_eq!(recorded.next_change(at(50)), None);
        assert_eq!(recorded.ends(), at(60));
        assert_eq!((recorded.taken(3, at(19)), recorded.taken(3, at(20)), recorded.taken(3, at(30))), (0, 2, 3));
        assert_eq!(recorded.integral(), (120_000_000_000, Span::MINUTE));
    }

    #[test]
    fn a_series_that_says_nothing_or_goes_back_is_refused() {
        assert_eq!(Recorded::from_samples(Span::SECOND, &[]), Err(SeriesError::Empty));
        assert_eq!(Recorded::from_samples(Span::ZERO, &[1, 2]), Err(SeriesError::Order { step: 2 }));
        assert_eq!(Recorded::new(&[(at(5), 1)], at(5)), Err(SeriesError::End));
        let late = Recorded::new(&[(at(5), 2), (at(9), 1)], at(20)).expect("a series that begins late");
        assert_eq!((late.at(at(0)), late.next_change(at(0))), (2, Some((at(9), 1))));
    }
}
