//! The form of spot capacity: what it costs over time, and when the provider takes it back.

use super::distribution::DISTRIBUTION;
use super::{Key, Kind, Shape, key};

static SPOT_TABLE: Kind = Kind::Table(&SPOT);
pub(super) const SPOT_KEY: Key = key("spot", &SPOT_TABLE, "spot servers: recorded prices, and what takes them away");
pub(super) const CREDITS_KEY: Key = key(
    "credits",
    &Kind::Choice(&["unlimited", "standard"]),
    "burstable types out of CPU credits: pay for more, or slow down (default: unlimited, T2 standard)",
);

static SPOT: Shape = Shape {
    keys: &[
        key("prices", &Kind::Text, "file of recorded prices (default: the flat price of the list)"),
        key("instance", &Kind::Text, "prices: rows of this type (default: all rows agree)"),
        key("zone", &Kind::Text, "prices: rows of this zone"),
        key("region", &Kind::Text, "prices: rows of this region"),
        key("product", &Kind::Text, "prices: rows of this product, such as \"Linux/UNIX\""),
        key("price_cap", &Kind::Money, "of an hour: while the price is higher there are no servers (default: none)"),
        key("availability", &Kind::Text, "file of how many servers could be had (default: as many as are asked for)"),
        key("skip", &Kind::Time, "the scenario begins so long after its files do (default 0)"),
        key("repeat", &Kind::Flag, "files that end begin again (default false: they must cover the scenario)"),
        key("interruption", &Kind::Share, "share that is interrupted within a month of 730 h (default 0)"),
        key("together", &Kind::Choice(&["pool", "single"]), "who is interrupted at once: all (default), or each alone"),
        key("notice", &Kind::Time, "between the warning and the end (default: the platform's)"),
        key("outage", &DISTRIBUTION, "after an interruption there is no server for so long (default 0)"),
    ],
};
