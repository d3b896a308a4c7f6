//! The form of deployments over several sites: a router, what lies between it and them, and when they are down.

use super::deployment::COMPARE_KEY;
use super::distribution::DISTRIBUTION;
use super::{COUNT, COUNT_OR_ZERO, Key, Kind, Shape, Variants, case, key, required};

pub static ROUTED: Shape = Shape {
    keys: &[
        required("route", &Kind::Variants(&ROUTES), "which of other deployments serves an invocation"),
        key(
            "transfer",
            &Kind::OneOrMore(&Kind::Table(&TRANSFER)),
            "what lies between the router and a site, or a list of such",
        ),
        key("outages", &Kind::List(&Kind::Table(&SITE_OUTAGE)), "when a site is down"),
        COMPARE_KEY,
    ],
};

static ROUTES: Variants = Variants {
    tag: "policy",
    what: "routing policy",
    cases: &[
        case("utilization", &UTILIZATION, "bursts while the base is busy beyond a threshold"),
        case("queue", &QUEUE, "bursts while too many wait at the base"),
        case("deadline", &DEADLINE, "bursts what the base would not finish in time"),
        case("cheapest-marginal", &CHEAPEST, "where one more invocation costs least, its waiting included"),
        case("weighted", &WEIGHTED, "to each site its share of the invocations"),
        case("spill", &SPILL, "bursts what exceeds a number of invocations at the base"),
        case("failover", &FAILOVER, "the first site of an order that is up"),
    ],
    planned: &[],
};

const BASE_KEY: Key = required("base", &Kind::Text, "deployment that is used first");
const BURST_KEY: Key = required("burst", &Kind::Text, "deployment that takes what the base should not");
static RESIDENCES: Kind = Kind::ByName(&Kind::List(&Kind::Text));
const RESIDENCY_KEY: Key = key("residency", &RESIDENCES, "sites that may hold each `data_class` of functions");

static UTILIZATION: Shape = Shape {
    keys: &[
        BASE_KEY,
        BURST_KEY,
        key("above", &Kind::Share, "bursts when more of the base's places are busy (default 80%)"),
        key("above_for", &Kind::Time, "and have been for so long (default 0)"),
        key("below", &Kind::Share, "returns when fewer are busy (default: three quarters of `above`)"),
        key("below_for", &Kind::Time, "and have been for so long (default 0)"),
        key(
            "bursting",
            &Kind::Choice(&["all", "excess"]),
            "what goes out meanwhile: all (default), or what comes while more than `above` are busy",
        ),
        RESIDENCY_KEY,
    ],
};

static QUEUE: Shape = Shape {
    keys: &[
        BASE_KEY,
        BURST_KEY,
        required("above", &COUNT, "bursts when more than so many wait at the base"),
        key("below", &COUNT_OR_ZERO, "returns when no more than so many wait (default 0)"),
        RESIDENCY_KEY,
    ],
};

static DEADLINE: Shape = Shape {
    keys: &[
        BASE_KEY,
        BURST_KEY,
        required("deadline", &Kind::Time, "from arrival to completion, as it is expected"),
        RESIDENCY_KEY,
    ],
};

static CHEAPEST: Shape = Shape {
    keys: &[
        BASE_KEY,
        BURST_KEY,
        required("waiting_cost", &Kind::Money, "what a second of an invocation's waiting costs"),
        key("base_cost", &Kind::Money, "of a second on a base without a free place (default: its price of a place)"),
        key("burst_cost", &Kind::Money, "of a second on the burst site (default: its price)"),
        RESIDENCY_KEY,
    ],
};

static WEIGHTED: Shape = Shape {
    keys: &[
        required("weights", &Kind::ByName(&COUNT_OR_ZERO), "the sites, each with its weight"),
        key("by", &Kind::Choice(&["turns", "random"]), "how the shares are kept: in turn (default), or drawn"),
        RESIDENCY_KEY,
    ],
};

static SPILL: Shape = Shape {
    keys: &[
        BASE_KEY,
        BURST_KEY,
        key("most", &COUNT_OR_ZERO, "invocations that the base holds, running or waiting (default: its places)"),
        RESIDENCY_KEY,
    ],
};

static FAILOVER: Shape = Shape {
    keys: &[required("order", &Kind::List(&Kind::Text), "the sites, the one to use first in front"), RESIDENCY_KEY],
};

static TRANSFER: Shape = Shape {
    keys: &[
        key("site", &Kind::Text, "the site at the other end (default: `burst`)"),
        key("size", &Kind::Size, "what an invocation moves and is paid for (default nothing)"),
        key("kind", &Kind::Choice(&["internet", "region", "zone"]), "over what: decides the price (default internet)"),
        key("price", &Kind::Money, "of a GB, instead of the price list's"),
        key("latency", &DISTRIBUTION, "there and back, added to the network of every latency (default 0)"),
    ],
};

static SITE_OUTAGE: Shape = Shape {
    keys: &[
        required("site", &Kind::Text, "the site that is down"),
        required("at", &Kind::Time, "since the start"),
        required("for", &Kind::Time, "how long it lasts"),
    ],
};
