//! The form of what is bought in advance.

use super::{Key, Kind, Shape, Variants, case, key, required};

static ON_SERVERS: Kind = Kind::List(&Kind::Variants(&COMMITMENTS));
pub(super) const COMMITMENTS_KEY: Key =
    key("commitments", &ON_SERVERS, "what is bought in advance, cleared hour by hour (AWS)");
static ON_FUNCTIONS: Kind = Kind::List(&Kind::Variants(&COMPUTE_COMMITMENTS));
pub(super) const COMPUTE_COMMITMENTS_KEY: Key =
    key("commitments", &ON_FUNCTIONS, "savings plans that cover duration and provisioned concurrency");
pub(super) const TASK_COMMITMENTS_KEY: Key =
    key("commitments", &ON_FUNCTIONS, "savings plans that cover vCPUs and memory of tasks");
pub(super) const ZONE_KEY: Key =
    key("zone", &Kind::Text, "availability zone of all servers, for zonal reservations (default: not stated)");

/// What servers may have.
pub static COMMITMENTS: Variants = Variants {
    tag: "kind",
    what: "commitment",
    cases: &[
        case("reserved", &RESERVED, "instances, paid for a term whether they run or not"),
        case("instance-savings-plan", &PLAN, "money an hour for one family, at its rates"),
        case("compute-savings-plan", &PLAN, "money an hour for any compute, at its rates"),
        case("capacity-reservation", &CAPACITY, "capacity kept ready, at the price on demand"),
    ],
    planned: &[],
};

/// What functions and tasks may have.
static COMPUTE_COMMITMENTS: Variants = Variants {
    tag: "kind",
    what: "commitment of functions or tasks",
    cases: &[case("compute-savings-plan", &COMPUTE_PLAN, "money an hour for any compute, at its rates")],
    planned: &[],
};

const TERM_KEY: Key = required("term", &Kind::Choice(&["1y", "3y"]), "how long it binds; a new term follows each");
const PAYMENTS: Kind = Kind::Choice(&["no-upfront", "partial-upfront", "all-upfront"]);
const PAYMENT_KEY: Key = key("payment", &PAYMENTS, "what is paid at the start of a term (default no-upfront)");
const COMMITMENT_KEY: Key = required("commitment", &Kind::Hourly, "what it is worth at its rates, used or not");

static RESERVED: Shape = Shape {
    keys: &[
        required("count", &Kind::Count { least: 1, most: 100_000 }, "instances"),
        TERM_KEY,
        PAYMENT_KEY,
        key("class", &Kind::Choice(&["standard", "convertible"]), "decides the price (default standard)"),
        key("scope", &Kind::Text, "\"regional\" (default): all zones, other sizes too; or the zone that it is for"),
        key("instance", &Kind::Text, "type that is reserved, of the same family (default: the servers')"),
        key("hourly", &Kind::Hourly, "price of one, instead of the price list's"),
        key("upfront", &Kind::Money, "price of one at the start of a term, instead of the price list's"),
    ],
};

static PLAN: Shape = Shape {
    keys: &[
        COMMITMENT_KEY,
        TERM_KEY,
        PAYMENT_KEY,
        key("rate", &Kind::Hourly, "of one server under the plan, instead of the price list's"),
        key("discount", &Kind::Share, "off the price on demand, instead of `rate`"),
    ],
};

static COMPUTE_PLAN: Shape = Shape {
    keys: &[
        COMMITMENT_KEY,
        TERM_KEY,
        PAYMENT_KEY,
        required("discount", &Kind::Share, "off the price on demand; no copy of a price list says how much"),
    ],
};

static CAPACITY: Shape = Shape {
    keys: &[
        required("count", &Kind::Count { least: 1, most: 100_000 }, "instances that fit"),
        key("from", &Kind::Time, "since the start (default 0)"),
        key("to", &Kind::Time, "since the start (default: the end)"),
    ],
};
