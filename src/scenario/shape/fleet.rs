//! The forms of deployments on machines: how many, how they start, who asks for more, what takes them away.

use super::commitments::{COMMITMENTS_KEY, ZONE_KEY};
use super::deployment::{
    COMPARE_KEY, COUNT_OF_WORKERS, NETWORK_KEY, PRICE_OVERRIDE_KEY, REGION_KEY, RETRY_KEY, TIMEOUT_KEY,
};
use super::distribution::DISTRIBUTION;
use super::spot::{CREDITS_KEY, SPOT_KEY};
use super::{COUNT, COUNT_OR_ZERO, Key, Kind, Shape, Variants, case, key, required};

pub static MACHINES: Shape = Shape {
    keys: &[
        required("instance", &Kind::Text, "instance type, such as \"t3.medium\""),
        COUNT_KEY,
        SIZE_KEY,
        SCALING_KEY,
        PURCHASE_KEY,
        COMMITMENTS_KEY,
        SPOT_KEY,
        CREDITS_KEY,
        REGION_KEY,
        ZONE_KEY,
        DISCIPLINE_KEY,
        COUNT_OF_WORKERS,
        key("cores", &COUNT, "ps: cores that requests share (default: the instance's vCPUs)"),
        QUEUE_KEY,
        ACCEPT_QUEUE_KEY,
        PATIENCE_KEY,
        RETRY_KEY,
        BALANCER_KEY,
        SLOW_START_KEY,
        LAUNCH_KEY,
        WARM_POOL_KEY,
        DRAIN_KEY,
        FAILURES_KEY,
        MAINTENANCE_KEY,
        OUTAGES_KEY,
        ON_LOSS_KEY,
        CHECKPOINT_KEY,
        TIMEOUT_KEY,
        NETWORK_KEY,
        PRICE_OVERRIDE_KEY,
        COMPARE_KEY,
    ],
};

pub(super) const PURCHASE_KEY: Key =
    key("purchase", &Kind::Text, "\"on-demand\" (default), \"spot\", \"reserved-1y-no-upfront\", ...");
pub(super) const COUNT_KEY: Key =
    key("count", &Kind::Count { least: 1, most: 100_000 }, "servers, a fixed number; else `size`");
static SIZE_TABLE: Kind = Kind::Table(&SIZE);
pub(super) const SIZE_KEY: Key = key("size", &SIZE_TABLE, "fewest and most servers, with `scaling`");
static SCALING_LIST: Kind = Kind::OneOrMore(&Kind::Variants(&GROUP_SCALING));
const SCALING_KEY: Key = key("scaling", &SCALING_LIST, "policies that change the number of servers, one or a list");
pub(super) const DISCIPLINE_KEY: Key =
    key("discipline", &Kind::Choice(&["ps", "fcfs"]), "how a server works on what it holds (default ps)");
pub(super) const QUEUE_KEY: Key = key(
    "queue",
    &Kind::Choice(&["server", "shared"]),
    "where requests wait: in the server that the balancer chose (default), or before all of them",
);
pub(super) const ACCEPT_QUEUE_KEY: Key = key(
    "accept_queue",
    &Kind::WordOr("unlimited", &COUNT_OR_ZERO),
    "requests that wait in one queue (default unlimited)",
);
pub(super) const PATIENCE_KEY: Key =
    key("patience", &DISTRIBUTION, "a request that has waited for so long is abandoned (default: it waits)");
pub(super) const BALANCER_KEY: Key =
    key("balancer", &Kind::Choice(&BALANCERS), "which server takes the next request (default round-robin)");
pub(super) const SLOW_START_KEY: Key =
    key("slow_start", &Kind::Time, "a new server's share of the requests grows for so long (default 0)");
static LAUNCH_TABLE: Kind = Kind::Table(&LAUNCH);
const LAUNCH_KEY: Key = key("launch", &LAUNCH_TABLE, "phases of a start, each replacing the platform's");
static WARM_POOL_TABLE: Kind = Kind::Table(&WARM_POOL);
const WARM_POOL_KEY: Key = key("warm_pool", &WARM_POOL_TABLE, "servers that stand by, already set up");
pub(super) const DRAIN_KEY: Key =
    key("drain", &Kind::Time, "a server that is to go may finish its work for so long (default: the platform's)");
static FAILURES_TABLE: Kind = Kind::Table(&FAILURES);
pub(super) const FAILURES_KEY: Key =
    key("failures", &FAILURES_TABLE, "servers, tasks or pods fail at random (default: never)");
static MAINTENANCE_TABLE: Kind = Kind::Table(&MAINTENANCE);
pub(super) const MAINTENANCE_KEY: Key =
    key("maintenance", &MAINTENANCE_TABLE, "servers are out of service, one after the other (default: never)");
static OUTAGES_LIST: Kind = Kind::List(&Kind::Table(&OUTAGE));
pub(super) const OUTAGES_KEY: Key = key("outages", &OUTAGES_LIST, "when the whole site is down");
pub(super) const ON_LOSS_KEY: Key = key(
    "on_loss",
    &Kind::Choice(&["fail", "requeue"]),
    "what becomes of work on what goes: it has failed (default), or begins again elsewhere",
);
pub(super) const CHECKPOINT_KEY: Key =
    key("checkpoint", &Kind::Time, "requeued work goes on from its last multiple of this (default: from its start)");

const BALANCERS: [&str; 5] = ["round-robin", "least-outstanding", "power-of-two", "random", "jsq"];

static SIZE: Shape = Shape {
    keys: &[
        required("least", &COUNT_OR_ZERO, "fewest servers"),
        required("most", &Kind::Count { least: 1, most: 100_000 }, "most servers"),
        key("initial", &COUNT_OR_ZERO, "servers at the start (default: the fewest)"),
    ],
};

static LAUNCH: Shape = Shape {
    keys: &[
        key("api", &DISTRIBUTION, "until the provider has accepted the call"),
        key("pending", &DISTRIBUTION, "until the server runs; billing begins then"),
        key("boot", &DISTRIBUTION, "until its operating system is up"),
        key("bootstrap", &DISTRIBUTION, "until the application is up (default 0)"),
        key("health_check", &DISTRIBUTION, "until the balancer sends it requests"),
        key(
            "warm_up",
            &Kind::Time,
            "counted from there until its load counts in the metrics (default: the platform's cooldown)",
        ),
    ],
};

static WARM_POOL: Shape = Shape {
    keys: &[
        required("size", &COUNT, "servers that stand by"),
        key(
            "state",
            &Kind::Choice(&["stopped", "hibernated", "running"]),
            "running ones are billed, the others only until they are set up (default stopped)",
        ),
        key(
            "start",
            &DISTRIBUTION,
            "from the decision until it runs; then comes the health check (default: the platform's)",
        ),
    ],
};

pub(super) static FAILURES: Shape = Shape {
    keys: &[
        required("annual_rate", &Kind::Ratio, "failures of one in a year of service, such as \"5%\""),
        key("repair", &DISTRIBUTION, "until it is back; left out: it is replaced by a new one"),
    ],
};

pub(super) static MAINTENANCE: Shape = Shape {
    keys: &[
        required("every", &Kind::Time, "each server once in this time"),
        required("length", &Kind::Time, "how long one is out, after `drain`"),
        key("at_once", &COUNT, "most servers that are out or draining (default 1)"),
    ],
};

static OUTAGE: Shape = Shape {
    keys: &[required("at", &Kind::Time, "since the start"), required("for", &Kind::Time, "how long it lasts")],
};

/// Policies of an auto scaling group.
pub static GROUP_SCALING: Variants = Variants {
    tag: "policy",
    what: "scaling policy",
    cases: &[
        case("target-tracking", &TARGET_TRACKING, "keeps a metric near a target"),
        case("step", &STEP, "adds or removes in steps, by how far a metric is beyond a threshold"),
        case("simple", &SIMPLE, "adds or removes a number when a metric crosses a threshold, then pauses"),
        case("scheduled", &SCHEDULED, "sets sizes at given instants"),
        case("predictive", &PREDICTIVE, "adds ahead of the load of the same hour of earlier days"),
    ],
    planned: &[],
};

const METRICS: [&str; 4] = ["cpu", "requests", "concurrency", "backlog"];
const METRIC_KEY: Key = key(
    "metric",
    &Kind::Choice(&METRICS),
    "by server: utilisation (default), requests a minute, requests in service or waiting, requests waiting",
);
pub(super) const PERIOD_KEY: Key = key("period", &Kind::Time, "of the metric (default: the platform's)");
pub(super) const DELAY_KEY: Key =
    key("delay", &Kind::Time, "until a point of the metric can be read (default: the platform's)");
const MONITORING_KEY: Key = key(
    "monitoring",
    &Kind::Choice(&["detailed", "basic"]),
    "cpu: how often servers report, if there is a choice (default detailed, whose charge is not billed)",
);
const POINTS_KEY: Key = key("points", &COUNT, "periods in a row beyond the threshold (default 1)");
const ABOVE_KEY: Key = key("above", &Kind::Ratio, "threshold from below; either this or `below`");
const BELOW_KEY: Key = key("below", &Kind::Ratio, "threshold from above");
const CHANGE_KEY: Key =
    key("change", &Kind::Choice(&["count", "percent", "exact"]), "what amounts mean (default count)");
const AT_LEAST_KEY: Key =
    key("at_least", &COUNT, "percent: fewest servers that one change adds or removes (default 1)");
const AMOUNT: Kind = Kind::Number { least: -100_000.0, most: 100_000.0 };

static TARGET_TRACKING: Shape = Shape {
    keys: &[
        METRIC_KEY,
        required("target", &Kind::Ratio, "\"50%\" for cpu, a number for the others"),
        PERIOD_KEY,
        MONITORING_KEY,
        DELAY_KEY,
        key("high_for", &Kind::Time, "above the target for so long adds servers (default 3min)"),
        key("low_for", &Kind::Time, "below the lower threshold for so long removes servers (default 15min)"),
        key("low", &Kind::Share, "lower threshold, as a share of the target (default 70%)"),
        key("cooldown_out", &Kind::Time, "pause after adding (default 0)"),
        key("cooldown_in", &Kind::Time, "pause after removing (default 0)"),
        key("scale_in", &Kind::Flag, "whether it removes servers (default true)"),
    ],
};

pub(super) static STEP: Shape = Shape {
    keys: &[
        METRIC_KEY,
        ABOVE_KEY,
        BELOW_KEY,
        PERIOD_KEY,
        MONITORING_KEY,
        DELAY_KEY,
        POINTS_KEY,
        CHANGE_KEY,
        AT_LEAST_KEY,
        required("steps", &Kind::List(&Kind::Table(&STEP_ADJUSTMENT)), "changes by distance from the threshold"),
    ],
};

static STEP_ADJUSTMENT: Shape = Shape {
    keys: &[
        key("from", &DISTANCE, "lower end of the step, from the threshold (default: without end)"),
        key("to", &DISTANCE, "upper end of the step, from the threshold (default: without end)"),
        required("amount", &AMOUNT, "servers, or percent of them; below 0 removes"),
    ],
};
static DISTANCE: Kind = Kind::Number { least: -1e9, most: 1e9 };

pub(super) static SIMPLE: Shape = Shape {
    keys: &[
        METRIC_KEY,
        ABOVE_KEY,
        BELOW_KEY,
        PERIOD_KEY,
        MONITORING_KEY,
        DELAY_KEY,
        POINTS_KEY,
        CHANGE_KEY,
        AT_LEAST_KEY,
        required("amount", &AMOUNT, "servers, or percent of them; below 0 removes"),
        key("cooldown", &Kind::Time, "pause after the last change is complete (default: the platform's)"),
    ],
};

pub(super) static SCHEDULED: Shape =
    Shape { keys: &[required("actions", &Kind::List(&Kind::Table(&ACTION)), "what is set when")] };
static ACTION: Shape = Shape {
    keys: &[
        key("cron", &Kind::Text, "instants, five fields, UTC; either this or `at`"),
        key("at", &Kind::Time, "one instant since the start"),
        key("least", &COUNT_OR_ZERO, "fewest servers from there on"),
        key("most", &COUNT, "most servers from there on"),
        key("desired", &COUNT_OR_ZERO, "servers that there should be"),
    ],
};

static PREDICTIVE: Shape = Shape {
    keys: &[
        METRIC_KEY,
        required("target", &Kind::Ratio, "\"50%\" for cpu, a number for the others"),
        key("pre_launch", &Kind::Time, "launches so long before the forecast load (default 0)"),
    ],
};
