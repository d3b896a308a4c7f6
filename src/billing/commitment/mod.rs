//! Commitments against use, hour by hour: reserved instances, savings plans, capacity reservations.
//!
//! The simulator fills an [`HourlyUse`]: for each kind of use, how much of it in each clock-hour. [`Clearing`] lets every
//! [`Commitment`] claim use in the documented order, and [`Clearing::settle`] makes the bill: what is left at the
//! on-demand price, what each commitment costs whether it was used or not, how much of each was used, and how much of the
//! use they covered.
//!
//! The order within each hour (EC2 user guide 2023-05-31, Savings Plans user guide):
//!
//! 1. zonal reserved instances, for their type in their zone;
//! 2. regional reserved instances, from the smallest size to the largest by normalised units;
//! 3. EC2 Instance Savings Plans, then Compute Savings Plans, each where the saving is the largest part of the on-demand
//!    price first, ties by the lowest rate;
//! 4. the rest is on demand.
//!
//! A reserved instance gives 3,600 instance-seconds a clock-hour to all instances that match, in shares of a second. What
//! an hour does not use is lost, for reservations and plans alike. All is whole numbers until a line of a month is
//! priced; where a commitment covers a part of a kind, the part is cut at a billionth of a base unit.
//!
//! [`Portfolio`] is what one deployment holds; it makes the bill of a site of what was used there.
//!
//! Left out: several accounts that share discounts, the shortest charge of 60 seconds (the meter's part), modified or sold
//! reservations, and reservations for dedicated tenancy or licensed systems.

mod claims;
mod clearing;
mod held;
mod hourly_use;
mod kind;
mod level;
mod normalization;
mod portfolio;
mod reservation;
mod settlement;

pub use clearing::{Cleared, Clearing};
pub use held::{Commitment, Offer, Payment, PaymentOption, PlanRates, TermLength};
pub use hourly_use::{HourlyUse, KindId};
pub use kind::{InstanceType, UseKind, What};
pub use level::{HourDemand, HourPrice};
pub use normalization::Normalization;
pub use portfolio::{Cover, Coverable, KeptCapacity, PaidFor, Portfolio, Served, SiteUse};
pub use reservation::{CapacityReservation, ReservedUse};
pub use settlement::{HeldFigures, MonthFigures, Settlement, Upfront};

#[cfg(test)]
mod tests;
