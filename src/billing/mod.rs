//! From usage to an invoice: exact quantities in, exact money out. Knows no events and no clock.

mod tariff;
mod usage;

pub use tariff::{MeterPrice, Reserved, Tariff, Tier};
pub use usage::{Meter, Usage};
