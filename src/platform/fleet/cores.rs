//! Processor sharing: the jobs of one server, which share its cores equally.
//!
//! Each of n jobs gets min(1, cores / n) of a core, where the cores may be a fraction. So all jobs progress at the same pace, and one number, the progress
//! that a job would have made since the start of the run, tells for all of them how far they are: a job that starts at
//! progress p and needs work w is done at progress p + w, whoever comes and goes meanwhile.
//!
//! Time and progress are integers in units of 2^-32 ns. Both are rounded in favour of the jobs, progress up and the instant of
//! a departure down, by less than one unit an event. An instant is reported rounded up to the whole nanosecond, while the
//! bookkeeping goes on from the exact one: so a departure that falls on a nanosecond is reported there, and not one later,
//! until the errors during a job's stay, one unit an event, add up to a nanosecond.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::record::Fate;
use crate::units::{SimTime, Span};

use super::request::Request;
use super::slots::Slots;

/// Units of time and progress in a nanosecond, as a power of two.
const UNIT_BITS: u32 = 32;

const LAST_INSTANT: u128 = units(u64::MAX);

const fn units(ns: u64) -> u128 {
    (ns as u128) << UNIT_BITS
}

/// The whole nanosecond at or after `instant`.
fn rounded_up(instant: u128) -> SimTime {
    let ns = instant.saturating_add(units(1) - 1) >> UNIT_BITS;
    SimTime::from_ns(u64::try_from(ns).unwrap_or(u64::MAX))
}

/// Where a job is to leave: at a progress or at an instant. Ties: who began first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    at: u128,
    began: u64,
    slot: u32,
}

#[derive(Clone, Copy, Debug)]
struct Job {
    request: Request,
    started: SimTime,
    began: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Done,
    TimeOut,
}

/// A job that leaves the cores: stopped, or with its CPU work done.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    pub request: Request,
    pub started: SimTime,
    pub timed_out: bool,
}

impl Departure {
    /// When the request ends, and how, if it left the cores at `at`.
    pub fn end(&self, at: SimTime) -> (SimTime, Fate) {
        let cut = self.started + self.request.timeout;
        match at + self.request.wait {
            _ if self.timed_out => (at, Fate::TimedOut),
            end if end > cut && self.request.timeout < Span::MAX => (cut, Fate::TimedOut),
            end => (end, Fate::Completed),
        }
    }
}

/// The cores of one server and the jobs on them.
#[derive(Debug)]
pub struct Cores {
    milli_cores: u64,
    /// The same in cores; zero where that is no whole number.
    whole_cores: u64,
    now: u128,
    progress: u128,
    jobs: Slots<Job>,
    /// Jobs by the progress at which they are done. May hold jobs that have timed out.
    done_at: BinaryHeap<Reverse<Mark>>,
    /// Jobs by the instant of their time-out. May hold jobs that are done. Nearly all come in this order.
    expire_at: VecDeque<Mark>,
    /// Those that did not: their time-out is shorter than that of a job before them.
    expire_sooner: BinaryHeap<Reverse<Mark>>,
    began: u64,
    /// The instant of the next departure, and its way.
    next: Option<(u128, Way)>,
    /// When the event queue will call, latest first: see [`Self::call_needed`].
    calls: Vec<SimTime>,
}

impl Cores {
    /// `milli_cores` is at least 1.
    pub fn new(milli_cores: u32) -> Self {
        let [milli_cores, whole_cores] = speed(milli_cores);
        Self {
            milli_cores,
            whole_cores,
            now: 0,
            progress: 0,
            jobs: Slots::default(),
            done_at: BinaryHeap::new(),
            expire_at: VecDeque::new(),
            expire_sooner: BinaryHeap::new(),
            began: 0,
            next: None,
            calls: Vec::new(),
        }
    }

    /// Starts `request` where the clock stands; `started` is that instant, rounded up.
    pub fn begin(&mut self, request: Request, started: SimTime) {
        self.began += 1;
        let began = self.began;
        let slot = self.jobs.insert(Job { request, started, began });
        let done = self.progress.saturating_add(units(request.work.ns()));
        self.push_done(Mark { at: done, began, slot });
        if request.timeout < Span::MAX {
            let time_out = self.now.saturating_add(units(request.timeout.ns())).min(LAST_INSTANT);
            self.push_expiry(Mark { at: time_out, began, slot });
        }
        self.look_ahead();
    }

    /// Brings the clock to `at`; whether someone is to leave by then.
    #[inline]
    pub fn is_due(&mut self, at: SimTime) -> bool {
        let at = units(at.ns());
        let due = self.next.is_some_and(|(instant, _)| instant <= at);
        if !due {
            self.advance(at);
        }
        due
    }

    /// The next job that leaves at or before `until`, the clock then standing where it leaves; else the clock goes to `until`.
    #[inline]
    pub fn depart(&mut self, until: SimTime) -> Option<Departure> {
        let until = units(until.ns());
        match self.next {
            Some((instant, way)) if instant <= until => self.leave(instant, way),
            _ => {
                self.advance(until);
                None
            }
        }
    }

    /// The instant of the next departure, where the queue does not yet call at or before it; the caller must schedule it.
    ///
    /// Arrivals put departures off. The call that was scheduled then comes too early, finds nothing to do, and asks here
    /// again: that is cheaper than taking calls back, and the queue never holds two calls where one will do.
    #[inline]
    pub fn call_needed(&mut self) -> Option<SimTime> {
        let next = rounded_up(self.next?.0);
        if self.calls.last().is_some_and(|call| *call <= next) {
            return None;
        }
        self.calls.push(next);
        Some(next)
    }

    /// The earliest call has come.
    pub fn called(&mut self) {
        self.calls.pop();
    }

    fn leave(&mut self, instant: u128, way: Way) -> Option<Departure> {
        let mark = match way {
            Way::Done => {
                let Reverse(done) = self.done_at.pop()?;
                self.progress = self.progress.max(done.at);
                self.now = instant;
                done
            }
            Way::TimeOut => {
                self.advance(instant);
                self.pop_expiry()?
            }
        };
        let Job { request, started, .. } = *self.jobs.get(mark.slot)?;
        self.jobs.free(mark.slot);
        self.look_ahead();
        Some(Departure { request, started, timed_out: way == Way::TimeOut })
    }

    /// Brings progress up to `instant`, before which nothing leaves.
    #[inline]
    fn advance(&mut self, instant: u128) {
        let elapsed = instant.saturating_sub(self.now);
        let jobs = self.jobs.len() as u64;
        let made = if self.is_free_for(jobs) {
            elapsed
        } else {
            let [cores, all] = self.shares_of(jobs);
            match u64::try_from(elapsed).ok().and_then(|elapsed| elapsed.checked_mul(cores)) {
                Some(work) => work.div_ceil(all).into(),
                None => elapsed.saturating_mul(cores.into()).div_ceil(all.into()),
            }
        };
        self.progress = self.progress.saturating_add(made);
        self.now = self.now.max(instant);
    }

    /// Finds the next departure, if nobody comes or goes before. Work that ends exactly at its time-out is done.
    fn look_ahead(&mut self) {
        let done = self.next_done();
        let time_out = self.next_expiry();
        self.next = match (done, time_out) {
            (Some(done), Some(time_out)) if time_out < done => Some((time_out, Way::TimeOut)),
            (Some(done), _) => Some((done, Way::Done)),
            (None, _) => None,
        };
    }

    fn next_done(&mut self) -> Option<u128> {
        while let Some(Reverse(mark)) = self.done_at.peek() {
            if is_here(&self.jobs, mark) {
                let left = mark.at.saturating_sub(self.progress);
                return Some(self.now.saturating_add(self.time_for(left)).min(LAST_INSTANT));
            }
            self.done_at.pop();
        }
        None
    }

    fn next_expiry(&mut self) -> Option<u128> {
        while self.expire_at.front().is_some_and(|mark| !is_here(&self.jobs, mark)) {
            self.expire_at.pop_front();
        }
        while self.expire_sooner.peek().is_some_and(|Reverse(mark)| !is_here(&self.jobs, mark)) {
            self.expire_sooner.pop();
        }
        self.first_expiry().map(|mark| mark.at)
    }

    #[inline]
    fn first_expiry(&self) -> Option<Mark> {
        let sooner = self.expire_sooner.peek().map(|Reverse(mark)| *mark);
        let first = self.expire_at.front().copied();
        first.into_iter().chain(sooner).min()
    }

    fn pop_expiry(&mut self) -> Option<Mark> {
        let first = self.first_expiry()?;
        if self.expire_at.front() == Some(&first) {
            self.expire_at.pop_front();
        } else {
            self.expire_sooner.pop();
        }
        Some(first)
    }

    /// How long the jobs of now take for a progress of `left`, rounded down.
    fn time_for(&self, left: u128) -> u128 {
        let jobs = self.jobs.len() as u64;
        if self.is_free_for(jobs) {
            left
        } else {
            let [cores, all] = self.shares_of(jobs);
            match u64::try_from(left).ok().and_then(|left| left.checked_mul(all)) {
                Some(work) => (work / cores).into(),
                None => left.saturating_mul(all.into()) / u128::from(cores),
            }
        }
    }

    /// Cores and `jobs`, in the same units: whole ones where there are whole cores, so that most products fit into 64 bits,
    /// whose division takes a fraction of the time of one of 128.
    #[inline]
    const fn shares_of(&self, jobs: u64) -> [u64; 2] {
        if self.whole_cores > 0 { [self.whole_cores, jobs] } else { [self.milli_cores, jobs * 1_000] }
    }

    /// Whether each of `jobs` has a core of its own.
    #[inline]
    const fn is_free_for(&self, jobs: u64) -> bool {
        jobs * 1_000 <= self.milli_cores
    }

    /// Jobs on the cores.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Thousandths of cores at work.
    pub fn working(&self) -> u32 {
        (self.jobs.len() as u64 * 1_000).min(self.milli_cores) as u32
    }

    /// Thousandths of cores that jobs could use beyond those.
    pub fn short(&self) -> u64 {
        (self.jobs.len() as u64 * 1_000).saturating_sub(self.milli_cores)
    }

    /// From `at` on there are `milli_cores`, at least 1. Whoever is due by then must have left.
    pub fn set_speed(&mut self, milli_cores: u32, at: SimTime) {
        self.advance(units(at.ns()));
        [self.milli_cores, self.whole_cores] = speed(milli_cores);
        self.look_ahead();
    }

    /// Everyone leaves at `at`, where they stand: the request, when it began, and the CPU work that it had left.
    pub fn evict(&mut self, at: SimTime) -> Vec<(Request, SimTime, Span)> {
        self.advance(units(at.ns()));
        let mut marks: Vec<Mark> = self.done_at.drain().map(|Reverse(mark)| mark).collect();
        marks.sort_by_key(|mark| mark.began);
        self.expire_at.clear();
        self.expire_sooner.clear();
        let progress = self.progress;
        let jobs = &mut self.jobs;
        let evicted = marks.into_iter().filter_map(|mark| {
            if !is_here(jobs, &mark) {
                return None;
            }
            let job = jobs.take(mark.slot)?;
            let left = rounded_up(mark.at.saturating_sub(progress)).since(SimTime::ZERO);
            Some((job.request, job.started, left))
        });
        let evicted = evicted.collect();
        self.next = None;
        self.calls.clear();
        evicted
    }

    fn push_done(&mut self, mark: Mark) {
        if self.done_at.len() > most_marks(&self.jobs) {
            self.done_at.retain(|Reverse(mark)| is_here(&self.jobs, mark));
        }
        self.done_at.push(Reverse(mark));
    }

    fn push_expiry(&mut self, mark: Mark) {
        let most = most_marks(&self.jobs);
        if self.expire_at.back().is_none_or(|last| *last < mark) {
            if self.expire_at.len() > most {
                self.expire_at.retain(|mark| is_here(&self.jobs, mark));
            }
            self.expire_at.push_back(mark);
        } else {
            if self.expire_sooner.len() > most {
                self.expire_sooner.retain(|Reverse(mark)| is_here(&self.jobs, mark));
            }
            self.expire_sooner.push(Reverse(mark));
        }
    }
}

/// Thousandths of cores, at least one, and the cores that they make; zero where those are no whole number.
fn speed(milli_cores: u32) -> [u64; 2] {
    let milli_cores = u64::from(milli_cores.max(1));
    [milli_cores, if milli_cores.is_multiple_of(1_000) { milli_cores / 1_000 } else { 0 }]
}

/// Whether the job of `mark` has not left by the other way.
fn is_here(jobs: &Slots<Job>, mark: &Mark) -> bool {
    jobs.get(mark.slot).is_some_and(|job| job.began == mark.began)
}

/// Marks beyond these are swept; as many pushes later at the earliest, so that sweeping costs a constant per push.
fn most_marks(jobs: &Slots<Job>) -> usize {
    2 * jobs.len() + 64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::FunctionId;

    fn request(work: u64, timeout: u64) -> Request {
        Request {
            arrived: SimTime::ZERO,
            offered: SimTime::ZERO,
            work: Span::from_ns(work),
            timeout: Span::from_ns(timeout),
            wait: Span::ZERO,
            network: Span::ZERO,
            function: FunctionId(0),
            attempt: 1,
            ticket: 0,
            cold: false,
        }
    }

    /// Runs jobs `(start, work, timeout)` to completion and compares `(start, time of departure)` in order of departure.
    #[track_caller]
    fn check(cores: u32, jobs: &[(u64, u64, u64)], departures: &[(u64, u64)]) {
        let mut server = Cores::new(cores * 1_000);
        let mut left = Vec::new();
        for &(start, work, timeout) in jobs {
            depart_all(&mut server, start, &mut left);
            server.begin(request(work, timeout), SimTime::from_ns(start));
        }
        depart_all(&mut server, u64::MAX, &mut left);
        assert_eq!(left, departures);
    }

    fn depart_all(server: &mut Cores, until: u64, left: &mut Vec<(u64, u64)>) {
        while let Some(departure) = server.depart(SimTime::from_ns(until)) {
            left.push((departure.started.ns(), rounded_up(server.now).ns()));
        }
    }

    const NEVER: u64 = u64::MAX;

    #[test]
    fn jobs_share_a_core_equally() {
        // Alone to 10, two at half speed until the second has its 10 at 30, then alone.
        check(1, &[(0, 30, NEVER), (10, 10, NEVER)], &[(10, 30), (0, 40)]);
    }

    #[test]
    fn no_job_uses_more_than_one_core() {
        check(4, &[(0, 30, NEVER), (10, 10, NEVER)], &[(10, 20), (0, 30)]);
    }

    #[test]
    fn departures_are_exact_below_the_nanosecond_and_reported_rounded_up() {
        // Three jobs of 10 on two cores are done at 15; three of 5 on one core at 15; 7 shared by three: at 21.
        check(2, &[(0, 10, NEVER), (0, 10, NEVER), (0, 10, NEVER)], &[(0, 15), (0, 15), (0, 15)]);
        // Seven jobs of 1 on two cores are done at 3.5; the long one has 3.5 more of its own, and ends at 7 after that.
        let mut jobs = vec![(0, 1, NEVER); 6];
        jobs.push((0, 8, NEVER));
        let mut departures = vec![(0, 4); 6];
        departures.push((0, 11));
        check(2, &jobs, &departures);
    }

    #[test]
    fn a_job_leaves_at_its_time_out_and_the_others_speed_up() {
        // Both at half speed to 10, where the first has been in service for 10; the second then needs 15 more.
        check(1, &[(0, 20, 10), (0, 20, NEVER)], &[(0, 10), (0, 25)]);
    }

    #[test]
    fn time_outs_come_in_order_however_the_jobs_came() {
        let jobs = [(0, 100, 50), (1, 100, 10), (2, 100, 5), (3, 100, 48), (4, 100, 46)];
        check(1, &jobs, &[(2, 7), (1, 11), (0, 50), (4, 50), (3, 51)]);
    }

    /// Three jobs of 10 on a core and a half: half a core each.
    #[test]
    fn cores_may_be_a_fraction() {
        let mut server = Cores::new(1_500);
        let mut left = Vec::new();
        for _ in 0..3 {
            server.begin(request(10, NEVER), SimTime::ZERO);
        }
        depart_all(&mut server, u64::MAX, &mut left);
        assert_eq!(left, [(0, 20); 3]);
    }

    #[test]
    fn work_without_end_departs_at_the_end_of_time() {
        check(1, &[(5, NEVER, NEVER), (5, NEVER, NEVER)], &[(5, NEVER), (5, NEVER)]);
    }

    #[test]
    fn marks_of_jobs_that_have_left_are_swept() {
        let mut server = Cores::new(1_000);
        for start in 0..10_000 {
            while server.depart(SimTime::from_ns(start * 10)).is_some() {}
            server.begin(request(5, 1_000_000_000), SimTime::from_ns(start * 10));
        }
        assert!(server.expire_at.len() < 100);
    }

    #[test]
    fn calls_never_come_late_and_do_not_pile_up() {
        let mut server = Cores::new(1_000);
        server.begin(request(1_000_000, NEVER), SimTime::ZERO);
        assert_eq!(server.call_needed(), Some(SimTime::from_ns(1_000_000)));
        for start in (1..1_000).map(|step| step * 10) {
            assert!(server.depart(SimTime::from_ns(start)).is_none());
            server.begin(request(1, NEVER), SimTime::from_ns(start));
            let call = server.call_needed().expect("the short job leaves before the long one");
            server.called();
            assert!(server.depart(call).is_some());
            assert_eq!(server.call_needed(), None);
            assert_eq!(server.calls.len(), 1);
        }
    }
}
