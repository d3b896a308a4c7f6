//! The form of a deployment on servers of one's own.

use super::deployment::{COMPARE_KEY, COUNT_OF_WORKERS, NETWORK_KEY, RETRY_KEY, TIMEOUT_KEY};
use super::fleet::{
    ACCEPT_QUEUE_KEY, BALANCER_KEY, CHECKPOINT_KEY, DISCIPLINE_KEY, DRAIN_KEY, FAILURES, MAINTENANCE, ON_LOSS_KEY,
    OUTAGES_KEY, PATIENCE_KEY, QUEUE_KEY, SLOW_START_KEY,
};
use super::{COUNT, Key, Kind, Shape, key};

pub static OWNED: Shape = Shape {
    keys: &[
        COUNT_KEY,
        key("capacity_plan", &Kind::Table(&CAPACITY_PLAN), "servers are bought as demand grows"),
        key("cores", &SERVER_CORES, "cores of a server (default: the platform's)"),
        key("memory", &Kind::Size, "memory of a server (default: the platform's)"),
        key("overcommit", &OVERCOMMIT, "ps: virtual cores for each core; most requests at once are as many"),
        DISCIPLINE_KEY,
        COUNT_OF_WORKERS,
        QUEUE_KEY,
        ACCEPT_QUEUE_KEY,
        PATIENCE_KEY,
        RETRY_KEY,
        BALANCER_KEY,
        SLOW_START_KEY,
        DRAIN_KEY,
        key("failures", &FAILURES_OR_NONE, "servers fail at random (default: the platform's)"),
        key("maintenance", &MAINTENANCE_OR_NONE, "servers are out of service in turn (default: the platform's)"),
        OUTAGES_KEY,
        ON_LOSS_KEY,
        CHECKPOINT_KEY,
        TIMEOUT_KEY,
        NETWORK_KEY,
        COMPARE_KEY,
        key("ownership", &Kind::Table(&OWNERSHIP), "what owning a server costs, each instead of the default"),
    ],
};

const COUNT_KEY: Key = key(
    "count",
    &Kind::Count { least: 1, most: 100_000 },
    "servers in service at the start; with `capacity_plan`, at least",
);
const SERVER_CORES: Kind = Kind::Count { least: 1, most: 100_000 };
const OVERCOMMIT: Kind = Kind::Number { least: 1.0, most: 1_000.0 };
static FAILURES_TABLE: Kind = Kind::Table(&FAILURES);
static FAILURES_OR_NONE: Kind = Kind::WordOr("none", &FAILURES_TABLE);
static MAINTENANCE_TABLE: Kind = Kind::Table(&MAINTENANCE);
static MAINTENANCE_OR_NONE: Kind = Kind::WordOr("none", &MAINTENANCE_TABLE);

static CAPACITY_PLAN: Shape = Shape {
    keys: &[
        key(
            "headroom",
            &Kind::WordOr("n+1", &Kind::Ratio),
            "capacity above the busiest hour, or one server more (default: the platform's)",
        ),
        key("quantum", &COUNT, "servers that are bought at a time (default: the platform's)"),
        key(
            "expected_growth",
            &Kind::Ratio,
            "a year, on which orders rest: they come a lead time later (default: demand is known in advance)",
        ),
    ],
};

const FACTOR: Kind = Kind::Number { least: 0.0, most: 1e9 };
/// A building needs what its servers need, at least.
const PUE: Kind = Kind::Number { least: 1.0, most: 100.0 };
const ABOVE_ZERO: Kind = Kind::Number { least: 1e-6, most: 1e9 };

/// The keys are those of `prices/owned-capacity.csv`, with `_` for `-`.
static OWNERSHIP: Shape = Shape {
    keys: &[
        key("server_price", &Kind::Money, "price of a server"),
        key("useful_life", &Kind::Time, "over which it is depreciated, and after which it is replaced"),
        key("cost_of_money", &Kind::Ratio, "interest a year on the book value"),
        key("idle_power", &FACTOR, "watts of a server that is on and does nothing"),
        key("full_power", &FACTOR, "watts of a server all of whose cores work"),
        key("pue", &PUE, "power of the building for each watt of a server"),
        key("energy_price", &Kind::Money, "price of a kWh"),
        key("space", &Kind::Money, "price of a kW of full power for a month"),
        key("network_share", &Kind::Ratio, "network gear, as a part of the price of the servers"),
        key("maintenance", &Kind::Ratio, "part of the price of a server, a year"),
        key("licence_core", &Kind::Money, "licence of a core for a year"),
        key("licence_server", &Kind::Money, "licence of a server for a year"),
        key("licence_minimum_cores", &FACTOR, "cores for which a server is licensed at least"),
        key("salary", &Kind::Money, "of an administrator, a year"),
        key("salary_load", &FACTOR, "what an administrator costs for each unit of salary"),
        key("servers_per_admin", &ABOVE_ZERO, "servers that one administrator looks after"),
        key("minimum_admins", &FACTOR, "administrators who are paid however few servers there are"),
        key("spares", &Kind::Ratio, "servers kept aside, as a part of those in use, rounded up"),
        key("lead_time", &Kind::Time, "from order, when servers are paid, to service"),
    ],
};
