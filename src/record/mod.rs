//! What a run remembers. Models write and cannot read; everything is an integer until the run is over.

mod blocks;
mod cluster;
mod function;
mod hazard;
mod outcome;
mod over_time;
mod prospect;
mod recording;
mod shared;
mod site;
mod stretch;
mod tally;
mod timeline;
mod window;

pub use blocks::{Block, Blocks};
pub use cluster::{Amount, ClusterLevels, ClusterTally};
pub use function::{Billing, Duration, FunctionTally, Latencies, Meters};
pub use hazard::HazardTally;
pub use outcome::{Bill, Billed, Fate, Outcome};
pub use over_time::LatencyOverTime;
pub use site::{Lease, SLOW, SiteTally};
pub use stretch::Placing;
pub use tally::Tally;
pub use timeline::{Bucket, Grid, Timeline};
pub use window::Window;

use crate::billing::Meter;
use crate::ids::{FunctionId, SiteId};
use crate::units::{SimTime, Span};

/// How long something that is paid by the clock was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub from: SimTime,
    pub until: SimTime,
    /// Where a minimum or whole increments make that later than `until`.
    pub billed_until: SimTime,
}

/// The write-only side of a recorder.
pub trait Record {
    /// What follows happens at `site`, until another one is named.
    fn at_site(&mut self, _site: SiteId) {}

    /// Invocations arrive, the first and the last of some at these instants.
    fn arrivals(&mut self, _first: SimTime, _last: SimTime) {}

    /// An invocation has left the system, or will at a time that is already known.
    fn outcome(&mut self, outcome: &Outcome);

    /// `milli_cores` of a member that shares them are at work from `from` to `to`; its invocations could use `milli_short`
    /// more.
    fn cores(&mut self, _from: SimTime, _to: SimTime, _milli_cores: u32, _milli_short: u64) {}

    /// A client tries again.
    fn retried(&mut self, function: FunctionId, first_attempt: SimTime);

    /// An instance that holds `memory_mib` and has room for `milli_places` thousandths of an invocation exists from `from`
    /// to `to`.
    fn instance(&mut self, from: SimTime, to: SimTime, milli_places: u32, memory_mib: u64);

    /// Exact levels at `at`, for the peaks of a run whose pools are all in one model.
    fn levels(&mut self, at: SimTime, busy: u32, instances: u32);

    /// An instance whose price changes with time was leased; `taken`: the provider ended it.
    fn leased(&mut self, _from: SimTime, _to: SimTime, _taken: bool) {}

    /// A member was taken away.
    fn interrupted(&mut self, _at: SimTime) {}

    /// Service that an invocation had is lost with its member; `again`: it is done once more, else the invocation has failed.
    fn lost(&mut self, _at: SimTime, _service: Span, _again: bool) {}

    /// `members` are in service from `from` to `to`, of those `wanted`.
    fn provided(&mut self, _from: SimTime, _to: SimTime, _members: u32, _wanted: u32) {}

    /// All places of a fleet are taken from `from` to `to`.
    fn saturated(&mut self, _from: SimTime, _to: SimTime) {}

    /// The nodes of a cluster were so from `from` to `to`.
    fn cluster(&mut self, _from: SimTime, _to: SimTime, _levels: &ClusterLevels) {}

    /// A node of a cluster, with so many thousandths of a core, runs and is paid for from `from` to `to`.
    fn node(&mut self, _from: SimTime, _to: SimTime, _milli_cores: u64) {}

    /// `units_per_ms` base units of `meter` for each millisecond of `held`, by calendar month.
    fn meter(&mut self, meter: Meter, held: Held, units_per_ms: u64);

    /// `base_units` of `meter` are used at `at`.
    fn count(&mut self, _meter: Meter, _at: SimTime, _base_units: u64) {}

    /// At most `busy` invocations that count against a shared limit execute during interval `index` of the grid.
    fn envelope(&mut self, index: usize, busy: u32);

    /// A request that counts against a shared limit was made at `at`.
    fn request(&mut self, at: SimTime);
}
