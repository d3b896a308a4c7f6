//! What a run remembers. Models write and cannot read; everything is an integer until the run is over.

mod function;
mod outcome;
mod tally;
mod timeline;
mod window;

pub use function::{FunctionTally, Meters};
pub use outcome::{Bill, Fate, Outcome};
pub use tally::Tally;
pub use timeline::{Bucket, Grid, Timeline};
pub use window::Window;

use crate::billing::Meter;
use crate::ids::FunctionId;
use crate::units::SimTime;

/// The write-only side of a recorder.
pub trait Record {
    /// Invocations arrive, the first and the last of some at these instants.
    fn arrivals(&mut self, _first: SimTime, _last: SimTime) {}

    /// An invocation has left the system, or will at a time that is already known.
    fn outcome(&mut self, outcome: &Outcome);

    /// `cores` of a server that shares them are at work from `from` to `to`.
    fn cores(&mut self, _from: SimTime, _to: SimTime, _cores: u32) {}

    /// A client tries again.
    fn retried(&mut self, function: FunctionId, first_attempt: SimTime);

    /// An instance that holds `memory_mib` and has room for `slots` invocations exists from `from` to `to`.
    fn instance(&mut self, from: SimTime, to: SimTime, slots: u32, memory_mib: u64);

    /// Exact levels at `at`, for the peaks of a run whose pools are all in one model.
    fn levels(&mut self, at: SimTime, busy: u32, instances: u32);

    /// `units_per_ms` base units of `meter` for each millisecond from the start to `held_until`, by calendar month. They are
    /// billed to `billed_until`, where a minimum or whole increments make that later.
    fn meter(&mut self, meter: Meter, held_until: SimTime, billed_until: SimTime, units_per_ms: u64);

    /// At most `busy` invocations that count against a shared limit execute during interval `index` of the grid.
    fn envelope(&mut self, index: usize, busy: u32);

    /// A request that counts against a shared limit was made at `at`.
    fn request(&mut self, at: SimTime);
}
