//! From usage to an invoice: exact quantities in, exact money out. Knows no events and no clock.
//!
//! Prices are data ([`PriceBook`]). A deployment picks its rows ([`PriceList::tariff`]), the simulation meters whole
//! base units ([`Usage`]), and [`invoice`] prices every total once. [`bills`] holds the proof: bills that providers
//! publish, recomputed. What nobody published is an error, never a guess.

pub mod bills;
mod book;
mod charge;
pub mod commitment;
mod error;
pub(crate) mod exact;
pub mod expression;
mod invoice;
mod list;
mod list_file;
mod meter_unit;
pub mod ownership;
mod quote;
mod rational;
mod selection;
pub mod spot;
mod tariff;
mod usage;
mod verify;
mod window;

pub use book::{PriceBook, machines};
pub use error::BillingError;
pub use invoice::{Invoice, Line, combine, invoice};
pub use list::{Allowance, Attributes, Confidence, Machine, PriceList, Purchase, Row, RowTier, Rule, Source, Term};
pub use quote::{Quote, quote};
pub use rational::Rational;
pub use selection::Selection;
pub use tariff::{MeterPrice, Reserved, Tariff, Tier};
pub use usage::{Meter, Usage};
pub use verify::{BillCheck, LineCheck, Verdict, verify};
pub use window::{STANDARD_MONTH, Window, monthly};
