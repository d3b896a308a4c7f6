//! Numbers that know what they measure, and the only code that turns text into them.
//!
//! Time is whole nanoseconds, sizes are whole bytes, money is decimal. Arithmetic that could
//! overflow saturates or is checked where it stands; nothing here rounds without saying how.

mod calendar;
mod cores;
mod money;
mod quantity;
mod rate;
mod size;
mod text;
mod time;

pub use calendar::{Calendar, MonthId};
pub use cores::Cores;
pub use money::{Currency, Money};
pub use quantity::{Ratio, Share};
pub use rate::{Hourly, Rate};
pub use size::Size;
pub use text::{UnitError, date, grouped, nearest, with_article};
pub use time::{SimTime, Span};
