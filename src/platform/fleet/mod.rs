//! A fleet: equal machines or containers behind a balancer, paid for whether they work or not.
//!
//! A request goes to the member that the balancer names. It starts at once if the member has a place in service for it
//! (a worker, or a share of the cores), else it waits, first come first served, in the accept queue of that member or, in a
//! fleet with a shared queue, before all of them; a full queue drops it. A client that was dropped may try again: latency
//! counts from the first attempt. A time-out runs from the start of execution and frees the place. Work that ends exactly at
//! its time-out is complete.
//!
//! The number of members is fixed, or a scaler asks for more or fewer (`lifecycle`). A member that starts goes through the
//! phases of its launch; one that is to go finishes what it has, for as long as it may. Failures, maintenance and outages
//! (`hazards`) and a provider that takes its capacity back (`spot`) end members at other times; a burstable one that has
//! spent its credits slows down (`credits`). Members may be pods on the nodes of a cluster (`hosts`). Where nothing of all
//! this happens, no event is needed (`fixed`).

mod cores;
mod credits;
mod fixed;
mod hazards;
mod hosts;
mod launch;
mod levels;
mod lifecycle;
mod member;
mod metering;
mod model;
mod opened;
mod patience;
mod pressure;
mod request;
mod resized;
mod sense;
mod slots;
mod spec;
mod spot;

pub use fixed::FixedFleet;
pub use hosts::{Hosts, time_of};
pub use model::{Event, Fleet};
pub use spec::*;
