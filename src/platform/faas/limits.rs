//! Limits that functions share: enforced where they run together, watched where they run apart.

use crate::policy::TokenBucket;
use crate::record::{Grid, Record};
use crate::units::SimTime;

use super::{FunctionSpec, Limits};

/// Concurrent executions that `account` leaves to functions without a reservation at any time, given all functions.
/// Provisioned instances of such functions are set aside too.
pub fn unreserved<'a>(account: u32, functions: impl IntoIterator<Item = &'a FunctionSpec>) -> u32 {
    let set_aside = |function: &FunctionSpec| function.reserved.unwrap_or(function.provisioned.most());
    functions.into_iter().fold(account, |left, function| left.saturating_sub(set_aside(function)))
}

/// More than any number of executions, whatever is set aside of it.
const UNLIMITED: i64 = i64::MAX / 2;

/// The account as its functions find it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Below 0 where more is set aside than there is.
    unreserved: i64,
    /// Executions that count against it.
    pub running: u32,
    requests: Option<TokenBucket>,
}

impl Account {
    pub fn new(limits: &Limits) -> Self {
        Self {
            unreserved: limits.account_concurrency.map_or(UNLIMITED, i64::from),
            running: 0,
            requests: limits.requests.as_ref().map(TokenBucket::new),
        }
    }

    pub const fn unlimited() -> Self {
        Self { unreserved: UNLIMITED, running: 0, requests: None }
    }

    pub fn admit(&mut self, function: &FunctionSpec) {
        self.set_aside(i64::from(function.reserved.unwrap_or(function.provisioned.first)));
    }

    /// So many more executions are only for some function; fewer if below 0.
    pub const fn set_aside(&mut self, more: i64) {
        self.unreserved = self.unreserved.saturating_sub(more);
    }

    #[inline]
    pub fn has_room(&self) -> bool {
        i64::from(self.running) < self.unreserved
    }

    /// Whether the rate of requests allows one more.
    #[inline]
    pub fn request(&mut self, now: SimTime) -> bool {
        self.requests.as_mut().is_none_or(|bucket| bucket.take(now))
    }
}

/// The highest number of executions in each interval of the grid: added up over all functions, a bound on what they
/// would have needed together.
#[derive(Clone, Debug)]
pub struct Watch {
    grid: Grid,
    running: u32,
    interval: usize,
    highest: u32,
}

impl Watch {
    pub const fn new(grid: Grid) -> Self {
        Self { grid, running: 0, interval: 0, highest: 0 }
    }

    #[inline]
    pub fn started<R: Record>(&mut self, now: SimTime, record: &mut R) {
        self.reach(now, record);
        self.running += 1;
        self.highest = self.highest.max(self.running);
    }

    #[inline]
    pub fn finished<R: Record>(&mut self, now: SimTime, record: &mut R) {
        self.reach(now, record);
        self.running -= 1;
    }

    #[inline]
    fn reach<R: Record>(&mut self, now: SimTime, record: &mut R) {
        let interval = self.grid.interval(now);
        if interval > self.interval {
            self.flush(interval, record);
        }
    }

    fn flush<R: Record>(&mut self, interval: usize, record: &mut R) {
        record.envelope(self.interval, self.highest);
        if self.running > 0 {
            for between in self.interval + 1..interval {
                record.envelope(between, self.running);
            }
        }
        self.interval = interval;
        self.highest = self.running;
    }

    pub fn close<R: Record>(&mut self, record: &mut R) {
        record.envelope(self.interval, self.highest);
    }
}
