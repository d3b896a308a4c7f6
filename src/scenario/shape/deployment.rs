//! The forms of deployments: functions as a service, servers, and routers over them.

use super::commitments::COMPUTE_COMMITMENTS_KEY;
use super::containers::{FARGATE, KNATIVE, KUBERNETES};
use super::distribution::DISTRIBUTION;
use super::fleet::MACHINES;
use super::owned::OWNED;
use super::route::ROUTED;
use super::{COUNT, COUNT_OR_ZERO, Key, Kind, Shape, Variants, case, key, required};

/// On a platform, or over several other deployments.
pub static DEPLOYMENT: Kind = Kind::IfHas("route", &Kind::Table(&ROUTED), &Kind::Variants(&PLATFORMS));

/// The platforms that have a pack in `platforms/`.
pub static PLATFORMS: Variants = Variants {
    tag: "platform",
    what: "platform",
    cases: &[
        case("aws-lambda", &FAAS, "AWS Lambda: functions, paid per use"),
        case("aws-ec2", &MACHINES, "AWS EC2: servers, paid by time"),
        case("azure-vm", &MACHINES, "Azure virtual machines: servers, paid by time"),
        case("gcp-compute", &MACHINES, "Google Compute Engine: servers, paid by time"),
        case(
            "aws-fargate",
            &FARGATE,
            "AWS Fargate: containers without servers, paid by the time of their vCPUs and memory",
        ),
        case("aws-eks", &KUBERNETES, "AWS EKS: pods on nodes, paid by the time of the nodes and of the control plane"),
        case(
            "azure-aks",
            &KUBERNETES,
            "Azure AKS: pods on nodes, paid by the time of the nodes and of the control plane",
        ),
        case(
            "gcp-gke",
            &KUBERNETES,
            "Google GKE: pods on nodes, paid by the time of the nodes and of the control plane",
        ),
        case("knative", &KNATIVE, "Knative on such a cluster: pods per request, none where there are no requests"),
        case("owned", &OWNED, "servers of one's own, paid whether they work or not"),
    ],
    planned: &["google-cloud-run", "azure-functions", "cloudflare-workers", "openwhisk"],
};

// What may be set for a deployment, and again for one function of it.
const MEMORY_KEY: Key =
    key("memory", &Kind::Size, "memory of an instance (default: what the function or the trace states)");
pub(super) const TIMEOUT_KEY: Key =
    key("timeout", &Kind::WordOr("unlimited", &Kind::Time), "execution is cut off after this");
const EPHEMERAL_STORAGE_KEY: Key =
    key("ephemeral_storage", &Kind::Size, "disk of an instance (default: what is included)");
static CONCURRENCY_TABLE: Kind = Kind::Table(&CONCURRENCY);
const CONCURRENCY_KEY: Key = key("concurrency", &CONCURRENCY_TABLE, "limits, and instances that are always there");
static KEEP_ALIVE_TABLE: Kind = Kind::Variants(&KEEP_ALIVE);
const PROVISIONED_KEY: Key = key("provisioned", &COUNT_OR_ZERO, "instances of a function that are always there");
static SCHEDULED_LIST: Kind = Kind::List(&Kind::Table(&PROVISIONED_ACTION));
const SCHEDULED_KEY: Key = key(
    "scheduled",
    &SCHEDULED_LIST,
    "changes of `provisioned` by the clock (until the first one: as the last of them left it)",
);
static BATCH_TABLE: Kind = Kind::Table(&BATCH);
const BATCH_KEY: Key =
    key("batch", &BATCH_TABLE, "events that one invocation handles together (default: each has its own)");
const KEEP_ALIVE_KEY: Key = key("keep_alive", &KEEP_ALIVE_TABLE, "how long an idle instance is kept");
const IDLE_CHOICE_KEY: Key =
    key("idle_choice", &Kind::Choice(&IDLE_CHOICES), "which idle instance takes the next invocation");
const RUNTIME_KEY: Key =
    key("runtime", &Kind::Text, "language runtime: decides runtime init; see `sim platforms show`");
static START_TABLE: Kind = Kind::Table(&START);
const PACKAGE_KEY: Key = key(
    "package",
    &Kind::Size,
    "zipped code that a cold start loads; takes the platform's time for each MB (default: nothing beyond `init`)",
);
const START_KEY: Key = key("start", &START_TABLE, "phases of a cold start, each replacing the platform's");
const COLD_START_KEY: Key = key("cold_start", &DISTRIBUTION, "replaces every phase of a cold start");
const COLD_DURATION_KEY: Key =
    key("cold_duration", &DISTRIBUTION, "replaces the duration of invocations that start cold");

pub(super) const COMPARE_KEY: Key =
    key("compare", &Kind::Flag, "whether it is a row of the results, or only a site of a router (default true)");
pub(super) const REGION_KEY: Key =
    key("region", &Kind::Text, "decides the price (default: us-east-1, eastus or us-central1)");
static RETRY_TABLE: Kind = Kind::Table(&RETRY);
pub(super) const RETRY_KEY: Key =
    key("retry", &RETRY_TABLE, "what clients do when they are refused (default: one attempt)");
pub(super) const NETWORK_KEY: Key =
    key("network", &DISTRIBUTION, "one way to the platform and back, added to every latency (default 0)");
static PRICES: Kind = Kind::ByName(&Kind::Money);
pub(super) const PRICE_OVERRIDE_KEY: Key =
    key("price_override", &PRICES, "prices by meter, instead of the price list's");
pub(super) const COUNT_OF_WORKERS: Key =
    key("workers", &COUNT, "fcfs: requests in service at once; ps: most at once (default: vCPUs; no limit)");

static FUNCTION_CONCURRENCY: Shape = Shape {
    keys: &[
        key("reserved", &COUNT_OR_ZERO, "cap of the function, carved out of the account's"),
        PROVISIONED_KEY,
        SCHEDULED_KEY,
        key("per_instance", &COUNT, "invocations that one instance holds at the same time"),
    ],
};

static FUNCTION_OVERRIDES: Shape = Shape {
    keys: &[
        MEMORY_KEY,
        TIMEOUT_KEY,
        EPHEMERAL_STORAGE_KEY,
        key("concurrency", &Kind::Table(&FUNCTION_CONCURRENCY), "limits, and instances that are always there"),
        BATCH_KEY,
        KEEP_ALIVE_KEY,
        IDLE_CHOICE_KEY,
        RUNTIME_KEY,
        PACKAGE_KEY,
        START_KEY,
        COLD_START_KEY,
        COLD_DURATION_KEY,
    ],
};

static FAAS: Shape = Shape {
    keys: &[
        MEMORY_KEY,
        TIMEOUT_KEY,
        EPHEMERAL_STORAGE_KEY,
        CONCURRENCY_KEY,
        BATCH_KEY,
        KEEP_ALIVE_KEY,
        IDLE_CHOICE_KEY,
        RUNTIME_KEY,
        PACKAGE_KEY,
        START_KEY,
        COLD_START_KEY,
        COLD_DURATION_KEY,
        key("architecture", &Kind::Choice(&["x86", "x86_64", "arm64"]), "processor: decides the price (default x86)"),
        REGION_KEY,
        key("pool", &Kind::Choice(&["function", "app"]), "which invocations share instances"),
        key("tie_order", &Kind::Choice(&TIE_ORDERS), "who goes first at one instant"),
        key("parity", &Kind::Choice(&["simfaas", "dslab"]), "conventions of another simulator, to compare with it"),
        RETRY_KEY,
        key(
            "scaling_rate",
            &Kind::WordOr("unlimited", &Kind::Table(&BUCKET)),
            "how fast one function may add instances",
        ),
        key("request_rate", &Kind::WordOr("unlimited", &Kind::Table(&BUCKET)), "requests of all functions together"),
        NETWORK_KEY,
        PRICE_OVERRIDE_KEY,
        COMPUTE_COMMITMENTS_KEY,
        key("functions", &Kind::ByName(&Kind::Table(&FUNCTION_OVERRIDES)), "settings of single functions"),
        COMPARE_KEY,
    ],
};

const IDLE_CHOICES: [&str; 6] = ["newest", "mru", "lru", "oldest", "random", "swap-set"];
const TIE_ORDERS: [&str; 3] = ["finish-arrival-expiry", "finish-expiry-arrival", "arrival-expiry-finish"];

static CONCURRENCY: Shape = Shape {
    keys: &[
        key("account", &Kind::WordOr("unlimited", &COUNT), "executions of all functions at the same time"),
        key("reserved", &COUNT_OR_ZERO, "cap of each function, carved out of the account's"),
        PROVISIONED_KEY,
        SCHEDULED_KEY,
        key("per_instance", &COUNT, "invocations that one instance holds at the same time"),
    ],
};

static PROVISIONED_ACTION: Shape = Shape {
    keys: &[
        key("cron", &Kind::Text, "instants, five fields, UTC; either this or `at`"),
        key("at", &Kind::Time, "one instant since the start"),
        required("provisioned", &COUNT_OR_ZERO, "instances of a function that are asked for from there on"),
    ],
};

static BATCH: Shape = Shape {
    keys: &[
        required("size", &COUNT, "a batch is sent when it has so many events"),
        required("window", &Kind::Time, "or when its first event has waited for so long"),
        key(
            "once",
            &Kind::Time,
            "part of each event's duration that a batch needs only once, at most all of it (default 0)",
        ),
    ],
};

static KEEP_ALIVE: Variants = Variants {
    tag: "policy",
    what: "keep-alive policy",
    cases: &[
        case("none", &KEEP_NONE, "gone as soon as it is idle"),
        case("fixed", &KEEP_FIXED, "gone when idle for longer than `idle`"),
        case("exponential", &KEEP_EXPONENTIAL, "each idle period has its own life, exponential"),
        case("survival", &KEEP_SURVIVAL, "each idle period has its own life, from a measured curve"),
        case("measured", &KEEP_MEASURED, "a curve that the platform's pack holds"),
        case("histogram", &KEEP_HISTOGRAM, "hybrid histogram policy of \"Serverless in the Wild\" (ATC 2020)"),
        case("infinite", &KEEP_NONE, "kept for ever"),
    ],
    planned: &[],
};

static KEEP_NONE: Shape = Shape { keys: &[] };
static KEEP_FIXED: Shape = Shape {
    keys: &[
        required("idle", &Kind::Time, "longest idle time"),
        key("sliding", &Kind::Flag, "each use starts the time again (default true); else it runs from creation"),
        key("from", &Kind::Choice(&["finish", "start"]), "of the latest invocation (default finish)"),
    ],
};
static KEEP_EXPONENTIAL: Shape = Shape { keys: &[required("mean", &Kind::Time, "mean idle life")] };
static KEEP_SURVIVAL: Shape =
    Shape { keys: &[required("curve", &Kind::List(&Kind::Table(&SURVIVAL_POINT)), "points of the curve")] };
static SURVIVAL_POINT: Shape =
    Shape { keys: &[required("idle", &Kind::Time, "idle time"), required("alive", &Kind::Share, "share still there")] };
static KEEP_MEASURED: Shape =
    Shape { keys: &[required("curve", &Kind::Text, "name of the curve; see `sim platforms show`")] };
static KEEP_HISTOGRAM: Shape = Shape {
    keys: &[
        key("range", &Kind::Time, "longest idle time that the histogram covers (default 4h)"),
        key("bin", &Kind::Time, "width of a bin (default 1min)"),
        key("head", &Kind::Share, "percentile before which the instance is let go (default 5%)"),
        key("tail", &Kind::Share, "percentile to which it is kept (default 99%)"),
        key("margin", &Kind::Share, "safety margin on both (default 10%)"),
        key("samples", &COUNT, "fewest idle times before the histogram is believed (default 10)"),
        key("fallback", &Kind::Time, "fixed keep-alive until then (default: the range)"),
    ],
};

static START: Shape = Shape {
    keys: &[
        key("place", &DISTRIBUTION, "finding a host and starting the sandbox"),
        key("fetch", &DISTRIBUTION, "fetching the code"),
        key("runtime_init", &DISTRIBUTION, "starting the language runtime"),
        key("application_init", &DISTRIBUTION, "the application's own init"),
    ],
};

static RETRY: Shape = Shape {
    keys: &[
        required("attempts", &Kind::Count { least: 1, most: 100 }, "attempts in all"),
        key("backoff", &Kind::Time, "wait before the second attempt, doubled each time (default 100ms)"),
        key("max_backoff", &Kind::Time, "longest wait (default 20s)"),
        key(
            "jitter",
            &Kind::Choice(&["none", "full", "equal", "exponential"]),
            "how the wait is spread (default full)",
        ),
    ],
};

static BUCKET: Shape = Shape {
    keys: &[
        required("burst", &COUNT, "tokens of a full bucket"),
        required("per_second", &Kind::Number { least: 0.0, most: 1e9 }, "tokens that come back each second"),
        key("interval", &Kind::Time, "tokens come together, once an interval (default: one by one)"),
    ],
};
