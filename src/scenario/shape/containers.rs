//! The forms of deployments in containers: tasks on Fargate, pods on the nodes of a cluster, and pods per request.

use super::commitments::{COMMITMENTS_KEY, TASK_COMMITMENTS_KEY, ZONE_KEY};
use super::deployment::{COMPARE_KEY, NETWORK_KEY, PRICE_OVERRIDE_KEY, REGION_KEY, RETRY_KEY, TIMEOUT_KEY};
use super::distribution::DISTRIBUTION;
use super::fleet::{
    ACCEPT_QUEUE_KEY, BALANCER_KEY, CHECKPOINT_KEY, DELAY_KEY, FAILURES_KEY, ON_LOSS_KEY, OUTAGES_KEY, PATIENCE_KEY,
    PERIOD_KEY, PURCHASE_KEY, SCHEDULED, SIMPLE, SLOW_START_KEY, STEP,
};
use super::{COUNT, COUNT_OR_ZERO, Key, Kind, Shape, Variants, case, key, required};

static MOST_MEMBERS: Kind = Kind::Count { least: 1, most: 100_000 };

static BALANCER_LINES_TABLE: Kind = Kind::Table(&BALANCER_LINES);
const LOAD_BALANCER_KEY: Key =
    key("load_balancer", &BALANCER_LINES_TABLE, "load balancers that are billed with it (default none)");
static GATEWAY_LINES_TABLE: Kind = Kind::Table(&GATEWAY_LINES);
const NAT_KEY: Key =
    key("nat", &GATEWAY_LINES_TABLE, "gateways for address translation that are billed with it (default none)");
const CONCURRENCY_KEY: Key =
    key("concurrency", &COUNT, "requests that one works on at the same time (default: no limit)");
const QUEUE_KEY: Key = key(
    "queue",
    &Kind::Choice(&["member", "shared"]),
    "where requests wait: in the pod or task that the balancer chose (default), or before all of them",
);

static BALANCER_LINES: Shape = Shape {
    keys: &[
        required("count", &COUNT, "load balancers"),
        key("units", &Kind::Number { least: 0.0, most: 1e6 }, "capacity units that they use on average (default 0)"),
    ],
};
static GATEWAY_LINES: Shape = Shape { keys: &[required("count", &COUNT, "gateways")] };

pub static FARGATE: Shape = Shape {
    keys: &[
        required("cpu", &Kind::Cores, "vCPUs of a task: 0.25, 0.5, 1, 2, 4, 8 or 16"),
        required("memory", &Kind::Size, "memory of a task; what is possible depends on `cpu`"),
        key("count", &MOST_MEMBERS, "tasks, a fixed number; else `size`"),
        key("size", &Kind::Table(&TASKS), "fewest and most tasks, with `scaling`"),
        key(
            "scaling",
            &Kind::OneOrMore(&Kind::Variants(&TASK_SCALING)),
            "policies that change the number of tasks, one or a list",
        ),
        key(
            "system",
            &Kind::Choice(&["linux", "windows"]),
            "operating system: decides price and shortest bill (default linux)",
        ),
        key("architecture", &Kind::Choice(&["x86", "x86_64", "arm64"]), "processor: decides the price (default x86)"),
        key("ephemeral_storage", &Kind::Size, "disk of a task (default: what is included)"),
        TASK_COMMITMENTS_KEY,
        CONCURRENCY_KEY,
        key("launch", &Kind::Table(&TASK_LAUNCH), "phases of a task's start, each replacing the platform's"),
        key("drain", &Kind::Time, "a task that is to go may finish its work for so long (default: the platform's)"),
        LOAD_BALANCER_KEY,
        NAT_KEY,
        QUEUE_KEY,
        ACCEPT_QUEUE_KEY,
        PATIENCE_KEY,
        RETRY_KEY,
        BALANCER_KEY,
        SLOW_START_KEY,
        FAILURES_KEY,
        OUTAGES_KEY,
        ON_LOSS_KEY,
        CHECKPOINT_KEY,
        TIMEOUT_KEY,
        NETWORK_KEY,
        REGION_KEY,
        PRICE_OVERRIDE_KEY,
        COMPARE_KEY,
    ],
};

static TASKS: Shape = Shape {
    keys: &[
        required("least", &COUNT_OR_ZERO, "fewest tasks"),
        required("most", &MOST_MEMBERS, "most tasks"),
        key("initial", &COUNT_OR_ZERO, "tasks at the start (default: the fewest)"),
    ],
};

static TASK_LAUNCH: Shape = Shape {
    keys: &[
        key("provision", &DISTRIBUTION, "until the image begins to be downloaded; billing begins then"),
        key("start", &DISTRIBUTION, "downloading the image and starting the container"),
        key("bootstrap", &DISTRIBUTION, "until the application is up (default 0)"),
        key("health_check", &DISTRIBUTION, "until the balancer sends it requests"),
        key("warm_up", &Kind::Time, "counted from there until its load counts in the metrics (default 0)"),
    ],
};

/// Policies of Application Auto Scaling.
static TASK_SCALING: Variants = Variants {
    tag: "policy",
    what: "scaling policy of tasks",
    cases: &[
        case("target-tracking", &TARGET_TRACKING, "keeps a metric near a target"),
        case("step", &STEP, "adds or removes in steps, by how far a metric is beyond a threshold"),
        case("simple", &SIMPLE, "adds or removes a number when a metric crosses a threshold, then pauses"),
        case("scheduled", &SCHEDULED, "sets sizes at given instants"),
    ],
    planned: &[],
};

static METRICS: Kind = Kind::Choice(&["cpu", "requests", "concurrency", "backlog"]);

static TARGET_TRACKING: Shape = Shape {
    keys: &[
        key(
            "metric",
            &METRICS,
            "by task: utilisation (default), requests a minute, requests in service or waiting, requests waiting",
        ),
        required("target", &Kind::Ratio, "\"50%\" for cpu, a number for the others"),
        PERIOD_KEY,
        DELAY_KEY,
        key("high_for", &Kind::Time, "above the target for so long adds tasks (default 3min)"),
        key("low_for", &Kind::Time, "below the lower threshold for so long removes tasks (default 15min)"),
        key("low", &Kind::Share, "lower threshold, as a share of the target (default 90%)"),
        key("cooldown_out", &Kind::Time, "pause after adding (default 5min)"),
        key("cooldown_in", &Kind::Time, "pause after removing (default 5min)"),
        key("scale_in", &Kind::Flag, "whether it removes tasks (default true)"),
    ],
};

static RESOURCES_TABLE: Kind = Kind::Table(&RESOURCES);
const REQUESTS_KEY: Key = required("requests", &RESOURCES_TABLE, "what a pod asks of its node");
static RESOURCES: Shape = Shape {
    keys: &[required("cpu", &Kind::Cores, "cores, such as \"500m\" or 0.5"), required("memory", &Kind::Size, "memory")],
};
static LIMITS_TABLE: Kind = Kind::Table(&LIMITS);
const LIMITS_KEY: Key = key("limits", &LIMITS_TABLE, "what a pod may use at most (default: what it asks for)");
static LIMITS: Shape = Shape {
    keys: &[
        key("cpu", &Kind::Cores, "cores that a pod works with (default: those that it asks for)"),
        key("memory", &Kind::Size, "memory (default: what it asks for)"),
    ],
};

const IMAGE_KEY: Key = key("image", &Kind::Size, "size of the image, which each node fetches once (default 100MB)");
static POD_LAUNCH_TABLE: Kind = Kind::Table(&POD_LAUNCH);
const POD_LAUNCH_KEY: Key =
    key("launch", &POD_LAUNCH_TABLE, "phases of a pod's start on its node, each replacing the platform's");
static POD_LAUNCH: Shape = Shape {
    keys: &[
        key("pull", &DISTRIBUTION, "fetching and unpacking the image where the node does not have it"),
        key("start", &DISTRIBUTION, "starting the container"),
        key("bootstrap", &DISTRIBUTION, "until the application is up (default 0)"),
        key("readiness", &DISTRIBUTION, "until the readiness probe has passed and requests come"),
    ],
};
const TERMINATION_KEY: Key =
    key("termination", &Kind::Time, "a pod that is to go may finish its work for so long (default: the platform's)");
static NODES_TABLE: Kind = Kind::Table(&NODES);
const NODES_KEY: Key = required("nodes", &NODES_TABLE, "the nodes that pods run on");

pub static KUBERNETES: Shape = Shape {
    keys: &[
        REQUESTS_KEY,
        LIMITS_KEY,
        key("replicas", &MOST_MEMBERS, "pods, a fixed number; else `size`"),
        key("size", &Kind::Table(&PODS), "fewest and most pods, with `scaling`"),
        key("scaling", &Kind::Variants(&POD_SCALING), "the autoscaler that changes the number of pods"),
        CONCURRENCY_KEY,
        IMAGE_KEY,
        POD_LAUNCH_KEY,
        TERMINATION_KEY,
        NODES_KEY,
        LOAD_BALANCER_KEY,
        NAT_KEY,
        QUEUE_KEY,
        ACCEPT_QUEUE_KEY,
        PATIENCE_KEY,
        RETRY_KEY,
        BALANCER_KEY,
        SLOW_START_KEY,
        FAILURES_KEY,
        OUTAGES_KEY,
        ON_LOSS_KEY,
        CHECKPOINT_KEY,
        TIMEOUT_KEY,
        NETWORK_KEY,
        REGION_KEY,
        PRICE_OVERRIDE_KEY,
        COMPARE_KEY,
    ],
};

static PODS: Shape = Shape {
    keys: &[
        required("least", &COUNT_OR_ZERO, "fewest pods"),
        required("most", &MOST_MEMBERS, "most pods"),
        key("initial", &COUNT_OR_ZERO, "pods at the start (default: the fewest, but what the autoscaler begins with)"),
    ],
};

static INSTANCES: Kind = Kind::OneOrMore(&Kind::Text);
static NODES: Shape = Shape {
    keys: &[
        required("instance", &INSTANCES, "instance type, such as \"m5.large\", or several that nodes may be of"),
        PURCHASE_KEY,
        COMMITMENTS_KEY,
        ZONE_KEY,
        key("least", &COUNT_OR_ZERO, "fewest nodes (default 0)"),
        key("most", &MOST_MEMBERS, "most nodes (default 1000)"),
        key(
            "provisioner",
            &Kind::Choice(&["fixed", "cluster-autoscaler", "karpenter"]),
            "who adds and removes nodes; with `fixed` the fewest stay (default: the platform's)",
        ),
        key(
            "scheduling",
            &Kind::Choice(&["spread", "pack"]),
            "which node takes a pod: the emptiest (default) or the fullest that it fits on",
        ),
        key("most_pods", &COUNT, "pods that a node may hold (default: the platform's)"),
        key("launch", &DISTRIBUTION, "replaces every phase of a node's start; all of it is billed"),
        key(
            "consolidation",
            &Kind::Choice(&["empty", "underused"]),
            "karpenter: removes nodes that are empty, or those whose pods fit elsewhere, too (default)",
        ),
        key("consolidate_after", &Kind::Time, "karpenter: after so long without change on a node (default 0)"),
        key(
            "expander",
            &Kind::Choice(&["least-waste", "most-pods"]),
            "cluster-autoscaler: which of several types it adds (default least-waste)",
        ),
        key(
            "unneeded",
            &Kind::Time,
            "cluster-autoscaler: a node goes after being unneeded for so long (default 10min)",
        ),
    ],
};

/// Autoscalers of pods.
static POD_SCALING: Variants = Variants {
    tag: "policy",
    what: "autoscaler of pods",
    cases: &[
        case("hpa", &HPA, "the horizontal pod autoscaler: keeps a metric near a target"),
        case("keda", &KEDA, "none or some by polling, how many by the horizontal pod autoscaler"),
    ],
    planned: &[],
};

const POD_METRIC_KEY: Key = key(
    "metric",
    &METRICS,
    "by pod: cores in use by cores asked for (default), requests a minute, requests in service or waiting, requests waiting",
);
const POD_TARGET_KEY: Key = required("target", &Kind::Ratio, "\"60%\" for cpu, a number for the others");
const SYNC_KEY: Key = key("sync", &Kind::Time, "from one decision to the next (default 15s)");
const TOLERANCE_KEY: Key = key("tolerance", &Kind::Share, "so near to the target nothing changes (default 10%)");
const METRIC_DELAY_KEY: Key =
    key("metric_delay", &Kind::Time, "how old metrics are that are seen (default: the platform's)");
const READINESS_DELAY_KEY: Key =
    key("readiness_delay", &Kind::Time, "a pod's cores do not count for so long after it is ready (default 30s)");
static BEHAVIOUR_TABLE: Kind = Kind::Table(&BEHAVIOUR);
const UP_KEY: Key = key("up", &BEHAVIOUR_TABLE, "how fast pods may be added (default: double or 4 every 15 s)");
const DOWN_KEY: Key = key("down", &BEHAVIOUR_TABLE, "how fast pods may be removed (default: all, after 5 minutes)");

static HPA: Shape = Shape {
    keys: &[
        POD_METRIC_KEY,
        POD_TARGET_KEY,
        SYNC_KEY,
        TOLERANCE_KEY,
        METRIC_DELAY_KEY,
        READINESS_DELAY_KEY,
        UP_KEY,
        DOWN_KEY,
    ],
};
static KEDA: Shape = Shape {
    keys: &[
        POD_METRIC_KEY,
        POD_TARGET_KEY,
        SYNC_KEY,
        TOLERANCE_KEY,
        METRIC_DELAY_KEY,
        READINESS_DELAY_KEY,
        UP_KEY,
        DOWN_KEY,
        key("polling", &Kind::Time, "how often it looks whether there is anything to do (default 30s)"),
        key("cooldown", &Kind::Time, "the last pods go so long after there was anything to do (default 5min)"),
        key("activation", &Kind::Ratio, "more than this of the metric is something to do (default 0)"),
    ],
};

static BEHAVIOUR: Shape = Shape {
    keys: &[
        key("stabilization", &Kind::Time, "the most careful recommendation of so long holds"),
        key("select", &Kind::Choice(&["max", "min", "disabled"]), "which of several rates holds (default max)"),
        key("rates", &Kind::List(&Kind::Table(&BEHAVIOUR_RATE)), "most changes in a time; an empty list: no limit"),
    ],
};
static BEHAVIOUR_RATE: Shape = Shape {
    keys: &[
        key("pods", &COUNT, "pods; either this or `percent`"),
        key("percent", &COUNT, "percent of the pods at the start of the period"),
        required("period", &Kind::Time, "in so long"),
    ],
};

pub static KNATIVE: Shape = Shape {
    keys: &[
        key(
            "cluster",
            &Kind::Choice(&["aws-eks", "azure-aks", "gcp-gke"]),
            "platform of the nodes: decides their start and their price (default aws-eks)",
        ),
        REQUESTS_KEY,
        LIMITS_KEY,
        key("size", &Kind::Table(&REVISION), "fewest and most pods (default: none to 1000)"),
        key(
            "concurrency",
            &COUNT,
            "requests that one pod works on at the same time (default: no limit, aims at the platform's)",
        ),
        key("scaling", &Kind::Table(&KPA), "settings of Knative's autoscaler"),
        IMAGE_KEY,
        POD_LAUNCH_KEY,
        TERMINATION_KEY,
        NODES_KEY,
        LOAD_BALANCER_KEY,
        NAT_KEY,
        ACCEPT_QUEUE_KEY,
        PATIENCE_KEY,
        RETRY_KEY,
        BALANCER_KEY,
        FAILURES_KEY,
        OUTAGES_KEY,
        ON_LOSS_KEY,
        CHECKPOINT_KEY,
        TIMEOUT_KEY,
        NETWORK_KEY,
        REGION_KEY,
        PRICE_OVERRIDE_KEY,
        COMPARE_KEY,
    ],
};

static REVISION: Shape = Shape {
    keys: &[
        key("least", &COUNT_OR_ZERO, "fewest pods (default 0)"),
        key("most", &MOST_MEMBERS, "most pods (default 1000)"),
        key("initial", &COUNT_OR_ZERO, "pods at the start (default: the platform's)"),
    ],
};

static FACTOR: Kind = Kind::Number { least: 1.0, most: 1e6 };
static KPA: Shape = Shape {
    keys: &[
        key(
            "metric",
            &Kind::Choice(&["concurrency", "rps"]),
            "requests in service or waiting (default), or requests a second",
        ),
        key("target", &Kind::Ratio, "what a pod holds of the metric (default: `concurrency`, else the platform's)"),
        key("utilization", &Kind::Share, "share of that which is aimed at (default: the platform's)"),
        key("tick", &Kind::Time, "from one decision to the next (default: the platform's)"),
        key("stable_window", &Kind::Time, "window of the mean that usually counts (default: the platform's)"),
        key("panic_window", &Kind::Time, "window of the mean that counts in panic (default: the platform's)"),
        key(
            "panic_threshold",
            &FACTOR,
            "panic begins when so many times the ready pods are needed (default: the platform's)",
        ),
        key(
            "scale_up_rate",
            &FACTOR,
            "most pods after a decision, as a multiple of the ready ones (default: the platform's)",
        ),
        key(
            "scale_down_rate",
            &FACTOR,
            "fewest pods after a decision: the ready ones divided by this (default: the platform's)",
        ),
        key("scale_to_zero", &Kind::Flag, "whether the last pod goes when there are no requests (default true)"),
        key(
            "grace",
            &Kind::Time,
            "the last pod stays so long until requests are buffered before it (default: the platform's)",
        ),
        key("retention", &Kind::Time, "the last pod stays at least so long (default 0)"),
        key("scale_down_delay", &Kind::Time, "the most pods of so long stay (default 0)"),
        key(
            "burst_capacity",
            &Kind::WordOr("always", &Kind::Number { least: 0.0, most: 1e9 }),
            "requests at once that must find room, else they are buffered; 0: only without pods (default: the platform's)",
        ),
        key("activation_scale", &COUNT, "fewest pods if there is anything to do (default 1)"),
    ],
};
